"""The specification of a film: JSON in, frozen records out, every mistake told in one line."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

from samples.render.camera import CAMERA_SHIFTS, CameraMove
from samples.render.errors import SpecError
from samples.render.lights import LIGHTS, Colour
from samples.render.postures import POSTURES, pose_from
from samples.render.props import HEADPHONES, RIMS
from samples.render.timeline import DEFAULT_MOVE_S, Glance, Keyframe

HUMANS_FILE = Path(__file__).with_name("humans.json")
Record = TypeVar("Record")


@dataclass(frozen=True)
class HumanSpec:
    """Body and looks of a person; the names are those of the assets."""

    race: str = "caucasian"
    sex: str = "male"
    age: str = "young"
    weight: float = 0.0
    """-1 (thin) to 1 (heavy)"""
    height_scale: float = 1.0
    targets: Mapping[str, float] = field(default_factory=dict)
    """further morph targets with their strengths"""
    skin: str = "young_caucasian_male/young_lightskinned_male_diffuse.png"
    skin_tint: Colour = (1.0, 1.0, 1.0)
    clothes: Sequence[str] = ("male_casualsuit02",)
    clothes_tint: Colour = (1.0, 1.0, 1.0)
    hair: str | None = None
    hair_tint: Colour = (1.0, 1.0, 1.0)
    eyes: str = "brownlight_eye"
    eyebrows: str = "eyebrow001"
    glasses: str | None = None
    """a kind of rim: thin, thick"""
    headphones: str | None = None
    """their colour: black, white"""
    shirt_print: int | None = None
    """seed of a drawn face on the chest"""


@dataclass(frozen=True)
class PosterSpec:
    """A picture of somebody's face in the background; on a screen if it glows."""

    human: HumanSpec
    x_m: float = 0.15
    """+ = towards the person's left"""
    height_m: float = 1.75
    """of its centre above the floor"""
    width_m: float = 0.42
    before_wall_m: float = 0.03
    glow: float = 0.0


@dataclass(frozen=True)
class ShelfSpec:
    """A further shelf of books, some with a drawn face on a cover that is turned to the front."""

    x_m: float = -0.9
    """+ = towards the person's left"""
    before_wall_m: float = 0.5
    covers: int = 3
    """books that show a face"""
    seed: int = 0


@dataclass(frozen=True)
class SceneSpec:
    """Room, light and where the camera stands, measured from the eyes of the upright person."""

    light: str = "day"
    camera_distance_m: float = 0.60
    camera_drop_m: float = 0.08
    """+ = camera below the eyes"""
    camera_side_m: float = 0.0
    """+ = camera towards the person's left"""
    camera_tilt_deg: float = 4.0
    """+ = camera looks up"""
    camera_turn_deg: float = 0.0
    """+ = camera looks towards the person's left"""
    camera_roll_deg: float = 0.0
    """+ = camera's top tipped towards the person's left"""
    horizontal_view_deg: float = 70.0
    picture_width_px: int = 640
    """three quarters of it is the height"""
    wall_distance_m: float = 1.7
    wall_colour: Colour = (0.62, 0.60, 0.56)
    window_x_m: float = -1.1
    shelf_x_m: float = 1.05
    picture_x_m: float = 0.15
    chair: bool = True
    seed: int = 0
    """of the books on the shelf and the picture on the wall"""
    coat: HumanSpec | None = None
    """whose clothes hang over the back of the chair"""
    poster: PosterSpec | None = None
    shelf: ShelfSpec | None = None


_HUMAN_KEYS = {human_field.name: human_field.name for human_field in fields(HumanSpec)}
# The short keys that specifications use for the fields above.
_SCENE_KEYS = {
    "dist": "camera_distance_m",
    "drop": "camera_drop_m",
    "cam_x": "camera_side_m",
    "cam_tilt": "camera_tilt_deg",
    "cam_turn": "camera_turn_deg",
    "cam_roll": "camera_roll_deg",
    "hfov": "horizontal_view_deg",
    "width": "picture_width_px",
    "wall_dist": "wall_distance_m",
    "wall": "wall_colour",
    "window_x": "window_x_m",
    "shelf_x": "shelf_x_m",
    "pic_x": "picture_x_m",
    "light": "light",
    "chair": "chair",
    "seed": "seed",
    "coat": "coat",
    "poster": "poster",
    "shelf": "shelf",
}
_POSTER_KEYS = {
    "human": "human",
    "x": "x_m",
    "height": "height_m",
    "width": "width_m",
    "before_wall": "before_wall_m",
    "glow": "glow",
}
_SHELF_KEYS = {"x": "x_m", "before_wall": "before_wall_m", "covers": "covers", "seed": "seed"}


@dataclass(frozen=True)
class SecondPersonSpec:
    """Somebody else in the room, with a script of their own."""

    human: HumanSpec
    keyframes: Sequence[Keyframe]


@dataclass(frozen=True)
class FilmSpec:
    """One film: who, where, what happens, and how it is written."""

    name: str
    seconds: float
    human: HumanSpec
    scene: SceneSpec
    keyframes: Sequence[Keyframe]
    glances: Sequence[Glance]
    frames_per_s: Fraction
    seed: int
    sway: float
    exposure: Sequence[tuple[float, float]]
    """(t_s, factor), linear in between; how the brightness drifts"""
    noise: float
    """factor on the sensor noise of the light"""
    crf: int
    keyframe_interval: int | None
    """frames between the points to which a player can jump; None = the encoder's default"""
    reordered_frames: bool
    """False: no B-frames, so that even simple players show the true times"""
    camera_moves: Sequence[CameraMove]
    second_person: SecondPersonSpec | None
    title_s: float
    """how long a title card is shown before the first picture"""
    fine: bool
    """False: half the time; edges and shadows are less smooth"""
    truth_decimals: int
    truth_in_3d: bool
    truth_of_view: bool
    """with the columns that tell of the camera, the brightness and a second person"""
    truth_of_neck: bool
    """with the gap between ears and shoulders as the picture shows it"""
    source: Mapping[str, Any]
    """the specification as read, with the person written out"""

    def frame_times_s(self) -> list[float]:
        """When each frame is taken."""
        count = int(Fraction(str(self.seconds)) * self.frames_per_s)
        return [float(index / self.frames_per_s) for index in range(count)]


def read_specs(path: Path) -> list[FilmSpec]:
    """All films that a JSON file describes: one object, or a list of them."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        humans = json.loads(HUMANS_FILE.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise SpecError(f"cannot read the specification: {error}") from error
    return [
        film_from(item, humans) for item in (content if isinstance(content, list) else [content])
    ]


def film_from(source: Mapping[str, Any], humans: Mapping[str, Any]) -> FilmSpec:
    """A film from its JSON object; `human` is an object or a key of `humans`."""
    if not isinstance(source, Mapping):
        raise SpecError(f"a film is a JSON object, not {source!r}")
    values = dict(source)
    name = values.get("name")
    try:
        values = _people_written_out(values, humans)
        film = _film(dict(values), values)
    except KeyError as error:
        raise SpecError(f"film {name}: there is no {error}") from error
    except (TypeError, ValueError, SpecError) as error:
        raise SpecError(f"film {name}: {error}") from error
    return film


def _people_written_out(values: Mapping[str, Any], humans: Mapping[str, Any]) -> dict[str, Any]:
    """`values` with every person who is named by a key replaced by what the key stands for."""
    written = dict(values)
    for key, value in values.items():
        if key in ("human", "coat") and isinstance(value, str):
            written[key] = humans[value]
        elif key in ("scene", "poster", "second_person") and isinstance(value, Mapping):
            written[key] = _people_written_out(value, humans)
    return written


def _film(values: dict[str, Any], source: Mapping[str, Any]) -> FilmSpec:
    take = values.pop
    film = FilmSpec(
        name=str(take("name")),
        seconds=float(take("seconds")),
        human=_human(take("human")),
        scene=_scene(take("scene", {})),
        keyframes=[_keyframe(entry) for entry in take("timeline")],
        glances=[_glance(entry) for entry in take("glances", [])],
        frames_per_s=_frame_rate(values),
        seed=int(take("seed", 0)),
        sway=float(take("sway", 1.0)),
        exposure=[(float(t), float(factor)) for t, factor in take("exposure", [[0, 1]])],
        noise=float(take("noise", 1.0)),
        crf=int(take("crf", 21)),
        keyframe_interval=take("keyframe_interval", None),
        reordered_frames=bool(take("reordered_frames", True)),
        camera_moves=[_camera_move(entry) for entry in take("camera", [])],
        second_person=_second_person(take("second_person", None)),
        title_s=float(take("title_s", 0.0)),
        fine=bool(take("fine", True)),
        truth_decimals=int(take("truth_decimals", 4)),
        truth_in_3d=bool(take("truth_in_3d", True)),
        truth_of_view=bool(take("truth_of_view", False)),
        truth_of_neck=bool(take("truth_of_neck", False)),
        source=source,
    )
    if values:
        raise SpecError(f"unknown {', '.join(sorted(values))}")
    if film.scene.light not in LIGHTS:
        raise SpecError(f"unknown light {film.scene.light}; there are {', '.join(LIGHTS)}")
    if not film.keyframes:
        raise SpecError("the timeline is empty")
    if not film.frame_times_s():
        raise SpecError(f"{film.seconds} s hold no frame")
    return film


def _frame_rate(values: dict[str, Any]) -> Fraction:
    if "seconds_per_frame" in values:
        return 1 / _positive("seconds_per_frame", values.pop("seconds_per_frame"))
    return _positive("fps", values.pop("fps", 8))


def _positive(key: str, value: Any) -> Fraction:
    # By way of text, so that 0.1 is a tenth.
    number = Fraction(str(value))
    if number <= 0:
        raise SpecError(f"{key} must be more than 0, not {value}")
    return number


def _record(
    make: Callable[..., Record], values: Mapping[str, Any], keys: Mapping[str, str]
) -> Record:
    """`make(...)` from JSON values by the keys given, lists as tuples."""
    unknown = set(values) - set(keys)
    if unknown:
        raise SpecError(f"unknown {', '.join(sorted(unknown))}; there are {', '.join(keys)}")
    return make(
        **{
            keys[key]: tuple(value) if isinstance(value, list) else value
            for key, value in values.items()
        }
    )


def _human(values: Mapping[str, Any]) -> HumanSpec:
    human = _record(HumanSpec, values, _HUMAN_KEYS)
    if human.glasses is not None and human.glasses not in RIMS:
        raise SpecError(f"unknown glasses {human.glasses}; there are {', '.join(RIMS)}")
    if human.headphones is not None and human.headphones not in HEADPHONES:
        known = ", ".join(HEADPHONES)
        raise SpecError(f"unknown headphones {human.headphones}; there are {known}")
    return human


def _scene(values: Mapping[str, Any]) -> SceneSpec:
    records: dict[str, Any] = {}
    if "coat" in values:
        records["coat"] = _human(values["coat"])
    if "poster" in values:
        poster = dict(values["poster"])
        poster["human"] = _human(poster["human"])
        records["poster"] = _record(PosterSpec, poster, _POSTER_KEYS)
    if "shelf" in values:
        records["shelf"] = _record(ShelfSpec, values["shelf"], _SHELF_KEYS)
    return _record(SceneSpec, {**values, **records}, _SCENE_KEYS)


def _second_person(values: Mapping[str, Any] | None) -> SecondPersonSpec | None:
    if values is None:
        return None
    unknown = set(values) - {"human", "timeline"}
    if unknown:
        raise SpecError(f"a second person has no {', '.join(sorted(unknown))}")
    keyframes = [_keyframe(entry) for entry in values["timeline"]]
    if not keyframes:
        raise SpecError("the timeline of the second person is empty")
    return SecondPersonSpec(_human(values["human"]), keyframes)


def _camera_move(entry: Sequence[Any]) -> CameraMove:
    """`[t_s, shift]` or `[t_s, shift, move_s]`."""
    start_s, shift, *move_s = entry
    unknown = set(shift) - CAMERA_SHIFTS
    if unknown:
        raise SpecError(f"a camera cannot be moved by {', '.join(sorted(unknown))}")
    duration_s = float(move_s[0]) if move_s else DEFAULT_MOVE_S
    if duration_s <= 0:
        raise SpecError(f"moving the camera at {start_s} s must take more than 0 s")
    amounts = {name: float(amount) for name, amount in shift.items()}
    return CameraMove(float(start_s), amounts, duration_s)


def _keyframe(entry: Sequence[Any]) -> Keyframe:
    """`[t_s, posture]` or `[t_s, posture, move_s]`."""
    start_s, posture, *move_s = entry
    label, amounts = _posture(posture)
    duration_s = float(move_s[0]) if move_s else DEFAULT_MOVE_S
    if duration_s <= 0:
        raise SpecError(f"moving to {label} at {start_s} s must take more than 0 s")
    return Keyframe(float(start_s), label, pose_from(amounts), duration_s)


def _glance(entry: Sequence[Any]) -> Glance:
    """`[start_s, end_s, posture]`."""
    start_s, end_s, posture = entry
    label, amounts = _posture(posture)
    return Glance(float(start_s), float(end_s), label, pose_from(amounts))


def _posture(posture: Any) -> tuple[str, Mapping[str, Any]]:
    """A preset's name, `[name, changes]`, or a dictionary of its own, labelled `custom`."""
    if isinstance(posture, str):
        return posture, POSTURES[posture]
    if isinstance(posture, Mapping):
        return "custom", posture
    name, changes = posture
    return str(name), {**POSTURES[name], **changes}

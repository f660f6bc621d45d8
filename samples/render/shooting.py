"""Takes one frame of a film after the other, and measures what is true in it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from samples.render.assets import Assets
from samples.render.camera import Camera, camera_at
from samples.render.human import Human, build_human
from samples.render.lights import LIGHTS
from samples.render.meshes import Panel
from samples.render.postures import POSTURES, Pose, overlay, pose_from
from samples.render.renderer import OTHER, THING, USER, Figure, Picture, Renderer
from samples.render.rig import PosedBody, posed
from samples.render.scene import Scene, build_scene
from samples.render.spec import FilmSpec, PosterSpec, SceneSpec
from samples.render.timeline import Keyframe, Sway, moment_at
from samples.render.truth import Row, landmarks, measure, neck_gap_ratio
from samples.render.webcam import Frame, title_card, webcam_frame

TITLE_LABEL = "title_card"
_SEEN = 0.002
"""A second person counts as seen from this share of the picture on."""
_POSTER_SHAPE = 4 / 3
"""height ÷ width"""


class Shooting:
    """Takes one frame after the other; sway and noise come from the film's seed."""

    def __init__(self, spec: FilmSpec, assets: Assets) -> None:
        self._spec = spec
        self._human = build_human(spec.human, assets)
        self._scene = build_scene(spec.scene, self._human)
        self._rng = np.random.default_rng(spec.seed)
        self._sway = Sway(self._rng, spec.sway)
        self._other = _Other(spec, assets, self._human) if spec.second_person else None
        figures = [Figure(self._human, USER)]
        self._still: list[PosedBody] = []
        if self._other:
            figures.append(Figure(self._other.human, OTHER))
        if spec.scene.coat:
            coat = _coat(build_human(spec.scene.coat, assets), self._human)
            figures.append(Figure(coat.human, THING))
            self._still.append(coat)
        panels = list(self._scene.panels)
        if spec.scene.poster:
            panels.append(_panel(spec.scene.poster, spec.scene, self._scene, assets))
        self._renderer = Renderer(self._scene, figures, panels, spec.fine)
        self._exposure_times_s = [t_s for t_s, _ in spec.exposure]
        self._exposure_factors = [factor for _, factor in spec.exposure]

    @property
    def camera(self) -> Camera:
        """Where the camera is when the film begins."""
        return self._scene.camera

    def take(self, index: int, t_s: float) -> tuple[Frame, Row]:
        """The frame at `t_s` and its truth."""
        spec = self._spec
        moment = moment_at(spec.keyframes, spec.glances, t_s)
        view = camera_at(self._scene.camera, spec.camera_moves, t_s)
        pose = self._sway.applied_to(moment.pose, t_s) if spec.sway else moment.pose
        body = posed(self._human, pose)
        others = [self._other.body_at(t_s)] if self._other else []
        picture = self._renderer.draw([body, *others, *self._still], view.camera)
        exposure = float(np.interp(t_s, self._exposure_times_s, self._exposure_factors))
        frame = webcam_frame(picture.light, self._scene.light, self._rng, exposure, spec.noise)
        row: Row = {
            "frame": index,
            "t": round(t_s, 4),
            "label": moment.label,
            "transition": int(moment.moving or view.moving),
            "person_pixel_frac": float((picture.mark > 0.5).mean()),
            **measure(body, view.camera),
        }
        if spec.truth_of_view:
            row |= _view_columns(picture, view.moved, exposure)
        if spec.truth_of_neck:
            row["neck_gap_ratio_true"] = neck_gap_ratio(landmarks(body), view.camera)
        if t_s < spec.title_s:
            frame = title_card(view.camera.width_px, view.camera.height_px, spec.name)
            row |= {"label": TITLE_LABEL, "transition": 0, "person_pixel_frac": 0.0}
            row |= {"head_in_frame": 0, "present": 0}
            row |= {"second_person": 0} if spec.truth_of_view else {}
        return frame, self._rounded(row)

    def _rounded(self, row: Row) -> Row:
        spec = self._spec
        return {
            name: round(float(value), spec.truth_decimals) if isinstance(value, float) else value
            for name, value in row.items()
            if spec.truth_in_3d or not name.endswith(("_X", "_Y", "_Z"))
        }


class _Other:
    """The second person: a script and a sway of their own, feet on the same floor."""

    def __init__(self, spec: FilmSpec, assets: Assets, user: Human) -> None:
        assert spec.second_person is not None
        self._keyframes: Sequence[Keyframe] = spec.second_person.keyframes
        self.human = build_human(spec.second_person.human, assets)
        # A generator of its own, so that the user moves as they would alone.
        self._sway = Sway(np.random.default_rng([spec.seed, 1]), spec.sway)
        self._level = _level_with(user, self.human)

    def body_at(self, t_s: float) -> PosedBody:
        """Their pose at `t_s`."""
        pose = overlay(moment_at(self._keyframes, (), t_s).pose, self._level, 1.0)
        return posed(self.human, self._sway.applied_to(pose, t_s))


def _level_with(user: Human, other: Human) -> Pose:
    """What brings the pelvis of `other` to that of `user`: the room is built for the user."""
    gap_cm = 100 * (user.pelvis - other.pelvis)
    return Pose({"dy": float(gap_cm[1]), "dz": float(gap_cm[2])})


def _coat(owner: Human, user: Human) -> PosedBody:
    """The clothes of `owner`, hung over the back of the user's chair."""
    clothes = replace(owner, parts=[part for part in owner.parts if part.kind == "clothes"])
    hung = pose_from({"dy": -14, "dz": -12, "shoulder_up": -14, "hands_l": {"down": 1}})
    hung = overlay(hung, _level_with(user, owner), 1.0)
    return posed(clothes, replace(hung, hands={"l": {"down": 1}, "r": {"down": 1}}))


def _panel(poster: PosterSpec, spec: SceneSpec, scene: Scene, assets: Assets) -> Panel:
    """The poster on the wall, with a portrait that the renderer draws first."""
    human = build_human(poster.human, assets)
    room = SceneSpec(light="office", camera_distance_m=0.62, camera_tilt_deg=-3, seed=spec.seed)
    portrait = build_scene(room, human)
    renderer = Renderer(portrait, [Figure(human, USER)])
    light = renderer.draw([posed(human, pose_from(POSTURES["upright"]))], portrait.camera).light
    renderer.release()
    frame = webcam_frame(light, LIGHTS["office"], np.random.default_rng(0), noise_factor=0.0)
    height, width = frame.shape[:2]
    margin = (width - round(height / _POSTER_SHAPE)) // 2
    return Panel(
        centre=(
            poster.x_m,
            scene.floor + poster.height_m,
            -spec.wall_distance_m + poster.before_wall_m + 0.02,
        ),
        width_m=poster.width_m,
        height_m=poster.width_m * _POSTER_SHAPE,
        pixels=np.ascontiguousarray(frame[:, margin : width - margin, ::-1]),
        glow=poster.glow,
    )


def _view_columns(picture: Picture, camera_moved: bool, exposure: float) -> Row:
    share = float((picture.mark < -0.5).mean())
    return {
        "second_person": int(share >= _SEEN),
        "second_person_pixel_frac": share,
        "camera_moved": int(camera_moved),
        "exposure": exposure,
    }

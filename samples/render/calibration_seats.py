"""Clips of the calibration set in which seat and camera change between stretches of sitting.

As real people showed it: they sit down elsewhere, tip and move their laptop, hunch by drawing
the head between the shoulders, and slide down and back in the chair.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from samples.render.calibration_clip import SEED, Clip, clip_of, scene_for
from samples.render.camera import Camera
from samples.render.script import Script, opening, scaled, work
from samples.render.spec import HUMANS_FILE

SEATS_S = 60.0
SEATS_PER_PERSON = 2
_HOLDS_S = (4.1, 4.6)
"""of each posture, with the move into it"""
_DISTANCES_CM = (52, 82)
_PLACES = ("laptop_low", "front", "laptop_low", "monitor_top", "right", "laptop_low", "left")
_LIGHTS = ("office", "day", "evening", "backlit", "dim")
_CHANGES = (
    ("seat", "tipped", "raised", "seat", "aside"),
    ("seat", "laptop", "tipped", "shifted", "seat"),
)
"""What changes before each stretch, for a person's first and second clip; the seat always."""
_SEAT_CM = (3.0, 8.0)

_LOOKS: tuple[Mapping[str, Any], ...] = (
    {"headphones": "black"},
    {"hair": "long01"},
    {"glasses": "thick", "shirt_print": 3},
    {},
    {"headphones": "white", "glasses": "thin"},
    {"shirt_print": 8},
    {"hair": "long01", "headphones": "black"},
)
"""What a person of humans.json wears besides."""
_ROOMS: tuple[Mapping[str, Any], ...] = (
    {"shelf": {"x": -0.75, "before_wall": 0.7, "covers": 4, "seed": 1}},
    {},
    {"poster": {"human": "a", "x": 0.6, "width": 0.4, "height": 1.6, "before_wall": 0.35}},
    {"shelf": {"x": 0.8, "before_wall": 0.5, "covers": 3, "seed": 2}},
    {"poster": {"human": "h", "x": -0.55, "width": 0.5, "height": 1.5}},
)

_STRAINED = ("hunch", "slide")
_VARIED = {"head_flex": 2.5, "head_yaw": 2.5, "head_roll": 1.0, "lean": 1.0, "trunk_yaw": 1.5}
"""Spread (degrees) of what differs from one strained posture to the next; assumed."""
_SIT_DOWN_S, _SINK_S, _MOVE_CAMERA_S = 1.0, 1.2, 0.7
_ASIDE_M = 0.1
"""A camera further from the middle than this stands aside."""

# Of an average body, from between its eyes, in metres: brow, chin and shoulders.
_IN_PICTURE = (
    (0.0, 0.06, 0.0),
    (0.0, -0.12, 0.0),
    (0.17, -0.26, -0.08),
    (-0.17, -0.26, -0.08),
)
_SUNK = np.array([0.0, -0.06, 0.06])
"""How far they are moved, about, in a strained posture."""
_MARGIN_PX = 10
_TRIES = 40


class Stretch(NamedTuple):
    """A seat before a place of the camera: upright at first, then in a strained posture."""

    strained: str
    seat: Mapping[str, float]
    """dx, dz (cm) and turn (degrees), added to both postures"""
    shift: Mapping[str, float]
    """of the camera, from its first place"""


def seat_clips() -> list[Clip]:
    """`SEATS_PER_PERSON` clips of each person, one of everybody before the next."""
    humans = json.loads(HUMANS_FILE.read_text(encoding="utf-8"))
    return [
        _clip(number, index, person, humans[person])
        for number in range(SEATS_PER_PERSON)
        for index, person in enumerate(sorted(humans))
    ]


def _clip(number: int, index: int, person: str, human: Mapping[str, Any]) -> Clip:
    rng = np.random.default_rng([SEED, 2000 + number, index])
    turn = index + 3 * number
    place = _PLACES[turn % len(_PLACES)]
    light = _LIGHTS[(index + 2 * number) % len(_LIGHTS)]
    scene = scene_for(rng, place, light, float(rng.uniform(*_DISTANCES_CM)))
    scene |= {"chair": False, **_ROOMS[turn % len(_ROOMS)]}
    looks = _LOOKS[turn % len(_LOOKS)]
    stretches = [
        _stretch(rng, change, _STRAINED[(turn + position) % len(_STRAINED)], scene)
        for position, change in enumerate(_CHANGES[number])
    ]
    script, camera, times_s = _script(rng, stretches, scene)
    clip = clip_of(
        rng,
        f"s_{person}{number + 1}_{place}_{light}",
        person,
        place,
        scene,
        script,
        ", ".join(
            f"{change}: {stretch.strained}"
            for change, stretch in zip(_CHANGES[number], stretches, strict=True)
        ),
        human={**human, **looks},
        camera=camera,
        truth_of_neck=True,
    )
    told = [
        {"from_s": start_s, **stretch._asdict()}
        for start_s, stretch in zip(times_s, stretches, strict=True)
    ]
    return clip._replace(looks=looks, stretches=told)


def _stretch(
    rng: np.random.Generator, change: str, strained: str, scene: Mapping[str, Any]
) -> Stretch:
    """A random change of this kind after which head and shoulders are still in the picture."""
    for attempt in range(_TRIES):
        # Near cameras leave less room, so the change gets smaller until it fits.
        size = 1 - attempt / _TRIES
        direction = rng.uniform(0, 2 * math.pi)
        length_cm = rng.uniform(*_SEAT_CM) * (1 if change == "seat" else 0.5)
        seat = {"dx": length_cm * math.cos(direction), "dz": length_cm * math.sin(direction)}
        shift = {key: size * amount for key, amount in _shift(rng, change, scene).items()}
        if change == "aside":
            towards_deg = math.degrees(math.atan2(0.01 * shift["left_cm"], scene["dist"]))
            seat["turn"] = towards_deg * float(rng.choice([0.0, 0.5, 1.0]))
        if _fits(scene, seat, shift):
            break
    return Stretch(strained, _rounded(seat), _rounded(shift))


def _shift(rng: np.random.Generator, change: str, scene: Mapping[str, Any]) -> dict[str, float]:
    """How the camera is moved; cm and degrees."""

    def either(low: float, high: float) -> float:
        return float(rng.uniform(low, high) * rng.choice([-1, 1]))

    if change == "tipped":
        return {"tilt_deg": either(4, 10)}
    if change == "raised":
        return {"up_cm": either(3, 10), "tilt_deg": either(0, 2)}
    if change == "shifted":
        return {"left_cm": either(3, 8), "nearer_cm": either(0, 3)}
    if change == "aside":
        # Further round only from the middle, else towards the middle.
        inwards = -math.copysign(1.0, scene["cam_x"])
        sign = inwards if abs(scene["cam_x"]) > _ASIDE_M else float(rng.choice([-1, 1]))
        left_cm = sign * rng.uniform(9, 18)
        turned_deg = math.degrees(math.atan2(0.01 * left_cm, scene["dist"]))
        return {"left_cm": left_cm, "turn_deg": -turned_deg * rng.uniform(0.7, 1.1)}
    if change == "laptop":
        return {
            "left_cm": either(3, 8),
            "up_cm": either(0, 5),
            "nearer_cm": either(3, 8),
            "tilt_deg": either(3, 8),
            "turn_deg": either(2, 6),
            "roll_deg": either(0, 3),
        }
    return {}


def _fits(scene: Mapping[str, Any], seat: Mapping[str, float], shift: Mapping[str, float]) -> bool:
    first = Camera(
        np.array([scene["cam_x"], -scene["drop"], scene["dist"]]),
        scene["cam_tilt"],
        scene["hfov"],
        scene["cam_turn"],
    )
    camera = first.shifted(shift)
    sits = np.array([0.01 * seat["dx"], 0.0, 0.01 * seat["dz"]])
    for moved in (sits, sits + _SUNK):
        for point in _IN_PICTURE:
            x_px, y_px, _ = camera.project(np.array(point) + moved)
            across = _MARGIN_PX <= x_px < camera.width_px - _MARGIN_PX
            if not (across and _MARGIN_PX <= y_px < camera.height_px - _MARGIN_PX):
                return False
    return True


def _script(
    rng: np.random.Generator, stretches: Sequence[Stretch], scene: Mapping[str, Any]
) -> tuple[Script, list[list[Any]], list[float]]:
    """The script, the moves of the camera, and when each stretch begins."""
    timeline, glances, opening_s = opening(rng)
    holds_s = rng.uniform(*_HOLDS_S, 2 * len(stretches))
    holds_s *= (SEATS_S - opening_s) / holds_s.sum()
    ends_s = opening_s + np.cumsum(holds_s)
    camera: list[list[Any]] = []
    times_s = []
    start_s = opening_s
    for stretch, (upright_until_s, end_s) in zip(stretches, ends_s.reshape(-1, 2), strict=True):
        times_s.append(round(start_s, 2))
        timeline.append([round(start_s, 2), _on(stretch.seat, work(rng)), _SIT_DOWN_S])
        camera.append([round(start_s, 2), dict(stretch.shift), _MOVE_CAMERA_S])
        strained = _strained(rng, stretch, scene)
        timeline.append([round(float(upright_until_s), 2), strained, _SINK_S])
        start_s = float(end_s)
    return Script(timeline, glances, SEATS_S), camera, times_s


def _strained(rng: np.random.Generator, stretch: Stretch, scene: Mapping[str, Any]) -> list[Any]:
    """The strained posture at a random size, a little different each time."""
    below_m = scene["drop"] - 0.01 * stretch.shift.get("up_cm", 0.0)
    # Seen from below, a head that comes forward rises in the picture, so it takes more of a
    # hunch, and shoulders drawn up, to bring it as near to them as people are seen to do.
    below_deg = math.degrees(math.atan2(below_m, scene["dist"]))
    from_below = min(1.0, max(0.0, below_deg / 25))
    from_above = min(1.0, max(0.0, -below_deg / 12))
    if stretch.strained == "hunch":
        name, changes = scaled("hunch", float(rng.uniform(0.4, 0.85) + 0.3 * from_below))
        changes["shoulder_up"] += rng.uniform(-3, 4) + 7 * from_below
    else:
        name, changes = scaled("slide", float(rng.uniform(0.5, 1.15)))
        changes["shoulder_up"] += 3 * from_below + 2 * from_above
        changes["neck_flex"] += 8 * from_above
        # The chair rolls back a little, too.
        changes["dz"] -= rng.uniform(0, 12)
    for key, spread in _VARIED.items():
        changes[key] = changes.get(key, 0.0) + rng.normal(0, spread)
    return _on(stretch.seat, [name, changes])


def _on(seat: Mapping[str, float], posture: list[Any]) -> list[Any]:
    """`posture` at another place."""
    name, changes = posture
    return [
        name,
        _rounded({**changes, **{key: changes.get(key, 0.0) + seat[key] for key in seat}}),
    ]


def _rounded(amounts: Mapping[str, float]) -> dict[str, float]:
    return {key: round(float(amount), 2) for key, amount in amounts.items()}

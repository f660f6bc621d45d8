"""The special clips of the calibration set: presence, light and cameras that are moved."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from samples.render.calibration_clip import SEED, Clip, clip_of, scene_for
from samples.render.script import Script, opening, scaled, working

SPECIAL_S = 27.0


def special_clips() -> list[Clip]:
    """One clip for each case, each with one of the people."""
    rng = np.random.default_rng([SEED, 1000])
    clips: list[Clip] = []

    def add(
        name: str,
        person: str,
        view: tuple[str, str, float],
        shows: str,
        script: Script | None = None,
        room: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> None:
        place, light, distance_cm = view
        scene = {**scene_for(rng, place, light, distance_cm), **(room or {})}
        told = script or working(rng, SPECIAL_S)
        clips.append(clip_of(rng, f"x_{name}_{person}", person, place, scene, told, shows, **more))

    def walker(person: str, *steps: Sequence[Any]) -> dict[str, Any]:
        return {"human": person, "timeline": list(steps)}

    back, behind = {"wall_dist": 2.4}, -95
    add(
        "passer_by",
        "a",
        ("front", "day", 65),
        "somebody walks past behind, comes back",
        room=back,
        second_person=walker(
            "k",
            [0, ["walk", {"dx": -260, "dz": behind, "turn": 80}]],
            [11, ["walk", {"dx": 260, "dz": behind, "turn": 80}], 7],
            [19, ["walk", {"dx": 260, "dz": behind, "turn": -80}], 0.5],
            [20, ["walk", {"dx": -260, "dz": behind, "turn": -80}], 6],
        ),
    )
    add(
        "stands_behind",
        "f",
        ("front", "office", 70),
        "somebody comes up behind, looks over the shoulder, goes",
        room=back,
        second_person=walker(
            "m",
            [0, ["walk", {"dx": 240, "dz": -80, "turn": -70}]],
            [11, ["walk", {"dx": 42, "dz": -62, "turn": -15, "thoracic_flex": 8}], 3],
            [21, ["walk", {"dx": 240, "dz": -80, "turn": 70}], 3],
        ),
    )
    add(
        "sits_beside",
        "c",
        ("front", "day", 75),
        "somebody sits beside, turned to the user",
        second_person=walker("h", [0, {"dx": 62, "dz": -6, "turn": -35}]),
    )
    steps = [
        [12, "stand", 1.2],
        [13.4, "away", 1.2],
        [21, "stand", 1.2],
        [22.4, "upright", 1.2],
    ]
    away = "stands up, leaves for 8 s, comes back"
    add(
        "coat_on_chair",
        "k",
        ("front", "office", 60),
        f"{away}; a coat on the chair",
        _after_opening(rng, steps, SPECIAL_S),
        {"coat": "d"},
    )
    add(
        "poster",
        "g",
        ("front", "day", 60),
        f"{away}; a poster with a face on the wall",
        _after_opening(rng, steps, SPECIAL_S),
        {"poster": {"human": "f", "x": 0.35, "width": 0.5}, "shelf_x": 1.3},
    )
    add(
        "screen_with_face",
        "i",
        ("laptop_low", "evening", 55),
        f"{away}; behind the chair a lit screen with a face",
        _after_opening(rng, steps, SPECIAL_S),
        {"poster": {"human": "e", "x": -0.45, "height": 1.5, "glow": 0.7, "before_wall": 0.4}},
    )
    add(
        "lights_off",
        "l",
        ("monitor_top", "office", 60),
        "the light goes out for 8 s, then half of it comes back",
        exposure=[[0, 1], [12, 1], [12.6, 0.002], [20, 0.002], [20.6, 0.4], [27, 0.4]],
    )
    add(
        "title_card",
        "j",
        ("front", "office", 60),
        "a title card for 4 s, upright work, slouch",
        _after_opening(rng, [[20, "slouch", 2]], SPECIAL_S),
        title_s=4,
    )
    steps = [[13, "stand_close", 1.2], [20, "upright", 1.2]]
    add(
        "stands_close",
        "m",
        ("front", "day", 60),
        "stands at the desk, the head above the picture",
        _after_opening(rng, steps, SPECIAL_S),
    )
    add(
        "camera_nudged",
        "b",
        ("front", "office", 60),
        "the camera is turned by a tenth, then by 0.4 of the picture, then put back",
        camera=[[12, {"turn_deg": 7}, 0.7], [17, {"turn_deg": -27}, 0.7], [22, {}, 0.7]],
    )
    add(
        "camera_tipped",
        "e",
        ("monitor_top", "day", 65),
        "the camera is tilted up 8°, then rolled by 8° and tilted down 8°",
        camera=[
            [12, {"tilt_deg": 8}, 0.7],
            [17, {"tilt_deg": -8, "roll_deg": 8}, 0.7],
            [22, {"roll_deg": -8}, 0.7],
        ],
    )
    add(
        "camera_nearer",
        "h",
        ("laptop_low", "day", 75),
        "the camera is put 20 cm nearer, then 8 cm higher",
        camera=[
            [12, {"nearer_cm": 20}, 0.7],
            [20, {"nearer_cm": 20, "up_cm": 8, "tilt_deg": -5}, 0.7],
        ],
    )
    add(
        "camera_then_slouch",
        "d",
        ("front", "evening", 65),
        "the camera is nudged, 6 s later the person slouches",
        _after_opening(rng, [[18, scaled("slouch", 1.0), 1.5]], SPECIAL_S),
        camera=[[12, {"turn_deg": 5, "tilt_deg": 4, "roll_deg": 3}, 0.7]],
    )
    sinking = [[0, "typing"], [60, "mild_slouch", 150], [210, "slouch", 120]]
    add(
        "slow_sinking",
        "m",
        ("front", "day", 60),
        "sinks within 4½ minutes through a mild slouch into a slouch; a frame every 4 s",
        Script([list(step) for step in sinking], [], 380.0),
        seconds_per_frame=4,
        reordered_frames=False,
    )
    return clips


def _after_opening(rng: np.random.Generator, steps: Sequence[list[Any]], end_s: float) -> Script:
    """The opening, then `steps` as in a timeline."""
    timeline, glances, _ = opening(rng)
    return Script([*timeline, *steps], glances, end_s)

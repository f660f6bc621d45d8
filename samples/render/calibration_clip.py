"""One clip of the calibration set: where its camera stands, and its specification."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from samples.render.script import Script

SEED = 20240607
FRAMES_PER_S = 3
DISTANCES_CM = (45, 90)
_VIEWS_DEG = (60, 78)
_EYES_ABOVE_SHOULDERS_CM = 26.0
_ASPECT = 3 / 4


class Place(NamedTuple):
    """Ranges of where a camera is put; degrees and cm."""

    below_eyes_cm: tuple[float, float]
    aside_deg: tuple[float, float]
    """+ = towards the person's left"""


PLACES: Mapping[str, Place] = {
    "laptop_low": Place((20, 30), (-4, 4)),
    "monitor_top": Place((-16, -8), (-4, 4)),
    "left": Place((-6, 10), (15, 25)),
    "right": Place((-6, 10), (-25, -15)),
    "front": Place((0, 10), (-4, 4)),
}


class Clip(NamedTuple):
    """A film of the set, and what a list of the set says about it."""

    spec: dict[str, Any]
    person: str
    camera: str
    light: str
    shows: str
    looks: Mapping[str, Any] | None = None
    """what the person wears besides what humans.json says"""
    stretches: Sequence[Mapping[str, Any]] = ()
    """seats and places of the camera, where they change"""

    @property
    def name(self) -> str:
        """Its file name without ending."""
        return str(self.spec["name"])

    def summary(self) -> dict[str, Any]:
        """A line for the list of the set."""
        scene = self.spec["scene"]
        distance_m = math.hypot(scene["dist"], scene["cam_x"], scene["drop"])
        summary = {
            "name": self.name,
            "person": self.person,
            "camera": self.camera,
            "light": self.light,
            "distance_cm": round(100 * distance_m),
            "horizontal_view_deg": scene["hfov"],
            "seconds": self.spec["seconds"],
            "shows": self.shows,
        }
        if self.looks is not None:
            summary["looks"] = dict(self.looks)
        if self.stretches:
            summary["stretches"] = list(self.stretches)
        return summary


def scene_for(
    rng: np.random.Generator, place: str, light: str, distance_cm: float
) -> dict[str, Any]:
    """The camera looks between eyes and shoulders, roughly, as people set it up."""
    there = PLACES[place]
    aside = math.radians(rng.uniform(*there.aside_deg))
    near = (90 - distance_cm) / (90 - 45)
    # A near camera must see wider, else no shoulder is in the picture.
    view_deg = float(rng.uniform(_VIEWS_DEG[0] + 12 * near, _VIEWS_DEG[1]))
    drop_cm = float(rng.uniform(*there.below_eyes_cm))
    forward_cm = math.sqrt(max(distance_cm**2 - drop_cm**2, 1.0))
    eyes_deg = math.degrees(math.atan2(drop_cm, forward_cm))
    shoulders_deg = math.degrees(math.atan2(drop_cm - _EYES_ABOVE_SHOULDERS_CM, forward_cm))
    half_height_deg = math.degrees(math.atan(_ASPECT * math.tan(math.radians(view_deg / 2))))
    room_deg = half_height_deg - (eyes_deg - shoulders_deg) / 2 - 4
    tilt_deg = (eyes_deg + shoulders_deg) / 2 + rng.uniform(0, min(6, max(room_deg, 0)))
    tone = rng.uniform(0.4, 0.65)
    return {
        "light": light,
        "dist": round(0.01 * forward_cm * math.cos(aside), 3),
        "cam_x": round(0.01 * forward_cm * math.sin(aside), 3),
        "drop": round(0.01 * drop_cm, 3),
        "cam_tilt": round(tilt_deg, 1),
        "cam_turn": round(-math.degrees(aside) + float(rng.uniform(-3, 3)), 1),
        "hfov": round(view_deg, 1),
        "wall": [round(float(tone + rng.uniform(-0.08, 0.08)), 2) for _ in range(3)],
        "wall_dist": round(float(rng.uniform(1.3, 2.4)), 2),
        "window_x": round(float(rng.choice([-1.2, -0.9, 0.4, 1.4])), 2),
        "shelf_x": round(float(rng.choice([1.05, 0.9, -1.3])), 2),
        "seed": int(rng.integers(1000)),
    }


def clip_of(
    rng: np.random.Generator,
    name: str,
    person: str,
    place: str,
    scene: dict[str, Any],
    script: Script,
    shows: str,
    **more: Any,
) -> Clip:
    """The clip of `script`; `more` are further keys of the specification."""
    spec = {
        "name": name,
        "seconds": script.end_s,
        "fps": FRAMES_PER_S,
        "seed": int(rng.integers(2**31)),
        "human": person,
        "scene": scene,
        "timeline": script.timeline,
        "glances": script.glances,
        "crf": 26,
        "fine": False,
        "truth_in_3d": False,
        "truth_of_view": True,
        **more,
    }
    if "seconds_per_frame" in more:
        del spec["fps"]
    return Clip(spec, person, place, str(scene["light"]), shows)

"""Which films of exercises there are: people, camera places, manners, and an hour of none."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from samples.render.calibration_clip import scene_for
from samples.render.exercise_motions import MOTIONS, Manner, perform

SEED = 20261128
PEOPLE = ("a", "b", "c", "e", "f", "g")
_LIGHTS = ("day", "office", "evening", "office", "dim", "backlit")
_FRAMES_PER_S = (5, 6, 8, 10)
_WIDTHS_PX = (320, 480, 640)
_DISTANCES_CM = (62.0, 90.0)
ACCESSORIES: dict[str, Any] = {"crf": 26, "fine": False, "truth_in_3d": False, "noise": 0.7}


class ExerciseFilm(NamedTuple):
    """A film's specification and what an observer without faults would count in it."""

    spec: dict[str, Any]
    exercise: str | None
    """None: the person does none"""
    manner: str
    person: str
    place: str
    repetitions: dict[str, int]
    held_s: dict[str, float]

    @property
    def name(self) -> str:
        """Its file name without ending."""
        return str(self.spec["name"])

    def truth(self) -> dict[str, Any]:
        """A line for the list of the films."""
        return {"name": self.name, **self._asdict(), "spec": None}


def exercise_films() -> list[ExerciseFilm]:
    """All films, in an order in which any part of them is a fair sample of the whole."""
    films = [*_performed(), *_not_performed()]
    order = np.random.default_rng(SEED).permutation(len(films))
    return [films[index] for index in order]


def _performed() -> Iterator[ExerciseFilm]:
    for exercise_index, exercise in enumerate(MOTIONS):
        for person_index in range(len(PEOPLE)):
            for place_index in (0, 1):
                yield _film(exercise, Manner.RIGHT, exercise_index, person_index, place_index)
            for manner in (Manner.HALF, Manner.FAST, Manner.NOT):
                # A third of the people each, so that everyone does something wrong.
                if (person_index + exercise_index + list(Manner).index(manner)) % 3 == 0:
                    yield _film(exercise, manner, exercise_index, person_index, person_index % 2)


def _film(
    exercise: str, manner: Manner, exercise_index: int, person_index: int, place_index: int
) -> ExerciseFilm:
    seed = [SEED, exercise_index, person_index, place_index, list(Manner).index(manner)]
    rng = np.random.default_rng(seed)
    person = PEOPLE[person_index]
    place = _place(rng, place_index)
    done = perform(exercise, manner, rng)
    spec = {
        "name": f"{exercise}_{manner}_{person}_{'ab'[place_index]}",
        "seconds": done.seconds,
        "fps": int(rng.choice(_FRAMES_PER_S, p=(0.45, 0.3, 0.15, 0.1))),
        "seed": int(rng.integers(2**31)),
        "human": person,
        "scene": _scene(rng, place, person_index + place_index),
        "timeline": done.timeline,
        **ACCESSORIES,
    }
    return ExerciseFilm(spec, exercise, str(manner), person, place, done.repetitions, done.held_s)


def _place(rng: np.random.Generator, index: int) -> str:
    """Straight before the person, or to a side or from below."""
    return str(rng.choice(("left", "right", "laptop_low") if index else ("monitor_top", "front")))


def _scene(rng: np.random.Generator, place: str, number: int) -> dict[str, Any]:
    distance_cm = float(rng.uniform(*_DISTANCES_CM))
    scene = scene_for(rng, place, _LIGHTS[number % len(_LIGHTS)], distance_cm)
    return {**scene, "width": int(rng.choice(_WIDTHS_PX, p=(0.5, 0.3, 0.2)))}


# What people do at a desk that is no exercise; amounts in degrees and cm, assumed.
_EVERYDAY: dict[str, dict[str, Any]] = {
    "typing": {"thoracic_flex": 1, "neck_flex": 2, "head_flex": 3},
    "phone": {
        "thoracic_flex": 8,
        "neck_flex": 18,
        "head_flex": 27,
        "hands_l": {"phone": 1},
        "hands_r": {"phone": 1},
    },
    "drink": {"neck_flex": -3, "head_flex": -14, "hands_r": {"mouth": 1}},
    "drink_left": {"neck_flex": -3, "head_flex": -12, "hands_l": {"mouth": 1}},
    "phone_at_ear": {"head_roll": -14, "shoulder_r_up": 6, "hands_r": {"ear": 1}},
    "talk_left": {"head_yaw": 28, "head_flex": 4, "trunk_yaw": 8},
    "talk_right": {"head_yaw": -30, "head_flex": -3, "trunk_yaw": -8},
    "nod": {"head_flex": 12, "head_roll": 5},
    "second_screen": {"head_yaw": 36, "trunk_yaw": 6},
    "turned_left": {"trunk_yaw": 18, "head_yaw": 12},
    "turned_right": {"trunk_yaw": -18, "head_yaw": -12},
    "chin_in_hand": {"lean": 8, "head_roll": 8, "thoracic_flex": 8, "hands_l": {"chin": 1}},
    "scratch": {"head_roll": 6, "hands_l": {"nape": 0.9}, "shoulder_l_up": 4},
    "reach_for_cup": {"lean": -9, "trunk_yaw": 6, "hands_r": {"mouse": 1}},
    "slump": {"pelvis_flex": -16, "lumbar_flex": 12, "thoracic_flex": 12, "neck_flex": 14},
    "laugh": {"shoulder_up": 5, "head_flex": -8},
}
_NEGATIVE_S = 60.0
_NEGATIVE_FILMS = 32
# The counters' thresholds were set while looking at the first ones; the others show other people.
_FIRST_FILMS, _STRANGERS = 12, ("d", "h", "i", "j", "k", "l", "m")


def _not_performed() -> Iterator[ExerciseFilm]:
    for index in range(_NEGATIVE_FILMS):
        rng = np.random.default_rng([SEED, 1000 + index])
        people = PEOPLE if index < _FIRST_FILMS else _STRANGERS
        person = people[index % len(people)]
        place = _place(rng, index // len(people))
        spec = {
            "name": f"none_{index:02d}_{person}",
            "seconds": _NEGATIVE_S,
            "fps": 5,
            "seed": int(rng.integers(2**31)),
            "human": person,
            "scene": {**_scene(rng, place, index), "width": 320},
            "timeline": _everyday(rng),
            **ACCESSORIES,
        }
        yield ExerciseFilm(spec, None, "none", person, place, {}, {})


def _everyday(rng: np.random.Generator) -> list[list[Any]]:
    timeline: list[list[Any]] = [[0, _EVERYDAY["typing"]]]
    t_s = 3.0
    while t_s < _NEGATIVE_S - 3.0:
        name = str(rng.choice([name for name in _EVERYDAY if name != "typing"]))
        move_s = float(rng.uniform(0.5, 1.3))
        timeline.append([round(t_s, 2), _EVERYDAY[name], round(move_s, 2)])
        t_s += move_s + float(rng.uniform(0.5, 2.5))
        if rng.random() < 0.6:
            timeline.append([round(t_s, 2), _EVERYDAY["typing"], round(move_s, 2)])
            t_s += move_s + float(rng.uniform(0.3, 2.0))
    return timeline

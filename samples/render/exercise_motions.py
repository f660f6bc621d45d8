"""Exercises at a desk as scripts of movement: done right, half, too fast, or not at all.

How far a movement goes at size 1 is the ordinary range of healthy adults, taken a little short
of its end as a careful person would: neck sideways 45 and turned 70-80 degrees (norms of the
American Academy of Orthopaedic Surgeons), trunk sideways 35 and turned 45 degrees, a shrug of
6-8 cm (assumed), arms level or straight up.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

Posture = dict[str, Any]


class Manner(StrEnum):
    """How an exercise is done."""

    RIGHT = "right"
    HALF = "half"
    FAST = "fast"
    NOT = "not"


RIGHT_SIZES = (0.88, 1.12)
HALF_SIZES = (0.42, 0.55)
_LAP: Posture = {"hands_l": {"lap": 1}, "hands_r": {"lap": 1}}
_HANGING: Posture = {"hands_l": {"raised": 1}, "hands_r": {"raised": 1}}


@dataclass(frozen=True)
class Motion:
    """One exercise: how the person waits, and what a movement of a size and a side looks like."""

    rest: Mapping[str, Any]
    peak: Callable[[float, int], Posture]
    """of a size (1 = all the way) and a side (1 = left, -1 = right)"""
    sides: bool
    hold_s: tuple[float, float]
    move_s: tuple[float, float]
    repetitions: tuple[int, int]
    """on each side"""
    way: Callable[[float], list[Posture]] | None = None
    """postures passed on the way to the peak and, backwards, on the way home"""


def _neck(size: float, side: int) -> Posture:
    return {**_LAP, "head_roll": 34 * size * side, "lean": 1.5 * side}


def _turn(size: float, side: int) -> Posture:
    return {**_LAP, "head_yaw": 62 * size * side, "trunk_yaw": 4 * size * side}


def _shrug(size: float, _: int) -> Posture:
    return {**_LAP, "shoulder_up": 25 * size}


def _arms(size: float, _: int) -> Posture:
    out = 6 + 84 * size
    raised = max(0.0, out - 60) * 0.2
    return {**_HANGING, "arm_l_out": out, "arm_r_out": out, "shoulder_up": raised}


def _reach(size: float, _: int) -> Posture:
    out = 6 + 156 * size
    raised = max(0.0, out - 60) * 0.2
    return {**_HANGING, "arm_l_out": out, "arm_r_out": out, "shoulder_up": raised}


def _side_bend(size: float, side: int) -> Posture:
    return {**_LAP, "lean": 29 * size * side, "head_roll": 4 * size * side}


def _twist(size: float, side: int) -> Posture:
    hands = {"hands_r" if side > 0 else "hands_l": {"across": 1}}
    other = {"hands_l" if side > 0 else "hands_r": {"lap": 1}}
    return {
        **hands,
        **other,
        "trunk_yaw": 43 * size * side,
        "head_yaw": 22 * size * side,
    }


def _stand(size: float, _: int) -> Posture:
    if size < 0.7:  # off the seat and down again
        return {**_LAP, "dy": 24 * size, "dz": -4, "stand": 0.6 * size, "pelvis_flex": 18}
    return {"hands_l": {"down": 1}, "hands_r": {"down": 1}, "stand": 1, "dy": 36, "dz": -25}


def _rising(size: float) -> list[Posture]:
    return [{**_LAP, "pelvis_flex": 22, "head_flex": -14, "dz": 4}] if size >= 0.7 else []


def _roll(size: float, _: int) -> Posture:
    return {**_LAP, "shoulder_up": 18 * size, "protract": -3 * size}


def _opener(size: float, _: int) -> Posture:
    hands = {"nape": 1.0} if size > 0.7 else {"nape": 0.45}
    return {
        "hands_l": hands,
        "hands_r": hands,
        "protract": -8 * size,
        "thoracic_flex": -6 * size,
        "shoulder_up": 6 * size,
    }


_LONG_S, _SLOW_S = (2.0, 4.0), (1.0, 1.8)
_ARMS_DOWN: Posture = {**_HANGING, "arm_l_out": 6, "arm_r_out": 6}
MOTIONS: Mapping[str, Motion] = {
    "neck_side_bend": Motion(_LAP, _neck, True, _LONG_S, _SLOW_S, (1, 2)),
    "head_turn": Motion(_LAP, _turn, True, (0.8, 2.0), _SLOW_S, (2, 2)),
    "shoulder_shrug": Motion(_LAP, _shrug, False, (0.6, 1.6), (0.6, 1.2), (3, 5)),
    "arms_raised_sideways": Motion(_ARMS_DOWN, _arms, False, (0.5, 1.2), _SLOW_S, (3, 3)),
    "overhead_reach": Motion(_ARMS_DOWN, _reach, False, (1.5, 3.0), (1.2, 2.0), (2, 3)),
    "seated_side_bend": Motion(_LAP, _side_bend, True, _LONG_S, _SLOW_S, (1, 2)),
    "seated_twist": Motion(_LAP, _twist, True, _LONG_S, (1.2, 2.0), (1, 2)),
    "stand_up_and_sit_down": Motion(_LAP, _stand, False, (1.0, 2.2), (0.7, 1.1), (2, 3), _rising),
    "shoulder_roll": Motion(_LAP, _roll, False, (0.2, 0.6), (0.6, 1.0), (3, 5)),
    "chest_opener": Motion(_LAP, _opener, False, (3.0, 5.0), (1.2, 1.8), (1, 2)),
}
_FAST_MOVE_S, _FAST_HOLD_S = (0.22, 0.3), (0.02, 0.1)
REST_S = (2.6, 3.4)
"""How long a person sits still before the first movement."""
_PAUSE_S = (0.6, 1.6)


@dataclass(frozen=True)
class Performance:
    """A script, and what was done in it."""

    timeline: list[list[Any]]
    seconds: float
    repetitions: dict[str, int]
    """by side: left and right, or both"""
    held_s: dict[str, float]


_SIDE_NAMES = {1: "left", -1: "right", 0: "both"}


def perform(name: str, manner: Manner, rng: np.random.Generator) -> Performance:
    """The exercise `name` done in this manner; counts say what a perfect observer would count."""
    motion = MOTIONS[name]
    fast, half = manner is Manner.FAST, manner is Manner.HALF
    move_range, hold_range = (
        (_FAST_MOVE_S, _FAST_HOLD_S) if fast else (motion.move_s, motion.hold_s)
    )
    base = _person(rng)
    timeline: list[list[Any]] = [[0, _against(base, motion.rest)]]
    t_s = float(rng.uniform(*REST_S))
    sides = [1, -1] if motion.sides else [0]
    if motion.sides and rng.random() < 0.5:
        sides.reverse()
    counts = {_SIDE_NAMES[side]: 0 for side in sides}
    held = {_SIDE_NAMES[side]: 0.0 for side in sides}
    repetitions = int(rng.integers(motion.repetitions[0], motion.repetitions[1] + 1))
    alternating = rng.random() < 0.6
    order = (
        [side for _ in range(repetitions) for side in sides]
        if alternating
        else [side for side in sides for _ in range(repetitions)]
    )
    for side in order if manner is not Manner.NOT else ():
        size = float(rng.uniform(*(HALF_SIZES if half else RIGHT_SIZES)))
        move_s, hold_s = float(rng.uniform(*move_range)), float(rng.uniform(*hold_range))
        steps = [*(motion.way(size) if motion.way else []), motion.peak(size, side)]
        for step in steps:
            timeline.append([t_s, _against(base, step), move_s])
            t_s += move_s
        t_s += hold_s
        for step in [*reversed(steps[:-1]), motion.rest]:
            timeline.append([t_s, _against(base, step), move_s])
            t_s += move_s
        t_s += float(rng.uniform(*((0.05, 0.2) if fast else _PAUSE_S)))
        if manner is Manner.RIGHT:
            counts[_SIDE_NAMES[side]] += 1
            held[_SIDE_NAMES[side]] += hold_s
    if manner is Manner.NOT:
        t_s += 8.0
    rounded = [[round(entry[0], 2), *entry[1:]] for entry in timeline]
    return Performance(rounded, round(t_s + 1.5, 1), counts, held)


def _person(rng: np.random.Generator) -> Posture:
    """How this person happens to sit; nobody sits as the model does."""
    return {
        "head_roll": float(rng.normal(0, 2.0)),
        "head_flex": float(rng.normal(2, 3.0)),
        "head_yaw": float(rng.normal(0, 3.0)),
        "lean": float(rng.normal(0, 1.5)),
        "trunk_yaw": float(rng.normal(0, 2.0)),
        "thoracic_flex": float(rng.normal(2, 2.0)),
        "shoulder_l_up": float(rng.normal(0, 1.5)),
    }


def _against(base: Posture, posture: Mapping[str, Any]) -> Posture:
    """`posture` of a person who sits as `base` says."""
    together = dict(posture)
    for name, amount in base.items():
        together[name] = round(float(posture.get(name, 0.0)) + amount, 2)
    return together

"""Writes scripts of natural sitting at random: work, glances, and postures in between.

Everything comes from the generator given, so that one seed gives one script.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from samples.render.postures import POSTURES

STRAINED = (
    "slouch",
    "mild_slouch",
    "forward_head",
    "look_down",
    "phone",
    "lean_in",
    "lean_left",
    "lean_right",
    "head_tilt_left",
    "head_tilt_right",
    "shoulder_left_up",
    "shoulder_right_up",
    "shrug",
    "look_left",
    "look_right",
)
"""Postures that a monitor should call strained once they are held."""
ACTIVITIES = (
    "drink",
    "chin_hand",
    "phone_ear",
    "recline",
    "trunk_turn_left",
    "trunk_turn_right",
    "stand",
)
"""What people do besides; a monitor need not complain, nor be able to judge all of it."""
NATURAL = ("typing", "mouse", "upright")
"""Upright work: nothing to complain about."""

OPENING_S = 12.0
_WORK_SHARES = (0.5, 0.25, 0.25)
_GLANCES = ("glance_keyboard", "glance_keyboard", "glance_left", "glance_right", "glance_phone")
_GLANCE_S = (1.0, 2.0)
_GLANCE_CHANCE = 0.5
_SHIFT_S = 0.6
# Spread of the small changes of place while working; degrees, dx and dz in cm. Assumed.
_SHIFTS = {"dx": 0.6, "dz": 0.8, "trunk_yaw": 1.2, "lean": 0.7, "head_yaw": 2.5, "head_flex": 1.5}
_SLOW = frozenset({"slouch", "mild_slouch", "lean_in", "recline", "stand"})


class Script(NamedTuple):
    """What a specification takes as `timeline` and `glances`."""

    timeline: list[list[Any]]
    glances: list[list[Any]]
    end_s: float


def scaled(name: str, strength: float) -> list[Any]:
    """Posture `name` with its angles and offsets multiplied; hands and standing stay."""
    changes = {
        key: round(amount * strength, 2)
        for key, amount in POSTURES[name].items()
        if isinstance(amount, (int, float)) and key != "stand"
    }
    return [name, changes]


def work(rng: np.random.Generator) -> list[Any]:
    """Some upright work, shifted a little against the last."""
    name = str(rng.choice(NATURAL, p=_WORK_SHARES))
    changes = {
        key: round(float(POSTURES[name].get(key, 0.0) + rng.normal(0, spread)), 2)
        for key, spread in _SHIFTS.items()
    }
    return [name, changes]


def opening(rng: np.random.Generator) -> Script:
    """The upright stretch that a monitor calibrates on: work, and one glance at the keyboard."""
    timeline: list[list[Any]] = [[0, work(rng)]]
    for moment_s in (3.5, 7.5, 10.0):
        timeline.append([_near(rng, moment_s), work(rng), _SHIFT_S])
    start_s = _near(rng, 5.0)
    return Script(timeline, [[start_s, round(start_s + 1.3, 2), "glance_keyboard"]], OPENING_S)


def sitting(rng: np.random.Generator, postures: Sequence[str], seconds: float) -> Script:
    """The opening, then each posture for 4.2 to 5 s with upright work in between, until `seconds`.

    Postures of STRAINED are made at 0.7 to 1.2 of their size.
    """
    timeline, glances, t_s = opening(rng)
    holds_s = rng.uniform(4.2, 5.0, len(postures))
    breaks_s = rng.uniform(0.6, 1.4, len(postures))
    breaks_s *= (seconds - t_s - holds_s.sum()) / breaks_s.sum()
    for name, hold_s, break_s in zip(postures, holds_s, breaks_s, strict=True):
        strength = float(rng.uniform(0.7, 1.2)) if name in STRAINED else 1.0
        move_s = rng.uniform(1.2, 1.6) if name in _SLOW else rng.uniform(0.7, 1.1)
        timeline.append([round(t_s, 2), scaled(name, strength), round(move_s, 2)])
        t_s += hold_s
        back_s = 1.1 if name == "stand" else 0.7
        timeline.append([round(t_s, 2), work(rng), back_s])
        free_s = break_s - back_s
        if free_s > _GLANCE_S[0] and rng.random() < _GLANCE_CHANCE:
            length_s = min(free_s, float(rng.uniform(*_GLANCE_S)))
            start_s = t_s + back_s + rng.uniform(0, free_s - length_s)
            glance = str(rng.choice(_GLANCES))
            glances.append([round(start_s, 2), round(start_s + length_s, 2), glance])
        t_s += break_s
    return Script(timeline, glances, seconds)


def working(rng: np.random.Generator, seconds: float) -> Script:
    """Upright work throughout, with a glance every eight seconds or so."""
    timeline, glances, t_s = opening(rng)
    while t_s < seconds:
        timeline.append([round(t_s, 2), work(rng), _SHIFT_S])
        start_s = t_s + rng.uniform(1.0, 2.0)
        glances.append([round(start_s, 2), round(start_s + 1.4, 2), str(rng.choice(_GLANCES))])
        t_s += rng.uniform(6.0, 9.0)
    return Script(timeline, glances, seconds)


def _near(rng: np.random.Generator, moment_s: float) -> float:
    return round(moment_s + float(rng.uniform(-0.4, 0.4)), 2)

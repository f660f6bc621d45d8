"""Where the hands of somebody who exercises go, and which way the elbows point then."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from samples.render.geometry import FloatArray

REACHES = frozenset({"raised", "nape", "lap", "across"})
"""Places of a hand: of an arm stretched out, behind the neck, on the thigh, on the other knee."""

_HANGING = np.array([0.45, -1, -0.35])
"""Which way an elbow points; the first value is outwards."""
_ELBOWS: Mapping[str, FloatArray] = {
    "nape": np.array([1.0, 0.25, -0.1]),
    "raised": np.array([0.3, -0.6, -0.7]),
}


@dataclass(frozen=True)
class Torso:
    """What the places are measured from, on one side of the body; metres."""

    sign: int
    """1 on the left, -1 on the right"""
    shoulder: FloatArray
    pelvis: FloatArray
    nape: FloatArray
    facing: FloatArray
    """3x3, of the pelvis"""
    chest_facing: FloatArray
    """3x3, of the chest: stretched arms move with it"""
    arm_m: float


def reach_targets(torso: Torso, out_deg: float) -> dict[str, FloatArray]:
    """The wrist's place by name; an arm stretched out is `out_deg` away from hanging."""
    angle = math.radians(out_deg)
    out = np.array([torso.sign * math.sin(angle), -math.cos(angle), 0.06])
    on_thigh = np.array([torso.sign * 0.12, 0.12, 0.28])
    across = np.array([-torso.sign * 0.12, 0.14, 0.30])
    return {
        "raised": torso.shoulder + torso.chest_facing @ (out * torso.arm_m * 0.97),
        "nape": torso.nape,
        "lap": torso.pelvis + torso.facing @ on_thigh,
        "across": torso.pelvis + torso.facing @ across,
    }


def elbow_hint(sign: int, shares: Mapping[str, float]) -> FloatArray:
    """Which way the elbow points while the hand is at its places, by their shares."""
    elsewhere = 1.0 - sum(shares.get(place, 0.0) for place in _ELBOWS)
    hint = _HANGING * elsewhere
    for place, way in _ELBOWS.items():
        hint = hint + way * shares.get(place, 0.0)
    return np.asarray(hint * np.array([sign, 1, 1]))

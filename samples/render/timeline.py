"""Which pose a person holds at a moment: keyframes, glances over them, and natural sway."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from samples.render.postures import Pose, blend, overlay

DEFAULT_MOVE_S = 1.2
GLANCE_MOVE_S = 0.6

# Size of the natural movement of each joint at sway 1; degrees, dx and dz in cm. Assumed.
_SWAY_SIZES = {
    "lumbar_flex": 0.5,
    "thoracic_flex": 0.4,
    "lean": 0.5,
    "trunk_yaw": 0.8,
    "neck_flex": 0.7,
    "head_flex": 1.2,
    "head_yaw": 2.0,
    "head_roll": 0.9,
    "dx": 0.2,
    "dz": 0.25,
}
# Close to 2 pi; written out because another value would move every recording already made.
_TURN = 6.283
_PHASE_LIMIT = 6.28


@dataclass(frozen=True)
class Keyframe:
    """From `start_s` on the person moves to `pose`, and holds it after `move_s` seconds."""

    start_s: float
    label: str
    pose: Pose
    move_s: float = DEFAULT_MOVE_S

    @property
    def settled_s(self) -> float:
        """When the move is over."""
        return self.start_s + self.move_s


@dataclass(frozen=True)
class Glance:
    """A short movement added to the posture held; the person returns to that posture."""

    start_s: float
    end_s: float
    label: str
    pose: Pose

    def share_at(self, t_s: float) -> float:
        """How far the glance is made, 0 to 1."""
        ramp = min(t_s - self.start_s, self.end_s - t_s) / GLANCE_MOVE_S
        return smooth_step(ramp)


class Moment(NamedTuple):
    """The pose at one time, without sway."""

    pose: Pose
    label: str
    moving: bool


def moment_at(keyframes: Sequence[Keyframe], glances: Sequence[Glance], t_s: float) -> Moment:
    """Pose and label at `t_s`; the label is that of the last keyframe begun, or of a glance."""
    first, *later = keyframes
    moment = Moment(first.pose, first.label, False)
    for keyframe in later:
        if t_s < keyframe.start_s:
            break
        progress = (t_s - keyframe.start_s) / keyframe.move_s
        pose = blend(moment.pose, keyframe.pose, smooth_step(progress))
        moment = Moment(pose, keyframe.label, progress < 1)
    for glance in glances:
        share = glance.share_at(t_s)
        if share > 0:
            label = glance.label if share > 0.5 else moment.label
            pose = overlay(moment.pose, glance.pose, share)
            moment = Moment(pose, label, moment.moving or share < 1)
    return moment


class Sway:
    """Natural movement: four slow sines on each joint, and breath in chest and shoulders."""

    def __init__(self, rng: np.random.Generator, size: float) -> None:
        self._waves = {
            name: (
                amplitude * size,
                rng.uniform(0.03, 0.35, 4),
                rng.uniform(0, _PHASE_LIMIT, 4),
            )
            for name, amplitude in _SWAY_SIZES.items()
        }
        self._breaths_per_s = rng.uniform(0.22, 0.3)

    def applied_to(self, pose: Pose, t_s: float) -> Pose:
        """`pose` as it is at `t_s`, moved a little."""
        amounts = dict(pose.amounts)
        for name, (amplitude, frequencies_hz, phases) in self._waves.items():
            wave = float(np.sin(_TURN * frequencies_hz * t_s + phases).sum())
            # Four sines of random phase rarely reach 4; 1.6 brings their sum near the amplitude.
            amounts[name] = amounts.get(name, 0.0) + amplitude * wave / 1.6
        breath = math.sin(_TURN * self._breaths_per_s * t_s)
        amounts["thoracic_flex"] -= 0.35 * breath
        amounts["shoulder_up"] = amounts.get("shoulder_up", 0.0) + 0.6 * breath
        return Pose(amounts, pose.hands)


def smooth_step(progress: float) -> float:
    """Eased share of a move.

    >>> [smooth_step(progress) for progress in (-1, 0.5, 2)]
    [0.0, 0.5, 1.0]
    """
    share = min(1.0, max(0.0, progress))
    return share * share * (3 - 2 * share)

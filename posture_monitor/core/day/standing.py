"""Does the user stand at this desk? Told by where the body is, or by what stands around it.

A desk that rises under a camera of its own shows the body higher. One that lifts the camera with
the monitor shows the body where it was, and the room behind it lower.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from posture_monitor.core.measure.features import Features, measure
from posture_monitor.core.measure.metrics import deviate
from posture_monitor.core.measure.view import is_same, pan_of, tilt_of

if TYPE_CHECKING:
    from posture_monitor.core.judge.baseline import Baseline
    from posture_monitor.core.measure.metrics import Deviation
    from posture_monitor.core.measure.view import ViewState
    from posture_monitor.domain import Pose, ViewShift

STANDING_RISE = 0.5
"""Baseline shoulder widths (about 20 cm) that head and shoulders rise when someone stands."""
_STANDING_GROWTH = 0.5
"""Standing happens at like distance: up to 1.6 times nearer or farther (assumed)."""
LIFT_DEG = 8.0
"""A camera lifted by 30 to 50 cm before a wall at 2 m looks tipped by 8 to 14 degrees (calculated);
lifted by less it is not told from one that was tipped."""
_LIFT_ASIDE_DEG = 3.0
_LIFT_SCALE = 1.1
_LIFT_DROP = 0.12
"""Shoulder widths. Anyone who rose with the camera is where they were in the picture; tipped by
``LIFT_DEG`` it would show them a quarter of a shoulder width elsewhere."""
_LIFT_GROWTH = 0.12
"""Of the logarithm of size: a camera that is lifted comes nearer or goes away (assumed)."""


def is_standing(deviation: Deviation) -> bool:
    """Whether the person has risen 20 cm or more at like distance."""
    risen = -min(deviation.head_drop, deviation.shoulder_drop)
    lowest = max(deviation.head_drop, deviation.shoulder_drop)
    return lowest <= -STANDING_RISE and risen <= 6.0 and abs(deviation.growth) <= _STANDING_GROWTH


def is_seated(deviation: Deviation) -> bool:
    """Whether someone whose baseline was taken standing has sunk 20 cm or more."""
    sunk = min(deviation.head_drop, deviation.shoulder_drop)
    return sunk >= STANDING_RISE and abs(deviation.growth) <= _STANDING_GROWTH


def went_with_camera(
    known: ViewState, shift: ViewShift | None, pose: Pose, baseline: Baseline
) -> bool:
    """Whether camera and user went up together, or down from a baseline taken standing.

    Once seen it holds while the view stays: anyone who slouches then is not where they were.
    """
    if shift is None or not shift.sure:
        return False
    if known.lifted is not None and is_same(known.lifted, shift):
        return True
    way = -1.0 if baseline.standing else 1.0
    lifted = (
        way * tilt_of(shift) >= LIFT_DEG
        and max(abs(pan_of(shift)), abs(shift.roll_deg)) <= _LIFT_ASIDE_DEG
        and 1.0 / _LIFT_SCALE <= shift.scale <= _LIFT_SCALE
    )
    features = measure(pose) if lifted else None
    if not isinstance(features, Features):
        return False
    deviation = deviate(features, baseline.median)
    drop = max(abs(deviation.head_drop), abs(deviation.shoulder_drop))
    return drop <= _LIFT_DROP and abs(deviation.growth) <= _LIFT_GROWTH

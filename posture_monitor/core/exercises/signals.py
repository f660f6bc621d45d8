"""How far an exercise is done at one moment: one number each, against the person's own neutral.

Every signal is 0 in the neutral and grows with the movement; those of exercises with sides are
positive to the person's left and negative to their right. Lengths are in neutral shoulder
widths, angles in degrees. None = not to be seen at this moment.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import fmean, median
from typing import TYPE_CHECKING

from posture_monitor.core.exercises.body import Arm, Body, Head, Heads
from posture_monitor.core.measure.features import close_of, mesh_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from posture_monitor.core.measure.features import Features

_POSE_ROLL_GAIN = 1.35
"""The pose's face rolls less than the head it sees (rendered people: 9.5 of 16 degrees)."""
_POSE_ROLL_AT_LEAST = 0.5
"""Of the bend; a face that is half hidden by a hand rolls in one model alone."""
_MESH_GONE_DEG = 10.0
"""Added to the yaw where the face mesh, seen at rest, sees no face any more: it loses real and
rendered faces between 45 and 60 degrees from the camera, where the others begin to fall short."""
_ASIDE_DEG = 30.0
"""So far to that side at rest, a head loses its mesh by a glance: nothing is added any more."""
_SHORTEST_UPPER_ARM = 0.3
"""Shoulder widths; an arm that points at the camera has no direction in the picture."""
_TURNED_WIDTH = 0.72
"""Of the neutral shoulder width; narrower, the chair or the trunk was turned, not the head."""
_LOST_BODY_YAW_DEG = 75.0
"""A head that the pose model has turned further makes it draw any shoulders, even swapped ones."""
_DEPTH_PER_TURN = 1.9
"""Difference in depth of shoulders turned by 45 degrees, in widths: the model exaggerates it."""
_CAMERA_SHARE = 0.5
"""Of the head's direction at rest that is taken for the trunk's: a camera at the side sees both
turned, and the head is turned to the screen besides (best of 0, 0.5 and 1 on rendered twists)."""
_MOST_CAMERA_DEG = 35.0
_HEAD_GAIN = 1.2
"""The head goes along with a twist: 30 degrees at least where the trunk is turned by 40."""
_TOWARDS_EARS_GAIN = 1.5
_HEAD_STAYS_DEG = 18.0
"""Bent further aside, the head does something else (in rendered shrugs and twists: up to 14)."""
_SAME_SIZE = (0.9, 1.15)
"""Of the shoulder width at rest; somebody who leans back, in or gets up is no longer within."""
_ELBOW_GAIN, _MOST_ELBOW_WIDTHS, _ARMS_UNKNOWN = 6.0, 0.15, 1.35
"""Elbows rise by 0.05 to 0.28 in whole shrugs and by 0.02 to 0.04 in half ones (rendered), which
tells the two apart better than the shoulders alone."""
_MOST_SHRUG_WIDTHS = 0.3
"""Nobody's shoulders rise further while they sit (rendered shrugs of 7 cm: 0.14 as seen)."""
_HIDDEN_ARM_YAW_DEG = 60.0
_RAISED_WIDTHS, _BESIDE_WIDTHS = 0.5, 1.0
"""A hand no lower than this below its shoulder, and no further aside from the head, is at the
head: it drinks, holds a phone or props the chin (rendered: -0.5 to 0.2; hands at rest: 1.3)."""


@dataclass(frozen=True, slots=True)
class Neutral:
    """The person at rest: medians of the frames of a calm second or more."""

    shoulder_width: float
    shoulder_x: float
    shoulder_y: float
    ear_x: float
    ear_y: float
    tilt_deg: float
    turn: float
    """The nearer shoulder by the model's depth, in shoulder widths."""
    heads: Heads
    outline_y: float | None
    elbow_y: float | None = None
    """In the mean of both; None where a profile is all that is known."""


def neutral_of(bodies: Sequence[Body]) -> Neutral:
    """The median of these frames; there must be one at least."""

    def middle(value: Callable[[Body], float]) -> float:
        return median(value(body) for body in bodies)

    width = max(middle(lambda body: body.shoulder_width), 1.0)
    tops = [body.outline_y for body in bodies if body.outline_y is not None]
    return Neutral(
        shoulder_width=width,
        shoulder_x=middle(lambda body: body.shoulders[0]),
        shoulder_y=middle(lambda body: body.shoulders[1]),
        ear_x=middle(lambda body: body.ears[0]),
        ear_y=middle(lambda body: body.ears[1]),
        tilt_deg=middle(tilt_deg),
        turn=middle(lambda body: body.shoulder_turn) / width,
        heads=(_head_of(bodies, 0), _head_of(bodies, 1), _head_of(bodies, 2)),
        outline_y=median(tops) if 2 * len(tops) > len(bodies) else None,
        elbow_y=middle(_elbows_y),
    )


def neutral_from(features: Features) -> Neutral:
    """The neutral that a profile's medians describe, in pixels of the profile's picture."""
    f, width = features, features.shoulder_width_px
    ear_y = f.shoulder_y_px - f.neck_gap_ratio * width
    close, mesh = close_of(f), mesh_of(f)
    return Neutral(
        shoulder_width=width,
        shoulder_x=f.shoulder_x_px,
        shoulder_y=f.shoulder_y_px,
        ear_x=f.shoulder_x_px + f.head_offset_ratio * width,
        ear_y=ear_y,
        tilt_deg=f.shoulder_tilt_deg,
        turn=0.0,
        heads=(
            Head(f.head_roll_deg, f.head_yaw_deg),
            None if close is None else Head(close.roll_deg, close.yaw_deg),
            None if mesh is None else Head(mesh.roll_deg, mesh.yaw_deg),
        ),
        outline_y=None if f.outline_gap_ratio is None else ear_y + f.outline_gap_ratio * width,
    )


def _elbows_y(body: Body) -> float:
    """In the mean, below the picture, too: the model guesses them well enough from the arms."""
    return (body.left.elbow[1] + body.right.elbow[1]) / 2.0


def _head_of(bodies: Sequence[Body], witness: int) -> Head | None:
    seen = [head for body in bodies if (head := body.heads[witness]) is not None]
    if 2 * len(seen) <= len(bodies):
        return None
    return Head(median(head.roll_deg for head in seen), median(head.yaw_deg for head in seen))


def tilt_deg(body: Body) -> float:
    """Of the line of the shoulders; + = left one higher."""
    x, y = body.across
    return math.degrees(math.atan2(-y, x))


def abduction_deg(arm: Arm, side: int) -> float:
    """How far the upper arm is from hanging, -180 to 180, + = outwards.

    ``side`` is 1 for the left arm and -1 for the right one.
    """
    out = side * (arm.elbow[0] - arm.shoulder[0])
    down = arm.elbow[1] - arm.shoulder[1]
    return math.degrees(math.atan2(out, down))


# --------------------------------------------------------------------------- head


def _changes(body: Body, neutral: Neutral) -> Heads:
    """What each witness says that the head did."""
    pairs = zip(body.heads, neutral.heads, strict=True)
    pose, close, mesh = (
        None
        if now is None or before is None
        else Head(now.roll_deg - before.roll_deg, now.yaw_deg - before.yaw_deg)
        for now, before in pairs
    )
    return pose, close, mesh


def neck_side_bend(body: Body, neutral: Neutral) -> float | None:
    """The head's roll that neither a lean of the trunk nor a raised shoulder explains."""
    pose, close, mesh = _changes(body, neutral)
    rolls = [head.roll_deg for head in (close, mesh) if head is not None]
    if pose is None:
        return None
    by_pose = _POSE_ROLL_GAIN * pose.roll_deg
    roll = _agreed(fmean(rolls), by_pose / _POSE_ROLL_AT_LEAST) if rolls else by_pose
    return _agreed(roll, roll + tilt_deg(body) - neutral.tilt_deg)


def _head_bent(body: Body, neutral: Neutral) -> bool:
    """Whether the head is bent aside, as nobody bends it who shrugs or twists."""
    bend_deg = neck_side_bend(body, neutral)
    return bend_deg is not None and abs(bend_deg) > _HEAD_STAYS_DEG


def head_turn(body: Body, neutral: Neutral) -> float | None:
    """The head's yaw; None while the whole body is turned.

    In the mean of the pose's face and the close one: each is wrong by up to 20 degrees in some
    view, seldom both in the same. Where the close one is lost, nothing is told: the pose's face
    alone turns by itself where somebody looks down at a phone.
    """
    pose, close, mesh = _changes(body, neutral)
    if pose is None or (close is None and neutral.heads[1] is not None):
        return None
    drawn = body.heads[0] is None or abs(body.heads[0].yaw_deg) < _LOST_BODY_YAW_DEG
    if drawn and body.shoulder_width < _TURNED_WIDTH * neutral.shoulder_width:
        return None
    yaw = pose.yaw_deg if close is None else (pose.yaw_deg + close.yaw_deg) / 2.0
    rest = neutral.heads[2]
    if rest is None or mesh is not None:
        return yaw
    aside_deg = max(0.0, math.copysign(rest.yaw_deg, rest.yaw_deg * yaw))
    more_deg = _MESH_GONE_DEG * max(0.0, 1.0 - aside_deg / _ASIDE_DEG)
    return yaw + math.copysign(more_deg, yaw)


# --------------------------------------------------------------------------- shoulders


def shoulders_raised(body: Body, neutral: Neutral) -> float | None:
    """How much the shoulders rose, as far as they neared the ears, too.

    The model lets the ears rise with the shoulders a little, hence the gain.
    """
    width = neutral.shoulder_width
    narrowest, widest = (share * width for share in _SAME_SIZE)
    if not body.head_seen or not narrowest <= body.shoulder_width <= widest:
        return None
    if _head_bent(body, neutral):
        return None
    rise = (neutral.shoulder_y - body.shoulders[1]) / width
    ears_rise = (neutral.ear_y - body.ears[1]) / width
    towards_ears = rise - ears_rise
    if body.outline_y is not None and neutral.outline_y is not None:
        outline_rise = (neutral.outline_y - body.outline_y) / width
        towards_ears = max(towards_ears, outline_rise - ears_rise)
    raised = min(rise, _TOWARDS_EARS_GAIN * towards_ears) * _arms_along(body, neutral)
    return raised if rise <= _MOST_SHRUG_WIDTHS else None


def _arms_along(body: Body, neutral: Neutral) -> float:
    """1 to 1.9: how much the elbows went up with the shoulders."""
    if neutral.elbow_y is None:
        return _ARMS_UNKNOWN
    rise = (neutral.elbow_y - _elbows_y(body)) / neutral.shoulder_width
    return 1.0 + _ELBOW_GAIN * min(max(rise, 0.0), _MOST_ELBOW_WIDTHS)


# --------------------------------------------------------------------------- arms


def arms_out(body: Body, neutral: Neutral) -> float | None:
    """How far the arm that is less raised is away from hanging."""
    angles = []
    for arm, side in ((body.left, 1), (body.right, -1)):
        length = math.dist(arm.shoulder, arm.elbow)
        angle = abduction_deg(arm, side)
        if length < _SHORTEST_UPPER_ARM * neutral.shoulder_width:
            angle = 0.0
        angles.append(angle if angle >= -90.0 else 360.0 + angle)  # past straight up
    return min(angles)


def arms_up(body: Body, neutral: Neutral) -> float | None:
    """How high the lower elbow is above its shoulder, as far as the hand is above it, too."""
    heights = []
    for arm in (body.left, body.right):
        elbow = (arm.shoulder[1] - arm.elbow[1]) / neutral.shoulder_width
        wrist = (arm.shoulder[1] - arm.wrist[1]) / neutral.shoulder_width
        heights.append(min(elbow, wrist / 2.0))
    return min(heights)


def hand_at_head(body: Body, neutral: Neutral) -> bool:
    """Whether a hand is raised to the face, the ear or the chin; never of a head turned far aside.

    Then the trunk may hide an arm, and the model invents where it is.
    """
    head = body.heads[0]
    if head is None or abs(head.yaw_deg) > _HIDDEN_ARM_YAW_DEG:
        return False
    return any(
        arm.wrist_seen
        and arm.wrist[1] - arm.shoulder[1] < _RAISED_WIDTHS * neutral.shoulder_width
        and abs(arm.wrist[0] - body.ears[0]) < _BESIDE_WIDTHS * neutral.shoulder_width
        for arm in (body.left, body.right)
    )


# --------------------------------------------------------------------------- trunk


def side_bend(body: Body, neutral: Neutral) -> float | None:
    """The lean of the trunk in degrees: tilted shoulders that moved the same way."""
    tilt = neutral.tilt_deg - tilt_deg(body)
    shift = (body.shoulders[0] - neutral.shoulder_x) / neutral.shoulder_width
    by_shift = math.degrees(math.atan(shift / 1.2))
    return _agreed(tilt, by_shift * 1.5)


def twist(body: Body, neutral: Neutral) -> float | None:
    """The turn of the shoulders in degrees, by how deep and by how narrow they look.

    A turned head alone makes the model draw the shoulders deep, but hardly narrow, and who leans
    aside looks narrow with a head that stays. A camera at the side sees shoulders widen first when
    they are turned towards it.
    """
    depth = body.shoulder_turn / neutral.shoulder_width - neutral.turn
    by_depth = math.degrees(math.atan(depth / _DEPTH_PER_TURN))
    seen = [head.yaw_deg for head in neutral.heads if head is not None]
    aside = _CAMERA_SHARE * median(seen) if seen else 0.0
    aside = min(max(aside, -_MOST_CAMERA_DEG), _MOST_CAMERA_DEG)
    narrow = body.shoulder_width / neutral.shoulder_width * math.cos(math.radians(aside))
    off_axis = math.degrees(math.acos(min(narrow, 1.0)))
    by_width = math.copysign(off_axis, by_depth + aside) - aside
    turn = (by_depth + 2.0 * by_width) / 3.0 if by_depth * by_width > 0.0 else 0.0
    yaws = [head.yaw_deg for head in _changes(body, neutral) if head is not None]
    if not yaws or _head_bent(body, neutral):
        return None
    return _agreed(turn, _HEAD_GAIN * fmean(yaws))


def rise(body: Body, neutral: Neutral) -> float | None:
    """How much higher the shoulders are in the picture."""
    return (neutral.shoulder_y - body.shoulders[1]) / neutral.shoulder_width


def _agreed(one: float, other: float) -> float:
    """The lesser of two values that agree in their sign; 0 where they don't.

    >>> _agreed(5.0, 3.0), _agreed(-5.0, 3.0)
    (3.0, 0.0)
    """
    return min(one, other, key=abs) if one * other > 0.0 else 0.0

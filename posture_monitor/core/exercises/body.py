"""What one frame says of a body that moves: places and angles, still without a neutral.

Unlike ``core.measure.features`` it keeps arms, and keeps on measuring where a posture could no
longer be judged: turned far aside, or with a head above the picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from posture_monitor.core.measure.head_pose import (
    HeadPose,
    fit_face,
    fit_head,
    fit_mesh,
    to_camera_axes,
)
from posture_monitor.domain import Landmark

if TYPE_CHECKING:
    from posture_monitor.domain import Observation, Pose

MIN_CONFIDENCE = 0.5
"""The pose model's own boundary between somebody and nobody."""
MIN_VISIBILITY = 0.5
"""Below this a point counts as not seen (the model's own decision boundary)."""
MAX_OUTSIDE = 0.12
"""A shoulder this far outside, in picture widths, is guessed rather than seen (assumed)."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm in the picture; pixels."""

    shoulder: Point
    elbow: Point
    wrist: Point
    elbow_seen: bool
    wrist_seen: bool


@dataclass(frozen=True, slots=True)
class Head:
    """Where one of the two models has the head pointing."""

    roll_deg: float
    """+ = left ear to left shoulder."""
    yaw_deg: float
    """Against the camera's axis; + = to the own left."""


Heads = tuple[Head | None, Head | None, Head | None]


@dataclass(frozen=True, slots=True)
class Body:
    """One look at somebody; pixels and degrees of the picture, + = left, down."""

    left: Arm
    right: Arm
    nose: Point
    ears: Point
    """Midway between the ears."""
    head_seen: bool
    heads: Heads
    """As the pose's face, the close-up at the face and the face mesh have it."""
    shoulder_turn: float
    """How much nearer the right shoulder is than the left one, in pixels; the model's guess."""
    outline_y: float | None
    """Where the outline passes over the shoulders, in the mean of both sides."""
    height_px: int
    width_px: int

    @property
    def shoulders(self) -> Point:
        """Midway between the shoulders."""
        return _middle(self.left.shoulder, self.right.shoulder)

    @property
    def across(self) -> Point:
        """From the right shoulder to the left one."""
        return _from(self.right.shoulder, self.left.shoulder)

    @property
    def shoulder_width(self) -> float:
        """As seen: a turned body is narrower."""
        return math.hypot(*self.across)


def body_of(observation: Observation) -> Body | None:
    """The body in this frame; None where nobody is seen whose shoulders are in the picture."""
    pose = observation.pose
    if pose is None or not pose.confidence >= MIN_CONFIDENCE:
        return None
    if not np.isfinite(pose.points_px).all():
        return None
    if not (
        _shoulder_seen(pose, Landmark.LEFT_SHOULDER)
        and _shoulder_seen(pose, Landmark.RIGHT_SHOULDER)
    ):
        return None
    ears = _middle(pose.xy(Landmark.LEFT_EAR), pose.xy(Landmark.RIGHT_EAR))
    head_seen = pose.inside(Landmark.NOSE)
    tops = pose.shoulder_tops_px
    return Body(
        left=_arm(pose, Landmark.LEFT_SHOULDER, Landmark.LEFT_ELBOW, Landmark.LEFT_WRIST),
        right=_arm(pose, Landmark.RIGHT_SHOULDER, Landmark.RIGHT_ELBOW, Landmark.RIGHT_WRIST),
        nose=pose.xy(Landmark.NOSE),
        ears=ears,
        head_seen=head_seen,
        heads=_heads(pose) if head_seen else (None, None, None),
        shoulder_turn=float(
            pose.depth_px[Landmark.LEFT_SHOULDER] - pose.depth_px[Landmark.RIGHT_SHOULDER]
        ),
        outline_y=None if tops is None else float(tops[:, 1].mean()),
        height_px=pose.height_px,
        width_px=pose.width_px,
    )


def _heads(pose: Pose) -> Heads:
    close, mesh = pose.close_face, pose.face_mesh_px
    return (
        _head(pose, fit_head(pose)),
        None if close is None else _head(pose, fit_face(close)),
        None if mesh is None else _head(pose, fit_mesh(mesh)),
    )


def _head(pose: Pose, head: HeadPose | None) -> Head | None:
    if head is None:
        return None
    x, y = _middle(pose.xy(Landmark.LEFT_EYE), pose.xy(Landmark.RIGHT_EYE))
    _, yaw = to_camera_axes(head, x_px=x, y_px=y, width_px=pose.width_px, height_px=pose.height_px)
    return Head(head.roll_deg, yaw)


def _arm(pose: Pose, shoulder: Landmark, elbow: Landmark, wrist: Landmark) -> Arm:
    return Arm(
        pose.xy(shoulder),
        pose.xy(elbow),
        pose.xy(wrist),
        float(pose.visibility[elbow]) >= MIN_VISIBILITY,
        float(pose.visibility[wrist]) >= MIN_VISIBILITY,
    )


def _shoulder_seen(pose: Pose, landmark: Landmark) -> bool:
    x, y = pose.xy(landmark)
    margin = MAX_OUTSIDE * pose.width_px
    inside = -margin <= x <= pose.width_px + margin and 0.0 <= y <= pose.height_px + margin / 2.0
    return inside and float(pose.visibility[landmark]) >= MIN_VISIBILITY


def _middle(one: Point, other: Point) -> Point:
    return (one[0] + other[0]) / 2.0, (one[1] + other[1]) / 2.0


def _from(start: Point, end: Point) -> Point:
    return end[0] - start[0], end[1] - start[1]

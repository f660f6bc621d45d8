"""What one picture says of a body, without a baseline; NaN never leaves this module.

``measure`` reads a pose into ``Features``, ``smooth`` steadies them by time. Signs are those of
the person: + is down, forward or to the own left; for a shoulder + is the left one higher.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any

from posture_monitor.core.measure.head_pose import (
    HeadPose,
    fit_face,
    fit_head,
    fit_mesh,
    pitch_by_place,
    to_camera_axes,
    yaw_by_place,
)
from posture_monitor.domain import Face, Landmark, Pose, Unjudged

MIN_VISIBILITY = 0.5
"""Below this a point counts as not seen (the model's own decision boundary)."""
MAX_OUTSIDE_RATIO = 0.12
"""A shoulder this far outside, in picture widths, is guessed rather than seen (assumed)."""
MAX_YAW_DEG = 55.0
"""Turned further, one eye and ear are hidden and the fit has half a face (assumed)."""

MAX_MESH_YAW_DEG = 52.0
"""The same by the face mesh, which shows full profiles of real people as 61 degrees (half of
them 56 to 64) and heads at 45 degrees as 45."""


@dataclass(frozen=True, slots=True)
class Features:
    """What one picture says, without a baseline. Positions in pixels of that picture."""

    head_pitch_deg: float
    head_yaw_deg: float
    head_roll_deg: float
    face_scale_px: float
    """Pixels per centimetre at the face."""
    shoulder_width_px: float
    shoulder_x_px: float
    shoulder_y_px: float
    head_x_px: float
    """Midway between the eyes."""
    head_y_px: float
    neck_gap_ratio: float
    """Ears above shoulders, in shoulder widths."""
    head_offset_ratio: float
    """Ears sideways of the shoulders' middle, in shoulder widths; + = to the own left."""
    shoulder_tilt_deg: float
    azimuth_deg: float | None = None
    elevation_deg: float | None = None
    """Of the line of sight to the eyes; None in profiles made before this was kept."""
    outline_tilt_deg: float | None = None
    """The line between the outline's tops over the shoulders; None where it isn't seen."""
    outline_gap_ratio: float | None = None
    """Ears above these tops, in shoulder widths."""
    close_pitch_deg: float | None = None
    """Pitch, yaw, roll and scale of the head as the close-up at the face has them."""
    close_yaw_deg: float | None = None
    close_roll_deg: float | None = None
    close_scale_px: float | None = None
    close_width_px: float | None = None
    """Of the face's box."""
    mesh_pitch_deg: float | None = None
    """Pitch, yaw, roll and scale of the head as the points of the face mesh have them."""
    mesh_yaw_deg: float | None = None
    mesh_roll_deg: float | None = None
    mesh_scale_px: float | None = None


OUTLINE_NAMES: tuple[str, ...] = ("outline_tilt_deg", "outline_gap_ratio")
CLOSE_NAMES: tuple[str, ...] = (
    "close_pitch_deg",
    "close_yaw_deg",
    "close_roll_deg",
    "close_scale_px",
    "close_width_px",
)
MESH_NAMES: tuple[str, ...] = (
    "mesh_pitch_deg",
    "mesh_yaw_deg",
    "mesh_roll_deg",
    "mesh_scale_px",
)
SIGHT_NAMES: tuple[str, ...] = ("azimuth_deg", "elevation_deg")
OPTIONAL_NAMES: tuple[str, ...] = (*SIGHT_NAMES, *OUTLINE_NAMES, *CLOSE_NAMES, *MESH_NAMES)
"""What isn't always measurable: an arm may hide the shoulder's outline, a hand the face. Each
group is there as a whole or not at all, and told by itself, so that what is missing in one
picture never shifts what is measured in the next."""
FEATURE_NAMES: tuple[str, ...] = tuple(
    f.name for f in fields(Features) if f.name not in OPTIONAL_NAMES
)
POSITION_NAMES: tuple[str, ...] = tuple(f.name for f in fields(Features) if f.name.endswith("_px"))


@dataclass(frozen=True, slots=True)
class CloseUp:
    """The close-up's part of some features."""

    pitch_deg: float
    yaw_deg: float
    roll_deg: float
    scale_px: float
    width_px: float


def close_of(features: Features) -> CloseUp | None:
    """What the close-up saw; None where it saw nothing."""
    values = [getattr(features, name) for name in CLOSE_NAMES]
    return None if None in values else CloseUp(*values)


@dataclass(frozen=True, slots=True)
class MeshFeatures:
    """The face mesh's part of some features."""

    pitch_deg: float
    yaw_deg: float
    roll_deg: float
    scale_px: float


def mesh_of(features: Features) -> MeshFeatures | None:
    """What the face mesh told; None where there was none."""
    values = [getattr(features, name) for name in MESH_NAMES]
    return None if None in values else MeshFeatures(*values)


def _midpoint(pose: Pose, one: Landmark, other: Landmark) -> tuple[float, float]:
    (x1, y1), (x2, y2) = pose.xy(one), pose.xy(other)
    return (x1 + x2) / 2.0, (y1 + y2) / 2.0


def head_in_view(pose: Pose) -> bool:
    """Whether a head (its face or its back) lies in the picture: nose or both eyes, and an ear."""
    face = pose.inside(Landmark.NOSE) or (
        pose.inside(Landmark.LEFT_EYE) and pose.inside(Landmark.RIGHT_EYE)
    )
    return face and (pose.inside(Landmark.LEFT_EAR) or pose.inside(Landmark.RIGHT_EAR))


def shoulder_in_view(pose: Pose) -> bool:
    """Whether at least one shoulder lies in the picture."""
    return pose.inside(Landmark.LEFT_SHOULDER) or pose.inside(Landmark.RIGHT_SHOULDER)


def _shoulder_seen(pose: Pose, landmark: Landmark) -> bool:
    x, y = pose.xy(landmark)
    margin = MAX_OUTSIDE_RATIO * pose.width_px
    inside = -margin <= x <= pose.width_px + margin and 0.0 <= y <= pose.height_px + margin / 2.0
    return inside and float(pose.visibility[landmark]) >= MIN_VISIBILITY


def both_shoulders_in_view(pose: Pose) -> bool:
    """Whether both lie in the picture: one that doesn't is guessed, and so is their line."""
    return pose.inside(Landmark.LEFT_SHOULDER) and pose.inside(Landmark.RIGHT_SHOULDER)


@lru_cache(maxsize=32)
def measure(
    pose: Pose, seen_from_home: Pose | None = None, *, head_only: bool = False
) -> Features | Unjudged:
    """The features of one pose, or why they can't be measured.

    What lies in the picture is told by ``pose``; where the camera was moved, everything is
    measured on the same pose as it would have been ``seen_from_home``. With ``head_only`` the
    shoulders may be out of view: what is said of them is then the model's guess.

    Remembered by the pose itself, which stands in for many pictures while nothing moves.
    """
    if not head_in_view(pose):
        return Unjudged.CUT_OFF
    if not head_only and not (
        _shoulder_seen(pose, Landmark.LEFT_SHOULDER)
        and _shoulder_seen(pose, Landmark.RIGHT_SHOULDER)
    ):
        return Unjudged.CUT_OFF
    pose = pose if seen_from_home is None else seen_from_home
    head = fit_head(pose)
    if head is None:
        return Unjudged.LOW_CONFIDENCE
    if abs(head.yaw_deg) > MAX_YAW_DEG:
        return Unjudged.TURNED_AWAY
    mesh = None if pose.face_mesh_px is None else fit_mesh(pose.face_mesh_px)
    if mesh is not None and abs(mesh.yaw_deg) > MAX_MESH_YAW_DEG:
        return Unjudged.TURNED_AWAY
    left_x, left_y = pose.xy(Landmark.LEFT_SHOULDER)
    right_x, right_y = pose.xy(Landmark.RIGHT_SHOULDER)
    shoulder_width = math.hypot(left_x - right_x, left_y - right_y)
    if left_x <= right_x or shoulder_width < 2.0 * head.scale_px_per_cm:
        return Unjudged.TURNED_AWAY  # seen from behind or from the side
    shoulder_x, shoulder_y = (left_x + right_x) / 2.0, (left_y + right_y) / 2.0
    ear_x, ear_y = _midpoint(pose, Landmark.LEFT_EAR, Landmark.RIGHT_EAR)
    eye_x, eye_y = _midpoint(pose, Landmark.LEFT_EYE, Landmark.RIGHT_EYE)
    pitch, yaw = to_camera_axes(
        head, x_px=eye_x, y_px=eye_y, width_px=pose.width_px, height_px=pose.height_px
    )
    outline_tilt, outline_gap = _outline(pose, ear_y, shoulder_width)
    return Features(
        head_pitch_deg=pitch,
        head_yaw_deg=yaw,
        head_roll_deg=head.roll_deg,
        face_scale_px=head.scale_px_per_cm,
        shoulder_width_px=shoulder_width,
        shoulder_x_px=shoulder_x,
        shoulder_y_px=shoulder_y,
        head_x_px=eye_x,
        head_y_px=eye_y,
        neck_gap_ratio=(shoulder_y - ear_y) / shoulder_width,
        head_offset_ratio=(ear_x - shoulder_x) / shoulder_width,
        shoulder_tilt_deg=math.degrees(math.atan2(right_y - left_y, left_x - right_x)),
        azimuth_deg=yaw_by_place(eye_x, pose.width_px),
        elevation_deg=pitch_by_place(eye_y, pose.width_px, pose.height_px),
        outline_tilt_deg=outline_tilt,
        outline_gap_ratio=outline_gap,
        **({} if pose.close_face is None else _close_up(pose, pose.close_face)),
        **({} if mesh is None else _mesh_features(pose, mesh)),
    )


def _close_up(pose: Pose, face: Face) -> dict[str, float]:
    """What the close-up at the face says of the head; nothing where it saw no real face."""
    head = fit_face(face)
    if head is None or not face.width_px > 0.0:  # also refuses NaN
        return {}
    x_px, y_px = _midpoint(pose, Landmark.LEFT_EYE, Landmark.RIGHT_EYE)
    pitch, yaw = to_camera_axes(
        head, x_px=x_px, y_px=y_px, width_px=pose.width_px, height_px=pose.height_px
    )
    values = (pitch, yaw, head.roll_deg, head.scale_px_per_cm, face.width_px)
    return dict(zip(CLOSE_NAMES, values, strict=True))


def _mesh_features(pose: Pose, head: HeadPose) -> dict[str, float]:
    x_px, y_px = _midpoint(pose, Landmark.LEFT_EYE, Landmark.RIGHT_EYE)
    pitch, yaw = to_camera_axes(
        head, x_px=x_px, y_px=y_px, width_px=pose.width_px, height_px=pose.height_px
    )
    values = (pitch, yaw, head.roll_deg, head.scale_px_per_cm)
    return dict(zip(MESH_NAMES, values, strict=True))


def _outline(
    pose: Pose, ear_y_px: float, shoulder_width_px: float
) -> tuple[float | None, float | None]:
    """Tilt of the outline over the shoulders, and the ears' height above it."""
    if pose.shoulder_tops_px is None:
        return None, None
    (left_x, left_y), (right_x, right_y) = pose.shoulder_tops_px.tolist()
    if not left_x > right_x:  # also refuses NaN
        return None, None
    tilt = math.degrees(math.atan2(right_y - left_y, left_x - right_x))
    return tilt, ((left_y + right_y) / 2.0 - ear_y_px) / shoulder_width_px


def smooth(previous: Features | None, current: Features, *, gap_s: float, tau_s: float) -> Features:
    """An exponential average with time constant ``tau_s``; the same at any frame rate.

    >>> a = Features(*[0.0] * 12); b = Features(*[1.0] * 12)
    >>> round(smooth(a, b, gap_s=1.0, tau_s=1.0).head_yaw_deg, 3)
    0.632
    """
    if previous is None or tau_s <= 0.0:
        return current
    weight = 1.0 - math.exp(-max(gap_s, 0.0) / tau_s)

    def between(name: str) -> Any:
        before, now = getattr(previous, name), getattr(current, name)
        return now if before is None or now is None else before + weight * (now - before)

    return Features(*(between(name) for name in (*FEATURE_NAMES, *OPTIONAL_NAMES)))


def rescale(features: Features, factor: float) -> Features:
    """The same features in a picture ``factor`` times as large."""
    sizes = {name: getattr(features, name) for name in POSITION_NAMES}
    return replace(features, **{n: v * factor for n, v in sizes.items() if v is not None})

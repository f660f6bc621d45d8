"""Where the head points, from a rigid fit of eleven facial points.

A standard head is turned, scaled and shifted until its points lie on the seen ones as well
as possible (scaled orthographic projection, Gauss-Newton). Eleven points carry the fit, so
that one badly placed ear turns it little. Only differences against a person's own baseline
are used, which takes most of what a standard head gets wrong about a real one back out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from posture_monitor.domain import Landmark, Pose

if TYPE_CHECKING:
    from numpy.typing import NDArray

FACE_LANDMARKS: tuple[Landmark, ...] = tuple(Landmark(i) for i in range(11))

# Standard head in cm: x to the person's left, y up, z towards the camera, origin between
# the eyes. Eyes 62 mm apart (mean adult interpupillary distance, Dodgson 2004: 63 mm); the
# rest are adult proportions (assumed), with depths chosen on the rendered samples so that
# yaw keeps its scale (slope 0.9 against truth).
_HEAD_CM: NDArray[np.float64] = np.array(
    [
        (0.0, -4.2, 4.95),
        (1.6, 0.0, 1.1),
        (3.1, 0.0, 1.1),
        (4.5, -0.1, 0.2),
        (-1.6, 0.0, 1.1),
        (-3.1, 0.0, 1.1),
        (-4.5, -0.1, 0.2),
        (6.9, -1.0, -4.95),
        (-6.9, -1.0, -4.95),
        (2.4, -7.0, 2.4),
        (-2.4, -7.0, 2.4),
    ]
)
_CENTRED_CM = _HEAD_CM - _HEAD_CM.mean(axis=0)

ASSUMED_FOCAL_RATIO = 0.75
"""Focal length over picture width; a webcam of 67 degrees across (assumed; 60-78 are sold)."""

_MAX_STEPS = 8
_SMALLEST_STEP_RAD = 1e-4
MAX_RESIDUAL_CM = 1.6
"""Root-mean-square misfit beyond which the points are no face (samples: 0.3-0.5 cm)."""


@dataclass(frozen=True, slots=True)
class HeadPose:
    """The head's direction as seen along the line of sight, and its size."""

    pitch_deg: float
    """+ = nodding down, about -90 to 90."""
    yaw_deg: float
    """+ = turned to the person's own left, -180 to 180."""
    roll_deg: float
    """+ = left ear towards the left shoulder."""
    scale_px_per_cm: float
    """Picture pixels per centimetre at the face; free of foreshortening by yaw."""
    residual_cm: float
    """Root-mean-square misfit."""


def _rotation(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rotation matrix of a rotation vector in radians (Rodrigues)."""
    angle = float(np.linalg.norm(vector))
    if angle < 1e-12:
        return np.eye(3)
    x, y, z = vector / angle
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    turned: NDArray[np.float64] = (
        np.eye(3) + math.sin(angle) * cross + (1.0 - math.cos(angle)) * (cross @ cross)
    )
    return turned


def euler_deg(rotation: NDArray[np.float64]) -> tuple[float, float, float]:
    """Pitch, yaw and roll in degrees of a head rotation, applied as roll, pitch, yaw.

    >>> [round(abs(angle), 6) for angle in euler_deg(np.eye(3))]
    [0.0, 0.0, 0.0]
    """
    forward = rotation[:, 2]
    pitch = -math.asin(max(-1.0, min(1.0, float(forward[1]))))
    yaw = math.atan2(float(forward[0]), float(forward[2]))
    upright = _rotation(np.array([-pitch, 0.0, 0.0])) @ _rotation(np.array([0.0, -yaw, 0.0]))
    level = upright @ rotation
    roll = -math.atan2(float(level[1, 0]), float(level[0, 0]))
    return math.degrees(pitch), math.degrees(yaw), math.degrees(roll)


@lru_cache(maxsize=32)
def fit_head(pose: Pose) -> HeadPose | None:
    """The head's pose, or None where the facial points don't make a face.

    Remembered by the pose itself: a picture like one already judged brings the same pose
    again, and fitting anew was half the cost of such a look.

    Angles are relative to the line of sight; see ``to_camera_axes``.
    """
    points = pose.points_px[: len(FACE_LANDMARKS)].astype(np.float64)
    if not np.isfinite(points).all():
        return None
    points[:, 1] *= -1.0  # picture y points down, the head's y up
    seen = points - points.mean(axis=0)
    if float(np.abs(seen).max()) < 1.0:
        return None
    affine = np.linalg.lstsq(_CENTRED_CM, seen, rcond=None)[0].T
    left, sizes, right = np.linalg.svd(affine, full_matrices=False)
    scale = float(sizes.mean())
    top = left @ right
    rotation = np.vstack([top, np.cross(top[0], top[1])])
    for _ in range(_MAX_STEPS):
        turned = _CENTRED_CM @ rotation.T
        misfit = seen - scale * turned[:, :2]
        jacobian = np.zeros((len(turned), 2, 4))
        jacobian[:, 1, 0] = -scale * turned[:, 2]
        jacobian[:, 0, 1] = scale * turned[:, 2]
        jacobian[:, 0, 2] = -scale * turned[:, 1]
        jacobian[:, 1, 2] = scale * turned[:, 0]
        jacobian[:, :, 3] = turned[:, :2]
        step = np.linalg.lstsq(jacobian.reshape(-1, 4), misfit.reshape(-1), rcond=None)[0]
        rotation = _rotation(step[:3]) @ rotation
        scale += float(step[3])
        if float(np.abs(step[:3]).max()) < _SMALLEST_STEP_RAD:
            break
    misfit = seen - scale * (_CENTRED_CM @ rotation.T)[:, :2]
    if not scale > 0.0:
        return None
    residual = float(np.sqrt((misfit**2).sum(axis=1).mean())) / scale
    if not residual <= MAX_RESIDUAL_CM:  # also refuses NaN
        return None
    pitch, yaw, roll = euler_deg(rotation)
    return HeadPose(pitch, yaw, roll, scale, residual)


def to_camera_axes(
    head: HeadPose, *, x_px: float, y_px: float, width_px: int, height_px: int
) -> tuple[float, float]:
    """Pitch and yaw in degrees freed from where in the picture the head is.

    A head below the picture's middle is seen from above and seems to nod; one to the side
    seems turned. Both are undone with the direction of the line of sight.
    """
    focal = ASSUMED_FOCAL_RATIO * width_px
    elevation = math.degrees(math.atan2(height_px / 2.0 - y_px, focal))
    azimuth = math.degrees(math.atan2(x_px - width_px / 2.0, focal))
    return head.pitch_deg + elevation, head.yaw_deg - azimuth

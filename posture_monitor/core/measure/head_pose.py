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
from typing import TYPE_CHECKING, Any

import numpy as np

from posture_monitor.domain import Face, Landmark, Pose

if TYPE_CHECKING:
    from numpy.typing import NDArray

FACE_LANDMARKS: tuple[Landmark, ...] = tuple(Landmark(i) for i in range(11))  # nose to mouth

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
# The six points of the face detector on the same head, in its order: right eye, left eye, nose
# tip, mouth, right ear, left ear.
_SIX_CM: NDArray[np.float64] = np.array([*_HEAD_CM[[5, 2, 0]], (0.0, -7.0, 2.4), *_HEAD_CM[[8, 7]]])

# The rigid points of the face mesh in the same axes and units, origin midway between the outer
# corners of the eyes: the mean of what the model draws of 13 real and 8 rendered people, sized to
# 8.9 cm between these corners (adults, assumed). Nobody's own face.
_RIGID_CM: NDArray[np.float64] = np.array(
    [
        (0.00, 5.04, 1.30),
        (-1.86, 4.98, 1.15),
        (1.86, 4.98, 1.15),
        (-3.44, 4.68, 0.54),
        (3.44, 4.68, 0.54),
        (-4.87, 4.05, -0.48),
        (4.87, 4.05, -0.48),
        (-5.79, 3.11, -1.68),
        (5.79, 3.11, -1.68),
        (0.00, 3.58, 1.80),
        (0.00, 2.02, 2.22),
        (0.00, 1.21, 2.15),
        (0.00, 0.54, 2.14),
        (0.00, -0.15, 2.63),
        (0.00, -0.80, 3.17),
        (0.00, -1.41, 3.76),
        (0.00, -2.08, 4.36),
        (0.00, -2.90, 4.67),
        (0.00, -3.56, 4.51),
        (-4.45, 0.00, 0.00),
        (-1.75, -0.09, 0.52),
        (1.75, -0.09, 0.52),
        (4.45, 0.00, 0.00),
        (-1.66, -4.19, 2.21),
        (1.66, -4.19, 2.21),
    ]
)
_DEEPER = 1.3
"""By what the depth of both is stretched: the model draws turned faces too flat. Heads of real
people then turn by 0.93 of the nominal yaw instead of 0.85 and nod by 0.54 instead of 0.50."""
_MESH_AXES: NDArray[np.float64] = np.array((1.0, -1.0, -_DEEPER))
_RIGID_CENTRED_CM: NDArray[np.float64] = (_RIGID_CM - _RIGID_CM.mean(axis=0)) * (1.0, 1.0, _DEEPER)
_RIGID_SQUARES = float((_RIGID_CENTRED_CM**2).sum())
"""The mesh's axes in those of the camera, and the standard head about its middle, computed once."""

ASSUMED_FOCAL_RATIO = 0.75
"""Focal length over picture width; a webcam of 67 degrees across (assumed; 60-78 are sold)."""

_MAX_STEPS = 8
_SMALLEST_STEP_RAD = 1e-3
"""A step this small leaves an error of 0.01 degrees at most (275 poses of the samples)."""
_DAMPING = 1e-12
"""Of the trace; far below what a face feels, enough for a step where points fix no turn."""
_SMALLEST_PX_PER_CM = 0.1
_NEAREST_CM = 60.0
"""An ordinary distance to a screen (assumed). Who turns the head moves the face aside, and with
too short a lens that takes a fifth of the turn away (real people, faces 200 of 640 wide)."""
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


def _rotation(x: float, y: float, z: float) -> NDArray[np.float64]:
    """Rotation matrix of a rotation vector in radians (Rodrigues)."""
    angle = math.sqrt(x * x + y * y + z * z)
    if angle < 1e-12:
        return np.eye(3)
    x, y, z = x / angle, y / angle, z / angle
    sine, cosine = math.sin(angle), math.cos(angle)
    rest = 1.0 - cosine
    return np.array(
        [
            (cosine + rest * x * x, rest * x * y - sine * z, rest * x * z + sine * y),
            (rest * x * y + sine * z, cosine + rest * y * y, rest * y * z - sine * x),
            (rest * x * z - sine * y, rest * y * z + sine * x, cosine + rest * z * z),
        ]
    )


def euler_deg(rotation: NDArray[np.float64]) -> tuple[float, float, float]:
    """Pitch, yaw and roll in degrees of a head rotation, shape (3, 3), applied as roll, pitch, yaw.

    >>> [round(abs(angle), 6) for angle in euler_deg(np.eye(3))]
    [0.0, 0.0, 0.0]
    """
    (across, _, side), (level, _, up), (away, _, towards) = rotation.tolist()
    pitch = -math.asin(max(-1.0, min(1.0, up)))
    yaw = math.atan2(side, towards)
    # The first column after both are turned back.
    turned_side = math.sin(yaw) * across + math.cos(yaw) * away
    turned_up = math.cos(pitch) * level + math.sin(pitch) * turned_side
    roll = -math.atan2(turned_up, math.cos(yaw) * across - math.sin(yaw) * away)
    return math.degrees(pitch), math.degrees(yaw), math.degrees(roll)


def fit_head(pose: Pose) -> HeadPose | None:
    """The head's pose, or None where the facial points don't make a face.

    Remembered by the facial points: a picture like one already judged brings the same ones again,
    and fitting them again was half the cost of such a frame.

    Angles are relative to the line of sight; see ``to_camera_axes``.
    """
    return _fit_eleven(pose.points_px[: len(FACE_LANDMARKS)].astype(np.float64).tobytes())


@lru_cache(maxsize=32)
def _fit_eleven(points: bytes) -> HeadPose | None:
    return _fit(np.frombuffer(points).reshape(-1, 2), _HEAD_CM)


@lru_cache(maxsize=32)
def fit_face(face: Face) -> HeadPose | None:
    """The same from the six points of the face detector; None where they don't make a face."""
    points = np.array(face.keypoints_px, np.float64)
    return _fit(points, _SIX_CM) if points.shape == _SIX_CM[:, :2].shape else None


def fit_mesh(points_px: NDArray[np.floating[Any]]) -> HeadPose | None:
    """The same from the rigid points of the face mesh, shape (25, 3); None if they are no face.

    The rotation and the size that lay the standard face on them with the least squares (Umeyama
    1991).

    >>> as_seen = _RIGID_CM * (9.0, -9.0, -9.0)  # 9 px a cm, y down, z away
    >>> head = fit_mesh(as_seen)
    >>> head is not None and round(head.scale_px_per_cm, 3)
    9.0
    """
    if not np.isfinite(points_px).all():
        return None
    seen = points_px * _MESH_AXES
    seen = seen - seen.mean(axis=0)
    face = _RIGID_CENTRED_CM
    left, sizes, right = np.linalg.svd(seen.T @ face)
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    rotation = (left * signs) @ right
    scale = float((sizes * signs).sum()) / _RIGID_SQUARES
    if not scale > _SMALLEST_PX_PER_CM:
        return None
    misfit = seen / scale - face @ rotation.T
    residual = math.sqrt(float((misfit * misfit).sum()) / len(misfit))
    if residual > MAX_RESIDUAL_CM:
        return None
    pitch, yaw, roll = euler_deg(rotation)
    return HeadPose(pitch, yaw, roll, scale, residual)


def turned(
    points_px: NDArray[np.floating[Any]], *, pitch_deg: float, yaw_deg: float
) -> NDArray[np.float64]:
    """Points in space, shape (n, 3), as ``Pose.face_mesh_px``, nodded and turned further."""
    middle = points_px.mean(axis=0)
    # In the mesh's own axes (y down, z away) a nod is a turn about x and a yaw one about -y.
    turn = _rotation(math.radians(pitch_deg), -math.radians(yaw_deg), 0.0)
    further: NDArray[np.float64] = (points_px - middle) @ turn.T + middle
    return further


@lru_cache(maxsize=2)
def _centred(
    count: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """The standard head of this many points about its middle, its pseudoinverse, its squares."""
    head_cm = _SIX_CM if count == len(_SIX_CM) else _HEAD_CM
    centred = head_cm - head_cm.mean(axis=0)
    return centred, np.linalg.pinv(centred), centred.T @ centred


def _fit(points: NDArray[np.float64], head_cm: NDArray[np.float64]) -> HeadPose | None:
    """Turn, scale and shift the points of a head, shape (n, 3), onto those seen, (n, 2)."""
    if not np.isfinite(points).all():
        return None
    points = points * (1.0, -1.0)  # picture y points down, the head's y up
    seen = points - points.sum(axis=0) / len(points)
    if float(np.abs(seen).max()) < 1.0:
        return None
    centred, inverse, squares = _centred(len(head_cm))
    left, sizes, right = np.linalg.svd((inverse @ seen).T, full_matrices=False)
    scale = float(sizes.mean())
    (a, b, c), (d, e, f) = (left @ right).tolist()
    rotation = np.array([(a, b, c), (d, e, f), (b * f - c * e, c * d - a * f, a * e - b * d)])
    together = centred.T @ seen
    for _ in range(_MAX_STEPS):
        turn, larger = _step(rotation @ squares @ rotation.T, rotation @ together, scale)
        rotation = _rotation(*turn) @ rotation
        scale += larger
        if max(map(abs, turn)) < _SMALLEST_STEP_RAD:
            break
    misfit = seen - scale * (centred @ rotation.T)[:, :2]
    if not scale > 0.0:
        return None
    residual = math.sqrt(float((misfit * misfit).sum()) / len(misfit)) / scale
    if not residual <= MAX_RESIDUAL_CM:  # also refuses NaN
        return None
    pitch, yaw, roll = euler_deg(rotation)
    return HeadPose(pitch, yaw, roll, scale, residual)


def _step(
    placed: NDArray[np.float64], together: NDArray[np.float64], scale: float
) -> tuple[tuple[float, float, float], float]:
    """One Gauss-Newton step: a rotation vector in radians, and what the scale grows by.

    ``placed`` holds the sums over all points of the products of their coordinates, (3, 3), and
    ``together`` those with the places seen, (3, 2). Nothing else of the points enters the normal
    equations, so a step costs the same for any number of them.
    """
    (xx, _, xz), (_, yy, yz), (_, _, zz) = placed.tolist()
    (x_x, x_y), (y_x, y_y), (z_x, z_y) = together.tolist()
    area, flat = scale * scale, xx + yy
    # Just enough damping that points on one line have a step too; their misfit refuses them.
    damping = _DAMPING * (2.0 * area * zz + (area + 1.0) * flat)
    turning = area * zz + damping
    normal = np.array(
        [
            (turning, 0.0, -area * xz, -scale * yz),
            (0.0, turning, -area * yz, scale * xz),
            (-area * xz, -area * yz, area * flat + damping, 0.0),
            (-scale * yz, scale * xz, 0.0, flat + damping),
        ]
    )
    downhill = (
        -scale * (z_y - scale * yz),
        scale * (z_x - scale * xz),
        scale * (x_y - y_x),
        x_x + y_y - scale * flat,
    )
    about_x, about_y, about_z, larger = np.linalg.solve(normal, np.array(downhill)).tolist()
    return (about_x, about_y, about_z), larger


def to_camera_axes(
    head: HeadPose, *, x_px: float, y_px: float, width_px: int, height_px: int
) -> tuple[float, float]:
    """Pitch and yaw in degrees freed from where in the picture the head is.

    A head below the picture's middle is seen from above and seems to nod; one to the side
    seems turned. Both are undone with the direction of the line of sight. A face that would be
    nearer than ``_NEAREST_CM`` by the assumed lens is taken to be there, behind a longer lens.
    """
    focal_px = max(ASSUMED_FOCAL_RATIO * width_px, head.scale_px_per_cm * _NEAREST_CM)
    elevation = math.degrees(math.atan2(height_px / 2.0 - y_px, focal_px))
    azimuth = math.degrees(math.atan2(x_px - width_px / 2.0, focal_px))
    return head.pitch_deg + elevation, head.yaw_deg - azimuth


def pitch_by_place(y_px: float, width_px: int, height_px: int) -> float:
    """Elevation of the line of sight to a row of the picture; + = above its middle."""
    return math.degrees(math.atan2(height_px / 2.0 - y_px, ASSUMED_FOCAL_RATIO * width_px))


def yaw_by_place(x_px: float, width_px: int) -> float:
    """Azimuth of the line of sight to a column; + = right of the picture's middle."""
    return math.degrees(math.atan2(x_px - width_px / 2.0, ASSUMED_FOCAL_RATIO * width_px))

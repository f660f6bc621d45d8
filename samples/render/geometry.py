"""Rotations, rigid transforms and normals. Right-handed axes, angles in degrees."""

import math

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def rotation_x(angle_deg: float) -> FloatArray:
    """Rotation about X; a positive angle tips Y (up) towards Z (forward): a nod down.

    >>> rotation_x(90).round(6) @ [0, 1, 0]
    array([0., 0., 1.])
    """
    angle = math.radians(angle_deg)
    cos, sin = math.cos(angle), math.sin(angle)
    return np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]], dtype=np.float64)


def rotation_y(angle_deg: float) -> FloatArray:
    """Rotation about Y; a positive angle turns Z (forward) towards X (the person's left)."""
    angle = math.radians(angle_deg)
    cos, sin = math.cos(angle), math.sin(angle)
    return np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]], dtype=np.float64)


def rotation_z(angle_deg: float) -> FloatArray:
    """Rotation about Z; a positive angle tips Y (up) towards -X (the person's right)."""
    angle = math.radians(angle_deg)
    cos, sin = math.cos(angle), math.sin(angle)
    return np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]], dtype=np.float64)


def rotation_between(source: FloatArray, target: FloatArray) -> FloatArray:
    """Smallest rotation that turns the direction `source` into the direction `target`."""
    unit_source = source / np.linalg.norm(source)
    unit_target = target / np.linalg.norm(target)
    x, y, z = np.cross(unit_source, unit_target)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    # The tiny term keeps opposite directions finite.
    scale = 1 + float(unit_source @ unit_target) + 1e-9
    return np.asarray(np.eye(3) + cross + cross @ cross / scale)


def rigid(rotation: FloatArray, translation: npt.ArrayLike) -> FloatArray:
    """4x4 matrix that rotates, then translates."""
    matrix = np.eye(4)
    matrix[:3, :3] = rotation
    matrix[:3, 3] = translation
    return matrix


def rotation_about(rotation: FloatArray, pivot: FloatArray) -> FloatArray:
    """4x4 matrix that rotates around `pivot` instead of the origin."""
    return rigid(rotation, pivot - rotation @ pivot)


def move_point(matrix: FloatArray, point: FloatArray) -> FloatArray:
    """`point` (3,) moved by the 4x4 `matrix`."""
    moved: FloatArray = (matrix @ np.append(point, 1))[:3]
    return moved


def vertex_normals(positions: FloatArray, triangles: IntArray) -> FloatArray:
    """Unit normals (n, 3), each the area-weighted mean over the vertex's triangles (m, 3)."""
    corner = positions[triangles[:, 0]]
    face_normals = np.cross(
        positions[triangles[:, 1]] - corner, positions[triangles[:, 2]] - corner
    )
    normals = np.zeros_like(positions)
    for column in range(3):
        np.add.at(normals, triangles[:, column], face_normals)
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.asarray(normals / np.maximum(lengths, 1e-12))

"""Simple solids made here instead of read from the assets: blocks, tubes, flat pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from samples.render.geometry import FloatArray
from samples.render.lights import Colour

_SIDES_OF_A_TUBE = 8


class Mesh(NamedTuple):
    """Positions (n, 3) in metres, unit normals (n, 3), indices of triangles (3 t,)."""

    positions: FloatArray
    normals: FloatArray
    indices: npt.NDArray[np.int32]


@dataclass(frozen=True)
class Box:
    """An upright block of one colour."""

    centre: tuple[float, float, float]
    size: tuple[float, float, float]
    colour: Colour
    glow: float = 0.0

    def mesh(self) -> Mesh:
        """24 vertices, each corner once for each of its faces."""
        positions: list[FloatArray] = []
        normals: list[FloatArray] = []
        indices: list[int] = []
        for axis in range(3):
            for sign in (1, -1):
                first = len(positions)
                normal = np.zeros(3)
                normal[axis] = sign
                for across, along in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
                    corner = normal.copy()
                    corner[(axis + 1) % 3] = across * sign
                    corner[(axis + 2) % 3] = along
                    positions.append(np.array(self.centre) + corner * np.array(self.size) / 2)
                    normals.append(normal)
                indices += [first + corner_index for corner_index in (0, 1, 2, 0, 2, 3)]
        return Mesh(np.array(positions), np.array(normals), np.array(indices, dtype=np.int32))


@dataclass(frozen=True)
class Panel:
    """A flat picture that faces the camera: a poster, or a screen if it glows."""

    centre: tuple[float, float, float]
    width_m: float
    height_m: float
    pixels: npt.NDArray[np.uint8]
    """(height, width, 3) red, green, blue, top row first"""
    glow: float = 0.0

    def mesh(self) -> Mesh:
        """Four corners, from the lower left in the picture on, anticlockwise."""
        x, y, z = self.centre
        half_width, half_height = self.width_m / 2, self.height_m / 2
        corners = [
            [x + across * half_width, y + along * half_height, z]
            for across, along in ((-1, -1), (1, -1), (1, 1), (-1, 1))
        ]
        indices = np.array([0, 1, 2, 0, 2, 3], dtype=np.int32)
        return Mesh(np.array(corners), np.tile([0.0, 0.0, 1.0], (4, 1)), indices)


def tube(points: FloatArray, radii_m: Sequence[float], closed: bool = False) -> Mesh:
    """A tube along `points` (n, 3), as thick as `radii_m` says at each; `closed` joins the ends."""
    following = np.roll(points, -1, axis=0) if closed else np.vstack([points[1:], points[-1:]])
    before = np.roll(points, 1, axis=0) if closed else np.vstack([points[:1], points[:-1]])
    along = following - before
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    # Any direction that no part of the tube runs along will do.
    helper = np.array([0.31, 0.22, 0.93]) if abs(along[0, 2]) < 0.8 else np.array([0.9, 0.4, 0.1])
    across = np.cross(along, helper)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    up = np.cross(along, across)
    turns = np.linspace(0, 2 * np.pi, _SIDES_OF_A_TUBE, endpoint=False)
    normals = (
        np.cos(turns)[None, :, None] * across[:, None, :]
        + np.sin(turns)[None, :, None] * up[:, None, :]
    )
    positions = points[:, None, :] + normals * np.asarray(radii_m)[:, None, None]
    count = len(points)
    rings = range(count if closed else count - 1)
    indices = []
    for ring in rings:
        low, high = ring * _SIDES_OF_A_TUBE, (ring + 1) % count * _SIDES_OF_A_TUBE
        for side in range(_SIDES_OF_A_TUBE):
            beside = (side + 1) % _SIDES_OF_A_TUBE
            indices += [low + side, high + side, high + beside]
            indices += [low + side, high + beside, low + beside]
    return Mesh(positions.reshape(-1, 3), normals.reshape(-1, 3), np.array(indices, dtype=np.int32))


def joined(meshes: Sequence[Mesh]) -> Mesh:
    """One mesh of several."""
    firsts = np.cumsum([0, *(len(mesh.positions) for mesh in meshes[:-1])])
    return Mesh(
        np.concatenate([mesh.positions for mesh in meshes]),
        np.concatenate([mesh.normals for mesh in meshes]),
        np.concatenate(
            [mesh.indices + int(first) for mesh, first in zip(meshes, firsts, strict=True)],
            dtype=np.int32,
        ),
    )

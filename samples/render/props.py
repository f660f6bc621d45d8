"""Things on or at the head, made here because no asset holds them: glasses, a cup, a phone."""

from collections.abc import Mapping
from typing import Literal

import numpy as np

from samples.render.geometry import FloatArray, rotation_x
from samples.render.lights import Colour
from samples.render.meshes import Box, Mesh, joined, tube

_SIDES: tuple[tuple[Literal["l", "r"], int], ...] = (("l", 1), ("r", -1))
RIMS: Mapping[str, tuple[float, Colour]] = {
    "thin": (0.0011, (0.05, 0.05, 0.06)),
    "thick": (0.0024, (0.015, 0.012, 0.012)),
}
"""Kinds of glasses: radius of the rim in metres, and its linear colour."""
HEADPHONES: Mapping[str, Colour] = {"black": (0.02, 0.02, 0.022), "white": (0.75, 0.74, 0.72)}
"""Kinds of headphones: linear colour."""
CUP_COLOUR: Colour = (0.55, 0.12, 0.08)
PHONE_COLOUR: Colour = (0.02, 0.02, 0.025)
_RIM_CORNERS = 24


def glasses(eyes: Mapping[str, FloatArray], ears: Mapping[str, FloatArray], rim_m: float) -> Mesh:
    """Rims, bridge and temples for a head at rest; the lenses are left out, as clear glass."""
    pieces = []
    inner = []
    for side, sign in _SIDES:
        centre = eyes[side] + np.array([sign * 0.002, -0.003, 0.021])
        angles = np.linspace(0, 2 * np.pi, _RIM_CORNERS, endpoint=False)
        # An exponent below one squares the circle a little, as most rims are.
        rounded_x = np.sign(np.cos(angles)) * np.abs(np.cos(angles)) ** 0.7
        rounded_y = np.sign(np.sin(angles)) * np.abs(np.sin(angles)) ** 0.7
        # The outer edge bends back around the face.
        back = -0.006 * np.clip(sign * rounded_x, 0, 1) ** 2
        rim = centre + np.c_[0.0245 * rounded_x, 0.019 * rounded_y, back]
        pieces.append(tube(rim, [rim_m] * len(rim), closed=True))
        inner.append(centre + np.array([-sign * 0.0245, 0.004, 0.0]))
        hinge = centre + np.array([sign * 0.0245, 0.008, -0.006])
        outside = np.array([ears[side][0] + sign * 0.004, hinge[1] + 0.002, ears[side][2]])
        corner = np.array([outside[0], hinge[1], hinge[2] - 0.008])
        pieces.append(tube(np.array([hinge, corner, outside]), [rim_m] * 3))
    middle = (inner[0] + inner[1]) / 2 + np.array([0, 0.002, 0.004])
    pieces.append(tube(np.array([inner[0], middle, inner[1]]), [rim_m] * 3))
    return joined(pieces)


def headphones(ears: Mapping[str, FloatArray], head_top_m: float) -> Mesh:
    """A cup over each ear and a band over a head at rest whose hair ends at `head_top_m`."""
    pieces = []
    tops = []
    for side, sign in _SIDES:
        outwards = np.array([-0.006, -0.005, 0.004, 0.024, 0.03, 0.031])
        centre = ears[side] + np.array([0.0, 0.004, -0.008])
        axis = centre + np.outer(sign * outwards, [1.0, 0.0, 0.0])
        pieces.append(tube(axis, [0.0, 0.036, 0.04, 0.038, 0.028, 0.0]))
        tops.append(centre + np.array([sign * 0.018, 0.03, 0.0]))
    left, right = tops
    middle = (left + right) / 2
    angles = np.linspace(0, np.pi, _RIM_CORNERS)
    half_width, height = (left[0] - right[0]) / 2, head_top_m - middle[1]
    arch = middle + np.c_[half_width * np.cos(angles), height * np.sin(angles), 0 * angles]
    pieces.append(tube(arch, [0.009] * len(arch)))
    return joined(pieces)


def cup_at_mouth(nose: FloatArray, chin: FloatArray) -> Mesh:
    """A cup tipped towards the lips of a head at rest."""
    lips = (nose + chin) / 2 - np.array([0, 0, 0.006])
    axis = rotation_x(-40) @ np.array([0, 1, 0])
    brim = lips + np.array([0, 0.008, 0.034])
    foot = brim - axis * 0.085
    points = np.array([foot, foot + axis * 1e-4, brim])
    return tube(points, [0.0, 0.032, 0.037])


def phone_at_ear(ear: FloatArray, sign: int) -> Mesh:
    """A phone held to the ear of a head at rest; `sign` is 1 on the left, -1 on the right."""
    block = Box((0, 0, 0), (0.008, 0.145, 0.07), PHONE_COLOUR).mesh()
    turned = rotation_x(-35)
    centre = ear + np.array([sign * 0.016, -0.035, 0.03])
    return Mesh(block.positions @ turned.T + centre, block.normals @ turned.T, block.indices)

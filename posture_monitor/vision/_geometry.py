"""Regions of a picture: where the models look, and the way back to the picture.

Follows google-ai-edge/mediapipe: ``calculators/tensor/image_to_tensor_utils.cc`` and
``image_to_tensor_converter_opencv.cc`` (sampling), ``calculators/util/
alignment_points_to_rects_calculator.cc`` and ``rect_transformation_calculator.cc`` (regions),
``landmark_projection_calculator.cc`` (the way back).

All is computed in single precision and in the original's order. While a person is followed
each region grows out of the last one, so a difference in the last bit becomes one of pixels
within a dozen frames; done this way there is none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_HALF = np.float32(0.5)
"""In single precision, as the reference computes."""
# INTER_BITS of OpenCV's imgproc: positions are told in 1/32 of a pixel.
_STEP_BITS = 5
_STEPS_PER_PX = 1 << _STEP_BITS
# Whole pixels are told in 16 bits, which is also OpenCV's largest picture.
_STEP_LIMIT = 1 << (15 + _STEP_BITS)


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A square in the picture, turned about its centre."""

    center: NDArray[np.float32]
    """Shape (2,): x and y as shares of the picture's width and height."""
    size: NDArray[np.float32]
    """Shape (2,): the side as shares of the picture's width and height."""
    rotation_rad: float
    """-pi to pi; positive turns the square clockwise as one sees it."""


def checked_picture(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture, laid out as OpenCV wants it; anything but 8-bit BGR is a ValueError."""
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise ValueError(
            "expected a picture of shape (height, width, 3) and uint8, "
            f"got {image.shape} and {image.dtype}"
        )
    return np.ascontiguousarray(image)


def picture_size(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Width and height in pixels, shape (2,)."""
    return np.array((image.shape[1], image.shape[0]), np.float32)


def region_from_alignment(
    points: NDArray[np.float32], size_px: NDArray[np.float32], *, margin: float
) -> Region:
    """The square around a person, from the body's centre and a point on its circle.

    ``points`` has shape (2, 2), in shares of the picture. The side is twice their distance
    times ``margin``; an upright person has the second point straight above the first.

    >>> body = np.float32([[0.5, 0.8], [0.5, 0.4]])
    >>> region = region_from_alignment(body, np.float32([100, 100]), margin=1.25)
    >>> region.center.tolist() == body[0].tolist(), region.size.tolist(), region.rotation_rad
    (True, [1.0, 1.0], 0.0)
    """
    center_px, rim_px = points * size_px
    dx, dy = rim_px - center_px
    side_px = np.float32(2.0 * float(np.sqrt(dx * dx + dy * dy)))
    turn = float(np.float32(math.pi / 2) - np.float32(math.atan2(-dy, dx)))
    turn -= 2 * math.pi * math.floor((turn + math.pi) / (2 * math.pi))
    long_px = np.max(side_px / size_px * size_px)
    return Region(
        center_px / size_px, long_px / size_px * np.float32(margin), float(np.float32(turn))
    )


def crop_region(
    image: NDArray[np.uint8], region: Region, size_px: NDArray[np.float32], side_px: int
) -> NDArray[np.uint8]:
    """The region scaled to ``side_px`` squared, as RGB; the picture's edge goes on beyond it."""
    return _warp_rgb(
        image,
        region.center * size_px,
        region.size * size_px,
        region.rotation_rad,
        side_px,
        cv2.BORDER_REPLICATE,
    )


def letterbox(
    image: NDArray[np.uint8], size_px: NDArray[np.float32], side_px: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """The whole picture in the middle of a black square, as RGB, and the padding.

    The padding, shape (2,), is the black share of the square on the left and on top.
    """
    long_px = size_px.max()
    square = np.array((long_px, long_px), np.float32)
    padding = (np.float32(1) - size_px / square) / np.float32(2)
    rgb = _warp_rgb(image, size_px * _HALF, square, 0.0, side_px, cv2.BORDER_CONSTANT)
    return rgb, padding


def project(points: NDArray[np.float32], region: Region) -> NDArray[np.float32]:
    """Points of shape (n, 2), in shares of the region, as shares of the picture.

    >>> square = Region(np.float32([0.5, 0.5]), np.float32([0.25, 0.5]), 0.0)
    >>> project(np.float32([[1, 0]]), square).tolist()
    [[0.625, 0.25]]
    """
    x, y = (points - _HALF).T
    cosine = np.float32(math.cos(region.rotation_rad))
    sine = np.float32(math.sin(region.rotation_rad))
    turned = np.stack((cosine * x - sine * y, sine * x + cosine * y), axis=1)
    return cast("NDArray[np.float32]", turned * region.size + region.center)


def _warp_rgb(
    image: NDArray[np.uint8],
    center_px: NDArray[np.float32],
    extent_px: NDArray[np.float32],
    rotation_rad: float,
    side_px: int,
    border: int,
) -> NDArray[np.uint8]:
    """Sample a turned rectangle into a square; only the outcome is converted from BGR.

    Bilinear without an anti-aliasing filter, the rectangle's corner on the centre of pixel 0,
    because that is what the models are fed with where they come from. MediaPipe's OpenCV
    samples at 1/32 of a pixel, as all did before version 5, which is exact. The model feels
    that (median 0.2 px; in frames in which a person bends over a phone 3 px at the 95th
    percentile), hence the fixed-point maps instead of ``warpPerspective``.
    """
    degrees = np.float32(float(np.float32(rotation_rad) * np.float32(180)) / math.pi)
    corners = cv2.boxPoints(
        (
            (float(center_px[0]), float(center_px[1])),
            (float(extent_px[0]), float(extent_px[1])),
            float(degrees),
        )
    )
    target = np.array(((0, side_px), (0, 0), (side_px, 0), (side_px, side_px)), np.float32)
    matrix = cv2.invert(cv2.getPerspectiveTransform(corners, target))[1]
    column = np.arange(side_px, dtype=np.float64)
    row = column[:, None]
    # The rectangle's corners are rounded to single precision, hence not quite a rectangle.
    depth = _STEPS_PER_PX / (matrix[2, 0] * column + (matrix[2, 1] * row + matrix[2, 2]))
    x = _fixed_point((matrix[0, 0] * column + (matrix[0, 1] * row + matrix[0, 2])) * depth)
    y = _fixed_point((matrix[1, 0] * column + (matrix[1, 1] * row + matrix[1, 2])) * depth)
    whole = np.empty((side_px, side_px, 2), np.int16)
    np.right_shift(x, _STEP_BITS, out=whole[..., 0], casting="unsafe")
    np.right_shift(y, _STEP_BITS, out=whole[..., 1], casting="unsafe")
    low_bits = _STEPS_PER_PX - 1
    part = ((y & low_bits) * _STEPS_PER_PX + (x & low_bits)).astype(np.uint16)
    crop = cv2.remap(image, whole, part, cv2.INTER_LINEAR, borderMode=border)
    return cast("NDArray[np.uint8]", cv2.cvtColor(crop, cv2.COLOR_BGR2RGB, dst=crop))


def _fixed_point(steps: NDArray[np.float64]) -> NDArray[np.int32]:
    np.rint(steps, out=steps)
    # Seen through so flat a perspective the extremes lie in the corners.
    if np.abs(steps[:: len(steps) - 1, :: len(steps) - 1]).max() >= _STEP_LIMIT:
        np.clip(steps, -_STEP_LIMIT, _STEP_LIMIT - 1, out=steps)
    return steps.astype(np.int32)

"""A person drawn with the dots of braille letters, from their landmarks."""

from __future__ import annotations

from itertools import pairwise
from math import cos, hypot, pi, sin
from typing import TYPE_CHECKING

from posture_monitor.domain import Landmark

if TYPE_CHECKING:
    from posture_monitor.domain import Pose

_COLUMNS, _ROWS = 24, 9
_ACROSS, _DOWN = 2 * _COLUMNS, 4 * _ROWS
_SHOWN = 2.4
"""Shoulder widths across the drawing."""
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_EMPTY = 0x2800
DOTS = chr(_EMPTY + 0xFF)
"""A letter of the kind that drawings are made of, for terminals that may lack it."""
_HEAD = 0.72
"""The head's half width in distances between the ears, and that much higher again by a third."""


class Frame:
    """Which part of the picture is drawn: the same for two drawings that are compared."""

    def __init__(self, reference: Pose) -> None:
        left, right = _shoulders(reference)
        self._unit = max(1.0, hypot(left[0] - right[0], left[1] - right[1]))
        middle_x, middle_y = (left[0] + right[0]) / 2.0, (left[1] + right[1]) / 2.0
        self._left = middle_x - _SHOWN / 2.0 * self._unit
        height = _SHOWN * self._unit * _DOWN / _ACROSS
        self._top = middle_y + 0.45 * self._unit - height

    def dot(self, x: float, y: float) -> tuple[int, int]:
        """The dot of a point in pixels: how far to the right and down; may lie outside."""
        scale = _ACROSS / (_SHOWN * self._unit)
        return round((x - self._left) * scale), round((y - self._top) * scale)


def person_lines(pose: Pose, frame: Frame) -> list[str]:
    """The person as they sit, mirrored as in a mirror; each line of the same width."""
    dots: set[tuple[int, int]] = set()
    left, right = _shoulders(pose)
    for line in _body(pose, left, right):
        dots |= _along(line, frame)
    dots |= _along(_head(pose), frame)
    rows = []
    for row in range(_ROWS):
        letters = ""
        for column in range(_COLUMNS):
            code = sum(
                _DOTS[down][across]
                for down in range(4)
                for across in range(2)
                if (_ACROSS - 1 - (2 * column + across), 4 * row + down) in dots
            )
            letters += chr(_EMPTY + code) if code else " "
        rows.append(letters)
    return rows


def _shoulders(pose: Pose) -> tuple[tuple[float, float], tuple[float, float]]:
    return pose.xy(Landmark.LEFT_SHOULDER), pose.xy(Landmark.RIGHT_SHOULDER)


def _body(
    pose: Pose, left: tuple[float, float], right: tuple[float, float]
) -> list[list[tuple[float, float]]]:
    """Shoulders and upper arms, rounded where they meet."""
    middle = ((left[0] + right[0]) / 2.0, (left[1] + right[1]) / 2.0)
    chin = _chin(pose)
    neck = ((middle[0] + chin[0]) / 2.0, (middle[1] + chin[1]) / 2.0)
    width = hypot(left[0] - right[0], left[1] - right[1])
    arms = []
    for shoulder, side in ((left, 1.0), (right, -1.0)):
        elbow = (shoulder[0] + side * 0.14 * width, shoulder[1] + 0.5 * width)
        arms.append([neck, (shoulder[0], shoulder[1] - 0.04 * width), elbow])
    return [*arms, [chin, neck]]


def _chin(pose: Pose) -> tuple[float, float]:
    (x, y), (_, radius_y) = _head_shape(pose)
    return x, y + radius_y


def _head_shape(pose: Pose) -> tuple[tuple[float, float], tuple[float, float]]:
    ears = pose.xy(Landmark.LEFT_EAR), pose.xy(Landmark.RIGHT_EAR)
    across = hypot(ears[0][0] - ears[1][0], ears[0][1] - ears[1][1])
    middle = ((ears[0][0] + ears[1][0]) / 2.0, (ears[0][1] + ears[1][1]) / 2.0)
    return middle, (_HEAD * across, _HEAD * across * 1.3)


def _head(pose: Pose) -> list[tuple[float, float]]:
    (x, y), (radius_x, radius_y) = _head_shape(pose)
    steps = 40
    return [
        (x + radius_x * cos(2.0 * pi * n / steps), y + radius_y * sin(2.0 * pi * n / steps))
        for n in range(steps + 1)
    ]


def _along(points: list[tuple[float, float]], frame: Frame) -> set[tuple[int, int]]:
    """The dots of a line through these points."""
    found = set()
    for (x0, y0), (x1, y1) in pairwise(points):
        (c0, r0), (c1, r1) = frame.dot(x0, y0), frame.dot(x1, y1)
        steps = max(abs(c1 - c0), abs(r1 - r0), 1)
        for n in range(steps + 1):
            found.add((round(c0 + (c1 - c0) * n / steps), round(r0 + (r1 - r0) * n / steps)))
    return found

"""The tray's icons, drawn when needed: calm colours, and a shape each, told apart without colour.

fine: somebody upright in a disc · strained: somebody sunk in a rounded square ·
away: an open ring · paused: two bars in a disc · trouble: a cross in a square · unknown: a dot in
a ring.
"""

from __future__ import annotations

from functools import cache
from math import hypot
from typing import TYPE_CHECKING

from posture_monitor.desktop.tray_menu import IconState

if TYPE_CHECKING:
    from collections.abc import Callable

    Shape = Callable[[float, float], float]
    """Signed distance to the shape at a place from -1 to 1; negative inside."""

FINE, STRAINED = (11, 110, 99), (168, 132, 74)
"""The program's own green, and a sand that alarms nobody."""
_GREY, _SLATE, _RED, _WHITE = (140, 140, 140), (90, 102, 116), (166, 74, 68), (255, 255, 255)
_OUTLINE = (32, 32, 32)


@cache
def argb(icon_state: IconState, size_px: int) -> bytes:
    """The icon as rows of alpha, red, green, blue: what a status notifier item wants."""
    layers = _LAYERS[icon_state]
    pixels = bytearray()
    for row in range(size_px):
        y = (row + 0.5) / size_px * 2.0 - 1.0
        for column in range(size_px):
            x = (column + 0.5) / size_px * 2.0 - 1.0
            pixels += _blended(layers, x, y, size_px)
    return bytes(pixels)


def rgba(icon_state: IconState, size_px: int) -> bytes:
    """The icon as rows of red, green, blue, alpha."""
    source = argb(icon_state, size_px)
    return b"".join(
        source[at + 1 : at + 4] + source[at : at + 1] for at in range(0, len(source), 4)
    )


def _blended(
    layers: tuple[tuple[Shape, tuple[int, int, int]], ...], x: float, y: float, size_px: int
) -> bytes:
    alpha = 0.0
    colour: tuple[float, ...] = (0.0, 0.0, 0.0)
    for shape, paint in layers:
        # How much of the pixel the shape covers: its edge is smoothed over one pixel.
        cover = min(1.0, max(0.0, 0.5 - shape(x, y) * size_px / 2.0))
        if cover > 0.0:
            total = cover + alpha * (1.0 - cover)
            mix = cover / total
            colour = tuple(p * mix + c * (1.0 - mix) for p, c in zip(paint, colour, strict=True))
            alpha = total
    return bytes((round(alpha * 255), *(round(value) for value in colour)))


def _disc(radius: float) -> Shape:
    return lambda x, y: hypot(x, y) - radius


def _ring(radius: float, width: float) -> Shape:
    return lambda x, y: abs(hypot(x, y) - radius) - width / 2.0


def _box(half_width: float, half_height: float, at_x: float = 0.0) -> Shape:
    return lambda x, y: max(abs(x - at_x) - half_width, abs(y) - half_height)


def _line(x0: float, y0: float, x1: float, y1: float, width: float) -> Shape:
    length_2 = (x1 - x0) ** 2 + (y1 - y0) ** 2

    def distance(x: float, y: float) -> float:
        along = ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length_2
        along = min(1.0, max(0.0, along))
        return hypot(x - x0 - along * (x1 - x0), y - y0 - along * (y1 - y0)) - width / 2.0

    return distance


def _rounded(half: float, corner: float) -> Shape:
    def distance(x: float, y: float) -> float:
        over_x, over_y = abs(x) - half + corner, abs(y) - half + corner
        outside = hypot(max(over_x, 0.0), max(over_y, 0.0))
        return outside + min(max(over_x, over_y), 0.0) - corner

    return distance


def _moved(shape: Shape, at_x: float, at_y: float) -> Shape:
    return lambda x, y: shape(x - at_x, y - at_y)


def _within(shape: Shape, below_y: float) -> Shape:
    """The part of it above this height."""
    return lambda x, y: max(shape(x, y), y - below_y)


def _person(head_x: float, head_y: float, shoulders_y: float) -> Shape:
    """Head and shoulders."""
    head = _moved(_disc(0.25), head_x, head_y)
    body = _within(_moved(_disc(0.48), 0.0, shoulders_y + 0.48), 0.58)
    return _either(head, body)


def _either(*shapes: Shape) -> Shape:
    return lambda x, y: min(shape(x, y) for shape in shapes)


# A dark rim keeps each visible on light and on dark panels.
_LAYERS: dict[IconState, tuple[tuple[Shape, tuple[int, int, int]], ...]] = {
    IconState.FINE: (
        (_disc(0.95), _OUTLINE),
        (_disc(0.87), FINE),
        (_person(0.0, -0.4, -0.05), _WHITE),
    ),
    IconState.STRAINED: (
        (_rounded(0.93, 0.3), _OUTLINE),
        (_rounded(0.85, 0.26), STRAINED),
        (_person(0.24, -0.12, 0.18), _WHITE),
    ),
    IconState.AWAY: ((_ring(0.75, 0.4), _OUTLINE), (_ring(0.75, 0.22), _GREY)),
    IconState.PAUSED: (
        (_disc(0.95), _OUTLINE),
        (_disc(0.87), _SLATE),
        (_either(_box(0.13, 0.45, -0.28), _box(0.13, 0.45, 0.28)), _WHITE),
    ),
    IconState.TROUBLE: (
        (_box(0.92, 0.92), _OUTLINE),
        (_box(0.82, 0.82), _RED),
        (
            _either(_line(-0.45, -0.45, 0.45, 0.45, 0.24), _line(-0.45, 0.45, 0.45, -0.45, 0.24)),
            _WHITE,
        ),
    ),
    IconState.UNKNOWN: (
        (_ring(0.75, 0.4), _OUTLINE),
        (_ring(0.75, 0.22), _GREY),
        (_disc(0.3), _OUTLINE),
        (_disc(0.22), _GREY),
    ),
}

"""Could anybody be seen in this picture at all?

A closed shutter, a card that a driver shows, noise in the dark or a finger on the lens are no
empty room. Told apart on generated pictures of each kind (raw, as JPEG and as film) and on 1,068
pictures of real rooms and 400 rendered ones: no room came near any of these bounds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from posture_monitor.domain import Texture

BLACK_BRIGHTNESS = 14.0
"""Mean grey value below which nothing can be seen at all (assumed)."""
_FLAT = 1.0
"""Grey levels: a bare wall's shading spreads by 1.7 or more, a flat picture by 0 to 0.8."""
_GRAIN, _COARSE_GRAIN = 0.35, 0.6
"""Share of the spread that is left in large blocks: noise up to 0.3, blotches 0.5, rooms 0.77 or
more, a wall's plaster 0.4."""
_COARSE_STEEPEST = 1.9
"""Spreads between neighbouring cells; together with ``_COARSE_GRAIN`` it tells blotches."""
_CARD_EDGE = 8.0
"""Grey levels: something is drawn on the one colour, which a plain wall lacks."""
_CARD_PLAIN, _CARD_ALL = 0.5, 0.85
"""Share of one colour, without and with black and white: cards 0.67 or more and 0.91 or more,
rooms up to 0.17 and 0.34."""
_SMOOTH = 5.0
"""Grey levels between neighbouring cells: rooms have edges of 59 and more."""
_SKIN_RED = 0.5
"""Red's share of the light through a finger: 0.52 to 0.76."""
_DIM = 40.0
"""Mean grey value: darker and without edges, a picture is of a covered lens (assumed)."""


def shows_nothing(texture: Texture | None, brightness: float) -> bool:
    """Whether the picture can't show anybody: it is flat, noise, a card, or of a covered lens.

    ``brightness`` is its mean grey value, 0-255. Without a texture nothing is told.
    """
    if texture is None:
        return False
    return (
        texture.coarse_spread < _FLAT
        or _is_noise(texture)
        or _is_card(texture)
        or (texture.steepest < _SMOOTH and (texture.red > _SKIN_RED or brightness < _DIM))
    )


def _is_noise(texture: Texture) -> bool:
    left = texture.coarse_spread / texture.spread
    rough = texture.steepest > _COARSE_STEEPEST * texture.spread
    return left < _GRAIN or (left < _COARSE_GRAIN and rough)


def _is_card(texture: Texture) -> bool:
    plain = texture.one_colour_unsaturated >= _CARD_PLAIN or texture.one_colour >= _CARD_ALL
    return texture.steepest >= _CARD_EDGE and plain

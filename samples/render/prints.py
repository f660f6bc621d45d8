"""Drawn faces for book covers and shirts: what a face detector takes for somebody, made here."""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
"""(height, width, 3 or 4) red, green, blue and perhaps opacity, top row first"""

_SIZE_PX = 192
_SKINS = ((236, 200, 170), (205, 160, 120), (150, 105, 75), (95, 65, 48))
_HAIRS = ((35, 25, 20), (90, 60, 35), (190, 150, 90), (120, 120, 120))
_GROUNDS = ((196, 60, 48), (46, 90, 150), (228, 196, 90), (60, 120, 84), (210, 210, 205))
_DARK = (35, 28, 26)


def drawn_face(seed: int) -> Pixels:
    """(192, 192, 3): a face from the front on a plain ground; the seed chooses its colours."""
    rng = np.random.default_rng(seed)
    skin, hair, ground = (
        colours[int(rng.integers(len(colours)))] for colours in (_SKINS, _HAIRS, _GROUNDS)
    )
    picture: Any = np.full((_SIZE_PX, _SIZE_PX, 3), ground, dtype=np.uint8)
    line = cv2.LINE_AA
    cv2.ellipse(picture, (96, 82), (62, 66), 0, 0, 360, hair, -1, line)
    cv2.rectangle(picture, (76, 140), (116, 192), _shade(skin, 0.8), -1)
    cv2.ellipse(picture, (96, 100), (50, 64), 0, 0, 360, skin, -1, line)
    cv2.ellipse(picture, (96, 66), (50, 34), 0, 180, 360, hair, -1, line)
    for x in (74, 118):
        cv2.ellipse(picture, (x, 94), (11, 6), 0, 0, 360, (245, 245, 245), -1, line)
        cv2.circle(picture, (x, 94), 6, _DARK, -1, line)
        cv2.ellipse(picture, (x, 83), (14, 5), 0, 180, 360, hair, 4, line)
        cv2.ellipse(picture, (x, 106), (12, 5), 0, 0, 180, _shade(skin, 0.88), 2, line)
    cv2.line(picture, (94, 96), (90, 118), _shade(skin, 0.8), 3, line)
    cv2.ellipse(picture, (96, 120), (10, 5), 0, 0, 180, _shade(skin, 0.62), 3, line)
    cv2.ellipse(picture, (96, 136), (19, 7), 0, 0, 360, (170, 70, 70), -1, line)
    cv2.line(picture, (78, 136), (114, 136), (95, 35, 35), 2, line)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.2), dtype=np.uint8)


def shirt_print(seed: int) -> Pixels:
    """(192, 192, 4): the drawn face in a round picture, clear outside it."""
    opacity: Any = np.zeros((_SIZE_PX, _SIZE_PX), dtype=np.uint8)
    cv2.circle(opacity, (_SIZE_PX // 2, _SIZE_PX // 2), _SIZE_PX // 2 - 4, 255, -1)
    return np.dstack([drawn_face(seed), opacity])


def _shade(colour: tuple[int, int, int], factor: float) -> tuple[int, int, int]:
    red, green, blue = (round(channel * factor) for channel in colour)
    return red, green, blue

"""Makes a drawn picture look like a webcam's: tone curve, soft lens, vignette, sensor noise."""

from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

from samples.render.geometry import FloatArray
from samples.render.human import Float32Array
from samples.render.lights import Light

Frame = npt.NDArray[np.uint8]
"""(height, width, 3) blue, green, red"""


def webcam_frame(
    light_in: Float32Array,
    light: Light,
    rng: np.random.Generator,
    exposure_factor: float = 1.0,
    noise_factor: float = 1.0,
) -> Frame:
    """The frame that a webcam makes of linear light (height, width, 3)."""
    height, width = light_in.shape[:2]
    exposed = light_in * (light.exposure * exposure_factor)
    # Filmic curve after Narkowicz: bright windows roll off instead of clipping.
    toned = exposed * (2.51 * exposed + 0.03) / (exposed * (2.43 * exposed + 0.59) + 0.14)
    levels = np.clip(toned, 0, 1) ** (1 / 2.2) * 255
    softened = cv2.GaussianBlur(levels, (0, 0), 0.7) * _vignette(height, width)

    noise = light.noise * noise_factor
    fine = rng.normal(0, 1, (height, width, 1)) * noise * 0.8
    blotches = rng.normal(0, 1, (height // 2, width // 2, 3))
    coarse = cv2.resize(blotches, (width, height)) * noise * 0.6
    red_green_blue = np.clip(softened + fine + coarse, 0, 255).astype(np.uint8)
    return np.ascontiguousarray(red_green_blue[:, :, ::-1])


def title_card(width: int, height: int, title: str) -> Frame:
    """A card such as films begin with: no person, no sensor, no room."""
    shade = np.linspace(70, 25, height)[:, None, None]
    frame = np.ascontiguousarray(np.broadcast_to(shade, (height, width, 3)), dtype=np.uint8)
    font, white = cv2.FONT_HERSHEY_SIMPLEX, (235, 235, 235)
    cv2.putText(frame, title, (width // 10, height // 2), font, 1.1, white, 2, cv2.LINE_AA)
    return frame


@cache
def _vignette(height: int, width: int) -> FloatArray:
    """(height, width, 1): 1 in the middle, 0.78 in the corners."""
    rows, columns = np.mgrid[0:height, 0:width]
    across = (columns - width / 2) / (width / 2)
    down = (rows - height / 2) / (height / 2)
    return np.asarray(1 - 0.22 * (across**2 + down**2)[:, :, None] / 2)

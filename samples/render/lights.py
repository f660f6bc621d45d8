"""The lights of a room, each with the exposure and the sensor noise that a webcam would choose."""

from collections.abc import Mapping
from dataclasses import dataclass

Colour = tuple[float, float, float]
"""Linear red, green, blue; 1 = full."""
_OFF: Colour = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Light:
    """Linear light of a room; directions and colours are X/Y/Z and red/green/blue."""

    key_direction: tuple[float, float, float]
    """towards the main light"""
    key: Colour
    sky: Colour
    """light from above, without direction"""
    ground: Colour
    """light from below, without direction"""
    screen: Colour
    """of the monitor, just below the camera"""
    exposure: float
    noise: float
    """grey levels, about one standard deviation"""
    window_glow: float
    lamp: Colour = _OFF
    """of a desk lamp at the person's right"""


LIGHTS: Mapping[str, Light] = {
    "day": Light(
        key_direction=(-0.55, 0.75, 0.6),
        key=(1.5, 1.45, 1.35),
        sky=(0.55, 0.58, 0.62),
        ground=(0.22, 0.20, 0.18),
        screen=(0.02, 0.025, 0.03),
        exposure=0.55,
        noise=2.5,
        window_glow=1.6,
    ),
    "office": Light(
        key_direction=(0.1, 1, 0.35),
        key=(1.0, 1.0, 0.95),
        sky=(0.75, 0.76, 0.76),
        ground=(0.33, 0.32, 0.30),
        screen=(0.03, 0.035, 0.04),
        exposure=0.52,
        noise=3,
        window_glow=0.9,
    ),
    "evening": Light(
        key_direction=(0.6, 0.7, 0.5),
        key=(0.18, 0.13, 0.08),
        sky=(0.13, 0.11, 0.10),
        ground=(0.06, 0.05, 0.045),
        screen=(0.07, 0.085, 0.11),
        lamp=(0.55, 0.38, 0.2),
        exposure=1.25,
        noise=6,
        window_glow=0.02,
    ),
    "dim": Light(
        key_direction=(0.3, 0.9, 0.3),
        key=(0.05, 0.05, 0.06),
        sky=(0.045, 0.045, 0.055),
        ground=(0.02, 0.02, 0.02),
        screen=(0.06, 0.075, 0.10),
        lamp=(0.06, 0.045, 0.03),
        exposure=2.0,
        noise=6,
        window_glow=0.01,
    ),
    "backlit": Light(
        key_direction=(-0.3, 0.6, -0.75),
        key=(1.6, 1.6, 1.55),
        sky=(0.34, 0.36, 0.40),
        ground=(0.12, 0.12, 0.12),
        screen=(0.05, 0.06, 0.07),
        exposure=0.75,
        noise=4,
        window_glow=5.0,
    ),
}

"""Steadies landmarks over time without lagging behind real movement: One-Euro filters.

The filter is the one of Casiez, Roussel and Vogel (CHI 2012) as MediaPipe's VIDEO mode applies
it; time is an argument, no clock is read. Follows google-ai-edge/mediapipe:
``util/filtering/one_euro_filter.cc``, ``low_pass_filter.cc`` and
``calculators/util/landmarks_smoothing_calculator_utils.cc``; the constants are those of
``tasks/cc/vision/pose_landmarker/pose_landmarks_detector_graph.cc``.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_CUTOFF_HZ = 0.05
"""Of a landmark at rest."""
BETA = 80.0
"""Cut-off per speed; speed in object sizes per second."""
DERIVATIVE_CUTOFF_HZ = 1.0
"""Of the speed itself; the filter's own default (min_cutoff, beta and this are MediaPipe's)."""
# Below this the object has no size to speak of and nothing is smoothed
# (min_allowed_object_scale of landmarks_smoothing_calculator.proto).
MIN_OBJECT_SIZE_PX = 1e-6
# MediaPipe blends visibility with weight 0.1 per frame whatever the frame rate; its filters
# are tuned for 30 frames/s, so this is the same decay told in time.
VISIBILITY_DECAY_PER_S = -30.0 * math.log(1 - 0.1)


def _weight(cutoff_hz: NDArray[np.float64] | float, step_s: float) -> NDArray[np.float64]:
    """Share of the new value for a low-pass of this cut-off, 0-1."""
    rate = 2 * math.pi * step_s * np.asarray(cutoff_hz, dtype=np.float64)
    return rate / (rate + 1)


class LandmarkSmoother:
    """Remembers one person's landmarks; ``reset`` when it may be someone else."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Start again: the next landmarks pass unchanged."""
        self._t_s = -math.inf
        self._raw: NDArray[np.float64] | None = None
        self._smooth: NDArray[np.float64] = np.zeros(0)
        self._speed: NDArray[np.float64] = np.zeros(0)
        self._visibility: NDArray[np.float64] = np.zeros(0)

    def step(
        self,
        points: NDArray[np.float32],
        visibility: NDArray[np.float32],
        *,
        t_s: float,
        object_size_px: float,
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The smoothed points, shape (n, 3) in pixels, and visibilities, shape (n,).

        ``object_size_px`` makes speeds comparable between near and far people. A time that
        does not advance passes the landmarks through and changes nothing.
        """
        raw = points.astype(np.float64)
        if self._raw is None:
            self._smooth, self._speed = raw, np.zeros_like(raw)
            self._visibility = visibility.astype(np.float64)
        elif t_s <= self._t_s or object_size_px < MIN_OBJECT_SIZE_PX:
            return points, visibility
        else:
            step_s = t_s - self._t_s
            speed = (raw - self._raw) / (object_size_px * step_s)
            self._speed = self._speed + _weight(DERIVATIVE_CUTOFF_HZ, step_s) * (
                speed - self._speed
            )
            weight = _weight(MIN_CUTOFF_HZ + BETA * np.abs(self._speed), step_s)
            self._smooth = self._smooth + weight * (raw - self._smooth)
            share = -math.expm1(-VISIBILITY_DECAY_PER_S * step_s)
            self._visibility = self._visibility + share * (visibility - self._visibility)
        self._raw, self._t_s = raw, t_s
        return self._smooth.astype(np.float32), self._visibility.astype(np.float32)

"""Where a person's outline passes over their shoulders, read off the model's silhouette.

The pose model's shoulder points follow a raised shoulder by less than half; the silhouette that
the same model draws follows it by two thirds (rendered people, ``calibration/``), and costs
nothing more than reading it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Where to look, in half shoulder widths from the middle: outside neck and most hair, inside
# the slope of the arm (assumed, looked at on the samples).
_INNER, _OUTER = 0.6, 1.0
_COLUMNS = 9
_FEWEST = 5
# From this far below the shoulder point, certainly within the body, up to this far above it.
_BELOW, _ABOVE = 0.4, 1.1
_SMALLEST_HALF_WIDTH = 4.0
"""Cells; a smaller person is too small to tell."""


def shoulder_tops(
    silhouette: NDArray[np.float32], left: NDArray[np.float32], right: NDArray[np.float32]
) -> NDArray[np.float32] | None:
    """Places on the outline above the left and the right shoulder, shape (2, 2), x and y.

    ``silhouette`` has shape (height, width) and is above 0 on the person, below beside;
    ``left`` and ``right`` are the shoulder points, x and y in its cells. The person stands
    upright in it. None where an edge can't be followed (hidden, cut off, too small).
    """
    half = abs(float(left[0]) - float(right[0])) / 2.0
    if not _SMALLEST_HALF_WIDTH <= half < silhouette.shape[1]:  # also refuses NaN
        return None
    middle = (float(left[0]) + float(right[0])) / 2.0
    tops = np.empty((2, 2), np.float32)
    for row, (point, sign) in enumerate(((left, 1.0), (right, -1.0))):
        outwards = sign if left[0] > right[0] else -sign
        columns = middle + outwards * half * np.linspace(_INNER, _OUTER, _COLUMNS)
        top = _top(silhouette, columns, float(point[1]), half)
        if top is None:
            return None
        tops[row] = columns.mean(), top
    return tops


def _top(
    silhouette: NDArray[np.float32], columns: NDArray[np.float64], level: float, half: float
) -> float | None:
    """The median height of the outline over these columns, in rows with fractions."""
    height, width = silhouette.shape
    if not np.isfinite(level):
        return None
    first, last = round(level - _ABOVE * half), round(level + _BELOW * half)
    if first < 1 or last >= height:
        return None
    left = np.floor(columns).astype(np.int64)
    seen = (left >= 0) & (left + 1 < width)
    if int(seen.sum()) < _FEWEST:
        return None
    left, share = left[seen], (columns[seen] - left[seen]).astype(np.float32)
    part = silhouette[first : last + 1]
    # Logits reach hundreds; between two cells only their signs and nearness to 0 tell.
    cells = np.clip(part[:, left], -20.0, 20.0) * (1.0 - share)
    cells += np.clip(part[:, left + 1], -20.0, 20.0) * share
    upwards = cells[::-1]
    outside = upwards <= 0.0
    found = outside.any(axis=0) & ~outside[0]
    if int(found.sum()) < _FEWEST:
        return None
    steps = outside.argmax(axis=0)[found]  # the first cell outside, counted upwards
    at = np.flatnonzero(found)
    above, below = upwards[steps, at], upwards[steps - 1, at]
    edges = last - steps + above / (above - below)
    return float(np.median(edges))

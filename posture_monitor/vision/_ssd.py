"""BlazePose's and BlazeFace's common detector: anchors, decoding, weighted suppression.

Follows google-ai-edge/mediapipe: ``calculators/tflite/ssd_anchors_calculator.cc``,
``calculators/tensor/tensors_to_detections_calculator.cc`` and
``calculators/util/non_max_suppression_calculator.cc``; single precision and order are theirs
too (see ``_geometry``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from posture_monitor.vision._geometry import letterbox
from posture_monitor.vision._litert import LiteRtModel

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from posture_monitor.vision.models import ModelFile

# score_clipping_thresh of both graphs
_LOGIT_LIMIT = 100.0


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """One thing found; places in shares of the picture's width and height."""

    score: float
    """0-1, of the best of the boxes that were merged."""
    box: NDArray[np.float32]
    """Shape (2, 2): the corner at the top left, the one at the bottom right."""
    keypoints: NDArray[np.float32]
    """Shape (k, 2)."""


def sigmoid(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """1 / (1 + e^-x), of any shape, the exponential rounded once as in C.

    >>> sigmoid(np.float32([-200, 0, 200])).tolist()
    [0.0, 0.5, 1.0]
    """
    limited = np.clip(logits, -_LOGIT_LIMIT, _LOGIT_LIMIT).astype(np.float64)
    # Beyond what single precision holds the exponential is meant to become infinite.
    with np.errstate(over="ignore"):
        power = np.exp(-limited).astype(np.float32)
    return cast("NDArray[np.float32]", np.float32(1) / (np.float32(1) + power))


def running_sum(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The sum along the first axis of shape (n, ...), added one by one as in C, not pairwise."""
    return cast("NDArray[np.float32]", np.add.accumulate(values, axis=0, dtype=np.float32)[-1])


def make_anchors(side_px: int, strides: tuple[int, ...]) -> NDArray[np.float32]:
    """Centres of the prior boxes, shape (n, 2), in shares of the model's input.

    Each layer puts two boxes (interpolated_scale_aspect_ratio is 1.0) on each cell of its
    grid, and layers of equal stride share a grid. Box sizes are fixed at 1, so a centre says
    everything.

    >>> make_anchors(128, (8, 16, 16, 16)).shape
    (896, 2)
    """
    grids = []
    for stride in sorted(set(strides)):
        cells = math.ceil(side_px / stride)
        centers = (np.arange(cells, dtype=np.float32) + np.float32(0.5)) / np.float32(cells)
        y, x = np.meshgrid(centers, centers, indexing="ij")
        grid = np.stack((x, y), axis=-1).reshape(-1, 2)
        grids.append(np.repeat(grid, 2 * strides.count(stride), axis=0))
    return np.concatenate(grids)


def merge_overlapping(
    points: NDArray[np.float32], scores: NDArray[np.float32], *, min_overlap: float
) -> list[tuple[float, NDArray[np.float32]]]:
    """Weighted non-maximum suppression: score and points of what remains, best first.

    ``points`` has shape (n, 2 + k, 2): each box's low and high corner, then its key points.
    Boxes whose intersection over union with the best one exceeds ``min_overlap`` melt into
    it, weighted by score; the score stays that of the best.

    >>> boxes = np.float32([[[0, 0], [2, 2]], [[0, 0], [2, 4]], [[8, 8], [9, 9]]])
    >>> merge_overlapping(boxes, np.float32([0.75, 0.25, 0.5]), min_overlap=0.3)[0]
    (0.75, array([[0. , 0. ],
           [2. , 2.5]], dtype=float32))
    """
    order = np.argsort(-scores, kind="stable")
    points, scores = points[order], scores[order]
    merged = []
    while len(points):
        low, high = points[:, 0], points[:, 1]
        areas = (high - low).prod(axis=1)
        shared = np.clip(np.minimum(high, high[0]) - np.maximum(low, low[0]), 0, None)
        overlap = shared.prod(axis=1)
        near = overlap > np.float32(min_overlap) * (areas + areas[0] - overlap)
        near[0] = True  # an empty box overlaps nothing, not even itself
        weights = scores[near]
        mean = running_sum(points[near] * weights[:, None, None]) / running_sum(weights)
        merged.append((float(scores[0]), mean))
        points, scores = points[~near], scores[~near]
    return merged


class SsdDetector:
    """Runs one detector model on whole pictures."""

    def __init__(
        self,
        model: ModelFile,
        models_dir: Path | None,
        *,
        strides: tuple[int, ...],
        min_score: float,
        min_overlap: float,
    ) -> None:
        self._model = LiteRtModel(model, models_dir)
        self._anchors = make_anchors(self._model.side_px, strides)
        self._min_score = min_score
        self._min_overlap = min_overlap

    def detect(self, image: NDArray[np.uint8], size_px: NDArray[np.float32]) -> list[Detection]:
        """Everything found in a BGR picture, best first."""
        side_px = self._model.side_px
        rgb, padding = letterbox(image, size_px, side_px)
        raw, logits = self._model.run(rgb, scale=2 / 255, offset=-1.0)
        scores = sigmoid(logits[:, 0])
        keep = np.flatnonzero(scores >= self._min_score)
        if not len(keep):
            return []
        # Each row: centre, size, key points; all but the size relative to the anchor.
        points = raw[keep].reshape(len(keep), -1, 2) / np.float32(side_px)
        anchors = self._anchors[keep, None, :]
        center, half = points[:, :1] + anchors, points[:, 1:2] / np.float32(2)
        rows = np.concatenate((center - half, center + half, points[:, 2:] + anchors), axis=1)
        sane = (half >= 0).all(axis=(1, 2))  # some come out inside out; false for NaN too
        merged = merge_overlapping(rows[sane], scores[keep][sane], min_overlap=self._min_overlap)
        inner = np.float32(1) - (padding + padding)
        return [
            Detection(score, placed[:2], placed[2:])
            for score, placed in ((score, (mean - padding) / inner) for score, mean in merged)
        ]

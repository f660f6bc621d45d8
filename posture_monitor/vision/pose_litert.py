"""MediaPipe's BlazePose on Google's LiteRT: detect a person, follow, name 33 points.

The whole pipeline of MediaPipe Tasks' PoseLandmarker without the ``mediapipe`` package: no
network, one thread, 70 MB less. Every constant is MediaPipe's unless it says otherwise, and
``tests/vision/test_parity.py`` holds the outcome against the original. Follows
google-ai-edge/mediapipe: ``tasks/cc/vision/pose_detector/pose_detector_graph.cc`` and
``tasks/cc/vision/pose_landmarker/pose_landmarker_graph.cc``,
``pose_landmarks_detector_graph.cc``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from posture_monitor.domain import LANDMARK_COUNT, Landmark, Pose
from posture_monitor.vision._geometry import (
    Region,
    checked_picture,
    crop_region,
    picture_size,
    project,
    region_from_alignment,
)
from posture_monitor.vision._litert import LiteRtModel
from posture_monitor.vision._ssd import SsdDetector, running_sum, sigmoid
from posture_monitor.vision.models import POSE_DETECTOR, POSE_LANDMARKS, checked_path
from posture_monitor.vision.outline import shoulder_tops
from posture_monitor.vision.smoothing import LandmarkSmoother

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

# pose_detector_graph.cc: ConfigureSsdAnchorsCalculator
_STRIDES = (8, 16, 32, 32, 32)
# pose_detector_graph_options.proto: min_detection_confidence, min_suppression_threshold (the
# older graph under mediapipe/modules says 0.3; with that the two engines part, tried)
_MIN_DETECTION_SCORE = 0.5
_MIN_OVERLAP = 0.5
# ConfigureRectTransformationCalculator of both graphs: the margin the model was trained with
_REGION_MARGIN = 1.25
# pose_landmarks_detector_graph_options.proto: min_detection_confidence
_MIN_PRESENCE = 0.5
# pose_landmarks_detector_graph.cc: kLandmarksNum. After the 33 named points come two on the
# body's circle, from which the next region follows (raw: Tasks, unlike the older graph, does not
# smooth them), and four that nobody uses.
_ROWS = 39
_USED_ROWS = LANDMARK_COUNT + 2
# ConfigureRefineLandmarksFromHeatmapCalculator; min_confidence_to_refine of its .proto
_KERNEL_CELLS = 7
_MIN_HEAT = 0.5
# Up to here frames count as a film and are followed as Tasks follows them. After a longer pause
# the old region is still a good first guess: with 4 and 10 s between frames of the sample clips
# the error against truth is that of a fresh detection (median 9.4 px, 95th percentile 20 px),
# except where the body's circle moved by more than a twentieth of its side (8 % of frames:
# 11 px against 7), and empty rooms give themselves away in the same manner.
_FILM_GAP_S = 1.0
_MAX_SHIFT_RATIO = 0.05
# Longer than a judged picture stands in for new ones: who sits still is looked at where they were.
# In the working morning (samples/workday.mp4) the error with 100, 180 and 240 s between frames is
# 8.5-8.6 px in the median and 16.1-16.8 at the 95th percentile, with a search each time 9.2
# and 18.2, and nobody is seen in the empty room. Looking again at the next region in place of a
# search is not enough: that goes on seeing somebody there.
_MAX_GAP_S = 255.0
# Each of the two models holds 25 MB or more and loads in 0.03 s: where both are needed the one
# makes room for the other, but no more often than this, and the detector goes when it wasn't
# missed for so long.
_EXCHANGE_S = 10.0
_IDLE_DETECTOR_S = 30.0
OUTPUTS = (0, 1, 2, 3)
"""Of the landmark model, in its own order: landmarks, presence, silhouette, heat; the others are
metric points. Without the silhouette, cut out of the model's graph, a call would take 9 ms in
place of 14 and 9 MB less (tried): the outline of the shoulders is worth it.
"""


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """What the landmark model saw in one region."""

    points: NDArray[np.float32]
    """Shape (35, 2), in shares of the picture."""
    depth: NDArray[np.float32]
    """Shape (33,), in shares of the picture's width."""
    visibility: NDArray[np.float32]
    presence: NDArray[np.float32]
    confidence: float
    next_region: Region
    tops: NDArray[np.float32] | None
    """Shape (2, 2), in shares of the picture: the outline above the left and right shoulder."""


class LiteRtPoseEstimator:
    """Finds the most prominent person; a ``PoseEstimator``.

    With ``tracking`` it works as Tasks' VIDEO mode does: the detector runs only to find
    someone, then each frame's landmarks tell where to look in the next, and landmarks are
    smoothed over time. Time is the frames' own: after a pause nothing is smoothed and the old
    region must prove right, and after a long one, or when time runs backwards or the picture
    changes its size, the search starts afresh. Without ``tracking`` each frame is on its own.
    """

    def __init__(self, *, tracking: bool = True, models_dir: Path | None = None) -> None:
        self._tracking = tracking
        self._models_dir = models_dir
        checked_path(POSE_LANDMARKS, models_dir)  # told now, not when someone sits down
        self._detector: SsdDetector | None = self._load_detector()
        self._landmarks: LiteRtModel | None = None
        self._searched_at_s = self._exchanged_at_s = -math.inf
        self._smoother = LandmarkSmoother()
        self.reset()

    def reset(self) -> None:
        """Stop following: the next frame is searched afresh."""
        self._region: Region | None = None
        self._size_px: NDArray[np.float32] = np.zeros(2, np.float32)
        self._t_s = -math.inf
        self._smoother.reset()

    def close(self) -> None:
        """Let go of the models; they are loaded again should another frame come."""
        self.reset()
        self._detector = None
        self._landmarks = None

    def estimate(self, image: NDArray[np.uint8], t_s: float) -> Pose | None:
        """The person in a BGR picture taken at ``t_s``; None where there is none."""
        image = checked_picture(image)
        size_px = picture_size(image)
        if (size_px != self._size_px).any():
            self.reset()
        gap_s = t_s - self._t_s
        if not 0 <= gap_s <= _FILM_GAP_S:
            self._smoother.reset()  # positions that far apart don't jitter, they move
        found = None
        search = not 0 <= gap_s <= _MAX_GAP_S
        if self._region is not None and not search:
            found = self._landmarks_in(image, size_px, self._region)
            search = gap_s > _FILM_GAP_S and (found is None or self._moved_on(found))
        if search:
            found = self._search(image, size_px, t_s)
        if found is None:
            self.reset()
            return None
        if self._tracking:
            self._region, self._size_px, self._t_s = found.next_region, size_px, t_s
            if t_s - self._searched_at_s > _IDLE_DETECTOR_S:
                self._detector = None
        return self._pose(found, size_px, t_s)

    def _load_detector(self) -> SsdDetector:
        return SsdDetector(
            POSE_DETECTOR,
            self._models_dir,
            strides=_STRIDES,
            min_score=_MIN_DETECTION_SCORE,
            min_overlap=_MIN_OVERLAP,
        )

    def _search(
        self, image: NDArray[np.uint8], size_px: NDArray[np.float32], t_s: float
    ) -> _Found | None:
        """The most certain person in the whole picture."""
        self._searched_at_s = t_s
        if self._detector is None:
            if not 0 <= t_s - self._exchanged_at_s <= _EXCHANGE_S:
                self._landmarks, self._exchanged_at_s = None, t_s
            self._detector = self._load_detector()
        detections = self._detector.detect(image, size_px)
        if not detections:
            return None
        body = detections[0].keypoints[:2]
        if self._tracking and self._landmarks is None:
            self._detector = None
        return self._landmarks_in(
            image, size_px, region_from_alignment(body, size_px, margin=_REGION_MARGIN)
        )

    def _landmarks_in(
        self, image: NDArray[np.uint8], size_px: NDArray[np.float32], region: Region
    ) -> _Found | None:
        """The person in the region; None where the model sees nobody."""
        if self._landmarks is None:
            self._landmarks = LiteRtModel(POSE_LANDMARKS, self._models_dir, outputs=OUTPUTS)
        side_px = self._landmarks.side_px
        rgb = crop_region(image, region, size_px, side_px)
        flat, presence, silhouette, heat = self._landmarks.run(rgb, scale=1 / 255, offset=0.0)
        confidence = float(presence[0])
        if not confidence > _MIN_PRESENCE:  # NaN is nobody too
            return None
        # x, y, z in pixels of the crop, then visibility and presence as logits
        rows = flat.reshape(_ROWS, 5)[:_USED_ROWS]
        refined = refine_points(rows[:, :2] / np.float32(side_px), heat)
        points = project(refined, region)
        tops = shoulder_tops(
            silhouette[..., 0],
            refined[Landmark.LEFT_SHOULDER] * np.float32(side_px),
            refined[Landmark.RIGHT_SHOULDER] * np.float32(side_px),
        )
        named = rows[:LANDMARK_COUNT]
        return _Found(
            points=points,
            depth=named[:, 2] / np.float32(side_px) * region.size[0],
            visibility=sigmoid(named[:, 3]),
            presence=sigmoid(named[:, 4]),
            confidence=confidence,
            next_region=region_from_alignment(
                points[LANDMARK_COUNT:], size_px, margin=_REGION_MARGIN
            ),
            tops=None if tops is None else project(tops / np.float32(side_px), region),
        )

    def _moved_on(self, found: _Found) -> bool:
        """Whether the body's circle is not where the followed region took it to be."""
        if self._region is None:
            return False
        shift_px = (found.next_region.center - self._region.center) * self._size_px
        side_px = self._region.size[0] * self._size_px[0]
        return float(np.hypot(*shift_px)) > _MAX_SHIFT_RATIO * float(side_px)

    def _pose(self, found: _Found, size_px: NDArray[np.float32], t_s: float) -> Pose:
        points_px = np.empty((LANDMARK_COUNT, 3), np.float32)
        points_px[:, :2] = found.points[:LANDMARK_COUNT] * size_px
        points_px[:, 2] = found.depth * size_px[0]
        visibility = found.visibility
        if self._tracking:
            points_px, visibility = self._smoother.step(
                points_px,
                visibility,
                t_s=t_s,
                object_size_px=float((found.next_region.size * size_px).mean()),
            )
        arrays = (points_px[:, :2].copy(), points_px[:, 2].copy(), visibility, found.presence)
        for array in arrays:
            array.flags.writeable = False
        width_px, height_px = (int(length) for length in size_px)
        tops_px = None if found.tops is None else found.tops * size_px
        return Pose(
            *arrays,
            confidence=found.confidence,
            width_px=width_px,
            height_px=height_px,
            shoulder_tops_px=tops_px,
        )


def refine_points(points: NDArray[np.float32], heat: NDArray[np.float32]) -> NDArray[np.float32]:
    """Move each point to the centre of gravity of the heat around it.

    ``points`` has shape (n, 2) in shares of the heat map, ``heat`` (side, side, >= n) holds
    logits, a layer for each point. Points outside, or where nothing is warm, stay.
    Follows ``calculators/util/refine_landmarks_from_heatmap_calculator.cc``.
    """
    count, side = len(points), heat.shape[0]
    center = (points * np.float32(side)).astype(np.int64)  # towards zero, as in C
    steps = np.arange(_KERNEL_CELLS) - _KERNEL_CELLS // 2
    cells = center[:, :, None] + steps  # (n, 2, kernel)
    inside = (cells >= 0) & (cells < side)
    columns, rows = np.moveaxis(np.clip(cells, 0, side - 1), 1, 0)
    logits = heat[rows[:, :, None], columns[:, None, :], np.arange(count)[:, None, None]]
    warmth = sigmoid(logits)
    warmth *= inside[:, 1, :, None] & inside[:, 0, None, :]
    by_column = warmth * columns[:, None, :].astype(np.float32)
    by_row = warmth * rows[:, :, None].astype(np.float32)
    # One row per cell of the kernel, so that cells are added up one after the other.
    stacked = np.stack((by_column, by_row, warmth), axis=-1).reshape(count, -1, 3)
    gravity = running_sum(np.moveaxis(stacked, 1, 0))
    centered = ((center >= 0) & (center < side)).all(axis=1)
    warm = centered & (warmth.max(axis=(1, 2)) >= _MIN_HEAT)
    refined = points.copy()
    refined[warm] = gravity[warm, :2] / np.float32(side) / gravity[warm, 2:]
    return refined

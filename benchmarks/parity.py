"""How far the two pose engines are apart, and how far each is from the truth.

    python benchmarks/parity.py

prints a line for each sample clip and mode. ``tests/vision/test_parity.py`` holds the same
numbers to their bounds. Needs the extra ``mediapipe``.
"""

from __future__ import annotations

import csv
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from posture_monitor.domain import Landmark
from posture_monitor.vision.pose_litert import LiteRtPoseEstimator
from posture_monitor.vision.pose_mediapipe import TELEMETRY_NOTICE, MediaPipePoseEstimator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from posture_monitor.ports import PoseEstimator

CLIPS_DIR = Path(__file__).resolve().parent.parent / "samples" / "clips"
MODES = ("image", "tracking")
# The rendered skeleton has no point for the others.
TRUE_POINTS = (
    Landmark.NOSE,
    Landmark.LEFT_EYE,
    Landmark.RIGHT_EYE,
    Landmark.LEFT_EAR,
    Landmark.RIGHT_EAR,
    Landmark.LEFT_SHOULDER,
    Landmark.RIGHT_SHOULDER,
    Landmark.LEFT_ELBOW,
    Landmark.RIGHT_ELBOW,
)


@dataclass(frozen=True, eq=False)
class Track:
    """One engine's way through one clip."""

    points_px: NDArray[np.float32]
    """Shape (frames, 33, 2); NaN where the engine saw nobody."""
    tops_px: NDArray[np.float32]
    """Outline over the left and the right shoulder, shape (frames, 2, 2); NaN where not seen."""
    cpu_ms: float
    """Process time per frame."""

    @property
    def seen(self) -> NDArray[np.bool_]:
        return ~np.isnan(self.points_px[:, 0, 0])

    @property
    def outlined(self) -> NDArray[np.bool_]:
        return ~np.isnan(self.tops_px[:, 0, 0])


@dataclass(frozen=True, eq=False)
class Comparison:
    """Both engines on one clip in one mode."""

    litert: Track
    mediapipe: Track
    apart_px: NDArray[np.float32]
    """Distances of the named landmarks that the reference puts into the picture."""
    tops_apart_px: NDArray[np.float32]
    """Distances of the outlines over the shoulders, where both engines followed them."""
    litert_error_px: NDArray[np.float32]
    mediapipe_error_px: NDArray[np.float32]
    """Distances from the truth where someone is there and the point is in the picture."""

    @property
    def disputed_frames(self) -> int:
        """Frames in which one engine sees a person and the other doesn't."""
        return int((self.litert.seen != self.mediapipe.seen).sum())

    @property
    def disputed_outlines(self) -> int:
        """Frames in which both see a person, but only one the outline of the shoulders."""
        both = self.litert.seen & self.mediapipe.seen
        return int((self.litert.outlined != self.mediapipe.outlined)[both].sum())


def clip_names() -> list[str]:
    return sorted(path.stem for path in CLIPS_DIR.glob("*.mp4"))


def compare(clip: str, mode: str, *, every: int = 1, most: int | None = None) -> Comparison:
    """Run both engines on every frame of a clip, or every second, third, ...; at most this many."""
    truth = _read_truth(clip)[::every][:most]
    times_s = [float(row["t"]) for row in truth]
    tracking = mode == "tracking"
    litert = _follow(clip, times_s, every, LiteRtPoseEstimator(tracking=tracking))
    mediapipe = _follow(clip, times_s, every, MediaPipePoseEstimator(tracking=tracking))

    both = litert.seen & mediapipe.seen
    named = list(Landmark)
    reference = mediapipe.points_px[both][:, named]
    apart = np.linalg.norm(litert.points_px[both][:, named] - reference, axis=-1)
    outlined = litert.outlined & mediapipe.outlined
    tops_apart = litert.tops_px[outlined] - mediapipe.tops_px[outlined]
    inside = ((reference >= 0) & (reference < _picture_size(clip))).all(axis=-1)
    return Comparison(
        litert=litert,
        mediapipe=mediapipe,
        apart_px=apart[inside],
        tops_apart_px=np.linalg.norm(tops_apart, axis=-1).ravel(),
        litert_error_px=_errors(litert, truth),
        mediapipe_error_px=_errors(mediapipe, truth),
    )


def _read_truth(clip: str) -> list[dict[str, str]]:
    with (CLIPS_DIR / f"{clip}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def _picture_size(clip: str) -> tuple[int, int]:
    video = cv2.VideoCapture(str(CLIPS_DIR / f"{clip}.mp4"))
    size = (
        int(video.get(cv2.CAP_PROP_FRAME_WIDTH)),
        int(video.get(cv2.CAP_PROP_FRAME_HEIGHT)),
    )
    video.release()
    return size


def _follow(clip: str, times_s: list[float], every: int, estimator: PoseEstimator) -> Track:
    video = cv2.VideoCapture(str(CLIPS_DIR / f"{clip}.mp4"))
    points, tops, cpu_s = [], [], 0.0
    for t_s in times_s:
        read, picture = video.read()
        for _ in range(every - 1):
            video.grab()
        if not read:
            break
        start_s = time.process_time()
        pose = estimator.estimate(picture, t_s)
        cpu_s += time.process_time() - start_s
        points.append(np.full((33, 2), np.nan, np.float32) if pose is None else pose.points_px)
        seen_tops = None if pose is None else pose.shoulder_tops_px
        tops.append(np.full((2, 2), np.nan, np.float32) if seen_tops is None else seen_tops)
    video.release()
    estimator.close()
    return Track(np.array(points), np.array(tops), 1000 * cpu_s / len(points))


def _errors(track: Track, truth: list[dict[str, str]]) -> NDArray[np.float32]:
    errors = []
    for points_px, seen, row in zip(track.points_px, track.seen, truth, strict=False):
        if not seen or row["present"] != "1":
            continue
        for landmark in TRUE_POINTS:
            name = landmark.name.lower()
            if row[f"{name}_in"] == "1":
                x, y = points_px[landmark]
                errors.append(np.hypot(x - float(row[f"{name}_x"]), y - float(row[f"{name}_y"])))
    return np.array(errors, np.float32)


def _spread(values: NDArray[np.float32]) -> str:
    return f"{np.median(values):6.2f} {np.percentile(values, 95):6.2f}"


def main() -> None:
    cv2.setNumThreads(1)
    print(TELEMETRY_NOTICE)
    print(
        "Pixels, median and 95th percentile: engines apart, their outlines of the shoulders apart, "
        "litert - truth, mediapipe - truth"
    )
    for mode in MODES:
        for clip in clip_names():
            result = compare(clip, mode)
            print(
                f"{mode:8} {clip:28} {_spread(result.apart_px)} | "
                f"{_spread(result.tops_apart_px)} | "
                f"{_spread(result.litert_error_px)} | {_spread(result.mediapipe_error_px)} | "
                f"{result.disputed_frames} and {result.disputed_outlines} disputed | "
                f"{result.litert.cpu_ms:.1f} and {result.mediapipe.cpu_ms:.1f} CPU-ms a frame"
            )


if __name__ == "__main__":
    main()

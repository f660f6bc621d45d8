"""The bare models: what the same calls would cost with nothing else around them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.films import Noise, script

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

CALLS = 200
QUICK_CALLS = 16
BUDGET_CALLS_PER_H = 900.0
"""One call every four seconds, where ``running`` has not told how many there were."""


def measure(*, quick: bool) -> dict[str, Any]:
    """CPU milliseconds of each step on pictures of the film ``working``."""
    import cv2

    from posture_monitor.vision.face import LiteRtFaceDetector
    from posture_monitor.vision.gate import Memory, thumbnail
    from posture_monitor.vision.models import POSE_LANDMARKS
    from posture_monitor.vision.pose_litert import LiteRtPoseEstimator

    cv2.setNumThreads(1)
    count = QUICK_CALLS if quick else CALLS
    noise = Noise()
    pictures = script("working")
    frames = [noise.on(pictures[n % len(pictures)]) for n in range(count)]

    estimator = LiteRtPoseEstimator(tracking=True)
    detector = LiteRtFaceDetector()
    memory = Memory(keep_s=1e9)
    poses = [estimator.estimate(frame, n / 6.0) for n, frame in enumerate(frames[:16])]
    thumbnails = [thumbnail(frame) for frame in frames]
    for n, pose in enumerate(poses):
        memory.add(thumbnails[n], 0.0, pose, detector.detect(frames[n]))
    bare = _bare_landmarks(POSE_LANDMARKS)

    def bare_call(n: int) -> object:
        return bare(frames[n])

    steps: dict[str, Callable[[int], object]] = {
        "landmark model alone": bare_call,
        "pose: crop, landmark model, refine, smooth": lambda n: estimator.estimate(
            frames[n], 2.0 + n / 6.0
        ),
        "face detector": lambda n: detector.detect(frames[n]),
        "thumbnail": lambda n: thumbnail(frames[n]),
        "hold against sixteen judged pictures": lambda n: memory.nearest(thumbnails[n], 1.0),
    }
    cpu_ms = {name: _cpu_ms(step, count) for name, step in steps.items()}
    return {"cpu_ms": cpu_ms, "calls": count}


def _bare_landmarks(model_file: Any) -> Callable[[NDArray[np.uint8]], object]:
    """The runtime's own call on a picture of the right size, and nothing else."""
    from posture_monitor.vision._litert import LiteRtModel

    model = LiteRtModel(model_file)
    side_px = model.side_px

    def call(frame: NDArray[np.uint8]) -> float:
        found = model.run(frame[:side_px, :side_px], scale=1 / 255, offset=0.0, outputs=(1,))
        return float(found[0][0])

    return call


def _cpu_ms(step: Callable[[int], object], count: int) -> float:
    step(0)
    began_s = time.process_time()
    for n in range(count):
        step(n)
    return 1000.0 * (time.process_time() - began_s) / count


def per_hour_s(cpu_ms: dict[str, float], calls_per_h: float) -> float:
    """CPU seconds an hour of so many calls of landmark model and face detector alone."""
    return calls_per_h * (cpu_ms["landmark model alone"] + cpu_ms["face detector"]) / 1000.0

"""The bare models: what the same calls would cost with nothing else around them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.films import Noise, script

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from posture_monitor.vision._litert import LiteRtModel

CALLS = 200
QUICK_CALLS = 16
LANDMARKS_ALONE = "landmark model alone"
BUDGET_CALLS_PER_H = 900.0
"""One call every four seconds, where ``running`` has not told how many there were."""


def measure(*, quick: bool) -> dict[str, Any]:
    """CPU milliseconds of each step on pictures of the film ``working``."""
    import cv2

    from posture_monitor.vision._litert import LiteRtModel
    from posture_monitor.vision.face import LiteRtFaceDetector
    from posture_monitor.vision.gate import Memory, thumbnail
    from posture_monitor.vision.models import POSE_LANDMARKS
    from posture_monitor.vision.pose_litert import OUTPUTS, LiteRtPoseEstimator

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
    bare = LiteRtModel(POSE_LANDMARKS, outputs=OUTPUTS)
    steps: dict[str, Callable[[int], object]] = {
        LANDMARKS_ALONE: lambda n: _bare_call(bare, frames[n]),
        "pose: crop, landmark model, refine, smooth": lambda n: estimator.estimate(
            frames[n], 2.0 + n / 6.0
        ),
        "face detector": lambda n: detector.detect(frames[n]),
        "thumbnail": lambda n: thumbnail(frames[n]),
        "hold against sixteen judged pictures": lambda n: memory.ranked(thumbnails[n], 1.0),
    }
    cpu_ms = {name: _cpu_ms(step, count) for name, step in steps.items()}
    return {"cpu_ms": cpu_ms, "calls": count}


def _bare_call(model: LiteRtModel, frame: NDArray[np.uint8]) -> object:
    """The runtime's own call on a picture of the right size, and nothing else."""
    side_px = model.side_px
    return model.run(frame[:side_px, :side_px], scale=1 / 255, offset=0.0)[0].shape


def _cpu_ms(step: Callable[[int], object], count: int) -> float:
    step(0)
    began_s = time.process_time()
    for n in range(count):
        step(n)
    return 1000.0 * (time.process_time() - began_s) / count


def per_hour_s(cpu_ms: dict[str, float], calls_per_h: float) -> float:
    """CPU seconds an hour of this many calls of landmark model and face detector alone."""
    return calls_per_h * (cpu_ms[LANDMARKS_ALONE] + cpu_ms["face detector"]) / 1000.0

"""What the real pipeline sees in a recording, kept on disk so that fitting is quick."""

from __future__ import annotations

import hashlib
import pickle
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from calibration.recordings import ROOT
from posture_monitor.analysis import batch
from posture_monitor.config import CameraSettings
from posture_monitor.core.day.cadence import RECORDED
from posture_monitor.monitor.calibrating import FRAMES_PER_S
from posture_monitor.system.clock import SystemClock
from posture_monitor.vision.models import MODEL_FILES
from posture_monitor.vision.observer import open_observer
from posture_monitor.vision.recordings import FileSource

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from calibration.recordings import Recording
    from posture_monitor.core.day.cadence import Reuse
    from posture_monitor.domain import Observation

CACHE = ROOT / "calibration" / ".cache"
SAMPLES_PER_S = 2.0
"""As ``analyze`` takes them."""
START = datetime(2026, 1, 5, 9, tzinfo=UTC)


def observations(
    recording: Recording, cache: Path, reuse: Reuse | None = RECORDED
) -> list[Observation]:
    """The observations of a recording; from the cache where it was seen before.

    ``reuse`` is the rule by which the model is spared; None asks it at each frame.

    The cache holds pickles that this very program wrote; delete the folder when the engine's
    code has changed.
    """

    def observe() -> list[Observation]:
        with opened(recording) as source:
            observer = open_observer("litert", reuse=reuse)
            seen: list[Observation] = []

            def known() -> (
                bool
            ):  # as everywhere, the model sees all that a baseline is learned from
                return bool(seen) and seen[-1].t_s > recording.calibration_end_s

            for observation in batch.observations(source, observer, SAMPLES_PER_S, known):
                seen.append(observation)
            observer.close()
        return seen

    how = (SAMPLES_PER_S, reuse, "followed from three")
    return kept(recording.name, recording.video, cache, observe, *how)


def upright_start(recording: Recording, cache: Path) -> list[Observation]:
    """What ``calibrate`` sees of the upright start: more frames, each by the model."""

    def observe() -> list[Observation]:
        with opened(recording) as source:
            observer = open_observer("litert")
            seen: list[Observation] = []
            for observation in batch.observations(source, observer, FRAMES_PER_S):
                if observation.t_s > recording.calibration_end_s:
                    break
                seen.append(observation)
            observer.close()
        return seen

    return kept(recording.name, recording.video, cache, observe, FRAMES_PER_S, "upright start")


def opened(recording: Recording) -> FileSource:
    """The recording, to be read without waiting."""
    return FileSource(
        recording.video, CameraSettings(), clock=SystemClock(), speed=None, start_at=START
    )


def kept(
    name: str, video: Path, cache: Path, observe: Callable[[], list[Observation]], *how: object
) -> list[Observation]:
    """What ``observe`` sees of this video when it is read in this way; done once, then kept."""
    cache.mkdir(parents=True, exist_ok=True)
    parts = [name, str(video.stat().st_size), *(model.sha256 for model in MODEL_FILES)]
    key = hashlib.sha256("|".join([*parts, *map(repr, how)]).encode()).hexdigest()[:16]
    path = cache / f"{name}.{key}.pickle"
    if path.is_file():
        found: list[Observation] = pickle.loads(path.read_bytes())
        return found
    seen = observe()
    path.write_bytes(pickle.dumps(seen))
    return seen

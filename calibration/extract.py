"""What the real pipeline sees in a recording, kept on disk so that fitting is quick."""

from __future__ import annotations

import hashlib
import pickle
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from posture_monitor.batch import looks
from posture_monitor.clock import SystemClock
from posture_monitor.config import CameraSettings
from posture_monitor.vision.models import MODEL_FILES
from posture_monitor.vision.observer import open_observer
from posture_monitor.vision.recordings import FileSource

if TYPE_CHECKING:
    from pathlib import Path

    from calibration.recordings import Recording
    from posture_monitor.core.cadence import Reuse
    from posture_monitor.domain import Observation

SAMPLES_PER_S = 3.0
START = datetime(2026, 1, 5, 9, tzinfo=UTC)


def _key(recording: Recording, reuse: Reuse | None) -> str:
    stat = recording.video.stat()
    parts = [recording.name, str(stat.st_size), *(model.sha256 for model in MODEL_FILES)]
    parts += [str(SAMPLES_PER_S), repr(reuse), "view"]
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]


def observations(
    recording: Recording, cache: Path, reuse: Reuse | None = None
) -> list[Observation]:
    """The observations of a recording; from the cache where it was seen before.

    ``reuse`` is the rule by which a running monitor spares the model; None judges each look.

    The cache holds pickles that this very program wrote; delete the folder when the engine's
    code has changed.
    """
    cache.mkdir(parents=True, exist_ok=True)
    path = cache / f"{recording.name}.{_key(recording, reuse)}.pickle"
    if path.is_file():
        found: list[Observation] = pickle.loads(path.read_bytes())
        return found
    with FileSource(
        recording.video, CameraSettings(), clock=SystemClock(), speed=None, start_at=START
    ) as source:
        observer = open_observer("litert", reuse=reuse)
        seen = list(looks(source, observer, SAMPLES_PER_S))
        observer.close()
    path.write_bytes(pickle.dumps(seen))
    return seen

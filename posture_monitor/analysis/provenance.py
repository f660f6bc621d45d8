"""What a result was made from, beside each result; and whether that is still so.

``NAME.provenance.json`` is written last: where it stands and still holds, a video is finished.
"""

from __future__ import annotations

import hashlib
import json
import math
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from posture_monitor.analysis.job import VideoResult
from posture_monitor.domain import PostureMonitorError
from posture_monitor.system.names import shown
from posture_monitor.system.replacing import Replacing
from posture_monitor.wording import analysis_words as words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from posture_monitor.analysis.job import Job

SCHEMA = 1
_SETTINGS = {
    "camera": ("mirror", "rotate"),
    "pose": ("engine",),
    "posture": None,
    "sitting": None,
    "reminders": None,
}
"""Settings that can change a result; None: the whole section."""
_KEPT_ELSEWHERE = ("name", "video", "labels", "reused", "error", "intervals", "recorded_events")
"""Of a result: asked for each time, or recorded already."""
_FIGURES = tuple(f.name for f in fields(VideoResult) if f.name not in _KEPT_ELSEWHERE)


@dataclass(frozen=True, slots=True)
class Input:
    """A file as it was before it was read."""

    path: Path
    size_bytes: int
    mtime_ns: int

    @classmethod
    def of(cls, path: Path) -> Input:
        """OSError where there is none."""
        status = path.stat()
        return cls(path, status.st_size, status.st_mtime_ns)

    def to_document(self) -> dict[str, Any]:
        """With its content's hash; PostureMonitorError where it isn't the same file any more."""
        sha256 = _digest(self.path)
        if Input.of(self.path) != self:
            raise PostureMonitorError(words.CHANGED_MEANWHILE, video=shown(self.path.name))
        return {
            "name": shown(self.path.name),
            "bytes": self.size_bytes,
            "mtime_ns": self.mtime_ns,
            "sha256": sha256,
        }


def inputs_of(job: Job) -> dict[str, Input]:
    """The files that the job reads, by what they are for; OSError where one is missing."""
    files = {"video": Input.of(job.video)}
    if job.calibration is not None and job.calibration.video != job.video:
        files["calibrate_video"] = Input.of(job.calibration.video)
    return files


def write_provenance(job: Job, inputs: Mapping[str, Input], result: VideoResult) -> None:
    """Say that the job is finished; OSError or PostureMonitorError where that can't be said."""
    document = {
        "schema": SCHEMA,
        **_asked(job),
        "labels": job.labels.to_document(),
        "inputs": {use: one.to_document() for use, one in inputs.items()},
        "outputs": {file.name: file.stat().st_size for file in job.files},
        "result": {name: getattr(result, name) for name in _FIGURES},
    }
    _write(job, document)


def finished(job: Job, *, by_content: bool) -> VideoResult | None:
    """The result of before, where everything that it was made from is the same; else None.

    With the size and time of a file unchanged, its content is taken to be; ``by_content`` reads
    it where they aren't, which takes as long as the file is large.
    """
    with suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
        document = json.loads(job.provenance_file.read_bytes())
        asked = {"schema": SCHEMA, **_asked(job)}
        if any(document[key] != value for key, value in asked.items()):
            return None
        sizes = {file.name: file.stat().st_size for file in job.files}
        if document["outputs"] != sizes:
            return None
        figures = _checked({name: document["result"][name] for name in _FIGURES})
        inputs = inputs_of(job)
        if set(inputs) != set(document["inputs"]):
            return None
        fresh = True
        for use, one in inputs.items():
            before = document["inputs"][use]
            if (before["bytes"], before["mtime_ns"]) == (one.size_bytes, one.mtime_ns):
                continue
            if not by_content or before["bytes"] != one.size_bytes:
                return None
            if before["sha256"] != _digest(one.path):
                return None
            before["mtime_ns"], fresh = one.mtime_ns, False
        labels = job.labels.to_document()
        if document["labels"] != labels and job.file_format == "parquet":
            return None  # the samples themselves say whose they are
        if not fresh or document["labels"] != labels:
            _write(job, {**document, "labels": labels})  # so that the next time is quick
        return VideoResult(job.name, str(job.video), labels=job.labels, reused=True, **figures)
    return None


def _checked(figures: dict[str, Any]) -> dict[str, Any]:
    """The figures, each of its kind; ValueError where somebody else has written them."""
    seconds = [figures[name] for name in ("observed_s", "strained_s", "judged_s", "score_seconds")]
    seconds += [*figures["state_s"].values(), *figures["events"].values()]
    texts = [figures[name] for name in ("baseline_grade", "warning")]
    if not (
        all(type(one) in (int, float) and math.isfinite(one) for one in seconds)
        and all(one is None or isinstance(one, str) for one in texts)
        and isinstance(figures["baseline"], str)
    ):
        raise ValueError("a figure is of another kind")
    return figures


def _asked(job: Job) -> dict[str, Any]:
    """What, besides the video, decides about the result; as JSON gives it back."""
    from posture_monitor.vision.models import MODEL_FILES

    settings = asdict(job.settings)
    calibration = job.calibration
    baseline = None if job.baseline is None else job.baseline.to_document()
    return {
        "program": "posture-monitor",
        "version": job.version,
        "model": {
            "engine": job.settings.pose.engine,
            "sha256": {model.name: model.sha256 for model in MODEL_FILES},
        },
        "settings": {
            section: settings[section]
            if names is None
            else {name: settings[section][name] for name in names}
            for section, names in _SETTINGS.items()
        },
        "samples_per_s": job.samples_per_s,
        "format": job.file_format,
        "dataset": job.dataset,
        "landmarks": job.landmarks,
        "trc": job.trc,
        "elan": job.elan,
        "profile": {
            "name": job.baseline_name,
            "sha256": None
            if baseline is None
            else hashlib.sha256(json.dumps(baseline, sort_keys=True).encode()).hexdigest(),
            "calibration": None
            if calibration is None
            else {
                "from_s": calibration.from_s,
                "until_s": calibration.until_s,
                "distance_cm": calibration.distance_cm,
            },
        },
    }


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(job: Job, document: Mapping[str, Any]) -> None:
    with Replacing(job.provenance_file) as target:
        json.dump(document, target.file, indent=2, allow_nan=False)
        target.file.write("\n")

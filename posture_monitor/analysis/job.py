"""One video to analyse and what it came to: plain records that go to other processes and back."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from posture_monitor import __version__
from posture_monitor.domain import SELF_NAME, Event, Interval, State
from posture_monitor.system.names import shown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from posture_monitor.config import Settings
    from posture_monitor.core.judge.baseline import Baseline

_UNKNOWN = "__HIVE_DEFAULT_PARTITION__"
"""What Hive, Spark, Arrow and DuckDB take for "no value" in a folder's name."""
INTERVAL_NAME = "interval"
"""Tells in ``summary.json`` that a video was judged by what the manifest names as upright."""


@dataclass(frozen=True, slots=True)
class Labels:
    """Whose recording it is, as the manifest tells; empty where it doesn't."""

    person: str = ""
    group: str = ""
    day: str = ""
    """ISO date: "2026-03-09"."""

    def to_document(self) -> dict[str, str]:
        """Those that are known."""
        named = {"person": self.person, "group": self.group, "day": self.day}
        return {key: value for key, value in named.items() if value}


def partition_of(labels: Labels) -> str:
    """The folder of a recording in a table that is laid out as Hive does.

    >>> partition_of(Labels("P 01/a", "seated", "2026-03-09"))
    'person=P%2001%2Fa/day=2026-03-09'
    >>> partition_of(Labels())
    'person=__HIVE_DEFAULT_PARTITION__/day=__HIVE_DEFAULT_PARTITION__'
    """
    person, day = (quote(one, safe="") or _UNKNOWN for one in (labels.person, labels.day))
    return f"person={person}/day={day}"


@dataclass(frozen=True, slots=True)
class Calibration:
    """The part of a recording in which its person sits upright."""

    video: Path
    from_s: float | None = None
    until_s: float | None = None
    """None with ``from_s`` None: the part that ``calibrate`` finds by itself."""
    distance_cm: float | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One video to analyse; picklable, for worker processes and clusters."""

    video: Path
    out_dir: Path
    name: str
    """Of its results under ``out_dir``, with ``/`` between folders."""
    settings: Settings
    samples_per_s: float
    file_format: str
    baseline: Baseline | None = None
    """Judge by this one; None = learn one from the recording itself."""
    baseline_name: str = SELF_NAME
    calibration: Calibration | None = None
    """Judge by a baseline made from this."""
    labels: Labels = field(default_factory=Labels)
    dataset: bool = False
    """Its samples are a part of one table, in folders ``person=…/day=…`` as Hive lays them out."""
    landmarks: bool = False
    """Write also what was seen in each sample."""
    trc: bool = False
    """Write also the landmarks for programs of motion capture."""
    elan: bool = False
    """Write also an annotation file for ELAN."""
    again: bool = False
    """Do it also where it is finished."""
    version: str = __version__
    """Of the program that asks."""
    start_at: datetime | None = None

    def place(self, kind: str) -> Path:
        """Where the result of this kind lies: ``samples.csv``, ``events.jsonl``, …"""
        return self.out_dir / f"{self.name}.{kind}"

    @property
    def samples_file(self) -> Path:
        if self.file_format != "parquet":
            return self.place("samples.csv")
        file = f"{self.name}.samples.parquet"
        if self.dataset:  # in folders of their own: readers of such tables take every file in them
            return self.out_dir / "samples" / partition_of(self.labels) / file
        return self.out_dir / file

    @property
    def files(self) -> tuple[Path, ...]:
        """All that is written besides the provenance."""
        return (
            *(self.samples_file, self.place("events.jsonl")),
            *([self.landmarks_file] if self.landmarks else []),
            *([self.trc_file] if self.trc else []),
            *([self.elan_file] if self.elan else []),
        )

    @property
    def landmarks_file(self) -> Path:
        return self.place("landmarks.parquet")

    @property
    def trc_file(self) -> Path:
        return self.place("trc")

    @property
    def elan_file(self) -> Path:
        return self.place("eaf")

    @property
    def provenance_file(self) -> Path:
        """Written last: where it stands, the others are whole."""
        return self.place("provenance.json")


@dataclass(frozen=True, slots=True)
class VideoResult:
    """What one video came to."""

    name: str
    video: str
    observed_s: float = 0.0
    state_s: dict[str, float] = field(default_factory=dict)
    strained_s: float = 0.0
    judged_s: float = 0.0
    score_seconds: float = 0.0
    events: dict[str, int] = field(default_factory=dict)
    baseline: str = SELF_NAME
    baseline_grade: str | None = None
    labels: Labels = field(default_factory=Labels)
    warning: str | None = None
    error: str | None = None
    reused: bool = False
    """It was finished before."""
    intervals: tuple[Interval, ...] = ()
    recorded_events: tuple[tuple[datetime, Event], ...] = ()

    def to_document(self) -> dict[str, Any]:
        """The figures under their names of ``summary.json``."""
        document: dict[str, Any] = {"video": shown(self.video), **self.labels.to_document()}
        document |= totals([self])
        document["baseline"] = self.baseline
        document["baseline_grade"] = self.baseline_grade
        if self.warning:
            document["warning"] = self.warning
        if self.error:
            document["error"] = self.error
        return document


def failed(job: Job, error: str) -> VideoResult:
    """The result of a video that could not be analysed; ``error`` is a sentence for the user."""
    return VideoResult(
        job.name, str(job.video), baseline=job.baseline_name, labels=job.labels, error=error
    )


def totals(results: Sequence[VideoResult]) -> dict[str, Any]:
    """The summed figures of some videos; ``mean_score`` is None where nothing was judged."""
    judged_s = sum(result.judged_s for result in results)
    score_seconds = sum(result.score_seconds for result in results)
    events: Counter[str] = Counter()
    for result in results:
        events.update(result.events)
    by_state = {
        f"{state}_s": round(sum(result.state_s.get(state, 0.0) for result in results), 3)
        for state in State
    }
    return {
        "observed_s": round(sum(result.observed_s for result in results), 3),
        **by_state,
        "judged_s": round(judged_s, 3),
        "strained_s": round(sum((result.strained_s for result in results), 0.0), 3),
        "mean_score": round(score_seconds / judged_s, 2) if judged_s > 0.0 else None,
        "events": dict(sorted(events.items())),
    }

"""Recorded videos, one or thousands: rows, events and a summary as files; glue.

Each video is read once from start to end and judged like a live picture, with the times that
its container carries. Files appear under their final names only when they are complete.
"""

from __future__ import annotations

import json
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, cast

from posture_monitor.core import session
from posture_monitor.core.day.cadence import RECORDED
from posture_monitor.domain import (
    METRIC_NAMES,
    SELF_NAME,
    ConfigError,
    Event,
    EventKind,
    Interval,
    PostureMonitorError,
    Sample,
    State,
)
from posture_monitor.monitor.choosing import Chosen
from posture_monitor.monitor.frames import SourceFrames
from posture_monitor.monitor.replay import Replay
from posture_monitor.system.failures import why
from posture_monitor.system.names import shown
from posture_monitor.system.processes import forbid_core_dumps
from posture_monitor.system.replacing import Replacing
from posture_monitor.system.tables import CsvTable, ParquetTable, check_format
from posture_monitor.wording.details import detail_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from posture_monitor.config import Settings
    from posture_monitor.core.judge.baseline import Baseline
    from posture_monitor.core.session import Outcome, SessionState
    from posture_monitor.domain import Frame, Observation
    from posture_monitor.monitor.engine import Observer
    from posture_monitor.ports import FrameSource
    from posture_monitor.system.tables import TableWriter
    from posture_monitor.vision.recordings import FileSource

COLUMNS: tuple[str, ...] = (
    "t_s",
    "presence",
    "judged",
    "score",
    "strained",
    "reasons",
    "confidence",
    *METRIC_NAMES,
)
"""Of ``NAME.samples.csv``: a contract with users' scripts."""

_TYPES = {name: "double" for name in COLUMNS} | {
    "presence": "string",
    "reasons": "string",
    "judged": "int8",
    "strained": "int8",
}
"""Of the columns, for Parquet."""


@dataclass(frozen=True, slots=True)
class Job:
    """One video to analyse; picklable, for worker processes and clusters."""

    video: Path
    out_dir: Path
    name: str
    settings: Settings
    samples_per_s: float
    file_format: str
    baseline: Baseline | None = None
    """Judge by this one; None = learn one from the recording itself."""
    start_at: datetime | None = None


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
    baseline_grade: str | None = None
    warning: str | None = None
    error: str | None = None
    intervals: tuple[Interval, ...] = ()
    recorded_events: tuple[tuple[datetime, Event], ...] = ()

    def to_document(self) -> dict[str, Any]:
        """The figures under their names of ``summary.json``."""
        document: dict[str, Any] = {"video": shown(self.video), **totals([self])}
        document["baseline_grade"] = self.baseline_grade
        if self.warning:
            document["warning"] = self.warning
        if self.error:
            document["error"] = self.error
        return document


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


def sample_row(sample: Sample) -> dict[str, Any]:
    """One sample as a row of the table; None where there is no value."""
    row: dict[str, Any] = {
        "t_s": round(sample.t_s, 3),
        "presence": str(sample.presence),
        "judged": int(sample.judged),
        "score": None if sample.score is None else round(sample.score, 2),
        "strained": None if sample.strained is None else int(sample.strained),
        "reasons": ";".join(sample.reasons),
        "confidence": round(sample.confidence, 3),
    }
    for name, value in sample.metrics.as_dict().items():
        row[name] = None if value is None else round(value, 4)
    return row


def observations(
    source: FrameSource,
    observer: Observer,
    samples_per_s: float,
    known: Callable[[], bool] = lambda: True,
) -> Iterator[Observation]:
    """Observations of a recording at the asked rate; every frame is read once.

    ``known`` says whether there is a baseline: until then the model sees every picture of a
    person, for the spread of what is merely followed is too small to judge by.
    """
    seen: Observation | None = None
    for moment in SourceFrames(source, 1.0 / samples_per_s).moments():
        assert moment.frame is not None
        seen = observer.observe(moment.frame, settled=known() or seen is None or seen.pose is None)
        yield seen


def analyse(job: Job, progress: Callable[[float], None] | None = None) -> VideoResult:
    """Judge one video and write its files; a video that can't be read is a result, too.

    ``progress`` hears the share done (0-1) at every frame; what it raises ends the analysis.
    """
    forbid_core_dumps()  # here too, for this may be a process of a pool or of a cluster
    try:
        return _analyse(job, progress)
    except PostureMonitorError as error:
        return VideoResult(job.name, str(job.video), error=str(error))
    except OSError as error:
        text = f"can't write the results of {shown(job.video.name)} to {shown(job.out_dir)}"
        return VideoResult(job.name, str(job.video), error=f"{text} {why(error, job.out_dir)}")


def _analyse(job: Job, progress: Callable[[float], None] | None) -> VideoResult:
    from posture_monitor.system.clock import SystemClock
    from posture_monitor.vision.observer import open_observer
    from posture_monitor.vision.recordings import FileSource

    parquet = job.file_format == "parquet"
    samples_file = job.out_dir / f"{job.name}.samples.{'parquet' if parquet else 'csv'}"
    tally = _Tally()
    with ExitStack() as stack:
        source = stack.enter_context(
            FileSource(
                job.video,
                job.settings.camera,
                clock=SystemClock(),
                speed=None,
                start_at=job.start_at,
            )
        )
        observer = open_observer(job.settings.pose.engine, reuse=RECORDED)
        stack.callback(observer.close)
        events = stack.enter_context(Replacing(job.out_dir / f"{job.name}.events.jsonl"))
        samples = stack.enter_context(Replacing(samples_file, "wb" if parquet else "w"))
        rows = _table(samples.file, parquet=parquet)
        replay = Replay(
            cast("FrameSource", source if progress is None else _Told(source, progress)),
            observer,
            tally,
            job.settings,
            profiles={},
            chosen=None if job.baseline is None else Chosen("", job.baseline),
            period_s=1.0 / job.samples_per_s,
        )
        for seen in replay.outcomes():
            rows.add(sample_row(seen.outcome.sample))
        rows.close()
        for _, event in tally.events:
            line = {
                "t_s": round(event.t_s, 3),
                "kind": str(event.kind),
                "detail": detail_words(event),
            }
            events.file.write(json.dumps(line) + "\n")
        warning = source.warning
    return tally.result(job, replay.chosen, warning)


def _table(file: IO[Any], *, parquet: bool) -> TableWriter:
    return ParquetTable(file, COLUMNS, _TYPES) if parquet else CsvTable(file, COLUMNS)


class _Told:
    """A recording of which it is heard how far it was read."""

    def __init__(self, source: FileSource, progress: Callable[[float], None]) -> None:
        self._source = source
        self._progress = progress

    @property
    def end_s(self) -> float | None:
        return self._source.end_s

    def read(self, *, skip_until_s: float | None = None) -> Frame | None:
        frame = self._source.read(skip_until_s=skip_until_s)
        self._progress(self._source.progress or 0.0)
        return frame


class _Tally:
    """Adds up what comes of a video; a ``Sink``."""

    def __init__(self) -> None:
        self.intervals: list[Interval] = []
        self.events: list[tuple[datetime, Event]] = []

    def take(self, outcome: Outcome, observation: Observation) -> None:
        """What one frame brought."""
        self.intervals += outcome.closed
        for event in outcome.events:
            self.add(session.wall_of(event, observation), event)

    def add(self, at: datetime, event: Event) -> None:
        """What happened, and when; that a baseline was learned is in the summary already."""
        if event.kind is not EventKind.CALIBRATED:
            self.events.append((at, event))

    def finish(self, state: SessionState, last: Observation | None, rest_s: float = 0.0) -> None:
        """The recording went on for ``rest_s`` after the last frame."""
        if last is None:
            return
        events, intervals = session.finish(state, rest_s)
        self.intervals += intervals
        for event in events:
            self.add(session.wall_of(event, last), event)

    def result(self, job: Job, chosen: Chosen | None, warning: str | None) -> VideoResult:
        """The video's figures."""
        state_s: Counter[str] = Counter()
        for interval in self.intervals:
            state_s[str(interval.state)] += interval.duration_s  # type: ignore[assignment]  # Counter's values are ints in its stub
        kinds = Counter(str(event.kind) for _, event in self.events)
        return VideoResult(
            name=job.name,
            video=str(job.video),
            observed_s=sum(i.duration_s for i in self.intervals),
            state_s={name: float(value) for name, value in state_s.items()},
            strained_s=sum((i.duration_s for i in self.intervals if i.strained), 0.0),
            judged_s=sum(i.judged_s for i in self.intervals),
            score_seconds=sum(i.score_seconds for i in self.intervals),
            events=dict(kinds),
            baseline_grade=None if chosen is None else str(chosen.baseline.grade),
            warning=warning,
            intervals=tuple(self.intervals),
            recorded_events=tuple(self.events),
        )


def plan(
    videos: Sequence[Path],
    out_dir: Path,
    settings: Settings,
    *,
    samples_per_s: float,
    file_format: str,
    baseline: Baseline | None,
) -> list[Job]:
    """A job a video; ConfigError where two of them would write the same files."""
    names = Counter(video.stem for video in videos)
    twice = sorted(name for name, count in names.items() if count > 1)
    if twice:
        raise ConfigError(
            f"several videos are named {shown(twice[0])}; their results would overwrite each other:"
            " analyse them into different folders"
        )
    check_format(file_format)
    return [
        Job(video, out_dir, video.stem, settings, samples_per_s, file_format, baseline)
        for video in videos
    ]


def write_summary(out_dir: Path, results: Sequence[VideoResult], baseline_name: str) -> None:
    """``summary.json``: the figures of all videos together and of each."""
    document = {
        "schema": 1,
        "baseline": baseline_name or SELF_NAME,
        **totals([result for result in results if result.error is None]),
        "videos": {shown(result.name): result.to_document() for result in results},
    }
    with Replacing(out_dir / "summary.json") as target:
        json.dump(document, target.file, indent=2, allow_nan=False)
        target.file.write("\n")

"""One recorded video: rows and events as files; glue.

It is read once from start to end and judged like a live picture, with the times that its
container carries. Files appear under their final names only when they are complete, and what
says that a video is finished (``provenance``) is written last.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from contextlib import ExitStack, suppress
from datetime import timedelta
from typing import IO, TYPE_CHECKING, Any, cast

from posture_monitor import __version__
from posture_monitor.analysis.elan import tiers, write_eaf
from posture_monitor.analysis.job import VideoResult, failed
from posture_monitor.analysis.landmarks import SUFFIX as LANDMARKS_SUFFIX
from posture_monitor.analysis.landmarks import LandmarkSource, LandmarkTable, TrcTable
from posture_monitor.analysis.provenance import finished, inputs_of, write_provenance
from posture_monitor.core import session
from posture_monitor.core.day.cadence import RECORDED
from posture_monitor.domain import (
    METRIC_NAMES,
    Event,
    EventKind,
    Interval,
    PostureMonitorError,
    Sample,
)
from posture_monitor.monitor.calibration import calibrate
from posture_monitor.monitor.choosing import Chosen
from posture_monitor.monitor.frames import SourceFrames
from posture_monitor.monitor.replay import Replay
from posture_monitor.system.failures import why
from posture_monitor.system.names import shown
from posture_monitor.system.processes import forbid_core_dumps
from posture_monitor.system.replacing import Replacing
from posture_monitor.system.tables import CsvTable, ParquetTable
from posture_monitor.wording import analysis_words as words
from posture_monitor.wording.details import detail_words
from posture_monitor.wording.language import _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from posture_monitor.analysis.elan import Span
    from posture_monitor.analysis.job import Calibration, Job
    from posture_monitor.core.day.cadence import Reuse
    from posture_monitor.core.judge.baseline import Baseline
    from posture_monitor.core.session import Outcome, SessionState
    from posture_monitor.domain import Frame, Observation
    from posture_monitor.monitor.engine import Observer
    from posture_monitor.monitor.modes import Seen
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


METADATA_KEY = "posture_monitor"
"""Under which a Parquet file says, as JSON, whose samples it holds and how many a second."""


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


def analyse(job: Job, progress: Callable[[float, float], None] | None = None) -> VideoResult:
    """Judge one video and write its files; a video that can't be read is a result, too.

    What was finished before is only looked up. ``progress`` hears the share done (0-1) and the
    seconds of the recording read, at every frame taken; what it raises ends the analysis.
    """
    forbid_core_dumps()  # here too, for this may be a process of a pool or of a cluster
    try:
        if job.version != __version__:
            raise PostureMonitorError(
                _(words.OTHER_VERSION, video=shown(job.video), theirs=__version__, ours=job.version)
            )
        before = None if job.again else finished(job, by_content=True)
        return _analyse(job, progress) if before is None else before
    except PostureMonitorError as error:
        return failed(job, str(error))
    except OSError as error:
        text = _(
            words.CANT_WRITE,
            video=shown(job.video.name),
            folder=shown(job.out_dir),
            why=why(error, job.out_dir),
        )
        return failed(job, text)


def _analyse(job: Job, progress: Callable[[float, float], None] | None) -> VideoResult:
    tally = _Tally()
    inputs = {}
    with suppress(OSError):  # opening it says better what is wrong with it
        inputs = inputs_of(job)
    with ExitStack() as stack:
        source, observer = _open(job, job.video, stack)
        chosen = _chosen(job)
        outputs = _Outputs(job, stack)
        replay = Replay(
            cast("FrameSource", source if progress is None else _Told(source, progress)),
            observer,
            tally,
            job.settings,
            profiles={},
            chosen=chosen,
            period_s=1.0 / job.samples_per_s,
        )
        for seen in replay.outcomes():
            outputs.add(seen)
        outputs.finish(tally, source.end_s)
        job.provenance_file.unlink(missing_ok=True)  # the files change from here on
        warning = source.warning
    result = tally.result(job, replay.chosen, warning)
    write_provenance(job, inputs, result)
    return result


class _Outputs:
    """The files of one job, which take their names when the stack is left without an error."""

    def __init__(self, job: Job, stack: ExitStack) -> None:
        self._job = job
        self._stack = stack
        for file in job.files:
            file.parent.mkdir(parents=True, exist_ok=True)
        self._events = self._open(job.place("events.jsonl"))
        parquet = job.file_format == "parquet"
        self._rows = _table(job, self._open(job.samples_file, "wb" if parquet else "w"))
        self._constant = _dataset_cells(job)
        self._landmarks = self._trc = None
        if job.landmarks:
            self._landmarks = LandmarkTable(self._open(job.landmarks_file, "wb"))
        if job.trc:
            name = shown(job.trc_file.name)
            self._trc = TrcTable(self._open(job.trc_file), name, job.samples_per_s)

    def _open(self, path: Path, mode: str = "w") -> IO[Any]:
        return self._stack.enter_context(Replacing(path, mode)).file

    def add(self, seen: Seen) -> None:
        """One sample, and what it was judged from."""
        self._rows.add(self._constant | sample_row(seen.outcome.sample))
        if self._landmarks is not None:
            self._landmarks.add(seen.observation)
        if self._trc is not None:
            self._trc.add(seen.observation)

    def finish(self, tally: _Tally, end_s: float | None) -> None:
        """What is known at the end alone; ``end_s``: of the recording."""
        job = self._job
        self._rows.close()
        if self._landmarks is not None:
            self._landmarks.close(end_s=end_s, version=job.version, samples_per_s=job.samples_per_s)
        if self._trc is not None:
            self._trc.close()
        for _at, event in tally.events:
            line = {
                "t_s": round(event.t_s, 3),
                "kind": str(event.kind),
                "detail": detail_words(event),
            }
            self._events.write(json.dumps(line) + "\n")
        if job.elan:
            write_eaf(self._open(job.elan_file, "wb"), job.video, tally.tiers())


def _open(
    job: Job, video: Path, stack: ExitStack, reuse: Reuse | None = RECORDED
) -> tuple[FileSource | LandmarkSource, Observer]:
    """A recording and what sees its frames; landmarks are seen already."""
    from posture_monitor.system.clock import SystemClock
    from posture_monitor.vision.observer import open_observer
    from posture_monitor.vision.recordings import FileSource

    clock = SystemClock()
    if video.name.endswith(LANDMARKS_SUFFIX):
        start_at = clock.now() if job.start_at is None else job.start_at
        landmarks = stack.enter_context(LandmarkSource(video, start_at))
        return landmarks, landmarks
    source = FileSource(video, job.settings.camera, clock=clock, speed=None, start_at=job.start_at)
    stack.enter_context(source)
    observer = open_observer(job.settings.pose.engine, reuse=reuse)
    stack.callback(observer.close)
    return source, observer


def _chosen(job: Job) -> Chosen | None:
    """What to judge by, if that is asked for; CalibrationError where the interval can't serve."""
    if job.calibration is not None:
        return Chosen("", _calibrated(job, job.calibration))
    return None if job.baseline is None else Chosen("", job.baseline)


def _calibrated(job: Job, asked: Calibration) -> Baseline:
    """As ``calibrate --source`` would."""
    with ExitStack() as stack:
        source, observer = _open(job, asked.video, stack, reuse=None)
        return calibrate(
            source,
            observer,
            start_s=asked.from_s,
            end_s=asked.until_s,
            distance_cm=asked.distance_cm,
        )


def _dataset_cells(job: Job) -> dict[str, str | None]:
    """What each row says besides its sample, where many files are one table."""
    named = {"video": shown(job.name), "group": job.labels.group or None}
    return named if job.dataset else {}


def _table(job: Job, file: IO[Any]) -> TableWriter:
    if job.file_format != "parquet":
        return CsvTable(file, COLUMNS)
    added = dict.fromkeys(_dataset_cells(job), "string")
    told = {
        "video": shown(job.name),
        **job.labels.to_document(),
        "samples_per_s": job.samples_per_s,
        "version": job.version,
    }
    return ParquetTable(file, (*added, *COLUMNS), added | _TYPES, {METADATA_KEY: json.dumps(told)})


class _Told:
    """A recording of which it is heard how far it was read."""

    def __init__(
        self, source: FileSource | LandmarkSource, progress: Callable[[float, float], None]
    ) -> None:
        self._source = source
        self._progress = progress

    @property
    def end_s(self) -> float | None:
        return self._source.end_s

    def read(self, *, skip_until_s: float | None = None) -> Frame | None:
        frame = self._source.read(skip_until_s=skip_until_s)
        if frame is not None:
            self._progress(self._source.progress or 0.0, frame.t_s)
        return frame


class _Tally:
    """Adds up what comes of a video; a ``Sink``."""

    def __init__(self) -> None:
        self.intervals: list[Interval] = []
        self.events: list[tuple[datetime, Event]] = []
        self._start_at: datetime | None = None

    def take(self, outcome: Outcome, observation: Observation) -> None:
        """What one frame brought."""
        if self._start_at is None:
            self._start_at = observation.wall_at - timedelta(seconds=observation.t_s)
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

    def tiers(self) -> dict[str, list[Span]]:
        """As annotations, in the recording's own time."""
        if self._start_at is None:
            return {}
        return tiers(self.intervals, [event for _at, event in self.events], self._start_at)

    def result(self, job: Job, chosen: Chosen | None, warning: str | None) -> VideoResult:
        """The video's figures."""
        state_s: defaultdict[str, float] = defaultdict(float)
        for interval in self.intervals:
            state_s[str(interval.state)] += interval.duration_s
        kinds = Counter(str(event.kind) for _, event in self.events)
        return VideoResult(
            name=job.name,
            video=str(job.video),
            observed_s=sum(i.duration_s for i in self.intervals),
            state_s=dict(state_s),
            strained_s=sum((i.duration_s for i in self.intervals if i.strained), 0.0),
            judged_s=sum(i.judged_s for i in self.intervals),
            score_seconds=sum(i.score_seconds for i in self.intervals),
            events=dict(kinds),
            baseline=job.baseline_name,
            labels=job.labels,
            baseline_grade=None if chosen is None else str(chosen.baseline.grade),
            warning=warning,
            intervals=tuple(self.intervals),
            recorded_events=tuple(self.events),
        )

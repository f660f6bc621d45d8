"""What the dashboard borrows from the other edges; glue.

A calibration from a source of its own (camera or video file) with the models of vision, the
report's renderers and the record of history, and the application put together from them.
"""

from __future__ import annotations

import logging
import threading
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

from posture_monitor.dashboard.protocols import FirstSteps, Guide, Preview, Renderer
from posture_monitor.domain import (
    CalibrationError,
    CalibrationRequest,
    Frame,
    Observation,
    PostureMonitorError,
    ViewKeypoints,
)
from posture_monitor.monitor.calibrating import UPRIGHT_SHARE
from posture_monitor.monitor.calibration import calibrate, calibrate_tired
from posture_monitor.system.clock import SystemClock
from posture_monitor.wording.calibration_words import GRADES, remark
from posture_monitor.wording.language import _, error_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from starlette.applications import Starlette

    from posture_monitor.config import Settings
    from posture_monitor.core.judge.baseline import Baseline
    from posture_monitor.core.stats.summary import Summary
    from posture_monitor.dashboard.keys import Keys
    from posture_monitor.dashboard.sample_monitor import SampleMonitor
    from posture_monitor.domain import Interval, RecordedEvent
    from posture_monitor.history.store import Store
    from posture_monitor.ports import LiveMonitor
    from posture_monitor.system.paths import Paths
    from posture_monitor.vision.observer import Observer

_log = logging.getLogger(__name__)

_JOIN_TIMEOUT_S = 10.0
"""For its thread to end; assumed."""


class _Stopped(Exception):
    """The user gave the calibration up."""


class OwnCalibrator:
    """Calibrates in a thread from the camera of the settings or a video file (a Calibrator)."""

    def __init__(self, settings: Callable[[], Settings], open_store: Callable[[], Store]) -> None:
        self._settings = settings
        self._open_store = open_store
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()
        self._progress: dict[str, object] | None = None
        self._preview: Preview | None = None

    def start(self, request: CalibrationRequest) -> None:
        """Begin; CalibrationError where one is already going on."""
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                raise CalibrationError("a calibration is going on already; wait for its end")
            self._stopped.clear()
            self._preview = None
            self._progress = _told(0.0, _("opening the camera"))
            self._thread = threading.Thread(
                target=self._run, args=(request,), name="calibration", daemon=True
            )
            self._thread.start()

    def cancel(self) -> None:
        """Give up what goes on and wait until the camera is free again."""
        self._stopped.set()
        thread = self._thread
        if thread is not None:
            thread.join(_JOIN_TIMEOUT_S)

    def progress(self) -> Mapping[str, object] | None:
        return self._progress

    def preview(self) -> Preview | None:
        return self._preview

    def _run(self, request: CalibrationRequest) -> None:
        try:
            baseline = self._calibrate(request)
            with self._open_store() as store:
                store.save_profile(request.profile, baseline.to_document(), SystemClock().now())
        except _Stopped:
            self._progress = _told(0.0, "", error=_("stopped"))
        except PostureMonitorError as error:
            self._progress = _told(0.0, "", error=error_text(error))
        except Exception as error:  # a thread's end must not leave the page waiting for ever
            _log.exception("the calibration in the dashboard failed")
            self._progress = _told(
                0.0, "", error=_("something went wrong ({error!r}); try again", error=error)
            )
        else:
            self._progress = _told(1.0, "", result=describe(baseline))
        finally:
            self._preview = None

    def _calibrate(self, request: CalibrationRequest) -> Baseline:
        from posture_monitor.vision.capture import open_source
        from posture_monitor.vision.observer import open_observer

        settings = self._settings()
        with ExitStack() as stack:
            observer = open_observer(settings.pose.engine)
            stack.callback(observer.close)
            source = open_source(
                settings.camera.source if request.source is None else request.source,
                settings.camera,
                clock=SystemClock(),
                speed=None,
            )
            stack.callback(source.close)
            watched = cast("Observer", _Watched(observer, self._see))
            share = UPRIGHT_SHARE if request.tired else 1.0
            baseline = calibrate(
                source,
                watched,
                distance_cm=request.distance_cm,
                progress=lambda done, hint: self._hear(share * done, hint),
            )
            if not request.tired:
                return baseline
            baseline, left_out = calibrate_tired(
                source,
                watched,
                baseline,
                progress=lambda done, hint: self._hear(share + (1.0 - share) * done, hint),
            )
            remarks = baseline.remarks if left_out is None else (*baseline.remarks, left_out)
            return replace(baseline, remarks=remarks)

    def _see(self, frame: Frame, observation: Observation) -> None:
        if self._stopped.is_set():
            raise _Stopped
        self._preview = Preview(frame, observation)

    def _hear(self, share: float, hint: str) -> None:
        self._progress = _told(share, hint)


class _Watched:
    """An observer whose observations are passed on."""

    def __init__(self, observer: Observer, hear: Callable[[Frame, Observation], None]) -> None:
        self._observer = observer
        self._hear = hear

    def observe(self, frame: Frame, *, settled: bool = True) -> Observation:
        observation = self._observer.observe(frame, settled=settled)
        self._hear(frame, observation)
        return observation

    def view_keypoints(self) -> ViewKeypoints | None:
        return self._observer.view_keypoints()


def _told(
    share: float, hint: str, *, result: str | None = None, error: str | None = None
) -> dict[str, object]:
    return {"share": share, "hint": hint, "result": result, "error": error}


def describe(baseline: Baseline) -> str:
    """The quality of a calibration in words."""
    text = _(
        "{grade}: {samples} clear frames in {span_s:.0f} s",
        grade=GRADES[baseline.grade],
        samples=baseline.samples,
        span_s=baseline.span_s,
    )
    remarks = "; ".join(map(remark, baseline.remarks))
    return f"{text}. {remarks[:1].upper()}{remarks[1:]}" if remarks else text


def renderers() -> dict[str, Renderer]:
    """The forms in which the report can be saved, by the ending of the file."""
    from posture_monitor.history import report

    def as_csv(summary: Summary, _i: object, _e: object, _source: str | None) -> str:
        return report.render_csv(summary)

    def as_json(
        summary: Summary,
        intervals: Sequence[Interval],
        events: Sequence[RecordedEvent],
        source: str | None,
    ) -> str:
        return report.render_json(summary, events, intervals=intervals, source=source)

    def as_html(
        summary: Summary,
        intervals: Sequence[Interval],
        events: Sequence[RecordedEvent],
        source: str | None,
    ) -> str:
        return report.render_html(summary, intervals, events, source=source)

    return {
        "csv": Renderer("text/csv; charset=utf-8", as_csv),
        "json": Renderer("application/json", as_json),
        "html": Renderer("text/html; charset=utf-8", as_html),
    }


def sample_store(path: Path, *, now: datetime | None = None, days: int = 30) -> Store:
    """A generated month in a new record at `path`: days, two profiles and a replayed recording."""
    from posture_monitor.dashboard import sample, sample_monitor
    from posture_monitor.history.store import Store

    at = SystemClock().now() if now is None else now
    store = Store(path)
    record = sample.generate(at, days=days)
    began = at - timedelta(days=days)
    _write(store, "sample camera", record, began, live=True, profile="office")
    film = sample.generate(at - timedelta(days=2), days=1)
    first = film.intervals[0].start_at if film.intervals else began
    film.intervals = [i for i in film.intervals if i.start_at < first + timedelta(hours=1)]
    film.events = [e for e in film.events if e[0] < first + timedelta(hours=1)]
    _write(store, "morning.mp4", film, first, live=False, profile="office")
    for name, document in sample_monitor.profiles().items():
        store.save_profile(name, document, began.astimezone(UTC))
    return store


def _write(
    store: Store, source: str, record: object, began: datetime, *, live: bool, profile: str
) -> None:
    """All of a record in one commit: a commit each would take minutes for a year."""
    from posture_monitor.dashboard.sample import SampleRecord
    from posture_monitor.history.rows import to_us
    from posture_monitor.history.store import RunRecorder

    assert isinstance(record, SampleRecord)
    run = store.begin_run(source, live=live, profile=profile, started_at=began)
    with store.transaction() as db:
        row = (run.run_id, source, live, profile, to_us(began))
        recorder = RunRecorder(lambda: nullcontext(db), row)
        if record.intervals:
            recorder.heartbeat(*record.intervals)
        for at, event in record.events:
            recorder.event(at, event)


def dashboard_app(
    paths: Paths,
    settings: Settings,
    *,
    token: str | Keys,
    live: LiveMonitor | None = None,
    sample: Path | None = None,
    guide: Guide | None = None,
    first_steps: FirstSteps | None = None,
) -> Starlette:
    """The dashboard with everything it needs: for the running monitor (`live`), on its own
    from the record, or on generated data with that recording as its camera (`sample`: `paths`
    must then be a folder of its own).
    """
    from posture_monitor.dashboard.app import create_app
    from posture_monitor.history.store import Store
    from posture_monitor.monitor.own_break import OwnBreak

    def open_record() -> Store:
        paths.ensure()
        if shown is not None and not paths.database_file.exists():
            return sample_store(paths.database_file, now=shown.now())
        return Store(paths.database_file)

    shown = None if sample is None else _sample_monitor(sample)
    calibrator = None if sample else OwnCalibrator(lambda: app.state.desk.settings, open_record)
    own = OwnBreak(open_record, lambda: app.state.desk.settings, SystemClock())
    app = create_app(
        open_record,
        settings=settings,
        paths=paths,
        live=live if shown is None else shown,
        token=token,
        sample=sample is not None,
        calibrator=calibrator,
        guide=own if guide is None else guide,
        first_steps=first_steps,
        renderers=renderers(),
        clock=SystemClock().now if shown is None else shown.now,
    )
    return app


def _sample_monitor(recording: Path) -> SampleMonitor:
    from posture_monitor.dashboard import sample
    from posture_monitor.dashboard.sample_monitor import SampleMonitor, profiles
    from posture_monitor.monitor.sample_pictures import RecordedPictures

    clock = SystemClock()
    pictures = RecordedPictures(recording, profiles()["office"], clock)
    return SampleMonitor(sample.afternoon(clock.now()), clock.monotonic_s, pictures)

"""The monitor at a desk: a camera that comes and goes, commands, buttons, lock and pause; glue.

One thread watches. Others (control channel, dashboard, tray) ask ``status`` and give
``command``s; what they change is kept under a lock and taken up at the next look, at most a
second later.
"""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from posture_monitor.calibrating import SELF_NAME, Chooser, Chosen, Gathering
from posture_monitor.core import hours, reminders, session
from posture_monitor.core.baseline import MIN_SAMPLES
from posture_monitor.core.cadence import is_settled, next_look_s
from posture_monitor.core.session import SessionState, Setup, Surroundings
from posture_monitor.domain import (
    Action,
    CameraError,
    ConfigError,
    Event,
    EventKind,
    Frame,
    Observation,
    PostureMonitorError,
    Reason,
    ReminderKind,
    Response,
    State,
    View,
)

if TYPE_CHECKING:
    from posture_monitor.config import Settings
    from posture_monitor.core.baseline import Baseline
    from posture_monitor.journal import Journal
    from posture_monitor.ports import ActivitySource, Clock, FrameSource
    from posture_monitor.vision.observer import Observer

REST_S = 1.0
"""Between two looks at the world while the camera is off."""
FIRST_RETRY_S, LONGEST_RETRY_S = 1.0, 10.0
"""Between two attempts to open a camera that others have, doubling; as a source's own."""
LOCKED = "off while the screen is locked"
PAUSED = "off while paused"
CALIBRATION_SPAN_S = 12.0
CALIBRATION_LIMIT_S = 40.0
CALIBRATION_LOOK_S = 0.2
SOFTER = 0.9
SOFTEST = 0.6
"""Each "that was wrong" takes a tenth off a reason's severity, down to this share."""
BATTERY_FACTOR = 2.0
"""On battery, looks are so many times rarer."""


@dataclass(slots=True)
class Calibration:
    """A calibration that somebody asked of the running monitor."""

    profile: str
    distance_cm: float | None
    began_s: float
    standing: bool = False
    gathering: Gathering = field(default_factory=Gathering)
    share: float = 0.0
    result: str | None = None
    error: str | None = None

    @property
    def done(self) -> bool:
        return self.result is not None or self.error is not None

    def to_document(self) -> dict[str, object]:
        """For ``status``."""
        return {
            "profile": self.profile,
            "share": round(self.share, 3),
            "hint": self.gathering.hint,
            "result": self.result,
            "error": self.error,
        }


@dataclass(frozen=True, slots=True)
class Desk:
    """What the desktop around the monitor offers; each may be missing."""

    activity: ActivitySource | None = None
    quiet: Callable[[], bool | None] = lambda: None
    on_battery: Callable[[], bool | None] = lambda: None
    responses: Callable[[], tuple[Response, ...]] = tuple
    open_dashboard: Callable[[], str] | None = None
    save_profile: Callable[[str, Baseline], None] = lambda _name, _baseline: None
    save_softened: Callable[[str, Mapping[Reason, float]], None] = lambda _name, _softened: None
    load_softened: Callable[[str], Mapping[Reason, float]] = lambda _name: {}


class _Stopped(Exception):
    """A signal came while the next picture was waited for."""


class LiveRun:
    """Watches a live source until it is told to stop; a ``ports.LiveMonitor``."""

    def __init__(
        self,
        open_source: Callable[[], FrameSource],
        observer: Observer,
        journal: Journal,
        clock: Clock,
        settings: Settings,
        *,
        source: FrameSource,
        profiles: Mapping[str, Baseline],
        chosen: Chosen | None,
        desk: Desk,
        announce: Callable[[str], None],
        on_chosen: Callable[[Chosen], None],
    ) -> None:
        """``source`` is already open; ``open_source`` opens it anew after a pause."""
        self._open_source = open_source
        self._observer = observer
        self._journal = journal
        self._clock = clock
        self._settings = settings
        self._desk = desk
        self._announce = announce
        self._on_chosen = on_chosen
        self._chosen = chosen
        self._chooser = None if chosen is not None else Chooser(profiles)
        self._softened: Mapping[Reason, float] = {}
        self._lock = threading.RLock()
        self._began_s = clock.monotonic_s()
        self._source: FrameSource | None = source
        self._shift_s: float | None = None
        self._due_s: float | None = None
        self._retry_at_s = -math.inf
        self._retry_s = FIRST_RETRY_S
        self._state = SessionState()
        self._last: Observation | None = None
        self._absent = False
        self._suspended_s = 0.0
        self._checked_s = self._began_s
        self._asleep_s = 0.0
        self._lost: str | None = None
        self._off: str | None = None
        self._paused_until: datetime | None = None
        self._pending: list[tuple[EventKind, str]] = []
        self._calibration: Calibration | None = None
        self._watchers = 0
        self._view: View | None = None
        self._frame: Frame | None = None
        self._alert_reasons: tuple[Reason, ...] = ()
        self._stopping = False
        self._waiting = False
        self.looks = 0

    # ---------------------------------------------------------------- the loop

    @property
    def source_name(self) -> str:
        source = self._source
        return "camera" if source is None else source.name

    def run(self, duration_s: float | None = None) -> None:
        """Watch; whatever ends it, the record is complete up to the last look."""
        if self._chosen is not None:
            self._softened = self._desk.load_softened(self._chosen.name)
        try:
            while not self._stopping:
                if duration_s is not None and self._now_s() >= duration_s:
                    break
                self._turn()
        except _Stopped:
            pass
        finally:
            self._journal.finish(self._state, self._last)
            self._release()

    def interrupt(self) -> None:
        """End after the present look, or at once while waiting; for signal handlers alone."""
        self._stopping = True
        if self._waiting:
            self._waiting = False
            raise _Stopped

    def _now_s(self) -> float:
        """Seconds since the run began, the machine's sleep included."""
        return self._clock.monotonic_s() - self._began_s + self._asleep_s

    def _turn(self) -> None:
        """One round: hear the user, decide whether the camera may be on, look."""
        self._hear()
        self._wake()
        off = self._reason_to_be_off()
        if off is not None and off != self._off:
            self._turn_off(off)
        self._off = off
        if off is None:
            observation = self._look()
            if observation is not None:
                self._take(observation)
            return
        if off == LOCKED:
            self._absent = True
            self._take(self._blind())
            self._absent = True  # also from here to the next look
        self._rest(REST_S)

    def _turn_off(self, off: str) -> None:
        """Let the camera go, for this reason."""
        self._release()
        if self._off is not None:
            self._take(self._blind())  # the time of the other reason ends here
        calibration = self._calibration
        if calibration is not None and not calibration.done:
            calibration.error = f"calibration refused: the camera is {off}; try again when it is on"
        self._journal.flush(self._state)

    def _rest(self, seconds: float) -> None:
        self._waiting = True
        self._clock.sleep(seconds)
        self._waiting = False

    def _hear(self) -> None:
        """Take up what was asked and pressed since the last round."""
        for response in self._desk.responses():
            self._respond(response)
        with self._lock:
            pending, self._pending = self._pending, []
            until = self._paused_until
        now = self._clock.now()
        if until is not None and now >= until:
            self._unpause()
            with self._lock:
                pending, self._pending = [*pending, *self._pending], []
        for kind, detail in pending:
            self._journal.add(now, Event(self._now_s(), kind, detail))
        if pending:
            self._journal.flush(self._state)

    def _wake(self) -> None:
        """The machine's sleep is an absence, as long as it was, though clocks may stop in it."""
        activity = self._desk.activity
        if activity is None:
            return
        now_s, suspended_s = self._clock.monotonic_s(), activity.suspended_s()
        passed_s, slept_s = now_s - self._checked_s, suspended_s - self._suspended_s
        self._checked_s, self._suspended_s = now_s, suspended_s
        if slept_s <= 1.0:
            return
        if self._off is not None:
            self._take(self._blind())  # what was before the sleep is none of its absence
        if passed_s < slept_s:
            self._asleep_s += slept_s
            self._shift_s = None if self._shift_s is None else self._shift_s + slept_s
        self._absent = True
        self._add(EventKind.SUSPENDED, f"for {slept_s:.0f} s")

    def _reason_to_be_off(self) -> str | None:
        """Why the camera must not be on now."""
        if self._desk.activity is not None and self._desk.activity.locked():
            return LOCKED
        if self._paused_until is not None:
            return PAUSED
        if not hours.is_watched(self._settings.hours, self._clock.now().astimezone()):
            return "off outside the hours to watch"
        if self._settings.power.on_battery == "off" and self._desk.on_battery():
            return "off on battery"
        return None

    def _release(self) -> None:
        """Let the camera go, so that its light goes out and others can have it."""
        if self._source is not None:
            self._source.close()
            self._source = None
        self._due_s = None
        self._retry_at_s, self._retry_s = -math.inf, FIRST_RETRY_S
        self._frame = self._view = None

    def _acquire(self) -> FrameSource:
        """The open source; CameraError while it can't be had, with growing pauses between."""
        if self._source is not None:
            return self._source
        if self._lost is not None and self._clock.monotonic_s() < self._retry_at_s:
            raise CameraError(self._lost)
        try:
            self._source = self._open_source()
        except CameraError:
            self._retry_at_s = self._clock.monotonic_s() + self._retry_s
            self._retry_s = min(2.0 * self._retry_s, LONGEST_RETRY_S)
            raise
        self._shift_s = None
        return self._source

    def _look(self) -> Observation | None:
        """The next look; a blind one, from activity alone, while there is no camera."""
        try:
            self._waiting = True
            source = self._acquire()
            frame = source.read(skip_until_s=self._due_s)
            self._waiting = False
        except CameraError as error:
            self._waiting = False
            self._lose(str(error))
            self._wake()
            return self._blind()
        if frame is None:
            self._stopping = True
            return None
        self._wake()
        if self._reason_to_be_off() is not None:
            return None  # asked for while this picture was waited for: it isn't looked at
        if self._lost is not None:
            self._lost = None
            self._add(EventKind.CAMERA_BACK, source.name)
            self._announce("the camera is back")
        period_s = self._period_s()
        self._due_s = frame.t_s + period_s
        if self._shift_s is None:
            self._shift_s = self._now_s() - frame.t_s
        placed = Frame(frame.image, frame.t_s + self._shift_s, frame.wall_at, frame.index)
        calibrating = self._calibration is not None and not self._calibration.done
        settled = is_settled(self._state) and not calibrating
        observation = self._observer.look(placed, settled=settled)
        self._frame = placed
        return observation

    def _period_s(self) -> float:
        if self._calibration is not None and not self._calibration.done:
            return CALIBRATION_LOOK_S
        if self._watchers:
            return CALIBRATION_LOOK_S
        fastest_s = 1.0 / self._settings.pose.samples_per_s
        period_s = max(fastest_s, next_look_s(self._state, self._now_s()))
        slower = self._settings.power.on_battery == "slower" and self._desk.on_battery()
        return period_s * BATTERY_FACTOR if slower else period_s

    def _lose(self, why: str) -> None:
        if self._lost is None:
            self._lost = why
            self._add(EventKind.CAMERA_LOST, why)
            self._announce(f"{why}; waiting for it to come back")
        if self._source is None:
            self._rest(REST_S)

    def _blind(self) -> Observation:
        """A look without a picture: presence is unknown, the keyboard may still tell."""
        self._frame = self._view = None
        return session.blind(self._now_s(), self._clock.now())

    # ---------------------------------------------------------------- judging

    def _take(self, observation: Observation) -> None:
        self._choose(observation)
        chosen = self._chosen
        setup = Setup(
            self._settings,
            None if chosen is None else chosen.baseline,
            softened=self._softened,
        )
        activity = self._desk.activity
        at = observation.wall_at.astimezone()
        around = Surroundings(
            idle_s=None if activity is None else activity.idle_s(),
            absent_before=self._absent,
            quiet=hours.is_quiet(self._settings.hours, at) or bool(self._desk.quiet()),
        )
        self._absent = False
        with self._lock:  # a snooze from another thread must not fall between
            outcome = session.step(self._state, observation, setup, around)
            self._state, self._last = outcome.state, observation
            if self._watchers and self._frame is not None:
                self._view = View(self._frame, observation, outcome.sample)
        self.looks += 1
        for event in outcome.events:
            if event.kind is EventKind.POSTURE_ALERT:
                self._alert_reasons = tuple(Reason(word) for word in event.detail.split(";"))
        self._journal.take(outcome, observation)
        self._calibrate(observation)

    def _choose(self, observation: Observation) -> None:
        if self._chooser is None or self._frame is None:
            return
        chosen = self._chooser.add(observation)
        if chosen is None or chosen is self._chosen:
            return
        self._use(chosen, observation)

    def _use(self, chosen: Chosen, observation: Observation) -> None:
        self._softened = self._desk.load_softened(chosen.name)
        self._chosen = chosen
        self._observer.renew_view()  # the baseline is of the view as it is now
        self._on_chosen(chosen)
        event = Event(observation.t_s, EventKind.CALIBRATED, f"profile {chosen.name}")
        self._journal.add(observation.wall_at, event)

    def _calibrate(self, observation: Observation) -> None:
        calibration = self._calibration
        if calibration is None or calibration.done:
            return
        if self._frame is not None:
            calibration.gathering.add(observation)
        gathering = calibration.gathering
        calibration.share = min(1.0, gathering.span_s / CALIBRATION_SPAN_S)
        enough = len(gathering.samples) >= MIN_SAMPLES and gathering.span_s >= CALIBRATION_SPAN_S
        if not enough and observation.t_s - calibration.began_s < CALIBRATION_LIMIT_S:
            return
        try:
            baseline = gathering.fit(distance_cm=calibration.distance_cm)
            baseline = replace(baseline, standing=calibration.standing)
            self._desk.save_profile(calibration.profile, baseline)
        except PostureMonitorError as error:
            calibration.error = str(error)
            return
        remarks = "".join(f"; {remark}" for remark in baseline.remarks)
        calibration.result = f"{baseline.grade}{remarks}"
        chosen = Chosen(calibration.profile, baseline)
        if self._chooser is not None:
            self._chooser.adopt(chosen)
        self._use(chosen, observation)

    def _add(self, kind: EventKind, detail: str) -> None:
        self._journal.add(self._clock.now(), Event(self._now_s(), kind, detail))
        self._journal.flush(self._state)

    # ---------------------------------------------------------------- answers of the user

    def _respond(self, response: Response) -> None:
        """What a pressed button asks for; what can't be done is told and ends nothing."""
        try:
            self._act(response)
        except PostureMonitorError as error:
            self._announce(str(error))

    def _act(self, response: Response) -> None:
        if response.action is Action.SNOOZE:
            self._snooze(self._settings.reminders.snooze_min * 60.0, str(response.kind))
        elif response.action is Action.SKIP:
            self._skip(response.kind)
        elif response.action is Action.START_BREAK:
            self._skip_break()
            self._note(EventKind.BREAK_ACCEPTED, "")
        elif response.action is Action.FEEDBACK_WRONG:
            self._soften()

    def _note(self, kind: EventKind, detail: str) -> None:
        with self._lock:
            self._pending.append((kind, detail))

    def _snooze(self, seconds: float, detail: str) -> None:
        with self._lock:
            rules = reminders.snooze(self._state.reminders, self._now_s(), seconds)
            self._state = replace(self._state, reminders=rules)
        self._note(EventKind.SNOOZED, detail)

    def _skip(self, kind: ReminderKind) -> None:
        if kind is ReminderKind.BREAK:
            self._skip_break()
        self._note(EventKind.SKIPPED, str(kind))

    def _skip_break(self) -> None:
        with self._lock:
            rules = reminders.skip_break(
                self._state.reminders, self._state.sitting.sitting_s, self._settings
            )
            self._state = replace(self._state, reminders=rules)

    def _soften(self) -> str:
        reasons = self._alert_reasons or self._state.strain.reasons
        if not reasons:
            raise ConfigError("there was no posture reminder yet that could have been wrong")
        with self._lock:
            softened = dict(self._softened)
            for reason in reasons:
                softened[reason] = max(SOFTEST, softened.get(reason, 1.0) * SOFTER)
            self._softened = softened
        if self._chosen is not None:
            self._desk.save_softened(self._chosen.name, softened)
        words = ";".join(reasons)
        self._note(EventKind.FEEDBACK, f"wrong: {words}")
        return words

    def _unpause(self) -> None:
        with self._lock:
            paused, self._paused_until = self._paused_until, None
        if paused is not None:
            self._note(EventKind.UNPAUSED, "")

    # ---------------------------------------------------------------- LiveMonitor

    def status(self) -> dict[str, object]:
        """The keys of ``status --format json``."""
        with self._lock:
            state, paused = self._state, self._paused_until
            calibration, off, lost = self._calibration, self._off, self._lost
        seen = off is None and lost is None
        sample = state.sample if off is None else None
        return {
            "state": str(state.sitting.state if off in (None, LOCKED) else State.UNKNOWN),
            "sitting_s": round(state.sitting.sitting_s, 1),
            "score": None
            if sample is None or sample.score is None or not seen
            else round(sample.score, 1),
            "reasons": [] if sample is None or not seen else [str(r) for r in sample.reasons],
            "profile": None if self._chosen is None else self._chosen.name,
            "camera": off or (f"lost: {lost}" if lost else "on"),
            "paused_until": None if paused is None else paused.astimezone(UTC).isoformat(),
            "next_reminder": self._next_reminder(state),
            "notifications": self._journal.notifications,
            "source": self.source_name,
            "presence": None if sample is None else str(sample.presence),
            "penalties": {}
            if sample is None or not seen
            else {str(r): round(p, 1) for r, p in sample.penalties.items() if p >= 0.5},
            "unjudged": None if sample is None or sample.unjudged is None else str(sample.unjudged),
            "stillness_s": round(session.moment_of(state, self._now_s()).stillness_s, 1),
            "looks": self.looks,
            "model_calls": self._observer.model_calls,
            "calibration": None if calibration is None else calibration.to_document(),
        }

    def _next_reminder(self, state: SessionState) -> dict[str, object] | None:
        moment = session.moment_of(state, self._now_s())
        coming = reminders.next_reminder(state.reminders, moment, self._settings)
        if coming is None or self._off is not None:
            return None
        silent_s = (state.reminders.snoozed_until_s or 0.0) - moment.t_s
        return {"kind": coming[0], "in_s": round(max(coming[1], silent_s), 0)}

    def command(self, name: str, arguments: Mapping[str, object]) -> dict[str, object]:
        """Do what a command asks; answers a sentence for the user under ``said``."""
        if name == "status":
            return self.status()
        if name == "stop":
            self._stopping = True
            return {"said": "stopping"}
        if name == "pause":
            minutes = _number(arguments, "minutes", 60.0, 1.0, 24.0 * 60.0)
            until = self._clock.now() + timedelta(minutes=minutes)
            with self._lock:
                self._paused_until = until
            self._note(EventKind.PAUSED, f"for {minutes:.0f} min")
            return {"said": f"paused until {until.astimezone():%H:%M}; the camera is off"}
        if name == "resume":
            self._unpause()
            with self._lock:
                rules = replace(self._state.reminders, snoozed_until_s=None)
                self._state = replace(self._state, reminders=rules)
            return {"said": "watching again"}
        if name == "snooze":
            default = self._settings.reminders.snooze_min
            minutes = _number(arguments, "minutes", default, 1.0, 24.0 * 60.0)
            self._snooze(minutes * 60.0, f"{minutes:.0f} min")
            return {"said": f"no reminder for {minutes:.0f} min"}
        if name == "feedback":
            return {"said": f"noted; {self._soften().replace('_', ' ')} will be called later"}
        if name == "calibrate":
            return self._begin_calibration(arguments)
        if name == "dashboard" and self._desk.open_dashboard is not None:
            return {"address": self._desk.open_dashboard()}
        raise ConfigError(f"the running monitor doesn't know {name!r}; is it an older version?")

    def _begin_calibration(self, arguments: Mapping[str, object]) -> dict[str, object]:
        if self._off is not None:
            how = "resume first" if self._off == PAUSED else "try again when it is on"
            raise ConfigError(f"the camera is {self._off}; {how}")
        if self._lost is not None:
            raise ConfigError(f"the camera is lost: {self._lost}")
        if self._calibration is not None and not self._calibration.done:
            raise ConfigError("a calibration is going on already; wait for its end")
        profile = arguments.get("profile", "default")
        if not isinstance(profile, str) or not 1 <= len(profile) <= 60 or not profile.isprintable():
            raise ConfigError("a profile's name has 1 to 60 printable characters")
        if profile == SELF_NAME:
            raise ConfigError(f"{SELF_NAME!r} is an uncalibrated run's own; choose another name")
        distance = arguments.get("distance_cm")
        distance_cm = None if distance is None else _number(arguments, "distance_cm", 0, 20, 300)
        standing = arguments.get("standing", False)
        if not isinstance(standing, bool):
            raise ConfigError(f"standing is {standing!r}; it must be true or false")
        self._calibration = Calibration(profile, distance_cm, self._now_s(), standing=standing)
        how = "stand" if standing else "sit"
        return {"said": f"{how} upright, look at the screen and hold still for 12 seconds"}

    @contextlib.contextmanager
    def watch(self) -> Iterator[None]:
        """While held, the newest picture is kept in memory for ``view``."""
        with self._lock:
            self._watchers += 1
        try:
            yield
        finally:
            with self._lock:
                self._watchers -= 1
                if not self._watchers:
                    self._view = None

    def view(self) -> View | None:
        """The newest picture and what was made of it; None while nobody watches."""
        with self._lock:
            return self._view if self._watchers else None


def _number(
    arguments: Mapping[str, object], name: str, default: float, low: float, high: float
) -> float:
    value = arguments.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ConfigError(f"{name} is {value!r}; it must lie between {low:g} and {high:g}")
    return float(value)

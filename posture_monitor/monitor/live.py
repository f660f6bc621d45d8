"""The monitor at a desk: the loop of a live run; glue.

One thread watches. Others (control channel, dashboard, tray) ask ``status`` and give
``command``s; what they change is taken up at the next look, at most a second later. The rooms
beside this one: ``live_camera`` holds the camera, ``live_commands`` does what is asked,
``live_calibration`` calibrates, ``live_status`` tells how things stand, ``live_state`` is what
they share.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from posture_monitor.core import session
from posture_monitor.core.day import hours
from posture_monitor.core.day.cadence import is_settled, next_look_s
from posture_monitor.core.session import Outcome, Setup, Surroundings
from posture_monitor.domain import (
    CameraError,
    Event,
    EventKind,
    Frame,
    Observation,
    PostureMonitorError,
    Reason,
    View,
)
from posture_monitor.monitor.choosing import Chooser, Chosen
from posture_monitor.monitor.live_calibration import LOOK_S, Calibration, CalibrationRequest
from posture_monitor.monitor.live_camera import HANDED, HeldCamera
from posture_monitor.monitor.live_commands import PAUSED, Commands
from posture_monitor.monitor.live_state import Desk, Situation
from posture_monitor.monitor.live_status import LOCKED, status_of
from posture_monitor.monitor.modes import Seen

if TYPE_CHECKING:
    from posture_monitor.config import Settings
    from posture_monitor.core.judge.baseline import Baseline
    from posture_monitor.monitor.journal import Journal
    from posture_monitor.ports import Clock, FrameSource
    from posture_monitor.vision.observer import Observer

REST_S = 1.0
"""Between two looks at the world while the camera is off."""
BATTERY_FACTOR = 2.0
"""On battery, looks are so many times rarer."""


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
        source: FrameSource | None,
        profiles: Mapping[str, Baseline],
        chosen: Chosen | None,
        desk: Desk,
        announce: Callable[[str], None],
        on_chosen: Callable[[Chosen], None],
    ) -> None:
        """``source`` is already open, or None: in use; ``open_source`` opens it anew."""
        self._observer = observer
        self._journal = journal
        self._clock = clock
        self._desk = desk
        self._announce = announce
        self._on_chosen = on_chosen
        self._chooser = None if chosen is not None else Chooser(profiles)
        self._now = Situation(settings, chosen)
        self._camera = HeldCamera(open_source, clock, source, desk.rivals)
        self._commands = Commands(
            self._now, self._camera, desk, clock, self._now_s, self._calibration, journal.forget
        )
        self._began_s = clock.monotonic_s()
        self._last: Observation | None = None
        self._absent = False
        self._suspended_s = 0.0
        self._checked_s = self._began_s
        self._asleep_s = 0.0
        self._watchers = 0
        self._view: View | None = None
        self._frame: Frame | None = None
        self._waiting = False
        self.looks = 0

    @property
    def settings(self) -> Settings:
        """Those in force now."""
        return self._now.settings

    # ---------------------------------------------------------------- the loop

    def run(self, duration_s: float | None = None) -> None:
        """Watch; whatever ends it, the record is complete up to the last look."""
        if self._now.chosen is not None:
            self._now.softened = self._desk.load_softened(self._now.chosen.name)
            self._observer.renew_view(self._now.chosen.baseline.marks)
        try:
            while not self._now.stopping:
                if duration_s is not None and self._now_s() >= duration_s:
                    break
                self._turn()
        except _Stopped:
            pass
        finally:
            self._journal.finish(self._now.session, self._last)
            self._release()

    def interrupt(self) -> None:
        """End after the present look, or at once while waiting; for signal handlers alone."""
        self._now.stopping = True
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
        if off is not None and off != self._now.off:
            self._turn_off(off)
        self._now.off = off
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
        if self._now.off is not None:
            self._take(self._blind())  # the time of the other reason ends here
        self._tell_mode(f"the camera is {off}; try again when it is on")
        self._journal.flush(self._now.session)

    def _release(self) -> None:
        self._camera.release()
        self._frame = self._view = None

    def _rest(self, seconds: float) -> None:
        self._waiting = True
        self._clock.sleep(seconds)
        self._waiting = False

    def _hear(self) -> None:
        """Take up what was asked and pressed since the last round."""
        for response in self._desk.responses():
            try:
                self._commands.act(response)
            except PostureMonitorError as error:  # what can't be done is told and ends nothing
                self._announce(str(error))
        now = self._clock.now()
        until = self._now.paused_until
        if until is not None and now >= until:
            self._now.unpause()
        notes = self._now.take_notes()
        for kind, detail in notes:
            self._journal.add(now, Event(self._now_s(), kind, detail))
        if self._now.mode is not None:
            for event in self._now.mode.advance(self._now_s()):
                self._journal.add(now, event)
        if notes:
            self._journal.flush(self._now.session)

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
        if self._now.off is not None:
            self._take(self._blind())  # what was before the sleep is none of its absence
        if passed_s < slept_s:
            self._asleep_s += slept_s
            self._camera.slept(slept_s)
        self._absent = True
        self._add(EventKind.SUSPENDED, f"for {slept_s:.0f} s")

    def _reason_to_be_off(self) -> str | None:
        """Why the camera must not be on now."""
        settings = self._now.settings
        if self._desk.activity is not None and self._desk.activity.locked():
            return LOCKED
        if self._now.paused_until is not None:
            return PAUSED
        if not hours.is_watched(settings.hours, self._clock.now().astimezone()):
            return "off outside the hours to watch"
        if settings.power.on_battery == "off" and self._desk.on_battery():
            return "off on battery"
        return None

    # ---------------------------------------------------------------- looking

    def _look(self) -> Observation | None:
        """The next look; a blind one, from activity alone, while there is no camera."""
        may_yield = self._now.settings.camera.yield_to_others
        if self._camera.heed_others(self._now_s(), may_yield=may_yield):
            self._hand_over()
            self._wake()
            return self._blind()
        resting_s = self._camera.resting_s(self._now_s())
        if resting_s > 0.0 and self._glances():
            self._rest(min(REST_S, resting_s))
            return None
        try:
            self._waiting = True
            frame = self._camera.read(self._now_s())
            self._waiting = False
        except CameraError as error:
            self._waiting = False
            if self._camera.handed:
                self._hand_over()
            else:
                self._lose(str(error))
            self._wake()
            return self._blind()
        if frame is None:
            self._now.stopping = True
            return None
        self._wake()
        if self._reason_to_be_off() is not None:
            return None  # asked for while this picture was waited for: it isn't looked at
        if self._camera.lost is not None:
            self._camera.found()
            self._add(EventKind.CAMERA_BACK, self._camera.name)
            self._announce("the camera is back")
        placed = self._camera.place(frame, now_s=self._now_s(), period_s=self._period_s())
        # A baseline is learned from what the model saw, not from what was followed.
        somebody = self._last is not None and self._last.pose is not None
        mode = self._now.mode
        asked = mode is not None and mode.needs_model
        learning = asked or (self._now.chosen is None and somebody)
        settled = is_settled(self._now.session) and not learning
        observation = self._observer.look(placed, settled=settled)
        self._frame = placed
        if self._glances():
            self._camera.rest(self._now_s() + self._period_s())
        return observation

    def _glances(self) -> bool:
        """Whether the camera is let go between two looks."""
        mode = self._now.mode
        watched = self._watchers > 0 or (mode is not None and mode.period_s is not None)
        return self._now.settings.camera.glance_every_s > 0.0 and not watched

    def _period_s(self) -> float:
        mode = self._now.mode
        asked_s = None if mode is None else mode.period_s
        if self._watchers:
            return LOOK_S if asked_s is None else min(LOOK_S, asked_s)
        if asked_s is not None:
            return asked_s
        settings = self._now.settings
        fastest_s = 1.0 / settings.pose.samples_per_s
        period_s = max(fastest_s, next_look_s(self._now.session, self._now_s()))
        slower = settings.power.on_battery == "slower" and self._desk.on_battery()
        period_s *= BATTERY_FACTOR if slower else 1.0
        return max(period_s, settings.camera.glance_every_s)

    def _lose(self, why: str) -> None:
        if self._camera.lost is None:
            self._camera.lost = why
            self._add(EventKind.CAMERA_LOST, why)
            self._announce(f"{why}; waiting for it to come back")
        elif self._camera.lost == HANDED:
            self._camera.lost = why  # nobody has it any more, and still it can't be had
        if not self._camera.open:
            self._rest(REST_S)

    def _hand_over(self) -> None:
        if self._camera.lost is None:
            self._add(EventKind.CAMERA_LOST, HANDED)
        if self._camera.lost != HANDED:
            self._camera.lost = HANDED
            self._announce(f"the camera is {self._camera.condition}; waiting until it is free")
            self._tell_mode("another program wants the camera; try again when it is free")
        self._rest(REST_S)

    def _blind(self) -> Observation:
        """A look without a picture: presence is unknown, the keyboard may still tell."""
        self._frame = self._view = None
        return session.blind(self._now_s(), self._clock.now())

    # ---------------------------------------------------------------- judging

    def _take(self, observation: Observation) -> None:
        self._choose(observation)
        now, activity = self._now, self._desk.activity
        at = observation.wall_at.astimezone()
        around = Surroundings(
            idle_s=None if activity is None else activity.idle_s(),
            absent_before=self._absent,
            quiet=hours.is_quiet(now.settings.hours, at),
        )
        self._absent = False
        outcome = self._judge(observation, around)
        self.looks += 1
        for event in outcome.events:
            if event.kind is EventKind.POSTURE_ALERT:
                now.alert_reasons = tuple(Reason(word) for word in event.detail.split(";"))
        self._journal.take(outcome, observation)
        self._tell(Seen(observation, outcome, self._frame))

    def _judge(self, observation: Observation, around: Surroundings) -> Outcome:
        """Judge, then remind; the desktop, which may be slow, is asked only where something is
        due, and while nobody waits for the lock."""
        now = self._now
        baseline = None if now.chosen is None else now.chosen.baseline
        settings = now.settings
        setup = Setup(settings, baseline, softened=now.softened)
        judged = session.judge(now.session, observation, setup, around)
        busy = now.mode is not None and now.mode.quiet
        due = not busy and session.is_due(judged, now.session.reminders, settings)
        # What becomes due between question and answer waits for the next frame.
        quiet = not due or bool(self._desk.quiet())
        with now.lock:  # a snooze from another thread must not fall between
            outcome = session.remind(judged, now.session.reminders, settings, quiet=quiet)
            now.session, self._last = outcome.state, observation
            if self._watchers and self._frame is not None:
                self._view = View(self._frame, observation, outcome.sample)
        return outcome

    def _choose(self, observation: Observation) -> None:
        if self._chooser is None or self._frame is None:
            return
        chosen = self._chooser.add(observation)
        if chosen is None or chosen is self._now.chosen:
            return
        self._use(chosen, observation)

    def _use(self, chosen: Chosen, observation: Observation) -> None:
        self._now.softened = self._desk.load_softened(chosen.name)
        self._now.chosen = chosen
        self._observer.renew_view(chosen.baseline.marks)
        self._on_chosen(chosen)
        event = Event(observation.t_s, EventKind.CALIBRATED, f"profile {chosen.name}")
        self._journal.add(observation.wall_at, event)

    def _tell(self, seen: Seen) -> None:
        """Let the mode that goes on take in what was seen."""
        mode = self._now.mode
        if mode is None:
            return
        for event in mode.take(seen):
            self._journal.add(seen.observation.wall_at, event)

    def _calibration(self, asked: CalibrationRequest) -> Calibration:
        return Calibration(
            asked.profile,
            asked.distance_cm,
            self._now_s(),
            self._desk.save_profile,
            self._observer.view_marks,
            self._adopt,
            standing=asked.standing,
            tired=asked.tired,
        )

    def _adopt(self, name: str, baseline: Baseline, observation: Observation) -> None:
        """Judge by a baseline that was just made."""
        chosen = Chosen(name, baseline)
        if self._chooser is not None:
            self._chooser.adopt(chosen)
        self._use(chosen, observation)

    def _tell_mode(self, why: str) -> None:
        """There are no frames from now on."""
        mode = self._now.mode
        if mode is not None:
            mode.camera_gone(why)

    def _add(self, kind: EventKind, detail: str) -> None:
        self._journal.add(self._clock.now(), Event(self._now_s(), kind, detail))
        self._journal.flush(self._now.session)

    # ---------------------------------------------------------------- LiveMonitor

    def status(self) -> dict[str, object]:
        """The keys of ``status --format json``."""
        return status_of(
            self._now,
            self._camera,
            now_s=self._now_s(),
            notifications=self._journal.notifications,
            looks=self.looks,
            model_calls=self._observer.model_calls,
        )

    def command(self, name: str, arguments: Mapping[str, object]) -> dict[str, object]:
        """Do what a command asks; answers a sentence for the user under ``said``."""
        return self.status() if name == "status" else self._commands.command(name, arguments)

    @contextlib.contextmanager
    def watch(self) -> Iterator[None]:
        """While held, the newest picture is kept in memory for ``view``."""
        with self._now.lock:
            self._watchers += 1
        try:
            yield
        finally:
            with self._now.lock:
                self._watchers -= 1
                if not self._watchers:
                    self._view = None

    def view(self) -> View | None:
        """The newest picture and what was made of it; None while nobody watches."""
        with self._now.lock:
            return self._view if self._watchers else None

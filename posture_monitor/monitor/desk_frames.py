"""The moments of a camera at a desk: it comes and goes, is let go, lost and handed over; glue.

Each round hears what was asked and pressed, notices that the machine slept, decides whether the
camera may be on, and reads a frame. While there is none, moments without a frame keep the clock
going, for keyboard and mouse may still tell that somebody is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from posture_monitor.core.day import hours
from posture_monitor.domain import (
    CameraError,
    CameraState,
    CameraStatus,
    Detail,
    Event,
    EventKind,
    PostureMonitorError,
)
from posture_monitor.monitor.frames import Interrupted, Moment
from posture_monitor.wording.language import _, error_text
from posture_monitor.wording.names import CAMERA_TEXT, camera_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from posture_monitor.domain import Frame, Response
    from posture_monitor.monitor.camera import HeldCamera
    from posture_monitor.monitor.engine import Engine
    from posture_monitor.monitor.journal import Journal
    from posture_monitor.monitor.state import Desk, Situation
    from posture_monitor.ports import Clock

REST_S = 1.0
"""Between two rounds while the camera is off."""


class RunClock:
    """The run's own time: seconds since it began, the machine's sleep included."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._began_s = clock.monotonic_s()
        self._asleep_s = 0.0

    def now_s(self) -> float:
        return self.clock.monotonic_s() - self._began_s + self._asleep_s

    def slept(self, seconds: float) -> None:
        """The clock stood still for so long."""
        self._asleep_s += seconds


class DeskFrames:
    """The rounds of one run."""

    def __init__(
        self,
        situation: Situation,
        camera: HeldCamera,
        desk: Desk,
        journal: Journal,
        time: RunClock,
        engine: Engine,
        *,
        announce: Callable[[str], None],
        act: Callable[[Response], None],
    ) -> None:
        self._now = situation
        self._camera = camera
        self._desk = desk
        self._journal = journal
        self._time = time
        self._engine = engine
        self._announce = announce
        self._act = act
        self._absent = False
        self._suspended_s = 0.0
        self._checked_s = time.clock.monotonic_s()

    def moments(self, duration_s: float | None = None) -> Iterator[Moment]:
        """Until a stop is asked for, the time is over, or the source ends."""
        try:
            while not self._now.stop.requested:
                if duration_s is not None and self._time.now_s() >= duration_s:
                    break
                yield from self._round()
        except Interrupted:
            return
        finally:
            self._camera.release()
            self._write_notes()  # what was asked for just before the end

    def _round(self) -> Iterator[Moment]:
        self._hear()
        yield from self._wake()
        off = self._reason_to_be_off()
        if off is not None and off is not self._now.off:
            yield from self._turn_off(off)
        with self._now.lock:
            self._now.off = off
        if off is None:
            yield from self._read()
            return
        if off is CameraState.LOCKED:
            self._absent = True
            yield self._moment()
            self._absent = True  # also from here to the next moment
        self._rest(REST_S)

    def _moment(self, frame: Frame | None = None) -> Moment:
        absent, self._absent = self._absent, False
        if frame is not None:
            return Moment(frame.t_s, frame.wall_at, frame, absent)
        return Moment(self._time.now_s(), self._time.clock.now(), absent_before=absent)

    def _turn_off(self, off: CameraState) -> Iterator[Moment]:
        """Let the camera go, for this reason."""
        self._camera.release()
        if self._now.off is not None:
            yield self._moment()  # the time of the other reason ends here
        self._camera_gone(f"the camera is {CAMERA_TEXT[off]}; try again when it is on")
        self._journal.flush(self._now.session)

    def _rest(self, seconds: float) -> None:
        with self._now.stop.waiting():
            self._time.clock.sleep(seconds)

    def _hear(self) -> None:
        """Take up what was asked and pressed since the last round."""
        for response in self._desk.responses():
            try:
                self._act(response)
            except PostureMonitorError as error:  # what can't be done is told and ends nothing
                self._announce(error_text(error))
        if self._now.another_camera:
            self._now.another_camera = False
            self._camera.changed()
        until = self._now.paused_until
        if until is not None and self._time.clock.now() >= until:
            self._now.unpause()
        self._write_notes()

    def _write_notes(self) -> None:
        """Record what other threads did, and the end of a guided break whose time is over."""
        now, now_s = self._time.clock.now(), self._time.now_s()
        events = [Event(now_s, kind, detail) for kind, detail in self._now.take_notes()]
        if self._now.mode is not None:
            events += self._now.mode.advance(now_s)
        for event in events:
            self._journal.add(now, event)
        if events:
            self._journal.flush(self._now.session)

    def _wake(self) -> Iterator[Moment]:
        """The machine's sleep is an absence, as long as it was, though clocks may stop in it."""
        activity = self._desk.activity
        if activity is None:
            return
        now_s, suspended_s = self._time.clock.monotonic_s(), activity.suspended_s()
        passed_s, slept_s = now_s - self._checked_s, suspended_s - self._suspended_s
        self._checked_s, self._suspended_s = now_s, suspended_s
        if slept_s <= 1.0:
            return
        if self._now.off is not None:
            yield self._moment()  # what was before the sleep is none of its absence
        if passed_s < slept_s:
            self._time.slept(slept_s)
            self._camera.slept(slept_s)
        self._absent = True
        self._add(EventKind.SUSPENDED, Detail(seconds=slept_s))

    def _reason_to_be_off(self) -> CameraState | None:
        """Why the camera must not be on now."""
        settings = self._now.settings
        if self._desk.activity is not None and self._desk.activity.locked():
            return CameraState.LOCKED
        if self._now.paused_until is not None:
            return CameraState.PAUSED
        if not hours.is_watched(settings.hours, self._time.clock.now().astimezone()):
            return CameraState.OFF_HOURS
        if settings.power.on_battery == "off" and self._desk.on_battery():
            return CameraState.ON_BATTERY
        return None

    # ---------------------------------------------------------------- reading

    def _read(self) -> Iterator[Moment]:
        """The next frame; a moment without one while there is no camera."""
        now_s = self._time.now_s()
        may_yield = self._now.settings.camera.yield_to_others
        if self._camera.heed_others(now_s, may_yield=may_yield):
            self._hand_over()
            yield from self._wake()
            yield self._moment()
            return
        resting_s = self._camera.resting_s(now_s)
        if resting_s > 0.0 and self._glances():
            self._write_on(now_s)
            self._rest(min(REST_S, resting_s))
            return
        try:
            with self._now.stop.waiting():
                frame = self._camera.read(now_s)
        except CameraError as error:
            if self._camera.handed:
                self._hand_over()
            else:
                self._lose(str(error))
            yield from self._wake()
            yield self._moment()
            return
        if frame is None:
            self._now.stop.requested = True
            return
        yield from self._wake()
        if self._reason_to_be_off() is not None:
            return  # asked for while this frame was waited for: it isn't looked at
        if self._camera.lost is not None:
            self._camera.found()
            self._add(EventKind.CAMERA_BACK, Detail(text=self._camera.name))
            self._announce(_("the camera is back"))
        period_s = self._engine.period_s()
        placed = self._camera.place(frame, now_s=self._time.now_s(), period_s=period_s)
        moment = self._moment(placed)
        if self._glances():
            self._camera.rest(self._time.now_s() + period_s)
        yield moment

    def _write_on(self, now_s: float) -> None:
        """Between two frames the record goes on too; an absence is for the next frame to tell."""
        last = self._now.session.sample
        if last is None or self._absent:
            return
        rest_s = min(now_s - last.t_s, self._now.settings.sitting.max_gap_s)
        self._journal.wait(self._now.session, rest_s, REST_S)

    def _glances(self) -> bool:
        """Whether the camera is let go between two frames."""
        return self._now.settings.camera.glance_every_s > 0.0 and not self._engine.hurried

    def _lose(self, why: str) -> None:
        before = self._camera.lost
        if before is None:
            self._add(EventKind.CAMERA_LOST, Detail(text=why))
            self._announce(_("{why}; waiting for it to come back", why=why))
        if before is None or before.state is CameraState.HANDED:
            # Where nobody has it any more, and still it can't be had, it is lost.
            self._camera.lost = CameraStatus(CameraState.LOST, why)
        if not self._camera.open:
            self._rest(REST_S)

    def _hand_over(self) -> None:
        before = self._camera.lost
        if before is None:
            self._add(EventKind.CAMERA_LOST, Detail(camera=CameraState.HANDED))
        if before is None or before.state is not CameraState.HANDED:
            self._camera.lost = CameraStatus(CameraState.HANDED)
            said = camera_words(self._camera.status)
            self._announce(_("the camera is {said}; waiting until it is free", said=said))
            self._camera_gone("another program wants the camera; try again when it is free")
        self._rest(REST_S)

    def _camera_gone(self, why: str) -> None:
        mode = self._now.mode
        if mode is not None:
            mode.camera_gone(why)

    def _add(self, kind: EventKind, detail: Detail) -> None:
        self._journal.add(self._time.clock.now(), Event(self._time.now_s(), kind, detail))
        self._journal.flush(self._now.session)

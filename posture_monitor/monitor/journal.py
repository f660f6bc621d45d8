"""What becomes of judgements: intervals and events go to the record, reminders to the user.

Losing the record must not cost a reminder, and a notification that can't be shown must not
cost the record: each failure is told once, and then tried again.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from posture_monitor.core import session
from posture_monitor.core.stats.summary import clip, end_at
from posture_monitor.domain import Detail, Event, EventKind, NotifyError, StoreError
from posture_monitor.wording import texts
from posture_monitor.wording.details import detail_words
from posture_monitor.wording.language import _, error_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from posture_monitor.config import ReminderSettings, Settings
    from posture_monitor.core.session import Outcome, SessionState
    from posture_monitor.domain import Interval, Observation
    from posture_monitor.monitor.trial import Trial
    from posture_monitor.ports import Clock, Notifier, Recorder

MOST_LOST_S = 5.0
"""A kill or a power cut costs at most this much of the record."""
_MOST_KEPT = 10_000
"""Intervals and events kept for a record that can't be written (a month of them)."""

_log = logging.getLogger(__name__)


class Journal:
    """Writes to the record every few seconds and shows the reminders that are due."""

    def __init__(
        self,
        recorder: Recorder,
        notifier: Notifier,
        clock: Clock,
        *,
        warn: Callable[[str], None],
        rules: ReminderSettings | None = None,
        trial: Trial | None = None,
    ) -> None:
        """``rules`` say how reminders are worded; ``trial`` withholds some while they ask so."""
        self._recorder = recorder
        self._notifier = notifier
        self._clock = clock
        self._tell = warn
        self._rules = rules
        self._trial = trial
        self._intervals: list[Interval] = []
        self._events: list[tuple[datetime, Event]] = []
        self._flushed_s = self._taken_s = clock.monotonic_s()
        self._store_failed = False
        self._notify_failed: str | None = None
        self._dropping = False
        self._forgotten_at: datetime | None = None

    @property
    def notifications(self) -> str:
        """``ok``, or the sentence that says why nothing can be shown."""
        return self._notify_failed or "ok"

    def use(self, settings: Settings) -> None:
        """Word reminders by these settings from now on."""
        self._rules = settings.reminders

    def take(self, outcome: Outcome, observation: Observation) -> None:
        """Keep what one frame brought and show what is due."""
        self._intervals += outcome.closed
        events = outcome.events
        if self._trial is not None and self._rules is not None and self._rules.trial:
            events = self._trial.decide(events)
        for event in events:
            self.add(session.wall_of(event, observation), event)
        for notification in texts.notification_for(events, observation.wall_at, self._rules):
            try:
                self._notifier.notify(notification)
                self._notify_failed = None
            except NotifyError as error:
                if self._notify_failed is None:
                    self._warn(error_text(error))
                    failed = Event(
                        observation.t_s, EventKind.NOTIFICATION_FAILED, Detail(text=str(error))
                    )
                    self.add(observation.wall_at, failed)
                self._notify_failed = str(error)
        now_s = self._clock.monotonic_s()
        step_s, self._taken_s = now_s - self._taken_s, now_s
        if now_s + step_s - self._flushed_s >= MOST_LOST_S:  # the next frame may be too late
            self.flush(outcome.state)

    def add(self, at: datetime, event: Event) -> None:
        """Keep an event that came from elsewhere than a frame."""
        self._events.append((at, event))
        _log.info(
            "%s", f"{at.astimezone():%Y-%m-%d %H:%M:%S} {event.kind} {detail_words(event)}".rstrip()
        )

    def drop_pending(self) -> None:
        """Write nothing of what waits: the record is being deleted. From any thread."""
        self._forgotten_at = self._clock.now()
        self._dropping = True

    def wait(self, state: SessionState, rest_s: float, step_s: float) -> None:
        """No frame for ``rest_s``: what was seen last holds; asked again after ``step_s``."""
        if self._clock.monotonic_s() + step_s - self._flushed_s >= MOST_LOST_S:
            self.flush(state, rest_s)

    def flush(self, state: SessionState, rest_s: float = 0.0) -> None:
        """Write what is complete and how the open time stands, ``rest_s`` after the last frame."""
        self._flushed_s = self._clock.monotonic_s()
        try:
            self._write(session.open_intervals(state, rest_s))
        except StoreError as error:
            if not self._store_failed:
                self._warn(
                    _("{error}; meanwhile the record waits in memory", error=error_text(error))
                )
            self._store_failed = True
            del self._intervals[:-_MOST_KEPT], self._events[:-_MOST_KEPT]
        else:
            if self._store_failed:
                self._warn(_("the record can be written again; nothing was lost"))
            self._store_failed = False

    def finish(self, state: SessionState, last: Observation | None, rest_s: float = 0.0) -> None:
        """The run is over, ``rest_s`` after the last frame: write all of it."""
        events, intervals = session.finish(state, rest_s)
        if last is not None:
            for event in events:
                self.add(session.wall_of(event, last), event)
        try:
            self._write(intervals)
        except StoreError as error:
            self._warn(
                _(
                    "{error}; the last part of this run is not in the record",
                    error=error_text(error),
                )
            )

    def _warn(self, text: str) -> None:
        _log.warning("%s", text)
        self._tell(text)

    def _write(self, unfinished: Sequence[Interval]) -> None:
        if self._dropping:
            self._dropping = False
            self._intervals.clear()
            self._events.clear()
        told = [self._kept(interval) for interval in (*self._intervals, *unfinished)]
        if told:
            self._recorder.heartbeat(*told)
        self._intervals.clear()
        while self._events:
            self._recorder.event(*self._events[0])
            self._events.pop(0)

    def _kept(self, interval: Interval) -> Interval:
        """What of it may be written: one that began before the record was deleted is cut."""
        at = self._forgotten_at
        if at is None or not interval.start_at < at < end_at(interval):
            return interval
        return clip(interval, since=at) or interval

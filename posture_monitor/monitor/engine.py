"""The engine: takes moments in the order of their time, sees, judges once, reminds, and tells.

A live camera, a recording and a test go through the same engine. Where its moments come from is
``frames`` and ``desk_frames``; what becomes of its outcomes is a ``Sink``: the journal of a
run, or the rows of an analysis.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from posture_monitor.core import session
from posture_monitor.core.day import hours
from posture_monitor.core.session import Setup, Surroundings
from posture_monitor.domain import Detail, Event, EventKind, View
from posture_monitor.monitor.choosing import Chosen
from posture_monitor.monitor.modes import Seen
from posture_monitor.monitor.state import Desk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from posture_monitor.core.judge.baseline import Baseline
    from posture_monitor.core.session import Outcome, SessionState
    from posture_monitor.domain import Frame, Observation, ViewKeypoints
    from posture_monitor.monitor.frames import Moment
    from posture_monitor.monitor.modes import Mode
    from posture_monitor.monitor.state import Situation
    from posture_monitor.monitor.watching import Watching

WATCHED_S = 0.2
"""Between two frames while someone watches the picture."""


class Observer(Protocol):
    """Makes observations of frames; ``vision.observer.Observer`` is one."""

    def observe(self, frame: Frame, *, settled: bool = True) -> Observation:
        """What is to be seen; while ``settled``, a person known may merely be followed."""

    def renew_view(self, view_keypoints: ViewKeypoints | None = None) -> None:
        """From now on the view is the baseline's, as far as its keypoints don't say otherwise."""

    def view_keypoints(self) -> ViewKeypoints | None:
        """What the present view is known again by."""

    @property
    def model_calls(self) -> int:
        """How often the pose model was asked."""


class Sink(Protocol):
    """What becomes of outcomes and events; ``journal.Journal`` is one."""

    def take(self, outcome: Outcome, observation: Observation) -> None: ...

    def add(self, at: datetime, event: Event) -> None: ...

    def finish(
        self, state: SessionState, last: Observation | None, rest_s: float = 0.0
    ) -> None: ...


class Engine:
    """One run over the moments of one source."""

    def __init__(
        self,
        observer: Observer,
        sink: Sink,
        situation: Situation,
        watching: Watching,
        *,
        desk: Desk | None = None,
        on_chosen: Callable[[Chosen], None] = lambda _: None,
        end_s: Callable[[], float | None] = lambda: None,
    ) -> None:
        """``end_s`` answers when a recording ended, once it has been read to there."""
        self._observer = observer
        self._sink = sink
        self._now = situation
        self._watching = watching
        self._desk = Desk() if desk is None else desk
        self._on_chosen = on_chosen
        self._end_s = end_s
        self._last: Observation | None = None
        self.taken = 0
        """Moments that were judged."""

    @property
    def _modes(self) -> list[Mode]:
        asked = self._now.mode
        return [self._watching] if asked is None else [self._watching, asked]

    @property
    def hurried(self) -> bool:
        """Whether somebody waits for frames: who watches the picture, or a mode."""
        asked = self._now.mode
        return self._now.watchers > 0 or (asked is not None and asked.period_s is not None)

    def period_s(self) -> float:
        """Seconds between two frames, as the modes and those who watch ask for it."""
        asked = self._now.mode
        wanted = [None if asked is None else asked.period_s]
        wanted.append(WATCHED_S if self._now.watchers else None)
        return min((s for s in wanted if s is not None), default=self._watching.period_s)

    def run(self, moments: Iterable[Moment]) -> None:
        """Take all of them; whatever ends it, the sink has everything up to the last one."""
        for _ in self.outcomes(moments):
            pass

    def outcomes(self, moments: Iterable[Moment]) -> Iterator[Seen]:
        """What was seen and judged, one after the other."""
        if self._now.chosen is not None:
            softened = self._desk.load_softened(self._now.chosen.name)
            with self._now.lock:
                self._now.softened = softened
            self._observer.renew_view(self._now.chosen.baseline.view_keypoints)
        try:
            for moment in moments:
                observation = self._observe(moment)
                seen = moment.frame is not None
                for ready, chosen in self._watching.ready(observation, seen=seen):
                    yield self._take(ready, chosen, moment)
            for ready, chosen in self._watching.rest():
                yield self._take(ready, chosen)
        finally:
            self._sink.finish(self._now.session, self._last, self._rest_s())

    def adopt(self, name: str, baseline: Baseline, observation: Observation) -> None:
        """Judge by a baseline that was just made."""
        chosen = Chosen(name, baseline)
        self._watching.adopt(chosen)
        self._use(chosen, observation)

    def _observe(self, moment: Moment) -> Observation:
        if moment.frame is None:
            observation = session.blind(moment.t_s, moment.wall_at)
        else:
            settled = not any(mode.needs_model for mode in self._modes)
            observation = self._observer.observe(moment.frame, settled=settled)
        self._watching.last = observation
        return observation

    def _take(
        self, observation: Observation, chosen: Chosen | None, moment: Moment | None = None
    ) -> Seen:
        if chosen is not None and chosen is not self._now.chosen:
            self._use(chosen, observation)
        frame = None if moment is None else moment.frame
        absent = moment is not None and moment.absent_before
        outcome = self._judge(observation, absent_before=absent)
        self._show(frame, observation, outcome)
        self.taken += 1
        for event in outcome.events:
            if event.kind is EventKind.POSTURE_ALERT:
                reasons = event.detail.reasons
                with self._now.lock:
                    self._now.alert_reasons, self._now.alert_doubted = reasons, False
        self._sink.take(outcome, observation)
        seen = Seen(observation, outcome, frame)
        for mode in self._modes:
            for event in mode.take(seen):
                self._sink.add(observation.wall_at, event)
        return seen

    def _judge(self, observation: Observation, *, absent_before: bool) -> Outcome:
        """Judge, then remind; the desktop, which may be slow, is asked only where something is
        due, and while nobody waits for the lock."""
        now, activity = self._now, self._desk.activity
        settings = now.settings
        around = Surroundings(
            idle_s=None if activity is None else activity.idle_s(),
            absent_before=absent_before,
            quiet=self._watching.live
            and hours.is_quiet(settings.hours, observation.wall_at.astimezone()),
            week=self._desk.last_week(observation.wall_at.astimezone())
            if self._watching.live and settings.reminders.weekly
            else None,
        )
        baseline = None if now.chosen is None else now.chosen.baseline
        setup = Setup(settings, baseline, softened=now.softened)
        judged = session.judge(now.session, observation, setup, around)
        busy = any(mode.quiet for mode in self._modes)
        due = not busy and session.is_due(judged, now.session.reminders, settings)
        # What becomes due between question and answer waits for the next frame.
        quiet = not due or bool(self._desk.quiet())
        with now.lock:  # a snooze from another thread must not fall between
            outcome = session.remind(judged, now.session.reminders, settings, quiet=quiet)
            now.session, self._last = outcome.state, observation
        return outcome

    def _show(self, frame: Frame | None, observation: Observation, outcome: Outcome) -> None:
        """Keep the newest picture for those who watch."""
        with self._now.lock:
            self._now.view = None
            if self._now.watchers and frame is not None:
                self._now.view = View(frame, observation, outcome.sample)

    def _use(self, chosen: Chosen, observation: Observation) -> None:
        """Judge by this baseline from this observation on."""
        softened = self._desk.load_softened(chosen.name)
        with self._now.lock:
            self._now.softened, self._now.chosen = softened, chosen
        if self._watching.live:  # a recording is ahead of what is judged
            self._observer.renew_view(chosen.baseline.view_keypoints)
        self._on_chosen(chosen)
        event = Event(observation.t_s, EventKind.CALIBRATED, Detail(text=chosen.name))
        self._sink.add(observation.wall_at, event)

    def _rest_s(self) -> float:
        """How long a recording went on after the last frame, which holds until then."""
        end_s = self._end_s()
        if end_s is None or self._last is None:
            return 0.0
        return min(max(end_s - self._last.t_s, 0.0), self._now.settings.sitting.max_gap_s)

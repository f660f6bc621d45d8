"""The loop: frame, observation, judgement, record and reminders; glue."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from posture_monitor.core import session
from posture_monitor.core.session import SessionState, Setup
from posture_monitor.domain import CameraError, Event, EventKind
from posture_monitor.monitor.choosing import Chosen, with_baseline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from posture_monitor.config import Settings
    from posture_monitor.core.judge.baseline import Baseline
    from posture_monitor.core.session import Outcome
    from posture_monitor.domain import Observation
    from posture_monitor.monitor.journal import Journal
    from posture_monitor.ports import Clock, FrameSource
    from posture_monitor.vision.observer import Observer


class _Stopped(Exception):
    """A signal came while the next picture was waited for."""


@dataclass(slots=True)
class Monitor:
    """Watches one source until it ends, the time is up, or ``stop`` is called."""

    source: FrameSource
    observer: Observer
    journal: Journal
    clock: Clock
    settings: Settings
    profiles: Mapping[str, Baseline] = field(default_factory=dict)
    chosen: Chosen | None = None
    """A profile that was named: used as it is told, without switching."""
    announce: Callable[[str], None] = lambda _: None
    on_chosen: Callable[[Chosen], None] = lambda _: None
    on_look: Callable[[Outcome], None] = lambda _: None
    stopping: bool = False
    state: SessionState = field(default_factory=SessionState)
    last: Observation | None = None
    looks: int = 0
    _waiting: bool = False

    def stop(self) -> None:
        """End after the present look; safe to call from any thread."""
        self.stopping = True

    def interrupt(self) -> None:
        """End after the present look, or at once while waiting; for signal handlers alone."""
        self.stopping = True
        if self._waiting:
            self._waiting = False
            raise _Stopped

    def run(self, duration_s: float | None = None) -> None:
        """Watch; whatever ends it, the record is complete up to the last look."""
        if self.chosen is not None:
            self.observer.renew_view(self.chosen.baseline.marks)
        try:
            for observation, chosen in self._judged_by(self._observe(duration_s)):
                self._take(observation, chosen)
        except _Stopped:
            pass
        finally:
            self.journal.finish(self.state, self.last, self._rest_s())

    def _judged_by(
        self, observations: Iterator[Observation]
    ) -> Iterator[tuple[Observation, Chosen | None]]:
        if self.chosen is not None:
            return ((observation, self.chosen) for observation in observations)
        return with_baseline(observations, self.profiles, hold=not self.source.live)

    def _take(self, observation: Observation, chosen: Chosen | None) -> None:
        if chosen is not None and chosen is not self.chosen:
            self.chosen = chosen
            self.on_chosen(chosen)
            self.journal.add(
                observation.wall_at,
                Event(observation.t_s, EventKind.CALIBRATED, f"profile {chosen.name}"),
            )
        setup = Setup(self.settings, None if chosen is None else chosen.baseline)
        outcome = session.step(self.state, observation, setup)
        self.state, self.last = outcome.state, observation
        self.looks += 1
        self.journal.take(outcome, observation)
        self.on_look(outcome)

    def _observe(self, duration_s: float | None) -> Iterator[Observation]:
        """Looks at the asked pace; a live camera that goes away is waited for."""
        period_s = 1.0 / self.settings.pose.samples_per_s
        began_s = self.clock.monotonic_s()
        due_s: float | None = None
        end_s: float | None = None
        lost = False
        seen: Observation | None = None
        while not self.stopping:
            try:
                self._waiting = True
                frame = self.source.read(skip_until_s=due_s)
                self._waiting = False
            except _Stopped:
                return
            except CameraError as error:
                self._waiting = False
                if not self.source.live:
                    raise
                if not lost:
                    lost = True
                    self._camera_event(EventKind.CAMERA_LOST, str(error))
                    self.announce(f"{error}; waiting for it to come back")
                if duration_s is not None and self.clock.monotonic_s() - began_s >= duration_s:
                    return
                continue
            if frame is None:
                return
            if lost:
                lost = False
                self._camera_event(EventKind.CAMERA_BACK, self.source.name)
                self.announce("the camera is back")
            if end_s is None and duration_s is not None:
                end_s = frame.t_s + duration_s
            if end_s is not None and frame.t_s > end_s + 1e-6:
                return
            learning = self.chosen is None and seen is not None and seen.pose is not None
            seen = self.observer.look(frame, settled=not learning)
            yield seen
            due_s = next_due_s(due_s, frame.t_s, period_s)

    def _rest_s(self) -> float:
        """How long a recording went on after the last look, which holds until then."""
        end_s = self.source.end_s
        if end_s is None or self.last is None:
            return 0.0
        return min(max(end_s - self.last.t_s, 0.0), self.settings.sitting.max_gap_s)

    def _camera_event(self, kind: EventKind, detail: str) -> None:
        at = self.clock.now()
        last = self.last
        t_s = 0.0 if last is None else last.t_s + (at - last.wall_at).total_seconds()
        self.journal.add(at, Event(t_s, kind, detail))
        self.journal.flush(self.state)


def next_due_s(due_s: float | None, taken_s: float, period_s: float) -> float:
    """When to look next: on the beat where the source keeps up, else a period from now.

    >>> next_due_s(1.0, 1.02, 0.5), next_due_s(1.0, 9.0, 0.5), next_due_s(None, 0.0, 0.5)
    (1.5, 9.5, 0.5)
    """
    on_beat = taken_s if due_s is None or taken_s - due_s >= period_s else due_s
    return on_beat + period_s

"""A guided break beside watching; a ``Mode``. Without a picture it goes on by the clock; glue."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from posture_monitor.core.exercises import guided
from posture_monitor.domain import ConfigError, Detail, Event, EventKind, Presence
from posture_monitor.monitor.modes import ModeKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from posture_monitor.core.exercises.guided import GuidedBreak
    from posture_monitor.monitor.modes import Seen

PERIOD_S = 1.0 / 12.0
"""Between two frames while the camera counts; more often would tell nothing new."""
WAITING_PERIOD_S = 1.0
"""While an exercise waits for somebody who left, so that it goes on soon after they return."""


class GuidedMode:
    """One break from its first exercise to its end; commands come from other threads."""

    kind = ModeKind.GUIDED_BREAK
    quiet = True

    def __init__(self, routine: tuple[str, ...], t_s: float) -> None:
        self._state = guided.begin(routine, t_s)
        self._told = False
        self._lock = threading.Lock()

    @property
    def done(self) -> bool:
        return self._told

    @property
    def needs_model(self) -> bool:
        return self._counts

    @property
    def period_s(self) -> float | None:
        if self._counts:
            return PERIOD_S
        return WAITING_PERIOD_S if self._state.waits else None

    @property
    def _counts(self) -> bool:
        exercise = self._state.exercise
        return exercise is not None and exercise.counted

    def take(self, seen: Seen) -> tuple[Event, ...]:
        """Count what was seen; without a picture only time goes on."""
        t_s = seen.observation.t_s
        present = seen.outcome.sample.presence is not Presence.AWAY

        def step(state: GuidedBreak) -> GuidedBreak:
            state = guided.advance(state, t_s)
            return state if seen.frame is None else guided.observe(state, seen.observation, present)

        return self._step(step, t_s)

    def advance(self, t_s: float) -> tuple[Event, ...]:
        return self._step(lambda state: guided.advance(state, t_s), t_s)

    def camera_gone(self, why: str) -> None:
        """Go on by the clock."""
        with self._lock:
            self._state = guided.without_camera(self._state)

    def skip(self, t_s: float) -> tuple[Event, ...]:
        """On to the next exercise; ConfigError where it is over."""
        return self._asked(guided.skip, t_s)

    def end(self, t_s: float) -> tuple[Event, ...]:
        """End it now; ConfigError where it is over."""
        return self._asked(guided.end, t_s)

    def to_document(self) -> dict[str, object]:
        with self._lock:
            return guided.to_document(self._state)

    def _asked(self, step: Callable[[GuidedBreak], GuidedBreak], t_s: float) -> tuple[Event, ...]:
        if self.done:
            raise ConfigError("no break is going on")
        return self._step(lambda state: step(guided.advance(state, t_s)), t_s)

    def _step(self, step: Callable[[GuidedBreak], GuidedBreak], t_s: float) -> tuple[Event, ...]:
        """The event of its end, once."""
        with self._lock:
            self._state = step(self._state)
            if not self._state.over or self._told:
                return ()
            self._told = True
            return (Event(t_s, EventKind.GUIDED_BREAK, Detail(text=guided.to_detail(self._state))),)

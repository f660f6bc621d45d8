"""A guided break where no monitor runs, driven by what shows it; a camera may count; glue."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from posture_monitor.core.exercises import guided
from posture_monitor.domain import ConfigError, Detail, Event, EventKind
from posture_monitor.monitor.break_plan import plan, wishes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime
    from typing import Protocol

    from posture_monitor.config import Settings
    from posture_monitor.core.exercises.guided import GuidedBreak
    from posture_monitor.core.exercises.routine import Wishes
    from posture_monitor.domain import Observation
    from posture_monitor.monitor.break_plan import History
    from posture_monitor.ports import Clock

    class Record(History, Protocol):
        """The record that the break is chosen by and noted in."""

        def note(self, at: datetime, event: Event) -> None: ...


START, SKIP, END = "break", "break_skip", "break_end"
"""Commands; a running monitor knows them, too."""


class OwnBreak:
    """One break at a time; answers as a running monitor would. Safe between threads."""

    def __init__(
        self,
        open_record: Callable[[], AbstractContextManager[Record]],
        settings: Callable[[], Settings],
        clock: Clock,
    ) -> None:
        self._open_record = open_record
        self._settings = settings
        self._clock = clock
        self._state: GuidedBreak | None = None
        self._lock = threading.Lock()

    def document(self) -> dict[str, Any] | None:
        """How the break stands or ended; None before the first."""
        with self._lock:
            if self._state is None:
                return None
            self._become(guided.advance(self._state, self._clock.monotonic_s()))
            return guided.to_document(self._state)

    def command(self, name: str, arguments: Mapping[str, object]) -> dict[str, Any]:
        """Start, skip or end; the document under ``break``, ConfigError where it can't be."""
        with self._lock:
            now_s = self._clock.monotonic_s()
            if name == START:
                self._start(wishes_of(arguments, self._settings()), now_s)
            elif self._state is None or self._state.over:
                raise ConfigError("no break is going on")
            else:
                step = guided.skip if name == SKIP else guided.end
                self._become(step(guided.advance(self._state, now_s)))
            assert self._state is not None
            return {"said": "", "break": guided.to_document(self._state)}

    def observed(self, observation: Observation) -> None:
        """A camera saw this."""
        with self._lock:
            if self._state is not None:
                state = guided.advance(self._state, self._clock.monotonic_s())
                self._become(guided.observe(state, observation))

    def _start(self, wishes: Wishes, now_s: float) -> None:
        if self._state is not None:
            self._become(guided.advance(self._state, now_s))
            if not self._state.over:
                raise ConfigError("a break is going on already; end it first")
        with self._open_record() as record:
            routine = plan(record, wishes, self._clock.now().astimezone())
        self._state = guided.begin(routine, now_s)

    def _become(self, state: GuidedBreak) -> None:
        """Take the new state; a break that is over now is noted once."""
        before, self._state = self._state, state
        if state.over and before is not None and not before.over:
            event = Event(0.0, EventKind.GUIDED_BREAK, Detail(text=guided.to_detail(state)))
            with self._open_record() as record:
                record.note(self._clock.now(), event)

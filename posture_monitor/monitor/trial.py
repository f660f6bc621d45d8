"""The own trial of a running monitor: tosses the coin and counts the decisions; glue."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from posture_monitor.core.stats import trial
from posture_monitor.domain import EventKind, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from posture_monitor.domain import Event, ReminderKind


def toss() -> bool:
    """One of two by chance that nobody can foresee."""
    return secrets.randbelow(2) == 1


class Trial:
    """Decides over due reminders until there are enough decisions of their kind."""

    def __init__(
        self,
        recorded: Callable[[], Mapping[ReminderKind, int]],
        withhold: Callable[[], bool] = toss,
    ) -> None:
        """``recorded`` tells the decisions of earlier runs; it is asked once, when first needed."""
        self._recorded = recorded
        self._withhold = withhold
        self._made: dict[ReminderKind, int] | None = None

    def decide(self, events: Sequence[Event]) -> tuple[Event, ...]:
        """The events that remain; without a record to count in, all of them."""
        if not any(event.kind in (*trial.TRIED, EventKind.BREAK_SOON) for event in events):
            return tuple(events)
        if self._made is None:
            try:
                self._made = dict(self._recorded())
            except StoreError:
                return tuple(events)
        decided = trial.decide(events, self._made, self._withhold)
        for event in decided:
            if event.kind is EventKind.TRIAL:
                kind = event.detail.reminder
                assert kind is not None
                self._made[kind] = self._made.get(kind, 0) + 1
        return decided

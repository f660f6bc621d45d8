"""Which routine the next break has: today's strain and the last breaks; glue."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from posture_monitor.core.exercises.past import done_by_day, strain_of
from posture_monitor.core.exercises.routine import (
    LONGEST_MIN,
    SHORTEST_MIN,
    Wishes,
    choose,
    is_strength,
    strength_due,
)
from posture_monitor.domain import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from posture_monitor.config import Settings
    from posture_monitor.domain import Interval, RecordedEvent

_BEFORE = timedelta(days=7)
"""So far back breaks matter: for the two days of strengthening a week."""


class History(Protocol):
    """What of the record is read here; methods raise StoreError."""

    def intervals(self, since: datetime, until: datetime) -> list[Interval]: ...

    def events(self, since: datetime, until: datetime) -> list[RecordedEvent]: ...


def wishes_of(arguments: Mapping[str, object], settings: Settings) -> Wishes:
    """``minutes`` and ``seated`` of a command, else as set; ConfigError for what can't be."""
    minutes = arguments.get("minutes", settings.reminders.routine_min)
    if (
        not isinstance(minutes, int | float)
        or isinstance(minutes, bool)
        or not SHORTEST_MIN <= minutes <= LONGEST_MIN
    ):
        raise ConfigError(
            "a break has {SHORTEST_MIN:.0f} to {LONGEST_MIN:.0f} minutes",
            SHORTEST_MIN=SHORTEST_MIN,
            LONGEST_MIN=LONGEST_MIN,
        )
    seated = settings.reminders.seated or arguments.get("seated") is True
    return Wishes(float(minutes), seated, settings.reminders.strengthen)


def plan(history: History, wishes: Wishes, now: datetime) -> tuple[str, ...]:
    """The names of the exercises for a break now; ``now`` in the zone of the user's days."""
    morning = now.replace(hour=0, minute=0, second=0, microsecond=0)
    strain_s = strain_of(history.intervals(morning, now))
    until = now + timedelta(seconds=1.0)  # with a break that is over this moment
    done = done_by_day(history.events(now - _BEFORE, until), now.tzinfo)
    strong = {day for day, breaks in done.items() if any(is_strength(one) for one in breaks)}
    last = done[max(done)][-1] if done else ()
    due = wishes.strength and strength_due(strong, now.date())
    return choose(strain_s, wishes, last=last, strengthen=due)

"""Which routine the next break has: today's strain and the last breaks; glue."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from posture_monitor.core.exercises.guided import from_detail
from posture_monitor.core.exercises.routine import (
    LONGEST_MIN,
    SHORTEST_MIN,
    Wishes,
    choose,
    is_strength,
    strength_due,
)
from posture_monitor.domain import ConfigError, EventKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime, tzinfo

    from posture_monitor.config import Settings
    from posture_monitor.domain import Interval, Reason, RecordedEvent

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
        raise ConfigError(f"a break has {SHORTEST_MIN:.0f} to {LONGEST_MIN:.0f} minutes")
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


def strain_of(intervals: Sequence[Interval]) -> dict[Reason, float]:
    """Strained seconds by reason."""
    strain_s: defaultdict[Reason, float] = defaultdict(float)
    for interval in intervals:
        for reason in set(interval.reasons) if interval.strained else ():
            strain_s[reason] += interval.duration_s
    return dict(strain_s)


def done_by_day(
    events: Sequence[RecordedEvent], tz: tzinfo | None
) -> dict[date, list[tuple[str, ...]]]:
    """The exercises of each break in which any was done, by the user's day, oldest first.

    One of which the camera saw no repetition doesn't count.
    """
    done: defaultdict[date, list[tuple[str, ...]]] = defaultdict(list)
    for event in events:
        if event.kind is EventKind.GUIDED_BREAK:
            done_then = from_detail(event.detail)[1]
            names = tuple(one.name for one in done_then if one.repetitions != 0)
            if names:
                done[event.at.astimezone(tz).date()].append(names)
    return dict(done)

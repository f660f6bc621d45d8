"""Daily totals in one pass: a year of days in half the time that a summary of the year takes.

The totals are those of ``core.summary.summarise`` (a test holds them equal); only what the
range as a whole adds up to is left out.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import groupby
from statistics import median
from typing import TYPE_CHECKING

from posture_monitor.core.stats.summary import (
    REMINDER_EVENTS,
    Day,
    count_breaks,
    end_at,
    midnight_after,
    sitting_spells,
    split_by_day,
)
from posture_monitor.domain import Reason, State

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from posture_monitor.config import SittingSettings
    from posture_monitor.domain import Interval, RecordedEvent


def days_of(
    intervals: Sequence[Interval],
    events: Sequence[RecordedEvent],
    tz: tzinfo | None,
    settings: SittingSettings,
) -> list[Day]:
    """The totals of each local date with data; intervals and events come oldest first."""
    told = {
        day: list(group) for day, group in groupby(events, lambda e: e.at.astimezone(tz).date())
    }
    return [
        _day(day, pieces, told.get(day, []), settings)
        for day, pieces in sorted(_by_day(intervals, tz).items())
    ]


def _by_day(intervals: Sequence[Interval], tz: tzinfo | None) -> dict[date, list[Interval]]:
    """As split_by_day, but it looks up the date once a day and not once an interval."""
    found: dict[date, list[Interval]] = {}
    midnight = first_at = datetime(1, 1, 1, tzinfo=UTC)
    pieces: list[Interval] = []
    for interval in intervals:
        start_at = interval.start_at
        if not first_at <= start_at < midnight:
            pieces = found.setdefault(start_at.astimezone(tz).date(), [])
            first_at, midnight = start_at, midnight_after(start_at, tz)
        if end_at(interval) <= midnight:
            pieces.append(interval)
            continue
        for day, parts in split_by_day([interval], tz).items():
            found.setdefault(day, []).extend(parts)
    return found


def _day(
    day: date,
    intervals: Sequence[Interval],
    events: Sequence[RecordedEvent],
    settings: SittingSettings,
) -> Day:
    state_s = dict.fromkeys(State, 0.0)
    by_reason_s = dict.fromkeys(Reason, 0.0)
    judged_s = strained_s = score_seconds = 0.0
    for interval in intervals:
        length_s = interval.duration_s
        state_s[interval.state] += length_s
        judged_s += interval.judged_s
        score_seconds += interval.score_seconds
        if interval.strained:
            strained_s += length_s
            for reason in set(interval.reasons):
                by_reason_s[reason] += length_s
    spells_s = [spell.sitting_s for spell in sitting_spells(intervals, settings)]
    kinds = [event.kind for event in events]
    return Day(
        observed_s=sum(state_s.values()),
        sitting_s=state_s[State.SITTING],
        standing_s=state_s[State.STANDING],
        away_s=state_s[State.AWAY],
        break_s=state_s[State.BREAK],
        unknown_s=state_s[State.UNKNOWN],
        judged_s=judged_s,
        strained_s=strained_s,
        strained_by_reason_s={reason: s for reason, s in by_reason_s.items() if s},
        mean_score=score_seconds / judged_s if judged_s else None,
        longest_sitting_s=max(spells_s, default=0.0),
        median_sitting_s=median(spells_s) if spells_s else None,
        breaks=count_breaks(events),
        reminders={kind: kinds.count(event) for kind, event in REMINDER_EVENTS.items()},
        date=day,
    )

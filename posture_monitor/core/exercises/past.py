"""What the record says about strain, and about breaks with exercises."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from posture_monitor.core.exercises.guided import from_detail
from posture_monitor.core.exercises.routine import week_plan
from posture_monitor.domain import EventKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, tzinfo

    from posture_monitor.core.exercises.routine import PlannedDay, Wishes
    from posture_monitor.domain import Interval, Reason, RecordedEvent


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
            done_then = from_detail(event.detail.text)[1]
            names = tuple(one.name for one in done_then if one.repetitions != 0)
            if names:
                done[event.at.astimezone(tz).date()].append(names)
    return dict(done)


PLAN_NEEDS = timedelta(days=7)
"""So far before Monday the record matters for a week's plan: when it was last strengthened."""


def this_week(
    intervals: Sequence[Interval],
    events: Sequence[RecordedEvent],
    wishes: Wishes,
    *,
    today: date,
    tz: tzinfo | None,
) -> tuple[PlannedDay, ...]:
    """The plan of the week that ``today`` is in, Monday first, by the user's days.

    ``events`` reach back by ``PLAN_NEEDS`` before Monday, ``intervals`` to this morning at least.
    """
    done = {day: breaks[-1] for day, breaks in done_by_day(events, tz).items()}
    strain_s = strain_of([one for one in intervals if one.start_at.astimezone(tz).date() == today])
    monday = today - timedelta(days=today.weekday())
    return week_plan(monday, wishes, strain_s, today=today, done=done)

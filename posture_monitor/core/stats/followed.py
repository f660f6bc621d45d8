"""What followed after each reminder: who got up, exercised, changed position, or did nothing."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from math import sqrt
from statistics import NormalDist, fmean, stdev
from typing import TYPE_CHECKING

from posture_monitor.core.exercises.guided import from_detail
from posture_monitor.core.stats.summary import end_at
from posture_monitor.domain import EventKind, ReminderKind, State

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from posture_monitor.domain import Interval, RecordedEvent

WINDOW_S = 600.0
"""Before and after a reminder, and how long an answer to it may take."""
CORRECTED_S = 120.0
"""A strain that ended later was not ended by its reminder (as the reminder rules have it)."""
LEAST_COUNT = 10
"""With fewer reminders of a kind their shares would be chance (assumed)."""
_KNOWN_SHARE = 0.5
"""Of the window must be known, or nothing is said about it."""
_Z = NormalDist().inv_cdf(0.975)
"""Standard errors to each side of a 95 % interval."""


class Answer(StrEnum):
    """What somebody did, the most first."""

    EXERCISED = "exercised"
    ROSE = "rose"
    CORRECTED = "corrected"
    IGNORED = "ignored"
    UNKNOWN = "unknown"
    """Too little was seen afterwards."""


@dataclass(frozen=True, slots=True)
class Span:
    """Ten minutes around a reminder."""

    strained_share: float
    """Of the ten minutes, 0-1."""
    changes: int
    """Of position."""


@dataclass(frozen=True, slots=True)
class Followed:
    """One reminder and what came of it."""

    at: datetime
    kind: ReminderKind
    answer: Answer
    before: Span | None
    """None where too little is known of that time."""
    after: Span | None


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Answers:
    """What followed on the reminders of one kind."""

    count: int
    """Reminders of which it is known."""
    shares: Mapping[Answer, Estimate]
    """Of those counts; empty where they are too few."""
    strain_change: Estimate | None
    """Strained share after less before; None where the data don't bear it. Strain also falls
    by itself, so that this is no effect of the reminder."""


REMINDED: Mapping[EventKind, ReminderKind] = {
    EventKind.POSTURE_ALERT: ReminderKind.POSTURE,
    EventKind.MOVE_DUE: ReminderKind.MOVE,
    EventKind.BREAK_DUE: ReminderKind.BREAK,
}
_UP = (State.AWAY, State.BREAK, State.STANDING)


def followed(
    intervals: Sequence[Interval], events: Sequence[RecordedEvent]
) -> tuple[Followed, ...]:
    """Each reminder of posture, moving and breaks, oldest first; so are the inputs."""
    near = Nearby(intervals, events)
    found = []
    for event in events:
        kind = REMINDED.get(event.kind)
        if kind is not None:
            some, told = near.of(event.at)
            start = event.at - timedelta(seconds=WINDOW_S)
            before, after = span_of(some, told, start), span_of(some, told, event.at)
            answer = answer_to(kind, event.at, some, told)
            found.append(Followed(event.at, kind, answer, before, after))
    return tuple(found)


class Nearby:
    """Finds what lies around a moment in a long record; intervals don't overlap."""

    def __init__(self, intervals: Sequence[Interval], events: Sequence[RecordedEvent]) -> None:
        self._intervals, self._events = intervals, events
        self._starts = [one.start_at for one in intervals]
        self._times = [one.at for one in events]

    def of(self, at: datetime) -> tuple[Sequence[Interval], Sequence[RecordedEvent]]:
        """Everything within a window before and after ``at``."""
        since, until = at - timedelta(seconds=WINDOW_S), at + timedelta(seconds=WINDOW_S)
        first = max(0, bisect_right(self._starts, since) - 1)
        return (
            self._intervals[first : bisect_right(self._starts, until)],
            self._events[bisect_left(self._times, since) : bisect_right(self._times, until)],
        )


def answer_to(
    kind: ReminderKind,
    at: datetime,
    intervals: Sequence[Interval],
    events: Sequence[RecordedEvent],
) -> Answer:
    """What somebody did within the window after ``at``."""
    until = at + timedelta(seconds=WINDOW_S)
    inside = [event for event in events if at < event.at <= until]
    if any(e.kind is EventKind.GUIDED_BREAK and from_detail(e.detail.text)[1] for e in inside):
        return Answer.EXERCISED
    if rose(intervals, at):
        return Answer.ROSE
    soon = at + timedelta(seconds=CORRECTED_S)
    ends = EventKind.POSTURE_CORRECTED if kind is ReminderKind.POSTURE else None
    shifts = EventKind.POSITION_CHANGED if kind is ReminderKind.MOVE else None
    if any(e.kind in (ends, shifts) and (e.kind is shifts or e.at <= soon) for e in inside):
        return Answer.CORRECTED
    known = span_of(intervals, events, at) is not None
    return Answer.IGNORED if known else Answer.UNKNOWN


def rose(intervals: Sequence[Interval], at: datetime) -> bool:
    """Whether somebody who was at the desk stood up or left within the window after ``at``."""
    until = at + timedelta(seconds=WINDOW_S)
    return any(one.state in _UP and at < one.start_at <= until for one in intervals)


def span_of(
    intervals: Sequence[Interval], events: Sequence[RecordedEvent], start: datetime
) -> Span | None:
    """The window from ``start`` on; None where less than half of it is known."""
    end = start + timedelta(seconds=WINDOW_S)
    known_s = strained_s = 0.0
    for one in intervals:
        inside_s = (min(end_at(one), end) - max(one.start_at, start)).total_seconds()
        if inside_s <= 0.0:
            continue
        known_s += inside_s if one.state is not State.UNKNOWN else 0.0
        strained_s += inside_s if one.strained else 0.0
    if known_s < _KNOWN_SHARE * WINDOW_S:
        return None
    changes = sum(e.kind is EventKind.POSITION_CHANGED and start < e.at <= end for e in events)
    return Span(strained_s / WINDOW_S, changes)


def answers(found: Sequence[Followed]) -> dict[ReminderKind, Answers]:
    """By kind of reminder; only kinds that occurred."""
    by_kind = {kind: [one for one in found if one.kind is kind] for kind in REMINDED.values()}
    return {kind: _answers(some) for kind, some in by_kind.items() if some}


def _answers(found: Sequence[Followed]) -> Answers:
    told = Counter(one.answer for one in found if one.answer is not Answer.UNKNOWN)
    count = told.total()
    shares: dict[Answer, Estimate] = {}
    if count >= LEAST_COUNT:
        shares = {a: share_of(told[a], count) for a in Answer if a is not Answer.UNKNOWN}
    changes = [
        one.after.strained_share - one.before.strained_share
        for one in found
        if one.before is not None and one.after is not None
    ]
    return Answers(count, shares, _mean(changes) if len(changes) >= LEAST_COUNT else None)


def share_of(count: int, total: int) -> Estimate:
    """A share with Wilson's interval.

    >>> found = share_of(5, 10)
    >>> found.value, round(found.low, 3), round(found.high, 3)
    (0.5, 0.237, 0.763)
    """
    share, spread = count / total, _Z * _Z / total
    middle = (share + spread / 2.0) / (1.0 + spread)
    half = _Z / (1.0 + spread) * sqrt(share * (1.0 - share) / total + spread / (4.0 * total))
    return Estimate(share, max(0.0, middle - half), min(1.0, middle + half))


def student_t(degrees: float) -> float:
    """The 97.5 % point of Student's distribution, by Cornish and Fisher's expansion.

    >>> round(student_t(9.0), 2), round(student_t(58.0), 3)
    (2.26, 2.002)
    """
    z = _Z
    first = (z**3 + z) / 4.0
    second = (5.0 * z**5 + 16.0 * z**3 + 3.0 * z) / 96.0
    third = (3.0 * z**7 + 19.0 * z**5 + 17.0 * z**3 - 15.0 * z) / 384.0
    return z + first / degrees + second / degrees**2 + third / degrees**3


def _mean(values: Sequence[float]) -> Estimate:
    mean = fmean(values)
    half = student_t(len(values) - 1.0) * stdev(values) / sqrt(len(values))
    return Estimate(mean, mean - half, mean + half)

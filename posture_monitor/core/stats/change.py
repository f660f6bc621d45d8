"""Whether two stretches of days differ by more than days differ among themselves."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import hypot, sqrt
from statistics import quantiles
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from posture_monitor.core.stats.summary import Day, Totals

_ERRORS = 2.0
"""A change is one from two standard errors of the difference on (the usual 95 %)."""
_USUAL_DAYS = 5
"""From this many days on there is a usual day (assumed)."""
_JUDGED_S = 1800.0
"""A day judged for less says little about it (assumed)."""


class Direction(StrEnum):
    """Which way something went."""

    LESS = "less"
    MORE = "more"
    SAME = "same"
    """The difference is smaller than what days differ by chance."""
    TOO_FEW = "too_few"
    """Too few days to tell."""


@dataclass(frozen=True, slots=True)
class Change:
    """A value, the one it is compared with, and whether they differ."""

    now: float | None
    before: float | None
    direction: Direction


@dataclass(frozen=True, slots=True)
class DayValue:
    """What one day contributes to a mean."""

    value: float
    weight: float = 1.0


def compared(now: Sequence[DayValue], before: Sequence[DayValue], *, least: float = 0.0) -> Change:
    """Weighted means of two stretches of days, in the values' unit.

    Differences below `least` (what would be printed alike) are none, whatever their error.
    """
    means = _mean(now), _mean(before)
    if means[0] is None or means[1] is None or min(len(now), len(before)) < 2:
        return Change(*means, Direction.TOO_FEW)
    difference = means[0] - means[1]
    noise = _ERRORS * hypot(_error(now, means[0]), _error(before, means[1]))
    if abs(difference) < max(noise, least):
        return Change(*means, Direction.SAME)
    return Change(*means, Direction.MORE if difference > 0.0 else Direction.LESS)


def _mean(days: Sequence[DayValue]) -> float | None:
    weight = sum(day.weight for day in days)
    return sum(day.value * day.weight for day in days) / weight if weight else None


def _error(days: Sequence[DayValue], mean: float) -> float:
    """The standard error of the weighted mean, from how days scatter around it."""
    squares = sum((day.weight * (day.value - mean)) ** 2 for day in days)
    return sqrt(len(days) / (len(days) - 1) * squares) / sum(day.weight for day in days)


def strained_shares(days: Sequence[Day]) -> list[DayValue]:
    """0-1 of the judged time of each day, weighted by it; days without a judgement left out."""
    return [
        DayValue(day.strained_share, day.judged_s) for day in days if day.strained_share is not None
    ]


def against_usual(today: Totals, earlier: Sequence[Day]) -> Change:
    """Today's strained share (0-1) against the median of earlier days.

    It differs where it lies outside the middle half of them.
    """
    shares = [
        day.strained_share
        for day in earlier
        if day.strained_share is not None and day.judged_s >= _JUDGED_S
    ]
    share = today.strained_share if today.judged_s >= _JUDGED_S else None
    if share is None or len(shares) < _USUAL_DAYS:
        return Change(today.strained_share, None, Direction.TOO_FEW)
    low, middle, high = quantiles(shares, n=4)
    if share < low:
        return Change(share, middle, Direction.LESS)
    return Change(share, middle, Direction.MORE if share > high else Direction.SAME)


@dataclass(frozen=True, slots=True)
class Trend:
    """How strain changed from the first weeks with data to the last."""

    change: Change
    """Strained shares (0-1); ``before`` is that of the first weeks."""
    weeks: int
    """From the first of them to the last, both included."""


def trend(weeks: Sequence[Sequence[Day]]) -> Trend:
    """From whole weeks, oldest first; up to four at either end, half of those with data at most."""
    known = [number for number, days in enumerate(weeks) if strained_shares(days)]
    count = min(4, len(known) // 2) if len(weeks) > 4 else min(1, len(known) // 2)
    first = [day for number in known[:count] for day in weeks[number]]
    last = [day for number in known[len(known) - count :] for day in weeks[number]]
    change = compared(strained_shares(last), strained_shares(first), least=0.005)
    return Trend(change, known[-1] - known[0] + 1 if known else 0)

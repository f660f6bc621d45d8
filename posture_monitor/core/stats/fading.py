"""How long after sitting down does posture fade? Told only where the days bear it.

For each sitting spell: the time until the score has stayed clearly below that spell's own
start. Spells that never fade count as such. The answer is the median spell's time with the
interval that the order of the spells gives (a binomial one, free of any distribution).
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from math import comb
from typing import TYPE_CHECKING

from posture_monitor.domain import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from posture_monitor.core.stats.spells import Spell
    from posture_monitor.domain import Interval

START_S = 300.0
"""A spell's own reference: its first five minutes."""
MIN_SPELL_S = 1200.0
"""Shorter spells say nothing about fading (assumed)."""
MIN_SPELLS = 6
"""With fewer, no interval reaches 95 % (2 x 0.5^6 = 3 %)."""
DROP = 10.0
"""Points below the start that count as faded (a third of the way to strained)."""
STAY_S = 300.0
"""The score must stay below for this long."""


@dataclass(frozen=True, slots=True)
class Fading:
    """When posture fades, in seconds of sitting."""

    median_s: float
    low_s: float
    """Of the 95 % interval."""
    high_s: float | None
    """None where the interval reaches beyond the spells: some never faded."""
    spells: int


def faded_after_s(intervals: Sequence[Interval]) -> float | None:
    """Seconds of sitting until the score stays down in one spell; None where it never does.

    ``intervals`` are the spell's own sitting intervals in order.
    """
    sat_s = first_s = first_points = 0.0
    below_since_s: float | None = None
    for interval in intervals:
        begin_s, sat_s = sat_s, sat_s + interval.duration_s
        if interval.judged_s <= 0.0:
            continue
        if begin_s < START_S:
            first_s += interval.judged_s
            first_points += interval.score_seconds
            continue
        if first_s <= 0.0:
            return None
        low = interval.score_seconds / interval.judged_s < first_points / first_s - DROP
        if not low:
            below_since_s = None
            continue
        below_since_s = begin_s if below_since_s is None else below_since_s
        if sat_s - below_since_s >= STAY_S:
            return below_since_s
    return None


def interval_ranks(count: int) -> tuple[int, int] | None:
    """Ranks (from 1) of the ordered values between which the median lies with 95 %.

    >>> interval_ranks(6), interval_ranks(10), interval_ranks(5)
    ((1, 6), (2, 9), None)
    >>> interval_ranks(2000)
    (956, 1045)
    """
    tail = 0.0
    rank = 0
    while True:
        tail += comb(count, rank) / 2**count  # whole numbers: 2.0**1024 is none
        if 2.0 * tail > 0.05:
            break
        rank += 1
    return None if rank == 0 else (rank, count + 1 - rank)


def fading(spells: Iterable[Spell], intervals: Sequence[Interval]) -> Fading | None:
    """When posture fades over these spells; None where they don't bear an answer."""
    sat = sorted(
        (interval for interval in intervals if interval.state is State.SITTING),
        key=lambda interval: interval.start_at,
    )
    starts = [interval.start_at for interval in sat]
    times_s: list[float] = []
    for spell in spells:
        if spell.sitting_s < MIN_SPELL_S:
            continue
        own = sat[bisect_left(starts, spell.start_at) : bisect_left(starts, spell.end_at)]
        if not any(interval.judged_s > 0.0 for interval in own):
            continue
        after_s = faded_after_s(own)
        times_s.append(float("inf") if after_s is None else after_s)
    ranks = interval_ranks(len(times_s)) if len(times_s) >= MIN_SPELLS else None
    if ranks is None:
        return None
    ordered = sorted(times_s)
    middle = len(ordered) // 2
    # The upper of the two middle ones: of half faded and half not, the median is open.
    median_s = ordered[middle]
    if median_s == float("inf"):
        return None
    high_s = ordered[ranks[1] - 1]
    return Fading(
        median_s,
        ordered[ranks[0] - 1],
        None if high_s == float("inf") else high_s,
        len(ordered),
    )

"""How much a person moves about: changes of position an hour, and the longest time without one.

The trial of 193 office workers (SJWEH 3949) was about changing position, not about one posture.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from posture_monitor.domain import EventKind, State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from posture_monitor.domain import Interval, RecordedEvent

LEAST_S = 1800.0
"""With less time at the desk a rate an hour would be chance (assumed)."""
_JOINED_S = 1.0
"""Intervals this close follow each other without a gap."""
_HERE = (State.SITTING, State.STANDING)
_UP = (State.AWAY, State.BREAK)


@dataclass(frozen=True, slots=True)
class Variety:
    """Of a range of time."""

    changes: int = 0
    """Shifts in the chair, standing up, sitting down, leaving."""
    changes_per_h: float | None = None
    """Of the time at the desk; None where that was too short to tell."""
    longest_still_s: float | None = None
    """Sitting in one position; None without any sitting."""


@dataclass(frozen=True, slots=True)
class Drinks:
    """What the user told."""

    count: int = 0
    interval_s: float | None = None
    """The middle time from one to the next on the same day; None with fewer than two."""


def variety_of(intervals: Sequence[Interval], events: Sequence[RecordedEvent]) -> Variety:
    """From intervals and events, each oldest first."""
    shifts = [event.at for event in events if event.kind is EventKind.POSITION_CHANGED]
    here_s = sum(one.duration_s for one in intervals if one.state in _HERE)
    changes = len(shifts) + sum(_is_change(a, b) for a, b in pairwise(intervals))
    longest_s: float | None = None
    for run in _sitting_runs(intervals):
        start = run[0].start_at
        end = run[-1].start_at + timedelta(seconds=run[-1].duration_s)
        inside = shifts[bisect_right(shifts, start) : bisect_left(shifts, end)]
        still_s = max((b - a).total_seconds() for a, b in pairwise([start, *inside, end]))
        longest_s = max(longest_s or 0.0, still_s)
    rate = changes / (here_s / 3600.0) if here_s >= LEAST_S else None
    return Variety(changes, rate, longest_s)


def drinks_of(events: Sequence[RecordedEvent]) -> Drinks:
    """From events, oldest first; days are those of UTC, for nobody drinks at their ends."""
    told = [event.at for event in events if event.kind is EventKind.DRANK]
    gaps_s = [(b - a).total_seconds() for a, b in pairwise(told) if a.date() == b.date()]
    return Drinks(len(told), median(gaps_s) if gaps_s else None)


def _is_change(before: Interval, after: Interval) -> bool:
    """Whether somebody got up or sat down between two intervals that follow each other."""
    if not _follows(before, after):
        return False
    stood = before.state in _HERE and after.state in _HERE and before.state is not after.state
    return stood or (before.state in _HERE and after.state in _UP)


def _follows(before: Interval, after: Interval) -> bool:
    gap_s = (after.start_at - before.start_at).total_seconds() - before.duration_s
    return gap_s <= _JOINED_S


def _sitting_runs(intervals: Sequence[Interval]) -> list[list[Interval]]:
    """Sitting without a gap and without anything else between."""
    runs: list[list[Interval]] = []
    before: Interval | None = None
    for one in intervals:
        if one.state is State.SITTING:
            if before is not None and before.state is State.SITTING and _follows(before, one):
                runs[-1].append(one)
            else:
                runs.append([one])
        before = one
    return runs

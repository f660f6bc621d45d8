"""Whether days met what the user set out to do, and for how many days in a row."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from posture_monitor.config import GoalSettings
    from posture_monitor.core.stats.summary import Day

_LEAST_S = 3600.0
"""A day observed for less neither meets nor misses a goal (assumed)."""


def met(day: Day, goals: GoalSettings) -> bool | None:
    """Whether the day met every goal that is set; None where none is, or little was seen."""
    if day.observed_s < _LEAST_S:
        return None
    kept = []
    if goals.longest_sitting_min and day.longest_sitting_s is not None:
        kept.append(day.longest_sitting_s <= goals.longest_sitting_min * 60.0)
    if goals.strained_percent and day.strained_share is not None:
        kept.append(100.0 * day.strained_share <= goals.strained_percent)
    return all(kept) if kept else None


def streak(days: Iterable[Day], goals: GoalSettings, today: date) -> int:
    """Days in a row that met the goals, back from yesterday; days without data don't end it.

    Today isn't over: it can end a streak but not lengthen it.
    """
    count = 0
    for day in sorted(days, key=lambda day: day.date, reverse=True):
        kept = met(day, goals)
        if kept is False:
            return 0 if day.date >= today else count
        count += bool(kept) and day.date <= today - timedelta(days=1)
    return count

"""Which times of the week are for watching, and which for silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from posture_monitor.config import HourSettings

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def within(start: str, end: str, minute: int) -> bool:
    """Whether a minute of the day lies from ``start`` to before ``end``, over midnight too.

    >>> within("08:00", "18:00", 9 * 60), within("22:00", "07:00", 9 * 60)
    (True, False)
    >>> within("12:00", "12:00", 12 * 60)
    False
    """
    first, last = _minutes(start), _minutes(end)
    if first <= last:
        return first <= minute < last
    return minute >= first or minute < last


def is_watched(hours: HourSettings, at: datetime) -> bool:
    """Whether the local time ``at`` is one to watch at.

    A watch over midnight belongs to the day on which it began.
    """
    minute = at.hour * 60 + at.minute
    if not within(hours.watch_from, hours.watch_until, minute):
        return False
    began_yesterday = minute < _minutes(hours.watch_from)
    return _DAYS[at.weekday() - began_yesterday] in hours.days.split()


def is_quiet(hours: HourSettings, at: datetime) -> bool:
    """Whether the local time ``at`` is one without reminders."""
    return within(hours.quiet_from, hours.quiet_until, at.hour * 60 + at.minute)

"""How times, shares and names are written on the pages."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from posture_monitor.core.stats.change import Direction
from posture_monitor.domain import State
from posture_monitor.wording import names

if TYPE_CHECKING:
    from collections.abc import Callable

    from posture_monitor.core.stats.change import Change

NOT_KNOWN = "not known"
NO_DATA = "No data"
STRAINED, NOT_STRAINED, NOT_JUDGED = "Strained", "Not strained", "Not judged"

STATE_NAMES = names.STATES
STATE_NOW: dict[str, str] = {
    State.SITTING: "Sitting",
    State.STANDING: "Standing",
    State.AWAY: "Away",
    State.BREAK: "On a break",
    State.UNKNOWN: "Can’t tell",
}

EVENT_NAMES = {kind: names.capitalised(name) for kind, name in names.EVENTS.items()}
"""Events worth a line on a page."""
REMINDER_NAMES = {str(kind): names.capitalised(name) for kind, name in names.REMINDERS.items()}
reason_name = names.reason_name
reason_words = names.reason_words


def duration(seconds: float | None) -> str:
    """A length of time in the two largest fitting units.

    >>> duration(22_200), duration(90), duration(12.4), duration(0), duration(None)
    ('6 h 10 min', '2 min', '12 s', '0 min', 'not known')
    """
    if seconds is None:
        return NOT_KNOWN
    if 0.5 <= seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes = int(seconds / 60.0 + 0.5)
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"


def short_duration(seconds: float) -> str:
    """For narrow places.

    >>> short_duration(22_200), short_duration(1500), short_duration(7200)
    ('6:10 h', '25 min', '2:00 h')
    """
    minutes = int(seconds / 60.0 + 0.5)
    return f"{minutes // 60}:{minutes % 60:02d} h" if minutes >= 60 else f"{minutes} min"


def percent(share: float | None) -> str:
    """A share 0-1 in whole per cent.

    >>> percent(0.004), percent(0.38), percent(None)
    ('<1 %', '38 %', 'not known')
    """
    if share is None:
        return NOT_KNOWN
    return "<1 %" if 0.0 < share < 0.01 else f"{100.0 * share:.0f} %"


def score(value: float | None) -> str:
    """A score with what it is counted in; no data is no score."""
    return NOT_KNOWN if value is None else f"{value:.0f} of 100"


def day_name(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B %Y}"


def short_day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"


def span_name(first: date, last: date) -> str:
    """Two dates without what they share.

    >>> span_name(date(2026, 3, 2), date(2026, 3, 8))
    '2–8 March 2026'
    >>> span_name(date(2026, 2, 23), date(2026, 3, 1))
    '23 February – 1 March 2026'
    """
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{last.day} {last:%B %Y}"
    year = "" if first.year == last.year else f" {first.year}"
    return f"{first.day} {first:%B}{year} – {last.day} {last:%B %Y}"


def ago(at: datetime, now: datetime) -> str:
    """How long ago, roughly."""
    gone = max(timedelta(0), now - at)
    if gone < timedelta(minutes=1):
        return "just now"
    if gone < timedelta(days=2):
        return f"{duration(gone.total_seconds() // 60 * 60)} ago"
    return f"{gone.days} days ago"


def printable(text: str) -> str:
    """The text without characters that steer terminals or writing direction."""
    return "".join(sign if sign.isprintable() else "�" for sign in text)


def hours(seconds: float | None) -> str:
    """Times of whole days, which are compared with each other: hours and tenths.

    >>> hours(22_200), hours(None)
    ('6.2 h', 'not known')
    """
    return NOT_KNOWN if seconds is None else f"{seconds / 3600.0:.1f} h"


def per_day(count: float | None) -> str:
    """
    >>> per_day(10.42), per_day(None)
    ('10.4', 'not known')
    """
    return NOT_KNOWN if count is None else f"{count:.1f}"


def points(count: float) -> str:
    """
    >>> points(1.2), points(4.0)
    ('1 point', '4 points')
    """
    return "1 point" if round(count) == 1 else f"{count:.0f} points"


def share_points(share: float) -> str:
    """
    >>> share_points(0.012), share_points(0.13)
    ('1 percentage point', '13 percentage points')
    """
    count = round(100.0 * share)
    return "1 percentage point" if count == 1 else f"{count} percentage points"


def changed(change: Change, size: Callable[[float], str]) -> str:
    """How something changed, its size written by `size`.

    >>> from posture_monitor.core.stats.change import Change
    >>> changed(Change(0.24, 0.37, Direction.LESS), share_points)
    '13 percentage points less'
    >>> changed(Change(0.24, None, Direction.TOO_FEW), share_points)
    'too few days'
    """
    if change.direction is Direction.SAME:
        return "the same"
    if change.now is None or change.before is None or change.direction is Direction.TOO_FEW:
        return "too few days"
    told = size(abs(change.now - change.before))
    return f"{told} more" if change.direction is Direction.MORE else f"{told} less"

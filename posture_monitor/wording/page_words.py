"""How times, shares and names are written on the pages."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from posture_monitor.domain import State
from posture_monitor.wording import names

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


def difference(now: float | None, before: float | None, unit: str) -> str:
    """A change in words, or nothing where one side isn't known.

    >>> difference(7200.0, 9000.0, "s"), difference(80.0, 78.0, "points")
    ('30 min less', '2 points more')
    >>> difference(1.0, None, "s")
    ''
    >>> difference(0.2, 0.25, "share"), difference(4.0, 4.0, "")
    ('5 points less', 'the same')
    """
    if now is None or before is None:
        return ""
    change = now - before
    if unit == "share":
        change, unit = change * 100.0, "points"
    if unit == "s":
        if abs(change) < 30.0:
            return "the same"
        size = duration(abs(change))
    else:
        if abs(change) < 0.5:
            return "the same"
        size = f"{abs(change):.0f} {unit}".strip()
    return f"{size} {'more' if change > 0 else 'less'}"

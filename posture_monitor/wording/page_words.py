"""How times, shares and names are written on the pages."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from posture_monitor.domain import EventKind, Reason, State

NOT_KNOWN = "not known"

STATE_NAMES: dict[str, str] = {
    State.SITTING: "Sitting",
    State.STANDING: "Standing",
    State.AWAY: "Away briefly",
    State.BREAK: "Break",
    State.UNKNOWN: "Unknown",
}

STATE_NOW: dict[str, str] = {
    State.SITTING: "Sitting",
    State.STANDING: "Standing",
    State.AWAY: "Away",
    State.BREAK: "On a break",
    State.UNKNOWN: "Can’t tell",
}

REASON_NAMES: dict[str, str] = {
    Reason.SLOUCH: "slumped",
    Reason.FORWARD_HEAD: "head forward",
    Reason.HEAD_DOWN: "head down",
    Reason.LEAN_IN: "close to the screen",
    Reason.LEAN_LEFT: "leaning left",
    Reason.LEAN_RIGHT: "leaning right",
    Reason.HEAD_TILT: "head tilted",
    Reason.SHOULDER_TILT: "one shoulder high",
    Reason.SHRUG: "shoulders pulled up",
    Reason.HEAD_TURN: "head turned",
}

EVENT_NAMES: dict[EventKind, str] = {
    EventKind.SITTING_STARTED: "Sat down",
    EventKind.SITTING_ENDED: "Got up",
    EventKind.STANDING_STARTED: "Stood at the desk",
    EventKind.BREAK_STARTED: "Went on a break",
    EventKind.BREAK_ENDED: "Came back from the break",
    EventKind.BREAK_DUE: "Reminder: take a break",
    EventKind.MOVE_DUE: "Reminder: change position",
    EventKind.STRETCH_DUE: "Reminder: stretch",
    EventKind.WATER_DUE: "Reminder: drink water",
    EventKind.POSTURE_ALERT: "Reminder: posture",
    EventKind.POSTURE_CORRECTED: "Changed position after the reminder",
    EventKind.CAMERA_LOST: "Camera lost",
    EventKind.CAMERA_BACK: "Camera back",
    EventKind.SUSPENDED: "Computer asleep",
    EventKind.CALIBRATED: "Calibrated",
    EventKind.RECALIBRATION_NEEDED: "The view has changed: calibrate again",
    EventKind.SNOOZED: "Reminders snoozed",
    EventKind.SKIPPED: "Reminder skipped",
    EventKind.PAUSED: "Monitor paused",
    EventKind.UNPAUSED: "Monitor resumed",
    EventKind.GUIDED_BREAK: "Did a break with exercises",
    EventKind.DRANK: "Drank",
    EventKind.FEEDBACK: "You said a judgement was wrong",
    EventKind.NOTIFICATION_FAILED: "A notification could not be shown",
}
"""Events worth a line on a page."""

REMINDER_NAMES: dict[str, str] = {
    "posture": "Posture",
    "move": "Change position",
    "break": "Break",
    "stretch": "Stretch",
    "water": "Water",
}


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


def reason_name(word: str) -> str:
    """A reason for people; a word from a newer version is shown as it is."""
    return REASON_NAMES.get(word, word.replace("_", " "))


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

"""What ``status`` says to people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from posture_monitor.domain import State
from posture_monitor.wording.break_words import now_line, title
from posture_monitor.wording.language import N_, Words, _
from posture_monitor.wording.names import camera_for_people, reason_words, reminder_name

_STATES: Words[str] = Words(
    {
        State.SITTING: N_("sitting"),
        State.STANDING: N_("standing"),
        State.AWAY: N_("away"),
        State.BREAK: N_("on a break"),
        State.UNKNOWN: N_("unknown"),
    }
)


def duration(seconds: float) -> str:
    """Minutes, or hours and minutes.

    >>> duration(59), duration(61), duration(3725)
    ('0 min', '1 min', '1 h 02 min')
    """
    minutes = int(seconds // 60)
    return (
        _("{minutes} min", minutes=minutes)
        if minutes < 60
        else _("{hours} h {minutes:02d} min", hours=minutes // 60, minutes=minutes % 60)
    )


def status_lines(status: dict[str, Any]) -> str:
    """The status in a few lines, of which the first says what goes on."""
    rows = [(_("state"), _state(status))]
    guided = status.get("guided_break")
    if guided and guided["exercise"] is not None:
        exercise = title(guided["exercise"])
        said = _("{exercise}, {now} (end it: resume)", exercise=exercise, now=now_line(guided))
        rows.append((_("break"), said))
    if status.get("snoozed_s"):
        ahead = _ahead(status["snoozed_s"])
        said = _("no reminders for {ahead} (remind again: resume)", ahead=ahead)
        rows.append((_("snoozed"), said))
    rows += [
        (_("posture"), _posture(status)),
        (_("next"), _next(status["next_reminder"])),
        (_("camera"), camera_for_people(status["camera"], status["camera_state"])),
        (_("profile"), status["profile"] or _("none yet")),
    ]
    if status["notifications"] not in (None, "ok"):
        rows.append((_("notices"), status["notifications"]))
    return "\n".join(f"{label:<9} {said}" for label, said in rows)


def _state(status: dict[str, Any]) -> str:
    sitting = duration(status["sitting_s"] or 0.0)
    if status["paused_until"]:
        until = datetime.fromisoformat(status["paused_until"]).astimezone()
        return _("paused until {until:%H:%M} (watch again: resume)", until=until)
    return _(
        "{state}, sitting for {sitting}",
        state=_STATES.get(status["state"], status["state"]),
        sitting=sitting,
    )


def _posture(status: dict[str, Any]) -> str:
    if status["score"] is None:
        return _("not watched") if status["paused_until"] else _("can't be judged now")
    reasons = reason_words(status["reasons"])
    return _("{score:.0f} of 100", score=status["score"]) + (f" ({reasons})" if reasons else "")


def _next(coming: dict[str, Any] | None) -> str:
    """
    >>> _next({"kind": "break", "in_s": 0.0}), _next({"kind": "move", "in_s": 61.0})
    ('break is due, at the next good moment', 'change position in 2 min')
    """
    if coming is None:
        return _("no reminder is due")
    if coming["in_s"] <= 0.0:
        return _("{kind} is due, at the next good moment", kind=_kind(coming))
    return _("{kind} in {ahead}", kind=_kind(coming), ahead=_ahead(coming["in_s"]))


def _kind(coming: dict[str, Any]) -> str:
    return reminder_name(coming["kind"])


def _ahead(seconds: float) -> str:
    """A time to come, in whole minutes, the one that has begun included.

    >>> _ahead(1.0), _ahead(600.0)
    ('1 min', '10 min')
    """
    return duration(seconds + 59.0)

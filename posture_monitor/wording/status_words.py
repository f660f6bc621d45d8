"""What ``status`` says to people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from posture_monitor.wording.break_words import now_line, title
from posture_monitor.wording.names import reason_words


def duration(seconds: float) -> str:
    """Minutes, or hours and minutes.

    >>> duration(59), duration(61), duration(3725)
    ('0 min', '1 min', '1 h 02 min')
    """
    minutes = int(seconds // 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def status_lines(status: dict[str, Any]) -> str:
    """The status in a few lines, of which the first says what goes on."""
    lines = [f"state     {_state(status)}"]
    guided = status.get("guided_break")
    if guided and guided["exercise"] is not None:
        lines.append(f"break     {title(guided['exercise'])}, {now_line(guided)} (end it: resume)")
    if status.get("snoozed_s"):
        lines.append(
            f"snoozed   no reminders for {_ahead(status['snoozed_s'])} (remind again: resume)"
        )
    lines += [
        f"posture   {_posture(status)}",
        f"next      {_next(status['next_reminder'])}",
        f"camera    {status['camera']}",
        f"profile   {status['profile'] or 'none yet'}",
    ]
    if status["notifications"] not in (None, "ok"):
        lines.append(f"notices   {status['notifications']}")
    return "\n".join(lines)


def _state(status: dict[str, Any]) -> str:
    sitting = duration(status["sitting_s"] or 0.0)
    if status["paused_until"]:
        until = datetime.fromisoformat(status["paused_until"]).astimezone()
        return f"paused until {until:%H:%M} (watch again: resume)"
    return f"{status['state']}, sitting for {sitting}"


def _posture(status: dict[str, Any]) -> str:
    if status["score"] is None:
        return "not watched" if status["paused_until"] else "can't be judged now"
    reasons = reason_words(status["reasons"])
    return f"{status['score']:.0f} of 100" + (f" ({reasons})" if reasons else "")


def _next(coming: dict[str, Any] | None) -> str:
    """
    >>> _next({"kind": "break", "in_s": 0.0}), _next({"kind": "move", "in_s": 61.0})
    ('break is due, at the next good moment', 'move in 2 min')
    """
    if coming is None:
        return "no reminder is due"
    if coming["in_s"] <= 0.0:
        return f"{coming['kind']} is due, at the next good moment"
    return f"{coming['kind']} in {_ahead(coming['in_s'])}"


def _ahead(seconds: float) -> str:
    """A time to come, in whole minutes, the one that has begun included.

    >>> _ahead(1.0), _ahead(600.0)
    ('1 min', '10 min')
    """
    return duration(seconds + 59.0)

"""A word to the running monitor: ``status``, ``pause``, ``resume``, ``snooze``, ``reload``, …"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from posture_monitor.commands.arguments import Word, minutes
from posture_monitor.domain import PostureMonitorError
from posture_monitor.ipc.control import ask
from posture_monitor.wording.names import reason_words

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from posture_monitor.commands.context import Context

NOT_RUNNING: dict[str, Any] = {
    "state": "not_running",
    "sitting_s": None,
    "score": None,
    "reasons": [],
    "profile": None,
    "camera": "off",
    "paused_until": None,
    "next_reminder": None,
    "notifications": None,
}


def run_status(context: Context, file_format: str) -> None:
    """One glance at the running monitor; exit 1 where none runs, in words."""
    if file_format == "json":
        try:
            status = ask(context.paths.control_file, "status")
        except PostureMonitorError:
            if context.paths.control_file.exists():
                raise  # one runs, but does not answer
            status = NOT_RUNNING
        context.say(json.dumps(status, indent=2))
        return
    context.say(glance(ask(context.paths.control_file, "status")))


def run_command(context: Context, name: str, minutes: float | None) -> None:
    """Give the running monitor one command."""
    arguments = {} if minutes is None else {"minutes": minutes}
    answer = ask(context.paths.control_file, name, arguments)
    context.say(str(answer.get("said", "done")))


def duration(seconds: float) -> str:
    """Minutes, or hours and minutes.

    >>> duration(59), duration(61), duration(3725)
    ('0 min', '1 min', '1 h 02 min')
    """
    minutes = int(seconds // 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def glance(status: dict[str, Any]) -> str:
    """The status in a few lines for people."""
    score = status["score"]
    reasons = reason_words(status["reasons"])
    posture = "can't be judged now" if score is None else f"{score:.0f} of 100"
    lines = [
        f"state     {status['state']}, sitting for {duration(status['sitting_s'] or 0.0)}",
        f"posture   {posture}" + (f" ({reasons})" if reasons else ""),
        f"next      {_next(status['next_reminder'])}",
        f"camera    {status['camera']}",
        f"profile   {status['profile'] or 'none yet'}",
    ]
    if status["paused_until"]:
        until = datetime.fromisoformat(status["paused_until"]).astimezone()
        lines.insert(1, f"paused    until {until:%H:%M}")
    if status.get("snoozed_s"):
        lines.insert(1, f"snoozed   for {duration(status['snoozed_s'])} (undo: resume)")
    guided = status.get("guided_break")
    if guided and guided["exercise"] is not None:
        from posture_monitor.wording.break_words import now_line, title

        lines.insert(
            1, f"break     {title(guided['exercise'])}, {now_line(guided)} (end it: resume)"
        )
    if status["notifications"] not in (None, "ok"):
        lines.append(f"notices   {status['notifications']}")
    return "\n".join(lines)


def _next(coming: dict[str, Any] | None) -> str:
    if coming is None:
        return "no reminder is due"
    return f"{coming['kind']} in {duration(coming['in_s'])}"


# --------------------------------------------------------------------------- command line


def _add_status(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=("text", "json"), default="text", help="(text)")


def _add_minutes(default: str) -> Callable[[argparse.ArgumentParser], None]:
    def add(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("minutes", nargs="?", type=minutes, metavar="MINUTES", help=default)

    return add


def _add_feedback(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("verdict", choices=("wrong",), help="it was wrong: call it later")


def _status(context: Context, arguments: argparse.Namespace) -> None:
    run_status(context, arguments.format)


def _talk(context: Context, arguments: argparse.Namespace) -> None:
    run_command(context, arguments.command, getattr(arguments, "minutes", None))


WORDS: dict[str, Word] = {
    "status": Word(_status, _add_status),
    "pause": Word(_talk, _add_minutes("(60)")),
    "snooze": Word(_talk, _add_minutes("(settings)")),
    "resume": Word(_talk),
    "reload": Word(_talk),
    "stop": Word(_talk),
    "feedback": Word(_talk, _add_feedback),
}

"""Control the running monitor: ``status``, ``pause``, ``resume``, ``snooze``, ``reload``, …"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from posture_monitor.commands.arguments import Word, minutes
from posture_monitor.domain import PostureMonitorError
from posture_monitor.ipc.control import ask
from posture_monitor.system.paths import is_running
from posture_monitor.wording.language import _
from posture_monitor.wording.status_words import status_lines

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
    """The running monitor at a glance; exit 1 where none runs, in either format."""
    try:
        status = ask(context.paths.control_file, "status")
    except PostureMonitorError:
        # One that runs but does not answer is another matter.
        if file_format == "json" and not is_running(context.paths.lock_file):
            context.say(json.dumps(NOT_RUNNING, indent=2))
        raise
    context.say(json.dumps(status, indent=2) if file_format == "json" else status_lines(status))


def run_command(context: Context, name: str, minutes: float | None) -> None:
    """Give the running monitor one command."""
    arguments = {} if minutes is None else {"minutes": minutes}
    answer = ask(context.paths.control_file, name, arguments)
    context.say(str(answer.get("said", "done")))


# --------------------------------------------------------------------------- command line


def _add_status(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=("text", "json"), default="text", help="(text)")


def _add_minutes(default: str) -> Callable[[argparse.ArgumentParser], None]:
    def add(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("minutes", nargs="?", type=minutes, metavar="MINUTES", help=default)

    return add


def _add_feedback(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("verdict", choices=("wrong",), help=_("it was wrong: call it later"))


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

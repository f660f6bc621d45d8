"""``python -m handbook.man``: the man page, made from the command line; to standard output."""

from __future__ import annotations

import os
import re
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from handbook.commands import program
from posture_monitor import __version__

if TYPE_CHECKING:
    from handbook.commands import Argument, Command

_NAME = "posture-monitor"

_FILES = (
    (
        "~/.config/posture-monitor/config.toml",
        "Settings. `posture-monitor config show` explains each.",
    ),
    (
        "~/.local/share/posture-monitor/history.db",
        "What was recorded: intervals, events, profiles. Never a picture.",
    ),
    (
        "~/.local/state/posture-monitor/log/posture-monitor.log",
        "What the program did.",
    ),
)

_ENVIRONMENT = (
    (
        "POSTURE_MONITOR_DATA_DIR",
        "Keeps everything of a run in this folder, as --data-dir does.",
    ),
    (
        "POSTURE_MONITOR_SECTION_KEY",
        "A setting, put over the file's: POSTURE_MONITOR_SITTING_MIN_BREAK_S=180.",
    ),
)

_EXIT = (
    ("0", "Done."),
    ("1", "Something that the user can fix; one sentence says what."),
    ("2", "The command line can't be understood."),
    ("130", "Interrupted."),
)


def page() -> str:
    """The page in the language of man(7)."""
    whole = program()
    lines = [
        f'.TH {_name().upper()} 1 "{_date()}" "{_NAME} {__version__}" "User Commands"',
        ".nh",
        ".ad l",
        ".SH NAME",
        rf"{_name()} \- watch posture and sitting time with an ordinary webcam",
        ".SH SYNOPSIS",
        rf"\fB{_name()}\fR [\fIOPTION\fR ...] \fICOMMAND\fR [\fIARGUMENT\fR ...]",
        ".SH DESCRIPTION",
        rf"\fB{_name()}\fR runs in the background at a desk, estimates the posture of the upper "
        "body from a webcam, counts how long its user sits, and reminds them to move, stand up, "
        "stretch and drink. Pictures stay in memory and never leave the machine.",
        ".PP",
        "It informs; it is no medical device.",
        ".SH OPTIONS",
        "These stand before the command.",
    ]
    for argument in whole.arguments:
        lines += _entry(argument)
    lines.append(".SH COMMANDS")
    for command in whole.words:
        for word in command.all():
            lines += _section(word)
    for title, entries in (("FILES", _FILES), ("ENVIRONMENT", _ENVIRONMENT)):
        lines.append(f".SH {title}")
        for name, text in entries:
            lines += [".TP", rf"\fI{_roff(name)}\fR", _roff(text)]
    lines.append(".SH EXIT STATUS")
    for name, text in _EXIT:
        lines += [".TP", rf"\fB{name}\fR", _roff(text)]
    return "\n".join(lines) + "\n"


def _section(word: Command) -> list[str]:
    lines = [f".SS {_roff(word.name)}", _roff(_sentence(word.summary)), ".PP", _usage(word.usage)]
    for argument in word.arguments:
        lines += _entry(argument)
    if word.example:
        lines += [".PP", "Example:", ".PP", ".in +4n", ".nf"]
        lines += [_roff(line.strip()) for line in word.example.splitlines()]
        lines += [".fi", ".in"]
    return lines


def _entry(argument: Argument) -> list[str]:
    forms = ", ".join(rf"\fB{_roff(form)}\fR" for form in argument.forms)
    value = rf"\fI{_roff(argument.value)}\fR" if argument.value else ""
    return [".TP", f"{forms} {value}".strip(), _roff(_sentence(argument.help))]


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _usage(usage: str) -> str:
    return re.sub(rf"^{re.escape(_name())}( [a-z ]+[a-z](?= |$))?", r"\\fB\g<0>\\fR", _roff(usage))


def _name() -> str:
    return _roff(_NAME)


def _roff(text: str) -> str:
    """Text as man(7) takes it: a hyphen that can be copied, no line that starts a request."""
    escaped = (
        text.replace("\\", r"\e").replace("-", r"\-").replace("~", r"\(ti").replace("`", r"\(ga")
    )
    return rf"\&{escaped}" if escaped.startswith((".", "'")) else escaped


def _date() -> str:
    """The day of the build where it is told, so that the same sources give the same page."""
    told = os.environ.get("SOURCE_DATE_EPOCH")
    return datetime.fromtimestamp(int(told), UTC).date().isoformat() if told else ""


if __name__ == "__main__":
    sys.stdout.write(page())

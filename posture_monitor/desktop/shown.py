"""What every way to show a notification has in common: the name, the time, and clean text."""

from __future__ import annotations

from posture_monitor.domain import ReminderKind

APP_NAME = "posture-monitor"
DESKTOP_ID = "org.posture_monitor.monitor"
"""The name of the desktop file that packages install."""

SHOWN_S: dict[ReminderKind, float] = {
    ReminderKind.POSTURE: 15.0,
    ReminderKind.MOVE: 15.0,
    ReminderKind.BREAK: 30.0,
    ReminderKind.STRETCH: 30.0,
    ReminderKind.WATER: 15.0,
    ReminderKind.FAR_LOOK: 15.0,
    ReminderKind.SIT_STAND: 15.0,
    ReminderKind.SYSTEM: 30.0,
}
"""How long each kind asks to be shown: time to read it and to reach a button; assumed."""


def plain(text: str) -> str:
    """One line of printable characters; a terminal or a desktop obeys some of the others.

    >>> plain("Sit\\x1b[2J up\\n now")
    'Sit[2J up now'
    """
    spaced = "".join(" " if letter.isspace() else letter for letter in text)
    return " ".join("".join(letter for letter in spaced if letter.isprintable()).split())

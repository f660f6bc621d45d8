"""What states, reasons, reminders and events are called, in every report, page and menu.

Names stand within a sentence; ``capitalised`` is for those that begin one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from posture_monitor.domain import (
    CameraState,
    CameraStatus,
    EventKind,
    Reason,
    ReminderKind,
    State,
    Unjudged,
)
from posture_monitor.wording.language import N_, Words

if TYPE_CHECKING:
    from collections.abc import Iterable

_K = TypeVar("_K")

STATES: Words[State] = Words(
    {
        State.SITTING: N_("Sitting"),
        State.STANDING: N_("Standing"),
        State.AWAY: N_("Away briefly"),
        State.BREAK: N_("Break"),
        State.UNKNOWN: N_("Unknown"),
    }
)

REASONS: Words[Reason] = Words(
    {
        Reason.SLOUCH: N_("slumped"),
        Reason.FORWARD_HEAD: N_("head forward"),
        Reason.HEAD_DOWN: N_("head down"),
        Reason.LEAN_IN: N_("close to the screen"),
        Reason.LEAN_LEFT: N_("leaning left"),
        Reason.LEAN_RIGHT: N_("leaning right"),
        Reason.HEAD_TILT: N_("head tilted"),
        Reason.SHOULDER_TILT: N_("one shoulder high"),
        Reason.SHRUG: N_("shoulders pulled up"),
        Reason.HEAD_TURN: N_("head turned"),
    }
)

REMINDERS: Words[ReminderKind] = Words(
    {
        ReminderKind.POSTURE: N_("posture"),
        ReminderKind.MOVE: N_("change position"),
        ReminderKind.BREAK: N_("break"),
        ReminderKind.STRETCH: N_("stretch"),
        ReminderKind.WATER: N_("water"),
        ReminderKind.FAR_LOOK: N_("far look"),
        ReminderKind.SIT_STAND: N_("sit or stand"),
    }
)

EVENTS: Words[EventKind] = Words(
    {
        EventKind.SITTING_STARTED: N_("sat down"),
        EventKind.SITTING_ENDED: N_("got up"),
        EventKind.STANDING_STARTED: N_("stood at the desk"),
        EventKind.BREAK_STARTED: N_("went on a break"),
        EventKind.BREAK_ENDED: N_("came back from the break"),
        EventKind.BREAK_DUE: N_("reminder: take a break"),
        EventKind.MOVE_DUE: N_("reminder: change position"),
        EventKind.STRETCH_DUE: N_("reminder: stretch"),
        EventKind.WATER_DUE: N_("reminder: drink water"),
        EventKind.BREAK_SOON: N_("notice: a break in a minute"),
        EventKind.BREAK_FIRM: N_("the break could not be put off any more"),
        EventKind.WEEK_REVIEW: N_("summary of the last week"),
        EventKind.FAR_LOOK_DUE: N_("reminder: look into the distance"),
        EventKind.SIT_STAND_DUE: N_("reminder: sit or stand"),
        EventKind.POSTURE_ALERT: N_("reminder: posture"),
        EventKind.POSTURE_CORRECTED: N_("changed position after the reminder"),
        EventKind.CAMERA_LOST: N_("camera lost"),
        EventKind.CAMERA_BACK: N_("camera back"),
        EventKind.SUSPENDED: N_("computer asleep"),
        EventKind.CALIBRATED: N_("calibrated"),
        EventKind.RECALIBRATION_NEEDED: N_("the view has changed: calibrate again"),
        EventKind.SNOOZED: N_("reminders snoozed"),
        EventKind.SKIPPED: N_("reminder skipped"),
        EventKind.PAUSED: N_("monitor paused"),
        EventKind.UNPAUSED: N_("monitor resumed"),
        EventKind.GUIDED_BREAK: N_("break with exercises"),
        EventKind.DRANK: N_("drank"),
        EventKind.FEEDBACK: N_("you said a judgement was wrong"),
        EventKind.NOTIFICATION_FAILED: N_("a notification could not be shown"),
    }
)
"""Events worth a line; the others are counted elsewhere or too many."""

TOLD_BY: dict[EventKind, EventKind] = {
    EventKind.BREAK_STARTED: EventKind.SITTING_ENDED,
    EventKind.STANDING_STARTED: EventKind.SITTING_ENDED,
    EventKind.SITTING_STARTED: EventKind.BREAK_ENDED,
}
"""Events that say nothing new where the other one happened at the same moment."""

UNTOLD = frozenset(
    {
        *(EventKind.STANDING_ENDED, EventKind.POSITION_CHANGED),
        *(EventKind.BREAK_ACCEPTED, EventKind.TRIAL),
    }
)
"""Events that are worth no line: another one tells them, or they are too many."""

UNJUDGED: Words[Unjudged] = Words(
    {
        Unjudged.NOBODY: N_("nobody is in view"),
        Unjudged.NO_VIEW: N_("the camera shows nothing"),
        Unjudged.LOW_CONFIDENCE: N_("your face is hard to see"),
        Unjudged.TURNED_AWAY: N_("you are turned away"),
        Unjudged.TOO_DARK: N_("it is too dark"),
        Unjudged.CUT_OFF: N_("head or shoulders are cut off"),
        Unjudged.SEVERAL_PEOPLE: N_("several people are in view"),
        Unjudged.NO_BASELINE: N_("no profile fits yet"),
        Unjudged.STALE_BASELINE: N_("the camera’s view has changed, so calibrate again"),
        Unjudged.STANDING: N_("you stand"),
    }
)
"""Why posture can't be judged."""


CAMERA_TEXT: Words[CameraState] = Words(
    {
        CameraState.ON: N_("on"),
        CameraState.RESTING: N_("off between frames"),
        CameraState.LOST: N_("lost"),
        CameraState.HANDED: N_("handed to another program"),
        CameraState.PAUSED: N_("off while paused"),
        CameraState.LOCKED: N_("off while the screen is locked"),
        CameraState.OFF_HOURS: N_("off outside the hours to watch"),
        CameraState.ON_BATTERY: N_("off on battery"),
    }
)


def capitalised(name: str) -> str:
    """
    >>> capitalised("sat down")
    'Sat down'
    """
    return name[:1].upper() + name[1:]


class Capitalised(Words[_K]):
    """The names of a table as they begin a line."""

    def __getitem__(self, key: _K) -> str:
        return capitalised(super().__getitem__(key))


def camera_words(camera: CameraStatus) -> str:
    """How the camera stands, as ``status`` writes it: English.

    >>> camera_words(CameraStatus(CameraState.HANDED, "zoom"))
    'handed to another program (zoom)'
    """
    said = CAMERA_TEXT.marked[camera.state]
    if not camera.note:
        return said
    return (
        f"{said}: {camera.note}" if camera.state is CameraState.LOST else f"{said} ({camera.note})"
    )


def camera_for_people(written: str, state: str) -> str:
    """How the camera stands, from what ``status`` writes of it.

    >>> camera_for_people("lost: it was unplugged", "lost")
    'lost: it was unplugged'
    """
    if state not in set(CameraState):
        return written
    known = CameraState(state)
    return CAMERA_TEXT[known] + written.removeprefix(CAMERA_TEXT.marked[known])


def reminder_name(kind: str) -> str:
    """What a kind of reminder is called; one of another version as it is."""
    return REMINDERS[ReminderKind(kind)] if kind in set(ReminderKind) else kind


def unjudged_words(why: object) -> str:
    """Why posture can't be judged; empty where it can, or for a reason of another version.

    >>> unjudged_words("too_dark"), unjudged_words(None)
    ('it is too dark', '')
    """
    return UNJUDGED[Unjudged(why)] if isinstance(why, str) and why in set(Unjudged) else ""


def reason_name(word: str) -> str:
    """What a reason is called; a word of another version as it is.

    >>> reason_name("lean_in"), reason_name("new_reason")
    ('close to the screen', 'new reason')
    """
    return REASONS[Reason(word)] if word in set(Reason) else word.replace("_", " ")


def reason_words(reasons: Iterable[str]) -> str:
    """
    >>> reason_words(["slouch", "head_down"])
    'slumped, head down'
    """
    return ", ".join(map(reason_name, reasons))

"""What states, reasons, reminders and events are called, in every report, page and menu.

Names stand within a sentence; ``capitalised`` is for those that begin one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from posture_monitor.domain import (
    CameraState,
    CameraStatus,
    EventKind,
    Reason,
    ReminderKind,
    State,
    Unjudged,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

STATES: dict[State, str] = {
    State.SITTING: "Sitting",
    State.STANDING: "Standing",
    State.AWAY: "Away briefly",
    State.BREAK: "Break",
    State.UNKNOWN: "Unknown",
}

REASONS: dict[Reason, str] = {
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

REMINDERS: dict[ReminderKind, str] = {
    ReminderKind.POSTURE: "posture",
    ReminderKind.MOVE: "change position",
    ReminderKind.BREAK: "break",
    ReminderKind.STRETCH: "stretch",
    ReminderKind.WATER: "water",
    ReminderKind.FAR_LOOK: "far look",
    ReminderKind.SIT_STAND: "sit or stand",
}

EVENTS: dict[EventKind, str] = {
    EventKind.SITTING_STARTED: "sat down",
    EventKind.SITTING_ENDED: "got up",
    EventKind.STANDING_STARTED: "stood at the desk",
    EventKind.BREAK_STARTED: "went on a break",
    EventKind.BREAK_ENDED: "came back from the break",
    EventKind.BREAK_DUE: "reminder: take a break",
    EventKind.MOVE_DUE: "reminder: change position",
    EventKind.STRETCH_DUE: "reminder: stretch",
    EventKind.WATER_DUE: "reminder: drink water",
    EventKind.BREAK_SOON: "notice: a break in a minute",
    EventKind.BREAK_FIRM: "the break could not be put off any more",
    EventKind.FAR_LOOK_DUE: "reminder: look into the distance",
    EventKind.SIT_STAND_DUE: "reminder: sit or stand",
    EventKind.POSTURE_ALERT: "reminder: posture",
    EventKind.POSTURE_CORRECTED: "changed position after the reminder",
    EventKind.CAMERA_LOST: "camera lost",
    EventKind.CAMERA_BACK: "camera back",
    EventKind.SUSPENDED: "computer asleep",
    EventKind.CALIBRATED: "calibrated",
    EventKind.RECALIBRATION_NEEDED: "the view has changed: calibrate again",
    EventKind.SNOOZED: "reminders snoozed",
    EventKind.SKIPPED: "reminder skipped",
    EventKind.PAUSED: "monitor paused",
    EventKind.UNPAUSED: "monitor resumed",
    EventKind.GUIDED_BREAK: "break with exercises",
    EventKind.DRANK: "drank",
    EventKind.FEEDBACK: "you said a judgement was wrong",
    EventKind.NOTIFICATION_FAILED: "a notification could not be shown",
}
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

UNJUDGED: dict[Unjudged, str] = {
    Unjudged.NOBODY: "nobody is in view",
    Unjudged.NO_VIEW: "the camera shows nothing",
    Unjudged.LOW_CONFIDENCE: "your face is hard to see",
    Unjudged.TURNED_AWAY: "you are turned away",
    Unjudged.TOO_DARK: "it is too dark",
    Unjudged.CUT_OFF: "head or shoulders are cut off",
    Unjudged.SEVERAL_PEOPLE: "several people are in view",
    Unjudged.NO_BASELINE: "no profile fits yet",
    Unjudged.STALE_BASELINE: "the camera’s view has changed, so calibrate again",
    Unjudged.STANDING: "you stand",
}
"""Why posture can't be judged."""


CAMERA_TEXT: dict[CameraState, str] = {
    CameraState.ON: "on",
    CameraState.RESTING: "off between frames",
    CameraState.LOST: "lost",
    CameraState.HANDED: "handed to another program",
    CameraState.PAUSED: "off while paused",
    CameraState.LOCKED: "off while the screen is locked",
    CameraState.OFF_HOURS: "off outside the hours to watch",
    CameraState.ON_BATTERY: "off on battery",
}


def capitalised(name: str) -> str:
    """
    >>> capitalised("sat down")
    'Sat down'
    """
    return name[:1].upper() + name[1:]


def camera_words(camera: CameraStatus) -> str:
    """How the camera stands, as ``status`` says it.

    >>> camera_words(CameraStatus(CameraState.HANDED, "zoom"))
    'handed to another program (zoom)'
    """
    said = CAMERA_TEXT[camera.state]
    if not camera.note:
        return said
    return (
        f"{said}: {camera.note}" if camera.state is CameraState.LOST else f"{said} ({camera.note})"
    )


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

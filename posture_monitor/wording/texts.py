"""Every sentence that a reminder says, in one place, so that translations can come.

The words say "change position", never "bad posture": there is no strong evidence for one
correct posture (Slater 2019).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from posture_monitor.domain import (
    Action,
    CameraState,
    CameraStatus,
    EventKind,
    Notification,
    Reason,
    ReminderKind,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from posture_monitor.domain import Event

REASON_TEXT: dict[Reason, tuple[str, str]] = {
    Reason.SLOUCH: ("You have sunk down", "Slide back in the chair and let it carry your back."),
    Reason.FORWARD_HEAD: ("Your head has come forward", "Draw the chin back over the shoulders."),
    Reason.HEAD_DOWN: ("You look down for long", "Raise the screen, the book or the phone."),
    Reason.LEAN_IN: ("You have come close to the screen", "Lean back, or enlarge the text."),
    Reason.LEAN_LEFT: ("You lean to the left", "Put your weight on both sides."),
    Reason.LEAN_RIGHT: ("You lean to the right", "Put your weight on both sides."),
    Reason.HEAD_TILT: ("Your head is tilted", "Let both ears come level."),
    Reason.SHOULDER_TILT: ("One shoulder is raised", "Let both arms rest at the same height."),
    Reason.SHRUG: ("Your shoulders are drawn up", "Breathe out and let them drop."),
    Reason.HEAD_TURN: ("Your head is turned aside", "Turn the chair, or move that screen."),
}

MEDICAL_NOTE = (
    "This informs, it is no medical device. See a doctor about spasms that don't pass with "
    "rest, numbness or weakness in a leg, loss of bladder or bowel control, or back pain "
    "after a fall or with fever."
)

FIRST_RUN = (
    "No profile fits yet: your first steady minute serves as the reference (profile 'self'). "
    "Sit as you like to sit. 'posture-monitor calibrate' makes a better one in 15 seconds."
)

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

ACTION_LABELS: dict[Action, str] = {
    Action.START_BREAK: "Start break",
    Action.RELIEVE: "Relieve it, 1 min",
    Action.DRANK: "I drank",
    Action.SNOOZE: "Snooze {snooze_min:g} min",
    Action.SKIP: "Skip",
    Action.FEEDBACK_WRONG: "That was wrong",
}

_ACTIONS = (Action.START_BREAK, Action.SNOOZE, Action.SKIP)
_WATER_ACTIONS = (Action.DRANK, Action.SNOOZE, Action.SKIP)


def action_label(action: Action, snooze_min: float) -> str:
    """What stands on a button.

    >>> action_label(Action.SNOOZE, 10.0)
    'Snooze 10 min'
    """
    return ACTION_LABELS[action].format(snooze_min=snooze_min)


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


def _posture(event: Event) -> Notification:
    reasons = [Reason(word) for word in event.detail.split(";") if word]
    title, advice = REASON_TEXT[reasons[0]] if reasons else ("Time to shift", "Sit up anew.")
    return Notification(
        ReminderKind.POSTURE,
        "Change position",
        f"{title}. {advice}",
        (Action.RELIEVE, Action.SNOOZE, Action.SKIP, Action.FEEDBACK_WRONG),
    )


def notification_for(events: Sequence[Event], wall_at: datetime) -> tuple[Notification, ...]:
    """What to show for the events of one moment; stretch and water join a break's words."""
    kinds = {event.kind for event in events}
    shown: list[Notification] = []
    for event in events:
        if event.kind is EventKind.POSTURE_ALERT:
            note = _posture(event)
        elif event.kind is EventKind.BREAK_DUE:
            body = f"{event.detail}. Stand up and walk for a few minutes."
            if EventKind.STRETCH_DUE in kinds:
                body += " Then stretch: shoulders, neck, hips, half a minute each."
            if EventKind.WATER_DUE in kinds:
                body += " Drink a glass of water on the way."
            note = Notification(ReminderKind.BREAK, "Time for a break", body, _ACTIONS)
        elif event.kind is EventKind.MOVE_DUE:
            body = f"{event.detail}. Shift in the chair, stretch your arms, or stand."
            note = Notification(ReminderKind.MOVE, "Change position", body, _ACTIONS)
        elif event.kind is EventKind.WATER_DUE and EventKind.BREAK_DUE not in kinds:
            body = f"{event.detail}. Drink a glass of water."
            note = Notification(ReminderKind.WATER, "Water", body, _WATER_ACTIONS)
        elif event.kind is EventKind.RECALIBRATION_NEEDED:
            body = f"{event.detail}. Run 'posture-monitor calibrate'."
            note = Notification(ReminderKind.SYSTEM, "The camera's view has changed", body)
        else:
            continue
        shown.append(
            Notification(note.kind, note.title, _sentence(note.body), note.actions, wall_at)
        )
    return tuple(shown)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]

"""Every sentence that a reminder says, in one place, so that translations can come.

The words say "change position", never "bad posture": there is no strong evidence for one
correct posture (Slater 2019).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from posture_monitor.config import ReminderSettings
from posture_monitor.domain import (
    Action,
    EventKind,
    Notification,
    Reason,
    ReminderKind,
    State,
)
from posture_monitor.wording.details import detail_words

if TYPE_CHECKING:
    from collections.abc import Sequence, Set
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
_WAITING = (Action.SNOOZE, Action.SKIP)


def action_label(action: Action, snooze_min: float) -> str:
    """What stands on a button.

    >>> action_label(Action.SNOOZE, 10.0)
    'Snooze 10 min'
    """
    return ACTION_LABELS[action].format(snooze_min=snooze_min)


BREAK_TEXTS = (
    "Stand up and walk for a few minutes.",
    "Get up, roll your shoulders and walk a little.",
    "Time to leave the chair: a few steps are enough.",
    "Stand up, reach for the ceiling, then walk for a few minutes.",
    "Walk to the window or fetch something; come back in a few minutes.",
    "Let your back have another position: stand and move for a few minutes.",
    "Up you get: walk, stretch, breathe.",
)
SEATED_BREAK_TEXTS = (
    "Turn away from the screen for a few minutes and move what you can.",
    "Roll back from the desk, stretch your arms and breathe.",
    "Time to let go of the keyboard: stretch and shift your weight.",
    "Reach for the ceiling, then rest your arms and look far away.",
    "Look out of the window and roll your shoulders for a few minutes.",
    "Let your back have another position: lean back and stretch.",
    "Move your shoulders, turn to both sides, breathe.",
)
"""As many as no usual period of reminders, in minutes, is a multiple of: they come in turn."""
FIRM_TEXT = "It was put off as often as you allow yourself."


TEST_TITLE = "This is how a reminder looks"
TEST_BODY = "Only a try. Press any button: nothing else follows."


def test_notification(wall_at: datetime) -> Notification:
    """One that shows what a reminder looks like, with its buttons."""
    return Notification(ReminderKind.SYSTEM, TEST_TITLE, TEST_BODY, _ACTIONS, wall_at)


def notification_for(
    events: Sequence[Event], wall_at: datetime, rules: ReminderSettings | None = None
) -> tuple[Notification, ...]:
    """What to show for the events of one moment; stretch and water join a break's words.

    ``rules`` say who can't stand up, and hold the user's own words.
    """
    rules = ReminderSettings() if rules is None else rules
    kinds = {event.kind for event in events}
    notes = [_note(event, kinds, wall_at, rules) for event in events]
    return tuple(
        replace(note, body=_sentence(note.body), wall_at=wall_at)
        for note in notes
        if note is not None
    )


def _note(
    event: Event, kinds: Set[EventKind], wall_at: datetime, rules: ReminderSettings
) -> Notification | None:
    why = f"{detail_words(event)}. "
    if event.kind is EventKind.POSTURE_ALERT:
        return _posture(event, rules)
    if event.kind is EventKind.BREAK_DUE:
        return _break(why, kinds, wall_at, rules)
    if event.kind is EventKind.BREAK_SOON:
        return Notification(ReminderKind.BREAK, "A break in a minute", "Finish your thought.")
    if event.kind is EventKind.MOVE_DUE:
        what = "Shift in the chair, stretch your arms, or stand."
        if rules.seated:
            what = "Shift your weight, stretch your arms, or tilt the backrest."
        body = why + (rules.move_text or what)
        return Notification(ReminderKind.MOVE, "Change position", body, _ACTIONS)
    if event.kind is EventKind.WATER_DUE and EventKind.BREAK_DUE not in kinds:
        body = why + (rules.water_text or "Drink a glass of water.")
        return Notification(ReminderKind.WATER, "Water", body, _WATER_ACTIONS)
    if event.kind is EventKind.FAR_LOOK_DUE:
        body = why + "Look at something far away for 20 seconds, and blink."
        return Notification(ReminderKind.FAR_LOOK, "Far look", body, _WAITING)
    if event.kind is EventKind.SIT_STAND_DUE:
        other = "Stand" if event.detail.state is State.STANDING else "Sit"
        body = f"{other} for a while: changing between the two is what helps."
        return Notification(ReminderKind.SIT_STAND, "Change position", body, _WAITING)
    if event.kind is EventKind.RECALIBRATION_NEEDED:
        body = why + "Run 'posture-monitor calibrate'."
        return Notification(ReminderKind.SYSTEM, "The camera's view has changed", body)
    return None


def _posture(event: Event, rules: ReminderSettings) -> Notification:
    reasons = event.detail.reasons
    title, advice = REASON_TEXT[reasons[0]] if reasons else ("Time to shift", "Sit up again.")
    return Notification(
        ReminderKind.POSTURE,
        "Change position",
        f"{title}. {rules.posture_text or advice}",
        (Action.RELIEVE, Action.SNOOZE, Action.SKIP, Action.FEEDBACK_WRONG),
    )


def _break(
    why: str, kinds: Set[EventKind], wall_at: datetime, rules: ReminderSettings
) -> Notification:
    texts = SEATED_BREAK_TEXTS if rules.seated else BREAK_TEXTS
    turn = int(wall_at.timestamp() // 60.0) % len(texts)
    body = why + (rules.break_text or texts[turn])
    firm = EventKind.BREAK_FIRM in kinds
    if firm:
        body += f" {FIRM_TEXT}"
    if EventKind.STRETCH_DUE in kinds:
        what = "shoulders, neck, arms" if rules.seated else "shoulders, neck, hips"
        body += f" Then stretch: {what}, half a minute each."
    if EventKind.WATER_DUE in kinds:
        body += (
            " Drink a glass of water." if rules.seated else " Drink a glass of water on the way."
        )
    actions = (Action.START_BREAK,) if firm else _ACTIONS
    return Notification(ReminderKind.BREAK, "Time for a break", body, actions)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]

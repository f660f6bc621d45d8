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
from posture_monitor.wording.details import detail_for_people
from posture_monitor.wording.language import N_, Words, _

if TYPE_CHECKING:
    from collections.abc import Sequence, Set
    from datetime import datetime

    from posture_monitor.domain import Event

REASON_TEXT: dict[Reason, tuple[str, str]] = {
    Reason.SLOUCH: (
        N_("You have sunk down"),
        N_("Slide back in the chair and let it carry your back."),
    ),
    Reason.FORWARD_HEAD: (
        N_("Your head has come forward"),
        N_("Draw the chin back over the shoulders."),
    ),
    Reason.HEAD_DOWN: (
        N_("You look down for long"),
        N_("Raise the screen, the book or the phone."),
    ),
    Reason.LEAN_IN: (
        N_("You have come close to the screen"),
        N_("Lean back, or enlarge the text."),
    ),
    Reason.LEAN_LEFT: (N_("You lean to the left"), N_("Put your weight on both sides.")),
    Reason.LEAN_RIGHT: (N_("You lean to the right"), N_("Put your weight on both sides.")),
    Reason.HEAD_TILT: (N_("Your head is tilted"), N_("Let both ears come level.")),
    Reason.SHOULDER_TILT: (
        N_("One shoulder is raised"),
        N_("Let both arms rest at the same height."),
    ),
    Reason.SHRUG: (N_("Your shoulders are drawn up"), N_("Breathe out and let them drop.")),
    Reason.HEAD_TURN: (N_("Your head is turned aside"), N_("Turn the chair, or move that screen.")),
}

MEDICAL_NOTE = N_(
    "This informs, it is no medical device. See a doctor about spasms that don't "
    "pass with rest, numbness or weakness in a leg, loss of bladder or bowel "
    "control, or back pain after a fall or with fever."
)

ACTION_LABELS: Words[Action] = Words(
    {
        Action.START_BREAK: N_("Start break"),
        Action.RELIEVE: N_("Relieve it, 1 min"),
        Action.DRANK: N_("I drank"),
        Action.SNOOZE: N_("Snooze {snooze_min:g} min"),
        Action.SKIP: N_("Skip"),
        Action.FEEDBACK_WRONG: N_("That was wrong"),
    }
)

_TO_SHIFT = (N_("Time to shift"), N_("Sit up again."))
_ACTIONS = (Action.START_BREAK, Action.SNOOZE, Action.SKIP)
_WATER_ACTIONS = (Action.DRANK, Action.SNOOZE, Action.SKIP)
_WAITING = (Action.SNOOZE, Action.SKIP)


def action_label(action: Action, snooze_min: float) -> str:
    """What stands on a button.

    >>> action_label(Action.SNOOZE, 10.0)
    'Snooze 10 min'
    """
    return _(ACTION_LABELS.marked[action], snooze_min=snooze_min)


BREAK_TEXTS = (
    N_("Stand up and walk for a few minutes."),
    N_("Get up, roll your shoulders and walk a little."),
    N_("Time to leave the chair: a few steps are enough."),
    N_("Stand up, reach for the ceiling, then walk for a few minutes."),
    N_("Walk to the window or fetch something; come back in a few minutes."),
    N_("Let your back have another position: stand and move for a few minutes."),
    N_("Up you get: walk, stretch, breathe."),
)
SEATED_BREAK_TEXTS = (
    N_("Turn away from the screen for a few minutes and move what you can."),
    N_("Roll back from the desk, stretch your arms and breathe."),
    N_("Time to let go of the keyboard: stretch and shift your weight."),
    N_("Reach for the ceiling, then rest your arms and look far away."),
    N_("Look out of the window and roll your shoulders for a few minutes."),
    N_("Let your back have another position: lean back and stretch."),
    N_("Move your shoulders, turn to both sides, breathe."),
)
"""As many as no usual period of reminders, in minutes, is a multiple of: they come in turn."""
FIRM_TEXT = N_("It was put off as often as you allow yourself.")


def advice_for(reason: Reason) -> str:
    """What to do about it."""
    return _(REASON_TEXT[reason][1])


TEST_TITLE = N_("This is how a reminder looks")
TEST_BODY = N_("Only a try. Press any button: nothing else follows.")


def test_notification(wall_at: datetime) -> Notification:
    """One that shows what a reminder looks like, with its buttons."""
    return Notification(ReminderKind.SYSTEM, _(TEST_TITLE), _(TEST_BODY), _ACTIONS, wall_at)


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
    why = f"{detail_for_people(event)}. "
    if event.kind is EventKind.POSTURE_ALERT:
        return _posture(event, rules)
    if event.kind is EventKind.BREAK_DUE:
        return _break(why, kinds, wall_at, rules)
    if event.kind is EventKind.BREAK_SOON:
        return Notification(ReminderKind.BREAK, _("A break in a minute"), _("Finish your thought."))
    if event.kind is EventKind.MOVE_DUE:
        what = _("Shift in the chair, stretch your arms, or stand.")
        if rules.seated:
            what = _("Shift your weight, stretch your arms, or tilt the backrest.")
        body = why + (rules.move_text or what)
        return Notification(ReminderKind.MOVE, _("Change position"), body, _ACTIONS)
    if event.kind is EventKind.WATER_DUE and EventKind.BREAK_DUE not in kinds:
        body = why + (rules.water_text or _("Drink a glass of water."))
        return Notification(ReminderKind.WATER, _("Water"), body, _WATER_ACTIONS)
    if event.kind is EventKind.FAR_LOOK_DUE:
        body = why + _("Look at something far away for 20 seconds, and blink.")
        return Notification(ReminderKind.FAR_LOOK, _("Far look"), body, _WAITING)
    if event.kind is EventKind.SIT_STAND_DUE:
        body = _("Sit for a while: changing between the two is what helps.")
        if event.detail.state is State.STANDING:
            body = _("Stand for a while: changing between the two is what helps.")
        return Notification(ReminderKind.SIT_STAND, _("Change position"), body, _WAITING)
    if event.kind is EventKind.WEEK_REVIEW:
        body = why + _("The page Week has the rest.")
        return Notification(ReminderKind.SYSTEM, _("Your last week"), body)
    if event.kind is EventKind.RECALIBRATION_NEEDED:
        body = why + _("Run 'posture-monitor calibrate'.")
        return Notification(ReminderKind.SYSTEM, _("The camera's view has changed"), body)
    return None


def _posture(event: Event, rules: ReminderSettings) -> Notification:
    reasons = event.detail.reasons
    title, advice = map(_, REASON_TEXT[reasons[0]] if reasons else _TO_SHIFT)
    return Notification(
        ReminderKind.POSTURE,
        _("Change position"),
        f"{title}. {rules.posture_text or advice}",
        (Action.RELIEVE, Action.SNOOZE, Action.SKIP, Action.FEEDBACK_WRONG),
    )


def _break(
    why: str, kinds: Set[EventKind], wall_at: datetime, rules: ReminderSettings
) -> Notification:
    texts = SEATED_BREAK_TEXTS if rules.seated else BREAK_TEXTS
    turn = int(wall_at.timestamp() // 60.0) % len(texts)
    body = why + (rules.break_text or _(texts[turn]))
    firm = EventKind.BREAK_FIRM in kinds
    if firm:
        body += f" {_(FIRM_TEXT)}"
    if EventKind.STRETCH_DUE in kinds:
        seated = N_("Then stretch: shoulders, neck, arms, half a minute each.")
        standing = N_("Then stretch: shoulders, neck, hips, half a minute each.")
        body += f" {_(seated if rules.seated else standing)}"
    if EventKind.WATER_DUE in kinds:
        seated, walking = N_("Drink a glass of water."), N_("Drink a glass of water on the way.")
        body += f" {_(seated if rules.seated else walking)}"
    actions = (Action.START_BREAK,) if firm else _ACTIONS
    return Notification(ReminderKind.BREAK, _("Time for a break"), body, actions)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]

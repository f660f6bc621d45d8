"""When to say something: few, well-timed, actionable reminders.

``step`` takes what is known at one moment and answers with the reminders that are due, as
events. A reminder that comes at a bad moment (paused, snoozed, do-not-disturb, nobody there,
just back) waits; it does not pile up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from posture_monitor.domain import Event, EventKind, State

if TYPE_CHECKING:
    from posture_monitor.config import Settings
    from posture_monitor.domain import Reason

REMINDING = frozenset(
    {
        EventKind.POSTURE_ALERT,
        EventKind.MOVE_DUE,
        EventKind.BREAK_DUE,
        EventKind.STRETCH_DUE,
        EventKind.WATER_DUE,
    }
)
"""The events that disturb somebody."""
_AT_DESK = (State.SITTING, State.STANDING)
_WATER_EARLY_SHARE = 0.9
"""Water joins a break that comes this early rather than interrupt later (assumed)."""
_HEEDED_S = 120.0
"""A strain that goes on for longer after its notification was not changed by it (assumed)."""
_PATIENCE = 2
"""So many notifications in a row may change nothing before they become rarer (assumed)."""
_MOST_DOUBLINGS = 3
"""Ignored again and again, the cooldown grows to eight times its length, not for ever."""
_MAX_STEP_S = 60.0
"""Longer steps come from gaps; they add nothing to times of presence."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What the rules look at."""

    t_s: float
    state: State
    sitting_s: float
    stillness_s: float
    strained_since_s: float | None = None
    """Onset of the held strain that goes on; None while relaxed."""
    reasons: tuple[Reason, ...] = ()
    returned_s: float | None = None
    relaxed: bool = False
    """Seen relaxed at this moment: a strain that is only out of sight isn't corrected."""
    quiet: bool = False
    """Do-not-disturb, a full-screen presentation, a call: due reminders wait."""


@dataclass(frozen=True, slots=True)
class ReminderState:
    """What the rules remember."""

    last_s: float | None = None
    presence_s: float = 0.0
    """Seconds of presence since water was last proposed."""
    alerted_s: float | None = None
    """When the last posture notification came."""
    alert_open: bool = False
    """A posture notification came for the strain that goes on."""
    alerts_ignored: int = 0
    """Posture notifications in a row after which the strain just went on."""
    next_break_at_sitting_s: float | None = None
    """Seconds of sitting at which the next break is due; None = from the settings."""
    breaks_proposed: int = 0
    breaks_ignored: int = 0
    """Break reminders of this sitting spell that nobody answered, up to now."""
    moved_s: float | None = None
    """When a change of position was last proposed."""
    moves_ignored: int = 0
    """Proposals to move since the last change of position."""
    snoozed_until_s: float | None = None


def snooze(state: ReminderState, t_s: float, seconds: float) -> ReminderState:
    """Say nothing until ``t_s + seconds``; what is due then still comes.

    A break that was proposed in this sitting spell was answered so: it comes again then.
    """
    state = replace(state, snoozed_until_s=t_s + seconds)
    if state.breaks_ignored == 0:
        return state
    return replace(state, next_break_at_sitting_s=0.0, breaks_ignored=state.breaks_ignored - 1)


def skip_break(state: ReminderState, sitting_s: float, settings: Settings) -> ReminderState:
    """Leave this break out: the next is due a whole period of sitting from now."""
    period_s = settings.reminders.break_every_min * 60.0
    return replace(state, next_break_at_sitting_s=sitting_s + period_s)


def drank(state: ReminderState) -> ReminderState:
    """The time to the next proposal of water starts again."""
    return replace(state, presence_s=0.0)


def step(
    state: ReminderState, moment: Moment, settings: Settings
) -> tuple[ReminderState, tuple[Event, ...]]:
    """The reminders due at this moment, and what to remember."""
    state = _advance(state, moment)
    events: list[Event] = []
    if state.alert_open and moment.strained_since_s is None:
        if moment.relaxed and moment.state in _AT_DESK:
            events.append(Event(moment.t_s, EventKind.POSTURE_CORRECTED))
        state = replace(state, alert_open=False, alerts_ignored=_ignored(state, moment))
    if moment.state in (State.AWAY, State.BREAK):
        state = replace(state, moved_s=None)
    if moment.stillness_s < settings.reminders.move_every_min * 60.0:
        state = replace(state, moves_ignored=0)
    if moment.sitting_s == 0.0:
        state = replace(state, next_break_at_sitting_s=None, breaks_ignored=0)
    if _must_wait(state, moment, settings):
        return state, tuple(events)
    for rule in (_break, _posture, _move, _water):
        state, due = rule(state, moment, settings)
        events += due
        if any(event.kind is EventKind.BREAK_DUE for event in due):
            break  # standing up answers the other reminders too
    return state, tuple(events)


def _ignored(state: ReminderState, moment: Moment) -> int:
    """The notifications in a row that changed nothing, now that a strain has ended."""
    heeded = state.alerted_s is None or moment.t_s - state.alerted_s <= _HEEDED_S
    return 0 if heeded else state.alerts_ignored + 1


def _advance(state: ReminderState, moment: Moment) -> ReminderState:
    here = moment.state in _AT_DESK
    elapsed_s = 0.0 if state.last_s is None else moment.t_s - state.last_s
    grown_s = elapsed_s if here and 0.0 <= elapsed_s <= _MAX_STEP_S else 0.0
    return replace(state, last_s=moment.t_s, presence_s=state.presence_s + grown_s)


def _must_wait(state: ReminderState, moment: Moment, settings: Settings) -> bool:
    if moment.quiet or moment.state not in _AT_DESK:
        return True
    if state.snoozed_until_s is not None and moment.t_s < state.snoozed_until_s:
        return True
    returned_s = moment.returned_s
    return returned_s is not None and moment.t_s - returned_s < settings.reminders.grace_s


def _break_due_at_s(state: ReminderState, settings: Settings) -> float:
    """Seconds of sitting at which the next break is due."""
    due_at_s = state.next_break_at_sitting_s
    return settings.reminders.break_every_min * 60.0 if due_at_s is None else due_at_s


def _break(
    state: ReminderState, moment: Moment, settings: Settings
) -> tuple[ReminderState, list[Event]]:
    rules = settings.reminders
    due_at_s = _break_due_at_s(state, settings)
    if not rules.breaks or moment.state is not State.SITTING or moment.sitting_s < due_at_s:
        return state, []
    count = state.breaks_proposed + 1
    minutes = f"{moment.sitting_s / 60.0:.0f} min of sitting"
    events = [Event(moment.t_s, EventKind.BREAK_DUE, minutes)]
    if rules.stretch and count % rules.stretch_every_breaks == 0:
        events.append(Event(moment.t_s, EventKind.STRETCH_DUE, "with this break"))
    # Ignored once more, it waits twice as long: what is always ignored becomes rarer.
    repeat_s = rules.repeat_break_min * 60.0 * 2**state.breaks_ignored
    state = replace(
        state,
        breaks_proposed=count,
        breaks_ignored=state.breaks_ignored + 1,
        next_break_at_sitting_s=moment.sitting_s + repeat_s,
        moved_s=moment.t_s,
    )
    thirsty_s = rules.water_every_min * 60.0
    if rules.water and state.presence_s >= _WATER_EARLY_SHARE * thirsty_s:
        events.append(Event(moment.t_s, EventKind.WATER_DUE, "with this break"))
        state = replace(state, presence_s=0.0)
    return state, events


def _posture(
    state: ReminderState, moment: Moment, settings: Settings
) -> tuple[ReminderState, list[Event]]:
    if not settings.reminders.posture or moment.strained_since_s is None or state.alert_open:
        return state, []
    doublings = min(max(0, state.alerts_ignored - _PATIENCE), _MOST_DOUBLINGS)
    cooldown_s = settings.posture.cooldown_min * 60.0 * 2**doublings
    if state.alerted_s is not None and moment.t_s - state.alerted_s < cooldown_s:
        return state, []
    detail = ";".join(moment.reasons)
    state = replace(state, alerted_s=moment.t_s, alert_open=True)
    return state, [Event(moment.t_s, EventKind.POSTURE_ALERT, detail)]


def _move(
    state: ReminderState, moment: Moment, settings: Settings
) -> tuple[ReminderState, list[Event]]:
    rules = settings.reminders
    period_s = rules.move_every_min * 60.0
    if not rules.move or moment.state is not State.SITTING or moment.stillness_s < period_s:
        return state, []
    wait_s = period_s * 2**state.moves_ignored
    if state.moved_s is not None and moment.t_s - state.moved_s < wait_s:
        return state, []
    minutes = f"{moment.stillness_s / 60.0:.0f} min in one position"
    state = replace(state, moved_s=moment.t_s, moves_ignored=state.moves_ignored + 1)
    return state, [Event(moment.t_s, EventKind.MOVE_DUE, minutes)]


def _water(
    state: ReminderState, moment: Moment, settings: Settings
) -> tuple[ReminderState, list[Event]]:
    """Water joins the next break; it comes alone only where no break is near."""
    rules = settings.reminders
    if not rules.water:
        return state, []
    patience_s = rules.break_every_min * 60.0 if rules.breaks else 0.0
    if state.presence_s < rules.water_every_min * 60.0 + patience_s:
        return state, []
    minutes = f"{state.presence_s / 60.0:.0f} min at the desk"
    return replace(state, presence_s=0.0), [Event(moment.t_s, EventKind.WATER_DUE, minutes)]


def next_reminder(
    state: ReminderState, moment: Moment, settings: Settings
) -> tuple[str, float] | None:
    """The break or move reminder that comes next and in how many seconds, while sitting."""
    rules = settings.reminders
    coming: list[tuple[float, str]] = []
    if rules.breaks:
        coming.append((_break_due_at_s(state, settings) - moment.sitting_s, "break"))
    if rules.move:
        coming.append((rules.move_every_min * 60.0 - moment.stillness_s, "move"))
    if rules.water and not rules.breaks:
        coming.append((rules.water_every_min * 60.0 - state.presence_s, "water"))
    if not coming or moment.state is not State.SITTING:
        return None
    seconds, kind = min(coming)
    return kind, max(0.0, seconds)

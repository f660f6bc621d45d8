"""When to say something: few, well-timed, actionable reminders.

``step`` takes what is known at one moment and answers with the reminders that are due, as
events. A reminder that comes at a bad moment (paused, snoozed, do-not-disturb, nobody there,
just back) waits; it does not pile up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from posture_monitor.domain import Detail, Event, EventKind, State

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
        EventKind.BREAK_SOON,
        EventKind.FAR_LOOK_DUE,
        EventKind.SIT_STAND_DUE,
        EventKind.WEEK_REVIEW,
    }
)
"""The events that disturb somebody."""
_AT_DESK = (State.SITTING, State.STANDING)
_WATER_EARLY_SHARE = 0.9
"""Water joins a break that comes this early rather than interrupt later (assumed)."""
_HEEDED_S = 120.0
"""A strain that goes on for longer after its notification was not changed by it (assumed)."""
_PATIENCE = 2
"""This many notifications in a row may change nothing before they become rarer (assumed)."""
_MOST_DOUBLINGS = 3
"""Ignored again and again, the cooldown grows to eight times its length, not for ever."""
STRAIN_AGAIN_S = 30.0 * 60.0
"""A strain that simply goes on is told again after this long, and then each time it has lasted
twice as long: seldom, but an hour of it must not pass for corrected (assumed)."""
PAUSE_S = 3.0
"""Hands off keyboard and mouse for so long are a natural pause: bursts of typing and pointing
have shorter gaps (assumed)."""
LONGEST_WAIT_S = 285.0
"""A due reminder waits for a pause no longer than 5 minutes, up to 15 s until the next frame."""
NOTICE_S = 60.0
"""So long before a break its notice comes."""
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
    idle_s: float | None = None
    """Since keyboard or mouse were used; None where nobody knows."""
    week: Detail | None = None
    """The last week, where nobody was told of it yet in this one."""
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
    due_since_s: float | None = None
    """Something is due and waits for a pause, since then."""
    breaks_declined: int = 0
    """Breaks of this sitting spell that were skipped or snoozed."""
    noticed_at_sitting_s: float | None = None
    """The break, by its seconds of sitting, that was announced."""
    near_s: float = 0.0
    """Seconds at the desk since the last far look."""
    same: State | None = None
    """Sitting or standing, whichever goes on."""
    same_s: float = 0.0
    """Seconds of it, since it began or since a change was proposed."""
    snoozed_until_s: float | None = None
    week_told: Detail | None = None
    """The last week that was told."""


def snooze(state: ReminderState, t_s: float, seconds: float) -> ReminderState:
    """Say nothing until ``t_s + seconds``; what is due then still comes.

    A break that was proposed in this sitting spell was answered so: it comes again then.
    """
    state = replace(state, snoozed_until_s=t_s + seconds)
    if state.breaks_ignored == 0:
        return state
    return replace(
        state,
        next_break_at_sitting_s=0.0,
        breaks_ignored=state.breaks_ignored - 1,
        breaks_declined=state.breaks_declined + 1,
    )


def skip_break(state: ReminderState, sitting_s: float, settings: Settings) -> ReminderState:
    """Leave this break out: the next is due a whole period of sitting from now."""
    period_s = settings.reminders.break_every_min * 60.0
    return replace(state, next_break_at_sitting_s=sitting_s + period_s)


def decline_break(state: ReminderState, sitting_s: float, settings: Settings) -> ReminderState:
    """As ``skip_break``, and counted: in firm mode that is possible only so often."""
    state = replace(state, breaks_declined=state.breaks_declined + 1)
    return skip_break(state, sitting_s, settings)


def is_firm(state: ReminderState, settings: Settings) -> bool:
    """Whether a break can't be put off any more before one was taken."""
    return settings.reminders.firm and state.breaks_declined >= settings.reminders.most_skips


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
        state = replace(
            state,
            next_break_at_sitting_s=None,
            breaks_ignored=0,
            breaks_declined=0,
            noticed_at_sitting_s=None,
        )
    if _must_wait(state, moment, settings):
        return state, tuple(events)
    waits = _waits_for_pause(state, moment, settings)
    held = False
    for rule in (_notice, _break, _posture, _move, _water, _far_look, _sit_stand, _week):
        after, due = rule(state, moment, settings)
        if due and waits and rule not in (_notice, _posture):
            held = True
            continue
        state = after
        events += due
        if any(event.kind is EventKind.BREAK_DUE for event in due):
            break  # standing up answers the other reminders too
    since_s = moment.t_s if state.due_since_s is None else state.due_since_s
    return replace(state, due_since_s=since_s if held else None), tuple(events)


def _waits_for_pause(state: ReminderState, moment: Moment, settings: Settings) -> bool:
    """Whether somebody is in the middle of typing or pointing, and what is due can wait."""
    if not settings.reminders.wait_for_pause or moment.idle_s is None or moment.idle_s >= PAUSE_S:
        return False
    return state.due_since_s is None or moment.t_s - state.due_since_s < LONGEST_WAIT_S


def _ignored(state: ReminderState, moment: Moment) -> int:
    """The notifications in a row that changed nothing, now that a strain has ended."""
    heeded = state.alerted_s is None or moment.t_s - state.alerted_s <= _HEEDED_S
    return 0 if heeded else state.alerts_ignored + 1


def _advance(state: ReminderState, moment: Moment) -> ReminderState:
    here = moment.state in _AT_DESK
    elapsed_s = 0.0 if state.last_s is None else moment.t_s - state.last_s
    grown_s = elapsed_s if here and 0.0 <= elapsed_s <= _MAX_STEP_S else 0.0
    gone = moment.state in (State.AWAY, State.BREAK)
    same = moment.state if here else None if gone else state.same
    return replace(
        state,
        last_s=moment.t_s,
        presence_s=state.presence_s + grown_s,
        near_s=0.0 if gone else state.near_s + grown_s,
        same=same,
        same_s=state.same_s + grown_s if same is state.same else 0.0,
    )


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


def _notice(
    state: ReminderState, moment: Moment, settings: Settings
) -> tuple[ReminderState, list[Event]]:
    """A break is announced once, a minute before."""
    rules, due_at_s = settings.reminders, _break_due_at_s(state, settings)
    left_s = due_at_s - moment.sitting_s
    wanted = rules.breaks and rules.notice and moment.state is State.SITTING
    if not wanted or not 0.0 < left_s <= NOTICE_S or state.noticed_at_sitting_s == due_at_s:
        return state, []
    state = replace(state, noticed_at_sitting_s=due_at_s)
    return state, [Event(moment.t_s, EventKind.BREAK_SOON, Detail(seconds=left_s))]


def _break(
    state: ReminderState, moment: Moment, settings: Settings
) -> tuple[ReminderState, list[Event]]:
    rules = settings.reminders
    due_at_s = _break_due_at_s(state, settings)
    if not rules.breaks or moment.state is not State.SITTING or moment.sitting_s < due_at_s:
        return state, []
    count = state.breaks_proposed + 1
    events = [Event(moment.t_s, EventKind.BREAK_DUE, Detail(seconds=moment.sitting_s))]
    if rules.stretch and count % rules.stretch_every_breaks == 0:
        events.append(Event(moment.t_s, EventKind.STRETCH_DUE, Detail(with_break=True)))
    # Ignored once more, it waits twice as long: what is always ignored becomes rarer.
    repeat_s = rules.repeat_break_min * 60.0 * 2**state.breaks_ignored
    if is_firm(state, settings):
        events.append(Event(moment.t_s, EventKind.BREAK_FIRM))
        repeat_s = rules.repeat_break_min * 60.0
    state = replace(
        state,
        breaks_proposed=count,
        breaks_ignored=state.breaks_ignored + 1,
        next_break_at_sitting_s=moment.sitting_s + repeat_s,
        moved_s=moment.t_s,
    )
    thirsty_s = rules.water_every_min * 60.0
    if rules.water and state.presence_s >= _WATER_EARLY_SHARE * thirsty_s:
        events.append(Event(moment.t_s, EventKind.WATER_DUE, Detail(with_break=True)))
        state = replace(state, presence_s=0.0)
    return state, events


def _posture(
    state: ReminderState, moment: Moment, settings: Settings
) -> tuple[ReminderState, list[Event]]:
    onset_s = moment.strained_since_s
    if not settings.reminders.posture or onset_s is None:
        return state, []
    doublings = min(max(0, state.alerts_ignored - _PATIENCE), _MOST_DOUBLINGS)
    wait_s = settings.posture.cooldown_min * 60.0 * 2**doublings
    if state.alerted_s is not None:
        if state.alert_open:
            wait_s = max(wait_s, STRAIN_AGAIN_S, state.alerted_s - onset_s)
        if moment.t_s - state.alerted_s < wait_s:
            return state, []
    state = replace(state, alerted_s=moment.t_s, alert_open=True)
    return state, [Event(moment.t_s, EventKind.POSTURE_ALERT, Detail(reasons=moment.reasons))]


def _move(
    state: ReminderState, moment: Moment, settings: Settings
) -> tuple[ReminderState, list[Event]]:
    rules = settings.reminders
    period_s = rules.move_every_min * 60.0
    if not rules.move or moment.state is not State.SITTING or moment.stillness_s < period_s:
        return state, []
    if _move_wait_s(state, moment, settings) > 0.0:
        return state, []
    state = replace(state, moved_s=moment.t_s, moves_ignored=state.moves_ignored + 1)
    return state, [Event(moment.t_s, EventKind.MOVE_DUE, Detail(seconds=moment.stillness_s))]


def _move_wait_s(state: ReminderState, moment: Moment, settings: Settings) -> float:
    """Seconds until a change of position may be proposed again; 0 where it may be now."""
    if state.moved_s is None:
        return 0.0
    wait_s = settings.reminders.move_every_min * 60.0 * 2**state.moves_ignored
    return float(max(0.0, state.moved_s + wait_s - moment.t_s))


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
    detail = Detail(seconds=state.presence_s)
    return replace(state, presence_s=0.0), [Event(moment.t_s, EventKind.WATER_DUE, detail)]


def _far_look(
    state: ReminderState, moment: Moment, settings: Settings
) -> tuple[ReminderState, list[Event]]:
    rules = settings.reminders
    if not rules.far_look or state.near_s < rules.far_look_every_min * 60.0:
        return state, []
    detail = Detail(seconds=state.near_s)
    return replace(state, near_s=0.0), [Event(moment.t_s, EventKind.FAR_LOOK_DUE, detail)]


def _sit_stand(
    state: ReminderState, moment: Moment, settings: Settings
) -> tuple[ReminderState, list[Event]]:
    """Change between sitting and standing; not for somebody who stays seated."""
    rules = settings.reminders
    if not rules.sit_stand or rules.seated or state.same_s < rules.sit_stand_every_min * 60.0:
        return state, []
    other = State.STANDING if moment.state is State.SITTING else State.SITTING
    proposed = Event(moment.t_s, EventKind.SIT_STAND_DUE, Detail(state=other))
    return replace(state, same_s=0.0), [proposed]


def _week(
    state: ReminderState, moment: Moment, settings: Settings
) -> tuple[ReminderState, list[Event]]:
    """How the last week was, once; when somebody is first at the desk in the new one."""
    if not settings.reminders.weekly or moment.week is None or state.week_told == moment.week:
        return state, []
    told = Event(moment.t_s, EventKind.WEEK_REVIEW, moment.week)
    return replace(state, week_told=moment.week), [told]


def next_reminder(
    state: ReminderState, moment: Moment, settings: Settings
) -> tuple[str, float] | None:
    """The break or move reminder that comes next and in how many seconds, while sitting."""
    rules = settings.reminders
    coming: list[tuple[float, str]] = []
    if rules.breaks:
        coming.append((_break_due_at_s(state, settings) - moment.sitting_s, "break"))
    if rules.move:
        still_s = rules.move_every_min * 60.0 - moment.stillness_s
        coming.append((max(still_s, _move_wait_s(state, moment, settings)), "move"))
    if rules.water and not rules.breaks:
        coming.append((rules.water_every_min * 60.0 - state.presence_s, "water"))
    if not coming or moment.state is not State.SITTING:
        return None
    seconds, kind = min(coming)
    return kind, max(0.0, seconds)

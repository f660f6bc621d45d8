"""Sitting, standing, away, on a break, or unknown: one small state machine.

Every change is believed only after it has lasted, and then counts from its onset. Durations
are differences of the given times, so that a recording, a suspend and a test need nothing
special. Time between frames further apart than ``max_gap_s`` is unknown.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from posture_monitor.domain import Detail, Event, EventKind, Presence, State

if TYPE_CHECKING:
    from posture_monitor.config import SittingSettings

STAND_CONFIRM_S = 3.0
"""Standing is believed after this long; stretching upwards is shorter (assumed)."""
LONE_LOOK_S = 4.0
"""Frames at least this far apart are believed each by itself. Nearer ones wait for a second that
agrees, however far apart: on battery, with two seconds between frames, one misread picture would
be an absence (assumed)."""
_HERE = (State.SITTING, State.STANDING)
ACTIVE_IDLE_S = 10.0
"""Keyboard or mouse used within this long: someone is at the desk, though out of view (assumed)."""
BLIND_IDLE_S = 60.0
"""The same while the camera sees nothing at all and so doesn't contradict: anyone who talks in a
call or reads touches the mouse this often (assumed)."""
ACTIVITY_LAG_S = 3.0
"""What the desktop tells of the keyboard may be this old: only then it's known that nobody
typed on after they went out of view."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the other parts know at one moment."""

    t_s: float
    presence: Presence
    since_s: float | None = None
    """When the presence began to be so, before it was believed; None: with this frame."""
    standing: bool | None = False
    """None where somebody is there but can't be measured: then standing goes on as it was."""
    idle_s: float | None = None
    """Seconds since keyboard or mouse were used; None where the desktop doesn't tell."""
    absent_before: bool = False
    """The time since the last frame was an absence (suspend, lock, closed lid)."""


@dataclass(frozen=True, slots=True)
class SittingState:
    """Where the person is, since when, and how long they have been sitting in this spell."""

    state: State = State.UNKNOWN
    since_s: float = 0.0
    last_s: float | None = None
    presence_since_s: float | None = None
    """Of the last frame: another one in the next tells that presence has changed."""
    candidate: State | None = None
    candidate_since_s: float = 0.0
    candidate_s: float = 0.0
    """Seconds under the candidate so far; they go to whichever state turns out true."""
    in_spell: bool = False
    sitting_s: float = 0.0
    """Seconds sat in this spell; survives short absences."""
    here: bool = False
    """Seen at the desk since the last break."""
    break_since_s: float | None = None
    """Onset of the break that is going on; it ends when the person is seen again."""
    returned_s: float | None = None
    """When the person last came back from a break or an absence."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of time that turned out to be spent in one state."""

    start_s: float
    end_s: float
    state: State


@dataclass(frozen=True, slots=True)
class Step:
    """The answer to one frame."""

    state: SittingState
    events: tuple[Event, ...] = ()
    gap: Stretch | None = None
    """Time before this frame that is known to be unknown or absent, whatever came before."""
    relabel: Stretch | None = None
    """Time already passed that turned out to be spent otherwise than first thought."""


def _is_active(evidence: Evidence) -> bool:
    """Whether keyboard or mouse tell that someone is here whom the camera doesn't see."""
    if evidence.idle_s is None:
        return False
    if evidence.presence is Presence.UNKNOWN:
        return evidence.idle_s <= BLIND_IDLE_S
    # The last touch before someone went out of view says nothing of the time after.
    touched_since = evidence.since_s is None or evidence.t_s - evidence.idle_s > evidence.since_s
    return touched_since and evidence.idle_s <= ACTIVE_IDLE_S


def _target(current: State, evidence: Evidence) -> State:
    present = evidence.presence is Presence.PRESENT
    if not present and not _is_active(evidence):
        return State.AWAY if evidence.presence is Presence.AWAY else State.UNKNOWN
    seen = evidence.standing if present else None
    standing = current is State.STANDING if seen is None else seen
    return State.STANDING if standing else State.SITTING


def _confirm_s(
    current: State, target: State, evidence: Evidence, settings: SittingSettings
) -> float:
    if target in (State.AWAY, State.UNKNOWN):
        recent = evidence.idle_s is not None and evidence.idle_s <= ACTIVE_IDLE_S
        return max(settings.leave_s, ACTIVITY_LAG_S) if recent else settings.leave_s
    if target is State.STANDING or current is State.STANDING:
        return STAND_CONFIRM_S
    return settings.return_s


def step(state: SittingState, evidence: Evidence, settings: SittingSettings) -> Step:
    """Take in one frame; a time that runs backwards counts as no time."""
    last_s = state.last_s
    if last_s is None:
        return Step(_begin(replace(state, since_s=evidence.t_s), evidence, evidence.t_s))
    t_s = max(evidence.t_s, last_s)
    if evidence.absent_before or t_s - last_s > settings.max_gap_s:
        return _cross_gap(state, evidence, last_s, t_s, settings)
    elapsed_s = t_s - last_s
    target = _target(state.state, evidence)
    relabel: Stretch | None = None
    events: tuple[Event, ...] = ()
    if target is (State.AWAY if state.state is State.BREAK else state.state):
        state = _settle(state, elapsed_s)
    else:
        state, relabel, events = _pend(state, target, evidence, t_s, settings)
    state = replace(state, last_s=t_s, presence_since_s=evidence.since_s)
    state, late, more = _lasting(state, t_s, settings)
    return Step(state, events + more, None, late or relabel)


def _begin(state: SittingState, evidence: Evidence, t_s: float) -> SittingState:
    """The first frame, or the first after a gap: wait for what it shows to last."""
    return replace(
        state,
        last_s=t_s,
        presence_since_s=evidence.since_s,
        candidate=_target(state.state, evidence),
        candidate_since_s=t_s,
        candidate_s=0.0,
    )


def _cross_gap(
    state: SittingState, evidence: Evidence, last_s: float, t_s: float, settings: SittingSettings
) -> Step:
    """Nobody looked: an absence (goes on or begins with the gap), or nobody knows."""
    events: tuple[Event, ...] = ()
    if state.state is State.STANDING:
        events = (Event(last_s, EventKind.STANDING_ENDED),)
    unseen = State.AWAY if evidence.absent_before else State.UNKNOWN
    on_break = evidence.absent_before and state.state is State.BREAK
    if state.state is not unseen and not on_break:
        state = replace(state, state=unseen, since_s=last_s)
    gap = Stretch(last_s, t_s, state.state)
    state, relabel, more = _lasting(replace(state, candidate=None), t_s, settings)
    return Step(_begin(state, evidence, t_s), events + more, gap, relabel)


def _break_begins(state: SittingState, onset_s: float) -> tuple[SittingState, tuple[Event, ...]]:
    """An absence has lasted long enough: the spell is over, from the absence's onset on."""
    events: tuple[Event, ...] = ()
    if state.in_spell:
        events += (_sitting_ended(onset_s, state.sitting_s),)
    if state.here:
        events += (Event(onset_s, EventKind.BREAK_STARTED),)
        state = replace(state, break_since_s=onset_s)
    return replace(state, in_spell=False, here=False, sitting_s=0.0), events


def _sitting_ended(t_s: float, sitting_s: float) -> Event:
    return Event(t_s, EventKind.SITTING_ENDED, Detail(seconds=sitting_s))


def _settle(state: SittingState, elapsed_s: float) -> SittingState:
    """The state goes on; what a passing doubt took is given back to it."""
    grown_s = elapsed_s + state.candidate_s if state.state is State.SITTING else 0.0
    return replace(state, candidate=None, candidate_s=0.0, sitting_s=state.sitting_s + grown_s)


def _onset_s(state: SittingState, evidence: Evidence, t_s: float) -> float:
    """When what this frame shows began: before it where presence took a while to be believed."""
    if evidence.since_s is None or evidence.since_s == state.presence_since_s:
        return t_s  # it's something else that changed
    return min(max(evidence.since_s, state.since_s), t_s)


def _pend(
    state: SittingState, target: State, evidence: Evidence, t_s: float, settings: SittingSettings
) -> tuple[SittingState, Stretch | None, tuple[Event, ...]]:
    """A frame that contradicts the state: it must last before it is believed."""
    elapsed_s = t_s - (t_s if state.last_s is None else state.last_s)
    confirm_s = _confirm_s(state.state, target, evidence, settings)
    # Anyone who comes back stands before they sit down: that they are here counts on.
    arriving = state.candidate in _HERE and target in _HERE and state.state not in _HERE
    if state.candidate is target or arriving:
        state = replace(state, candidate=target, candidate_s=state.candidate_s + elapsed_s)
        lasted_s = t_s - state.candidate_since_s
    else:
        # What passed up to the onset still belongs to the state that held until now.
        onset_s = _onset_s(state, evidence, t_s)
        state = _settle(state, elapsed_s - (t_s - onset_s))
        state = replace(
            state, candidate=target, candidate_since_s=onset_s, candidate_s=t_s - onset_s
        )
        alone = elapsed_s >= max(confirm_s, LONE_LOOK_S)
        lasted_s = confirm_s if alone else 0.0  # another frame must agree
    if lasted_s < confirm_s:
        return state, None, ()
    return _change(state, target, t_s)


def _change(
    state: SittingState, target: State, t_s: float
) -> tuple[SittingState, Stretch | None, tuple[Event, ...]]:
    """The candidate has lasted: it is the state, from its onset on."""
    onset_s = state.candidate_since_s
    before = state.state
    events: list[Event] = []
    sat_s = state.candidate_s if target is State.SITTING else 0.0
    state = replace(
        state,
        state=target,
        since_s=onset_s,
        candidate=None,
        candidate_s=0.0,
        sitting_s=state.sitting_s + sat_s,
    )
    if before is State.STANDING:
        events.append(Event(onset_s, EventKind.STANDING_ENDED))
    if target in (State.SITTING, State.STANDING):
        if state.break_since_s is not None:
            length = Detail(seconds=onset_s - state.break_since_s)
            events.append(Event(onset_s, EventKind.BREAK_ENDED, length))
        if before in (State.AWAY, State.BREAK) or state.break_since_s is not None:
            state = replace(state, returned_s=onset_s)
        state = replace(state, here=True, break_since_s=None)
    if target is State.STANDING:
        events.append(Event(onset_s, EventKind.STANDING_STARTED))
    if target is State.SITTING and not state.in_spell:
        events.append(Event(onset_s, EventKind.SITTING_STARTED))
        state = replace(state, in_spell=True)
    return state, Stretch(onset_s, t_s, target), tuple(events)


def _lasting(
    state: SittingState, t_s: float, settings: SittingSettings
) -> tuple[SittingState, Stretch | None, tuple[Event, ...]]:
    """What a state becomes by lasting: an absence a break, standing or doubt a spell's end."""
    if state.candidate is not None:
        return state, None, ()  # it may be over already
    lasted_s = t_s - state.since_s
    if state.state is State.AWAY and lasted_s >= settings.min_break_s:
        state, events = _break_begins(state, state.since_s)
        return replace(state, state=State.BREAK), Stretch(state.since_s, t_s, State.BREAK), events
    limits_s = {
        State.STANDING: settings.stand_s,
        State.UNKNOWN: settings.session_end_min * 60.0,
    }
    if state.in_spell and lasted_s >= limits_s.get(state.state, math.inf):
        ended = _sitting_ended(state.since_s, state.sitting_s)
        return replace(state, in_spell=False, sitting_s=0.0), None, (ended,)
    return state, None, ()

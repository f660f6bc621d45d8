"""Counts repetitions and adds up holds from one signal; a state machine a side.

A repetition is: out of the neutral, as far as ``enter``, there for a least time, and home again
below ``leave``. Between the two thresholds nothing changes, so that no flicker counts. Times are
those at which the signal crossed a threshold, between two frames: the same film at 5 or at 30
frames a second counts the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Hint(StrEnum):
    """What helps the person who exercises."""

    NONE = "none"
    FURTHER = "further"
    SLOWER = "slower"
    STILL = "still"
    """To learn the neutral."""
    DONE = "done"
    NOT_SEEN = "not_seen"
    HANDS_DOWN = "hands_down"
    """A hand is at the head."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a repetition demands, in the unit of the signal."""

    enter: float
    """As far as this it counts."""
    leave: float
    """Below this the person is home again."""
    min_out_s: float = 0.2
    """Least time as far as ``enter``."""
    min_cycle_s: float = 0.85
    """Least time from leaving the neutral to being home again."""


MAX_GAP_S = 1.0
"""Unseen for longer, nobody knows what was done meanwhile: it counts from the next neutral on."""
_HELD = 0.8
"""Of the furthest that a movement went: from here on it counts as held (assumed)."""
_TRIED = 0.5
"""A movement of this share of the demanded one was meant to be one (assumed)."""


class Phase(StrEnum):
    """Where in a repetition somebody is."""

    LOST = "lost"
    HOME = "home"
    MOVING = "moving"
    """Away from the neutral, never as far as demanded."""
    OUT = "out"
    """As far as demanded, or on the way home from there."""


@dataclass(frozen=True, slots=True)
class CountState:
    """One side of one exercise; ``step`` makes the next."""

    phase: Phase = Phase.LOST
    repetitions: int = 0
    held_s: float = 0.0
    """Of the repetitions that counted."""
    t_s: float | None = None
    """Of the last frame in which the signal was seen."""
    value: float = 0.0
    highs: tuple[tuple[float, float], ...] = ()
    """Time and value of each frame of this movement that went further than all before."""
    held_until_s: float = 0.0
    """When the movement was last about as far as its peak."""
    hint: Hint = Hint.NONE
    ended_s: float = -1.0
    """When the last movement came home, whether it counted or not."""

    @property
    def peak(self) -> float:
        """How far this movement went."""
        return self.highs[-1][1]


def step(state: CountState, t_s: float, value: float | None, rule: Rule) -> CountState:
    """The state after an observation at ``t_s``, later than the last; ``value`` None = not seen."""
    if state.t_s is not None and t_s - state.t_s > MAX_GAP_S:
        state = CountState(Phase.LOST, state.repetitions, state.held_s, hint=Hint.NOT_SEEN)
    if value is None:
        return state
    if state.t_s is None:  # the first frame, or the first after having been lost
        phase = Phase.HOME if value <= rule.leave else Phase.LOST
        return replace(state, phase=phase, t_s=t_s, value=value)
    return replace(_moved(state, t_s, value, rule), t_s=t_s, value=value)


def interrupted(state: CountState, t_s: float, hint: Hint) -> CountState:
    """Something else is being done: the next repetition starts from the next neutral."""
    return CountState(Phase.LOST, state.repetitions, state.held_s, t_s, hint=hint)


def finish(state: CountState, rule: Rule) -> CountState:
    """At the end of a film: a hold that went on until then is kept, the repetition isn't."""
    return replace(state, held_s=state.held_s + holding_s(state, rule), phase=Phase.LOST)


def holding_s(state: CountState, rule: Rule) -> float:
    """How long the movement that goes on has been held; 0 in the neutral."""
    if state.phase is not Phase.OUT:
        return 0.0
    deep = _deep(state, rule)
    # A movement starts below ``leave`` and its last high is its peak, so one crossed ``deep``.
    reached = next(i for i, (_, value) in enumerate(state.highs) if value >= deep)
    since_s = _crossing(*state.highs[reached - 1], *state.highs[reached], deep)
    return state.held_until_s - since_s


def _deep(state: CountState, rule: Rule) -> float:
    """From here on it is held: about as far as this movement went, and far enough to count."""
    return max(rule.enter, _HELD * state.peak)


def _moved(state: CountState, t_s: float, value: float, rule: Rule) -> CountState:
    if value <= rule.leave:
        return _home(state, t_s, value, rule)
    if state.phase is Phase.LOST:
        return state
    assert state.t_s is not None
    before_s = state.t_s
    if state.phase is Phase.HOME:
        start = (before_s, state.value)
        state = replace(state, phase=Phase.MOVING, highs=(start,))
    if value > state.peak:
        state = replace(state, highs=(*state.highs, (t_s, value)))
    if value >= rule.enter:
        state = replace(state, phase=Phase.OUT)
    deep = _deep(state, rule)
    if value >= deep:
        return replace(state, held_until_s=t_s)
    if state.value >= deep:
        until_s = _crossing(before_s, state.value, t_s, value, deep)
        return replace(state, held_until_s=until_s)
    return state


def _home(state: CountState, t_s: float, value: float, rule: Rule) -> CountState:
    """Back in the neutral: did it count, and if not, why?"""
    assert state.t_s is not None
    if state.phase in (Phase.HOME, Phase.LOST):
        hint = Hint.NONE if state.hint is Hint.HANDS_DOWN else state.hint
        return replace(state, phase=Phase.HOME, hint=hint)
    before_s = state.t_s
    home_s = _crossing(before_s, state.value, t_s, value, rule.leave)
    left_s = _crossing(*state.highs[0], *state.highs[1], rule.leave)
    if state.phase is Phase.OUT and state.value >= (deep := _deep(state, rule)):
        until_s = _crossing(before_s, state.value, t_s, value, deep)
        state = replace(state, held_until_s=until_s)
    held_s = holding_s(state, rule)
    after = replace(state, phase=Phase.HOME, ended_s=home_s, highs=())
    if state.phase is Phase.MOVING:
        tried = state.peak >= rule.leave + _TRIED * (rule.enter - rule.leave)
        return replace(after, hint=Hint.FURTHER if tried else state.hint)
    if held_s < rule.min_out_s or home_s - left_s < rule.min_cycle_s:
        return replace(after, hint=Hint.SLOWER)
    return replace(
        after, repetitions=state.repetitions + 1, held_s=state.held_s + held_s, hint=Hint.DONE
    )


def _crossing(
    t_s: float, value: float, next_t_s: float, next_value: float, threshold: float
) -> float:
    """When the signal passed ``threshold`` between two frames."""
    return t_s + (threshold - value) / (next_value - value) * (next_t_s - t_s)

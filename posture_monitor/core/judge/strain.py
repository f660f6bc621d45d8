"""Strain that is held: from onset, in seconds, with two thresholds.

A glance is strained for a sample and leaves no trace; one thing held for ``hold_s`` counts
from its onset, once a strained sample bears it out. Being relaxed for ``corrected_s`` ends it.
Samples that can't be judged neither hold nor relax; without a judged one for
``MAX_UNJUDGED_S`` the spell is over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from posture_monitor.config import PostureSettings
    from posture_monitor.domain import Reason

MAX_UNJUDGED_S = 20.0
"""Unjudged this long, a spell of strain is over: nobody knows what came between (assumed)."""
_MAIN_SHARE = 0.5
"""A reason stands for a spell when it was there for this share of it."""


@dataclass(frozen=True, slots=True)
class StrainState:
    """A spell of strain, not yet held or held."""

    onset_s: float | None = None
    """When the present spell began; None while relaxed."""
    held: bool = False
    relaxed_since_s: float | None = None
    last_judged_s: float | None = None
    reason_s: tuple[tuple[Reason, float], ...] = ()
    """Seconds per reason in the present spell."""
    reasons: tuple[Reason, ...] = ()
    """The main reasons of the held spell, most lasting first."""


@dataclass(frozen=True, slots=True)
class StrainChange:
    """What changed in one step, with the moment it counts from."""

    held_from_s: float | None = None
    """Onset of a spell that has just become held."""
    ended_at_s: float | None = None
    """End of a held spell."""


def _main_reasons(
    seconds: tuple[tuple[Reason, float], ...], total_s: float, current: tuple[Reason, ...]
) -> tuple[Reason, ...]:
    """The reasons that lasted and still hold; else the one that weighs most now."""
    ranked = sorted(seconds, key=lambda pair: -pair[1])
    main = tuple(
        reason for reason, lasted in ranked if lasted >= _MAIN_SHARE * total_s and reason in current
    )
    return main or current[:1]


def step(
    state: StrainState,
    *,
    t_s: float,
    judged: bool,
    strained: bool,
    relaxed: bool,
    reasons: tuple[Reason, ...],
    settings: PostureSettings,
) -> tuple[StrainState, StrainChange]:
    """Take in one sample.

    ``strained`` is past the entering threshold, ``relaxed`` below the leaving one; between
    the two a spell goes on, but none begins and none becomes held: a long look at the keyboard
    followed by a seat just below the threshold is no strain to tell of.
    """
    state, lost = _out_of_sight(state, t_s)
    if not judged:
        return state, lost
    previous_s, onset_s = state.last_judged_s, state.onset_s
    state = replace(state, last_judged_s=t_s)
    if onset_s is None or previous_s is None:
        if strained:
            state = replace(state, onset_s=t_s, reason_s=tuple((r, 0.0) for r in reasons))
        return state, lost
    if strained:
        lasted = dict(state.reason_s)
        for reason in reasons:
            lasted[reason] = lasted.get(reason, 0.0) + t_s - previous_s
        state = replace(state, relaxed_since_s=None, reason_s=tuple(lasted.items()))
    elif relaxed:
        since_s = t_s if state.relaxed_since_s is None else state.relaxed_since_s
        state = replace(state, relaxed_since_s=since_s)
        # Frames further apart than relief must last: the first relaxed one ends what was not
        # held yet. A held spell waits for a second, since a head bent over a phone is at
        # times misread as upright, and one such frame must not end a spell of minutes.
        sure_s = since_s if state.held else min(since_s, previous_s)
        if t_s - sure_s >= settings.corrected_s:
            ended = since_s if state.held else None
            return StrainState(last_judged_s=t_s), StrainChange(ended_at_s=ended)
        return state, StrainChange()
    else:
        state = replace(state, relaxed_since_s=None)
    if strained and not state.held and t_s - onset_s >= settings.hold_s:
        main = _main_reasons(state.reason_s, t_s - onset_s, reasons)
        return replace(state, held=True, reasons=main), StrainChange(held_from_s=onset_s)
    return state, StrainChange()


def _out_of_sight(state: StrainState, t_s: float) -> tuple[StrainState, StrainChange]:
    """A spell ends where nobody saw it for long: with the last frame, or what it relaxed at."""
    last_s = state.last_judged_s
    if last_s is None or t_s - last_s < MAX_UNJUDGED_S:
        return state, StrainChange()
    end_s = last_s if state.relaxed_since_s is None else state.relaxed_since_s
    return StrainState(), StrainChange(ended_at_s=end_s if state.held else None)

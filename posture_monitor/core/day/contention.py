"""When to hand the camera to another program, and when to take it back.

On Linux one program at a time gets pictures from a camera. The second program either holds
its device open and waits, or is refused and closes it at once; a browser that only lists the
cameras closes it at once too. So what stays open means handing over until it is closed again;
what was closed at once means stepping aside for a moment, in case it was refused and is tried
again. Stepping aside in vain makes the next time rarer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

HELD_S = 1.0
"""Open this long is more than looking which cameras there are (assumed)."""
ASIDE_S = 15.0
"""Stepping aside: a person who reads "camera in use" has pressed the button again (assumed)."""
FREE_S = 3.0
"""Closed this long is over: a program that changes its picture size opens again (assumed)."""
TRY_S = 300.0
"""Held this long it is tried all the same: some services keep a camera open without using it,
and who does use it loses nothing by the attempt (assumed)."""
_FIRST_VAIN_S, _LONGEST_VAIN_S = 60.0, 1920.0
"""After stepping aside in vain, not again for so long, doubling each time (assumed)."""


@dataclass(frozen=True, slots=True)
class Contention:
    """What other programs did with the camera's device since the last question."""

    opened: bool = False
    """Somebody has opened it since."""
    held: bool = False
    """Somebody has it open now who had not when it was taken."""


@dataclass(frozen=True, slots=True)
class ContentionState:
    """Whether the camera is handed over, and what is remembered of that."""

    handed: bool = False
    suspect: bool = False
    """Somebody has opened it; whether they hold on to it isn't known yet."""
    held_since_s: float | None = None
    handed_s: float | None = None
    """When it was handed over."""
    free_since_s: float | None = None
    """Since when nobody holds it, while handed over."""
    used: bool = False
    """Somebody held it while it was handed over."""
    vain: int = 0
    """How often in a row it was handed over and nobody came."""
    not_before_s: float | None = None
    """Until when nobody is stepped aside for."""


def step(state: ContentionState, t_s: float, contention: Contention) -> ContentionState:
    """What is known after this look at the others; ``handed`` says who may have the camera."""
    return (
        _while_handed(state, t_s, contention)
        if state.handed
        else _while_ours(state, t_s, contention)
    )


def taken(state: ContentionState) -> ContentionState:
    """The camera was just opened: what went before is no longer about this holding of it."""
    return ContentionState(vain=state.vain, not_before_s=state.not_before_s)


def refused(state: ContentionState, t_s: float, contention: Contention) -> ContentionState:
    """The camera could not be opened: handed over, if that is because somebody holds it."""
    return _handed(state, t_s, used=True) if contention.held else state


def _handed(state: ContentionState, t_s: float, *, used: bool) -> ContentionState:
    return replace(taken(state), handed=True, handed_s=t_s, used=used)


def _while_ours(state: ContentionState, t_s: float, contention: Contention) -> ContentionState:
    suspect = state.suspect or contention.opened
    if contention.held:
        since_s = t_s if state.held_since_s is None else state.held_since_s
        if t_s - since_s >= HELD_S:
            return _handed(state, t_s, used=True)
        return replace(state, suspect=suspect, held_since_s=since_s)
    if suspect and (state.not_before_s is None or t_s >= state.not_before_s):
        return replace(_handed(state, t_s, used=False), free_since_s=t_s)
    return taken(state)


def _while_handed(state: ContentionState, t_s: float, contention: Contention) -> ContentionState:
    if contention.held:
        if state.handed_s is not None and t_s - state.handed_s >= TRY_S:
            return taken(state)
        return replace(state, used=True, free_since_s=None)
    since_s = t_s if state.free_since_s is None else state.free_since_s
    if t_s - since_s < (FREE_S if state.used else ASIDE_S):
        return replace(state, free_since_s=since_s)
    if state.used:
        return ContentionState()
    pause_s = min(_FIRST_VAIN_S * 2**state.vain, _LONGEST_VAIN_S)
    return ContentionState(vain=state.vain + 1, not_before_s=t_s + pause_s)

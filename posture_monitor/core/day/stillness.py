"""How long someone has kept one position: small fidgets don't count, shifts do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from posture_monitor.core.measure.features import Features

CONFIRM_S = 4.0
"""A new position is one that is kept this long; a glance or a sip is not (assumed)."""
_SHIFT = 0.14
"""Shoulder widths (about 5 cm) that trunk or head must have moved (assumed)."""
_GROWTH = 0.09
"""Relative change of size, about 5 cm at arm's length (assumed)."""
_TILT_DEG = 5.0
"""Degrees that head or shoulders must have tilted (assumed)."""


@dataclass(frozen=True, slots=True)
class StillnessState:
    """The position kept, since when, and a new one that must still prove to last."""

    kept: Features | None = None
    since_s: float = 0.0
    moved_at_s: float | None = None


def shifted(kept: Features, now: Features) -> bool:
    """Whether these are two positions rather than one."""
    unit = kept.shoulder_width_px
    return (
        abs(now.shoulder_x_px - kept.shoulder_x_px) > _SHIFT * unit
        or abs(now.shoulder_y_px - kept.shoulder_y_px) > _SHIFT * unit
        or abs(now.shoulder_width_px / unit - 1.0) > _GROWTH
        or abs(now.shoulder_tilt_deg - kept.shoulder_tilt_deg) > _TILT_DEG
    )


def step(state: StillnessState, t_s: float, features: Features) -> tuple[StillnessState, bool]:
    """Take in one measured sample; True in the step in which a change is believed."""
    if state.kept is None:
        return StillnessState(features, t_s), False
    if not shifted(state.kept, features):
        return replace(state, moved_at_s=None), False
    if state.moved_at_s is None:
        return replace(state, moved_at_s=t_s), False
    if t_s - state.moved_at_s < CONFIRM_S:
        return state, False
    return StillnessState(features, state.moved_at_s), True


def seconds(state: StillnessState, t_s: float) -> float:
    """Seconds since the last change of position; 0 before anyone was measured."""
    return 0.0 if state.kept is None else max(0.0, t_s - state.since_s)

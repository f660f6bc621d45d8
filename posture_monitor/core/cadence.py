"""How soon to look again, and whether a look needs the model at all.

Looking costs little (a thumbnail), judging costs forty times as much (a pose). So looks are
steady and quick enough to notice leaving and strain within three seconds, while the model
runs only for pictures unlike those it has already seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from posture_monitor.domain import Presence

if TYPE_CHECKING:
    from posture_monitor.core.session import SessionState

CALM_S = 1.0
"""Between looks while nothing changes: leaving is seen in 1 s, believed in 1 to 2 more."""
BUSY_S = 0.5
"""Between looks while a change waits to be believed, or strain has just begun."""
FRESH_STRAIN_S = 3.0
"""Strain this young may be a glance still; then quick looks tell sooner."""


@dataclass(frozen=True, slots=True)
class Reuse:
    """When a picture is like one already judged; shares of changed cells, 0-1.

    Measured on the rendered clips: natural sway changes 0.07-0.18 of the head-and-shoulder
    cells within seconds but keeps coming back to pictures seen before. Sixteen of them span
    a minute (eight cost two fifths more model calls); the mildest strained posture differs
    by 0.10-0.21 from all of them.
    """

    alike: float = 0.09
    similar: float = 0.15
    """Alike enough to wait a little for the model."""
    wait_s: float = 3.0
    keep_s: float = 60.0
    """A judged picture stands in for new ones this long."""


LIVE = Reuse()
RECORDED = Reuse(alike=0.04, similar=0.0, keep_s=20.0)
"""For recordings precision comes first: nobody waits, nobody's battery empties."""


def may_reuse(change: float, since_model_s: float, *, settled: bool, rules: Reuse) -> bool:
    """Whether the judged picture that differs by ``change`` may stand in for a new one.

    While something is unsettled (a change waits to be believed) each look is judged anew,
    so that one wrong answer is not repeated until it is believed.
    """
    if not settled:
        return False
    if change <= rules.alike:
        return True
    return change <= rules.similar and since_model_s < rules.wait_s


def is_settled(state: SessionState) -> bool:
    """Whether no change of presence or of state waits to be believed."""
    return state.presence.candidate is None and state.sitting.candidate is None


def next_look_s(state: SessionState, t_s: float) -> float:
    """Seconds until the next look."""
    if not is_settled(state) or state.presence.presence is Presence.UNKNOWN:
        return BUSY_S
    onset_s = state.strain.onset_s
    if onset_s is not None and not state.strain.held and t_s - onset_s <= FRESH_STRAIN_S:
        return BUSY_S
    return CALM_S

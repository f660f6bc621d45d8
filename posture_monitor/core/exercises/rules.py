"""How each exercise that the camera counts is counted: its signal and what it demands.

The thresholds stand midway between half of the movement and all of it, as adults do it with
care (neck sideways 30-38 degrees, head turned 55-70, trunk sideways 25-32, trunk turned 38-48),
on the scale of the signal. How the scale relates to the truth was measured on rendered people
and, for the head's turn, on 14 series of real faces too.

Only exercises whose counts were shown to be right are here; a timer runs for the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from posture_monitor.core.exercises import signals
from posture_monitor.core.exercises.counting import Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from posture_monitor.core.exercises.body import Body
    from posture_monitor.core.exercises.signals import Neutral


@dataclass(frozen=True, slots=True)
class Counted:
    """An exercise for the camera."""

    signal: Callable[[Body, Neutral], float | None]
    count: Rule
    sides: bool = False


RULES: Mapping[str, Counted] = {
    "neck_side_bend": Counted(signals.neck_side_bend, Rule(22.0, 8.0), True),
    "head_turn": Counted(signals.head_turn, Rule(41.0, 16.0), True),
    "shoulder_shrug": Counted(signals.shoulders_raised, Rule(0.05, 0.02)),
    "arms_raised_sideways": Counted(signals.arms_out, Rule(66.0, 35.0)),
    "overhead_reach": Counted(signals.arms_up, Rule(0.42, 0.0)),
    "seated_side_bend": Counted(signals.side_bend, Rule(19.0, 8.0), True),
    "seated_twist": Counted(signals.twist, Rule(24.0, 10.0), True),
    "stand_up_and_sit_down": Counted(signals.rise, Rule(0.45, 0.18)),
}

"""How each exercise that the camera counts is counted: its signal and what it demands.

The thresholds stand midway between half of the movement and all of it, as adults do it with
care (neck sideways 30-38 degrees, head turned 55-70, trunk sideways 25-32, trunk turned 38-48),
on the scale of the signal. How the scale relates to the truth was measured on rendered people
and, for the head's turn and the bent neck, on real ones too.

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
    hands_down: bool = False
    """It is not done with a hand at the head: who drinks or telephones does something else."""


# The first lines of this module say where the thresholds come from.
RULES: Mapping[str, Counted] = {
    "neck_side_bend": Counted(signals.neck_side_bend, Rule(23.0, 8.0), sides=True, hands_down=True),
    "head_turn": Counted(signals.head_turn, Rule(47.0, 16.0), sides=True, hands_down=True),
    "shoulder_shrug": Counted(signals.shoulders_raised, Rule(0.095, 0.03), hands_down=True),
    "arms_raised_sideways": Counted(signals.arms_out, Rule(60.0, 35.0)),
    "overhead_reach": Counted(signals.arms_up, Rule(0.42, 0.0)),
    "seated_side_bend": Counted(signals.side_bend, Rule(21.0, 8.0), sides=True),
    "seated_twist": Counted(signals.twist, Rule(32.0, 12.0), sides=True, hands_down=True),
    "stand_up_and_sit_down": Counted(signals.rise, Rule(0.45, 0.18)),
}

"""A sitting spell: what the summary finds in the record and the fading of posture is told of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Spell:
    """Sitting without a break; short absences pause it."""

    start_at: datetime
    end_at: datetime
    sitting_s: float
    """Without the pauses."""

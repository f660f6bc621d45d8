"""Numbers as they are printed: parts that add up to their whole."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def whole_parts(parts: Sequence[float], whole: int) -> list[int]:
    """The parts (>= 0) as whole numbers that add up to `whole`, each scaled and then rounded.

    What rounding leaves over goes to the parts that lost most by it (largest remainders; the
    first of equals). All are 0 where the parts are.

    >>> whole_parts([7.6, 3.6, 1.2], 13)
    [8, 4, 1]
    >>> whole_parts([0.4, 0.4, 0.4], 1)
    [1, 0, 0]
    """
    total = sum(parts)
    if total <= 0.0:
        return [0] * len(parts)
    exact = [part * whole / total for part in parts]
    found = [math.floor(value) for value in exact]
    by_loss = sorted(range(len(parts)), key=lambda number: found[number] - exact[number])
    for number in by_loss[: whole - sum(found)]:
        found[number] += 1
    return found


def scale_top(share: float) -> float:
    """Where a scale of shares (0-1) ends so that this one fits: the same for all its bars.

    >>> scale_top(0.131), scale_top(0.06), scale_top(0.8)
    (0.25, 0.1, 1.0)
    """
    return next((top for top in (0.1, 0.25, 0.5) if share <= top), 1.0)

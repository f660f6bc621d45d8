"""A share or a mean over several units (days of a person, people of a group), with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from posture_monitor.core.stats.followed import student_t

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST_UNITS = 3
"""For an interval: with two, Student's t is so wide that it tells nothing (12.7 deviations)."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """A value with its 95 % interval, where there are enough units for one."""

    value: float
    low: float | None = None
    high: float | None = None


def ratio_of_sums(units: Sequence[tuple[float, float]]) -> Ratio | None:
    """Sum of the parts over sum of the wholes of (part, whole) pairs.

    The interval counts units, not samples: seconds of one day resemble each other. It is the
    ratio estimator's for clusters of unlike size (Cochran, Sampling Techniques, 1977, 6.4), with
    Student's t. Units whose whole is 0 tell nothing; None without any.

    >>> ratio_of_sums([(1.0, 10.0), (3.0, 10.0)])
    Ratio(value=0.2, low=None, high=None)
    """
    told = [(part, whole) for part, whole in units if whole > 0.0]
    if not told:
        return None
    total = sum(whole for _, whole in told)
    value = sum(part for part, _ in told) / total
    count = len(told)
    if count < LEAST_UNITS:
        return Ratio(value)
    squares = sum((part - value * whole) ** 2 for part, whole in told)
    half = student_t(count - 1.0) * sqrt(count / (count - 1.0) * squares) / total
    return Ratio(value, value - half, value + half)

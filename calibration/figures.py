"""Figures of merit with intervals; resampled by person, never by frame.

Neighbouring frames are near-duplicates, so frames would make any interval look narrow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import rankdata

from calibration.recordings import REASONS_OF_LABEL

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from calibration.judged import Judged
    from posture_monitor.domain import Reason

BOOTSTRAPS = 500


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its 95 % interval over people; NaN where there is nothing to measure."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        if np.isnan(self.value):
            return "no data"
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


def by_person(
    table: Sequence[Judged], measure: Callable[[Sequence[Judged]], float], seed: int = 0
) -> Figure:
    """A figure of the whole table, and its interval when people are drawn again."""
    people: dict[str, list[Judged]] = {}
    for judged in table:
        people.setdefault(judged.person, []).append(judged)
    names = sorted(people)
    generator = np.random.default_rng(seed)
    drawn: list[float] = []
    for _ in range(BOOTSTRAPS if len(names) > 1 else 0):
        chosen = generator.integers(0, len(names), len(names))
        value = measure([judged for index in chosen for judged in people[names[index]]])
        if not np.isnan(value):
            drawn.append(value)
    low, high = np.percentile(drawn, [2.5, 97.5]) if drawn else (float("nan"), float("nan"))
    return Figure(measure(table), float(low), float(high))


def _scored(table: Sequence[Judged]) -> list[Judged]:
    return [judged for judged in table if judged.counted and judged.sample.judged]


def auc(table: Sequence[Judged]) -> float:
    """Chance that a strained sample scores below one that is not (Mann-Whitney)."""
    scored = _scored(table)
    strained = np.array([judged.strained for judged in scored], dtype=bool)
    if strained.all() or not strained.any():
        return float("nan")
    ranks = rankdata([-(judged.sample.score or 0.0) for judged in scored])
    count, others = int(strained.sum()), int((~strained).sum())
    return float((ranks[strained].sum() - count * (count + 1) / 2) / (count * others))


def roc(table: Sequence[Judged]) -> tuple[list[float], list[float]]:
    """False and true positive rates as the score's threshold moves."""
    scored = _scored(table)
    scores = np.array([judged.sample.score or 0.0 for judged in scored])
    strained = np.array([judged.strained for judged in scored], dtype=bool)
    limits = np.linspace(0.0, 100.0, 201)
    return (
        [float((scores[~strained] <= limit).mean()) for limit in limits],
        [float((scores[strained] <= limit).mean()) for limit in limits],
    )


def sensitivity(table: Sequence[Judged]) -> float:
    """Share of the strained samples that are called so."""
    calls = [bool(judged.sample.strained) for judged in _scored(table) if judged.strained]
    return float(np.mean(calls)) if calls else float("nan")


def specificity(table: Sequence[Judged]) -> float:
    """Share of the samples without strain that are left in peace."""
    calls = [not judged.sample.strained for judged in _scored(table) if not judged.strained]
    return float(np.mean(calls)) if calls else float("nan")


def balanced_accuracy(table: Sequence[Judged]) -> float:
    """Mean of sensitivity and specificity."""
    return (sensitivity(table) + specificity(table)) / 2.0


def false_strained(table: Sequence[Judged]) -> float:
    """Share of samples called strained while upright and moving naturally."""
    calls = [
        bool(judged.sample.strained)
        for judged in _scored(table)
        if judged.row.label in ("upright", "typing")
    ]
    return float(np.mean(calls)) if calls else float("nan")


def recall(table: Sequence[Judged], reason: Reason) -> float:
    """Share of the samples held for this reason that name it."""
    named = [
        reason in judged.sample.reasons
        for judged in _scored(table)
        if reason in REASONS_OF_LABEL.get(judged.row.label, frozenset())
    ]
    return float(np.mean(named)) if named else float("nan")


def precision(table: Sequence[Judged], reason: Reason) -> float:
    """Share of the samples that name this reason in which it, or its near kin, is true.

    A sunk trunk brings the head forward and nearer, so among slouch, forward head and lean
    in the naming of another of them beside the true one is no error.
    """
    right = [
        _kin(reason)
        & {r for true in REASONS_OF_LABEL.get(judged.row.label, ()) for r in _kin(true)}
        for judged in _scored(table)
        if reason in judged.sample.reasons
    ]
    return float(np.mean([bool(each) for each in right])) if right else float("nan")


_SUNK = frozenset({"slouch", "forward_head", "lean_in", "head_down"})


def _kin(reason: Reason) -> frozenset[str]:
    return _SUNK if str(reason) in _SUNK else frozenset({str(reason)})


def judged_share(table: Sequence[Judged]) -> float:
    """Share judged of the samples with a visible user."""
    visible = [judged.sample.judged for judged in table if judged.row.present]
    return float(np.mean(visible)) if visible else float("nan")

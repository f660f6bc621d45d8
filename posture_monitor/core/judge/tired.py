"""How somebody sits when tired: where, between their two ways to sit, strain begins.

Thresholds fitted on many people stand somewhere; the one that fits a person best lies halfway
between how they sit upright and how they sit when tired. A few seconds of the latter move the
thresholds of the reasons that tell the two apart, within bounds: nobody sinks for a camera quite
as they do at night.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from posture_monitor.core.judge import scoring
from posture_monitor.core.judge.baseline import MIN_SAMPLES, MIN_SPAN_S
from posture_monitor.core.measure.features import FEATURE_NAMES, OPTIONAL_NAMES, Features
from posture_monitor.core.measure.metrics import deviate
from posture_monitor.domain import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from posture_monitor.core.judge.baseline import Baseline, CalibrationSample

SPAN_S = 5.0
"""Seconds of a tired seat that are asked for."""
PAUSE_S = 3.0
"""Time to sink into it, which isn't looked at."""
LEAST_GAIN, MOST_GAIN = 0.9, 1.5
"""A severity is multiplied by this at least and at most (assumed)."""
MIN_SEVERITY = 0.7
"""A tired seat that is less of a posture than this is told from the upright one by chance."""
_SHARE = 0.7
"""Reasons of at least this share of the most severe one tell the two apart."""
_TIRED = (
    Reason.SLOUCH,
    Reason.FORWARD_HEAD,
    Reason.HEAD_DOWN,
    Reason.LEAN_IN,
    Reason.LEAN_LEFT,
    Reason.LEAN_RIGHT,
)
"""What tiredness does; a raised shoulder or a turned head is something else."""


def with_tired(
    baseline: Baseline, samples: Sequence[CalibrationSample]
) -> tuple[Baseline, str | None]:
    """The baseline with the tired seat of these looks, or why it was left out."""
    span_s = samples[-1].t_s - samples[0].t_s if samples else 0.0
    if len(samples) < MIN_SAMPLES or span_s < MIN_SPAN_S - 1e-6:
        return baseline, f"the tired seat was left out: only {len(samples)} clear looks at it"
    medians: dict[str, float | None] = {}
    for name in (*FEATURE_NAMES, *OPTIONAL_NAMES):
        values = [value for s in samples if (value := getattr(s.features, name)) is not None]
        medians[name] = float(np.median(values)) if len(values) >= MIN_SAMPLES else None
    tired = Features(**medians)  # type: ignore[arg-type]  # only optional ones can be None
    if _worst(baseline.median, baseline.spread, tired) < MIN_SEVERITY:
        return baseline, "the tired seat was left out: it looks like the upright one"
    return replace(baseline, tired=tired), None


def gains(baseline: Baseline) -> Mapping[Reason, float]:
    """By how much each reason's severity counts for this person; none without a tired seat."""
    if baseline.tired is None:
        return {}
    return _gains(baseline.median, baseline.spread, baseline.tired)


def _worst(median: Features, spread: Features, tired: Features) -> float:
    found = scoring.severities(deviate(tired, median), spread)
    return max(found[reason] for reason in _TIRED)


@lru_cache(maxsize=8)
def _gains(median: Features, spread: Features, tired: Features) -> Mapping[Reason, float]:
    found = scoring.severities(deviate(tired, median), spread)
    worst = _worst(median, spread, tired)
    # At the tired seat a severity of 2 puts the threshold, 1, halfway to it.
    return {
        reason: min(MOST_GAIN, max(LEAST_GAIN, 2.0 / found[reason]))
        for reason in _TIRED
        if worst >= MIN_SEVERITY and found[reason] >= _SHARE * worst
    }

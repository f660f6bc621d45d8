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
from posture_monitor.core.measure.metrics import body_alone, deviate, neck_loss
from posture_monitor.domain import SINK_S, TIRED_S, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from posture_monitor.core.judge.baseline import Baseline, CalibrationSample
    from posture_monitor.core.measure.metrics import Deviation

PAUSE_S = SINK_S
"""Time to sink into it, which isn't looked at."""
SPAN_S = TIRED_S - SINK_S
"""Seconds of a tired seat that are looked at."""
LEAST_GAIN, MOST_GAIN = 0.9, 1.5
"""A severity is multiplied by this at least and at most (assumed)."""
MIN_SEVERITY = 0.7
"""A tired seat that is less of a posture than this is told from the upright one by chance, unless
the neck shortens by clearly more than it did while upright."""
_LEAST_NECK_LOSS, _SPREADS = 0.012, 1.5
"""Shoulder widths, and robust standard deviations of the upright seat."""
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
    """The baseline with the tired seat of these frames, or why it was left out."""
    span_s = samples[-1].t_s - samples[0].t_s if samples else 0.0
    if len(samples) < MIN_SAMPLES or span_s < MIN_SPAN_S - 1e-6:
        return baseline, f"the tired seat was left out: only {len(samples)} clear frames of it"
    medians: dict[str, float | None] = {}
    for name in (*FEATURE_NAMES, *OPTIONAL_NAMES):
        values = [value for s in samples if (value := getattr(s.features, name)) is not None]
        medians[name] = float(np.median(values)) if len(values) >= MIN_SAMPLES else None
    tired = Features(**medians)  # type: ignore[arg-type]  # only optional ones can be None
    if not _is_told_apart(baseline.median, baseline.spread, tired):
        return baseline, "the tired seat was left out: it looks like the upright one"
    return replace(baseline, tired=tired), None


def gains(baseline: Baseline, *, placed: bool = True) -> Mapping[Reason, float]:
    """By how much each reason's severity counts for this person; none without a tired seat.

    ``placed``: in the baseline's own view, where places in the picture count as well.
    """
    if baseline.tired is None:
        return {}
    return _gains(baseline.median, baseline.spread, baseline.tired, placed)


def _is_told_apart(median: Features, spread: Features, tired: Features) -> bool:
    deviation = deviate(tired, median)
    found = scoring.severities(deviation, spread)
    least = max(_LEAST_NECK_LOSS, _SPREADS * spread.neck_gap_ratio)
    return max(found[reason] for reason in _TIRED) >= MIN_SEVERITY or neck_loss(deviation) >= least


@lru_cache(maxsize=8)
def _gains(
    median: Features, spread: Features, tired: Features, placed: bool
) -> Mapping[Reason, float]:
    deviation = deviate(tired, median)
    found = scoring.severities(deviation if placed else body_alone(deviation), spread)
    worst = max(found[reason] for reason in _TIRED)
    # At the tired seat a severity of 2 puts the threshold, 1, halfway to it. How far somebody sinks
    # differs most between people: a slouch is told by ``sunk`` instead.
    return {
        reason: min(MOST_GAIN, max(LEAST_GAIN, 2.0 / found[reason]))
        for reason in _TIRED
        if reason is not Reason.SLOUCH and found[reason] >= max(_SHARE * worst, 0.1)
    }


_NECK_UNIT, _PLACE_UNIT = 0.06, 0.15
"""Shoulder widths that are about as much of a slouch: neck lost, and head or shoulders sunk."""
_THRESHOLD_SHARE = 0.45
"""Of the way to the tired seat, where strain begins."""
_STRETCHED = -0.015
"""Neck lost; anyone who grew longer by more has not sunk, wherever they are in the picture."""


def sunk(baseline: Baseline, deviation: Deviation, *, placed: bool) -> float:
    """The severity of a slouch by how far along the way to the tired seat this is; 1 = strained.

    0 without a tired seat, or where that differs from the upright one in nothing that counts here.
    """
    if baseline.tired is None:
        return 0.0
    now = _sinking(deviation, placed=placed)
    if now[0] * _NECK_UNIT < _STRETCHED:
        return 0.0
    way = _way(baseline.median, baseline.tired, placed)
    length = sum(step * step for step in way)
    if length < (_LEAST_NECK_LOSS / _NECK_UNIT) ** 2:
        return 0.0
    share = sum(a * b for a, b in zip(now, way, strict=True)) / length
    return max(0.0, share / _THRESHOLD_SHARE)


@lru_cache(maxsize=8)
def _way(median: Features, tired: Features, placed: bool) -> tuple[float, float, float]:
    """From the upright seat to the tired one."""
    return _sinking(deviate(tired, median), placed=placed)


def _sinking(deviation: Deviation, *, placed: bool) -> tuple[float, float, float]:
    """Neck lost, head and shoulders sunk, each in units that are about as much of a slouch."""
    if not placed:
        return neck_loss(deviation) / _NECK_UNIT, 0.0, 0.0
    head, shoulders = deviation.head_drop, deviation.shoulder_drop
    return neck_loss(deviation) / _NECK_UNIT, head / _PLACE_UNIT, shoulders / _PLACE_UNIT

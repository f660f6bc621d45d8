"""A deviation from the baseline becomes a score, its reasons and their penalties.

Each reason has a *severity*: 0 at the baseline, 1 at its threshold, growing with strain.
A severity becomes a penalty; the penalties add up to 100 - score, so that every score
explains itself. One sample is judged on its own: hold times come later (``strain``).

Thresholds: where a value says "samples", it was set between what the rendered people of
``samples/`` show upright and in the named posture; "assumed" ones await data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from posture_monitor.core.metrics import Deviation, Features, shoulder_raise_deg
from posture_monitor.domain import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

SENSITIVITY: Mapping[str, float] = {"low": 0.75, "normal": 1.0, "high": 1.3}
"""Severities are multiplied by this: a more sensitive setting calls strain earlier."""

PENALTY_AT_THRESHOLD = 30.0
"""Points that a reason costs at its threshold, so that 70 parts fine from strained."""
MAX_PENALTY = 80.0
_LEAVE_SEVERITY = 0.8
"""Held strain ends below this severity, not at 1: two thresholds, no flicker (assumed)."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where each severity reaches 1."""

    slump: float = 0.055  # shoulder widths of neck gap; slouch 0.05-0.09, upright sd 0.01 (samples)
    growth: float = 0.10  # logarithm; slouch 0.14-0.18, mild 0.08, upright sd 0.02 (samples)
    drop: float = 0.13  # shoulder widths; slouch 0.11-0.25, mild 0.08, upright sd 0.01 (samples)
    slouch: float = 0.42  # mean of the three above, mild slouch 0.5-0.7 (samples)
    forward: float = 0.055  # face grows more than shoulders by this share (assumed)
    forward_gap: float = 0.045  # neck gap lost without the shoulders sinking (samples)
    head_down_deg: float = 10.0  # measured nod: looking down 11, phone 24, slouch 4 (samples)
    head_down_gap: float = 0.13  # looking down 0.15, phone 0.24 (samples)
    lean_in: float = 0.19  # 17 % nearer than the baseline: lean_in 0.23 (samples)
    lean_deg: float = 6.0  # leans of 12.5 read 12, upright sd 0.7 (samples)
    head_tilt_deg: float = 9.0  # a tilt of 17.5 reads 12, upright sd 1.8 (samples)
    shoulder_tilt_deg: float = 2.3  # a shoulder raised by 7.6 reads 3, upright sd 0.5 (samples)
    shrug_gap: float = 0.045  # neck gap lost by rising shoulders (assumed)
    shrug_rise: float = 0.03  # shoulder widths (assumed)
    head_turn_deg: float = 24.0  # beyond a second monitor beside the first (assumed)
    spread_factor: float = 3.0  # a restless baseline widens its own thresholds


THRESHOLDS = Thresholds()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one sample's deviation means."""

    score: float
    """0-100."""
    strained: bool
    reasons: tuple[Reason, ...]
    penalties: Mapping[Reason, float]
    severity: float
    """The largest severity; strained from 1 on."""


def _ramp(value: float, threshold: float, spread: float, factor: float) -> float:
    """The value in units of its threshold, which a restless baseline moves outward, at most x2."""
    return value / min(max(threshold, factor * spread), 2.0 * threshold)


def _clipped(value: float, low: float, high: float) -> float:
    return max(low, min(high, value))


def _slouch(d: Deviation, spread: Features, t: Thresholds) -> float:
    """Mean of three witnesses, of which two must speak: nearness alone is a moved chair."""
    witnesses = (
        _clipped(_ramp(d.slump, t.slump, spread.neck_gap_ratio, t.spread_factor), -1.0, 2.0),
        _clipped(d.growth / t.growth, -1.5, 1.5),
        _clipped(d.head_drop / t.drop, -1.0, 2.0),
    )
    speaking = sum(1 for witness in witnesses if witness >= 0.3)
    mean = sum(witnesses) / (3.0 * t.slouch)
    return mean if speaking >= 2 else min(mean, 0.9)


def _forward_head(d: Deviation, t: Thresholds) -> float:
    """The face nearer while the shoulders stay, or ears sunk towards shoulders that stay."""
    by_growth = d.forward / t.forward if d.growth > 0.0 else 0.0
    staying = 1.0 - _clipped(d.shoulder_drop / 0.12, 0.0, 1.0)
    nearer = _clipped(d.growth / 0.03, 0.0, 1.0)
    by_gap = d.slump / t.forward_gap * staying * nearer
    return max(0.0, by_gap, 0.5 * by_growth + 0.5 * max(by_gap, 0.0), 0.8 * by_growth)


def severities(
    deviation: Deviation, spread: Features, thresholds: Thresholds = THRESHOLDS
) -> dict[Reason, float]:
    """Each reason's severity, at least 0; 1 is its threshold."""
    d, t = deviation, thresholds
    k = t.spread_factor
    nod = _ramp(d.head_pitch_deg, t.head_down_deg, spread.head_pitch_deg, k)
    sunk = _clipped(-d.gap_change / t.head_down_gap, -1.0, 2.0)
    head_down = 0.5 * _clipped(nod, -1.0, 2.5) + 0.5 * sunk
    lean = _ramp(d.lean_deg, t.lean_deg, spread.head_offset_ratio * 73.0, k)
    tilt = _ramp(d.head_roll_deg - d.lean_deg, t.head_tilt_deg, spread.head_roll_deg, k)
    raised = _ramp(shoulder_raise_deg(d), t.shoulder_tilt_deg, spread.shoulder_tilt_deg, k)
    still_head = _clipped(1.0 - d.head_drop / 0.06, 0.0, 1.0)
    shrug = min(d.slump / t.shrug_gap, -d.shoulder_drop / t.shrug_rise) * still_head
    turn = _ramp(abs(d.head_yaw_deg), t.head_turn_deg, spread.head_yaw_deg, k)
    found = {
        Reason.SLOUCH: _slouch(d, spread, t),
        Reason.FORWARD_HEAD: _forward_head(d, t),
        Reason.HEAD_DOWN: head_down,
        Reason.LEAN_IN: d.growth / t.lean_in,
        Reason.LEAN_LEFT: lean,
        Reason.LEAN_RIGHT: -lean,
        Reason.HEAD_TILT: abs(tilt),
        Reason.SHOULDER_TILT: abs(raised),
        Reason.SHRUG: shrug,
        Reason.HEAD_TURN: turn,
    }
    return {reason: max(0.0, severity) for reason, severity in found.items()}


def penalty(severity: float) -> float:
    """Points for one severity: a square up to the threshold, so that noise costs nothing.

    >>> [round(penalty(s), 1) for s in (0.0, 0.5, 1.0, 2.0, 9.0)]
    [0.0, 7.5, 30.0, 60.0, 80.0]
    """
    if severity <= 1.0:
        return PENALTY_AT_THRESHOLD * severity**2
    return min(MAX_PENALTY, PENALTY_AT_THRESHOLD * severity)


def judge(
    deviation: Deviation,
    spread: Features,
    *,
    sensitivity: float = 1.0,
    softened: Mapping[Reason, float] | None = None,
    thresholds: Thresholds = THRESHOLDS,
) -> Verdict:
    """Score, reasons and penalties of one sample; 100 is the baseline or better.

    ``softened`` maps a reason to a factor in (0, 1] that lowers its severity (feedback).
    """
    found = severities(deviation, spread, thresholds)
    scaled = {
        reason: severity * sensitivity * (softened.get(reason, 1.0) if softened else 1.0)
        for reason, severity in found.items()
    }
    raw = {reason: penalty(severity) for reason, severity in scaled.items() if severity > 0.0}
    total = sum(raw.values())
    shrink = 100.0 / total if total > 100.0 else 1.0
    penalties = {reason: points * shrink for reason, points in raw.items()}
    reasons = tuple(
        sorted(
            (reason for reason, severity in scaled.items() if severity >= 1.0),
            key=lambda reason: -scaled[reason],
        )
    )
    return Verdict(
        score=max(0.0, 100.0 - sum(penalties.values())),
        strained=bool(reasons),
        reasons=reasons,
        penalties=penalties,
        severity=max(scaled.values()),
    )


def relaxed(verdict: Verdict) -> bool:
    """Whether held strain may end: clearly below the threshold, not just under it."""
    return verdict.severity < _LEAVE_SEVERITY

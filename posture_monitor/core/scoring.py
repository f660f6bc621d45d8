"""A deviation from the baseline becomes a score, its reasons and their penalties.

Each reason has a *severity*: 0 at the baseline, 1 at its threshold, growing with strain. It
is a weighted sum of a few pieces of evidence, each physically meaningful and clipped where
it stops to mean more; the weights are fitted (``fitted.py``). Severities become penalties
that add up to 100 - score, so that every score explains itself. One sample is judged on its
own: hold times come later (``strain``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from posture_monitor.core.fitted import WEIGHTS
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
_FAR_GROWTH = -0.1
"""Sat back by more than this (logarithm of size), shoulders are seen too small and too much
from elsewhere to tell a raised one; measured on reclining rendered people."""

_RESTLESS: Mapping[Reason, tuple[str, float]] = {
    Reason.HEAD_TILT: ("head_roll_deg", 2.0),
    Reason.HEAD_TURN: ("head_yaw_deg", 5.0),
    Reason.SHOULDER_TILT: ("shoulder_tilt_deg", 1.5),
    Reason.HEAD_DOWN: ("head_pitch_deg", 3.0),
}
"""The spread of a calm baseline; who moved more while calibrating is called later, up to
a third."""


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


def _clipped(value: float, low: float, high: float) -> float:
    return max(low, min(high, value))


_SUPPORTING = 0.03
"""Growth, or neck gap in shoulder widths, that fully supports a drop; a third of what the
mildest rendered slouch shows in the two together."""


def _supported(drop: float, support: float) -> float:
    return drop * support if drop > 0.0 else drop


def evidence(deviation: Deviation) -> dict[str, float]:
    """What speaks for strain, in units of which about 1 is much.

    Lengths are tenths of the baseline's shoulder width (about 4 cm), angles tens of degrees,
    growth and ``forward`` tenths of a logarithm.
    """
    d = deviation
    # A nudged camera moves the body in the picture as a slouch or a shrug does. Only the body
    # against itself tells them apart: so a drop counts as far as the person also came nearer
    # or lost some neck, and a rise as far as the neck got shorter.
    shorter = max(-d.gap_change, 0.0) / _SUPPORTING
    sinking = _clipped(max(d.growth, 0.0) / _SUPPORTING + shorter, 0.0, 1.0)
    rising = _clipped(shorter, 0.0, 1.0)
    return {
        "nod": _clipped(d.head_pitch_deg, -15.0, 40.0) / 10.0,
        "gap_loss": _clipped(-d.gap_change, -0.15, 0.3) * 10.0,
        "growth": _clipped(d.growth, -0.3, 0.3) * 10.0,
        "forward": _clipped(d.forward, -0.15, 0.15) * 10.0,
        "shoulder_drop": _supported(_clipped(d.shoulder_drop, -0.2, 0.3), sinking) * 10.0,
        "head_drop": _supported(_clipped(d.head_drop, -0.3, 0.4), sinking) * 10.0,
        "rise": _clipped(-d.shoulder_drop, 0.0, 0.2) * rising * 10.0,
        "lean": d.lean_deg / 10.0,
        "tilt": abs(d.head_roll_deg - d.lean_deg) / 10.0,
        "turn": abs(d.head_yaw_deg) / 10.0,
        "raised": abs(shoulder_raise_deg(d)) / 10.0,
    }


def severities(deviation: Deviation, spread: Features) -> dict[Reason, float]:
    """Each reason's severity, at least 0; 1 is its threshold."""
    found = evidence(deviation)
    leans = {Reason.LEAN_LEFT: 1.0, Reason.LEAN_RIGHT: -1.0}
    near = _clipped(1.0 + (deviation.growth - _FAR_GROWTH) / 0.1, 0.0, 1.0)
    result: dict[Reason, float] = {}
    for reason, weights in WEIGHTS.items():
        total = sum(weight * found[name] for name, weight in weights.items())
        total *= leans.get(reason, 1.0)
        if reason in (Reason.SHOULDER_TILT, Reason.SHRUG):
            total *= near
        result[reason] = max(0.0, total / _restlessness(reason, spread))
    return result


def _restlessness(reason: Reason, spread: Features) -> float:
    name, calm = _RESTLESS.get(reason, ("", 1.0))
    if not name:
        return 1.0
    return _clipped(float(getattr(spread, name)) / calm, 1.0, 4.0 / 3.0)


def penalty(severity: float) -> float:
    """Points for one severity: a cube up to the threshold, so that noise costs nothing.

    >>> [round(penalty(s), 1) for s in (0.0, 0.5, 1.0, 2.0, 9.0)]
    [0.0, 3.8, 30.0, 60.0, 80.0]
    """
    if severity <= 1.0:
        return PENALTY_AT_THRESHOLD * severity**3
    return min(MAX_PENALTY, PENALTY_AT_THRESHOLD * severity)


def judge(
    deviation: Deviation,
    spread: Features,
    *,
    sensitivity: float = 1.0,
    softened: Mapping[Reason, float] | None = None,
) -> Verdict:
    """Score, reasons and penalties of one sample; 100 is the baseline or better.

    ``softened`` maps a reason to a factor in (0, 1] that lowers its severity (feedback).
    """
    found = severities(deviation, spread)
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
        score=max(0.0, 100.0 - total),
        strained=bool(reasons),
        reasons=reasons,
        penalties=penalties,
        severity=max(scaled.values()),
    )


def relaxed(verdict: Verdict) -> bool:
    """Whether held strain may end: clearly below the threshold, not just under it."""
    return verdict.severity < _LEAVE_SEVERITY

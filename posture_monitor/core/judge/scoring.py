"""A deviation from the baseline becomes a score, its reasons and their penalties.

Each reason has a *severity*: 0 at the baseline, 1 at its threshold, growing with strain. It
is a weighted sum of a few pieces of evidence, each physically meaningful and clipped where
it stops to mean more; the weights are fitted (``fitted.py``). Severities become penalties
that add up to 100 - score, so that every score explains itself. One sample is judged on its
own: hold times come later (``strain``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from posture_monitor.core.judge.fitted import WEIGHTS
from posture_monitor.core.measure.features import Features
from posture_monitor.core.measure.metrics import Deviation, neck_loss, shoulder_raise_deg
from posture_monitor.domain import Reason

Weights: TypeAlias = Mapping[Reason, Mapping[str, float]]

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
    Reason.LEAN_LEFT: ("head_offset_ratio", 0.02),
    Reason.LEAN_RIGHT: ("head_offset_ratio", 0.02),
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


_PLACE_PER_NECK = 3.4
_PLACE_PER_GROWTH = 0.96
_SLID_GROWTH, _SLID_RANGE = -0.03, 0.15
_NEARER_GROWTH = _SLID_GROWTH + _SLID_RANGE
"""A place in the picture counts up to this many times the neck that was lost, in shoulder widths,
where the face is a little smaller (logarithm), as of somebody who slid down and back in the chair,
and less to either side: sitting nearer lowers head and shoulders in the picture too (nothing counts
at 7 cm nearer at 60 cm), and so does leaning far back. Anyone who came nearer by more has sunk or
leaned in, so that what exceeds it bears out a lower place again. Set on real people."""
_FREE_GROWTH = 0.08
"""Logarithm of size: sitting 5 cm nearer at 60 cm, upright, is no strain (real people who sat down
again were up to 0.10 larger, with the neck as long as before)."""
_RISE_PER_NECK = 1.5
_SHRUG_PER_RISE = 6.0
"""A shrug needs shoulders that went up, by 0.017 widths at least for its threshold; without it
upright people who sit down elsewhere were called so for a neck that seems shorter."""
_ROLL_PER_LEAN = 0.35  # of a lean the head goes along with at least this much
# A trunk that leans takes the head along, by about twice its own angle: a head that rolls the same
# way speaks for a lean. One that rolls by more than three times as much tilts by itself, and is so
# carried aside by a fifth to a quarter of its angle, which is no lean (medians of 472 and 429
# stills of ten people at their desks).
_LEAN_PER_ROLL = 0.25
_ROLL_WITH_LEAN = 3.0
_RAISE_DEG_PER_DROP = 80.0
"""Per shoulder width that the middle of the shoulders sank: a raised shoulder lifts it, a turned
or leaning trunk, which tilts their line as well, doesn't (turned by 4 degrees: 1-3 degrees of tilt
and 0.02 widths lower, seen on the recorded morning). On the rendered set the area under the curve
rose from 0.990 to 0.992, false calls fell from 1.0 to 0.7 % and true ones from 82 to 81 %; 40 and
60 did as well there, but less on that morning."""


def _drop(sunk: float, most: float, cap: float) -> float:
    return min(_clipped(sunk, -0.03, most), cap)


def _raised_deg(deviation: Deviation) -> float:
    """How far one shoulder is raised against the other, as far as their middle bears it out."""
    sunk_deg = _RAISE_DEG_PER_DROP * max(deviation.shoulder_drop, 0.0)
    return max(abs(shoulder_raise_deg(deviation)) - sunk_deg, 0.0)


def evidence(deviation: Deviation) -> dict[str, float]:
    """What speaks for strain, in units of which about 1 is much.

    Lengths are tenths of the baseline's shoulder width (about 4 cm), angles tens of degrees,
    growth and ``forward`` tenths of a logarithm.
    """
    d = deviation
    neck, forward = neck_loss(d), math.log1p(max(d.forward, -0.9))
    # A nudged camera moves the body in the picture as a slouch or a shrug does. Only the body
    # against itself tells them apart, so it limits what places may say.
    slid = _clipped(1.0 - (d.growth - _SLID_GROWTH) / _SLID_RANGE, 0.0, 1.0)
    cap = _PLACE_PER_NECK * max(neck, 0.0) * slid**2
    cap += _PLACE_PER_GROWTH * max(d.growth - _NEARER_GROWTH, 0.0)
    # Shoulders that go up together with the head are a seat that was raised, no shrug.
    rise = -d.shoulder_drop - max(-d.head_drop, 0.0)
    outline = neck if d.outline_gap_change is None else -d.outline_gap_change
    return {
        "nod": _clipped(d.nod_deg, -15.0, 45.0) / 10.0,
        "gap_loss": _clipped(neck, -0.1, 0.25) * 10.0,
        "outline_loss": _clipped(outline, -0.1, 0.25) * 10.0,
        "growth": _clipped(d.growth, -0.25, 0.25) * 10.0,
        "nearer": _clipped(d.growth - _FREE_GROWTH, 0.0, 0.25) * 10.0,
        "trunk_growth": _clipped(d.growth - forward, -0.25, 0.25) * 10.0,
        "forward": _clipped(forward, -0.15, 0.15) * 10.0,
        "shoulder_drop": _drop(d.shoulder_drop, 0.3, cap) * 10.0,
        "head_drop": _drop(d.head_drop, 0.4, cap) * 10.0,
        "head_sunk": max(_drop(d.head_drop, 0.4, cap), 0.0) * 10.0,
        "rise": min(_clipped(rise, 0.0, 0.2), _RISE_PER_NECK * max(neck, 0.0)) * 10.0,
        "lean": _lean_deg(d) / 10.0,
        "tilt": abs(d.head_roll_deg - _ROLL_PER_LEAN * d.lean_deg) / 10.0,
        "turn": abs(d.turn_deg) / 10.0,
        "raised": _raised_deg(d) / 10.0,
    }


def _lean_deg(d: Deviation) -> float:
    """The lean of the trunk, + to the own left, with what the head's roll says of it."""
    lean_deg = abs(d.lean_deg)
    sign = math.copysign(1.0, d.lean_deg)
    roll_deg, with_lean_deg = max(0.0, sign * d.head_roll_deg), _ROLL_WITH_LEAN * lean_deg
    own_deg = max(0.0, roll_deg - with_lean_deg)
    support_deg = _LEAN_PER_ROLL * (min(roll_deg, with_lean_deg) - own_deg)
    return sign * max(0.0, lean_deg + support_deg)


def severities(
    deviation: Deviation, spread: Features, fitted: Weights = WEIGHTS
) -> dict[Reason, float]:
    """Each reason's severity, at least 0; 1 is its threshold."""
    found = evidence(deviation)
    leans = {Reason.LEAN_LEFT: 1.0, Reason.LEAN_RIGHT: -1.0}
    near = _clipped(1.0 + (deviation.growth - _FAR_GROWTH) / 0.1, 0.0, 1.0)
    result: dict[Reason, float] = {}
    for reason, weights in fitted.items():
        total = sum(weight * found[name] for name, weight in weights.items())
        total *= leans.get(reason, 1.0)
        if reason in (Reason.SHOULDER_TILT, Reason.SHRUG):
            total *= near
        if reason is Reason.SHRUG:
            total = min(total, _SHRUG_PER_RISE * found["rise"])
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
    weights: Weights = WEIGHTS,
    sunk: float = 0.0,
) -> Verdict:
    """Score, reasons and penalties of one sample; 100 is the baseline or better.

    ``softened`` maps a reason to a factor of its severity: below 1 it counts less, at 0 not at all.
    ``sunk`` is the severity of a slouch by the person's own tired seat, where it is more.
    """
    found = severities(deviation, spread, weights)
    found[Reason.SLOUCH] = max(found.get(Reason.SLOUCH, 0.0), sunk)
    scaled = {
        reason: severity * sensitivity * (softened.get(reason, 1.0) if softened else 1.0)
        for reason, severity in found.items()
    }
    raw = {reason: penalty(severity) for reason, severity in scaled.items() if severity > 0.0}
    # One posture speaks for several reasons, so their points overlap: together they cost the root
    # of the sum of their squares, and each its share of that.
    together = math.hypot(*raw.values())
    total = min(100.0, together)
    penalties = {r: total * (points / together) ** 2 for r, points in raw.items() if points > 0.0}
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

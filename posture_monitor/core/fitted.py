"""Weights of the evidence for each reason; written by ``python -m calibration.fit``.

Fitted on 6170 samples of 13 rendered people; see calibration/README.md for
how, and calibration/report/ for how right it is. Not for editing by hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from posture_monitor.domain import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

WEIGHTS: Mapping[Reason, Mapping[str, float]] = {
    Reason.SLOUCH: {
        "shoulder_drop": 1.437,
        "head_drop": 0.309,
        "growth": 0.589,
    },
    Reason.FORWARD_HEAD: {
        "gap_loss": 0.743,
        "head_drop": 0.472,
        "forward": 0.559,
        "growth": 0.757,
        "nod": 0.257,
        "shoulder_drop": -0.107,
    },
    Reason.HEAD_DOWN: {
        "nod": 0.584,
        "gap_loss": 0.548,
        "head_drop": 0.279,
    },
    Reason.LEAN_IN: {
        "growth": 0.684,
        "shoulder_drop": 0.41,
    },
    Reason.LEAN_LEFT: {
        "lean": 1.463,
    },
    Reason.LEAN_RIGHT: {
        "lean": 1.463,
    },
    Reason.HEAD_TILT: {
        "tilt": 1.974,
    },
    Reason.SHOULDER_TILT: {
        "raised": 3.705,
    },
    Reason.SHRUG: {
        "rise": 1.741,
        "gap_loss": 1.291,
        "head_drop": -1.123,
    },
    Reason.HEAD_TURN: {
        "turn": 0.679,
    },
}

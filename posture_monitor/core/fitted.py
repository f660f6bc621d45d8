"""Weights of the evidence for each reason; written by ``python -m calibration.fit``.

Fitted on 7410 samples of 13 rendered people; see calibration/README.md for
how, and calibration/report/ for how right it is. Not for editing by hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from posture_monitor.domain import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

WEIGHTS: Mapping[Reason, Mapping[str, float]] = {
    Reason.SLOUCH: {
        "shoulder_drop": 1.581,
        "head_drop": 0.227,
        "growth": 0.556,
    },
    Reason.FORWARD_HEAD: {
        "gap_loss": 0.952,
        "head_drop": 0.381,
        "forward": 0.786,
        "growth": 0.653,
        "shoulder_drop": -0.637,
    },
    Reason.HEAD_DOWN: {
        "nod": 0.688,
        "gap_loss": 0.566,
        "head_drop": 0.021,
    },
    Reason.LEAN_IN: {
        "growth": 0.695,
        "shoulder_drop": 0.34,
    },
    Reason.LEAN_LEFT: {
        "lean": 1.47,
    },
    Reason.LEAN_RIGHT: {
        "lean": 1.47,
    },
    Reason.HEAD_TILT: {
        "tilt": 1.977,
    },
    Reason.SHOULDER_TILT: {
        "raised": 3.639,
    },
    Reason.SHRUG: {
        "rise": 1.668,
        "gap_loss": 1.501,
        "head_drop": -1.195,
    },
    Reason.HEAD_TURN: {
        "turn": 0.68,
    },
}

"""Weights of the evidence for each reason; written by ``python -m calibration.fit``.

Fitted on 3980 samples of 13 rendered people; see calibration/README.md for
how, and calibration/report/ for how right it is. Not for editing by hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from posture_monitor.domain import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

WEIGHTS: Mapping[Reason, Mapping[str, float]] = {
    Reason.SLOUCH: {
        "shoulder_drop": 1.226,
        "head_drop": 0.174,
        "growth": 0.636,
    },
    Reason.FORWARD_HEAD: {
        "gap_loss": 0.827,
        "head_drop": 0.219,
        "forward": 0.386,
        "growth": 0.759,
        "shoulder_drop": -0.713,
    },
    Reason.HEAD_DOWN: {
        "nod": 0.486,
        "gap_loss": 0.522,
        "head_drop": 0.055,
    },
    Reason.LEAN_IN: {
        "growth": 0.522,
        "trunk_growth": 0.301,
    },
    Reason.LEAN_LEFT: {
        "lean": 1.386,
    },
    Reason.LEAN_RIGHT: {
        "lean": 1.386,
    },
    Reason.HEAD_TILT: {
        "tilt": 1.348,
    },
    Reason.SHOULDER_TILT: {
        "raised": 2.493,
    },
    Reason.SHRUG: {
        "rise": 1.691,
        "gap_loss": 1.097,
        "outline_loss": 0.315,
        "head_drop": -1.674,
    },
    Reason.HEAD_TURN: {
        "turn": 0.62,
    },
}

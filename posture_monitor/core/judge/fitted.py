"""Weights of the evidence for each reason.

Started from a fit on 13 rendered people (``python -m calibration.fit``); slouch, forward head and
leans were then set by hand on about 12 real people, within the signs that the fit allows, and
thresholds by the worst session of both kinds (``python -m calibration.choose``).
calibration/report/ says how right they are, and thresholds.md there what to expect of others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from posture_monitor.domain import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

# The first lines of this module say where they come from.
WEIGHTS: Mapping[Reason, Mapping[str, float]] = {
    Reason.SLOUCH: {
        "gap_loss": 1.4,
        "shoulder_drop": 0.65,
        "head_drop": 0.3,
    },
    Reason.FORWARD_HEAD: {
        "gap_loss": 0.9,
        "forward": 0.5,
        "nearer": 0.759,
        "shoulder_drop": -0.5,
    },
    Reason.HEAD_DOWN: {
        "nod": 0.486,
        "gap_loss": 0.522,
        "head_drop": 0.055,
    },
    Reason.LEAN_IN: {
        "nearer": 0.93,
        "trunk_growth": 0.33,
    },
    Reason.LEAN_LEFT: {
        "lean": 1.5,
    },
    Reason.LEAN_RIGHT: {
        "lean": 1.5,
    },
    Reason.HEAD_TILT: {
        "tilt": 1.2,
    },
    Reason.SHOULDER_TILT: {
        "raised": 2.3,
    },
    Reason.SHRUG: {
        "rise": 2.03,
        "gap_loss": 1.32,
        "outline_loss": 0.38,
        "head_sunk": -2.0,
    },
    Reason.HEAD_TURN: {
        "turn": 0.6,
    },
}

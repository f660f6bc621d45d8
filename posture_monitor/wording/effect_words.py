"""What followed on reminders and what the own trial found, in words that claim no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posture_monitor.core.stats.followed import Answer
from posture_monitor.core.stats.trial import DECISIONS
from posture_monitor.domain import ReminderKind

if TYPE_CHECKING:
    from posture_monitor.core.stats.followed import Estimate
    from posture_monitor.core.stats.trial import Result

KINDS = {
    ReminderKind.POSTURE: "Posture",
    ReminderKind.MOVE: "Change position",
    ReminderKind.BREAK: "Breaks",
}
ANSWERS = {
    Answer.EXERCISED: "did exercises",
    Answer.ROSE: "got up",
    Answer.CORRECTED: "changed position",
    Answer.IGNORED: "went on as before",
}


def share(estimate: Estimate) -> str:
    """
    >>> from posture_monitor.core.stats.followed import Estimate
    >>> share(Estimate(0.5, 0.24, 0.76))
    '50 % (95 %: 24 to 76 %)'
    """
    value, low, high = (f"{100.0 * one:.0f}" for one in _three(estimate))
    return f"{value} % (95 %: {low} to {high} %)"


def points(estimate: Estimate) -> str:
    """A change of a share, in percentage points.

    >>> from posture_monitor.core.stats.followed import Estimate
    >>> points(Estimate(-0.2, -0.31, -0.094))
    '−20 points (95 %: −31 to −9)'
    """
    value, low, high = (f"{100.0 * one:+.0f}".replace("-", "−") for one in _three(estimate))
    return f"{value} points (95 %: {low} to {high})"


def trial_sentence(result: Result) -> str:
    """How the trial of one kind stands, or what it found."""
    if not result.over:
        return f"{result.decisions} of {DECISIONS} decisions made; the result is told at the end."
    if result.effect is None:
        return "All decisions are made, but too little is known of what followed to tell."
    what = "breaks taken" if result.kind is ReminderKind.BREAK else "strain in the next ten minutes"
    told = f"With the reminder, {what}: {points(result.effect)}."
    if result.helps:
        return f"{told} For you, it helps."
    return f"{told} That it helps you is not shown."


def _three(estimate: Estimate) -> tuple[float, float, float]:
    return estimate.value, estimate.low, estimate.high

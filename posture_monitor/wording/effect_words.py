"""What followed on reminders and what the own trial found, in words that claim no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posture_monitor.core.stats.followed import Answer
from posture_monitor.core.stats.trial import DECISIONS
from posture_monitor.domain import ReminderKind
from posture_monitor.wording.language import N_, Words, _

if TYPE_CHECKING:
    from posture_monitor.core.stats.followed import Estimate
    from posture_monitor.core.stats.trial import Result

KINDS = Words(
    {
        ReminderKind.POSTURE: N_("Posture"),
        ReminderKind.MOVE: N_("Change position"),
        ReminderKind.BREAK: N_("Breaks"),
    }
)
ANSWERS = Words(
    {
        Answer.EXERCISED: N_("did exercises"),
        Answer.ROSE: N_("got up"),
        Answer.CORRECTED: N_("changed position"),
        Answer.IGNORED: N_("went on as before"),
    }
)


def share(estimate: Estimate) -> str:
    """
    >>> from posture_monitor.core.stats.followed import Estimate
    >>> share(Estimate(0.5, 0.24, 0.76))
    '50 % (95 %: 24 to 76 %)'
    """
    value, low, high = (f"{100.0 * one:.0f}" for one in _three(estimate))
    return _("{value} % (95 %: {low} to {high} %)", value=value, low=low, high=high)


def points(estimate: Estimate) -> str:
    """A change of a share, in percentage points.

    >>> from posture_monitor.core.stats.followed import Estimate
    >>> points(Estimate(-0.2, -0.31, -0.094))
    '−20 points (95 %: −31 to −9)'
    """
    value, low, high = (f"{100.0 * one:+.0f}".replace("-", "−") for one in _three(estimate))
    return _("{value} points (95 %: {low} to {high})", value=value, low=low, high=high)


def trial_sentence(result: Result) -> str:
    """How the trial of one kind stands, or what it found."""
    if not result.over:
        return _(
            "{decisions} of {all} decisions made; the result is told at the end.",
            decisions=result.decisions,
            all=DECISIONS,
        )
    if result.effect is None:
        return _("All decisions are made, but too little is known of what followed to tell.")
    what = (
        _("breaks taken")
        if result.kind is ReminderKind.BREAK
        else _("strain in the next ten minutes")
    )
    told = _("With the reminder, {what}: {effect}.", what=what, effect=points(result.effect))
    if result.helps:
        return _("{told} For you, it helps.", told=told)
    return _("{told} That it helps you is not shown.", told=told)


def _three(estimate: Estimate) -> tuple[float, float, float]:
    return estimate.value, estimate.low, estimate.high

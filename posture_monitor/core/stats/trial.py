"""An own trial: by the toss of a coin a due reminder is shown or withheld, and both are compared.

Chance alone decides, so the difference is the reminder's doing. Each kind has this many decisions
and is looked at once, when they are all made: looking again and again would find an effect by
chance sooner or later.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt
from statistics import NormalDist, fmean
from typing import TYPE_CHECKING

from posture_monitor.core.stats.followed import Estimate, Nearby, rose, span_of, student_t
from posture_monitor.domain import Detail, Event, EventKind, ReminderKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from posture_monitor.domain import Interval, RecordedEvent

DECISIONS = 60
"""Of each kind."""
LEAST_ARM = 15
"""An arm with fewer has no spread worth the name (60 tosses give it once in 10,000 trials)."""
TRIED: Mapping[EventKind, ReminderKind] = {
    EventKind.BREAK_DUE: ReminderKind.BREAK,
    EventKind.POSTURE_ALERT: ReminderKind.POSTURE,
}
SHOWN, WITHHELD = "shown", "withheld"
_JOINED = (EventKind.STRETCH_DUE, EventKind.BREAK_FIRM)
"""Told with a break, or not at all."""
_Z = NormalDist().inv_cdf(0.975)
"""Standard errors to each side of a 95 % interval."""


@dataclass(frozen=True, slots=True)
class Result:
    """What the trial says about one kind of reminder."""

    kind: ReminderKind
    decisions: int
    """So far, ``DECISIONS`` at most."""
    known: int = 0
    """Of which is known what followed."""
    effect: Estimate | None = None
    """Shown less withheld: of the share of breaks that were taken, or of the next ten minutes
    that were strained. None until all decisions are made, and where the data don't bear it.
    """

    @property
    def over(self) -> bool:
        """No reminder of this kind is withheld any more."""
        return self.decisions >= DECISIONS

    @property
    def helps(self) -> bool:
        """Whether the interval leaves out that it does nothing, in the good direction."""
        if self.effect is None:
            return False
        more_is_better = self.kind is ReminderKind.BREAK
        return self.effect.low > 0.0 if more_is_better else self.effect.high < 0.0


def decide(
    events: Sequence[Event], made: Mapping[ReminderKind, int], withhold: Callable[[], bool]
) -> tuple[Event, ...]:
    """The events with those reminders left out that the coin withholds, and what it said.

    ``made`` counts the decisions of each kind so far. A break is not announced meanwhile.
    """
    told: list[Event] = []
    left_out = set[EventKind]()
    if made.get(ReminderKind.BREAK, 0) < DECISIONS:
        left_out.add(EventKind.BREAK_SOON)
    for event in events:
        kind = TRIED.get(event.kind)
        if kind is None or made.get(kind, 0) >= DECISIONS:
            told.append(event)
            continue
        withheld = withhold()
        said = Detail(reminder=kind, text=WITHHELD if withheld else SHOWN)
        told.append(Event(event.t_s, EventKind.TRIAL, said))
        if not withheld:
            told.append(event)
        elif kind is ReminderKind.BREAK:
            left_out.update(_JOINED)
    return tuple(event for event in told if event.kind not in left_out)


def decisions(events: Sequence[RecordedEvent]) -> dict[ReminderKind, int]:
    """How many decisions of each kind the record holds."""
    return {
        kind: sum(e.kind is EventKind.TRIAL and _arm(e, kind) is not None for e in events)
        for kind in TRIED.values()
    }


def results(
    intervals: Sequence[Interval], events: Sequence[RecordedEvent]
) -> dict[ReminderKind, Result]:
    """By kind; only kinds of which a decision was made."""
    return {
        kind: _result(kind, intervals, events) for kind, count in decisions(events).items() if count
    }


def _result(
    kind: ReminderKind, intervals: Sequence[Interval], events: Sequence[RecordedEvent]
) -> Result:
    arms: dict[str, list[float]] = {SHOWN: [], WITHHELD: []}
    made = [(event, arm) for event in events if (arm := _arm(event, kind)) is not None]
    near = Nearby(intervals, events)
    for event, arm in made[:DECISIONS]:
        some, told = near.of(event.at)
        after = span_of(some, told, event.at)
        if kind is ReminderKind.BREAK and rose(some, event.at):
            arms[arm].append(1.0)
        elif after is not None:
            arms[arm].append(0.0 if kind is ReminderKind.BREAK else after.strained_share)
    known = len(arms[SHOWN]) + len(arms[WITHHELD])
    result = Result(kind, min(len(made), DECISIONS), known)
    if not result.over or min(map(len, arms.values())) < LEAST_ARM:
        return result
    compare = difference_of_shares if kind is ReminderKind.BREAK else difference_of_means
    return replace(result, effect=compare(arms[SHOWN], arms[WITHHELD]))


def _arm(event: RecordedEvent, kind: ReminderKind) -> str | None:
    if event.kind is not EventKind.TRIAL:
        return None
    arm = event.detail.text
    return arm if event.detail.reminder is kind and arm in (SHOWN, WITHHELD) else None


def difference_of_shares(shown: Sequence[float], withheld: Sequence[float]) -> Estimate:
    """Of values that are 0 or 1, with Agresti and Caffo's interval.

    >>> difference_of_shares([1, 1, 1, 0], [0, 0, 0, 1]).value
    0.5
    """
    value = fmean(shown) - fmean(withheld)
    shares = [(sum(arm) + 1.0) / (len(arm) + 2.0) for arm in (shown, withheld)]
    spread = sum(
        share * (1.0 - share) / (len(arm) + 2.0)
        for share, arm in zip(shares, (shown, withheld), strict=True)
    )
    middle, half = shares[0] - shares[1], _Z * sqrt(spread)
    return Estimate(value, max(-1.0, middle - half), min(1.0, middle + half))


def difference_of_means(shown: Sequence[float], withheld: Sequence[float]) -> Estimate:
    """With Welch's interval; exactly alike values have none, and a width of 0."""
    value = fmean(shown) - fmean(withheld)
    parts = [_variance(arm) / len(arm) for arm in (shown, withheld)]
    spread = sum(parts)
    if spread == 0.0:
        return Estimate(value, value, value)
    sizes = (len(shown), len(withheld))
    freedom = spread**2 / sum(p**2 / (n - 1.0) for p, n in zip(parts, sizes, strict=True))
    half = student_t(freedom) * sqrt(spread)
    return Estimate(value, value - half, value + half)


def _variance(values: Sequence[float]) -> float:
    """Of a sample; ``statistics.variance`` is exact and a hundred times slower."""
    mean = fmean(values)
    return sum((value - mean) ** 2 for value in values) / (len(values) - 1)

"""Which exercises fit a break: by today's strain, the minutes there are, and what came last.

Strengthening twice a week and stretching in between is what the trials among office workers did
(Sihawong 2014); two minutes a day were a dose that helped (Andersen 2011), and how the minutes are
split made no difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from posture_monitor.core.exercises.library import EXERCISES, Evidence, Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

    from posture_monitor.core.exercises.library import Exercise
    from posture_monitor.domain import Reason

SHORTEST_MIN, LONGEST_MIN, USUAL_MIN = 1.0, 5.0, 2.0
PREPARE_S = 5.0
"""To read what comes and get into place, before each exercise (assumed)."""
STRENGTH_DAYS = 2
"""A week; of the trial of 563 office workers."""
_WEEK_DAYS = 7
_LATER_REASON = 0.8
"""What an exercise names later among its reasons, it relieves a little less (assumed)."""
_RELIEVED = 0.4
"""Share of a reason's weight that is left for the exercises after one that relieves it."""
_SEEN_LAST = 0.3
"""Share of its weight that an exercise of the last routine keeps."""
_BASE = {Evidence.TRIALS: 0.12, Evidence.LOW: 0.08, Evidence.PRACTICE: 0.05}
"""What an exercise weighs without any strain: better evidence comes first (assumed)."""
_ORDER = (Kind.MOBILITY, Kind.STRENGTH, Kind.STRETCH, Kind.MASSAGE, Kind.RELAX)
"""Within a break: warm up, work, stretch, rest."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What somebody wants of a break."""

    minutes: float = USUAL_MIN
    """1 to 5; others are brought into that range."""
    seated: bool = False
    """Only what can be done sitting."""
    strength: bool = True
    """Strengthening on two days a week."""

    @property
    def seconds(self) -> float:
        """The length within the bounds."""
        return min(max(self.minutes, SHORTEST_MIN), LONGEST_MIN) * 60.0


@dataclass(frozen=True, slots=True)
class PlannedDay:
    """One day of the week's plan."""

    day: date
    strength: bool
    exercises: tuple[str, ...]
    done: bool
    """These were done, instead of being planned."""


def strength_due(strong_days: Collection[date], day: date) -> bool:
    """Whether this is a day to strengthen: fewer than two such days in the six before it, and
    none yesterday, so that muscles rest between.
    """
    before = [day - timedelta(days=n) for n in range(1, _WEEK_DAYS)]
    recent = [one for one in before if one in strong_days]
    return len(recent) < STRENGTH_DAYS and before[0] not in strong_days


def choose(
    strain_s: Mapping[Reason, float],
    wishes: Wishes,
    *,
    last: Collection[str] = (),
    strengthen: bool = False,
) -> tuple[str, ...]:
    """The names of the exercises of one break, in the order in which they are done.

    ``strain_s`` is today's strained seconds by reason, ``last`` the routine before this one: the
    two are never the same set. At least one exercise; all of them take ``wishes.seconds`` at most.
    """
    chosen = _chosen(strain_s, wishes, last, strengthen=strengthen, without=())
    if {one.name for one in chosen} == set(last):
        chosen = _chosen(strain_s, wishes, last, strengthen=strengthen, without=tuple(last)[:1])
    return tuple(one.name for one in sorted(chosen, key=lambda one: _ORDER.index(one.kind)))


def planned_s(names: Sequence[str]) -> float:
    """How long the routine takes, getting into place included."""
    return sum(EXERCISES[name].duration_s + PREPARE_S for name in names)


def is_strength(names: Collection[str]) -> bool:
    """Whether any of them strengthens."""
    return any(EXERCISES[name].kind is Kind.STRENGTH for name in names if name in EXERCISES)


def week_plan(
    first: date,
    wishes: Wishes,
    strain_s: Mapping[Reason, float],
    *,
    today: date,
    done: Mapping[date, Sequence[str]],
) -> tuple[PlannedDay, ...]:
    """Seven days from ``first``: what was done until today, and what is proposed from then on."""
    strong = {day for day, names in done.items() if is_strength(names)}
    last: Sequence[str] = done[max(done)] if done else ()
    planned: list[PlannedDay] = []
    for day in (first + timedelta(days=n) for n in range(_WEEK_DAYS)):
        names = tuple(done.get(day, ()))
        if names or day < today:
            planned.append(PlannedDay(day, day in strong, names, done=True))
            continue
        strengthen = wishes.strength and strength_due(strong, day)
        last = choose(strain_s, wishes, last=last, strengthen=strengthen)
        if strengthen:
            strong.add(day)
        planned.append(PlannedDay(day, strengthen, tuple(last), done=False))
    return tuple(planned)


def _chosen(
    strain_s: Mapping[Reason, float],
    wishes: Wishes,
    last: Collection[str],
    *,
    strengthen: bool,
    without: Collection[str],
) -> list[Exercise]:
    """Greedy: always the one that relieves most of what is left."""
    total_s = sum(strain_s.values()) or 1.0
    weights = {reason: seconds / total_s for reason, seconds in strain_s.items()}
    left_s = wishes.seconds
    pool = [one for one in EXERCISES.values() if _fits(one, wishes) and one.name not in without]
    chosen: list[Exercise] = []

    def worth(one: Exercise) -> float:
        relief = sum(
            weights.get(reason, 0.0) * _LATER_REASON**place
            for place, reason in enumerate(one.relieves)
        )
        kept = _SEEN_LAST if one.name in last else 1.0
        return kept * (relief + _BASE[one.evidence])

    while True:
        fitting = [one for one in pool if one.duration_s + PREPARE_S <= left_s]
        strong = [one for one in fitting if one.kind is Kind.STRENGTH]
        fitting = strong if strengthen and not chosen else [o for o in fitting if o not in strong]
        if not fitting:
            return chosen
        best = max(fitting, key=worth)
        chosen.append(best)
        pool.remove(best)
        left_s -= best.duration_s + PREPARE_S
        for reason in best.relieves:
            weights[reason] = weights.get(reason, 0.0) * _RELIEVED


def _fits(one: Exercise, wishes: Wishes) -> bool:
    return one.seated if wishes.seated else one.standing

"""Watches one exercise from frame to frame: learns the neutral, then counts each side.

Frames before the neutral is known are kept and counted once it is. While the person rests, the
neutral follows them: who sits down a little elsewhere has a new one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import pstdev
from typing import TYPE_CHECKING

from posture_monitor.core.exercises import counting
from posture_monitor.core.exercises.body import Body, body_of
from posture_monitor.core.exercises.counting import CountState, Hint, Phase
from posture_monitor.core.exercises.rules import RULES
from posture_monitor.core.exercises.signals import (
    Neutral,
    abduction_deg,
    hand_at_head,
    neutral_of,
    tilt_deg,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from posture_monitor.domain import Observation

CALM_S = 1.0
"""So long somebody sits still for a neutral."""
_FEWEST_CALM = 3
PATIENCE_S = 20.0
"""After so long without a calm second the middle of what was seen serves."""
_SETTLED_S = 8.0
"""Somebody who stays between the thresholds for so long sits otherwise now; longer than the
holds of a stretch that is done too little."""
_NEAR = 0.5
"""Of ``leave``; within it the neutral follows at once (assumed)."""
# How much a calm person sways: standard deviations within a second. The samples' sitting people
# have 0.004-0.012 shoulder widths and 0.5-1.5 degrees.
_STILL_WIDTHS, _STILL_ELBOW_WIDTHS = 0.025, 0.06
_STILL_ROLL_DEG, _STILL_YAW_DEG = 2.5, 5.0
# And how a neutral looks: arms down, head and shoulders about level (assumed).
_MOST_ROLL_DEG, _MOST_TILT_DEG, _MOST_YAW_DEG, _MOST_ARM_DEG = 14.0, 12.0, 40.0, 60.0
# How much it may differ from the profile's.
_PROFILE_ROLL_DEG, _PROFILE_YAW_DEG = 12.0, 20.0

BOTH, LEFT, RIGHT = "both", "left", "right"
_SIGNS: Mapping[str, int] = {BOTH: 1, LEFT: 1, RIGHT: -1}
"""Signals grow to the person's own left; a side's own signal grows with its movement."""


@dataclass(frozen=True, slots=True)
class BodyAt:
    """The body in one frame; None where nobody was seen."""

    t_s: float
    body: Body | None


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known of an exercise so far; ``watch`` makes the next."""

    exercise: str
    sides: Mapping[str, CountState]
    neutral: Neutral | None = None
    expected: Neutral | None = None
    """The profile's."""
    waiting: tuple[BodyAt, ...] = ()
    """Seen before the neutral was known."""
    recent: tuple[BodyAt, ...] = ()
    """Of the last second, and a little more."""
    settling_since_s: float | None = None
    latest: BodyAt | None = None
    """The last one that was counted."""

    @property
    def repetitions(self) -> int:
        """Of all sides."""
        return sum(state.repetitions for state in self.sides.values())

    @property
    def held_s(self) -> float:
        """Of all sides, a hold that goes on included."""
        rule = RULES[self.exercise].count
        return sum(s.held_s + counting.holding_s(s, rule) for s in self.sides.values())

    @property
    def hint(self) -> Hint:
        """The one that matters now."""
        if self.neutral is None:
            return Hint.NOT_SEEN if self.recent and self.recent[-1].body is None else Hint.STILL
        moving = [s for s in self.sides.values() if s.phase not in (Phase.HOME, Phase.LOST)]
        if moving:
            return moving[0].hint if moving[0].hint is Hint.NOT_SEEN else Hint.NONE
        latest = max(self.sides.values(), key=lambda state: state.ended_s)
        return latest.hint


def begin(exercise: str, expected: Neutral | None = None) -> Progress:
    """Nothing done yet; KeyError for an exercise that the camera doesn't count."""
    names = (LEFT, RIGHT) if RULES[exercise].sides else (BOTH,)
    return Progress(exercise, {name: CountState() for name in names}, expected=expected)


def watch(progress: Progress, observation: Observation) -> Progress:
    """After one more frame; frames come in the order of their time."""
    return watch_body(progress, BodyAt(observation.t_s, body_of(observation)))


def watch_body(progress: Progress, observed: BodyAt) -> Progress:
    """As ``watch``, of a body that was measured already."""
    recent = tuple(
        one for one in (*progress.recent, observed) if observed.t_s - one.t_s <= CALM_S + 0.25
    )
    progress = replace(progress, recent=recent)
    if progress.neutral is not None:
        return _followed(_counted(progress, observed))
    progress = replace(progress, waiting=(*progress.waiting, observed))
    bodies = _calm(recent)
    if bodies and _is_neutral(neutral := neutral_of(bodies), bodies, progress.expected):
        return _begun(progress, neutral)
    if observed.t_s - progress.waiting[0].t_s >= PATIENCE_S:
        return _without_calm(progress)
    return progress


def restart(progress: Progress) -> Progress:
    """The same exercise with nothing done yet; the neutral that was learned stays."""
    fresh = begin(progress.exercise, progress.expected)
    return replace(fresh, neutral=progress.neutral, recent=progress.recent)


def finish(progress: Progress) -> Progress:
    """After the last frame of a film."""
    if progress.neutral is None:
        progress = _without_calm(progress)
    rule = RULES[progress.exercise].count
    sides = {name: counting.finish(state, rule) for name, state in progress.sides.items()}
    return replace(progress, sides=sides)


def count(
    exercise: str, observations: Iterable[Observation], expected: Neutral | None = None
) -> Progress:
    """The whole of a film."""
    progress = begin(exercise, expected)
    for observation in observations:
        progress = watch(progress, observation)
    return finish(progress)


def _begun(progress: Progress, neutral: Neutral) -> Progress:
    """With a neutral at last: what was seen before is counted now."""
    waiting = progress.waiting
    progress = replace(progress, neutral=neutral, waiting=())
    for observed in waiting:
        progress = _counted(progress, observed)
    return progress


def _without_calm(progress: Progress) -> Progress:
    bodies = [observed.body for observed in progress.waiting if observed.body is not None]
    if progress.expected is not None:
        return _begun(progress, progress.expected)
    return _begun(progress, neutral_of(bodies)) if bodies else replace(progress, waiting=())


def _counted(progress: Progress, observed: BodyAt) -> Progress:
    rule = RULES[progress.exercise]
    assert progress.neutral is not None
    body = observed.body
    if rule.hands_down and _hand_at_head(progress, observed):
        busy = {
            name: counting.interrupted(state, observed.t_s, Hint.HANDS_DOWN)
            for name, state in progress.sides.items()
        }
        return replace(progress, sides=busy, latest=observed)
    value = None if body is None else rule.signal(body, progress.neutral)
    sides = {
        name: counting.step(
            state, observed.t_s, None if value is None else _SIGNS[name] * value, rule.count
        )
        for name, state in progress.sides.items()
    }
    return replace(progress, sides=sides, latest=observed)


def _hand_at_head(progress: Progress, observed: BodyAt) -> bool:
    """In this observation and the one before it: a single one may be a mistake of the model."""
    neutral = progress.neutral
    assert neutral is not None
    bodies = [one.body for one in (progress.latest, observed) if one is not None]
    return len(bodies) == 2 and all(
        body is not None and hand_at_head(body, neutral) for body in bodies
    )


def _followed(progress: Progress) -> Progress:
    """The neutral of somebody who rests is where they rest now."""
    bodies = _calm(progress.recent)
    t_s = progress.recent[-1].t_s
    phases = {state.phase for state in progress.sides.values()}
    if not bodies or Phase.OUT in phases:
        return replace(progress, settling_since_s=None)
    neutral = neutral_of(bodies)
    if not _is_neutral(neutral, bodies, progress.expected):
        return replace(progress, settling_since_s=None)
    if phases == {Phase.HOME} and _near(progress):
        return replace(progress, neutral=neutral, settling_since_s=None)
    since_s = t_s if progress.settling_since_s is None else progress.settling_since_s
    if t_s - since_s < _SETTLED_S:
        return replace(progress, settling_since_s=since_s)
    sides = {
        name: replace(state, phase=Phase.HOME, t_s=t_s, value=0.0, highs=())
        for name, state in progress.sides.items()
    }
    return replace(progress, neutral=neutral, sides=sides, settling_since_s=None)


def _near(progress: Progress) -> bool:
    """Whether somebody has rested for the whole of the calm second, and about where they did.

    Observations of a movement that has just come home don't show the rest, and somebody who turned
    aside a little and holds still there doesn't rest, though home by the counter's threshold.
    """
    leave = RULES[progress.exercise].count.leave
    since_s = progress.recent[0].t_s
    return all(
        state.ended_s <= since_s and abs(state.value) <= _NEAR * leave
        for state in progress.sides.values()
    )


def _calm(observations: Sequence[BodyAt]) -> list[Body]:
    """The bodies of a calm second; empty where it wasn't one."""
    bodies = [observed.body for observed in observations if observed.body is not None]
    long = bool(observations) and observations[-1].t_s - observations[0].t_s >= CALM_S
    if not long or len(bodies) < max(_FEWEST_CALM, len(observations) - 1):
        return []
    width = max(body.shoulder_width for body in bodies)

    def spread(value: Callable[[Body], float | None]) -> float:
        values = [v for body in bodies if (v := value(body)) is not None]
        return pstdev(values) if values else math.inf

    places: tuple[Callable[[Body], float], ...] = (
        lambda body: body.shoulders[0],
        lambda body: body.shoulders[1],
        lambda body: body.ears[0],
        lambda body: body.ears[1],
    )
    still = (
        all(spread(place) <= _STILL_WIDTHS * width for place in places)
        and spread(lambda body: body.left.elbow[0]) <= _STILL_ELBOW_WIDTHS * width
        and spread(lambda body: body.right.elbow[0]) <= _STILL_ELBOW_WIDTHS * width
        and spread(_roll_deg) <= _STILL_ROLL_DEG
        and spread(_yaw_deg) <= _STILL_YAW_DEG
    )
    return bodies if still else []


def _roll_deg(body: Body) -> float | None:
    head = body.heads[2] or body.heads[1] or body.heads[0]
    return None if head is None else head.roll_deg


def _yaw_deg(body: Body) -> float | None:
    head = body.heads[2] or body.heads[1] or body.heads[0]
    return None if head is None else head.yaw_deg


def _is_neutral(neutral: Neutral, bodies: Sequence[Body], expected: Neutral | None) -> bool:
    """Whether somebody rests who holds still: no stretch held, no arm raised, no head turned."""
    head = neutral.heads[2] or neutral.heads[1] or neutral.heads[0]
    if head is None:
        return False
    body = bodies[-1]
    level = (
        abs(head.roll_deg) <= _MOST_ROLL_DEG
        and abs(head.yaw_deg) <= _MOST_YAW_DEG
        and abs(tilt_deg(body)) <= _MOST_TILT_DEG
        and abs(abduction_deg(body.left, 1)) <= _MOST_ARM_DEG
        and abs(abduction_deg(body.right, -1)) <= _MOST_ARM_DEG
    )
    before = None if expected is None else next(filter(None, expected.heads), None)
    if before is None:
        return level
    return (
        level
        and abs(head.roll_deg - before.roll_deg) <= _PROFILE_ROLL_DEG
        and abs(head.yaw_deg - before.yaw_deg) <= _PROFILE_YAW_DEG
    )

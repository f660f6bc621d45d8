"""One guided break: which exercise is on, for how long, and what was done in the end.

A state machine in seconds of any clock: a terminal, a page and the running monitor drive the same
one. Each exercise has time to get into place, then its own time; where the camera counts, it is
over as soon as the whole dose was seen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from posture_monitor.core.exercises import counter
from posture_monitor.core.exercises.body import MIN_CONFIDENCE
from posture_monitor.core.exercises.library import EXERCISES
from posture_monitor.core.exercises.routine import PREPARE_S, planned_s

if TYPE_CHECKING:
    from posture_monitor.core.exercises.counter import Progress
    from posture_monitor.core.exercises.library import Exercise
    from posture_monitor.domain import Observation

FORGOTTEN_S = 3600.0
"""No break takes longer: a machine slept meanwhile."""
LEAST_DONE_S = 5.0
"""An exercise left earlier was not done (assumed)."""
LEFT_S = 3.0
"""Out of the camera's sight for so long, somebody who was seen before has left (assumed)."""
WAITS_S = 60.0
"""So long an exercise waits for somebody who left; then the break is over (assumed)."""
_MOST_DIGITS = 5
_HELD_ENOUGH = 0.8
"""Of a hold, as the camera sees it: the way in and out takes some of it (assumed)."""


class Stage(StrEnum):
    """Where in a break somebody is."""

    PREPARE = "prepare"
    DO = "do"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Done:
    """One exercise that was done."""

    name: str
    seconds: float
    repetitions: int | None = None
    """Counted by the camera; None by a timer."""


@dataclass(frozen=True, slots=True)
class GuidedBreak:
    """How a break stands; ``advance``, ``skip`` and ``end`` make the next."""

    routine: tuple[str, ...]
    began_s: float
    now_s: float
    stage: Stage
    stage_began_s: float
    index: int = 0
    done: tuple[Done, ...] = ()
    counted: Progress | None = None
    """What the camera has counted of the exercise that is on; None without one."""
    neutral: Progress | None = None
    """What the camera learned of the person's rest while they got into place."""
    seen_s: float | None = None
    """When the camera last saw somebody, in the time of its pictures; None = never."""
    rose: bool = False
    """Seen to leave the chair."""
    away: bool = False
    """Out of the camera's sight now, after having been seen."""
    waited_s: float = 0.0
    """Of this absence, the seconds for which an exercise has waited."""

    @property
    def exercise(self) -> Exercise | None:
        """The one that is on or comes next; None once it is over."""
        return None if self.over else EXERCISES[self.routine[self.index]]

    @property
    def over(self) -> bool:
        """Nothing more happens."""
        return self.stage is Stage.OVER

    @property
    def waits(self) -> bool:
        """Whether the timer stands still until somebody is back in the picture."""
        exercise = self.exercise
        return self.away and exercise is not None and exercise.in_view

    @property
    def remaining_s(self) -> float:
        """Of this stage."""
        return max(0.0, self.stage_began_s + _stage_s(self) - self.now_s)

    @property
    def elapsed_s(self) -> float:
        """Since the break began, until now or its end."""
        return self.now_s - self.began_s

    @property
    def side(self) -> str | None:
        """The side to do now, of an exercise that has sides: each half of the time."""
        exercise = self.exercise
        if exercise is None or not exercise.sides:
            return None
        second = self.stage is Stage.DO and self.remaining_s <= exercise.duration_s / 2.0
        return exercise.sides[1 if second else 0]


def begin(routine: tuple[str, ...], t_s: float) -> GuidedBreak:
    """A break of these exercises, at least one, from now on."""
    return GuidedBreak(routine, t_s, t_s, Stage.PREPARE, t_s)


def advance(state: GuidedBreak, t_s: float) -> GuidedBreak:
    """Time went on to ``t_s``; several exercises may have passed.

    None passes while somebody is away whom the camera would see doing it.
    """
    if state.over:
        return state
    if t_s - state.now_s > FORGOTTEN_S:
        return _over(state)
    while not state.over:
        if state.waits:
            return _waited(state, max(0.0, t_s - state.now_s))
        ends_s = state.stage_began_s + _stage_s(state)
        if t_s < ends_s:
            return replace(state, now_s=max(state.now_s, t_s))
        state = replace(state, now_s=ends_s)
        if state.stage is Stage.PREPARE:
            state = replace(state, stage=Stage.DO, stage_began_s=ends_s)
        else:
            state = _next(_noted(state))
    return state


def skip(state: GuidedBreak) -> GuidedBreak:
    """On to the next exercise; what was done of this one for a while is kept.

    Somebody who skips out of the camera's sight is here: nothing waits until they are seen again.
    """
    if state.away:
        state = replace(state, away=False, seen_s=None)
    return state if state.over else _next(_noted(state))


def end(state: GuidedBreak) -> GuidedBreak:
    """It is over now; what was done of the exercise that is on is kept."""
    return state if state.over else _over(_noted(state))


def count(state: GuidedBreak, progress: Progress) -> GuidedBreak:
    """The camera's count of the exercise that is on; the whole dose ends it."""
    if state.stage is not Stage.DO:
        return state
    state = replace(state, counted=progress)
    exercise = EXERCISES[state.routine[state.index]]
    dose = exercise.dose
    enough = all(
        side.repetitions >= dose.repetitions
        and side.held_s >= _HELD_ENOUGH * dose.hold_s * dose.repetitions
        for side in progress.sides.values()
    )
    return _next(_noted(state)) if enough else state


def observe(
    state: GuidedBreak, observation: Observation, present: bool | None = None
) -> GuidedBreak:
    """The camera saw this, in the order of its pictures' time: it learns how the person rests
    while they get into place, then counts, and tells whether they left.

    ``present`` is what is known of that otherwise; None: from this observation alone.
    """
    pose = observation.pose
    if present is None:
        seen = pose is not None and pose.confidence >= MIN_CONFIDENCE
        present = seen or bool(observation.faces)
    if present:
        state = replace(state, seen_s=observation.t_s, away=False, waited_s=0.0)
    elif state.seen_s is not None and observation.t_s - state.seen_s >= LEFT_S:
        state = replace(state, rose=True, away=True)
    exercise = state.exercise
    if exercise is None or not exercise.counted:
        return state
    if state.stage is Stage.PREPARE:
        known = state.neutral or counter.begin(exercise.name)
        return replace(state, neutral=counter.watch(known, observation))
    counted = state.counted
    if counted is None:
        counted = counter.restart(state.neutral or counter.begin(exercise.name))
    return count(state, counter.watch(counted, observation))


def without_camera(state: GuidedBreak) -> GuidedBreak:
    """The camera is gone: the timer alone goes on."""
    return replace(state, counted=None, neutral=None, seen_s=None, away=False)


def to_document(state: GuidedBreak) -> dict[str, object]:
    """How it stands in keys and numbers, for a page, a terminal or ``status``."""
    counted = state.counted
    return {
        "routine": list(state.routine),
        "index": state.index,
        "exercise": None if state.exercise is None else state.exercise.name,
        "stage": str(state.stage),
        "side": state.side,
        "remaining_s": round(state.remaining_s, 1),
        "elapsed_s": round(state.elapsed_s, 1),
        "planned_s": planned_s(state.routine),
        "counted": None
        if counted is None
        else {
            "repetitions": {side: one.repetitions for side, one in counted.sides.items()},
            "held_s": round(counted.held_s, 1),
            "hint": str(counted.hint),
        },
        "rose": state.rose,
        "waits": state.waits,
        "done": [
            {"name": one.name, "seconds": round(one.seconds), "repetitions": one.repetitions}
            for one in state.done
        ],
    }


def to_detail(state: GuidedBreak) -> str:
    """What the record keeps: the seconds of the break, then each exercise as
    ``name:seconds:repetitions``, the last empty where a timer ran.

    >>> to_detail(end(advance(begin(("far_look",), 0.0), 15.0)))
    '15;far_look:10:'
    """
    told = [
        f"{one.name}:{one.seconds:.0f}:{'' if one.repetitions is None else one.repetitions}"
        for one in state.done
    ]
    return ";".join([f"{state.elapsed_s:.0f}", *told])


def from_detail(detail: str) -> tuple[float, tuple[Done, ...]]:
    """Seconds of the break and what was done in it; what can't be read is left out.

    >>> from_detail("15;far_look:10:")
    (15.0, (Done(name='far_look', seconds=10.0, repetitions=None),))
    """
    length, *parts = detail.split(";")
    done = []
    for part in parts:
        name, _, rest = part.partition(":")
        seconds, _, repetitions = rest.partition(":")
        lasted = _whole(seconds)
        if name in EXERCISES and lasted is not None:
            done.append(Done(name, float(lasted), _whole(repetitions)))
    return float(_whole(length) or 0), tuple(done)


def _whole(text: str) -> int | None:
    """The number, where it is one that ``to_detail`` may have written."""
    return int(text) if text.isdecimal() and len(text) <= _MOST_DIGITS else None


def _waited(state: GuidedBreak, seconds: float) -> GuidedBreak:
    """Nobody was there for so long: no second of it belongs to the exercise."""
    seconds = min(seconds, WAITS_S - state.waited_s)
    state = replace(
        state,
        now_s=state.now_s + seconds,
        stage_began_s=state.stage_began_s + seconds,
        waited_s=state.waited_s + seconds,
    )
    return _over(_noted(state)) if state.waited_s >= WAITS_S else state


def _stage_s(state: GuidedBreak) -> float:
    if state.over:
        return 0.0
    prepares = state.stage is Stage.PREPARE
    return PREPARE_S if prepares else EXERCISES[state.routine[state.index]].duration_s


def _noted(state: GuidedBreak) -> GuidedBreak:
    """With the exercise that is on among those done, if it was on for a while."""
    seconds = state.now_s - state.stage_began_s
    if state.stage is not Stage.DO or seconds < LEAST_DONE_S:
        return state
    counted = None if state.counted is None else state.counted.repetitions
    done = Done(state.routine[state.index], seconds, counted)
    return replace(state, done=(*state.done, done))


def _next(state: GuidedBreak) -> GuidedBreak:
    if state.index + 1 == len(state.routine):
        return _over(state)
    return replace(
        state,
        index=state.index + 1,
        stage=Stage.PREPARE,
        stage_began_s=state.now_s,
        counted=None,
        neutral=None,
    )


def _over(state: GuidedBreak) -> GuidedBreak:
    return replace(state, stage=Stage.OVER, stage_began_s=state.now_s, counted=None, neutral=None)

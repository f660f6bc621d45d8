"""The whole judgement of one frame, in order: presence, features, score, strain, sitting,
reminders, and the intervals that are worth keeping.

``step(state, observation, setup)`` is ``judge`` and then ``remind``; a live camera, a recording
and a test all go through them, with times that the observation carries.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from posture_monitor.config import Settings
from posture_monitor.core.day import reminders, sitting, stillness, timeline
from posture_monitor.core.day.reminders import Moment, ReminderState
from posture_monitor.core.day.sitting import Evidence, SittingState
from posture_monitor.core.day.standing import is_seated, is_standing, went_with_camera
from posture_monitor.core.day.stillness import StillnessState
from posture_monitor.core.day.timeline import Piece, Timeline
from posture_monitor.core.judge import presence as presence_rules
from posture_monitor.core.judge import scoring, strain, tired
from posture_monitor.core.judge.fitted import WEIGHTS
from posture_monitor.core.judge.presence import PresenceState
from posture_monitor.core.judge.strain import StrainState
from posture_monitor.core.measure import view
from posture_monitor.core.measure.features import Features, both_shoulders_in_view, measure, smooth
from posture_monitor.core.measure.metrics import Deviation, body_alone, deviate, to_metrics
from posture_monitor.core.measure.view import ViewState
from posture_monitor.domain import (
    Detail,
    Event,
    EventKind,
    Interval,
    Metrics,
    Observation,
    Presence,
    Reason,
    Sample,
    State,
    Unjudged,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from posture_monitor.core.judge.baseline import Baseline
    from posture_monitor.core.judge.scoring import Verdict, Weights
    from posture_monitor.domain import Pose, ViewShift

SMOOTHING_TAU_S = 0.2
"""Time constant of the features; the engine's own filter does the finer work (assumed)."""
_MAX_SMOOTHED_GAP_S = 3.0
"""Frames further apart are not smoothed: the person may have moved meanwhile (assumed)."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What stays the same from frame to frame."""

    settings: Settings = field(default_factory=Settings)
    baseline: Baseline | None = None
    softened: Mapping[Reason, float] = field(default_factory=dict)
    weights: Weights = field(default_factory=lambda: WEIGHTS)
    """Of the evidence for each reason; others than those shipped only to judge a fit."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the desktop knows at the moment of a frame."""

    idle_s: float | None = None
    absent_before: bool = False
    quiet: bool = False
    week: Detail | None = None
    """The last week, where nobody was told of it yet in this one."""


@dataclass(frozen=True, slots=True)
class SessionState:
    """Everything remembered between frames."""

    presence: PresenceState = field(default_factory=PresenceState)
    features: Features | None = None
    features_s: float = 0.0
    stillness: StillnessState = field(default_factory=StillnessState)
    strain: StrainState = field(default_factory=StrainState)
    sitting: SittingState = field(default_factory=SittingState)
    reminders: ReminderState = field(default_factory=ReminderState)
    timeline: Timeline = field(default_factory=Timeline)
    view: ViewState = field(default_factory=ViewState)
    sample: Sample | None = None
    """The last one; it holds until the next frame."""
    motion: float | None = None
    """Of the last frame: how unlike it was to those judged before it, 0-1."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to one frame."""

    state: SessionState
    sample: Sample
    events: tuple[Event, ...] = ()
    closed: tuple[Interval, ...] = ()
    """Intervals that are complete."""


@dataclass(frozen=True, slots=True)
class _Judgement:
    sample: Sample
    features: Features | None
    verdict: Verdict | None
    lifted: bool = False
    """Camera and user went up together."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One observation judged, before anybody is reminded of anything."""

    state: SessionState
    """With the reminders as they were."""
    sample: Sample
    moment: Moment
    """What the reminder rules go by."""
    events: tuple[Event, ...] = ()
    closed: tuple[Interval, ...] = ()


def step(
    state: SessionState,
    observation: Observation,
    setup: Setup,
    surroundings: Surroundings | None = None,
) -> Outcome:
    """Take in one observation: judge it, then say what is due."""
    judged = judge(state, observation, setup, surroundings)
    return remind(judged, state.reminders, setup.settings)


def judge(
    state: SessionState,
    observation: Observation,
    setup: Setup,
    surroundings: Surroundings | None = None,
) -> Judged:
    """Everything that one observation tells, reminders left out."""
    around = Surroundings() if surroundings is None else surroundings
    if state.sample is not None and observation.t_s < state.sample.t_s:
        observation = replace(observation, t_s=state.sample.t_s)  # backwards is no time
    t_s, settings = observation.t_s, setup.settings
    baseline = _baseline_for(setup, observation)
    seen, unjudged = presence_rules.step(state.presence, observation, baseline)
    judgement = _judge(state, observation, setup, baseline, seen.presence, unjudged)
    sample, verdict = judgement.sample, judgement.verdict
    viewed, stale = view.step(state.view, observation.view, sample, lifted=judgement.lifted)
    strained, change = strain.step(
        state.strain,
        t_s=t_s,
        judged=sample.judged,
        strained=bool(sample.strained),
        relaxed=verdict is not None and scoring.relaxed(verdict),
        reasons=sample.reasons,
        settings=settings.posture,
    )
    measured = judgement.features is not None or sample.standing
    standing = sample.standing if measured else None
    seen_from = (t_s, seen.presence, seen.since_s)
    evidence = Evidence(*seen_from, standing, around.idle_s, around.absent_before)
    sat = sitting.step(state.sitting, evidence, settings.sitting)
    events = [*stale, *sat.events]
    still = state.stillness
    changed = sat.state.state is not state.sitting.state
    if sat.gap is not None or (changed and sat.state.state is not State.SITTING):
        still = StillnessState()  # standing up or leaving is the best change of position
    if judgement.features is not None:
        still, moved = stillness.step(still, t_s, judgement.features)
        if moved:
            events.append(Event(still.since_s, EventKind.POSITION_CHANGED))
    relaxed = sample.judged and strained.onset_s is None
    line = _extend(state, observation, sat, strained, change)
    line, closed = timeline.fold(line, _settled_until_s(seen, sat.state, strained, t_s))
    return Judged(
        SessionState(
            presence=seen,
            features=judgement.features,
            features_s=state.features_s if judgement.features is None else t_s,
            stillness=still,
            strain=strained,
            sitting=sat.state,
            reminders=state.reminders,
            timeline=line,
            view=viewed,
            sample=sample,
            motion=observation.motion,
        ),
        sample,
        replace(_moment(sat.state, strained, still, t_s, around), relaxed=relaxed),
        tuple(events),
        tuple(timeline.to_interval(piece) for piece in closed),
    )


def is_due(judged: Judged, reminded: ReminderState, settings: Settings) -> bool:
    """Whether somebody would be disturbed now, so that it is worth asking if they may be."""
    _, due = reminders.step(reminded, judged.moment, settings)
    return any(event.kind in reminders.REMINDING for event in due)


def remind(
    judged: Judged, reminded: ReminderState, settings: Settings, *, quiet: bool = False
) -> Outcome:
    """The outcome of a judged observation; with ``quiet``, reminders that are due wait."""
    moment = replace(judged.moment, quiet=judged.moment.quiet or quiet)
    reminded, due = reminders.step(reminded, moment, settings)
    return Outcome(
        replace(judged.state, reminders=reminded),
        judged.sample,
        tuple(sorted([*judged.events, *due], key=lambda event: event.t_s)),
        judged.closed,
    )


def blind(t_s: float, wall_at: datetime) -> Observation:
    """A frame without a picture: the camera is lost, taken or off; presence is unknown."""
    return Observation(t_s, wall_at, 0, 0, None, brightness=0.0, contrast=0.0)


def open_intervals(state: SessionState, rest_s: float = 0.0) -> tuple[Interval, ...]:
    """What the record should say now about the time not yet closed.

    ``rest_s`` is how long ago the last frame was, which holds until the next one.
    """
    line = _held_on(state, rest_s)
    return tuple(timeline.to_interval(piece) for piece in timeline.current(line))


def _held_on(state: SessionState, rest_s: float) -> Timeline:
    """The timeline with what was last seen going on for so long."""
    if state.sample is None or rest_s <= 0.0:
        return state.timeline
    return timeline.append(state.timeline, _held_piece(state, state.sample, rest_s))


def finish(
    state: SessionState, rest_s: float = 0.0
) -> tuple[tuple[Event, ...], tuple[Interval, ...]]:
    """The end of a source: a sitting spell that goes on is ended, all intervals are told.

    ``rest_s`` is how long the source went on after the last frame, which holds until then.
    """
    sat = state.sitting
    sat_s = sat.sitting_s + (rest_s if sat.state is State.SITTING else 0.0)
    events: tuple[Event, ...] = ()
    if sat.in_spell and sat.last_s is not None:
        detail = Detail(seconds=sat_s, at_end=True)
        events = (Event(sat.last_s + rest_s, EventKind.SITTING_ENDED, detail),)
    return events, open_intervals(state, rest_s)


def moment_of(state: SessionState, t_s: float) -> Moment:
    """What the reminder rules see at this time, for a status line."""
    return _moment(state.sitting, state.strain, state.stillness, t_s, Surroundings())


_GUESSED: Mapping[Reason, float] = {Reason.SHOULDER_TILT: 0.0, Reason.SHRUG: 0.0}
"""No slack where a shoulder lies outside the picture, so that its place is guessed."""


def _personal(
    setup: Setup, baseline: Baseline, shift: ViewShift | None, pose: Pose, *, placed: bool
) -> Mapping[Reason, float]:
    """What to multiply severities by: the tired seat's gains, and what was called wrong.

    Read back from a turned view, the line of the shoulders is the least certain; where one of
    them lies outside the picture, or the view isn't the baseline's, it tells nothing.
    """
    turned = shift is not None and not shift.cropped
    gains, slack = tired.gains(baseline, placed=placed), view.FRAGILE if turned else {}
    slack = slack if placed and both_shoulders_in_view(pose) else _GUESSED
    return {
        reason: gains.get(reason, 1.0) * setup.softened.get(reason, 1.0) * slack.get(reason, 1.0)
        for reason in {*gains, *setup.softened, *slack}
    }


def _baseline_for(setup: Setup, observation: Observation) -> Baseline | None:
    if setup.baseline is None or observation.width_px == 0:
        return None
    return setup.baseline.at_size(observation.width_px, observation.height_px)


def _judge(
    state: SessionState,
    observation: Observation,
    setup: Setup,
    baseline: Baseline | None,
    presence: Presence,
    unjudged: Unjudged | None,
) -> _Judgement:
    t_s, pose = observation.t_s, observation.pose
    confidence = 0.0 if pose is None else float(min(1.0, max(0.0, pose.confidence)))

    def none_because(
        why: Unjudged, features: Features | None = None, metrics: Metrics | None = None
    ) -> _Judgement:
        metrics = Metrics() if metrics is None else metrics
        if features is not None:
            metrics = _metrics(features, None, baseline, state, t_s)
        standing = why is Unjudged.STANDING
        return _Judgement(
            Sample(
                t_s,
                observation.wall_at,
                presence,
                judged=False,
                confidence=confidence,
                metrics=metrics,
                unjudged=why,
                standing=standing,
            ),
            None if standing else features,
            None,
        )

    if presence is not Presence.PRESENT or pose is None or unjudged is not None:
        return none_because(Unjudged.NOBODY if unjudged is None else unjudged)
    shift = observation.view
    lifted = baseline is not None and went_with_camera(state.view, shift, pose, baseline)
    if lifted:
        shift = None  # between camera and user nothing has changed
    placed = shift is None or view.is_safe(shift)
    # A known turn is read back however far it went: rays of light stay where they are.
    home = view.seen_from_home(pose, shift) if shift is not None and shift.sure else None
    measured = measure(pose, home)
    head_only = measured is Unjudged.CUT_OFF or (baseline is not None and baseline.head_only)
    if head_only and baseline is not None:
        head = measure(pose, head_only=True)
        if isinstance(head, Unjudged):
            return none_because(head)
        return none_because(Unjudged.CUT_OFF, metrics=_of_head(head, baseline))
    if isinstance(measured, Unjudged):
        return none_because(measured)
    # Smoothed with what another view showed, a slouch would pass for upright on its way.
    gap_s = t_s - state.features_s
    fresh = gap_s <= _MAX_SMOOTHED_GAP_S and view.is_same(state.view.trusted, shift)
    before = state.features if fresh else None
    features = smooth(before, measured, gap_s=gap_s, tau_s=SMOOTHING_TAU_S)
    if baseline is None:
        why = Unjudged.NO_BASELINE if setup.baseline is None else Unjudged.STALE_BASELINE
        return none_because(why, features)
    deviation = deviate(features, baseline.median)
    known = observation.view_known
    # In a room that was not recognised the camera may be anywhere.
    placed = placed and known is not False
    placed = placed and view.trusts(state.view, shift, deviation, known=known)
    if placed and baseline.standing and is_seated(deviation):
        return none_because(Unjudged.STALE_BASELINE, features)
    if placed and is_standing(deviation):
        return none_because(Unjudged.STANDING, features)

    verdict = scoring.judge(
        deviation if placed else body_alone(deviation),
        baseline.spread,
        sensitivity=(view.certainty(shift) if placed else 1.0)
        * scoring.SENSITIVITY[setup.settings.posture.sensitivity],
        softened=_personal(setup, baseline, shift, pose, placed=placed),
        weights=setup.weights,
        sunk=tired.sunk(baseline, deviation, placed=placed),
    )
    sample = Sample(
        t_s,
        observation.wall_at,
        presence,
        judged=True,
        score=verdict.score,
        strained=verdict.strained,
        reasons=verdict.reasons,
        confidence=confidence,
        metrics=_metrics(features, deviation, baseline, state, t_s),
        penalties=verdict.penalties,
        standing=baseline.standing is not lifted,
        placed=placed,
    )
    return _Judgement(sample, features, verdict, lifted)


def _of_head(features: Features, baseline: Baseline) -> Metrics:
    """What is told of the head where the shoulders are out of view, or were for the baseline."""
    deviation = deviate(features, baseline.median)
    told = to_metrics(features, deviation, distance_cm=baseline.distance_cm, stillness_s=0.0)
    return Metrics(
        viewing_distance_cm=told.viewing_distance_cm,
        head_pitch_deg=told.head_pitch_deg,
        head_yaw_deg=told.head_yaw_deg,
        head_roll_deg=told.head_roll_deg,
    )


def _metrics(
    features: Features,
    deviation: Deviation | None,
    baseline: Baseline | None,
    state: SessionState,
    t_s: float,
) -> Metrics:
    return to_metrics(
        features,
        deviation,
        distance_cm=baseline.distance_cm if baseline is not None else 0.0,
        stillness_s=stillness.seconds(state.stillness, t_s),
    )


def _moment(
    sat: SittingState,
    strained: StrainState,
    still: StillnessState,
    t_s: float,
    around: Surroundings,
) -> Moment:
    return Moment(
        t_s=t_s,
        state=sat.state,
        sitting_s=sat.sitting_s,
        stillness_s=stillness.seconds(still, t_s),
        strained_since_s=strained.onset_s if strained.held else None,
        reasons=strained.reasons,
        returned_s=sat.returned_s,
        idle_s=around.idle_s,
        week=around.week,
        quiet=around.quiet,
    )


def _extend(
    before: SessionState,
    observation: Observation,
    sat: sitting.Step,
    strained: StrainState,
    change: strain.StrainChange,
) -> Timeline:
    """The timeline with the time since the last frame, labelled by what was known then."""
    line, last = before.timeline, before.sample
    if last is None:
        return line
    length_s = observation.t_s - last.t_s
    if sat.gap is None:
        piece = _held_piece(before, last, length_s)
    else:
        piece = Piece(last.t_s, last.wall_at, length_s, sat.gap.state)
    line = timeline.append(line, piece)
    if change.held_from_s is not None:
        line = timeline.relabel_strain(
            line, change.held_from_s, strained=True, reasons=strained.reasons
        )
    if change.ended_at_s is not None:
        line = timeline.relabel_strain(line, change.ended_at_s, strained=False, reasons=())
    if sat.relabel is not None:
        line = timeline.relabel_state(line, sat.relabel.start_s, sat.relabel.state)
    return line


def _held_piece(state: SessionState, last: Sample, length_s: float) -> Piece:
    """The time after a frame, labelled by what was known then."""
    here = state.sitting.state not in (State.AWAY, State.BREAK)
    score = last.score if last.judged and here else None
    held = state.strain.held
    return Piece(
        last.t_s,
        last.wall_at,
        length_s,
        state.sitting.state,
        strained=None if score is None else held,
        reasons=state.strain.reasons if score is not None and held else (),
        judged_s=0.0 if score is None else length_s,
        score_seconds=0.0 if score is None else length_s * score,
    )


def _settled_until_s(
    seen: PresenceState, sat: SittingState, strained: StrainState, t_s: float
) -> float:
    """Up to when nothing can be relabelled any more."""
    pending = [t_s]
    if seen.candidate is not None:
        pending.append(seen.candidate_since_s)
    if sat.candidate is not None:
        pending.append(sat.candidate_since_s)
    if sat.state is State.AWAY:
        pending.append(sat.since_s)  # it may become a break
    if strained.onset_s is not None and not strained.held:
        pending.append(strained.onset_s)
    if strained.held and strained.relaxed_since_s is not None:
        pending.append(strained.relaxed_since_s)
    return min(pending)


def wall_of(event: Event, observation: Observation) -> datetime:
    """The wall-clock time of an event that this observation brought."""
    return observation.wall_at.astimezone(UTC) - timedelta(seconds=observation.t_s - event.t_s)

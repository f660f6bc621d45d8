"""Which profile judges what is seen: the one whose view fits, or one learned on the spot; glue."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from posture_monitor.core.judge import presence as presence_rules
from posture_monitor.core.judge.baseline import MIN_SAMPLES, Baseline, is_beyond_better
from posture_monitor.core.measure.features import FEATURE_NAMES, Features, measure
from posture_monitor.domain import SELF_NAME
from posture_monitor.monitor.calibrating import (
    SELF_EARLY_S,
    SELF_WINDOW_S,
    Gathering,
    learn_self,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from posture_monitor.domain import Observation

_LEAST_S = 15.0
_ASK_EVERY = 5
"""Samples between two questions whether a baseline has been learned."""
_CHOOSE_SAMPLES = 5
_CHOOSE_SPAN_S = 2.0
"""Clear frames over this long decide which profile fits."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The baseline in use and the name of its profile."""

    name: str
    baseline: Baseline
    besides: tuple[str, ...] = field(default=(), compare=False)
    """Older profiles of the same view, which would do as well."""


@dataclass(slots=True)
class Chooser:
    """Finds the fitting profile, or learns one from the first steady minute."""

    profiles: Mapping[str, Baseline]
    """By name, the newest first."""
    gathering: Gathering = field(default_factory=Gathering)
    chosen: Chosen | None = None
    profiles_tried: bool = False
    candidate: Candidate = field(default_factory=lambda: Candidate())
    hasty: bool = False
    """Learn as soon as it is certain from when: in a recording each frame before costs a model."""

    def add(self, observation: Observation) -> Chosen | None:
        """Take in one frame; the choice, once there is one.

        Between sitting and standing profiles of one desk it changes with the person.
        """
        if self.chosen is not None:
            self.candidate, self.chosen = switch(
                self.candidate, self.chosen, self.profiles, observation
            )
            return self.chosen
        self.gathering.add(observation)
        count, span_s = len(self.gathering.samples), self.gathering.span_s
        if not self.profiles_tried and count >= _CHOOSE_SAMPLES and span_s >= _CHOOSE_SPAN_S:
            self.profiles_tried = True
            self.chosen = fitting_profile(self.profiles, self.gathering)
        if count >= 2 * MIN_SAMPLES and (span_s >= SELF_EARLY_S or self._is_learned()):
            self.finish()
        return self.chosen

    def _is_learned(self) -> bool:
        """Whether looking longer would change nothing; asked now and then: it takes a while."""
        samples = self.gathering.samples
        return (
            self.hasty
            and not self.profiles
            and self.gathering.span_s >= _LEAST_S
            and len(samples) % _ASK_EVERY == 0
            and is_beyond_better(samples, window_s=SELF_WINDOW_S, early_s=SELF_EARLY_S)
        )

    def adopt(self, chosen: Chosen) -> None:
        """Use this one from now on, beside the others of its desk."""
        self.profiles = {chosen.name: chosen.baseline} | {
            name: baseline for name, baseline in self.profiles.items() if name != chosen.name
        }
        self.chosen, self.candidate = chosen, Candidate()

    def finish(self) -> Chosen | None:
        """Choose from what there is: the recording has ended, or the minute is over."""
        if self.chosen is None:
            self.chosen = fitting_profile(self.profiles, self.gathering)
        if self.chosen is None:
            baseline = learn_self(self.gathering)
            if baseline is not None:
                self.chosen = Chosen(SELF_NAME, baseline)
            elif self.gathering.span_s >= SELF_EARLY_S:
                self.gathering = Gathering()  # a wild minute: try the next one
        return self.chosen


def mismatch(baseline: Baseline, features: Features) -> float:
    """How badly a baseline fits what is seen, in rough units of a clear difference; 0 = same.

    Compares place, size and camera angle, which tell desks and cameras apart.
    """
    here, there = features, baseline.median
    return (
        _misplaced(baseline, features)
        + abs(here.neck_gap_ratio - there.neck_gap_ratio) / 0.25
        + abs(here.head_yaw_deg - there.head_yaw_deg) / 20.0
    )


def _misplaced(baseline: Baseline, features: Features) -> float:
    """The part of ``mismatch`` that place and size make."""
    unit = baseline.median.shoulder_width_px
    here, there = features, baseline.median
    return (
        abs(math.log(here.shoulder_width_px / there.shoulder_width_px)) / 0.25
        + abs(here.head_x_px - there.head_x_px) / unit / 0.5
        + abs(here.head_y_px - there.head_y_px) / unit / 0.5
    )


MAX_MISMATCH = 6.0
"""A profile that fits worse than this is another place's (assumed)."""


SAME_VIEW = 1.0
"""Profiles that differ by less show one seat before one camera: 8 cm nearer make 0.6 (assumed)."""


def _of_one_view(name: str, sized: Mapping[str, Baseline]) -> list[str]:
    """The names of all that show this one's view, itself included, in their order.

    Which of them fits best changes with how somebody sits down; together they are always the same.
    """
    found = [name]
    for known in found:  # grows while it is gone through
        found += [
            other
            for other, baseline in sized.items()
            if other not in found
            and baseline.standing is sized[known].standing
            and mismatch(sized[known], baseline.median) < SAME_VIEW
        ]
    return [known for known in sized if known in found]


def fitting_profile(profiles: Mapping[str, Baseline], gathering: Gathering) -> Chosen | None:
    """The profile whose view fits best what was gathered, or None where none fits.

    Of several for one view it is the first, which is the newest.
    """
    if not gathering.samples or not profiles:
        return None
    middle = len(gathering.samples) // 2
    ordered = {
        name: sorted(getattr(s.features, name) for s in gathering.samples)[middle]
        for name in FEATURE_NAMES
    }
    usual = Features(**ordered)
    sized = {
        name: at_size
        for name, baseline in profiles.items()
        if (at_size := baseline.at_size(gathering.width_px, gathering.height_px)) is not None
    }
    if not sized:
        return None
    least, best = min((mismatch(baseline, usual), name) for name, baseline in sized.items())
    if least > MAX_MISMATCH:
        return None
    name, *besides = _of_one_view(best, sized)
    return Chosen(name, profiles[name], tuple(besides))


SWITCH_S = 3.0
"""A desk's other profile (sitting or standing) must fit better for so long (assumed)."""
SWITCH_MARGIN = 0.6
"""And by this much, a third of a shoulder width: on the way between the two nothing changes."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """The profile that fits better than the chosen one, and since when."""

    chosen: Chosen | None = None
    since_s: float = 0.0
    last_s: float = 0.0


def switch(
    candidate: Candidate, chosen: Chosen, profiles: Mapping[str, Baseline], observation: Observation
) -> tuple[Candidate, Chosen]:
    """The profile to use after this frame; frames without a clear face leave all as it was."""
    pose, t_s = observation.pose, observation.t_s
    if not profiles or pose is None or not presence_rules.has_face(observation, pose):
        return candidate, chosen
    features = measure(pose)
    if not isinstance(features, Features):
        return candidate, chosen
    size = (observation.width_px, observation.height_px)
    better = _clearly_better(profiles, chosen, features, size)
    if better is None:
        return Candidate(), chosen
    if better != candidate.chosen or t_s - candidate.last_s > SWITCH_S:
        return Candidate(better, t_s, t_s), chosen
    if t_s - candidate.since_s < SWITCH_S:
        return Candidate(better, candidate.since_s, t_s), chosen
    return Candidate(), better


def _clearly_better(
    profiles: Mapping[str, Baseline], chosen: Chosen, features: Features, size: tuple[int, int]
) -> Chosen | None:
    """The best profile of the other height, where it beats the chosen one.

    Place and size alone are compared: how people hold themselves tells nothing of the desk.
    """
    here = chosen.baseline.at_size(*size)
    ranked: list[tuple[float, str, Baseline]] = []
    for name, baseline in profiles.items():
        sized = baseline.at_size(*size)
        if sized is not None and baseline.standing is not chosen.baseline.standing:
            ranked.append((_misplaced(sized, features), name, baseline))
    if here is None or not ranked:
        return None
    least, name, baseline = min(ranked, key=lambda entry: (entry[0], entry[1]))
    clearly = least <= MAX_MISMATCH and _misplaced(here, features) - least >= SWITCH_MARGIN
    return Chosen(name, baseline) if clearly else None

"""Gathering looks for a baseline from any source, and choosing among profiles; glue."""

from __future__ import annotations

import math
from collections import Counter, deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from posture_monitor.core import presence as presence_rules
from posture_monitor.core import tired
from posture_monitor.core.baseline import (
    MIN_SAMPLES,
    Baseline,
    CalibrationSample,
    Looks,
    fit_baseline,
    is_beyond_better,
    steadiest,
)
from posture_monitor.core.features import FEATURE_NAMES, Features, measure
from posture_monitor.core.presence import PresenceState
from posture_monitor.domain import CalibrationError, Observation, Presence, Unjudged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from posture_monitor.ports import FrameSource
    from posture_monitor.vision.observer import Observer

SPAN_S = 12.0
"""Seconds of clear looks that end a calibration; people are asked for 10 to 15."""
LOOKS_PER_S = 5.0
LIVE_LIMIT_S = 40.0
"""A live calibration gives up after this long without enough clear looks."""
SELF_WINDOW_S = 4.5
SELF_EARLY_S = 60.0
"""Without a calibration the steadiest stretch of the first minute serves."""
SELF_NAME = "self"


@dataclass(slots=True)
class Gathering:
    """Collects the clear looks of a calibration and counts the others by why they failed."""

    samples: list[CalibrationSample] = field(default_factory=list)
    total: int = 0
    failed: Counter[Unjudged] = field(default_factory=Counter)
    width_px: int = 0
    height_px: int = 0
    hint: str = ""
    _presence: PresenceState = field(default_factory=PresenceState)

    def add(self, observation: Observation) -> CalibrationSample | None:
        """Take in one look; the sample it gave, if any."""
        self.total += 1
        self.width_px, self.height_px = observation.width_px, observation.height_px
        self._presence, unjudged = presence_rules.step(self._presence, observation)
        if self._presence.presence is not Presence.PRESENT and unjudged is None:
            unjudged = Unjudged.NOBODY
        if unjudged is None and observation.pose is not None:
            measured = measure(observation.pose)
            if isinstance(measured, Features):
                sample = CalibrationSample(
                    observation.t_s, measured, observation.brightness, observation.contrast
                )
                self.samples.append(sample)
                self.hint = "hold still"
                return sample
            unjudged = measured
        why = Unjudged.NOBODY if unjudged is None else unjudged
        if why is Unjudged.NOBODY and observation.brightness < presence_rules.BLACK_BRIGHTNESS:
            why = Unjudged.TOO_DARK
        self.failed[why] += 1
        self.hint = HINTS.get(why, "")
        return None

    @property
    def span_s(self) -> float:
        return self.samples[-1].t_s - self.samples[0].t_s if self.samples else 0.0

    @property
    def looks(self) -> Looks:
        unclear = (Unjudged.CUT_OFF, Unjudged.TURNED_AWAY, Unjudged.LOW_CONFIDENCE)
        return Looks(
            total=self.total,
            nobody=self.failed[Unjudged.NOBODY],
            several_people=self.failed[Unjudged.SEVERAL_PEOPLE],
            too_dark=self.failed[Unjudged.TOO_DARK],
            not_measurable=sum(self.failed[why] for why in unclear),
        )

    def fit(
        self,
        *,
        distance_cm: float | None = None,
        among: Sequence[CalibrationSample] | None = None,
    ) -> Baseline:
        """The baseline of what was gathered; CalibrationError where it can't serve."""
        samples = self.samples if among is None else among
        looks = self.looks
        if among is not None:
            missed = self.total - len(self.samples)
            looks = Looks(len(among) + missed, looks.nobody, looks.several_people, looks.too_dark)
        return fit_baseline(
            samples,
            looks,
            width_px=self.width_px,
            height_px=self.height_px,
            distance_cm=distance_cm,
        )


HINTS: Mapping[Unjudged, str] = {
    Unjudged.NOBODY: "nobody found: sit so that head and shoulders are in the picture",
    Unjudged.TOO_DARK: "too dark: switch on a light",
    Unjudged.CUT_OFF: "move back, so that head and both shoulders are in the picture",
    Unjudged.TURNED_AWAY: "face the screen",
    Unjudged.LOW_CONFIDENCE: "your face is hard to see: more light, nothing before it",
    Unjudged.SEVERAL_PEOPLE: "several people: calibrate alone in the picture",
}


TIRED_HINT = "now sit as you do when tired"
UPRIGHT_SHARE = 0.6
"""Of the progress, where the tired seat follows: 12 of 20 seconds."""


def calibrate(
    source: FrameSource,
    observer: Observer,
    *,
    start_s: float | None = None,
    end_s: float | None = None,
    distance_cm: float | None = None,
    progress: Callable[[float, str], None] | None = None,
) -> Baseline:
    """A baseline from a source: of the time asked for, or of its first clear seconds.

    ``progress`` hears the share done (0-1) and a hint. Raises CalibrationError or CameraError.
    """
    gathering = Gathering()
    span_s = math.inf if end_s is not None else SPAN_S
    first_s: float | None = None
    due_s = start_s
    while True:
        frame = source.read(skip_until_s=due_s)
        if frame is None or (end_s is not None and frame.t_s > end_s):
            break
        first_s = frame.t_s if first_s is None else first_s
        gathering.add(observer.look(frame))
        due_s = frame.t_s + 1.0 / LOOKS_PER_S - 1e-3
        if progress is not None:
            goal_s = SPAN_S if end_s is None else max(end_s - first_s, 0.1)
            done_s = gathering.span_s if end_s is None else frame.t_s - first_s
            progress(min(1.0, done_s / goal_s), gathering.hint)
        if len(gathering.samples) >= MIN_SAMPLES and gathering.span_s >= span_s:
            break
        if source.live and frame.t_s - first_s > LIVE_LIMIT_S:
            break
    if gathering.total == 0:
        raise CalibrationError(
            "calibration refused: there is no picture in that time; mind --start and --end"
        )
    among = None
    if end_s is None and not source.live and gathering.samples:
        among = steadiest(gathering.samples, window_s=SELF_WINDOW_S, early_s=SPAN_S)
    baseline = gathering.fit(distance_cm=distance_cm, among=among)
    return replace(baseline, marks=observer.view_marks())


def look_tired(
    source: FrameSource,
    observer: Observer,
    baseline: Baseline,
    *,
    start_s: float | None = None,
    progress: Callable[[float, str], None] | None = None,
) -> tuple[Baseline, str | None]:
    """The baseline with how its person sits when tired, or as it was and why.

    Looks for ``tired.SPAN_S`` from ``start_s`` on; without, after a pause to sink into it.
    """
    gathering = Gathering()
    due_s, first_s = start_s, start_s
    while True:
        frame = source.read(skip_until_s=due_s)
        if frame is None:
            break
        first_s = frame.t_s + tired.PAUSE_S if first_s is None else first_s
        since_s = frame.t_s - first_s
        if since_s > tired.SPAN_S:
            break
        if since_s >= -1e-3:
            gathering.add(observer.look(frame))
        due_s = frame.t_s + 1.0 / LOOKS_PER_S - 1e-3
        if progress is not None:
            progress(min(1.0, max(0.0, since_s) / tired.SPAN_S), TIRED_HINT)
    return tired.with_tired(baseline, gathering.samples)


def learn_self(gathering: Gathering) -> Baseline | None:
    """The baseline of the steadiest early stretch of what was gathered, if it can serve."""
    among = steadiest(gathering.samples, window_s=SELF_WINDOW_S, early_s=SELF_EARLY_S)
    try:
        return gathering.fit(among=among)
    except CalibrationError:
        return None


_MOST_HELD = 2000
"""Looks held back at most while a recording has shown nobody clearly (a few MB)."""
_LEAST_S = 15.0
_ASK_EVERY = 5
"""Samples between two questions whether a baseline has been learned."""
_CHOOSE_SAMPLES = 5
_CHOOSE_SPAN_S = 2.0
"""Clear looks over this long decide which profile fits."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The baseline in use and the name of its profile."""

    name: str
    baseline: Baseline


@dataclass(slots=True)
class Chooser:
    """Finds the fitting profile, or learns one from the first steady minute."""

    profiles: Mapping[str, Baseline]
    gathering: Gathering = field(default_factory=Gathering)
    chosen: Chosen | None = None
    profiles_tried: bool = False
    rival: Rival = field(default_factory=lambda: Rival())
    hasty: bool = False
    """Learn as soon as it is certain from when: in a recording each look before costs a model."""

    def add(self, observation: Observation) -> Chosen | None:
        """Take in one look; the choice, once there is one.

        Between sitting and standing profiles of one desk it changes with the person.
        """
        if self.chosen is not None:
            self.rival, self.chosen = switch(self.rival, self.chosen, self.profiles, observation)
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
        """Whether looking longer would change nothing; asked now and then, for it takes a while."""
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
        self.profiles = {**self.profiles, chosen.name: chosen.baseline}
        self.chosen, self.rival = chosen, Rival()

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


def with_baseline(
    observations: Iterable[Observation], profiles: Mapping[str, Baseline], *, hold: bool
) -> Iterator[tuple[Observation, Chosen | None]]:
    """Each look with the baseline to judge it by.

    With ``hold`` (recordings) looks are held back until there is one, so that the first
    minute is judged as well; where nobody is clearly seen for long, they go on without.
    """
    chooser = Chooser(profiles, hasty=hold)
    held: deque[Observation] = deque()
    for observation in observations:
        chosen = chooser.add(observation)
        if not hold:
            yield observation, chosen
            continue
        held.append(observation)
        while held and (chosen is not None or len(held) > _MOST_HELD):
            yield held.popleft(), chosen
    chosen = chooser.finish()
    while held:
        yield held.popleft(), chosen


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


def fitting_profile(profiles: Mapping[str, Baseline], gathering: Gathering) -> Chosen | None:
    """The profile whose view fits best what was gathered, or None where none fits."""
    if not gathering.samples or not profiles:
        return None
    middle = len(gathering.samples) // 2
    ordered = {
        name: sorted(getattr(s.features, name) for s in gathering.samples)[middle]
        for name in FEATURE_NAMES
    }
    usual = Features(**ordered)
    ranked: list[tuple[float, str, Baseline]] = []
    for name, baseline in profiles.items():
        sized = baseline.at_size(gathering.width_px, gathering.height_px)
        if sized is not None:
            ranked.append((mismatch(sized, usual), name, baseline))
    if not ranked:
        return None
    best = min(ranked, key=lambda entry: (entry[0], entry[1]))
    return Chosen(best[1], best[2]) if best[0] <= MAX_MISMATCH else None


SWITCH_S = 3.0
"""A desk's other profile (sitting or standing) must fit better for so long (assumed)."""
SWITCH_MARGIN = 0.6
"""And by so much, a third of a shoulder width: on the way between the two nothing changes."""


@dataclass(frozen=True, slots=True)
class Rival:
    """The profile that fits better than the chosen one, and since when."""

    chosen: Chosen | None = None
    since_s: float = 0.0
    last_s: float = 0.0


def switch(
    rival: Rival, chosen: Chosen, profiles: Mapping[str, Baseline], observation: Observation
) -> tuple[Rival, Chosen]:
    """The profile to use after this look; looks without a clear face leave all as it was."""
    pose, t_s = observation.pose, observation.t_s
    if not profiles or pose is None or not presence_rules.has_face(observation, pose):
        return rival, chosen
    features = measure(pose)
    if not isinstance(features, Features):
        return rival, chosen
    size = (observation.width_px, observation.height_px)
    better = _clearly_better(profiles, chosen, features, size)
    if better is None:
        return Rival(), chosen
    if better != rival.chosen or t_s - rival.last_s > SWITCH_S:
        return Rival(better, t_s, t_s), chosen
    if t_s - rival.since_s < SWITCH_S:
        return Rival(better, rival.since_s, t_s), chosen
    return Rival(), better


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

"""A calibration that somebody asked of the running monitor, from its own looks; glue."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from posture_monitor.core.judge import tired
from posture_monitor.core.judge.baseline import MIN_SAMPLES
from posture_monitor.domain import ConfigError, PostureMonitorError
from posture_monitor.monitor.calibrating import SELF_NAME, TIRED_HINT, UPRIGHT_SHARE, Gathering
from posture_monitor.monitor.modes import ModeKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from posture_monitor.core.judge.baseline import Baseline
    from posture_monitor.domain import Event, Observation, ViewMarks
    from posture_monitor.monitor.modes import Seen

SPAN_S = 12.0
LIMIT_S = 40.0
LOOK_S = 0.2
"""Between two looks while calibrating, or while someone watches the picture."""


@dataclass(slots=True)
class Calibration:
    """How it stands; a ``Mode``."""

    profile: str
    distance_cm: float | None
    began_s: float
    save: Callable[[str, Baseline], None]
    marks: Callable[[], ViewMarks | None]
    """Answers what the present view is known again by."""
    adopt: Callable[[str, Baseline, Observation], None]
    """Hears the new profile once it is kept."""
    standing: bool = False
    tired: bool = False
    """The tired seat was asked for, too."""
    upright: Baseline | None = None
    """Once it is there and the tired seat is looked at."""
    sink_until_s: float = 0.0
    gathering: Gathering = field(default_factory=Gathering)
    share: float = 0.0
    result: str | None = None
    error: str | None = None

    @property
    def done(self) -> bool:
        return self.result is not None or self.error is not None

    @property
    def kind(self) -> ModeKind:
        return ModeKind.CALIBRATION

    @property
    def period_s(self) -> float:
        return LOOK_S

    @property
    def needs_model(self) -> bool:
        return True

    @property
    def quiet(self) -> bool:
        return False

    def camera_gone(self, why: str) -> None:
        """End it without a profile."""
        self.error = f"calibration refused: {why}"

    def advance(self, t_s: float) -> tuple[Event, ...]:
        """Only frames count."""
        return ()

    def take(self, seen: Seen) -> tuple[Event, ...]:
        """Take in a moment; keep and use the new baseline once it is there."""
        baseline = self._add(seen.observation, seen=seen.frame is not None)
        if baseline is not None:
            self.adopt(self.profile, baseline, seen.observation)
        return ()

    def _add(self, observation: Observation, *, seen: bool) -> Baseline | None:
        if self.upright is not None:
            return self._take_tired(observation, self.upright, seen=seen)
        if seen:
            self.gathering.add(observation)
        span_s = self.gathering.span_s
        self.share = min(1.0, span_s / SPAN_S) * (UPRIGHT_SHARE if self.tired else 1.0)
        enough = len(self.gathering.samples) >= MIN_SAMPLES and span_s >= SPAN_S
        if not enough and observation.t_s - self.began_s < LIMIT_S:
            return None
        try:
            baseline = self.gathering.fit(distance_cm=self.distance_cm)
            baseline = replace(baseline, standing=self.standing, marks=self.marks())
        except PostureMonitorError as error:
            self.error = str(error)
            return None
        if not self.tired:
            return self._keep(baseline, baseline.remarks)
        self.upright, self.gathering = baseline, Gathering(hint=TIRED_HINT)
        self.sink_until_s = observation.t_s + tired.PAUSE_S
        return None

    def _take_tired(
        self, observation: Observation, upright: Baseline, *, seen: bool
    ) -> Baseline | None:
        """Look at the tired seat for its seconds; without it, the upright one serves alone."""
        since_s = observation.t_s - self.sink_until_s
        if seen and since_s >= 0.0:
            self.gathering.add(observation)
            self.gathering.hint = TIRED_HINT
        done = min(1.0, max(0.0, since_s) / tired.SPAN_S)
        self.share = UPRIGHT_SHARE + (1.0 - UPRIGHT_SHARE) * done
        if since_s < tired.SPAN_S:
            return None
        baseline, left_out = tired.with_tired(upright, self.gathering.samples)
        remarks = (*baseline.remarks, "with a tired seat" if left_out is None else left_out)
        return self._keep(baseline, remarks)

    def _keep(self, baseline: Baseline, remarks: Sequence[str]) -> Baseline | None:
        try:
            self.save(self.profile, baseline)
        except PostureMonitorError as error:
            self.error = str(error)
            return None
        self.result = f"{baseline.grade}{''.join(f'; {remark}' for remark in remarks)}"
        return baseline

    def to_document(self) -> dict[str, object]:
        """For ``status``."""
        return {
            "profile": self.profile,
            "share": round(self.share, 3),
            "hint": self.gathering.hint,
            "result": self.result,
            "error": self.error,
        }


@dataclass(frozen=True, slots=True)
class CalibrationRequest:
    """What is asked for, checked."""

    profile: str
    distance_cm: float | None = None
    standing: bool = False
    tired: bool = False


def asked_for(arguments: Mapping[str, object]) -> CalibrationRequest:
    """What a command asks for; ConfigError where that makes no sense."""
    profile = arguments.get("profile", "default")
    if not isinstance(profile, str) or not 1 <= len(profile) <= 60 or not profile.isprintable():
        raise ConfigError("a profile's name has 1 to 60 printable characters")
    if profile == SELF_NAME:
        raise ConfigError(f"{SELF_NAME!r} is an uncalibrated run's own; choose another name")
    distance = arguments.get("distance_cm")
    distance_cm = None if distance is None else number_in(arguments, "distance_cm", 0, 20, 300)
    standing = arguments.get("standing", False)
    if not isinstance(standing, bool):
        raise ConfigError(f"standing is {standing!r}; it must be true or false")
    tired_too = arguments.get("tired", False)
    if not isinstance(tired_too, bool):
        raise ConfigError(f"tired is {tired_too!r}; it must be true or false")
    return CalibrationRequest(profile, distance_cm, standing, tired_too)


def number_in(
    arguments: Mapping[str, object], name: str, default: float, low: float, high: float
) -> float:
    """A number that a command brings, within its bounds."""
    value = arguments.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ConfigError(f"{name} is {value!r}; it must lie between {low:g} and {high:g}")
    return float(value)

"""Calibrating: one way for the running monitor, a camera of one's own and a recording; glue."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from posture_monitor.config import Settings
from posture_monitor.core.judge import tired
from posture_monitor.core.judge.baseline import MIN_SAMPLES
from posture_monitor.domain import CalibrationError, CalibrationRequest, PostureMonitorError
from posture_monitor.monitor.calibrating import (
    FRAMES_PER_S,
    LIVE_TIMEOUT_S,
    RECORDED_SPAN_S,
    SPAN_S,
    TIRED_HINT,
    UPRIGHT_SHARE,
    Gathering,
    upright_part,
)
from posture_monitor.monitor.engine import Engine
from posture_monitor.monitor.frames import SourceFrames
from posture_monitor.monitor.modes import ModeKind
from posture_monitor.monitor.state import Situation
from posture_monitor.monitor.watching import Watching
from posture_monitor.wording.calibration_words import quality
from posture_monitor.wording.language import _

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from posture_monitor.core.judge.baseline import Baseline
    from posture_monitor.core.session import Outcome, SessionState
    from posture_monitor.domain import Event, Observation, ViewKeypoints
    from posture_monitor.monitor.engine import Observer
    from posture_monitor.monitor.modes import Seen
    from posture_monitor.ports import FrameSource

FRAME_S = 1.0 / FRAMES_PER_S
"""Seconds between frames."""


@dataclass(frozen=True, slots=True)
class Span:
    """Which part of the source a calibration takes."""

    end_s: float | None = None
    """All of it until then; None: the first clear seconds."""
    timeout_s: float = LIVE_TIMEOUT_S
    """Give up after so long without enough clear frames."""
    recorded: bool = False
    """Nobody was told to sit still: the part that is upright has to be found."""


class Calibration:
    """One calibration, from its first frame to its profile; a ``Mode``."""

    kind = ModeKind.CALIBRATION
    period_s = FRAME_S
    needs_model = True
    quiet = False

    def __init__(
        self,
        asked: CalibrationRequest,
        *,
        view_keypoints: Callable[[], ViewKeypoints | None],
        span: Span | None = None,
        began_s: float | None = None,
        upright: Baseline | None = None,
        tired_from_s: float | None = None,
        keep: Callable[[str, Baseline], None] = lambda _name, _baseline: None,
        adopt: Callable[[str, Baseline, Observation], None] = lambda _name, _baseline, _seen: None,
    ) -> None:
        """``view_keypoints`` answers what the present view is recognised by; ``keep`` stores the
        profile, ``adopt`` uses it from then on. With ``upright`` given, only the tired seat is
        looked at, from ``tired_from_s`` on, or after a pause to sink into it.
        """
        self.asked = asked
        self._span = Span() if span is None else span
        self._view_keypoints = view_keypoints
        self._keep = keep
        self._adopt = adopt
        self._began_s = began_s
        self._upright = upright
        self._tired_from_s = tired_from_s
        self._gathering = Gathering(hint="" if upright is None else _(TIRED_HINT))
        self._result: str | None = None
        self.share = 0.0
        """Done, 0-1."""
        self.baseline: Baseline | None = None
        """Once it is done."""
        self.left_out: str | None = None
        """Why the profile is without the tired seat that was asked for."""
        self.failure: PostureMonitorError | None = None

    @property
    def done(self) -> bool:
        return self._result is not None or self.failure is not None

    @property
    def hint(self) -> str:
        return self._gathering.hint

    def advance(self, t_s: float) -> tuple[Event, ...]:
        """Only frames count."""
        return ()

    def camera_gone(self, why: str) -> None:
        """End it without a profile."""
        self.failure = CalibrationError("calibration refused: {why}", why=why)

    def take(self, seen: Seen) -> tuple[Event, ...]:
        """Take in a moment; keep and use the new baseline once it is there."""
        observation, seen_now = seen.observation, seen.frame is not None
        if self._began_s is None:
            self._began_s = observation.t_s
        if self._upright is None:
            self._add_upright(observation, seen=seen_now)
        else:
            self._add_tired(observation, self._upright, seen=seen_now)
        if self.baseline is not None:
            self._adopt(self.asked.profile, self.baseline, observation)
        return ()

    def finish(self) -> None:
        """The source has ended: make the best of what there is."""
        if self.done:
            return
        if self._upright is not None:
            self._end_tired(self._upright)
        elif self._gathering.total == 0:
            self.failure = CalibrationError(
                "calibration refused: there is no frame in that time; check --start and --end"
            )
        else:
            self._end_upright(math.inf)

    def to_document(self) -> dict[str, object]:
        """How it stands, for ``status``."""
        return {
            "profile": self.asked.profile,
            "share": round(self.share, 3),
            "hint": self.hint,
            "result": self._result,
            "error": None if self.failure is None else str(self.failure),
        }

    # ---------------------------------------------------------------- the upright seat

    def _add_upright(self, observation: Observation, *, seen: bool) -> None:
        if seen:
            self._gathering.add(observation)
        began_s, end_s, span_s = self._began_s or 0.0, self._span.end_s, self._gathering.span_s
        wanted_s = RECORDED_SPAN_S if self._span.recorded else SPAN_S
        done = span_s / wanted_s
        if end_s is not None:
            done = (observation.t_s - began_s) / max(end_s - began_s, 0.1)
        self.share = min(1.0, done) * (UPRIGHT_SHARE if self.asked.tired else 1.0)
        enough = len(self._gathering.samples) >= MIN_SAMPLES and span_s >= wanted_s
        late = observation.t_s - began_s > self._span.timeout_s
        if (enough and end_s is None) or late:
            self._end_upright(observation.t_s)

    def _end_upright(self, t_s: float) -> None:
        among = None
        if self._span.recorded and self._gathering.samples:
            among = upright_part(self._gathering.samples)
        try:
            baseline = self._gathering.fit(distance_cm=self.asked.distance_cm, among=among)
        except PostureMonitorError as error:
            self.failure = error
            return
        baseline = replace(
            baseline, standing=self.asked.standing, view_keypoints=self._view_keypoints()
        )
        if not self.asked.tired:
            self._end(baseline, baseline.remarks)
            return
        self._upright, self._gathering = baseline, Gathering(hint=_(TIRED_HINT))
        self._tired_from_s = t_s + tired.PAUSE_S

    # ---------------------------------------------------------------- the tired seat

    def _add_tired(self, observation: Observation, upright: Baseline, *, seen: bool) -> None:
        """Look at the tired seat for its seconds; without it, the upright one serves alone."""
        if self._tired_from_s is None:
            self._tired_from_s = observation.t_s + tired.PAUSE_S
        since_s = observation.t_s - self._tired_from_s
        if seen and -1e-3 <= since_s <= tired.SPAN_S + 1e-3:
            self._gathering.add(observation)
            self._gathering.hint = _(TIRED_HINT)
        done = min(1.0, max(0.0, since_s) / tired.SPAN_S)
        self.share = UPRIGHT_SHARE + (1.0 - UPRIGHT_SHARE) * done
        if since_s >= tired.SPAN_S:
            self._end_tired(upright)

    def _end_tired(self, upright: Baseline) -> None:
        baseline, self.left_out = tired.with_tired(upright, self._gathering.samples)
        said = "with a tired seat" if self.left_out is None else self.left_out
        self._end(baseline, (*baseline.remarks, said))

    def _end(self, baseline: Baseline, remarks: Sequence[str]) -> None:
        try:
            self._keep(self.asked.profile, baseline)
        except PostureMonitorError as error:
            self.failure = error
            return
        self.baseline = baseline
        self._result = quality(baseline.grade, remarks)


class _Unkept:
    """A sink for runs of which only the calibration counts."""

    def take(self, outcome: Outcome, observation: Observation) -> None:
        """Not kept."""

    def add(self, at: datetime, event: Event) -> None:
        """Not kept."""

    def finish(self, state: SessionState, last: Observation | None, rest_s: float = 0.0) -> None:
        """Nothing to write."""


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
    timeout_s = LIVE_TIMEOUT_S if source.live else math.inf
    span = Span(end_s, timeout_s, recorded=end_s is None and not source.live)
    asked = CalibrationRequest(distance_cm=distance_cm)
    calibration = Calibration(asked, view_keypoints=observer.view_keypoints, span=span)
    frames = SourceFrames(source, FRAME_S, start_s, end_s)
    return _calibrated(frames, observer, calibration, progress)


def calibrate_tired(
    source: FrameSource,
    observer: Observer,
    upright: Baseline,
    *,
    start_s: float | None = None,
    progress: Callable[[float, str], None] | None = None,
) -> tuple[Baseline, str | None]:
    """The baseline with how its person sits when tired, or as it was and why.

    Looks for ``tired.SPAN_S`` from ``start_s`` on; without, after a pause to sink into it.
    """
    asked = CalibrationRequest(tired=True)
    calibration = Calibration(
        asked, view_keypoints=observer.view_keypoints, upright=upright, tired_from_s=start_s
    )

    def told(share: float, hint: str) -> None:
        if progress is not None:
            progress((share - UPRIGHT_SHARE) / (1.0 - UPRIGHT_SHARE), hint)

    frames = SourceFrames(source, FRAME_S, start_s)
    return _calibrated(frames, observer, calibration, told), calibration.left_out


def _calibrated(
    frames: SourceFrames,
    observer: Observer,
    calibration: Calibration,
    progress: Callable[[float, str], None] | None,
) -> Baseline:
    """Run the engine with nothing but this calibration."""
    situation = Situation(Settings())
    situation.begin(calibration)
    watching = Watching(situation, None, live=True)
    for _moment in Engine(observer, _Unkept(), situation, watching).outcomes(frames.moments()):
        if progress is not None:
            progress(calibration.share, calibration.hint)
        if calibration.done:
            break
    calibration.finish()
    if calibration.baseline is None:
        assert calibration.failure is not None
        raise calibration.failure
    return calibration.baseline

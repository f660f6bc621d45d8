"""Samples of the real judgement beside their truth, in one table."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from calibration.recordings import REASONS_OF_LABEL, UPRIGHT_LABELS, Recording, TruthRow
from posture_monitor.config import Settings
from posture_monitor.core import session
from posture_monitor.core.judge.baseline import Baseline
from posture_monitor.core.judge.fitted import WEIGHTS
from posture_monitor.core.session import SessionState, Setup
from posture_monitor.domain import CalibrationError, Observation, Presence, Sample
from posture_monitor.monitor.calibrating import Gathering

if TYPE_CHECKING:
    from collections.abc import Sequence

    from posture_monitor.core.judge.scoring import Weights

TRUTH_OF_METRIC: dict[str, str] = {
    "viewing_distance_cm": "eye_camera_distance_cm",
    "head_pitch_deg": "head_pitch_deg",
    "head_yaw_deg": "head_yaw_deg",
    "head_roll_deg": "head_roll_deg",
    "shoulder_tilt_deg": "shoulder_tilt_deg",
    "lateral_lean_deg": "lateral_lean_deg",
    "trunk_flexion_deg": "trunk_flexion_deg",
}
"""Metrics with a truth of the same meaning; all but the distance against the upright start."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One sample and what is true of it."""

    recording: Recording
    row: TruthRow
    sample: Sample
    truth: dict[str, float]

    @property
    def person(self) -> str:
        return self.recording.person

    @property
    def counted(self) -> bool:
        """Whether postures are scored on it: settled, present, and its label has a meaning.

        Not while the baseline was being made: that time can't be strained.
        """
        known = self.row.label in UPRIGHT_LABELS or self.row.label in REASONS_OF_LABEL
        judged = self.sample.t_s > self.recording.calibration_end_s
        return self.row.present and not self.row.moving and known and judged

    @property
    def strained(self) -> bool:
        return self.row.label in REASONS_OF_LABEL


def _median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def baseline_of(recording: Recording, seen: Sequence[Observation]) -> Baseline | None:
    """The baseline of the upright start, with the true distance as if measured."""
    gathering = Gathering()
    for observation in seen:
        if observation.t_s <= recording.calibration_end_s:
            gathering.add(observation)
    distances = [
        row.values["eye_camera_distance_cm"]
        for row in recording.truth
        if row.t_s <= recording.calibration_end_s
    ]
    try:
        return gathering.fit(distance_cm=_median(distances))
    except CalibrationError:
        return None


def judge(
    recording: Recording,
    seen: Sequence[Observation],
    settings: Settings | None = None,
    weights: Weights = WEIGHTS,
    start: Sequence[Observation] | None = None,
) -> list[Judged]:
    """Every sample of a recording, judged as a live one would be, with its truth.

    The baseline comes from ``start``, or where that is None from the same frames.
    """
    baseline = baseline_of(recording, seen if start is None else start)
    setup = Setup(Settings() if settings is None else settings, baseline, weights=weights)
    times = [row.t_s for row in recording.truth]
    start = [row for row in recording.truth if row.t_s <= recording.calibration_end_s]
    upright = {
        name: _median([row.values[name] for row in start]) for name in TRUTH_OF_METRIC.values()
    }
    state = SessionState()
    table: list[Judged] = []
    for observation in seen:
        outcome = session.step(state, observation, setup)
        state = outcome.state
        row = recording.truth[max(0, bisect_right(times, observation.t_s + 1e-3) - 1)]
        truth = {
            metric: row.values[name] - (0.0 if metric == "viewing_distance_cm" else upright[name])
            for metric, name in TRUTH_OF_METRIC.items()
        }
        table.append(Judged(recording, row, outcome.sample, truth))
    return table


def metric_errors(table: Sequence[Judged], metric: str) -> list[float]:
    """Estimate minus truth of one metric over the settled samples that measured it."""
    errors: list[float] = []
    for judged in table:
        value = getattr(judged.sample.metrics, metric)
        if value is not None and judged.row.present and not judged.row.moving:
            errors.append(value - judged.truth[metric])
    return errors


def presence_right(table: Sequence[Judged]) -> float:
    """Share of samples whose presence is right, away from changes by a second."""
    right = 0
    counted = 0
    for judged in table:
        near = [
            row.present for row in judged.recording.truth if abs(row.t_s - judged.sample.t_s) <= 1.0
        ]
        if near and all(near) == any(near):
            counted += 1
            right += (judged.sample.presence is Presence.PRESENT) == near[0]
    return right / counted if counted else float("nan")

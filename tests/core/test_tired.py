"""Two ways to sit, and the threshold that lies between them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from posture_monitor.core import session
from posture_monitor.core.judge import tired
from posture_monitor.core.judge.baseline import from_document
from posture_monitor.core.judge.scoring import severities
from posture_monitor.core.measure.metrics import deviate
from posture_monitor.core.session import SessionState, Setup
from posture_monitor.domain import CalibrationError, Reason
from tests.builders import SLOUCHED, calibration, face_of, observe, person, upright_baseline

SUBTLE = {"drop_cm": 2.5, "nearer_cm": 2.0, "head_sunk_cm": 0.8}
"""What the fitted thresholds only just let pass."""
HALFWAY = {name: 0.72 * amount for name, amount in SUBTLE.items()}


def with_tired(**how):
    return tired.with_tired(upright_baseline(), calibration(5.0, looks_per_s=3.0, **how))


def judged(baseline, how, **setup):
    pose = person(**how)
    look = observe(0.0, pose, faces=(face_of(pose),))
    return session.step(SessionState(), look, Setup(baseline=baseline, **setup)).sample


def test_a_subtle_tired_seat_makes_its_reasons_count_earlier():
    baseline, left_out = with_tired(**SUBTLE)
    alone = severities(deviate(baseline.tired, baseline.median), baseline.spread)

    assert left_out is None
    assert alone[Reason.SLOUCH] == pytest.approx(0.99, abs=0.1)
    assert tired.gains(baseline) == {Reason.SLOUCH: tired.MOST_GAIN}
    assert not judged(upright_baseline(), HALFWAY).strained
    assert judged(baseline, HALFWAY).reasons == (Reason.SLOUCH,)


def test_the_threshold_comes_to_lie_halfway():
    baseline, _ = with_tired(drop_cm=3.6, nearer_cm=3.0, head_sunk_cm=1.4)
    alone = severities(deviate(baseline.tired, baseline.median), baseline.spread)[Reason.SLOUCH]

    assert 1.35 < alone < 2.2  # where neither bound limits it
    assert tired.gains(baseline)[Reason.SLOUCH] * alone == pytest.approx(2.0)


def test_a_tired_seat_says_nothing_of_shoulders_and_glances():
    baseline, _ = with_tired(**SUBTLE, yaw_deg=30.0, left_shoulder_up_cm=4.0)

    assert not {Reason.HEAD_TURN, Reason.SHOULDER_TILT, Reason.SHRUG} & set(tired.gains(baseline))


def test_acting_very_tired_makes_nobody_deaf_to_a_milder_slouch():
    baseline, _ = with_tired(**{name: 2.0 * amount for name, amount in SLOUCHED.items()})

    assert set(tired.gains(baseline).values()) == {tired.LEAST_GAIN}
    assert judged(baseline, SLOUCHED).strained


@pytest.mark.parametrize(
    ("how", "seconds", "why"),
    [
        ({}, 5.0, "it looks like the upright one"),
        ({"yaw_deg": 30.0}, 5.0, "it looks like the upright one"),
        (SLOUCHED, 1.0, "only 4 clear looks at it"),
    ],
)
def test_what_tells_nothing_is_left_out_and_said(how, seconds, why):
    upright = upright_baseline()
    baseline, left_out = tired.with_tired(upright, calibration(seconds, looks_per_s=3.0, **how))

    assert baseline is upright
    assert left_out is not None
    assert why in left_out
    assert tired.gains(baseline) == {}


def test_no_look_at_all_is_left_out_too():
    assert tired.with_tired(upright_baseline(), [])[1] is not None


def test_what_was_called_wrong_is_softened_on_top():
    baseline, _ = with_tired(**SUBTLE)

    assert not judged(baseline, HALFWAY, softened={Reason.SLOUCH: 0.6}).strained


def test_the_tired_seat_is_kept_and_carries_over_to_another_size():
    baseline, _ = with_tired(**SUBTLE)
    again = from_document(baseline.to_document())
    double = again.at_size(1280, 960)

    assert again.tired.shoulder_width_px == pytest.approx(baseline.tired.shoulder_width_px, 1e-4)
    assert double.tired.shoulder_width_px == pytest.approx(2.0 * again.tired.shoulder_width_px)
    assert tired.gains(double)[Reason.SLOUCH] == pytest.approx(
        tired.gains(baseline)[Reason.SLOUCH], abs=1e-3
    )


def test_a_tired_seat_without_size_is_no_profile():
    baseline, _ = with_tired(**SUBTLE)
    broken = replace(baseline, tired=replace(baseline.tired, shoulder_width_px=0.0))

    with pytest.raises(CalibrationError, match="a size is not positive"):
        from_document(broken.to_document())

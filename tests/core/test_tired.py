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
from tests.builders import (
    SLOUCHED,
    calibration,
    face_of,
    features,
    observe,
    person,
    upright_baseline,
)

SUBTLE = {"drop_cm": 3.0, "head_sunk_cm": 1.2}
"""What the fitted thresholds only just let pass."""
HALFWAY = {name: 0.72 * amount for name, amount in SUBTLE.items()}


def with_tired(**how):
    return tired.with_tired(upright_baseline(), calibration(5.0, frames_per_s=3.0, **how))


def judged(baseline, how, **setup):
    pose = person(**how)
    observation = observe(0.0, pose, faces=(face_of(pose),))
    return session.step(SessionState(), observation, Setup(baseline=baseline, **setup)).sample


def sunk(baseline, how, *, placed=True):
    return tired.sunk(baseline, deviate(features(**how), baseline.median), placed=placed)


def test_a_subtle_tired_seat_makes_a_slouch_count_earlier():
    baseline, left_out = with_tired(**SUBTLE)

    assert left_out is None
    assert not judged(upright_baseline(), HALFWAY).strained
    assert judged(baseline, HALFWAY).reasons == (Reason.SLOUCH,)
    assert not judged(baseline, {}).strained


def test_strain_begins_a_little_before_halfway_to_the_tired_seat():
    baseline, _ = with_tired(drop_cm=4.0, head_sunk_cm=2.0)

    assert sunk(baseline, {"drop_cm": 4.0, "head_sunk_cm": 2.0}) == pytest.approx(2.2, abs=0.05)
    assert sunk(baseline, {"drop_cm": 2.0, "head_sunk_cm": 1.0}) == pytest.approx(1.1, abs=0.05)
    assert sunk(baseline, {}) == pytest.approx(0.0, abs=0.05)


def test_in_another_view_the_neck_alone_tells_how_far_somebody_sank():
    baseline, _ = with_tired(drop_cm=8.0, head_sunk_cm=2.0)

    assert sunk(baseline, {"drop_cm": 8.0}, placed=False) < 0.2
    assert sunk(baseline, {"head_sunk_cm": 2.0}, placed=False) > 2.0


def test_whoever_grew_longer_has_not_sunk_and_a_seat_that_only_lies_lower_tells_nothing_elsewhere():
    baseline, _ = with_tired(drop_cm=8.0, head_sunk_cm=2.0)
    lower = replace(baseline, tired=features(drop_cm=8.0))

    assert sunk(baseline, {"drop_cm": 8.0, "head_sunk_cm": -3.0}) == 0.0
    assert sunk(lower, {"head_sunk_cm": 2.0}, placed=False) == 0.0
    assert sunk(upright_baseline(), {"head_sunk_cm": 2.0}) == 0.0


def test_other_reasons_of_the_tired_seat_get_a_threshold_halfway():
    baseline, _ = with_tired(lean_deg=9.0)
    alone = severities(deviate(baseline.tired, baseline.median), baseline.spread)

    assert 1.35 < alone[Reason.LEAN_LEFT] < 2.2  # where neither bound limits it
    gain = tired.gains(baseline)[Reason.LEAN_LEFT]
    assert gain * alone[Reason.LEAN_LEFT] == pytest.approx(2.0)


def test_a_tired_seat_says_nothing_of_shoulders_and_glances():
    baseline, _ = with_tired(**SUBTLE, yaw_deg=30.0, left_shoulder_up_cm=4.0)

    assert not {Reason.HEAD_TURN, Reason.SHOULDER_TILT, Reason.SHRUG} & set(tired.gains(baseline))


def test_acting_very_tired_makes_nobody_deaf_to_a_milder_slouch():
    baseline, _ = with_tired(**{name: 2.0 * amount for name, amount in SLOUCHED.items()})

    assert max(tired.gains(baseline).values()) < 1.0
    assert judged(baseline, SLOUCHED).strained


@pytest.mark.parametrize(
    ("how", "seconds", "why"),
    [
        ({}, 5.0, "it looks like the upright one"),
        ({"yaw_deg": 30.0}, 5.0, "it looks like the upright one"),
        (SLOUCHED, 1.0, "only 4 clear frames of it"),
    ],
)
def test_what_tells_nothing_is_left_out_and_said(how, seconds, why):
    upright = upright_baseline()
    baseline, left_out = tired.with_tired(upright, calibration(seconds, frames_per_s=3.0, **how))

    assert baseline is upright
    assert left_out is not None
    assert why in left_out
    assert tired.gains(baseline) == {}


def test_no_frame_at_all_is_left_out_too():
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


def test_a_tired_seat_without_size_is_no_profile():
    baseline, _ = with_tired(**SUBTLE)
    broken = replace(baseline, tired=replace(baseline.tired, shoulder_width_px=0.0))

    with pytest.raises(CalibrationError, match="a size is not positive"):
        from_document(broken.to_document())

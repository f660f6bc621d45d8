"""Near the camera the shoulders lie below the picture: the head alone is measured."""

from __future__ import annotations

import json

import pytest

from posture_monitor.core import session
from posture_monitor.core.judge.baseline import Grade, from_document
from posture_monitor.core.session import SessionState, Setup
from posture_monitor.domain import Metrics, Presence, Unjudged
from posture_monitor.monitor.calibrating import Gathering
from tests.builders import observe, person, upright_baseline

NEAR = {"shoulders_up_cm": -26.0}


def near_baseline():
    gathering = Gathering()
    for number in range(61):
        gathering.add(observe(number / 5.0, person(**NEAR)))
    return gathering.fit()


def judged(baseline, **how):
    observation = observe(0.0, person(**how))
    return session.step(SessionState(), observation, Setup(baseline=baseline)).sample


def test_a_calibration_without_shoulders_gives_a_poor_baseline_of_the_head():
    baseline = near_baseline()

    assert (baseline.grade, baseline.head_only) == (Grade.POOR, True)
    assert any("shoulders" in remark for remark in baseline.remarks)
    assert from_document(json.loads(json.dumps(baseline.to_document()))).head_only


def test_frames_that_show_the_shoulders_alone_make_the_baseline_where_there_are_enough():
    gathering = Gathering()
    for number in range(81):
        how = NEAR if number < 20 else {}
        gathering.add(observe(number / 5.0, person(**how)))
    baseline = gathering.fit()

    assert (baseline.head_only, baseline.samples) == (False, 61)
    assert not from_document(baseline.to_document()).head_only


@pytest.mark.parametrize("baseline", [near_baseline(), upright_baseline()], ids=["near", "whole"])
def test_a_head_without_shoulders_is_measured_and_not_judged(baseline):
    sample = judged(baseline, yaw_deg=20.0, **NEAR)

    assert (sample.presence, sample.judged, sample.unjudged) == (
        Presence.PRESENT,
        False,
        Unjudged.CUT_OFF,
    )
    assert sample.metrics.head_yaw_deg == pytest.approx(20.0, abs=6.0)
    assert sample.metrics.viewing_distance_cm == pytest.approx(60.0, abs=6.0)
    assert (sample.metrics.shoulder_tilt_deg, sample.metrics.neck_gap_ratio) == (None, None)


def test_a_baseline_of_the_head_judges_no_shoulders():
    assert judged(near_baseline()).unjudged is Unjudged.CUT_OFF


def test_a_near_head_that_is_turned_away_is_present_and_has_no_measures():
    sample = judged(near_baseline(), yaw_deg=75.0, **NEAR)

    assert (sample.presence, sample.unjudged) == (Presence.PRESENT, Unjudged.TURNED_AWAY)
    assert sample.metrics == Metrics()

"""Records keep their promises: shapes are checked, names are a contract, nothing changes."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from posture_monitor import domain
from posture_monitor.domain import (
    LANDMARK_COUNT,
    METRIC_NAMES,
    Event,
    EventKind,
    Frame,
    Interval,
    Landmark,
    Metrics,
    Notification,
    PostureMonitorError,
    Reason,
    ReminderKind,
    Sample,
    State,
)
from tests.builders import NINE, moved, person


def test_every_error_of_the_product_is_one_of_its_family():
    errors = [
        getattr(domain, name)
        for name in (
            "ConfigError",
            "CameraError",
            "ModelError",
            "CalibrationError",
            "StoreError",
            "NotifyError",
            "AlreadyRunning",
        )
    ]

    assert all(issubclass(error, PostureMonitorError) for error in errors)
    for error in errors:
        assert error.__name__ in domain.__doc__


def test_the_metrics_are_the_columns_that_scripts_of_users_read():
    assert METRIC_NAMES == (
        "viewing_distance_cm",
        "head_pitch_deg",
        "head_yaw_deg",
        "head_roll_deg",
        "shoulder_tilt_deg",
        "lateral_lean_deg",
        "head_drop_ratio",
        "neck_gap_ratio",
        "forward_head_ratio",
        "trunk_flexion_deg",
        "stillness_s",
    )
    assert Metrics(stillness_s=2.0).as_dict() == {**dict.fromkeys(METRIC_NAMES), "stillness_s": 2.0}


def test_the_reasons_are_the_words_that_scripts_of_users_read():
    assert " ".join(Reason) == (
        "slouch forward_head head_down lean_in lean_left lean_right head_tilt shoulder_tilt "
        "shrug head_turn"
    )


def test_the_states_and_promised_events_keep_their_names():
    promised = (
        "sitting_started sitting_ended break_due break_started break_ended posture_alert "
        "posture_corrected move_due stretch_due water_due camera_lost camera_back"
    )

    assert [str(state) for state in State] == ["sitting", "standing", "away", "break", "unknown"]
    assert set(promised.split()) <= {str(kind) for kind in EventKind}


def test_landmarks_have_the_indices_of_the_pose_model():
    # MediaPipe Pose; left and right are the person's own.
    assert (Landmark.NOSE, Landmark.LEFT_EAR, Landmark.RIGHT_EAR) == (0, 7, 8)
    assert (Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER) == (11, 12)
    assert (Landmark.LEFT_HIP, Landmark.RIGHT_HIP) == (23, 24)
    assert max(Landmark) < LANDMARK_COUNT == 33


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("points_px", (33, 3)),
        ("points_px", (17, 2)),
        ("depth_px", (33, 1)),
        ("visibility", (32,)),
        ("presence", (0,)),
    ],
)
def test_a_pose_of_another_shape_is_refused_with_expected_and_got(name, shape):
    expected = (33, 2) if name == "points_px" else (33,)
    with pytest.raises(ValueError, match=f"Pose.{name}: expected shape") as refused:
        dataclasses.replace(person(), **{name: np.zeros(shape, np.float32)})

    assert f"expected shape {expected}, got {shape}" in str(refused.value)


def test_a_landmark_is_inside_from_the_first_pixel_to_before_the_last():
    def inside(x_px, y_px):
        return moved(person(), Landmark.NOSE, x_px, y_px).inside(Landmark.NOSE)

    assert inside(0.0, 0.0)
    assert inside(639.9, 479.9)
    assert not inside(640.0, 100.0)
    assert not inside(100.0, 480.0)
    assert not inside(-0.1, 100.0)
    assert not inside(float("nan"), 100.0)


def test_a_landmark_of_the_own_left_is_on_the_right_of_an_unmirrored_picture():
    pose = person()

    assert pose.xy(Landmark.LEFT_SHOULDER)[0] > pose.xy(Landmark.RIGHT_SHOULDER)[0]


def test_a_frame_knows_its_size():
    frame = Frame(np.zeros((480, 640, 3), np.uint8), 1.5, NINE, 3)

    assert (frame.width_px, frame.height_px) == (640, 480)


@pytest.mark.parametrize(
    "record",
    [
        Event(1.0, EventKind.BREAK_DUE),
        Interval(NINE, 1.0, State.SITTING, None),
        Metrics(),
        Notification(ReminderKind.WATER, "Water", "Drink."),
        Sample(1.0, NINE, domain.Presence.AWAY, judged=False),
        person(),
    ],
    ids=lambda record: type(record).__name__,
)
def test_a_record_can_not_be_changed(record):
    first = dataclasses.fields(record)[0].name

    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(record, first, None)
    assert not hasattr(record, "__dict__")


def test_records_are_compared_by_what_they_say():
    assert Event(1.0, EventKind.BREAK_DUE) == Event(1.0, EventKind.BREAK_DUE)
    assert Event(1.0, EventKind.BREAK_DUE) != Event(2.0, EventKind.BREAK_DUE)


def test_a_sample_that_was_not_judged_claims_nothing():
    sample = Sample(1.0, NINE, domain.Presence.AWAY, judged=False)

    assert (sample.score, sample.strained, sample.reasons) == (None, None, ())
    assert sample.metrics == Metrics()

"""The head's direction: signs, scale, and no answer where there is no face."""

from __future__ import annotations

import math
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from posture_monitor.core.measure.head_pose import (
    _DEEPER,
    _HEAD_CM,
    _RIGID_CM,
    ASSUMED_FOCAL_RATIO,
    FACE_LANDMARKS,
    MAX_RESIDUAL_CM,
    HeadPose,
    _rotation,
    euler_deg,
    fit_head,
    fit_mesh,
    pitch_by_place,
    to_camera_axes,
    turned,
    yaw_by_place,
)
from posture_monitor.domain import LANDMARK_COUNT, Landmark, Pose
from tests.builders import moved, person


def pose_of(face_px):
    """A pose of which only the eleven facial points matter."""
    points = np.zeros((LANDMARK_COUNT, 2), np.float32)
    points[:11] = face_px
    ones = np.ones(LANDMARK_COUNT, np.float32)
    return Pose(points, ones, ones, ones, 0.9, 640, 480)


def drawn(rotation, *, px_per_cm=8.0):
    """The standard head, turned and drawn without perspective."""
    turned = _HEAD_CM @ rotation.T
    return pose_of(
        np.column_stack([320 + px_per_cm * turned[:, 0], 240 - px_per_cm * turned[:, 1]])
    )


def test_the_standard_head_has_the_proportions_of_an_adult():
    nose, left_eye, right_eye = _HEAD_CM[0], _HEAD_CM[2], _HEAD_CM[5]
    left_ear, right_ear, mouth = _HEAD_CM[7], _HEAD_CM[8], _HEAD_CM[9]

    assert len(_HEAD_CM) == len(FACE_LANDMARKS) == 11
    assert left_eye[0] - right_eye[0] == pytest.approx(6.2)  # mean of adults: 6.2-6.3 cm
    assert 12.0 <= left_ear[0] - right_ear[0] <= 16.0  # breadth of a head with ears
    assert nose[2] > left_eye[2] > left_ear[2]  # the nose is nearest, the ears farthest
    assert mouth[1] < nose[1] < left_eye[1] == 0.0
    assert np.abs(_HEAD_CM).max() < 10.0  # nothing is a slip of the decimal point


def test_the_standard_head_is_symmetric():
    mirrored = _HEAD_CM * (-1.0, 1.0, 1.0)
    other_side = [0, 4, 5, 6, 1, 2, 3, 8, 7, 10, 9]

    assert mirrored[other_side] == pytest.approx(_HEAD_CM)


def test_the_assumed_camera_sees_60_to_78_degrees_across():
    across_deg = 2.0 * math.degrees(math.atan2(0.5, ASSUMED_FOCAL_RATIO))

    assert across_deg == pytest.approx(67.4, abs=0.1)


@pytest.mark.parametrize("pitch_deg", [-30.0, 0.0, 30.0])
@pytest.mark.parametrize("yaw_deg", [-45.0, 0.0, 45.0])
@pytest.mark.parametrize("roll_deg", [-25.0, 0.0, 25.0])
def test_angles_that_went_into_a_rotation_come_out_again(pitch_deg, yaw_deg, roll_deg):
    pitch, yaw, roll = (math.radians(angle) for angle in (pitch_deg, yaw_deg, roll_deg))
    rotation = _rotation(0.0, yaw, 0.0) @ _rotation(pitch, 0.0, 0.0) @ _rotation(0.0, 0.0, -roll)

    assert euler_deg(rotation) == pytest.approx((pitch_deg, yaw_deg, roll_deg), abs=1e-6)


def test_a_rotation_keeps_lengths_and_hands():
    rotation = _rotation(0.3, -0.8, 0.5)

    assert rotation @ rotation.T == pytest.approx(np.eye(3))
    assert np.linalg.det(rotation) == pytest.approx(1.0)
    assert _rotation(0.0, 0.0, 0.0) == pytest.approx(np.eye(3))


@pytest.mark.parametrize(
    ("how", "name", "sign"),
    [
        ({"pitch_deg": 15.0}, "pitch_deg", 1),  # nodding down
        ({"pitch_deg": -15.0}, "pitch_deg", -1),
        ({"yaw_deg": 20.0}, "yaw_deg", 1),  # to the own left
        ({"yaw_deg": -20.0}, "yaw_deg", -1),
        ({"roll_deg": 12.0}, "roll_deg", 1),  # left ear to left shoulder
        ({"roll_deg": -12.0}, "roll_deg", -1),
    ],
)
def test_each_angle_has_the_persons_own_sign(how, name, sign):
    straight, turned = fit_head(person()), fit_head(person(**how))
    difference = getattr(turned, name) - getattr(straight, name)

    assert difference * sign == pytest.approx(abs(next(iter(how.values()))), rel=0.25)


@given(st.floats(-40.0, 40.0), st.floats(-50.0, 50.0), st.floats(-30.0, 30.0), st.floats(2.0, 20.0))
def test_the_fit_finds_any_ordinary_turn_of_the_standard_head(pitch, yaw, roll, px_per_cm):
    radians = np.radians([pitch, yaw, -roll])
    rotation = (
        _rotation(0.0, radians[1], 0.0)
        @ _rotation(radians[0], 0.0, 0.0)
        @ _rotation(0.0, 0.0, radians[2])
    )
    head = fit_head(drawn(rotation, px_per_cm=px_per_cm))

    assert head is not None
    angles = (head.pitch_deg, head.yaw_deg, head.roll_deg)
    assert angles == pytest.approx((pitch, yaw, roll), abs=0.2)
    assert head.scale_px_per_cm == pytest.approx(px_per_cm, rel=1e-3)
    assert head.residual_cm < 0.01


def test_turning_the_head_does_not_change_its_size():
    straight, turned = fit_head(person()), fit_head(person(yaw_deg=40.0))

    assert turned.scale_px_per_cm == pytest.approx(straight.scale_px_per_cm, rel=0.03)


def test_one_badly_placed_ear_turns_the_fit_little():
    ear_x, ear_y = person().xy(Landmark.LEFT_EAR)
    slipped = moved(person(), Landmark.LEFT_EAR, ear_x - 8.0, ear_y)  # 1 cm off

    assert abs(fit_head(slipped).yaw_deg) < 5.0


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("landmark", [Landmark.NOSE, Landmark.MOUTH_LEFT, Landmark.RIGHT_EAR])
def test_points_that_are_no_numbers_make_no_face(landmark, value):
    assert fit_head(moved(person(), landmark, value, 100.0)) is None


def test_points_that_all_lie_together_make_no_face():
    assert fit_head(pose_of(np.full((11, 2), 300.0))) is None


@pytest.mark.parametrize("apart", range(11))
def test_points_of_which_one_lies_apart_make_no_face(apart):
    points = np.full((11, 2), 300.0)
    points[apart] = 900.0, 900.0

    assert fit_head(pose_of(points)) is None


def test_points_in_a_row_make_no_face():
    row = np.column_stack([np.linspace(100, 500, 11), np.full(11, 200.0)])

    assert fit_head(pose_of(row)) is None


def test_a_face_upside_down_in_its_parts_makes_no_face():
    ears_for_eyes = person().points_px[:11][[0, 7, 8, 2, 9, 10, 5, 1, 3, 4, 6]]

    assert fit_head(pose_of(ears_for_eyes)) is None


@given(hnp.arrays(np.float32, (11, 2), elements=st.floats(-5000, 5000, width=32)))
def test_whatever_the_points_are_the_answer_is_finite_or_none(points):
    head = fit_head(pose_of(points))

    assert head is None or (
        all(math.isfinite(value) for value in (head.pitch_deg, head.yaw_deg, head.roll_deg))
        and head.scale_px_per_cm > 0.0
        and head.residual_cm <= MAX_RESIDUAL_CM
    )


def test_a_head_away_from_the_middle_is_not_turned_by_where_it_is():
    seen = HeadPose(pitch_deg=10.0, yaw_deg=5.0, roll_deg=0.0, scale_px_per_cm=8.0, residual_cm=0.3)
    middle = to_camera_axes(seen, x_px=320.0, y_px=240.0, width_px=640, height_px=480)
    below = to_camera_axes(seen, x_px=320.0, y_px=480.0, width_px=640, height_px=480)
    left = to_camera_axes(seen, x_px=640.0, y_px=240.0, width_px=640, height_px=480)

    assert middle == (10.0, 5.0)
    assert below == pytest.approx((10.0 - 26.57, 5.0), abs=0.01)  # atan(240 / 480)
    assert left == pytest.approx((10.0, 5.0 - 33.69), abs=0.01)  # atan(320 / 480)


def mesh_of_standard(*, pitch_deg=0.0, yaw_deg=0.0, roll_deg=0.0, px_per_cm=9.0):
    """The standard face's mesh as the model would draw it: its depth is the one shared."""
    pitch, yaw, roll = (math.radians(angle) for angle in (pitch_deg, yaw_deg, roll_deg))
    rotation = _rotation(0.0, yaw, 0.0) @ _rotation(pitch, 0.0, 0.0) @ _rotation(0.0, 0.0, -roll)
    deep = (1.0, 1.0, _DEEPER)
    seen = (_RIGID_CM * deep) @ rotation.T / deep
    return seen * (px_per_cm, -px_per_cm, -px_per_cm)


@pytest.mark.parametrize(
    ("pitch", "yaw", "roll"), [(0, 0, 0), (20, 0, 0), (0, 40, 0), (0, 0, -15), (-12, -35, 9)]
)
def test_a_turned_face_mesh_tells_its_turn_and_size(pitch, yaw, roll):
    head = fit_mesh(mesh_of_standard(pitch_deg=pitch, yaw_deg=yaw, roll_deg=roll))

    assert (head.pitch_deg, head.yaw_deg, head.roll_deg) == pytest.approx(
        (pitch, yaw, roll), abs=1e-6
    )
    assert (head.scale_px_per_cm, head.residual_cm) == pytest.approx((9.0, 0.0), abs=1e-6)


@pytest.mark.parametrize(
    "mesh",
    [
        np.full((25, 3), np.nan),
        np.zeros((25, 3)),
        np.random.default_rng(1).normal(size=(25, 3)) * 40.0,
    ],
)
def test_points_that_are_no_face_have_no_turn(mesh):
    assert fit_mesh(mesh) is None


def test_a_mesh_is_nodded_and_turned_a_little_further():
    head = fit_mesh(turned(mesh_of_standard(), pitch_deg=6.0, yaw_deg=0.0))
    aside = fit_mesh(turned(mesh_of_standard(), pitch_deg=0.0, yaw_deg=-6.0))

    assert (head.pitch_deg, head.yaw_deg) == pytest.approx((6.0, 0.0), abs=1.5)
    assert (aside.pitch_deg, aside.yaw_deg) == pytest.approx((0.0, -6.0), abs=1.5)


def test_a_face_too_large_for_the_assumed_lens_is_corrected_less():
    def aside_deg(px_per_cm):
        head = HeadPose(0.0, 0.0, 0.0, px_per_cm, 0.1)
        return -to_camera_axes(head, x_px=420, y_px=240, width_px=640, height_px=480)[1]

    assert aside_deg(4.0) == pytest.approx(11.77, abs=0.01)  # 100 of 480 pixels
    assert aside_deg(16.0) == pytest.approx(5.95, abs=0.01)  # 100 of 960


MESH_PX = np.array(
    [
        *((318, 152, -12), (304, 157, -10), (336, 154, -9), (292, 158, -7)),
        *((349, 161, -4), (273, 163, 2), (363, 163, 3), (269, 172, 14)),
        *((373, 174, 12), (319, 166, -17), (317, 182, -20), (319, 187, -20)),
        *((318, 192, -19), (318, 204, -22), (316, 208, -31), (320, 213, -38)),
        *((320, 218, -37), (318, 228, -44), (319, 230, -38), (281, 205, 1)),
        *((306, 202, -6), (336, 204, -5), (360, 200, 1), (304, 237, -19)),
        (335, 236, -18),
    ],
    float,
)
"""Somebody's face as a mesh would have it, a little unlike the standard one."""


def test_a_mesh_is_turned_sized_and_misfits_by_these():
    straight = fit_mesh(MESH_PX)
    aside = fit_mesh(turned(MESH_PX, pitch_deg=12.0, yaw_deg=-20.0))

    assert astuple(straight) == pytest.approx((0.3041, -0.4627, -0.0561, 8.9133, 0.3765), abs=1e-4)
    assert astuple(aside) == pytest.approx((14.1095, -23.4373, 1.2711, 8.8344, 0.4947), abs=1e-4)


def test_a_bent_head_is_turned_sized_and_misfits_by_these():
    bent = person(pitch_deg=9.0, yaw_deg=14.0, roll_deg=-6.0, nearer_cm=5.0, aside_cm=4.0)

    assert astuple(fit_head(bent)) == pytest.approx(
        (3.6332, 20.1625, -4.5613, 8.7634, 0.2721), abs=1e-4
    )


@pytest.mark.parametrize(
    ("px_per_cm", "expected"),
    [
        (5.0, (11.6197, -7.4623)),  # 90 px above the middle, 80 to the right of it
        (10.0, (9.5308, -5.5946)),  # nearer than 60 cm by the assumed lens: a longer one
    ],
)
def test_angles_are_freed_from_where_in_the_picture_the_head_is(px_per_cm, expected):
    head = HeadPose(1.0, 2.0, 0.0, px_per_cm, 0.3)
    place = {"x_px": 400.0, "y_px": 150.0, "width_px": 640, "height_px": 480}

    assert to_camera_axes(head, **place) == pytest.approx(expected, abs=1e-4)


def test_the_line_of_sight_to_a_place_in_the_picture():
    assert pitch_by_place(150.0, 640, 480) == pytest.approx(10.6197, abs=1e-4)
    assert yaw_by_place(400.0, 640) == pytest.approx(9.4623, abs=1e-4)

"""A camera that moved: what it sees now is read as if it had not, or not judged at all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from posture_monitor.core import session
from posture_monitor.core.measure import view
from posture_monitor.core.measure.features import Features, measure
from posture_monitor.core.measure.metrics import Deviation, deviate
from posture_monitor.core.measure.view import (
    ViewState,
    certainty,
    combine,
    fit_crop,
    fit_shift,
    homography,
    is_safe,
    is_same,
    moved,
    seen_from_home,
)
from posture_monitor.core.session import SessionState, Setup
from posture_monitor.domain import EventKind, Landmark, Reason, Unjudged, ViewShift
from tests.builders import (
    SLOUCHED,
    features,
    observe,
    person,
    seen_closely,
    upright_baseline,
    with_mesh,
)
from tests.builders import moved as moved_point

BASELINE = upright_baseline()
NUDGED = ViewShift(pan_deg=4.0, tilt_deg=3.0, roll_deg=-3.0)
UNKNOWN = ViewShift(sure=False)
CROP = ViewShift(roll_deg=3.0, scale=1.3, across=0.1, down=-0.08, cropped=True)


def seen_by_moved_camera(shift, **how):
    """The same person after the camera was moved."""
    pose = person(**how)
    by = homography(shift, pose.width_px, pose.height_px)
    points = moved(pose.points_px.astype(np.float64), by).astype(np.float32)
    tops = moved(pose.shoulder_tops_px.astype(np.float64), by).astype(np.float32)
    return replace(pose, points_px=points, shoulder_tops_px=tops)


def place(shift, x_px, y_px):
    """Where a point of the old picture lies in the new one."""
    by = homography(shift, 640, 480)
    return [round(float(v)) for v in moved(np.array([[x_px, y_px]], float), by)[0]]


class Film:
    """Scenes through the whole judgement, two frames a second."""

    def __init__(self):
        self.setup = Setup(baseline=BASELINE)
        self.state = SessionState()
        self.t_s = 0.0
        self.samples = []
        self.events = []

    def show(self, seconds, shift=None, *, noticed=True, nobody=False, setup=None, **how):
        """What is judged of these seconds."""
        first = len(self.samples)
        for _ in range(round(seconds * 2)):
            pose = None if nobody else seen_by_moved_camera(shift or ViewShift(), **how)
            observation = replace(observe(self.t_s, pose), view=shift if noticed else None)
            outcome = session.step(self.state, observation, setup or self.setup)
            self.state = outcome.state
            self.samples.append(outcome.sample)
            self.events += [(e.t_s, e.kind) for e in outcome.events]
            self.t_s += 0.5
        return self.samples[first:]

    def asked_to_calibrate_at(self):
        return [t_s for t_s, kind in self.events if kind is EventKind.RECALIBRATION_NEEDED]


@pytest.mark.parametrize(
    ("shift", "point", "expected"),
    [
        (ViewShift(pan_deg=5.0), (320, 240), [362, 240]),  # to the right
        (ViewShift(tilt_deg=5.0), (320, 240), [320, 282]),  # down
        (ViewShift(roll_deg=10.0), (420, 240), [418, 257]),  # clockwise
        (ViewShift(scale=1.02), (420, 240), [422, 240]),  # larger
        (ViewShift(across=0.1, cropped=True), (320, 240), [384, 240]),  # to the right
        (ViewShift(down=0.1, cropped=True), (320, 240), [320, 304]),  # down
        (ViewShift(across=0.1, scale=1.5, cropped=True), (420, 240), [534, 240]),
    ],
)
def test_signs_are_those_of_what_is_seen_in_the_picture(shift, point, expected):
    assert place(shift, *point) == expected


def test_a_pose_read_back_has_the_place_and_shape_of_the_view_before():
    upright, back = features(), measure(seen_from_home(seen_by_moved_camera(NUDGED), NUDGED))

    assert isinstance(back, Features)
    for name in Features.__slots__:
        assert getattr(back, name) == pytest.approx(getattr(upright, name), abs=0.01), name


@pytest.mark.parametrize("roll_deg", [0.0, -8.0, 8.0])
def test_a_close_up_at_the_face_is_read_back_with_its_place_and_size(roll_deg):
    # By two of its corners a face came back 7 % wider or 9 % narrower from a roll of 8 degrees.
    shift = ViewShift(pan_deg=3.0, tilt_deg=2.0, roll_deg=roll_deg)
    by = homography(shift, 640, 480)
    face = seen_closely(person()).close_face
    middle = (face.left_px + face.width_px / 2, face.top_px + face.height_px / 2)
    (x, y), *points = moved(np.array([middle, *face.keypoints_px]), by).tolist()
    upright_box = replace(
        face,
        left_px=x - face.width_px / 2,
        top_px=y - face.height_px / 2,
        keypoints_px=tuple(map(tuple, points)),
    )
    back = seen_from_home(replace(person(), close_face=upright_box), shift).close_face

    assert np.array(back.keypoints_px) == pytest.approx(np.array(face.keypoints_px), abs=0.01)
    assert (back.left_px, back.top_px) == pytest.approx((face.left_px, face.top_px), abs=1.5)
    assert (back.width_px, back.height_px) == pytest.approx(
        (face.width_px, face.height_px), rel=0.02
    )
    assert back.score == face.score


def test_the_mesh_of_a_face_is_read_back_with_the_pose():
    shift = ViewShift(pan_deg=3.0, tilt_deg=2.0, roll_deg=-8.0)
    mesh = with_mesh(person()).face_mesh_px
    there = moved(mesh[:, :2].astype(float), homography(shift, 640, 480))
    seen = np.column_stack([there, mesh[:, 2]]).astype(np.float32)
    back = seen_from_home(replace(person(), face_mesh_px=seen), shift).face_mesh_px

    assert back[:, :2] == pytest.approx(mesh[:, :2], abs=0.01)
    assert back[:, 2] == pytest.approx(mesh[:, 2], rel=0.02)


def test_where_neither_outline_nor_face_was_seen_closely_none_is_read_back():
    bare = replace(seen_by_moved_camera(NUDGED), shoulder_tops_px=None)
    back = seen_from_home(bare, NUDGED)

    assert (back.shoulder_tops_px, back.close_face) == (None, None)


def test_a_guessed_point_behind_the_camera_stays_a_number():
    far = moved(np.array([[320.0, 9000.0]]), homography(ViewShift(tilt_deg=-20.0), 640, 480))

    assert np.isfinite(far).all()


def test_the_move_is_found_from_points_that_moved_though_some_went_their_own_way():
    random = np.random.default_rng(5)
    old = random.uniform((0, 0), (640, 480), (80, 2))
    truth = ViewShift(pan_deg=-7.0, tilt_deg=4.0, roll_deg=5.0, scale=1.02)
    new = moved(old, homography(truth, 640, 480)) + random.normal(0, 0.7, old.shape)
    new[:4] += 12.0
    found, left_px = fit_shift(old, new, 640, 480)

    assert found.pan_deg == pytest.approx(-7.0, abs=0.2)
    assert found.tilt_deg == pytest.approx(4.0, abs=0.2)
    assert found.roll_deg == pytest.approx(5.0, abs=0.2)
    assert found.scale == pytest.approx(1.02, abs=0.004)
    assert np.median(left_px) < 1.5


def test_a_crop_is_found_from_points_that_moved_though_some_went_their_own_way():
    random = np.random.default_rng(5)
    old = random.uniform((0, 0), (640, 480), (80, 2))
    new = moved(old, homography(CROP, 640, 480)) + random.normal(0, 0.7, old.shape)
    new[:4] += 12.0
    found, left_px = fit_crop(old, new, 640, 480)

    assert found.cropped
    assert (found.pan_deg, found.tilt_deg) == (0.0, 0.0)
    assert found.roll_deg == pytest.approx(3.0, abs=0.1)
    assert found.scale == pytest.approx(1.3, abs=0.004)
    assert (found.across, found.down) == pytest.approx((0.1, -0.08), abs=0.002)
    assert np.median(left_px) < 1.5


def test_points_that_all_lie_together_tell_of_no_crop():
    found, left_px = fit_crop(np.full((5, 2), 100.0), np.full((5, 2), 130.0), 640, 480)

    assert np.isfinite([found.scale, found.across, found.down]).all()
    assert not is_safe(found)
    assert np.isfinite(left_px).all()


def test_two_crops_in_a_row_are_one():
    then = ViewShift(roll_deg=-2.0, scale=0.9, across=0.02, down=0.05, cropped=True)
    point = np.array([[100.0, 300.0]])
    by_steps = moved(moved(point, homography(CROP, 640, 480)), homography(then, 640, 480))
    both = combine(CROP, then)

    assert moved(point, homography(both, 640, 480)) == pytest.approx(by_steps, abs=0.01)
    assert both.cropped
    assert both.sure


@pytest.mark.parametrize(("first", "then"), [(CROP, NUDGED), (NUDGED, CROP)])
def test_a_crop_and_a_turn_in_a_row_cannot_be_told(first, then):
    assert not combine(first, then).sure


def test_two_moves_in_a_row_are_one():
    first, then = ViewShift(3.0, -2.0, 4.0, 1.01), ViewShift(-1.0, 5.0, 2.0, 1.01, sure=False)
    both = combine(first, then)
    point = np.array([[100.0, 300.0]])
    by_steps = moved(
        moved(point, homography(replace(first, scale=1.0), 640, 480)),
        homography(replace(then, scale=1.0), 640, 480),
    )

    at_once = moved(point, homography(replace(both, scale=1.0), 640, 480))
    assert at_once == pytest.approx(by_steps, abs=0.01)
    assert both.scale == pytest.approx(1.0201)
    assert not both.sure


@pytest.mark.parametrize(
    ("shift", "expected"),
    [
        (NUDGED, True),
        (UNKNOWN, False),
        (ViewShift(scale=1.05), False),
        (ViewShift(scale=0.95), False),
        (ViewShift(pan_deg=12.0), False),
        (ViewShift(tilt_deg=7.0, roll_deg=7.0), False),
        (CROP, True),
        (replace(CROP, scale=0.5), False),
        (replace(CROP, scale=1.8), False),
        (replace(CROP, roll_deg=12.0), False),
        (replace(CROP, sure=False), False),
    ],
)
def test_only_a_small_turn_of_a_camera_that_stayed_or_a_crop_is_safe(shift, expected):
    assert is_safe(shift) is expected


def test_strain_is_called_later_the_further_the_camera_turned():
    assert certainty(None) == 1.0
    assert certainty(ViewShift(pan_deg=5.0)) == pytest.approx(1 / 1.15)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (None, ViewShift(pan_deg=0.5), True),
        (NUDGED, replace(NUDGED, pan_deg=4.9), True),
        (NUDGED, replace(NUDGED, pan_deg=7.0), False),
        (NUDGED, replace(NUDGED, scale=1.05), False),
        (NUDGED, replace(NUDGED, sure=False), False),
        (NUDGED, None, False),
        (CROP, replace(CROP, across=0.11), True),
        (CROP, replace(CROP, across=0.15), False),
        (CROP, replace(CROP, down=0.0), False),
    ],
)
def test_views_are_one_when_they_differ_by_no_more_than_matching_errs(one, other, expected):
    assert is_same(one, other) is expected


def test_sitting_upright_before_a_nudged_camera_is_no_strain():
    film = Film()
    film.show(5)
    after = film.show(30, NUDGED)

    assert [s.strained for s in after] == [False] * 60
    assert film.asked_to_calibrate_at() == []


def test_a_slouch_before_a_nudged_camera_is_a_slouch():
    film = Film()
    film.show(5)
    film.show(5, NUDGED)
    after = film.show(40, NUDGED, **SLOUCHED)

    assert all(s.strained for s in after[4:])
    assert EventKind.POSTURE_ALERT in [kind for _, kind in film.events]


def test_a_slouch_in_a_view_that_does_not_fit_yet_is_judged_by_the_body_alone():
    film = Film()
    film.show(5)
    tipped, sunk = ViewShift(tilt_deg=-5.0), {"drop_cm": 9.0, "nearer_cm": 9.0, "head_sunk_cm": 3.0}
    slouching = film.show(5, tipped, **sunk)
    upright = film.show(5, tipped)
    again = film.show(5, tipped, **sunk)

    assert {(s.judged, s.placed) for s in slouching} == {(True, False)}
    assert all(s.strained for s in slouching[2:])
    assert [(s.strained, s.placed) for s in upright[3:]] == [(False, True)] * 7
    assert all(s.strained for s in again[4:])


def test_in_a_view_that_cannot_be_told_a_slouch_is_still_one_and_a_calibration_is_offered_once():
    film = Film()
    film.show(5)
    elsewhere = film.show(60, UNKNOWN, **SLOUCHED)

    assert {(s.judged, s.placed) for s in elsewhere} == {(True, False)}
    assert all(Reason.SLOUCH in s.reasons for s in elsewhere[2:])
    assert film.asked_to_calibrate_at() == [5.0 + view.HOLD_S]
    assert EventKind.POSTURE_ALERT in [kind for _, kind in film.events]


def test_a_hand_before_the_lens_asks_for_nothing():
    film = Film()
    film.show(5)
    film.show(10, UNKNOWN)
    film.show(5)
    film.show(10, UNKNOWN)

    assert film.asked_to_calibrate_at() == []


def test_a_camera_moved_while_nobody_is_there_asks_when_they_are_back():
    film = Film()
    film.show(5)
    film.show(60, UNKNOWN, nobody=True)
    film.show(30, UNKNOWN)

    assert film.asked_to_calibrate_at() == [pytest.approx(65 + view.HOLD_S, abs=1.5)]


def test_it_asks_again_when_the_camera_is_moved_again_after_a_calibration():
    film = Film()
    film.show(30, UNKNOWN)
    film.show(5)
    film.show(30, UNKNOWN)

    assert film.asked_to_calibrate_at() == [15.0, 50.0]


def test_without_a_baseline_there_is_nothing_to_be_stale():
    film = Film()
    samples = film.show(30, UNKNOWN, setup=Setup())

    assert {s.unjudged for s in samples} == {Unjudged.NO_BASELINE}
    assert film.asked_to_calibrate_at() == []


def test_what_lies_outside_the_real_picture_stays_unseen():
    far = ViewShift(pan_deg=-9.0)
    cut = seen_by_moved_camera(far, aside_cm=-22.0)

    assert measure(cut, seen_from_home(cut, far)) is Unjudged.CUT_OFF


def test_trust_needs_place_and_size():
    state = ViewState()
    fits = deviate(features(), BASELINE.median)
    sunk = deviate(features(drop_cm=16.0), BASELINE.median)
    near = deviate(features(nearer_cm=9.0), BASELINE.median)

    assert view.trusts(state, NUDGED, fits)
    assert not view.trusts(state, NUDGED, sunk)
    assert not view.trusts(state, NUDGED, near)
    assert view.trusts(state, None, sunk)
    assert view.trusts(ViewState(trusted=NUDGED), NUDGED, sunk)


@pytest.mark.parametrize(
    ("camera", "how"),
    [
        (ViewShift(roll_deg=8.0), {}),
        (ViewShift(roll_deg=-8.0), {}),
        (ViewShift(), {"nearer_cm": 15.0}),  # anyone who leans in comes with the head first
        (ViewShift(), {"nearer_cm": -15.0}),
    ],
)
def test_a_camera_moved_before_the_run_asks_to_calibrate_and_strains_nobody(camera, how):
    film = Film()
    samples = film.show(20, camera, noticed=False, **how)

    assert {(s.judged, s.placed, s.strained) for s in samples} == {(True, False, False)}
    assert film.asked_to_calibrate_at() == [15.0]


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ({"lean_deg": 12.0}, Reason.LEAN_LEFT),
        ({"nearer_cm": 12.0, "head_forward_cm": 6.0, "head_sunk_cm": 2.0}, Reason.LEAN_IN),
        (SLOUCHED, Reason.SLOUCH),
    ],
)
def test_whoever_sits_down_strained_is_judged_at_once(how, reason):
    sample = Film().show(1, **how)[0]

    assert reason in sample.reasons


def test_sitting_upright_in_another_crop_is_no_strain_and_a_slouch_there_is_one():
    film = Film()
    film.show(5)
    upright = film.show(20, CROP)
    slouching = film.show(5, CROP, **SLOUCHED)

    assert [s.strained for s in upright] == [False] * 40
    assert all(s.strained for s in slouching[3:])
    assert film.asked_to_calibrate_at() == []


@pytest.mark.parametrize(
    "how",
    [{"nearer_cm": 6.0}, {"drop_cm": 10.0}, {"aside_cm": 12.0}],
    ids=lambda how: next(iter(how)),
)
def test_being_elsewhere_before_a_wall_that_looks_cropped_is_no_strain(how):
    # A camera that was pushed, raised or put nearer: the wall shows little of it, the user much.
    film = Film()
    film.show(5)
    samples = film.show(20, CROP, **how)

    assert {(s.judged, s.placed, s.strained) for s in samples} == {(True, False, False)}
    assert len(film.asked_to_calibrate_at()) == 1


def test_where_the_room_is_recognised_whoever_begins_enlarged_as_a_whole_has_leaned_in():
    nearer = person(nearer_cm=15.0)
    known = replace(observe(0.0, nearer), view_known=True)
    unknown = observe(0.0, nearer)
    setup = Setup(baseline=BASELINE)

    assert session.step(SessionState(), unknown, setup).sample.reasons == ()
    assert Reason.LEAN_IN in session.step(SessionState(), known, setup).sample.reasons


def test_in_a_room_that_is_not_recognised_the_body_alone_is_judged():
    def judged(known, **how):
        seen = replace(observe(0.0, person(**how)), view_known=known)
        return session.step(SessionState(), seen, Setup(baseline=BASELINE)).sample

    strange, beside, nearer = (
        judged(False, **SLOUCHED),
        judged(False, aside_cm=25.0),
        judged(False),
    )

    assert (strange.placed, Reason.SLOUCH in strange.reasons) == (False, True)
    assert (beside.placed, beside.strained) == (False, False)
    assert (nearer.placed, nearer.score) == (False, pytest.approx(100.0, abs=0.5))
    assert judged(None, **SLOUCHED).placed


def test_once_somebody_was_seen_unstrained_they_may_come_nearer_as_a_whole():
    film = Film()
    film.show(2)
    samples = film.show(5, nearer_cm=15.0)

    assert all(sample.judged for sample in samples)
    assert Reason.LEAN_IN in samples[-1].reasons


def test_a_turned_camera_is_no_turned_head_but_a_turned_head_is():
    aside = Film().show(2, ViewShift(pan_deg=-20.0), noticed=False)[-1]
    turned = Film().show(2, yaw_deg=30.0)[-1]

    assert Reason.HEAD_TURN not in aside.reasons
    assert turned.reasons[0] is Reason.HEAD_TURN


def test_in_a_moved_view_a_raised_shoulder_counts_less():
    up = {"left_shoulder_up_cm": 2.2}
    at_home, moved_view = Film(), Film()
    at_home.show(3)
    moved_view.show(3, NUDGED)

    assert Reason.SHOULDER_TILT in at_home.show(1, **up)[-1].reasons
    assert moved_view.show(1, NUDGED, **up)[-1].reasons == ()


def test_the_line_of_shoulders_of_which_one_is_out_of_the_picture_tells_nothing():
    up = person(left_shoulder_up_cm=5.0)
    _, y = up.xy(Landmark.LEFT_SHOULDER)
    setup = Setup(baseline=BASELINE)
    seen = session.step(SessionState(), observe(0.0, up), setup).sample
    out = moved_point(up, Landmark.LEFT_SHOULDER, 641.0, y)
    guessed = session.step(SessionState(), observe(0.0, out), setup).sample

    assert Reason.SHOULDER_TILT in seen.reasons
    assert Reason.SHOULDER_TILT not in guessed.reasons
    assert guessed.judged


# ------------------------------------------------------------- the bounds of what is believed


@pytest.mark.parametrize(
    ("shift", "safe"),
    [
        (ViewShift(scale=1.03), True),
        (ViewShift(scale=1.031), False),
        (ViewShift(scale=1.0 / 1.03), True),
        (ViewShift(scale=0.97), False),
        (ViewShift(pan_deg=8.99), True),
        (ViewShift(pan_deg=9.01), False),
        (replace(CROP, scale=0.6), True),
        (replace(CROP, scale=0.59), False),
        (replace(CROP, scale=1.67), True),
        (replace(CROP, scale=1.68), False),
    ],
)
def test_a_view_is_safe_up_to_these_bounds(shift, safe):
    assert is_safe(shift) is safe


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"pan_deg": 1.5}, True),
        ({"pan_deg": 1.6}, False),
        ({"tilt_deg": -1.6}, False),
        ({"roll_deg": 1.6}, False),
        ({"across": 0.02}, True),
        ({"across": -0.021}, False),
        ({"down": 0.021}, False),
        ({"scale": 1.02}, True),
        ({"scale": 1.021}, False),
        ({"scale": 0.979}, False),
    ],
)
def test_views_are_one_up_to_these_bounds(change, same):
    assert is_same(ViewShift(**change), None) is same


def test_a_turn_seems_tipped_by_itself_and_a_crop_by_its_place():
    tipped = ViewShift(pan_deg=2.0, tilt_deg=3.0)
    cropped = ViewShift(across=0.1, down=-0.05, cropped=True)

    assert (view.pan_of(tipped), view.tilt_of(tipped)) == (2.0, 3.0)
    assert view.pan_of(cropped) == pytest.approx(7.5946, abs=1e-4)
    assert view.tilt_of(cropped) == pytest.approx(-3.8141, abs=1e-4)


def test_a_turn_in_all_three_ways_is_this_turn_and_this_map():
    shift = ViewShift(pan_deg=4.0, tilt_deg=3.0, roll_deg=-5.0, scale=1.1)
    places = moved(np.array([[100.0, 50.0], [500.0, 400.0]]), homography(shift, 640, 480))

    assert view.turn_deg(shift) == pytest.approx(7.14337, abs=1e-4)
    assert places == pytest.approx(np.array([[110.71, 85.784], [583.602, 430.427]]), abs=1e-3)
    assert certainty(shift) == pytest.approx(1.0 / (1.0 + 0.03 * 7.14337), abs=1e-6)


OLD_PX = np.array([[40.0, 60.0], [600.0, 50.0], [580.0, 430.0], [60.0, 420.0], [320.0, 200.0]])
NEW_PX = OLD_PX + np.array([[9.0, 3.0], [11.0, -4.0], [6.0, -2.0], [5.0, 4.0], [40.0, 30.0]])
"""The last one went its own way."""


def test_a_turn_and_a_crop_fitted_to_five_points_are_these():
    turn, turn_left_px = fit_shift(OLD_PX, NEW_PX, 640, 480)
    crop, crop_left_px = fit_crop(OLD_PX, NEW_PX, 640, 480)

    assert (turn.pan_deg, turn.tilt_deg, turn.roll_deg, turn.scale) == pytest.approx(
        (0.82717, 0.04276, -0.22345, 1.00283), abs=1e-3
    )
    assert turn_left_px == pytest.approx([1.297, 1.99, 5.753, 5.166, 44.605], abs=1e-2)
    assert (crop.across, crop.down, crop.roll_deg, crop.scale) == pytest.approx(
        (0.014892, 0.002729, -0.225029, 1.002638), abs=1e-5
    )
    assert crop_left_px == pytest.approx([1.107, 4.401, 5.917, 4.618, 41.74], abs=1e-2)


def deviation(**values):
    return Deviation(**dict.fromkeys(Deviation.__dataclass_fields__, 0.0) | values)


ROLLED = {"head_roll_deg": 5.0, "shoulder_tilt_deg": -5.0}
LARGER = {"growth": 0.2}


@pytest.mark.parametrize(
    ("values", "another"),
    [
        ({}, False),
        (ROLLED, True),
        ({"head_roll_deg": -5.0, "shoulder_tilt_deg": 5.0}, True),
        ({"head_roll_deg": 5.0, "shoulder_tilt_deg": 5.0}, False),  # a tilted head
        ({"head_roll_deg": 3.0, "shoulder_tilt_deg": -3.0}, True),
        ({"head_roll_deg": 2.9, "shoulder_tilt_deg": -2.9}, False),
        ({"head_roll_deg": 3.1, "shoulder_tilt_deg": -6.1}, True),
        ({"head_roll_deg": 3.1, "shoulder_tilt_deg": -6.3}, False),  # not alike
        ({"head_roll_deg": 5.0, "shoulder_tilt_deg": -10.1}, False),
        (ROLLED | {"shoulder_shift": 0.06}, True),
        (ROLLED | {"shoulder_shift": -0.061}, False),  # leans
        (LARGER, True),
        ({"growth": 0.15}, True),
        ({"growth": 0.149}, False),
        ({"growth": -0.2}, True),
        (LARGER | {"forward": 0.045}, True),
        (LARGER | {"forward": -0.046}, False),
        (LARGER | {"gap_change": -0.046}, False),
        (LARGER | {"head_pitch_deg": 8.0}, True),
        (LARGER | {"head_pitch_deg": -8.1}, False),
    ],
)
def test_what_looks_like_a_camera_elsewhere_when_somebody_is_first_seen(values, another):
    assert view.is_another_view(deviation(**values)) is another


@pytest.mark.parametrize(
    ("shift", "values", "trusted"),
    [
        (NUDGED, {"head_drop": 0.35}, True),
        (NUDGED, {"head_drop": -0.36}, False),
        (NUDGED, {"shoulder_drop": 0.36}, False),
        (NUDGED, {"head_shift": 1.0}, True),
        (NUDGED, {"growth": 0.12}, True),
        (NUDGED, {"growth": -0.121}, False),
        (CROP, {"head_drop": 0.2}, True),
        (CROP, {"head_drop": 0.21}, False),
        (CROP, {"shoulder_shift": 0.2}, True),
        (CROP, {"shoulder_shift": -0.21}, False),
        (CROP, {"head_shift": 0.21}, False),
        (CROP, {"growth": 0.06}, True),
        (CROP, {"growth": -0.061}, False),
    ],
)
def test_a_move_is_believed_where_the_user_is_about_where_they_were(shift, values, trusted):
    assert view.trusts(ViewState(), shift, deviation(**values)) is trusted


def test_an_unseen_move_is_asked_about_until_the_room_or_an_upright_person_proves_the_view():
    strange = deviation(**LARGER)

    assert not view.trusts(ViewState(), None, strange)
    assert not view.trusts(ViewState(), None, strange, known=False)
    assert view.trusts(ViewState(), None, strange, known=True)
    assert view.trusts(ViewState(proven=True), None, strange)
    assert view.trusts(ViewState(trusted=NUDGED), NUDGED, deviation(growth=0.5))

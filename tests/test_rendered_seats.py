"""The clips in which seat and camera change: what they are made of, without drawing them."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.recordings import REASONS_OF_LABEL, RENDERED_START_S, UPRIGHT_LABELS, read_truth
from posture_monitor.domain import Reason
from samples.render import props
from samples.render.calibration_plan import calibration_clips
from samples.render.calibration_seats import seat_clips
from samples.render.camera import Camera
from samples.render.errors import SpecError
from samples.render.prints import drawn_face, shirt_print
from samples.render.spec import HumanSpec, film_from
from samples.render.truth import neck_gap_ratio


@pytest.fixture(scope="module")
def clips():
    return seat_clips()


def humans():
    return {key: {} for key in "abcdefghijklm"}


def test_seat_clips_come_after_the_others_which_stay_as_they_were(clips):
    everything = calibration_clips()

    assert [clip.name[:2] == "s_" for clip in everything] == [False] * 66 + [True] * 26
    assert [clip.spec for clip in everything[66:]] == [clip.spec for clip in clips]
    for clip in everything[:66]:
        assert isinstance(clip.spec["human"], str)
        assert "truth_of_neck" not in clip.spec
        assert "stretches" not in clip.summary()


def test_every_person_has_two_seat_clips_with_names_of_their_own(clips):
    assert len({clip.name for clip in clips}) == 26
    assert {(clip.person, clip.name[3]) for clip in clips} == {
        (person, number) for person in "abcdefghijklm" for number in "12"
    }


def test_calibration_stretch_is_upright_before_an_unmoved_camera(clips):
    for clip in clips:
        film = film_from(clip.spec, humans())
        start = [move.start_s for move in film.camera_moves]
        early = [frame.label for frame in film.keyframes if frame.start_s < RENDERED_START_S]
        assert min(start) >= 12.0
        assert set(early) <= UPRIGHT_LABELS


def test_each_stretch_begins_upright_and_ends_strained_in_the_same_seat(clips):
    for clip in clips:
        frames = [f for f in film_from(clip.spec, humans()).keyframes if f.start_s >= 12.0]
        assert len(frames) == 10
        for upright, strained in zip(frames[::2], frames[1::2], strict=True):
            assert upright.label in UPRIGHT_LABELS
            assert strained.label in ("hunch", "slide")
            assert Reason.SLOUCH in REASONS_OF_LABEL[strained.label]
            # Long enough for several samples after the move.
            assert strained.start_s - upright.settled_s > 2.5


def test_seats_and_cameras_move_within_what_people_do(clips):
    for clip in clips:
        for stretch in clip.stretches:
            assert np.hypot(stretch["seat"]["dx"], stretch["seat"]["dz"]) <= 8.01
            assert abs(stretch["shift"].get("tilt_deg", 0.0)) <= 10.0
            assert abs(stretch["shift"].get("up_cm", 0.0)) <= 10.0
            assert abs(stretch["shift"].get("left_cm", 0.0)) <= 18.0


def test_nobody_sits_before_a_poster_of_themselves(clips):
    assert not any(
        clip.spec["scene"].get("poster", {}).get("human") == clip.person for clip in clips
    )


def test_neck_gap_is_measured_in_shoulder_widths_of_the_picture():
    camera = Camera(np.array([0.0, 0.0, 1.0]), 0.0, 60.0)
    points = {
        "left_ear": np.array([0.08, 0.2, 0.0]),
        "right_ear": np.array([-0.08, 0.2, 0.0]),
        "left_shoulder": np.array([0.2, -0.04, 0.0]),
        "right_shoulder": np.array([-0.2, -0.04, 0.0]),
    }

    assert neck_gap_ratio(points, camera) == pytest.approx(0.6)


def test_neck_gap_is_read_with_the_truth(tmp_path):
    path = tmp_path / "clip.csv"
    path.write_text(
        "t,label,transition,present,neck_gap_ratio_true\n0.0,hunch,0,1,0.55\n", encoding="utf-8"
    )

    (row,) = read_truth(path)

    assert row.values == {"neck_gap_ratio_true": 0.55}


def test_headphones_lie_over_both_ears_and_the_top_of_the_head():
    ears = {"l": np.array([0.07, 1.5, 0.0]), "r": np.array([-0.07, 1.5, 0.0])}

    mesh = props.headphones(ears, 1.64)

    assert mesh.positions[:, 0].max() > 0.09
    assert mesh.positions[:, 0].min() < -0.09
    assert mesh.positions[:, 1].max() == pytest.approx(1.64, abs=0.012)


def test_headphones_of_an_unknown_kind_are_refused():
    spec = {"name": "x", "seconds": 1, "timeline": [[0, "upright"]], "human": {"headphones": "red"}}

    with pytest.raises(SpecError, match="unknown headphones red; there are black, white"):
        film_from(spec, {})


def test_people_wear_nothing_more_than_before_unless_told():
    assert (HumanSpec().headphones, HumanSpec().shirt_print) == (None, None)


def test_drawn_face_is_the_same_for_the_same_seed_and_clear_around_a_print():
    printed = shirt_print(3)

    assert np.array_equal(drawn_face(3), printed[:, :, :3])
    assert not np.array_equal(drawn_face(3), drawn_face(8))
    assert (printed[0, 0, 3], printed[96, 96, 3]) == (0, 255)

"""Has the picture changed where it matters? Held against a drawn person at a desk."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from posture_monitor.domain import Landmark
from posture_monitor.vision.gate import Memory, Thumbnail, body_cells, change, thumbnail
from tests.builders import face_of, moved, person
from tests.program import WORKDAY

UPRIGHT, LOOKS_RIGHT, ON_THE_PHONE, AWAY, SLOUCHED = 0, 28, 121, 213, 440
"""Pictures of the working morning by their number."""
HANDS = slice(400, 480), slice(120, 520)
"""Rows and columns below the shoulders, where arms and hands are."""


@pytest.fixture(scope="module")
def pictures():
    """The first hour and a quarter, a picture every ten seconds."""
    film = cv2.VideoCapture(str(WORKDAY))
    found = [film.read()[1] for _ in range(SLOUCHED + 1)]
    film.release()
    return found


def sitter():
    """Where the first picture has its person."""
    pose = person()
    for landmark, x_px, y_px in (
        (Landmark.LEFT_EYE, 342.9, 212.2),
        (Landmark.RIGHT_EYE, 299.3, 212.0),
        (Landmark.LEFT_SHOULDER, 440.1, 371.0),
        (Landmark.RIGHT_SHOULDER, 200.5, 370.8),
    ):
        pose = moved(pose, landmark, x_px, y_px)
    return pose


def noisy(picture, seed=1):
    """The picture with the noise of a cheap sensor in a dim room."""
    noise = np.random.default_rng(seed).normal(0.0, 6.0, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def lit(picture, factor):
    return np.clip(picture * factor, 0, 255).astype(np.uint8)


def with_hands_moved(picture, shift_px=25):
    """Whatever lies below the shoulders has moved over."""
    after = picture.copy()
    after[HANDS] = np.roll(picture[HANDS], shift_px, axis=1)
    return after


def difference(before, after, cells=None):
    return change(thumbnail(before), thumbnail(after), cells)


def flat(grey):
    return Thumbnail(np.full((60, 80), grey, np.float32))


def test_thumbnail_tells_light_and_contrast():
    half = np.zeros((480, 640, 3), np.uint8)
    half[:, 320:] = 200
    small = thumbnail(half)

    assert small.grey.shape == (60, 80)
    assert small.brightness == pytest.approx(100.0, abs=1.5)
    assert small.contrast == pytest.approx(100.0, abs=1.5)


def test_head_and_shoulders_are_where_the_pose_has_them():
    assert body_cells(sitter()) == (slice(14, 49), slice(20, 59))


def test_someone_half_out_of_the_picture_still_has_some_cells():
    beyond = person(aside_cm=80.0, drop_cm=-60.0)

    assert body_cells(beyond) == (slice(0, 4), slice(76, 80))


def test_unchanged_picture_does_not_differ(pictures):
    assert difference(pictures[UPRIGHT], pictures[UPRIGHT]) == 0.0


def test_sensor_noise_is_no_change(pictures):
    before, after = noisy(pictures[UPRIGHT], 1), noisy(pictures[UPRIGHT], 2)

    assert difference(before, after, body_cells(sitter())) == 0.0
    assert difference(before, after) == 0.0


@pytest.mark.parametrize("factor", [0.5, 0.7, 0.9, 1.1, 1.2])
def test_light_that_flickers_is_no_change(pictures, factor):
    after = lit(pictures[UPRIGHT], factor)

    assert difference(pictures[UPRIGHT], after, body_cells(sitter())) < 0.04


def test_moving_hands_below_the_shoulders_are_no_change_of_the_body(pictures):
    after = with_hands_moved(pictures[UPRIGHT])

    assert difference(pictures[UPRIGHT], after) > 0.02
    assert difference(pictures[UPRIGHT], after, body_cells(sitter())) == 0.0


@pytest.mark.parametrize("number", [LOOKS_RIGHT, ON_THE_PHONE, AWAY, SLOUCHED])
def test_change_of_head_or_shoulders_is_a_large_one(pictures, number):
    assert difference(pictures[UPRIGHT], pictures[number], body_cells(sitter())) > 0.24


def test_memory_answers_with_the_picture_most_alike_first(pictures):
    memory, faces = Memory(60.0), (face_of(sitter()),)
    memory.add(thumbnail(pictures[UPRIGHT]), 0.0, sitter(), faces)
    memory.add(thumbnail(pictures[SLOUCHED]), 1.0, sitter(), faces)
    found = memory.ranked(thumbnail(noisy(pictures[UPRIGHT])), 2.0)

    assert [judged.t_s for _, judged in found] == [0.0, 1.0]
    assert found[0][0] == 0.0
    assert found[1][0] > 0.24


def test_memory_of_a_picture_fades():
    memory = Memory(60.0)
    memory.add(flat(100.0), 5.0, None, ())

    assert memory.ranked(flat(100.0), 65.0) != []
    assert memory.ranked(flat(100.0), 65.1) == []
    assert memory.ranked(flat(100.0), 65.0) == []  # gone for good


def test_no_picture_stands_in_for_an_earlier_one():
    memory = Memory(60.0)
    memory.add(flat(100.0), 5.0, None, ())

    assert memory.ranked(flat(100.0), 4.9) == []


def test_only_the_last_pictures_are_remembered():
    memory = Memory(60.0, size=8)
    for t_s in range(9):
        memory.add(flat(100.0), float(t_s), None, ())

    assert [judged.t_s for _, judged in memory.ranked(flat(100.0), 9.0)] == [
        float(t_s) for t_s in range(1, 9)
    ]


def test_forgotten_is_forgotten():
    memory = Memory(60.0)
    memory.add(flat(100.0), 0.0, None, ())
    memory.reset()

    assert memory.ranked(flat(100.0), 0.0) == []


def test_pose_without_a_face_does_not_say_where_to_frame(pictures):
    empty, someone = thumbnail(pictures[AWAY]), thumbnail(pictures[UPRIGHT])
    corner = person(aside_cm=80.0, drop_cm=-60.0)  # invented where nothing ever changes
    memory = Memory(60.0)
    memory.add(empty, 0.0, corner, ())
    ((change, judged),) = memory.ranked(someone, 1.0)

    assert judged.cells is None
    assert change > 0.15

"""One frame: when the model is asked, and when the last judgement stands."""

from __future__ import annotations

import csv
import importlib.util
from dataclasses import replace
from datetime import timedelta

import cv2
import numpy as np
import pytest

from posture_monitor.core.day.cadence import LIVE
from posture_monitor.domain import Frame, Landmark
from posture_monitor.vision.observer import Observer, open_observer
from tests.builders import NINE, face_of, moved, person, with_mesh
from tests.program import WORKDAY

SINKING = range(301, 451)
"""The person sinks from upright into a slouch, from 3010 to 4500 s."""
TOLD = {
    Landmark.NOSE: "nose",
    Landmark.LEFT_EYE: "left_eye",
    Landmark.RIGHT_EYE: "right_eye",
    Landmark.LEFT_SHOULDER: "left_shoulder",
    Landmark.RIGHT_SHOULDER: "right_shoulder",
}


@pytest.fixture(scope="module")
def film():
    """Pictures of the working morning, and the pose that each of them really shows."""
    capture = cv2.VideoCapture(str(WORKDAY))
    pictures = [capture.read()[1] for _ in range(SINKING.stop)]
    capture.release()
    with WORKDAY.with_suffix(".csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[: SINKING.stop]
    return pictures, [pose_of(row) for row in rows]


def pose_of(row):
    pose = person()
    for landmark, name in TOLD.items():
        pose = moved(pose, landmark, float(row[f"{name}_x"]), float(row[f"{name}_y"]))
    return pose


class Models:
    """Both models: they answer the pose that they were given last, and count questions."""

    def __init__(self, pose):
        self.pose = pose
        self.asked_at_s = []
        self.close_face = None
        self.closed = False

    def estimate(self, image, t_s):
        self.asked_at_s.append(t_s)
        return self.pose

    def detect(self, image):
        return () if self.pose is None else (face_of(self.pose),)

    def detect_close(self, image, pose):
        assert pose is self.pose
        return self.close_face

    def reset(self):
        raise AssertionError("nobody asks for that")

    def close(self):
        self.closed = True


def looking_at(pose, **options):
    models = Models(pose)
    return models, Observer(models, models, **options)


def frame(image, t_s):
    return Frame(image, t_s, NINE + timedelta(seconds=t_s), round(10 * t_s))


def noisy(picture, seed):
    noise = np.random.default_rng(seed).normal(0.0, 6.0, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def flickering(picture, n):
    return np.clip(picture * (0.85, 1.0, 1.1)[n % 3], 0, 255).astype(np.uint8)


def typing(picture, n):
    """Hands and arms below the shoulders go to and fro."""
    after = picture.copy()
    after[400:, 120:520] = np.roll(picture[400:, 120:520], 12 * (n % 5), axis=1)
    return after


def shifted(picture, x_px, y_px):
    """Everything has moved to the right and down."""
    return np.roll(picture, (y_px, x_px), axis=(0, 1))


def unchanged(picture, n):
    return picture


@pytest.mark.parametrize("happens", [unchanged, noisy, flickering, typing])
def test_last_judgement_stands_while_nothing_happens_to_the_body(film, happens):
    pictures, poses = film
    models, observer = looking_at(poses[0])
    seen = [observer.observe(frame(happens(pictures[0], n), float(n))) for n in range(31)]

    assert (observer.frames, observer.model_calls) == (31, 1)
    assert models.asked_at_s == [0.0]
    assert {id(observation.pose) for observation in seen} == {id(poses[0])}
    assert {observation.faces for observation in seen} == {(face_of(poses[0]),)}


def test_each_frame_has_its_own_time_size_and_light(film):
    pictures, poses = film
    _, observer = looking_at(poses[0])
    first = observer.observe(frame(pictures[0], 0.0))
    second = observer.observe(frame(pictures[0] // 2, 1.0))

    assert (first.t_s, first.wall_at, first.motion) == (0.0, NINE, None)
    assert (second.t_s, second.wall_at) == (1.0, NINE + timedelta(seconds=1))
    assert (second.width_px, second.height_px, second.motion) == (640, 480, 0.0)
    assert second.brightness == pytest.approx(first.brightness / 2, abs=1.0)
    assert second.contrast == pytest.approx(first.contrast / 2, abs=1.0)


@pytest.mark.parametrize(("number", "what"), [(28, "a glance"), (121, "the phone"), (213, "away")])
def test_change_of_head_or_shoulders_wakes_the_model_at_once(film, number, what):
    pictures, poses = film
    models, observer = looking_at(poses[0])
    observer.observe(frame(pictures[0], 0.0))
    models.pose = None if what == "away" else poses[number]
    seen = observer.observe(frame(pictures[number], 0.2))

    assert observer.model_calls == 2
    assert seen.pose is models.pose
    assert seen.motion is not None
    assert seen.motion > 0.15


def test_coming_back_to_a_picture_that_was_judged_needs_no_model(film):
    pictures, poses = film
    models, observer = looking_at(poses[0])
    for t_s, number in enumerate((0, 28, 0, 28, 0)):
        models.pose = poses[number]
        seen = observer.observe(frame(pictures[number], float(t_s)))

    assert models.asked_at_s == [0.0, 1.0]
    assert seen.pose is poses[0]


def test_small_motion_is_followed_without_the_model(film):
    pictures, poses = film
    _, observer = looking_at(poses[0])
    for t_s in (0.0, 1.0):
        observer.observe(frame(pictures[0], t_s), settled=False)
    seen = observer.observe(frame(shifted(pictures[0], 3, -2), 2.0))

    assert observer.model_calls == 2
    assert seen.motion is not None
    assert seen.motion > 0.01
    before, after = poses[0].xy(Landmark.NOSE), seen.pose.xy(Landmark.NOSE)
    assert after == pytest.approx((before[0] + 3, before[1] - 2), abs=0.5)
    ((old,), (new,)) = (face_of(poses[0]),), seen.faces
    assert new.left_px - old.left_px == pytest.approx(3, abs=0.5)


def test_every_frame_is_judged_while_something_waits_to_be_believed(film):
    pictures, poses = film
    models, observer = looking_at(poses[0])
    for n in range(5):
        observer.observe(frame(pictures[0], float(n)), settled=n in (0, 4))

    assert models.asked_at_s == [0.0, 1.0, 2.0, 3.0]


@pytest.mark.parametrize("keep_s", [240.0, 1e9], ids=["as shipped", "if memory never faded"])
def test_slow_sinking_does_not_slip_through(film, keep_s):
    pictures, poses = film
    models, observer = looking_at(poses[SINKING.start], reuse=replace(LIVE, keep_s=keep_s))
    worst_px = 0.0
    for number in SINKING:
        models.pose = poses[number]
        seen = observer.observe(frame(pictures[number], 10.0 * number))
        assert seen.pose is not None
        error_px = seen.pose.xy(Landmark.NOSE)[1] - poses[number].xy(Landmark.NOSE)[1]
        worst_px = max(worst_px, abs(error_px))

    sunk_px = poses[450].xy(Landmark.NOSE)[1] - poses[301].xy(Landmark.NOSE)[1]
    assert sunk_px > 40.0
    assert worst_px < 8.0
    assert observer.model_calls < len(SINKING)


def test_even_the_same_picture_is_judged_anew_after_four_minutes(film):
    pictures, poses = film
    models, observer = looking_at(poses[0])
    for n in range(0, 491, 10):
        observer.observe(frame(pictures[0], float(n)))

    assert models.asked_at_s == [0.0, 250.0]


def test_picture_of_another_size_is_judged_anew(film):
    pictures, poses = film
    models, observer = looking_at(poses[0])
    small = cv2.resize(pictures[0], (320, 240))
    for t_s, image in enumerate((pictures[0], small, small, pictures[0])):
        observer.observe(frame(image, float(t_s)))

    assert models.asked_at_s == [0.0, 1.0, 3.0]


def test_without_reuse_every_picture_is_judged(film):
    pictures, poses = film
    _, observer = looking_at(poses[0], reuse=None)
    seen = [observer.observe(frame(pictures[0], float(n))) for n in range(3)]

    assert (observer.frames, observer.model_calls) == (3, 3)
    assert [observation.motion for observation in seen] == [None, None, None]


def test_closing_lets_go_of_the_model():
    models, observer = looking_at(None)
    observer.close()

    assert models.closed


@pytest.mark.parametrize("engine", ["litert", "mediapipe"])
def test_real_models_find_the_person(film, engine):
    if engine == "mediapipe" and importlib.util.find_spec("mediapipe") is None:
        pytest.skip("the package is an extra")
    pictures, poses = film
    observer = open_observer(engine, reuse=LIVE)
    try:
        seen = [observer.observe(frame(pictures[0], t_s)) for t_s in (0.0, 1.0)]
    finally:
        observer.close()

    assert (observer.frames, observer.model_calls) == (2, 1)
    assert seen[0].pose is not None
    assert seen[0].pose is seen[1].pose
    assert seen[0].pose.xy(Landmark.NOSE) == pytest.approx(poses[0].xy(Landmark.NOSE), abs=25.0)
    assert len(seen[0].faces) == 1


def test_the_close_up_at_the_face_goes_with_the_pose_and_is_no_witness(film):
    pictures, poses = film
    models, observer = looking_at(poses[0])
    models.close_face = face_of(poses[0], score=0.7)
    models.detect = lambda image: ()

    seen = observer.observe(frame(pictures[0], 0.0))

    assert seen.pose.close_face is models.close_face
    assert seen.faces == ()


class Mesh:
    """A measurer that sees the standard face wherever it is told to look."""

    def measure(self, image, face):
        self.face = face
        return with_mesh(person()).face_mesh_px


def test_the_face_mesh_is_measured_where_the_close_up_saw_the_face(film):
    pictures, poses = film
    models, mesh = Models(poses[0]), Mesh()
    models.close_face = face_of(poses[0])

    seen = Observer(models, models, None, mesh).observe(frame(pictures[0], 0.0))

    assert mesh.face is models.close_face
    assert seen.pose.face_mesh_px.shape == (25, 3)


def test_whoever_comes_near_is_found_though_a_picture_on_the_wall_was_followed(film):
    # A poster behind the empty chair kept the model busy while its user sat down before it.
    pictures, poses = film
    poster = person(size=0.2)
    models, observer = looking_at(poster)
    models.detect = lambda image: (face_of(poses[0]),)
    models.reset = lambda: setattr(models, "pose", poses[0])

    assert observer.observe(frame(pictures[0], 0.0)).pose is poses[0]


@pytest.mark.parametrize("size", [1.0, 0.6])
def test_a_face_of_somebody_as_near_or_a_little_nearer_makes_nobody_be_searched_anew(film, size):
    pictures, poses = film
    models, observer = looking_at(person(size=size))
    models.detect = lambda image: (face_of(poses[0]),)

    observer.observe(frame(pictures[0], 0.0))

    assert models.asked_at_s == [0.0]

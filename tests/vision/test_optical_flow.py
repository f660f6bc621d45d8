"""A judged person who moved a little is followed; everything doubtful is left to the model."""

from __future__ import annotations

import csv
from dataclasses import replace

import cv2
import numpy as np
import pytest

from posture_monitor.domain import Landmark
from posture_monitor.vision.optical_flow import faces_along, follow, small_grey
from tests.builders import face_of, moved, person, seen_closely, with_mesh
from tests.program import CLIPS

CLIP = CLIPS / "01_upright_day.mp4"
TOLD = {
    Landmark.NOSE: "nose",
    Landmark.LEFT_EYE: "left_eye",
    Landmark.RIGHT_EYE: "right_eye",
    Landmark.LEFT_EAR: "left_ear",
    Landmark.RIGHT_EAR: "right_ear",
    Landmark.LEFT_SHOULDER: "left_shoulder",
    Landmark.RIGHT_SHOULDER: "right_shoulder",
}


@pytest.fixture(scope="module")
def film():
    """Two seconds of natural sway, and where the truth has the person in each picture."""
    video = cv2.VideoCapture(str(CLIP))
    pictures = [video.read()[1] for _ in range(13)]
    video.release()
    with CLIP.with_suffix(".csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[:13]
    return pictures, [pose_of(row) for row in rows]


def pose_of(row):
    pose = person()
    for landmark, name in TOLD.items():
        pose = moved(pose, landmark, float(row[f"{name}_x"]), float(row[f"{name}_y"]))
    eyes = [pose.points_px[eye] for eye in (Landmark.LEFT_EYE, Landmark.RIGHT_EYE)]
    nose = pose.points_px[Landmark.NOSE]
    for landmark in Landmark:
        if landmark.name.endswith(("INNER", "OUTER")):
            pose = moved(pose, landmark, *eyes["RIGHT" in landmark.name])
        elif landmark.name.startswith("MOUTH"):
            pose = moved(pose, landmark, nose[0], nose[1] + 15)
    return pose


def shifted(picture, x_px, y_px):
    return np.roll(picture, (y_px, x_px), axis=(0, 1))


def followed(before, now, pose):
    return follow([(small_grey(before), pose)] * 2, small_grey(now))


def test_picture_is_kept_small_and_grey(film):
    pictures, _ = film

    assert small_grey(pictures[0]).shape == (240, 320)
    assert small_grey(pictures[0][:, :360]).shape == (427, 320)
    assert small_grey(pictures[0]).dtype == np.uint8


@pytest.mark.parametrize(("x_px", "y_px"), [(0, 0), (6, 0), (-4, 8)])
def test_person_is_where_the_picture_moved_to(film, x_px, y_px):
    pictures, poses = film
    pose = followed(pictures[0], shifted(pictures[0], x_px, y_px), poses[0])

    assert pose is not None
    for landmark in TOLD:
        before, after = poses[0].points_px[landmark], pose.points_px[landmark]
        assert after - before == pytest.approx((x_px, y_px), abs=0.4)
    hips = pose.points_px[Landmark.LEFT_HIP] - poses[0].points_px[Landmark.LEFT_HIP]
    assert hips == pytest.approx((x_px, y_px), abs=0.4)
    assert not pose.points_px.flags.writeable
    assert pose.confidence == poses[0].confidence


def test_natural_sway_is_followed_as_truly_as_the_truth_tells(film):
    pictures, poses = film
    errors, count = [], 0
    for now in range(1, 13):
        pose = followed(pictures[0], pictures[now], poses[0])
        if pose is not None:
            count += 1
            steps = [pose.points_px[mark] - poses[now].points_px[mark] for mark in TOLD]
            errors += [float(np.hypot(*step)) for step in steps]

    assert count >= 6
    assert np.median(errors) < 1.0


def test_noise_of_a_sensor_is_no_motion(film):
    pictures, poses = film
    noise = np.random.default_rng(1).normal(0.0, 6.0, pictures[0].shape)
    pose = followed(pictures[0], np.clip(pictures[0] + noise, 0, 255).astype(np.uint8), poses[0])

    assert pose is not None
    assert pose.points_px == pytest.approx(poses[0].points_px, abs=1.5)


@pytest.mark.parametrize(
    "change",
    [
        lambda picture: shifted(picture, 60, 0),
        lambda picture: cv2.resize(picture, None, fx=1.2, fy=1.2)[48:528, 64:704],
        lambda picture: np.full_like(picture, 128),
        lambda picture: picture[::-1].copy(),
        lambda picture: np.where(np.arange(480)[:, None, None] < 300, 128, picture).astype(
            np.uint8
        ),
    ],
    ids=["moved far", "come nearer", "gone", "another picture", "head covered"],
)
def test_what_is_not_certain_is_left_to_the_model(film, change):
    pictures, poses = film

    assert followed(pictures[0], change(pictures[0]), poses[0]) is None


def test_one_judged_picture_is_not_enough(film):
    pictures, poses = film
    grey = small_grey(pictures[0])

    assert follow([(grey, poses[0])], grey) is None
    assert follow([], grey) is None


def test_errors_of_several_judged_pictures_cancel_out(film):
    pictures, poses = film
    grey = small_grey(pictures[0])
    x_px, y_px = poses[0].xy(Landmark.NOSE)
    starts = [(grey, moved(poses[0], Landmark.NOSE, x_px + error, y_px)) for error in (4, -2, 1)]
    pose = follow(starts, grey)

    assert pose is not None
    assert pose.xy(Landmark.NOSE) == pytest.approx((x_px + 1.0, y_px), abs=0.2)


def test_only_the_three_most_alike_are_followed_from(film):
    pictures, poses = film
    grey = small_grey(pictures[0])
    x_px, y_px = poses[0].xy(Landmark.NOSE)
    far = moved(poses[0], Landmark.NOSE, x_px + 10, y_px)
    pose = follow([(grey, poses[0])] * 3 + [(grey, far)] * 3, grey)

    assert pose is not None
    assert pose.xy(Landmark.NOSE) == pytest.approx((x_px, y_px), abs=0.2)


def test_shoulder_beyond_the_picture_is_left_to_the_model(film):
    pictures, poses = film
    beyond = moved(poses[0], Landmark.LEFT_SHOULDER, 700.0, 380.0)

    assert followed(pictures[0], pictures[0], beyond) is None


def test_faces_go_along_with_the_head():
    pose = person()
    x_px, y_px = pose.xy(Landmark.NOSE)
    face = face_of(pose)
    (gone,) = faces_along((face,), pose, moved(pose, Landmark.NOSE, x_px + 3.0, y_px - 2.0))

    assert gone.left_px - face.left_px == pytest.approx(3.0, abs=1e-3)
    assert gone.top_px - face.top_px == pytest.approx(-2.0, abs=1e-3)
    assert (gone.width_px, gone.height_px, gone.score) == (
        face.width_px,
        face.height_px,
        face.score,
    )
    for (old_x, old_y), (new_x, new_y) in zip(face.keypoints_px, gone.keypoints_px, strict=True):
        assert (new_x - old_x, new_y - old_y) == pytest.approx((3.0, -2.0), abs=1e-3)


def enlarged(picture, factor, about):
    by = cv2.getRotationMatrix2D(about, 0.0, factor)
    return cv2.warpAffine(picture, by, picture.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)


def test_outline_and_close_up_go_along(film):
    pictures, poses = film
    pose = seen_closely(poses[0])
    now = followed(pictures[0], shifted(pictures[0], 8, -6), pose)

    assert now.shoulder_tops_px == pytest.approx(np.add(pose.shoulder_tops_px, (8, -6)), abs=0.6)
    assert now.close_face.width_px == pytest.approx(pose.close_face.width_px, rel=0.01)
    moves = np.subtract(now.close_face.keypoints_px, pose.close_face.keypoints_px)
    assert moves == pytest.approx(np.tile((8.0, -6.0), (6, 1)), abs=0.6)


def test_a_face_that_comes_nearer_grows_in_the_clo_frame(film):
    pictures, poses = film
    pose = seen_closely(poses[0])
    nose = tuple(float(v) for v in pose.points_px[Landmark.NOSE])
    now = followed(pictures[0], enlarged(pictures[0], 1.05, nose), pose)

    assert now.close_face.width_px / pose.close_face.width_px == pytest.approx(1.05, abs=0.02)


def test_what_no_picture_had_is_not_made_up(film):
    pictures, poses = film
    bare = replace(poses[0], shoulder_tops_px=None)
    now = followed(pictures[0], pictures[1], bare)

    assert (now.shoulder_tops_px, now.close_face) == (None, None)


def test_the_face_mesh_goes_along(film):
    pictures, poses = film
    pose = with_mesh(poses[0])
    now = followed(pictures[0], shifted(pictures[0], 8, -6), pose)
    moves = now.face_mesh_px - pose.face_mesh_px

    assert moves.mean(axis=0) == pytest.approx((8.0, -6.0, 0.0), abs=0.6)
    assert moves.std(axis=0).max() < 1.0

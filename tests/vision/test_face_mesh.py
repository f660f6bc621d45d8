"""The points of a face in space."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from posture_monitor.core.measure.head_pose import fit_mesh
from posture_monitor.domain import Face, ModelError
from posture_monitor.vision.face import LiteRtFaceDetector
from posture_monitor.vision.face_mesh import LiteRtFaceMesh
from tests.program import CLIPS


@pytest.fixture(scope="module")
def frame():
    video = cv2.VideoCapture(str(CLIPS / "01_upright_day.mp4"))
    frame = video.read()[1]
    video.release()
    return frame


@pytest.fixture(scope="module")
def face(frame):
    return LiteRtFaceDetector().detect(frame)[0]


@pytest.fixture(scope="module")
def mesh():
    return LiteRtFaceMesh()


def test_the_points_lie_where_the_eyes_and_the_nose_truly_are(mesh, frame, face):
    points = mesh.measure(frame, face)

    assert points[19:21, :2].mean(axis=0) == pytest.approx((297.7, 210.2), abs=6.0)  # right eye
    assert points[21:23, :2].mean(axis=0) == pytest.approx((341.1, 210.8), abs=6.0)
    assert points[17, :2] == pytest.approx((319.4, 237.8), abs=8.0)  # tip of the nose
    assert points[17, 2] < points[19, 2]  # it is nearer than the eyes


@pytest.mark.parametrize("turn_deg", [-25.0, 25.0])
def test_a_turned_picture_turns_the_face_as_far(mesh, frame, face, turn_deg):
    middle = (face.left_px + face.width_px / 2, face.top_px + face.height_px / 2)
    by = cv2.getRotationMatrix2D(middle, turn_deg, 1.0)  # + = counter-clockwise
    turned = cv2.warpAffine(frame, by, frame.shape[1::-1])
    keypoints = np.array(face.keypoints_px) @ by[:, :2].T + by[:, 2]
    seen = replace(face, keypoints_px=tuple(map(tuple, keypoints.tolist())))
    straight = fit_mesh(mesh.measure(frame, face))

    head = fit_mesh(mesh.measure(turned, seen))

    assert head.roll_deg - straight.roll_deg == pytest.approx(-turn_deg, abs=2.0)
    assert head.scale_px_per_cm == pytest.approx(straight.scale_px_per_cm, rel=0.03)


@pytest.mark.parametrize(
    "change",
    [
        {"keypoints_px": ()},
        {"width_px": float("nan")},
        {"width_px": 4.0, "height_px": 4.0},
        {"width_px": 9e9},
        {"left_px": 20.0, "top_px": 20.0},  # the wall
    ],
)
def test_where_no_face_can_be_there_is_no_mesh(mesh, frame, face, change):
    assert mesh.measure(frame, replace(face, **change)) is None


def test_a_missing_model_is_told_when_the_first_face_is_seen(tmp_path, frame, face):
    mesh = LiteRtFaceMesh(models_dir=tmp_path)
    nowhere = Face(0.0, 0.0, 1.0, 1.0, 0.9)

    assert mesh.measure(frame, nowhere) is None
    with pytest.raises(ModelError, match="face_landmark"):
        mesh.measure(frame, face)

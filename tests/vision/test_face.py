"""The second witness: faces."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest

from posture_monitor.domain import ModelError
from posture_monitor.vision.face import LiteRtFaceDetector

CLIPS = Path(__file__).resolve().parents[2] / "samples" / "clips"
UPRIGHT = sorted(path.stem for path in CLIPS.glob("*.mp4"))


def first_frame(clip):
    video = cv2.VideoCapture(str(CLIPS / f"{clip}.mp4"))
    frame = video.read()[1]
    video.release()
    return frame


@pytest.fixture(scope="module")
def detector():
    return LiteRtFaceDetector()


@pytest.mark.parametrize("clip", UPRIGHT)
def test_the_face_is_found_around_the_true_nose(detector, clip):
    faces = detector.detect(first_frame(clip))
    with (CLIPS / f"{clip}.csv").open(newline="") as file:
        truth = next(csv.DictReader(file))

    assert len(faces) == 1
    face = faces[0]
    x, y = float(truth["nose_x"]), float(truth["nose_y"])
    assert face.left_px < x < face.left_px + face.width_px
    assert face.top_px < y < face.top_px + face.height_px
    assert 0.5 <= face.score <= 1


def test_the_key_points_are_the_persons_own_right_eye_first(detector):
    face = detector.detect(first_frame("01_upright_day"))[0]
    right_eye, left_eye, nose, mouth, right_ear, left_ear = face.keypoints_px

    assert right_ear[0] < right_eye[0] < nose[0] < left_eye[0] < left_ear[0]
    assert right_eye[1] < nose[1] < mouth[1]


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_blank_picture_has_no_face(detector, level):
    assert detector.detect(np.full((480, 640, 3), level, np.uint8)) == ()


def test_two_people_are_two_faces_the_more_certain_first(detector):
    frame = first_frame("01_upright_day")
    faces = detector.detect(np.hstack((frame, frame[:, ::-1])))

    assert len(faces) == 2
    assert faces[0].score >= faces[1].score


def test_a_higher_bar_finds_fewer(detector):
    frame = first_frame("01_upright_day")

    assert detector.detect(frame)
    assert LiteRtFaceDetector(min_score=0.999).detect(frame) == ()


@pytest.mark.parametrize("shape", [(16, 16), (640, 16)])
def test_tiny_pictures_are_no_error(detector, shape):
    detector.detect(np.zeros((*shape, 3), np.uint8))


def test_a_missing_model_is_told(tmp_path):
    with pytest.raises(ModelError, match="face_detection_short_range"):
        LiteRtFaceDetector(models_dir=tmp_path)

"""The second witness: faces."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from posture_monitor.core.measure.head_pose import fit_head
from posture_monitor.domain import ModelError
from posture_monitor.vision.face import LiteRtFaceDetector
from posture_monitor.vision.pose_litert import LiteRtPoseEstimator

CLIPS = Path(__file__).resolve().parents[2] / "samples" / "clips"
FORWARD = "05_leanin_recline_evening_f"
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


def test_a_close_up_tells_how_much_nearer_a_head_came_where_landmarks_tell_half(detector):
    estimator, video = LiteRtPoseEstimator(), cv2.VideoCapture(str(CLIPS / f"{FORWARD}.mp4"))
    with (CLIPS / f"{FORWARD}.csv").open(newline="") as file:
        truth = list(csv.DictReader(file))
    seen = {"upright": [], "forward_head": []}
    for row in truth:
        frame = video.read()[1]
        if row["label"] in seen and row["transition"] == "0":
            pose = estimator.estimate(frame, float(row["t"]))
            face = detector.detect_close(frame, pose)
            sizes = (face.width_px, fit_head(pose).scale_px_per_cm)
            distance_cm = float(row["eye_camera_distance_cm"])
            seen[row["label"]].append([1.0 / distance_cm, *sizes])
    video.release()
    before, after = (np.median(seen[label], axis=0) for label in ("upright", "forward_head"))
    grown, close, landmarks = np.log(after / before)

    assert grown == pytest.approx(0.12, abs=0.02)
    assert close == pytest.approx(grown, abs=0.035)
    assert landmarks < 0.7 * grown


def test_a_close_up_is_told_in_pixels_of_the_whole_picture(detector):
    frame = first_frame("01_upright_day")
    pose = LiteRtPoseEstimator().estimate(frame, 0.0)
    whole, close = detector.detect(frame)[0], detector.detect_close(frame, pose)

    for one, other in zip(whole.keypoints_px, close.keypoints_px, strict=True):
        assert math.dist(one, other) < 14.0  # the whole picture is seen in steps of 5 pixels


def test_where_no_head_can_be_no_close_up_is_taken(detector):
    frame, nobody = first_frame("01_upright_day"), np.full((480, 640, 3), 128, np.uint8)
    pose = LiteRtPoseEstimator().estimate(frame, 0.0)
    speck = replace(pose, points_px=pose.points_px * np.float32(0.01))
    nowhere = replace(pose, points_px=np.full_like(pose.points_px, np.nan))

    assert detector.detect_close(nobody, pose) is None
    assert detector.detect_close(frame, speck) is None
    assert detector.detect_close(frame, nowhere) is None


@pytest.mark.parametrize("shape", [(16, 16), (640, 16)])
def test_tiny_pictures_are_no_error(detector, shape):
    detector.detect(np.zeros((*shape, 3), np.uint8))


def test_a_missing_model_is_told(tmp_path):
    with pytest.raises(ModelError, match="face_detection_short_range"):
        LiteRtFaceDetector(models_dir=tmp_path)

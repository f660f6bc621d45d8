"""The reference engine: the same answers, and no network for the package that reports home."""

from __future__ import annotations

import importlib.util
import os
import socket
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest

from posture_monitor.domain import Landmark, ModelError
from posture_monitor.vision._no_network import close_network
from posture_monitor.vision.models import POSE_DETECTOR, POSE_LANDMARKS, checked_path
from posture_monitor.vision.pose_mediapipe import (
    TELEMETRY_NOTICE,
    MediaPipePoseEstimator,
    bundle_models,
)

CLIPS = Path(__file__).resolve().parents[2] / "samples" / "clips"
needs_mediapipe = pytest.mark.skipif(
    importlib.util.find_spec("mediapipe") is None, reason="needs the extra 'mediapipe'"
)
needs_filter = pytest.mark.skipif(sys.platform != "linux", reason="seccomp is Linux's")


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch):
    """The engine sets the proxy for its process; tests that follow must not inherit it."""
    for name in ("https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "")


@pytest.fixture(scope="module")
def frame():
    video = cv2.VideoCapture(str(CLIPS / "01_upright_day.mp4"))
    picture = video.read()[1]
    video.release()
    return picture


def is_refused(family, kind=socket.SOCK_STREAM):
    try:
        socket.socket(family, kind).close()
    except PermissionError:
        return True
    return False


@needs_filter
def test_a_thread_without_network_opens_no_socket_and_neither_do_its_threads():
    with ThreadPoolExecutor(1) as shut:
        assert shut.submit(close_network).result()
        assert shut.submit(is_refused, socket.AF_INET).result()
        assert shut.submit(is_refused, socket.AF_INET6, socket.SOCK_DGRAM).result()
        assert shut.submit(is_refused, socket.AF_UNIX).result()

        def ask_a_child():
            with ThreadPoolExecutor(1) as child:
                return child.submit(is_refused, socket.AF_INET).result()

        assert shut.submit(ask_a_child).result()

    assert not is_refused(socket.AF_INET)


def test_the_notice_says_who_learns_what():
    assert "Google" in TELEMETRY_NOTICE
    assert "litert" in TELEMETRY_NOTICE


def test_without_the_package_the_remedy_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "mediapipe", None)

    with pytest.raises(ModelError, match=r"pip install 'posture-monitor\[mediapipe\]'"):
        MediaPipePoseEstimator()


def test_a_missing_model_is_told(tmp_path):
    with pytest.raises(ModelError, match="missing"):
        MediaPipePoseEstimator(models_dir=tmp_path)


@needs_mediapipe
@needs_filter
def test_the_package_has_no_network_while_the_rest_of_the_process_has(frame):
    engine = MediaPipePoseEstimator(tracking=False)
    engine.estimate(frame, 0.0)
    engine.close()

    assert engine.network_closed
    assert os.environ["https_proxy"] == "http://127.0.0.1:9"
    assert not is_refused(socket.AF_INET)


@needs_mediapipe
def test_the_bundle_is_stored_and_aligned_as_tasks_wants_it():
    bundle = bundle_models(
        checked_path(POSE_DETECTOR).read_bytes(), checked_path(POSE_LANDMARKS).read_bytes()
    )

    with zipfile.ZipFile(BytesIO(bundle)) as archive:
        assert archive.namelist() == ["pose_detector.tflite", "pose_landmarks_detector.tflite"]
        for entry in archive.infolist():
            assert entry.compress_type == zipfile.ZIP_STORED
            with archive.open(entry) as file:
                # A TFLite file has its mark at byte 4.
                start = bundle.index(file.read(16))
            assert start % 4 == 0
            assert bundle[start + 4 : start + 8] == b"TFL3"


@needs_mediapipe
@pytest.mark.parametrize("tracking", [True, False])
def test_a_person_is_found_and_an_empty_picture_is_empty(frame, tracking):
    engine = MediaPipePoseEstimator(tracking=tracking)
    pose = engine.estimate(frame, 0.0)
    portrait = engine.estimate(frame[:, 140:500], 0.5)
    nobody = engine.estimate(np.zeros_like(frame), 1.0)
    engine.close()

    assert pose.xy(Landmark.NOSE) == pytest.approx((319, 238), abs=20)
    assert pose.confidence > 0.9
    assert pose.points_px.dtype == np.float32
    assert not pose.points_px.flags.writeable
    assert portrait.width_px == 360
    assert nobody is None


@needs_mediapipe
def test_clocks_that_stop_or_run_backwards_are_no_error(frame):
    engine = MediaPipePoseEstimator()
    poses = [engine.estimate(frame, t_s) for t_s in (5.0, 5.0, 5.0001, 1.0, 100.0)]
    engine.reset()
    poses.append(engine.estimate(frame, 100.0))
    engine.close()
    engine.close()

    assert all(poses)
    assert np.array_equal(poses[0].points_px, poses[-1].points_px)

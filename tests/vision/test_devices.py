"""What is asked of a camera that is plugged in; none was at hand, so the asking is recorded."""

from __future__ import annotations

import cv2
import pytest

from posture_monitor.config import CameraSettings
from posture_monitor.domain import CameraError
from posture_monitor.vision import devices


class Recorded:
    """A capture that notes what is asked of it."""

    opens = True

    def __init__(self, *_: object) -> None:
        self.asked: list[tuple[int, float]] = []
        self.released = False

    def isOpened(self) -> bool:
        return self.opens

    def set(self, what: int, value: float) -> bool:
        self.asked.append((what, value))
        return True

    def release(self) -> None:
        self.released = True


def test_a_camera_is_asked_for_small_pictures_and_few_of_them(monkeypatch):
    monkeypatch.setattr(cv2, "VideoCapture", Recorded)
    capture = devices._open(0, "desk camera", CameraSettings())

    assert capture.asked == [
        (cv2.CAP_PROP_FRAME_WIDTH, 640),
        (cv2.CAP_PROP_FRAME_HEIGHT, 480),
        (cv2.CAP_PROP_FPS, 10.0),
    ]


def test_a_camera_that_others_use_is_told_in_a_sentence(monkeypatch):
    class Busy(Recorded):
        opens = False

    monkeypatch.setattr(cv2, "VideoCapture", Busy)

    with pytest.raises(CameraError, match=r"desk camera can't be opened; end the program that"):
        devices._open(0, "desk camera", CameraSettings())

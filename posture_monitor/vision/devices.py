"""Cameras that are plugged in or built in."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from posture_monitor.domain import CameraError
from posture_monitor.vision.live import LiveSource
from posture_monitor.vision.opencv import silence

if TYPE_CHECKING:
    from posture_monitor.config import CameraSettings
    from posture_monitor.ports import Clock
    from posture_monitor.vision.opencv import Capture


def open_device(
    index: int, settings: CameraSettings, *, clock: Clock, name: str | None = None
) -> LiveSource:
    """Opens a camera by its index; raises CameraError where that fails."""
    shown = name or f"camera {index}"
    if sys.platform.startswith("linux"):
        _refuse_missing_node(Path(f"/dev/video{index}"), index)

    def open_capture() -> Capture:
        return _open(index, shown, settings)

    return LiveSource(shown, open_capture, settings, clock=clock)


def _refuse_missing_node(node: Path, index: int) -> None:
    if not node.exists():
        raise CameraError(
            "there is no camera {index}; plug one in, or see `posture-monitor cameras` "
            "for those that are there",
            index=index,
        )
    if not os.access(node, os.R_OK | os.W_OK):
        raise CameraError(
            "camera {index} may not be used by this account; add it to the group that "
            "owns {node} (often `video`) and log in again",
            index=index,
            node=node,
        )


def _open(index: int, shown: str, settings: CameraSettings) -> Capture:
    # Media Foundation otherwise takes up to a minute to open some cameras.
    os.environ.setdefault("OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS", "0")
    silence()
    import cv2

    backends = {"linux": cv2.CAP_V4L2, "darwin": cv2.CAP_AVFOUNDATION, "win32": cv2.CAP_MSMF}
    try:
        capture = cv2.VideoCapture(index, backends.get(sys.platform, cv2.CAP_ANY))
    except cv2.error:
        capture = cv2.VideoCapture()
    if not capture.isOpened():
        capture.release()
        raise CameraError(
            "{shown} can't be opened; end the program that uses it (a video call?), "
            "allow this one to use cameras, or name another",
            shown=shown,
        )
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, settings.width_px)
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, settings.height_px)
    # Fewer pictures to hand over; many cameras give their own rate all the same.
    capture.set(cv2.CAP_PROP_FPS, settings.fps)
    return capture  # type: ignore[return-value]  # cv2 types its pictures wider

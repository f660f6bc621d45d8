"""Another program's own pipeline on our frames; run by the Python of its own environment.

    PYTHON benchmarks/peer_pipelines.py NAME FILM SECONDS

prints a line of JSON. The peer's own capture loop runs, unchanged, at its own pace; only
``cv2.VideoCapture`` hands out ready pictures in place of a camera, so that capturing costs
nothing. Needs nothing of this project.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, ClassVar

import cv2

WARM_UP_S = 3.0


class ReadyCamera:
    """Stands in for ``cv2.VideoCapture``: the picture that the film shows now, at once."""

    pictures: ClassVar[list[Any]] = []
    """One film for the whole process."""
    fps = 15.0
    frames = 0

    def __init__(self, *_: object) -> None:
        self._began_s = time.monotonic()

    def isOpened(self) -> bool:
        return True

    def set(self, *_: object) -> bool:
        return True

    def get(self, *_: object) -> float:
        return 0.0

    def release(self) -> None:
        """Nothing is held."""

    def read(self) -> tuple[bool, Any]:
        ReadyCamera.frames += 1
        shown = int((time.monotonic() - self._began_s) * self.fps)
        return True, self.pictures[shown % len(self.pictures)].copy()


def load(film: str) -> None:
    """All pictures of the film into memory, decoded."""
    capture = cv2.VideoCapture(film)
    ReadyCamera.fps = capture.get(cv2.CAP_PROP_FPS)
    while True:
        read, picture = capture.read()
        if not read:
            break
        ReadyCamera.pictures.append(picture)
    capture.release()
    cv2.VideoCapture = ReadyCamera  # type: ignore[misc,assignment]  # a camera of our own


def postured() -> tuple[Callable[[], None], Callable[[], None]]:
    """The worker of its pose thread, with its own model and pause of 0.1 s after each frame."""
    from pathlib import Path

    import postured.pose_detector as pose

    model = Path(pose.__file__).parent / "resources" / "pose_landmarker_lite.task"
    worker = pose.PoseWorker(model, 0)
    return worker.run, worker.stop


def dorso() -> tuple[Callable[[], None], Callable[[], None]]:
    """Its camera hub and detector as subscribed by the application: "responsive", 0.1 s."""
    import dorso.camera_hub as hub
    from dorso.camera_detector import CameraDetector
    from dorso.models import DetectionMode

    detector = CameraDetector(hub.CameraHub("/dev/video0"))
    detector.set_interval(DetectionMode.RESPONSIVE.base_interval)  # the default of its settings
    return detector.start, detector.stop


def batesposture() -> tuple[Callable[[], None], Callable[[], None]]:
    """Its camera service with its detector as callback, at its default settings."""
    from batesposture.ml.pose_detector import PoseDetector
    from batesposture.services.camera_service import CameraService
    from batesposture.services.settings_service import SettingsService

    settings = SettingsService()
    service = CameraService(settings)
    detector = PoseDetector(settings)
    return lambda: (service.start(detector.process_frame), None)[1], service.stop


PEERS = {"postured": postured, "dorso-linux": dorso, "batesposture": batesposture}


def main() -> int:
    name, film, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    start, stop = PEERS[name]()
    load(film)
    running = threading.Thread(target=start, daemon=True)
    running.start()
    deadline_s = time.monotonic() + 60.0
    while ReadyCamera.frames < 5 and time.monotonic() < deadline_s:
        time.sleep(0.05)
    time.sleep(WARM_UP_S)
    used_s, began_s, frames = time.process_time(), time.monotonic(), ReadyCamera.frames
    time.sleep(seconds)
    used_s = time.process_time() - used_s
    wall_s = time.monotonic() - began_s
    frames = ReadyCamera.frames - frames
    stop()
    running.join(5.0)
    if not frames:
        print("no frame was taken", file=sys.stderr)
        return 1
    found = {
        "cpu_ms_per_frame": 1000.0 * used_s / frames,
        "frames_per_s": frames / wall_s,
        "cpu_s_per_h": 3600.0 * used_s / wall_s,
    }
    print(json.dumps(found), flush=True)
    # Some leave threads behind that would keep the process from ending.
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())

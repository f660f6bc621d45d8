"""From what the user calls a source to something that delivers frames.

A source is a camera's index or name, a video file, or an http(s) or rtsp address.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from posture_monitor.domain import CameraError
from posture_monitor.vision.cameras import find_camera, list_cameras
from posture_monitor.vision.devices import open_device
from posture_monitor.vision.recordings import FileSource
from posture_monitor.vision.streams import is_address, open_stream

if TYPE_CHECKING:
    from datetime import datetime

    from posture_monitor.config import CameraSettings
    from posture_monitor.ports import Clock
    from posture_monitor.vision.live import LiveSource

_NODE = re.compile(r"(?:/dev/video)?(\d{1,4})", re.ASCII)
"""A camera by its index, or by its device file."""


def open_source(
    src: str,
    settings: CameraSettings,
    *,
    clock: Clock,
    speed: float | None = 1.0,
    start_at: datetime | None = None,
) -> FileSource | LiveSource:
    """Opens a source; raises CameraError with one sentence that says what to do.

    ``speed`` and ``start_at`` concern recordings: how many times faster than recorded they
    play (None: without waiting), and which wall-clock time their first moment is given
    (now, unless told).
    """
    if is_address(src):
        return open_stream(src, settings, clock=clock)
    node = _NODE.fullmatch(src)
    if node:
        return open_device(int(node[1]), settings, clock=clock)
    if is_path(src):
        return FileSource(Path(src), settings, clock=clock, speed=speed, start_at=start_at)
    camera = find_camera(src, list_cameras())
    return open_device(camera.index, settings, clock=clock, name=camera.name)


def node_of(src: str) -> Path | None:
    """The device file of a camera on Linux; None for every other source, or where it is gone."""
    if not sys.platform.startswith("linux") or is_address(src):
        return None
    node = _NODE.fullmatch(src)
    if node:
        return Path(f"/dev/video{int(node[1])}")
    if is_path(src):
        return None
    try:
        return Path(find_camera(src, list_cameras()).path)
    except CameraError:
        return None


def is_path(src: str) -> bool:
    """Whether the text names a file: one that is there, or one that is spelled like it.

    CameraError where it can name nothing.

    >>> is_path("clips/day.mp4"), is_path("Integrated Camera")
    (True, False)
    """
    if not src or "\0" in src:
        raise CameraError("the source is empty; name a camera, a video file or an address")
    separators = {os.sep, os.altsep or os.sep}
    return (
        any(separator in src for separator in separators)
        or re.search(r"\.\w{2,5}$", src) is not None
        or _exists(src)
    )


def _exists(src: str) -> bool:
    try:
        return Path(src).exists()
    except OSError:  # longer than a name can be, or a folder that may not be entered
        return False


def is_recording(src: str) -> bool:
    """Whether the source is a file to replay rather than something live.

    >>> is_recording("day.mp4"), is_recording("0"), is_recording("http://127.0.0.1/x.mjpg")
    (True, False, False)
    """
    return not is_address(src) and not _NODE.fullmatch(src) and is_path(src)

"""Which cameras there are, by index and name; nothing here starts one on Linux."""

from __future__ import annotations

import importlib
import re
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

from posture_monitor.domain import CameraError
from posture_monitor.vision.opencv import silence

_QUERYCAP = 0x80685600
"""VIDIOC_QUERYCAP: read a struct v4l2_capability of 104 bytes."""
_CAPABILITY = struct.Struct("=16s32s32sIII12x")
_CAPTURES = 0x00000001 | 0x00001000
"""V4L2_CAP_VIDEO_CAPTURE and its multi-planar variant; metadata nodes have neither."""
_HAS_DEVICE_CAPS = 0x80000000
"""V4L2_CAP_DEVICE_CAPS of linux/videodev2.h."""

_PROBED = 5
"""Indices tried where the system lists no cameras; each try may take a second."""


@dataclass(frozen=True, slots=True)
class Camera:
    """One camera as the system lists it."""

    index: int
    name: str
    path: str
    """Where the system keeps it, as far as it tells; may be empty."""


def list_cameras() -> tuple[Camera, ...]:
    """The cameras of this machine in the order of their index; none is no error."""
    if sys.platform.startswith("linux"):
        return linux_cameras(Path("/sys/class/video4linux"), Path("/dev"))
    return _enumerated_cameras()


def find_camera(name: str, cameras: tuple[Camera, ...]) -> Camera:
    """The camera of that name, or the only one whose name holds the text; case is ignored.

    Raises CameraError where none fits, or several do.
    """
    wanted = name.casefold().strip()
    exact = [camera for camera in cameras if camera.name.casefold() == wanted]
    similar = [camera for camera in cameras if wanted and wanted in camera.name.casefold()]
    for found in (exact, similar):
        if len(found) == 1:
            return found[0]
        if found:
            indices = " or ".join(str(camera.index) for camera in found)
            raise CameraError(
                "several cameras are called {name!r}; name one by index: {indices}",
                name=name,
                indices=indices,
            )
    there = "; ".join(f"{camera.index} {camera.name}" for camera in cameras) or "none found"
    raise CameraError(
        "{name!r} is no file and no camera; cameras here: {there}. Check the spelling",
        name=name,
        there=there,
    )


def linux_cameras(nodes: Path, devices: Path) -> tuple[Camera, ...]:
    """Cameras from the kernel's list; one camera has several nodes, of which one takes pictures."""
    found = []
    for node in nodes.glob("video*") if nodes.is_dir() else ():
        number = re.fullmatch(r"video(\d+)", node.name)
        if number is None:
            continue
        device = devices / node.name
        captures = _takes_pictures(device)
        if captures is None:  # may not be asked: the first node of a camera is the one
            captures = _text(node / "index") in {"", "0"}
        if captures:
            name = _text(node / "name") or f"camera {number[1]}"
            found.append(Camera(int(number[1]), name, str(device)))
    return tuple(sorted(found, key=lambda camera: camera.index))


def _takes_pictures(device: Path) -> bool | None:
    """What the driver says, or None where it can't be asked. Asking disturbs no one."""
    if sys.platform == "win32":
        return None
    import fcntl

    buffer = bytearray(_CAPABILITY.size)
    try:
        with device.open("rb", buffering=0) as file:
            fcntl.ioctl(file, _QUERYCAP, buffer)
    except OSError:
        return None
    whole, own = _CAPABILITY.unpack(buffer)[4:6]
    return bool((own if whole & _HAS_DEVICE_CAPS else whole) & _CAPTURES)


def _text(path: Path) -> str:
    """A one-line file of the kernel, printable characters only: a camera names itself."""
    try:
        line = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return "".join(letter for letter in line if letter.isprintable()).strip()


def _enumerated_cameras() -> tuple[Camera, ...]:
    """Cameras by cv2-enumerate-cameras if it is installed, else by trying the first indices."""
    silence()
    import cv2

    backend = {"darwin": cv2.CAP_AVFOUNDATION, "win32": cv2.CAP_MSMF}.get(sys.platform, cv2.CAP_ANY)
    try:
        listing = importlib.import_module("cv2_enumerate_cameras").enumerate_cameras(backend)
    except ImportError:
        pass
    else:
        return tuple(Camera(one.index, one.name, one.path or "") for one in listing)
    found = []
    for index in range(_PROBED):
        capture = cv2.VideoCapture(index, backend)
        if capture.isOpened():
            found.append(Camera(index, f"camera {index}", ""))
        capture.release()
    return tuple(found)

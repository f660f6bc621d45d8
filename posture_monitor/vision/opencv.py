"""OpenCV at the edge: loaded when first needed, silent, and fenced in.

Nothing here knows about cameras or recordings; it opens what it is told with the protocols it
is told, and turns pictures the right way up.
"""

from __future__ import annotations

import os
import re
import threading
from typing import TYPE_CHECKING, Protocol, cast

from posture_monitor.domain import PostureMonitorError
from posture_monitor.system.names import is_utf8
from posture_monitor.vision.gate import THUMB_HEIGHT, THUMB_WIDTH
from posture_monitor.vision.jpeg import MAX_PIXELS, JpegPicture, small_jpeg
from posture_monitor.wording.language import N_

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import cv2
    import numpy as np
    from numpy.typing import NDArray

    from posture_monitor.config import CameraSettings

    AnyPicture = NDArray[np.uint8] | JpegPicture
    """Decoded, or as far as it is looked at."""

_OPTIONS_VARIABLE = "OPENCV_FFMPEG_CAPTURE_OPTIONS"

_opening = threading.Lock()

MAX_PIXEL_ASPECT = 8.0
"""Pixels wider or higher than this are a mistake in the file; assumed, the widest known is 2.25."""


class TooLarge(PostureMonitorError):
    """A source whose pictures would cost too much memory."""

    def __init__(self, width_px: int, height_px: int) -> None:
        super().__init__(
            N_(
                "sends pictures of {width_px} × {height_px}, more than {most} million pixels; "
                "choose a smaller size"
            ),
            width_px=width_px,
            height_px=height_px,
            most=MAX_PIXELS // 1_000_000,
        )


class Capture(Protocol):
    """The part of ``cv2.VideoCapture`` that reading needs."""

    def grab(self) -> bool: ...

    def retrieve(self) -> tuple[bool, AnyPicture | None]: ...

    def release(self) -> None: ...


def silence() -> None:
    """Keeps OpenCV and FFmpeg from writing to the user's terminal.

    FFmpeg's level is read from the environment when its first capture opens; a user who set
    it to look for a fault keeps what they set.
    """
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # AV_LOG_QUIET
    import cv2

    if "OPENCV_LOG_LEVEL" not in os.environ:
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


def open_ffmpeg(
    address: str, *, options: str, parameters: Sequence[int] = ()
) -> cv2.VideoCapture | None:
    """A file or an address through FFmpeg, or None where that fails or the text is not UTF-8.

    ``options`` are FFmpeg's own, as ``name;value|name;value``. OpenCV takes them from the
    environment alone, hence the lock. Raises TooLarge before a picture is decoded.
    """
    if not is_utf8(address):  # OpenCV would take a null pointer for its text and crash
        return None
    silence()
    import cv2

    with _opening:
        before = os.environ.get(_OPTIONS_VARIABLE)
        os.environ[_OPTIONS_VARIABLE] = options
        try:
            capture = cv2.VideoCapture(address, cv2.CAP_FFMPEG, list(parameters))
        except cv2.error:
            return None
        finally:
            if before is None:
                del os.environ[_OPTIONS_VARIABLE]
            else:
                os.environ[_OPTIONS_VARIABLE] = before
    if not capture.isOpened():
        capture.release()
        return None
    width_px, height_px = size_of(capture)
    if width_px * height_px * max(pixel_aspect(capture), 1.0) > MAX_PIXELS:
        capture.release()
        raise TooLarge(width_px, height_px)
    return capture


def size_of(capture: cv2.VideoCapture) -> tuple[int, int]:
    """Width and height in pixels of the picture that was read last, or will be read first."""
    import cv2

    width_px, height_px = (
        capture.get(cv2.CAP_PROP_FRAME_WIDTH),
        capture.get(cv2.CAP_PROP_FRAME_HEIGHT),
    )
    return int(width_px), int(height_px)


def ffmpeg_version() -> tuple[int, int]:
    """Major and minor number of OpenCV's libavformat; (0, 0) where it tells none."""
    import cv2

    found = re.search(r"avformat:\s+YES \((\d+)\.(\d+)", cv2.getBuildInformation())
    return (int(found[1]), int(found[2])) if found else (0, 0)


def undecoded(capture: cv2.VideoCapture) -> Capture:
    """The capture, before its first picture, made to decode none but those retrieved.

    FFmpeg otherwise decodes whatever is grabbed. Only where each picture is a JPEG of its own
    can one be left out; other formats stay as they are.
    """
    import cv2

    if int(capture.get(cv2.CAP_PROP_FOURCC)) != cv2.VideoWriter.fourcc(*"MJPG"):
        return capture  # type: ignore[return-value]  # cv2 types its pictures wider
    if not capture.set(cv2.CAP_PROP_FORMAT, -1):
        return capture  # type: ignore[return-value]  # as above
    return MotionJpeg(capture)


def pixel_aspect(capture: cv2.VideoCapture) -> float:
    """How many times wider than high a pixel is shown, in pictures as they are delivered.

    1 where nothing is said. AVCHD, DV and many network cameras store pixels that are not square.
    """
    import cv2

    across, down = capture.get(cv2.CAP_PROP_SAR_NUM), capture.get(cv2.CAP_PROP_SAR_DEN)
    if not (across > 0.0 and down > 0.0):
        return 1.0
    turned = round(capture.get(cv2.CAP_PROP_ORIENTATION_META)) % 180 == 90
    return down / across if turned else across / down


def squared(image: NDArray[np.uint8], aspect: float) -> NDArray[np.uint8]:
    """The picture with square pixels: as high as before, and as wide as it is meant to be seen."""
    width_px = round(image.shape[1] * aspect)
    if width_px == image.shape[1]:
        return image
    import cv2

    how = cv2.INTER_AREA if aspect < 1.0 else cv2.INTER_LINEAR
    return cast("NDArray[np.uint8]", cv2.resize(image, (width_px, image.shape[0]), None, 0, 0, how))


class Squared:
    """A capture whose pictures are delivered with square pixels."""

    def __init__(self, capture: Capture, aspect: float) -> None:
        self._capture = capture
        self._aspect = aspect

    def grab(self) -> bool:
        return self._capture.grab()

    def retrieve(self) -> tuple[bool, NDArray[np.uint8] | None]:
        decoded, picture = self._capture.retrieve()
        if not decoded or picture is None:
            return False, None
        image = picture.image if isinstance(picture, JpegPicture) else picture
        return True, squared(image, self._aspect)

    def release(self) -> None:
        self._capture.release()


class MotionJpeg:
    """A capture that answers JPEG files, which are decoded as far as they are looked at."""

    def __init__(self, capture: cv2.VideoCapture) -> None:
        self._capture = capture
        # Called for each picture that the camera sends, looked at or not.
        self.grab: Callable[[], bool] = capture.grab

    def retrieve(self) -> tuple[bool, JpegPicture | None]:
        there, file = self._capture.retrieve()
        picture = small_jpeg(cast("NDArray[np.uint8]", file)) if there else None
        if picture is None or not picture.is_whole(THUMB_WIDTH, THUMB_HEIGHT):
            return False, None
        return True, picture

    def release(self) -> None:
        self._capture.release()


def upright(picture: AnyPicture, settings: CameraSettings) -> AnyPicture:
    """The picture turned clockwise by ``settings.rotate``, then unmirrored if it was a mirror."""
    if settings.rotate == "0" and not settings.mirror:
        return picture
    if isinstance(picture, JpegPicture):
        sideways = settings.rotate in ("90", "270")
        return picture.turned(lambda image: _upright(image, settings), sideways=sideways)
    return _upright(picture, settings)


def _upright(image: NDArray[np.uint8], settings: CameraSettings) -> NDArray[np.uint8]:
    import cv2

    turns = {
        "90": cv2.ROTATE_90_CLOCKWISE,
        "180": cv2.ROTATE_180,
        "270": cv2.ROTATE_90_COUNTERCLOCKWISE,
    }
    turned = cv2.rotate(image, turns[settings.rotate]) if settings.rotate in turns else image
    if settings.mirror:
        turned = cv2.flip(turned, 1)
    return cast("NDArray[np.uint8]", turned)

"""Cameras in the network: http, https and rtsp addresses that the user gave, and no others."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from posture_monitor.domain import CameraError
from posture_monitor.system.names import is_utf8
from posture_monitor.vision.live import LiveSource
from posture_monitor.vision.opencv import (
    MAX_PIXEL_ASPECT,
    Squared,
    TooLarge,
    ffmpeg_version,
    open_ffmpeg,
    pixel_aspect,
    undecoded,
)
from posture_monitor.vision.redirects import redirect_of
from posture_monitor.vision.relay import RtspRelay

if TYPE_CHECKING:
    from collections.abc import Callable

    import cv2
    import numpy as np
    from numpy.typing import NDArray

    from posture_monitor.config import CameraSettings
    from posture_monitor.ports import Clock
    from posture_monitor.vision.opencv import Capture

SCHEMES = ("http", "https", "rtsp")

_PICTURES = (
    "mpjpeg,mjpeg,mjpeg_2000,jpeg_pipe,mpegts,mpeg,mov,mp4,matroska,webm,flv,avi,asf,h264,hevc,m4v"
)
"""Pictures themselves. HLS, DASH, SDP and other lists are missing: they name further addresses."""

_ALONE = "max_redirects;0|http_proxy;-"
"""No redirect is followed and no proxy used ("-" is none), whatever the environment says."""

_FENCES = {
    "http": f"{_ALONE}|protocol_whitelist;http,tcp|format_whitelist;{_PICTURES}",
    "https": f"{_ALONE}|protocol_whitelist;https,http,tls,tcp|format_whitelist;{_PICTURES}",
    # Over TCP alone: with UDP the camera says where packets are to be sent.
    "rtsp": "rtsp_transport;tcp|protocol_whitelist;rtsp,tcp|format_whitelist;rtsp",
}
"""What FFmpeg may do with an address, by its scheme; put after the user's own options, and wins."""

_FIRST_FFMPEG = (62, 12)
"""The libavformat (of FFmpeg 8) that is known to be kept from redirects; OpenCV 4.14 brings it."""

_RTSP_PORT = 554
"""IANA's for rtsp."""

_AUTHORITY = re.compile(r"(?<=://)([^/?#]*@)?[^/?#]*")
"""Of an address: user and password, which stay, then host and port."""

_ASKING_TIMEOUT_S = 1.0
"""To hear where a camera redirects, for the error's text; assumed."""

_MARGIN_S = 0.25
"""FFmpeg's own limit comes this much before the watchdog's, and then frees the thread."""


def is_address(src: str) -> bool:
    """Whether the text is meant as an address rather than as a file or a camera."""
    return "://" in src


def shown(address: str) -> str:
    """The address as it may be shown and recorded: without user, password and query.

    >>> shown("rtsp://me:secret@10.0.0.7:554/front?token=abc")
    'rtsp://10.0.0.7:554/front'
    """
    scheme, _, rest = address.partition("://")
    # Up to the last @, since passwords with unescaped characters are common; the same sign
    # in a path costs its beginning, which is the lesser evil.
    bare = rest.rpartition("@")[2]
    for mark in "?#;":
        bare = bare.partition(mark)[0]
    printable = "".join(letter for letter in bare if letter.isprintable())
    return f"{scheme.lower()}://{printable}"


def open_stream(address: str, settings: CameraSettings, *, clock: Clock) -> LiveSource:
    """Opens the address; raises CameraError where it may not or can't be opened."""
    scheme = address.partition("://")[0].lower()
    if scheme not in SCHEMES:
        raise CameraError(
            "addresses that start with {value}:// can't be opened; use http://, https:// "
            "or rtsp://, or the plain path of a file",
            value=scheme or "nothing",
        )
    name = shown(address)
    if not is_utf8(address):
        raise CameraError(
            "{name} is not UTF-8 and can't be opened; write its letters as %XX", name=name
        )
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host:
        raise CameraError(
            "{name} names no host; write an address such as http://10.0.0.7/video", name=name
        )
    timeout_s = max(settings.open_limit_s - _MARGIN_S, 0.25)

    def open_capture() -> Capture:
        """CameraError with what to do where the address can't be opened."""
        began_s = clock.monotonic_s()

        def left_s() -> float:
            return began_s + timeout_s - clock.monotonic_s()

        try:
            if scheme == "rtsp":
                return _open_rtsp(address, host, port or _RTSP_PORT, settings, left_s)
            return _open_http(address, scheme, settings, left_s)
        except _Redirected as redirected:
            raise _refused(name, redirected.place) from None
        except TooLarge as too_large:
            raise CameraError("{name} {too_large}", name=name, too_large=too_large) from None
        except TimeoutError:
            raise CameraError(
                "{name} did not answer within {open_limit_s:g} s; check that the camera is "
                "on and the address is right",
                name=name,
                open_limit_s=settings.open_limit_s,
            ) from None
        except (OSError, UnicodeError):
            raise CameraError(
                "{name} can't be opened as a video; check that the camera is on and that "
                "address, user and password are right",
                name=name,
            ) from None

    return LiveSource(name, open_capture, settings, clock=clock)


class _Redirected(Exception):
    """The camera wants its pictures to be fetched elsewhere."""

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self.place = place


def _refused(name: str, place: str) -> CameraError:
    where = shown(place)[:200] if is_address(place) else "another address"
    return CameraError(
        "{name} redirects to {where}, which is not followed; if that is your camera too, give its "
        "address instead",
        name=name,
        where=where,
    )


def _open_http(
    address: str, scheme: str, settings: CameraSettings, left_s: Callable[[], float]
) -> Capture:
    """Raises TimeoutError, OSError, or _Redirected where the camera redirects."""
    if ffmpeg_version() < _FIRST_FFMPEG:
        raise CameraError(
            "this OpenCV can't be kept from following redirects to other hosts;"
            " update it: pip install 'opencv-contrib-python>=4.14'"
        )
    capture = _opened(address, _FENCES[scheme], settings, left_s())
    if capture is not None:
        return _square(undecoded(capture), pixel_aspect(capture))
    if left_s() <= 0.0:
        raise TimeoutError
    place = redirect_of(address, timeout_s=min(left_s(), _ASKING_TIMEOUT_S))
    if place is not None:
        raise _Redirected(place)
    raise OSError


def _open_rtsp(
    address: str, host: str, port: int, settings: CameraSettings, left_s: Callable[[], float]
) -> Capture:
    """Raises TimeoutError, OSError, or _Redirected where the camera redirects."""
    relay = RtspRelay(host, port, timeout_s=left_s())
    through_relay = _AUTHORITY.sub(rf"\g<1>127.0.0.1:{relay.port}", address, count=1)
    try:
        capture = _opened(through_relay, _FENCES["rtsp"], settings, left_s())
    except TooLarge:
        relay.close()
        raise
    if capture is not None:
        return _square(_Relayed(capture, relay), pixel_aspect(capture))
    relay.close()
    if relay.redirect is not None:
        raise _Redirected(relay.redirect)
    raise TimeoutError if left_s() <= 0.0 else OSError


def _square(capture: Capture, aspect: float) -> Capture:
    """With square pixels, where the camera's claim can be believed."""
    believed = 1.0 / MAX_PIXEL_ASPECT <= aspect <= MAX_PIXEL_ASPECT and aspect != 1.0
    return Squared(capture, aspect) if believed else capture


class _Relayed:
    """A capture that ends its relay with itself."""

    def __init__(self, capture: cv2.VideoCapture, relay: RtspRelay) -> None:
        self._capture = capture
        self._relay = relay

    def grab(self) -> bool:
        return self._capture.grab()

    def retrieve(self) -> tuple[bool, NDArray[np.uint8]]:
        return self._capture.retrieve()  # type: ignore[return-value]  # cv2 types its pictures wider

    def release(self) -> None:
        self._capture.release()
        self._relay.close()


def _opened(
    address: str, fence: str, settings: CameraSettings, timeout_s: float
) -> cv2.VideoCapture | None:
    import cv2

    # What the user set for FFmpeg stays; the fence comes last and wins.
    own = os.environ.get("OPENCV_FFMPEG_CAPTURE_OPTIONS")
    return open_ffmpeg(
        address,
        options=f"{own}|{fence}" if own else fence,
        parameters=(
            cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
            max(round(1000 * timeout_s), 1),
            cv2.CAP_PROP_READ_TIMEOUT_MSEC,
            round(1000 * max(settings.read_limit_s - _MARGIN_S, 0.25)),
            cv2.CAP_PROP_N_THREADS,
            1,
        ),
    )

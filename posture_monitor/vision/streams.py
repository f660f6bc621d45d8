"""Cameras in the network: http, https and rtsp addresses that the user gave, and no others."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from posture_monitor.domain import CameraError
from posture_monitor.vision.live import LiveSource
from posture_monitor.vision.opencv import open_ffmpeg, undecoded

if TYPE_CHECKING:
    from posture_monitor.config import CameraSettings
    from posture_monitor.ports import Clock
    from posture_monitor.vision.opencv import Capture

SCHEMES = ("http", "https", "rtsp")

_PROTOCOLS = "http,https,tls,tcp,udp,rtp,rtsp,crypto"
_FORMATS = (
    "mpjpeg,mjpeg,mjpeg_2000,jpeg_pipe,mpegts,mpeg,mov,mp4,matroska,webm,flv,avi,asf,"
    "h264,hevc,m4v,rtsp,sdp,rtp"
)
"""Pictures themselves. HLS, DASH and other lists are missing: they name further addresses."""

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
            f"addresses that start with {scheme or 'nothing'}:// can't be opened;"
            " use http://, https:// or rtsp://, or the plain path of a file"
        )
    name = shown(address)
    try:
        host = urlsplit(address).hostname
    except ValueError:
        host = None
    if not host:
        raise CameraError(f"{name} names no host; write an address such as http://10.0.0.7/video")

    def open_capture() -> Capture:
        return _open(address, name, settings, clock)

    return LiveSource(name, open_capture, settings, clock=clock)


def _open(address: str, name: str, settings: CameraSettings, clock: Clock) -> Capture:
    import cv2

    # What the user set for FFmpeg (say, RTSP over UDP) stays; the fence comes last and wins.
    options = "|".join(
        (
            os.environ.get("OPENCV_FFMPEG_CAPTURE_OPTIONS", "rtsp_transport;tcp"),
            f"protocol_whitelist;{_PROTOCOLS}",
            f"format_whitelist;{_FORMATS}",
        )
    )
    limit_s = max(settings.open_limit_s - _MARGIN_S, 0.25)
    began_s = clock.monotonic_s()
    capture = open_ffmpeg(
        address,
        options=options,
        parameters=(
            cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
            round(1000 * limit_s),
            cv2.CAP_PROP_READ_TIMEOUT_MSEC,
            round(1000 * max(settings.read_limit_s - _MARGIN_S, 0.25)),
            cv2.CAP_PROP_N_THREADS,
            1,
        ),
    )
    if capture is not None:
        return undecoded(capture)
    if clock.monotonic_s() - began_s >= limit_s:
        raise CameraError(
            f"{name} did not answer within {settings.open_limit_s:g} s;"
            " check that the camera is on and the address is right"
        )
    raise CameraError(
        f"{name} can't be opened as a video;"
        " check that the camera is on and that address, user and password are right"
    )

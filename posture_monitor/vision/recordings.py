"""Recorded videos as a source of frames, each with the container's own time.

A recording is read once, from its start to its end; memory doesn't grow with its length.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from posture_monitor.domain import CameraError, Frame
from posture_monitor.system.closing import Closing
from posture_monitor.system.names import is_utf8, shown
from posture_monitor.vision.jpeg import MAX_PIXELS
from posture_monitor.vision.opencv import (
    MAX_PIXEL_ASPECT,
    TooLarge,
    open_ffmpeg,
    pixel_aspect,
    size_of,
    squared,
    upright,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

    from posture_monitor.config import CameraSettings
    from posture_monitor.ports import Clock

_LOCAL_ONLY = "protocol_whitelist;file"
"""FFmpeg may open this file and no address that is written inside it."""

_PLAYLISTS = (
    b"#EXTM3U",  # HLS
    b"ffconcat",
    b"v=0",  # SDP
    b"RTSPtext",
    b"[playlist]",
    b"[Reference]",
    b"<",  # DASH, ASX, SMIL
)
_HEAD_BYTES = 1024
_MATROSKA = b"\x1aE\xdf\xa3"
_PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
"""Then width and height: FFmpeg decodes such a picture to open it."""

_SMALLEST_STEP_S = 0.001
"""Between two pictures that the container puts at one moment; Matroska counts in this unit."""

_JITTER_S = 1.0
"""Times out of order by less are a slip of one picture; by more, the count began again. Assumed."""

_SAME_MOMENT_S = 1e-6
"""Half a picture is lost if 0.333333 s counts as before a third of a second."""


class FileSource(Closing):
    """A recording; frames come at its own pace, N times faster, or as fast as can be read.

    ``truncated`` and ``warning`` are final once ``read`` has answered None.
    """

    def __init__(
        self,
        path: Path,
        settings: CameraSettings,
        *,
        clock: Clock,
        speed: float | None = 1.0,
        start_at: datetime | None = None,
    ) -> None:
        """Opens the file; ``speed`` None means without waiting.

        Raises CameraError where nothing in it can be shown.
        """
        if speed is not None and not speed > 0.0:
            raise ValueError(f"speed must be above 0 or None, got {speed}")
        _refuse_what_is_no_video(path)
        self._path = path
        self._settings = settings
        self._clock = clock
        self._speed = speed
        self._start_at = clock.now() if start_at is None else start_at
        if self._start_at.tzinfo is None:
            raise ValueError("start_at must be aware")
        import cv2

        self._time_property = cv2.CAP_PROP_POS_MSEC
        # One thread, since more of them cost more in all and hurry for nothing.
        try:
            with _name_for_ffmpeg(path) as name:
                capture = open_ffmpeg(
                    name, options=_LOCAL_ONLY, parameters=(cv2.CAP_PROP_N_THREADS, 1)
                )
        except TooLarge as too_large:
            raise CameraError("{path} {too_large}", path=shown(path), too_large=too_large) from None
        if capture is None:
            raise _unreadable(path)
        self._capture = capture
        self._aspect = pixel_aspect(capture)
        if not 1.0 / MAX_PIXEL_ASPECT <= self._aspect <= MAX_PIXEL_ASPECT:
            capture.release()
            raise CameraError(
                "{path} claims pixels that are {aspect:g} times as wide as high; convert it "
                "to square pixels (ffmpeg -i IN -vf setsar=1 OUT)",
                path=shown(path),
                aspect=self._aspect,
            )
        fps = capture.get(cv2.CAP_PROP_FPS)
        self._times = _Times(1.0 / fps if 0.01 <= fps <= 1000.0 else 1.0 / 30.0)
        self._index = -1
        self._t_s = 0.0
        self._open = True
        self._ended = False
        self._pace_from: tuple[float, float] | None = None
        # The first picture is looked for now, so that a file without any fails at the start.
        if not self._grab():
            self.close()
            raise CameraError(
                "{path} holds no picture that can be read; it may have been cut off: record "
                "or copy it again",
                path=shown(path),
            )
        self._ahead = True
        frames = capture.get(cv2.CAP_PROP_FRAME_COUNT)
        late_s = 0.0
        if _head(path).startswith(_MATROSKA):
            # Its claim counts from time zero, although its first picture may come later.
            first_frame = capture.get(cv2.CAP_PROP_PTS)
            late_s = max(first_frame / fps if fps > 0.0 else 0.0, self._times.first_s)
        self._duration_s = _duration_s(frames=frames, fps=fps, late_s=late_s)

    @property
    def name(self) -> str:
        """The file's name as it can be shown and recorded, without its folder."""
        return shown(self._path.name)

    @property
    def live(self) -> bool:
        return False

    @property
    def duration_s(self) -> float | None:
        """The length that the container claims; None where it claims none."""
        return self._duration_s

    @property
    def progress(self) -> float | None:
        """How much has been read, 0-1; None where the length is unknown."""
        if self._ended:
            return 1.0
        if self._duration_s is None:
            return None
        return min(self._t_s / self._duration_s, 1.0)

    @property
    def end_s(self) -> float | None:
        """Until when the last picture is shown, once all are read; None where nothing says so."""
        return self._duration_s if self._ended and not self.truncated else None

    @property
    def truncated(self) -> bool:
        """Whether the recording ended well before the length that it claims."""
        if not self._ended or self._duration_s is None:
            return False
        mean_step_s = self._t_s / max(self._index, 1)
        # Half a second and a fiftieth of it, assumed: sound may outlast the pictures.
        tolerance_s = max(0.5, 2.0 * mean_step_s, 0.02 * self._duration_s)
        return self._t_s + tolerance_s < self._duration_s

    @property
    def warning(self) -> str | None:
        """One sentence for the user about what was wrong with the recording, if anything."""
        if not self.truncated:
            return None
        return (
            f"{self.name} breaks off at {self._t_s:.1f} s of {self._duration_s:.1f} s;"
            " what is there was used"
        )

    def read(self, *, skip_until_s: float | None = None) -> Frame | None:
        """The next picture, or the first at or after ``skip_until_s``; None at the end."""
        while self._advance():
            if skip_until_s is not None and self._t_s < skip_until_s - _SAME_MOMENT_S:
                continue
            self._wait_until_due()
            image = self._decoded()
            if image is None:  # damaged; the next one may be whole
                continue
            return Frame(
                picture=upright(squared(image, self._aspect), self._settings),
                t_s=self._t_s,
                wall_at=self._start_at + timedelta(seconds=self._t_s),
                index=self._index,
            )
        self._ended = True
        self.close()
        return None

    def close(self) -> None:
        """Lets go of the file; reading on answers None."""
        if self._open:
            self._open = False
            self._capture.release()

    def _advance(self) -> bool:
        """Moves on to the next picture, which may be the one that was looked for on opening."""
        if not self._open:
            return False
        if self._ahead:
            self._ahead = False
            return True
        return self._grab()

    def _grab(self) -> bool:
        if not self._capture.grab():
            return False
        self._index += 1
        self._t_s = self._times.next_s(self._capture.get(self._time_property) / 1000.0)
        return True

    def _decoded(self) -> NDArray[np.uint8] | None:
        width_px, height_px = size_of(self._capture)
        if width_px * height_px > MAX_PIXELS:  # later in the film than at its start
            return None
        decoded, image = self._capture.retrieve()
        return image if decoded and image is not None else None  # type: ignore[return-value]  # always uint8

    def _wait_until_due(self) -> None:
        if self._speed is None:
            return
        now_s = self._clock.monotonic_s()
        if self._pace_from is None:
            # From the first picture asked for, so that a late start costs no wait.
            self._pace_from = (now_s, self._t_s)
        began_s, first_s = self._pace_from
        wait_s = began_s + (self._t_s - first_s) / self._speed - now_s
        if wait_s > 0.0:
            self._clock.sleep(wait_s)


class _Times:
    """The container's times made strictly increasing, from zero for the first picture.

    OpenCV says 0 where a picture carries none, recordings of a webcam repeat and swap them,
    and transport streams glued together start again.

    >>> times = _Times(step_s=0.1)
    >>> [times.next_s(t) for t in (0.0, 0.1, 0.1, 0.3)]
    [0.0, 0.1, 0.101, 0.3]
    """

    def __init__(self, step_s: float) -> None:
        self._step_s = step_s
        self._shift_s = 0.0
        self._last_s: float | None = None
        self.first_s = 0.0
        """What the container claims for its first picture, which is zero here."""

    def next_s(self, claimed_s: float) -> float:
        """The time of the next picture, in seconds, to the microsecond."""
        last_s = self._last_s
        if last_s is None:
            self.first_s = claimed_s
        stated = claimed_s != 0.0
        claimed_s -= self.first_s
        if last_s is None:
            t_s = 0.0
        elif claimed_s > last_s:
            t_s = claimed_s
        elif stated and claimed_s > last_s - _JITTER_S and self._shift_s == 0.0:
            t_s = last_s + _SMALLEST_STEP_S
        else:
            if round(claimed_s + self._shift_s, 6) <= last_s:
                self._shift_s = last_s + self._step_s - claimed_s
            t_s = claimed_s + self._shift_s
        self._last_s = round(t_s, 6)
        return self._last_s


def _duration_s(*, frames: float, fps: float, late_s: float) -> float | None:
    """The claimed length from the first picture on, or None where the container claims none.

    >>> _duration_s(frames=3060.0, fps=30.0, late_s=100.0)
    2.0
    """
    if not (0.0 < frames < 1e9 and fps > 0.0):  # without a claim, OpenCV answers nonsense
        return None
    length_s = frames / fps
    return length_s - late_s if late_s < length_s else length_s


def _refuse_what_is_no_video(path: Path) -> None:
    """Raises CameraError for everything that should not reach FFmpeg at all."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise CameraError("{path} is a folder; name one of the videos in it", path=shown(path))
        if not stat.S_ISREG(status.st_mode):
            raise CameraError("{path} is not a file; name a video file", path=shown(path))
        if status.st_size == 0:
            raise CameraError(
                "{path} is empty (0 bytes); record or copy it again", path=shown(path)
            )
        head = _head(path)
    except FileNotFoundError:
        raise CameraError(
            "there is no file {path}; check the name and the folder", path=shown(path)
        ) from None
    except PermissionError:
        raise CameraError(
            "{path} may not be read; check its permissions", path=shown(path)
        ) from None
    except ValueError:  # a zero byte
        raise CameraError("a file's name can't hold a zero byte; check the name") from None
    except OSError as error:
        reason = error.strerror or "unknown error"
        raise CameraError(
            "{path} can't be read ({reason}); check the name and the disk",
            path=shown(path),
            reason=reason,
        ) from None
    # A playlist would make FFmpeg open the addresses written in it. The protocols are fenced
    # in as well; this says it better and holds where OpenCV ignores the fence.
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(_PLAYLISTS) or _is_text(head):
        raise CameraError(
            "{path} is a text or a playlist, not a video; name a video file", path=shown(path)
        )
    if head.startswith(_PNG):
        width_px, height_px = (int.from_bytes(head[at : at + 4], "big") for at in (16, 20))
        if width_px * height_px > MAX_PIXELS:
            raise CameraError(
                "{path} {width_px}", path=shown(path), width_px=TooLarge(width_px, height_px)
            )


@contextmanager
def _name_for_ffmpeg(path: Path) -> Iterator[str]:
    """What opens the file in a library that takes names as UTF-8.

    An absolute path, for FFmpeg would take "http:x.mp4" for an address. A name that is not UTF-8
    is reached through a descriptor; CameraError where the system can't do that.
    """
    name = os.path.abspath(path)
    if is_utf8(name):
        yield name
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        held = f"/proc/self/fd/{descriptor}"
        if not os.path.exists(held):
            raise CameraError("the name of {path} is not UTF-8; rename the file", path=shown(path))
        yield held
    finally:
        os.close(descriptor)


def _is_text(head: bytes) -> bool:
    """Whether there is nothing but printable ASCII; raw video (Y4M) starts like a text."""
    return not head.startswith(b"YUV4MPEG2") and all(
        32 <= byte < 127 or byte in b"\t\n\r\f" for byte in head
    )


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD_BYTES)


def _unreadable(path: Path) -> CameraError:
    head = _head(path)
    if head[4:8] in {b"ftyp", b"moov", b"mdat", b"wide", b"free"} or head.startswith(_MATROSKA):
        return CameraError(
            "{path} is cut off or damaged, or holds no pictures (its index can't be read); record "
            "or copy it again",
            path=shown(path),
        )
    return CameraError(
        "{path} is not a video that can be read; name a video file such as an MP4",
        path=shown(path),
    )

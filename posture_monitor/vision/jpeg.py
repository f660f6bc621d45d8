"""JPEG pictures that are decoded no further than needed.

A camera in the network sends each picture as a JPEG file of its own. To see that nothing has
changed, an eighth of its size in grey is enough, and costs a third of decoding it (0.4 ms of 1.0
at 640x480); following a person takes half of its size in grey, and only the models need it all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from posture_monitor.domain import Undecoded

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

MAX_PIXELS = 7680 * 4320
"""A picture with more (8K) costs hundreds of megabytes once it is decoded; assumed."""

_FRAME_HEADERS = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""The markers of a JPEG file that are followed by its size (ITU-T T.81, table B.1)."""
_LONE_MARKERS = frozenset({0x01, *range(0xD0, 0xD8)})
"""Those without a length after them."""
_END_OF_HEADERS = frozenset({0xD9, 0xDA})
"""Start of scan and end of image: no size comes after them."""

_REDUCTIONS = (8, 4, 2)
"""By which JPEG pictures can be made smaller while they are decoded."""


def jpeg_size(file: bytes) -> tuple[int, int] | None:
    """Width and height that a JPEG file claims, in pixels; None for what is none."""
    at = 2
    if file[:2] != b"\xff\xd8":
        return None
    while at + 9 <= len(file) and file[at] == 0xFF:
        marker = file[at + 1]
        if marker in _FRAME_HEADERS:
            height, width = file[at + 5 : at + 7], file[at + 7 : at + 9]
            return int.from_bytes(width, "big"), int.from_bytes(height, "big")
        if marker in _END_OF_HEADERS:
            return None
        if marker == 0xFF or marker in _LONE_MARKERS:  # 0xFF fills up between two
            at += 1 if marker == 0xFF else 2
        else:
            at += 2 + int.from_bytes(file[at + 2 : at + 4], "big")
    return None


class JpegPicture(Undecoded):
    """A JPEG file; decoded at each size when that is first asked for."""

    def __init__(self, file: NDArray[np.uint8], width_px: int, height_px: int) -> None:
        """``file`` holds the bytes, of which ``width_px`` and ``height_px`` were read."""
        self._file = file
        self._size_px = (width_px, height_px)
        self._turn: Callable[[NDArray[np.uint8]], NDArray[np.uint8]] | None = None
        self._sideways = False
        self._image: NDArray[np.uint8] | None = None
        self._greys: dict[int, NDArray[np.uint8] | None] = {}

    @property
    def shape(self) -> tuple[int, int, int]:
        width_px, height_px = self._size_px
        return (width_px, height_px, 3) if self._sideways else (height_px, width_px, 3)

    @property
    def image(self) -> NDArray[np.uint8]:
        """The whole picture, shape (height, width, 3), blue, green, red; decoded on demand."""
        import cv2

        if self._image is None:
            decoded = cast("NDArray[np.uint8]", self._decoded(cv2.IMREAD_COLOR))
            self._image = decoded if self._turn is None else self._turn(decoded)
        return self._image

    def grey(self, width_px: int, height_px: int) -> NDArray[np.uint8]:
        """Its grey values at this size, shape (height, width)."""
        grey = cast("NDArray[np.uint8]", self._grey(width_px, height_px))
        return grey if self._turn is None else self._turn(grey)

    def turned(
        self, turn: Callable[[NDArray[np.uint8]], NDArray[np.uint8]], *, sideways: bool
    ) -> JpegPicture:
        """The same picture, with ``turn`` done to whatever is decoded of it; ``sideways`` where
        that swaps width and height."""
        other = JpegPicture(self._file, *self._size_px)
        other._turn, other._sideways, other._greys = turn, sideways, self._greys
        return other

    def is_whole(self, width_px: int, height_px: int) -> bool:
        """Whether it can be decoded at all, tried at this size. (Of 3,000 damaged files a small
        picture could be made of all and only those that gave a whole one.)"""
        return self._grey(width_px, height_px) is not None

    def _grey(self, width_px: int, height_px: int) -> NDArray[np.uint8] | None:
        import cv2

        reduction = _reduction(self._size_px, (width_px, height_px))
        flags = {
            8: cv2.IMREAD_REDUCED_GRAYSCALE_8,
            4: cv2.IMREAD_REDUCED_GRAYSCALE_4,
            2: cv2.IMREAD_REDUCED_GRAYSCALE_2,
            1: cv2.IMREAD_GRAYSCALE,
        }
        if reduction not in self._greys:
            self._greys[reduction] = self._decoded(flags[reduction])
        return self._greys[reduction]

    def _decoded(self, flags: int) -> NDArray[np.uint8] | None:
        import cv2

        # What a camera notes about its own orientation FFmpeg does not follow either.
        image = cv2.imdecode(self._file, flags | cv2.IMREAD_IGNORE_ORIENTATION)
        # None where the file is damaged, although cv2's types don't say so.
        return cast("NDArray[np.uint8] | None", image)


def _reduction(size_px: tuple[int, int], wanted_px: tuple[int, int]) -> int:
    """The largest by which this size may be divided to be no smaller than wanted, either way up.

    >>> _reduction((640, 480), (80, 60)), _reduction((640, 480), (320, 240))
    (8, 2)
    """
    (shorter, longer), (low, high) = sorted(size_px), sorted(wanted_px)
    fitting = (n for n in _REDUCTIONS if shorter >= n * low and longer >= n * high)
    return next(fitting, 1)


def small_jpeg(file: NDArray[np.uint8]) -> JpegPicture | None:
    """The picture in a JPEG file of a bearable size; None for anything else that could be
    decoded."""
    size_px = jpeg_size(file.tobytes())
    if size_px is None or size_px[0] * size_px[1] > MAX_PIXELS:
        return None
    return JpegPicture(file, *size_px)

"""Is there anything of a picture in these bytes? Whole files, compressed pieces, or raw points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_SIGNATURES = {
    "a JPEG": b"\xff\xd8\xff",
    "a PNG": b"\x89PNG\r\n\x1a\n",
    "a WebP": b"WEBPVP8",
    "a video (MP4)": b"ftypisom",
    "a video (Matroska)": b"\x1aE\xdf\xa3",
}
_KEY = 8
"""Bytes that are looked up at every place."""
_PIECE = 24
"""Bytes that have to agree: what repeats by chance is shorter."""
_DISTINCT = 6
"""Different values in a piece, else it is a plain wall and could be anything."""
_JPEG_HEAD = 700
"""Behind this the tables are over, which every JPEG of a camera shares."""
_HASH_BITS = 20
_PLACES = 12
"""Pieces of each picture, in each form."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """Pieces of the pictures that a camera has served, by their first bytes."""

    by_key: dict[int, tuple[str, bytes]]
    likely: NDArray[np.bool_]
    """Whether a key may be one of them, by its hash: most places are passed over so."""

    def found_in(self, content: bytes) -> str | None:
        """What of a picture the bytes hold; None where there is nothing."""
        for name, signature in _SIGNATURES.items():
            if signature in content:
                return name
        for shift in range(min(_KEY, max(len(content) - _PIECE, 0))):
            count = (len(content) - shift) // _KEY
            windows = np.frombuffer(content, np.uint64, count, shift)
            for place in np.flatnonzero(self.likely[_hashed(windows)]):
                what, piece = self.by_key.get(int(windows[place]), ("", b""))
                at = shift + int(place) * _KEY
                if what and content[at : at + _PIECE] == piece:
                    return what
        return None


def pieces_of(jpegs: Sequence[bytes], folder: Path) -> Pieces:
    """What to look for of these pictures; the folder holds a file for a moment."""
    by_key: dict[int, tuple[str, bytes]] = {}
    for what, content, start in _forms(jpegs, folder):
        for place in np.linspace(start, max(len(content) - _PIECE, start), _PLACES, dtype=int):
            piece = content[place : place + _PIECE]
            if len(piece) == _PIECE and len(set(piece)) >= _DISTINCT:
                by_key[int.from_bytes(piece[:_KEY], "little")] = what, piece
    likely = np.zeros(1 << _HASH_BITS, np.bool_)
    likely[_hashed(np.array(list(by_key), np.uint64))] = True
    return Pieces(by_key, likely)


def _hashed(keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Of 0 to 2^20 - 1, by multiplication."""
    spread = np.uint64(0x9E3779B97F4A7C15)
    hashed: NDArray[np.uint64] = (keys * spread) >> np.uint64(64 - _HASH_BITS)
    return hashed


def _forms(jpegs: Sequence[bytes], folder: Path) -> Iterator[tuple[str, bytes, int]]:
    """Each picture as it was served, and decoded in the forms that a program may hold it in."""
    for jpeg in jpegs:
        yield "a piece of a served JPEG", jpeg, _JPEG_HEAD
    for picture in _decoded(jpegs, folder):
        grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
        yield "points of a picture (BGR)", picture.tobytes(), 0
        yield "points of a picture (RGB)", picture[:, :, ::-1].tobytes(), 0
        yield "points of a picture (grey)", grey.tobytes(), 0
        small = cv2.resize(grey, (64, 48), interpolation=cv2.INTER_AREA)
        yield "points of a thumbnail", small.tobytes(), 0


def _decoded(jpegs: Sequence[bytes], folder: Path) -> Iterator[NDArray[Any]]:
    """By the decoder that the program reads the camera with, and by OpenCV's own: they differ."""
    film = folder / "served.mjpeg"
    film.write_bytes(b"".join(jpegs))
    capture = cv2.VideoCapture(str(film), cv2.CAP_FFMPEG)
    try:
        while True:
            there, picture = capture.read()
            if not there:
                break
            yield picture
        for jpeg in jpegs:
            decoded = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
            if decoded is not None:
                yield decoded
    finally:
        capture.release()
        film.unlink()

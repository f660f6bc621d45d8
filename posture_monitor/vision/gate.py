"""Has the picture changed where it matters? A look at a thumbnail, before any model runs.

The thumbnail is held against the one of the last frame that a model took, not against the
last picture: so a slow sinking adds up until it is seen, and a flicker does not. Only the
user's head and shoulders count while their place is known: typing hands, a curtain or a
screen behind must not wake the model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from posture_monitor.domain import Landmark, Undecoded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from posture_monitor.domain import Face, Pose

THUMB_WIDTH, THUMB_HEIGHT = 80, 60
"""Cells of the thumbnail, about 8 pixels each of a 640x480 picture: 0.06 ms to make."""
_CELL_STEP = 10.0
"""Grey levels by which a cell must differ; sensor noise of 6 leaves 1.5 in a cell."""
_NOISE_FACTOR = 4.0
"""Cells must also differ by this many times the picture's own usual difference."""
_MOST_NOISE_STEP = 30.0
"""But a difference of this many grey levels is no noise: another picture altogether, as when
a title card ends, differs everywhere."""
_SAME_LIGHT = 2.0
"""Grey levels on the mean within which nothing was covered, lit or put out (assumed)."""
_MOST_GAIN = 2.0
"""Light that more than doubles or halves is worth a call of the models (assumed)."""


@dataclass(frozen=True, slots=True, eq=False)
class Thumbnail:
    """A small grey picture; shape (60, 80), float32, 0-255."""

    grey: NDArray[np.float32]

    @property
    def brightness(self) -> float:
        """Mean grey value, 0-255."""
        return float(self.grey.mean())

    @property
    def contrast(self) -> float:
        """Standard deviation of the grey values."""
        return float(self.grey.std())


def thumbnail(picture: NDArray[np.uint8] | Undecoded) -> Thumbnail:
    """The picture in 80 by 60 cells; two steps, since the direct average costs eight times."""
    import cv2

    size = (THUMB_WIDTH, THUMB_HEIGHT)
    if isinstance(picture, Undecoded):
        grey = picture.grey(*size)
        if grey.shape != (THUMB_HEIGHT, THUMB_WIDTH):
            grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        return Thumbnail(grey.astype(np.float32))
    half = cv2.resize(picture, (2 * size[0], 2 * size[1]), interpolation=cv2.INTER_LINEAR)
    small = cv2.resize(half, size, interpolation=cv2.INTER_AREA)
    return Thumbnail(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.float32))


def body_cells(pose: Pose) -> tuple[slice, slice]:
    """Rows and columns of the thumbnail that hold the head and the shoulders."""
    left, right = pose.xy(Landmark.LEFT_SHOULDER), pose.xy(Landmark.RIGHT_SHOULDER)
    eyes_y = min(pose.xy(Landmark.LEFT_EYE)[1], pose.xy(Landmark.RIGHT_EYE)[1])
    width = max(abs(left[0] - right[0]), 1.0)
    shoulders_y = (left[1] + right[1]) / 2.0
    # The crown stands about half a shoulder width above the eyes at most; below the
    # shoulders come arms and hands, which may move as they like.
    top = eyes_y - 0.4 * width
    bottom = shoulders_y + 0.1 * width
    centre = (left[0] + right[0]) / 2.0
    across, down = THUMB_WIDTH / pose.width_px, THUMB_HEIGHT / pose.height_px
    return (
        _cells(top * down, bottom * down, THUMB_HEIGHT),
        _cells((centre - 0.65 * width) * across, (centre + 0.65 * width) * across, THUMB_WIDTH),
    )


def _cells(first: float, last: float, count: int) -> slice:
    start = int(min(max(first, 0.0), count - 4))
    return slice(start, int(min(max(last, start + 4.0), count)))


def change(reference: Thumbnail, now: Thumbnail, cells: tuple[slice, slice] | None = None) -> float:
    """The share of cells that differ, 0-1; a change of light alone is none.

    ``cells`` limits it to a part of the picture; without, the whole picture counts.
    """
    return _share_of_changed(reference, _mean(reference.grey), now, _mean(now.grey), cells)


def is_same(before: Thumbnail, now: Thumbnail, most_changed: float) -> bool:
    """Whether two pictures are equally bright and differ in no more than this share of cells."""
    alike = abs(before.brightness - now.brightness) <= _SAME_LIGHT
    return alike and change(before, now) <= most_changed


def _mean(grey: NDArray[np.float32]) -> float:
    return float(grey.mean())


def _share_of_changed(
    reference: Thumbnail,
    reference_mean: float,
    now: Thumbnail,
    now_mean: float,
    cells: tuple[slice, slice] | None,
) -> float:
    # Light that comes or goes scales the picture; a flickering tube does too.
    gain = (reference_mean + 8.0) / (now_mean + 8.0)
    if not 1.0 / _MOST_GAIN <= gain <= _MOST_GAIN:
        return 1.0
    difference = now.grey * np.float32(gain)
    difference -= reference.grey
    np.abs(difference, out=difference)
    step = _CELL_STEP
    # The median takes as long as all the rest, even of every fourth cell, and matters only in
    # pictures that are restless nearly everywhere.
    if 2 * np.count_nonzero(difference > _CELL_STEP / _NOISE_FACTOR) >= difference.size:
        some = difference[::2, ::2].ravel()
        noise = _NOISE_FACTOR * float(np.partition(some, some.size // 2)[some.size // 2])
        step = max(step, min(noise, _MOST_NOISE_STEP))
    part = difference if cells is None else difference[cells]
    return float(np.count_nonzero(part > step) / part.size)


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A picture that the models saw, and what they made of it."""

    t_s: float
    picture: Thumbnail
    cells: tuple[slice, slice] | None
    """Where it matters; None: everywhere (nobody was found for certain)."""
    pose: Pose | None
    faces: tuple[Face, ...]
    mean: float
    """Of the picture's grey values, which each later picture is held against."""
    grey: NDArray[np.uint8] | None = None
    """What a person's pose is followed from; None where there is nobody for certain."""

    def change_to(self, now: Thumbnail, now_mean: float) -> float:
        """The share of cells that matter and differ in a later picture, 0-1."""
        found = _share_of_changed(self.picture, self.mean, now, now_mean, self.cells)
        if self.pose is None or self.cells is not None:
            return found
        # Anyone who shows no face and leaves a dark room changes little of the whole.
        body = body_cells(self.pose)
        return max(found, _share_of_changed(self.picture, self.mean, now, now_mean, body))


class Memory:
    """The last few judged pictures; those most alike stand in for a new one."""

    def __init__(self, keep_s: float, size: int = 16) -> None:
        self._keep_s = keep_s
        self._size = size
        self._judged: list[Judged] = []

    def ranked(self, now: Thumbnail, t_s: float) -> list[tuple[float, Judged]]:
        """All judged pictures and how much of each differs, those most like this one first."""
        fresh = [judged for judged in self._judged if 0.0 <= t_s - judged.t_s <= self._keep_s]
        self._judged = fresh
        mean = _mean(now.grey)
        compared = [(judged.change_to(now, mean), judged) for judged in fresh]
        return sorted(compared, key=lambda pair: pair[0])

    def add(
        self,
        picture: Thumbnail,
        t_s: float,
        pose: Pose | None,
        faces: tuple[Face, ...],
        grey: NDArray[np.uint8] | None = None,
    ) -> None:
        """Remember what the models made of a picture."""
        # A pose without a face may be invented, in a corner where nothing ever changes: an empty
        # room would then stand in for anyone who comes back.
        cells = body_cells(pose) if pose is not None and faces else None
        self._judged.append(Judged(t_s, picture, cells, pose, faces, _mean(picture.grey), grey))
        del self._judged[: -self._size]

    def reset(self) -> None:
        """Start afresh: another camera, another size."""
        self._judged.clear()

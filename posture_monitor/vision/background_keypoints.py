"""Points of the room around the user: found, matched between two pictures, kept in a profile.

The body is left out of all of it, so that only the camera moves these points.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from posture_monitor.core.measure.view import fit_crop, fit_shift, is_safe
from posture_monitor.domain import DESCRIPTOR_BYTES, Landmark, ViewKeypoints, ViewShift

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from posture_monitor.domain import Pose

_MATCH_WIDTH = 640
"""Pixels; at half of this a dim picture has too few points (5 of 60 found again)."""
_POINTS = 1000
_RATIO = 0.8  # Lowe's: the second best match must be clearly worse
_FEWEST_POINTS = 60
"""With fewer in either picture (dark, fogged, covered) it's unknown whether the view changed."""
_FEWEST_AGREEING = 20
_AGREEING_SHARE = 0.3
_SAME_ROOM = 35
"""Points that agree on one projective map: two rendered rooms have 27 at most by chance (420
pairs), an unmoved one 46 or more (21 rooms), one turned by 12 degrees 45 or more in 19 of 21."""
_STAYED_PX = 3.0
_STAYED_SHARE = 0.25
_FIT_PX = 4.0
_CROP_PX = 1.5
"""A turned camera is no crop: at 10 degrees the best one is off by 6 pixels, at the edges by 20;
but where little of the room is in both pictures the two look alike."""
_CLEARLY = 0.7
_STRAIGHT_DEG = 1.5
"""Turned by less, a view that is rolled or enlarged is the same as a crop."""

_MOST_KEPT = 600
"""Points that a profile keeps, at most: 4.8 kB of descriptors. Turned by 16 degrees 7 of 18 rooms
showed 30 points that agree with 300 kept, 10 with 600, 11 with 1,000, when two different rooms
agreed in up to 31; with 16 or 32 bytes a point they were no more (measured before points that
were seen once were left out)."""
_SAME_DESCRIPTOR = 16
"""Of 64 answers this many may differ in a point seen again; 32 do between any two (assumed)."""
_KEPT_CELLS = (8, 6)
"""Across and down: from each part of the picture alike, so that no one poster makes them all."""


def body_mask(pose: Pose | None, width_px: int, height_px: int) -> NDArray[np.bool_]:
    """Where the body may be in a picture of this size, generously; shape (height, width)."""
    mask = np.zeros((height_px, width_px), bool)
    if pose is None:
        return mask
    across, down = width_px / pose.width_px, height_px / pose.height_px
    left, right = pose.xy(Landmark.LEFT_SHOULDER), pose.xy(Landmark.RIGHT_SHOULDER)
    eyes_x, eyes_y = pose.xy(Landmark.NOSE)
    eyes_y = min(eyes_y, pose.xy(Landmark.LEFT_EYE)[1], pose.xy(Landmark.RIGHT_EYE)[1])
    width = max(abs(left[0] - right[0]), 0.1 * pose.width_px)
    centre, shoulders_y = (left[0] + right[0]) / 2.0, min(left[1], right[1])

    def cover(x0: float, x1: float, y0: float) -> None:
        rows = slice(int(np.clip(y0 * down, 0, height_px)), height_px)
        columns = slice(
            int(np.clip(x0 * across, 0, width_px)), int(np.clip(x1 * across + 1, 0, width_px))
        )
        mask[rows, columns] = True

    cover(eyes_x - 0.5 * width, eyes_x + 0.5 * width, eyes_y - 0.6 * width)
    cover(centre - 0.9 * width, centre + 0.9 * width, shoulders_y - 0.15 * width)
    return mask


@dataclass(frozen=True, slots=True, eq=False)
class BackgroundKeypoints:
    """Places in pixels of the matching picture, shape (n, 2), and what they look like."""

    points_px: NDArray[np.float64]
    descriptors: Any  # (n, 32) uint8; (n, 8) of a profile's
    width_px: int
    height_px: int


def find_keypoints(image: NDArray[np.uint8], pose: Pose | None) -> BackgroundKeypoints:
    """Those of a picture of shape (height, width, 3) that lie outside the body, the best first."""
    import cv2

    height, width = image.shape[:2]
    size = (_MATCH_WIDTH, max(1, round(_MATCH_WIDTH * height / width)))
    if (width, height) != size:
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]  # cv2 widens
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    body = body_mask(pose, *size)
    orb = cv2.ORB_create(nfeatures=_POINTS, fastThreshold=5)  # type: ignore[attr-defined]  # missing in its stub
    keypoints, descriptors = orb.detectAndCompute(grey, np.where(body, 0, 255).astype(np.uint8))
    places = np.array([keypoint.pt for keypoint in keypoints], np.float64).reshape(-1, 2)
    if descriptors is None:
        return BackgroundKeypoints(places, np.empty((0, 32), np.uint8), *size)
    # On its smaller pictures ORB takes the mask for a little smaller than it is.
    columns, rows = places.astype(np.int64).T
    outside = ~body[rows, columns]
    return BackgroundKeypoints(places[outside], descriptors[outside], *size)


@dataclass(frozen=True, slots=True)
class Match:
    """What two pictures say of each other."""

    shift: ViewShift
    """How the view moved between them; unsure where that can't be told."""
    same_room: bool = False
    """Whether they surely show the same things, however the view moved."""


_STRANGERS = Match(ViewShift(sure=False))


def match(before: BackgroundKeypoints, now: BackgroundKeypoints) -> Match | None:
    """How the view moved between two pictures.

    None where one of them has too few points to tell anything.
    """
    import cv2

    if min(len(before.points_px), len(now.points_px)) < _FEWEST_POINTS:
        return None
    size = min(before.descriptors.shape[1], now.descriptors.shape[1])
    known, seen = (
        np.ascontiguousarray(descriptors[:, :size])
        for descriptors in (before.descriptors, now.descriptors)
    )
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(known, seen, k=2)
    clear = [p[0] for p in pairs if len(p) == 2 and p[0].distance < _RATIO * p[1].distance]
    if len(clear) < _FEWEST_AGREEING:
        return _STRANGERS
    old = before.points_px[[m.queryIdx for m in clear]]
    new = now.points_px[[m.trainIdx for m in clear]]
    stayed = np.linalg.norm(new - old, axis=1) < _STAYED_PX
    if stayed.sum() >= _FEWEST_AGREEING and stayed.mean() >= _STAYED_SHARE:
        # Much is where it was: something moved before a camera that did not.
        return Match(ViewShift(), same_room=bool(stayed.sum() >= _SAME_ROOM))
    _, agreeing = cv2.findHomography(old, new, cv2.RANSAC, _FIT_PX)
    chosen = np.zeros(len(old), bool) if agreeing is None else agreeing.ravel().astype(bool)
    same_room = bool(chosen.sum() >= _SAME_ROOM)
    unsure = Match(ViewShift(sure=False), same_room)
    if chosen.sum() < _FEWEST_AGREEING or chosen.mean() < _AGREEING_SHARE:
        return unsure
    places = (old[chosen], new[chosen], now.width_px, now.height_px)
    turned, turned_px = fit_shift(*places)
    off_px = float(np.median(turned_px))
    if off_px <= _FIT_PX and is_safe(turned):
        return Match(turned, same_room)
    cropped, cropped_px = fit_crop(*places)
    straight = max(abs(turned.pan_deg), abs(turned.tilt_deg)) <= _STRAIGHT_DEG
    if float(np.median(cropped_px)) <= (_CROP_PX if straight else min(_CROP_PX, _CLEARLY * off_px)):
        return Match(cropped, same_room)
    return Match(turned, same_room) if off_px <= _FIT_PX else unsure


def repeated(before: BackgroundKeypoints, now: BackgroundKeypoints) -> BackgroundKeypoints:
    """Those of ``now`` that were there and looked the same before, while nothing was moved.

    In a dim or blurred picture most points are noise, which nobody will find again.
    """
    import cv2

    if min(len(before.points_px), len(now.points_px)) == 0:
        return BackgroundKeypoints(
            now.points_px[:0], now.descriptors[:0], now.width_px, now.height_px
        )
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING).match(
        np.ascontiguousarray(now.descriptors[:, :DESCRIPTOR_BYTES]),
        np.ascontiguousarray(before.descriptors[:, :DESCRIPTOR_BYTES]),
    )
    chosen = [
        pair.queryIdx
        for pair in pairs
        if pair.distance <= _SAME_DESCRIPTOR
        and np.hypot(*(now.points_px[pair.queryIdx] - before.points_px[pair.trainIdx]))
        <= _STAYED_PX
    ]
    return BackgroundKeypoints(
        now.points_px[chosen], now.descriptors[chosen], now.width_px, now.height_px
    )


def to_view_keypoints(points: BackgroundKeypoints) -> ViewKeypoints | None:
    """The points that a profile keeps, spread over the picture; None where there are few."""
    if len(points.points_px) < _FEWEST_POINTS:
        return None
    across, down = _KEPT_CELLS
    cells = np.floor(points.points_px * (across / points.width_px, down / points.height_px))
    cell = (cells[:, 0] + across * cells[:, 1]).astype(np.int64)
    # Strongest first, as ORB answers them; of every cell its best, then its second best, ...
    rank = np.empty(len(cell), np.int64)
    for one in np.unique(cell):
        here = np.flatnonzero(cell == one)
        rank[here] = np.arange(len(here))
    chosen = np.sort(np.argsort(rank, kind="stable")[:_MOST_KEPT])
    return ViewKeypoints(
        points_px=tuple((round(x, 1), round(y, 1)) for x, y in points.points_px[chosen].tolist()),
        descriptors=np.ascontiguousarray(points.descriptors[chosen, :DESCRIPTOR_BYTES]).tobytes(),
        width_px=points.width_px,
        height_px=points.height_px,
    )


def from_view_keypoints(kept: ViewKeypoints) -> BackgroundKeypoints:
    return BackgroundKeypoints(
        np.array(kept.points_px, np.float64).reshape(-1, 2),
        np.frombuffer(kept.descriptors, np.uint8).reshape(-1, DESCRIPTOR_BYTES),
        kept.width_px,
        kept.height_px,
    )

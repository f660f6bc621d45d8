"""Has the camera been moved? Told by what stands around the user, never by the user's body.

Each look costs a comparison of the thumbnail's edges with those of a reference. Only where many
of them changed are the surroundings matched, point by point. Of the reference a thumbnail and
the descriptors of points are kept, in memory alone; the body is left out of both. A profile
keeps a few of the points (``ViewMarks``), so that a later run knows a camera that was moved in
between.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from posture_monitor.core.view import combine, fit_crop, fit_shift, is_safe, is_same
from posture_monitor.domain import MARK_BYTES, Landmark, ViewMarks, ViewShift
from posture_monitor.vision.gate import THUMB_HEIGHT, THUMB_WIDTH

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from posture_monitor.domain import Face, Pose
    from posture_monitor.vision.gate import Thumbnail

CHANGED_SHARE = 0.35
"""Of the reference's edges. Rendered cameras turned by 5 to 8 degrees change 0.5-0.9 of them,
people who move, lean and leave 0.00-0.05."""
_EDGE = 12.0
"""Grey levels between neighbouring cells that make an edge."""
_FEWEST_EDGES = 30
"""Before a bare wall nothing can be told."""
_CELL_STEP = 10.0
_FLAT_CONTRAST = 6.0
"""A dark or covered picture shows nothing but noise (rendered room without light: 0.9)."""

_MATCH_WIDTH = 640
"""Pixels; at half of this a dim picture has too few points (5 of 60 found again)."""
_POINTS = 1000
_RATIO = 0.8  # Lowe's: the second best match must be clearly worse
_FEWEST_POINTS = 60
"""With fewer in either picture (dark, fogged, covered) it's unknown whether the view changed."""
_FEWEST_AGREEING = 20
_AGREEING_SHARE = 0.3
_SAME_ROOM = 30
"""Points that agree on one projective map: two rendered rooms have 22 at most by chance (306
pairs), one room seen from elsewhere, half of it out of the picture, mostly 40 to 300."""
_STAYED_PX = 3.0
_STAYED_SHARE = 0.25
_FIT_PX = 4.0
_CROP_PX = 1.5
"""A turned camera is no crop: at 10 degrees the best one is off by 6 pixels, at the edges by 20;
but where little of the room is in both pictures the two look alike."""
_CLEARLY = 0.7
_STRAIGHT_DEG = 1.5
"""Turned by less, a view that is rolled or enlarged is the same as a crop."""

_SAME_SHAPE = 0.02
"""Height over width: pictures that differ more show other parts of the room."""
_MARKS = 600
"""Points that a profile keeps, at most: 4.8 kB of looks. With 300 a camera turned by 16 degrees is
recognised in 8 of 18 rooms, with 600 in 11, with 1,000 in no more without mistaking some; 16 or 32
bytes a point recognise no more than 8."""
_MARK_CELLS = (8, 6)
"""Across and down: from each part of the picture alike, so that no one poster makes them all."""

FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 30.0
"""Between two matchings that found no move, doubling: a screen behind the user changes forever."""
SETTLE_S = 3.0
"""A camera's first pictures are too dark or too bright: the reference is taken anew after this."""
RENEW_S = 300.0
"""And then this often, against the daylight's drift."""


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
class _Edges:
    """Cells of a thumbnail that tell the view, and their grey values."""

    cells: NDArray[np.intp]
    grey: NDArray[np.float32]


_NO_EDGES = _Edges(np.empty(0, np.intp), np.empty(0, np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class _Points:
    """Places in pixels of the matching picture, shape (n, 2), and what they look like."""

    places_px: NDArray[np.float64]
    looks: Any  # (n, 32) uint8; (n, 8) of a profile's
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True, eq=False)
class _Reference:
    """One view as it looked lately; ``shift`` leads to it from the home view."""

    t_s: float
    edges: _Edges
    points: _Points
    shift: ViewShift | None


def _edges(picture: Thumbnail, body: NDArray[np.bool_]) -> _Edges:
    grey = picture.grey
    step = np.abs(np.diff(grey, axis=1, prepend=grey[:, :1]))
    step += np.abs(np.diff(grey, axis=0, prepend=grey[:1]))
    cells = np.flatnonzero((step > _EDGE) & ~body)
    return _Edges(cells, grey.ravel()[cells])


def changed_share(edges: _Edges, picture: Thumbnail, body: NDArray[np.bool_]) -> float | None:
    """The share of edges outside the body that look different, 0-1; None with too few."""
    free = ~body.ravel()[edges.cells]
    if int(free.sum()) < _FEWEST_EDGES:
        return None
    before, now = edges.grey[free], picture.grey.ravel()[edges.cells[free]]
    gain = (before.mean() + 8.0) / (now.mean() + 8.0)
    return float((np.abs(now * gain - before) > _CELL_STEP).mean())


def _find_points(image: NDArray[np.uint8], pose: Pose | None) -> _Points:
    import cv2

    height, width = image.shape[:2]
    size = (_MATCH_WIDTH, max(1, round(_MATCH_WIDTH * height / width)))
    if (width, height) != size:
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]  # cv2 widens
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    body = body_mask(pose, *size)
    orb = cv2.ORB_create(nfeatures=_POINTS, fastThreshold=5)  # type: ignore[attr-defined]  # missing in its stub
    keypoints, looks = orb.detectAndCompute(grey, np.where(body, 0, 255).astype(np.uint8))
    places = np.array([keypoint.pt for keypoint in keypoints], np.float64).reshape(-1, 2)
    if looks is None:
        return _Points(places, np.empty((0, 32), np.uint8), *size)
    # On its smaller pictures ORB takes the mask for a little smaller than it is.
    columns, rows = places.astype(np.int64).T
    outside = ~body[rows, columns]
    return _Points(places[outside], looks[outside], *size)


@dataclass(frozen=True, slots=True)
class Match:
    """What two pictures say of each other."""

    shift: ViewShift
    """How the view moved between them; unsure where that can't be told."""
    same_room: bool = False
    """Whether they surely show the same things, however the view moved."""


_STRANGERS = Match(ViewShift(sure=False))


def match(before: _Points, now: _Points) -> Match | None:
    """How the view moved between two pictures.

    None where one of them has too few points to tell anything.
    """
    import cv2

    if min(len(before.places_px), len(now.places_px)) < _FEWEST_POINTS:
        return None
    size = min(before.looks.shape[1], now.looks.shape[1])
    known, seen = (np.ascontiguousarray(looks[:, :size]) for looks in (before.looks, now.looks))
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(known, seen, k=2)
    clear = [p[0] for p in pairs if len(p) == 2 and p[0].distance < _RATIO * p[1].distance]
    if len(clear) < _FEWEST_AGREEING:
        return _STRANGERS
    old = before.places_px[[m.queryIdx for m in clear]]
    new = now.places_px[[m.trainIdx for m in clear]]
    stayed = np.linalg.norm(new - old, axis=1) < _STAYED_PX
    if stayed.sum() >= _FEWEST_AGREEING and stayed.mean() >= _STAYED_SHARE:
        # Much is where it was: something moved before a camera that did not.
        return Match(ViewShift(), same_room=True)
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


def _to_marks(points: _Points) -> ViewMarks | None:
    """The points that a profile keeps, spread over the picture; None where there are few."""
    if len(points.places_px) < _FEWEST_POINTS:
        return None
    across, down = _MARK_CELLS
    cells = np.floor(points.places_px * (across / points.width_px, down / points.height_px))
    cell = (cells[:, 0] + across * cells[:, 1]).astype(np.int64)
    # Strongest first, as ORB answers them; of every cell its best, then its second best, ...
    rank = np.empty(len(cell), np.int64)
    for one in np.unique(cell):
        here = np.flatnonzero(cell == one)
        rank[here] = np.arange(len(here))
    chosen = np.sort(np.argsort(rank, kind="stable")[:_MARKS])
    return ViewMarks(
        places_px=tuple((round(x, 1), round(y, 1)) for x, y in points.places_px[chosen].tolist()),
        looks=np.ascontiguousarray(points.looks[chosen, :MARK_BYTES]).tobytes(),
        width_px=points.width_px,
        height_px=points.height_px,
    )


def _from_marks(marks: ViewMarks) -> _Points:
    return _Points(
        np.array(marks.places_px, np.float64).reshape(-1, 2),
        np.frombuffer(marks.looks, np.uint8).reshape(-1, MARK_BYTES),
        marks.width_px,
        marks.height_px,
    )


class Surroundings:
    """Remembers the view that a run began with and says how the present one differs.

    Given the marks of the view in which the user was calibrated, it says how the present one
    differs from that, once it has recognised the room.
    """

    def __init__(self, marks: ViewMarks | None = None) -> None:
        self._marks = marks
        self.known: bool | None = None
        """Whether the room of the marks was recognised; None: there are none of its shape."""
        self._home: _Reference | None = None
        self._here: _Reference | None = None
        self._view: ViewShift | None = None
        self._first_s = 0.0
        self._due_s = 0.0
        self._wait_s = FIRST_WAIT_S
        self.matchings = 0

    def forget(self, marks: ViewMarks | None = None) -> None:
        """Start afresh: another camera, another size, a new baseline, whose marks these are."""
        matchings = self.matchings
        self.__init__(marks)  # type: ignore[misc]  # the same beginning
        self.matchings = matchings

    def begin_again(self) -> None:
        """Start afresh with the same baseline."""
        self.forget(self._marks)

    def marks(self) -> ViewMarks | None:
        """What the present view is known again by; None where too little is seen of the room."""
        here, view = self._here, self._view
        if here is None or (view is not None and not view.sure):
            return None
        return _to_marks(here.points)

    def look(
        self,
        image: NDArray[np.uint8],
        picture: Thumbnail,
        t_s: float,
        pose: Pose | None,
        faces: tuple[Face, ...],
    ) -> ViewShift | None:
        """How the view differs from the first one, or from the marks'; None: not at all."""
        here = self._here
        if here is None:
            self._begin(image, picture, t_s, pose, faces)
            return self._view
        if picture.contrast < _FLAT_CONTRAST:
            return self._view
        body = body_mask(pose, THUMB_WIDTH, THUMB_HEIGHT)
        share = changed_share(here.edges, picture, body)
        if share is None:
            return self._view
        if share <= CHANGED_SHARE:
            self._view = here.shift
            self._renew(image, picture, t_s, pose, faces, share)
        elif t_s >= self._due_s:
            self._match(image, picture, t_s, pose, body)
        return self._view

    def _begin(
        self,
        image: NDArray[np.uint8],
        picture: Thumbnail,
        t_s: float,
        pose: Pose | None,
        faces: tuple[Face, ...],
    ) -> None:
        """Take the first reference with somebody in it: a title card shows another place."""
        if pose is None or not faces:
            return
        self._first_s = t_s
        edges = _edges(picture, body_mask(pose, THUMB_WIDTH, THUMB_HEIGHT))
        self._here = _Reference(t_s, edges, _find_points(image, pose), None)
        self._home = self._here
        self._recognise(self._here)

    def _recognise(self, here: _Reference) -> None:
        """Look for the marks in the view; what is too unlike them tells nothing.

        The room may lie in another light than when they were taken.
        """
        marks = self._marks
        if marks is None or self.known or here.shift is not None:
            return
        if abs(marks.height_px / marks.width_px - here.points.height_px / here.points.width_px) > (
            _SAME_SHAPE
        ):
            return
        known = _from_marks(marks)
        self.matchings += 1
        found = match(known, here.points)
        self.known = found is not None and (found.same_room or found.shift.sure)
        if found is None or not self.known:
            return
        if is_same(found.shift, None):
            return
        self._home = _Reference(here.t_s, _NO_EDGES, known, None)
        self._here = _Reference(here.t_s, here.edges, here.points, found.shift)
        self._view = found.shift

    def _renew(
        self,
        image: NDArray[np.uint8],
        picture: Thumbnail,
        t_s: float,
        pose: Pose | None,
        faces: tuple[Face, ...],
        share: float,
    ) -> None:
        """Keep the reference young while nothing but the light changes."""
        here = self._here
        assert here is not None
        young = here.t_s - self._first_s < SETTLE_S
        if t_s - here.t_s < (SETTLE_S if young else RENEW_S) or share > CHANGED_SHARE / 2.0:
            return
        if pose is None or not faces:
            return
        self._wait_s = FIRST_WAIT_S
        edges = _edges(picture, body_mask(pose, THUMB_WIDTH, THUMB_HEIGHT))
        self._here = _Reference(t_s, edges, _find_points(image, pose), here.shift)
        if here.shift is None:
            self._home = self._here
            self._recognise(self._here)

    def _match(
        self,
        image: NDArray[np.uint8],
        picture: Thumbnail,
        t_s: float,
        pose: Pose | None,
        body: NDArray[np.bool_],
    ) -> None:
        home, here = self._home, self._here
        assert home is not None
        assert here is not None
        self.matchings += 1
        points = _find_points(image, pose)
        compared = match(home.points, points)
        found = None if compared is None else compared.shift
        if found is not None and not found.sure and here is not home:
            since = match(here.points, points)
            if since is not None and since.shift.sure:
                found = combine(here.shift or ViewShift(), since.shift)
        self._due_s = t_s + self._wait_s
        self._wait_s = min(2.0 * self._wait_s, LONGEST_WAIT_S)
        if found is None:
            return
        if not found.sure:
            self._view = found
            return
        shift = None if is_same(found, None) else found
        if shift is not None and not is_same(shift, here.shift):
            self._due_s, self._wait_s = t_s, FIRST_WAIT_S  # it may be moving still
        self._view = shift
        self._here = _Reference(t_s, _edges(picture, body), points, shift)

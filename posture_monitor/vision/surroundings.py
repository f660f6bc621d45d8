"""Has the camera been moved? Told by what stands around the user, never by the user's body.

Each frame costs a comparison of the thumbnail's edges with those of a reference. Only where many
of them changed are the surroundings matched, point by point. Of the reference a thumbnail and
the descriptors of points are kept, in memory alone; the body is left out of both. A profile
keeps a few of the points (``ViewKeypoints``), so that a later run knows a camera that was moved in
between.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from posture_monitor.core.measure.view import combine, is_same
from posture_monitor.domain import ViewKeypoints, ViewShift, whole
from posture_monitor.vision.background_keypoints import (
    BackgroundKeypoints,
    body_mask,
    find_keypoints,
    from_view_keypoints,
    match,
    repeated,
    to_view_keypoints,
)
from posture_monitor.vision.gate import THUMB_HEIGHT, THUMB_WIDTH

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from posture_monitor.domain import Face, Pose, Undecoded
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

_SAME_SHAPE = 0.02
"""Height over width: pictures that differ more show other parts of the room."""
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 30.0
"""Between two matchings that found no move, doubling: a screen behind the user changes forever."""
SETTLE_S = 3.0
"""A camera's first pictures are too dark or too bright: the reference is taken again after this."""
RENEW_S = 300.0
"""And then this often, against the daylight's drift."""


@dataclass(frozen=True, slots=True, eq=False)
class _Edges:
    """Cells of a thumbnail that tell the view, and their grey values."""

    cells: NDArray[np.intp]
    grey: NDArray[np.float32]


_NO_EDGES = _Edges(np.empty(0, np.intp), np.empty(0, np.float32))
"""Before the first picture."""


@dataclass(frozen=True, slots=True, eq=False)
class _Reference:
    """One view as it looked lately; ``shift`` leads to it from the home view."""

    t_s: float
    edges: _Edges
    points: BackgroundKeypoints
    shift: ViewShift | None


def _edges(picture: Thumbnail, body: NDArray[np.bool_]) -> _Edges:
    grey = picture.grey
    step = np.abs(np.diff(grey, axis=1, prepend=grey[:, :1]))
    step += np.abs(np.diff(grey, axis=0, prepend=grey[:1]))
    cells = np.flatnonzero((step > _EDGE) & ~body)
    return _Edges(cells, grey.ravel()[cells])


def changed_share(edges: _Edges, picture: Thumbnail, body: NDArray[np.bool_]) -> float | None:
    """The share of edges that look different, 0-1; None with too few outside ``body``.

    The body's mask has the shape of the thumbnail.
    """
    free = ~body.ravel()[edges.cells]
    if int(free.sum()) < _FEWEST_EDGES:
        return None
    before, now = edges.grey[free], picture.grey.ravel()[edges.cells[free]]
    gain = (before.mean() + 8.0) / (now.mean() + 8.0)
    return float((np.abs(now * gain - before) > _CELL_STEP).mean())


class Surroundings:
    """Remembers the view that a run began with and says how the present one differs.

    Given the keypoints of the view in which the user was calibrated, it says how the present one
    differs from that, once it has recognised the room.
    """

    def __init__(self, view_keypoints: ViewKeypoints | None = None) -> None:
        self.matchings = 0
        self.reset(view_keypoints)

    def reset(self, view_keypoints: ViewKeypoints | None = None) -> None:
        """Start again: another camera, another size, a new baseline, whose keypoints these are."""
        self._view_keypoints = view_keypoints
        self.known: bool | None = None
        """Whether the room of the keypoints was recognised; None: there are none of its shape."""
        self._home: _Reference | None = None
        self._here: _Reference | None = None
        self._view: ViewShift | None = None
        self._lasting: BackgroundKeypoints | None = None
        """Points of the present view that were seen twice, seconds apart."""
        self._first_s = 0.0
        self._due_s = 0.0
        self._wait_s = FIRST_WAIT_S

    def begin_again(self) -> None:
        """Start afresh with the same baseline."""
        self.reset(self._view_keypoints)

    def view_keypoints(self) -> ViewKeypoints | None:
        """What the present view is known again by; None where too little is seen of the room."""
        unsure = self._view is not None and not self._view.sure
        return None if self._lasting is None or unsure else to_view_keypoints(self._lasting)

    def observe(
        self,
        image: NDArray[np.uint8] | Undecoded,
        picture: Thumbnail,
        t_s: float,
        pose: Pose | None,
        faces: tuple[Face, ...],
    ) -> ViewShift | None:
        """How the view differs from the first one, or from the keypoints'; None: not at all.

        ``image`` has shape (height, width, 3); ``picture`` is its thumbnail.
        """
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
        image: NDArray[np.uint8] | Undecoded,
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
        self._here = _Reference(t_s, edges, find_keypoints(whole(image), pose), None)
        self._home = self._here
        self._recognise(self._here)

    def _recognise(self, here: _Reference) -> None:
        """Look for the keypoints in the view; what is too unlike them tells nothing.

        The room may lie in another light than when they were taken.
        """
        view_keypoints = self._view_keypoints
        if view_keypoints is None or self.known or here.shift is not None:
            return
        if abs(
            view_keypoints.height_px / view_keypoints.width_px
            - here.points.height_px / here.points.width_px
        ) > (_SAME_SHAPE):
            return
        known = from_view_keypoints(view_keypoints)
        self.matchings += 1
        found = match(known, here.points)
        self.known = found is not None and found.same_room
        if found is None or not self.known:
            return
        if is_same(found.shift, None):
            return
        self._home = _Reference(here.t_s, _NO_EDGES, known, None)
        self._here = _Reference(here.t_s, here.edges, here.points, found.shift)
        self._view = found.shift

    def _renew(
        self,
        image: NDArray[np.uint8] | Undecoded,
        picture: Thumbnail,
        t_s: float,
        pose: Pose | None,
        faces: tuple[Face, ...],
        share: float,
    ) -> None:
        """Keep the reference young while nothing but the light changes."""
        here = self._here
        assert here is not None
        young = here.t_s - self._first_s < SETTLE_S or self._lasting is None
        if t_s - here.t_s < (SETTLE_S if young else RENEW_S) or share > CHANGED_SHARE / 2.0:
            return
        if pose is None or not faces:
            return
        self._wait_s = FIRST_WAIT_S
        edges = _edges(picture, body_mask(pose, THUMB_WIDTH, THUMB_HEIGHT))
        points = find_keypoints(whole(image), pose)
        self._lasting = repeated(here.points, points)
        self._here = _Reference(t_s, edges, points, here.shift)
        if here.shift is None:
            self._home = self._here
            self._recognise(self._here)

    def _match(
        self,
        image: NDArray[np.uint8] | Undecoded,
        picture: Thumbnail,
        t_s: float,
        pose: Pose | None,
        body: NDArray[np.bool_],
    ) -> None:
        home, here = self._home, self._here
        assert home is not None
        assert here is not None
        self.matchings += 1
        points = find_keypoints(whole(image), pose)
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
        self._view, self._lasting = shift, None
        self._here = _Reference(t_s, _edges(picture, body), points, shift)

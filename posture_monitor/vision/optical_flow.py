"""Where a judged person is in a picture a little later: the pose's own points, followed.

Optical flow of thirteen points costs a thirtieth of a pose. It starts from pictures that the
model saw, so that nothing adds up, and from several of them, since each bears an error of the
model's own; whatever they are not sure of is left to the model.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from statistics import fmean
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from posture_monitor.core.measure.head_pose import fit_head, turned
from posture_monitor.domain import Face, Landmark, Undecoded

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from posture_monitor.domain import Pose

GREY_WIDTH = 320
"""Pixels; twice as many cost four times as much."""
_FACE = slice(Landmark.NOSE, Landmark.MOUTH_RIGHT + 1)
_POINTS = slice(Landmark.NOSE, Landmark.RIGHT_SHOULDER + 1)
"""Eleven of the face, two shoulders: all that is measured."""
_COMPLEX = np.array([1.0, 1.0j])
"""x and y as one complex number: a turn and a growth are then one factor."""
_EYES = [Landmark.LEFT_EYE, Landmark.RIGHT_EYE]
_SHOULDERS = [Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER]
# Chosen on 65 rendered recordings at two frames a second, where the model alone reaches an AUC of
# the score of 0.973 and a balanced accuracy of 0.926. The mean of two or three pictures
# reaches 0.985 and 0.953 with half of the model's calls, one at a time 0.970 and 0.916; a fourth
# adds nothing.
_FEWEST, _MOST = 2, 3
"""Judged pictures that are followed from."""
_WINDOW_PX = 21
_LEVELS = 2
_COARSEST_PX = 2**_LEVELS
_MOST_ROUNDS, _LAST_STEP_PX = 10, 0.03
_MARGIN_PX = 40.0
"""Room around the points: what they may move and the window of the coarsest level."""
_MAX_ASTRAY_PX = 1.5
"""Between a point and where it comes out when followed there and back."""
_MAX_UNLIKE = 20.0
"""Grey levels by which a point's surroundings may differ on average."""
_MAX_MOVE_RATIO = 0.2
"""Shoulder widths (8 cm) that a point may have moved."""
_MAX_GROWTH = 0.15
"""Share by which the distance between the eyes or the shoulders may have changed."""


def small_grey(picture: NDArray[np.uint8] | Undecoded) -> NDArray[np.uint8]:
    """The picture as it is kept to follow from: grey, 320 pixels wide."""
    import cv2

    height, width = picture.shape[:2]
    size = (GREY_WIDTH, max(1, round(GREY_WIDTH * height / width)))
    if isinstance(picture, Undecoded):
        grey = picture.grey(*size)
        if grey.shape == size[::-1]:
            return grey
    else:
        grey = cast("NDArray[np.uint8]", cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY))
    return cast("NDArray[np.uint8]", cv2.resize(grey, size, interpolation=cv2.INTER_AREA))


def follow(judged: Iterable[tuple[NDArray[np.uint8], Pose]], now: NDArray[np.uint8]) -> Pose | None:
    """The person's pose ``now``, from judged pictures and their poses, those most alike first.

    The mean of what the first few say; None where too few of them are certain.
    """
    starts: list[Pose] = []
    found: list[Pose] = []
    for before, pose in islice(judged, _MOST):
        points_px = _followed(before, now, pose)
        if points_px is not None:
            starts.append(pose)
            found.append(_moved_along(pose, points_px))
    if len(found) < _FEWEST:
        return None
    tops = [pose.shoulder_tops_px for pose in found if pose.shoulder_tops_px is not None]
    mean = replace(
        found[0],
        points_px=_mean([pose.points_px for pose in found]),
        face_mesh_px=None,
        shoulder_tops_px=_mean(tops) if tops else None,
        close_face=_mean_face([pose.close_face for pose in found if pose.close_face is not None]),
    )
    mesh = _mesh_along(starts, found, mean)
    return mean if mesh is None else replace(mean, face_mesh_px=mesh)


def _mean(arrays: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    mean: NDArray[np.float32] = np.stack(arrays).mean(axis=0, dtype=np.float32)
    mean.flags.writeable = False
    return mean


def _moved_along(pose: Pose, points_px: NDArray[np.float32]) -> Pose:
    """The pose with its points elsewhere; outline and close-up go with shoulders and face.

    So does the face mesh, but only in the picture: it is not yet turned in space.
    """
    moves_px = points_px - pose.points_px
    tops, face = pose.shoulder_tops_px, pose.close_face
    along = _similarity(pose.points_px, points_px)
    mesh = pose.face_mesh_px
    return replace(
        pose,
        points_px=points_px,
        shoulder_tops_px=None if tops is None else tops + moves_px[_SHOULDERS],
        close_face=None if face is None or along is None else _face_along(face, *along),
        face_mesh_px=None if mesh is None or along is None else _flat_along(mesh, *along),
    )


def _similarity(
    before_px: NDArray[np.float32], now_px: NDArray[np.float32]
) -> tuple[complex, complex, complex] | None:
    """How the facial points were turned and sized (one factor), and their middle before and now."""
    # Complex numbers turn and size at once; least squares over the eleven points.
    before, now = before_px[_FACE] @ _COMPLEX, now_px[_FACE] @ _COMPLEX
    about, away = before - before.mean(), now - now.mean()
    size = float((np.abs(about) ** 2).sum())
    if not size > 0.0:  # also refuses NaN
        return None
    turn = complex((about.conj() * away).sum() / size)
    return turn, complex(before.mean()), complex(now.mean())


def _flat_along(
    mesh_px: NDArray[np.float32], turn: complex, start: complex, end: complex
) -> NDArray[np.float32]:
    """The mesh turned, sized and shifted in the picture as the facial points were."""
    flat = (mesh_px[:, :2] @ _COMPLEX - start) * turn + end
    return np.column_stack([flat.real, flat.imag, mesh_px[:, 2] * abs(turn)]).astype(np.float32)


def _mesh_along(
    starts: Sequence[Pose], moved: Sequence[Pose], mean: Pose
) -> NDArray[np.float32] | None:
    """The mean of the moved meshes, turned in space by what the pose's face turned on average."""
    new = fit_head(mean)
    meshes, heads = [], []
    for start, pose in zip(starts, moved, strict=True):
        old = None if pose.face_mesh_px is None else fit_head(start)
        if pose.face_mesh_px is not None and old is not None:
            meshes.append(pose.face_mesh_px)
            heads.append(old)
    if new is None or not heads:
        return None
    pitch_deg = new.pitch_deg - fmean(head.pitch_deg for head in heads)
    yaw_deg = new.yaw_deg - fmean(head.yaw_deg for head in heads)
    return turned(_mean(meshes), pitch_deg=pitch_deg, yaw_deg=yaw_deg).astype(np.float32)


def _face_along(face: Face, turn: complex, start: complex, end: complex) -> Face | None:
    """The close-up's face turned, sized and shifted as the pose's facial points were."""
    if not face.keypoints_px:
        return None
    middle = (face.left_px + face.width_px / 2.0, face.top_px + face.height_px / 2.0)
    places = (np.array([middle, *face.keypoints_px]) @ _COMPLEX - start) * turn + end
    (x, y), *points = ((place.real, place.imag) for place in places.tolist())
    width, height = abs(turn) * face.width_px, abs(turn) * face.height_px
    return face.placed(x, y, width, height, tuple((px, py) for px, py in points))


def _mean_face(faces: Sequence[Face]) -> Face | None:
    """The mean of what several close-ups say of one face; None without any."""
    if not faces:
        return None
    points = np.mean([face.keypoints_px for face in faces], axis=0).tolist()
    return Face(
        left_px=fmean(face.left_px for face in faces),
        top_px=fmean(face.top_px for face in faces),
        width_px=fmean(face.width_px for face in faces),
        height_px=fmean(face.height_px for face in faces),
        score=fmean(face.score for face in faces),
        keypoints_px=tuple((x, y) for x, y in points),
    )


def _followed(
    before: NDArray[np.uint8], now: NDArray[np.uint8], pose: Pose
) -> NDArray[np.float32] | None:
    """The points of the pose as they are ``now``; None where that isn't certain."""
    scale = before.shape[1] / pose.width_px
    start = (pose.points_px[_POINTS] * np.float32(scale)).reshape(-1, 1, 2)
    part, corner = _around(start, before.shape)
    start = start - corner
    before, now = before[part], now[part]
    if min(before.shape) < _WINDOW_PX:
        return None  # the person who was judged there is all but out of the picture
    there, seen, unlike = _flow(before, now, start)
    back, seen_back, _ = _flow(now, before, there)
    if not (seen.all() and seen_back.all() and (unlike < _MAX_UNLIKE).all()):
        return None
    if (_lengths(back - start) >= _MAX_ASTRAY_PX).any():
        return None
    moves_px = (there - start).reshape(-1, 2) / np.float32(scale)
    if _lengths(moves_px).max() > _MAX_MOVE_RATIO * _length(pose.points_px[_SHOULDERS]):
        return None
    points_px = pose.points_px.copy()
    points_px[_POINTS] += moves_px
    for pair in (_EYES, _SHOULDERS):
        if not _same_length(pose.points_px[pair], points_px[pair]):
            return None
    # Whatever hangs below the shoulders goes with them.
    points_px[_POINTS.stop :] += moves_px[_FACE.stop :].mean(axis=0)
    return points_px


def _around(
    points: NDArray[np.float32], shape: tuple[int, ...]
) -> tuple[tuple[slice, slice], NDArray[np.float32]]:
    """The part of the picture in which the points and their windows stay, and its corner, x, y.

    What lies elsewhere is a quarter of the flow's cost, and of no use to it. The corner lies on
    the coarsest level's grid: elsewhere its smaller pictures would come out otherwise, and so
    would one in 260 decisions whether to trust the flow.
    """
    places = points.reshape(-1, 2)
    low, high = places.min(axis=0) - _MARGIN_PX, places.max(axis=0) + _MARGIN_PX
    low = np.floor(low / _COARSEST_PX) * _COARSEST_PX
    (left, top), (right, bottom) = (
        np.clip(corner, 0, (shape[1], shape[0])).astype(int).tolist() for corner in (low, high)
    )
    return (slice(top, bottom), slice(left, right)), np.array((left, top), np.float32)


def _flow(
    before: NDArray[np.uint8], now: NDArray[np.uint8], start: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.float32]]:
    """Where points went, whether each was found, and how unlike it looks there in grey levels."""
    import cv2

    found = cv2.calcOpticalFlowPyrLK(
        before,
        now,
        start,
        None,
        winSize=(_WINDOW_PX, _WINDOW_PX),
        maxLevel=_LEVELS,
        criteria=(
            cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS,
            _MOST_ROUNDS,
            _LAST_STEP_PX,
        ),
    )
    return cast("tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.float32]]", found)


def faces_along(faces: Sequence[Face], before: Pose, now: Pose) -> tuple[Face, ...]:
    """The faces of a picture where the followed head has gone."""
    dx, dy = (now.points_px[Landmark.NOSE] - before.points_px[Landmark.NOSE]).tolist()
    return tuple(
        replace(
            face,
            left_px=face.left_px + dx,
            top_px=face.top_px + dy,
            keypoints_px=tuple((x + dx, y + dy) for x, y in face.keypoints_px),
        )
        for face in faces
    )


def _lengths(steps: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    return cast("NDArray[np.floating[Any]]", np.linalg.norm(steps.reshape(-1, 2), axis=1))


def _length(pair: NDArray[np.float32]) -> float:
    return float(np.linalg.norm(pair[0] - pair[1]))


def _same_length(before: NDArray[np.float32], now: NDArray[np.float32]) -> bool:
    first, second = _length(before), _length(now)
    return abs(second - first) <= _MAX_GROWTH * first

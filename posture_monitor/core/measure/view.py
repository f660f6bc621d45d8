"""A camera that moved: poses are read as the camera saw them from where it was before.

A camera that is turned or tipped in its place sees the same rays of light elsewhere in its
picture, so what it sees now can be put where it would have stood in the view of the baseline.
So can what is seen in another crop of one picture, as cameras make that frame their user.
The baseline itself is never touched, least of all the shape of the body: a slouch stays one.
A view that can't be told, or from another place, is not judged.
"""

from __future__ import annotations

import cmath
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from posture_monitor.core.measure.head_pose import ASSUMED_FOCAL_RATIO
from posture_monitor.domain import (
    Event,
    EventKind,
    Face,
    Pose,
    Reason,
    Sample,
    Unjudged,
    ViewShift,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from posture_monitor.core.measure.metrics import Deviation

MAX_SCALE = 1.03
"""A wall that looks larger or smaller by more shows a camera that went nearer or away: anyone who
sits before the wall then changed by another, unknown share (20 cm nearer: 1.07 and 1.39)."""
MAX_TURN_DEG = 9.0
"""In all. Reading a pose back leaves errors that grow with the turn: at 10 degrees a tenth of
the neck gap and 2 degrees of shoulder tilt, which is as much as strain (seen on one film)."""
_SLACK_PER_DEG = 0.03
"""Each degree makes strain be called this much later (assumed)."""
FRAGILE: Mapping[Reason, float] = {Reason.SHOULDER_TILT: 0.6, Reason.SHRUG: 0.6}
"""By what to multiply these severities in a view read back, besides ``certainty``: 2 degrees of
shoulder tilt are most of what a raised shoulder shows."""
HOLD_S = 15.0
"""A view that can't be judged is told after this long; a hand before the lens is not."""
_SAME_ASIDE = 0.02
_SAME_DEG = 1.5
"""Views nearer than this are one; matching read 7 for a true 8 degrees on a
rendered film (assumed)."""
_SMALLEST_CROP, _LARGEST_CROP = 0.6, 1.67
_CROP_DROP = 0.2
_CROP_GROWTH = 0.06
"""A flat wall looks cropped, too, where a camera was pushed aside, raised or put nearer; anyone who
sits before it is then elsewhere by far more than the wall (20 cm nearer: larger by a logarithm of
0.26 beyond it). So a crop is believed where the user is found as the baseline has them."""
_FIT_DROP = 0.35
_FIT_GROWTH = 0.12
"""A camera raised or pushed looks turned from the wall behind alone. Anyone who sits about where
the baseline has them (shoulder widths; logarithm of size) shows that it really turned."""


def rotation(shift: ViewShift) -> NDArray[np.float64]:
    """What the move does to directions (x right, y down, z away); shape (3, 3)."""
    p, t, r = (math.radians(a) for a in (shift.pan_deg, shift.tilt_deg, shift.roll_deg))
    pan = [[math.cos(p), 0.0, math.sin(p)], [0.0, 1.0, 0.0], [-math.sin(p), 0.0, math.cos(p)]]
    tilt = [[1.0, 0.0, 0.0], [0.0, math.cos(t), math.sin(t)], [0.0, -math.sin(t), math.cos(t)]]
    roll = [[math.cos(r), -math.sin(r), 0.0], [math.sin(r), math.cos(r), 0.0], [0.0, 0.0, 1.0]]
    turned: NDArray[np.float64] = np.array(roll) @ np.array(tilt) @ np.array(pan)
    return turned


def combine(first: ViewShift, then: ViewShift) -> ViewShift:
    """One move for two in a row.

    >>> combine(ViewShift(pan_deg=3.0), ViewShift(pan_deg=4.0)).pan_deg
    7.0
    """
    if first.cropped or then.cropped:
        return _combined_crops(first, then)
    both = rotation(then) @ rotation(first)
    return ViewShift(
        pan_deg=round(math.degrees(math.atan2(-both[2, 0], both[2, 2])), 6),
        tilt_deg=round(-math.degrees(math.asin(max(-1.0, min(1.0, float(both[2, 1]))))), 6),
        roll_deg=round(math.degrees(math.atan2(-both[0, 1], both[1, 1])), 6),
        scale=first.scale * then.scale,
        sure=first.sure and then.sure,
    )


def _combined_crops(first: ViewShift, then: ViewShift) -> ViewShift:
    """A crop after a turn, or the reverse, is neither; what it is can't be told."""
    turned = any(shift.pan_deg or shift.tilt_deg for shift in (first, then))
    place = complex(first.across, first.down) * _factor(then) + complex(then.across, then.down)
    return ViewShift(
        roll_deg=first.roll_deg + then.roll_deg,
        scale=first.scale * then.scale,
        across=place.real,
        down=place.imag,
        cropped=True,
        sure=first.sure and then.sure and not turned,
    )


def _factor(shift: ViewShift) -> complex:
    """Roll and scale as the number that multiplies x + iy, y down."""
    return cmath.rect(shift.scale, math.radians(shift.roll_deg))


def _lens(width_px: int, height_px: int) -> NDArray[np.float64]:
    focal = ASSUMED_FOCAL_RATIO * width_px
    return np.array([[focal, 0.0, width_px / 2.0], [0.0, focal, height_px / 2.0], [0.0, 0.0, 1.0]])


def homography(shift: ViewShift, width_px: int, height_px: int) -> NDArray[np.float64]:
    """The projective map from places in the old picture to places in the new; shape (3, 3)."""
    lens = _lens(width_px, height_px)
    sized = np.diag([shift.scale, shift.scale, 1.0])
    mapped: NDArray[np.float64] = lens @ sized @ rotation(shift) @ np.linalg.inv(lens)
    aside = np.array([[1.0, 0.0, shift.across], [0.0, 1.0, shift.down], [0.0, 0.0, 1.0]])
    aside[:2, 2] *= width_px
    return aside @ mapped


def moved(points_px: NDArray[np.float64], by: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Places, shape (n, 2), after a projective map."""
    seen = np.column_stack([points_px, np.ones(len(points_px))]) @ by.T
    # A guessed hip far below may come to lie beside the camera: keep it far away.
    placed: NDArray[np.float64] = seen[:, :2] / np.maximum(seen[:, 2:], 0.1)
    return placed


def fit_shift(
    old_px: NDArray[np.float64], new_px: NDArray[np.float64], width_px: int, height_px: int
) -> tuple[ViewShift, NDArray[np.float64]]:
    """The move that carries old places to new ones, and what it leaves, in pixels a point.

    Both of shape (n, 2), n at least 4.
    """
    found = np.zeros(4)

    def left_px(values: NDArray[np.float64]) -> NDArray[np.float64]:
        """How far the points, shape (n, 2), still lie from where they went."""
        by = homography(_shift(values), width_px, height_px)
        difference: NDArray[np.float64] = moved(old_px, by) - new_px
        return difference

    for _ in range(6):
        now = left_px(found)
        slopes = np.stack(
            [(left_px(found + 1e-4 * unit) - now).ravel() / 1e-4 for unit in np.eye(4)], axis=1
        )
        # Points far off weigh less: leaves and curtains move by themselves.
        weight = np.repeat(1.0 / (1.0 + np.linalg.norm(now, axis=1) / 3.0), 2)[:, None]
        change = np.linalg.lstsq(slopes * weight, -now.ravel() * weight[:, 0], rcond=None)[0]
        found = found + np.clip(change, -0.3, 0.3)
    return _shift(found), np.linalg.norm(left_px(found), axis=1)


def fit_crop(
    old_px: NDArray[np.float64], new_px: NDArray[np.float64], width_px: int, height_px: int
) -> tuple[ViewShift, NDArray[np.float64]]:
    """The same for another crop of one picture: a shift, a roll and a scale.

    Umeyama, Least-squares estimation of transformation parameters between two point patterns,
    IEEE PAMI 13 (1991), in complex numbers, with weights.
    """
    middle = np.array([width_px / 2.0, height_px / 2.0])
    old, new = ((px - middle) @ np.array([1.0, 1.0j]) for px in (old_px, new_px))
    weight = np.ones(len(old))
    factor, place = 1.0 + 0.0j, 0.0j
    for _ in range(4):
        from_, to = np.average(old, weights=weight), np.average(new, weights=weight)
        spread = float((weight * np.abs(old - from_) ** 2).sum())
        factor = complex((weight * (old - from_).conj() * (new - to)).sum() / max(spread, 1e-9))
        place = complex(to - factor * from_)
        left_px = np.abs(factor * old + place - new)
        weight = 1.0 / (1.0 + left_px / 3.0)
    crop = ViewShift(
        roll_deg=math.degrees(cmath.phase(factor)),
        scale=abs(factor),
        across=place.real / width_px,
        down=place.imag / width_px,
        cropped=True,
    )
    return crop, left_px


def _shift(values: NDArray[np.float64]) -> ViewShift:
    pan, tilt, roll = (math.degrees(float(value)) for value in values[:3])
    return ViewShift(pan, tilt, roll, math.exp(float(values[3])))


def tilt_of(shift: ViewShift) -> float:
    """By how many degrees the view seems tipped, were a crop a turn; + = the room moved down."""
    return shift.tilt_deg + math.degrees(math.atan(shift.down / ASSUMED_FOCAL_RATIO))


def pan_of(shift: ViewShift) -> float:
    """The same to the side; + = the room moved to the right."""
    return shift.pan_deg + math.degrees(math.atan(shift.across / ASSUMED_FOCAL_RATIO))


def is_safe(shift: ViewShift) -> bool:
    """Whether poses of this view can be read as if the camera had not moved."""
    sized = 1.0 / MAX_SCALE <= shift.scale <= MAX_SCALE
    if shift.cropped:
        sized = _SMALLEST_CROP <= shift.scale <= _LARGEST_CROP
    return shift.sure and sized and turn_deg(shift) <= MAX_TURN_DEG


def turn_deg(shift: ViewShift) -> float:
    """The angle of the whole turn, at least 0.

    >>> round(turn_deg(ViewShift(pan_deg=3.0, roll_deg=-4.0)), 1)
    5.0
    """
    cosine = (float(np.trace(rotation(shift))) - 1.0) / 2.0
    return math.degrees(math.acos(max(-1.0, min(1.0, cosine))))


def certainty(shift: ViewShift | None) -> float:
    """By what to multiply severities measured in this view, up to 1."""
    return 1.0 if shift is None else 1.0 / (1.0 + _SLACK_PER_DEG * turn_deg(shift))


def is_same(one: ViewShift | None, other: ViewShift | None) -> bool:
    """Whether two moves lead to one view; None is no move."""
    a, b = one or ViewShift(), other or ViewShift()
    turns = (a.pan_deg - b.pan_deg, a.tilt_deg - b.tilt_deg, a.roll_deg - b.roll_deg)
    near = max(abs(turn) for turn in turns) <= _SAME_DEG
    aside = max(abs(a.across - b.across), abs(a.down - b.down)) <= _SAME_ASIDE
    sized = abs(math.log(a.scale / b.scale)) <= 0.02
    return a.sure == b.sure and near and aside and sized


def seen_from_home(pose: Pose, shift: ViewShift) -> Pose:
    """The pose as it would stand in the picture had the camera not moved."""
    back = np.linalg.inv(homography(shift, pose.width_px, pose.height_px))
    points = moved(np.asarray(pose.points_px, np.float64), back)
    tops = pose.shoulder_tops_px
    if tops is not None:
        tops = moved(np.asarray(tops, np.float64), back).astype(np.float32)
    return replace(
        pose,
        points_px=points.astype(np.float32),
        shoulder_tops_px=tops,
        close_face=None if pose.close_face is None else _face_from_home(pose.close_face, back),
        face_mesh_px=None if pose.face_mesh_px is None else _mesh_from_home(pose, back),
    )


def _mesh_from_home(pose: Pose, back: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    mesh = np.asarray(pose.face_mesh_px, np.float64)
    flat = moved(mesh[:, :2], back)
    size = float(
        np.linalg.norm(flat - flat.mean(axis=0))
        / np.linalg.norm(mesh[:, :2] - mesh[:, :2].mean(axis=0))
    )  # depth shrinks and grows with the face
    return np.column_stack([flat, mesh[:, 2] * size]).astype(np.float32)


def _face_from_home(face: Face, back: NDArray[np.floating[Any]]) -> Face:
    # By the middles of its sides: a rolled box is no wider, though its corners lie further apart.
    x, y = face.left_px + face.width_px / 2.0, face.top_px + face.height_px / 2.0
    across, down = face.width_px / 2.0, face.height_px / 2.0
    sides = np.array([(x - across, y), (x + across, y), (x, y - down), (x, y + down)])
    left, right, top, bottom = moved(sides, back)
    width, height = math.dist(left, right), math.dist(top, bottom)
    x, y = ((left + right) / 2.0).tolist()
    points = moved(np.array(face.keypoints_px, np.float64).reshape(-1, 2), back).tolist()
    return face.placed(x, y, width, height, tuple((px, py) for px, py in points))


_ROLLED_DEG = 3.0
_LEAN_SHIFT_PER_DEG = 0.012
"""Shoulder widths; half of what a lean by a degree moves the shoulders aside (0.023 rendered)."""
_ENLARGED = 0.15
_SHAPE_SLACK = 0.045
_NOD_SLACK_DEG = 8.0
"""Logarithm of size, shoulder widths and degrees: what films of upright people who were enlarged
or rolled as wholes stay within, and most rendered people who lean in or aside don't."""


@dataclass(frozen=True, slots=True)
class ViewState:
    """What is remembered of the view between frames."""

    trusted: ViewShift | None = None
    """The last move in whose view the user was seen about where the baseline has them."""
    lifted: ViewShift | None = None
    """The move in which camera and user went up together."""
    stale_since_s: float | None = None
    proven: bool = False
    """Somebody was seen unstrained since the run began: the baseline's view is this one."""
    told: bool = False
    """A new calibration was asked for, and none came yet."""


def is_another_view(deviation: Deviation) -> bool:
    """Whether somebody seen for the first time looks as if the camera were elsewhere.

    Asked where the room itself was not recognised (another light, a bare wall). A camera
    that was rolled turns head and shoulders alike and leaves them above each other, where a
    leaning body goes aside; and one that went nearer enlarges face and shoulders alike and
    leaves neck and head as they were, where anyone who leans in comes with the head first.
    """
    d = deviation
    rolled_deg = min(d.head_roll_deg, -d.shoulder_tilt_deg, key=abs)
    alike = d.head_roll_deg * d.shoulder_tilt_deg < 0.0 and (
        abs(d.head_roll_deg + d.shoulder_tilt_deg) <= max(abs(rolled_deg), _ROLLED_DEG)
    )
    leans = abs(d.shoulder_shift) > _LEAN_SHIFT_PER_DEG * abs(rolled_deg)
    if alike and abs(rolled_deg) >= _ROLLED_DEG and not leans:
        return True
    still = max(abs(d.forward), abs(d.gap_change)) <= _SHAPE_SLACK
    return still and abs(d.growth) >= _ENLARGED and abs(d.head_pitch_deg) <= _NOD_SLACK_DEG


def trusts(
    state: ViewState, shift: ViewShift | None, deviation: Deviation, *, known: bool | None = None
) -> bool:
    """Whether a sample of this view may be judged: it is as before, or shows that it fits.

    ``known``: the room was recognised as the baseline's own, so that no shift means no move.
    """
    if shift is None and not (known or state.proven):
        return not is_another_view(deviation)
    if shift is None or is_same(state.trusted, shift):
        return True
    if shift.cropped:
        moved_by = max(_drop(deviation), _aside(deviation))
        return moved_by <= _CROP_DROP and abs(deviation.growth) <= _CROP_GROWTH
    return _drop(deviation) <= _FIT_DROP and abs(deviation.growth) <= _FIT_GROWTH


def _drop(deviation: Deviation) -> float:
    return max(abs(deviation.head_drop), abs(deviation.shoulder_drop))


def _aside(deviation: Deviation) -> float:
    return max(abs(deviation.head_shift), abs(deviation.shoulder_shift))


def step(
    state: ViewState, shift: ViewShift | None, sample: Sample, *, lifted: bool = False
) -> tuple[ViewState, tuple[Event, ...]]:
    """Take in one judgement; the event comes once, when the view has been stale for long."""
    if sample.judged and sample.placed:
        proven = state.proven or not sample.strained
        if lifted:
            return ViewState(lifted=shift, proven=proven), ()
        return ViewState(trusted=shift, proven=proven), ()
    if not sample.judged and sample.unjudged is not Unjudged.STALE_BASELINE:
        return state, ()
    since_s = sample.t_s if state.stale_since_s is None else state.stale_since_s
    state = replace(state, stale_since_s=since_s)
    if state.told or sample.t_s - since_s < HOLD_S:
        return state, ()
    event = Event(sample.t_s, EventKind.RECALIBRATION_NEEDED)
    return replace(state, told=True), (event,)

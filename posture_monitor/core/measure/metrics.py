"""From features to front-view quantities; NaN never leaves this module.

``deviate`` holds what one picture says (``features``) against a baseline's medians, and
``to_metrics`` names the result for people. Signs are those of the person: + is down, forward or
to the own left; for a shoulder + is the left one higher.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from posture_monitor.core.measure.features import Features, close_of, mesh_of
from posture_monitor.domain import Metrics

ASSUMED_DISTANCE_CM = 60.0
"""Eyes to camera in the baseline when it was not measured (assumed; an arm's length)."""

# Both models' faces turn less than the heads they see: regressions on the rendered people's truth
# gave 1.55 and 0.79 for the mean of the two, which also make up for noise; less was taken.
_PITCH_GAIN = 1.4
_YAW_GAIN = 0.9
# The face mesh: 0.69 of the pitch of rendered people, 0.54 of the nominal one of real ones.
_MESH_PITCH_GAIN = 1.15
_PLACE_SHARE = 0.5
"""Of the line of sight's elevation that the mesh's pitch counts: in whole it is right for the
renderer's camera, but how wide a real one sees is unknown. On 7 real people's nominal angles r is
0.856 with the whole, 0.880 with half and 0.894 without."""
# The mesh turns too far by the renderer's truth and the other two too little; mixed they err less
# (mean error of the yaw 1.2 degrees against 1.6 by either).
_MESH_YAW_SHARE = 0.6
_MIXED_YAW_GAIN = 1.08
_CLOSE_SHARE = 0.9
"""Of the growth; the pose model's own face follows half of it, since it draws faces that fit
their bodies."""

# Trunk and lean: fitted by eye on the rendered samples, errors in samples/README.md.
_FLEXION_DEG_PER_GROWTH = 75.0
# Taken off: anyone who comes nearer by slumping rounds the back over the hips instead of inclining
# it (a rendered slouch inclines the trunk by 2 degrees, leaning in as near by 14).
_FLEXION_DEG_PER_GAP = 80.0
_GAP_PER_PITCH_DEG = 0.0068  # a nodding head lowers the ears: part of the gap that is no slump
_LEAN_DEG_PER_SHIFT = 40.0  # shoulders move 0.30 widths sideways in a lean of 12.5 degrees
_LEAN_DEG_PER_OFFSET = 73.0  # and the head 0.17 widths more than they
_LEAN_DEG_PER_TILT = 1.05  # and their line tilts by as much, the other way


@dataclass(frozen=True, slots=True)
class Deviation:
    """Features against a baseline's medians; lengths in baseline shoulder widths."""

    head_pitch_deg: float
    head_yaw_deg: float
    head_roll_deg: float
    shoulder_tilt_deg: float
    growth: float
    """Natural logarithm of how much larger the face appears; 0.1 is 10 % nearer."""
    forward: float
    """How much more the face grew than the shoulders."""
    gap_change: float
    """Change of the neck gap; - = ears nearer to the shoulders."""
    slump: float
    """The part of a shrunken gap that a nod does not explain; + = slumped."""
    head_drop: float
    shoulder_drop: float
    head_shift: float
    shoulder_shift: float
    offset_change: float
    lean_deg: float
    trunk_flexion_deg: float
    nod_deg: float = 0.0
    turn_deg: float = 0.0
    """Pitch and yaw as far as they are told both against the room and against the line of sight:
    a turned camera and a shifted chair change only one of the two."""
    outline_tilt_deg: float | None = None
    outline_gap_change: float | None = None
    """- = ears nearer to the outline of the shoulders."""


def _middle_of_three(a: float, b: float, c: float) -> float:
    """Halfway between median and mean: right while two are, and no witness is quite unheard.

    >>> _middle_of_three(10.0, 10.0, 1.0)
    8.5
    """
    return (sorted((a, b, c))[1] + (a + b + c) / 3.0) / 2.0


def deviate(features: Features, baseline: Features) -> Deviation:
    """How the features differ from a baseline's medians, both in the same picture size."""
    unit = baseline.shoulder_width_px
    head = _head_change(features, baseline)
    growth, pitch = head.growth, head.pitch_deg
    shoulder_growth = math.log(features.shoulder_width_px / baseline.shoulder_width_px)
    gap_change = features.neck_gap_ratio - baseline.neck_gap_ratio
    slump = -(gap_change + _GAP_PER_PITCH_DEG * max(pitch, 0.0))
    shoulder_shift = (features.shoulder_x_px - baseline.shoulder_x_px) / unit
    offset_change = features.head_offset_ratio - baseline.head_offset_ratio
    tilt = features.shoulder_tilt_deg - baseline.shoulder_tilt_deg
    # Three witnesses of a lean, each fooled by something else (a shifted chair, a tilted
    # head, a raised shoulder). Of real people's leans 0.96 are named so, by the median alone 0.94.
    lean = _middle_of_three(
        _LEAN_DEG_PER_SHIFT * shoulder_shift,
        _LEAN_DEG_PER_OFFSET * offset_change,
        -_LEAN_DEG_PER_TILT * tilt,
    )
    return Deviation(
        head_pitch_deg=pitch,
        head_yaw_deg=head.yaw_deg,
        head_roll_deg=head.roll_deg,
        shoulder_tilt_deg=tilt,
        growth=growth,
        forward=math.exp(growth - shoulder_growth) - 1.0,
        gap_change=gap_change,
        slump=slump,
        head_drop=(features.head_y_px - baseline.head_y_px) / unit,
        shoulder_drop=(features.shoulder_y_px - baseline.shoulder_y_px) / unit,
        head_shift=(features.head_x_px - baseline.head_x_px) / unit,
        shoulder_shift=shoulder_shift,
        offset_change=offset_change,
        lean_deg=lean,
        trunk_flexion_deg=_FLEXION_DEG_PER_GROWTH * shoulder_growth - _FLEXION_DEG_PER_GAP * slump,
        nod_deg=_agreed(pitch, pitch - _raised_sight_deg(features, baseline)),
        turn_deg=_agreed(
            head.yaw_deg,
            head.yaw_deg + (_difference(features.azimuth_deg, baseline.azimuth_deg) or 0.0),
        ),
        outline_tilt_deg=_difference(features.outline_tilt_deg, baseline.outline_tilt_deg),
        outline_gap_change=_difference(features.outline_gap_ratio, baseline.outline_gap_ratio),
    )


_ROLL_SHARE_ALONE = 0.85
_LEAN_SHARE_ALONE = 0.45
"""A laptop put aside moves the head against the shoulders by up to 0.16 of their width (seen on
real people); leans show 0.25 with a roll of 16 degrees and more."""


_FREE_NOD_DEG = 12.0
_GAP_PER_SIGHT_DEG = 0.008
"""A camera that was raised sees the head from above: it seems to nod, and the ears come nearer to
the shoulders, although nobody sank (rendered people: by 0.08 and 0.14 shoulder widths at 13 and 21
degrees, with 18 and 28 degrees of pitch; ``calibration/cameras.py``). A hunch loses twice as much
gap for its pitch, so that this is given back; real hunches over a laptop pitch by 6-20 degrees,
and below the first of the two figures nothing of them is lost."""


def body_alone(deviation: Deviation) -> Deviation:
    """What the body shows against itself, for a view that is not the baseline's.

    Places and sizes in the picture say nothing there, and neither does where head and shoulders
    point against the camera: a rolled camera turns both alike, one put aside turns both away.
    Only what the head does beyond the shoulders is left.
    """
    d = deviation
    from_above = _GAP_PER_SIGHT_DEG * max(d.nod_deg - _FREE_NOD_DEG, 0.0)
    outline_gap = d.outline_gap_change
    roll_deg = _ROLL_SHARE_ALONE * _agreed(d.head_roll_deg, d.head_roll_deg + d.shoulder_tilt_deg)
    return replace(
        d,
        head_pitch_deg=0.0,
        head_yaw_deg=0.0,
        head_roll_deg=roll_deg,
        shoulder_tilt_deg=0.0,
        outline_tilt_deg=None if d.outline_tilt_deg is None else 0.0,
        growth=0.0,
        gap_change=d.gap_change + from_above,
        outline_gap_change=None if outline_gap is None else outline_gap + from_above,
        head_drop=0.0,
        shoulder_drop=0.0,
        head_shift=0.0,
        shoulder_shift=0.0,
        offset_change=0.0,
        lean_deg=_LEAN_SHARE_ALONE
        * _agreed(_LEAN_DEG_PER_OFFSET * d.offset_change, d.head_roll_deg),
        nod_deg=0.0,
        turn_deg=0.0,
    )


@dataclass(frozen=True, slots=True)
class _HeadChange:
    """How the head turned and grew against the baseline."""

    pitch_deg: float
    yaw_deg: float
    roll_deg: float
    growth: float


def _head_change(features: Features, baseline: Features) -> _HeadChange:
    """By the face mesh where both have it (yaw mixed with the others); it errs least.

    Else by the pose's eleven facial points and the close-up's six, averaged where both saw it.

    Each is held against its own baseline: neither's constant error then matters. The two err
    apart, so together they err less (rendered people, root mean square: roll 2.3 degrees
    against 3.0 by the pose alone, yaw 3.5 against 4.4, pitch 4.5 against 6.0, logarithm of the
    distance 0.026 against 0.041).
    """
    pitch = features.head_pitch_deg - baseline.head_pitch_deg
    yaw = features.head_yaw_deg - baseline.head_yaw_deg
    roll = features.head_roll_deg - baseline.head_roll_deg
    growth = math.log(features.face_scale_px / baseline.face_scale_px)
    now, before = close_of(features), close_of(baseline)
    if now is not None and before is not None:
        pitch = (pitch + now.pitch_deg - before.pitch_deg) / 2.0
        yaw = (yaw + now.yaw_deg - before.yaw_deg) / 2.0
        roll = (roll + now.roll_deg - before.roll_deg) / 2.0
        by_fit = math.log(now.scale_px / before.scale_px)
        by_box = math.log(now.width_px / before.width_px)
        growth = _CLOSE_SHARE * (by_fit + by_box) / 2.0 + (1.0 - _CLOSE_SHARE) * growth
    mesh, mesh_before = mesh_of(features), mesh_of(baseline)
    if mesh is not None and mesh_before is not None:
        mesh_yaw = mesh.yaw_deg - mesh_before.yaw_deg
        mixed = _MESH_YAW_SHARE * mesh_yaw + (1.0 - _MESH_YAW_SHARE) * yaw
        by_place = (1.0 - _PLACE_SHARE) * _raised_sight_deg(features, baseline)
        return _HeadChange(
            _MESH_PITCH_GAIN * (mesh.pitch_deg - mesh_before.pitch_deg - by_place),
            _MIXED_YAW_GAIN * mixed,
            mesh.roll_deg - mesh_before.roll_deg,
            math.log(mesh.scale_px / mesh_before.scale_px),
        )
    return _HeadChange(_PITCH_GAIN * pitch, _YAW_GAIN * yaw, roll, growth)


def _raised_sight_deg(features: Features, baseline: Features) -> float:
    """How much higher the line from the camera to the eyes points."""
    return _difference(features.elevation_deg, baseline.elevation_deg) or 0.0


def _agreed(one: float, other: float) -> float:
    """The lesser of two values that agree in their sign; 0 where they don't.

    >>> _agreed(5.0, 3.0), _agreed(-5.0, 3.0)
    (3.0, 0.0)
    """
    return min(one, other, key=abs) if one * other > 0.0 else 0.0


def _difference(now: float | None, before: float | None) -> float | None:
    return None if now is None or before is None else now - before


# Regression of a raised shoulder on rendered people: how much the line of the shoulders' points
# and that of their outline (alone: _RAISE_PER_TILT) tell of it, and what else tilts these lines.
_RAISE_PER_POINTS = 0.77
_RAISE_PER_OUTLINE = 0.41
_RAISE_PER_TILT = 1.13
_MOST_RAISE_PER_POINTS = 1.4  # set on real people who sit upright
_RAISE_PER_ROLL = 0.36  # the model draws the shoulders a little against a tilted head
_RAISE_DEG_PER_OFFSET = -20.0
_SWAY_SHIFT = 0.12
"""Shoulder widths; sideways sway up to here tilts the shoulders without any witness's help."""
_SWAY_TILT_DEG = 26.0  # per shoulder width of sway
_RAISE_PER_LEAN = 1.5  # fitted with those above


def shoulder_raise_deg(deviation: Deviation) -> float:
    """The tilt of the shoulders that no lean explains; + = left shoulder raised.

    >>> from posture_monitor.core.measure.metrics import Deviation
    >>> still = Deviation(*[0.0] * 15)
    >>> shoulder_raise_deg(still)
    0.0
    """
    by_shift = _LEAN_DEG_PER_SHIFT * deviation.shoulder_shift
    by_offset = _LEAN_DEG_PER_OFFSET * deviation.offset_change
    agreed = by_shift * by_offset > 0.0
    lean = min(by_shift, by_offset, key=abs) if agreed else 0.0
    swaying = abs(deviation.shoulder_shift) < _SWAY_SHIFT
    tilt = _RAISE_PER_TILT * deviation.shoulder_tilt_deg
    if deviation.outline_tilt_deg is not None:
        points_deg, outline_deg = deviation.shoulder_tilt_deg, deviation.outline_tilt_deg
        tilt = _RAISE_PER_POINTS * points_deg + _RAISE_PER_OUTLINE * outline_deg
        # Hair and chair backs bend the outline, so that it adds no more than this to the points.
        tilt = _agreed(tilt, _MOST_RAISE_PER_POINTS * points_deg)
    return (
        tilt
        + _RAISE_PER_ROLL * deviation.head_roll_deg
        + _RAISE_DEG_PER_OFFSET * deviation.offset_change
        + (_SWAY_TILT_DEG * deviation.shoulder_shift if swaying else _RAISE_PER_LEAN * lean)
    )


def neck_loss(deviation: Deviation) -> float:
    """How much nearer the ears are to the shoulders, in shoulder widths; + = nearer.

    The mean of what the shoulders' points and their outline say, where both are seen.
    """
    if deviation.outline_gap_change is None:
        return -deviation.gap_change
    return -(deviation.gap_change + deviation.outline_gap_change) / 2.0


def to_metrics(
    features: Features, deviation: Deviation | None, *, distance_cm: float, stillness_s: float
) -> Metrics:
    """The metrics of one sample; relative ones are None without a baseline.

    ``distance_cm`` is the baseline's eye-camera distance (``ASSUMED_DISTANCE_CM`` unless it
    was measured).
    """
    if deviation is None:
        return Metrics(
            shoulder_tilt_deg=_finite(features.shoulder_tilt_deg),
            neck_gap_ratio=_finite(features.neck_gap_ratio),
            stillness_s=_finite(stillness_s),
        )
    return Metrics(
        viewing_distance_cm=_finite(distance_cm * math.exp(-deviation.growth)),
        head_pitch_deg=_finite(deviation.head_pitch_deg),
        head_yaw_deg=_finite(deviation.head_yaw_deg),
        head_roll_deg=_finite(deviation.head_roll_deg),
        shoulder_tilt_deg=_finite(deviation.shoulder_tilt_deg),
        lateral_lean_deg=_finite(deviation.lean_deg),
        head_drop_ratio=_finite(deviation.head_drop),
        neck_gap_ratio=_finite(features.neck_gap_ratio),
        forward_head_ratio=_finite(deviation.forward),
        trunk_flexion_deg=_finite(deviation.trunk_flexion_deg),
        stillness_s=_finite(stillness_s),
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None

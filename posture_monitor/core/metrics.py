"""From landmarks to front-view quantities; NaN never leaves this module.

``measure`` reads one pose into ``Features`` (what the picture says, without a person's
baseline), ``smooth`` steadies them by time, ``deviate`` holds them against a baseline's
medians, and ``to_metrics`` names the result for people. Signs are those of the person:
+ is down, forward or to the own left; for a shoulder + is the left one higher.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace

from posture_monitor.core.head_pose import fit_head, to_camera_axes
from posture_monitor.domain import Landmark, Metrics, Pose, Unjudged

ASSUMED_DISTANCE_CM = 60.0
"""Eyes to camera in the baseline when it was not measured (assumed; an arm's length)."""

MIN_VISIBILITY = 0.5
"""Below this a point counts as not seen (the model's own decision boundary)."""
MAX_OUTSIDE_RATIO = 0.12
"""A shoulder this far outside, in picture widths, is guessed rather than seen (assumed)."""
MAX_YAW_DEG = 55.0
"""Turned further, one eye and ear are hidden and the fit has half a face (assumed)."""

# Trunk and lean: fitted by eye on the rendered samples, errors in samples/README.md.
_FLEXION_DEG_PER_GROWTH = 75.0
_FLEXION_DEG_PER_GAP = 80.0
_GAP_PER_PITCH_DEG = 0.0095  # a nodding head lowers the ears: part of the gap that is no slump
_LEAN_DEG_PER_SHIFT = 40.0  # shoulders move 0.30 widths sideways in a lean of 12.5 degrees
_LEAN_DEG_PER_OFFSET = 73.0  # and the head 0.17 widths more than they
_LEAN_DEG_PER_TILT = 1.05  # and their line tilts by as much, the other way


@dataclass(frozen=True, slots=True)
class Features:
    """What one picture says, without a baseline. Positions in pixels of that picture."""

    head_pitch_deg: float
    head_yaw_deg: float
    head_roll_deg: float
    face_scale_px: float
    """Pixels per centimetre at the face."""
    shoulder_width_px: float
    shoulder_x_px: float
    shoulder_y_px: float
    head_x_px: float
    """Midway between the eyes."""
    head_y_px: float
    neck_gap_ratio: float
    """Ears above shoulders, in shoulder widths."""
    head_offset_ratio: float
    """Ears sideways of the shoulders' middle, in shoulder widths; + = to the own left."""
    shoulder_tilt_deg: float


FEATURE_NAMES: tuple[str, ...] = tuple(f.name for f in fields(Features))
POSITION_NAMES: tuple[str, ...] = tuple(n for n in FEATURE_NAMES if n.endswith("_px"))


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


def _midpoint(pose: Pose, one: Landmark, other: Landmark) -> tuple[float, float]:
    (x1, y1), (x2, y2) = pose.xy(one), pose.xy(other)
    return (x1 + x2) / 2.0, (y1 + y2) / 2.0


def head_in_view(pose: Pose) -> bool:
    """Whether a head (its face or its back) lies in the picture: nose or both eyes, and an ear."""
    face = pose.inside(Landmark.NOSE) or (
        pose.inside(Landmark.LEFT_EYE) and pose.inside(Landmark.RIGHT_EYE)
    )
    return face and (pose.inside(Landmark.LEFT_EAR) or pose.inside(Landmark.RIGHT_EAR))


def shoulder_in_view(pose: Pose) -> bool:
    """Whether at least one shoulder lies in the picture."""
    return pose.inside(Landmark.LEFT_SHOULDER) or pose.inside(Landmark.RIGHT_SHOULDER)


def _shoulder_seen(pose: Pose, landmark: Landmark) -> bool:
    x, y = pose.xy(landmark)
    margin = MAX_OUTSIDE_RATIO * pose.width_px
    inside = -margin <= x <= pose.width_px + margin and 0.0 <= y <= pose.height_px + margin / 2.0
    return inside and float(pose.visibility[landmark]) >= MIN_VISIBILITY


def measure(pose: Pose, seen_from_home: Pose | None = None) -> Features | Unjudged:
    """The features of one pose, or why they can't be measured.

    What lies in the picture is told by ``pose``; where the camera was moved, everything is
    measured on the same pose as it would have been ``seen_from_home``.
    """
    if not head_in_view(pose):
        return Unjudged.CUT_OFF
    if not (
        _shoulder_seen(pose, Landmark.LEFT_SHOULDER)
        and _shoulder_seen(pose, Landmark.RIGHT_SHOULDER)
    ):
        return Unjudged.CUT_OFF
    pose = pose if seen_from_home is None else seen_from_home
    head = fit_head(pose)
    if head is None:
        return Unjudged.LOW_CONFIDENCE
    if abs(head.yaw_deg) > MAX_YAW_DEG:
        return Unjudged.TURNED_AWAY
    left_x, left_y = pose.xy(Landmark.LEFT_SHOULDER)
    right_x, right_y = pose.xy(Landmark.RIGHT_SHOULDER)
    shoulder_width = math.hypot(left_x - right_x, left_y - right_y)
    if left_x <= right_x or shoulder_width < 2.0 * head.scale_px_per_cm:
        return Unjudged.TURNED_AWAY  # seen from behind or from the side
    shoulder_x, shoulder_y = (left_x + right_x) / 2.0, (left_y + right_y) / 2.0
    ear_x, ear_y = _midpoint(pose, Landmark.LEFT_EAR, Landmark.RIGHT_EAR)
    eye_x, eye_y = _midpoint(pose, Landmark.LEFT_EYE, Landmark.RIGHT_EYE)
    pitch, yaw = to_camera_axes(
        head, x_px=eye_x, y_px=eye_y, width_px=pose.width_px, height_px=pose.height_px
    )
    return Features(
        head_pitch_deg=pitch,
        head_yaw_deg=yaw,
        head_roll_deg=head.roll_deg,
        face_scale_px=head.scale_px_per_cm,
        shoulder_width_px=shoulder_width,
        shoulder_x_px=shoulder_x,
        shoulder_y_px=shoulder_y,
        head_x_px=eye_x,
        head_y_px=eye_y,
        neck_gap_ratio=(shoulder_y - ear_y) / shoulder_width,
        head_offset_ratio=(ear_x - shoulder_x) / shoulder_width,
        shoulder_tilt_deg=math.degrees(math.atan2(right_y - left_y, left_x - right_x)),
    )


def smooth(previous: Features | None, current: Features, *, gap_s: float, tau_s: float) -> Features:
    """An exponential average with time constant ``tau_s``; the same at any frame rate.

    >>> a = Features(*[0.0] * 12); b = Features(*[1.0] * 12)
    >>> round(smooth(a, b, gap_s=1.0, tau_s=1.0).head_yaw_deg, 3)
    0.632
    """
    if previous is None or tau_s <= 0.0:
        return current
    weight = 1.0 - math.exp(-max(gap_s, 0.0) / tau_s)
    return Features(
        *(
            getattr(previous, name) + weight * (getattr(current, name) - getattr(previous, name))
            for name in FEATURE_NAMES
        )
    )


def rescale(features: Features, factor: float) -> Features:
    """The same features in a picture ``factor`` times as large."""
    return replace(features, **{n: getattr(features, n) * factor for n in POSITION_NAMES})


def _median_of_three(a: float, b: float, c: float) -> float:
    return sorted((a, b, c))[1]


def deviate(features: Features, baseline: Features) -> Deviation:
    """How the features differ from a baseline's medians, both in the same picture size."""
    unit = baseline.shoulder_width_px
    growth = math.log(features.face_scale_px / baseline.face_scale_px)
    shoulder_growth = math.log(features.shoulder_width_px / baseline.shoulder_width_px)
    pitch = features.head_pitch_deg - baseline.head_pitch_deg
    gap_change = features.neck_gap_ratio - baseline.neck_gap_ratio
    slump = -(gap_change + _GAP_PER_PITCH_DEG * max(pitch, 0.0))
    shoulder_shift = (features.shoulder_x_px - baseline.shoulder_x_px) / unit
    offset_change = features.head_offset_ratio - baseline.head_offset_ratio
    tilt = features.shoulder_tilt_deg - baseline.shoulder_tilt_deg
    # Three witnesses of a lean, each fooled by something else (a shifted chair, a tilted
    # head, a raised shoulder): the middle one is right while two of them are.
    lean = _median_of_three(
        _LEAN_DEG_PER_SHIFT * shoulder_shift,
        _LEAN_DEG_PER_OFFSET * offset_change,
        -_LEAN_DEG_PER_TILT * tilt,
    )
    return Deviation(
        head_pitch_deg=pitch,
        head_yaw_deg=features.head_yaw_deg - baseline.head_yaw_deg,
        head_roll_deg=features.head_roll_deg - baseline.head_roll_deg,
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
    )


_SWAY_SHIFT = 0.12
"""Shoulder widths; sideways sway up to here tilts the shoulders without any witness's help."""
_SWAY_TILT_DEG = 6.2  # per shoulder width of sway; regression on upright rendered people


def shoulder_raise_deg(deviation: Deviation) -> float:
    """The tilt of the shoulders that no lean explains; + = left shoulder raised.

    >>> from posture_monitor.core.metrics import Deviation
    >>> still = Deviation(*[0.0] * 15)
    >>> shoulder_raise_deg(still)
    0.0
    """
    by_shift = _LEAN_DEG_PER_SHIFT * deviation.shoulder_shift
    by_offset = _LEAN_DEG_PER_OFFSET * deviation.offset_change
    agreed = by_shift * by_offset > 0.0
    lean = min(by_shift, by_offset, key=abs) if agreed else 0.0
    swaying = abs(deviation.shoulder_shift) < _SWAY_SHIFT
    sway = _SWAY_TILT_DEG * deviation.shoulder_shift if swaying else 0.0
    return deviation.shoulder_tilt_deg + lean / _LEAN_DEG_PER_TILT + sway


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

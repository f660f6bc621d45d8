"""A person's own reference: robust medians and spreads of their upright features.

A baseline is fitted from any ten samples over at least two seconds in which one person is
clearly seen. It says how good it is and why; it refuses only what can't serve.
"""

from __future__ import annotations

import base64
import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from posture_monitor.core.measure.features import (
    FEATURE_NAMES,
    OPTIONAL_NAMES,
    Features,
    close_of,
    mesh_of,
    rescale,
)
from posture_monitor.core.measure.metrics import ASSUMED_DISTANCE_CM
from posture_monitor.domain import UPRIGHT_S, CalibrationError, ViewKeypoints

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MIN_SAMPLES = 10
MIN_SPAN_S = 2.0
ASKED_SPAN_S = 10.0
"""What calibration asks for; less lowers the grade."""
DARK_BRIGHTNESS = 40.0
"""Mean grey value below which a picture counts as dim (assumed)."""
FLAT_CONTRAST = 12.0
"""Grey spread below which a picture counts as soft or foggy (assumed)."""
_MAD_TO_SIGMA = 1.4826  # of a normal distribution
_CORE_SHARE = 0.6
DOCUMENT_SCHEMA = 1
_LONGEST_REASON = 120
"""Letters of why a document can't be read: it may hold anything."""

# Spread beyond which someone did not sit still for the calibration; three times what
# the rendered people show while upright with natural movement (measured on samples/).
_STEADY: Mapping[str, float] = {
    "head_pitch_deg": 5.0,
    "head_yaw_deg": 9.0,
    "head_roll_deg": 4.0,
    "neck_gap_ratio": 0.04,
    "shoulder_tilt_deg": 2.5,
}


class Grade(StrEnum):
    """How far a baseline can be trusted."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


@dataclass(frozen=True, slots=True)
class Baseline:
    """One profile's reference; positions are in pixels of ``width_px`` by ``height_px``."""

    median: Features
    spread: Features
    """Robust standard deviations (1.4826 x median absolute deviation)."""
    width_px: int
    height_px: int
    samples: int
    span_s: float
    brightness: float
    distance_cm: float
    distance_measured: bool
    grade: Grade
    remarks: tuple[str, ...] = ()
    head_only: bool = False
    """The shoulders were out of view: what is said of them is a guess."""
    standing: bool = False
    """Taken standing: anyone who fits it stands."""
    tired: Features | None = None
    """How the same person sits when tired; None where that wasn't asked for."""
    view_keypoints: ViewKeypoints | None = None
    """What the room is known again by; None where too little of it was seen."""

    def at_size(self, width_px: int, height_px: int) -> Baseline | None:
        """The same baseline for another resolution of the same view; None where it has none.

        A picture of other proportions shows another view: its places don't carry over.
        """
        if (width_px, height_px) == (self.width_px, self.height_px):
            return self
        across, down = width_px / self.width_px, height_px / self.height_px
        if abs(across / down - 1.0) > 0.02:
            return None
        return replace(
            self,
            median=rescale(self.median, across),
            spread=rescale(self.spread, across),
            width_px=width_px,
            height_px=height_px,
            tired=None if self.tired is None else rescale(self.tired, across),
        )

    def to_document(self) -> dict[str, Any]:
        """A JSON-ready form, read back by ``from_document``."""
        return {
            "schema": DOCUMENT_SCHEMA,
            "median": _values_of(self.median),
            "spread": _values_of(self.spread),
            "width_px": self.width_px,
            "height_px": self.height_px,
            "samples": self.samples,
            "span_s": round(self.span_s, 3),
            "brightness": round(self.brightness, 2),
            "distance_cm": self.distance_cm,
            "distance_measured": self.distance_measured,
            "grade": str(self.grade),
            "remarks": list(self.remarks),
            **({"head_only": True} if self.head_only else {}),
            **({"standing": True} if self.standing else {}),
            **({} if self.tired is None else {"tired": _values_of(self.tired)}),
            **({} if self.view_keypoints is None else {"view": _document_of(self.view_keypoints)}),
        }


def _values_of(features: Features) -> dict[str, float]:
    """Rounded, without what wasn't measured."""
    values = {name: getattr(features, name) for name in (*FEATURE_NAMES, *OPTIONAL_NAMES)}
    return {name: round(value, 5) for name, value in values.items() if value is not None}


_MOST_KEYPOINTS = 2000
"""Anyone who names more has not written the profile with this program."""


def _document_of(kept: ViewKeypoints) -> dict[str, Any]:
    return {
        "places_px": [list(place) for place in kept.points_px],
        "looks": base64.b64encode(kept.descriptors).decode("ascii"),
        "width_px": kept.width_px,
        "height_px": kept.height_px,
    }


def _view_keypoints_from(document: Any) -> ViewKeypoints:
    if not isinstance(document, dict) or len(document["places_px"]) > _MOST_KEYPOINTS:
        raise ValueError("the keypoints of its view are malformed")
    places = tuple((float(x), float(y)) for x, y in document["places_px"])
    descriptors = base64.b64decode(document["looks"], validate=True)
    width_px, height_px = int(document["width_px"]), int(document["height_px"])
    inside = all(0.0 <= x <= width_px and 0.0 <= y <= height_px for x, y in places)  # also no NaN
    if not (inside and width_px > 0 and height_px > 0):
        raise ValueError("a mark of its view lies outside the picture")
    return ViewKeypoints(places, descriptors, width_px, height_px)


def _features_from(values: Any, what: str) -> Features:
    if not isinstance(values, dict):
        raise ValueError(f"{what} is missing")
    numbers = {name: float(values[name]) for name in FEATURE_NAMES}
    # Profiles may lack what wasn't seen when they were made.
    numbers |= {name: float(values[name]) for name in OPTIONAL_NAMES if name in values}
    if not all(math.isfinite(number) for number in numbers.values()):
        raise ValueError(f"{what} holds a value that is not a number")
    return Features(**numbers)


def _scales_of(features: Features) -> list[float]:
    close, mesh = close_of(features), mesh_of(features)
    scales = [features.face_scale_px, features.shoulder_width_px]
    scales += [] if close is None else [close.scale_px, close.width_px]
    return scales if mesh is None else [*scales, mesh.scale_px]


def from_document(document: Mapping[str, Any]) -> Baseline:
    """The baseline of a stored profile; CalibrationError where the document can't be one."""
    try:
        if document["schema"] != DOCUMENT_SCHEMA:
            raise ValueError(f"schema {document['schema']!r} is not {DOCUMENT_SCHEMA}")
        baseline = Baseline(
            median=_features_from(document["median"], "median"),
            spread=_features_from(document["spread"], "spread"),
            width_px=int(document["width_px"]),
            height_px=int(document["height_px"]),
            samples=int(document["samples"]),
            span_s=float(document["span_s"]),
            brightness=float(document["brightness"]),
            distance_cm=float(document["distance_cm"]),
            distance_measured=bool(document["distance_measured"]),
            grade=Grade(document["grade"]),
            remarks=tuple(str(remark) for remark in document["remarks"]),
            head_only=document.get("head_only", False) is True,
            standing=document.get("standing", False) is True,
            tired=_features_from(document["tired"], "tired") if "tired" in document else None,
            view_keypoints=_view_keypoints_from(document["view"]) if "view" in document else None,
        )
        sizes = (baseline.width_px, baseline.height_px, baseline.distance_cm)
        seats = [baseline.median, *([] if baseline.tired is None else [baseline.tired])]
        scales = [scale for seat in seats for scale in _scales_of(seat)]
        if not all(0.0 < size < math.inf for size in (*sizes, *scales)):
            raise ValueError("a size is not positive")
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        reason = str(error)
        if len(reason) > _LONGEST_REASON:
            reason = f"{reason[:_LONGEST_REASON]}…"
        raise CalibrationError(
            "the profile can't be read ({reason}); delete it and calibrate again", reason=reason
        ) from error
    return baseline


@dataclass(frozen=True, slots=True)
class CalibrationSample:
    """One frame during a calibration in which one person was clearly measured."""

    t_s: float
    features: Features
    brightness: float
    contrast: float
    shoulders_seen: bool = True


@dataclass(frozen=True, slots=True)
class FrameCounts:
    """How many frames a calibration took, and why some of them gave no sample."""

    total: int
    nobody: int = 0
    several_people: int = 0
    too_dark: int = 0
    no_view: int = 0
    not_measurable: int = 0


def _refusal(
    samples: Sequence[CalibrationSample], span_s: float, counts: FrameCounts
) -> CalibrationError | None:
    if len(samples) >= MIN_SAMPLES and span_s >= MIN_SPAN_S - 1e-6:
        return None
    counted = CalibrationError(
        "only {usable} of {total} frames could be used", usable=len(samples), total=counts.total
    )
    if counts.several_people > counts.total / 2:
        return CalibrationError(
            "several people are in view ({counted}); calibrate alone in the picture",
            counted=counted,
        )
    if counts.too_dark > counts.total / 2:
        return CalibrationError(
            "the picture is too dark to find a face ({counted}); switch on a light",
            counted=counted,
        )
    if counts.no_view > counts.total / 2:
        return CalibrationError(
            "the camera shows no room ({counted}); open its shutter, uncover its lens",
            counted=counted,
        )
    if counts.nobody > counts.total / 2:
        return CalibrationError(
            "nobody was found ({counted}); sit so that head and shoulders are in the picture",
            counted=counted,
        )
    if len(samples) >= MIN_SAMPLES:
        return CalibrationError(
            "the frames span only {span_s:.1f} s; sit upright for {upright_s:.0f} s",
            span_s=span_s,
            upright_s=UPRIGHT_S,
        )
    return CalibrationError(
        "{counted}, {needed} are needed; sit upright for {upright_s:.0f} s with head and both "
        "shoulders in the picture",
        counted=counted,
        needed=MIN_SAMPLES,
        upright_s=UPRIGHT_S,
    )


def _core(values: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """The frames nearest to the usual ones; glances aside fall out. Shape (samples, features)."""
    middle = np.median(values, axis=0)
    scale = _MAD_TO_SIGMA * np.median(np.abs(values - middle), axis=0)
    scale = np.maximum(scale, 1e-3 * np.maximum(np.abs(middle), 1.0))
    distance = np.abs((values - middle) / scale).max(axis=1)
    keep = max(MIN_SAMPLES, math.ceil(_CORE_SHARE * len(values)))
    chosen = np.zeros(len(values), dtype=bool)
    chosen[np.argsort(distance, kind="stable")[:keep]] = True
    return chosen


def fit_baseline(
    samples: Sequence[CalibrationSample],
    counts: FrameCounts,
    *,
    width_px: int,
    height_px: int,
    distance_cm: float | None = None,
) -> Baseline:
    """The baseline of these samples, graded; CalibrationError where they can't serve."""
    span_s = samples[-1].t_s - samples[0].t_s if samples else 0.0
    refusal = _refusal(samples, span_s, counts)
    if refusal is not None:
        raise CalibrationError("calibration refused: {refusal}", refusal=refusal)
    whole = [s for s in samples if s.shoulders_seen]
    head_only = _refusal(whole, whole[-1].t_s - whole[0].t_s if whole else 0.0, counts) is not None
    samples = samples if head_only else whole
    values = np.array([[getattr(s.features, n) for n in FEATURE_NAMES] for s in samples])
    core = values[_core(values)]
    median = np.median(core, axis=0)
    spread = _MAD_TO_SIGMA * np.median(np.abs(values - median), axis=0)
    optional = _optional(samples)
    brightness = float(np.median([s.brightness for s in samples]))
    contrast = float(np.median([s.contrast for s in samples]))
    remarks: list[str] = []
    if span_s < ASKED_SPAN_S:
        remarks.append(f"short: {span_s:.0f} s seen, {UPRIGHT_S:.0f} s are better")
    if len(samples) < 0.7 * counts.total:
        remarks.append(f"only {len(samples)} of {counts.total} frames could be used")
    if brightness < DARK_BRIGHTNESS:
        remarks.append("the picture is dim; more light helps")
    if contrast < FLAT_CONTRAST:
        remarks.append("the picture is soft or flat; clean the lens, avoid fog and glare")
    uneasy = [name for name, limit in _STEADY.items() if spread[FEATURE_NAMES.index(name)] > limit]
    if uneasy:
        moved = ", ".join(name.rsplit("_", 1)[0].replace("_", " ") for name in uneasy)
        remarks.append(f"you moved ({moved}); sit still and look at the screen")
    if head_only:
        remarks.append("your shoulders aren't in view: only the head can be measured; move back")
    grade = (
        Grade.POOR
        if head_only
        else Grade.GOOD
        if not remarks
        else Grade.FAIR
        if len(remarks) == 1
        else Grade.POOR
    )
    return Baseline(
        median=Features(*(float(v) for v in median), *(middle for middle, _ in optional)),
        spread=Features(*(float(v) for v in spread), *(around for _, around in optional)),
        width_px=width_px,
        height_px=height_px,
        samples=len(samples),
        span_s=span_s,
        brightness=brightness,
        distance_cm=ASSUMED_DISTANCE_CM if distance_cm is None else distance_cm,
        distance_measured=distance_cm is not None,
        grade=grade,
        remarks=tuple(remarks),
        head_only=head_only,
    )


def _optional(samples: Sequence[CalibrationSample]) -> list[tuple[float | None, float | None]]:
    """Median and spread of what isn't always seen; None where it was seldom seen."""
    found: list[tuple[float | None, float | None]] = []
    for name in OPTIONAL_NAMES:
        values = [v for s in samples if (v := getattr(s.features, name)) is not None]
        if len(values) < MIN_SAMPLES:
            found.append((None, None))
            continue
        middle = float(np.median(values))
        found.append((middle, _MAD_TO_SIGMA * float(np.median(np.abs(np.array(values) - middle)))))
    return found


_LATENESS_S = 8.0
_GAP_UNIT = 0.08
"""What a later start or a shorter neck must be worth in calm; set on the samples' starts."""


_SEAT_LIMITS: Mapping[str, float] = {
    "neck_gap_ratio": 0.08,
    "face_scale_px": 0.105,
    "shoulder_x_px": 0.25,
    "shoulder_y_px": 0.14,
    "head_pitch_deg": 10.0,
}
"""How far from its median somebody who sits upright strays while they work; lengths in shoulder
widths, the face's size as a logarithm. Upright stretches of real people keep 90 % of their samples
within these, films that show several postures don't (14 of the former, 6 of the latter)."""
_SEAT_SHARE = 0.9
"""Of a stretch's samples within these, at least; measured on the films named above."""


def is_one_seat(samples: Sequence[CalibrationSample]) -> bool:
    """Whether all of these show one way to sit, with what naturally varies."""
    if len(samples) < MIN_SAMPLES:
        return False
    columns = {
        name: np.array([getattr(sample.features, name) for sample in samples])
        for name in (*_SEAT_LIMITS, "shoulder_width_px")
    }
    width_px = float(np.median(columns["shoulder_width_px"]))
    near = np.ones(len(samples), dtype=bool)
    for name, limit in _SEAT_LIMITS.items():
        values = np.log(columns[name]) if name == "face_scale_px" else columns[name]
        unit = width_px if name.startswith("shoulder") else 1.0
        near &= np.abs(values - np.median(values)) <= limit * unit
    return bool(near.mean() >= _SEAT_SHARE)


def steadiest(
    samples: Sequence[CalibrationSample], *, window_s: float, early_s: float
) -> Sequence[CalibrationSample]:
    """The best stretch of about ``window_s`` that starts within the first ``early_s``.

    For recordings without a calibration. People sit most upright soon after sitting down,
    and a slouch may be held as still as a good seat: so a stretch is the better the calmer,
    the earlier and the longer-necked it is. It holds at least ``MIN_SAMPLES``; with fewer
    early samples everything early is answered.
    """
    return _steadiest(samples, window_s, early_s)[0] if samples else samples


def is_beyond_better(
    samples: Sequence[CalibrationSample], *, window_s: float, early_s: float
) -> bool:
    """Whether ``steadiest`` has its answer: whatever starts now comes too late to be better."""
    if not samples:
        return False
    _, cost = _steadiest(samples, window_s, early_s)
    return cost <= (samples[-1].t_s - samples[0].t_s) / _LATENESS_S


def _steadiest(
    samples: Sequence[CalibrationSample], window_s: float, early_s: float
) -> tuple[Sequence[CalibrationSample], float]:
    """The best stretch and its cost; infinite where no stretch is long enough."""
    start_s = samples[0].t_s
    early = [s for s in samples if s.t_s - start_s <= early_s]
    if len(early) < MIN_SAMPLES:
        early = list(samples[: MIN_SAMPLES * 2])
    values = np.array([[getattr(s.features, n) / _STEADY[n] for n in _STEADY] for s in early])
    gaps = np.array([s.features.neck_gap_ratio for s in early])
    best: Sequence[CalibrationSample] = early
    least = math.inf
    for first, last in _windows(early, window_s):
        unrest = float(values[first : last + 1].std(axis=0).sum())
        lateness = (early[first].t_s - start_s) / _LATENESS_S
        shortness = float(gaps.max() - np.median(gaps[first : last + 1])) / _GAP_UNIT
        cost = unrest + lateness + shortness
        if cost < least - 1e-9:
            best, least = early[first : last + 1], cost
    return best, least


def _windows(samples: Sequence[CalibrationSample], window_s: float) -> Iterator[tuple[int, int]]:
    """First and last index of each stretch that is long enough and has enough samples."""
    last = 0
    for first in range(len(samples)):
        while last + 1 < len(samples) and (
            samples[last + 1].t_s - samples[first].t_s <= window_s or last + 1 - first < MIN_SAMPLES
        ):
            last += 1
        if last + 1 - first >= MIN_SAMPLES and samples[last].t_s - samples[first].t_s >= MIN_SPAN_S:
            yield first, last

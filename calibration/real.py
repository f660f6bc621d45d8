"""How right is it about real people? Labelled stills, shown to the real pipeline as recordings.

    python -m calibration.evaluate --real DIR

``DIR`` holds the tables ``laptop.csv``, ``slouch.csv``, ``desk.csv`` and ``heads.csv`` with the
pictures they name (see README.md for where anyone can get them). A still becomes a recording by
holding it. Nothing of the pictures is kept: only what the models measured in them.
"""

from __future__ import annotations

import csv
import hashlib
import pickle
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import cv2
import numpy as np

from posture_monitor.config import Settings
from posture_monitor.core import session
from posture_monitor.core.day.cadence import RECORDED
from posture_monitor.core.judge.fitted import WEIGHTS
from posture_monitor.core.judge.tired import with_tired
from posture_monitor.core.session import SessionState, Setup
from posture_monitor.domain import CalibrationError, Frame, Observation, Reason, Sample
from posture_monitor.monitor.calibrating import Gathering, upright_part
from posture_monitor.vision.models import MODEL_FILES
from posture_monitor.vision.observer import open_observer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from posture_monitor.core.judge.baseline import Baseline
    from posture_monitor.core.judge.scoring import Weights
    from posture_monitor.domain import ViewKeypoints

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
HOLD_S = 2.0
"""Each still that is judged is held this long; its last sample counts."""
SAMPLES_PER_S = 2.0
CALIBRATION_SAMPLES_PER_S = 5.0
WIDTH_PX, HEIGHT_PX = 640, 480
_BORDER_GREY = 90
MAX_YAW_DEG, MAX_PITCH_DEG = 45, 30
"""Heads turned further are left out: an eye is hidden."""

REASON_OF_LABEL: dict[str, frozenset[Reason]] = {
    "hunched": frozenset({Reason.SLOUCH, Reason.FORWARD_HEAD}),
    "slouch": frozenset({Reason.SLOUCH, Reason.FORWARD_HEAD}),
    "lean_left": frozenset({Reason.LEAN_LEFT}),
    "lean_right": frozenset({Reason.LEAN_RIGHT}),
    "head_tilt_left": frozenset({Reason.HEAD_TILT}),
    "head_tilt_right": frozenset({Reason.HEAD_TILT}),
}
"""Any of these names the posture; a hunch has no sharper name in these sets."""


@dataclass(frozen=True, slots=True)
class Still:
    """One picture and what is known of it."""

    image: Path
    label: str
    head_pitch_deg: float | None = None
    head_yaw_deg: float | None = None

    @property
    def strained(self) -> bool:
        return self.label != "upright"


@dataclass(frozen=True, slots=True)
class Stretch:
    """One person in one session: what to calibrate on and what to judge."""

    name: str
    person: str
    kind: str
    """``laptop``, ``slouch``, ``desk``, ``near`` or ``seated``."""
    calibration: tuple[Still, ...]
    judged: tuple[Still, ...]
    calibration_hold_s: float
    tired: tuple[Still, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What the pipeline saw of a stretch."""

    stretch: Stretch
    calibration: tuple[Observation, ...]
    tired: tuple[Observation, ...]
    judged: tuple[Observation, ...]
    view_keypoints: ViewKeypoints | None


@dataclass(frozen=True, slots=True)
class Result:
    """A stretch's samples, one a still; none where calibration was refused."""

    stretch: Stretch
    samples: tuple[tuple[Still, Sample], ...] = ()
    baseline: Baseline | None = None
    refusal: str | None = None


# ------------------------------------------------------------------------- the tables


def load(folder: Path) -> list[Stretch]:
    """Every stretch of the folder's tables that are there; FileNotFoundError with none."""
    found: list[Stretch] = []
    for name, reader in (
        ("laptop", _laptop),
        ("slouch", _slouch),
        ("desk", _desk),
        ("heads", _heads),
    ):
        table = folder / f"{name}.csv"
        if table.is_file():
            with table.open(newline="", encoding="utf-8") as file:
                found += reader(folder, list(csv.DictReader(file)))
    if not found:
        raise FileNotFoundError(
            f"{folder} holds none of laptop.csv, slouch.csv, desk.csv, heads.csv"
        )
    return found


def _still(folder: Path, row: dict[str, str]) -> Still:
    pitch, yaw = row.get("head_pitch_deg"), row.get("head_yaw_deg")
    return Still(
        folder / row["image"],
        row.get("label", "upright"),
        None if pitch is None else float(pitch),
        None if yaw is None else float(yaw),
    )


def _upright_first(row: dict[str, str]) -> bool:
    return row["label"] != "upright"


_LAPTOP_FROM, _LAPTOP_TO = 77, 115
"""The one upright stretch in which the laptop stood still for longest."""


def _laptop(folder: Path, rows: list[dict[str, str]]) -> list[Stretch]:
    rows = sorted(rows, key=lambda row: (_upright_first(row), int(row["number"])))
    start = [
        row
        for row in rows
        if row["label"] == "upright" and _LAPTOP_FROM <= int(row["number"]) < _LAPTOP_TO
    ]
    rest = [row for row in rows if row not in start]
    stills = partial(_still, folder)
    return [
        Stretch(
            "laptop", "laptop", "laptop", tuple(map(stills, start)), tuple(map(stills, rest)), 0.5
        )
    ]


def _slouch(folder: Path, rows: list[dict[str, str]]) -> list[Stretch]:
    found: list[Stretch] = []
    stills = partial(_still, folder)
    for film in sorted({row["film"] for row in rows}):
        own = sorted((row for row in rows if row["film"] == film), key=_upright_first)
        start, rest = own[:6], own[6:]
        tired = [row for row in rows if row["film"] == film and row["label"] == "slouch"][:2]
        calibration = tuple(map(stills, start))
        found.append(
            Stretch(
                f"slouch {film}", "slouch", "slouch", calibration, tuple(map(stills, rest)), 1.0
            )
        )
        judged = tuple(stills(row) for row in rest if row not in tired)
        found.append(
            Stretch(
                f"slouch {film}, tired seat given",
                "slouch",
                "slouch",
                calibration,
                judged,
                1.0,
                tuple(map(stills, tired)),
            )
        )
    return found


def _desk(folder: Path, rows: list[dict[str, str]]) -> list[Stretch]:
    found: list[Stretch] = []
    stills = partial(_still, folder)
    for film in sorted({row["film"] for row in rows}):
        own = [row for row in rows if row["film"] == film and row["doubtful"] == "0"]
        upright = [row for row in own if row["label"] == "upright"]
        start = upright[: max(10, len(upright) // 3)]
        rest = [row for row in own if row not in start]
        found.append(
            Stretch(
                f"desk {film}",
                f"desk {film}",
                "desk",
                tuple(map(stills, start)),
                tuple(map(stills, rest)),
                0.5,
            )
        )
    return found


def _heads(folder: Path, rows: list[dict[str, str]]) -> list[Stretch]:
    found: list[Stretch] = []
    for person in sorted({row["person"] for row in rows}):
        own = [
            _still(folder, row)
            for row in rows
            if row["person"] == person
            and abs(float(row["head_yaw_deg"])) <= MAX_YAW_DEG
            and abs(float(row["head_pitch_deg"])) <= MAX_PITCH_DEG
        ]
        front = next(s for s in own if s.head_yaw_deg == 0.0 and s.head_pitch_deg == 0.0)
        rest = tuple(still for still in own if still is not front)
        found += [
            Stretch(f"heads {person} {kind}", f"heads {person}", kind, (front,), rest, 12.0)
            for kind in ("near", "seated")
        ]
    return found


# ------------------------------------------------------------------------- the pictures


def _framed(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Fitted into 640 by 480, with grey borders."""
    height, width = image.shape[:2]
    scale = min(WIDTH_PX / width, HEIGHT_PX / height)
    image = _resized(image, round(width * scale), round(height * scale))
    framed = np.full((HEIGHT_PX, WIDTH_PX, 3), _BORDER_GREY, np.uint8)
    top, left = (HEIGHT_PX - image.shape[0]) // 2, (WIDTH_PX - image.shape[1]) // 2
    framed[top : top + image.shape[0], left : left + image.shape[1]] = image
    return framed


def _filled(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Enlarged to the whole picture: the face is near, the shoulders lie below."""
    return _resized(image, WIDTH_PX, HEIGHT_PX)


def _seated(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Reduced into a continued border, so that the shoulders fit in."""
    small = cv2.resize(image, (448, 336), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.copyMakeBorder(small, 24, 120, 96, 96, cv2.BORDER_REPLICATE), np.uint8)


def _resized(image: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


_MAKE: dict[str, Callable[[NDArray[np.uint8]], NDArray[np.uint8]]] = {
    "near": _filled,
    "seated": _seated,
}


def _frames(
    stretch: Stretch, stills: Iterable[Still], hold_s: float, per_s: float
) -> Iterable[Frame]:
    make = _MAKE.get(stretch.kind, _framed)
    index = 0
    for number, still in enumerate(stills):
        picture = cv2.imread(str(still.image))
        if picture is None:
            raise FileNotFoundError(f"{still.image} can't be read as a picture")
        image = make(np.asarray(picture, np.uint8))
        while index < round((number + 1) * hold_s * per_s):
            t_s = index / per_s
            yield Frame(image, t_s, START + timedelta(seconds=t_s), index)
            index += 1


_TIRED_HOLD_S = 3.0


def see(stretch: Stretch, cache: Path) -> Seen:
    """What the pipeline sees of a stretch; from the cache where it was seen before.

    The cache holds pickles that this very program wrote, and no pictures; delete the folder when
    the code of ``posture_monitor.vision`` has changed.
    """
    cache.mkdir(parents=True, exist_ok=True)
    parts = [stretch.name, *(model.sha256 for model in MODEL_FILES)]
    parts += [str(s.image.name) for s in (*stretch.calibration, *stretch.judged, *stretch.tired)]
    key = hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]
    kept = cache / f"real {stretch.name}.{key}.pickle"
    if kept.is_file():
        found: Seen = pickle.loads(kept.read_bytes())
        return found
    observer = open_observer("litert")
    start = stretch.calibration, stretch.calibration_hold_s, CALIBRATION_SAMPLES_PER_S
    calibration = tuple(observer.observe(frame) for frame in _frames(stretch, *start))
    view_keypoints = observer.view_keypoints()
    observer.close()
    observer = open_observer("litert")
    sunk = _frames(stretch, stretch.tired, _TIRED_HOLD_S, CALIBRATION_SAMPLES_PER_S)
    tired = tuple(observer.observe(frame) for frame in sunk)
    observer.close()
    observer = open_observer("litert", reuse=RECORDED)
    observer.renew_view(view_keypoints)
    frames = _frames(stretch, stretch.judged, HOLD_S, SAMPLES_PER_S)
    judged = tuple(observer.observe(frame) for frame in frames)
    observer.close()
    seen = Seen(stretch, calibration, tired, judged, view_keypoints)
    kept.write_bytes(pickle.dumps(seen))
    return seen


# ------------------------------------------------------------------------- the judgement


def baseline_of(seen: Seen) -> Baseline:
    """As ``calibrate`` fits it; CalibrationError where it refuses."""
    gathering = Gathering()
    for observation in seen.calibration:
        gathering.add(observation)
    # With a tired seat the upright part is named, as ``calibrate --end`` does it.
    among = None if seen.tired or not gathering.samples else upright_part(gathering.samples)
    baseline = replace(gathering.fit(among=among), view_keypoints=seen.view_keypoints)
    if seen.tired:
        sunk = Gathering()
        for observation in seen.tired:
            sunk.add(observation)
        baseline, _ = with_tired(baseline, sunk.samples)
    return baseline


def judge(seen: Seen, weights: Weights = WEIGHTS) -> Result:
    """The last sample of each still, judged as ``analyze`` would."""
    try:
        baseline = baseline_of(seen)
    except CalibrationError as error:
        return Result(seen.stretch, refusal=str(error))
    setup = Setup(Settings(), baseline, weights=weights)
    state = SessionState()
    last: dict[int, Sample] = {}
    for observation in seen.judged:
        outcome = session.step(state, observation, setup)
        state = outcome.state
        last[int(observation.t_s // HOLD_S)] = outcome.sample
    stills = seen.stretch.judged
    return Result(
        seen.stretch, tuple((stills[i], sample) for i, sample in sorted(last.items())), baseline
    )


# ------------------------------------------------------------------------- the figures


@dataclass(frozen=True, slots=True)
class Figures:
    """How right one rule is about one stretch; NaN where there is nothing to measure."""

    judged: float
    recall: float
    """Share of strained stills called so, one not judged counting as missed."""
    specificity: float
    """Share of upright stills left in peace, one not judged counting as not."""
    auc: float

    @property
    def right(self) -> float:
        return (self.recall + self.specificity) / 2.0


def share(hits: Sequence[bool]) -> float:
    return float(np.mean(hits)) if len(hits) else float("nan")


def area_under_curve(strained: Sequence[float], upright: Sequence[float]) -> float:
    """Chance that a strained value exceeds an upright one; ties count half."""
    if not strained or not upright:
        return float("nan")
    above = np.subtract.outer(np.asarray(strained), np.asarray(upright))
    return float((above > 0).mean() + 0.5 * (above == 0).mean())


def figures(result: Result) -> Figures:
    """Of the shipped judgement."""
    pairs = result.samples
    strained = [
        bool(sample.judged and sample.strained) for still, sample in pairs if still.strained
    ]
    peace = [
        bool(sample.judged and not sample.strained) for still, sample in pairs if not still.strained
    ]
    penalties = {
        kind: [
            100.0 - (sample.score or 0.0)
            for still, sample in pairs
            if sample.judged and still.strained is kind
        ]
        for kind in (True, False)
    }
    judged = [sample.judged for _, sample in pairs]
    return Figures(
        share(judged),
        share(strained),
        share(peace),
        area_under_curve(penalties[True], penalties[False]),
    )


def named(result: Result, label: str) -> tuple[int, int]:
    """How many stills of a label name its reason, and of how many."""
    hits = [
        bool(REASON_OF_LABEL[label] & set(sample.reasons))
        for still, sample in result.samples
        if still.label == label
    ]
    return sum(hits), len(hits)


@dataclass(frozen=True, slots=True)
class Angle:
    """A measured head angle against the nominal one."""

    slope: float
    r: float
    samples: int


def angle(results: Sequence[Result], metric: str) -> Angle:
    """Slope and correlation, pooled over these stretches."""
    pairs = [
        (getattr(still, metric), value)
        for result in results
        for still, sample in result.samples
        if (value := getattr(sample.metrics, metric)) is not None
    ]
    if len(pairs) < 3:
        return Angle(float("nan"), float("nan"), len(pairs))
    nominal, measured = np.array(pairs, np.float64).T
    slope = float(np.polyfit(nominal, measured, 1)[0])
    return Angle(slope, float(np.corrcoef(nominal, measured)[0, 1]), len(pairs))


def present(results: Sequence[Result]) -> float:
    """Share of the stills whose person is known to be present."""
    return share([s.presence == "present" for result in results for _, s in result.samples])


@dataclass(frozen=True, slots=True)
class Yardstick:
    """A rule of one line, held beside the judgement: what any program must beat."""

    name: str
    strained: Callable[[Sample, Baseline], float | None] = field(repr=False)
    """How far a sample is past its threshold; None where the rule has nothing to go by."""
    threshold: float = 0.0


def _gap_loss(sample: Sample, baseline: Baseline) -> float | None:
    gap = sample.metrics.neck_gap_ratio
    usual = baseline.median.neck_gap_ratio
    return None if gap is None or usual is None else usual - gap


def _eye_roll(sample: Sample, baseline: Baseline) -> float | None:
    roll = sample.metrics.head_roll_deg
    return None if roll is None else abs(roll)


GAP_RULE = Yardstick("neck gap 0.05 below the calibration's", _gap_loss, 0.05)
ROLL_RULE = Yardstick("head rolled by more than 8 degrees", _eye_roll, 8.0)


def yardstick_figures(result: Result, rule: Yardstick) -> Figures:
    """How right such a rule is on the same samples."""
    assert result.baseline is not None
    values = [(still, rule.strained(sample, result.baseline)) for still, sample in result.samples]
    return Figures(
        share([value is not None for _, value in values]),
        share([v is not None and v > rule.threshold for s, v in values if s.strained]),
        share([v is not None and v <= rule.threshold for s, v in values if not s.strained]),
        area_under_curve(
            [v for s, v in values if v is not None and s.strained],
            [v for s, v in values if v is not None and not s.strained],
        ),
    )

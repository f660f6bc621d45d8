"""What becomes of a judgement when the camera was moved between the calibration and the run.

Whole films are rolled, shifted and enlarged as pictures, and the rendered films in which the
camera itself moves are started again after the move. Judged by the shipped weights, with a profile
from before the move, as ``calibrate`` and ``analyze --profile`` do it.

python -m calibration.moved
"""

from __future__ import annotations

import argparse
import csv
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

import cv2
import numpy as np

from calibration.extract import SAMPLES_PER_S, opened
from calibration.recordings import (
    REASONS_OF_LABEL,
    RENDERS,
    UPRIGHT_LABELS,
    Recording,
    load,
)
from posture_monitor.analysis import batch
from posture_monitor.core import session
from posture_monitor.core.day.cadence import RECORDED
from posture_monitor.core.measure.view import homography
from posture_monitor.core.session import SessionState, Setup
from posture_monitor.domain import CalibrationError, Frame, ViewShift
from posture_monitor.monitor.calibration import calibrate
from posture_monitor.vision.observer import open_observer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from posture_monitor.core.judge.baseline import Baseline
    from posture_monitor.vision.recordings import FileSource

MOVES: dict[str, ViewShift] = {
    "not moved": ViewShift(),
    "rolled by 8 degrees": ViewShift(roll_deg=8.0),
    "rolled by -8 degrees": ViewShift(roll_deg=-8.0),
    "shifted by 0.1": ViewShift(across=0.1, cropped=True),
    "shifted by 0.2": ViewShift(across=0.2, cropped=True),
    "shifted by -0.35": ViewShift(across=-0.35, cropped=True),
    "shifted by 0.4": ViewShift(across=0.4, cropped=True),
    "raised by 0.15": ViewShift(down=-0.11, cropped=True),
    "lowered by 0.15": ViewShift(down=0.11, cropped=True),
    "enlarged 1.15": ViewShift(scale=1.15, cropped=True),
    "enlarged 1.3": ViewShift(scale=1.3, cropped=True),
    "reduced to 0.85": ViewShift(scale=0.85, cropped=True),
    "turned by 6 degrees": ViewShift(pan_deg=6.0),
    "tipped by -6 degrees": ViewShift(tilt_deg=-6.0),
    "turned by 14 degrees": ViewShift(pan_deg=14.0),
}


class Moved:
    """A recording as another view of the same room would show it; its edges go on beyond it."""

    live = False

    def __init__(self, source: FileSource, shift: ViewShift, from_s: float = 0.0) -> None:
        self._source = source
        self._shift = shift
        self._from_s = from_s

    def read(self, *, skip_until_s: float | None = None) -> Frame | None:
        until_s = self._from_s if skip_until_s is None else max(skip_until_s, self._from_s)
        frame = self._source.read(skip_until_s=until_s)
        if frame is None or self._shift == ViewShift():
            return frame
        by = homography(self._shift, frame.width_px, frame.height_px)
        size = (frame.width_px, frame.height_px)
        image = cv2.warpPerspective(frame.image, by, size, borderMode=cv2.BORDER_REPLICATE)
        return Frame(np.asarray(image, np.uint8), frame.t_s, frame.wall_at, frame.index)


@dataclass(slots=True)
class Tally:
    """Settled samples of known postures, and what was said of them."""

    upright: int = 0
    upright_judged: int = 0
    upright_strained: int = 0
    strained: int = 0
    strained_judged: int = 0
    strained_found: int = 0
    recordings: set[str] = field(default_factory=set)

    def add(self, label: str, judged: bool, strained: bool) -> None:
        if label in UPRIGHT_LABELS:
            self.upright += 1
            self.upright_judged += judged
            self.upright_strained += strained
        elif label in REASONS_OF_LABEL:
            self.strained += 1
            self.strained_judged += judged
            self.strained_found += strained

    def row(self, name: str) -> str:
        """Of the report's table."""
        judged = self.upright_judged + self.strained_judged
        everything = max(self.upright + self.strained, 1)
        wrong = self.upright_strained / max(self.upright_judged, 1)
        found = self.strained_found / max(self.strained_judged, 1)
        seen = "–" if self.strained_judged == 0 else f"{found:.2f}"
        return f"| {name} | {self.upright} | {judged / everything:.2f} | {wrong:.3f} | {seen} |"


def baseline_of(recording: Recording) -> Baseline | None:
    """As ``calibrate`` makes it of the upright start; None where it can't serve."""
    observer = open_observer("litert")
    try:
        with opened(recording) as source:
            return calibrate(source, observer, start_s=0.0, end_s=recording.calibration_end_s)
    except CalibrationError:
        return None
    finally:
        observer.close()


def judge(
    recording: Recording,
    baseline: Baseline,
    shift: ViewShift,
    tally: Tally,
    from_s: float = 0.0,
) -> None:
    """A run in the moved view with the old profile, from ``from_s`` on."""
    tally.recordings.add(recording.name)
    observer = open_observer("litert", reuse=RECORDED)
    observer.renew_view(baseline.view_keypoints)
    setup, state = Setup(baseline=baseline), SessionState()
    times = [row.t_s for row in recording.truth]
    with opened(recording) as source:
        film = cast("FileSource", Moved(source, shift, from_s))
        for observation in batch.observations(film, observer, SAMPLES_PER_S):
            outcome = session.step(state, observation, setup)
            state = outcome.state
            nearest = min(range(len(times)), key=lambda n: abs(times[n] - observation.t_s))
            row, sample = recording.truth[nearest], outcome.sample
            if row.present and not row.moving:
                tally.add(row.label, sample.judged, bool(sample.strained))
    observer.close()


def moved_from_s(recording: Recording) -> float | None:
    """When the camera of a film comes to rest after its move; None where it has none."""
    with recording.video.with_suffix(".csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    after = [float(r["t"]) for r in rows if r.get("camera_moved") == "1" and r["transition"] == "0"]
    return after[0] if after else None


def section(recordings: Sequence[Recording]) -> list[str]:
    """Lines of the report, as Markdown."""
    ordinary = [recording for recording in recordings if not recording.special]
    filmed = [recording for recording in recordings if "_camera_" in recording.name]
    baselines = {recording.name: baseline_of(recording) for recording in [*ordinary, *filmed]}
    tallies = {name: Tally() for name in MOVES}
    for name, shift in MOVES.items():
        print(f"  {name} …", file=sys.stderr, flush=True)
        for recording in ordinary:
            baseline = baselines[recording.name]
            if baseline is not None:
                judge(recording, baseline, shift, tallies[name])
    lines = [
        "## A camera moved between two runs",
        "",
        f"{len(tallies['not moved'].recordings)} films, calibrated as they are and then judged "
        "moved as whole pictures (shares of the picture's width), all of their length.",
        "",
        "| move | upright samples | judged | upright called strained, of those judged | "
        "strained found, of those judged |",
        "|---|---|---|---|---|",
        *(tally.row(name) for name, tally in tallies.items()),
        "",
        "Rendered films whose camera itself moves, started after the move:",
        "",
        "| recording | upright samples | judged | upright called strained, of those judged | "
        "strained found, of those judged |",
        "|---|---|---|---|---|",
    ]
    for recording in filmed:
        baseline, from_s = baselines[recording.name], moved_from_s(recording)
        if baseline is not None and from_s is not None:
            tally = Tally()
            judge(recording, baseline, ViewShift(), tally, from_s)
            lines.append(tally.row(recording.name))
    return [*lines, ""]


def one_of_each(recordings: Sequence[Recording]) -> list[Recording]:
    """The sample clips, the first rendered film of each person, and those with a moved camera."""
    chosen: dict[str, Recording] = {}
    for recording in recordings:
        special = recording.special and "_camera_" not in recording.name
        rendered = "renders" in recording.video.parts and not recording.special
        if not special:
            chosen.setdefault(recording.person if rendered else recording.name, recording)
    return list(chosen.values())


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m calibration.moved", description=__doc__)
    parser.add_argument(
        "--renders", type=Path, default=RENDERS, help="folder of the rendered calibration set"
    )
    print("\n".join(section(one_of_each(load(parser.parse_args(argv).renders)))))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""How what the body shows against itself changes with the camera's place.

Rendered people sit upright and hunched before a camera that is raised, lowered and put aside,
always pointed at them. Each is measured against the upright picture of the first place, level and
in front at 65 cm, as if the camera had been moved after the calibration and the room were not
recognised.

python -m calibration.cameras --assets DIR
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from calibration.recordings import ROOT
from posture_monitor.core.judge.scoring import judge
from posture_monitor.core.measure.features import Features, measure
from posture_monitor.core.measure.metrics import body_alone, deviate
from posture_monitor.domain import Frame, Unjudged
from posture_monitor.vision.observer import open_observer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from posture_monitor.core.measure.metrics import Deviation

REPORT = ROOT / "calibration" / "report" / "cameras.md"
_INTRODUCTION = """# The camera's place

{people} rendered people, upright and hunched, before a camera that is always pointed at them,
judged by the body alone against the upright picture of the first place ({distance_cm} cm, level).
Gaps are in shoulder widths, angles in degrees: median (least to most)."""
DISTANCE_M = 0.65
UP_CM = (-35, -25, -15, 15, 25)
ASIDE_CM = (15, 25, 40, 65)
"""To the person's left."""
_AIM_BELOW_EYES_DEG = 6.0
_APART_S = 1000.0
"""Between two pictures, so that nothing is followed from one to the next."""
_SCENE = {
    "light": "office",
    "dist": DISTANCE_M,
    "cam_x": 0.0,
    "drop": 0.0,
    "cam_tilt": -_AIM_BELOW_EYES_DEG,
    "cam_turn": 0.0,
    "hfov": 64.0,
    "wall": [0.55, 0.55, 0.52],
    "wall_dist": 1.6,
    "window_x": 1.4,
    "shelf_x": 1.05,
    "seed": 5,
}
_CALM = Features(**dict.fromkeys((field.name for field in fields(Features)), 0.0))
"""The spread of somebody who did not move while calibrating."""
_POSTURES: Mapping[str, Sequence[object]] = {
    "upright": ["upright", {}],
    "hunched": ["hunch", {}],
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the camera is put, from level and in front."""

    up_cm: float = 0.0
    aside_cm: float = 0.0

    @property
    def name(self) -> str:
        if self.aside_cm:
            degrees = math.degrees(math.atan2(0.01 * self.aside_cm, DISTANCE_M))
            return f"{self.aside_cm:g} cm ({degrees:.0f} degrees) aside"
        if self.up_cm:
            degrees = math.degrees(math.atan2(0.01 * abs(self.up_cm), DISTANCE_M))
            way = "above" if self.up_cm > 0 else "below"
            return f"{abs(self.up_cm):g} cm ({degrees:.0f} degrees) {way}"
        return "level, in front"

    @property
    def shift(self) -> dict[str, float]:
        """As the renderer takes it; the camera stays pointed at the person."""
        return {
            "up_cm": self.up_cm,
            "left_cm": self.aside_cm,
            "tilt_deg": -math.degrees(math.atan2(0.01 * self.up_cm, DISTANCE_M)),
            "turn_deg": -math.degrees(math.atan2(0.01 * self.aside_cm, DISTANCE_M)),
        }


PLACES = (
    Place(),
    *(Place(up_cm=up_cm) for up_cm in UP_CM),
    *(Place(aside_cm=aside_cm) for aside_cm in ASIDE_CM),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """One person in one posture before one place of the camera."""

    place: Place
    posture: str
    deviation: Deviation | None
    """From the same person, upright before the first place; None where it can't be measured."""
    strained: bool | None


def measured(person: str, assets: Path) -> list[Shown]:
    """Every posture before every place."""
    from samples.render.assets import Assets
    from samples.render.shooting import Shooting
    from samples.render.spec import HUMANS_FILE, film_from

    humans = json.loads(HUMANS_FILE.read_text(encoding="utf-8"))
    cases = [(place, posture) for posture in _POSTURES for place in PLACES]
    timeline, moves = [], []
    for number, (place, posture) in enumerate(cases):
        timeline.append([float(number), list(_POSTURES[posture]), 0.1])
        moves.append([float(number), place.shift, 0.1])
    spec = film_from(
        {
            "name": f"cameras_{person}",
            "seconds": float(len(cases)),
            "fps": 1,
            "seed": 1,
            "human": person,
            "scene": _SCENE,
            "timeline": timeline,
            "camera": moves,
            "fine": False,
        },
        humans,
    )
    shooting = Shooting(spec, Assets(assets))
    observer = open_observer("litert")
    found = []
    for number, _ in enumerate(cases):
        image, _ = shooting.take(number, number + 0.5)
        t_s = number * _APART_S
        pose = observer.observe(Frame(image, t_s, datetime(2026, 1, 5, tzinfo=UTC), number)).pose
        found.append(Unjudged.NOBODY if pose is None else measure(pose))
    observer.close()
    baseline = found[0]
    if isinstance(baseline, Unjudged):
        raise RuntimeError(f"{person} can't be measured before the first place: {baseline}")
    return [
        _shown(place, posture, features, baseline)
        for (place, posture), features in zip(cases, found, strict=True)
    ]


def _shown(place: Place, posture: str, features: Features | Unjudged, baseline: Features) -> Shown:
    if isinstance(features, Unjudged):
        return Shown(place, posture, None, None)
    deviation = deviate(features, baseline)
    verdict = judge(body_alone(deviation), _CALM)
    return Shown(place, posture, deviation, verdict.strained)


def section(shown: Iterable[Shown]) -> list[str]:
    """A table in Markdown."""
    rows = list(shown)
    lines = [
        "| camera | gap, upright | gap, hunched against upright there | head's roll |"
        " shoulders' line | upright called strained | hunched found |",
        "|---|---|---|---|---|---|---|",
    ]
    for place in PLACES:
        upright = [row for row in rows if row.place == place and row.posture == "upright"]
        hunched = [row for row in rows if row.place == place and row.posture == "hunched"]
        both = [
            (one.deviation, other.deviation)
            for one, other in zip(upright, hunched, strict=True)
            if one.deviation is not None and other.deviation is not None
        ]
        if not both:
            lines.append(f"| {place.name} | not measurable | | | | | |")
            continue
        lines.append(
            f"| {place.name} | {_spread([a.gap_change for a, _ in both])}"
            f" | {_spread([b.gap_change - a.gap_change for a, b in both])}"
            f" | {_spread([a.head_roll_deg for a, _ in both], 1)}"
            f" | {_spread([a.shoulder_tilt_deg for a, _ in both], 1)}"
            f" | {sum(row.strained is True for row in upright)} of {len(upright)}"
            f" | {sum(row.strained is True for row in hunched)} of {len(hunched)} |"
        )
    return lines


def _spread(values: Sequence[float], digits: int = 3) -> str:
    """Median, and the least and most in brackets."""
    middle, least, most = np.median(values), min(values), max(values)
    return f"{middle:+.{digits}f} ({least:+.{digits}f} to {most:+.{digits}f})"


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument(
        "--assets", type=Path, required=True, help="what the renderer draws with (samples/render)"
    )
    parser.add_argument("people", nargs="*", default=list("abcdefghijklm"), metavar="PERSON")
    parser.add_argument("--out", type=Path, default=REPORT, help="file for the table")
    arguments = parser.parse_args(argv)
    shown: list[Shown] = []
    for person in arguments.people:
        print(person, file=sys.stderr, flush=True)
        shown += measured(person, arguments.assets)
    people = len(arguments.people)
    lines = [*_INTRODUCTION.format(people=people, distance_cm=round(100 * DISTANCE_M)).splitlines()]
    arguments.out.write_text("\n".join([*lines, "", *section(shown)]) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

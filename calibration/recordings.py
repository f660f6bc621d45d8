"""Labelled recordings: a video, its truth a frame, and who sits where in what light.

Truth columns and their signs are those of ``samples/README.md``.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from posture_monitor.domain import Reason

ROOT = Path(__file__).resolve().parent.parent
RENDERS = ROOT / "calibration" / "renders"
MANIFEST = ROOT / "samples" / "manifest.json"

REASONS_OF_LABEL: dict[str, frozenset[Reason]] = {
    "slouch": frozenset({Reason.SLOUCH}),
    "mild_slouch": frozenset({Reason.SLOUCH}),
    # Sunk between the shoulders with the head forward: both are true of it.
    "hunch": frozenset({Reason.SLOUCH, Reason.FORWARD_HEAD}),
    "slide": frozenset({Reason.SLOUCH}),
    "forward_head": frozenset({Reason.FORWARD_HEAD}),
    "look_down": frozenset({Reason.HEAD_DOWN}),
    "phone": frozenset({Reason.HEAD_DOWN}),
    "phone_lap": frozenset({Reason.HEAD_DOWN}),
    "lean_in": frozenset({Reason.LEAN_IN}),
    "lean_left": frozenset({Reason.LEAN_LEFT}),
    "lean_right": frozenset({Reason.LEAN_RIGHT}),
    "head_tilt_left": frozenset({Reason.HEAD_TILT}),
    "head_tilt_right": frozenset({Reason.HEAD_TILT}),
    "shoulder_left_up": frozenset({Reason.SHOULDER_TILT}),
    "shoulder_right_up": frozenset({Reason.SHOULDER_TILT}),
    "shrug": frozenset({Reason.SHRUG}),
    "look_left": frozenset({Reason.HEAD_TURN}),
    "look_right": frozenset({Reason.HEAD_TURN}),
}
"""What a posture of the renderer is called when it is held."""

UPRIGHT_LABELS = frozenset({"upright", "typing", "mouse", "recline"})
"""Postures that strain nothing; the rest (a hand at the chin, a phone at the ear) is left out,
since opinions about them differ."""


@dataclass(frozen=True, slots=True)
class TruthRow:
    """What is known of one frame."""

    t_s: float
    label: str
    moving: bool
    """Between two postures: left out when scoring."""
    present: bool
    values: dict[str, float]


@dataclass(frozen=True, slots=True)
class Recording:
    """One labelled video."""

    name: str
    video: Path
    person: str
    camera: str
    light: str
    truth: tuple[TruthRow, ...]
    calibration_end_s: float
    special: bool = False
    """Shows a case for presence or for a moved camera; not for scoring postures."""


def read_truth(path: Path) -> tuple[TruthRow, ...]:
    """The rows of a truth file."""
    with path.open(newline="", encoding="utf-8") as file:
        return tuple(
            TruthRow(
                t_s=float(row["t"]),
                label=row["label"],
                moving=row["transition"] == "1",
                present=row["present"] == "1",
                values={
                    name: float(value)
                    for name, value in row.items()
                    if name.endswith(("_deg", "_cm", "_ratio_true")) and value not in ("", None)
                },
            )
            for row in csv.DictReader(file)
        )


RENDERED_START_S = 11.5
"""Each recording of the calibration set starts with twelve seconds of upright work."""


def _sample_start_s(truth: tuple[TruthRow, ...]) -> float:
    """The end of a sample clip's upright start."""
    for row in truth:
        if row.label not in UPRIGHT_LABELS or row.moving:
            return row.t_s - 1e-3
    return min(truth[-1].t_s, 12.0)


def read_manifest(path: Path) -> list[dict[str, Any]]:
    """The recordings that a ``manifest.json`` lists; their files lie in its folder.

    Raises ValueError, with one sentence, where it is no such list.
    """
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))["recordings"]
        for entry in listed:
            words = (entry["name"], entry["file"], entry["light"])
            words += (entry["person"]["human"], entry["camera"]["place"])
            if not all(isinstance(word, str) and word.isprintable() for word in words):
                raise TypeError("a name is no printable text")
            file = PurePosixPath(entry["file"])
            if file.is_absolute() or ".." in file.parts or not file.suffix:
                raise ValueError("a file lies outside of the folder")
        return list(listed)
    except (LookupError, TypeError, ValueError, RecursionError) as error:
        reason = type(error).__name__ if isinstance(error, RecursionError) else str(error)
        raise ValueError(f"{path} is no list of recordings ({reason[:120]})") from None


def load_set(folder: Path) -> list[Recording]:
    """The rendered calibration set, as far as it is rendered; special ones start with ``x_``."""
    listed = json.loads((folder / "set.json").read_text(encoding="utf-8"))
    found: list[Recording] = []
    for entry in listed:
        video = folder / f"{entry['name']}.mp4"
        if not (video.is_file() and video.with_suffix(".csv").is_file()):
            continue
        found.append(
            Recording(
                name=entry["name"],
                video=video,
                person=entry["person"],
                camera=entry["camera"],
                light=entry["light"],
                truth=read_truth(video.with_suffix(".csv")),
                calibration_end_s=RENDERED_START_S,
                special=entry["name"].startswith("x_"),
            )
        )
    return found


def load_samples() -> list[Recording]:
    """The eight clips of ``samples/``."""
    found: list[Recording] = []
    for entry in read_manifest(MANIFEST):
        if not entry["file"].startswith("clips/"):
            continue
        video = ROOT / "samples" / entry["file"]
        truth = read_truth(video.with_suffix(".csv"))
        found.append(
            Recording(
                name=entry["name"],
                video=video,
                person=entry["person"]["human"],
                camera=entry["camera"]["place"],
                light=entry["light"],
                truth=truth,
                calibration_end_s=_sample_start_s(truth),
            )
        )
    return found


def load(renders: Path | None = RENDERS) -> list[Recording]:
    """The sample clips and, where it was rendered, the calibration set."""
    rendered = renders is not None and (renders / "set.json").is_file()
    return [*load_samples(), *(load_set(renders) if rendered and renders else [])]

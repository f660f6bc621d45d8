"""What `analyze` wrote, read back; and files that are no videos."""

from __future__ import annotations

import csv
import json
import subprocess
from typing import TYPE_CHECKING, Any

from posture_monitor import cli
from tests.program import CLIPS
from tests.streams import cut

if TYPE_CHECKING:
    from pathlib import Path

LEAVES = CLIPS / "06_leave_return_office.mp4"
SLOUCHES = CLIPS / "02_slouch_office.mp4"

COLUMNS = [
    "t_s",
    "presence",
    "judged",
    "score",
    "strained",
    "reasons",
    "confidence",
    "viewing_distance_cm",
    "head_pitch_deg",
    "head_yaw_deg",
    "head_roll_deg",
    "shoulder_tilt_deg",
    "lateral_lean_deg",
    "head_drop_ratio",
    "neck_gap_ratio",
    "forward_head_ratio",
    "trunk_flexion_deg",
    "stillness_s",
]


def analyze(out: Path, *arguments: str | Path) -> int:
    """In this process, with a record of its own beside the results."""
    data_dir = out.parent / "data"
    return cli.main(
        ["--data-dir", str(data_dir), "analyze", "--out", str(out), *map(str, arguments)]
    )


def rows(out: Path, name: str) -> list[dict[str, str]]:
    with (out / f"{name}.samples.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def events(out: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / f"{name}.events.jsonl").read_text().splitlines()]


def summary(out: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((out / "summary.json").read_text())
    return document


def files(out: Path) -> set[str]:
    return {path.name for path in out.iterdir()}


def ffmpeg(*arguments: str | Path) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, arguments)], check=True, timeout=60)


def make_unreadable(folder: Path) -> dict[str, Path]:
    empty, text, noise = (folder / f"{name}.mp4" for name in ("empty", "text", "noise"))
    empty.write_bytes(b"")
    text.write_text("not a video\n")
    noise.write_bytes(bytes((7 * n * n + n // 3) % 256 for n in range(5000)))
    (folder / "folder").mkdir()
    return {
        "empty": empty,
        "text": text,
        "noise": noise,
        "folder": folder / "folder",
        "missing": folder / "missing.mp4",
        "headless": cut(SLOUCHES, folder / "headless.mp4", share=0.001),
    }

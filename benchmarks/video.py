"""What ``analyze`` costs: times real time on one core, memory against length, worker processes."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.films import make_recording
from benchmarks.processes import checked, program

if TYPE_CHECKING:
    from pathlib import Path

LENGTHS_S = (60.0, 600.0)
LONG_S = 7200.0
CALM_S = 600.0
"""Of somebody who sits upright and glances aside, in place of eight people in turn."""
QUICK_S = 8.0
WORKERS = (1, 2)
WORKERS_EACH_S = 300.0
"""How long each of two recordings is that two workers share."""
SAMPLES_PER_S = 2.0


@dataclass(frozen=True, slots=True)
class Analysis:
    """One call of ``analyze``."""

    video_s: float
    workers: int
    cpu_s: float
    wall_s: float
    peak_mb: float

    @property
    def times_real_time(self) -> float:
        """Seconds of video for each CPU second, start of the program included."""
        return self.video_s / self.cpu_s


def measure(folder: Path, *, quick: bool, long: bool) -> dict[str, Any]:
    """One recording of each length, then two of them with one worker and with two."""
    if quick:
        return {"analyses": [_document(analyze(folder, [QUICK_S], workers=1))], "scaling": []}
    lengths = (*LENGTHS_S, LONG_S) if long else LENGTHS_S
    analyses = []
    for seconds in lengths:
        print(f"  {seconds:.0f} s …", flush=True)
        analyses.append(_document(analyze(folder, [seconds], workers=1)))
    print("  a calm one …", flush=True)
    calm = _document(analyze(folder, [CALM_S], workers=1, calm=True))
    scaling = []
    for workers in WORKERS:
        print(f"  two recordings, --workers {workers} …", flush=True)
        scaling.append(_document(analyze(folder, [WORKERS_EACH_S] * 2, workers=workers)))
    return {"analyses": analyses, "calm": calm, "scaling": scaling, "cores": os.cpu_count()}


def _document(analysis: Analysis) -> dict[str, Any]:
    return {**asdict(analysis), "times_real_time": analysis.times_real_time}


def analyze(folder: Path, lengths_s: list[float], *, workers: int, calm: bool = False) -> Analysis:
    """Make the recordings where they are missing, analyse them, throw the results away."""
    videos = []
    for n, seconds in enumerate(lengths_s):
        video = folder / f"{'calm' if calm else 'recording'}_{seconds:.0f}_{n}.mp4"
        if not video.exists():
            make_recording(video, seconds, calm=calm)
        videos.append(video)
    out_dir = folder / f"out_{videos[0].stem}_{workers}"
    options = ("--fps", f"{SAMPLES_PER_S:g}", "--workers", str(workers), "--out", out_dir)
    command = program("--data-dir", folder / "data", "analyze", *videos, *options)
    ended = checked(command, folder / "analyze.txt")
    return Analysis(sum(lengths_s), workers, ended.cpu_s, ended.wall_s, ended.peak_mb)

"""From what a user names to jobs, and from their results to ``summary.json``."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from posture_monitor.analysis.inputs import find_videos, names_of
from posture_monitor.analysis.job import INTERVAL_NAME, Job, totals
from posture_monitor.analysis.manifest import Row
from posture_monitor.domain import SELF_NAME
from posture_monitor.system.names import shown
from posture_monitor.system.replacing import Replacing, remove_leftovers
from posture_monitor.system.tables import check_format

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from posture_monitor.analysis.job import VideoResult
    from posture_monitor.config import Settings
    from posture_monitor.core.judge.baseline import Baseline

SUMMARY = "summary.json"
MIXED_NAME = "mixed"
"""The baseline of a summary whose videos were judged by several."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says of all videos."""

    samples_per_s: float = 2.0
    file_format: str = "csv"
    profile: str | None = None
    dataset: bool = False
    landmarks: bool = False
    trc: bool = False
    elan: bool = False
    again: bool = False


def rows_of(named: Sequence[str]) -> list[Row]:
    """Files, folders and patterns as if a manifest named their videos and nothing else."""
    return [Row(0, found) for found in find_videos(named)]


def profiles_named(rows: Sequence[Row], options: Options) -> set[str]:
    """The stored profiles that these videos need."""
    named = {row.profile or options.profile for row in rows if row.calibration is None}
    return {name for name in named if name is not None}


def plan(
    rows: Sequence[Row],
    out_dir: Path,
    settings: Settings,
    options: Options,
    baselines: Mapping[str, Baseline],
) -> list[Job]:
    """A job a video; ConfigError where two would write the same files, or a format is missing."""
    check_format("parquet" if options.landmarks else options.file_format)
    names = names_of([row.found for row in rows])
    return [
        _job(row, name, out_dir, settings, options, baselines)
        for row, name in zip(rows, names, strict=True)
    ]


def _job(
    row: Row,
    name: str,
    out_dir: Path,
    settings: Settings,
    options: Options,
    baselines: Mapping[str, Baseline],
) -> Job:
    turned: dict[str, Any] = {"mirror": row.mirror, "rotate": row.rotate}
    turned = {key: value for key, value in turned.items() if value is not None}
    profile = None if row.calibration is not None else row.profile or options.profile
    usual = SELF_NAME if row.calibration is None else INTERVAL_NAME
    return Job(
        video=row.found.video,
        out_dir=out_dir,
        name=name,
        settings=replace(settings, camera=replace(settings.camera, **turned)),
        samples_per_s=options.samples_per_s,
        file_format=options.file_format,
        baseline=None if profile is None else baselines[profile],
        baseline_name=usual if profile is None else profile,
        calibration=row.calibration,
        labels=row.labels,
        dataset=options.dataset,
        landmarks=options.landmarks,
        trc=options.trc,
        elan=options.elan,
        again=options.again,
    )


def clear_leftovers(jobs: Sequence[Job]) -> None:
    """Removes what killed runs of these jobs left half written."""
    names: dict[Path, list[str]] = defaultdict(list)
    for job in jobs:
        for file in (*job.files, job.provenance_file, job.out_dir / SUMMARY):
            names[file.parent].append(file.name)
    for folder, files in names.items():
        remove_leftovers(folder, files)


def write_summary(out_dir: Path, results: Sequence[VideoResult]) -> Path:
    """``summary.json``: the figures of all videos together and of each; OSError."""
    baselines = {result.baseline for result in results}
    document = {
        "schema": 1,
        "baseline": baselines.pop() if len(baselines) == 1 else MIXED_NAME,
        **totals([result for result in results if result.error is None]),
        "failed": [shown(result.name) for result in results if result.error is not None],
        "videos": {shown(result.name): result.to_document() for result in results},
    }
    path = out_dir / SUMMARY
    with Replacing(path) as target:
        json.dump(document, target.file, indent=2, allow_nan=False)
        target.file.write("\n")
    return path

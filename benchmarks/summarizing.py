"""What it costs to summarize many days: ``python -m benchmarks.summarizing [DAYS ...]``.

Makes days of eight hours at two samples a second, as ``analyze --format parquet --dataset`` lays
them out (57,600 rows, some 5 MB each), and summarizes them by person in a fresh process.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from posture_monitor.analysis.batch import METADATA_KEY
from posture_monitor.analysis.job import Labels, partition_of
from posture_monitor.domain import METRIC_NAMES

RATE = 2.0
ROWS = int(8 * 3600 * RATE)
KINDS = 4
"""Different days; each is used again under other names, since making them takes longest."""


def day_of(number: int) -> pa.Table:
    """A day with a break each hour, noise in each metric, and strain in some stretches."""
    chance = np.random.default_rng(number)
    t_s = np.arange(ROWS) / RATE
    here = t_s % 3600.0 < 3300.0
    judged = here & (chance.random(ROWS) > 0.05)
    score = np.round(80.0 + 10.0 * np.sin(t_s / 900.0) + chance.normal(0.0, 3.0, ROWS), 2)
    strained = judged & (score < 72.0)
    reasons = np.where(t_s % 1200.0 > 600.0, "slouch;head_down", "lean_in")
    columns = {
        "t_s": t_s,
        "presence": np.where(here, "present", "away"),
        "judged": judged.astype("int8"),
        "score": pa.array(score, mask=~judged),
        "strained": pa.array(strained.astype("int8"), mask=~judged),
        "reasons": np.where(strained, reasons, ""),
        "confidence": np.round(chance.random(ROWS), 3),
    }
    for name in METRIC_NAMES:
        columns[name] = pa.array(np.round(chance.normal(0.0, 5.0, ROWS), 4), mask=~here)
    return pa.table(columns)


def make(folder: Path, days: int) -> None:
    """So many person-days of 20 days each, in two groups."""
    kinds = [day_of(number) for number in range(KINDS)]
    for number in range(days):
        person, day = divmod(number, 20)
        labels = Labels(f"P{person:02}", "AB"[person % 2], f"2026-03-{day + 1:02}")
        told = {"video": f"{number:04}", "samples_per_s": RATE, **labels.to_document()}
        place = folder / partition_of(labels)
        place.mkdir(parents=True)
        table = kinds[number % KINDS].replace_schema_metadata({METADATA_KEY: json.dumps(told)})
        pq.write_table(table, place / f"{number:04}.samples.parquet", row_group_size=10_000)


def measure(folder: Path) -> tuple[float, float, float]:
    """Wall and processor seconds, and the peak of memory in MB, of one call."""
    before, began_s = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = ["-m", "posture_monitor", "--data-dir", str(folder / "data"), "summarize"]
    done = subprocess.run(
        [sys.executable, "-c", _PEAK, *command, str(folder), "--format", "csv"],
        check=True,
        capture_output=True,
        text=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return time.perf_counter() - began_s, cpu_s, float(done.stderr.split()[-1]) / 1024.0


_PEAK = (
    "import atexit, resource, runpy, sys\n"
    "atexit.register(lambda: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,"
    " file=sys.stderr))\n"
    "sys.argv = ['posture-monitor', *sys.argv[3:]]\n"
    "runpy.run_module('posture_monitor', run_name='__main__')\n"
)


def main(numbers: list[int]) -> None:
    print("| person-days | on disk | time | processor | peak memory |")
    print("|---|---|---|---|---|")
    for days in numbers:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            make(place, days)
            size_mb = sum(file.stat().st_size for file in place.rglob("*.parquet")) / 1e6
            wall_s, cpu_s, peak_mb = measure(place)
            print(
                f"| {days:,} | {size_mb:,.0f} MB | {wall_s:.1f} s | {cpu_s:.1f} s "
                f"| {peak_mb:.0f} MB |",
                flush=True,
            )


if __name__ == "__main__":
    main([int(number) for number in sys.argv[1:]] or [10, 100, 1000])

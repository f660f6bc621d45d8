"""Many analysed recordings in a small table: per person, group, day or video; by Polars.

One file is read at a time and becomes a few sums, so memory doesn't grow with their number. A
sample stands for the time until the next one, ``MAX_GAP_S`` at most; the last for one period.
"""

from __future__ import annotations

import json
import math
import os
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from posture_monitor.analysis.batch import COLUMNS, METADATA_KEY
from posture_monitor.config import SittingSettings
from posture_monitor.core.stats.ratio import ratio_of_sums
from posture_monitor.domain import METRIC_NAMES, ConfigError, Presence, Reason
from posture_monitor.system.names import shown
from posture_monitor.wording import analysis_words as words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

SUFFIX = ".samples.parquet"
MAX_GAP_S = SittingSettings().max_gap_s
"""Samples further apart leave the time beyond unseen, as when they are judged."""
LEVELS: Mapping[str, tuple[str, ...]] = {
    "group": ("group",),
    "person": ("group", "person"),
    "day": ("group", "person", "day"),
    "video": ("group", "person", "day", "video"),
}
"""What is told apart at each level; the last is what a row stands for."""
_UNIT = {"group": "person", "person": "day"}
"""What an interval counts; days and videos have none."""
_STATES = ("presence", "judged", "strained", "reasons")


@dataclass(slots=True)
class Sums:
    """Seconds, and metrics times seconds, of some samples."""

    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """By presence, ``judged``, ``strained``, ``score`` (times seconds), each reason."""
    metric: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    metric_s: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, other: Sums) -> None:
        for mine, theirs in (
            (self.seconds, other.seconds),
            (self.metric, other.metric),
            (self.metric_s, other.metric_s),
        ):
            for key, value in theirs.items():
                mine[key] += value


def summarize(folder: Path, level: str) -> list[dict[str, Any]]:
    """A row for each person, group, day or video, sorted; None where nothing was judged.

    ConfigError without Polars, where there are no results, or where a file is none.
    """
    files = _files(folder)
    if not files:
        raise ConfigError(words.NO_RESULTS, folder=shown(folder))
    return rows_of(_each(files), level)


def rows_of(videos: Iterable[tuple[dict[str, str], Sums]], level: str) -> list[dict[str, Any]]:
    """The same of the sums of single videos and whose they are."""
    told_apart = LEVELS[level]
    whole: dict[tuple[str, ...], Sums] = defaultdict(Sums)
    counted: dict[tuple[str, ...], int] = defaultdict(int)
    units: dict[tuple[str, ...], dict[str, Sums]] = defaultdict(lambda: defaultdict(Sums))
    unit = _UNIT.get(level)
    for labels, sums in videos:
        key = tuple(labels[name] for name in told_apart)
        counted[key] += 1
        whole[key].add(sums)
        if unit is not None and labels[unit]:  # what isn't known is no unit
            units[key][labels[unit]].add(sums)
    return [
        dict(zip(told_apart, (one or None for one in key), strict=True))
        | {"videos": counted[key]}
        | ({} if unit is None else {f"{unit}s": len(units[key])})
        | _figures(whole[key], list(units[key].values()))
        for key in sorted(whole)
    ]


def _figures(sums: Sums, units: Sequence[Sums]) -> dict[str, Any]:
    seconds = sums.seconds
    observed_s = sum(seconds[one] for one in Presence)
    present_s, judged_s = seconds[Presence.PRESENT], seconds["judged"]
    row: dict[str, Any] = {"observed_s": round(observed_s, 1)}
    row |= {f"{one}_s": round(seconds[one], 1) for one in Presence}
    row |= {"judged_s": round(judged_s, 1), "strained_s": round(seconds["strained"], 1)}
    row["coverage"] = round(judged_s / present_s, 4) if present_s > 0.0 else None
    row |= _interval("strained_share", "strained", 4, 1.0, sums, units)
    row |= _interval("mean_score", "score", 2, 100.0, sums, units)
    row |= {f"{reason}_s": round(seconds[reason], 1) for reason in Reason}
    for name in METRIC_NAMES:
        known_s = sums.metric_s[name]
        row[name] = round(sums.metric[name] / known_s, 4) if known_s > 0.0 else None
        row[f"{name}_coverage"] = round(known_s / present_s, 4) if present_s > 0.0 else None
    return row


def _interval(
    name: str, part: str, digits: int, most: float, sums: Sums, units: Sequence[Sums]
) -> dict[str, float | None]:
    """A share of the judged time or a mean over it, and its 95 % interval over the units."""
    value = ratio_of_sums([(sums.seconds[part], sums.seconds["judged"])])
    over = ratio_of_sums([(one.seconds[part], one.seconds["judged"]) for one in units])
    low, high = (None, None) if over is None else (over.low, over.high)
    return {
        name: None if value is None else round(value.value, digits),
        f"{name}_low": None if low is None else round(max(low, 0.0), digits),
        f"{name}_high": None if high is None else round(min(high, most), digits),
    }


def _files(folder: Path) -> list[Path]:
    return sorted(
        Path(inside, name)
        for inside, _, names in os.walk(folder)
        for name in names
        if name.endswith(SUFFIX)
    )


def _each(files: Sequence[Path]) -> Iterator[tuple[dict[str, str], Sums]]:
    # One thread: two halve no waiting for files this small, and cost a third more in all.
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    try:
        import polars
    except ImportError:
        raise ConfigError(words.NO_POLARS) from None
    for file in files:
        try:
            labels, period_s = _labels(polars, file)
            yield labels, _sums(polars, file, period_s)
        except (polars.exceptions.PolarsError, OSError, ValueError, KeyError, TypeError) as error:
            raise ConfigError(words.NO_SAMPLES, file=shown(file)) from error


def _labels(polars: Any, file: Path) -> tuple[dict[str, str], float]:
    told = json.loads(polars.read_parquet_metadata(file)[METADATA_KEY])
    period_s = 1.0 / float(told["samples_per_s"])
    if not 0.0 < period_s < math.inf:
        raise ValueError("no rate")
    return {name: str(told.get(name, "")) for name in LEVELS["video"]}, period_s


def _sums(polars: Any, file: Path, period_s: float) -> Sums:
    col = polars.col
    until_next = (col("t_s").shift(-1) - col("t_s")).fill_null(period_s).clip(0.0, MAX_GAP_S)
    samples = polars.scan_parquet(file, glob=False).select(*COLUMNS).with_columns(s=until_next)
    parts = [col("s").sum(), (col("s") * col("score")).sum().alias("score")]
    for name in METRIC_NAMES:
        parts.append((col("s") * col(name)).sum().alias(name))
        parts.append((col("s") * col(name).is_not_null()).sum().alias(f"{name}_s"))
    sums = Sums()
    # Few states occur, and most of the work is one pass over each column.
    for row in samples.group_by(_STATES, maintain_order=True).agg(parts).collect().rows(named=True):
        seconds = sums.seconds
        seconds[Presence(row["presence"])] += row["s"]
        if row["judged"] == 1:
            seconds["judged"] += row["s"]
            seconds["strained"] += row["s"] if row["strained"] == 1 else 0.0
            seconds["score"] += row["score"]
        for reason in filter(None, row["reasons"].split(";")):
            seconds[Reason(reason)] += row["s"]
        for name in METRIC_NAMES:
            sums.metric[name] += row[name]
            sums.metric_s[name] += row[f"{name}_s"]
    return sums

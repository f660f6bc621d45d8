"""Reads rows of the record and checks them: what doesn't fit its checksum is left out and said."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from posture_monitor.history.checks import checksum, event_checksum, interval_checksum
from posture_monitor.history.rows import (
    DAY_US,
    EVENT_COLUMNS,
    INTERVAL_COLUMNS,
    RUN_COLUMNS,
)
from posture_monitor.history.schema import END_US

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from posture_monitor.history.schema import Database

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Entries:
    """A table whose rows belong to a run and a moment."""

    table: str
    columns: str
    """Those that the checksum covers, after the run's number."""
    checksum: Callable[..., int]
    start_us: str
    end_us: str
    """In the words of the index, which may answer by itself."""
    true_end_us: str
    """In other words, so that the row itself is asked: the index may be damaged."""
    order: str


INTERVALS = Entries(
    "intervals",
    INTERVAL_COLUMNS,
    interval_checksum,
    start_us="start_at_us",
    end_us=END_US,
    true_end_us="duration_s * 1000000 + start_at_us",
    order="start_at_us, run_id",
)
EVENTS = Entries(
    "events",
    EVENT_COLUMNS,
    event_checksum,
    start_us="at_us",
    end_us="at_us",
    true_end_us="at_us",
    order="at_us, id",
)


@dataclass(frozen=True, slots=True)
class Found:
    """What was read, and where something is amiss."""

    rows: list[tuple[int, Row]]
    """The day and the values of each row that is as it was written."""
    damaged_days: set[int]
    """Days since 1970 in UTC of which a row was changed or is missing."""


def intact_runs(db: Database) -> dict[int, Row]:
    """The runs that are as they were written, by their number, as rows of RUN_COLUMNS."""
    rows = db.execute(f"SELECT {RUN_COLUMNS}, crc FROM runs").fetchall()
    return {row[0]: row[:-1] for row in rows if fits(row, checksum)}


def fits(row: Sequence[Any], checksum_of: Callable[..., int]) -> bool:
    """Whether a row's values fit the checksum at its end; one without was put in by others."""
    return row[-1] is None or row[-1] == checksum_of(*row[:-1])


def chosen_runs(runs: Mapping[int, Row], source: str | None) -> list[int]:
    """The numbers of the live runs, or of the latest replay of the named source."""
    if source is None:
        return [run_id for run_id, (_, _, live, *_) in runs.items() if live]
    named = [run_id for run_id, (_, name, live, *_) in runs.items() if name == source and not live]
    return [max(named)] if named else []


def read_checked(
    db: Database,
    entries: Entries,
    since_us: int,
    until_us: int,
    runs: Mapping[int, Row],
    chosen: Sequence[int],
) -> Found:
    """The rows of the chosen runs that overlap that time, oldest first.

    Whole days are read, and one before: a row that lost its place would not be missed otherwise.
    """
    first, last = since_us // DAY_US - 1, (until_us - 1) // DAY_US
    rows = db.execute(
        f"""SELECT {entries.start_us} / {DAY_US},
            {entries.true_end_us} >= ? AND {entries.start_us} < ?, crc, run_id, {entries.columns}
            FROM {entries.table}
            WHERE {entries.end_us} >= ? AND {entries.start_us} < ?
            AND +run_id IN (SELECT value FROM json_each(?)) ORDER BY {entries.order}""",
        (since_us, until_us, first * DAY_US, (last + 1) * DAY_US, json.dumps(list(chosen))),
    )
    checksum_of = entries.checksum
    found: list[tuple[int, Row]] = []
    sums: dict[tuple[int, int], int] = {}
    damaged: set[int] = set()
    for day, asked, crc, *values in rows:
        if crc is not None:
            if crc != checksum_of(*values):
                if day is not None and 0 <= day < first:  # the sums tell the others
                    damaged.add(day)
                continue
            key = (values[0], day)
            sums[key] = sums.get(key, 0) + crc
        if asked:
            found.append((day, tuple(values[1:])))
    written = db.execute(
        "SELECT run_id, day, crc_sum FROM day_sums WHERE entries = ? AND day BETWEEN ? AND ?",
        (entries.table, first, last),
    ).fetchall()
    return Found(found, damaged | _unequal(sums, written, first, runs, set(chosen)))


def _unequal(
    read: Mapping[tuple[int, int], int],
    written: Iterable[tuple[int, int, int]],
    first: int,
    runs: Mapping[int, Row],
    chosen: set[int],
) -> set[int]:
    """The days whose rows don't add up to what was written, and those of a run that is lost."""
    sums = {(run_id, day): crc_sum for run_id, day, crc_sum in written}
    lost = {day for run_id, day in sums if run_id not in runs}
    changed = {
        key[1]
        for key in sums.keys() | read.keys()
        if key[0] in chosen and key[1] >= first and sums.get(key, 0) != read.get(key, 0)
    }
    return lost | changed


def latest_rows(db: Database, entries: Entries, run_id: int) -> list[Row]:
    """The run's rows that end last, the latest first, as far as they are as they were written."""
    rows = db.execute(
        f"""SELECT run_id, {entries.columns}, crc FROM {entries.table}
            WHERE run_id = ? ORDER BY {entries.true_end_us} DESC LIMIT 8""",
        (run_id,),
    ).fetchall()
    return [row[1:-1] for row in rows if fits(row, entries.checksum)]

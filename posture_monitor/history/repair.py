"""Checks the whole file of the record, and takes out what is damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from posture_monitor.history.checks import checksum
from posture_monitor.history.reading import (
    EVENTS,
    INTERVALS,
    Entries,
    Found,
    fits,
    intact_runs,
    read_checked,
)
from posture_monitor.history.rows import DAY_US, PROFILE_COLUMNS, RUN_COLUMNS
from posture_monitor.history.schema import fill_day_sums

if TYPE_CHECKING:
    from collections.abc import Callable

    from posture_monitor.history.schema import Database

_EVER_US = 0, 100_000 * DAY_US
"""Until the year 2243."""


def first_fault_of_file(db: Database) -> str | None:
    """What SQLite finds wrong with tables and indexes; None where all fits together."""
    told = str(db.execute("PRAGMA integrity_check(1)").fetchone()[0])
    return None if told == "ok" else told.splitlines()[-1]


def read_all(db: Database, entries: Entries) -> Found:
    """Every row of every run, checked."""
    runs = intact_runs(db)
    return read_checked(db, entries, *_EVER_US, runs, list(runs))


def delete_damaged(db: Database, makes_sense: Callable[[Entries, tuple[Any, ...]], bool]) -> int:
    """Delete the rows that are not as they were written; how many those were.

    Then what is left adds up again. ``makes_sense`` tells whether the values of a row can be a
    record at all.
    """
    db.execute("REINDEX")
    count = 0
    for run in db.execute(f"SELECT {RUN_COLUMNS}, crc FROM runs").fetchall():
        if not fits(run, checksum):
            count += _delete(db, "runs", "id = ?", run[:1])
    for profile in db.execute(f"SELECT {PROFILE_COLUMNS}, crc FROM profiles").fetchall():
        if not fits(profile, checksum):
            count += _delete(db, "profiles", "name IS ?", profile[:1])
    for entries, key in ((INTERVALS, "run_id IS ? AND start_at_us IS ?"), (EVENTS, "id IS ?")):
        keys = "run_id, start_at_us" if entries is INTERVALS else "id"
        width = len(keys.split(","))
        rows = db.execute(f"SELECT {keys}, run_id, {entries.columns}, crc FROM {entries.table}")
        damaged = [
            row[:width]
            for row in rows
            if not fits(row[width:], entries.checksum)
            or not makes_sense(entries, row[width + 1 : -1])
        ]
        for values in damaged:
            count += _delete(db, entries.table, key, values)
    for entries in (INTERVALS, EVENTS):
        count += _delete(db, entries.table, "run_id NOT IN (SELECT id FROM runs)", ())
    if first_fault_of_file(db) is not None:
        _write_again(db)
    db.execute("DELETE FROM day_sums")
    fill_day_sums(db)
    return count


def _write_again(db: Database) -> None:
    """Write all rows again, in their order: one may stand where it can't be found."""
    for entries in (INTERVALS, EVENTS):
        columns = f"run_id, {entries.columns}, crc"
        rows = db.execute(
            f"SELECT {columns} FROM {entries.table} NOT INDEXED ORDER BY +{entries.start_us}"
        ).fetchall()
        parts = db.execute(
            "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL"
            " ORDER BY type != 'table'",
            (entries.table,),
        ).fetchall()
        # Deleting row by row would not find a misplaced one either.
        db.execute(f"DROP TABLE {entries.table}")
        for (statement,) in parts:
            db.execute(statement)
        places = ", ".join("?" * len(columns.split(",")))
        for row in rows:
            db.execute(f"INSERT INTO {entries.table} ({columns}) VALUES ({places})", row)


def _delete(db: Database, table: str, condition: str, values: tuple[Any, ...]) -> int:
    return int(db.execute(f"DELETE FROM {table} WHERE {condition}", values).rowcount)

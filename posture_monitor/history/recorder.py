"""The writing side of one run of the monitor."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from posture_monitor.core.stats.summary import clip, end_at
from posture_monitor.domain import StoreError
from posture_monitor.history.checks import checksum, event_checksum, interval_checksum
from posture_monitor.history.rows import (
    EVENT_COLUMNS,
    INTERVAL_COLUMNS,
    RUN_COLUMNS,
    event_row,
    interval_row,
    to_us,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from datetime import datetime

    from posture_monitor.domain import Event, Interval
    from posture_monitor.history.schema import Database

_RECENT = 32
"""Starts of intervals that may still change; what lies further back stays as it was told."""
_ROUNDING = timedelta(milliseconds=1)


def put_interval(db: Database, run_id: int, interval: Interval) -> None:
    """Insert, or replace the run's interval that began at the same moment."""
    values = (run_id, *interval_row(interval))
    db.execute(
        f"INSERT OR REPLACE INTO intervals (run_id, {INTERVAL_COLUMNS}, crc)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*values, interval_checksum(*values)),
    )


def put_run(db: Database, values: tuple[str, bool, str | None, int]) -> int:
    """Insert a run with a number of its own, which is answered."""
    cursor = db.execute(f"INSERT INTO runs ({RUN_COLUMNS}) VALUES (NULL, ?, ?, ?, ?)", values)
    run_id = int(cursor.lastrowid or 0)
    db.execute("UPDATE runs SET crc = ? WHERE id = ?", (_run_crc((run_id, *values)), run_id))
    return run_id


def _run_crc(row: tuple[int, str, bool, str | None, int]) -> int:
    run_id, source, live, profile, started_at_us = row
    return checksum(run_id, source, int(live), profile, started_at_us)


@dataclass(frozen=True, slots=True)
class _Told:
    """What was last told about the interval that begins at some moment."""

    row_at: datetime
    """Start of its row: later than its own where the beginning was deleted meanwhile."""
    until: datetime
    beat: int
    """The heartbeat in which that was."""


class RunRecorder:
    """The writing side of one run (a ports.Recorder); each call commits before it returns."""

    def __init__(
        self,
        transaction: Callable[[], AbstractContextManager[Database]],
        run_row: tuple[int, str, bool, str | None, int],
    ) -> None:
        self._begin = transaction
        self._run_row = run_row
        self._told: dict[datetime, _Told] = {}
        self._beat = 0
        self._closed = False

    @property
    def run_id(self) -> int:
        return self._run_row[0]

    def heartbeat(self, interval: Interval, *more: Interval) -> None:
        """Tell the intervals as they stand now, all in one commit.

        One with a known start replaces what was told of it. What the last heartbeat told of
        time inside it and this one doesn't gives way too: a late insight may merge intervals.
        Whatever is older stays, also where the clock was set back and its time comes again.
        Where somebody deleted an interval meanwhile, only what is new since is added.
        """
        told = self._told
        intervals = (interval, *more)
        for each in intervals:
            interval_row(each)  # refuses what no record may hold
        with self._transaction() as db:
            for each in intervals:
                told = self._tell(db, told, each)
        self._told = told
        self._beat += 1

    def event(self, at: datetime, event: Event) -> None:
        """Add the event at its wall-clock time."""
        row = event_row(at, event)
        with self._transaction() as db:
            values = (self.run_id, *row)
            db.execute(
                f"INSERT INTO events (run_id, {EVENT_COLUMNS}, crc) VALUES (?, ?, ?, ?, ?, ?)",
                (*values, event_checksum(*values)),
            )

    def close(self) -> None:
        """Refuse further writes; everything written is already safe."""
        self._closed = True

    def _tell(
        self, db: Database, told: dict[datetime, _Told], interval: Interval
    ) -> dict[datetime, _Told]:
        start_at, until = interval.start_at, end_at(interval)
        before = told.get(start_at)
        row_at = start_at
        if before is not None:
            row_at = before.row_at if self._exists(db, before.row_at) else before.until
        kept = {start: row for start, row in told.items() if start != start_at}
        for start, row in told.items():
            # What melts into an interval that grew came after it as it was; anything else inside
            # it is of a time that came twice, since the clock was set back.
            after = before is None or start >= before.until - _ROUNDING
            if (
                row.beat == self._beat
                and after
                and start_at < start < until
                and row.until <= until + _ROUNDING
            ):
                del kept[start]
                db.execute(
                    "DELETE FROM intervals WHERE run_id = ? AND start_at_us = ?",
                    (self.run_id, to_us(row.row_at)),
                )
        piece = interval if row_at == start_at else clip(interval, since=row_at)
        if piece:
            put_interval(db, self.run_id, piece)
        kept[start_at] = _Told(row_at, until, self._beat + 1)
        return dict(list(kept.items())[-_RECENT:])

    def _exists(self, db: Database, row_at: datetime) -> bool:
        key = (self.run_id, to_us(row_at))
        found = db.execute("SELECT 1 FROM intervals WHERE run_id = ? AND start_at_us = ?", key)
        return found.fetchone() is not None

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[Database]:
        if self._closed:
            raise StoreError("this run's record is closed; begin another run")
        with self._begin() as db:
            self._present(db)
            yield db

    def _present(self, db: Database) -> None:
        """Make sure that the run is in the record under a number of its own.

        Everything may have been deleted since the last write, this run's row too; or the file is
        another one now, in which the number means another run.
        """
        db.execute(
            f"INSERT OR IGNORE INTO runs ({RUN_COLUMNS}, crc) VALUES (?, ?, ?, ?, ?, ?)",
            (*self._run_row, _run_crc(self._run_row)),
        )
        query = f"SELECT {RUN_COLUMNS} FROM runs WHERE id = ?"
        if tuple(db.execute(query, self._run_row[:1]).fetchone()) == self._run_row:
            return
        values = self._run_row[1:]
        self._run_row = (put_run(db, values), *values)

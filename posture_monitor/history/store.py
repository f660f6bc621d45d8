"""The record on disk: intervals, events and profiles in one SQLite file.

Every write is a transaction of its own: a kill, a power cut or a full disk costs what was
not yet committed, never the file. Several processes may read while one writes.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from typing import TYPE_CHECKING, Any, TypeVar

from posture_monitor.core.stats.summary import clip
from posture_monitor.history.opening import (
    all_or_nothing,
    damaged,
    explained,
    mark_of,
    open_database,
)
from posture_monitor.history.recorder import RunRecorder, put_interval
from posture_monitor.history.rows import (
    DAY_US,
    INTERVAL_COLUMNS,
    PROFILE_COLUMNS,
    RUN_COLUMNS,
    Run,
    StoredProfile,
    from_us,
    profile_row,
    read_event,
    read_interval,
    read_profile,
    read_run,
    to_us,
)
from posture_monitor.history.schema import END_US

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date, datetime
    from pathlib import Path
    from types import TracebackType

    from posture_monitor.domain import Event, Interval, RecordedEvent

__all__ = ["Run", "RunRecorder", "Store", "StoredProfile"]

T = TypeVar("T")

NO_SOURCE = "no camera"
"""The source of a run that only notes what its user told."""


# --------------------------------------------------------------------------- the record


class Store:
    """The record in one file; safe to share between threads and between processes.

    Every method raises StoreError with what to do where the file can't be used, and
    ValueError for a time without its time zone.
    """

    def __init__(self, path: Path, *, warn: Callable[[str], None] = lambda _text: None) -> None:
        """``warn`` hears of it when the file was moved or deleted while in use."""
        self.path = path.absolute()
        self._lock = threading.Lock()
        self._warn = warn
        self._closed = False
        self._db, self._mark = open_database(self.path)

    def close(self) -> None:
        """Let go of the file; a second call does nothing."""
        with self._lock:
            self._closed = True
            self._db.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """The connection for one write: committed at the end, undone after any exception."""
        with self._lock, explained(self.path):
            self._follow()
            with all_or_nothing(self._db):
                yield self._db

    def _follow(self) -> None:
        """Begin again where the file is no longer the one that was opened; holds the lock.

        What goes on being written to a file that lost its name would be lost with it.
        """
        if self._closed or mark_of(self.path) == self._mark:
            return
        with contextlib.suppress(sqlite3.Error):
            # Its log stays behind under the old name: the moved file must not miss what is in it.
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self._db.close()
        self._db, self._mark = open_database(self.path)
        self._warn(
            f"{self.path} was moved, deleted or replaced while in use;"
            " the record goes on in the file that is there now"
        )

    def _read(
        self, convert: Callable[[Sequence[Any]], T], query: str, values: tuple[object, ...] = ()
    ) -> list[T]:
        with self._lock, explained(self.path):
            self._follow()
            return self._converted(convert, self._db.execute(query, values))

    def _converted(self, convert: Callable[[Sequence[Any]], T], rows: Iterable[Any]) -> list[T]:
        """The rows as records; no version of ours wrote one that can't be converted."""
        try:
            return [convert(row) for row in rows]
        except (ValueError, TypeError, OverflowError, AttributeError):
            raise damaged(self.path) from None

    # ---------------------------------------------------------------- runs

    def begin_run(
        self, source: str, *, live: bool, profile: str | None, started_at: datetime
    ) -> RunRecorder:
        """The writing side of a new run; replays (not live) are kept apart from live days."""
        values = (source, live, profile, to_us(started_at))
        with self.transaction() as db:
            cursor = db.execute(
                f"INSERT INTO runs ({RUN_COLUMNS}) VALUES (NULL, ?, ?, ?, ?)", values
            )
            run_id = int(cursor.lastrowid or 0)
        return RunRecorder(self.transaction, (run_id, *values))

    def note(self, at: datetime, event: Event) -> None:
        """Add an event that happened without a running monitor: to the last live run, or to
        one of its own where there is none yet.
        """
        last = self._read(
            lambda row: int(row[0]), "SELECT id FROM runs WHERE live ORDER BY id DESC LIMIT 1"
        )
        if not last:
            self.begin_run(NO_SOURCE, live=True, profile=None, started_at=at).event(at, event)
            return
        values = (last[0], to_us(at), event.t_s, event.kind.value, event.detail)
        with self.transaction() as db:
            db.execute(
                "INSERT INTO events (run_id, at_us, t_s, kind, detail) VALUES (?, ?, ?, ?, ?)",
                values,
            )

    def last_run(self, source: str | None = None) -> Run | None:
        """The latest live run, or the latest replay of the named source."""
        found = self._read(
            read_run,
            f"""SELECT {RUN_COLUMNS}, max(started_at_us,
                coalesce((SELECT max({END_US}) FROM intervals WHERE run_id = runs.id), 0),
                coalesce((SELECT max(at_us) FROM events WHERE run_id = runs.id), 0))
                FROM runs WHERE {"live" if source is None else "NOT live AND source = ?"}
                ORDER BY id DESC LIMIT 1""",
            _named(source),
        )
        return found[0] if found else None

    def sources(self) -> list[str]:
        """The names of the recordings that were replayed, in alphabetical order."""
        query = "SELECT DISTINCT source FROM runs WHERE NOT live ORDER BY source"
        return self._read(lambda row: str(row[0]), query)

    # ---------------------------------------------------------------- reading

    def intervals(
        self, since: datetime, until: datetime, *, source: str | None = None
    ) -> list[Interval]:
        """What was recorded from `since` until `until`, cut to that range, oldest first.

        Live runs, or the latest replay of the named source: replaying a recording again
        doesn't make its minutes count twice.
        """
        pieces = self._read(
            lambda row: clip(read_interval(row), since, until),
            f"""SELECT {INTERVAL_COLUMNS} FROM intervals
                WHERE {END_US} > ? AND start_at_us < ? AND {_runs_of(source)}
                ORDER BY start_at_us, run_id""",
            (to_us(since), to_us(until), *_named(source)),
        )
        return [piece for piece in pieces if piece]

    def events(
        self, since: datetime, until: datetime, *, source: str | None = None
    ) -> list[RecordedEvent]:
        """The events from `since` to just before `until`, oldest first; sources as above."""
        return self._read(
            read_event,
            f"""SELECT at_us, kind, detail FROM events
                WHERE at_us >= ? AND at_us < ? AND {_runs_of(source)} ORDER BY at_us, id""",
            (to_us(since), to_us(until), *_named(source)),
        )

    def recorded_days(self) -> list[date]:
        """The days of UTC on which an interval or an event began, live or not, in order."""
        query = f"""SELECT start_at_us / {DAY_US} AS day FROM intervals
                    UNION SELECT at_us / {DAY_US} FROM events ORDER BY day"""
        return self._read(lambda row: from_us(row[0] * DAY_US).date(), query)

    # ---------------------------------------------------------------- profiles

    def save_profile(self, name: str, document: dict[str, object], created_at: datetime) -> None:
        """Keep the profile's document; one of the same name is replaced."""
        values = profile_row(name, document, created_at)
        with self.transaction() as db:
            db.execute(
                f"INSERT OR REPLACE INTO profiles ({PROFILE_COLUMNS}) VALUES (?, ?, ?)", values
            )

    def profile(self, name: str) -> dict[str, object] | None:
        """The profile's document; None where there is none of that name."""
        found = self._read(
            read_profile, f"SELECT {PROFILE_COLUMNS} FROM profiles WHERE name = ?", (name,)
        )
        return found[0].document if found else None

    def profiles(self) -> list[StoredProfile]:
        """All profiles in the order of their names."""
        return self._read(read_profile, f"SELECT {PROFILE_COLUMNS} FROM profiles ORDER BY name")

    def delete_profile(self, name: str) -> bool:
        """Whether there was one to delete."""
        with self.transaction() as db:
            found = db.execute("DELETE FROM profiles WHERE name = ?", (name,)).rowcount > 0
        self._compact()
        return found

    # ---------------------------------------------------------------- deleting

    def delete_before(self, at: datetime) -> int:
        """Forget all that was recorded before that moment; how many entries that touched.

        An interval that was going on at the moment keeps what came after it.
        """
        at_us = to_us(at)
        with self.transaction() as db:
            going_on = db.execute(
                f"""SELECT run_id, {INTERVAL_COLUMNS} FROM intervals
                    WHERE {END_US} > ? AND start_at_us < ?""",
                (at_us, at_us),
            ).fetchall()
            count = db.execute("DELETE FROM intervals WHERE start_at_us < ?", (at_us,)).rowcount
            rests = self._converted(
                lambda row: (row[0], clip(read_interval(row[1:]), at)), going_on
            )
            for run_id, rest in rests:
                if rest:
                    put_interval(db, run_id, rest)
            count += db.execute("DELETE FROM events WHERE at_us < ?", (at_us,)).rowcount
            db.execute(
                """DELETE FROM runs WHERE started_at_us < ?
                   AND id NOT IN (SELECT run_id FROM intervals)
                   AND id NOT IN (SELECT run_id FROM events)""",
                (at_us,),
            )
        if count:
            self._compact()
        return count

    def delete_all(self) -> int:
        """Forget everything, profiles too; how many intervals, events and profiles that were."""
        with self.transaction() as db:
            count = sum(
                db.execute(f"DELETE FROM {table}").rowcount
                for table in ("intervals", "events", "profiles")
            )
            db.execute("DELETE FROM runs")
        self._compact()
        return count

    def _compact(self) -> None:
        """Leave no deleted row in the file or its log, and give the space back."""
        with self._lock, explained(self.path):
            self._follow()
            self._db.execute("VACUUM")
            # Waits for readers up to the busy timeout; a longer one delays the emptying of
            # the log to the next checkpoint.
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _runs_of(source: str | None) -> str:
    """The condition on run_id; the + keeps the index on time in use."""
    if source is None:
        return "+run_id IN (SELECT id FROM runs WHERE live)"
    return "+run_id = (SELECT max(id) FROM runs WHERE NOT live AND source = ?)"


def _named(source: str | None) -> tuple[str, ...]:
    return () if source is None else (source,)

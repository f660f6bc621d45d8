"""The tables of the record, as steps from one version to the next; published ones never change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from posture_monitor.domain import EventKind
from posture_monitor.history import details
from posture_monitor.history.checks import (
    checksum,
    decoded,
    event_checksum,
    interval_checksum,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from sqlite3 import Connection

END_US = "start_at_us + duration_s * 1000000"
"""When an interval ends; queries must use the index's own text, or it stays unused."""
_DAY_US = 24 * 3600 * 1_000_000


class Database(Protocol):
    """A connection inside a transaction, as far as a step or a recorder needs it."""

    def execute(self, statement: str, values: Sequence[object] = (), /) -> Any: ...


def create_record(db: Connection) -> None:
    """The first version."""
    for statement in (
        # AUTOINCREMENT: the id of a deleted run must not come back while its monitor still runs.
        """CREATE TABLE runs (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            source TEXT NOT NULL,
            live INTEGER NOT NULL,
            profile TEXT,
            started_at_us INTEGER NOT NULL)""",
        """CREATE TABLE intervals (
            run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
            start_at_us INTEGER NOT NULL,
            duration_s REAL NOT NULL,
            state TEXT NOT NULL,
            strained INTEGER,
            reasons TEXT NOT NULL,
            judged_s REAL NOT NULL,
            score_seconds REAL NOT NULL,
            PRIMARY KEY (run_id, start_at_us)) WITHOUT ROWID""",
        # By their end: a report asks for what is recent, whatever lies before it.
        f"CREATE INDEX intervals_by_end ON intervals ({END_US})",
        """CREATE TABLE events (
            id INTEGER PRIMARY KEY,
            run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
            at_us INTEGER NOT NULL,
            t_s REAL NOT NULL,
            kind TEXT NOT NULL,
            detail TEXT NOT NULL)""",
        "CREATE INDEX events_by_time ON events (at_us)",
        "CREATE INDEX events_by_run ON events (run_id)",
        """CREATE TABLE profiles (
            name TEXT PRIMARY KEY,
            created_at_us INTEGER NOT NULL,
            document TEXT NOT NULL)""",
    ):
        db.execute(statement)


def add_checksums(db: Connection) -> None:
    """A checksum in each row, and the sum of them for each day of each run.

    Triggers keep the sums, so that no statement can forget to. A row without a checksum was put
    in by another program; it counts, and is in no sum.
    """
    for table, columns, checksum_of in (
        (
            "runs",
            "id, CAST(source AS BLOB), live, CAST(profile AS BLOB), started_at_us",
            checksum,
        ),
        (
            "intervals",
            "run_id, start_at_us, duration_s, CAST(state AS BLOB), strained,"
            " CAST(reasons AS BLOB), judged_s, score_seconds",
            interval_checksum,
        ),
        (
            "events",
            "run_id, at_us, t_s, CAST(kind AS BLOB), CAST(detail AS BLOB)",
            event_checksum,
        ),
        (
            "profiles",
            "CAST(name AS BLOB), created_at_us, CAST(document AS BLOB)",
            checksum,
        ),
    ):
        db.create_function("checksum", -1, _of_columns(checksum_of))
        db.execute(f"ALTER TABLE {table} ADD COLUMN crc INTEGER")
        db.execute(f"UPDATE {table} SET crc = checksum({columns})")
        db.create_function("checksum", -1, None)
    db.execute(
        """CREATE TABLE day_sums (
            entries TEXT NOT NULL,
            day INTEGER NOT NULL,
            run_id INTEGER NOT NULL,
            crc_sum INTEGER NOT NULL,
            PRIMARY KEY (entries, day, run_id)) WITHOUT ROWID"""
    )
    fill_day_sums(db)
    for table, at_us in _TIMED:
        for trigger in _sum_triggers(table, at_us):
            db.execute(trigger)


_TIMED = (("intervals", "start_at_us"), ("events", "at_us"))


def fill_day_sums(db: Database) -> None:
    """Add up the checksums that the rows carry; there must be no sums yet."""
    for table, at_us in _TIMED:
        db.execute(
            f"""INSERT INTO day_sums SELECT '{table}', {at_us} / {_DAY_US}, run_id, sum(crc)
                FROM {table} WHERE crc IS NOT NULL GROUP BY 2, 3"""
        )


def _of_columns(checksum_of: Callable[..., int]) -> Callable[..., int]:
    """The checksum of columns whose text comes as bytes: damaged text may be none."""

    def checksum_of_columns(*columns: object) -> int:
        return checksum_of(*(decoded(c) if isinstance(c, bytes) else c for c in columns))

    return checksum_of_columns


def _sum_triggers(table: str, at_us: str) -> list[str]:
    """The statements that keep the sums of a table's days."""

    def day_of(row: str) -> str:
        return f"entries = '{table}' AND day = {row}.{at_us} / {_DAY_US} AND run_id = {row}.run_id"

    triggers = [
        # No ON CONFLICT here: that of the statement which fires a trigger would overrule it.
        f"""CREATE TRIGGER {table}_added AFTER INSERT ON {table} WHEN NEW.crc IS NOT NULL BEGIN
            INSERT INTO day_sums SELECT '{table}', NEW.{at_us} / {_DAY_US}, NEW.run_id, 0
            WHERE NOT EXISTS (SELECT 1 FROM day_sums WHERE {day_of("NEW")});
            UPDATE day_sums SET crc_sum = crc_sum + NEW.crc WHERE {day_of("NEW")};
            END""",
        f"""CREATE TRIGGER {table}_deleted AFTER DELETE ON {table} WHEN OLD.crc IS NOT NULL BEGIN
            UPDATE day_sums SET crc_sum = crc_sum - OLD.crc WHERE {day_of("OLD")};
            DELETE FROM day_sums WHERE {day_of("OLD")} AND crc_sum = 0;
            END""",
    ]
    if table == "intervals":
        # SQLite calls no trigger for the row that INSERT OR REPLACE takes away.
        same = "run_id = NEW.run_id AND start_at_us = NEW.start_at_us"
        triggers.append(
            f"""CREATE TRIGGER intervals_replaced BEFORE INSERT ON intervals BEGIN
            UPDATE day_sums
            SET crc_sum = crc_sum - coalesce((SELECT crc FROM intervals WHERE {same}), 0)
            WHERE {day_of("NEW")};
            END"""
        )
    return triggers


def store_keys(db: Connection) -> None:
    """The details of events as keys and numbers in place of English sentences.

    A row that is damaged stays as it is, so that it goes on being noticed.
    """
    rows = db.execute(
        "SELECT id, run_id, at_us, t_s, CAST(kind AS BLOB), CAST(detail AS BLOB), crc"
        " FROM events WHERE detail != ''"
    ).fetchall()
    for row_id, run_id, at_us, t_s, kind_bytes, detail_bytes, crc in rows:
        kind, detail = decoded(kind_bytes), decoded(detail_bytes)
        old = event_checksum(run_id, at_us, t_s, kind, detail)
        if crc not in {None, old} or kind not in set(EventKind):
            continue
        text = details.encoded(details.from_words(EventKind(kind), detail))
        if crc is None:
            db.execute("UPDATE events SET detail = ? WHERE id = ?", (text, row_id))
            continue
        new = event_checksum(run_id, at_us, t_s, kind, text)
        db.execute("UPDATE events SET detail = ?, crc = ? WHERE id = ?", (text, new, row_id))
        db.execute(
            "UPDATE day_sums SET crc_sum = crc_sum + ?"
            " WHERE entries = 'events' AND day = ? AND run_id = ?",
            (new - old, at_us // _DAY_US, run_id),
        )


MIGRATIONS: tuple[Callable[[Connection], None], ...] = (create_record, add_checksums, store_keys)
"""Applied once each, in this order; a file's version is how many it has seen."""

NAMES = frozenset(
    {
        *("runs", "intervals", "events", "profiles", "day_sums"),
        *("intervals_by_end", "events_by_time", "events_by_run"),
        *("intervals_added", "intervals_deleted", "intervals_replaced"),
        *("events_added", "events_deleted"),
    }
)
"""Everything that the newest version consists of; a user may have added more."""

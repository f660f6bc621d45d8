"""The tables of the record, as steps from one version to the next; published ones never change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

END_US = "start_at_us + duration_s * 1000000"
"""When an interval ends; queries must use the index's own text, or it stays unused."""


class Database(Protocol):
    """A connection inside a transaction, as far as a step or a recorder needs it."""

    def execute(self, statement: str, values: Sequence[object] = (), /) -> Any: ...


def create_record(db: Database) -> None:
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


MIGRATIONS: tuple[Callable[[Database], None], ...] = (create_record,)
"""Applied once each, in this order; a file's version is how many it has seen."""

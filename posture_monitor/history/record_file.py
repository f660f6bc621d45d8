"""The file of the record: opened, read and written as a whole, and followed where it is moved."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from typing import TYPE_CHECKING, Any, TypeVar

from posture_monitor.history.opening import (
    all_or_nothing,
    damaged,
    explained,
    mark_of,
    open_database,
)
from posture_monitor.history.rows import (
    DAY_US,
    from_us,
)
from posture_monitor.system.closing import Closing
from posture_monitor.wording.language import _
from posture_monitor.wording.report_words import damaged_sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date
    from pathlib import Path


T = TypeVar("T")


class RecordFile(Closing):
    """One connection to the record's file; safe between threads."""

    def __init__(self, path: Path, *, warn: Callable[[str], None] = lambda _text: None) -> None:
        """``warn`` hears of a file that was moved while in use, and of damage, once of each."""
        self.path = path.absolute()
        self._damaged_days: set[date] = set()
        self._damaged_profiles: set[str] = set()
        self._lock = threading.Lock()
        self._warn = warn
        self._closed = False
        self._open()

    def _open(self) -> None:
        opened = open_database(self.path)
        self._db, self._mark = opened.db, opened.mark
        if opened.damaged_day is not None:
            self._note_damage([opened.damaged_day])

    def close(self) -> None:
        """Let go of the file; a second call does nothing."""
        with self._lock:
            self._closed = True
            self._db.close()

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
        self._damaged_days.clear()
        self._open()
        self._warn(
            _(
                "{path} was moved, deleted or replaced while in use; the record goes on in "
                "the file that is there now",
                path=self.path,
            )
        )

    def _read(
        self, convert: Callable[[Sequence[Any]], T], query: str, values: tuple[object, ...] = ()
    ) -> list[T]:
        with self._snapshot() as db:
            try:
                return [convert(row) for row in db.execute(query, values)]
            except NONSENSE:
                raise damaged(self.path) from None

    @contextlib.contextmanager
    def _snapshot(self) -> Iterator[sqlite3.Connection]:
        """The connection for reads that see the record as it is at one moment."""
        with self._lock, explained(self.path):
            self._follow()
            self._db.execute("BEGIN")
            try:
                yield self._db
            finally:
                with contextlib.suppress(sqlite3.Error):  # the first error is the one to tell
                    self._db.rollback()

    def _note_damage(self, days: Iterable[int]) -> None:
        found = {day_of(number) for number in days} - self._damaged_days
        if found:
            self._damaged_days |= found
            self._warn(damaged_sentence(sorted(found)))

    def _compact(self) -> None:
        """Leave no deleted row in the file or its log, and give the space back."""
        with self._lock, explained(self.path):
            self._follow()
            self._db.execute("VACUUM")
            # Waits for readers up to the busy timeout; a longer one delays the emptying of
            # the log to the next checkpoint.
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


NONSENSE = (ValueError, TypeError, OverflowError, AttributeError, RecursionError)
"""What converting a row raises that no version of ours wrote."""


def day_of(number: int) -> date:
    """The day that began this many days after 1970 did."""
    return from_us(number * DAY_US).date()

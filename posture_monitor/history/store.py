"""The record on disk: intervals, events and profiles in one SQLite file.

Every write is a transaction of its own: a kill, a power cut or a full disk costs what was
not yet committed, never the file. Several processes may read while one writes.
"""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING, Any, TypeVar

from posture_monitor.core.stats.summary import clip, end_at
from posture_monitor.domain import StoreError
from posture_monitor.history import repair
from posture_monitor.history.checks import checksum, event_checksum, interval_checksum
from posture_monitor.history.reading import (
    EVENTS,
    INTERVALS,
    Entries,
    Found,
    Row,
    chosen_runs,
    fits,
    intact_runs,
    latest_rows,
    read_checked,
)
from posture_monitor.history.record_file import NONSENSE, RecordFile, day_of
from posture_monitor.history.recorder import RunRecorder, put_interval, put_run
from posture_monitor.history.rows import (
    DAY_US,
    EVENT_COLUMNS,
    INTERVAL_COLUMNS,
    PROFILE_COLUMNS,
    Run,
    StoredProfile,
    event_row,
    from_us,
    profile_row,
    read_event,
    read_interval,
    read_profile,
    read_run,
    to_us,
)
from posture_monitor.history.schema import END_US
from posture_monitor.wording.language import _
from posture_monitor.wording.report_words import damaged_sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date, datetime

    from posture_monitor.domain import Event, Interval, RecordedEvent

__all__ = ["Run", "RunRecorder", "Store", "StoredProfile"]

T = TypeVar("T")

NO_SOURCE = "no camera"
"""The source of a run that only notes what its user told."""


# --------------------------------------------------------------------------- the record


class Store(RecordFile):
    """The record in one file; safe to share between threads and between processes.

    Every method raises StoreError with what to do where the file can't be used, and
    ValueError for a time without its time zone.
    """

    # ---------------------------------------------------------------- runs

    def begin_run(
        self, source: str, *, live: bool, profile: str | None, started_at: datetime
    ) -> RunRecorder:
        """The writing side of a new run; replays (not live) are kept apart from live days."""
        values = (source, live, profile, to_us(started_at))
        with self.transaction() as db:
            run_id = put_run(db, values)
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
        values = (last[0], *event_row(at, event))
        with self.transaction() as db:
            db.execute(
                f"INSERT INTO events (run_id, {EVENT_COLUMNS}, crc) VALUES (?, ?, ?, ?, ?, ?)",
                (*values, event_checksum(*values)),
            )

    def last_run(self, source: str | None = None) -> Run | None:
        """The latest live run, or the latest replay of the named source."""
        with self._snapshot() as db:
            runs = intact_runs(db)
            chosen = chosen_runs(runs, source)
            if not chosen:
                return None
            run = runs[max(chosen)]
            intervals = latest_rows(db, INTERVALS, run[0])
            events = latest_rows(db, EVENTS, run[0])
        ends = [end_at(interval) for interval in _sensible(read_interval, intervals)]
        ends += [event.at for event in _sensible(read_event, events)]
        return read_run(run, max(ends, default=from_us(run[4])))

    def sources(self) -> list[str]:
        """The names of the recordings that were replayed, in alphabetical order."""
        with self._snapshot() as db:
            return sorted({str(name) for _, name, live, *_ in intact_runs(db).values() if not live})

    # ---------------------------------------------------------------- reading

    def intervals(
        self, since: datetime, until: datetime, *, source: str | None = None
    ) -> list[Interval]:
        """What was recorded from `since` until `until`, cut to that range, oldest first.

        Live runs, or the latest replay of the named source: replaying a recording again
        doesn't make its minutes count twice. What is damaged is left out and said.
        """

        def convert(row: Row) -> Interval | None:
            return clip(read_interval(row), since, until)

        pieces = self._entries(INTERVALS, convert, since, until, source)
        return [piece for piece in pieces if piece]

    def events(
        self, since: datetime, until: datetime, *, source: str | None = None
    ) -> list[RecordedEvent]:
        """The events from `since` to just before `until`, oldest first; the rest as above."""
        return self._entries(EVENTS, read_event, since, until, source)

    def _entries(
        self,
        entries: Entries,
        convert: Callable[[Row], T],
        since: datetime,
        until: datetime,
        source: str | None,
    ) -> list[T]:
        since_us, until_us = to_us(since), to_us(until)
        with self._snapshot() as db:
            runs = intact_runs(db)
            found = read_checked(db, entries, since_us, until_us, runs, chosen_runs(runs, source))
        return self._sound(convert, found)

    def _sound(self, convert: Callable[[Row], T], found: Found) -> list[T]:
        """The rows as records; what is amiss is noted."""
        records, days = [], set(found.damaged_days)
        for day, row in found.rows:
            try:
                records.append(convert(row))
            except NONSENSE:
                days.add(day)
        self._note_damage(days)
        return records

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
                f"INSERT OR REPLACE INTO profiles ({PROFILE_COLUMNS}, crc) VALUES (?, ?, ?, ?)",
                (*values, checksum(*values)),
            )

    def profile(self, name: str) -> dict[str, object] | None:
        """The profile's document; None where there is none of that name.

        StoreError where it is damaged.
        """
        found = {stored.name: stored.document for stored in self.profiles()}
        if name not in found and name in self._damaged_profiles:
            raise StoreError(
                "the profile {name!r} is damaged; make it again: posture-monitor calibrate "
                "--profile {name}",
                name=name,
            )
        return found.get(name)

    def profiles(self) -> list[StoredProfile]:
        """All profiles in the order of their names; one that is damaged is left out and said."""
        with self._snapshot() as db:
            # By the table itself: an index may be damaged.
            query = f"SELECT {PROFILE_COLUMNS}, crc FROM profiles NOT INDEXED ORDER BY name"
            rows = db.execute(query).fetchall()
        found, broken = [], set()
        for row in rows:
            try:
                stored = read_profile(row[:-1]) if fits(row, checksum) else None
            except NONSENSE:
                stored = None
            if stored is None:
                broken.add(str(row[0]))
            else:
                found.append(stored)
        for name in sorted(broken - self._damaged_profiles):
            self._warn(
                _("the profile {name!r} is damaged and left out; calibrate it again", name=name)
            )
        self._damaged_profiles = broken
        return found

    def delete_profile(self, name: str) -> bool:
        """Whether there was one to delete."""
        with self.transaction() as db:
            found = db.execute("DELETE FROM profiles WHERE name = ?", (name,)).rowcount > 0
        self._compact()
        return found

    # ---------------------------------------------------------------- damage

    @property
    def damaged_days(self) -> tuple[date, ...]:
        """The days of UTC on which something that was read turned out changed or missing."""
        return tuple(sorted(self._damaged_days))

    def check(self) -> list[str]:
        """All that is amiss in the whole record, a sentence each. Reads everything: seconds."""
        with self._snapshot() as db:
            fault = repair.first_fault_of_file(db)
            try:
                intervals, events = repair.read_all(db, INTERVALS), repair.read_all(db, EVENTS)
            except sqlite3.DatabaseError:
                if fault is None:
                    raise
                return [f"the record is damaged: {fault}"]
        self._sound(read_interval, intervals)
        self._sound(read_event, events)
        self.profiles()
        told = [f"the record is damaged: {fault}"] if fault else []
        if self._damaged_days:
            told.append(damaged_sentence(self.damaged_days))
        return told + [
            f"the profile {name!r} is damaged" for name in sorted(self._damaged_profiles)
        ]

    # ---------------------------------------------------------------- deleting

    def delete_before(self, at: datetime) -> int:
        """Delete all that was recorded before that moment; how many entries that touched.

        An interval that was going on at the moment keeps what came after it.
        """
        at_us = to_us(at)
        with self.transaction() as db:
            going_on = db.execute(
                f"""SELECT run_id, {INTERVAL_COLUMNS}, crc FROM intervals
                    WHERE {END_US} > ? AND start_at_us < ?""",
                (at_us, at_us),
            ).fetchall()
            count = db.execute("DELETE FROM intervals WHERE start_at_us < ?", (at_us,)).rowcount
            for run_id, *values in (row[:-1] for row in going_on if fits(row, interval_checksum)):
                for interval in _sensible(read_interval, [values]):
                    if rest := clip(interval, at):
                        put_interval(db, run_id, rest)
            count += db.execute("DELETE FROM events WHERE at_us < ?", (at_us,)).rowcount
            db.execute(
                """DELETE FROM runs WHERE started_at_us < ?
                   AND id NOT IN (SELECT run_id FROM intervals)
                   AND id NOT IN (SELECT run_id FROM events)""",
                (at_us,),
            )
            # Of damaged rows something may be left of the sums.
            db.execute("DELETE FROM day_sums WHERE day < ?", (at_us // DAY_US,))
        self._damaged_days = {day for day in self._damaged_days if day >= day_of(at_us // DAY_US)}
        if count:
            self._compact()
        return count

    def delete_all(self) -> int:
        """Delete everything, profiles too; how many intervals, events and profiles that were."""
        with self.transaction() as db:
            count = sum(
                db.execute(f"DELETE FROM {table}").rowcount
                for table in ("intervals", "events", "profiles")
            )
            db.execute("DELETE FROM runs")
            db.execute("DELETE FROM day_sums")
        self._damaged_days.clear()
        self._compact()
        return count

    def delete_damaged(self) -> int:
        """Delete the entries that are damaged; how many those were. The rest adds up again."""

        def makes_sense(entries: Entries, row: Row) -> bool:
            read: Callable[[Row], object] = read_interval if entries is INTERVALS else read_event
            return any(True for _ in _sensible(read, [row]))

        with self.transaction() as db:
            count = repair.delete_damaged(db, makes_sense)
        self._damaged_days.clear()
        self._damaged_profiles.clear()
        self._compact()
        return count


def _sensible(convert: Callable[[Row], T], rows: Iterable[Sequence[Any]]) -> Iterator[T]:
    """The rows as records, but for those that can't be."""
    for row in rows:
        with contextlib.suppress(*NONSENSE):
            yield convert(tuple(row))

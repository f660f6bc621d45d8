"""The record for the pages: local days, ranges, and daily totals that are read only once."""

from __future__ import annotations

import threading
import time as clock
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING

from posture_monitor.core.stats.summary import (
    Day,
    Session,
    Summary,
    days_of,
    sessions,
    summarise,
)
from posture_monitor.domain import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from posture_monitor.config import SittingSettings
    from posture_monitor.dashboard.protocols import Record
    from posture_monitor.domain import Interval, RecordedEvent

_CHUNK_DAYS = 31
"""Days read at a time: a year at once would hold a hundred thousand records in memory."""
_FORGET_S = 900.0
"""Kept totals are read again after this long, whatever the check below says."""


@dataclass(slots=True)
class Hour:
    """What one hour of a local day adds up to."""

    observed_s: float = 0.0
    sitting_s: float = 0.0
    judged_s: float = 0.0
    strained_s: float = 0.0
    score_seconds: float = 0.0

    @property
    def score(self) -> float | None:
        return self.score_seconds / self.judged_s if self.judged_s else None

    @property
    def strained_share(self) -> float | None:
        return min(1.0, self.strained_s / self.judged_s) if self.judged_s else None


@dataclass(slots=True)
class _Kept:
    """Totals of days that can change no more but by deletion, which begins at the oldest."""

    days: dict[date, Day | None] = field(default_factory=dict)
    oldest: tuple[date, float] | None = None
    """The oldest day with data, and its observed seconds."""
    read_at_s: float = 0.0
    settings: SittingSettings | None = None
    zone: timedelta | None = None
    """Days were cut by a clock this far from UTC."""


class Records:
    """Opens the record when first asked; every method raises StoreError where that fails."""

    def __init__(
        self,
        store_factory: Callable[[], Record],
        *,
        sitting: Callable[[], SittingSettings],
        now: Callable[[], datetime],
        tz: tzinfo | None,
    ) -> None:
        self._open = store_factory
        self._sitting = sitting
        self._now = now
        self.tz = tz
        self._store: Record | None = None
        self._lock = threading.Lock()
        self._kept = _Kept()
        self._kept_lock = threading.Lock()

    @property
    def store(self) -> Record:
        with self._lock:
            if self._store is None:
                self._store = self._open()
            return self._store

    @property
    def damaged_days(self) -> tuple[date, ...]:
        """Days of UTC of which something that was read so far is damaged."""
        with self._lock:
            return () if self._store is None else self._store.damaged_days

    def close(self) -> None:
        with self._lock:
            if self._store is not None:
                self._store.close()
            self._store = None

    def clear_cache(self) -> None:
        """Read everything again: something was deleted."""
        with self._kept_lock:
            self._kept = _Kept()

    # ---------------------------------------------------------------- time

    def now(self) -> datetime:
        """Aware, in the zone of the pages."""
        return self._now().astimezone(self.tz)

    def today(self) -> date:
        return self.now().date()

    def midnight(self, day: date) -> datetime:
        """The first moment of a local date, in UTC."""
        return datetime.combine(day, time(), tzinfo=self.tz).astimezone(UTC)

    def window(self, first: date, last: date) -> tuple[datetime, datetime]:
        """From the first moment of `first` until just after `last`, in UTC."""
        return self.midnight(first), self.midnight(last + timedelta(days=1))

    # ---------------------------------------------------------------- reading

    def read(
        self, first: date, last: date, source: str | None = None
    ) -> tuple[list[Interval], list[RecordedEvent]]:
        """Intervals and events of local dates."""
        since, until = self.window(first, last)
        store = self.store
        return (
            store.intervals(since, until, source=source),
            store.events(since, until, source=source),
        )

    def summarise(
        self,
        intervals: Sequence[Interval],
        events: Sequence[RecordedEvent],
        since: datetime,
        until: datetime,
    ) -> Summary:
        return summarise(
            intervals,
            events,
            since=since,
            until=until,
            tz=self.tz,
            settings=self._sitting(),
            damaged_days=self.damaged_days,
        )

    def days(self, first: date, last: date) -> dict[date, Day]:
        """The totals of each date with data; dates without any are left out."""
        found: dict[date, Day | None] = {}
        with self._kept_lock:
            self._check_kept()
            kept = self._kept
            settled_before = self.today() - timedelta(days=1)
            missing: list[date] = []
            for number in range((last - first).days + 1):
                day = first + timedelta(days=number)
                if day in kept.days:
                    found[day] = kept.days[day]
                else:
                    missing.append(day)
            for run in _runs(missing):
                read = self._read_days(run[0], run[-1])
                for day in run:
                    found[day] = read.get(day)
                    if day < settled_before:
                        self._keep(day, read.get(day))
        return {day: totals for day, totals in sorted(found.items()) if totals is not None}

    def _keep(self, day: date, totals: Day | None) -> None:
        self._kept.days[day] = totals
        oldest = self._kept.oldest
        if totals is not None and (oldest is None or day < oldest[0]):
            self._kept.oldest = (day, totals.observed_s)

    def _check_kept(self) -> None:
        """Drop what was kept if the record was shortened: deletion takes the oldest first."""
        kept, now_s = self._kept, clock.monotonic()
        zone = self.now().utcoffset()
        moved = kept.zone != zone  # a journey, or summer time
        stale = moved or now_s - kept.read_at_s > _FORGET_S or kept.settings != self._sitting()
        if not stale and kept.oldest is not None:
            day, observed_s = kept.oldest
            intervals = self.store.intervals(*self.window(day, day))
            stale = abs(sum(i.duration_s for i in intervals) - observed_s) > 1e-3
        if stale:
            self._kept = _Kept(read_at_s=now_s, settings=self._sitting(), zone=zone)

    def _read_days(self, first: date, last: date) -> dict[date, Day]:
        intervals, events = self.read(first, last)
        return {day.date: day for day in days_of(intervals, events, self.tz, self._sitting())}

    def sessions(self, first: date, last: date) -> list[Session]:
        """Stays at the desk that lie in these dates, newest first."""
        since, until = self.window(first, last)
        # A day more, so that a session over midnight keeps its start.
        intervals = self.store.intervals(since - timedelta(days=1), until)
        found = sessions(intervals, self._sitting().session_end_min * 60.0)
        return [session for session in reversed(found) if session.end_at > since]

    def last_seen(self) -> datetime | None:
        """The end of the latest live run, None where there has been none."""
        run = self.store.last_run()
        return None if run is None else run.ended_at


def _runs(days: Sequence[date]) -> list[list[date]]:
    """Neighbouring dates together, at most a month at a time."""
    runs: list[list[date]] = []
    for day in days:
        if runs and (day - runs[-1][-1]).days == 1 and len(runs[-1]) < _CHUNK_DAYS:
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs


def hours_of(intervals: Sequence[Interval], tz: tzinfo | None) -> dict[date, list[Hour]]:
    """For each local date its 24 hours by the local clock; an interval is cut at each hour."""
    days: dict[date, list[Hour]] = {}
    for interval in intervals:
        at = interval.start_at.astimezone(tz)
        left_s = interval.duration_s
        while left_s > 1e-6:
            to_next_s = 3600.0 - (at.minute * 60.0 + at.second + at.microsecond / 1e6)
            part_s = min(left_s, to_next_s)
            hours = days.setdefault(at.date(), [Hour() for _ in range(24)])
            _add(hours[at.hour], interval, part_s)
            left_s -= part_s
            at = (at.astimezone(UTC) + timedelta(seconds=part_s)).astimezone(tz)
    return days


def _add(hour: Hour, interval: Interval, part_s: float) -> None:
    share = part_s / interval.duration_s
    hour.observed_s += part_s
    hour.sitting_s += part_s if interval.state is State.SITTING else 0.0
    hour.judged_s += interval.judged_s * share
    hour.strained_s += part_s if interval.strained else 0.0
    hour.score_seconds += interval.score_seconds * share

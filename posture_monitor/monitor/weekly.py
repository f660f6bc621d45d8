"""What the last week adds up to, where nobody was told of it yet; glue."""

from __future__ import annotations

import logging
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from posture_monitor.core.stats.summary import days_of
from posture_monitor.domain import Detail, EventKind, StoreError

if TYPE_CHECKING:
    from datetime import date

    from posture_monitor.monitor.break_plan import History

_log = logging.getLogger(__name__)


class LastWeek:
    """Asks the record once a week: the answer holds until the next Monday."""

    def __init__(self, record: History) -> None:
        self._record = record
        self._monday: date | None = None
        self._found: Detail | None = None

    def __call__(self, now: datetime) -> Detail | None:
        """``now`` in the zone of the user's days. None without data, or where it was told."""
        monday = now.date() - timedelta(days=now.weekday())
        if monday != self._monday:
            self._monday = monday
            try:
                self._found = self._look(monday, now)
            except StoreError as error:  # next week again
                _log.warning("the last week can't be told: %s", error)
                self._found = None
        return self._found

    def _look(self, monday: date, now: datetime) -> Detail | None:
        begins = datetime.combine(monday, time(), tzinfo=now.tzinfo)
        if any(e.kind is EventKind.WEEK_REVIEW for e in self._record.events(begins, now)):
            return None
        before = begins - timedelta(days=7)
        days = days_of(self._record.intervals(before, begins), (), now.tzinfo)
        if not days:
            return None
        judged_s = sum(day.judged_s for day in days)
        strained_s = sum(day.strained_s for day in days)
        return Detail(
            seconds=sum(day.sitting_s for day in days) / len(days),
            share=strained_s / judged_s if judged_s else None,
        )

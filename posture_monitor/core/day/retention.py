"""Up to when a clock may be believed that decides what is old enough to be deleted.

A clock that is years ahead for one start (an empty battery, another system on the same machine,
a restored snapshot) must not make the whole record old. The recorded days contradict it: from the
last of them to today is a jump. A real absence looks the same at first, so a jump is believed once
some days were recorded after it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST_GAP_DAYS = 30
"""Days without a record that need no proof, as after a holiday (assumed)."""
PROOF_DAYS = 7
"""Days recorded after a longer gap that prove it (assumed)."""


def believed_until(days: Iterable[date], now: datetime, retention_days: int) -> datetime:
    """The moment from which to count the age of records: ``now``, or the end of an earlier day.

    ``days`` are those of UTC of which something is recorded, in any order; ``now`` is aware. Days
    that lie ahead of ``now`` are no evidence, nor is today itself: it came from the clock in doubt.
    """
    today = now.astimezone(UTC).date()
    past = sorted({day for day in days if day < today})
    gap = timedelta(days=min(LONGEST_GAP_DAYS, retention_days))
    proof_days = min(PROOF_DAYS, retention_days)
    for index, (before, after) in enumerate(pairwise([*past, today]), start=1):
        if after - before > gap and len(past) - index < proof_days:
            return datetime.combine(before + timedelta(days=1), time(), UTC)
    return now

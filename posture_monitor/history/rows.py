"""Records to table rows and back; no SQL runs here.

Times are whole microseconds since 1970 in UTC: exact, compared and sorted as numbers,
whatever the time zone. Durations are seconds from the monotonic clock.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from posture_monitor.domain import EventKind, Interval, Reason, RecordedEvent, State
from posture_monitor.history.details import decoded, encoded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from posture_monitor.domain import Event

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
DAY_US = 24 * 3600 * 1_000_000

INTERVAL_COLUMNS = "start_at_us, duration_s, state, strained, reasons, judged_s, score_seconds"
EVENT_COLUMNS = "at_us, t_s, kind, detail"
PROFILE_COLUMNS = "name, created_at_us, document"
RUN_COLUMNS = "id, source, live, profile, started_at_us"


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the monitor, live or over a recording."""

    id: int
    source: str
    live: bool
    profile: str | None
    started_at: datetime
    """Aware, UTC."""
    ended_at: datetime
    """Aware, UTC: the end of what it recorded so far."""


@dataclass(frozen=True, slots=True)
class StoredProfile:
    """A baseline as it was saved; what its document means is not the store's business."""

    name: str
    created_at: datetime
    """Aware, UTC."""
    document: dict[str, object]


def to_us(at: datetime) -> int:
    """Microseconds since 1970 in UTC; ValueError for a time without its time zone.

    >>> to_us(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    if at.tzinfo is None:
        raise ValueError(f"the record needs a time with its time zone, got {at.isoformat()}")
    return (at - _EPOCH) // _MICROSECOND


def from_us(microseconds: int) -> datetime:
    """The aware UTC time this many microseconds after 1970 began."""
    return _EPOCH + microseconds * _MICROSECOND


def interval_row(interval: Interval) -> tuple[object, ...]:
    """The values of INTERVAL_COLUMNS; ValueError for what no record may hold."""
    numbers = (interval.duration_s, interval.judged_s, interval.score_seconds)
    if not all(math.isfinite(number) and number >= 0 for number in numbers):
        raise ValueError(f"an interval's seconds must be finite and not negative: {interval}")
    duration_s, judged_s, score_seconds = map(_plain, numbers)
    return (
        to_us(interval.start_at),
        duration_s,
        interval.state.value,
        None if interval.strained is None else int(interval.strained),
        ";".join(interval.reasons),
        judged_s,
        score_seconds,
    )


def event_row(at: datetime, event: Event) -> tuple[object, ...]:
    """The values of EVENT_COLUMNS."""
    return to_us(at), _plain(event.t_s), event.kind.value, encoded(event.detail)


def _plain(number: float) -> float:
    """As SQLite gives it back, which knows no -0.0; checksums are of that."""
    return float(number) + 0.0


def read_interval(row: Sequence[Any]) -> Interval:
    """The interval of a row of INTERVAL_COLUMNS."""
    start_at_us, duration_s, state, strained, reasons, judged_s, score_seconds = row
    return Interval(
        start_at=from_us(start_at_us),
        duration_s=float(duration_s),
        state=State(state),
        strained=None if strained is None else bool(strained),
        reasons=tuple(Reason(word) for word in reasons.split(";") if word),
        judged_s=float(judged_s),
        score_seconds=float(score_seconds),
    )


def read_event(row: Sequence[Any]) -> RecordedEvent:
    """The event of a row of EVENT_COLUMNS."""
    at_us, _t_s, kind, detail = row
    told = EventKind(kind)
    return RecordedEvent(from_us(at_us), told, decoded(told, str(detail)))


def read_run(row: Sequence[Any], ended_at: datetime) -> Run:
    """The run of a row of RUN_COLUMNS that ended then."""
    run_id, source, live, profile, started_at_us = row
    started_at = from_us(started_at_us)
    return Run(run_id, source, bool(live), profile, started_at, max(started_at, ended_at))


def profile_row(name: str, document: dict[str, object], created_at: datetime) -> tuple[object, ...]:
    """The values of PROFILE_COLUMNS; ValueError or TypeError for what JSON can't say."""
    return name, to_us(created_at), json.dumps(document, allow_nan=False)


def read_profile(row: Sequence[Any]) -> StoredProfile:
    """The profile of a row of PROFILE_COLUMNS."""
    name, created_at_us, text = row
    document = json.loads(text)
    if not isinstance(document, dict):
        raise TypeError(f"profile {name}: expected an object, got {type(document).__name__}")
    return StoredProfile(name, from_us(created_at_us), document)

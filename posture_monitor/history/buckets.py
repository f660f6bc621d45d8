"""The raw record for other programs: a table, a JSON document, or ActivityWatch's buckets.

Times are UTC. One table holds both intervals and events, told apart by the column ``row``.
"""

from __future__ import annotations

import json
from io import BytesIO, StringIO
from typing import TYPE_CHECKING

from posture_monitor.system.tables import CsvTable, ParquetTable
from posture_monitor.wording.details import detail_words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from posture_monitor.domain import Interval, RecordedEvent
    from posture_monitor.system.tables import TableWriter

SCHEMA = 1
COLUMNS = (
    "at",
    "row",
    "duration_s",
    "state",
    "strained",
    "reasons",
    "judged_s",
    "mean_score",
    "kind",
    "detail",
)
"""Scripts of users read them, so new ones are added at the end only."""
_TYPES = dict.fromkeys(COLUMNS, "string") | {
    "at": "utc",
    "duration_s": "double",
    "strained": "bool",
    "judged_s": "double",
    "mean_score": "double",
}
"""Of the columns, for Parquet."""
CLIENT = "posture-monitor"


def render(
    intervals: Sequence[Interval],
    events: Sequence[RecordedEvent],
    file_format: str,
    *,
    host: str,
    now: datetime,
) -> bytes:
    """The file's content; ``host`` and ``now`` go into ActivityWatch's buckets alone."""
    if file_format == "json":
        return _json(_document(intervals, events))
    if file_format == "activitywatch":
        return _json(_buckets(intervals, events, host, now))
    rows = _rows(intervals, events)
    return _parquet(rows) if file_format == "parquet" else _csv(rows)


def _json(document: dict[str, object]) -> bytes:
    return (json.dumps(document, indent=1, allow_nan=False) + "\n").encode("ascii")


def _mean_score(interval: Interval) -> float | None:
    return round(interval.score_seconds / interval.judged_s, 3) if interval.judged_s else None


def _document(intervals: Sequence[Interval], events: Sequence[RecordedEvent]) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "intervals": [
            {"start_at": piece.start_at.isoformat(), "duration_s": piece.duration_s, **_said(piece)}
            for piece in intervals
        ],
        "events": [
            {"at": event.at.isoformat(), "kind": event.kind, "detail": detail_words(event)}
            for event in events
        ],
    }


def _said(interval: Interval) -> dict[str, object]:
    """What an interval says besides its time."""
    return {
        "state": interval.state,
        "strained": interval.strained,
        "reasons": list(interval.reasons),
        "judged_s": interval.judged_s,
        "mean_score": _mean_score(interval),
    }


def _buckets(
    intervals: Sequence[Interval],
    events: Sequence[RecordedEvent],
    host: str,
    now: datetime,
) -> dict[str, object]:
    """What ActivityWatch imports: one bucket of intervals, one of moments."""
    states: list[dict[str, object]] = [
        {
            "timestamp": piece.start_at.isoformat(),
            "duration": piece.duration_s,
            "data": _said(piece),
        }
        for piece in intervals
    ]
    moments: list[dict[str, object]] = [
        {
            "timestamp": event.at.isoformat(),
            "duration": 0.0,
            "data": {"kind": event.kind, "detail": detail_words(event)},
        }
        for event in events
    ]
    found = (("posture.state", "state", states), ("posture.event", "events", moments))
    return {
        "buckets": {
            (name := f"{CLIENT}-{what}_{host}"): {
                "id": name,
                "type": kind,
                "client": CLIENT,
                "hostname": host,
                "created": now.isoformat(),
                "events": told,
            }
            for kind, what, told in found
        }
    }


def _rows(
    intervals: Sequence[Interval], events: Sequence[RecordedEvent]
) -> list[dict[str, object]]:
    """Both in the order of time; what a row has no answer to is missing."""
    told: list[tuple[datetime, dict[str, object]]] = []
    for piece in intervals:
        said = _said(piece) | {"reasons": ";".join(piece.reasons)}
        told.append((piece.start_at, {"row": "interval", "duration_s": piece.duration_s, **said}))
    for event in events:
        told.append((event.at, {"row": "event", "kind": event.kind, "detail": detail_words(event)}))
    told.sort(key=lambda pair: pair[0])
    return [{"at": at, **row} for at, row in told]


def _csv(rows: Sequence[dict[str, object]]) -> bytes:
    text = StringIO()
    _write(rows, CsvTable(text, COLUMNS))
    return text.getvalue().encode("utf-8")


def _parquet(rows: Sequence[dict[str, object]]) -> bytes:
    file = BytesIO()
    _write(rows, ParquetTable(file, COLUMNS, _TYPES))
    return file.getvalue()


def _write(rows: Sequence[dict[str, object]], table: TableWriter) -> None:
    for row in rows:
        table.add(row)
    table.close()

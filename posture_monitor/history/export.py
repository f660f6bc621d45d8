"""The report for programs: one JSON document, or a CSV row for each day."""

from __future__ import annotations

import json
from io import StringIO
from typing import TYPE_CHECKING

from posture_monitor.core.stats.followed import followed
from posture_monitor.core.stats.summary import to_document
from posture_monitor.domain import Reason, ReminderKind
from posture_monitor.system.tables import CsvTable
from posture_monitor.wording.details import detail_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import tzinfo

    from posture_monitor.core.stats.followed import Followed
    from posture_monitor.core.stats.summary import Day, Summary
    from posture_monitor.domain import Interval, RecordedEvent

_SECONDS = (
    "observed_s",
    "sitting_s",
    "standing_s",
    "away_s",
    "break_s",
    "unknown_s",
    "judged_s",
    "strained_s",
)
_BREAKS = ("due", "taken", "natural", "stood", "skipped", "ignored")
_LATER_BREAKS = ("snoozed", "open")
_REMINDERS = (
    *(ReminderKind.POSTURE, ReminderKind.MOVE, ReminderKind.BREAK),
    *(ReminderKind.STRETCH, ReminderKind.WATER),
)
_LATER_REMINDERS = (ReminderKind.FAR_LOOK, ReminderKind.SIT_STAND)

CSV_HEADER = (
    "date",
    *_SECONDS,
    "mean_score",
    "longest_sitting_s",
    *(f"breaks_{name}" for name in _BREAKS),
    *(f"reminders_{kind}" for kind in _REMINDERS),
    *(f"strained_{reason}_s" for reason in Reason),
    "position_changes_per_h",
    "longest_still_s",
    "drinks",
    *(f"reminders_{kind}" for kind in _LATER_REMINDERS),
    *(f"breaks_{name}" for name in _LATER_BREAKS),
)
"""The columns; scripts of users read them, so new ones are added at the end only."""


def render_json(
    summary: Summary,
    events: Iterable[RecordedEvent] = (),
    *,
    intervals: Sequence[Interval] = (),
    tz: tzinfo | None = None,
    source: str | None = None,
) -> str:
    """The summary's document with the source (null = live), every event in local time, and what
    followed on each reminder, told from the intervals.
    """
    events = list(events)
    document = to_document(summary)
    document["source"] = source
    document["followed"] = [_followed(one, tz) for one in followed(intervals, events)]
    document["events"] = [
        {
            "at": event.at.astimezone(tz).isoformat(),
            "kind": event.kind,
            "detail": detail_words(event),
        }
        for event in events
    ]
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def _followed(one: Followed, tz: tzinfo | None) -> dict[str, object]:
    spans = (("before", one.before), ("after", one.after))
    return {
        "at": one.at.astimezone(tz).isoformat(),
        "kind": one.kind,
        "answer": one.answer,
        **{
            f"strained_{name}": None if span is None else round(span.strained_share, 3)
            for name, span in spans
        },
        **{
            f"position_changes_{name}": None if span is None else span.changes
            for name, span in spans
        },
    }


def render_csv(summary: Summary) -> str:
    """A header and a row for each day with data; what isn't known is empty."""
    text = StringIO()
    table = CsvTable(text, CSV_HEADER)
    for day in summary.days:
        table.add(dict(zip(CSV_HEADER, _csv_row(day), strict=True)))
    return text.getvalue()


def _csv_row(day: Day) -> list[object]:
    numbers = [getattr(day, name) for name in _SECONDS]
    by_reason_s = [day.strained_by_reason_s.get(reason, 0.0) for reason in Reason]
    return [
        day.date.isoformat(),
        *map(_cell, (*numbers, day.mean_score, day.longest_sitting_s)),
        *(getattr(day.breaks, name) for name in _BREAKS),
        *(day.reminders[kind] for kind in _REMINDERS),
        *map(_cell, by_reason_s),
        *map(_cell, (day.variety.changes_per_h, day.variety.longest_still_s)),
        day.drinks.count,
        *(day.reminders[kind] for kind in _LATER_REMINDERS),
        *(getattr(day.breaks, name) for name in _LATER_BREAKS),
    ]


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}".rstrip("0").rstrip(".")

"""Breaks looked back at: what became of them, when in the day, and how long sitting lasted."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from posture_monitor.core.stats.breaks import Breaks, Fate, asked_breaks, fates_by_hour
from posture_monitor.core.stats.summary import sitting_spells
from posture_monitor.dashboard import charts
from posture_monitor.dashboard.trends import RANGES, range_of
from posture_monitor.wording import page_words as words
from posture_monitor.wording.language import _

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from markupsafe import Markup
    from starlette.requests import Request
    from starlette.responses import Response

    from posture_monitor.dashboard.desk import Desk

_SPELL_EDGES_MIN = (0, 15, 30, 45, 60, 90)
_DETAILED = timedelta(days=27)
"""Before the last day: what needs every interval or event is told of four weeks at most."""
_TELLING = 5
"""An hour with fewer breaks asked for says nothing about the hour (assumed)."""


def routes(desk: Desk) -> list[Route]:
    def show(request: Request) -> Response:
        return desk.page(request, "breaks", **_breaks(desk, request))

    return [Route("/breaks", show, methods=["GET"])]


@dataclass(frozen=True, slots=True)
class FateRow:
    """What became of breaks."""

    name: str
    count: int
    kind: str
    told: str


@dataclass(frozen=True, slots=True)
class SpellRow:
    """Sitting spells of like length."""

    name: str
    count: int
    bar: Markup


def _breaks(desk: Desk, request: Request) -> dict[str, Any]:
    asked, first, last = range_of(desk, request)
    days = desk.records.days(first, last)
    names = [field.name for field in fields(Breaks)]
    total = Breaks(**{n: sum(getattr(day.breaks, n) for day in days.values()) for n in names})
    fates = [
        FateRow(words.FATES[fate], getattr(total, fate), f"f-{fate}", words.FATES_TOLD[fate])
        for fate in Fate
    ]
    fates.append(FateRow(_(words.NATURAL), total.natural, "f-natural", _(words.NATURAL_TOLD)))
    parts = [(float(f.count), f.kind, f"{f.name} {f.count}") for f in fates if f.count]
    hours = _hour_rows(desk, first, last)
    return {
        "asked": asked,
        "ranges": RANGES,
        "days": days,
        "total": total,
        "fates": fates,
        "split": charts.split_bar(parts) if parts else None,
        "hours": hours,
        "worst_hour": _worst_hour(hours),
        "spells": _spell_rows(desk, first, last),
        "longest_s": max((d.longest_sitting_s or 0.0 for d in days.values()), default=None),
        "per_day": (total.taken + total.natural) / len(days) if days else None,
        "every_min": desk.settings.reminders.break_every_min,
        "min_break_s": desk.settings.sitting.min_break_s,
    }


def _spell_rows(desk: Desk, first: date, last: date) -> list[SpellRow]:
    """How long sitting lasted, of the last four weeks at most: a spell needs its intervals."""
    since = max(first, last - _DETAILED)
    intervals = desk.records.store.intervals(*desk.records.window(since, last))
    lengths = [s.sitting_s / 60.0 for s in sitting_spells(intervals, desk.settings.sitting)]
    lengths = [minutes for minutes in lengths if minutes >= 1.0]
    rows = []
    for number, low in enumerate(_SPELL_EDGES_MIN):
        high = _SPELL_EDGES_MIN[number + 1] if number + 1 < len(_SPELL_EDGES_MIN) else None
        count = sum(1 for m in lengths if m >= low and (high is None or m < high))
        name = _("{low}–{high} min", low=low, high=high) if high else _("over {low} min", low=low)
        rows.append((name, count))
    most = max((row[1] for row in rows), default=0)
    return [SpellRow(n, c, charts.share_bar(c / most, "s-sitting")) for n, c in rows if most]


@dataclass(frozen=True, slots=True)
class HourRow:
    """Breaks that were asked for in one hour of the day."""

    name: str
    asked: int
    ignored: int
    bar: Markup
    told: str


def _hour_rows(desk: Desk, first: date, last: date) -> list[HourRow]:
    """By the hour in which they were asked for; bars as long as breaks were many."""
    since = max(first, last - _DETAILED)
    events = desk.records.store.events(*desk.records.window(since, last))
    asked = asked_breaks(events)[0]
    by_hour = fates_by_hour(asked, desk.records.tz)
    most = max((sum(counts.values()) for counts in by_hour.values()), default=0)
    rows = []
    for hour, counts in by_hour.items():
        parts = [
            (float(counts[fate]), f"f-{fate}", f"{words.FATES[fate]} {counts[fate]}")
            for fate in Fate
            if counts[fate]
        ]
        count, ignored = sum(counts.values()), counts[Fate.IGNORED]
        rows.append(
            HourRow(
                words.hour_name(hour),
                count,
                ignored,
                charts.split_bar(parts, of=float(most)),
                words.ignored_of(ignored, count),
            )
        )
    return rows


def _worst_hour(rows: Sequence[HourRow]) -> str:
    """The hour in which most are ignored by share; empty where none is, or too few are known."""
    known = [row for row in rows if row.asked >= _TELLING and row.ignored]
    if not known:
        return ""
    worst = max(known, key=lambda row: row.ignored / row.asked)
    return words.worst_hour(worst.name, worst.ignored, worst.asked)

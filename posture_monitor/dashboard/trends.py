"""Longer times: curves, week against week, reasons and breaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from posture_monitor.core.stats.breaks import Breaks
from posture_monitor.core.stats.change import trend
from posture_monitor.core.stats.summary import sitting_spells
from posture_monitor.dashboard import charts
from posture_monitor.dashboard.desk import Desk
from posture_monitor.dashboard.request_data import asked_choice
from posture_monitor.dashboard.review import Versus, versus
from posture_monitor.domain import Reason
from posture_monitor.wording import headlines, texts
from posture_monitor.wording import page_words as words
from posture_monitor.wording.language import _

if TYPE_CHECKING:
    from markupsafe import Markup
    from starlette.requests import Request
    from starlette.responses import Response

    from posture_monitor.core.stats.summary import Day

RANGES: dict[str, tuple[str, int]] = {
    "4w": ("4 weeks", 28),
    "12w": ("12 weeks", 84),
    "1y": ("1 year", 364),
}
"""Whole weeks, so that the weeks of a range can be compared."""
_BY_WEEK_FROM_DAYS = 120
_SPELL_EDGES_MIN = (0, 15, 30, 45, 60, 90)


def routes(desk: Desk) -> list[Route]:
    def show_trends(request: Request) -> Response:
        return desk.page(request, "trends", **_trends(desk, request))

    def show_reasons(request: Request) -> Response:
        return desk.page(request, "reasons", **_reasons(desk, request))

    def show_breaks(request: Request) -> Response:
        return desk.page(request, "breaks", **_breaks(desk, request))

    return [
        Route("/trends", show_trends, methods=["GET"]),
        Route("/reasons", show_reasons, methods=["GET"]),
        Route("/breaks", show_breaks, methods=["GET"]),
    ]


def _range(desk: Desk, request: Request) -> tuple[str, date, date]:
    """The asked range up to the end of this week."""
    asked = asked_choice(request.query_params.get("range"), RANGES, "4w")
    today = desk.records.today()
    sunday = today + timedelta(days=6 - today.weekday())
    return asked, sunday - timedelta(days=RANGES[asked][1] - 1), sunday


@dataclass(frozen=True, slots=True)
class Bundle:
    """Days added up to one point of a curve."""

    at: date
    days: Sequence[Day]

    @property
    def score(self) -> float | None:
        judged_s = sum(day.judged_s for day in self.days)
        total = sum((day.mean_score or 0.0) * day.judged_s for day in self.days)
        return total / judged_s if judged_s else None

    @property
    def sitting_h(self) -> float | None:
        """Hours a day with data."""
        if not self.days:
            return None
        return sum(day.sitting_s for day in self.days) / len(self.days) / 3600.0

    @property
    def strained_percent(self) -> float | None:
        judged_s = sum(day.judged_s for day in self.days)
        strained_s = sum(day.strained_s for day in self.days)
        return 100.0 * strained_s / judged_s if judged_s else None

    @property
    def breaks(self) -> float | None:
        """A day with data."""
        if not self.days:
            return None
        return sum(day.breaks.taken + day.breaks.natural for day in self.days) / len(self.days)


def by_week(days: dict[date, Day], first: date, last: date) -> list[Bundle]:
    """One bundle for each week from `first`, a Monday."""
    bundles = []
    monday = first
    while monday <= last:
        week = [monday + timedelta(days=n) for n in range(7)]
        bundles.append(Bundle(monday, [days[day] for day in week if day in days]))
        monday += timedelta(days=7)
    return bundles


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _trends(desk: Desk, request: Request) -> dict[str, Any]:
    asked, first, last = _range(desk, request)
    records = desk.records
    days = records.days(first, last)
    today = records.today()
    weekly = RANGES[asked][1] > _BY_WEEK_FROM_DAYS
    if weekly:
        points = by_week(days, first, min(last, today))
    else:
        count = (min(last, today) - first).days + 1
        dates = [first + timedelta(days=n) for n in range(count)]
        points = [Bundle(day, [days[day]] if day in days else []) for day in dates]
    series = {
        # uPlot draws UTC; noon of the date keeps every zone's label on the right day.
        "at": [int(datetime.combine(p.at, time(12), tzinfo=UTC).timestamp()) for p in points],
        "weekly": weekly,
        "score": [_rounded(p.score) for p in points],
        "sitting_h": [_rounded(p.sitting_h) for p in points],
        "strained": [_rounded(p.strained_percent) for p in points],
        "breaks": [_rounded(p.breaks) for p in points],
    }
    weeks = by_week(days, first, last)
    this, before = weeks[-1].days, weeks[-2].days
    compared: list[Versus] = versus(this, before)
    return {
        "asked": asked,
        "ranges": RANGES,
        "headline": headlines.trend(trend([week.days for week in weeks])),
        "series": series,
        "points": points,
        "weekly": weekly,
        "days": days,
        "versus": compared,
        "has_before": bool(before),
        "weeks": list(reversed(weeks)),
        "asked_days": (min(last, today) - first).days + 1,
    }


# --------------------------------------------------------------------------- reasons


@dataclass(frozen=True, slots=True)
class ReasonCard:
    """A reason over a longer time."""

    name: str
    seconds: float
    share: float | None
    bar: Markup
    spark: Markup
    advice: str


def _reasons(desk: Desk, request: Request) -> dict[str, Any]:
    asked, first, last = _range(desk, request)
    days = desk.records.days(first, last)
    judged_s = sum(day.judged_s for day in days.values())
    totals = {reason: 0.0 for reason in Reason}
    for day in days.values():
        for reason, seconds in day.strained_by_reason_s.items():
            totals[reason] += seconds
    weeks = by_week(days, first, min(last, desk.records.today()))
    ordered = sorted(((s, r) for r, s in totals.items() if s), key=lambda pair: -pair[0])
    cards = [
        ReasonCard(
            words.reason_name(reason),
            seconds,
            seconds / judged_s if judged_s else None,
            charts.share_bar(seconds / ordered[0][0], charts.REASON_CLASSES[reason.value]),
            charts.sparkline(
                [_reason_share(week, reason) for week in weeks],
                _(
                    "Share of judged time by week: {reason_name}",
                    reason_name=words.reason_name(reason),
                ),
            ),
            texts.advice_for(reason),
        )
        for seconds, reason in ordered
    ]
    return {
        "asked": asked,
        "ranges": RANGES,
        "cards": cards,
        "days": days,
        "judged_s": judged_s,
        "strained_s": sum(day.strained_s for day in days.values()),
    }


def _reason_share(week: Bundle, reason: Reason) -> float | None:
    judged_s = sum(day.judged_s for day in week.days)
    if not judged_s:
        return None
    return sum(day.strained_by_reason_s.get(reason, 0.0) for day in week.days) / judged_s


# --------------------------------------------------------------------------- breaks


@dataclass(frozen=True, slots=True)
class Fate:
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
    asked, first, last = _range(desk, request)
    days = desk.records.days(first, last)
    names = [field.name for field in fields(Breaks)]
    total = Breaks(**{n: sum(getattr(day.breaks, n) for day in days.values()) for n in names})
    fates = [
        Fate(_("Taken"), total.taken, "f-taken", _("asked for, and you left the desk")),
        Fate(_("Stood"), total.stood, "f-stood", _("asked for, and you stood up at the desk")),
        Fate(_("Skipped"), total.skipped, "f-skipped", _("asked for, and you pressed Skip")),
        Fate(_("Snoozed"), total.snoozed, "f-snoozed", _("asked for, and you put it off")),
        Fate(
            _("Ignored"), total.ignored, "f-ignored", _("asked for again, as nothing had happened")
        ),
        Fate(
            _("Open"), total.open, "f-open", _("asked for; what came of it isn’t known, or not yet")
        ),
        Fate(_("Natural"), total.natural, "f-natural", _("taken before anything was asked")),
    ]
    parts = [(float(f.count), f.kind, f"{f.name} {f.count}") for f in fates if f.count]
    return {
        "asked": asked,
        "ranges": RANGES,
        "days": days,
        "total": total,
        "fates": fates,
        "split": charts.split_bar(parts) if parts else None,
        "spells": _spell_rows(desk, first, last),
        "longest_s": max((d.longest_sitting_s or 0.0 for d in days.values()), default=None),
        "per_day": (total.taken + total.natural) / len(days) if days else None,
        "every_min": desk.settings.reminders.break_every_min,
        "min_break_s": desk.settings.sitting.min_break_s,
    }


def _spell_rows(desk: Desk, first: date, last: date) -> list[SpellRow]:
    """How long sitting lasted, of the last four weeks at most: a spell needs its intervals."""
    since = max(first, last - timedelta(days=27))
    intervals = desk.records.store.intervals(*desk.records.window(since, last))
    lengths = [s.sitting_s / 60.0 for s in sitting_spells(intervals, desk.settings.sitting)]
    lengths = [minutes for minutes in lengths if minutes >= 1.0]
    rows = []
    for number, low in enumerate(_SPELL_EDGES_MIN):
        high = _SPELL_EDGES_MIN[number + 1] if number + 1 < len(_SPELL_EDGES_MIN) else None
        count = sum(1 for m in lengths if m >= low and (high is None or m < high))
        name = _("{low}–{high} min", low=low, high=high) if high else _("over {low} min", low=low)
        rows.append((name, count))
    most = max((count for _, count in rows), default=0)
    return [SpellRow(n, c, charts.share_bar(c / most, "s-sitting")) for n, c in rows if most]

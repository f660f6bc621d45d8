"""Longer times: curves, and week against week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from posture_monitor.core.stats.change import trend
from posture_monitor.dashboard.desk import Desk
from posture_monitor.dashboard.request_data import asked_choice
from posture_monitor.dashboard.review import Versus, versus
from posture_monitor.wording import headlines

if TYPE_CHECKING:
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


def routes(desk: Desk) -> list[Route]:
    def show_trends(request: Request) -> Response:
        return desk.page(request, "trends", **_trends(desk, request))

    return [Route("/trends", show_trends, methods=["GET"])]


def range_of(desk: Desk, request: Request) -> tuple[str, date, date]:
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
    asked, first, last = range_of(desk, request)
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

"""What posture was strained by over a longer time, and on which days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from starlette.routing import Route

from posture_monitor.core.stats.rounding import scale_top
from posture_monitor.dashboard import charts
from posture_monitor.dashboard.trends import RANGES, Bundle, by_week, range_of
from posture_monitor.domain import Reason
from posture_monitor.wording import page_words as words
from posture_monitor.wording import texts
from posture_monitor.wording.language import _
from posture_monitor.wording.posture_figures import posture_svg

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from starlette.requests import Request
    from starlette.responses import Response

    from posture_monitor.core.stats.summary import Day
    from posture_monitor.dashboard.desk import Desk

_WORST_DAYS = 3
_LEAST_S = 300.0
"""A day with less of a reason is not worth pointing at (assumed)."""


def routes(desk: Desk) -> list[Route]:
    def show(request: Request) -> Response:
        return desk.page(request, "reasons", **_reasons(desk, request))

    return [Route("/reasons", show, methods=["GET"])]


@dataclass(frozen=True, slots=True)
class ReasonCard:
    """A reason over a longer time."""

    name: str
    drawing: Markup
    seconds: float
    share: float | None
    """Of the judged time."""
    bar: Markup
    spark: Markup
    weeks: str
    """Its share in the first week and in the last; empty with one."""
    worst: tuple[tuple[date, float], ...]
    """Days on which it held longest, and their seconds."""
    advice: str


def _reasons(desk: Desk, request: Request) -> dict[str, Any]:
    asked, first, last = range_of(desk, request)
    days = desk.records.days(first, last)
    judged_s = sum(day.judged_s for day in days.values())
    totals = {reason: 0.0 for reason in Reason}
    for day in days.values():
        for reason, seconds in day.strained_by_reason_s.items():
            totals[reason] += seconds
    weeks = by_week(days, first, min(last, desk.records.today()))
    ordered = sorted(((s, r) for r, s in totals.items() if s), key=lambda pair: -pair[0])
    scale = scale_top(ordered[0][0] / judged_s) if ordered and judged_s else 1.0
    return {
        "asked": asked,
        "ranges": RANGES,
        "cards": [
            _card(reason, seconds, judged_s, scale, weeks, list(days.values()))
            for seconds, reason in ordered
        ],
        "scale": scale,
        "days": days,
        "judged_s": judged_s,
        "strained_s": sum(day.strained_s for day in days.values()),
    }


def _card(
    reason: Reason,
    seconds: float,
    judged_s: float,
    scale: float,
    weeks: Sequence[Bundle],
    days: Sequence[Day],
) -> ReasonCard:
    name = words.reason_name(reason)
    curve_name = _("Share of judged time by week: {reason_name}", reason_name=name)
    shares = [_share(week, reason) for week in weeks]
    known = [share for share in shares if share is not None]
    share = seconds / judged_s if judged_s else None
    by_day = sorted(days, key=lambda day: -day.strained_by_reason_s.get(reason, 0.0))
    worst = [(d.date, d.strained_by_reason_s.get(reason, 0.0)) for d in by_day[:_WORST_DAYS]]
    return ReasonCard(
        name,
        Markup(posture_svg(reason)),
        seconds,
        share,
        charts.share_bar((share or 0.0) / scale, charts.REASON_CLASSES[reason.value]),
        charts.sparkline(shares, curve_name),
        words.from_to_share(known[0], known[-1]) if len(known) > 1 else "",
        tuple((day, held_s) for day, held_s in worst if held_s >= _LEAST_S),
        texts.advice_for(reason),
    )


def _share(week: Bundle, reason: Reason) -> float | None:
    judged_s = sum(day.judged_s for day in week.days)
    if not judged_s:
        return None
    return sum(day.strained_by_reason_s.get(reason, 0.0) for day in week.days) / judged_s

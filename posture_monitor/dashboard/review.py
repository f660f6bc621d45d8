"""A day and a week, looked back at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from posture_monitor.core.stats.change import DayValue, compared, strained_shares
from posture_monitor.core.stats.goals import met
from posture_monitor.dashboard import charts, timeline
from posture_monitor.dashboard.desk import Desk
from posture_monitor.dashboard.records import Hour, hours_of
from posture_monitor.dashboard.request_data import asked_choice, asked_day
from posture_monitor.wording import dates, headlines
from posture_monitor.wording import page_words as words
from posture_monitor.wording.details import detail_for_people
from posture_monitor.wording.language import N_, _
from posture_monitor.wording.names import TOLD_BY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import tzinfo

    from markupsafe import Markup
    from starlette.requests import Request
    from starlette.responses import Response

    from posture_monitor.core.stats.summary import Day, Totals
    from posture_monitor.domain import Interval, RecordedEvent


def routes(desk: Desk) -> list[Route]:
    def show_day(request: Request) -> Response:
        return desk.page(request, "day", **_day(desk, request))

    def show_week(request: Request) -> Response:
        return desk.page(request, "week", **_week(desk, request))

    return [
        Route("/day", show_day, methods=["GET"]),
        Route("/week", show_week, methods=["GET"]),
    ]


# --------------------------------------------------------------------------- parts of pages


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """A reason's time, and its bar."""

    word: str
    name: str
    seconds: float
    share: float | None
    """Of the judged time."""
    bar: Markup


def reason_rows(totals: Totals) -> list[ReasonRow]:
    """Each reason that occurred, the longest first; a full bar is all of the judged time."""
    ordered = sorted(totals.strained_by_reason_s.items(), key=lambda item: -item[1])
    judged_s = totals.judged_s
    return [
        ReasonRow(
            reason.value,
            words.reason_name(reason),
            seconds,
            seconds / judged_s if judged_s else None,
            charts.share_bar(
                seconds / judged_s if judged_s else 0.0, charts.REASON_CLASSES[reason.value]
            ),
        )
        for reason, seconds in ordered
    ]


@dataclass(frozen=True, slots=True)
class Happening:
    """A line of what happened."""

    at: str
    name: str
    detail: str
    kind: str


def happenings(events: Iterable[RecordedEvent], tz: tzinfo | None) -> list[Happening]:
    """The events worth a line, oldest first."""
    told = list(events)
    moments = {(event.at, event.kind) for event in told}
    lines = []
    for event in told:
        repeats = (event.at, TOLD_BY.get(event.kind)) in moments
        if event.kind not in words.EVENT_NAMES or repeats:
            continue
        detail = words.printable(detail_for_people(event))
        at = f"{event.at.astimezone(tz):%H:%M}"
        lines.append(Happening(at, words.EVENT_NAMES[event.kind], detail, event.kind.value))
    return lines


@dataclass(frozen=True, slots=True)
class HourRow:
    """One hour of a day as numbers."""

    name: str
    hour: Hour


def hour_rows(intervals: Sequence[Interval], tz: tzinfo | None) -> list[HourRow]:
    rows = []
    for hours in hours_of(intervals, tz).values():
        rows += [
            HourRow(f"{number:02d}:00", hour)
            for number, hour in enumerate(hours)
            if hour.observed_s
        ]
    return rows


# --------------------------------------------------------------------------- day


def _day(desk: Desk, request: Request) -> dict[str, Any]:
    records = desk.records
    today = records.today()
    day = asked_day(request.query_params.get("day"), today)
    intervals, events = records.read(day, day)
    since, until = records.window(day, day)
    lanes = []
    if intervals:
        now = records.now() if day == today else None
        span = timeline.span_around(intervals, records.tz, now=now)
        lanes = timeline.timeline(intervals, events, span)
    summary = records.summarise(intervals, events, since, until)
    return {
        "day": day,
        "today": today,
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1) if day < today else None,
        "summary": summary,
        "lanes": lanes,
        "reasons": reason_rows(summary),
        "happened": happenings(events, records.tz),
        "hours": hour_rows(intervals, records.tz),
    }


# --------------------------------------------------------------------------- week


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One hour of one day: its colour's class and what it says."""

    kind: str
    told: str


@dataclass(frozen=True, slots=True)
class HeatRow:
    """One day of the heat map."""

    day: date
    cells: tuple[HeatCell, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """What the colours of the heat map mean."""

    name: str
    legend: tuple[str, str]
    """What the palest and the strongest colour mean."""
    scale: str
    value: Callable[[Hour], float | None]
    """0-1, None where nothing is known."""
    told: Callable[[Hour], str]


def _sitting_share(hour: Hour) -> float | None:
    return min(1.0, hour.sitting_s / 3600.0) if hour.observed_s else None


def _score_share(hour: Hour) -> float | None:
    # Scores live between 40 and 100; below that all is equally red.
    return None if hour.score is None else min(1.0, max(0.0, (hour.score - 40.0) / 60.0))


def _strained_share(hour: Hour) -> float | None:
    return hour.strained_share


MEASURES: dict[str, Measure] = {
    "sitting": Measure(
        N_("Sitting"), (N_("0 min"), N_("60 min an hour")), "sit", _sitting_share,
        lambda hour: _("sitting {duration}", duration=words.duration(hour.sitting_s)),
    ),
    "strained": Measure(
        N_("Strained"), ("0 %", N_("100 % of judged time")), "str", _strained_share,
        lambda hour: _(
            "strained {share} of the judged time", share=words.percent(hour.strained_share)
        ),
    ),
    "score": Measure(
        N_("Score"), (N_("40 or less"), "100"), "sco", _score_share,
        lambda hour: _("score {score}", score=words.score(hour.score)),
    ),
}  # fmt: skip
_STEPS = 6


def heat_rows(
    week: Sequence[date],
    hours: dict[date, list[Hour]],
    measure: Measure,
    shown: range,
) -> list[HeatRow]:
    """The heat map: a row a day, a cell an hour."""
    rows = []
    for day in week:
        of_day = hours.get(day)
        cells = []
        for number in shown:
            hour = of_day[number] if of_day else Hour()
            when = _(
                "{weekday} {hour:02d}–{next:02d} h",
                weekday=dates.long_weekday(day),
                hour=number,
                next=number + 1,
            )
            share = measure.value(hour)
            if share is None:
                known = _("not judged") if hour.observed_s else _("no data")
                kind = "heat-unjudged" if hour.observed_s else "heat-none"
                cells.append(HeatCell(kind, f"{when}: {known}"))
            else:
                step = min(_STEPS, round(share * _STEPS))
                cells.append(
                    HeatCell(f"heat-{measure.scale}-{step}", f"{when}: {measure.told(hour)}")
                )
        rows.append(HeatRow(day, tuple(cells)))
    return rows


def _shown_hours(hours: dict[date, list[Hour]]) -> range:
    used = [n for of_day in hours.values() for n, hour in enumerate(of_day) if hour.observed_s]
    return range(min([8, *used]), max([17, *used]) + 1)


@dataclass(frozen=True, slots=True)
class Versus:
    """A number of this week beside the week before."""

    name: str
    value: str
    change: str
    before: str


@dataclass(frozen=True, slots=True)
class _Measured:
    """What of each day is compared, how it is written, and the least change worth telling."""

    name: str
    value: Callable[[Day], DayValue | None]
    shown: Callable[[float | None], str]
    changed: Callable[[float], str]
    least: float


def _score_of(day: Day) -> DayValue | None:
    return None if day.mean_score is None else DayValue(day.mean_score, day.judged_s)


def _strain_of(day: Day) -> DayValue | None:
    share = day.strained_share
    return None if share is None else DayValue(share, day.judged_s)


_MEASURED = (
    _Measured(
        N_("Sitting a day"), lambda d: DayValue(d.sitting_s), words.hours, words.hours, 360.0
    ),
    _Measured(
        N_("Longest without a break"), lambda d: DayValue(d.longest_sitting_s or 0.0),
        words.duration, words.duration, 60.0,
    ),
    _Measured(N_("Mean score"), _score_of, words.score, words.points, 1.0),
    _Measured(N_("Strained"), _strain_of, words.percent, words.share_points, 0.01),
    _Measured(
        N_("Breaks a day"), lambda d: DayValue(d.breaks.taken + d.breaks.natural),
        words.per_day, words.per_day, 0.1,
    ),
)  # fmt: skip


def versus(this: Sequence[Day], before: Sequence[Day]) -> list[Versus]:
    """Means per day with data, so that a week that is not over compares fairly.

    What differs by no more than days do among themselves is called the same.
    """
    rows = []
    for one in _MEASURED:
        change = compared(
            [v for day in this if (v := one.value(day))],
            [v for day in before if (v := one.value(day))],
            least=one.least,
        )
        told = words.changed(change, one.changed)
        rows.append(Versus(_(one.name), one.shown(change.now), told, one.shown(change.before)))
    return rows


def _week(desk: Desk, request: Request) -> dict[str, Any]:
    records = desk.records
    today = records.today()
    asked = asked_day(request.query_params.get("week"), today)
    monday = asked - timedelta(days=asked.weekday())
    week = [monday + timedelta(days=number) for number in range(7)]
    shown = asked_choice(request.query_params.get("show"), MEASURES, "sitting")
    intervals, _events = records.read(week[0], week[-1])
    days = records.days(week[0], week[-1])
    before = records.days(monday - timedelta(days=7), monday - timedelta(days=1))
    hours = hours_of(intervals, records.tz)
    change = compared(
        strained_shares(list(days.values())), strained_shares(list(before.values())), least=0.005
    )
    goals = desk.settings.goals
    kept = [k for day in days.values() if (k := met(day, goals)) is not None]
    hour_range = _shown_hours(hours)
    return {
        "monday": monday,
        "title": dates.span_name(week[0], week[-1]),
        "this_week": monday <= today <= week[-1],
        "before": monday - timedelta(days=7),
        "after": monday + timedelta(days=7) if week[-1] < today else None,
        "days": days,
        "week": week,
        "headline": headlines.week(change),
        "goals": headlines.goals(goals),
        "goals_met": headlines.days_met(sum(kept), len(kept)),
        "bars": charts.week_bars(days, week, today) if days else None,
        "versus": versus(list(days.values()), list(before.values())),
        "has_before": bool(before),
        "heat": heat_rows(week, hours, MEASURES[shown], hour_range),
        "heat_hours": hour_range,
        "shown": shown,
        "measures": MEASURES,
        "legend": [_(text) for text in MEASURES[shown].legend],
        "steps": range(_STEPS + 1),
    }

"""Sessions at the desk and replayed recordings, each with its own page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from starlette.routing import Route

from posture_monitor.core.stats.summary import Session, clip, end_at, split_by_day
from posture_monitor.dashboard import timeline
from posture_monitor.dashboard.desk import Desk, Refusal
from posture_monitor.dashboard.request_data import asked_range
from posture_monitor.dashboard.review import happenings, hour_rows, reason_rows
from posture_monitor.wording import dates
from posture_monitor.wording import page_words as words
from posture_monitor.wording.language import _

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, tzinfo

    from starlette.requests import Request
    from starlette.responses import Response

    from posture_monitor.domain import Interval, RecordedEvent

_SHOWN = 200


def routes(desk: Desk) -> list[Route]:
    def show_list(request: Request) -> Response:
        return desk.page(request, "sessions", **_list(desk, request))

    def show_session(request: Request) -> Response:
        return desk.page(request, "session", **_session(desk, request))

    def show_recording(request: Request) -> Response:
        return desk.page(request, "session", **_recording(desk, request))

    return [
        Route("/sessions", show_list, methods=["GET"]),
        Route("/sessions/one", show_session, methods=["GET"]),
        Route("/recordings/one", show_recording, methods=["GET"]),
    ]


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A line in the list of sessions."""

    key: int
    """Its start in whole seconds since 1970."""
    day: date
    times: str
    sitting_s: float
    score: float | None
    strained_share: float | None


@dataclass(frozen=True, slots=True)
class DayRow:
    """A day of the list: what the user did over its hours, and the sessions that began on it."""

    day: date
    lane: Markup
    sessions: tuple[SessionRow, ...]


def _day_rows(
    sessions: Sequence[SessionRow], intervals: Sequence[Interval], tz: tzinfo | None
) -> tuple[list[DayRow], Markup]:
    """Newest first, all over the same hours of the day; and the ruler of those hours."""
    by_day = split_by_day(intervals, tz)
    hours = [at.astimezone(tz) for i in intervals for at in (i.start_at, end_at(i))]
    first = min((at.hour for at in hours), default=8)
    last = max((at.hour + 1 for at in hours), default=18)
    rows, ruler = [], Markup("")
    for day, of_day in groupby(sessions, key=lambda session: session.day):
        midnight = datetime.combine(day, time(), tzinfo=tz).astimezone(UTC)
        # An hour more where the clock was changed: the same length keeps days below each other.
        span = timeline.Span(
            midnight + timedelta(hours=first), midnight + timedelta(hours=last), tz
        )
        ruler = ruler or timeline.hour_ruler(span)
        rows.append(DayRow(day, timeline.state_lane(by_day.get(day, []), span), tuple(of_day)))
    return rows, ruler


def _row(session: Session, intervals: Sequence[Interval], desk: Desk) -> SessionRow:
    pieces = [p for i in intervals if (p := clip(i, session.start_at, session.end_at))]
    judged_s = sum(p.judged_s for p in pieces)
    start, end = (at.astimezone(desk.records.tz) for at in (session.start_at, session.end_at))
    return SessionRow(
        key=int(session.start_at.timestamp()),
        day=start.date(),
        times=f"{start:%H:%M}–{end:%H:%M}",
        sitting_s=session.sitting_s,
        score=sum(p.score_seconds for p in pieces) / judged_s if judged_s else None,
        strained_share=(
            sum(p.duration_s for p in pieces if p.strained) / judged_s if judged_s else None
        ),
    )


def _list(desk: Desk, request: Request) -> dict[str, Any]:
    records = desk.records
    first, last = asked_range(request, records.today())
    intervals, _events = records.read(first, last)
    found = records.sessions(first, last)
    recordings = []
    for name in records.store.sources():
        run = records.store.last_run(name)
        if run is not None:
            length_s = (run.ended_at - run.started_at).total_seconds()
            at = run.started_at.astimezone(records.tz)
            recordings.append((name, f"{dates.short_day(at.date())} {at:%H:%M}", length_s))
    sessions: list[SessionRow] = []
    # Newest first, walking once through the intervals rather than once for each session.
    rest = list(intervals)
    for session in found[:_SHOWN]:
        inside = []
        while rest and rest[-1].start_at >= session.start_at:
            inside.append(rest.pop())
        sessions.append(_row(session, inside, desk))
    day_rows, ruler = _day_rows(sessions, intervals, records.tz)
    return {
        "first": first,
        "last": last,
        "day_rows": day_rows,
        "ruler": ruler,
        "keys": timeline.state_keys(intervals),
        "more": max(0, len(found) - _SHOWN),
        "recordings": recordings,
    }


def _session(desk: Desk, request: Request) -> dict[str, Any]:
    key = request.query_params.get("start", "")
    if not key.isdigit() or len(key) > 11:
        raise Refusal(
            404, _("There is no such session"), _("Choose one from the list of sessions.")
        )
    records = desk.records
    at = datetime.fromtimestamp(int(key), records.tz or records.now().tzinfo)
    day = at.date()
    found = records.sessions(day - timedelta(days=1), day + timedelta(days=1))
    chosen = next((s for s in found if int(s.start_at.timestamp()) == int(key)), None)
    if chosen is None:
        raise Refusal(
            404,
            _("There is no such session"),
            _("It may have been deleted; choose one from the list."),
        )
    since, until = chosen.start_at, chosen.end_at
    intervals = records.store.intervals(since, until)
    events = records.store.events(since, until + timedelta(seconds=1))
    times = f"{since.astimezone(records.tz):%H:%M}–{until.astimezone(records.tz):%H:%M}"
    return {
        "title": _("Session of {short_day}, {times}", short_day=dates.short_day(day), times=times),
        "kind": "session",
        "profile": None,
        **_details(desk, intervals, events, since, until),
    }


def _recording(desk: Desk, request: Request) -> dict[str, Any]:
    name = request.query_params.get("name", "")
    records = desk.records
    run = records.store.last_run(name) if name else None
    if run is None:
        raise Refusal(
            404, _("There is no such recording"), _("Choose one from the list of sessions.")
        )
    since, until = run.started_at, run.ended_at + timedelta(seconds=1)
    intervals = records.store.intervals(since, until, source=name)
    events = records.store.events(since, until, source=name)
    return {
        "title": _("Recording {printable}", printable=words.printable(name)),
        "kind": "recording",
        "profile": run.profile,
        **_details(desk, intervals, events, since, until),
    }


def _details(
    desk: Desk,
    intervals: Sequence[Interval],
    events: Sequence[RecordedEvent],
    since: datetime,
    until: datetime,
) -> dict[str, Any]:
    records = desk.records
    summary = records.summarise(intervals, events, since, until)
    lanes = []
    if intervals:
        span = timeline.span_around(intervals, records.tz, at_least=timedelta(hours=1))
        lanes = timeline.timeline(intervals, events, span)
    return {
        "summary": summary,
        "lanes": lanes,
        "reasons": reason_rows(summary),
        "happened": happenings(events, records.tz),
        "hours": hour_rows(intervals, records.tz),
    }

"""The page of the present: state, score with its reasons, sitting time, what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from posture_monitor.core.stats.change import against_usual
from posture_monitor.core.stats.goals import streak
from posture_monitor.dashboard import charts, timeline
from posture_monitor.dashboard.break_page import running_line
from posture_monitor.dashboard.desk import Desk, Refusal
from posture_monitor.dashboard.judgement import Judgement, judged
from posture_monitor.dashboard.request_data import asked_minutes, posting
from posture_monitor.domain import PostureMonitorError, ReminderKind, State
from posture_monitor.wording import headlines, now_words
from posture_monitor.wording import page_words as words
from posture_monitor.wording.language import N_, _, error_text
from posture_monitor.wording.names import camera_for_people, unjudged_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from markupsafe import Markup
    from starlette.requests import Request
    from starlette.responses import Response

    from posture_monitor.config import ReminderSettings

_USUAL_DAYS = 28
"""Days before today that tell what is usual."""
_MAX_PAUSE_MIN = 24 * 60.0
_OVERDUE_FROM_S = 60.0
"""Up to a minute late a break is due now."""


@dataclass(frozen=True, slots=True)
class NextBreak:
    """When the next break is due, in words."""

    told: str
    overdue: bool
    sat: str
    besides: str
    """What comes before it or, where it is overdue, when it is asked for again; may be empty."""


@dataclass(frozen=True, slots=True)
class Present:
    """The monitor's answer in the words of the page."""

    state: str
    state_name: str
    sitting_s: float | None
    judgement: Judgement
    sitting_bar: Markup | None
    next_break: NextBreak | None
    """None where breaks are off or nobody sits."""
    next_kind: str
    next_in: str
    paused_until: str
    paused: bool
    camera: str
    profile: str
    snoozed: str
    """How long reminders wait; empty where they don't."""
    guided: str
    """The guided break that goes on, in a line; empty without one."""
    notifications_ok: bool
    notifications: str


def routes(desk: Desk) -> list[Route]:
    def show(request: Request) -> Response:
        return desk.page(request, "now", present=present(desk), **_today(desk))

    def control(request: Request, form: Mapping[str, str]) -> Response:
        return _control(desk, request, form)

    return [
        Route("/", show, methods=["GET"]),
        Route("/control", posting(desk, control, on_sample=True), methods=["POST"]),
    ]


def present(desk: Desk) -> Present | None:
    """None where no monitor runs here."""
    status = desk.status()
    return None if status is None else _present(status, desk)


def _present(status: dict[str, Any], desk: Desk) -> Present:
    score = _number(status.get("score"))
    state = str(status.get("state") or State.UNKNOWN)
    reasons = [str(reason) for reason in status.get("reasons") or ()]
    sitting_s = _number(status.get("sitting_s"))
    rules = desk.settings.reminders
    bar = None
    if rules.breaks and sitting_s is not None:
        over = sitting_s >= rules.break_every_min * 60.0
        bar = charts.share_bar(
            sitting_s / (rules.break_every_min * 60.0), "s-over" if over else "s-sitting"
        )
    next_kind, next_in = _next(status.get("next_reminder"))
    paused = status.get("paused_until")
    notifications = str(status.get("notifications") or "ok")
    return Present(
        state=state,
        state_name=_("Paused") if paused else words.STATE_NOW.get(state, state),
        sitting_s=sitting_s,
        judgement=judged(
            score,
            reasons,
            given if isinstance(given := status.get("penalties"), dict) else {},
            state,
            unjudged=unjudged_words(status.get("unjudged")),
            paused=bool(paused),
        ),
        sitting_bar=bar,
        next_break=_next_break(status, rules) if bar is not None and not paused else None,
        next_kind=next_kind,
        next_in=next_in,
        paused_until=_until(paused, desk),
        paused=bool(paused),
        camera=_camera(status),
        profile=words.printable(str(status.get("profile") or _("none yet"))),
        snoozed=_snoozed(status),
        guided=running_line(desk),
        notifications_ok=notifications == "ok",
        notifications=words.printable(notifications),
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _next_break(status: Mapping[str, Any], rules: ReminderSettings) -> NextBreak | None:
    """None while nobody sits: a break is due by time of sitting."""
    sitting_s = _number(status.get("sitting_s")) or 0.0
    if str(status.get("state")) != State.SITTING:
        return None
    kind, when = _next(status.get("next_reminder"))
    is_break = kind == words.REMINDER_NAMES[ReminderKind.BREAK]
    left_s = rules.break_every_min * 60.0 - sitting_s
    sat = now_words.sat_so_far(sitting_s, rules.break_every_min)
    if left_s <= -_OVERDUE_FROM_S:
        again = now_words.asked_again(when) if is_break and when else ""
        return NextBreak(now_words.break_overdue(-left_s), True, sat, again)
    if is_break:  # a snooze makes it later than the settings alone
        left_s = _seconds(status.get("next_reminder")) or max(0.0, left_s)
    before = "" if is_break or not kind else now_words.next_before(kind, when)
    return NextBreak(now_words.break_in(max(0.0, left_s)), False, sat, before)


def _next(value: object) -> tuple[str, str]:
    """What the next reminder is called, and when it comes; empty without one."""
    kind = str(value.get("kind") or "") if isinstance(value, dict) else ""
    if not kind:
        return "", ""
    seconds = _seconds(value)
    when = (
        ""
        if seconds is None
        else _("now")
        if seconds < 1
        else _("in {duration}", duration=words.duration(seconds))
    )
    return words.REMINDER_NAMES.get(kind, words.printable(kind)), when


def _seconds(value: object) -> float | None:
    """Until the next reminder."""
    return _number(value.get("in_s")) if isinstance(value, dict) else None


def _snoozed(status: Mapping[str, Any]) -> str:
    left_s = _number(status.get("snoozed_s"))
    return "" if left_s is None else words.duration(left_s)


def _until(value: object, desk: Desk) -> str:
    if not isinstance(value, str):
        return ""
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return words.printable(value)
    return f"{at.astimezone(desk.records.tz):%H:%M}"


def _camera(status: Mapping[str, Any]) -> str:
    """What is watched, and whether it is on."""
    camera = camera_for_people(str(status.get("camera") or ""), str(status.get("camera_state")))
    told = [one for one in (str(status.get("source") or ""), camera) if one]
    return words.printable(", ".join(told)) or _("none")


def _today(desk: Desk) -> dict[str, Any]:
    """What the day has been so far; also without a running monitor."""
    records = desk.records
    today, now = records.today(), records.now()
    intervals, events = records.read(today, today)
    since, until = records.window(today, today)
    summary = records.summarise(intervals, events, since, until)
    lanes = []
    if intervals:
        span = timeline.span_around(intervals, records.tz, at_least=timedelta(hours=1), now=now)
        lanes = timeline.timeline(intervals, events, span)
    earlier = records.days(today - timedelta(days=_USUAL_DAYS), today - timedelta(days=1))
    days = [*earlier.values(), *(day for day in summary.days if day.date == today)]
    goals = desk.settings.goals
    last_seen = None if desk.live is not None else records.last_seen()
    return {
        "headline": headlines.today(against_usual(summary, list(earlier.values()))),
        "streak": headlines.streak(streak(days, goals, today)),
        "summary": summary,
        "lanes": lanes,
        "today": today,
        "seen": None if last_seen is None else words.ago(last_seen, now),
        "snooze_min": desk.settings.reminders.snooze_min,
    }


def _control(desk: Desk, request: Request, form: Mapping[str, str]) -> Response:
    """Pause, resume, snooze, or say that a judgement was wrong."""
    if desk.live is None:
        raise Refusal(409, _("No monitor runs"), _("Start it with: posture-monitor run"))
    name = form.get("command", "")
    arguments: dict[str, object] = {}
    if name == "pause":
        arguments["minutes"] = asked_minutes(form, 30.0, _MAX_PAUSE_MIN)
    elif name == "snooze":
        arguments["minutes"] = asked_minutes(form, desk.settings.reminders.snooze_min, 240.0)
    elif name == "feedback":
        arguments["verdict"] = "wrong"
    elif name not in ("resume", "drank"):
        raise Refusal(400, _("The monitor can’t do that"), _("Use the buttons of the page."))
    try:
        answer = desk.live.command(name, arguments)
    except PostureMonitorError as error:
        raise Refusal(409, _("The monitor can’t do that now"), error_text(error)) from None
    told = str(answer.get("said") or _(_DONE[name]))
    told = told[:1].upper() + told[1:]
    if "application/json" in request.headers.get("accept", ""):
        return desk.done(request, "/", told)
    return desk.done(request, "/", "")


_DONE: Mapping[str, str] = {
    "pause": N_("Paused."),
    "resume": N_("Watching again."),
    "snooze": N_("Reminders wait."),
    "drank": N_("Noted."),
    "feedback": N_("Thank you, noted."),
}

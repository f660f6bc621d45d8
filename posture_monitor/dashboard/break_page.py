"""The guided break as a full page, the library of exercises with their drawings, and advice."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from starlette.routing import Route

from posture_monitor.core.exercises.library import EXERCISES
from posture_monitor.core.exercises.past import PLAN_NEEDS, this_week
from posture_monitor.core.exercises.routine import Wishes
from posture_monitor.core.judge.baseline import from_document
from posture_monitor.dashboard.desk import Desk, Refusal
from posture_monitor.dashboard.request_data import posting
from posture_monitor.domain import CalibrationError, PostureMonitorError, State
from posture_monitor.wording import advice as advice_words
from posture_monitor.wording import break_words as words
from posture_monitor.wording import dates, page_words
from posture_monitor.wording.exercise_figures import drawing_svg
from posture_monitor.wording.exercises import KIND_TEXT
from posture_monitor.wording.language import _, error_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

_COMMANDS = {"start": "break", "skip": "break_skip", "end": "break_end"}
_LENGTHS_MIN = (1, 2, 3, 5)


@dataclass(frozen=True, slots=True)
class Running:
    """A break that goes on, in the words of the page."""

    card: Mapping[str, Any]
    drawing: Markup
    place: int
    of: int
    clock: str
    stage: str
    """``prepare`` or ``do``."""
    side: str
    count: str
    counts: bool
    """Whether the camera counts this exercise, once it sees somebody."""
    waiting: str
    """What to say while the timer waits for somebody who left; else empty."""
    done_share: float
    following: str


@dataclass(frozen=True, slots=True)
class Ended:
    """A break that is over."""

    title: str
    summary: str
    lines: tuple[str, ...]


def routes(desk: Desk) -> list[Route]:
    def show(request: Request) -> Response:
        running, ended = _views(desk)
        wishes = _wishes(desk)
        return desk.page(
            request,
            "break",
            running=running,
            ended=ended,
            wishes=wishes,
            lengths=_LENGTHS_MIN,
            evidence=_(words.EVIDENCE_OF_BREAKS),
        )

    def control(request: Request, form: Mapping[str, str]) -> Response:
        return _control(desk, request, form)

    def stretches(request: Request) -> Response:
        return desk.page(request, "stretches", exercises=_library(), plan=_plan(desk))

    def advice(request: Request) -> Response:
        return desk.page(
            request,
            "advice",
            sections=advice_words.advice(),
            no_device=_(advice_words.NO_DEVICE),
            distance=_distance(desk),
        )

    return [
        Route("/advice", advice, methods=["GET"]),
        Route("/break", show, methods=["GET"]),
        Route("/break", posting(desk, control, on_sample=True), methods=["POST"]),
        Route("/stretches", stretches, methods=["GET"]),
    ]


def break_html(desk: Desk) -> str:
    """What changes of the page while a break goes on."""
    running, ended = _views(desk)
    return desk.fragment("_break.html", running=running, ended=ended)


def running_line(desk: Desk) -> str:
    """A break that goes on, in a line; empty without one."""
    running, _ended = _views(desk)
    return "" if running is None else f"{running.card['title']}, {running.clock}"


def _views(desk: Desk) -> tuple[Running | None, Ended | None]:
    document = desk.guided_break()
    if document is None:
        return None, None
    if document["exercise"] is None:
        return None, _ended(document, desk)
    return _running(document), None


def _running(document: Mapping[str, Any]) -> Running:
    name, routine, index = document["exercise"], document["routine"], document["index"]
    following = routine[index + 1] if index + 1 < len(routine) else None
    left_s = int(document["remaining_s"] + 0.999)
    return Running(
        card=words.card(name),
        drawing=Markup(drawing_svg(name)),  # drawn here, of our own numbers
        place=index + 1,
        of=len(routine),
        clock=f"{left_s // 60}:{left_s % 60:02d}",
        stage=document["stage"],
        side="" if document["side"] is None else _(words.SIDES[document["side"]]),
        count=words.count_line(document),
        counts=EXERCISES[name].counted,
        waiting=_(words.WAITING_LONG) if document["waits"] else "",
        done_share=min(1.0, document["elapsed_s"] / max(document["planned_s"], 1.0)),
        following="" if following is None else words.title(following),
    )


def _ended(document: Mapping[str, Any], desk: Desk) -> Ended:
    """Somebody who is still away is not welcomed back yet."""
    state = (desk.status() or {}).get("state")
    away = document["rose"] and state in (State.AWAY, State.BREAK)
    lines = words.done_lines(document)
    return Ended(
        title=_(words.TAKE_YOUR_TIME) if away else _(words.WELCOME_BACK),
        summary=words.summary_line(document),
        lines=tuple(lines),
    )


def _wishes(desk: Desk) -> Wishes:
    rules = desk.settings.reminders
    return Wishes(rules.routine_min, rules.seated, rules.strengthen)


def _control(desk: Desk, request: Request, form: Mapping[str, str]) -> Response:
    """Start a break, go on to the next exercise, or end it."""
    name = form.get("command", "")
    if name not in _COMMANDS:
        raise Refusal(400, _("A break can’t do that"), _("Use the buttons of the page."))
    arguments: dict[str, object] = {}
    if name == "start":
        arguments["seated"] = form.get("seated") == "on"
        if form.get("minutes"):
            arguments["minutes"] = _minutes(form["minutes"])
    monitor = desk.live if desk.live is not None else desk.guide
    if monitor is None:
        raise Refusal(409, _("No break can be guided here"), _("Start one: posture-monitor break"))
    try:
        monitor.command(_COMMANDS[name], arguments)
    except PostureMonitorError as error:
        text = error_text(error)
        raise Refusal(409, _("Not now"), f"{text[:1].upper()}{text[1:]}.") from None
    return desk.done(request, "/break", "")


def _minutes(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise Refusal(400, _("That is no number"), _("Give the minutes as a number.")) from None


def _distance(desk: Desk) -> str:
    """How far the screen was at the last calibration that can be read; empty without one."""
    for entry in sorted(desk.records.store.profiles(), key=lambda one: one.created_at)[::-1]:
        with suppress(CalibrationError):
            found = from_document(entry.document)
            return advice_words.distance_sentence(
                found.distance_cm, measured=found.distance_measured
            )
    return ""


def _library() -> list[dict[str, Any]]:
    return [
        {
            **words.card(name),
            "drawing": Markup(drawing_svg(name)),
            "kind": KIND_TEXT[exercise.kind],
            "counted": exercise.counted,
            "relieves": [page_words.reason_name(str(reason)) for reason in exercise.relieves],
        }
        for name, exercise in EXERCISES.items()
    ]


def _plan(desk: Desk) -> list[dict[str, Any]]:
    """This week: what was done, and what is proposed for the days that come."""
    records = desk.records
    today = records.today()
    monday = today - timedelta(days=today.weekday())
    intervals, events = records.read(monday - PLAN_NEEDS, today)
    days = this_week(intervals, events, _wishes(desk), today=today, tz=records.tz)
    return [
        {
            "name": dates.short_day(one.day),
            "today": one.day == today,
            "past": one.day < today,
            "done": one.done and bool(one.exercises),
            "strength": one.strength,
            "exercises": [words.title(name) for name in one.exercises],
        }
        for one in days
    ]

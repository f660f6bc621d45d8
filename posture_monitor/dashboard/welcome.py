"""The first minutes: camera, calibration, a notification to try, starting with the session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse
from starlette.routing import Route

from posture_monitor.dashboard.desk import Desk, Refusal
from posture_monitor.dashboard.request_data import posting
from posture_monitor.domain import (
    READY_S,
    TIRED_S,
    UPRIGHT_S,
    Action,
    PostureMonitorError,
)
from posture_monitor.wording import welcome_words as words
from posture_monitor.wording.language import _, error_text
from posture_monitor.wording.texts import action_label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from posture_monitor.dashboard.protocols import CameraChoice, FirstSteps
    from posture_monitor.ports import LiveMonitor

PROFILE = "default"
"""The name of the first profile; others are made on the page Calibrate."""


def routes(desk: Desk) -> list[Route]:
    def show(request: Request) -> Response:
        return desk.page(request, "welcome", **_shown(desk))

    def camera(request: Request, form: Mapping[str, str]) -> Response:
        return _use_camera(desk, request, form)

    def notify(request: Request, form: Mapping[str, str]) -> Response:
        return _notify(desk, request)

    def autostart(request: Request, form: Mapping[str, str]) -> Response:
        return _autostart(desk, request, form)

    async def pressed(request: Request) -> Response:
        return await run_in_threadpool(_pressed, desk)

    return [
        Route("/welcome", show, methods=["GET"]),
        Route("/welcome/camera", posting(desk, camera), methods=["POST"]),
        Route("/welcome/notify", posting(desk, notify), methods=["POST"]),
        Route("/welcome/pressed", pressed, methods=["GET"]),
        Route("/welcome/autostart", posting(desk, autostart), methods=["POST"]),
    ]


def _shown(desk: Desk) -> dict[str, Any]:
    steps = desk.first_steps
    if steps is None or desk.live is None:
        return {"possible": False}
    starts = steps.autostart()
    return {
        "possible": True,
        "cameras": _cameras(steps),
        "autostart": starts.on,
        "profile": PROFILE,
        "ready_s": READY_S,
        "upright_s": round(UPRIGHT_S),
        "tired_s": round(TIRED_S),
        "ways": [(command, _(does)) for command, does in words.EVERYDAY],
        "words": dict(words.SCRIPT),
    }


def _cameras(steps: FirstSteps) -> tuple[CameraChoice, ...]:
    try:
        return tuple(steps.cameras())
    except PostureMonitorError:
        return ()  # the picture tells enough


def _ready(desk: Desk) -> tuple[LiveMonitor, FirstSteps]:
    if desk.live is None or desk.first_steps is None:
        raise Refusal(409, _(words.NO_MONITOR_TITLE), _(words.NO_MONITOR))
    return desk.live, desk.first_steps


def _use_camera(desk: Desk, request: Request, form: Mapping[str, str]) -> Response:
    _live, steps = _ready(desk)
    cameras = _cameras(steps)
    number = form.get("number", "")
    if not number.isdecimal() or int(number) >= len(cameras):
        raise Refusal(404, _(words.NO_CAMERA_TITLE), _(words.NO_CAMERA))
    try:
        steps.use_camera(cameras[int(number)].source)
    except PostureMonitorError as error:
        raise Refusal(409, _(words.NO_CAMERA_TITLE), words.sentence(error_text(error))) from None
    return desk.done(request, "/welcome", _(words.CAMERA_CHANGED))


def _notify(desk: Desk, request: Request) -> Response:
    return desk.done(request, "/welcome", show_test_notification(desk))


def show_test_notification(desk: Desk) -> str:
    """Show one as reminders look; who showed it, in a sentence. Refusal where it can't be."""
    if desk.live is None:
        raise Refusal(409, _(words.NO_MONITOR_TITLE), _(words.NO_MONITOR))
    try:
        shown_by = str(desk.live.command("test_notification", {}).get("said", ""))
    except PostureMonitorError as error:
        raise Refusal(409, _(words.NOT_SHOWN_TITLE), words.sentence(error_text(error))) from None
    told = _(words.WRITTEN) if shown_by == "console" else _(words.SHOWN)
    return told.format(shown_by=shown_by)


def _pressed(desk: Desk) -> Response:
    """What became of the notification that was shown to try it."""
    live, _steps = _ready(desk)
    answer = live.command("test_notification", {"only_ask": True})
    pressed, closed = answer.get("pressed"), answer.get("closed")
    text = ""
    if pressed is not None:
        label = action_label(Action(str(pressed)), desk.settings.reminders.snooze_min)
        text = _(words.PRESSED, button=label)
    elif closed is not None:
        text = _(words.CLOSED)
    return JSONResponse({"text": text, "pressed": pressed is not None})


def _autostart(desk: Desk, request: Request, form: Mapping[str, str]) -> Response:
    _live, steps = _ready(desk)
    try:
        starts = steps.set_autostart(form.get("on") == "true")
    except PostureMonitorError as error:
        raise Refusal(409, _(words.NO_AUTOSTART_TITLE), words.sentence(error_text(error))) from None
    if starts.problem:
        raise Refusal(409, _(words.NO_AUTOSTART_TITLE), words.sentence(starts.problem))
    said = _(words.AUTOSTART_ON) if starts.on else _(words.AUTOSTART_OFF)
    return desk.done(request, "/welcome", said)

"""What changes, told to open pages as server-sent events; nothing is sent while nothing changes."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette.routing import Route

from posture_monitor.dashboard.break_page import break_html
from posture_monitor.dashboard.desk import Desk
from posture_monitor.dashboard.now import present
from posture_monitor.dashboard.wizard_pages import progress

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.responses import Response

_NOW_EVERY_S = 1.0
_WIZARD_EVERY_S = 0.25
_BREAK_EVERY_S = 0.25
_TICK_S = 0.5
"""How soon a stream notices that the server ends."""
_REDRAW_S = 15.0
"""The present is drawn again after this long though nothing seems to have changed: "due in" and
"paused until" go by the clock."""
_UNSHOWN = ("looks", "model_calls", "stillness_s", "presence", "source", "camera_state")
"""What of a status no page of the present shows."""
_KEEP_ALIVE_S = 10.0
_RECORD_EVERY_S = 20.0
"""The record grows every few seconds; pages redraw it at most this often."""


def routes(desk: Desk) -> list[Route]:
    async def now(request: Request) -> Response:
        return _streaming(_now(desk))

    async def wizard(request: Request) -> Response:
        return _streaming(_wizard(desk, request.query_params.get("way", "monitor")))

    async def guided(request: Request) -> Response:
        return _streaming(_guided(desk))

    return [
        Route("/events/now", now, methods=["GET"]),
        Route("/events/break", guided, methods=["GET"]),
        Route("/events/calibration", wizard, methods=["GET"]),
    ]


def _streaming(parts: AsyncIterator[str]) -> StreamingResponse:
    return StreamingResponse(parts, media_type="text/event-stream")


def _event(kind: str, value: Any) -> str:
    return f"event: {kind}\ndata: {json.dumps(value, allow_nan=False)}\n\n"


async def _sleep(desk: Desk, seconds: float) -> bool:
    """Whether the server still runs after so long."""
    while seconds > 0.0 and not desk.stopping.is_set():
        await asyncio.sleep(min(_TICK_S, seconds))
        seconds -= _TICK_S
    return not desk.stopping.is_set()


async def _now(desk: Desk) -> AsyncIterator[str]:
    """The present as HTML where a monitor runs, and a word when the record has grown."""
    told, stamp = "", _stamp(desk)
    shown: dict[str, Any] | None = None
    quiet_s = since_record_s = 0.0
    drawn_s = _REDRAW_S
    yield "retry: 3000\n\n"
    while True:
        if desk.live is not None:
            newest_shown = await run_in_threadpool(_shown, desk)
            if newest_shown != shown or drawn_s >= _REDRAW_S:
                shown, drawn_s = newest_shown, 0.0
                html = await run_in_threadpool(_present_html, desk)
                if html != told:
                    told, quiet_s = html, 0.0
                    yield _event("now", html)
        if since_record_s >= _RECORD_EVERY_S:
            since_record_s, newest = 0.0, _stamp(desk)
            if newest != stamp:
                stamp, quiet_s = newest, 0.0
                yield _event("record", None)
        if quiet_s >= _KEEP_ALIVE_S:
            quiet_s = 0.0
            yield ": still here\n\n"
        if not await _sleep(desk, _NOW_EVERY_S):
            return
        quiet_s += _NOW_EVERY_S
        since_record_s += _NOW_EVERY_S
        drawn_s += _NOW_EVERY_S


def _shown(desk: Desk) -> dict[str, Any] | None:
    """What the page shows of the status, as coarsely as it is printed there; drawing it costs ten
    times as much as asking for it. None where no monitor answers."""
    status = desk.status()
    if status is None:
        return None
    return {key: _coarse(key, value) for key, value in status.items() if key not in _UNSHOWN}


def _coarse(key: str, value: Any) -> Any:
    """Points in whole ones; spans in minutes, those under a minute in seconds."""
    if isinstance(value, dict):
        return {inner: _coarse(inner, one) for inner, one in value.items()}
    if not isinstance(value, float):
        return value
    return round(value / 60.0) * 60 if key.endswith("_s") and value >= 59.5 else round(value)


def _present_html(desk: Desk) -> str:
    return desk.fragment("_present.html", present=present(desk))


def _stamp(desk: Desk) -> tuple[tuple[int, int], ...]:
    """Changes whenever something was written to the record's files."""
    found = []
    path = desk.paths.database_file
    for suffix in ("", "-wal"):
        try:
            status = path.with_name(path.name + suffix).stat()
        except OSError:
            continue
        found.append((status.st_mtime_ns, status.st_size))
    return tuple(found)


async def _guided(desk: Desk) -> AsyncIterator[str]:
    """The guided break as HTML, whenever something of it changes: once a second at least."""
    told, quiet_s = "", 0.0
    yield "retry: 1000\n\n"
    while True:
        html = await run_in_threadpool(break_html, desk)
        if html != told:
            told, quiet_s = html, 0.0
            yield _event("break", html)
        elif quiet_s >= _KEEP_ALIVE_S:
            quiet_s = 0.0
            yield ": still here\n\n"
        if not await _sleep(desk, _BREAK_EVERY_S):
            return
        quiet_s += _BREAK_EVERY_S


async def _wizard(desk: Desk, way: str) -> AsyncIterator[str]:
    """A calibration from its start to its result."""
    told: dict[str, Any] | None = None
    quiet_s = 0.0
    while True:
        found = await run_in_threadpool(progress, desk, way)
        if found is not None and found != told:
            told, quiet_s = found, 0.0
            yield _event("calibration", found)
            if found["result"] is not None or found["error"] is not None:
                return
        elif quiet_s >= _KEEP_ALIVE_S:
            quiet_s = 0.0
            yield ": still here\n\n"
        if not await _sleep(desk, _WIZARD_EVERY_S):
            return
        quiet_s += _WIZARD_EVERY_S

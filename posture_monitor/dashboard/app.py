"""The web application: its addresses, its errors, and what it is given to work with."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.staticfiles import StaticFiles

from posture_monitor import __version__
from posture_monitor.dashboard import (
    break_history,
    break_page,
    effect,
    manage,
    now,
    picture,
    reasons,
    review,
    sessions,
    settings_page,
    streams,
    trends,
    welcome,
    wizard_pages,
)
from posture_monitor.dashboard.connections import Strangers
from posture_monitor.dashboard.desk import FOLDER, Desk, Refusal
from posture_monitor.dashboard.guard import Guard
from posture_monitor.dashboard.keys import Keys
from posture_monitor.dashboard.records import Records
from posture_monitor.domain import PostureMonitorError
from posture_monitor.system.clock import SystemClock
from posture_monitor.wording.language import _, error_text

_CLOCK = SystemClock()

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, tzinfo

    from starlette.requests import Request
    from starlette.responses import Response

    from posture_monitor.config import Settings
    from posture_monitor.dashboard.protocols import Calibrator, FirstSteps, Guide, Record, Renderer
    from posture_monitor.ports import LiveMonitor
    from posture_monitor.system.paths import Paths


def create_app(
    store_factory: Callable[[], Record],
    *,
    settings: Settings,
    paths: Paths,
    live: LiveMonitor | None,
    token: str | Keys,
    sample: bool,
    calibrator: Calibrator | None = None,
    guide: Guide | None = None,
    first_steps: FirstSteps | None = None,
    renderers: Mapping[str, Renderer] | None = None,
    clock: Callable[[], datetime] = _CLOCK.now,
    tz: tzinfo | None = None,
    environment: Mapping[str, str] | None = None,
) -> Starlette:
    """The dashboard as an ASGI application.

    ``store_factory`` opens a record that the application closes at its end. ``live`` is the
    monitor that runs in this process, ``calibrator`` opens a source of its own where none
    runs, ``guide`` guides through breaks there, ``renderers`` are the forms of the report by
    the ending of its file. ``tz`` is the computer's own zone where it is None.
    """

    def sitting() -> Any:
        return desk.settings.sitting

    keys, strangers = token if isinstance(token, Keys) else Keys(token), Strangers()
    records = Records(store_factory, sitting=sitting, now=clock, tz=tz)
    desk = Desk(
        records=records,
        settings=settings,
        paths=paths,
        live=live,
        keys=keys,
        sample=sample,
        calibrator=calibrator,
        guide=guide,
        first_steps=first_steps,
        renderers=renderers or {},
        version=__version__,
        environment=os.environ if environment is None else environment,
    )

    async def own_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refusal)
        return desk.error(request, error)

    async def product_error(request: Request, error: Exception) -> Response:
        text = error_text(error)
        refusal = Refusal(503, _("This can’t be shown right now"), f"{text[:1].upper()}{text[1:]}.")
        return desk.error(request, refusal)

    async def http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 405:
            refusal = Refusal(
                405, _("Not like this"), _("This address answers another kind of request.")
            )
        else:
            refusal = Refusal(
                error.status_code, _("There is no such page"), _("Choose one on the left.")
            )
        return desk.error(request, refusal)

    app = Starlette(
        routes=[
            *now.routes(desk),
            *break_page.routes(desk),
            *review.routes(desk),
            *trends.routes(desk),
            *reasons.routes(desk),
            *break_history.routes(desk),
            *sessions.routes(desk),
            *effect.routes(desk),
            *manage.routes(desk),
            *settings_page.routes(desk),
            *wizard_pages.routes(desk),
            *welcome.routes(desk),
            *picture.routes(desk),
            *streams.routes(desk),
        ],
        middleware=[Middleware(Guard, keys=keys, known=strangers.remove)],
        exception_handlers={
            Refusal: own_error,
            PostureMonitorError: product_error,
            HTTPException: http_error,
        },
    )
    app.mount("/static", StaticFiles(directory=FOLDER / "static"), name="static")
    app.state.keys = keys
    app.state.strangers = strangers
    app.state.stopping = desk.stopping
    app.state.close = records.close
    app.state.desk = desk
    return app

"""What every page needs: record, settings, monitor, templates; one of it for an application."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from posture_monitor.dashboard.guard import CSRF_FIELD
from posture_monitor.dashboard.keys import csrf_of
from posture_monitor.domain import PostureMonitorError
from posture_monitor.wording import calibration_words, dates, names
from posture_monitor.wording import page_words as words
from posture_monitor.wording.language import N_, _, current, decimal, install_gettext
from posture_monitor.wording.report_words import damaged_remark
from posture_monitor.wording.script_words import script_texts

if TYPE_CHECKING:
    from starlette.requests import Request

    from posture_monitor.config import Settings
    from posture_monitor.dashboard.keys import Keys
    from posture_monitor.dashboard.protocols import Calibrator, FirstSteps, Guide, Renderer
    from posture_monitor.dashboard.records import Records
    from posture_monitor.ports import LiveMonitor
    from posture_monitor.system.paths import Paths

FOLDER = Path(__file__).parent

NAVIGATION: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (N_("Look"), (("now", "/", N_("Now")), ("live", "/live", N_("Live view")))),
    (
        N_("Move"),
        (
            ("break", "/break", N_("Take a break")),
            ("stretches", "/stretches", N_("Exercises")),
            ("advice", "/advice", N_("Advice")),
        ),
    ),
    (
        N_("Look back"),
        (
            ("day", "/day", N_("Day")),
            ("week", "/week", N_("Week")),
            ("trends", "/trends", N_("Trends")),
            ("reasons", "/reasons", N_("Reasons")),
            ("breaks", "/breaks", N_("Breaks")),
            ("effect", "/effect", N_("Does it work?")),
            ("sessions", "/sessions", N_("Sessions")),
        ),
    ),
    (
        N_("Set up"),
        (
            ("calibrate", "/calibrate", N_("Calibrate")),
            ("profiles", "/profiles", N_("Profiles")),
            ("settings", "/settings", N_("Settings")),
            ("data", "/data", N_("Your data")),
        ),
    ),
)

SAYINGS: Mapping[str, str] = {
    "saved": N_("Saved. The monitor uses it from its next start on."),
    "saved_applied": N_("Saved, and in use from now on."),
    "saved_waiting": N_("Saved and in use, but for what is marked “at the next start”."),
    "unchanged": N_("Nothing was changed."),
    "profile_deleted": N_("The profile is deleted."),
    "deleted": N_("Deleted."),
    "nothing_deleted": N_("There was nothing to delete."),
}
"""What a page says after a form; addresses carry the key, never a text."""

SAMPLE_REFUSAL = N_("This is sample data: nothing is changed or saved here.")


class Refusal(Exception):
    """A page's own error: what happened and what to do."""

    def __init__(self, status: int, title: str, text: str) -> None:
        super().__init__(title)
        self.status, self.title, self.text = status, title, text


@dataclass(slots=True)
class Desk:
    """Shared by all requests; threads only replace whole values."""

    records: Records
    settings: Settings
    paths: Paths
    live: LiveMonitor | None
    keys: Keys
    sample: bool
    calibrator: Calibrator | None
    guide: Guide | None
    first_steps: FirstSteps | None
    renderers: Mapping[str, Renderer]
    version: str
    environment: Mapping[str, str]
    stopping: threading.Event = field(default_factory=threading.Event)
    _templates: jinja2.Environment | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def templates(self) -> jinja2.Environment:
        with self._lock:
            if self._templates is None:
                self._templates = _environment(self.keys.base)
            return self._templates

    def status(self) -> dict[str, Any] | None:
        """What the running monitor says; None where none runs or it doesn't answer."""
        if self.live is None:
            return None
        try:
            return dict(self.live.status())
        except PostureMonitorError:
            return None

    def guided_break(self) -> Mapping[str, Any] | None:
        """How the guided break stands or ended; None where there was none."""
        if self.live is None:
            return None if self.guide is None else self.guide.document()
        found = (self.status() or {}).get("guided_break")
        return found if isinstance(found, dict) else None

    def fragment(self, template: str, **values: Any) -> str:
        return self.templates.get_template(template).render(desk=self, **values)

    def page(
        self, request: Request, active: str, *, status: int = 200, **values: Any
    ) -> HTMLResponse:
        """The page of that name with what all pages show."""
        said = _(SAYINGS.get(request.query_params.get("said", ""), ""))
        text = self.fragment(
            f"{active}.html",
            active=active,
            navigation=NAVIGATION,
            csrf=csrf_of(self.keys.token),
            csrf_field=CSRF_FIELD,
            said=said,
            damaged=damaged_remark(days) if (days := self.records.damaged_days) else "",
            **values,
        )
        return HTMLResponse(text, status_code=status)

    def error(self, request: Request, refusal: Refusal) -> Response:
        """The error as a page, or as JSON where a script asked."""
        if wants_json(request):
            return JSONResponse({"error": refusal.text}, refusal.status)
        return self.page(
            request, "error", status=refusal.status, title=refusal.title, text=refusal.text
        )

    def done(
        self, request: Request, address: str, said: str, values: Mapping[str, Any] | None = None
    ) -> Response:
        """After a form: JSON for a script, else back to a page that says it is done."""
        if wants_json(request):
            return JSONResponse({"message": SAYINGS.get(said, said), **(values or {})})
        separator = "&" if "?" in address else "?"
        return RedirectResponse(f"{self.keys.base}{address}{separator}said={said}", 303)


def wants_json(request: Request) -> bool:
    return request.headers.get("accept", "").startswith("application/json")


def _environment(base: str) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    filters: dict[str, Callable[..., Any]] = {
        "duration": words.duration,
        "decimal": decimal,
        "remark": calibration_words.remark,
        "grade": lambda grade: calibration_words.GRADES[grade],
        "capitalised": names.capitalised,
        "weekday": dates.weekday,
        "short_duration": words.short_duration,
        "hours": words.hours,
        "percent": words.percent,
        "score": words.score,
        "day_name": dates.day_name,
        "short_day": dates.short_day,
        "reason": words.reason_name,
        "printable": words.printable,
        "as_json": lambda value: json.dumps(value, allow_nan=False),
    }
    environment.filters.update(filters)
    environment.globals["base"] = base
    environment.globals["language"] = current()
    environment.globals["script_texts"] = script_texts
    install_gettext(environment)
    return environment

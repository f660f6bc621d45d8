"""Profiles, export and deletion: what the user owns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from starlette.responses import Response
from starlette.routing import Route

from posture_monitor.core.judge.baseline import Baseline, from_document
from posture_monitor.dashboard import figures
from posture_monitor.dashboard.desk import Desk, Refusal
from posture_monitor.dashboard.request_data import asked_day, asked_range, posting
from posture_monitor.domain import CalibrationError
from posture_monitor.wording import dates
from posture_monitor.wording.language import _, error_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from markupsafe import Markup
    from starlette.requests import Request

    from posture_monitor.dashboard.protocols import ProfileEntry

DELETE_WORD = "delete"
"""What the user types before everything is deleted."""


def routes(desk: Desk) -> list[Route]:
    def show_profiles(request: Request) -> Response:
        return desk.page(request, "profiles", **_profiles(desk))

    def delete_profile(request: Request, form: Mapping[str, str]) -> Response:
        name = form.get("name", "")
        found = desk.records.store.delete_profile(name)
        if not found:
            raise Refusal(
                404, _("There is no such profile"), _("Reload the page to see those there are.")
            )
        return desk.done(request, "/profiles", "profile_deleted")

    def show_data(request: Request) -> Response:
        return desk.page(request, "data", **_data(desk, request))

    def delete(request: Request, form: Mapping[str, str]) -> Response:
        return _delete(desk, request, form)

    def export(request: Request) -> Response:
        return _export(desk, request)

    return [
        Route("/profiles", show_profiles, methods=["GET"]),
        Route("/profiles/delete", posting(desk, delete_profile), methods=["POST"]),
        Route("/data", show_data, methods=["GET"]),
        Route("/data/delete", posting(desk, delete), methods=["POST"]),
        Route("/data/export", export, methods=["GET"]),
    ]


# --------------------------------------------------------------------------- profiles


@dataclass(frozen=True, slots=True)
class ProfileCard:
    """A profile as the page shows it; one that can't be read says why."""

    name: str
    made: str
    baseline: Baseline | None
    problem: str
    sketch: Markup | None
    in_use: bool


def profile_card(entry: ProfileEntry, desk: Desk, in_use: str) -> ProfileCard:
    baseline, problem, sketch = None, "", None
    try:
        baseline = from_document(entry.document)
        sketch = figures.profile_sketch(baseline)
    except CalibrationError as error:
        problem = error_text(error)
    at = entry.created_at.astimezone(desk.records.tz)
    made = f"{dates.short_day(at.date())} {at:%Y, %H:%M}"
    return ProfileCard(entry.name, made, baseline, problem, sketch, entry.name == in_use)


def _profiles(desk: Desk) -> dict[str, Any]:
    status = desk.status() or {}
    in_use = str(status.get("profile") or "")
    return {
        "cards": [profile_card(e, desk, in_use) for e in desk.records.store.profiles()],
        "can_calibrate": not desk.sample and (desk.live is not None or desk.calibrator is not None),
    }


# --------------------------------------------------------------------------- data


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is kept."""

    name: str
    path: str
    size: str


def _size(path: Path) -> str:
    """The file's size, with what SQLite keeps beside it."""
    total, found = 0, False
    for suffix in ("", "-wal"):
        try:
            total += path.with_name(path.name + suffix).stat().st_size
            found = True
        except OSError:
            continue
    if not found:
        return _("not there yet")
    return (
        _("{total:.1f} MB", total=total / 1000000.0)
        if total >= 1e5
        else _("{total:.1f} kB", total=total / 1000.0)
    )


def _data(desk: Desk, request: Request) -> dict[str, Any]:
    first, last = asked_range(request, desk.records.today())
    paths = desk.paths
    return {
        "first": first,
        "last": last,
        "forms": list(desk.renderers),
        "sources": desk.records.store.sources(),
        "places": [
            Place(_("Record"), str(paths.database_file), _size(paths.database_file)),
            Place(_("Settings"), str(paths.config_file), _size(paths.config_file)),
            Place(_("Log"), str(paths.log_file), _size(paths.log_file)),
        ],
        "retention_days": desk.settings.history.retention_days,
        "delete_word": DELETE_WORD,
        "today": desk.records.today(),
    }


def _export(desk: Desk, request: Request) -> Response:
    """The report as a file."""
    ending = request.query_params.get("format", "")
    renderer = desk.renderers.get(ending)
    if renderer is None:
        known = ", ".join(desk.renderers) or _("none")
        raise Refusal(400, _("This form is not known"), _("Choose one of: {known}.", known=known))
    records = desk.records
    first, last = asked_range(request, records.today())
    source = request.query_params.get("source") or None
    if source is not None:
        run = records.store.last_run(source)
        if run is None:
            raise Refusal(404, _("There is no such recording"), _("Choose one from the list."))
        since, until = run.started_at, run.ended_at + timedelta(seconds=1)
        stem = "posture-recording"
    else:
        since, until = records.window(first, last)
        stem = f"posture-{first}" if first == last else f"posture-{first}-to-{last}"
    intervals = records.store.intervals(since, until, source=source)
    events = records.store.events(since, until, source=source)
    summary = records.summarise(intervals, events, since, until)
    return Response(
        renderer.render(summary, intervals, events, source),
        media_type=renderer.media_type,
        headers={"Content-Disposition": f'attachment; filename="{stem}.{ending}"'},
    )


def _delete(desk: Desk, request: Request, form: Mapping[str, str]) -> Response:
    """Delete what lies before a date, or everything."""
    records = desk.records
    what = form.get("what", "")
    if what == "before":
        if not form.get("before"):
            raise Refusal(400, _("No date was given"), _("Choose the first day that is kept."))
        day = asked_day(form.get("before"), date.max)
        if day > records.today() + timedelta(days=1):
            raise Refusal(400, _("That date lies in the future"), _("Choose today or earlier."))
        count = records.store.delete_before(records.midnight(day))
    elif what == "all":
        if form.get("word", "").strip().lower() != DELETE_WORD:
            raise Refusal(
                400,
                _("Nothing was deleted"),
                _("Type the word “{DELETE_WORD}” to delete everything.", DELETE_WORD=DELETE_WORD),
            )
        if desk.live is not None:
            desk.live.command("forget", {})
        count = records.store.delete_all()
    else:
        raise Refusal(400, _("Nothing was deleted"), _("Choose what to delete on the page."))
    records.clear_cache()
    return desk.done(request, "/data", "deleted" if count else "nothing_deleted")

"""Calibrating in the page: through the running monitor, or from a source of its own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from posture_monitor.dashboard.desk import Desk, Refusal
from posture_monitor.dashboard.request_data import posting
from posture_monitor.domain import (
    LEAST_DISTANCE_CM,
    LONGEST_NAME,
    MOST_DISTANCE_CM,
    READY_S,
    TIRED_S,
    UPRIGHT_S,
    CalibrationRequest,
    ConfigError,
    PostureMonitorError,
    check_profile_name,
)
from posture_monitor.system.names import masked
from posture_monitor.wording.language import _, error_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

DEFAULT_NAME = "default"


def routes(desk: Desk) -> list[Route]:
    def show(request: Request) -> Response:
        return desk.page(
            request,
            "calibrate",
            name=_usable_name(request.query_params.get("profile", DEFAULT_NAME)),
            longest_name=LONGEST_NAME,
            taken=[entry.name for entry in desk.records.store.profiles()],
            camera=_camera_name(desk),
            possible=not desk.sample and (desk.live is not None or desk.calibrator is not None),
            films=desk.calibrator is not None,
            low_cm=LEAST_DISTANCE_CM,
            high_cm=MOST_DISTANCE_CM,
            ready_s=READY_S,
            upright_s=round(UPRIGHT_S),
            tired_s=round(TIRED_S),
        )

    def start(request: Request, form: Mapping[str, str]) -> Response:
        return _start(desk, request, form)

    def cancel(request: Request, form: Mapping[str, str]) -> Response:
        if desk.calibrator is not None:
            desk.calibrator.cancel()
        return desk.done(request, "/calibrate", _("Stopped."))

    return [
        Route("/calibrate", show, methods=["GET"]),
        Route("/calibrate/start", posting(desk, start), methods=["POST"]),
        Route("/calibrate/cancel", posting(desk, cancel), methods=["POST"]),
    ]


def _camera_name(desk: Desk) -> str:
    status = desk.status()
    if status is not None:
        return "the camera of the running monitor"
    source = desk.settings.camera.source
    return f"camera {source}" if source.isdigit() else masked(source)


def _usable_name(name: str) -> str:
    try:
        return check_profile_name(name)
    except ConfigError:
        return DEFAULT_NAME


def asked_calibration(form: Mapping[str, str]) -> CalibrationRequest:
    """What the first step asks for; Refusal with what to change."""
    text = form.get("distance_cm", "").strip().replace(",", ".")
    try:
        distance_cm = float(text) if text else None
    except ValueError:
        raise Refusal(422, _("That is no distance"), _("Give the distance in cm.")) from None
    film = _asked_film(form)
    # Nobody can say here where in a film somebody is tired; the command line can.
    tired = "tired" in form and film is None
    name = form.get("profile", "").strip()
    try:
        return CalibrationRequest(name, distance_cm, tired=tired, source=film)
    except ConfigError as error:
        raise Refusal(422, _("That can’t be used"), f"{error_text(error)}.") from None


def _asked_film(form: Mapping[str, str]) -> str | None:
    if form.get("from") != "file":
        return None
    path = os.path.expanduser(form.get("file", "").strip())
    # Only files: an address typed here would make this machine connect to it.
    if not path or not path.isprintable() or not os.path.isfile(path):
        raise Refusal(
            422,
            _("There is no such file"),
            _("Give the whole path of a video file on this machine."),
        )
    return os.path.abspath(path)


def _start(desk: Desk, request: Request, form: Mapping[str, str]) -> Response:
    asked = asked_calibration(form)
    try:
        if desk.live is not None and asked.source is None:
            desk.live.command(
                "calibrate",
                {
                    "profile": asked.profile,
                    "distance_cm": asked.distance_cm,
                    "tired": asked.tired,
                },
            )
            way = "monitor"
        elif desk.calibrator is not None:
            desk.calibrator.start(asked)
            way = "own"
        else:
            raise Refusal(
                409,
                _("Nothing can be calibrated here"),
                _("Start it with: posture-monitor calibrate"),
            )
    except PostureMonitorError as error:
        raise Refusal(409, _("The calibration could not begin"), error_text(error)) from None
    return desk.done(request, "/calibrate", _("Started."), {"way": way})


def progress(desk: Desk, way: str) -> dict[str, Any] | None:
    """How the calibration stands: ``share``, ``hint``, ``result``, ``error``."""
    found: Mapping[str, object] | None = None
    if way == "own":
        found = desk.calibrator.progress() if desk.calibrator is not None else None
    else:
        given = (desk.status() or {}).get("calibration")
        found = given if isinstance(given, dict) else None
    if found is None:
        return None
    share = found.get("share")
    return {
        "share": min(1.0, max(0.0, float(share))) if isinstance(share, int | float) else 0.0,
        "hint": str(found.get("hint") or ""),
        "result": None if found.get("result") is None else str(found["result"]),
        "error": None if found.get("error") is None else str(found["error"]),
    }

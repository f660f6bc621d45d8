"""Calibrating in the page: through the running monitor, or from a source of its own."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from posture_monitor.dashboard.asking import posting
from posture_monitor.dashboard.desk import Desk, Refusal
from posture_monitor.dashboard.seams import CalibrationRequest
from posture_monitor.domain import PostureMonitorError
from posture_monitor.system.names import masked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

DEFAULT_NAME = "default"
_RESERVED = "self"
"""What an uncalibrated run calls its own reference."""
_NAME = re.compile(r"[^\W_][\w .@-]{0,39}")
LOW_CM, HIGH_CM = 20.0, 200.0


def routes(desk: Desk) -> list[Route]:
    def show(request: Request) -> Response:
        name = request.query_params.get("profile", DEFAULT_NAME)
        return desk.page(
            request,
            "calibrate",
            name=name if _NAME.fullmatch(name) else DEFAULT_NAME,
            taken=[entry.name for entry in desk.records.store.profiles()],
            camera=_camera_name(desk),
            possible=not desk.sample and (desk.live is not None or desk.calibrator is not None),
            films=desk.calibrator is not None,
            low_cm=LOW_CM,
            high_cm=HIGH_CM,
        )

    def start(request: Request, form: Mapping[str, str]) -> Response:
        return _start(desk, request, form)

    def cancel(request: Request, form: Mapping[str, str]) -> Response:
        if desk.calibrator is not None:
            desk.calibrator.cancel()
        return desk.done(request, "/calibrate", "Stopped.")

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


def asked_calibration(form: Mapping[str, str]) -> CalibrationRequest:
    """What the first step asks for; Refusal with what to mend."""
    name = form.get("profile", "").strip()
    if not _NAME.fullmatch(name):
        raise Refusal(
            422,
            "This name can’t be used",
            "Name the profile with up to 40 letters, digits, spaces, or . @ - _",
        )
    if name == _RESERVED:
        raise Refusal(422, "This name is taken", "“self” is what an uncalibrated run uses.")
    distance_cm = None
    text = form.get("distance_cm", "").strip().replace(",", ".")
    if text:
        try:
            distance_cm = float(text)
        except ValueError:
            raise Refusal(422, "That is no distance", "Give the distance in cm.") from None
        if not LOW_CM <= distance_cm <= HIGH_CM:
            raise Refusal(
                422, "That is no distance", f"Give between {LOW_CM:.0f} and {HIGH_CM:.0f} cm."
            )
    film = _asked_film(form)
    # Nobody can say here where in a film somebody is tired; the command line can.
    return CalibrationRequest(name, distance_cm, film, "tired" in form and film is None)


def _asked_film(form: Mapping[str, str]) -> str | None:
    if form.get("from") != "file":
        return None
    path = os.path.expanduser(form.get("file", "").strip())
    # Only files: an address typed here would make this machine connect to it.
    if not path or not path.isprintable() or not os.path.isfile(path):
        raise Refusal(
            422, "There is no such file", "Give the whole path of a video file on this machine."
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
                409, "Nothing can be calibrated here", "Start it with: posture-monitor calibrate"
            )
    except PostureMonitorError as error:
        raise Refusal(409, "The calibration could not begin", str(error)) from None
    return desk.done(request, "/calibrate", "Started.", {"way": way})


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

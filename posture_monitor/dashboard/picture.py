"""The live view: the newest picture with what was found in it, while a page watches.

The picture goes from memory to the page and is nowhere stored; the page draws on it.
"""

from __future__ import annotations

import asyncio
import json
import math
import struct
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette.routing import Route

from posture_monitor.core.judge.baseline import Baseline, from_document
from posture_monitor.core.judge.scoring import SENSITIVITY, judge
from posture_monitor.core.measure.features import Features
from posture_monitor.core.measure.metrics import deviate
from posture_monitor.dashboard import figures
from posture_monitor.dashboard.desk import Desk, Refusal
from posture_monitor.dashboard.judgement import judged
from posture_monitor.domain import CalibrationError, Landmark, Presence, State
from posture_monitor.wording import page_words as words
from posture_monitor.wording.language import _
from posture_monitor.wording.names import unjudged_words

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from posture_monitor.domain import Frame, Observation, Sample

_LOOK_EVERY_S = 0.2
_KEEP_ALIVE_S = 5.0
_MAX_WIDTH_PX = 960
_QUALITY = 82


def routes(desk: Desk) -> list[Route]:
    def show(request: Request) -> Response:
        return desk.page(request, "live", possible=desk.live is not None)

    async def stream(request: Request) -> Response:
        of = request.query_params.get("of", "monitor")
        if (of == "monitor" and desk.live is None) or (of == "own" and desk.calibrator is None):
            raise Refusal(
                409, _("There is no picture"), _("Start the monitor: posture-monitor run")
            )
        return StreamingResponse(
            _pictures(desk, own=of == "own"), media_type="application/octet-stream"
        )

    return [
        Route("/live", show, methods=["GET"]),
        Route("/live/stream", stream, methods=["GET"]),
    ]


async def _pictures(desk: Desk, *, own: bool) -> AsyncIterator[bytes]:
    """Picture after picture until the page closes; only while this runs is one kept at all."""
    live = desk.live
    if own or live is None:
        async for part in _own_pictures(desk):
            yield part
        return
    with live.watch():
        shown: float | None = None
        quiet_s = 0.0
        yield _packed({"state": "waiting"}, b"")
        while not desk.stopping.is_set():
            view = await run_in_threadpool(live.view)
            if view is not None and view.frame.t_s != shown:
                shown, quiet_s = view.frame.t_s, 0.0
                yield await run_in_threadpool(
                    _message, desk, view.frame, view.observation, view.sample
                )
            elif quiet_s >= _KEEP_ALIVE_S:
                quiet_s = 0.0
                yield _packed(
                    {"state": "waiting"}, b""
                )  # finds out whether the page is still there
            await asyncio.sleep(_LOOK_EVERY_S)
            quiet_s += _LOOK_EVERY_S


async def _own_pictures(desk: Desk) -> AsyncIterator[bytes]:
    """The pictures of a calibration from a source of its own."""
    calibrator = desk.calibrator
    assert calibrator is not None
    shown: float | None = None
    yield _packed({"state": "waiting"}, b"")
    while not desk.stopping.is_set():
        preview = await run_in_threadpool(calibrator.preview)
        if preview is not None and preview.frame.t_s != shown:
            shown = preview.frame.t_s
            yield await run_in_threadpool(_message, desk, preview.frame, preview.observation, None)
        await asyncio.sleep(_LOOK_EVERY_S)


def _packed(header: dict[str, Any], jpeg: bytes) -> bytes:
    """Length of the header, header as JSON, length of the picture, picture."""
    text = json.dumps(header, allow_nan=False).encode()
    return struct.pack(">I", len(text)) + text + struct.pack(">I", len(jpeg)) + jpeg


def _message(desk: Desk, frame: Frame, observation: Observation, sample: Sample | None) -> bytes:
    jpeg = _jpeg(frame)
    baseline = _baseline(desk) if sample is not None else None
    sized = None if baseline is None else baseline.at_size(frame.width_px, frame.height_px)
    sensitivity = desk.settings.posture.sensitivity
    return _packed(
        {
            "state": "picture",
            "width_px": frame.width_px,
            "height_px": frame.height_px,
            "points": _points(observation),
            "baseline": None if sized is None else limits(sized, sensitivity),
            "verdict": None if sample is None else _verdict(sample),
            "side": "" if sample is None else _side(desk, sample),
        },
        jpeg,
    )


def _jpeg(frame: Frame) -> bytes:
    import cv2  # a running monitor has both loaded already
    import numpy as np

    image = frame.image
    if frame.width_px > _MAX_WIDTH_PX:
        height = round(frame.height_px * _MAX_WIDTH_PX / frame.width_px)
        size = (_MAX_WIDTH_PX, height)
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return data.tobytes() if done else b""


_SHOWN = (*(mark for mark in Landmark if mark <= Landmark.RIGHT_ELBOW),)


def _points(observation: Observation) -> dict[str, list[float]]:
    """Place and visibility of the points that are judged, by name."""
    pose = observation.pose
    if pose is None:
        return {}
    found = {}
    for mark in _SHOWN:
        x, y = pose.xy(mark)
        visibility = float(pose.visibility[mark])
        if math.isfinite(x) and math.isfinite(y) and math.isfinite(visibility):
            found[mark.name.lower()] = [round(x, 1), round(y, 1), round(visibility, 2)]
    return found


@lru_cache(maxsize=8)
def limits(baseline: Baseline, sensitivity: str = "normal") -> dict[str, float | None]:
    """Where the baseline lies, in pixels, and about where strain begins along three movements.

    Each limit lets one movement grow until the judgement calls it strained; None where it
    never does. Real movements mix them, so the lines are a guide.
    """
    o = figures.outline(baseline)
    unit = o["shoulder_px"]
    sunk, leaned, nearer = (
        _first_strained(baseline, movement, SENSITIVITY[sensitivity])
        for movement in (_sink, _lean, _near)
    )
    found: dict[str, float | None] = {key: round(value, 1) for key, value in o.items()}
    found["low_y"] = None if sunk is None else round(o["head_y"] + _SINK_DROP * sunk * unit, 1)
    found["lean_px"] = (
        None if leaned is None else round((_LEAN_SHIFT + _LEAN_OFFSET) * leaned * unit, 1)
    )
    found["near_ratio"] = None if nearer is None else round(math.exp(_NEAR_GROWTH * nearer), 3)
    return found


# A step of each movement, in shoulder widths (growth: natural logarithm); how the parts go
# together is what the people of samples/ show in a clear slouch, lean and lean in.
_SINK_DROP, _SINK_GROWTH, _SINK_GAP = 0.18, 0.16, 0.07
_LEAN_SHIFT, _LEAN_OFFSET, _LEAN_TILT_DEG = 0.3, 0.17, 12.0
_NEAR_GROWTH = 0.23


_SIZES = ("face_scale_px", "shoulder_width_px", "close_scale_px", "close_width_px", "mesh_scale_px")
"""Features that grow with the person in the picture; some baselines lack the last ones."""


def _grown(features: Features, growth: float) -> Features:
    sizes = {name: size for name in _SIZES if (size := getattr(features, name)) is not None}
    return replace(features, **{name: size * math.exp(growth) for name, size in sizes.items()})


def _sink(features: Features, amount: float) -> Features:
    drop_px = _SINK_DROP * amount * features.shoulder_width_px
    return _grown(
        replace(
            features,
            head_y_px=features.head_y_px + drop_px,
            shoulder_y_px=features.shoulder_y_px + drop_px * 0.6,
            neck_gap_ratio=features.neck_gap_ratio - _SINK_GAP * amount,
        ),
        _SINK_GROWTH * amount,
    )


def _lean(features: Features, amount: float) -> Features:
    unit = features.shoulder_width_px * amount
    return replace(
        features,
        shoulder_x_px=features.shoulder_x_px + _LEAN_SHIFT * unit,
        head_x_px=features.head_x_px + (_LEAN_SHIFT + _LEAN_OFFSET) * unit,
        head_offset_ratio=features.head_offset_ratio + _LEAN_OFFSET * amount,
        shoulder_tilt_deg=features.shoulder_tilt_deg - _LEAN_TILT_DEG * amount,
        head_roll_deg=features.head_roll_deg + _LEAN_TILT_DEG * amount,
    )


def _near(features: Features, amount: float) -> Features:
    return _grown(features, _NEAR_GROWTH * amount)


def _first_strained(
    baseline: Baseline, movement: Callable[[Features, float], Features], sensitivity: float
) -> float | None:
    """The amount from which on the movement is strained, to a fiftieth; None beyond 3."""
    for number in range(1, 151):
        amount = number / 50.0
        deviation = deviate(movement(baseline.median, amount), baseline.median)
        if judge(deviation, baseline.spread, sensitivity=sensitivity).strained:
            return amount
    return None


def _side(desk: Desk, sample: Sample) -> str:
    """What stands beside the picture, as HTML."""
    away = sample.presence is Presence.AWAY
    judgement = judged(
        sample.score,
        [reason.value for reason in sample.reasons],
        {reason.value: points for reason, points in sample.penalties.items()},
        State.AWAY if away else State.SITTING,
        unjudged=unjudged_words(sample.unjudged),
    )
    return desk.fragment("_live_side.html", judgement=judgement)


def _verdict(sample: Sample) -> dict[str, Any]:
    return {
        "judged": sample.judged,
        "score": None if sample.score is None else round(sample.score),
        "strained": bool(sample.strained),
        "reasons": [words.reason_name(reason) for reason in sample.reasons],
        "unjudged": unjudged_words(sample.unjudged) or None,
        "why": None if sample.unjudged is None else str(sample.unjudged),
    }


def _baseline(desk: Desk) -> Baseline | None:
    """The profile in use, as far as it is stored."""
    name = (desk.status() or {}).get("profile")
    document = desk.records.store.profile(str(name)) if name else None
    if document is None:
        return None
    try:
        return from_document(document)
    except CalibrationError:
        return None

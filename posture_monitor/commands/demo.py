"""``demo``: the whole job on a bundled recording, without a camera."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from posture_monitor.commands.arguments import Word
from posture_monitor.commands.review import run_report
from posture_monitor.commands.watch import describe, open_frames, open_models, run_monitor
from posture_monitor.domain import CameraError, StoreError
from posture_monitor.monitor.calibration import calibrate
from posture_monitor.monitor.choosing import Chosen
from posture_monitor.system.paths import resolve_paths
from posture_monitor.wording.language import _, error_text

if TYPE_CHECKING:
    import argparse

    from posture_monitor.commands.context import Context

RECORDING = "workday.mp4"
UPRIGHT_UNTIL_S = 240.0
"""The person of the recording sits upright for its first four minutes."""

_PACKAGE = Path(__file__).resolve().parent.parent


def bundled_recording() -> Path:
    """Where the recording lies: in the installed package, or in a source checkout."""
    for folder in (_PACKAGE / "recordings", _PACKAGE.parent / "samples"):
        if (folder / RECORDING).is_file():
            return folder / RECORDING
    raise CameraError(
        "the bundled recording {RECORDING} is missing; reinstall posture-monitor",
        RECORDING=RECORDING,
    )


def run_demo(context: Context) -> None:
    """Calibrate on the recording's start, watch its morning, report."""
    with contextlib.ExitStack() as stack:
        _show(_with_a_record(context, stack))


def _with_a_record(context: Context, stack: contextlib.ExitStack) -> Context:
    """The context, with a record for this demo alone where the usual one can't be used."""
    try:
        context.open_store().close()
    except StoreError as error:
        context.warn(_("{error}; this demo is not kept", error=error_text(error)))
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        return replace(context, paths=resolve_paths(folder))
    return context


def _show(context: Context) -> None:
    video = str(bundled_recording())
    yesterday = datetime.now().astimezone().date() - timedelta(days=1)
    start_at = datetime.combine(yesterday, time(9)).astimezone()
    quiet = replace(context.settings.notifications, backend="console", sound=False)
    context = replace(context, settings=replace(context.settings, notifications=quiet))
    context.say(_("A recorded morning at a desk, 09:00 to 13:00, a picture every 10 seconds."))
    context.say(_("What follows is what posture-monitor would have said, with the time of day.\n"))
    with contextlib.ExitStack() as stack:
        source = stack.enter_context(open_frames(context, video, None, start_at))
        observer = open_models(context)
        stack.callback(observer.close)
        baseline = calibrate(source, observer, end_s=UPRIGHT_UNTIL_S)
    context.say(
        _(
            "calibrated on the first four minutes, upright: {baseline}\n",
            baseline=describe(baseline),
        )
    )
    run_monitor(
        context,
        src=video,
        profile=None,
        duration_s=None,
        speed=None,
        start_at=start_at,
        chosen=Chosen("demo", baseline),
    )
    context.say()
    run_report(
        context,
        day=None,
        week=False,
        since=None,
        until=None,
        session=None,
        source=RECORDING,
        file_format="text",
        out=None,
    )


# --------------------------------------------------------------------------- command line


def _demo(context: Context, _arguments: argparse.Namespace) -> None:
    run_demo(context)


WORDS: dict[str, Word] = {
    "demo": Word(_demo, sees_frames=True),
}

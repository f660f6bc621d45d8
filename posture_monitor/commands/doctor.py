"""Checks what a monitor needs and says, for each thing that is amiss, what to do; glue."""

from __future__ import annotations

import os
import platform
import shutil
import stat
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from posture_monitor import __version__
from posture_monitor.commands.arguments import Word
from posture_monitor.domain import UPRIGHT_S, NotifyError, PostureMonitorError, StoreError
from posture_monitor.wording.calibration_words import NO_PROFILE
from posture_monitor.wording.language import N_, _, error_text
from posture_monitor.wording.report_words import DAMAGED_ADVICE

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from pathlib import Path

    from posture_monitor.commands.context import Context

MIN_FREE_BYTES = 50_000_000
"""A year of use is below 12 MB; less than this on the disk is about to hurt anyway."""


class Health(StrEnum):
    """How a check came out."""

    OK = "ok"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor."""

    health: Health
    what: str
    text: str


def _check(what: str, examine: Callable[[], tuple[Health, str]]) -> Finding:
    try:
        health, text = examine()
    except PostureMonitorError as error:
        return Finding(Health.BAD, what, error_text(error))
    return Finding(health, what, text)


def _program() -> tuple[Health, str]:
    return Health.OK, _(
        "{version__} on Python {python_version}, {platform}",
        version__=__version__,
        python_version=platform.python_version(),
        platform=platform.platform(),
    )


def _settings(config_file: Path) -> tuple[Health, str]:
    if config_file.is_file():
        return Health.OK, str(config_file)
    return Health.OK, _("defaults (no file at {config_file})", config_file=config_file)


def _storage(context: Context) -> tuple[Health, str]:
    paths = context.paths
    with context.open_store(quiet=True) as store:
        amiss = store.check()
        sources = len(store.sources())
    if amiss:
        return Health.BAD, f"{'; '.join(amiss)}; {_(DAMAGED_ADVICE)}"
    free = shutil.disk_usage(paths.data_dir).free
    if free < MIN_FREE_BYTES:
        return Health.BAD, _(
            "only {free} MB free at {data_dir}; make room",
            free=free // 1000000,
            data_dir=paths.data_dir,
        )
    open_files = [
        path
        for path in paths.own_files
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    if open_files and os.name == "posix":
        return Health.BAD, _(
            "others may read {open_files}; run: chmod go= {open_files}", open_files=open_files[0]
        )
    return Health.OK, _(
        "{database_file}, {sources} replayed recordings",
        database_file=paths.database_file,
        sources=sources,
    )


def _models() -> tuple[Health, str]:
    from posture_monitor.vision.models import MODEL_FILES, checked_path

    for model in MODEL_FILES:
        checked_path(model)
    return Health.OK, _("{MODEL_FILES} model files as they should be", MODEL_FILES=len(MODEL_FILES))


def _engine(context: Context) -> tuple[Health, str]:
    import time

    import numpy as np

    from posture_monitor.vision.observer import open_observer

    observer = open_observer(context.settings.pose.engine)
    picture = np.zeros((480, 640, 3), np.uint8)
    from datetime import UTC, datetime

    from posture_monitor.domain import Frame

    started_s = time.perf_counter()
    observer.observe(Frame(picture, 0.0, datetime.now(UTC), 0))
    took_ms = (time.perf_counter() - started_s) * 1000.0
    observer.close()
    return Health.OK, _(
        "{engine} works ({took_ms:.0f} ms for a first frame)",
        engine=context.settings.pose.engine,
        took_ms=took_ms,
    )


def _cameras(context: Context) -> tuple[Health, str]:
    from posture_monitor.system.names import masked
    from posture_monitor.vision.cameras import list_cameras

    cameras = list_cameras()
    if not cameras:
        return Health.NOTE, (
            _("no camera found; plug one in, or give run --source a video file or an address")
        )
    names = ", ".join(f"{camera.index} {camera.name}" for camera in cameras)
    return Health.OK, _(
        "{names}; in use: {source}", names=names, source=masked(context.settings.camera.source)
    )


def _sharing(context: Context) -> tuple[Health, str]:
    from posture_monitor.vision.capture import node_of
    from posture_monitor.vision.contention import holders_of, open_contention_watch

    camera = context.settings.camera
    if not camera.yield_to_others:
        return Health.NOTE, (
            _("switched off (camera.yield_to_others): a video call gets the camera once you pause")
        )
    node = node_of(camera.source)
    watch = open_contention_watch(lambda: node)
    known = watch.known
    watch.close()
    if not known:
        return Health.NOTE, (
            _(
                "this system does not tell who else wants the camera; pause before a video "
                "call that finds it in use"
            )
        )
    if node is None:
        return Health.OK, _("this source needs none: others can watch it too")
    if not node.exists():
        return Health.OK, _(
            "{node} would go to a program that wants it, once it is plugged in", node=node
        )
    users = ", ".join(sorted(set(holders_of(os.path.realpath(node)).values())))
    return Health.OK, _(
        "{node} goes to a program that wants it; in use by {value}",
        node=node,
        value=users or _("nobody"),
    )


def _notifications(context: Context) -> tuple[Health, str]:
    from posture_monitor.desktop.notify import has_desktop, open_notifier, teller

    backend = context.settings.notifications.backend
    if backend == "auto" and not has_desktop(os.environ):
        return Health.NOTE, _("no desktop session here; reminders are written to the terminal")
    notifier = open_notifier(context.settings.notifications, context.out)
    try:
        return Health.OK, _("shown by {notifier}", notifier=teller(notifier))
    except NotifyError as error:
        if backend == "desktop":
            raise
        return Health.NOTE, _(
            "{error}; until then reminders are written to the terminal", error=error_text(error)
        )
    finally:
        notifier.close()


_FACTS = (
    *(N_("idle"), N_("lock"), N_("lid"), N_("suspend"), N_("unknown")),
    *(N_("do-not-disturb"), N_("full screen"), N_("sharing"), N_("on"), N_("off")),
)
"""Words of what the desktop's parts tell; what they name beside these stays as it is."""


def _told(facts: dict[str, str]) -> str:
    return "; ".join(f"{_(what)}: {_(text)}" for what, text in facts.items())


def _activity() -> tuple[Health, str]:
    from posture_monitor.desktop.activity import open_activity

    activity = open_activity()
    facts = activity.facts()
    known = activity.idle_s() is not None
    activity.close()
    return (Health.OK if known else Health.NOTE), _told(facts)


def _attention() -> tuple[Health, str]:
    from posture_monitor.desktop.attention import open_attention

    attention = open_attention()
    facts = attention.facts()
    known = attention.quiet() is not None
    attention.close()
    return (Health.OK if known else Health.NOTE), _told(facts)


def _autostart() -> tuple[Health, str]:
    from posture_monitor.desktop import autostart

    state = autostart.status()
    if state.problem:
        return Health.BAD, state.problem
    switched = _("on") if state.on else _("off")
    return Health.OK, f"{switched} ({state.way}: {state.place})"


def _profiles(context: Context) -> tuple[Health, str]:
    with context.open_store() as store:
        names = [stored.name for stored in store.profiles()]
    if not names:
        return Health.NOTE, _(NO_PROFILE, seconds=UPRIGHT_S)
    return Health.OK, ", ".join(names)


def examine(context: Context) -> list[Finding]:
    """All checks, in the order in which a run needs them."""
    return [
        _check("program", _program),
        _check("settings", lambda: _settings(context.paths.config_file)),
        _check("storage", lambda: _storage(context)),
        _check("models", _models),
        _check("engine", lambda: _engine(context)),
        _check("cameras", lambda: _cameras(context)),
        _check("sharing", lambda: _sharing(context)),
        _check("notifications", lambda: _notifications(context)),
        _check("activity", _activity),
        _check("attention", _attention),
        _check("autostart", _autostart),
        _check("profiles", lambda: _profiles(context)),
    ]


def run_doctor(context: Context) -> None:
    """Print the findings; StoreError-like failure where something must be fixed."""
    findings = examine(context)
    for finding in findings:
        context.say(f"{finding.health:<5} {finding.what:<14} {finding.text}")
    context.say(_("\nlog: {log_file}", log_file=context.paths.log_file))
    bad = sum(finding.health is Health.BAD for finding in findings)
    if bad:
        raise StoreError(
            "{bad} of {findings} checks failed; see the lines marked bad",
            bad=bad,
            findings=len(findings),
        )


# --------------------------------------------------------------------------- command line


def _doctor(context: Context, _arguments: argparse.Namespace) -> None:
    run_doctor(context)


WORDS: dict[str, Word] = {
    "doctor": Word(_doctor, sees_frames=True),
}

"""The first minutes of ``run`` on a new account: on the page, or here in the terminal."""

from __future__ import annotations

import os
from enum import Enum
from typing import TYPE_CHECKING

from posture_monitor.config import load_settings, with_setting
from posture_monitor.domain import UPRIGHT_S, PostureMonitorError
from posture_monitor.system.clock import SystemClock
from posture_monitor.system.private_files import private_file
from posture_monitor.system.settings_file import write_settings
from posture_monitor.wording import texts, welcome_words
from posture_monitor.wording.language import _, error_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from posture_monitor.commands.context import Context


_LAUNCHERS = ("GIO_LAUNCHED_DESKTOP_FILE", "XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID")
"""What a desktop's menu sets for a program that somebody has chosen there."""


class Where(Enum):
    """Where the first steps are shown."""

    NOWHERE = "nowhere"
    PAGE = "page"
    TERMINAL = "terminal"


def where(context: Context, *, asked: bool | None, src: str | None, dashboard: bool) -> Where:
    """Where they are shown now; offered once, and only to somebody who can answer."""
    from posture_monitor.system.browser import has_browser
    from posture_monitor.vision.capture import is_recording

    source = context.settings.camera.source if src is None else src
    if asked is False or is_recording(source):
        return Where.NOWHERE
    by_hand = context.has_terminal or any(os.environ.get(name) for name in _LAUNCHERS)
    if asked is None and not (by_hand and _is_new(context)):
        return Where.NOWHERE
    place = Where.TERMINAL if context.has_terminal else Where.NOWHERE
    if dashboard and has_browser(os.environ):
        place = Where.PAGE
    if place is not Where.NOWHERE:
        context.paths.ensure()
        private_file(context.paths.welcomed_file)
    return place


def _is_new(context: Context) -> bool:
    """Whether nobody was asked yet, and no profile is there."""
    if context.paths.welcomed_file.exists():
        return False
    with context.open_store() as store:
        return not store.profiles()


def in_terminal(
    context: Context, src: str | None, calibrate: Callable[[Context, str | None], None]
) -> None:
    """Ask for each step; what fails is told, and the next one comes.

    ``calibrate`` makes the first profile from this camera, or from that of the settings.
    """
    context.say(_(welcome_words.TITLE))
    if src is None:
        src = _ask_camera(context)
    if context.confirm(_(welcome_words.ASK_CALIBRATE, seconds=UPRIGHT_S), usual=True):
        _calibrate(context, src, calibrate)
    if context.confirm(_(welcome_words.ASK_NOTIFICATION), usual=True):
        _try_notification(context)
    if context.confirm(_(welcome_words.ASK_AUTOSTART)):
        _autostart(context, src)
    context.say(_(welcome_words.DONE))


def _ask_camera(context: Context) -> str | None:
    """The camera that was chosen, written to the settings; None for that of the settings."""
    from posture_monitor.vision.cameras import list_cameras

    cameras = list_cameras()
    if len(cameras) < 2:
        return None
    names = ", ".join(f"{camera.index} {camera.name}" for camera in cameras)
    context.say(_(welcome_words.THE_CAMERAS, cameras=names))
    usual = context.settings.camera.source
    answer = context.ask(_(welcome_words.ASK_CAMERA, number=usual))
    if not answer or answer == usual:
        return None
    _keep_camera(context, answer)
    return answer


def _keep_camera(context: Context, source: str) -> None:
    """The settings name it, for the user alone: it may hold a password."""
    file = context.paths.config_file
    write_settings(file, with_setting(load_settings(file, {}), "camera.source", source))


def _calibrate(
    context: Context, src: str | None, calibrate: Callable[[Context, str | None], None]
) -> None:
    try:
        calibrate(context, src)
    except PostureMonitorError as error:
        context.warn(error_text(error))


def _try_notification(context: Context) -> None:
    from posture_monitor.desktop.notify import open_notifier, teller

    settings = context.settings
    try:
        notifier = open_notifier(
            settings.notifications, context.out, snooze_min=settings.reminders.snooze_min
        )
        try:
            notifier.notify(texts.test_notification(SystemClock().now()))
            shown_by = teller(notifier)
            if shown_by == "console":
                context.say(_(welcome_words.WRITTEN))
                return
            context.say(_(welcome_words.SHOWN_BY, shown_by=shown_by))
            if context.confirm(_(welcome_words.ASK_SEEN), usual=True) is False:
                context.say(_(welcome_words.NOT_SEEN))
        finally:
            notifier.close()
    except PostureMonitorError as error:
        context.warn(error_text(error))


def _autostart(context: Context, src: str | None) -> None:
    from posture_monitor.commands.keep import run_autostart

    try:
        if src is not None:
            _keep_camera(context, src)
        run_autostart(context, "on")
    except PostureMonitorError as error:
        context.warn(error_text(error))

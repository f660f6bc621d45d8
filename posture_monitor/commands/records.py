"""``profiles``, ``cameras`` and ``config``: what there is, in a few lines."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from posture_monitor.commands.arguments import Word, add_word, profile_name
from posture_monitor.commands.watch import describe
from posture_monitor.config import ENV_PREFIX, Settings, load_settings, to_toml, with_setting
from posture_monitor.core.judge.baseline import from_document
from posture_monitor.domain import CalibrationError, ConfigError
from posture_monitor.ipc.control import ask
from posture_monitor.system.names import masked
from posture_monitor.system.paths import is_running
from posture_monitor.system.settings_file import write_settings
from posture_monitor.wording.language import _, error_text

if TYPE_CHECKING:
    import argparse

    from posture_monitor.commands.context import Context

_EDITOR = "notepad" if sys.platform == "win32" else "vi"


def run_profiles(context: Context, action: str, name: str | None) -> None:
    """List, show or delete profiles."""
    with context.open_store() as store:
        if action == "list":
            stored = store.profiles()
            for entry in stored:
                try:
                    text = describe(from_document(entry.document))
                except CalibrationError as error:
                    text = error_text(error)
                context.say(f"{entry.name}  {entry.created_at.astimezone():%Y-%m-%d %H:%M}  {text}")
            if not stored:
                context.warn(_("no profile yet; make one: posture-monitor calibrate"))
            return
        document = store.profile(name or "")
        if document is None:
            known = ", ".join(entry.name for entry in store.profiles()) or _("none")
            raise CalibrationError(
                "there is no profile {name!r}; known are: {known}", name=name, known=known
            )
        if action == "show":
            context.say(json.dumps(document, indent=2))
        else:
            store.delete_profile(name or "")
            context.say(_("profile {name!r} is deleted", name=name))


def run_cameras(context: Context) -> None:
    """The cameras of this machine, by index and name."""
    from posture_monitor.vision.cameras import list_cameras

    cameras = list_cameras()
    for camera in cameras:
        context.say(f"{camera.index}  {camera.name}  {camera.path}".rstrip())
    if not cameras:
        context.warn(
            _(
                "no camera found; plug one in, or give --source a video file or an "
                "http(s)/rtsp address"
            )
        )


def run_config(context: Context, action: str) -> None:
    """The settings in force, or where everything is kept."""
    if action == "show":
        camera = context.settings.camera
        hidden = replace(camera, source=masked(camera.source))
        context.say(to_toml(replace(context.settings, camera=hidden)).rstrip())
        return
    paths = context.paths
    for label, path in (
        ("config", paths.config_file),
        ("data", paths.database_file),
        ("log", paths.log_file),
    ):
        context.say(f"{label:<7} {path}")


def run_config_set(context: Context, key: str, value: str) -> None:
    """Change one setting in the file; a running monitor takes it up."""
    file = context.paths.config_file
    wanted = with_setting(load_settings(file, {}), key, value)
    write_settings(file, wanted)
    context.say(_("{key} is written to {file}", key=key, file=file))
    variable = f"{ENV_PREFIX}{key.replace('.', '_')}".upper()
    if variable in os.environ:
        context.warn(_("the environment overrules it: {variable}", variable=variable))
    _reload(context)


def run_config_edit(context: Context) -> None:
    """Open the file in the user's editor, and check what came of it."""
    file = context.paths.config_file
    if not file.exists():
        write_settings(file, Settings())
    command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or _EDITOR)
    try:
        done = subprocess.run([*command, str(file)], check=False)
    except OSError as error:
        raise ConfigError(
            "{command} can't be started ({strerror}); set EDITOR, or edit {file}",
            command=command[0],
            strerror=error.strerror,
            file=file,
        ) from error
    if done.returncode != 0:
        raise ConfigError(
            "{command} ended with {returncode}; the file is {file}",
            command=command[0],
            returncode=done.returncode,
            file=file,
        )
    load_settings(file)
    context.say(_("{file} can be used", file=file))
    _reload(context)


def _reload(context: Context) -> None:
    """Let a running monitor use what was written."""
    if is_running(context.paths.lock_file):
        context.say(str(ask(context.paths.control_file, "reload")["said"]))


# --------------------------------------------------------------------------- command line


def _add_profiles(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    add_word(actions, "list", "all profiles", "posture-monitor profiles list")
    for name, text in (("show", "one profile as JSON"), ("delete", "delete one profile")):
        action = add_word(actions, name, text, f"posture-monitor profiles {name} office")
        action.add_argument("name", type=profile_name, metavar="NAME", help=_("its name"))


def _add_config(parser: argparse.ArgumentParser) -> None:
    what = parser.add_subparsers(dest="action", metavar="ACTION")
    add_word(what, "show", "the settings in force, as TOML", "posture-monitor config show")
    add_word(what, "path", "where settings, data and log are", "posture-monitor config path")
    change = add_word(
        what,
        "set",
        "change one setting, in use at once where it can be",
        "posture-monitor config set reminders.break_every_min 45",
    )
    change.add_argument("key", metavar="SETTING", help=_("section and name, with a dot between"))
    change.add_argument("value", metavar="VALUE", help=_("its new value"))
    add_word(what, "edit", "open the settings file in your editor", "posture-monitor config edit")


def _profiles(context: Context, arguments: argparse.Namespace) -> None:
    run_profiles(context, arguments.action or "list", getattr(arguments, "name", None))


def _cameras(context: Context, _arguments: argparse.Namespace) -> None:
    run_cameras(context)


def _config(context: Context, arguments: argparse.Namespace) -> None:
    if arguments.action == "set":
        run_config_set(context, arguments.key, arguments.value)
    elif arguments.action == "edit":
        run_config_edit(context)
    else:
        run_config(context, arguments.action or "show")


def _shows_settings(arguments: argparse.Namespace) -> bool:
    """The others find the file, or repair it."""
    return arguments.action in (None, "show")


WORDS: dict[str, Word] = {
    "profiles": Word(_profiles, _add_profiles),
    "cameras": Word(_cameras),
    "config": Word(_config, _add_config, needs_settings=_shows_settings),
}

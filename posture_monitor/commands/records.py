"""``profiles``, ``cameras`` and ``config``: what there is, in a few lines."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from posture_monitor.commands.arguments import Word, add_word, profile_name
from posture_monitor.commands.watch import describe
from posture_monitor.config import to_toml
from posture_monitor.core.judge.baseline import from_document
from posture_monitor.domain import CalibrationError
from posture_monitor.system.names import masked

if TYPE_CHECKING:
    import argparse

    from posture_monitor.commands.context import Context


def run_profiles(context: Context, action: str, name: str | None) -> None:
    """List, show or delete profiles."""
    with context.open_store() as store:
        if action == "list":
            stored = store.profiles()
            for entry in stored:
                try:
                    text = describe(from_document(entry.document))
                except CalibrationError as error:
                    text = str(error)
                context.say(f"{entry.name}  {entry.created_at.astimezone():%Y-%m-%d %H:%M}  {text}")
            if not stored:
                context.warn("no profile yet; make one: posture-monitor calibrate")
            return
        document = store.profile(name or "")
        if document is None:
            known = ", ".join(entry.name for entry in store.profiles()) or "none"
            raise CalibrationError(f"there is no profile {name!r}; known are: {known}")
        if action == "show":
            context.say(json.dumps(document, indent=2))
        else:
            store.delete_profile(name or "")
            context.say(f"profile {name!r} is deleted")


def run_cameras(context: Context) -> None:
    """The cameras of this machine, by index and name."""
    from posture_monitor.vision.cameras import list_cameras

    cameras = list_cameras()
    for camera in cameras:
        context.say(f"{camera.index}  {camera.name}  {camera.path}".rstrip())
    if not cameras:
        context.warn(
            "no camera found; plug one in, or give --source a video file or an http(s)/rtsp address"
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


# --------------------------------------------------------------------------- command line


def _add_profiles(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add_word(actions, "list", "all profiles", "posture-monitor profiles list")
    for name, text in (("show", "one profile as JSON"), ("delete", "delete one profile")):
        action = add_word(actions, name, text, f"posture-monitor profiles {name} office")
        action.add_argument("name", type=profile_name, metavar="NAME", help="its name")


def _add_config(parser: argparse.ArgumentParser) -> None:
    what = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add_word(what, "show", "the settings in force, as TOML", "posture-monitor config show")
    add_word(what, "path", "where settings, data and log are", "posture-monitor config path")


def _profiles(context: Context, arguments: argparse.Namespace) -> None:
    run_profiles(context, arguments.action, getattr(arguments, "name", None))


def _cameras(context: Context, _arguments: argparse.Namespace) -> None:
    run_cameras(context)


def _config(context: Context, arguments: argparse.Namespace) -> None:
    run_config(context, arguments.action)


WORDS: dict[str, Word] = {
    "profiles": Word(_profiles, _add_profiles),
    "cameras": Word(_cameras),
    "config": Word(_config, _add_config),
}

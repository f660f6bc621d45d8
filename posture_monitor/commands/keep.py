"""``delete``, ``export`` and ``autostart``: what is kept, what goes, what starts by itself."""

from __future__ import annotations

import platform
import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from posture_monitor.commands.arguments import Word, add_source, profile_name
from posture_monitor.commands.review import midnight, parse_day
from posture_monitor.domain import ConfigError, PostureMonitorError
from posture_monitor.ipc.control import ask
from posture_monitor.system.names import masked
from posture_monitor.system.paths import is_running
from posture_monitor.wording.language import _, error_text

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from posture_monitor.commands.context import Context
    from posture_monitor.history.store import Store


def run_delete(
    context: Context, *, before: str | None, everything: bool, damaged: bool, unasked: bool
) -> None:
    """Delete what was recorded before a day, what is damaged, or all of it with the profiles.

    All of it only after the user said yes, or ``unasked``.
    """
    with context.open_store() as store:
        if before is not None:
            count = store.delete_before(midnight(parse_day(before)))
        elif everything:
            if not unasked:
                _ask_first(context, store)
            _tell_monitor(context)
            count = store.delete_all()
        elif damaged:
            count = store.delete_damaged()
        else:
            raise ConfigError("say what to delete: --before DATE, --damaged or --all")
    if everything:
        paths = context.paths
        log_files = (paths.log_file, paths.log_file.with_suffix(".log.1"))
        for name in (*log_files, paths.welcomed_file, paths.demo_report_file):
            name.unlink(missing_ok=True)
    context.say(_("{count} entries are deleted", count=count))


def _ask_first(context: Context, store: Store) -> None:
    """ConfigError unless the user wants everything deleted."""
    days, profiles = len(store.recorded_days()), len(store.profiles())
    answer = context.confirm(
        _(
            "Delete the record (days: {days}, profiles: {profiles}) and the log for good?",
            days=days,
            profiles=profiles,
        )
    )
    if answer is None:
        raise ConfigError("--all deletes the record and all profiles for good; add --yes to do it")
    if not answer:
        raise ConfigError("nothing was deleted")


def _tell_monitor(context: Context) -> None:
    """A running monitor must not write what it still holds into the emptied record."""
    if not is_running(context.paths.lock_file):
        return
    try:
        context.warn(str(ask(context.paths.control_file, "forget")["said"]))
    except PostureMonitorError as error:
        context.warn(
            _(
                "{error}; a few seconds of before may get into the new record",
                error=error_text(error),
            )
        )


def run_export(
    context: Context, *, file_format: str, since: str | None, until: str | None, out: str
) -> None:
    """Write the raw intervals and events of live days into a file."""
    from posture_monitor.history import buckets

    start = datetime.min.replace(tzinfo=UTC) if since is None else midnight(parse_day(since))
    end = datetime.max.replace(tzinfo=UTC)
    if until is not None:
        end = midnight(parse_day(until) + timedelta(days=1))
    if start >= end:
        raise ConfigError(
            "--since {since} lies after --until {until}; swap them", since=since, until=until
        )
    with context.open_store() as store:
        intervals, events = store.intervals(start, end), store.events(start, end)
    content = buckets.render(
        intervals, events, file_format, host=platform.node() or "unknown", now=datetime.now(UTC)
    )
    target = context.write_out(out, content)
    context.say(
        _(
            "{intervals} intervals and {events} events are written to {target}",
            intervals=len(intervals),
            events=len(events),
            target=target,
        )
    )


def run_autostart(context: Context, action: str, *, run_options: Sequence[str] = ()) -> None:
    """Turn starting with the session on or off, or say how it stands.

    What is started uses the folder, the settings file and the options of ``run`` that this call
    was given.
    """
    from posture_monitor.desktop import autostart

    if action == "on":
        words = [*context.given, "run", *run_options]
        state = autostart.turn_on(words)
    elif action == "off":
        state = autostart.turn_off()
    else:
        state = autostart.status()
    context.say(
        _(
            "autostart is {value} ({way}: {place})",
            value=_("on") if state.on else _("off"),
            way=state.way,
            place=state.place,
        )
    )
    if action == "on":
        context.say(_("it starts: posture-monitor {join}", join=shlex.join(words)))
    if state.problem:
        context.warn(state.problem)


# --------------------------------------------------------------------------- command line


def _add_delete(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--before", metavar="DATE", help=_("everything before this day"))
    what.add_argument("--all", action="store_true", help=_("everything, profiles and log too"))
    what.add_argument("--damaged", action="store_true", help=_("only entries that are damaged"))
    parser.add_argument(
        "--yes", action="store_true", help=_("don't ask before deleting everything")
    )


def _add_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--format",
        choices=("csv", "json", "parquet", "activitywatch"),
        default="csv",
        help="(csv)",
    )
    parser.add_argument("--since", metavar="DATE", help=_("from this day on (the beginning)"))
    parser.add_argument("--until", metavar="DATE", help=_("up to and with this day (the end)"))
    parser.add_argument("--out", required=True, metavar="FILE", help=_("write it there"))


def _add_autostart(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("on", "off", "status"))
    add_source(parser)
    parser.add_argument(
        "--profile", type=profile_name, metavar="NAME", help=_("judge by this profile")
    )


def _run_options(arguments: argparse.Namespace) -> list[str]:
    """The options of ``run`` that were given; ConfigError for a password among them."""
    options = []
    if arguments.source is not None:
        if masked(arguments.source) != arguments.source:
            raise ConfigError(
                "an address with a password would stand where every account can read it; put it"
                " into the settings as camera.source: posture-monitor config edit"
            )
        options += ["--source", _as_absolute(arguments.source)]
    if arguments.mirror:
        options.append("--mirror")
    if arguments.rotate is not None:
        options += ["--rotate", arguments.rotate]
    if arguments.profile is not None:
        options += ["--profile", arguments.profile]
    return options


def _as_absolute(source: str) -> str:
    """A file by its whole path: a session starts in another folder."""
    return str(Path(source).absolute()) if Path(source).is_file() else source


def _check_autostart(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    given = (arguments.source, arguments.mirror or None, arguments.rotate, arguments.profile)
    if arguments.action != "on" and any(value is not None for value in given):
        parser.error(_("--source, --mirror, --rotate and --profile go with `autostart on`"))


def _delete(context: Context, arguments: argparse.Namespace) -> None:
    run_delete(
        context,
        before=arguments.before,
        everything=arguments.all,
        damaged=arguments.damaged,
        unasked=arguments.yes,
    )


def _export(context: Context, arguments: argparse.Namespace) -> None:
    run_export(
        context,
        file_format=arguments.format,
        since=arguments.since,
        until=arguments.until,
        out=arguments.out,
    )


def _autostart(context: Context, arguments: argparse.Namespace) -> None:
    run_autostart(context, arguments.action, run_options=_run_options(arguments))


WORDS: dict[str, Word] = {
    "delete": Word(_delete, _add_delete),
    "export": Word(_export, _add_export),
    "autostart": Word(_autostart, _add_autostart, _check_autostart),
}

"""The command line: parses, wires, prints; decides nothing.

Exit codes: 0 done, 1 something the user can mend (one sentence says what), 2 usage,
130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from posture_monitor import __version__
from posture_monitor.domain import (
    LEAST_DISTANCE_CM,
    LONGEST_NAME,
    MOST_DISTANCE_CM,
    OutputError,
    PostureMonitorError,
)
from posture_monitor.system.names import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from posture_monitor.commands.context import Context

_EPILOG = """\
examples:
  posture-monitor demo                          see it at work on a recorded morning
  posture-monitor calibrate                     15 seconds upright make your own reference
  posture-monitor run                           watch, and remind when it helps
  posture-monitor run --source day.mp4 --speed max
  posture-monitor analyze a.mp4 b.mp4 --out results
  posture-monitor report --week

It informs; it is no medical device.
"""


def _positive(text: str) -> float:
    value = _number(text)
    if not value > 0.0:
        raise argparse.ArgumentTypeError(f"{text} must be above 0")
    return value


def _not_negative(text: str) -> float:
    value = _number(text)
    if not value >= 0.0:
        raise argparse.ArgumentTypeError(f"{text} must not be negative")
    return value


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if value in (float("inf"), float("-inf")):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number")
    return value


def _speed(text: str) -> float | None:
    """A factor, or None for ``max``."""
    return None if text == "max" else _positive(text)


def _sample_rate(text: str) -> float:
    value = _positive(text)
    if not 0.05 <= value <= 60.0:
        raise argparse.ArgumentTypeError(f"{text} must lie between 0.05 and 60")
    return value


def _distance(text: str) -> float:
    value = _number(text)
    if not LEAST_DISTANCE_CM <= value <= MOST_DISTANCE_CM:
        bounds = f"{LEAST_DISTANCE_CM:.0f} and {MOST_DISTANCE_CM:.0f}"
        raise argparse.ArgumentTypeError(f"{text} cm must lie between {bounds}")
    return value


def _worker_count(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
    if not 1 <= value <= 256:
        raise argparse.ArgumentTypeError(f"{text} must lie between 1 and 256")
    return value


def _profile_name(text: str) -> str:
    if not text or len(text) > LONGEST_NAME or not text.isprintable():
        raise argparse.ArgumentTypeError(
            f"a profile's name has 1 to {LONGEST_NAME} printable characters"
        )
    return text


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(
        prog="posture-monitor",
        description="A posture and sitting-time monitor that uses an ordinary webcam.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    parser.add_argument(
        "--data-dir", metavar="DIR", help="keep everything of this run in one folder"
    )
    parser.add_argument("--config", metavar="FILE", help="read settings from this file")
    parser.add_argument("--debug", action="store_true", help="show where an error comes from")
    parser.add_argument("--verbose", action="store_true", help="say more")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_demo(commands)
    _add_run(commands)
    _add_calibrate(commands)
    _add_analyze(commands)
    _add_report(commands)
    _add_talk(commands)
    _add_dashboard(commands)
    _add_keep(commands)
    _add_stretches(commands)
    _add_break(commands)
    _command(
        commands,
        "advice",
        "what helps a tense back, and when to see a doctor",
        "posture-monitor advice",
    )
    _command(commands, "drank", "note a drink", "posture-monitor drank")
    _add_small(commands)
    return parser


_Commands = argparse._SubParsersAction  # the type has no public name


def _command(
    commands: _Commands[argparse.ArgumentParser], name: str, summary: str, example: str
) -> argparse.ArgumentParser:
    return commands.add_parser(
        name,
        help=summary,
        description=summary[:1].upper() + summary[1:] + ".",
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def _add_source(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--source",
        metavar="SRC",
        help="camera index or name, video file, or http(s)/rtsp address (default: the settings')",
    )
    parser.add_argument("--mirror", action="store_true", help="the camera gives a mirror image")
    parser.add_argument(
        "--rotate",
        choices=("0", "90", "180", "270"),
        help="turn the picture clockwise by so many degrees",
    )


def _add_demo(commands: _Commands[argparse.ArgumentParser]) -> None:
    _command(
        commands,
        "demo",
        "the whole job on a bundled recording, without a camera",
        "posture-monitor demo",
    )


def _add_run(commands: _Commands[argparse.ArgumentParser]) -> None:
    run = _command(
        commands,
        "run",
        "watch, and remind when it helps",
        "posture-monitor run --source 1 --profile office",
    )
    _add_source(run)
    run.add_argument("--profile", type=_profile_name, metavar="NAME", help="judge by this profile")
    run.add_argument("--duration", type=_positive, metavar="S", help="end after so many seconds")
    run.add_argument(
        "--speed",
        type=_speed,
        default=1.0,
        metavar="X|max",
        help="replay a recording faster; changes no result",
    )
    run.add_argument("--no-tray", action="store_true", help="show no tray icon")
    run.add_argument("--no-dashboard", action="store_true", help="serve no dashboard")


def _add_calibrate(commands: _Commands[argparse.ArgumentParser]) -> None:
    calibrate = _command(
        commands,
        "calibrate",
        "make your own reference from a few seconds upright",
        "posture-monitor calibrate --distance-cm 62 --profile office",
    )
    _add_source(calibrate)
    calibrate.add_argument("--start", type=_not_negative, metavar="S", help="from this second on")
    calibrate.add_argument("--end", type=_positive, metavar="S", help="up to this second")
    calibrate.add_argument(
        "--distance-cm", type=_distance, metavar="CM", help="measured from your eyes to the camera"
    )
    calibrate.add_argument(
        "--profile", type=_profile_name, default="default", metavar="NAME", help="its name"
    )
    tired = calibrate.add_mutually_exclusive_group()
    tired.add_argument(
        "--tired",
        action="store_true",
        help="then 5 seconds as you sit when tired: strain begins halfway between the two",
    )
    tired.add_argument(
        "--tired-start",
        type=_not_negative,
        metavar="S",
        help="the same in a recording: 5 seconds from this one on",
    )
    calibrate.add_argument("--standing", action="store_true", help="you stand at a raised desk")


def _add_analyze(commands: _Commands[argparse.ArgumentParser]) -> None:
    analyze = _command(
        commands,
        "analyze",
        "judge recorded videos and write what was seen into files",
        "posture-monitor analyze morning.mp4 noon.mkv --out results --workers 2",
    )
    analyze.add_argument("videos", nargs="+", metavar="VIDEO", help="video files")
    analyze.add_argument("--out", required=True, metavar="DIR", help="folder for the results")
    analyze.add_argument(
        "--profile", type=_profile_name, metavar="NAME", help="judge by this profile"
    )
    analyze.add_argument(
        "--fps", type=_sample_rate, default=2.0, metavar="N", help="samples per second (2)"
    )
    analyze.add_argument(
        "--format", choices=("csv", "parquet"), default="csv", help="of the samples (csv)"
    )
    how = analyze.add_mutually_exclusive_group()
    how.add_argument(
        "--workers", type=_worker_count, default=1, metavar="N", help="videos at a time (1)"
    )
    how.add_argument("--scheduler", metavar="ADDRESS", help="a dask scheduler to share the work")


def _add_report(commands: _Commands[argparse.ArgumentParser]) -> None:
    report = _command(
        commands,
        "report",
        "look back at a day, a week, a range or a session",
        "posture-monitor report --week --format html --out week.html",
    )
    span = report.add_mutually_exclusive_group()
    span.add_argument("--day", metavar="DATE", help="one day: 2026-01-31, today or yesterday")
    span.add_argument("--week", action="store_true", help="this week")
    span.add_argument("--since", metavar="DATE", help="from this day on")
    span.add_argument("--session", choices=("last",), help="the last session")
    report.add_argument("--until", metavar="DATE", help="up to and with this day")
    report.add_argument("--source", metavar="NAME", help="a replayed recording instead of live")
    report.add_argument(
        "--format", choices=("text", "html", "json", "csv"), default="text", help="(text)"
    )
    report.add_argument("--out", metavar="FILE", help="write it there")


def _minutes(text: str) -> float:
    value = _number(text)
    if not 1.0 <= value <= 1440.0:
        raise argparse.ArgumentTypeError(f"{text} min must lie between 1 and 1440")
    return value


def _add_talk(commands: _Commands[argparse.ArgumentParser]) -> None:
    status = _command(
        commands, "status", "the running monitor at a glance", "posture-monitor status"
    )
    status.add_argument("--format", choices=("text", "json"), default="text", help="(text)")
    pause = _command(
        commands, "pause", "camera off and no reminders for a while", "posture-monitor pause 45"
    )
    pause.add_argument("minutes", nargs="?", type=_minutes, metavar="MINUTES", help="(60)")
    snooze = _command(commands, "snooze", "no reminders for a while", "posture-monitor snooze 20")
    snooze.add_argument("minutes", nargs="?", type=_minutes, metavar="MINUTES", help="(settings)")
    _command(commands, "resume", "watch again, remind again", "posture-monitor resume")
    _command(
        commands, "reload", "let the running monitor use changed settings", "posture-monitor reload"
    )
    _command(commands, "stop", "end the running monitor", "posture-monitor stop")
    feedback = _command(
        commands,
        "feedback",
        "tell the running monitor about its last posture reminder",
        "posture-monitor feedback wrong",
    )
    feedback.add_argument("verdict", choices=("wrong",), help="it was wrong: call it later")


def _port(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
    if not 0 <= value <= 65535:
        raise argparse.ArgumentTypeError(f"{text} must lie between 0 and 65535")
    return value


def _add_dashboard(commands: _Commands[argparse.ArgumentParser]) -> None:
    dashboard = _command(
        commands,
        "dashboard",
        "look at it all in the browser, on this machine alone",
        "posture-monitor dashboard --sample",
    )
    dashboard.add_argument("--sample", action="store_true", help="a generated month to look at")
    dashboard.add_argument("--port", type=_port, metavar="N", help="listen there (any free one)")
    dashboard.add_argument("--no-browser", action="store_true", help="only print the address")


def _add_keep(commands: _Commands[argparse.ArgumentParser]) -> None:
    delete = _command(
        commands, "delete", "forget what was recorded", "posture-monitor delete --before 2026-01-01"
    )
    what = delete.add_mutually_exclusive_group(required=True)
    what.add_argument("--before", metavar="DATE", help="everything before this day")
    what.add_argument("--all", action="store_true", help="everything, profiles and log too")
    what.add_argument("--damaged", action="store_true", help="only entries that are damaged")
    delete.add_argument("--yes", action="store_true", help="don't ask before deleting everything")
    export = _command(
        commands,
        "export",
        "the raw record for other programs",
        "posture-monitor export --format activitywatch --out buckets.json",
    )
    export.add_argument(
        "--format", choices=("csv", "json", "parquet", "activitywatch"), default="csv", help="(csv)"
    )
    export.add_argument("--since", metavar="DATE", help="from this day on (the beginning)")
    export.add_argument("--until", metavar="DATE", help="up to and with this day (the end)")
    export.add_argument("--out", required=True, metavar="FILE", help="write it there")
    autostart = _command(
        commands, "autostart", "start with your session, or not", "posture-monitor autostart on"
    )
    autostart.add_argument("action", choices=("on", "off", "status"))


def _add_stretches(commands: _Commands[argparse.ArgumentParser]) -> None:
    stretches = _command(
        commands,
        "stretches",
        "exercises for a break, and counting them in a recording",
        "posture-monitor stretches list",
    )
    actions = stretches.add_subparsers(dest="action", metavar="ACTION", required=True)
    listed = _command(actions, "list", "all exercises", "posture-monitor stretches list")
    shown = _command(
        actions,
        "show",
        "one exercise, and its drawing",
        "posture-monitor stretches show chin_tuck --drawing chin_tuck.svg",
    )
    shown.add_argument("name", metavar="NAME", help="of the exercise")
    shown.add_argument("--drawing", metavar="FILE", help="write the drawing there, as SVG")
    counted = _command(
        actions,
        "count",
        "count one exercise in a recording",
        "posture-monitor stretches count head_turn --source film.mp4",
    )
    counted.add_argument("name", metavar="NAME", help="of the exercise")
    counted.add_argument("--source", required=True, metavar="VIDEO", help="video file")
    counted.add_argument("--profile", type=_profile_name, metavar="NAME", help="your neutral")
    for action in (listed, counted):
        action.add_argument("--format", choices=("text", "json"), default="text", help="(text)")


def _routine_minutes(text: str) -> float:
    value = _number(text)
    if not 1.0 <= value <= 5.0:
        raise argparse.ArgumentTypeError(f"{text} must lie between 1 and 5")
    return value


def _add_break(commands: _Commands[argparse.ArgumentParser]) -> None:
    guided = _command(
        commands,
        "break",
        "a short break with exercises, guided",
        "posture-monitor break --minutes 2",
    )
    guided.add_argument(
        "--minutes", type=_routine_minutes, metavar="N", help="length, 1 to 5 (as in the settings)"
    )
    guided.add_argument(
        "--seated", action="store_true", help="only exercises that are done sitting"
    )
    guided.add_argument("--terminal", action="store_true", help="in this terminal, not on the page")


def _add_small(commands: _Commands[argparse.ArgumentParser]) -> None:
    profiles = _command(
        commands, "profiles", "list, show or delete profiles", "posture-monitor profiles list"
    )
    actions = profiles.add_subparsers(dest="action", metavar="ACTION", required=True)
    _command(actions, "list", "all profiles", "posture-monitor profiles list")
    for name, text in (("show", "one profile as JSON"), ("delete", "forget one profile")):
        action = _command(actions, name, text, f"posture-monitor profiles {name} office")
        action.add_argument("name", type=_profile_name, metavar="NAME", help="its name")
    _command(commands, "cameras", "list cameras by index and name", "posture-monitor cameras")
    config = _command(
        commands, "config", "the settings, and where everything is", "posture-monitor config path"
    )
    what = config.add_subparsers(dest="action", metavar="ACTION", required=True)
    _command(what, "show", "the settings in force, as TOML", "posture-monitor config show")
    _command(what, "path", "where settings, data and log are", "posture-monitor config path")
    _command(
        commands,
        "doctor",
        "check camera, models, notifications and storage, and say what to do",
        "posture-monitor doctor",
    )


def _with_camera_options(context: Context, arguments: argparse.Namespace) -> Context:
    """The context with ``--mirror`` and ``--rotate`` put over the settings."""
    options: dict[str, object] = {}
    if arguments.mirror:
        options["mirror"] = True
    if arguments.rotate is not None:
        options["rotate"] = arguments.rotate
    return context.with_camera_options(**options)


_SEES_PICTURES = (
    "run",
    "calibrate",
    "demo",
    "analyze",
    "doctor",
    "dashboard",
    "stretches",
    "break",
)


def _dispatch(context: Context, arguments: argparse.Namespace) -> None:
    command = arguments.command
    if command in _SEES_PICTURES:
        from posture_monitor.system.processes import forbid_core_dumps

        forbid_core_dumps()
    if command in ("run", "calibrate"):
        context = _with_camera_options(context, arguments)
        _dispatch_watch(context, arguments)
    elif command == "demo":
        from posture_monitor.commands.demo import run_demo

        run_demo(context)
    elif command == "analyze":
        from posture_monitor.commands.videos import run_analyze

        run_analyze(
            context,
            arguments.videos,
            out=arguments.out,
            profile=arguments.profile,
            samples_per_s=arguments.fps,
            file_format=arguments.format,
            workers=arguments.workers,
            scheduler=arguments.scheduler,
        )
    elif command == "report":
        from posture_monitor.commands.review import run_report

        run_report(
            context,
            day=arguments.day,
            week=arguments.week,
            since=arguments.since,
            until=arguments.until,
            session=arguments.session,
            source=arguments.source,
            file_format=arguments.format,
            out=arguments.out,
        )
    elif command == "doctor":
        from posture_monitor.commands.doctor import run_doctor

        run_doctor(context)
    elif not _dispatch_desk(context, arguments):
        from posture_monitor.commands import records

        if command == "profiles":
            records.run_profiles(context, arguments.action, getattr(arguments, "name", None))
        elif command == "cameras":
            records.run_cameras(context)
        else:
            records.run_config(context, arguments.action)


def _dispatch_desk(context: Context, arguments: argparse.Namespace) -> bool:
    """The commands around a running monitor; False for another one."""
    command = arguments.command
    if command == "stretches":
        from posture_monitor.commands import stretches

        if arguments.action == "list":
            stretches.run_list(context, arguments.format)
        elif arguments.action == "show":
            stretches.run_show(context, arguments.name, drawing=arguments.drawing)
        else:
            stretches.run_count(
                context,
                arguments.name,
                source=arguments.source,
                profile=arguments.profile,
                file_format=arguments.format,
            )
    elif command == "break":
        from posture_monitor.commands.breaks import run_break

        run_break(
            context,
            minutes=arguments.minutes,
            seated=arguments.seated,
            terminal=arguments.terminal,
        )
    elif command == "advice":
        from posture_monitor.commands.advice import run_advice

        run_advice(context)
    elif command == "drank":
        from posture_monitor.commands.breaks import run_drank

        run_drank(context)
    elif command == "status":
        from posture_monitor.commands.talk import run_status

        run_status(context, arguments.format)
    elif command in ("pause", "resume", "snooze", "reload", "stop", "feedback"):
        from posture_monitor.commands.talk import run_command

        run_command(context, command, getattr(arguments, "minutes", None))
    elif command == "dashboard":
        from posture_monitor.commands.pages import run_dashboard

        run_dashboard(
            context,
            sample=arguments.sample,
            port=arguments.port,
            browser=not arguments.no_browser,
        )
    elif command == "delete":
        from posture_monitor.commands.keep import run_delete

        run_delete(
            context,
            before=arguments.before,
            everything=arguments.all,
            damaged=arguments.damaged,
            unasked=arguments.yes,
        )
    elif command == "export":
        from posture_monitor.commands.keep import run_export

        run_export(
            context,
            file_format=arguments.format,
            since=arguments.since,
            until=arguments.until,
            out=arguments.out,
        )
    elif command == "autostart":
        from posture_monitor.commands.keep import run_autostart

        run_autostart(
            context, arguments.action, data_dir=arguments.data_dir, config=arguments.config
        )
    else:
        return False
    return True


def _dispatch_watch(context: Context, arguments: argparse.Namespace) -> None:
    from posture_monitor.commands.watch import run_calibrate, run_monitor

    if arguments.command == "calibrate":
        run_calibrate(
            context,
            src=arguments.source,
            start_s=arguments.start,
            end_s=arguments.end,
            distance_cm=arguments.distance_cm,
            profile=arguments.profile,
            standing=arguments.standing,
            tired=arguments.tired,
            tired_start_s=arguments.tired_start,
        )
        return
    run_monitor(
        context,
        src=arguments.source,
        profile=arguments.profile,
        duration_s=arguments.duration,
        speed=arguments.speed,
        tray=not arguments.no_tray,
        dashboard=not arguments.no_dashboard,
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; answers the exit code."""
    try:
        try:
            return _run(_parsed(argv))
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except BrokenPipeError:
        _discard_output()  # whoever read it has had enough
        return 0


def _discard_output() -> None:
    """What is left of the output must not fail at the exit."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parsed(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = build_parser()
    arguments = parser.parse_args(argv)
    if arguments.command == "report" and arguments.until is not None:
        for option in ("day", "week", "session"):
            if getattr(arguments, option):
                parser.error(f"argument --until: not allowed with argument --{option}")
    return arguments


def _run(arguments: argparse.Namespace) -> int:
    with suppress(ValueError):  # only the main thread can ask for it
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        from posture_monitor.commands.context import open_context

        context = open_context(arguments.data_dir, arguments.config, verbose=arguments.verbose)
        _dispatch(context, arguments)
    except PostureMonitorError as error:
        if arguments.debug:
            raise
        _complain(str(error))
        if isinstance(error, OutputError):
            _discard_output()
        return 1
    except KeyboardInterrupt:
        if arguments.debug:
            raise
        _complain("interrupted")
        return 130
    return 0


def _complain(text: str) -> None:
    with suppress(OSError, ValueError):  # nobody may be there to read it
        print(f"posture-monitor: {shown(text)}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())

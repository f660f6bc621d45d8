"""The command line: finds the word, lets its module parse and run it; decides nothing.

Exit codes: 0 done, 1 something the user can fix (one sentence says what), 2 usage,
130 interrupted.
"""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from posture_monitor import __version__
from posture_monitor.commands.arguments import Subparsers, add_word
from posture_monitor.commands.table import COMMANDS
from posture_monitor.domain import OutputError, PostureMonitorError
from posture_monitor.system.names import shown
from posture_monitor.wording import language
from posture_monitor.wording.language import _, error_text

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from posture_monitor.commands.arguments import Word

_EPILOG = """\
examples:
  posture-monitor demo                          see it at work on a recorded morning
  posture-monitor calibrate                     12 seconds upright make your own reference
  posture-monitor run                           watch, and remind when it helps
  posture-monitor run --source day.mp4 --speed max
  posture-monitor analyze a.mp4 b.mp4 --out results
  posture-monitor report --week

posture-monitor help COMMAND tells more of one.
It informs; it is no medical device.
"""


class _Parser(argparse.ArgumentParser):
    """One that names the word that was probably meant."""

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        choices = action.choices
        if choices is None or value in choices:
            return
        from posture_monitor.config import near_name

        known = [str(choice) for choice in choices]
        near = near_name(str(value), known)
        hint = f"choose from {', '.join(known)}" if near is None else f"did you mean {near!r}?"
        raise argparse.ArgumentError(action, f"invalid choice: {str(value)!r} ({hint})")

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        found, rest = self.parse_known_args(args, namespace)
        if rest:
            self.error(
                _(
                    "unrecognized arguments: {join}{hint}",
                    join=" ".join(rest),
                    hint=self._hint(found, rest),
                )
            )
        return found

    def _hint(self, found: argparse.Namespace, rest: Sequence[str]) -> str:
        """What was probably meant by the first option that is not known."""
        from posture_monitor.config import near_name

        option = next((word.split("=")[0] for word in rest if word.startswith("-")), "")
        if option in self._option_string_actions:
            return f" ({option} stands before the command)"
        of_command = _chosen_parser(self, found)._option_string_actions
        near = near_name(option, of_command) if option else None
        return "" if near is None else f" (did you mean {near}?)"


def _chosen_parser(
    parser: argparse.ArgumentParser, found: argparse.Namespace
) -> argparse.ArgumentParser:
    """The parser of the command, or of the command's own command, that was given."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            chosen = action.choices.get(str(getattr(found, action.dest, None)))
            if chosen is not None:
                return _chosen_parser(chosen, found)
    return parser


def build_parser(words: Collection[str] = COMMANDS.keys()) -> argparse.ArgumentParser:
    """The whole command line; with the arguments of these words, whose modules are loaded."""
    parser = _Parser(
        prog="posture-monitor",
        description=_("A posture and sitting-time monitor that uses an ordinary webcam."),
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    parser.add_argument(
        "--data-dir", metavar="DIR", help=_("keep everything of this run in one folder")
    )
    parser.add_argument("--config", metavar="FILE", help=_("read settings from this file"))
    parser.add_argument("--debug", action="store_true", help=_("show where an error comes from"))
    parser.add_argument("--verbose", action="store_true", help=_("say more"))
    commands: Subparsers[argparse.ArgumentParser] = parser.add_subparsers(
        dest="command", metavar="COMMAND", required=True, parser_class=_Parser
    )
    for name, (module, summary, example) in COMMANDS.items():
        added = add_word(commands, name, summary, f"posture-monitor {example}")
        if name in words:
            word = importlib.import_module(f"posture_monitor.commands.{module}").WORDS[name]
            word.add_arguments(added)
            added.set_defaults(word=word)
    return parser


def _word(arguments: Sequence[str]) -> str | None:
    """The command that stands behind the general options, if any does."""
    waiting = iter(arguments)
    for argument in waiting:
        if argument in ("--data-dir", "--config"):
            next(waiting, None)
        elif not argument.startswith("-"):
            return argument
    return None


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; answers the exit code."""
    try:
        try:
            return _run(_parsed(argv))
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except BrokenPipeError:
        _discard_output()  # the reader has had enough
        return 0


def _discard_output() -> None:
    """What is left of the output must not fail at the exit."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _as_option(given: Sequence[str]) -> Sequence[str]:
    """``help report`` is ``report --help``."""
    if _word(given) != "help":
        return given
    at = list(given).index("help")
    return [*given[:at], *given[at + 1 :], "--help"]


def _parsed(argv: Sequence[str] | None) -> argparse.Namespace:
    language.use("auto", os.environ)  # the settings, which may name another one, are not read yet
    given = _as_option(sys.argv[1:] if argv is None else argv)
    word = _word(given)
    parser = build_parser(() if word is None else (word,))
    arguments = parser.parse_args(given)
    if arguments.word.check is not None:
        arguments.word.check(parser, arguments)
    return arguments


def _run(arguments: argparse.Namespace) -> int:
    with suppress(ValueError):  # only the main thread can ask for it
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        from posture_monitor.commands.context import open_context

        word: Word = arguments.word
        context = open_context(
            arguments.data_dir,
            arguments.config,
            verbose=arguments.verbose,
            needs_settings=word.needs_settings(arguments),
        )
        language.use(context.settings.display.language, os.environ)
        if word.sees_frames:
            from posture_monitor.system.processes import forbid_core_dumps

            forbid_core_dumps()
        word.run(context, arguments)
    except PostureMonitorError as error:
        if arguments.debug:
            raise
        _complain(error_text(error))
        if isinstance(error, OutputError):
            _discard_output()
        return 1
    except KeyboardInterrupt:
        if arguments.debug:
            raise
        _complain(_("interrupted"))
        return 130
    return 0


def _complain(text: str) -> None:
    with suppress(OSError, ValueError):  # nobody may be there to read it
        print(f"posture-monitor: {shown(text)}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())

"""The command line: finds the command, lets its module parse and run it; decides nothing.

Exit codes: 0 done, 1 something the user can fix (one sentence says what), 2 usage,
130 interrupted.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from posture_monitor.commands.parser import build_parser
from posture_monitor.domain import OutputError, PostureMonitorError
from posture_monitor.system.names import shown
from posture_monitor.wording import language
from posture_monitor.wording.language import _, error_text

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from posture_monitor.commands.arguments import Word


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

"""``completion``: what lets a shell complete commands and options, made from the command line."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from posture_monitor.commands.arguments import Word
from posture_monitor.wording.language import _

if TYPE_CHECKING:
    from collections.abc import Iterator

    from posture_monitor.commands.context import Context

SHELLS = ("bash", "zsh", "fish")
_FILES = frozenset({"FILE", "VIDEO", "SRC"})
_FOLDERS = frozenset({"DIR"})


def script(shell: str) -> str:
    """The script that the shell reads, for every command and option there is."""
    import shtab

    from posture_monitor.commands.parser import build_parser

    parser = build_parser()
    kinds = dict.fromkeys(_FILES, shtab.FILE) | dict.fromkeys(_FOLDERS, shtab.DIRECTORY)
    for action in _actions(parser):
        if action.metavar in kinds:
            action.complete = kinds[action.metavar]  # type: ignore[attr-defined]  # shtab looks there
    return str(shtab.complete(parser, shell))


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Of the parser and of those below it."""
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from _actions(below)


# --------------------------------------------------------------------------- command line


def _add_completion(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=SHELLS, help=_("the shell that will read it"))


def _completion(context: Context, arguments: argparse.Namespace) -> None:
    context.say(script(arguments.shell))


WORDS: dict[str, Word] = {
    "completion": Word(_completion, _add_completion),
}

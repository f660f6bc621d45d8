"""The command line as records, read off its parser; the man page and the site are made of them."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING

from posture_monitor.commands.parser import build_parser

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Argument:
    """An option, or an argument by its place."""

    forms: tuple[str, ...]
    """``("--source",)``; empty for an argument by its place."""
    value: str
    """``SRC``; empty for a switch."""
    help: str


@dataclass(frozen=True, slots=True)
class Command:
    """A command, or one of the words below it."""

    name: str
    """With the words above it: ``profiles list``."""
    summary: str
    usage: str
    """On one line, with the program's name."""
    arguments: tuple[Argument, ...]
    example: str
    words: tuple[Command, ...]

    def all(self) -> Iterator[Command]:
        """Itself and everything below it."""
        yield self
        for word in self.words:
            yield from word.all()


def program() -> Command:
    """The whole command line."""
    return _read(build_parser(), "", "")


def _read(parser: argparse.ArgumentParser, name: str, summary: str) -> Command:
    words: list[Command] = []
    arguments = []
    for action in parser._actions:  # argparse tells them nowhere else
        if isinstance(action, argparse._SubParsersAction):
            summaries = {each.dest: each.help or "" for each in action._choices_actions}
            words += [
                _read(below, f"{name} {word}".strip(), summaries.get(word, ""))
                for word, below in action.choices.items()
            ]
        elif not isinstance(action, argparse._HelpAction):
            arguments.append(_argument(action, parser.prog))
    usage = " ".join(parser.format_usage().split()).removeprefix("usage: ").replace(" [-h]", "")
    example = (parser.epilog or "").partition("\n")[2] if name else ""
    return Command(name, summary, usage, tuple(arguments), example.strip(), tuple(words))


def _argument(action: argparse.Action, program_name: str) -> Argument:
    value = ""
    if action.nargs != 0:
        value = action.metavar if isinstance(action.metavar, str) else ""
        value = value or (
            "{" + ",".join(map(str, action.choices)) + "}" if action.choices else action.dest
        )
    text = (action.help or "").replace("%(prog)s", program_name).replace("%%", "%")
    if isinstance(action, argparse._VersionAction):
        text = "show the program's version and exit"
    return Argument(tuple(action.option_strings), value, text)

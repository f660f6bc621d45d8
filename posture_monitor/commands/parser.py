"""The parser of the command line; only the modules of the commands asked for are loaded."""

from __future__ import annotations

import argparse
import importlib
from typing import TYPE_CHECKING, Any

from posture_monitor import __version__
from posture_monitor.commands.arguments import Subparsers, add_word
from posture_monitor.commands.table import COMMANDS
from posture_monitor.wording.language import N_, _

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_EPILOG = N_(
    """\
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
)


class _Parser(argparse.ArgumentParser):
    """One that names the word that was probably meant."""

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        choices = action.choices
        if choices is None or value in choices:
            return
        from posture_monitor.config import near_name

        known = [str(choice) for choice in choices]
        near = near_name(str(value), known)
        hint = _("choose from {known}", known=", ".join(known))
        if near is not None:
            hint = _("did you mean {near!r}?", near=near)
        said = _("invalid choice: {value!r} ({hint})", value=str(value), hint=hint)
        raise argparse.ArgumentError(action, said)

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        found, rest = self.parse_known_args(args, namespace)
        if rest:
            self.error(
                _(
                    "unrecognized arguments: {arguments}{hint}",
                    arguments=" ".join(rest),
                    hint=self._hint(found, rest),
                )
            )
        return found

    def _hint(self, found: argparse.Namespace, rest: Sequence[str]) -> str:
        """What was probably meant by the first option that is not known."""
        from posture_monitor.config import near_name

        option = next((word.split("=")[0] for word in rest if word.startswith("-")), "")
        if option in self._option_string_actions:
            return " " + _("({option} stands before the command)", option=option)
        of_command = _chosen_parser(self, found)._option_string_actions
        near = near_name(option, of_command) if option else None
        return "" if near is None else " " + _("(did you mean {near}?)", near=near)


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
        epilog=_(_EPILOG),
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

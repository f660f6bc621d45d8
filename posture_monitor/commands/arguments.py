"""What the modules of the command line share: commands, and kinds of arguments."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from posture_monitor.domain import LEAST_DISTANCE_CM, LONGEST_NAME, MOST_DISTANCE_CM
from posture_monitor.wording.language import _

if TYPE_CHECKING:
    from posture_monitor.commands.context import Context

Subparsers = argparse._SubParsersAction  # the type has no public name


def _no_arguments(_parser: argparse.ArgumentParser) -> None:
    """Most words have none."""


def _always(_arguments: argparse.Namespace) -> bool:
    """Nearly every word goes by the settings."""
    return True


@dataclass(frozen=True, slots=True)
class Word:
    """One word of the command line; its summary and example are in ``table``."""

    run: Callable[[Context, argparse.Namespace], None]
    add_arguments: Callable[[argparse.ArgumentParser], None] = _no_arguments
    check: Callable[[argparse.ArgumentParser, argparse.Namespace], None] | None = None
    """Tells by ``parser.error`` which arguments don't go together."""
    needs_settings: Callable[[argparse.Namespace], bool] = _always
    """Whether it can't do with the defaults where the settings file is wrong."""
    sees_frames: bool = False
    """No core dump may be written."""


def add_word(
    commands: Subparsers[argparse.ArgumentParser], name: str, summary: str, example: str
) -> argparse.ArgumentParser:
    return commands.add_parser(
        name,
        help=_(summary),
        description=f"{_(summary)[:1].upper()}{_(summary)[1:]}.",
        epilog=_("example:\n  {example}", example=example),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def add_source(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--source",
        metavar="SRC",
        help=_(
            "camera index or name, video file, or http(s)/rtsp address (default: the settings')"
        ),
    )
    parser.add_argument("--mirror", action="store_true", help=_("the camera gives a mirror image"))
    parser.add_argument(
        "--rotate",
        choices=("0", "90", "180", "270"),
        help=_("turn the picture clockwise by this many degrees"),
    )


def with_camera_options(context: Context, arguments: argparse.Namespace) -> Context:
    """The context with ``--mirror`` and ``--rotate`` put over the settings."""
    options: dict[str, object] = {}
    if arguments.mirror:
        options["mirror"] = True
    if arguments.rotate is not None:
        options["rotate"] = arguments.rotate
    return context.with_camera_options(**options)


def positive(text: str) -> float:
    value = number(text)
    if not value > 0.0:
        raise argparse.ArgumentTypeError(_("{text} must be above 0", text=text))
    return value


def not_negative(text: str) -> float:
    value = number(text)
    if not value >= 0.0:
        raise argparse.ArgumentTypeError(_("{text} must not be negative", text=text))
    return value


def number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(_("{text!r} is not a number", text=text)) from None
    if value in (float("inf"), float("-inf")):
        raise argparse.ArgumentTypeError(_("{text!r} is not a number", text=text))
    return value


def speed(text: str) -> float | None:
    """A factor, or None for ``max``."""
    return None if text == "max" else positive(text)


def _between(value: float, text: str, low: float, high: float, unit: str = "") -> None:
    """Raises ArgumentTypeError where the value lies outside."""
    if not low <= value <= high:
        raise argparse.ArgumentTypeError(
            _(
                "{text}{unit} must lie between {low:g} and {high:g}",
                text=text,
                unit=unit,
                low=low,
                high=high,
            )
        )


def _whole(text: str, low: int, high: int) -> int:
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(_("{text!r} is not a whole number", text=text)) from None
    _between(value, text, low, high)
    return value


def sample_rate(text: str) -> float:
    value = positive(text)
    _between(value, text, 0.05, 60.0)
    return value


def distance(text: str) -> float:
    value = number(text)
    _between(value, text, LEAST_DISTANCE_CM, MOST_DISTANCE_CM, " cm")
    return value


def worker_count(text: str) -> int:
    return _whole(text, 1, 256)


def profile_name(text: str) -> str:
    if not text or len(text) > LONGEST_NAME or not text.isprintable():
        raise argparse.ArgumentTypeError(
            _(
                "a profile's name has 1 to {LONGEST_NAME} printable characters",
                LONGEST_NAME=LONGEST_NAME,
            )
        )
    return text


def minutes(text: str) -> float:
    value = number(text)
    _between(value, text, 1.0, 1440.0, " min")
    return value


def port(text: str) -> int:
    return _whole(text, 0, 65535)


def routine_minutes(text: str) -> float:
    value = number(text)
    _between(value, text, 1.0, 5.0)
    return value

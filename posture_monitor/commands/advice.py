"""``advice``: what helps a tense back, how sure that is, and when to see a doctor."""

from __future__ import annotations

import shutil
import textwrap
from typing import TYPE_CHECKING

from posture_monitor.commands.arguments import Word
from posture_monitor.commands.context import stored_profiles
from posture_monitor.domain import StoreError
from posture_monitor.wording import advice as words
from posture_monitor.wording.language import _

if TYPE_CHECKING:
    import argparse

    from posture_monitor.commands.context import Context

_MOST_COLUMNS = 90


def run_advice(context: Context) -> None:
    """Print it in the terminal's width, with the distance of the last calibration."""
    width = min(shutil.get_terminal_size().columns, _MOST_COLUMNS) - 2
    context.say(_(words.NO_DEVICE))
    for section in words.advice():
        context.say(f"\n{section.title}")
        for point in section.points:
            told = f"{point.text} [{point.sure}; {point.source}]"
            context.say(textwrap.fill(told, width, initial_indent="- ", subsequent_indent="  "))
    distance = _distance(context)
    if distance:
        context.say(f"\n{textwrap.fill(distance, width)}")


def _distance(context: Context) -> str:
    """Of the profile that was made last; empty without one, or without a record."""
    if not context.paths.database_file.exists():
        return ""
    try:
        with context.open_store() as store:
            known = stored_profiles(store)
            order = {one.name: one.created_at for one in store.profiles()}
    except StoreError:
        return ""
    if not known:
        return ""
    latest = known[max(known, key=lambda name: order[name])]
    return words.distance_sentence(latest.distance_cm, measured=latest.distance_measured)


# --------------------------------------------------------------------------- command line


def _advice(context: Context, _arguments: argparse.Namespace) -> None:
    run_advice(context)


WORDS: dict[str, Word] = {
    "advice": Word(_advice),
}

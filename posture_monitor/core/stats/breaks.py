"""What became of the breaks that were asked for, told from what happened next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from posture_monitor.domain import EventKind, ReminderKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, tzinfo

    from posture_monitor.domain import RecordedEvent


class Fate(StrEnum):
    """What became of one break that was asked for."""

    TAKEN = "taken"
    STOOD = "stood"
    """Answered by standing at the desk instead."""
    SKIPPED = "skipped"
    """Declined with the button."""
    SNOOZED = "snoozed"
    """Put off with the button; what comes later counts as asked again."""
    IGNORED = "ignored"
    """Asked for again, since nothing had happened."""
    OPEN = "open"
    """Not known: the record ends, or the monitor did, before anything happened."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One break that was asked for."""

    at: datetime
    fate: Fate


@dataclass(frozen=True, slots=True)
class Breaks:
    """How often a break was asked for, and what came of it.

    ``due`` is the sum of all others but ``natural``.
    """

    due: int = 0
    """Asked for."""
    taken: int = 0
    natural: int = 0
    """Taken without being asked."""
    stood: int = 0
    skipped: int = 0
    ignored: int = 0
    snoozed: int = 0
    open: int = 0
    """What came of it isn't known, or not yet."""


def asked_breaks(events: Iterable[RecordedEvent]) -> tuple[list[Asked], int]:
    """Each break that was asked for with its fate, oldest first; and how many came unasked."""
    found: list[Asked] = []
    natural = 0
    pending: datetime | None = None
    stood = False
    for event in events:
        fate: Fate | None = None
        if event.kind is EventKind.BREAK_DUE:
            fate = Fate.IGNORED
        elif event.kind is EventKind.BREAK_STARTED:
            fate = Fate.TAKEN
            natural += pending is None
        elif event.kind in _ANSWERS and event.detail.reminder in {None, ReminderKind.BREAK}:
            fate = _ANSWERS[event.kind]
        elif event.kind is EventKind.STANDING_STARTED:
            stood = True
        elif event.kind is EventKind.SITTING_STARTED:
            fate = Fate.STOOD if stood else Fate.OPEN
        if fate is None:
            continue
        if pending is not None:
            found.append(Asked(pending, fate))
            pending = None
        if event.kind is EventKind.BREAK_DUE:
            pending, stood = event.at, False
    if pending is not None:
        found.append(Asked(pending, Fate.OPEN))
    return found, natural


_ANSWERS = {EventKind.SKIPPED: Fate.SKIPPED, EventKind.SNOOZED: Fate.SNOOZED}


def count_breaks(events: Iterable[RecordedEvent]) -> Breaks:
    """The fates added up; events come oldest first."""
    asked, natural = asked_breaks(events)
    counts = dict.fromkeys(Fate, 0)
    for one in asked:
        counts[one.fate] += 1
    return Breaks(due=len(asked), natural=natural, **{str(f): n for f, n in counts.items()})


def fates_by_hour(asked: Sequence[Asked], tz: tzinfo | None) -> dict[int, dict[Fate, int]]:
    """How often each fate befell breaks of each local hour (0-23); hours without any are left out.

    A tz of None is the computer's own time zone.
    """
    found: dict[int, dict[Fate, int]] = {}
    for one in asked:
        hour = found.setdefault(one.at.astimezone(tz).hour, dict.fromkeys(Fate, 0))
        hour[one.fate] += 1
    return dict(sorted(found.items()))

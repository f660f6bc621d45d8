"""How times, shares and names are written on the pages."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from posture_monitor.core.stats.breaks import Fate
from posture_monitor.core.stats.change import Direction
from posture_monitor.domain import State
from posture_monitor.wording import names
from posture_monitor.wording.language import N_, Words, _, ngettext

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from posture_monitor.core.stats.change import Change

NOT_KNOWN = N_("not known")
NO_DATA = N_("No data")
STRAINED, NOT_STRAINED, NOT_JUDGED = N_("Strained"), N_("Not strained"), N_("Not judged")

STATE_NAMES = names.STATES
STATE_NOW: Words[str] = Words(
    {
        State.SITTING: N_("Sitting"),
        State.STANDING: N_("Standing"),
        State.AWAY: N_("Away"),
        State.BREAK: N_("On a break"),
        State.UNKNOWN: N_("Can’t tell"),
    }
)

EVENT_NAMES = names.Capitalised(names.EVENTS.marked)
"""Events worth a line on a page."""
REMINDER_NAMES: Mapping[str, str] = names.Capitalised(
    {str(kind): name for kind, name in names.REMINDERS.marked.items()}
)
reason_name = names.reason_name
reason_words = names.reason_words


FATES: Words[Fate] = Words(
    {
        Fate.TAKEN: N_("Taken"),
        Fate.STOOD: N_("Stood"),
        Fate.SKIPPED: N_("Skipped"),
        Fate.SNOOZED: N_("Snoozed"),
        Fate.IGNORED: N_("Ignored"),
        Fate.OPEN: N_("Not known"),
    }
)
FATES_TOLD: Words[Fate] = Words(
    {
        Fate.TAKEN: N_("asked for, and you left the desk"),
        Fate.STOOD: N_("asked for, and you stood up at the desk"),
        Fate.SKIPPED: N_("asked for, and you pressed Skip"),
        Fate.SNOOZED: N_("asked for, and you put it off"),
        Fate.IGNORED: N_("asked for again, as nothing had happened"),
        Fate.OPEN: N_("asked for; what came of it isn’t known, or not yet"),
    }
)
NATURAL, NATURAL_TOLD = N_("Natural"), N_("taken before anything was asked")


def ignored_of(ignored: int, asked: int) -> str:
    """
    >>> ignored_of(4, 9)
    '4 of 9 ignored'
    """
    return _("{ignored} of {asked} ignored", ignored=ignored, asked=asked)


def worst_hour(hour: str, ignored: int, asked: int) -> str:
    """
    >>> worst_hour("14–15 h", 12, 18)
    'Most are ignored at 14–15 h: 12 of 18.'
    """
    return _(
        "Most are ignored at {hour}: {ignored} of {asked}.",
        hour=hour,
        ignored=ignored,
        asked=asked,
    )


def hour_name(hour: int) -> str:
    """
    >>> hour_name(8)
    '08–09 h'
    """
    return _("{hour:02d}–{next:02d} h", hour=hour, next=hour + 1)


def duration(seconds: float | None) -> str:
    """A length of time in the two largest fitting units.

    >>> duration(22_200), duration(90), duration(12.4), duration(0), duration(None)
    ('6 h 10 min', '2 min', '12 s', '0 min', 'not known')
    """
    if seconds is None:
        return _(NOT_KNOWN)
    if 0.5 <= seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes = int(seconds / 60.0 + 0.5)
    return (
        _("{hours} h {minutes:02d} min", hours=minutes // 60, minutes=minutes % 60)
        if minutes >= 60
        else _("{minutes} min", minutes=minutes)
    )


def short_duration(seconds: float) -> str:
    """For narrow places.

    >>> short_duration(22_200), short_duration(1500), short_duration(7200)
    ('6:10 h', '25 min', '2:00 h')
    """
    minutes = int(seconds / 60.0 + 0.5)
    return (
        f"{minutes // 60}:{minutes % 60:02d} h"
        if minutes >= 60
        else _("{minutes} min", minutes=minutes)
    )


def percent(share: float | None) -> str:
    """A share 0-1 in whole per cent.

    >>> percent(0.004), percent(0.38), percent(None)
    ('<1 %', '38 %', 'not known')
    """
    if share is None:
        return _(NOT_KNOWN)
    return "<1 %" if 0.0 < share < 0.01 else f"{100.0 * share:.0f} %"


def from_to_share(first: float, last: float) -> str:
    """
    >>> from_to_share(0.172, 0.09)
    '17 % in the first week, 9 % in the last'
    """
    return _(
        "{first} in the first week, {last} in the last", first=percent(first), last=percent(last)
    )


def score(value: float | None) -> str:
    """A score with what it is counted in; no data is no score."""
    return _(NOT_KNOWN) if value is None else _("{value:.0f} of 100", value=value)


def ago(at: datetime, now: datetime) -> str:
    """How long ago, roughly."""
    gone = max(timedelta(0), now - at)
    if gone < timedelta(minutes=1):
        return _("just now")
    if gone < timedelta(days=2):
        return _("{duration} ago", duration=duration(gone.total_seconds() // 60 * 60))
    return _("{days} days ago", days=gone.days)


def printable(text: str) -> str:
    """The text without characters that steer terminals or writing direction."""
    return "".join(sign if sign.isprintable() else "�" for sign in text)


def hours(seconds: float | None) -> str:
    """Times of whole days, which are compared with each other: hours and tenths.

    >>> hours(22_200), hours(None)
    ('6.2 h', 'not known')
    """
    return _(NOT_KNOWN) if seconds is None else _("{hours:.1f} h", hours=seconds / 3600.0)


def per_day(count: float | None) -> str:
    """
    >>> per_day(10.42), per_day(None)
    ('10.4', 'not known')
    """
    return _(NOT_KNOWN) if count is None else _("{count:.1f}", count=count)


def points(count: float) -> str:
    """
    >>> points(1.2), points(4.0)
    ('1 point', '4 points')
    """
    return ngettext("{count:.0f} point", "{count:.0f} points", count)


def share_points(share: float) -> str:
    """
    >>> share_points(0.012), share_points(0.13)
    ('1 percentage point', '13 percentage points')
    """
    count = round(100.0 * share)
    return ngettext("{count} percentage point", "{count} percentage points", count)


def changed(change: Change, size: Callable[[float], str]) -> str:
    """How something changed, its size written by `size`.

    >>> from posture_monitor.core.stats.change import Change
    >>> changed(Change(0.24, 0.37, Direction.LESS), share_points)
    '13 percentage points less'
    >>> changed(Change(0.24, None, Direction.TOO_FEW), share_points)
    'too few days'
    """
    if change.direction is Direction.SAME:
        return _("the same")
    if change.now is None or change.before is None or change.direction is Direction.TOO_FEW:
        return _("too few days")
    told = size(abs(change.now - change.before))
    return (
        _("{told} more", told=told)
        if change.direction is Direction.MORE
        else _("{told} less", told=told)
    )

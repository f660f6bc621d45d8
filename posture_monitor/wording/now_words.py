"""What the page of the present says about the next break."""

from __future__ import annotations

from posture_monitor.wording.language import N_, _
from posture_monitor.wording.page_words import duration

SMALL_ONES = N_("several small ones")
"""What takes off points, but each too few to be told by its name."""


def break_in(seconds: float) -> str:
    """
    >>> break_in(420.0), break_in(0.4)
    ('Break in 7 min', 'Break now')
    """
    return _("Break now") if seconds < 1.0 else _("Break in {seconds}", seconds=duration(seconds))


def break_overdue(seconds: float) -> str:
    """
    >>> break_overdue(1140.0)
    'Break 19 min overdue'
    """
    return _("Break {seconds} overdue", seconds=duration(seconds))


def sat_so_far(seconds: float, every_min: float) -> str:
    """
    >>> sat_so_far(1380.0, 30.0)
    '23 min of sitting without a break; one is due after 30 min.'
    """
    return _(
        "{seconds} of sitting without a break; one is due after {every_min:g} min.",
        seconds=duration(seconds),
        every_min=every_min,
    )


def next_before(name: str, when: str) -> str:
    """
    >>> next_before("Change position", "in 3 min")
    'Before that: change position in 3 min.'
    """
    return _("Before that: {lower}{name} {when}.", lower=name[:1].lower(), name=name[1:], when=when)


def asked_again(when: str) -> str:
    """
    >>> asked_again("in 4 min")
    'You are reminded again in 4 min.'
    """
    return _("You are reminded again {when}.", when=when)

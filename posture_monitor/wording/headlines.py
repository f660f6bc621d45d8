"""The one sentence on top of a page that looks back, and what is said of goals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posture_monitor.core.stats.change import Direction
from posture_monitor.wording.language import N_, _
from posture_monitor.wording.page_words import percent

if TYPE_CHECKING:
    from posture_monitor.config import GoalSettings
    from posture_monitor.core.stats.change import Change, Trend

_TODAY = {
    Direction.LESS: N_(
        "Less strained than usual so far: {now} of the judged time, usually {before}."
    ),
    Direction.MORE: N_(
        "More strained than usual so far: {now} of the judged time, usually {before}."
    ),
    Direction.SAME: N_("About as strained as usual so far: {now} of the judged time."),
    Direction.TOO_FEW: N_("Strained for {now} of the judged time so far."),
}
_WEEK = {
    Direction.LESS: N_(
        "Less strained than in the week before: {now} of the judged time instead of {before}."
    ),
    Direction.MORE: N_(
        "More strained than in the week before: {now} of the judged time instead of {before}."
    ),
    Direction.SAME: N_("About as strained as in the week before: {now} of the judged time."),
    Direction.TOO_FEW: N_(
        "Strained for {now} of the judged time; there are too few days to compare it "
        "with the week before."
    ),
}
_TREND = {
    Direction.LESS: N_("Strain fell from {before} to {now} of the judged time in {weeks} weeks."),
    Direction.MORE: N_("Strain grew from {before} to {now} of the judged time in {weeks} weeks."),
    Direction.SAME: N_(
        "Strain stayed about the same in {weeks} weeks: {now} of the judged time now."
    ),
    Direction.TOO_FEW: N_("There are too few days to tell a trend yet."),
}


def today(change: Change) -> str:
    """
    >>> from posture_monitor.core.stats.change import Change
    >>> today(Change(0.14, 0.3, Direction.LESS))
    'Less strained than usual so far: 14 % of the judged time, usually 30 %.'
    """
    return _told(_TODAY, change)


def week(change: Change) -> str:
    """
    >>> from posture_monitor.core.stats.change import Change
    >>> week(Change(0.24, 0.26, Direction.SAME))
    'About as strained as in the week before: 24 % of the judged time.'
    """
    return _told(_WEEK, change)


def trend(found: Trend) -> str:
    """
    >>> from posture_monitor.core.stats.change import Change, Trend
    >>> trend(Trend(Change(0.25, 0.39, Direction.LESS), 4))
    'Strain fell from 39 % to 25 % of the judged time in 4 weeks.'
    """
    if found.change.direction is Direction.TOO_FEW:
        return _(_TREND[Direction.TOO_FEW])
    return _told(_TREND, found.change, weeks=found.weeks)


def _told(sentences: dict[Direction, str], change: Change, **values: int) -> str:
    """Empty where nothing was judged."""
    if change.now is None:
        return ""
    now, before = percent(change.now), percent(change.before)
    return _(sentences[change.direction], now=now, before=before, **values)


def goals(wanted: GoalSettings) -> str:
    """
    >>> from posture_monitor.config import GoalSettings
    >>> goals(GoalSettings(longest_sitting_min=60.0, strained_percent=25.0))
    'Your goals: at most 60 min of sitting without a break, and strained at most 25 % of the time.'
    >>> goals(GoalSettings(longest_sitting_min=0.0))
    ''
    """
    sitting, strained = wanted.longest_sitting_min, wanted.strained_percent
    if sitting and strained:
        return _(
            "Your goals: at most {sitting:g} min of sitting without a break, and "
            "strained at most {strained:g} % of the time.",
            sitting=sitting,
            strained=strained,
        )
    if sitting:
        return _("Your goal: at most {sitting:g} min of sitting without a break.", sitting=sitting)
    return (
        _("Your goal: strained at most {strained:g} % of the time.", strained=strained)
        if strained
        else ""
    )


def streak(days: int) -> str:
    """Empty below two days: there is nothing to tell, and nothing to blame.

    >>> streak(1), streak(12)
    ('', 'Within your goals for 12 days in a row.')
    """
    return _("Within your goals for {days} days in a row.", days=days) if days >= 2 else ""


def days_met(count: int, of: int) -> str:
    """
    >>> days_met(4, 5), days_met(0, 0)
    ('Met on 4 of 5 days.', '')
    """
    return _("Met on {count} of {of} days.", count=count, of=of) if of else ""

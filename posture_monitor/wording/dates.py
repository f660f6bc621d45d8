"""Days as people write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posture_monitor.wording.language import N_, _

if TYPE_CHECKING:
    from datetime import date

_DAYS = (
    *(N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday")),
    *(N_("Saturday"), N_("Sunday")),
)
_SHORT_DAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
_MONTHS = (
    *(N_("January"), N_("February"), N_("March"), N_("April"), N_("May"), N_("June")),
    *(N_("July"), N_("August"), N_("September"), N_("October"), N_("November"), N_("December")),
)
_SHORT_MONTHS = (
    *(N_("Jan"), N_("Feb"), N_("Mar"), N_("Apr"), N_("May"), N_("Jun")),
    *(N_("Jul"), N_("Aug"), N_("Sep"), N_("Oct"), N_("Nov"), N_("Dec")),
)


def weekday(day: date) -> str:
    """The short name of the day of the week."""
    return _(_SHORT_DAYS[day.weekday()])


def short_days() -> list[str]:
    """The short names of the days of the week from Monday on."""
    return [_(name) for name in _SHORT_DAYS]


def long_weekday(day: date) -> str:
    """The day of the week."""
    return _(_DAYS[day.weekday()])


def month(day: date) -> str:
    """The month's name."""
    return _(_MONTHS[day.month - 1])


def day_name(day: date) -> str:
    """
    >>> from datetime import date
    >>> day_name(date(2026, 11, 28))
    'Saturday 28 November 2026'
    """
    return _(
        "{weekday} {day} {month} {year}",
        weekday=long_weekday(day),
        day=day.day,
        month=month(day),
        year=day.year,
    )


def short_day(day: date) -> str:
    """
    >>> from datetime import date
    >>> short_day(date(2026, 11, 28))
    'Sat 28 Nov'
    """
    return _(
        "{weekday} {day} {month}",
        weekday=weekday(day),
        day=day.day,
        month=_(_SHORT_MONTHS[day.month - 1]),
    )


def span_name(first: date, last: date) -> str:
    """Two dates without what they share.

    >>> from datetime import date
    >>> span_name(date(2026, 3, 2), date(2026, 3, 8))
    '2–8 March 2026'
    >>> span_name(date(2026, 2, 23), date(2026, 3, 1))
    '23 February – 1 March 2026'
    """
    until = _("{day} {month} {year}", day=last.day, month=month(last), year=last.year)
    if (first.year, first.month) == (last.year, last.month):
        return _("{first}–{until}", first=first.day, until=until)
    if first.year == last.year:
        return _("{first} {month} – {until}", first=first.day, month=month(first), until=until)
    since = _("{day} {month} {year}", day=first.day, month=month(first), year=first.year)
    return f"{since} – {until}"

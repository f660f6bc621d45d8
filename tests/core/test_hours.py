"""Times of the week to watch at, and times to be silent."""

from __future__ import annotations

from datetime import datetime

import pytest

from posture_monitor.config import HourSettings
from posture_monitor.core.day.hours import is_quiet, is_watched, within

OFFICE = HourSettings(days="mon tue wed thu fri", watch_from="08:00", watch_until="18:00")
NIGHTS = HourSettings(days="mon tue wed thu fri", watch_from="22:00", watch_until="06:00")


def at(text):
    """A local time; 2 March 2026 is a Monday."""
    return datetime.fromisoformat(f"2026-03-{text}").astimezone()


@pytest.mark.parametrize(
    ("start", "end", "minute", "expected"),
    [
        ("08:00", "18:00", 8 * 60, True),
        ("08:00", "18:00", 8 * 60 - 1, False),
        ("08:00", "18:00", 18 * 60, False),
        ("00:00", "24:00", 24 * 60 - 1, True),
        ("22:30", "07:00", 22 * 60 + 29, False),
        ("22:30", "07:00", 22 * 60 + 30, True),
        ("22:30", "07:00", 0, True),
        ("22:30", "07:00", 7 * 60, False),
        ("12:00", "12:00", 12 * 60, False),
    ],
)
def test_span_of_the_day_holds_its_first_minute_and_not_its_last(start, end, minute, expected):
    assert within(start, end, minute) is expected


@pytest.mark.parametrize(
    ("when", "watched"),
    [
        ("02T08:00", True),
        ("02T07:59", False),
        ("02T18:00", False),
        ("06T17:59", True),
        ("07T09:00", False),
    ],
    ids=["Monday at 8", "before", "after", "Friday evening", "Saturday"],
)
def test_someone_is_watched_in_the_hours_and_on_the_days_they_named(when, watched):
    assert is_watched(OFFICE, at(when)) is watched


@pytest.mark.parametrize(
    ("when", "watched"),
    [
        ("06T23:00", True),
        ("07T05:59", True),
        ("07T23:00", False),
        ("09T01:00", False),
        ("09T22:00", True),
    ],
    ids=["Friday night", "its end on Saturday", "Saturday night", "early Monday", "Monday night"],
)
def test_night_shift_belongs_to_the_day_on_which_it_began(when, watched):
    assert is_watched(NIGHTS, at(when)) is watched


def test_every_hour_is_watched_and_none_is_quiet_unless_told_otherwise():
    hours = HourSettings()

    assert [is_watched(hours, at(f"08T{hour:02}:30")) for hour in range(24)] == [True] * 24
    assert [is_quiet(hours, at(f"08T{hour:02}:30")) for hour in range(24)] == [False] * 24


def test_quiet_hours_go_over_midnight_on_every_day():
    hours = HourSettings(days="mon", quiet_from="20:00", quiet_until="07:00")

    assert is_quiet(hours, at("04T20:00"))
    assert is_quiet(hours, at("05T06:59"))
    assert not is_quiet(hours, at("05T07:00"))


def test_quiet_hours_begin_and_end_at_a_minute():
    hours = HourSettings(quiet_from="12:15", quiet_until="12:45")

    assert [is_quiet(hours, at(f"04T12:{minute}")) for minute in (14, 15, 44, 45)] == [
        *(False, True, True, False)
    ]

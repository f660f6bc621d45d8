"""How much somebody moved about, and how often they drank."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from posture_monitor.core.stats.variety import Drinks, Variety, drinks_of, variety_of
from posture_monitor.domain import EventKind, Interval, RecordedEvent, State

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NINE + timedelta(minutes=minutes)


def row(*parts: tuple[State, float]) -> list[Interval]:
    """States one after the other, in minutes; UNKNOWN of 0 minutes leaves a gap of 5."""
    intervals, minutes = [], 0.0
    for state, length in parts:
        if length:
            intervals.append(Interval(at(minutes), length * 60.0, state, None))
        minutes += length or 5.0
    return intervals


def shifts(*minutes: float) -> list[RecordedEvent]:
    return [RecordedEvent(at(m), EventKind.POSITION_CHANGED) for m in minutes]


def test_shifts_standing_and_leaving_are_changes_and_coming_back_is_none():
    told = row(
        (State.SITTING, 40.0), (State.STANDING, 20.0), (State.AWAY, 1.0), (State.SITTING, 60.0)
    )
    variety = variety_of(told, shifts(10.0, 30.0))

    assert variety == Variety(4, 2.0, 3600.0)


def test_the_longest_time_in_one_position_ends_with_a_shift_and_with_anything_unknown():
    told = row(
        (State.SITTING, 20.0), (State.SITTING, 20.0), (State.UNKNOWN, 5.0), (State.SITTING, 24.0)
    )

    assert variety_of(told, shifts(15.0)).longest_still_s == 1500.0
    gap = row((State.SITTING, 20.0), (State.UNKNOWN, 0.0), (State.SITTING, 21.0))
    assert variety_of(gap, []).longest_still_s == 21 * 60.0
    left_unseen = row((State.SITTING, 20.0), (State.UNKNOWN, 0.0), (State.AWAY, 5.0))
    assert variety_of(left_unseen, []).changes == 0


def test_too_little_time_has_no_rate_and_none_at_all_no_longest():
    assert variety_of(row((State.SITTING, 29.0)), shifts(3.0)) == Variety(1, None, 26 * 60.0)
    assert variety_of(row((State.AWAY, 90.0)), []) == Variety(0, None, None)
    assert variety_of([], []) == Variety()


@pytest.mark.parametrize(
    ("minutes", "found"),
    [
        ((), Drinks()),
        ((5,), Drinks(1, None)),
        ((0, 60, 90), Drinks(3, 45 * 60.0)),
        ((0, 24 * 60), Drinks(2, None)),
    ],
)
def test_drinks_are_counted_with_their_middle_interval_within_a_day(minutes, found):
    events = [RecordedEvent(at(m), EventKind.DRANK) for m in minutes]

    assert drinks_of([*events, *shifts(2.0)]) == found

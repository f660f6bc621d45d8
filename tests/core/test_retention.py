"""A clock that is years ahead at one start makes nothing old; a real absence is believed later."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from posture_monitor.core.day.retention import believed_until

YEAR = 400


def at(year, month, day):
    return datetime(year, month, day, 12, tzinfo=UTC)


def recorded(first, count):
    return [first + timedelta(days=number) for number in range(count)]


MARCH = recorded(date(2026, 3, 2), 5)


def test_without_a_record_and_after_recorded_days_the_clock_is_believed():
    assert believed_until([], at(2026, 3, 2), YEAR) == at(2026, 3, 2)
    assert believed_until(MARCH, at(2026, 3, 7), YEAR) == at(2026, 3, 7)
    assert believed_until(MARCH, at(2026, 3, 6), YEAR) == at(2026, 3, 6)


@pytest.mark.parametrize(
    ("day", "believed"), [(at(2026, 4, 5), at(2026, 4, 5)), (at(2026, 4, 6), at(2026, 3, 7))]
)
def test_30_days_without_a_record_need_no_proof_and_more_do(day, believed):
    assert believed_until(MARCH, day, YEAR) == believed.replace(hour=12 if believed == day else 0)


def test_clock_years_ahead_counts_from_the_last_day_before_the_jump():
    end = datetime(2026, 3, 7, tzinfo=UTC)
    assert believed_until(MARCH, at(2029, 3, 7), YEAR) == end
    # The first start with that clock recorded something; so did five days and today.
    ahead = recorded(date(2029, 3, 7), 7)
    assert believed_until([*MARCH, ahead[0]], at(2029, 3, 7), YEAR) == end
    assert believed_until([*ahead, *MARCH], at(2029, 3, 13), YEAR) == end


def test_gap_is_believed_once_seven_days_were_recorded_after_it():
    back = recorded(date(2026, 9, 1), 7)
    assert believed_until([*MARCH, *back], at(2026, 9, 8), YEAR) == at(2026, 9, 8)
    # On the seventh of them there are but six.
    assert believed_until([*MARCH, *back], at(2026, 9, 7), YEAR) == datetime(2026, 3, 7, tzinfo=UTC)


def test_a_second_jump_is_doubted_after_a_first_that_was_proved():
    back = recorded(date(2026, 9, 1), 7)
    end = datetime(2026, 9, 8, tzinfo=UTC)
    assert believed_until([*MARCH, *back], at(2030, 1, 1), YEAR) == end


def test_days_ahead_of_the_clock_are_no_evidence():
    wrong = recorded(date(2029, 3, 7), 20)
    assert believed_until([*MARCH, *wrong], at(2026, 3, 7), YEAR) == at(2026, 3, 7)


def test_short_retention_doubts_shorter_jumps_and_needs_fewer_days():
    friday = [date(2026, 3, 6)]
    end = datetime(2026, 3, 7, tzinfo=UTC)
    assert believed_until(friday, at(2026, 3, 9), 1) == end
    assert believed_until([*friday, date(2026, 3, 9)], at(2026, 3, 9), 1) == end
    assert believed_until([*friday, date(2026, 3, 9)], at(2026, 3, 10), 1) == at(2026, 3, 10)


def test_today_is_that_of_utc_whatever_the_zone_of_the_clock():
    tokyo = timezone(timedelta(hours=9))
    now = datetime(2026, 4, 6, 3, tzinfo=tokyo)  # the 5th in UTC
    assert believed_until(MARCH, now, YEAR) == now

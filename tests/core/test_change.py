"""A change is told only where days differ by more than they do by chance."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from posture_monitor.config import GoalSettings
from posture_monitor.core.stats.change import (
    Change,
    DayValue,
    Direction,
    Trend,
    against_usual,
    compared,
    strained_shares,
    trend,
)
from posture_monitor.core.stats.goals import met, streak
from posture_monitor.core.stats.summary import days_of
from posture_monitor.domain import Interval, State

TODAY = date(2026, 3, 12)


def day(number, *, strained_min=0.0, judged=True, sat_min=120.0):
    """A day this many days ago, of one sitting spell with strain at its end."""
    at = datetime(2026, 3, 12, 9, tzinfo=UTC) - timedelta(days=number)
    pieces = []
    for minutes, strained in ((sat_min - strained_min, False), (strained_min, True)):
        if minutes:
            seconds = minutes * 60.0
            judged_s = seconds if judged else 0.0
            pieces.append(
                Interval(at, seconds, State.SITTING, strained if judged else None, (), judged_s,
                         judged_s * 80.0)
            )  # fmt: skip
            at += timedelta(seconds=seconds)
    (found,) = days_of(pieces, [], UTC)
    return found


def values(*numbers):
    return [DayValue(number) for number in numbers]


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        ((), (), Change(None, None, Direction.TOO_FEW)),
        ((5.0,), (1.0, 1.0), Change(5.0, 1.0, Direction.TOO_FEW)),
        ((5.0, 5.0), (1.0, 1.0), Change(5.0, 1.0, Direction.MORE)),
        ((1.0, 1.0), (5.0, 5.0), Change(1.0, 5.0, Direction.LESS)),
        ((10.0, 20.0), (11.0, 23.0), Change(15.0, 17.0, Direction.SAME)),
        ((1.0, 1.0), (1.3, 1.3), Change(1.0, 1.3, Direction.SAME)),  # below what is printed
    ],
)
def test_a_difference_within_the_noise_of_days_is_none(now, before, expected):
    assert compared(values(*now), values(*before), least=0.5) == expected


def test_the_noise_is_two_standard_errors_of_the_difference():
    # Both means have an error of 1: the difference has one of 1.414.
    assert compared(values(9.0, 11.0), values(12.8, 10.8)).direction is Direction.SAME
    assert compared(values(9.0, 11.0), values(13.9, 11.9)).direction is Direction.LESS


def test_a_long_day_weighs_more_than_a_short_one():
    found = compared([DayValue(1.0, 3.0), DayValue(5.0, 1.0)], values(2.0, 2.0))

    assert found == Change(2.0, 2.0, Direction.SAME)


def test_days_without_a_judgement_have_no_strained_share():
    days = [day(0, strained_min=30.0), day(1, judged=False)]

    assert strained_shares(days) == [DayValue(0.25, 7200.0)]


@pytest.mark.parametrize(
    ("strained_min", "direction"),
    [(10.0, Direction.LESS), (36.0, Direction.SAME), (90.0, Direction.MORE)],
)
def test_today_is_unusual_outside_the_middle_half_of_days(strained_min, direction):
    earlier = [day(n, strained_min=12.0 * n) for n in range(1, 6)]

    found = against_usual(day(0, strained_min=strained_min), earlier)

    assert found == Change(strained_min / 120.0, pytest.approx(0.3), direction)


def test_without_five_days_or_half_an_hour_nothing_is_usual():
    earlier = [day(n, strained_min=12.0 * n) for n in range(1, 6)]
    short = day(0, strained_min=5.0, sat_min=20.0)

    assert against_usual(day(0, strained_min=60.0), earlier[1:]) == Change(
        0.5, None, Direction.TOO_FEW
    )
    assert against_usual(short, earlier) == Change(0.25, None, Direction.TOO_FEW)
    assert against_usual(day(0, judged=False), earlier).now is None


def week(ago, strained_min):
    return [day(7 * ago + n, strained_min=strained_min + n) for n in range(3)]


def test_a_trend_leads_from_the_first_week_with_data_to_the_last():
    found = trend([week(3, 60.0), [], week(1, 40.0), week(0, 24.0)])

    assert found == Trend(
        Change(pytest.approx(25 / 120), pytest.approx(61 / 120), Direction.LESS), 4
    )


def test_of_many_weeks_the_first_and_last_four_are_compared():
    found = trend([week(9 - n, 10.0 * n) for n in range(10)])

    assert found.change.before == pytest.approx(16 / 120)
    assert found.change.now == pytest.approx(76 / 120)
    assert found.weeks == 10


def test_one_week_or_none_makes_no_trend():
    assert trend([[], [], [], []]) == Trend(Change(None, None, Direction.TOO_FEW), 0)
    assert trend([[], [], [], week(0, 30.0)]).change.direction is Direction.TOO_FEW


GOALS = GoalSettings(longest_sitting_min=60.0, strained_percent=25.0)


@pytest.mark.parametrize(
    ("changes", "goals", "expected"),
    [
        ({"sat_min": 60.0, "strained_min": 15.0}, GOALS, True),
        ({"sat_min": 61.0, "strained_min": 15.0}, GOALS, False),
        ({"sat_min": 60.0, "strained_min": 16.0}, GOALS, False),
        ({"sat_min": 60.0, "judged": False}, GOALS, True),
        ({"sat_min": 59.0}, GOALS, None),
        ({"sat_min": 300.0}, GoalSettings(longest_sitting_min=0.0), None),
    ],
)
def test_a_day_meets_its_goals_or_misses_them_or_says_nothing(changes, goals, expected):
    assert met(day(0, **changes), goals) is expected


def test_a_streak_counts_back_from_yesterday_over_days_without_data():
    kept = [day(n, sat_min=60.0) for n in (1, 2, 5, 6)]

    assert streak(kept, GOALS, TODAY) == 4
    assert streak([*kept, day(0, sat_min=60.0)], GOALS, TODAY) == 4
    assert streak([*kept, day(0, sat_min=90.0)], GOALS, TODAY) == 0
    assert streak([*kept, day(4, sat_min=90.0)], GOALS, TODAY) == 2
    assert streak([], GOALS, TODAY) == 0

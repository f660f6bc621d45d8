"""How long after sitting down posture fades, and when nobody can tell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from posture_monitor.core.stats.fading import Fading, faded_after_s, fading, interval_ranks
from posture_monitor.core.stats.summary import sitting_spells, summarise, to_document
from posture_monitor.domain import Interval, State

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def sat(minute: float, minutes: float, score: float | None) -> Interval:
    """Some minutes of sitting with one score; None: posture could not be judged."""
    seconds = minutes * 60.0
    return Interval(
        start_at=NINE + timedelta(minutes=minute),
        duration_s=seconds,
        state=State.SITTING,
        strained=None if score is None else False,
        judged_s=0.0 if score is None else seconds,
        score_seconds=0.0 if score is None else seconds * score,
    )


def spell(first_minute: float, fades_after: float | None, length: float = 40.0) -> list[Interval]:
    """A spell in pieces of five minutes: 90 points, and 70 from the fading on."""
    return [
        sat(first_minute + m, 5, 70.0 if fades_after is not None and m >= fades_after else 90.0)
        for m in range(0, int(length), 5)
    ]


def day(*fades_after: float | None) -> list[Interval]:
    """Spells of 40 minutes, an hour apart."""
    return [piece for n, after in enumerate(fades_after) for piece in spell(60.0 * n, after)]


def test_posture_has_faded_when_the_score_stays_ten_points_below_its_start():
    assert faded_after_s(spell(0, 20)) == 20 * 60.0
    assert faded_after_s(spell(0, None)) is None


def test_a_short_dip_is_no_fading():
    dip = [sat(0, 5, 90), sat(5, 10, 90), sat(15, 2, 60), sat(17, 20, 88)]

    assert faded_after_s(dip) is None


def test_a_spell_whose_start_could_not_be_judged_says_nothing():
    assert faded_after_s([sat(0, 5, None), sat(5, 30, 60)]) is None


def test_time_that_could_not_be_judged_neither_fades_nor_recovers():
    pieces = [sat(0, 5, 90), sat(5, 3, 60), sat(8, 10, None), sat(18, 3, 60)]

    assert faded_after_s(pieces) == 5 * 60.0


def test_the_median_spell_is_told_with_the_interval_of_its_order():
    pieces = day(10, 15, 15, 20, 25, 25, 30)

    # Seven spells: 95 % lie between the first and the last (2 x 0.5^7 = 1.6 %).
    assert interval_ranks(7) == (1, 7)
    assert fading(sitting_spells(pieces), pieces) == Fading(1200.0, 600.0, 1800.0, 7)


def test_where_some_spells_never_faded_the_interval_is_open():
    pieces = day(10, 15, 15, 20, 25, None)

    assert fading(sitting_spells(pieces), pieces) == Fading(1200.0, 600.0, None, 6)


def test_where_half_of_the_spells_never_faded_nobody_can_tell():
    pieces = day(10, 15, 15, None, None, None)

    assert fading(sitting_spells(pieces), pieces) is None


def test_five_spells_are_too_few_and_short_or_unseen_ones_do_not_count():
    few = day(10, 15, 15, 20, 25)
    short = [*few, *spell(360, 10, length=15)]
    unseen = [*few, sat(360, 40, None)]

    assert fading(sitting_spells(few), few) is None
    assert fading(sitting_spells(short), short) is None
    assert fading(sitting_spells(unseen), unseen) is None


def test_the_summary_and_its_document_tell_it_or_say_null():
    since, until = NINE, NINE + timedelta(days=1)
    told = summarise(day(10, 15, 15, 20, 25, 25, 30), [], since=since, until=until, tz=UTC)
    untold = summarise(day(10), [], since=since, until=until, tz=UTC)

    assert to_document(told)["posture_fades_after"] == {
        "median_s": 1200.0,
        "low_s": 600.0,
        "high_s": 1800.0,
        "spells": 7,
    }
    assert to_document(untold)["posture_fades_after"] is None


def test_a_start_a_drop_and_a_stay_are_judged_to_the_second_and_the_point():
    def faded(*pieces):
        return faded_after_s([sat(first, length, score) for first, length, score in pieces])

    start = (0, 5, 90.0)

    assert faded(start, (5, 5, 79.9)) == 300.0
    assert faded(start, (5, 5, 80.0)) is None  # ten points are not below ten points
    assert faded(start, (5, 4.99, 70.0)) is None
    # What begins within the first five minutes belongs to the start, however long it lasts.
    assert faded((0, 4.99, 90.0), (4.99, 4, 70.0), (8.99, 5, 76.0)) is None
    assert faded((0, 4.99, 90.0), (4.99, 4, 70.0), (8.99, 5, 71.0)) == pytest.approx(8.99 * 60)


def test_spells_of_twenty_minutes_count():
    def of(minutes):
        return [piece for n in range(6) for piece in spell(60.0 * n, 10, length=minutes)]

    assert fading(sitting_spells(of(20)), of(20)) == Fading(600.0, 600.0, 600.0, 6)
    assert fading(sitting_spells(of(15)), of(15)) is None


def test_the_ranks_are_those_of_the_binomial():
    assert [interval_ranks(n) for n in (5, 6, 8, 9, 17, 100)] == [
        *(None, (1, 6), (1, 8), (2, 8), (5, 13), (40, 61))
    ]

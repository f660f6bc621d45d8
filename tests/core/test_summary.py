"""Intervals and events add up to what the user did, and to nothing that nobody saw."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture_monitor.config import SittingSettings
from posture_monitor.core.stats.breaks import (
    Breaks,
    Fate,
    asked_breaks,
    count_breaks,
    fates_by_hour,
)
from posture_monitor.core.stats.spells import Spell
from posture_monitor.core.stats.summary import (
    Session,
    clip,
    midnight_after,
    sessions,
    sitting_spells,
    split_by_day,
    summarise,
    to_document,
)
from posture_monitor.domain import EventKind, Interval, Reason, RecordedEvent, ReminderKind, State
from posture_monitor.history.details import from_words

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY_START, DAY_END = NINE - timedelta(hours=9), NINE + timedelta(hours=15)
BERLIN = ZoneInfo("Europe/Berlin")
S, T, A, B, U = State.SITTING, State.STANDING, State.AWAY, State.BREAK, State.UNKNOWN


def minutes(count):
    return timedelta(minutes=count)


def interval(state=S, at_min=0.0, length_min=1.0, **changes):
    return Interval(
        NINE + minutes(at_min), length_min * 60.0, state, **{"strained": None, **changes}
    )


def judged(at_min=0.0, length_min=1.0, *, score=90.0, reasons=()):
    seconds = length_min * 60.0
    return interval(
        S,
        at_min,
        length_min,
        strained=bool(reasons),
        reasons=reasons,
        judged_s=seconds,
        score_seconds=score * seconds,
    )


def film(*scenes, start_min=0.0):
    """Intervals one after another from (state, minutes); a state of None is not observed."""
    intervals = []
    for state, length_min in scenes:
        if state is not None:
            intervals.append(interval(state, start_min, length_min))
        start_min += length_min
    return intervals


def event(kind, at_min=0.0, detail=""):
    return RecordedEvent(NINE + minutes(at_min), kind, from_words(kind, detail))


def summary_of(intervals=(), events=(), *, since=DAY_START, until=DAY_END, tz=UTC, **settings):
    return summarise(
        intervals, events, since=since, until=until, tz=tz, settings=SittingSettings(**settings)
    )


def spells_min(*scenes, **settings):
    spells = sitting_spells(film(*scenes), SittingSettings(**settings))
    return [spell.sitting_s / 60.0 for spell in spells]


# --------------------------------------------------------------------------- adding up


def test_each_state_has_its_own_sum_and_together_they_are_what_was_observed():
    summary = summary_of(film((S, 10), (T, 3), (A, 1), (B, 5), (U, 2), (S, 4)))

    assert summary.sitting_s == 840.0
    assert summary.standing_s == 180.0
    assert summary.away_s == 60.0
    assert summary.break_s == 300.0
    assert summary.unknown_s == 120.0
    assert summary.observed_s == 1500.0


def test_the_mean_score_weighs_by_judged_time():
    summary = summary_of([judged(0, 3, score=90.0), judged(3, 1, score=50.0), interval(S, 4, 60)])

    assert summary.mean_score == 80.0
    assert summary.judged_s == 240.0


def test_strained_time_counts_once_however_many_reasons_there_were():
    summary = summary_of(
        [
            judged(0, 2, reasons=(Reason.SLOUCH, Reason.HEAD_DOWN)),
            judged(2, 1, reasons=(Reason.SLOUCH,)),
            judged(3, 5),
        ]
    )

    assert summary.strained_s == 180.0
    assert summary.strained_by_reason_s == {Reason.SLOUCH: 180.0, Reason.HEAD_DOWN: 120.0}
    assert summary.strained_share == 0.375


def test_reasons_of_time_that_was_not_held_as_strained_do_not_count():
    relaxed = interval(S, strained=False, reasons=(Reason.SLOUCH,), judged_s=60.0)

    assert summary_of([relaxed]).strained_by_reason_s == {}


def test_coverage_is_the_share_of_possible_presence_that_could_be_judged():
    summary = summary_of([judged(0, 6), interval(U, 6, 2), interval(A, 8, 1), interval(B, 9, 9)])

    assert summary.coverage == 0.75


def test_away_all_day_there_was_nothing_to_judge():
    summary = summary_of(film((B, 600)))

    assert summary.coverage is None
    assert summary.strained_share is None
    assert summary.mean_score is None
    assert summary.longest_sitting_s == 0.0


def test_only_what_lies_in_the_asked_range_counts():
    summary = summary_of(
        [judged(0, 10), judged(20, 10)],
        [event(EventKind.MOVE_DUE, 1), event(EventKind.MOVE_DUE, 6), event(EventKind.MOVE_DUE, 25)],
        since=NINE + minutes(5),
        until=NINE + minutes(25),
    )

    assert summary.observed_s == 600.0
    assert summary.judged_s == 600.0
    assert summary.reminders[ReminderKind.MOVE] == 1


@given(
    st.lists(
        st.tuples(
            st.floats(-3000, 3000), st.floats(0.001, 90000), st.sampled_from(State), st.booleans()
        ),
        max_size=12,
    )
)
def test_the_states_always_add_up_to_what_was_observed_and_the_days_to_the_whole(facts):
    intervals = [
        Interval(NINE + minutes(at_min), s, state, strained, judged_s=s / 2, score_seconds=s * 40)
        for at_min, s, state, strained in facts
    ]
    since, until = NINE - timedelta(days=9), NINE + timedelta(days=9)
    summary = summary_of(intervals, since=since, until=until, tz=BERLIN)
    told_s = sum(interval.duration_s for interval in intervals)
    parts = ("sitting_s", "standing_s", "away_s", "break_s", "unknown_s")

    assert summary.observed_s == sum(getattr(summary, part) for part in parts)
    assert summary.observed_s == pytest.approx(told_s)
    assert sum(spell.sitting_s for spell in summary.spells) == pytest.approx(summary.sitting_s)
    assert sum(day.observed_s for day in summary.days) == pytest.approx(told_s, abs=1e-3)
    assert sum(day.judged_s for day in summary.days) == pytest.approx(told_s / 2, abs=1e-3)
    assert all(day.mean_score == pytest.approx(80.0) for day in summary.days)
    assert all(day.observed_s <= 25 * 3600 * len(facts) for day in summary.days)


# --------------------------------------------------------------------------- cutting


def test_an_interval_is_shared_out_in_proportion_to_time():
    whole = judged(0, 10, score=80.0)

    assert clip(whole, NINE + minutes(2), NINE + minutes(4)) == judged(2, 2, score=80.0)
    assert clip(whole) is whole
    assert clip(whole, DAY_START, DAY_END) is whole
    assert clip(whole, since=NINE + minutes(10)) is None
    assert clip(whole, until=NINE) is None
    assert clip(interval(length_min=0.0), DAY_START, DAY_END) is None


def test_cutting_by_local_times_around_a_clock_change_keeps_the_true_length():
    night = Interval(datetime(2026, 3, 28, 20, tzinfo=UTC), 12 * 3600.0, A, None)
    since = datetime(2026, 3, 29, 1, tzinfo=BERLIN)
    until = datetime(2026, 3, 29, 4, tzinfo=BERLIN)

    assert clip(night, since, until) == Interval(
        datetime(2026, 3, 29, 0, tzinfo=UTC), 2 * 3600.0, A, None
    )


def test_an_interval_across_midnight_belongs_to_both_local_dates():
    late = Interval(datetime(2026, 3, 2, 22, 30, tzinfo=UTC), 3600.0, S, None)

    assert split_by_day([late], BERLIN) == {
        date(2026, 3, 2): [Interval(datetime(2026, 3, 2, 22, 30, tzinfo=UTC), 1800.0, S, None)],
        date(2026, 3, 3): [Interval(datetime(2026, 3, 2, 23, tzinfo=UTC), 1800.0, S, None)],
    }
    assert split_by_day([late], UTC) == {date(2026, 3, 2): [late]}


def test_the_next_midnight_is_the_local_one():
    midnight = midnight_after(datetime(2026, 3, 2, 22, 30, tzinfo=UTC), BERLIN)

    assert midnight.isoformat() == "2026-03-02T23:00:00+00:00"


def test_an_interval_without_length_belongs_to_no_day():
    assert split_by_day([interval(length_min=0.0)], UTC) == {}
    assert summary_of([interval(length_min=0.0)]).days == ()


@pytest.mark.parametrize(
    ("zone", "start_at", "hours_by_date"),
    [
        # Spring: the clock jumps from 02:00 to 03:00, the day has 23 hours.
        ("Europe/Berlin", "2026-03-28T23:00Z", {"2026-03-29": 23, "2026-03-30": 24}),
        # Autumn: the hour from 02:00 comes twice, the day has 25 hours.
        ("Europe/Berlin", "2026-10-24T22:00Z", {"2026-10-25": 25, "2026-10-26": 24}),
        # The clock jumps at midnight: 2018-11-04 began at 01:00.
        ("America/Sao_Paulo", "2018-11-03T03:00Z", {"2018-11-03": 24, "2018-11-04": 23}),
        # 2011-12-30 did not exist.
        ("Pacific/Apia", "2011-12-29T10:00Z", {"2011-12-29": 24, "2011-12-31": 24}),
    ],
)
def test_days_with_a_clock_change_have_their_true_length(zone, start_at, hours_by_date):
    seconds = sum(hours_by_date.values()) * 3600.0
    whole = Interval(datetime.fromisoformat(start_at), seconds, A, None)
    days = split_by_day([whole], ZoneInfo(zone))

    assert {
        str(day): sum(piece.duration_s for piece in pieces) / 3600.0 for day, pieces in days.items()
    } == hours_by_date


# --------------------------------------------------------------------------- days


def test_a_day_without_data_is_absent_and_invents_no_score():
    monday = judged(0, 60, score=80.0)
    wednesday = judged(2 * 24 * 60, 30, score=60.0, reasons=(Reason.SLOUCH,))
    summary = summary_of([monday, wednesday], until=DAY_END + timedelta(days=6))

    assert [(day.date, day.mean_score, day.strained_s) for day in summary.days] == [
        (date(2026, 3, 2), 80.0, 0.0),
        (date(2026, 3, 4), 60.0, 1800.0),
    ]


def test_events_count_for_the_local_date_on_which_they_happened():
    intervals = film((S, 24 * 60))
    events = [event(EventKind.WATER_DUE, 13 * 60 + 59), event(EventKind.WATER_DUE, 14 * 60)]
    summary = summary_of(intervals, events, until=DAY_END + timedelta(days=1), tz=BERLIN)

    assert [day.reminders[ReminderKind.WATER] for day in summary.days] == [1, 1]
    assert summary.reminders[ReminderKind.WATER] == 2


def test_a_spell_across_midnight_is_one_spell_and_each_day_has_its_part():
    summary = summary_of(
        film((S, 120), start_min=13 * 60), until=DAY_END + timedelta(days=1), tz=BERLIN
    )

    assert summary.longest_sitting_s == 7200.0
    assert [day.longest_sitting_s for day in summary.days] == [3600.0, 3600.0]


# --------------------------------------------------------------------------- sitting spells


@pytest.mark.parametrize(
    ("scenes", "expected_min"),
    [
        ([(S, 10), (S, 10)], [20]),
        # A short absence pauses.
        ([(S, 10), (A, 1.9), (S, 10)], [20]),
        # Two minutes away end it, in one piece, in two, or before the camera slept.
        ([(S, 10), (A, 2), (S, 10)], [10, 10]),
        ([(S, 10), (A, 1), (U, 0.1), (A, 1), (S, 10)], [10, 10]),
        ([(S, 10), (A, 1), (None, 1), (S, 10)], [10, 10]),
        # Separate short absences are separate pauses.
        ([(S, 10), (A, 1.5), (S, 10), (A, 1.5), (S, 10)], [30]),
        # A break ends it, however short its record.
        ([(S, 10), (B, 0.1), (S, 10)], [10, 10]),
        # More than a minute of standing ends it; up to one doesn't.
        ([(S, 10), (T, 1), (S, 10)], [20]),
        ([(S, 10), (T, 1.1), (S, 10)], [10, 10]),
        ([(S, 10), (T, 0.6), (S, 10), (T, 0.6), (S, 10)], [30]),
        ([(S, 10), (T, 0.6), (A, 0.5), (T, 0.5), (S, 10)], [10, 10]),
        # Not knowing pauses, but not for ever.
        ([(S, 10), (U, 20), (S, 10)], [20]),
        ([(S, 10), (U, 30), (S, 10)], [10, 10]),
        ([(S, 10), (U, 29), (A, 1), (S, 10)], [10, 10]),
        # The monitor wasn't running.
        ([(S, 10), (None, 1), (S, 10)], [20]),
        ([(S, 10), (None, 2), (S, 10)], [10, 10]),
        ([(A, 10), (T, 3), (U, 1)], []),
    ],
)
def test_a_sitting_spell_lasts_until_a_break_standing_or_an_absence(scenes, expected_min):
    assert spells_min(*scenes) == pytest.approx(expected_min)


def test_the_settings_say_what_ends_a_spell():
    assert spells_min((S, 10), (A, 2), (S, 10), min_break_s=180.0) == [20]
    assert spells_min((S, 10), (T, 2), (S, 10), stand_s=120.0) == [20]
    assert spells_min((S, 10), (U, 6), (S, 10), session_end_min=5.0) == [10, 10]


def test_a_spell_tells_when_it_began_and_ended_and_leaves_its_pauses_out():
    assert sitting_spells(film((S, 10), (A, 1), (S, 5), (A, 1))) == [
        Spell(NINE, NINE + minutes(16), 900.0)
    ]


def test_a_clock_that_was_set_back_does_not_end_a_spell():
    intervals = [interval(S, 0, 30), interval(S, 10, 5), interval(S, 15, 20)]

    assert [spell.sitting_s for spell in sitting_spells(intervals)] == [3300.0]


def test_time_that_comes_again_after_the_clock_was_set_back_hides_no_absence():
    intervals = [interval(S, 0, 30), interval(A, 10, 1), interval(S, 35, 5)]
    spells = sitting_spells(intervals)

    assert [spell.sitting_s for spell in spells] == [1800.0, 300.0]


def test_time_that_comes_again_after_the_clock_was_set_back_is_no_absence():
    intervals = [interval(S, 0, 30), interval(A, 10, 1), interval(S, 30.5, 5)]
    spells = sitting_spells(intervals)

    assert [spell.sitting_s for spell in spells] == [2100.0]


def test_longest_and_median_tell_how_sitting_was_parted():
    summary = summary_of(film((S, 10), (B, 5), (S, 50), (B, 5), (S, 20)))

    assert summary.longest_sitting_s == 3000.0
    assert summary.median_sitting_s == 1200.0
    assert [spell.sitting_s for spell in summary.spells] == [600.0, 3000.0, 1200.0]


# --------------------------------------------------------------------------- sessions


def test_a_session_lasts_from_sitting_down_until_away_for_half_an_hour():
    intervals = film((A, 5), (S, 50), (B, 29), (T, 10), (S, 10), (B, 30), (S, 5), (A, 1))

    assert sessions(intervals, 1800.0) == [
        Session(NINE + minutes(5), NINE + minutes(104), 3600.0),
        Session(NINE + minutes(134), NINE + minutes(139), 300.0),
    ]


@pytest.mark.parametrize("pause", [[(None, 30)], [(U, 30)], [(A, 10), (None, 10), (U, 10)]])
def test_a_session_ends_when_nobody_was_seen_for_half_an_hour_whatever_the_reason(pause):
    assert len(sessions(film((S, 5), *pause, (S, 5)), 1800.0)) == 2
    assert len(sessions(film((S, 5), *pause, (S, 5)), 1801.0)) == 1


def test_the_summary_uses_the_session_length_of_the_settings():
    intervals = film((S, 5), (B, 10), (S, 5))

    assert len(summary_of(intervals).sessions) == 1
    assert len(summary_of(intervals, session_end_min=10.0).sessions) == 2


# --------------------------------------------------------------------------- breaks, reminders

DUE, STARTED, SAT = EventKind.BREAK_DUE, EventKind.BREAK_STARTED, EventKind.SITTING_STARTED
SKIPPED, STOOD = EventKind.SKIPPED, EventKind.STANDING_STARTED
SNOOZED = EventKind.SNOOZED


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ([], Breaks()),
        ([SAT, STARTED, SAT], Breaks(natural=1)),
        ([DUE, STARTED, SAT, STARTED], Breaks(due=1, taken=1, natural=1)),
        ([DUE, DUE, STARTED], Breaks(due=2, taken=1, ignored=1)),
        ([DUE, STOOD, SAT, STARTED], Breaks(due=1, stood=1, natural=1)),
        ([DUE, STOOD, STARTED, SAT], Breaks(due=1, taken=1)),
        ([STOOD, SAT, DUE], Breaks(due=1, open=1)),
        ([STOOD, DUE, SAT], Breaks(due=1, open=1)),
        ([SKIPPED, DUE, SKIPPED, STARTED], Breaks(due=1, skipped=1, natural=1)),
        ([SNOOZED, DUE, SNOOZED, DUE, STARTED], Breaks(due=2, snoozed=1, taken=1)),
        ([DUE, SAT, DUE, DUE, STOOD, SAT, DUE], Breaks(due=4, open=2, ignored=1, stood=1)),
    ],
)
def test_what_became_of_a_break_is_told_from_what_happened_next(kinds, expected):
    events = [event(kind, at_min) for at_min, kind in enumerate(kinds)]

    assert count_breaks(events) == expected


def test_declining_another_reminder_does_not_answer_the_break():
    events = [event(DUE), event(SKIPPED, 1, "water"), event(SKIPPED, 2, "break")]

    assert count_breaks(events[:2]) == Breaks(due=1, open=1)
    assert count_breaks(events) == Breaks(due=1, skipped=1)


@given(st.lists(st.sampled_from([DUE, STARTED, SAT, SKIPPED, STOOD, SNOOZED]), max_size=30))
def test_what_became_of_breaks_adds_up_to_those_asked_for(kinds):
    found = count_breaks([event(kind, at_min) for at_min, kind in enumerate(kinds)])

    assert found.due == kinds.count(DUE) == (
        found.taken + found.stood + found.skipped + found.snoozed + found.ignored + found.open
    )  # fmt: skip
    assert found.taken + found.natural == kinds.count(STARTED)


def test_breaks_are_counted_by_the_local_hour_in_which_they_were_asked_for():
    asked, natural = asked_breaks([event(DUE, 50), event(DUE, 65), event(STARTED, 70)])

    assert natural == 0
    assert fates_by_hour(asked, BERLIN) == {
        10: {**dict.fromkeys(Fate, 0), Fate.IGNORED: 1},
        11: {**dict.fromkeys(Fate, 0), Fate.TAKEN: 1},
    }


def test_every_kind_of_reminder_is_counted_in_whatever_order_events_come():
    kinds = [
        EventKind.POSTURE_ALERT,
        EventKind.POSTURE_ALERT,
        EventKind.MOVE_DUE,
        EventKind.STRETCH_DUE,
        EventKind.CAMERA_LOST,
    ]
    events = [event(kind, at_min) for at_min, kind in enumerate(kinds)]
    events += [event(STARTED, 31), event(DUE, 30)]
    summary = summary_of(film((S, 40)), events)

    assert summary.reminders == {
        ReminderKind.POSTURE: 2,
        ReminderKind.MOVE: 1,
        ReminderKind.BREAK: 1,
        ReminderKind.STRETCH: 1,
        ReminderKind.WATER: 0,
        ReminderKind.FAR_LOOK: 0,
        ReminderKind.SIT_STAND: 0,
    }
    assert summary.breaks == Breaks(due=1, taken=1)


# --------------------------------------------------------------------------- the document


def test_an_empty_record_has_every_key_and_no_invented_value():
    document = to_document(summary_of())

    assert document == {
        "schema": 1,
        "from": "2026-03-02T00:00:00+00:00",
        "until": "2026-03-03T00:00:00+00:00",
        "observed_s": 0.0,
        "sitting_s": 0.0,
        "standing_s": 0.0,
        "away_s": 0.0,
        "break_s": 0.0,
        "unknown_s": 0.0,
        "judged_s": 0,
        "coverage": None,
        "strained_s": 0,
        "strained_by_reason_s": {},
        "mean_score": None,
        "longest_sitting_s": None,
        "median_sitting_s": None,
        "position_changes": 0,
        "position_changes_per_h": None,
        "longest_still_s": None,
        "drinks": 0,
        "drink_interval_s": None,
        "breaks": {
            "due": 0,
            "taken": 0,
            "natural": 0,
            "stood": 0,
            "skipped": 0,
            "ignored": 0,
            "snoozed": 0,
            "open": 0,
        },
        "reminders": {"posture": 0, "move": 0, "break": 0, "stretch": 0, "water": 0}
        | {"far_look": 0, "sit_stand": 0},
        "days": [],
        "posture_fades_after": None,
        "damaged_days": [],
        "spells": [],
        "sessions": [],
    }


def test_the_document_tells_local_times_and_every_day_with_the_same_keys():
    intervals = [judged(0, 30, score=100 / 3, reasons=(Reason.LEAN_LEFT,)), interval(B, 30, 10)]
    summary = summary_of(intervals, [event(DUE, 29), event(STARTED, 30)], tz=BERLIN)
    document = json.loads(json.dumps(to_document(summary), allow_nan=False))
    (day,) = document["days"]

    assert document["from"] == "2026-03-02T01:00:00+01:00"
    assert document["spells"] == [
        {
            "start": "2026-03-02T10:00:00+01:00",
            "end": "2026-03-02T10:30:00+01:00",
            "sitting_s": 1800.0,
        }
    ]
    assert document["sessions"] == document["spells"]
    assert document["mean_score"] == 33.333
    assert document["strained_by_reason_s"] == {"lean_left": 1800.0}
    assert day.pop("date") == "2026-03-02"
    assert day == {name: document[name] for name in day}
    assert set(document) - set(day) == {
        "schema",
        "from",
        "until",
        "days",
        "spells",
        "sessions",
        "posture_fades_after",
        "damaged_days",
    }


def test_without_a_given_zone_the_computers_own_is_used():
    summary = summarise([], [], since=DAY_START, until=DAY_END)

    assert summary.since == DAY_START
    assert summary.since.utcoffset() == DAY_START.astimezone().utcoffset()


def test_damaged_days_are_told_where_they_may_reach_into_the_range():
    damaged = [date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 4)]
    since, until = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC)

    found = summarise([], [], since=since, until=until, tz=UTC, damaged_days=damaged)

    # What began on the day before may run on into the range.
    assert found.damaged_days == (date(2026, 3, 1), date(2026, 3, 2))

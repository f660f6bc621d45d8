"""Routines that fit the day, and a guided break from its first second to its last."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from posture_monitor.core.exercises import counter, guided, past
from posture_monitor.core.exercises.counting import CountState
from posture_monitor.core.exercises.guided import Done, Stage
from posture_monitor.core.exercises.library import EXERCISES, Kind
from posture_monitor.core.exercises.routine import (
    Wishes,
    choose,
    is_strength,
    planned_s,
    strength_due,
    week_plan,
)
from posture_monitor.domain import Detail, EventKind, Interval, Reason, RecordedEvent, State
from tests.builders import face_of, observe, person, sitting

MONDAY = date(2026, 3, 9)


@pytest.mark.parametrize("minutes", [1.0, 2.0, 3.0, 5.0])
@pytest.mark.parametrize("seated", [True, False])
@pytest.mark.parametrize("strengthen", [True, False])
def test_a_routine_fills_its_minutes_and_not_more(minutes, seated, strengthen):
    names = choose({Reason.SLOUCH: 600.0}, Wishes(minutes, seated), strengthen=strengthen)

    assert minutes * 60.0 - 25.0 < planned_s(names) <= minutes * 60.0
    assert len(set(names)) == len(names)
    assert all(EXERCISES[n].seated if seated else EXERCISES[n].standing for n in names)
    assert is_strength(names) is strengthen


def test_minutes_out_of_range_are_brought_into_it():
    assert Wishes(0.1).seconds == 60.0
    assert Wishes(90.0).seconds == 300.0


def test_the_strain_of_the_day_decides():
    for reason in Reason:
        names = choose({reason: 900.0}, Wishes(2.0, seated=True))

        assert any(reason in EXERCISES[name].relieves for name in names), reason


def test_two_strains_are_both_relieved():
    names = choose({Reason.SHRUG: 500.0, Reason.LEAN_LEFT: 400.0}, Wishes(2.0, seated=True))
    relieved = {reason for name in names for reason in EXERCISES[name].relieves}

    assert {Reason.SHRUG, Reason.LEAN_LEFT} <= relieved


@pytest.mark.parametrize("minutes", [1.0, 2.0, 5.0])
@pytest.mark.parametrize("seated", [True, False])
def test_a_routine_is_never_the_last_one_again(minutes, seated):
    last: tuple[str, ...] = ()
    for _ in range(12):
        names = choose({Reason.SLOUCH: 60.0}, Wishes(minutes, seated), last=last)

        assert set(names) != set(last)
        last = names


def test_even_where_the_last_one_would_be_chosen_again_it_is_another():
    only = choose({Reason.LEAN_IN: 1.0}, Wishes(1.0))
    # All strain on what it relieves: a share of its weight still beats every other one.
    again = choose({Reason.SHRUG: 1e9}, Wishes(1.0), last=("shoulder_roll",))

    assert len(only) >= 1
    assert set(again) != {"shoulder_roll"}


def test_a_routine_warms_up_before_it_strengthens_and_rests_last():
    names = choose({}, Wishes(5.0), strengthen=True)
    order = [Kind.MOBILITY, Kind.STRENGTH, Kind.STRETCH, Kind.MASSAGE, Kind.RELAX]
    places = [order.index(EXERCISES[name].kind) for name in names]

    assert places == sorted(places)


def test_strength_is_due_twice_a_week_with_a_day_between():
    assert strength_due((), MONDAY)
    assert not strength_due({MONDAY}, MONDAY + timedelta(days=1))
    assert strength_due({MONDAY}, MONDAY + timedelta(days=2))
    both = {MONDAY, MONDAY + timedelta(days=2)}
    assert not strength_due(both, MONDAY + timedelta(days=4))
    assert strength_due(both, MONDAY + timedelta(days=7))


def test_a_week_holds_two_days_of_strength_where_they_are_wanted():
    plan = week_plan(MONDAY, Wishes(2.0), {}, today=MONDAY, done={})

    assert [one.strength for one in plan] == [True, False, True, False, False, False, False]
    assert all(is_strength(one.exercises) is one.strength for one in plan)
    assert all(a.exercises != b.exercises for a, b in pairwise(plan))
    without = week_plan(MONDAY, Wishes(2.0, strength=False), {}, today=MONDAY, done={})
    assert not any(one.strength for one in without)


def test_the_plan_shows_what_was_done_and_goes_on_from_there():
    done = {MONDAY: ("calf_raise",), MONDAY + timedelta(days=1): ("far_look",)}
    today = MONDAY + timedelta(days=3)
    plan = week_plan(MONDAY, Wishes(2.0), {}, today=today, done=done)

    assert [one.done for one in plan] == [True, True, True, False, False, False, False]
    assert [one.exercises for one in plan[:3]] == [("calf_raise",), ("far_look",), ()]
    assert [one.strength for one in plan] == [True, False, False, True, False, False, False]
    assert not is_strength(("no_longer_known",))


# ------------------------------------------------------------------ the break itself

ROUTINE = ("head_turn", "calf_raise")  # 45 and 35 seconds, each after 5 to get into place


def test_a_break_left_alone_does_everything_in_its_time():
    state = guided.begin(ROUTINE, 100.0)
    stages = []
    for second in range(101, 200):
        state = guided.advance(state, float(second))
        stages.append((state.stage, state.index))

    assert stages[0] == (Stage.PREPARE, 0)
    assert stages[4] == (Stage.DO, 0)
    assert stages[49] == (Stage.PREPARE, 1)
    assert stages[54] == (Stage.DO, 1)
    assert stages[89] == (Stage.OVER, 1)
    assert state.done == (Done("head_turn", 45.0), Done("calf_raise", 35.0))
    assert state.elapsed_s == 90.0
    assert state.remaining_s == 0.0
    assert (state.exercise, state.side) == (None, None)


def test_a_late_frame_finds_the_same_as_many_frames():
    one = guided.advance(guided.begin(ROUTINE, 0.0), 62.5)

    assert (one.stage, one.index, one.remaining_s) == (Stage.DO, 1, 27.5)
    assert one.done == (Done("head_turn", 45.0),)


def test_a_clock_that_steps_back_changes_nothing():
    state = guided.advance(guided.begin(ROUTINE, 0.0), 3.0)

    assert guided.advance(state, 1.0) == state


def test_a_break_slept_through_is_over_with_what_was_done_before():
    state = guided.advance(guided.begin(ROUTINE, 0.0), 52.0)
    state = guided.advance(state, 9000.0)

    assert state.stage is Stage.OVER
    assert state.done == (Done("head_turn", 45.0),)
    assert state.elapsed_s == 52.0


def test_the_second_half_is_the_other_side():
    state = guided.begin(("head_turn",), 0.0)

    assert guided.advance(state, 2.0).side == "left"
    assert guided.advance(state, 6.0).side == "left"
    assert guided.advance(state, 5.0 + 23.0).side == "right"
    assert guided.advance(guided.begin(("calf_raise",), 0.0), 6.0).side is None


def test_skipping_goes_on_and_keeps_only_what_was_really_done():
    at_once = guided.skip(guided.begin(ROUTINE, 0.0))
    assert (at_once.index, at_once.stage, at_once.done) == (1, Stage.PREPARE, ())
    later = guided.skip(guided.advance(at_once, 15.0))

    assert later.stage is Stage.OVER
    assert later.done == (Done("calf_raise", 10.0),)
    assert guided.skip(later) is later


def test_ending_keeps_what_was_done_so_far():
    state = guided.end(guided.advance(guided.begin(ROUTINE, 0.0), 25.0))

    assert state.done == (Done("head_turn", 20.0),)
    assert state.elapsed_s == 25.0
    assert guided.end(state) is state
    assert guided.advance(state, 500.0) is state


def counted(name: str, repetitions: int, held_s: float = 0.0) -> counter.Progress:
    progress = counter.begin(name)
    sides = dict.fromkeys(progress.sides, CountState(repetitions=repetitions, held_s=held_s))
    return replace(progress, sides=sides)


def test_the_whole_dose_before_the_camera_ends_an_exercise():
    state = guided.advance(guided.begin(ROUTINE, 0.0), 30.0)
    state = guided.count(state, counted("head_turn", 4))
    assert (state.index, state.done) == (0, ())
    state = guided.count(state, counted("head_turn", 5))

    assert (state.index, state.done) == (1, (Done("head_turn", 25.0, 10),))
    assert state.counted is None
    assert guided.count(state, counted("head_turn", 5)) is state


def test_a_stretch_must_be_held_too():
    state = guided.advance(guided.begin(("neck_side_bend",), 0.0), 45.0)

    assert guided.count(state, counted("neck_side_bend", 1, 11.0)).stage is Stage.DO
    assert guided.count(state, counted("neck_side_bend", 1, 12.5)).stage is Stage.OVER


def shown(state, t_s, yaw_deg, *, present=None, somebody=True):
    """The break after a look at a head turned so far."""
    pose = sitting(yaw_deg=yaw_deg) if somebody else None
    return guided.observe(guided.advance(state, t_s), observe(t_s, pose, faces=()), present)


def test_the_camera_learns_the_rest_first_and_counts_from_then_on():
    state = guided.begin(("head_turn", "calf_raise"), 0.0)
    for index in range(25):  # a turn while getting into place is not counted
        state = shown(state, index / 5.0, 60.0 if 12 <= index < 18 else 0.0)
    assert (state.stage, state.counted) == (Stage.PREPARE, None)
    state = shown(state, 5.1, 0.0)
    assert state.counted is not None
    assert state.counted.repetitions == 0
    for index in range(20):
        state = shown(state, 5.2 + index / 5.0, 60.0 if 5 <= index < 12 else 0.0)

    assert state.counted is not None
    assert state.counted.sides["left"].repetitions == 1
    assert guided.skip(state).neutral is None


def test_who_was_already_moving_is_counted_without_a_rest_learned_first():
    state = guided.advance(guided.begin(("head_turn",), 0.0), 6.0)
    state = shown(state, 6.1, 0.0)

    assert state.counted is not None
    assert state.counted.neutral is None


def test_an_exercise_by_timer_is_watched_without_counting():
    state = shown(guided.begin(("calf_raise",), 0.0), 6.0, 0.0)

    assert (state.counted, state.neutral, state.rose) == (None, None, False)


def test_without_its_camera_a_break_goes_on_by_the_timer():
    state = shown(shown(guided.begin(("head_turn",), 0.0), 1.0, 0.0), 6.0, 0.0)
    lost = guided.without_camera(state)

    assert state.counted is not None
    assert (lost.counted, lost.neutral, lost.remaining_s) == (None, None, state.remaining_s)


def test_the_past_tells_strain_by_reason_and_breaks_by_day():
    nine = datetime(2026, 3, 9, 9, tzinfo=UTC)
    strained = Interval(nine, 60.0, State.SITTING, True, (Reason.SHRUG,), 60.0, 0.0)
    fine = replace(strained, strained=False, reasons=())
    details = ("60;head_turn:45:10;calf_raise:35:", "9", "50;arms_raised_sideways:50:0")
    events = [
        RecordedEvent(nine, EventKind.GUIDED_BREAK, Detail(text=detail)) for detail in details
    ]
    other = RecordedEvent(nine, EventKind.DRANK)

    assert past.strain_of([strained, fine, strained]) == {Reason.SHRUG: 120.0}
    assert past.done_by_day([*events, other], UTC) == {MONDAY: [("head_turn", "calf_raise")]}


def test_the_week_is_planned_by_what_was_done_and_by_what_strains_today():
    wednesday = datetime(2026, 3, 11, 9, tzinfo=UTC)
    shrug = Interval(wednesday, 600.0, State.SITTING, True, (Reason.SHRUG,), 60.0, 0.0)
    tilt = replace(shrug, start_at=datetime(2026, 3, 10, 9, tzinfo=UTC), reasons=(Reason.LEAN_IN,))
    done = RecordedEvent(
        datetime(2026, 3, 9, 9, tzinfo=UTC),
        EventKind.GUIDED_BREAK,
        Detail(text="60;calf_raise:35:"),
    )
    days = past.this_week(
        [tilt, shrug], [done], Wishes(strength=False), today=wednesday.date(), tz=UTC
    )

    assert days[0].day == MONDAY
    assert (days[0].done, days[0].exercises) == (True, ("calf_raise",))
    assert days[1].exercises == ()
    assert days[2].exercises == choose(
        {Reason.SHRUG: 600.0}, Wishes(strength=False), last=("calf_raise",)
    )


def test_who_is_out_of_sight_for_three_seconds_left_the_chair():
    state = guided.begin(("calf_raise",), 0.0)
    never = shown(shown(state, 1.0, 0.0, somebody=False), 9.0, 0.0, somebody=False)
    seen = shown(state, 1.0, 0.0)
    face = guided.observe(seen, observe(3.0, None, faces=(face_of(person()),)))
    briefly = shown(seen, 3.9, 0.0, somebody=False)
    gone = shown(briefly, 4.0, 0.0, somebody=False)
    told = shown(seen, 4.0, 0.0, present=False)

    assert [one.rose for one in (never, briefly, gone, told)] == [False, False, True, True]
    assert face.seen_s == 3.0
    assert guided.observe(guided.end(seen), observe(9.0, None, faces=())).rose


def left_at(t_s, *routine):
    """Somebody seen until ``t_s`` and then gone, three seconds later."""
    state = guided.begin(routine, 0.0)
    for second in range(1, round(t_s) + 1):
        state = shown(state, float(second), 0.0)
    return shown(state, t_s + 3.0, 0.0, somebody=False)


def test_an_exercise_waits_for_somebody_who_left_and_goes_on_when_they_are_back():
    gone = left_at(10.0, "chin_tuck", "calf_raise")
    later = guided.advance(gone, 40.0)
    back = shown(later, 41.0, 0.0)
    over = guided.advance(back, 41.0 + 5.0 + 35.0 + 37.0)

    assert (gone.waits, gone.remaining_s) == (True, 37.0)
    assert (later.waits, later.remaining_s, later.elapsed_s) == (True, 37.0, 40.0)
    assert guided.to_document(later)["waits"] is True
    assert (back.waits, back.remaining_s, back.waited_s) == (False, 37.0, 0.0)
    assert over.done == (Done("chin_tuck", 45.0), Done("calf_raise", 35.0))
    assert over.rose


def test_a_break_is_over_a_minute_after_somebody_left_with_what_was_really_done():
    over = guided.advance(left_at(15.0, "chin_tuck", "calf_raise"), 500.0)
    at_once = guided.advance(left_at(6.0, "chin_tuck"), 500.0)

    assert over.stage is Stage.OVER
    assert (over.elapsed_s, over.done) == (78.0, (Done("chin_tuck", 13.0),))
    assert at_once.done == ()


def test_what_is_done_outside_the_picture_waits_for_nobody():
    state = guided.advance(left_at(10.0, "calf_raise", "chin_tuck"), 60.0)

    assert state.done == (Done("calf_raise", 35.0),)
    assert (state.index, state.waits, state.remaining_s) == (1, True, 5.0)
    assert state.waited_s == 20.0


def test_who_skips_out_of_the_cameras_sight_is_there():
    skipped = guided.skip(left_at(10.0, "chin_tuck", "blade_squeeze"))
    later = shown(skipped, 30.0, 0.0, somebody=False)

    assert (skipped.waits, later.waits, later.stage) == (False, False, Stage.DO)


def test_a_camera_that_is_gone_makes_nothing_wait():
    gone = left_at(10.0, "chin_tuck")

    assert guided.without_camera(gone).waits is False
    assert guided.end(gone).waits is False


def test_the_document_has_keys_and_numbers():
    state = guided.advance(guided.begin(ROUTINE, 0.0), 30.0)

    assert guided.to_document(state) == {
        "routine": ["head_turn", "calf_raise"],
        "index": 0,
        "exercise": "head_turn",
        "stage": "do",
        "side": "right",
        "remaining_s": 20.0,
        "elapsed_s": 30.0,
        "planned_s": 90.0,
        "counted": None,
        "rose": False,
        "waits": False,
        "done": [],
    }
    seen = guided.to_document(guided.count(state, counted("head_turn", 2, 1.5)))
    assert seen["counted"] == {
        "repetitions": {"left": 2, "right": 2},
        "held_s": 3.0,
        "hint": "still",
    }
    over = guided.to_document(guided.end(state))
    assert over["exercise"] is None
    assert over["done"] == [{"name": "head_turn", "seconds": 25, "repetitions": None}]


def test_the_record_keeps_what_was_done_and_reads_it_again():
    state = guided.advance(guided.begin(ROUTINE, 0.0), 30.0)
    state = guided.end(guided.count(state, counted("head_turn", 2)))

    assert guided.to_detail(state) == "30;head_turn:25:4"
    assert guided.from_detail("30;head_turn:25:4") == (30.0, (Done("head_turn", 25.0, 4),))


@pytest.mark.parametrize(
    "detail",
    ["", "x;y", "-1;head_turn", "nan;head_turn:x:2", "5;no:5:", f"9;head_turn:{'9' * 5000}:"],
)
def test_a_detail_that_nobody_wrote_is_read_as_nothing_done(detail):
    assert guided.from_detail(detail)[1] == ()

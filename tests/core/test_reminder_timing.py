"""Reminders that fit: in a pause of the work, announced, firm where that is wanted."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from posture_monitor.config import ReminderSettings, Settings
from posture_monitor.core.day import reminders
from posture_monitor.core.day.reminders import Moment, ReminderState
from posture_monitor.domain import State

OFF = dict.fromkeys(("posture", "move", "breaks", "stretch", "water"), False)
BREAKS = {**OFF, "breaks": True}
HALF_AN_HOUR_S = 1800.0


def settings(**changes):
    return Settings(reminders=ReminderSettings(**changes))


def at(t_s, *, idle_s=None, sitting_s=None, state=State.SITTING, **more):
    """Somebody who sat down at 0."""
    sitting_s = t_s if sitting_s is None else sitting_s
    return Moment(t_s, state, sitting_s, stillness_s=0.0, idle_s=idle_s, **more)


def play(moments, rules, state=None):
    """Kinds with their second, and what is remembered."""
    state, told = state or ReminderState(), []
    for moment in moments:
        state, events = reminders.step(state, moment, rules)
        told += [(event.t_s, str(event.kind)) for event in events]
    return told, state


# ------------------------------------------------------------------ a pause of the work


def test_a_due_break_waits_for_hands_off_the_keyboard():
    moments = [at(HALF_AN_HOUR_S + s, idle_s=3.0 if s == 80 else 0.4) for s in range(0, 100, 4)]
    told, state = play(moments, settings(**BREAKS))

    assert told == [(1880.0, "break_due")]
    assert state.due_since_s is None


def test_a_due_break_waits_no_longer_than_five_minutes():
    moments = [at(HALF_AN_HOUR_S + s, idle_s=0.4) for s in range(0, 400, 12)]
    told, _ = play(moments, settings(**BREAKS))

    assert told == [(2088.0, "break_due")]


@pytest.mark.parametrize(
    ("rules", "idle_s"),
    [(settings(**BREAKS, wait_for_pause=False), 0.1), (settings(**BREAKS), None)],
    ids=["switched off", "keyboard unknown"],
)
def test_where_waiting_is_off_or_nothing_is_known_a_break_comes_when_it_is_due(rules, idle_s):
    told, _ = play([at(HALF_AN_HOUR_S, idle_s=idle_s)], rules)

    assert told == [(1800.0, "break_due")]


def test_a_strained_posture_is_told_in_the_middle_of_typing():
    moment = at(100.0, idle_s=0.1, strained_since_s=60.0)

    assert play([moment], settings(**{**OFF, "posture": True}))[0] == [(100.0, "posture_alert")]


def typing(rng, burst_s, pause_s):
    """Seconds since the last key, second by second: bursts with short gaps, pauses between."""
    idle_s = 0.0
    while True:
        for _ in range(max(1, round(rng.expovariate(1.0 / burst_s)))):
            idle_s = rng.uniform(0.0, 1.8)
            yield idle_s
        for second in range(1, max(2, round(rng.lognormvariate(pause_s, 0.8)))):
            yield idle_s + second


WORK = {
    "writes": (45.0, 1.4),
    "codes": (25.0, 1.7),
    "reads": (12.0, 2.6),
    "transcribes": (90.0, 1.1),
}
"""Mean burst in seconds, and the logarithm of the middle pause (e^1.4 = 4 s), by what is done."""


def test_on_scripted_days_at_least_80_percent_of_due_breaks_fall_in_a_pause():
    in_pause, late_s = [], []
    for number, (burst_s, pause_s) in enumerate(WORK.values()):
        rng = random.Random(number)
        keys = typing(rng, burst_s, pause_s)
        for _ in range(100):  # a hundred breaks that become due at a moment that nobody chose
            for _ in range(rng.randrange(60)):
                next(keys)
            state, t_s = ReminderState(), HALF_AN_HOUR_S
            while True:
                idle_s = next(keys)
                if t_s % 4.0 == 0.0:  # a frame every four seconds
                    state, due = reminders.step(state, at(t_s, idle_s=idle_s), settings(**BREAKS))
                    if due:
                        break
                t_s += 1.0
            in_pause.append(idle_s >= 2.0)
            late_s.append(t_s - HALF_AN_HOUR_S)

    assert len(in_pause) == 400
    assert sum(in_pause) / len(in_pause) >= 0.8
    assert max(late_s) <= 300.0


# ------------------------------------------------------------------ notice, firm mode


def test_a_notice_comes_once_a_minute_before_the_break():
    moments = [at(1730.0 + s, idle_s=0.1) for s in range(0, 60, 4)]
    told, state = play(moments, settings(**BREAKS, notice=True))

    assert told == [(1742.0, "break_soon")]
    assert play([at(1802.0)], settings(**BREAKS, notice=True), state)[0] == [(1802.0, "break_due")]
    assert play([at(1742.0)], settings(**BREAKS))[0] == []
    rest = at(1742.0, state=State.STANDING)
    assert play([rest], settings(**BREAKS, notice=True))[0] == []


def test_in_firm_mode_a_break_can_be_put_off_only_so_often_until_one_is_taken():
    rules = settings(**BREAKS, firm=True, most_skips=2)
    _, state = play([at(1800.0)], rules)
    state = reminders.snooze(state, 1800.0, 600.0)
    assert not reminders.is_firm(state, rules)
    told, state = play([at(2400.0)], rules, state)
    assert told == [(2400.0, "break_due")]
    state = reminders.decline_break(state, 2400.0, rules)
    assert reminders.is_firm(state, rules)
    assert not reminders.is_firm(state, settings(**BREAKS, most_skips=2))
    told, state = play([at(4200.0), at(5100.0), at(6000.0)], rules, state)

    assert told == [
        (4200.0, "break_due"),
        (4200.0, "break_firm"),
        (5100.0, "break_due"),
        (5100.0, "break_firm"),
        (6000.0, "break_due"),
        (6000.0, "break_firm"),
    ]
    _, state = play([at(6300.0, sitting_s=0.0, state=State.BREAK)], rules, state)
    assert not reminders.is_firm(state, rules)


def test_drinking_starts_the_time_to_the_next_water_again():
    assert reminders.drank(ReminderState(presence_s=3000.0)).presence_s == 0.0


# ------------------------------------------------------------------ far look, sit and stand


def test_a_far_look_is_asked_for_after_twenty_minutes_at_the_desk_and_leaving_counts_as_one():
    rules = settings(**OFF, far_look=True)
    moments = [at(float(s)) for s in range(0, 900, 30)]
    moments += [at(900.0, state=State.AWAY)]
    moments += [at(float(s)) for s in range(930, 3600, 30)]

    assert play(moments, rules)[0] == [(2100.0, "far_look_due"), (3300.0, "far_look_due")]
    assert play(moments, settings(**OFF))[0] == []


def test_sitting_and_standing_take_turns_and_who_stays_seated_is_not_asked():
    rules = settings(**OFF, sit_stand=True, sit_stand_every_min=10.0)
    moments = [at(float(s)) for s in range(0, 700, 30)]
    moments += [at(float(s), state=State.STANDING) for s in range(700, 1400, 30)]
    told, state = play(moments, rules)
    details = []
    fresh = ReminderState()
    for moment in moments:
        fresh, events = reminders.step(fresh, moment, rules)
        details += [event.detail.state for event in events]

    assert told == [(600.0, "sit_stand_due"), (1300.0, "sit_stand_due")]
    assert details == ["standing", "sitting"]
    assert state.same is State.STANDING
    unknown = replace(moments[-1], state=State.UNKNOWN, t_s=1420.0)
    assert play([unknown], rules, state)[1].same is State.STANDING
    seated = settings(**OFF, sit_stand=True, sit_stand_every_min=10.0, seated=True)
    assert play(moments, seated)[0] == []


# ------------------------------------------------------------------ to the second


def kinds(state, moment, rules):
    """What is due at this moment, after what is remembered."""
    return [str(event.kind) for event in reminders.step(state, moment, rules)[1]]


@pytest.mark.parametrize(
    ("idle_s", "due_since_s", "told"),
    [
        (3.0, None, ["break_due"]),
        (2.9, None, []),
        (2.9, 1516.0, []),
        (2.9, 1515.0, ["break_due"]),  # waited for 285 s
    ],
)
def test_a_pause_has_three_seconds_and_is_waited_for_285(idle_s, due_since_s, told):
    state = ReminderState(due_since_s=due_since_s)

    assert kinds(state, at(1800.0, idle_s=idle_s), settings(**BREAKS)) == told


@pytest.mark.parametrize(
    ("sitting_s", "told"),
    [(1739.0, []), (1740.0, ["break_soon"]), (1799.0, ["break_soon"]), (1800.0, ["break_due"])],
)
def test_a_break_is_announced_in_the_last_minute_before_it(sitting_s, told):
    assert kinds(ReminderState(), at(sitting_s), settings(**BREAKS, notice=True)) == told


@pytest.mark.parametrize(
    ("t_s", "told"),
    [(1799.0, []), (1800.0, ["break_due"])],
)
def test_a_snooze_ends_with_its_last_second(t_s, told):
    state = ReminderState(snoozed_until_s=1800.0, next_break_at_sitting_s=0.0)

    assert kinds(state, at(t_s), settings(**BREAKS)) == told


@pytest.mark.parametrize(("returned_s", "told"), [(1681.0, []), (1680.0, ["break_due"])])
def test_nobody_is_disturbed_for_two_minutes_after_their_return(returned_s, told):
    moment = at(1800.0, returned_s=returned_s)

    assert kinds(ReminderState(), moment, settings(**BREAKS)) == told


@pytest.mark.parametrize(
    ("presence_s", "told"),
    [(3239.0, ["break_due"]), (3240.0, ["break_due", "water_due"])],
)
def test_water_joins_a_break_from_nine_tenths_of_its_time_on(presence_s, told):
    rules = settings(**BREAKS | {"water": True})
    state, events = reminders.step(ReminderState(presence_s=presence_s), at(1800.0), rules)

    assert [str(event.kind) for event in events] == told
    assert state.presence_s == (0.0 if "water_due" in told else presence_s)


@pytest.mark.parametrize(
    ("breaks", "presence_s", "told"),
    [
        (True, 5399.0, []),
        (True, 5400.0, ["water_due"]),  # an hour, and half of one in which no break came
        (False, 3599.0, []),
        (False, 3600.0, ["water_due"]),
    ],
)
def test_water_waits_for_a_break_only_where_breaks_are_on(breaks, presence_s, told):
    rules = settings(**OFF | {"water": True, "breaks": breaks})

    assert kinds(ReminderState(presence_s=presence_s), at(60.0), rules) == told


def test_the_status_line_leaves_water_to_the_break_where_both_are_on():
    thirsty = ReminderState(presence_s=3590.0)
    both = settings(**BREAKS | {"water": True})
    alone = settings(**OFF | {"water": True})

    assert reminders.next_reminder(thirsty, at(100.0), both) == ("break", 1700.0)
    assert reminders.next_reminder(thirsty, at(100.0), alone) == ("water", 10.0)


@pytest.mark.parametrize(("t_s", "ignored"), [(120.0, 0), (121.0, 4)])
def test_a_strain_that_ends_within_two_minutes_of_its_notification_was_changed_by_it(t_s, ignored):
    state = ReminderState(alerted_s=0.0, alert_open=True, alerts_ignored=3)
    state, _ = reminders.step(state, at(t_s, relaxed=True), settings(**OFF))

    assert state.alerts_ignored == ignored


@pytest.mark.parametrize(
    ("last_s", "grown_s"), [(40.0, 60.0), (39.0, 0.0), (101.0, 0.0), (100.0, 0.0)]
)
def test_only_steps_of_up_to_a_minute_count_as_time_at_the_desk(last_s, grown_s):
    before = ReminderState(last_s=last_s, same=State.SITTING)
    state, _ = reminders.step(before, at(100.0), settings(**OFF))

    assert (state.presence_s, state.near_s, state.same_s) == (grown_s, grown_s, grown_s)


@pytest.mark.parametrize(
    ("still_s", "moved_s", "ignored", "told"),
    [
        (1199.0, None, 0, []),
        (1200.0, None, 0, ["move_due"]),
        (2400.0, 1201.0, 0, []),
        (2400.0, 1200.0, 0, ["move_due"]),
        (3600.0, 1201.0, 1, []),
        (3600.0, 1200.0, 1, ["move_due"]),  # ignored once: after twice as long
    ],
)
def test_a_change_of_position_is_proposed_to_the_second(still_s, moved_s, ignored, told):
    state = ReminderState(moved_s=moved_s, moves_ignored=ignored)
    moment = replace(at(still_s), stillness_s=still_s)

    assert kinds(state, moment, settings(**OFF | {"move": True})) == told


def test_a_far_look_and_a_change_to_standing_are_proposed_to_the_second():
    rules = settings(**OFF, far_look=True, sit_stand=True, sit_stand_every_min=10.0)

    def due(near_s, same_s):
        return kinds(
            ReminderState(near_s=near_s, same=State.SITTING, same_s=same_s), at(1.0), rules
        )

    assert due(1199.0, 599.0) == []
    assert due(1200.0, 599.0) == ["far_look_due"]
    assert due(1199.0, 600.0) == ["sit_stand_due"]
    both = ReminderState(near_s=1300.0, same=State.SITTING, same_s=700.0)
    state, _ = reminders.step(both, at(1.0), rules)
    assert (state.near_s, state.same_s) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("ignored", "cooldown_s"), [(0, 600.0), (2, 600.0), (3, 1200.0), (5, 4800.0), (9, 4800.0)]
)
def test_posture_notifications_that_changed_nothing_double_the_cooldown_from_the_third_on(
    ignored, cooldown_s
):
    state, rules = (
        ReminderState(alerted_s=0.0, alerts_ignored=ignored),
        settings(**OFF | {"posture": True}),
    )

    def told(t_s):
        return kinds(state, at(t_s, strained_since_s=t_s - 1.0), rules)

    assert (told(cooldown_s - 1.0), told(cooldown_s)) == ([], ["posture_alert"])


def test_after_a_break_everything_of_the_spell_before_is_forgotten():
    spell = ReminderState(
        next_break_at_sitting_s=900.0,
        breaks_ignored=2,
        breaks_declined=2,
        noticed_at_sitting_s=900.0,
        moved_s=50.0,
        moves_ignored=3,
    )
    state, _ = reminders.step(spell, at(100.0, sitting_s=0.0, state=State.BREAK), settings(**OFF))

    assert (state.next_break_at_sitting_s, state.noticed_at_sitting_s) == (None, None)
    assert (state.breaks_ignored, state.breaks_declined) == (0, 0)
    assert (state.moved_s, state.moves_ignored) == (None, 0)

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

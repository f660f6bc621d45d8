"""When to look again, and when a picture that was judged already will do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from posture_monitor.core import session
from posture_monitor.core.day.cadence import (
    LIVE,
    RECORDED,
    Answer,
    answer_for,
    is_settled,
    next_frame_s,
)
from posture_monitor.core.day.sitting import SittingState
from posture_monitor.core.judge.presence import PresenceState
from posture_monitor.core.judge.strain import StrainState
from posture_monitor.core.session import SessionState, Setup
from posture_monitor.domain import Presence, State
from tests.builders import SLOUCHED, observe, person, play, upright_baseline

PRESENT = PresenceState(Presence.PRESENT)


def film(script):
    """How soon the next frame comes after each frame of a second's film."""
    setup, state, told = Setup(baseline=upright_baseline()), SessionState(), []
    for t_s, word in play(script, 1.0):
        pose = {"upright": person(), "slouched": person(**SLOUCHED), "nobody": None}[word]
        state = session.step(state, observe(t_s, pose), setup).state
        told.append(next_frame_s(state, t_s))
    return told


def test_someone_who_keeps_still_is_looked_at_every_one_and_a_half_seconds():
    assert film([(5, "upright")]) == [0.5, 1.5, 1.5, 1.5, 1.5, 1.5]


def test_frames_come_sooner_while_strain_is_a_second_young():
    calm, fresh = [1.5, 1.5], [0.5, 0.5]

    assert film([(3, "upright"), (4, "slouched")]) == [0.5, *calm, *fresh, 1.5, 1.5, 1.5]


@pytest.mark.parametrize(
    ("presence", "motion", "expected"),
    [
        (Presence.PRESENT, 0.5, 1.5),  # followed
        (Presence.PRESENT, 0.51, 0.5),
        (Presence.AWAY, 0.09, 1.5),  # daylight
        (Presence.AWAY, 0.1, 0.5),  # somebody comes
        (Presence.AWAY, None, 1.5),
    ],
)
def test_a_picture_unlike_all_before_calls_for_another_frame_soon(presence, motion, expected):
    state = SessionState(PresenceState(presence), motion=motion)

    assert next_frame_s(state, 0.0) == expected


def test_the_motion_of_the_last_frame_is_remembered():
    observation = replace(observe(0.0, person()), motion=0.7)

    assert session.step(SessionState(), observation, Setup()).state.motion == 0.7


def test_strain_that_is_held_needs_no_hurry():
    held = StrainState(onset_s=9.0, held=True)

    assert next_frame_s(SessionState(PRESENT, strain=held), 10.0) == 1.5
    young = SessionState(PRESENT, strain=replace(held, held=False))
    assert [next_frame_s(young, t_s) for t_s in (10.0, 10.1)] == [0.5, 1.5]


def test_leaving_is_looked_at_more_often_until_it_is_believed():
    assert film([(3, "upright"), (4, "nobody")]) == [0.5, 1.5, 1.5, 0.5, 0.5, 1.5, 1.5, 1.5]


def test_not_knowing_who_is_there_calls_for_more_frames():
    assert next_frame_s(SessionState(), 0.0) == 0.5
    assert next_frame_s(SessionState(PRESENT), 0.0) == 1.5


@pytest.mark.parametrize(
    ("state", "settled"),
    [
        (SessionState(PRESENT), True),
        (SessionState(PresenceState(candidate=Presence.AWAY)), False),
        (SessionState(PRESENT, sitting=SittingState(candidate=State.AWAY)), False),
    ],
    ids=["nothing is pending", "presence is pending", "a state is pending"],
)
def test_whatever_waits_to_be_believed_is_unsettled(state, settled):
    assert is_settled(state) is settled
    assert next_frame_s(state, 0.0) == (1.5 if settled else 0.5)


@pytest.mark.parametrize(
    ("change", "somebody", "rules", "expected"),
    [
        (0.01, True, LIVE, Answer.STANDS),
        (0.011, True, LIVE, Answer.FOLLOWED),
        (0.50, True, RECORDED, Answer.FOLLOWED),
        (0.51, True, LIVE, Answer.MODEL),
        (0.09, False, LIVE, Answer.STANDS),
        (0.10, False, LIVE, Answer.MODEL),  # nobody can't be followed
        (0.04, False, RECORDED, Answer.STANDS),
        (0.05, False, RECORDED, Answer.MODEL),
    ],
)
def test_picture_like_a_judged_one_is_not_judged_again(change, somebody, rules, expected):
    assert answer_for(change, somebody=somebody, settled=True, rules=rules) is expected


@pytest.mark.parametrize("somebody", [True, False])
def test_no_answer_is_repeated_while_something_waits_to_be_believed(somebody):
    assert answer_for(0.0, somebody=somebody, settled=False, rules=LIVE) is Answer.MODEL


def test_a_judged_picture_fades_sooner_for_a_recording():
    assert (LIVE.keep_s, RECORDED.keep_s) == (240.0, 60.0)

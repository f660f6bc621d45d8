"""Giving way at the camera: who is let in, for how long, and who only looked."""

from __future__ import annotations

import pytest

from posture_monitor.core.day.contention import Contention, ContentionState, refused, step, taken

CALL = Contention(opened=True, held=True)
STAYS = Contention(held=True)
LOOKS = Contention(opened=True)
NOBODY = Contention()


def played(*script, state=None):
    """When it was handed over and taken back, second by second; each word of the script lasts."""
    state = ContentionState() if state is None else state
    changes, t_s = [], 0.0
    for seconds, first, after in script:
        for n in range(seconds):
            before, state = state, step(state, t_s, first if n == 0 else after)
            if state.handed is not before.handed:
                changes.append((t_s, "handed" if state.handed else "back"))
            t_s += 1.0
    return changes, state


def test_nobody_else_means_it_stays_ours():
    assert played((600, NOBODY, NOBODY))[0] == []


def test_a_program_that_holds_on_gets_it_until_it_lets_go():
    changes, state = played((10, NOBODY, NOBODY), (100, CALL, STAYS), (10, NOBODY, NOBODY))

    assert changes == [(11.0, "handed"), (113.0, "back")]
    assert state == ContentionState()


def test_a_program_that_lets_go_as_soon_as_it_has_it_is_waited_for_no_longer():
    assert played((2, CALL, STAYS), (20, NOBODY, NOBODY))[0] == [(1.0, "handed"), (5.0, "back")]


def test_a_program_that_looks_when_the_pause_is_over_is_let_in():
    pausing = ContentionState(not_before_s=10.0)

    assert [step(pausing, t_s, LOOKS).handed for t_s in (9.0, 10.0)] == [False, True]


def test_a_program_that_opens_it_again_in_between_keeps_it():
    film = (100, CALL, STAYS), (2, NOBODY, NOBODY), (50, CALL, STAYS), (10, NOBODY, NOBODY)

    assert played(*film)[0] == [(1.0, "handed"), (155.0, "back")]


def test_a_program_that_was_refused_finds_it_free_when_it_tries_again():
    film = (1, LOOKS, NOBODY), (8, NOBODY, NOBODY), (60, CALL, STAYS), (10, NOBODY, NOBODY)
    changes, state = played(*film)

    assert changes == [(0.0, "handed"), (72.0, "back")]
    assert state.not_before_s is None


def test_a_program_that_holds_it_too_briefly_to_be_noticed_twice_is_one_that_was_refused():
    assert played((1, CALL, NOBODY), (20, NOBODY, NOBODY))[0] == [(1.0, "handed"), (16.0, "back")]


def test_a_program_that_only_looks_again_and_again_costs_ever_less():
    looking = [(30, LOOKS, NOBODY)] * 120
    changes, state = played(*looking)

    assert [t_s for t_s, what in changes if what == "handed"] == [
        *(0.0, 90.0, 240.0, 510.0, 1020.0, 2010.0)
    ]
    assert [t_s for t_s, what in changes if what == "back"] == [
        *(15.0, 105.0, 255.0, 525.0, 1035.0, 2025.0)
    ]
    assert state.vain == 6


def test_the_pause_between_two_attempts_in_vain_does_not_grow_for_ever():
    state = ContentionState(handed=True, free_since_s=0.0, vain=30)

    assert step(state, 15.0, NOBODY).not_before_s == 15.0 + 1920.0


def test_someone_who_holds_on_is_let_in_although_others_only_looked():
    looked = ContentionState(vain=5, not_before_s=1000.0)

    assert played((20, CALL, STAYS), state=looked)[0] == [(1.0, "handed")]


def test_someone_who_came_makes_the_next_guess_as_quick_as_the_first():
    _, state = played((20, LOOKS, NOBODY), (20, CALL, STAYS), (10, NOBODY, NOBODY))

    assert (state.vain, state.not_before_s) == (0, None)


def test_a_program_that_holds_it_for_hours_is_tried_every_five_minutes():
    changes, state = played((400, CALL, STAYS))

    assert changes == [(1.0, "handed"), (301.0, "back"), (303.0, "handed")]
    assert state.used


def test_a_camera_that_could_not_be_opened_is_handed_over_where_somebody_has_it():
    asked = ContentionState(vain=2, not_before_s=50.0)

    assert refused(asked, 7.0, NOBODY) is asked
    assert refused(asked, 7.0, STAYS) == ContentionState(
        handed=True, handed_s=7.0, used=True, vain=2, not_before_s=50.0
    )


def test_a_camera_that_was_just_opened_is_suspected_of_nothing():
    before = ContentionState(suspect=True, held_since_s=3.0, vain=2, not_before_s=50.0)

    assert taken(before) == ContentionState(vain=2, not_before_s=50.0)


@pytest.mark.parametrize("fps", [0.5, 1.0, 4.0, 30.0])
def test_how_often_it_is_asked_changes_nothing_but_the_last_moment(fps):
    state, t_s, changes = ContentionState(), 0.0, []
    while t_s < 60.0:
        busy = 10.0 <= t_s < 40.0
        before, state = state, step(state, t_s, Contention(held=busy))
        if state.handed is not before.handed:
            changes.append(t_s)
        t_s += 1.0 / fps

    assert changes == [pytest.approx(11.0, abs=2.0), pytest.approx(43.0, abs=2.0)]

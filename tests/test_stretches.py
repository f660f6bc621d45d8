"""``stretches``: the library as JSON, names that may be mistyped, and counting."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from posture_monitor.analysis.batch import looks
from posture_monitor.cli import main
from posture_monitor.config import CameraSettings
from posture_monitor.core.exercises import counter
from posture_monitor.core.exercises.counting import CountState, Hint, Rule, finish, step
from posture_monitor.core.exercises.library import EXERCISES
from posture_monitor.core.exercises.rules import RULES
from posture_monitor.system.clock import SystemClock
from posture_monitor.vision.observer import open_observer
from posture_monitor.vision.recordings import FileSource
from posture_monitor.wording.exercises import exercise_texts

RULE = Rule(enter=20.0, leave=8.0)
LOOKS_PER_S = (5.0, 10.0, 30.0)


def movement(*, peak: float, move_s: float, hold_s: float, looks_per_s: float) -> CountState:
    """Two movements out and home again with a second of rest before, between and after."""
    cycle_s = 1.0 + 2.0 * move_s + hold_s
    state = CountState()
    for index in range(int((2.0 * cycle_s + 1.0) * looks_per_s)):
        t_s = index / looks_per_s
        moving_s = t_s % cycle_s - 1.0
        share = min(moving_s / move_s, (2.0 * move_s + hold_s - moving_s) / move_s, 1.0)
        state = step(state, t_s, peak * max(share, 0.0), RULE)
    return state


@pytest.mark.parametrize("looks_per_s", LOOKS_PER_S)
def test_whole_movements_count_at_every_frame_rate(looks_per_s):
    state = movement(peak=30.0, move_s=1.0, hold_s=2.0, looks_per_s=looks_per_s)

    assert state.repetitions == 2
    assert state.held_s == pytest.approx(2 * 2.4, abs=0.1)
    assert state.hint is Hint.DONE


@pytest.mark.parametrize("looks_per_s", LOOKS_PER_S)
def test_half_a_movement_does_not_count_and_asks_for_more(looks_per_s):
    state = movement(peak=16.0, move_s=1.0, hold_s=2.0, looks_per_s=looks_per_s)

    assert (state.repetitions, state.held_s, state.hint) == (0, 0.0, Hint.FURTHER)


@pytest.mark.parametrize("looks_per_s", LOOKS_PER_S)
def test_a_jerk_does_not_count_and_asks_for_less_haste(looks_per_s):
    state = movement(peak=30.0, move_s=0.25, hold_s=0.1, looks_per_s=looks_per_s)

    assert (state.repetitions, state.held_s, state.hint) == (0, 0.0, Hint.SLOWER)


def test_who_was_out_of_sight_on_the_way_must_come_home_first():
    state = CountState()
    for t_s, value in ((0.0, 0.0), (1.0, 25.0), (1.5, None), (3.0, 25.0), (3.5, 0.0), (4.0, 0.0)):
        state = step(state, t_s, value, RULE)

    assert state.repetitions == 0


def test_a_hold_that_lasts_until_the_films_end_is_kept_without_a_repetition():
    state = CountState()
    for index in range(60):
        state = step(state, index / 10.0, 0.0 if index < 10 else 25.0, RULE)
    state = finish(state, RULE)

    assert state.repetitions == 0
    assert state.held_s == pytest.approx(4.9, abs=0.1)


def test_every_exercise_has_its_words():
    assert set(exercise_texts()) == set(EXERCISES)


def test_the_library_prints_as_json(tmp_path, capsys):
    code = main(["--data-dir", str(tmp_path), "stretches", "list", "--format", "json"])

    listed = {one["name"]: one for one in json.loads(capsys.readouterr().out)}
    assert code == 0
    assert len(listed) == 18
    assert listed["head_turn"]["sides"] == ["left", "right"]
    assert listed["head_turn"]["counted"] is True
    assert listed["chin_tuck"]["counted"] is False
    assert "head_turn" in listed["head_turn"]["relieves"]
    assert all(one["source"] and one["steps"] and one["relieves"] for one in listed.values())


@pytest.mark.parametrize(
    ("name", "told"), [("head_trun", "head_turn"), ("chin tuck", "can't count")]
)
def test_what_cannot_be_counted_is_said(name, told, tmp_path, capsys):
    code = main(["--data-dir", str(tmp_path), "stretches", "count", name, "--source", "a.mp4"])

    assert code == 1
    assert told in capsys.readouterr().err


FILMS = Path(__file__).parent.parent / "samples" / "exercises"
DONE = {
    "head_turn_right_a_a": ("head_turn", {"left": 2, "right": 2}),
    "shoulder_shrug_right_c_b": ("shoulder_shrug", {"both": 3}),
    "arms_raised_sideways_right_a_a": ("arms_raised_sideways", {"both": 3}),
}


@pytest.mark.parametrize("film", DONE)
def test_a_film_of_an_exercise_is_counted(film):
    exercise, done = DONE[film]
    observer = open_observer("litert")
    with FileSource(
        FILMS / f"{film}.mp4", CameraSettings(), clock=SystemClock(), speed=None
    ) as source:
        seen = list(looks(source, observer, 12.0))
    observer.close()

    counted = {name: counter.count(name, seen) for name in RULES}

    assert {side: state.repetitions for side, state in counted[exercise].sides.items()} == done

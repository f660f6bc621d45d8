"""One position until another one has lasted; a sip and a glance are none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from posture_monitor.core.day import stillness
from posture_monitor.core.day.stillness import StillnessState, shifted
from tests.builders import LOOKING_ASIDE, SHIFTED, features, play

SCENES = {
    "still": {},
    "glance": LOOKING_ASIDE,
    "over": SHIFTED,
    "far over": {"aside_cm": 8.0},
}


def watch(script, fps=1.0):
    """When each change of position was noticed and from when it counts, and the end."""
    state, story = StillnessState(), []
    seen = {word: features(**how) for word, how in SCENES.items()}
    for t_s, word in play(script, fps):
        state, moved = stillness.step(state, t_s, seen[word])
        if moved:
            story.append((round(t_s, 3), round(state.since_s, 3)))
    return story, stillness.seconds(state, t_s)


def test_someone_who_keeps_still_changes_nothing():
    assert watch([(600, "still")]) == ([], 600.0)


def test_a_shift_counts_from_its_onset_once_it_has_lasted():
    assert watch([(60, "still"), (60, "over")]) == ([(64.0, 60.0)], 60.0)


def test_a_shift_for_a_moment_is_none():
    assert watch([(60, "still"), (3, "over"), (57, "still")]) == ([], 120.0)
    assert watch([(60, "still"), *[(3, "over"), (1, "still")] * 5])[0] == []


def test_a_glance_is_no_change_of_position():
    assert watch([(60, "still"), (30, "glance"), (30, "still")]) == ([], 120.0)


def test_going_back_is_a_change_too():
    assert watch([(60, "still"), (60, "over"), (60, "still")])[0] == [(64.0, 60.0), (124.0, 120.0)]


@pytest.mark.parametrize("fps", [0.5, 1.0, 2.0, 5.0, 15.0, 30.0])
def test_the_same_shifts_are_found_at_any_frame_rate(fps):
    story, still_s = watch([(60, "still"), (60, "over"), (2, "still"), (60, "far over")], fps)

    assert [since_s for _, since_s in story] == [60.0, 120.0]
    assert still_s == 62.0


@pytest.mark.parametrize(
    ("how", "moved"),
    [
        ({}, False),
        ({"aside_cm": 3.0}, False),
        ({"aside_cm": 7.0}, True),
        ({"aside_cm": -7.0}, True),
        ({"drop_cm": 7.0}, True),
        ({"drop_cm": -7.0}, True),
        ({"nearer_cm": 8.0}, True),
        ({"nearer_cm": -8.0}, True),
        ({"left_shoulder_up_cm": 4.0}, True),
        ({"left_shoulder_up_cm": -4.0}, True),
        ({"yaw_deg": 40.0}, False),
    ],
)
def test_five_centimetres_of_the_trunk_are_a_shift(how, moved):
    assert shifted(features(), features(**how)) is moved


AT_128 = replace(
    features(),
    shoulder_x_px=300.0,
    shoulder_y_px=200.0,
    shoulder_width_px=128.0,
    shoulder_tilt_deg=1.0,
)


@pytest.mark.parametrize(
    ("change", "moved"),
    [
        ({"shoulder_x_px": 300.0 + 17.9}, False),  # 0.14 of a width of 128 are 17.92
        ({"shoulder_x_px": 300.0 + 17.95}, True),
        ({"shoulder_y_px": 200.0 - 17.9}, False),
        ({"shoulder_y_px": 200.0 - 17.95}, True),
        ({"shoulder_width_px": 128.0 * 1.0899}, False),
        ({"shoulder_width_px": 128.0 * 1.0901}, True),
        ({"shoulder_width_px": 128.0 * 0.9099}, True),
        ({"shoulder_tilt_deg": 6.0}, False),
        ({"shoulder_tilt_deg": 6.1}, True),
        ({"shoulder_tilt_deg": -4.1}, True),
    ],
)
def test_a_shift_is_more_than_each_of_these(change, moved):
    assert shifted(AT_128, replace(AT_128, **change)) is moved


def test_before_anyone_was_measured_nobody_keeps_still():
    assert stillness.seconds(StillnessState(), 1000.0) == 0.0


def test_a_time_that_runs_backwards_makes_no_negative_stillness():
    state, _ = stillness.step(StillnessState(), 10.0, features())

    assert stillness.seconds(state, 5.0) == 0.0

"""Held strain as a film: what counts, from when, and what leaves no trace."""

from __future__ import annotations

import pytest

from posture_monitor.config import PostureSettings
from posture_monitor.core.judge import strain
from posture_monitor.core.judge.strain import MAX_UNJUDGED_S, StrainState
from posture_monitor.domain import Reason
from tests.builders import play

SCENES = {
    "relaxed": {"judged": True, "strained": False, "relaxed": True, "reasons": ()},
    "middling": {"judged": True, "strained": False, "relaxed": False, "reasons": ()},
    "slouch": {"judged": True, "strained": True, "relaxed": False, "reasons": (Reason.SLOUCH,)},
    "lean": {"judged": True, "strained": True, "relaxed": False, "reasons": (Reason.LEAN_LEFT,)},
    "both": {
        "judged": True,
        "strained": True,
        "relaxed": False,
        "reasons": (Reason.SLOUCH, Reason.LEAN_LEFT),
    },
    "tilt": {"judged": True, "strained": True, "relaxed": False, "reasons": (Reason.HEAD_TILT,)},
    "unseen": {"judged": False, "strained": False, "relaxed": False, "reasons": ()},
}


def watch(script, fps=1.0, **settings):
    """All that changed: when it was noticed, what, and from when it counts."""
    state, story = StrainState(), []
    for t_s, word in play(script, fps):
        if word == "no frame":
            continue
        state, change = strain.step(
            state, t_s=t_s, **SCENES[word], settings=PostureSettings(**settings)
        )
        if change.ended_at_s is not None:
            story.append((round(t_s, 6), "ended", round(change.ended_at_s, 6)))
        if change.held_from_s is not None:
            reasons = "+".join(state.reasons)
            story.append((round(t_s, 6), f"held {reasons}", round(change.held_from_s, 6)))
    return story


def test_strain_counts_from_its_onset_once_held():
    story = watch([(10, "relaxed"), (60, "slouch"), (10, "relaxed")])

    # Held for 30 s, noticed at 40; relaxed for 3 s from 70, noticed at 73.
    assert story == [(40.0, "held slouch", 10.0), (73.0, "ended", 70.0)]


def test_a_glance_of_ten_seconds_leaves_no_trace():
    assert watch([(60, "relaxed"), (10, "slouch"), (60, "relaxed")]) == []


def test_many_glances_leave_no_trace():
    assert watch([(20, "slouch"), (5, "relaxed")] * 10) == []


def test_a_moment_of_relief_does_not_start_the_count_anew():
    story = watch([(20, "slouch"), (2, "relaxed"), (20, "slouch")])

    assert story == [(30.0, "held slouch", 0.0)]


def test_a_held_strain_outlasts_a_moment_of_relief():
    story = watch([(40, "slouch"), (2, "relaxed"), (40, "slouch"), (5, "relaxed")])

    assert story == [(30.0, "held slouch", 0.0), (85.0, "ended", 82.0)]


def test_between_the_thresholds_strain_goes_on_but_none_begins_or_is_called_held():
    assert watch([(120, "middling")]) == []
    # A look at the keyboard on the way into a slouch used to be told as a head held down, by
    # then long over.
    assert watch([(10, "slouch"), (50, "middling")]) == []
    assert watch([(10, "slouch"), (40, "middling"), (1, "slouch"), (50, "middling")]) == [
        (50.0, "held slouch", 0.0)
    ]


def test_relief_must_last_without_a_relapse_between_the_thresholds():
    relapses = [(2, "relaxed"), (1, "middling")] * 5
    story = watch([(40, "slouch"), *relapses, (5, "relaxed")])

    assert story == [(30.0, "held slouch", 0.0), (58.0, "ended", 55.0)]


def test_a_second_strain_is_told_anew():
    story = watch([(40, "slouch"), (10, "relaxed"), (40, "lean")])

    assert story == [
        (30.0, "held slouch", 0.0),
        (43.0, "ended", 40.0),
        (80.0, "held lean_left", 50.0),
    ]


def test_what_lasted_half_of_the_time_and_still_holds_is_a_main_reason():
    assert watch([(20, "both"), (20, "slouch")]) == [(30.0, "held slouch", 0.0)]
    assert watch([(15, "both"), (20, "lean")]) == [(30.0, "held lean_left", 0.0)]
    assert watch([(40, "both")]) == [(30.0, "held slouch+lean_left", 0.0)]


def test_what_lasted_less_than_half_of_the_time_is_no_main_reason():
    half = watch([(10, "relaxed"), (16, "slouch"), (15, "both")])
    less = watch([(10, "relaxed"), (17, "slouch"), (14, "both")])
    again = watch([(10, "relaxed"), (1, "both"), (16, "slouch"), (14, "both")])

    assert half == [(40.0, "held slouch+lean_left", 10.0)]
    assert less == again == [(40.0, "held slouch", 10.0)]


def test_of_reasons_that_have_only_just_come_the_weightiest_is_named():
    assert watch([(25, "tilt"), (10, "both")]) == [(30.0, "held slouch", 0.0)]


def test_what_is_over_is_not_named_however_long_it_lasted():
    # A glance at the phone on the way into a slouch used to name the whole spell.
    assert watch([(20, "slouch"), (20, "lean")]) == [(30.0, "held lean_left", 0.0)]


def test_after_a_time_between_the_thresholds_what_holds_again_is_named():
    story = watch([(10, "slouch"), (4, "lean"), (26, "middling"), (5, "lean")])

    assert story == [(40.0, "held lean_left", 0.0)]


def test_frames_that_can_not_be_judged_neither_hold_nor_relax():
    assert watch([(20, "slouch"), (15, "unseen"), (5, "relaxed")]) == []
    assert watch([(20, "slouch"), (15, "unseen"), (5, "slouch")]) == [(35.0, "held slouch", 0.0)]


def test_out_of_sight_for_long_a_strain_is_over_with_the_last_frame():
    story = watch([(40, "slouch"), (60, "unseen")])

    assert MAX_UNJUDGED_S == 20.0
    assert story == [(30.0, "held slouch", 0.0), (59.0, "ended", 39.0)]


def test_out_of_sight_while_relaxing_a_strain_is_over_with_the_relief():
    story = watch([(40, "slouch"), (2, "relaxed"), (60, "unseen")])

    assert story == [(30.0, "held slouch", 0.0), (61.0, "ended", 40.0)]


def test_out_of_sight_before_it_was_held_a_strain_leaves_no_trace():
    assert watch([(20, "slouch"), (60, "unseen"), (20, "slouch"), (5, "relaxed")]) == []


def test_nobody_knows_what_came_between_two_frames_far_apart():
    # A lid closed over a slouch used to count as an hour of it.
    story = watch([(10, "slouch"), (3600, "no frame"), (10, "slouch"), (5, "relaxed")])
    held = watch([(40, "slouch"), (3600, "no frame"), (35, "slouch")])

    assert story == []
    assert held == [
        (30.0, "held slouch", 0.0),
        (3640.0, "ended", 39.0),
        (3670.0, "held slouch", 3640.0),
    ]


@pytest.mark.parametrize("fps", [0.5, 1.0, 2.0, 5.0, 15.0, 30.0])
def test_the_same_strain_is_told_at_any_frame_rate(fps):
    script = [(10, "relaxed"), (10, "slouch"), (10, "relaxed"), (50, "slouch"), (20, "relaxed")]
    story = watch(script, fps)
    expected = [(60.0, "held slouch", 30.0), (83.0, "ended", 80.0)]

    assert [(what, since) for _, what, since in story] == [(w, s) for _, w, s in expected]
    for (noticed, _, _), (at, _, _) in zip(story, expected, strict=True):
        assert at - 1e-6 <= noticed <= at + 1.0 / fps


def test_frames_far_apart_believe_a_relief_before_strain_was_held_at_once():
    assert watch([(20, "slouch"), (4, "relaxed"), (20, "slouch"), (8, "relaxed")], fps=0.25) == []


def test_frames_far_apart_wait_for_a_second_relaxed_one_once_strain_was_held():
    # A head bent over a phone is at times misread as upright.
    assert watch([(40, "slouch"), (4, "relaxed"), (20, "slouch")], fps=0.25) == [
        (32.0, "held slouch", 0.0)
    ]
    assert watch([(40, "slouch"), (20, "relaxed")], fps=0.25) == [
        (32.0, "held slouch", 0.0),
        (44.0, "ended", 40.0),
    ]


def test_relief_that_must_last_longer_is_waited_for_at_any_frame_rate():
    # Frames 4 s apart used to end it with the first relaxed one, whatever the setting.
    story = watch([(40, "slouch"), (40, "relaxed")], fps=0.25, corrected_s=10.0)

    assert story == [(32.0, "held slouch", 0.0), (52.0, "ended", 40.0)]


def test_the_hold_time_is_a_setting():
    assert watch([(20, "slouch")], hold_s=5.0) == [(5.0, "held slouch", 0.0)]

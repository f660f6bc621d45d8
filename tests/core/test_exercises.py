"""Exercises: the body in a frame, signals of movements, repetitions, neutrals and the library."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from posture_monitor.core.exercises import counter, signals
from posture_monitor.core.exercises.body import Arm, Body, Head, body_of
from posture_monitor.core.exercises.counting import (
    CountState,
    Hint,
    Phase,
    Rule,
    finish,
    holding_s,
    step,
)
from posture_monitor.core.exercises.library import EXERCISES, find, nearest
from posture_monitor.core.exercises.signals import Neutral, neutral_from, neutral_of
from posture_monitor.domain import Landmark
from tests.builders import (
    face_of,
    features,
    moved,
    observe,
    person,
    seen_closely,
    sitting,
    with_mesh,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from posture_monitor.core.exercises.counter import Progress
    from posture_monitor.domain import Pose

# ------------------------------------------------------------------ repetitions and holds

RULE = Rule(enter=20.0, leave=8.0)
LOOKS_PER_S = (5.0, 10.0, 30.0)


def movement(*, peak: float, move_s: float, hold_s: float, frames_per_s: float) -> CountState:
    """Two movements out and home again with a second of rest before, between and after."""
    cycle_s = 1.0 + 2.0 * move_s + hold_s
    state = CountState()
    for index in range(int((2.0 * cycle_s + 1.0) * frames_per_s)):
        t_s = index / frames_per_s
        moving_s = t_s % cycle_s - 1.0
        share = min(moving_s / move_s, (2.0 * move_s + hold_s - moving_s) / move_s, 1.0)
        state = step(state, t_s, peak * max(share, 0.0), RULE)
    return state


@pytest.mark.parametrize("frames_per_s", LOOKS_PER_S)
def test_whole_movements_count_at_every_frame_rate(frames_per_s):
    state = movement(peak=30.0, move_s=1.0, hold_s=2.0, frames_per_s=frames_per_s)

    assert state.repetitions == 2
    assert state.held_s == pytest.approx(2 * 2.4, abs=0.1)
    assert state.hint is Hint.DONE


@pytest.mark.parametrize("frames_per_s", LOOKS_PER_S)
def test_half_a_movement_does_not_count_and_asks_for_more(frames_per_s):
    state = movement(peak=16.0, move_s=1.0, hold_s=2.0, frames_per_s=frames_per_s)

    assert (state.repetitions, state.held_s, state.hint) == (0, 0.0, Hint.FURTHER)


@pytest.mark.parametrize("frames_per_s", LOOKS_PER_S)
def test_a_jerk_does_not_count_and_asks_for_less_haste(frames_per_s):
    state = movement(peak=30.0, move_s=0.25, hold_s=0.1, frames_per_s=frames_per_s)

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


def test_who_starts_out_of_the_neutral_is_counted_once_home():
    state = CountState()
    script = (
        (0.0, 25.0),
        (0.5, 25.0),
        (1.0, 0.0),
        (1.5, 0.0),
        (2.0, 25.0),
        (3.0, 25.0),
        (4.0, 0.0),
    )
    phases = []
    for t_s, value in script:
        state = step(state, t_s, value, RULE)
        phases.append(state.phase)

    assert phases == ["lost", "lost", "home", "home", "out", "out", "home"]
    assert state.repetitions == 1
    assert state.held_s == pytest.approx(1.3)  # from 1.9 s to 3.2 s at 20, the demanded way


def test_a_hold_counts_from_the_crossing_of_its_depth_and_until_it_is_left():
    state = CountState()
    for t_s, value in ((0.0, 0.0), (1.0, 10.0), (2.0, 30.0), (3.0, 30.0), (4.0, 18.0)):
        state = step(state, t_s, value, RULE)

    assert state.phase is Phase.OUT
    assert holding_s(state, RULE) == pytest.approx(1.8)  # at 24 of 30: from 1.7 s to 3.5 s
    assert holding_s(CountState(), RULE) == 0.0


def test_a_slow_movement_that_touches_the_demanded_way_only_briefly_does_not_count():
    state = CountState()
    for t_s, value in ((0.0, 0.0), (0.9, 19.0), (1.0, 21.0), (1.1, 19.0), (1.9, 0.0)):
        state = step(state, t_s, value, RULE)

    assert (state.repetitions, state.hint) == (0, Hint.SLOWER)


def test_a_small_movement_leaves_the_hint_as_it_was():
    state = replace(CountState(), hint=Hint.DONE)
    for t_s, value in ((0.0, 0.0), (0.5, 10.0), (1.0, 0.0)):
        state = step(state, t_s, value, RULE)

    assert (state.phase, state.hint) == (Phase.HOME, Hint.DONE)


# ------------------------------------------------------------------ the body in a frame


def test_a_body_has_the_shoulders_of_its_pose_and_all_heads_that_were_seen():
    pose = with_mesh(seen_closely(sitting()), yaw_deg=20.0)
    body = body_of(observe(0.0, pose))

    assert body is not None
    assert body.shoulder_width == pytest.approx(261.8, abs=0.1)
    assert body.shoulders == pytest.approx((320.0, 370.9), abs=0.1)
    assert body.outline_y == pytest.approx(334.5, abs=0.1)
    assert (body.left.elbow_seen, body.right.wrist_seen, body.head_seen) == (True, True, True)
    own, close, mesh = body.heads
    assert own is not None
    assert close is not None
    assert mesh is not None
    assert (own.yaw_deg, close.yaw_deg) == pytest.approx((0.0, 0.0), abs=0.5)
    assert mesh.yaw_deg == pytest.approx(22.2, abs=0.5)  # the mesh is too flat, which is undone


def test_a_body_without_its_outline_or_a_close_up_lacks_only_these():
    body = body_of(observe(0.0, replace(sitting(), shoulder_tops_px=None)))

    assert body is not None
    assert body.outline_y is None
    assert body.heads[0] is not None
    assert body.heads[1:] == (None, None)


@pytest.mark.parametrize(
    "pose",
    [
        None,
        person(confidence=0.4),
        person(visibility=0.4),
        person(aside_cm=60.0),
        moved(person(), Landmark.LEFT_HIP, math.nan, 0.0),
    ],
    ids=["nobody", "unsure", "shoulders hidden", "beside the picture", "not a number"],
)
def test_no_body_is_taken_from_a_frame_without_both_shoulders(pose):
    assert body_of(observe(0.0, pose, faces=())) is None


def test_a_head_above_the_picture_has_no_direction():
    body = body_of(observe(0.0, person(drop_cm=-35.0)))

    assert body is not None
    assert body.head_seen is False
    assert body.heads == (None, None, None)


def test_points_that_make_no_face_have_no_direction():
    pose = person()
    points = pose.points_px.copy()
    points[:11] = 320.0, 200.0
    body = body_of(observe(0.0, replace(pose, points_px=points), faces=(face_of(pose),)))

    assert body is not None
    assert body.head_seen is True
    assert body.heads == (None, None, None)


# ------------------------------------------------------------------ signals

HEAD = Head(0.0, 0.0)
NEUTRAL = Neutral(200.0, 300.0, 300.0, 300.0, 150.0, 0.0, 0.0, (HEAD, HEAD, HEAD), 280.0, 420.0)
BODY = Body(
    left=Arm((400.0, 300.0), (400.0, 420.0), (400.0, 520.0), True, True),
    right=Arm((200.0, 300.0), (200.0, 420.0), (200.0, 520.0), True, True),
    nose=(300.0, 160.0),
    ears=(300.0, 150.0),
    head_seen=True,
    heads=(HEAD, HEAD, HEAD),
    shoulder_turn=0.0,
    outline_y=280.0,
    height_px=480,
    width_px=640,
)


def with_shoulders(left: tuple[float, float], right: tuple[float, float]) -> Body:
    """The body with its shoulders elsewhere."""
    return replace(
        BODY, left=replace(BODY.left, shoulder=left), right=replace(BODY.right, shoulder=right)
    )


def with_arms(
    left: tuple[tuple[float, float], tuple[float, float]],
    right: tuple[tuple[float, float], tuple[float, float]],
) -> Body:
    """The body with its elbows and wrists elsewhere."""
    return replace(
        BODY,
        left=replace(BODY.left, elbow=left[0], wrist=left[1]),
        right=replace(BODY.right, elbow=right[0], wrist=right[1]),
    )


@pytest.mark.parametrize(
    "signal",
    [
        signals.neck_side_bend,
        signals.head_turn,
        signals.shoulders_raised,
        signals.arms_out,
        signals.side_bend,
        signals.twist,
        signals.rise,
    ],
)
def test_a_signal_is_zero_in_the_neutral(signal):
    assert signal(BODY, NEUTRAL) == 0.0


@pytest.mark.parametrize(
    ("heads", "bend"),
    [
        ((Head(16.0, 0.0), Head(30.0, 0.0), Head(20.0, 0.0)), 25.0),
        ((Head(16.0, 0.0), None, Head(20.0, 0.0)), 20.0),
        ((Head(20.0, 0.0), None, None), 27.0),
        ((Head(5.0, 0.0), Head(40.0, 0.0), None), 13.5),  # a face half hidden by a hand
        ((Head(-1.0, 0.0), Head(40.0, 0.0), None), 0.0),
        ((None, Head(40.0, 0.0), None), None),
    ],
)
def test_the_neck_is_bent_as_far_as_the_best_heads_seen_agree(heads, bend):
    assert signals.neck_side_bend(replace(BODY, heads=heads), NEUTRAL) == (
        None if bend is None else pytest.approx(bend)
    )


def test_a_head_that_leans_with_the_trunk_does_not_bend_the_neck():
    leaning = replace(
        with_shoulders((400.0, 350.0), (200.0, 250.0)),
        heads=(Head(20.0, 0.0), None, Head(math.degrees(math.atan(0.5)) - 1.0, 0.0)),
    )

    assert signals.neck_side_bend(leaning, NEUTRAL) == 0.0


@pytest.mark.parametrize(
    ("heads", "turn"),
    [
        ((Head(0.0, 30.0), Head(0.0, 40.0), Head(0.0, -50.0)), 35.0),
        ((Head(0.0, 50.0), Head(0.0, 40.0), None), 55.0),  # the mesh sees no face any more
        ((Head(0.0, -50.0), Head(0.0, -40.0), None), -55.0),
        ((Head(0.0, -50.0), None, None), None),
        ((None, Head(0.0, 50.0), HEAD), None),
    ],
)
def test_the_head_is_turned_as_far_as_two_models_say_in_the_mean(heads, turn):
    assert signals.head_turn(replace(BODY, heads=heads), NEUTRAL) == turn


def test_a_mesh_that_was_never_seen_tells_nothing_by_being_gone():
    neutral = replace(NEUTRAL, heads=(HEAD, HEAD, None))
    turned = replace(BODY, heads=(Head(0.0, 50.0), Head(0.0, 40.0), None))

    assert signals.head_turn(turned, neutral) == 45.0
    assert signals.head_turn(turned, replace(NEUTRAL, heads=(HEAD, None, None))) == 50.0


@pytest.mark.parametrize(
    ("rest_yaw_deg", "turn"),
    [(15.0, 50.0), (30.0, 45.0), (45.0, 45.0), (-30.0, 55.0)],
)
def test_a_head_at_the_cameras_side_loses_its_mesh_sooner(rest_yaw_deg, turn):
    neutral = replace(NEUTRAL, heads=(HEAD, HEAD, Head(0.0, rest_yaw_deg)))
    turned = replace(BODY, heads=(Head(0.0, 50.0), Head(0.0, 40.0), None))

    assert signals.head_turn(turned, neutral) == pytest.approx(turn)


@pytest.mark.parametrize(
    ("pose_yaw_deg", "turn"),
    [(50.0, None), (80.0, 65.0)],
    ids=["a turned body", "shoulders drawn for a head in profile"],
)
def test_no_turn_of_the_head_is_told_while_the_whole_body_is_turned(pose_yaw_deg, turn):
    turned = replace(
        with_shoulders((370.0, 300.0), (230.0, 300.0)),
        heads=(Head(0.0, pose_yaw_deg), Head(0.0, 50.0), HEAD),
    )

    assert signals.head_turn(turned, NEUTRAL) == turn


def test_shoulders_are_raised_as_far_as_they_near_the_ears():
    up = with_shoulders((400.0, 280.0), (200.0, 280.0))
    sat_up = replace(up, ears=(300.0, 130.0), outline_y=None)

    assert signals.shoulders_raised(replace(up, outline_y=None), NEUTRAL) == pytest.approx(0.1)
    assert signals.shoulders_raised(sat_up, NEUTRAL) == pytest.approx(0.0)
    by_outline = replace(up, ears=(300.0, 135.0), outline_y=255.0)  # 0.05 nearer the ears
    assert signals.shoulders_raised(by_outline, NEUTRAL) == pytest.approx(0.075)
    assert signals.shoulders_raised(replace(up, head_seen=False), NEUTRAL) is None


@pytest.mark.parametrize(
    ("half_width", "y", "told"),
    [(90.5, 280.0, True), (89.5, 280.0, False), (115.5, 280.0, False), (100.0, 239.0, False)],
    ids=["a little narrower", "leaning back", "leaning in", "getting up"],
)
def test_nothing_is_told_of_shoulders_that_change_their_size_or_rise_too_far(half_width, y, told):
    body = with_shoulders((300.0 + half_width, y), (300.0 - half_width, y))

    assert (signals.shoulders_raised(body, NEUTRAL) is not None) is told


@pytest.mark.parametrize(
    ("elbows_up_px", "raised"), [(0.0, 0.1), (20.0, 0.16), (40.0, 0.19), (-20.0, 0.1)]
)
def test_a_shrug_takes_the_elbows_along(elbows_up_px, raised):
    y = 420.0 - elbows_up_px
    arms = with_arms(((400.0, y), (400.0, 520.0)), ((200.0, y), (200.0, 520.0)))
    up = replace(
        arms,
        left=replace(arms.left, shoulder=(400.0, 280.0)),
        right=replace(arms.right, shoulder=(200.0, 280.0)),
        outline_y=None,
    )

    assert signals.shoulders_raised(up, NEUTRAL) == pytest.approx(raised)
    unknown = replace(NEUTRAL, elbow_y=None)
    assert signals.shoulders_raised(up, unknown) == pytest.approx(0.135)


@pytest.mark.parametrize(("roll_deg", "told"), [(17.0, True), (-19.0, False)])
def test_neither_a_shrug_nor_a_twist_is_told_of_a_head_bent_aside(roll_deg, told):
    bent = (Head(roll_deg, 50.0), Head(roll_deg, 50.0), None)
    up = replace(with_shoulders((400.0, 280.0), (200.0, 280.0)), heads=bent)
    twisting = replace(with_shoulders((370.0, 300.0), (230.0, 300.0)), heads=bent)

    assert (signals.shoulders_raised(up, NEUTRAL) is not None) is told
    assert (signals.twist(twisting, NEUTRAL) is not None) is told


@pytest.mark.parametrize(
    ("wrist", "seen", "head", "raised"),
    [
        ((320.0, 260.0), True, HEAD, True),
        ((320.0, 395.0), True, HEAD, True),
        ((320.0, 405.0), True, HEAD, False),  # low
        ((510.0, 260.0), True, HEAD, False),  # far aside
        ((320.0, 260.0), False, HEAD, False),
        ((320.0, 260.0), True, Head(0.0, 61.0), False),  # the trunk may hide that arm
        ((320.0, 260.0), True, None, False),
    ],
)
def test_a_hand_is_at_the_head_where_it_is_seen_high_and_near(wrist, seen, head, raised):
    arm = replace(BODY.left, wrist=wrist, wrist_seen=seen)

    body = replace(BODY, left=arm, heads=(head, None, None))
    assert signals.hand_at_head(body, NEUTRAL) is raised


@pytest.mark.parametrize(
    ("left_elbow", "out_deg"),
    [
        ((520.0, 300.0), 90.0),
        ((420.0, 300.0), 0.0),  # short: it points at the camera
        ((379.2, 181.8), 100.0),  # 190: the right one is less raised
        ((400.0, 420.0), 0.0),
    ],
)
def test_arms_are_out_as_far_as_the_one_that_is_less_raised(left_elbow, out_deg):
    right_elbow = (81.8, 279.2)  # 100 degrees
    body = with_arms((left_elbow, left_elbow), (right_elbow, right_elbow))

    assert signals.arms_out(body, NEUTRAL) == pytest.approx(out_deg, abs=0.1)


def test_arms_are_up_as_far_as_the_lower_elbow_and_its_hand():
    hands_high = with_arms(((400.0, 200.0), (400.0, 100.0)), ((200.0, 200.0), (200.0, 100.0)))
    hand_low = with_arms(((400.0, 200.0), (400.0, 220.0)), ((200.0, 200.0), (200.0, 100.0)))

    assert signals.arms_up(hands_high, NEUTRAL) == pytest.approx(0.5)
    assert signals.arms_up(hand_low, NEUTRAL) == pytest.approx(0.2)
    assert signals.arms_up(BODY, NEUTRAL) == pytest.approx(-0.6)


def test_a_side_bend_tilts_the_shoulders_and_moves_them_the_same_way():
    to_the_left = with_shoulders((480.0, 350.0), (280.0, 250.0))
    only_tilted = with_shoulders((400.0, 350.0), (200.0, 250.0))
    wrong_way = with_shoulders((320.0, 350.0), (120.0, 250.0))

    assert signals.side_bend(to_the_left, NEUTRAL) == pytest.approx(26.57, abs=0.01)
    hardly_moved = with_shoulders((420.0, 350.0), (220.0, 250.0))
    assert signals.side_bend(hardly_moved, NEUTRAL) == pytest.approx(7.15, abs=0.01)
    assert signals.side_bend(only_tilted, NEUTRAL) == 0.0
    assert signals.side_bend(wrong_way, NEUTRAL) == 0.0


def twisted(body: Body, turn_px: float, yaw_deg: float) -> Body:
    """The body with its left shoulder farther away and its head turned."""
    return replace(body, shoulder_turn=turn_px, heads=(Head(0.0, yaw_deg), None, None))


def test_a_twist_makes_shoulders_both_narrow_and_deep_and_takes_the_head_along():
    narrow = with_shoulders((370.0, 300.0), (230.0, 300.0))  # 45.6 degrees by 0.7 of the width
    turn = (45.0 + 2 * 45.57) / 3

    assert signals.twist(twisted(narrow, 380.0, 50.0), NEUTRAL) == pytest.approx(turn, abs=0.01)
    assert signals.twist(twisted(narrow, -380.0, -50.0), NEUTRAL) == pytest.approx(-turn, abs=0.01)
    assert signals.twist(twisted(narrow, 380.0, 20.0), NEUTRAL) == pytest.approx(24.0)
    assert signals.twist(twisted(narrow, 380.0, -20.0), NEUTRAL) == 0.0
    assert signals.twist(twisted(BODY, 380.0, 50.0), NEUTRAL) == 0.0
    headless = replace(narrow, shoulder_turn=380.0, heads=(None, None, None))
    assert signals.twist(headless, NEUTRAL) is None


def test_a_camera_at_the_side_sees_shoulders_widen_that_turn_towards_it():
    aside = replace(NEUTRAL, heads=(Head(0.0, 40.0), None, None))  # the trunk by half of it
    unknown = replace(NEUTRAL, heads=(None, None, None))
    wider = with_shoulders((403.0, 300.0), (197.0, 300.0))  # 14.5 degrees off the axis
    towards = twisted(wider, -380.0, -10.0)

    assert signals.twist(towards, aside) == pytest.approx(-(45.0 + 2 * 34.6) / 3, abs=0.1)
    assert signals.twist(towards, unknown) is None


def test_who_stands_up_rises_in_shoulder_widths():
    assert signals.rise(with_shoulders((400.0, 200.0), (200.0, 200.0)), NEUTRAL) == 0.5


# ------------------------------------------------------------------ neutrals


def test_a_neutral_is_the_median_of_its_frames_and_needs_most_of_them():
    seldom = replace(BODY, heads=(HEAD, None, None), outline_y=None)
    neutral = neutral_of(
        [
            replace(BODY, heads=(Head(3.0, 9.0), HEAD, None)),
            seldom,
            replace(seldom, heads=(HEAD,) * 3),
        ]
    )

    assert neutral.shoulder_width == 200.0
    assert (neutral.ear_x, neutral.ear_y, neutral.tilt_deg) == (300.0, 150.0, 0.0)
    assert neutral.heads == (HEAD, HEAD, None)
    assert neutral.outline_y is None
    assert (neutral_of([BODY]).outline_y, neutral.elbow_y) == (280.0, 420.0)


def test_a_profile_tells_the_neutral_in_pixels():
    neutral = neutral_from(features())

    assert neutral.shoulder_width == pytest.approx(261.8, abs=0.5)
    assert (neutral.shoulder_x, neutral.shoulder_y) == pytest.approx((320.0, 370.9), abs=0.5)
    assert (neutral.ear_x, neutral.ear_y) == pytest.approx((320.0, 206.1), abs=0.5)
    assert neutral.outline_y == pytest.approx(334.5, abs=0.5)
    assert neutral.heads[0] is not None
    assert neutral.heads[1:] == (None, None)


# ------------------------------------------------------------------ from frame to frame

LOOKS_A_SECOND = 5


def watched(
    progress: Progress,
    until_s: float,
    pose_at: Callable[[float], Pose | None],
    start_s: float = 0.0,
) -> Progress:
    """After five frames a second, the last one before ``until_s``."""
    for index in range(round((until_s - start_s) * LOOKS_A_SECOND)):
        t_s = start_s + index / LOOKS_A_SECOND
        progress = counter.watch(progress, observe(t_s, pose_at(t_s), faces=()))
    return progress


STILL = sitting()
TURNED = sitting(yaw_deg=60.0)
HALF_TURNED = sitting(yaw_deg=25.0)
SWAYING = (sitting(aside_cm=-3.0), sitting(), sitting(aside_cm=3.0))


def turning_once(t_s: float) -> Pose:
    """Half a second still, then a turn of the head to the left, then still again."""
    if t_s < 0.5 or t_s >= 2.5:
        return STILL
    return TURNED if 1.0 <= t_s < 2.0 else HALF_TURNED


def swaying(t_s: float) -> Pose:
    """Never still."""
    return SWAYING[round(t_s * LOOKS_A_SECOND) % 3]


def test_what_was_done_before_the_neutral_was_known_is_counted_then():
    before = watched(counter.begin("head_turn"), 3.4, turning_once)
    after = watched(before, 4.2, turning_once, 3.4)

    assert (before.neutral, before.repetitions) == (None, 0)
    assert after.waiting == ()
    assert (after.sides["left"].repetitions, after.sides["right"].repetitions) == (1, 0)
    assert after.repetitions == 1
    assert after.held_s == after.sides["left"].held_s > 0.5
    assert after.hint is Hint.DONE


def test_a_hold_that_lasts_to_the_end_of_a_film_is_kept():
    ready = watched(counter.begin("head_turn"), 2.0, lambda _: STILL)
    ended = counter.finish(watched(ready, 4.0, lambda _: TURNED, 2.0))

    assert (ended.repetitions, ended.sides["left"].phase) == (0, Phase.LOST)
    assert ended.held_s == pytest.approx(1.84, abs=0.1)


def test_the_hint_follows_what_is_seen():
    fresh = watched(counter.begin("head_turn"), 0.4, lambda _: STILL)
    unseen = watched(fresh, 0.6, lambda _: None, 0.4)
    ready = watched(fresh, 2.0, lambda _: STILL, 0.4)
    moving = watched(ready, 2.4, lambda _: TURNED, 2.0)
    lost = watched(moving, 4.0, lambda _: None, 2.4)

    assert counter.begin("head_turn").hint is Hint.STILL
    assert (fresh.hint, unseen.hint) == (Hint.STILL, Hint.NOT_SEEN)
    assert (ready.hint, moving.hint, lost.hint) == (Hint.NONE, Hint.NONE, Hint.NOT_SEEN)


def test_a_body_that_was_lost_counts_again_from_its_next_neutral():
    ready = watched(counter.begin("head_turn"), 2.0, lambda _: STILL)
    lost = watched(ready, 4.0, lambda _: None, 2.0)
    back = watched(lost, 8.0, lambda t_s: turning_once(t_s - 4.0), 4.0)

    assert lost.sides["left"].phase is Phase.LOST
    assert back.repetitions == 1


def test_both_sides_at_once_are_counted_as_one():
    ready = watched(counter.begin("shoulder_shrug"), 2.0, lambda _: STILL)

    assert set(ready.sides) == {"both"}
    assert ready.neutral is not None


@pytest.mark.parametrize(
    "other",
    [
        sitting(drop_cm=3.0),
        sitting(aside_cm=3.0),
        sitting(roll_deg=8.0),
        sitting(yaw_deg=15.0),
        sitting(elbow_x_px=60.0),
    ],
    ids=["up and down", "aside", "rolling", "turning", "elbows"],
)
def test_who_keeps_moving_has_no_neutral_yet(other):
    progress = watched(
        counter.begin("head_turn"), 4.0, lambda t_s: other if t_s % 1.0 < 0.5 else STILL
    )

    assert progress.neutral is None


def test_without_a_calm_second_the_middle_serves_as_neutral():
    waiting = watched(counter.begin("head_turn"), 20.0, swaying)
    served = watched(waiting, 20.2, swaying, 20.0)

    assert waiting.neutral is None
    assert served.neutral is not None
    assert served.neutral.shoulder_x == pytest.approx(320.0, abs=0.5)


def test_without_a_calm_second_a_profile_serves_as_neutral():
    expected = neutral_from(features())

    assert counter.count("head_turn", [observe(0.0, STILL)], expected).neutral == expected


def test_where_nobody_is_seen_there_is_no_neutral():
    observations = [observe(index / 5.0) for index in range(110)]
    progress = counter.count("head_turn", observations)

    assert (progress.neutral, progress.repetitions) == (None, 0)


def test_an_exercise_that_is_not_counted_cannot_begin():
    with pytest.raises(KeyError):
        counter.begin("chin_tuck")


@pytest.mark.parametrize(
    ("pose", "is_neutral"),
    [
        (sitting(yaw_deg=15.0), True),
        (HALF_TURNED, False),  # the profile looks straight ahead
        (sitting(roll_deg=20.0), False),
        (sitting(elbow_x_px=200.0), False),
    ],
    ids=["nearly", "another yaw", "head bent", "arms raised"],
)
def test_a_calm_second_is_a_neutral_only_where_the_profile_agrees(pose, is_neutral):
    expected = neutral_from(features())
    progress = watched(counter.begin("head_turn", expected), 2.0, lambda _: pose)

    assert (progress.neutral is not None) is is_neutral


def test_without_a_profiles_heads_a_level_head_is_enough():
    expected = replace(neutral_from(features()), heads=(None, None, None))
    progress = watched(counter.begin("head_turn", expected), 2.0, lambda _: HALF_TURNED)

    assert progress.neutral is not None


def test_a_calm_second_mostly_without_a_head_is_no_neutral():
    above = moved(STILL, Landmark.NOSE, 320.0, -5.0)
    progress = watched(
        counter.begin("arms_raised_sideways"), 2.0, lambda t_s: STILL if t_s % 1.0 < 0.1 else above
    )

    assert progress.neutral is None


def test_the_neutral_follows_somebody_who_rests():
    ready = watched(counter.begin("head_turn"), 2.0, lambda _: STILL)
    moved_over = watched(ready, 5.0, lambda _: sitting(aside_cm=-8.0), 2.0)

    assert ready.neutral is not None
    assert moved_over.neutral is not None
    assert ready.neutral.shoulder_x == pytest.approx(320.0, abs=0.5)
    assert moved_over.neutral.shoulder_x == pytest.approx(261.8, abs=0.5)


def shrugged(up_px: float) -> Pose:
    """Shoulders and arms raised towards a head that stayed."""
    pose = STILL
    for joint in (
        *(Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER),
        *(Landmark.LEFT_ELBOW, Landmark.RIGHT_ELBOW),
    ):
        x, y = STILL.xy(joint)
        pose = moved(pose, joint, x, y - up_px)
    return pose


def test_a_movement_that_has_just_come_home_is_no_rest():
    ready = watched(counter.begin("shoulder_shrug"), 2.0, lambda _: STILL)
    shrugging = watched(ready, 3.4, lambda _: shrugged(20.0), 2.0)
    home = watched(shrugging, 3.6, lambda _: shrugged(3.0), 3.4)

    assert ready.neutral is not None
    assert (home.repetitions, home.sides["both"].phase) == (1, Phase.HOME)
    assert home.neutral == ready.neutral


def test_who_turned_aside_a_little_does_not_rest():
    ready = watched(counter.begin("head_turn"), 2.0, lambda _: STILL)
    aside = watched(ready, 6.0, lambda _: sitting(yaw_deg=12.0), 2.0)

    assert {state.phase for state in aside.sides.values()} == {Phase.HOME}
    assert aside.neutral == ready.neutral


def test_a_turn_with_a_hand_at_the_head_does_not_count():
    def drinking(t_s: float) -> Pose:
        pose = moved(turning_once(t_s), Landmark.LEFT_WRIST, 330.0, 260.0)
        return pose if 0.9 < t_s < 2.5 else STILL

    ready = watched(counter.begin("head_turn"), 2.0, lambda _: STILL)
    busy = watched(ready, 3.6, lambda t_s: drinking(t_s - 2.0), 2.0)
    after = watched(busy, 6.0, lambda t_s: drinking(t_s - 2.0), 3.6)
    again = watched(after, 10.0, lambda t_s: turning_once(t_s - 6.0), 6.0)

    assert {state.phase for state in busy.sides.values()} == {Phase.LOST}
    assert busy.hint is Hint.HANDS_DOWN
    assert (after.repetitions, after.hint) == (0, Hint.NONE)
    assert again.repetitions == 1


def test_a_hand_at_the_head_in_one_frame_alone_is_a_mistake_of_the_model():
    flicker = moved(TURNED, Landmark.LEFT_WRIST, 330.0, 260.0)
    ready = watched(counter.begin("head_turn"), 2.0, lambda _: STILL)
    once = watched(ready, 2.2, lambda _: flicker, 2.0)
    after = watched(once, 5.0, lambda t_s: turning_once(t_s - 1.2), 2.2)

    assert after.repetitions == 1


def test_who_stays_between_the_thresholds_sits_otherwise_now():
    ready = watched(counter.begin("head_turn"), 2.0, lambda _: STILL)
    settling = watched(ready, 10.0, lambda _: HALF_TURNED, 2.0)
    settled = watched(settling, 13.0, lambda _: HALF_TURNED, 10.0)

    assert settling.settling_since_s == pytest.approx(3.0, abs=0.3)
    assert settling.sides["left"].phase is Phase.MOVING
    assert settled.settling_since_s is None
    assert {state.phase for state in settled.sides.values()} == {Phase.HOME}
    assert settled.repetitions == 0


def test_a_held_stretch_is_no_new_neutral():
    ready = watched(counter.begin("neck_side_bend"), 2.0, lambda _: STILL)
    tried = watched(ready, 14.0, lambda _: sitting(roll_deg=15.0), 2.0)
    held = watched(ready, 14.0, lambda _: sitting(roll_deg=35.0), 2.0)

    assert tried.sides["left"].phase is Phase.MOVING
    assert held.sides["left"].phase is Phase.OUT
    assert (tried.neutral, held.neutral) == (ready.neutral, ready.neutral)


# ------------------------------------------------------------------ the library


def test_an_exercise_is_found_however_it_is_written():
    assert find("Neck side-bend") is find("neck_side_bend") is not None
    assert find("nothing") is None


@pytest.mark.parametrize(
    ("name", "counted"),
    [("head_turn", True), ("chin_tuck", False), ("shoulder_roll", False), ("chest_opener", False)],
)
def test_only_what_was_shown_to_count_right_is_counted(name, counted):
    assert EXERCISES[name].counted is counted


@pytest.mark.parametrize(
    ("name", "meant"),
    [("head_trun", "head_turn"), ("twist", "seated_twist"), ("xyzzy", None)],
)
def test_the_nearest_names_are_offered_and_none_where_nothing_is_similar(name, meant):
    assert next(iter(nearest(name)), None) == meant

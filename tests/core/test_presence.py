"""Who is in view: two witnesses for a person, one user among several, and no flicker."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from posture_monitor.core.judge import presence
from posture_monitor.core.judge.presence import PresenceState, competing_face, has_face, place_of
from posture_monitor.domain import Face, Landmark, Presence, Texture, Unjudged, ViewShift
from tests.builders import face_of, moved, observe, person, play, upright_baseline

PRESENT, AWAY, UNKNOWN = Presence.PRESENT, Presence.AWAY, Presence.UNKNOWN
PHANTOM = {"faces": ()}  # a pose where the model sees a person and the detector no face


def scene(t_s, word):
    """What is seen at that moment."""
    return {
        "person": lambda: observe(t_s, person()),
        "phantom": lambda: observe(t_s, person(), **PHANTOM),
        "elsewhere": lambda: observe(t_s, person(aside_cm=30.0), **PHANTOM),
        "larger": lambda: observe(t_s, person(size=1.6), **PHANTOM),
        "nobody": lambda: observe(t_s),
        "dark": lambda: observe(t_s, brightness=13.0),
        "unsure": lambda: observe(t_s, person(confidence=0.4)),
        "torso": lambda: observe(t_s, person(drop_cm=-40.0), faces=(face_of(person()),)),
        "head only": lambda: observe(t_s, person(shoulders_up_cm=-20.0)),
    }[word]()


def watch(script, fps=1.0, baseline=None):
    """The presence after each frame, and why the last one can't be judged."""
    state, seen, unjudged = PresenceState(), [], None
    for t_s, word in play(script, fps):
        state, unjudged = presence.step(state, scene(t_s, word), baseline)
        seen.append((t_s, state.presence))
    return seen, unjudged


def changes(script, fps=1.0, baseline=None):
    """When the presence changed, and to what."""
    seen, _ = watch(script, fps, baseline)
    before = UNKNOWN
    found = []
    for t_s, now in seen:
        if now is not before:
            found.append((round(t_s, 3), now))
        before = now
    return found


def test_a_person_with_a_face_is_present_within_a_second():
    assert changes([(5, "person")], fps=1.0) == [(0.0, PRESENT)]  # the first frame is believed
    assert changes([(5, "nobody"), (5, "person")], fps=10.0) == [(0.0, AWAY), (5.5, PRESENT)]


def test_a_pose_without_a_face_is_no_person():
    assert watch([(5, "phantom")]) == ([(float(t), AWAY) for t in range(6)], Unjudged.NOBODY)


def test_someone_who_hides_their_face_is_still_there():
    assert changes([(5, "person"), (60, "phantom")]) == [(0.0, PRESENT)]


def test_a_phantom_somewhere_else_is_not_the_person_who_was_there():
    assert changes([(5, "person"), (5, "elsewhere")]) == [(0.0, PRESENT), (6.0, AWAY)]


def test_a_phantom_of_another_size_is_not_the_person_who_was_there():
    assert changes([(5, "person"), (5, "larger")]) == [(0.0, PRESENT), (6.0, AWAY)]


def test_a_phantom_after_someone_has_left_is_nobody():
    left = [(5, "person"), (5, "nobody"), (30, "phantom")]

    assert changes(left) == [(0.0, PRESENT), (6.0, AWAY)]


def test_a_single_false_face_in_an_empty_room_does_not_make_its_phantom_a_person():
    # Once the glimpse was over the place used to be remembered, and the phantom taken for it.
    glimpse = [(5, "nobody"), (0.4, "person"), (0.4, "nobody"), (20, "phantom")]

    assert changes(glimpse, fps=5.0) == [(0.0, AWAY)]


def test_a_phantom_long_after_the_last_frame_is_nobody():
    state, _ = presence.step(PresenceState(), scene(0.0, "person"))
    soon, _ = presence.step(state, scene(20.0, "phantom"))
    late, _ = presence.step(state, scene(20.1, "phantom"))

    assert (soon.presence, late.presence) == (PRESENT, AWAY)


@pytest.mark.parametrize("word", ["nobody", "unsure", "torso"])
def test_nobody_an_unsure_pose_and_a_torso_without_a_head_are_away(word):
    assert watch([(5, word)])[0][-1] == (5.0, AWAY)


def test_a_head_whose_shoulders_lie_below_the_picture_is_present():
    assert watch([(5, "head only")])[0][-1] == (5.0, PRESENT)


def test_a_head_alone_that_no_face_confirms_is_nobody():
    seen = observe(0.0, person(shoulders_up_cm=-20.0), faces=())

    assert presence.step(PresenceState(), seen)[0].presence is AWAY


def test_a_face_at_the_users_place_is_the_user_though_the_model_sees_an_empty_chair_there():
    observations = [
        observe(float(t), person(aside_cm=12.0), faces=(face_at(-0.3),)) for t in range(3)
    ]

    assert last(observations, upright_baseline()) == (PRESENT, Unjudged.CUT_OFF)


def test_a_black_picture_tells_nothing():
    assert watch([(5, "dark")]) == ([(float(t), UNKNOWN) for t in range(6)], Unjudged.TOO_DARK)
    assert changes([(5, "person"), (5, "dark")]) == [(0.0, PRESENT), (6.0, UNKNOWN)]


@pytest.mark.parametrize("fps", [1.0, 2.0, 5.0, 15.0, 30.0])
def test_a_change_is_believed_within_one_second_at_any_frame_rate(fps):
    (_, away), (at_s, present) = changes([(4, "nobody"), (4, "person")], fps)

    assert (away, present) == (AWAY, PRESENT)
    assert 4.45 - 1e-6 <= at_s <= 5.0


def test_frames_further_apart_than_a_second_are_believed_at_once():
    assert changes([(4, "nobody"), (4, "person")], fps=0.5) == [(0.0, AWAY), (4.0, PRESENT)]


def test_a_face_missed_for_half_a_second_is_no_absence():
    blink = [(5, "person"), (0.5, "nobody"), (5, "person"), (0.5, "nobody"), (5, "person")]

    assert changes(blink, fps=10.0) == [(0.0, PRESENT)]


def test_a_flicker_between_nobody_and_darkness_starts_its_wait_again_each_time():
    flicker = [(3, "person"), *[(0.4, "nobody"), (0.4, "dark")] * 3]

    assert changes(flicker, fps=10.0) == [(0.0, PRESENT)]


def test_somebody_across_the_room_is_not_the_user():
    far = observe(0.0, person(size=0.4))
    state, unjudged = presence.step(PresenceState(), far, upright_baseline())
    without_baseline, _ = presence.step(PresenceState(), far)

    assert (state.presence, unjudged) == (AWAY, Unjudged.NOBODY)
    assert without_baseline.presence is PRESENT


@pytest.mark.parametrize("how", [{"nearer_cm": 15.0}, {"aside_cm": 15.0}, {"size": 0.6}])
def test_a_shifted_chair_is_the_user_still(how):
    state, unjudged = presence.step(
        PresenceState(), observe(0.0, person(**how)), upright_baseline()
    )

    assert (state.presence, unjudged) == (PRESENT, None)


def turned(pose, degrees):
    """The same person, turned on the chair by this much: shoulders and nose come into line."""
    middle_x = (pose.xy(Landmark.LEFT_SHOULDER)[0] + pose.xy(Landmark.RIGHT_SHOULDER)[0]) / 2.0
    points = pose.points_px.copy()
    points[:, 0] = middle_x + (points[:, 0] - middle_x) * math.cos(math.radians(degrees))
    return replace(pose, points_px=points)


@pytest.mark.parametrize("degrees", [50.0, 70.0, 90.0])
def test_someone_who_turns_to_a_colleague_for_minutes_is_still_there(degrees):
    # Their shoulders look narrow then, and they used to be taken for somebody far away.
    state, baseline = PresenceState(), upright_baseline()
    state, _ = presence.step(state, observe(0.0, person()), baseline)
    aside = turned(person(), degrees)
    seen = set()
    for t_s in range(1, 400):
        pose = replace(aside, points_px=aside.points_px + np.float32(t_s % 8))
        observation = observe(float(t_s), pose, faces=(), body_motion=0.05)
        state, _ = presence.step(state, observation, baseline)
        seen.add(state.presence)

    assert seen == {PRESENT}


def test_a_thing_that_stands_where_the_person_was_is_nobody_after_two_minutes():
    # A coat on the chair, taken for the one who left: neither a face nor any motion.
    coat = [(5, "person"), (200, "phantom")]

    assert changes(coat) == [(0.0, PRESENT), (126.0, AWAY)]


def test_someone_who_hides_their_face_for_long_but_moves_is_still_there():
    state, _ = presence.step(PresenceState(), observe(0.0, person()))
    for t_s in range(1, 400):
        swaying = person(aside_cm=0.05 * (t_s % 40))
        state, _ = presence.step(state, observe(float(t_s), swaying, faces=()))

    assert state.presence is PRESENT


def comes(script, *, frames_per_s=2.0, baseline=None, start="nobody", **how):
    """Presence after each look at somebody without a visible face.

    In each scene of the script: seconds, centimetres a frame that the pose moves, and the share
    of the picture under it that moves.
    """
    state, seen, n = PresenceState(), [], 1
    state, _ = presence.step(state, scene(0.0, start), baseline)
    for seconds, step_cm, body_motion in script:
        for _ in range(round(seconds * frames_per_s)):
            pose = person(**{"aside_cm": step_cm * (-1) ** n} | how)
            observation = observe(n / frames_per_s, pose, faces=(), body_motion=body_motion)
            state, _ = presence.step(state, observation, baseline)
            seen.append(state.presence)
            n += 1
    return seen


def test_someone_who_comes_to_their_chair_is_known_before_their_face_is():
    seen = comes([(3, 1.0, 0.3)], baseline=upright_baseline())

    assert seen == [AWAY, PRESENT, PRESENT, PRESENT, PRESENT, PRESENT]


@pytest.mark.parametrize(("confidence", "last"), [(0.89, AWAY), (0.91, PRESENT)])
def test_who_comes_without_a_face_must_be_a_sure_pose(confidence, last):
    seen = comes([(3, 1.0, 0.3)], baseline=upright_baseline(), confidence=confidence)

    assert seen[-1] is last


@pytest.mark.parametrize("body_motion", [0.0, 0.02, None])
def test_a_pose_that_trembles_in_an_empty_chair_is_nobody(body_motion):
    # Two invented poses in a row a centimetre apart used to be taken for somebody who comes.
    assert set(comes([(60, 0.5, body_motion)], baseline=upright_baseline())) == {AWAY}


def test_without_a_baseline_nobody_is_known_to_come_without_a_face():
    assert set(comes([(60, 1.0, 0.3)])) == {AWAY}


def test_someone_whose_face_never_shows_is_there_once_they_have_moved_for_some_seconds():
    # Behind a mask and under a cap: somebody without a face used to be away for ever.
    seen = comes([(4, 1.0, 0.1), (60, 0.0, 0.0)], baseline=upright_baseline())
    resting = [(1, 1.0, 0.1), (1, 0.0, 0.0), (2, 1.0, 0.1), (60, 0.0, 0.0)]
    rested = comes(resting, baseline=upright_baseline())
    briefly = comes([(2, 1.0, 0.1), (60, 0.0, 0.0)], baseline=upright_baseline())
    twice = [(2, 1.0, 0.1), (4, 0.0, 0.0), (2, 1.0, 0.1), (60, 0.0, 0.0)]
    apart = comes(twice, baseline=upright_baseline())

    assert set(seen[1:]) == {PRESENT}
    assert rested[-1] is PRESENT
    assert set(briefly[5:]) == {AWAY}
    assert apart[-1] is AWAY


@pytest.mark.parametrize(("frames_per_s", "last"), [(1.0, PRESENT), (0.5, PRESENT), (0.25, AWAY)])
def test_who_comes_is_known_also_where_frames_are_rare_as_on_battery(frames_per_s, last):
    seen = comes([(20, 1.0, 0.3)], frames_per_s=frames_per_s, baseline=upright_baseline())

    assert seen[-1] is last


def test_who_is_followed_without_a_face_must_move_in_the_picture_too():
    # The model's trembling over a coat used to pass for a person's motion, for ever.
    coat = comes([(122, 1.0, 0.0)], start="person", frames_per_s=1.0)
    reader = comes([(200, 1.0, 0.05)], start="person", frames_per_s=1.0)
    calm = comes([(20, 1.0, 0.05), (152, 1.0, 0.0)], start="person", frames_per_s=1.0)

    assert (coat[118], coat[121]) == (PRESENT, AWAY)
    assert set(reader) == {PRESENT}
    # Until half a minute after the last motion the pose was one that moves by itself.
    assert (calm[167], calm[171]) == (PRESENT, AWAY)


def test_somebody_in_the_next_chair_is_not_the_user():
    beside = observe(0.0, person(aside_cm=62.0, nearer_cm=-30.0))
    state, _ = presence.step(PresenceState(), beside, upright_baseline())

    assert state.presence is AWAY


def two_people(t_s, *, size=1.0):
    """The person and someone beside them whose face has that share of the size."""
    pose = person()
    own = face_of(pose)
    other = Face(20.0, 100.0, size * own.width_px, size * own.height_px, 0.9)
    return observe(t_s, pose, faces=(other, own))


def test_two_people_alike_are_present_but_it_is_unclear_who_is_the_user():
    state, unjudged = presence.step(PresenceState(), two_people(0.0))

    assert (state.presence, unjudged) == (PRESENT, Unjudged.SEVERAL_PEOPLE)


def test_two_people_alike_stay_unclear_while_both_are_there():
    # The first frame used to settle on one of them.
    state = PresenceState()
    for t_s in range(10):
        state, unjudged = presence.step(state, two_people(float(t_s)))

    assert unjudged is Unjudged.SEVERAL_PEOPLE


def test_somebody_who_joins_the_user_is_ignored():
    state, _ = presence.step(PresenceState(), observe(0.0, person()))
    _, unjudged = presence.step(state, two_people(1.0))

    assert unjudged is None


def test_somebody_small_in_the_background_is_ignored():
    _, unjudged = presence.step(PresenceState(), two_people(0.0, size=0.6))

    assert unjudged is None


def test_a_baseline_says_who_the_user_is():
    _, unjudged = presence.step(PresenceState(), two_people(0.0), upright_baseline())

    assert unjudged is None


def test_a_face_belongs_to_the_pose_whose_nose_it_holds():
    pose = person()
    own = face_of(pose)
    beside = Face(own.left_px + 2.0 * own.width_px, own.top_px, own.width_px, own.height_px, 0.9)
    below = Face(own.left_px, own.top_px + 3.0 * own.height_px, own.width_px, own.height_px, 0.9)

    assert has_face(observe(0.0, pose, faces=(beside, own)), pose)
    assert not has_face(observe(0.0, pose, faces=(beside, below)), pose)
    assert not competing_face(
        observe(0.0, pose, faces=(beside,)), pose
    )  # nobody to be mistaken for
    assert not competing_face(observe(0.0, pose, faces=(own,)), pose)


@pytest.mark.parametrize(("way_x", "way_y"), [(1, 0), (-1, 0), (0, 1), (0, -1)])
def test_a_nose_may_lie_a_third_of_a_face_outside_its_box(way_x, way_y):
    pose = person()
    x_px, y_px = pose.xy(Landmark.NOSE)

    def seen(share):
        middle_x, middle_y = x_px + way_x * (50 + share * 100), y_px + way_y * (50 + share * 100)
        return has_face(
            observe(0.0, pose, faces=(Face(middle_x - 50, middle_y - 50, 100.0, 100.0, 0.9),)), pose
        )

    assert seen(0.3)
    assert not seen(0.4)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("landmark", [Landmark.LEFT_SHOULDER, Landmark.NOSE])
def test_points_that_are_no_numbers_end_no_run(landmark, value):
    # A shoulder at infinity used to be remembered as the person's size.
    broken = moved(person(), landmark, value, value)
    state = PresenceState()
    for t_s, pose in enumerate([broken] * 2 + [person(), broken] + [person()] * 3):
        state, _ = presence.step(state, observe(float(t_s), pose, faces=(face_of(person()),)))

    assert state.presence is PRESENT
    assert math.isfinite(place_of(broken).size_px)


def test_a_confidence_that_is_no_number_is_none():
    state, _ = presence.step(PresenceState(), observe(0.0, person(confidence=math.nan)))

    assert state.presence is AWAY


# ------------------------------------------------------------- faces without a body


def face_at(aside=0.0, *, width_px=135.0, score=0.9, down_px=0.0):
    """A face that many shoulder widths beside the middle of the picture, as of ``person()``."""
    own = place_of(person())
    x_px, y_px = own.x_px + aside * own.size_px, own.y_px + down_px
    return Face(x_px - width_px / 2, y_px - 0.4 * width_px, width_px, width_px, score)


def last(observations, baseline=None):
    """Presence after the last frame, and why it can't be judged."""
    state, unjudged = PresenceState(), None
    for observation in observations:
        state, unjudged = presence.step(state, observation, baseline)
    return state.presence, unjudged


@pytest.mark.parametrize("baseline", [None, upright_baseline()], ids=["without", "with"])
def test_a_near_face_without_any_pose_is_present_but_not_judged(baseline):
    observations = [observe(float(t), faces=(face_at(),)) for t in range(5)]

    assert last(observations, baseline) == (PRESENT, Unjudged.CUT_OFF)


def test_a_face_that_fills_the_picture_is_present():
    filling = Face(-13.0, 52.0, 627.0, 627.0, 0.7)

    assert last([observe(0.0, faces=(filling,))]) == (PRESENT, Unjudged.CUT_OFF)


@pytest.mark.parametrize(
    "face",
    [
        face_at(score=0.6),
        face_at(score=math.nan),
        face_at(width_px=60.0),
        Face(-33.0, 150.0, 185.0, 185.0, 0.9),
        Face(500.0, 150.0, 185.0, 185.0, 0.9),
        Face(200.0, 400.0, 185.0, 185.0, 0.9),
    ],
    ids=["unsure", "no number", "far", "cut left", "cut right", "cut below"],
)
def test_a_face_that_is_unsure_far_or_cut_off_is_nobody(face):
    assert last([observe(0.0, faces=(face,))]) == (AWAY, Unjudged.NOBODY)


def test_a_print_on_the_clothes_of_somebody_whose_head_is_out_of_view_is_no_face():
    standing = person(drop_cm=-40.0)
    shirt = face_at(width_px=135.0, down_px=60.0)

    assert last([observe(0.0, standing, faces=(shirt,))]) == (AWAY, Unjudged.NOBODY)


@pytest.mark.parametrize("how", [{"aside": 1.25}, {"down_px": 300.0}, {"width_px": 60.0}])
def test_a_face_alone_beside_below_or_beyond_the_users_place_is_not_the_user(how):
    observations = [observe(float(t), person()) for t in range(3)]
    observations += [observe(3.0 + t, faces=(face_at(**how),)) for t in range(3)]

    assert last(observations, upright_baseline()) == (AWAY, Unjudged.NOBODY)


# ------------------------------------------------------------- who sits beside


SMALL_BASELINE = upright_baseline(size=0.6)


def small_face(aside=0.0):
    """A face of somebody of that size, this many of their shoulder widths aside."""
    own = place_of(person(size=0.6))
    return Face(own.x_px + aside * own.size_px - 40.0, own.y_px - 32.0, 80.0, 80.0, 0.9)


def beside(t_s, aside, *, view_known=True, view=None, faces=()):
    """Somebody of the user's size that many shoulder widths beside their place."""
    pose = person(size=0.6)
    points = pose.points_px.copy()
    points[:, 0] += aside * place_of(pose).size_px
    pose = replace(pose, points_px=points)
    observation = observe(t_s, pose, faces=(face_of(pose), *faces))
    return replace(observation, view_known=view_known, view=view)


@pytest.mark.parametrize("aside", [-1.5, -1.25, 1.25, 1.5])
def test_a_colleague_in_the_next_chair_is_not_the_user_who_left(aside):
    observations = [beside(float(t), 0.0) for t in range(5)]
    observations += [beside(5.0 + t, aside) for t in range(60)]

    assert last(observations, SMALL_BASELINE) == (AWAY, Unjudged.NOBODY)


@pytest.mark.parametrize("aside", [-1.0, -0.8, -0.5, 0.5, 0.8, 1.0])
def test_the_user_who_moves_the_chair_aside_is_the_user_still(aside):
    assert last([beside(0.0, aside)], SMALL_BASELINE) == (PRESENT, None)


def test_the_user_is_followed_further_aside_than_somebody_new_may_be():
    steps = [beside(float(t), 0.3 * t) for t in range(6)]

    assert last(steps, SMALL_BASELINE) == (PRESENT, None)
    assert last(steps[:1] + steps[5:], SMALL_BASELINE) == (AWAY, Unjudged.NOBODY)


def test_while_the_model_follows_a_colleague_the_user_is_present_by_their_face_and_not_judged():
    observations = [beside(float(t), 1.25, faces=(small_face(),)) for t in range(5)]

    assert last(observations, SMALL_BASELINE) == (PRESENT, Unjudged.SEVERAL_PEOPLE)


def test_who_was_seen_beside_the_user_is_not_taken_for_the_user_on_the_way():
    with_colleague = beside(0.0, 0.0, faces=(small_face(1.25),))
    way = [beside(float(t), min(0.42 * t, 1.26)) for t in range(1, 6)]

    assert last([with_colleague, *way], SMALL_BASELINE)[0] is AWAY
    assert last([beside(0.0, 0.0), *way], SMALL_BASELINE)[0] is PRESENT


def test_where_the_camera_was_moved_whoever_is_alone_is_the_user_and_keeps_that_place():
    moved_view = ViewShift(sure=False)
    observations = [beside(float(t), 0.0) for t in range(3)]
    observations += [beside(3.0 + t, 1.5, view=moved_view) for t in range(3)]

    assert last(observations, SMALL_BASELINE) == (PRESENT, None)
    elsewhere = [beside(8.0 + t, 0.1, view=moved_view) for t in range(3)]
    assert last(observations + elsewhere, SMALL_BASELINE) == (AWAY, Unjudged.NOBODY)


def test_where_it_is_known_how_the_camera_turned_the_user_is_expected_there():
    turned_view = ViewShift(pan_deg=20.0)  # 480 px of focal length: 175 px to the right
    there = 175.0 / place_of(person(size=0.6)).size_px
    observations = [beside(0.0, there, view=turned_view, faces=(small_face(there - 1.4),))]

    assert last(observations, SMALL_BASELINE) == (PRESENT, None)


def test_before_a_room_that_is_not_known_the_first_to_sit_there_settles_the_place():
    observations = [beside(0.0, 0.2, view_known=None), beside(5.0, 1.4, view_known=None)]

    assert last(observations[1:], SMALL_BASELINE) == (PRESENT, None)
    assert last(observations, SMALL_BASELINE) == (AWAY, Unjudged.NOBODY)


# ------------------------------------------------------------- what can't be seen


ROOM = Texture(50.0, 46.0, 0.05, 0.05, 80.0, 0.34)


@pytest.mark.parametrize(
    ("how", "brightness"),
    [
        ({"spread": 0.3, "coarse_spread": 0.1, "steepest": 1.0}, 144.0),
        ({"spread": 9.7, "coarse_spread": 1.8, "steepest": 35.0}, 128.0),
        ({"spread": 4.5, "coarse_spread": 2.3, "steepest": 9.0}, 30.0),
        ({"one_colour_unsaturated": 0.7, "one_colour": 0.7}, 60.0),
        ({"one_colour_unsaturated": 0.0, "one_colour": 0.91}, 22.0),
        ({"steepest": 3.0, "red": 0.6}, 90.0),
        ({"steepest": 3.0}, 30.0),
    ],
    ids=["flat", "noise", "blotches", "card", "black card", "finger", "slider"],
)
def test_what_shows_nothing_is_unknown_and_no_absence_also_where_a_pose_is_invented(
    how, brightness
):
    observations = [observe(0.0, person())]
    for t_s in range(1, 6):
        pose = None if t_s % 2 else person()
        observation = observe(float(t_s), pose, faces=(), brightness=brightness)
        observations.append(replace(observation, texture=replace(ROOM, **how)))

    assert last(observations, upright_baseline()) == (UNKNOWN, Unjudged.NO_VIEW)


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"steepest": 3.0},
        {"spread": 1.8, "coarse_spread": 1.7, "steepest": 2.0, "one_colour": 1.0},
        {"spread": 5.0, "coarse_spread": 2.5, "steepest": 6.0},
    ],
    ids=["room", "smooth", "wall", "plaster"],
)
def test_an_empty_room_is_away(how):
    observation = replace(observe(0.0), texture=replace(ROOM, **how))

    assert last([observation], upright_baseline()) == (AWAY, Unjudged.NOBODY)


def test_a_pose_that_nothing_confirms_in_the_dark_is_unknown():
    assert last([observe(0.0, person(), faces=(), brightness=5.0)]) == (UNKNOWN, Unjudged.TOO_DARK)


@pytest.mark.parametrize(
    "false_face", [face_at(-1.3, score=0.55), Face(-33.0, 150.0, 185.0, 185.0, 0.9)]
)
def test_a_false_face_does_not_make_several_people(false_face):
    pose = person()
    observations = [observe(0.0, pose, faces=(false_face, face_of(pose)))]

    assert last(observations) == (PRESENT, None)


# ------------------------------------------------------------- how much of each is still one person


SEATED = presence.Place(300.0, 200.0, 200.0)


def elsewhere(across=0.0, down=0.0, *, growth=0.0):
    """A place that many of the seat's shoulder widths away and larger by that logarithm."""
    return presence.Place(300.0 + 200.0 * across, 200.0 + 200.0 * down, 200.0 * math.exp(growth))


@pytest.mark.parametrize(
    ("place", "follows"),
    [
        (elsewhere(0.6), True),
        (elsewhere(-0.61), False),
        (elsewhere(0.36, 0.48), True),  # as far, aslant
        (elsewhere(0.36, 0.49), False),
        (elsewhere(growth=0.349), True),
        (elsewhere(growth=0.351), False),
        (elsewhere(growth=-0.351), False),
    ],
)
def test_a_head_is_followed_by_so_much_of_a_move_and_growth(place, follows):
    assert presence._follows(place, SEATED) is follows


@pytest.mark.parametrize(
    ("place", "fits"),
    [
        (elsewhere(1.05, 5.0), True),
        (elsewhere(-1.06), False),
        (elsewhere(growth=math.log(2.19)), True),
        (elsewhere(growth=math.log(2.21)), False),
        (elsewhere(growth=-math.log(2.21)), False),
    ],
)
def test_a_user_is_beside_their_place_by_so_much_and_of_like_size(place, fits):
    assert presence._fits(place, SEATED) is fits


def test_the_place_of_a_pose_and_of_a_face():
    facing, aside = place_of(person()), place_of(person(yaw_deg=60.0))
    behind = presence.place_of_face(Face(100.0, 50.0, 80.0, 90.0, 0.9))

    assert (facing.x_px, facing.y_px) == pytest.approx((320.0, 226.187), abs=0.001)
    assert facing.size_px == pytest.approx(261.818, abs=0.001)
    assert aside.size_px == facing.size_px  # the drawn head turns, not the shoulders
    assert (behind.x_px, behind.y_px, behind.size_px) == pytest.approx((140.0, 86.0, 172.0))


def test_somebody_seen_from_the_side_is_as_large_as_their_height_says():
    pose = person()
    (_, y), (_, left_y) = pose.xy(Landmark.NOSE), pose.xy(Landmark.LEFT_SHOULDER)
    sideways = moved(pose, Landmark.LEFT_SHOULDER, 330.0, left_y)
    sideways = moved(sideways, Landmark.RIGHT_SHOULDER, 310.0, left_y)

    assert place_of(sideways).size_px == pytest.approx(1.3 * (left_y - y))


@pytest.mark.parametrize(
    ("face", "believed"),
    [
        (Face(100.0, 100.0, 100.0, 100.0, 0.65), True),
        (Face(100.0, 100.0, 100.0, 100.0, 0.64), False),
        (Face(-10.0, 100.0, 100.0, 100.0, 0.9), True),
        (Face(-10.1, 100.0, 100.0, 100.0, 0.9), False),
        (Face(550.0, 100.0, 100.0, 100.0, 0.9), True),
        (Face(550.1, 100.0, 100.0, 100.0, 0.9), False),
        (Face(100.0, -10.0, 100.0, 100.0, 0.9), True),
        (Face(100.0, -10.1, 100.0, 100.0, 0.9), False),
        (Face(100.0, 390.0, 100.0, 100.0, 0.9), True),
        (Face(100.0, 390.1, 100.0, 100.0, 0.9), False),
        (Face(-200.0, 100.0, 384.0, 384.0, 0.9), True),  # fills the picture
        (Face(-200.0, 100.0, 383.0, 383.0, 0.9), False),
    ],
)
def test_a_face_alone_is_believed_where_it_is_sure_and_whole(face, believed):
    assert presence.plausible(face, observe(0.0)) is believed


@pytest.mark.parametrize(("width", "near"), [(76.8, True), (76.0, False)])  # of 640 pixels
def test_without_a_baseline_a_face_alone_is_near_from_an_eighth_of_the_picture_on(width, near):
    look = observe(0.0, faces=(Face(200.0, 100.0, width, width, 0.9),))

    assert last([look])[0] is (PRESENT if near else AWAY)


@pytest.mark.parametrize(("size", "unclear"), [(0.69, False), (0.71, True)])
def test_a_second_face_competes_from_seven_tenths_of_the_size_on(size, unclear):
    _, unjudged = presence.step(PresenceState(), two_people(0.0, size=size))

    assert (unjudged is Unjudged.SEVERAL_PEOPLE) is unclear


@pytest.mark.parametrize(
    ("how", "there"),
    [
        ({"down_px": 200.0}, True),  # 0.76 shoulder widths below
        ({"down_px": 215.0}, False),  # 0.82
        ({"down_px": -215.0}, False),
        ({"width_px": 216.0}, True),  # larger by a logarithm of 0.57
        ({"width_px": 225.0}, False),  # 0.61
        ({"width_px": 68.0}, True),
        ({"width_px": 66.0}, False),
    ],
)
def test_a_face_alone_is_the_users_at_their_height_and_of_like_size(how, there):
    face = face_at(**how)
    seat = presence.Place(place_of(person()).x_px, place_of(person()).y_px, 262.0)

    assert (presence._face_at(seat, [face]) is not None) is there


def test_of_two_faces_at_the_place_the_nearer_to_its_middle_is_the_users():
    seat = place_of(person())
    found = presence._face_at(seat, [face_at(0.4), face_at(-0.2), face_at(0.9)])

    assert found == presence.place_of_face(face_at(-0.2))


@pytest.mark.parametrize(("gap_s", "last_seen"), [(20.0, PRESENT), (20.5, AWAY)])
def test_a_person_without_a_face_is_followed_over_twenty_seconds(gap_s, last_seen):
    looks = [observe(0.0, person()), observe(gap_s, person(aside_cm=1.0), faces=())]

    assert last(looks)[0] is last_seen


@pytest.mark.parametrize(
    ("aside_cm", "still_s", "last_seen"),
    [
        (0.6, 120.0, PRESENT),
        (0.6, 121.0, AWAY),  # 0.0198 shoulder widths in two minutes are none
        (0.7, 121.0, PRESENT),  # 0.023
    ],
)
def test_a_head_must_move_by_eight_millimetres_to_be_no_thing(aside_cm, still_s, last_seen):
    state = replace(
        PresenceState(PRESENT, last_s=0.0),
        place=place_of(person()),
        placed_s=115.0,
        anchor=place_of(person()),
        anchored_s=115.0 - still_s,
    )
    state, _ = presence.step(state, observe(115.0, person(aside_cm=aside_cm), faces=()))

    assert state.presence is last_seen


def test_a_neighbour_is_remembered_for_ten_minutes():
    with_colleague = beside(0.0, 0.0, faces=(small_face(1.25),))
    place = presence.place_of_face(small_face(1.25))
    (seen, _) = presence.step(PresenceState(), with_colleague, SMALL_BASELINE)
    seat = presence._Seat(place_of(person(size=0.6)), sure=False, moved=True)

    def users(t_s, aside):
        other = replace(place, x_px=place.x_px + aside * place.size_px)
        return presence._is_users(seen, beside(t_s, 0.0), other, seat, alone=True)

    assert (seen.neighbour, seen.neighbour_s) == (place, 0.0)
    assert [users(600.0, 0.5), users(601.0, 0.5)] == [False, True]
    assert [users(600.0, 0.49), users(600.0, 0.51)] == [False, True]


@pytest.mark.parametrize(
    ("aside", "sure", "moved_camera", "users"),
    [
        (1.69, False, False, True),
        (1.71, False, False, False),
        (3.0, False, True, True),  # the camera may point anywhere
        (1.5, True, False, False),
    ],
)
def test_somebody_alone_in_an_unsure_view_is_the_user_if_not_too_far_aside(
    aside, sure, moved_camera, users
):
    seat = presence._Seat(SEATED, sure=sure, moved=moved_camera)
    place = elsewhere(aside)

    assert presence._is_users(PresenceState(), observe(0.0), place, seat, alone=True) is users
    assert not presence._is_users(PresenceState(), observe(0.0), place, seat, alone=False)


@pytest.mark.parametrize(
    ("how", "comes_there"),
    [
        ({"aside": 0.74}, True),
        ({"aside": 0.76}, False),
        ({"growth": 0.49}, True),
        ({"growth": 0.51}, False),
        ({"gap_s": 3.5}, True),
        ({"gap_s": 3.6}, False),
        ({"body_motion": 0.025}, True),
        ({"body_motion": 0.024}, False),
        ({"confidence": 0.9}, True),
        ({"step": 0.61}, False),
    ],
)
def test_how_somebody_comes_to_their_place(how, comes_there):
    place = elsewhere(how.get("aside", 0.0), growth=how.get("growth", 0.0))
    glimpse = replace(place, x_px=place.x_px - how.get("step", 0.1) * place.size_px)
    state = PresenceState(glimpse=glimpse, glimpsed_s=10.0)
    look = observe(
        10.0 + how.get("gap_s", 1.0),
        person(confidence=how.get("confidence", 0.95)),
        faces=(),
        body_motion=how.get("body_motion", 0.3),
    )

    assert presence._comes(state, look, place, SEATED) is comes_there


def test_before_the_first_frame_nothing_is_known():
    before = PresenceState()

    assert (before.presence, before.since_s, before.came_s) == (UNKNOWN, 0.0, -math.inf)

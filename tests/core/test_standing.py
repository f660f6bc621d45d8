"""A desk that lifts the camera with its user: standing, though the body looks as it did."""

from __future__ import annotations

from dataclasses import replace

import pytest

from posture_monitor.core import session
from posture_monitor.core.day.standing import is_seated, is_standing, went_with_camera
from posture_monitor.core.measure.metrics import Deviation
from posture_monitor.core.measure.view import ViewState, homography, moved
from posture_monitor.core.session import SessionState, Setup
from posture_monitor.domain import Unjudged, ViewShift
from tests.builders import SLOUCHED, observe, person, told, upright_baseline

SITTING = upright_baseline()
STANDING = replace(SITTING, standing=True)
RAISED = ViewShift(pan_deg=0.5, tilt_deg=10.0, roll_deg=-0.5, scale=1.02)
"""What is behind the user moved down in the picture."""
LOWERED = replace(RAISED, tilt_deg=-10.0)


def watch(script, baseline=SITTING, fps=2.0):
    """All samples and events of scenes: seconds, how the body is, how the view differs."""
    state, samples, events, n = SessionState(), [], [], 0
    for seconds, pose, shift in script:
        for _ in range(round(seconds * fps)):
            seen = replace(observe(n / fps, pose), view=shift)
            outcome = session.step(state, seen, Setup(baseline=baseline))
            state = outcome.state
            samples.append(outcome.sample)
            events += outcome.events
            n += 1
    return samples, told(events)


def tipped(pose, shift):
    """The same person before a camera that was tipped instead."""
    by = homography(shift, pose.width_px, pose.height_px)
    tops = moved(pose.shoulder_tops_px.astype(float), by).astype("float32")
    points = moved(pose.points_px.astype(float), by).astype("float32")
    return replace(pose, points_px=points, shoulder_tops_px=tops)


def test_who_rises_with_desk_and_camera_stands_and_is_judged_on():
    film = [(20, person(), None), (40, person(), RAISED), (20, person(), None)]
    samples, events = watch(film)

    assert events == [
        (0.0, "sitting_started", ""),
        (20.0, "standing_started", ""),
        (60.0, "standing_ended", ""),
    ]
    assert all(sample.judged and sample.score == 100.0 for sample in samples)
    assert [sample.standing for sample in samples] == [False] * 40 + [True] * 80 + [False] * 40


def test_who_slouches_at_the_raised_desk_stands_and_slouches():
    slouch = person(**SLOUCHED)
    samples, _ = watch([(5, person(), None), (5, person(), RAISED), (10, slouch, RAISED)])

    assert samples[-1].standing
    assert samples[-1].strained
    assert samples[-1].score == watch([(5, person(), None), (10, slouch, None)])[0][-1].score


def test_a_desk_lowered_from_standing_seats_its_user():
    samples, events = watch([(20, person(), None), (20, person(), LOWERED)], STANDING)

    assert events[:3] == [
        (0.0, "standing_started", ""),
        (20.0, "standing_ended", ""),
        (20.0, "sitting_started", ""),
    ]
    assert samples[-1].judged


def test_a_camera_that_was_tipped_makes_nobody_stand():
    pose = tipped(person(), RAISED)
    samples, events = watch([(20, person(), None), (40, pose, RAISED)])

    assert not any(sample.standing for sample in samples)
    assert (samples[-1].placed, samples[-1].strained) == (False, False)
    assert [kind for _, kind, _ in events] == ["sitting_started", "recalibration_needed"]


@pytest.mark.parametrize(
    "shift",
    [
        replace(RAISED, tilt_deg=7.9),
        replace(RAISED, pan_deg=4.0),
        replace(RAISED, roll_deg=-4.0),
        replace(RAISED, scale=1.2),
        replace(RAISED, scale=0.8),
        replace(RAISED, sure=False),
        LOWERED,
    ],
)
def test_another_move_of_the_view_is_no_raised_desk(shift):
    samples, _ = watch([(5, person(), None), (10, person(), shift)])

    assert not any(sample.standing for sample in samples)


@pytest.mark.parametrize("how", [{"drop_cm": -6.0}, {"nearer_cm": 10.0}, {"yaw_deg": 75.0}])
def test_who_is_not_where_they_were_has_not_risen_with_the_camera(how):
    samples, _ = watch([(5, person(), None), (10, person(**how), RAISED)])

    assert not any(sample.standing for sample in samples)


@pytest.mark.parametrize(
    ("shift", "baseline", "lifted"),
    [
        (ViewShift(tilt_deg=8.0), SITTING, True),
        (ViewShift(tilt_deg=7.9), SITTING, False),
        (ViewShift(tilt_deg=-8.0), STANDING, True),
        (ViewShift(tilt_deg=-7.9), STANDING, False),
        (ViewShift(tilt_deg=10.0, pan_deg=3.0), SITTING, True),
        (ViewShift(tilt_deg=10.0, pan_deg=-3.1), SITTING, False),
        (ViewShift(tilt_deg=10.0, roll_deg=-3.0), SITTING, True),
        (ViewShift(tilt_deg=10.0, roll_deg=3.1), SITTING, False),
        (ViewShift(tilt_deg=10.0, scale=1.1), SITTING, True),
        (ViewShift(tilt_deg=10.0, scale=1.11), SITTING, False),
        (ViewShift(tilt_deg=10.0, scale=1.0 / 1.1), SITTING, True),
        (ViewShift(tilt_deg=10.0, scale=0.9), SITTING, False),
    ],
)
def test_a_desk_is_lifted_by_so_much_and_straight_up(shift, baseline, lifted):
    assert went_with_camera(ViewState(), shift, person(), baseline) is lifted


@pytest.mark.parametrize(
    ("how", "lifted"),
    [
        ({"drop_cm": -3.0}, True),  # 0.09 shoulder widths
        ({"drop_cm": -4.0}, False),  # 0.124
        ({"drop_cm": 4.0}, False),
        ({"nearer_cm": 6.0}, True),  # 10 % larger
        ({"nearer_cm": 7.0}, False),  # 12 %
        ({"nearer_cm": -8.0}, False),
    ],
)
def test_anyone_lifted_with_the_camera_is_where_they_were(how, lifted):
    assert went_with_camera(ViewState(), RAISED, person(**how), SITTING) is lifted


def moved_by(head_drop, shoulder_drop, growth=0.0):
    """Nothing but a body that is elsewhere, in shoulder widths, and larger by a logarithm."""
    still = dict.fromkeys(Deviation.__dataclass_fields__, 0.0)
    places = {"head_drop": head_drop, "shoulder_drop": shoulder_drop, "growth": growth}
    return Deviation(**still | places)


@pytest.mark.parametrize(
    ("change", "standing"),
    [
        ((-0.5, -0.5), True),
        ((-0.49, -0.6), False),
        ((-0.6, -0.49), False),
        ((-6.0, -6.0), True),
        ((-6.1, -5.0), False),  # no body rises by so much
        ((-1.0, -1.0, 0.5), True),
        ((-1.0, -1.0, 0.51), False),
        ((-1.0, -1.0, -0.51), False),
    ],
)
def test_anyone_standing_has_risen_by_half_a_shoulder_width_at_like_distance(change, standing):
    assert is_standing(moved_by(*change)) is standing


@pytest.mark.parametrize(
    ("change", "seated"),
    [
        ((0.5, 0.5), True),
        ((0.49, 0.6), False),
        ((0.6, 0.49), False),
        ((1.0, 1.0, 0.5), True),
        ((1.0, 1.0, 0.51), False),
        ((1.0, 1.0, -0.51), False),
    ],
)
def test_anyone_seated_has_sunk_by_as_much_from_a_baseline_taken_standing(change, seated):
    assert is_seated(moved_by(*change)) is seated


def test_another_view_after_the_raised_one_must_show_it_again():
    samples, _ = watch(
        [(5, person(), None), (5, person(), RAISED), (5, person(**SLOUCHED), ViewShift(12.0))]
    )

    assert not samples[-1].standing


def test_who_sits_down_before_a_standing_profile_is_not_judged_by_it():
    setup = Setup(baseline=replace(upright_baseline(drop_cm=-14.0), standing=True))
    seated = session.step(SessionState(), observe(0.0, person(drop_cm=8.0)), setup).sample
    up = session.step(SessionState(), observe(0.0, person(drop_cm=-14.0)), setup).sample

    assert (seated.judged, seated.unjudged) == (False, Unjudged.STALE_BASELINE)
    assert (up.judged, up.standing) == (True, True)

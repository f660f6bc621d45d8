"""A baseline from ten clear frames: graded with reasons, refused only where it can't serve."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from posture_monitor.core.judge import baseline
from posture_monitor.core.judge.baseline import (
    CalibrationSample,
    FrameCounts,
    Grade,
    fit_baseline,
    from_document,
    is_beyond_better,
    is_one_seat,
    steadiest,
)
from posture_monitor.core.measure.features import FEATURE_NAMES, OPTIONAL_NAMES, measure
from posture_monitor.domain import CalibrationError, ViewKeypoints
from tests.builders import (
    LOOKING_ASIDE,
    SLOUCHED,
    calibration,
    features,
    person,
    seen_closely,
    upright_baseline,
    with_mesh,
)


def fit(samples, counts=None, **how):
    """The baseline of these samples in a picture of 640x480."""
    told = FrameCounts(total=len(samples)) if counts is None else counts
    return fit_baseline(samples, told, **{"width_px": 640, "height_px": 480, **how})


def after(samples, seconds, more):
    """Samples followed, this many seconds after their start, by others."""
    return [*samples, *(replace(s, t_s=s.t_s + seconds) for s in more)]


def restless(amount_deg, *, seconds=12.0):
    """Someone who turns the head to and fro, half of the time by more than this much."""
    still = calibration(seconds)
    turned = [
        replace(s.features, head_yaw_deg=s.features.head_yaw_deg + amount_deg * (i % 5 - 2))
        for i, s in enumerate(still)
    ]
    return [replace(s, features=f) for s, f in zip(still, turned, strict=True)]


def test_someone_who_sat_still_for_twelve_seconds_has_a_good_baseline():
    baseline = fit(calibration(12.0))

    assert (baseline.grade, baseline.remarks) == (Grade.GOOD, ())
    assert baseline.median == features()
    assert all(getattr(baseline.spread, name) == 0.0 for name in FEATURE_NAMES)
    assert (baseline.samples, baseline.span_s, baseline.brightness) == (25, 12.0, 128.0)
    assert (baseline.width_px, baseline.height_px) == (640, 480)


def test_the_distance_is_assumed_until_it_is_measured():
    assumed, measured = fit(calibration()), fit(calibration(), distance_cm=72.5)

    assert (assumed.distance_cm, assumed.distance_measured) == (60.0, False)
    assert (measured.distance_cm, measured.distance_measured) == (72.5, True)


def test_any_ten_frames_over_two_seconds_serve():
    baseline = fit(calibration(2.25, frames_per_s=4.0))

    assert (baseline.samples, baseline.grade) == (10, Grade.FAIR)
    assert baseline.remarks == ("short: 2 s seen, 12 s are better",)


@pytest.mark.parametrize(
    ("samples", "counts", "said"),
    [
        ([], FrameCounts(0), "only 0 of 0 frames could be used, 10 are needed"),
        (calibration(8.0, frames_per_s=1.0), FrameCounts(9), "only 9 of 9 frames could be used"),
        (calibration(1.8, frames_per_s=5.0), FrameCounts(10), "the frames span only 1.8 s"),
        ([], FrameCounts(20, no_view=11), "the camera shows no room .* open its shutter"),
        ([], FrameCounts(20, too_dark=11), "too dark to find a face .* switch on a light"),
        ([], FrameCounts(20, nobody=11), "nobody was found"),
        ([], FrameCounts(20, several_people=11), "several people .* calibrate alone"),
        ([], FrameCounts(20, nobody=10, too_dark=10), "only 0 of 20 frames could be used, 10 are"),
    ],
)
def test_what_can_not_serve_is_refused_with_its_reason(samples, counts, said):
    with pytest.raises(CalibrationError, match=f"calibration refused: .*{said}"):
        fit(samples, counts)


def test_a_few_glances_aside_change_the_baseline_in_nothing():
    glance = calibration(2.0, **LOOKING_ASIDE)
    baseline = fit(after(calibration(12.0), 12.5, glance))

    assert baseline.median == features()
    assert baseline.grade is Grade.GOOD


def test_glances_for_half_of_the_time_lower_the_grade():
    baseline = fit(restless(12.0))

    assert baseline.grade is Grade.FAIR
    assert baseline.remarks == ("you moved (head yaw); sit still and look at the screen",)


@pytest.mark.parametrize(
    ("changes", "remark"),
    [
        ({"brightness": 39.0}, "the picture is dim; more light helps"),
        ({"contrast": 11.0}, "the picture is soft or flat; clean the lens, avoid fog and glare"),
    ],
)
def test_a_poor_picture_lowers_the_grade_and_nothing_more(changes, remark):
    baseline = fit([replace(sample, **changes) for sample in calibration()])

    assert (baseline.grade, baseline.remarks) == (Grade.FAIR, (remark,))
    assert baseline.median == features()


def test_many_frames_that_failed_lower_the_grade():
    baseline = fit(calibration(12.0), FrameCounts(total=36, not_measurable=11))  # 25 of 36 are 69 %

    assert baseline.remarks == ("only 25 of 36 frames could be used",)


def test_two_complaints_make_it_poor():
    dim_and_short = [replace(s, brightness=20.0) for s in calibration(5.0)]

    assert fit(dim_and_short).grade is Grade.POOR


def test_the_spread_is_that_of_a_normal_distribution():
    # Half of the values lie within 4 degrees of the median: one robust sigma is 5.93.
    baseline = fit(restless(4.0))

    assert baseline.spread.head_yaw_deg == pytest.approx(5.93, abs=0.01)


def test_the_spread_is_that_of_all_samples_not_only_of_the_usual_ones():
    still = calibration(12.0)
    turning = [
        replace(s, features=replace(s.features, head_yaw_deg=float(i))) for i, s in enumerate(still)
    ]
    baseline = fit(turning)

    # 25 samples, a degree apart: the middle one is 12, half of them within 6 of it.
    assert baseline.median.head_yaw_deg == 12.0
    assert baseline.spread.head_yaw_deg == pytest.approx(6 * 1.4826)


def test_a_baseline_fits_the_same_view_at_another_resolution():
    small = upright_baseline()
    large = small.at_size(1280, 960)

    assert large.median.shoulder_width_px == pytest.approx(2 * small.median.shoulder_width_px)
    assert large.median.head_pitch_deg == small.median.head_pitch_deg
    assert (large.width_px, large.height_px, large.grade) == (1280, 960, small.grade)
    assert small.at_size(640, 480) is small


def test_a_picture_of_other_proportions_is_another_view():
    assert upright_baseline().at_size(1280, 720) is None
    assert upright_baseline().at_size(480, 640) is None
    assert upright_baseline().at_size(640, 471) is not None  # 1.9 % off: rounding
    assert upright_baseline().at_size(640, 489) is not None
    assert upright_baseline().at_size(640, 470) is None  # 2.1 %
    assert upright_baseline().at_size(640, 490) is None


def test_a_profile_survives_being_written_down():
    baseline = fit(restless(4.0), distance_cm=65.0)
    again = from_document(json.loads(json.dumps(baseline.to_document())))

    for name in FEATURE_NAMES:
        assert getattr(again.median, name) == pytest.approx(
            getattr(baseline.median, name), abs=1e-5
        )
    assert replace(again, median=baseline.median, spread=baseline.spread) == baseline


KEYPOINTS = ViewKeypoints(((10.5, 20.0), (600.0, 470.25)), bytes(range(16)), 640, 480)


def test_a_profile_keeps_what_its_room_is_known_again_by():
    baseline = replace(upright_baseline(), view_keypoints=KEYPOINTS)
    document = json.loads(json.dumps(baseline.to_document()))

    assert from_document(document).view_keypoints == KEYPOINTS
    assert "view" not in upright_baseline().to_document()
    assert from_document(upright_baseline().to_document()).view_keypoints is None


def test_marks_need_eight_bytes_each():
    with pytest.raises(ValueError, match="expected 16 bytes, got 15"):
        replace(KEYPOINTS, descriptors=bytes(15))


@pytest.mark.parametrize(
    "changes",
    [
        {"places_px": [[10.5, 20.0]]},  # fewer than descriptors
        {"places_px": [[10.5, 20.0], [641.0, 20.0]]},
        {"places_px": [[10.5, 20.0], [math.nan, 20.0]]},
        {"places_px": [[10.5, 20.0], [1.0, 2.0, 3.0]]},
        {"places_px": [[0.0, 0.0]] * 3000, "looks": "AAAAAAAAAAA=" * 3000},
        {"places_px": None},
        {"looks": "?"},
        {"looks": None},
        {"width_px": 0},
        {"height_px": "tall"},
    ],
    ids=lambda changes: str(changes)[:40],
)
def test_damaged_marks_are_told_and_not_used(changes):
    document = replace(upright_baseline(), view_keypoints=KEYPOINTS).to_document()
    document["view"] |= changes

    with pytest.raises(CalibrationError, match="delete it and calibrate again"):
        from_document(document)


def closely_seen(seconds=12.0):
    """Clear frames in which the close-up saw the face, too."""
    close = measure(with_mesh(seen_closely(person())))
    return [replace(sample, features=close) for sample in calibration(seconds)]


def test_a_profile_keeps_what_the_outline_and_the_close_up_showed():
    baseline = fit(closely_seen())
    again = from_document(json.loads(json.dumps(baseline.to_document())))

    for name in OPTIONAL_NAMES:
        assert getattr(again.median, name) == pytest.approx(
            getattr(closely_seen()[0].features, name), abs=1e-5
        )
        assert getattr(again.spread, name) == 0.0


def test_what_was_seen_in_fewer_than_ten_frames_is_no_reference():
    nine = after(closely_seen(4.0), 4.5, calibration(12.0))
    ten = after(closely_seen(4.5), 5.0, calibration(12.0))

    assert (fit(nine).median.close_yaw_deg, fit(nine).spread.close_yaw_deg) == (None, None)
    assert fit(ten).median.close_yaw_deg == closely_seen()[0].features.close_yaw_deg


@pytest.mark.parametrize("name", ["close_scale_px", "close_width_px", "mesh_scale_px"])
@pytest.mark.parametrize("size", [0.0, -8.0, math.inf])
def test_a_profile_whose_close_up_has_no_size_is_not_used(name, size):
    document = fit(closely_seen()).to_document()
    document["median"][name] = size

    with pytest.raises(CalibrationError, match="delete it and calibrate again"):
        from_document(document)


@pytest.mark.parametrize(
    "changes",
    [
        {"schema": 2},
        {"median": None},
        {"median": {"head_pitch_deg": 1.0}},
        {"spread": {**upright_baseline().to_document()["spread"], "head_yaw_deg": math.nan}},
        {"width_px": 0},
        {"width_px": math.inf},
        {"height_px": "tall"},
        {"distance_cm": -60.0},
        {"distance_cm": math.nan},
        {"median": {**upright_baseline().to_document()["median"], "shoulder_width_px": 0.0}},
        {"median": {**upright_baseline().to_document()["median"], "face_scale_px": -8.0}},
        {"grade": "perfect"},
        {"remarks": None},
    ],
    ids=str,
)
def test_a_damaged_profile_is_told_and_not_used(changes):
    document = {**upright_baseline().to_document(), **changes}

    with pytest.raises(CalibrationError, match="delete it and calibrate again"):
        from_document(document)


def test_what_is_wrong_with_a_profile_is_told_in_one_short_sentence():
    document = upright_baseline().to_document() | {"schema": "9" * 5000}

    with pytest.raises(CalibrationError) as caught:
        from_document(document)

    assert len(str(caught.value)) < 250
    assert str(caught.value).endswith("…); delete it and calibrate again")


def test_a_profile_without_a_field_is_told_and_not_used():
    for name in upright_baseline().to_document():
        document = upright_baseline().to_document()
        del document[name]

        with pytest.raises(CalibrationError, match=name):
            from_document(document)


def times(samples):
    return samples[0].t_s, samples[-1].t_s


def test_the_first_calm_stretch_of_a_recording_serves():
    samples = after(restless(20.0, seconds=5.0), 5.5, calibration(20.0))
    best = steadiest(samples, window_s=5.0, early_s=60.0)

    assert times(best) == (5.5, 10.5)


def test_a_slouch_held_still_is_no_better_than_an_early_upright_seat():
    samples = after(calibration(10.0), 10.5, calibration(40.0, **SLOUCHED))
    best = steadiest(samples, window_s=5.0, early_s=60.0)

    assert times(best) == (0.0, 5.0)


def test_a_longer_neck_is_worth_a_later_start():
    samples = after(calibration(6.0, **SLOUCHED), 6.5, calibration(6.0))
    best = steadiest(samples, window_s=5.0, early_s=60.0)

    assert times(best) == (6.5, 11.5)


def test_only_the_early_part_of_a_recording_is_asked():
    samples = after(restless(20.0, seconds=30.0), 30.5, calibration(30.0))
    best = steadiest(samples, window_s=5.0, early_s=20.0)

    assert times(best)[1] <= 20.0


def test_frames_far_apart_are_taken_as_ten_of_them():
    # One frame every 10 s, as a time-lapse has: a window of 5 s would hold one.
    samples = calibration(600.0, frames_per_s=0.1)
    best = steadiest(samples, window_s=5.0, early_s=60.0)

    assert len(best) == 10
    assert times(best) == (0.0, 90.0)


def test_a_stretch_shorter_than_two_seconds_is_none():
    burst = calibration(1.0, frames_per_s=20.0)

    start_s, end_s = times(
        steadiest(after(burst, 11.0, calibration(20.0)), window_s=5.0, early_s=60.0)
    )

    assert list(steadiest(burst, window_s=5.0, early_s=60.0)) == burst
    assert end_s - start_s >= 2.0


def test_fewer_frames_than_ten_are_answered_as_they_are():
    few = calibration(4.0, frames_per_s=2.0)

    assert list(steadiest(few, window_s=5.0, early_s=60.0)) == few
    assert list(steadiest([], window_s=5.0, early_s=60.0)) == []


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        ([], False),
        (calibration(4.0), False),  # shorter than a stretch: a better one may come
        (calibration(16.0), True),
        (restless(20.0, seconds=4.0), False),
        (restless(20.0, seconds=50.0), True),  # whatever comes now comes 50 s late
    ],
    ids=["nothing", "a moment", "calm", "restless", "long restless"],
)
def test_looking_on_is_in_vain_once_a_later_stretch_could_not_be_better(samples, expected):
    assert is_beyond_better(samples, window_s=4.5, early_s=60.0) is expected


def test_what_was_beyond_better_stays_the_answer():
    start = after(restless(6.0, seconds=6.0), 6.5, calibration(14.0))
    whole = after(start, 21.0, calibration(39.0))

    assert is_beyond_better(start, window_s=5.0, early_s=60.0)
    assert times(steadiest(whole, window_s=5.0, early_s=60.0)) == times(
        steadiest(start, window_s=5.0, early_s=60.0)
    )


def test_a_sample_says_when_and_in_what_light():
    sample = CalibrationSample(1.5, features(), brightness=90.0, contrast=30.0)

    assert (sample.t_s, sample.brightness, sample.contrast) == (1.5, 90.0, 30.0)


def test_the_spread_is_that_of_the_most_usual_six_of_ten_samples():
    noses = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
    values = np.array([noses + [offset + 5.0 for offset in noses]]).T

    assert baseline._core(values).sum() == 12
    assert baseline._core(values[:13]).sum() == 10  # as many as a baseline needs


def test_a_recording_shows_one_seat_where_nine_in_ten_samples_lie_together():
    upright = calibration(12.0)
    sunk = [replace(s, features=measure(person(**SLOUCHED))) for s in calibration(12.0)]

    assert is_one_seat(upright)
    assert is_one_seat(after(upright, 12.0, sunk[: len(upright) // 12]))
    assert not is_one_seat(after(upright, 12.0, sunk[: len(upright) // 2]))
    assert not is_one_seat(upright[:3])  # too few to tell


# ------------------------------------------------------------- the bounds of each remark


def swaying(name, amount, *, seconds=12.0):
    """Someone of whom one feature strays by so much, half of the time by more."""
    still = calibration(seconds)
    return [
        replace(
            s, features=replace(s.features, **{name: getattr(s.features, name) + amount * (i % 5)})
        )
        for i, s in enumerate(still)
    ]


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("head_pitch_deg", 5.0),
        ("head_yaw_deg", 9.0),
        ("head_roll_deg", 4.0),
        ("neck_gap_ratio", 0.04),
        ("shoulder_tilt_deg", 2.5),
    ],
)
def test_someone_moved_where_a_spread_is_beyond_its_limit(name, limit):
    amount = limit / 1.4826  # the median of what they stray from their middle

    assert fit(swaying(name, 0.999 * amount)).remarks == ()
    assert fit(swaying(name, 1.001 * amount)).remarks[0].startswith("you moved (")


@pytest.mark.parametrize(
    ("samples", "total", "grade"),
    [
        (calibration(10.0), 21, Grade.GOOD),
        (calibration(9.5), 20, Grade.FAIR),
        (calibration(13.5), 40, Grade.GOOD),  # 28 of 40
        (calibration(13.5), 41, Grade.FAIR),
        ([replace(s, brightness=40.0, contrast=12.0) for s in calibration()], 25, Grade.GOOD),
        ([replace(s, brightness=39.9) for s in calibration()], 25, Grade.FAIR),
        ([replace(s, contrast=11.9) for s in calibration()], 25, Grade.FAIR),
    ],
)
def test_a_baseline_is_good_up_to_these_bounds(samples, total, grade):
    assert fit(samples, FrameCounts(total)).grade is grade


def test_two_seconds_are_enough_and_no_less():
    assert fit(calibration(2.0, frames_per_s=5.0)).samples == 11
    with pytest.raises(CalibrationError, match="span only"):
        fit(calibration(1.9, frames_per_s=10.0))


def test_the_usual_ones_are_told_by_their_distance_in_spreads():
    # The second column strays a hundred times as far by nature.
    ordinary = [[i % 5 * 1.0, i % 5 * 100.0] for i in range(12)]
    values = np.array([*ordinary, [9.0, 200.0], [2.0, 1500.0], [7.0, 0.0]])

    assert baseline._core(values)[12:].tolist() == [False, False, False]


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("neck_gap_ratio", 0.08),
        ("shoulder_x_px", 0.25 * 261.818),
        ("shoulder_y_px", 0.14 * 261.818),
        ("head_pitch_deg", 10.0),
    ],
)
def test_one_seat_allows_so_much_of_each(name, limit):
    upright = calibration(9.5)  # 20 samples

    def with_strays(count, amount):
        strayed = [
            replace(s, features=replace(s.features, **{name: getattr(s.features, name) + amount}))
            for s in upright[:count]
        ]
        return [*strayed, *upright[count:]]

    assert is_one_seat(with_strays(3, 0.99 * limit))
    assert not is_one_seat(with_strays(3, -1.01 * limit))
    assert is_one_seat(with_strays(2, 1.01 * limit))  # nine in ten


def test_one_seat_allows_so_much_nearer():
    upright = calibration(9.5)
    scale = upright[0].features.face_scale_px

    def nearer(growth):
        larger = replace(upright[0].features, face_scale_px=scale * math.exp(growth))
        return [*(replace(s, features=larger) for s in upright[:3]), *upright[3:]]

    assert is_one_seat(nearer(0.104))
    assert not is_one_seat(nearer(0.106))


def sitting_so(seconds, start_s, **changes):
    return [
        replace(s, t_s=s.t_s + start_s, features=replace(s.features, **changes))
        for s in calibration(seconds)
    ]


@pytest.mark.parametrize(("shorter", "start_s"), [(0.064, 0.0), (0.066, 6.5)])
def test_eight_hundredths_of_a_neck_are_worth_eight_seconds(shorter, start_s):
    gap = features().neck_gap_ratio
    samples = [*sitting_so(6.0, 0.0, neck_gap_ratio=gap - shorter), *sitting_so(6.0, 6.5)]
    best = steadiest(samples, window_s=5.0, early_s=60.0)

    assert times(best)[0] == start_s


def test_keypoints_may_lie_on_the_edge_of_the_picture():
    edges = ViewKeypoints(((0.0, 0.0), (640.0, 480.0)), bytes(16), 640, 480)
    document = replace(upright_baseline(), view_keypoints=edges).to_document()

    assert from_document(document).view_keypoints == edges


def test_a_reason_of_120_letters_is_told_in_full():
    def told(letters):
        document = upright_baseline().to_document() | {"grade": "x" * letters}
        with pytest.raises(CalibrationError) as caught:
            from_document(document)
        return str(caught.value)

    longest = 120 - len("'' is not a valid Grade")
    assert "x" * longest + "' is not a valid Grade)" in told(longest)
    assert "…" in told(longest + 1)


def test_the_spread_of_what_is_not_always_seen_is_robust_too():
    turning = [
        replace(s, features=replace(s.features, close_yaw_deg=float(i)))
        for i, s in enumerate(closely_seen(12.0))
    ]
    baseline = fit(turning)

    assert baseline.median.close_yaw_deg == 12.0
    assert baseline.spread.close_yaw_deg == pytest.approx(6 * 1.4826)

"""The default pose engine on sample frames, odd pictures and odd clocks."""

from __future__ import annotations

import gc
import math
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from posture_monitor.domain import Landmark, ModelError
from posture_monitor.vision import _ssd, pose_litert
from posture_monitor.vision._litert import LiteRtModel
from posture_monitor.vision.models import MODELS_DIR, POSE_DETECTOR, POSE_LANDMARKS
from posture_monitor.vision.pose_litert import LiteRtPoseEstimator, refine_points
from posture_monitor.vision.smoothing import LandmarkSmoother

CLIPS = Path(__file__).resolve().parents[2] / "samples" / "clips"
FRAME_S = 1 / 6
BLANK = np.full((480, 640, 3), 128, np.uint8)


def read_frames(clip, count):
    video = cv2.VideoCapture(str(CLIPS / f"{clip}.mp4"))
    frames = [video.read()[1] for _ in range(count)]
    video.release()
    return frames


@pytest.fixture(scope="module")
def frames():
    return read_frames("01_upright_day", 12)


@pytest.fixture
def following():
    return LiteRtPoseEstimator()


def test_a_seated_person_is_found_where_the_truth_says(frames, following):
    pose = following.estimate(frames[0], 0.0)

    # samples/clips/01_upright_day.csv, first row
    assert pose.xy(Landmark.NOSE) == pytest.approx((319, 238), abs=20)
    assert pose.xy(Landmark.LEFT_SHOULDER) == pytest.approx((442, 376), abs=20)
    assert pose.xy(Landmark.RIGHT_SHOULDER) == pytest.approx((197, 376), abs=20)
    assert pose.confidence > 0.9
    assert (pose.width_px, pose.height_px) == (640, 480)


def test_the_pose_is_single_precision_and_read_only(frames, following):
    pose = following.estimate(frames[0], 0.0)

    for array in (pose.points_px, pose.depth_px, pose.visibility, pose.presence):
        assert array.dtype == np.float32
        assert not array.flags.writeable
    assert ((pose.visibility >= 0) & (pose.visibility <= 1)).all()
    assert ((pose.presence >= 0) & (pose.presence <= 1)).all()


@pytest.mark.parametrize("tracking", [True, False])
@pytest.mark.parametrize(
    "picture",
    [
        BLANK,
        np.zeros_like(BLANK),
        np.random.default_rng(0).integers(0, 256, BLANK.shape, np.uint8),
    ],
    ids=["grey", "black", "noise"],
)
def test_nobody_is_seen_in_an_empty_picture(picture, tracking):
    assert LiteRtPoseEstimator(tracking=tracking).estimate(picture, 0.0) is None


def test_a_portrait_picture_gives_the_same_place(frames):
    estimator = LiteRtPoseEstimator(tracking=False)
    landscape = estimator.estimate(frames[0], 0.0)
    portrait = estimator.estimate(frames[0][:, 140:500], 0.0)

    x, y = landscape.xy(Landmark.NOSE)
    assert portrait.xy(Landmark.NOSE) == pytest.approx((x - 140, y), abs=8)


def test_a_larger_picture_gives_a_larger_pose(frames):
    estimator = LiteRtPoseEstimator(tracking=False)
    small = estimator.estimate(frames[0], 0.0)
    large = estimator.estimate(cv2.resize(frames[0], None, fx=2, fy=2), 0.0)

    assert large.points_px[:13] == pytest.approx(2 * small.points_px[:13], abs=12)


@pytest.mark.parametrize("shape", [(16, 16), (16, 640), (640, 16), (17, 31)])
def test_tiny_and_narrow_pictures_are_no_error(frames, shape, following):
    picture = cv2.resize(frames[0], shape[::-1])

    for step in range(3):
        following.estimate(picture, step * FRAME_S)


def test_a_picture_that_is_no_picture_is_a_programming_error(following):
    with pytest.raises(ValueError, match="expected a picture"):
        following.estimate(np.zeros((480, 640), np.uint8), 0.0)


def test_a_mirrored_view_of_memory_is_accepted(frames, following):
    assert following.estimate(frames[0][:, ::-1], 0.0) is not None


def test_following_steadies_a_person_who_sits_still(frames):
    def jitter_px(tracking):
        estimator = LiteRtPoseEstimator(tracking=tracking)
        poses = [estimator.estimate(f, i * FRAME_S) for i, f in enumerate(frames)]
        return np.diff([pose.xy(Landmark.NOSE) for pose in poses[4:]], axis=0).std()

    assert jitter_px(tracking=True) < jitter_px(tracking=False)


def test_reset_makes_the_next_frame_a_first_one(frames, following):
    first = following.estimate(frames[0], 0.0)
    following.estimate(frames[1], FRAME_S)
    following.reset()
    again = following.estimate(frames[0], 2 * FRAME_S)

    assert np.array_equal(again.points_px, first.points_px)


@pytest.mark.parametrize("gap_s", [260.0, -5.0], ids=["a long pause", "a clock set back"])
def test_the_search_starts_afresh_after(frames, following, gap_s):
    first = following.estimate(frames[0], 0.0)
    following.estimate(frames[1], FRAME_S)
    again = following.estimate(frames[0], FRAME_S + gap_s)

    assert np.array_equal(again.points_px, first.points_px)


def test_a_picture_of_another_size_is_searched_afresh(frames, following):
    following.estimate(frames[0], 0.0)
    half = cv2.resize(frames[0], None, fx=0.5, fy=0.5)
    pose = following.estimate(half, FRAME_S)

    assert pose.points_px == pytest.approx(
        LiteRtPoseEstimator().estimate(half, 0.0).points_px, abs=1e-3
    )


def test_a_person_who_moved_in_a_pause_is_found_at_the_new_place(frames, following):
    following.estimate(frames[0], 0.0)
    moved = np.roll(frames[0], 150, axis=1)
    pose = following.estimate(moved, 4.0)

    alone = LiteRtPoseEstimator(tracking=False).estimate(moved, 0.0)
    assert pose.points_px == pytest.approx(alone.points_px, abs=1e-3)


def test_after_someone_left_nobody_is_seen_and_whoever_returns_is_found(frames, following):
    assert following.estimate(frames[0], 0.0) is not None
    assert following.estimate(BLANK, FRAME_S) is None
    assert following.estimate(BLANK, 2 * FRAME_S) is None
    assert following.estimate(frames[1], 3 * FRAME_S) is not None


def test_someone_is_still_found_after_sitting_for_long(frames, following):
    # The detector is put away meanwhile.
    for t_s in range(40):
        assert following.estimate(frames[0], float(t_s)) is not None
    assert following.estimate(BLANK, 40.5) is None

    assert following.estimate(frames[0], 41.0) is not None


def test_two_frames_of_the_same_time_are_no_error(frames, following):
    following.estimate(frames[0], 1.0)

    assert following.estimate(frames[1], 1.0) is not None


def test_only_time_between_frames_matters(frames):
    def follow(start_s):
        estimator = LiteRtPoseEstimator()
        for i, frame in enumerate(frames):
            pose = estimator.estimate(frame, start_s + i * FRAME_S)
        return pose.points_px

    assert follow(1e6) == pytest.approx(follow(0.0), abs=0.01)
    assert follow(-50.0) == pytest.approx(follow(0.0), abs=0.01)


def test_an_altered_landmark_model_is_told_at_once(tmp_path):
    models_dir = tmp_path / "models"
    shutil.copytree(MODELS_DIR, models_dir)
    (models_dir / POSE_LANDMARKS.name).write_bytes(b"not a model")

    with pytest.raises(ModelError, match=POSE_LANDMARKS.name):
        LiteRtPoseEstimator(models_dir=models_dir)


def test_the_runtime_is_loaded_only_for_an_engine():
    code = (
        "import sys, posture_monitor.vision;"
        "assert not {'cv2', 'numpy', 'ai_edge_litert'} & set(sys.modules);"
        "import posture_monitor.vision.pose_litert, posture_monitor.vision.face;"
        "assert not {'ai_edge_litert', 'mediapipe'} & set(sys.modules)"
    )

    subprocess.run([sys.executable, "-c", code], check=True)


def test_nothing_is_said_on_standard_error(frames, capfd):
    LiteRtPoseEstimator().estimate(frames[0], 0.0)

    assert capfd.readouterr().err == ""


# ------------------------------------------------------------------ heat maps


def heat_map(row, column, points=1):
    """Cold all over but for one cell."""
    heat = np.full((64, 64, points), -20, np.float32)
    heat[row, column] = 5
    return heat


def test_a_point_moves_to_the_warmest_cell_near_it():
    refined = refine_points(np.float32([[0.5, 0.5]]), heat_map(row=30, column=34))

    assert refined == pytest.approx(np.float32([[34 / 64, 30 / 64]]), abs=1e-4)


def test_a_point_stays_where_nothing_near_it_is_warm():
    points = np.float32([[0.25, 0.75]])

    assert np.array_equal(refine_points(points, heat_map(row=5, column=60)), points)


def test_points_outside_the_heat_map_stay():
    points = np.float32([[1.0, 0.5], [-0.1, 0.5], [0.5, 7.0]])

    assert np.array_equal(refine_points(points, heat_map(32, 63, points=3)), points)


def test_at_the_edge_only_cells_of_the_map_count():
    refined = refine_points(np.float32([[0.0, 0.999]]), heat_map(row=63, column=0))

    assert refined == pytest.approx(np.float32([[0, 63 / 64]]), abs=1e-4)


# ------------------------------------------------------------------ smoothing


def smooth(values, step_s, *, size_px=500.0):
    """The last value after feeding one point along x."""
    smoother = LandmarkSmoother()
    for i, x in enumerate(values):
        points, _ = smoother.step(
            np.float32([[x, 0, 0]]), np.float32([1]), t_s=i * step_s, object_size_px=size_px
        )
    return float(points[0, 0])


def test_the_first_landmarks_pass_unchanged():
    assert smooth([123.0], 1.0) == 123.0


def test_jitter_is_damped():
    assert abs(smooth([0, 1] * 20, 1 / 30) - 0.5) < 0.4


def test_a_fast_movement_passes_almost_at_once():
    assert smooth([0, 0, 100, 100], 1 / 6) > 95


def test_a_step_is_followed_alike_at_any_frame_rate():
    slow = smooth([0] * 4 + [50] * 6, 0.5)
    fast = smooth([0] * 40 + [50] * 60, 0.05)

    assert slow == pytest.approx(fast, abs=1)


def test_visibility_fades_by_time_not_by_frames():
    def fade(step_s):
        smoother = LandmarkSmoother()
        for i in range(round(1 / step_s) + 1):
            _, visibility = smoother.step(
                np.zeros((1, 3), np.float32),
                np.float32([1.0 if i == 0 else 0.0]),
                t_s=i * step_s,
                object_size_px=100.0,
            )
        return float(visibility[0])

    assert fade(0.5) == pytest.approx(fade(1 / 30), rel=1e-3)
    assert fade(1 / 30) == pytest.approx(math.pow(0.9, 30), rel=1e-3)


def test_time_that_stands_still_changes_nothing():
    smoother = LandmarkSmoother()
    visible = np.float32([1])
    smoother.step(np.float32([[0, 0, 0]]), visible, t_s=1.0, object_size_px=100)
    points, _ = smoother.step(np.float32([[9, 9, 9]]), visible, t_s=1.0, object_size_px=100)

    assert points.tolist() == [[9, 9, 9]]


def loaded_models():
    gc.collect()
    return [one for one in gc.get_objects() if isinstance(one, LiteRtModel)]


def test_the_two_models_never_live_side_by_side(frames, following):
    before = len(loaded_models()) - 1  # the detector is there from the start
    most = 0
    for n, picture in enumerate((frames[0], frames[1], BLANK, BLANK, frames[0], BLANK)):
        pose = following.estimate(picture, 20.0 * n)
        assert (pose is None) == (picture is BLANK)
        most = max(most, len(loaded_models()) - before)

    assert most == 1


def test_models_are_not_exchanged_at_each_frame_while_someone_comes_and_goes(
    frames, following, monkeypatch
):
    loads = []

    class Counted(LiteRtModel):
        def __init__(self, model, *rest, **options):
            loads.append(model.name)
            super().__init__(model, *rest, **options)

    monkeypatch.setattr(pose_litert, "LiteRtModel", Counted)
    monkeypatch.setattr(_ssd, "LiteRtModel", Counted)
    for n in range(16):
        following.estimate(BLANK if n % 2 else frames[0], n / 2.0)

    # Both are exchanged once; when the detector is missed again, it stays beside the other.
    assert loads == [POSE_LANDMARKS.name, POSE_DETECTOR.name] * 2


def test_whoever_sits_still_is_not_searched_for(frames, following, monkeypatch):
    following.estimate(frames[0], 0.0)
    monkeypatch.setattr(following, "_load_detector", lambda: pytest.fail("searched"))

    assert following.estimate(frames[0], 61.0) is not None


def test_a_loaded_model_answers_the_outputs_that_were_asked_for():
    model = LiteRtModel(POSE_LANDMARKS, outputs=(1, 0))
    presence, landmarks = model.run(np.zeros((256, 256, 3), np.uint8), scale=1 / 255, offset=0.0)

    assert (presence.shape, landmarks.shape) == ((1,), (195,))


def test_results_that_are_still_held_keep_no_model_from_running():
    model = LiteRtModel(POSE_LANDMARKS)
    rgb = np.full((model.side_px, model.side_px, 3), 90, np.uint8)

    first = model.run(rgb, scale=1 / 255, offset=0.0)
    kept = first[0].copy()
    model.run(rgb // 2, scale=1 / 255, offset=0.0)

    np.testing.assert_array_equal(first[0], kept)

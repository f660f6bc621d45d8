"""Where the outline passes over the shoulders: drawn silhouettes, and a raised shoulder on film."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import cv2
import numpy as np
import pytest

from posture_monitor.vision.outline import shoulder_tops
from posture_monitor.vision.pose_litert import LiteRtPoseEstimator

CLIPS = Path(__file__).resolve().parents[2] / "samples" / "clips"
LEFT, RIGHT = np.float32([158, 110]), np.float32([98, 110])


def silhouette(left_top=100.0, right_top=100.0):
    """A body whose upper edge lies between two rows, at a height of its own on either side."""
    rows = np.arange(256, dtype=np.float32)[:, None]
    tops = np.where(np.arange(256) >= 128, left_top, right_top).astype(np.float32)
    return 4.0 * (rows - tops)


def test_the_tops_lie_on_the_edge_between_two_cells_on_the_persons_own_sides():
    tops = shoulder_tops(silhouette(left_top=95.25, right_top=101.5), LEFT, RIGHT)

    # 0.8 of half the 60 cells between the shoulders, to either side of the middle at 128
    assert tops == pytest.approx(np.array([(152.0, 95.25), (104.0, 101.5)]), abs=0.01)


def test_a_person_seen_from_behind_keeps_their_own_sides():
    tops = shoulder_tops(silhouette(left_top=95.25, right_top=101.5), RIGHT, LEFT)

    assert tops == pytest.approx(np.array([(104.0, 101.5), (152.0, 95.25)]), abs=0.01)


def test_something_above_the_shoulder_is_not_taken_for_it():
    lamp = silhouette()
    lamp[60:80, 140:170] = 9.0

    assert shoulder_tops(lamp, LEFT, RIGHT)[:, 1] == pytest.approx([100.0, 100.0])


def test_an_arm_before_a_few_columns_does_not_move_the_edge():
    raised = silhouette()
    raised[40:, 150:153] = 9.0

    assert shoulder_tops(raised, LEFT, RIGHT)[:, 1] == pytest.approx([100.0, 100.0])


@pytest.mark.parametrize(
    ("picture", "left", "right"),
    [
        (np.full((256, 256), -9.0, np.float32), LEFT, RIGHT),  # nobody
        (np.full((256, 256), 9.0, np.float32), LEFT, RIGHT),  # no edge anywhere
        (silhouette(), np.float32([129, 110]), np.float32([127, 110])),  # too small to tell
        (silhouette(), np.float32([158, 250]), np.float32([98, 250])),  # reaches out of it
        (silhouette(), np.float32([158, 20]), np.float32([98, 20])),
        (silhouette(), np.float32([290, 110]), np.float32([230, 110])),  # beside it
        (silhouette(), np.float32([math.nan, 110]), RIGHT),
        (silhouette(), np.float32([158, math.nan]), RIGHT),
    ],
)
def test_where_no_edge_can_be_followed_nothing_is_told(picture, left, right):
    assert shoulder_tops(picture, left, right) is None


def test_the_outline_follows_a_raised_shoulder_more_than_the_models_own_points_do():
    with (CLIPS / "04_lean_tilt_backlit.csv").open(newline="", encoding="utf-8") as file:
        truth = list(csv.DictReader(file))
    video = cv2.VideoCapture(str(CLIPS / "04_lean_tilt_backlit.mp4"))
    estimator = LiteRtPoseEstimator()
    seen = {"upright": [], "shoulder_left_up": []}
    for row in truth:
        pose = estimator.estimate(video.read()[1], float(row["t"]))
        if row["label"] in seen and row["transition"] == "0":
            tops, points = pose.shoulder_tops_px, pose.points_px[11:13]
            lines = [tilt_deg(*places) for places in (tops, points)]
            seen[row["label"]].append((*lines, float(row["shoulder_tilt_deg"])))
    video.release()
    changed = np.median(seen["shoulder_left_up"], axis=0) - np.median(seen["upright"], axis=0)

    assert changed[2] == pytest.approx(7.7, abs=0.3)  # the truth
    assert changed[0] == pytest.approx(5.2, abs=1.5)
    assert changed[1] == pytest.approx(2.2, abs=1.0)


def tilt_deg(left, right):
    return math.degrees(math.atan2(right[1] - left[1], left[0] - right[0]))

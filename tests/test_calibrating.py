"""Gathering looks for a baseline."""

from __future__ import annotations

import numpy as np
import pytest

from posture_monitor.core.judge.baseline import Grade
from posture_monitor.domain import CalibrationError, Frame, Unjudged, ViewKeypoints
from posture_monitor.monitor.calibrating import HINTS, LIVE_TIMEOUT_S, learn_self
from posture_monitor.monitor.calibration import calibrate
from tests.builders import (
    NINE,
    features,
)
from tests.scenes import frames, gathered

KEYPOINTS = ViewKeypoints(((10.0, 20.0),), bytes(8), 640, 480)


class Filmed:
    """A source whose pictures are known by their index, and the observer that knows them."""

    def __init__(self, script, *, fps=5.0, live=False):
        self.observations = frames(script, fps)
        self.live = live
        self.asked = []
        self._next = 0

    def read(self, *, skip_until_s=None):
        self.asked.append(skip_until_s)
        while self._next < len(self.observations):
            index, self._next = self._next, self._next + 1
            t_s = self.observations[index].t_s
            if skip_until_s is None or t_s >= skip_until_s - 1e-6:
                return Frame(np.zeros((480, 640, 3), np.uint8), t_s, NINE, index)
        return None

    def observe(self, frame, *, settled):
        return self.observations[frame.index]

    def view_keypoints(self):
        return KEYPOINTS


def calibrated(script, *, fps=5.0, live=False, **how):
    film = Filmed(script, fps=fps, live=live)
    return calibrate(film, film, **how)


# ---------------------------------------------------------------------- gathering


def test_each_clear_frame_gives_a_sample():
    gathering = gathered([(2, "upright")])

    assert len(gathering.samples) == gathering.total == 11
    assert gathering.span_s == 2.0
    assert gathering.samples[0].features == features()
    assert gathering.hint == "hold still"


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("nobody", Unjudged.NOBODY),
        ("dark", Unjudged.TOO_DARK),
        ("hidden", Unjudged.TOO_DARK),
        ("turned", Unjudged.TURNED_AWAY),
        ("two", Unjudged.SEVERAL_PEOPLE),
    ],
)
def test_frames_that_fail_are_counted_by_why_and_say_what_to_do(word, why):
    gathering = gathered([(2, word)])

    assert gathering.samples == []
    assert dict(gathering.failed) == {why: 11}
    assert gathering.hint == HINTS[why]
    assert gathering.span_s == 0.0


def test_somebody_who_has_just_come_is_nobody_until_believed():
    gathering = gathered([(2, "nobody"), (2, "upright")])

    # 10 empty frames, then 3 until 0.45 s have passed.
    assert gathering.failed[Unjudged.NOBODY] == 13
    assert gathering.counts.nobody == 13


def test_the_counts_explain_a_refusal():
    with pytest.raises(CalibrationError, match="several people"):
        gathered([(5, "two")]).fit()
    with pytest.raises(CalibrationError, match="too dark to find a face"):
        gathered([(5, "dark")]).fit()
    with pytest.raises(CalibrationError, match="nobody was found"):
        gathered([(5, "nobody")]).fit()
    assert gathered([(5, "turned")]).counts.not_measurable == 26


def test_every_hint_says_what_to_do():
    assert set(HINTS) <= set(Unjudged)
    assert all(len(hint) > 10 for hint in HINTS.values())


# -------------------------------------------------------------------- calibrating


def test_a_live_calibration_ends_after_twelve_clear_seconds():
    film = Filmed([(60, "upright")], live=True)
    heard = []
    baseline = calibrate(film, film, progress=lambda *told: heard.append(told), distance_cm=70.0)

    assert (baseline.span_s, baseline.grade, baseline.distance_cm) == (12.0, Grade.GOOD, 70.0)
    assert heard[0] == (0.0, "hold still")
    assert heard[30] == (pytest.approx(0.5), "hold still")
    assert heard[-1] == (1.0, "hold still")


def test_a_live_calibration_without_anybody_gives_up():
    film = Filmed([(60, "nobody")], live=True)
    with pytest.raises(CalibrationError, match="nobody was found"):
        calibrate(film, film)

    assert film.asked[-1] == pytest.approx(LIVE_TIMEOUT_S + 0.2, abs=0.01)


def test_five_frames_a_second_are_enough():
    assert calibrated([(60, "upright")], fps=30.0, live=True).samples == 61


def test_a_recording_of_one_seat_serves_as_a_whole():
    baseline = calibrated([(4, "aside"), (60, "upright")])

    assert baseline.median == features()
    assert baseline.span_s == pytest.approx(30.0, abs=0.5)


def test_a_recording_of_several_seats_is_calibrated_by_its_steadiest_early_part():
    baseline = calibrated([(7, "upright"), (60, "sunk")])

    assert baseline.median == features()
    assert baseline.span_s <= 7.0


def test_the_time_that_was_asked_for_is_taken_as_a_whole():
    heard = []
    baseline = calibrated(
        [(10, "aside"), (10, "upright"), (40, "aside")],
        start_s=10.0,
        end_s=19.9,
        progress=lambda *told: heard.append(told),
    )

    assert baseline.median == features()
    assert baseline.span_s == pytest.approx(9.8)
    assert baseline.view_keypoints is KEYPOINTS
    assert [share for share, _ in heard] == sorted(share for share, _ in heard)
    assert heard[-1][0] == pytest.approx(1.0, abs=0.02)


def test_a_short_recording_is_calibrated_by_what_there_is():
    assert calibrated([(5, "upright")]).samples >= 10


def test_a_time_without_a_picture_is_refused_with_what_to_mind():
    with pytest.raises(CalibrationError, match="no frame in that time; check --start and --end"):
        calibrated([(10, "upright")], start_s=100.0)


def test_a_recording_of_nobody_is_refused():
    with pytest.raises(CalibrationError, match="nobody was found"):
        calibrated([(10, "nobody")])


def test_a_recording_serves_without_a_profile_where_somebody_is_clearly_seen():
    assert learn_self(gathered([(10, "upright")])).median == features()
    assert learn_self(gathered([(1, "upright")])) is None

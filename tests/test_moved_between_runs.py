"""A camera that was moved between the calibration and a later recording, through the program."""

from __future__ import annotations

import shutil

import cv2
import pytest

from posture_monitor import cli
from posture_monitor.core.measure.view import homography
from posture_monitor.domain import ViewShift
from tests.analysis import SLOUCHES, analyze, rows

WIDTH, HEIGHT = 640, 480
# In 02_slouch_office: upright to 6 s and from 20.5 s on, slouching from 8 s to 19 s.
UPRIGHT_S, SLOUCH_S = (0.0, 5.5), (14.0, 18.5)
BACK_UPRIGHT_S = 21.0


def film_of(folder, shift):
    """The clip as the moved camera would have recorded it."""
    path = folder / "moved.mp4"
    by = homography(shift, WIDTH, HEIGHT)
    before = cv2.VideoCapture(str(SLOUCHES))
    after = cv2.VideoWriter(
        str(path), cv2.VideoWriter.fourcc(*"mp4v"), before.get(cv2.CAP_PROP_FPS), (WIDTH, HEIGHT)
    )
    while (read := before.read())[0]:
        size = (WIDTH, HEIGHT)
        after.write(cv2.warpPerspective(read[1], by, size, borderMode=cv2.BORDER_REPLICATE))
    before.release()
    after.release()
    return path


@pytest.fixture(scope="module")
def judged_with_the_old_profile(tmp_path_factory):
    data = tmp_path_factory.mktemp("calibrated") / "data"
    calibrate = ["calibrate", "--source", str(SLOUCHES), "--profile", "desk"]
    calibrate += ["--start", str(UPRIGHT_S[0]), "--end", str(UPRIGHT_S[1])]
    assert cli.main(["--data-dir", str(data), *calibrate]) == 0

    def judged(folder, shift):
        out = folder / "out"
        shutil.copytree(data, folder / "data")
        assert analyze(out, film_of(folder, shift), "--profile", "desk") == 0
        return rows(out, "moved")

    return judged


def between(samples, first_s, last_s):
    return [row for row in samples if first_s <= float(row["t_s"]) <= last_s]


@pytest.mark.parametrize(
    "shift",
    [
        ViewShift(roll_deg=8.0),
        ViewShift(roll_deg=-8.0),
        ViewShift(pan_deg=6.0, tilt_deg=-3.0),
        ViewShift(across=-0.35, cropped=True),
        ViewShift(across=0.2, cropped=True),
        ViewShift(scale=1.3, cropped=True),
        ViewShift(scale=0.85, down=0.05, cropped=True),
    ],
    ids=str,
)
def test_upright_stays_upright_and_a_slouch_a_slouch(judged_with_the_old_profile, tmp_path, shift):
    samples = judged_with_the_old_profile(tmp_path, shift)
    upright = [*between(samples, *UPRIGHT_S), *between(samples, BACK_UPRIGHT_S, 99.0)]
    slouching = between(samples, *SLOUCH_S)

    assert len(upright) == 18
    assert [row["t_s"] for row in upright if row["judged"] == "0"] == []
    assert [row["t_s"] for row in upright if row["strained"] == "1"] == []
    assert all("slouch" in row["reasons"] for row in slouching)


@pytest.mark.parametrize(
    "shift",
    [ViewShift(pan_deg=12.0), ViewShift(roll_deg=15.0, scale=1.1, cropped=True)],
    ids=str,
)
def test_moved_too_far_for_places_the_body_alone_tells_a_slouch(
    judged_with_the_old_profile, tmp_path, shift
):
    samples = judged_with_the_old_profile(tmp_path, shift)
    upright = [*between(samples, *UPRIGHT_S), *between(samples, BACK_UPRIGHT_S, 99.0)]
    slouching = between(samples, *SLOUCH_S)

    assert {row["presence"] for row in samples} == {"present"}
    assert {row["judged"] for row in samples} == {"1"}
    assert {row["strained"] for row in upright} == {"0"}
    # Without places the reason is coarser where the neck has lost just enough.
    assert {row["strained"] for row in slouching} == {"1"}
    assert sum("slouch" in row["reasons"] for row in slouching) >= len(slouching) - 1

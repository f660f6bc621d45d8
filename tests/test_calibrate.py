"""`calibrate` and `profiles`: what serves as a reference, what is refused, and what is kept."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from posture_monitor import cli
from tests.program import CLIPS

if TYPE_CHECKING:
    from pathlib import Path


UPRIGHT = CLIPS / "01_upright_day.mp4"
LEAVES = CLIPS / "06_leave_return_office.mp4"


def call(data_dir: Path, *arguments: object) -> int:
    """In this process; the exit code."""
    return cli.main(["--data-dir", str(data_dir), *map(str, arguments)])


def make(video: Path, *arguments: object) -> Path:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, arguments), video], check=True)
    return video


def two_people(folder: Path) -> Path:
    """Two of the sample people side by side, equally large."""
    halves = "[0:v]crop=320:480:160:0[a];[1:v]crop=320:480:160:0[b];[a][b]hstack"
    return make(
        folder / "two.mp4",
        *("-i", UPRIGHT, "-i", CLIPS / "02_slouch_office.mp4"),
        *("-filter_complex", halves, "-t", "4"),
    )


def dark(folder: Path) -> Path:
    return make(folder / "dark.mp4", "-i", UPRIGHT, "-vf", "lutyuv=y=17:u=128:v=128", "-t", "4")


def nobody(folder: Path) -> Path:
    return make(folder / "empty.mp4", "-ss", "9", "-t", "4", "-i", LEAVES)


def shutter(folder: Path) -> Path:
    return make(folder / "room.mp4", "-f", "lavfi", "-i", "color=gray:s=640x480:d=4:r=6")


def test_profile_is_made_listed_shown_used_and_deleted(tmp_path, capsys):
    assert call(tmp_path, "profiles", "list") == 0
    assert "posture-monitor calibrate" in capsys.readouterr().err

    made = call(
        tmp_path,
        "calibrate",
        "--source",
        UPRIGHT,
        "--end",
        "6",
        "--distance-cm",
        "62",
        "--profile",
        "Büro",
    )
    said = capsys.readouterr().out
    assert made == 0
    assert re.match(
        r"profile 'Büro' is (good|fair): \d+ frames in 6 s, 62 cm \(measured\), 640x480", said
    )

    call(tmp_path, "profiles", "list")
    assert capsys.readouterr().out.startswith("Büro  20")
    call(tmp_path, "profiles", "show", "Büro")
    document = json.loads(capsys.readouterr().out)
    assert (document["distance_cm"], document["distance_measured"]) == (62.0, True)

    assert call(tmp_path, "analyze", UPRIGHT, "--out", tmp_path / "out", "--profile", "Büro") == 0
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["baseline"] == "Büro"
    assert summary["mean_score"] > 80.0

    capsys.readouterr()
    assert call(tmp_path, "profiles", "delete", "Büro") == 0
    assert capsys.readouterr().out == "profile 'Büro' is deleted\n"
    assert call(tmp_path, "profiles", "delete", "Büro") == 1
    assert "there is no profile 'Büro'; known are: none" in capsys.readouterr().err


def test_calibrating_again_replaces_the_profile(tmp_path, capsys):
    for distance_cm in (55, 65):
        call(tmp_path, "calibrate", "--source", UPRIGHT, "--end", "4", "--distance-cm", distance_cm)
    capsys.readouterr()
    call(tmp_path, "profiles", "show", "default")

    assert json.loads(capsys.readouterr().out)["distance_cm"] == 65.0


def test_whole_recording_serves_by_its_steadiest_start(tmp_path, capsys):
    assert call(tmp_path, "calibrate", "--source", LEAVES) == 0

    assert "60 cm (assumed)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("video", "complaint"),
    [(nobody, "nobody"), (shutter, "shutter"), (dark, "dark"), (two_people, "people")],
    ids=["nobody", "shutter", "too dark", "two people"],
)
def test_calibration_that_cannot_serve_is_refused_with_what_to_do(
    tmp_path, capsys, video, complaint
):
    assert call(tmp_path / "data", "calibrate", "--source", video(tmp_path)) == 1

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("posture-monitor: ")
    assert said.err.count("\n") == 1
    assert complaint in said.err
    call(tmp_path / "data", "profiles", "list")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--start", "100"], "there is no frame in that time; check --start and --end"),
        (["--start", "5", "--end", "5"], "--end must lie after --start"),
        (["--start", "5", "--end", "5.5"], "calibration refused"),
        (["--profile", "self"], "'self' is what an uncalibrated run uses; choose another name"),
        (["--source", "97"], "there is no camera 97"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_calibration_of_no_use_is_told(tmp_path, capsys, arguments, complaint):
    source = [] if "--source" in arguments else ["--source", UPRIGHT]

    assert call(tmp_path, "calibrate", *source, *arguments) == 1
    said = capsys.readouterr().err
    assert said.startswith("posture-monitor: ")
    assert said.count("\n") == 1
    assert complaint in said


def test_glances_and_moving_lower_the_grade_and_are_named(tmp_path, capsys):
    # She slouches, rests the chin on a hand and looks to both sides in dim light.
    moving = CLIPS / "07_mixed_dim_f.mp4"
    assert call(tmp_path, "calibrate", "--source", moving, "--start", "5", "--end", "21") == 0

    said = capsys.readouterr().out
    assert re.match(r"profile 'default' is (fair|poor): ", said)
    assert said.count(";") >= 1


def test_mirrored_camera_gives_the_mirror_image_of_a_profile(tmp_path, capsys):
    medians = {}
    for name, options in (("as it is", []), ("mirrored", ["--mirror"])):
        call(
            tmp_path,
            "calibrate",
            *options,
            "--source",
            CLIPS / "08_lowcam_offaxis_day.mp4",
            "--end",
            "6",
            "--profile",
            name,
        )
        capsys.readouterr()
        call(tmp_path, "profiles", "show", name)
        medians[name] = json.loads(capsys.readouterr().out)["median"]

    assert abs(medians["as it is"]["head_yaw_deg"]) > 3.0
    assert medians["mirrored"]["head_yaw_deg"] == pytest.approx(
        -medians["as it is"]["head_yaw_deg"], abs=5.0
    )
    assert medians["mirrored"]["head_x_px"] == pytest.approx(
        639.0 - medians["as it is"]["head_x_px"], abs=8.0
    )


SLOUCHES = CLIPS / "02_slouch_office.mp4"


def test_a_tired_seat_in_a_recording_becomes_part_of_the_profile(tmp_path, capsys):
    made = call(tmp_path, "calibrate", "--source", SLOUCHES, "--end", "6", "--tired-start", "13.5")
    assert made == 0
    assert "with a tired seat" in capsys.readouterr().out

    call(tmp_path, "profiles", "show", "default")
    document = json.loads(capsys.readouterr().out)
    # The slouch brings the eyes lower in the picture, by about 40 of its 480 rows.
    assert document["tired"]["head_y_px"] - document["median"]["head_y_px"] > 25.0


def test_a_tired_seat_that_is_an_upright_one_is_left_out_aloud(tmp_path, capsys):
    made = call(tmp_path, "calibrate", "--source", SLOUCHES, "--end", "6", "--tired-start", "0")

    assert made == 0
    assert "the tired seat was left out" in capsys.readouterr().err


def test_in_a_recording_the_tired_seat_needs_its_place(tmp_path, capsys):
    assert call(tmp_path, "calibrate", "--source", SLOUCHES, "--end", "6", "--tired") == 1
    assert "--tired-start" in capsys.readouterr().err

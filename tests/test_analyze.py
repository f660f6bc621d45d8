"""What `analyze` writes is a contract with users' scripts, whatever the videos are like."""

from __future__ import annotations

import json
import math

import pytest

from posture_monitor import cli
from posture_monitor.domain import METRIC_NAMES, EventKind, Reason
from tests.analysis import (
    COLUMNS,
    LEAVES,
    SLOUCHES,
    analyze,
    events,
    ffmpeg,
    files,
    make_unreadable,
    rows,
    summary,
)
from tests.program import WORKDAY
from tests.streams import cut, make_video

FIGURES = {
    "observed_s",
    "sitting_s",
    "standing_s",
    "away_s",
    "unknown_s",
    "strained_s",
    "mean_score",
    "events",
}


# --------------------------------------------------------------------------- the contract


def test_table_has_the_promised_columns_in_their_order(results):
    header = (results / "06_leave_return_office.samples.csv").read_text().splitlines()[0]

    assert header.split(",") == COLUMNS
    assert COLUMNS[7:] == list(METRIC_NAMES)


@pytest.mark.parametrize("name", ["06_leave_return_office", "02_slouch_office"])
def test_every_value_lies_in_its_domain(results, name):
    table = rows(results, name)

    assert [float(row["t_s"]) for row in table] == [0.5 * n for n in range(48)]
    for row in table:
        assert row["presence"] in {"present", "away", "unknown"}
        assert 0.0 <= float(row["confidence"]) <= 1.0
        assert set(row["reasons"].split(";")) <= {*Reason, ""}
        metrics = [row[metric] for metric in METRIC_NAMES]
        assert all(value == "" or math.isfinite(float(value)) for value in metrics)
        if row["judged"] == "1":
            assert row["presence"] == "present"
            assert row["strained"] in {"0", "1"}
            assert 0.0 <= float(row["score"]) <= 100.0
            assert 20.0 < float(row["viewing_distance_cm"]) < 150.0
        else:
            assert row["judged"] == "0"
            assert (row["score"], row["strained"], row["reasons"]) == ("", "", "")
        if row["presence"] == "away":
            assert metrics == [""] * len(METRIC_NAMES)


def test_table_tells_the_empty_chair_and_the_slouch(results):
    away = [
        float(row["t_s"])
        for row in rows(results, "06_leave_return_office")
        if row["presence"] == "away"
    ]
    strained = [
        float(row["t_s"]) for row in rows(results, "02_slouch_office") if row["strained"] == "1"
    ]

    # Head and shoulders are out of the picture from 7.0 to 14.8 s; a second of smoothing.
    assert 7.0 <= min(away) <= 8.0
    assert 14.5 <= max(away) <= 15.5
    assert len(away) == 1 + 2 * (max(away) - min(away))
    assert len([t for t in strained if 13.0 <= t <= 19.0]) >= 11
    assert [t for t in strained if t < 6.0 or t > 21.0] == []


def test_every_event_has_its_time_kind_and_detail(results):
    told_events = events(results, "06_leave_return_office")

    assert told_events
    assert all(set(event) == {"t_s", "kind", "detail"} for event in told_events)
    assert all(event["kind"] in set(EventKind) for event in told_events)
    assert all(0.0 <= event["t_s"] <= 24.0 for event in told_events)
    kinds = [event["kind"] for event in told_events]
    assert (kinds[0], kinds[-1]) == ("sitting_started", "sitting_ended")


def test_summary_has_the_promised_figures_for_each_video_and_in_all(results):
    whole = summary(results)

    assert whole["baseline"] == "self"
    assert whole.keys() >= FIGURES
    assert set(whole["videos"]) == {"06_leave_return_office", "02_slouch_office"}
    parts = list(whole["videos"].values())
    assert all(part.keys() >= FIGURES for part in parts)
    for figure in ("observed_s", "sitting_s", "away_s", "unknown_s", "strained_s"):
        assert whole[figure] == pytest.approx(sum(part[figure] for part in parts), abs=0.01)
    assert whole["observed_s"] == pytest.approx(48.0, abs=0.01)
    assert whole["videos"]["06_leave_return_office"]["away_s"] == pytest.approx(7.5, abs=1.5)
    assert whole["events"]["sitting_started"] == 2


def test_nothing_but_the_promised_files_is_written(results):
    assert files(results) == {
        "summary.json",
        "06_leave_return_office.samples.csv",
        "06_leave_return_office.events.jsonl",
        "06_leave_return_office.provenance.json",
        "02_slouch_office.samples.csv",
        "02_slouch_office.events.jsonl",
        "02_slouch_office.provenance.json",
    }


def test_analysed_video_can_be_looked_back_at_apart_from_live_days(results, capsys):
    data_dir = str(results.parent / "data")
    cli.main(["--data-dir", data_dir, "report", "--source", LEAVES.name, "--format", "json"])
    replay = json.loads(capsys.readouterr().out)
    cli.main(["--data-dir", data_dir, "report", "--format", "json"])
    live = json.loads(capsys.readouterr().out)

    assert replay["observed_s"] == pytest.approx(24.0, abs=0.01)
    assert live["observed_s"] == 0.0


# --------------------------------------------------------------------------- every kind of video


def test_minutes_before_a_closed_shutter_are_unknown_and_no_break(tmp_path):
    video = tmp_path / "shutter.mp4"
    ffmpeg("-f", "lavfi", "-i", "color=gray:s=320x240:d=180:r=1", video)
    assert analyze(tmp_path / "out", video, "--fps", "0.5") == 0

    figures = summary(tmp_path / "out")["videos"]["shutter"]
    assert (figures["away_s"], figures["break_s"], figures["unknown_s"]) == (0.0, 0.0, 180.0)


def test_portrait_video_is_judged(tmp_path):
    video = tmp_path / "portrait.mp4"
    ffmpeg("-i", SLOUCHES, "-t", "12", "-vf", "crop=360:480,scale=480:640", video)
    assert analyze(tmp_path / "out", video, "--fps", "1") == 0

    table = rows(tmp_path / "out", "portrait")
    assert [row["presence"] for row in table] == ["present"] * 12
    assert sum(row["judged"] == "1" for row in table) >= 11


def test_film_in_which_nobody_appears_is_away_and_not_judged(tmp_path):
    video = tmp_path / "room.mp4"
    ffmpeg("-ss", "8", "-t", "6", "-i", LEAVES, video)
    assert analyze(tmp_path / "out", video) == 0

    table = rows(tmp_path / "out", "room")
    assert [(row["presence"], row["judged"], row["score"]) for row in table] == [
        ("away", "0", "")
    ] * 12
    figures = summary(tmp_path / "out")["videos"]["room"]
    assert (figures["observed_s"], figures["away_s"], figures["sitting_s"]) == (6.0, 6.0, 0.0)
    assert figures["mean_score"] is None
    assert [event["kind"] for event in events(tmp_path / "out", "room")] == []


def test_video_of_one_picture_gives_one_row(tmp_path):
    video = tmp_path / "one.mp4"
    ffmpeg("-i", SLOUCHES, "-frames:v", "1", video)
    assert analyze(tmp_path / "out", video) == 0

    (row,) = rows(tmp_path / "out", "one")
    assert (row["t_s"], row["presence"]) == ("0.0", "present")
    assert summary(tmp_path / "out")["mean_score"] is None


def test_video_that_breaks_off_is_used_up_to_there(tmp_path, capsys):
    whole = tmp_path / "whole.mp4"
    ffmpeg("-i", SLOUCHES, "-c", "copy", "-movflags", "+faststart", whole)
    cut(whole, tmp_path / "broken.mp4", share=0.5)
    assert analyze(tmp_path / "out", tmp_path / "broken.mp4") == 0

    last_s = float(rows(tmp_path / "out", "broken")[-1]["t_s"])
    figures = summary(tmp_path / "out")["videos"]["broken"]
    assert 3.0 < last_s < 20.0
    assert figures["observed_s"] == pytest.approx(last_s, abs=0.01)
    assert capsys.readouterr().err.startswith("broken.mp4 breaks off at")


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("empty", "is empty (0 bytes); record or copy it again"),
        ("text", "is a text or a playlist, not a video; name a video file"),
        ("noise", "is not a video that can be read; name a video file such as an MP4"),
        ("folder", "name another folder, or the videos one by one"),
        ("missing", "check the name and the folder"),
        ("headless", "is cut off or damaged"),
    ],
)
def test_what_is_no_video_is_told_in_one_sentence(tmp_path, capfd, kind, sentence):
    video = make_unreadable(tmp_path)[kind]

    code = analyze(tmp_path / "out", video)

    output = capfd.readouterr().err
    assert code == 1
    assert output.startswith("posture-monitor: ")
    assert sentence in output
    assert str(video) in output
    assert output.count("\n") == 1


def test_unknown_profile_is_refused_before_any_work(tmp_path, capfd):
    code = analyze(tmp_path / "out", SLOUCHES, "--profile", "office")

    assert code == 1
    assert capfd.readouterr().err == (
        "posture-monitor: there is no profile 'office';"
        " make it: posture-monitor calibrate --profile office\n"
    )
    assert not (tmp_path / "out").exists()


def test_file_in_place_of_the_results_folder_is_told(tmp_path, capfd):
    (tmp_path / "out").write_text("")

    assert analyze(tmp_path / "out", SLOUCHES) == 1
    assert "choose another name" in capfd.readouterr().err


# --------------------------------------------------------------------------- rates and times


def test_rate_changes_no_state(results, tmp_path):
    told_states = {"2": results}
    for rate in ("1", "5"):
        assert analyze(tmp_path / rate, LEAVES, "--fps", rate) == 0
        told_states[rate] = tmp_path / rate

    for rate, out in told_states.items():
        assert len(rows(out, "06_leave_return_office")) == 24 * int(rate)
        assert [
            event["kind"]
            for event in events(out, "06_leave_return_office")
            if event["kind"] in {"sitting_started", "sitting_ended", "break_started"}
        ] == ["sitting_started", "sitting_ended"]
        # Somebody who stands at the desk before leaving and after coming back is neither
        # clearly here nor clearly away, hence a second at each end.
        figures = summary(out)["videos"]["06_leave_return_office"]
        assert figures["away_s"] == pytest.approx(7.5, abs=2.0)
        assert figures["observed_s"] == pytest.approx(24.0, abs=0.01)


def test_pictures_ten_seconds_apart_keep_the_times_of_the_container(tmp_path):
    video = tmp_path / "start.mp4"
    ffmpeg("-i", WORKDAY, "-frames:v", "30", "-c", "copy", "-copyts", video)
    assert analyze(tmp_path / "out", video) == 0

    table = rows(tmp_path / "out", "start")
    assert [float(row["t_s"]) for row in table] == [10.0 * n for n in range(30)]
    assert summary(tmp_path / "out")["sitting_s"] == pytest.approx(300.0, abs=10.0)


def test_flat_grey_pictures_with_odd_times_tell_nothing(tmp_path):
    video = make_video(tmp_path / "odd.mkv", [0.0, 0.5, 0.5, 9.0, 30.0], codec="mjpeg")
    assert analyze(tmp_path / "out", video) == 0

    assert [row["t_s"] for row in rows(tmp_path / "out", "odd")] == ["0.0", "0.5", "9.0", "30.0"]
    figures = summary(tmp_path / "out")
    assert figures["unknown_s"] == pytest.approx(30.0, abs=0.1)

"""What was seen goes into a file and is judged from there again, without the pictures."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest

from tests.analysis import LEAVES, analyze, ffmpeg, summary


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """Somebody upright who leaves after three seconds, with landmarks beside the samples."""
    folder = tmp_path_factory.mktemp("landmarks")
    ffmpeg("-ss", "4", "-t", "6", "-i", LEAVES, "-preset", "ultrafast", folder / "film.mp4")
    assert analyze(folder / "out", folder / "film.mp4", "--landmarks") == 0
    return folder


def test_landmarks_give_the_same_samples_and_events_as_the_video(seen, tmp_path):
    landmarks = seen / "out" / "film.landmarks.parquet"
    assert analyze(tmp_path / "out", landmarks) == 0

    for kind in ("samples.csv", "events.jsonl"):
        ours, theirs = tmp_path / "out" / f"film.landmarks.{kind}", seen / "out" / f"film.{kind}"
        assert ours.read_bytes() == theirs.read_bytes()
    assert theirs.read_text().count("sitting_started") == 1
    figures = [
        next(iter(summary(out)["videos"].values())) | {"video": ""}
        for out in (tmp_path / "out", seen / "out")
    ]
    assert figures[0] == figures[1]
    assert figures[0]["observed_s"] == 6.0


def test_landmarks_are_plain_numbers_in_pixels(seen):
    file = pq.ParquetFile(seen / "out" / "film.landmarks.parquet")
    rows = file.read().to_pylist()

    assert [row["t_s"] for row in rows] == [0.5 * n for n in range(12)]
    points = rows[0]["points_px"]
    assert len(points) == 66
    left, right = points[22:24], points[24:26]  # the shoulders
    assert 0 < right[0] < left[0] < rows[0]["width_px"] == 640
    assert rows[-1]["points_px"] is None or rows[-1]["visibility"] is not None
    told = json.loads(file.metadata.metadata[b"posture_monitor_landmarks"])
    assert (told["end_s"], told["samples_per_s"]) == (6.0, 2.0)


def spoiled(table, change):
    rows = table.to_pylist()
    change(rows)
    return table.from_pylist(rows, schema=table.schema)


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows[0].update(points_px=[1.0]),
        lambda rows: rows[0].update(visibility=[float("nan")] * 33),
        lambda rows: rows[0].update(visibility=None),
        lambda rows: rows[0].update(faces="[{}]"),
        lambda rows: rows[0].update(view="{"),
        lambda rows: rows[0].update(width_px=0),
        lambda rows: rows[1].update(t_s=0.0),
        lambda rows: rows[1].update(t_s=None),
    ],
)
def test_landmarks_that_somebody_spoiled_are_told_in_one_sentence(seen, tmp_path, capfd, change):
    file = tmp_path / "spoiled.landmarks.parquet"
    table = pq.read_table(seen / "out" / "film.landmarks.parquet")
    pq.write_table(spoiled(table, change), file)

    assert analyze(tmp_path / "out", file) == 1
    assert capfd.readouterr().err == (
        f"posture-monitor: {file} can't be read as landmarks of this program; write them again\n"
    )


def test_other_files_of_that_name_are_no_landmarks(tmp_path, capfd):
    file = tmp_path / "x.landmarks.parquet"
    file.write_text("none\n")

    assert analyze(tmp_path / "out", file) == 1
    assert "can't be read as landmarks" in capfd.readouterr().err

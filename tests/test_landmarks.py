"""What was seen goes into a file and is judged from there again, without the pictures."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pyarrow.parquet as pq
import pytest

from posture_monitor.analysis.elan import Span, tiers, write_eaf
from posture_monitor.domain import Event, EventKind, Interval, Reason, State
from tests.analysis import LEAVES, analyze, ffmpeg, summary


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """Somebody upright who leaves after three seconds, with landmarks beside the samples."""
    folder = tmp_path_factory.mktemp("landmarks")
    ffmpeg("-ss", "4", "-t", "6", "-i", LEAVES, "-preset", "ultrafast", folder / "film.mp4")
    assert analyze(folder / "out", folder / "film.mp4", "--landmarks", "--elan", "--trc") == 0
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


def test_trc_has_the_same_points_for_motion_capture_programs(seen):
    lines = (seen / "out" / "film.trc").read_text().splitlines()
    rows = [line.split("\t") for line in lines]

    assert rows[0] == ["PathFileType", "4", "(X/Y/Z)", "film.trc"]
    assert [cell.strip() for cell in rows[2]] == ["2", "2", "12", "19", "px", "2", "1", "12"]
    assert rows[3][2:9] == ["NOSE", "", "", "LEFT_EYE_INNER", "", "", "LEFT_EYE"]
    assert rows[4][2:6] == ["X1", "Y1", "Z1", "X2"]
    assert [(row[0], row[1], len(row)) for row in rows[6:8]] == [
        ("1", "0.000", 59),
        ("2", "0.500", 59),
    ]
    (first, *_rest) = pq.read_table(seen / "out" / "film.landmarks.parquet").to_pylist()
    assert float(rows[6][2]) == pytest.approx(first["points_px"][0], abs=0.01)
    assert len(rows) == 18


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


def test_states_and_events_open_in_elan_at_their_times(seen):
    root = ElementTree.parse(seen / "out" / "film.eaf").getroot()
    slots = {
        slot.get("TIME_SLOT_ID"): int(slot.get("TIME_VALUE")) for slot in root.iter("TIME_SLOT")
    }
    found = {
        tier.get("TIER_ID"): [
            (slots[one.get("TIME_SLOT_REF1")], slots[one.get("TIME_SLOT_REF2")], one[0].text)
            for one in tier.iter("ALIGNABLE_ANNOTATION")
        ]
        for tier in root.iter("TIER")
    }

    sitting, away = found["state"]
    assert (sitting[0], sitting[2], away[1], away[2]) == (0, "sitting", 6000, "away")
    assert sitting[1] == away[0]
    assert 3000 <= away[0] <= 4000
    assert found["events"] == [
        (0, 500, "sitting_started"),
        (6000, 6500, "sitting_ended"),
    ]
    assert root.find("HEADER/MEDIA_DESCRIPTOR").get("RELATIVE_MEDIA_URL") == "./film.mp4"


def test_annotations_of_one_tier_never_overlap_and_what_goes_on_is_one():
    start_at = datetime(2026, 3, 9, 9, tzinfo=UTC)

    def interval(from_s, duration_s, strained, reasons=()):
        at = start_at + timedelta(seconds=from_s)
        return Interval(at, duration_s, State.SITTING, strained, reasons)

    found = tiers(
        [interval(0, 5, False), interval(5, 5, True, (Reason.SLOUCH,)), interval(10, 5, None)],
        [
            Event(1.0, EventKind.SITTING_STARTED),
            Event(1.0, EventKind.MOVE_DUE),
            Event(1.2, EventKind.BREAK_DUE),
        ],
        start_at,
    )

    assert found == {
        "state": [Span(0.0, 15.0, "sitting")],
        "strain": [Span(5.0, 10.0, "slouch")],
        "not judged": [Span(10.0, 15.0, "not judged")],
        "events": [Span(1.0, 1.2, "sitting_started; move_due"), Span(1.2, 1.7, "break_due")],
    }


def test_a_name_that_xml_cannot_hold_does_not_break_the_file():
    file = io.BytesIO()
    write_eaf(file, Path("a\x1b&<\udce9.mp4"), {"events": [Span(0.0, 0.5, "x")]})

    root = ElementTree.fromstring(file.getvalue())
    assert root.find("HEADER/MEDIA_DESCRIPTOR").get("RELATIVE_MEDIA_URL") == "./a?&<?.mp4"

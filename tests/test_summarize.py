"""`summarize`: many recordings in a small table, and nothing invented where nothing was judged."""

from __future__ import annotations

import csv
import io
import json
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from posture_monitor import cli
from tests.analysis import COLUMNS


def write(folder, name, samples, *, rate=2.0, **labels):
    """Samples given as (t_s, presence, score or None, reasons), and a head pitch of 4 degrees."""
    rows = [
        dict.fromkeys(COLUMNS)
        | {
            "t_s": t_s,
            "presence": presence,
            "judged": int(score is not None),
            "score": score,
            "strained": None if score is None else int(reasons != ""),
            "reasons": reasons,
            "head_pitch_deg": 4.0 if presence == "present" else None,
        }
        for t_s, presence, score, reasons in samples
    ]
    kinds = dict.fromkeys(COLUMNS, pa.float64())
    kinds |= dict.fromkeys(("presence", "reasons"), pa.string())
    kinds |= dict.fromkeys(("judged", "strained"), pa.int8())
    document = {"video": name, "samples_per_s": rate, **labels}
    schema = pa.schema(kinds, metadata={"posture_monitor": json.dumps(document)})
    path = folder / f"{name}.samples.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study") / "results"
    for day, strained in (("2026-03-09", 1), ("2026-03-10", 2), ("2026-03-11", 3)):
        samples = [
            (0.5 * n, "present", 60.0, "slouch;head_down")
            if n < strained
            else (0.5 * n, "present", 90.0, "")
            for n in range(10)
        ]
        labels = {"person": "A|1", "group": "seated", "day": day}
        write(folder, f"p1/{day}", samples, **labels)
    gap = [(0.0, "present", 80.0, ""), (1.0, "away", None, ""), (100.0, "unknown", None, "")]
    write(folder, "p2", gap, rate=1.0, person="P2", group="seated", day="2026-03-09")
    write(folder, "nobody", [(0.0, "away", None, ""), (0.5, "away", None, "")])
    return folder


def summarize(folder, *arguments, capsys):
    assert cli.main(["--data-dir", str(folder), "summarize", str(folder), *arguments]) == 0
    return capsys.readouterr().out


def rows_by(folder, level, capsys):
    return json.loads(summarize(folder, "--by", level, "--format", "json", capsys=capsys))["rows"]


def test_people_have_seconds_coverage_and_an_interval_over_their_days(study, capsys):
    nobody, first, second = rows_by(study, "person", capsys)

    assert (first["person"], first["group"], first["videos"], first["days"]) == (
        *("A|1", "seated"),
        *(3, 3),
    )
    assert (first["observed_s"], first["present_s"], first["judged_s"]) == (15.0, 15.0, 15.0)
    assert (first["strained_s"], first["slouch_s"], first["head_down_s"]) == (3.0, 3.0, 3.0)
    assert (first["strained_share"], first["mean_score"]) == (0.2, 84.0)
    # 0.1, 0.2 and 0.3: standard error 0.0577, Student's t of two degrees some 4.2.
    assert first["strained_share_low"] == 0.0
    assert first["strained_share_high"] == pytest.approx(0.2 + 4.2 * 0.0577, abs=0.01)
    assert (first["head_pitch_deg"], first["head_pitch_deg_coverage"]) == (4.0, 1.0)
    assert (first["neck_gap_ratio"], first["neck_gap_ratio_coverage"]) == (None, 0.0)
    # A sample stands until the next one, 15 s at most, and the last for one period.
    assert (second["present_s"], second["away_s"], second["unknown_s"]) == (1.0, 15.0, 1.0)
    assert (second["mean_score"], second["mean_score_low"], second["days"]) == (80.0, None, 1)
    assert (nobody["person"], nobody["observed_s"], nobody["days"]) == (None, 1.0, 0)
    assert {nobody[name] for name in ("coverage", "strained_share", "mean_score")} == {None}


def test_each_level_has_its_rows(study, capsys):
    groups = rows_by(study, "group", capsys)
    assert [(row["group"], row["videos"], row["persons"]) for row in groups] == [
        (None, 1, 0),
        ("seated", 4, 2),
    ]
    assert groups[1]["strained_share_low"] is None  # two people are too few
    days = rows_by(study, "day", capsys)
    assert [(row["person"], row["day"]) for row in days][1:3] == [
        ("A|1", "2026-03-09"),
        ("A|1", "2026-03-10"),
    ]
    videos = rows_by(study, "video", capsys)
    assert [row["video"] for row in videos][:2] == ["nobody", "p1/2026-03-09"]


def test_every_format_says_the_same(study, tmp_path, capsys):
    rows = rows_by(study, "person", capsys)
    table = list(csv.DictReader(io.StringIO(summarize(study, "--format", "csv", capsys=capsys))))
    summarize(*(study, "--format", "parquet", "--out", str(tmp_path / "t.parquet")), capsys=capsys)
    markdown = summarize(study, "--format", "markdown", capsys=capsys)

    assert table == [
        {name: "" if value is None else str(value) for name, value in row.items()} for row in rows
    ]
    assert pq.read_table(tmp_path / "t.parquet").to_pylist() == rows
    assert markdown.splitlines()[0].startswith("| Group | Person | Videos | Seen |")
    assert "| seated | A\\|1 | 3 | 0.0 h | 0.0 h | 100 % | 20 % (0 to 44) | 84 (" in markdown
    text = summarize(study, capsys=capsys).splitlines()
    assert text[1].split() == ["–", "–", "1", "0.0", "h", "0.0", "h", "–", "–", "–", "–"]
    assert "95 % interval" in text[-1]


def test_what_is_no_result_is_told(tmp_path, capsys):
    folder = tmp_path / "results"
    folder.mkdir()
    words = ["--data-dir", str(tmp_path), "summarize", str(folder)]
    assert cli.main(words) == 1
    assert f"there are no results in {folder}" in capsys.readouterr().err
    (folder / "x.samples.parquet").write_bytes(b"no parquet")
    assert cli.main(words) == 1
    assert "x.samples.parquet can't be read as samples" in capsys.readouterr().err
    pq.write_table(pa.table({"t_s": [0.0]}), folder / "x.samples.parquet")
    assert cli.main(words) == 1
    assert "x.samples.parquet can't be read as samples" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        cli.main([*words, "--format", "parquet"])
    assert "needs --out FILE" in capsys.readouterr().err


def test_without_polars_the_command_that_installs_it_is_told(study, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "polars", None)

    assert cli.main(["--data-dir", str(study), "summarize", str(study)]) == 1
    assert capsys.readouterr().err == (
        "posture-monitor: summarize needs polars: pip install 'posture-monitor[summarize]'\n"
    )

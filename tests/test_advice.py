"""Advice: complete, sourced, careful, and with the distance that was measured."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from posture_monitor.cli import main
from posture_monitor.history.store import Store
from posture_monitor.wording.advice import advice, distance_sentence
from tests.builders import upright_baseline


def test_all_advice_names_its_source_and_how_sure_it_is_and_promises_nothing():
    points = [point for section in advice() for point in section.points]
    text = " ".join(point.text for point in points).lower()

    assert len(advice()) == 4
    assert all(point.source and point.sure for point in points)
    assert all(word in text for word in ("doctor", "pharmacist", "bladder", "screen", "chair"))
    assert not any(word in text for word in ("guarantee", "cures", "will heal"))


@pytest.mark.parametrize(
    ("distance_cm", "measured", "told"),
    [
        (62.0, True, "62 cm from your eyes, about an arm’s length"),
        (40.0, True, "rather near"),
        (95.0, True, "rather far"),
        (60.0, False, "was not measured"),
    ],
)
def test_the_distance_of_the_calibration_is_told_only_where_it_was_measured(
    distance_cm, measured, told
):
    assert told in distance_sentence(distance_cm, measured=measured)


def test_the_command_tells_the_distance_of_the_last_profile(tmp_path, capsys):
    assert main(["--data-dir", str(tmp_path), "advice"]) == 0
    without = capsys.readouterr().out
    with Store(tmp_path / "history.db") as store:
        for year, distance_cm in ((2026, 71.0), (2025, 40.0)):
            baseline = replace(upright_baseline(), distance_cm=distance_cm, distance_measured=True)
            at = datetime(year, 3, 2, tzinfo=UTC)
            store.save_profile(f"of {year}", baseline.to_document(), at)
    assert main(["--data-dir", str(tmp_path), "advice"]) == 0
    told = capsys.readouterr().out

    assert "no medical device" in without
    assert "from your eyes" not in without
    assert "71 cm from your eyes" in told
    assert max(len(line) for line in told.splitlines()) <= 90


def test_a_record_that_can_not_be_read_keeps_no_advice_back(tmp_path, capsys):
    (tmp_path / "history.db").write_bytes(b"not a database" * 100)

    assert main(["--data-dir", str(tmp_path), "advice"]) == 0
    assert "pharmacist" in capsys.readouterr().out

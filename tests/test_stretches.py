"""``stretches``: the library as JSON, names that may be mistyped, and films counted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from posture_monitor.analysis.batch import looks
from posture_monitor.cli import main
from posture_monitor.config import CameraSettings
from posture_monitor.core.exercises import counter
from posture_monitor.core.exercises.library import EXERCISES
from posture_monitor.system.clock import SystemClock
from posture_monitor.vision.observer import open_observer
from posture_monitor.vision.recordings import FileSource
from posture_monitor.wording.exercises import exercise_texts


def test_every_exercise_has_its_words():
    assert set(exercise_texts()) == set(EXERCISES)


def test_the_library_prints_as_json(tmp_path, capsys):
    code = main(["--data-dir", str(tmp_path), "stretches", "list", "--format", "json"])

    listed = {one["name"]: one for one in json.loads(capsys.readouterr().out)}
    assert code == 0
    assert len(listed) == 18
    assert listed["head_turn"]["sides"] == ["left", "right"]
    assert listed["head_turn"]["counted"] is True
    assert listed["chin_tuck"]["counted"] is False
    assert "head_turn" in listed["head_turn"]["relieves"]
    assert all(one["source"] and one["steps"] and one["relieves"] for one in listed.values())


@pytest.mark.parametrize(
    ("name", "told"), [("head_trun", "head_turn"), ("chin tuck", "can't count")]
)
def test_what_cannot_be_counted_is_said(name, told, tmp_path, capsys):
    code = main(["--data-dir", str(tmp_path), "stretches", "count", name, "--source", "a.mp4"])

    assert code == 1
    assert told in capsys.readouterr().err


FILMS = Path(__file__).parent.parent / "samples" / "exercises"
DONE = {
    "head_turn_right_a_a": ("head_turn", {"left": 2, "right": 2}),
    "shoulder_shrug_right_c_b": ("shoulder_shrug", {"both": 3}),
}


@pytest.mark.parametrize("film", DONE)
def test_a_film_of_an_exercise_is_counted(film):
    exercise, done = DONE[film]
    observer = open_observer("litert")
    with FileSource(
        FILMS / f"{film}.mp4", CameraSettings(), clock=SystemClock(), speed=None
    ) as source:
        seen = list(looks(source, observer, 12.0))
    observer.close()

    counted = counter.count(exercise, seen)

    assert {side: state.repetitions for side, state in counted.sides.items()} == done

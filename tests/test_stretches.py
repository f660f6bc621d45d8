"""``stretches``: the library as JSON, names that may be mistyped, and films counted."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from posture_monitor.analysis.batch import observations
from posture_monitor.cli import main
from posture_monitor.config import CameraSettings
from posture_monitor.core.exercises import counter
from posture_monitor.core.exercises.library import EXERCISES
from posture_monitor.domain import Detail, Event, EventKind
from posture_monitor.history.store import Store
from posture_monitor.system.clock import SystemClock
from posture_monitor.vision.observer import open_observer
from posture_monitor.vision.recordings import FileSource
from posture_monitor.wording.exercise_figures import drawing_svg, drawings
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


def test_the_weeks_plan_shows_what_was_done_and_what_comes(tmp_path, capsys):
    now = datetime.now().astimezone()
    with Store(tmp_path / "history.db") as store:
        store.note(now, Event(0.0, EventKind.GUIDED_BREAK, Detail(text="60;calf_raise:35:")))
    arguments = ["--data-dir", str(tmp_path), "stretches", "plan"]
    main([*arguments, "--format", "json"])
    days = json.loads(capsys.readouterr().out)
    main(arguments)
    lines = capsys.readouterr().out.splitlines()

    assert len(days) == 7
    assert days[now.weekday()] == {
        "day": now.date().isoformat(),
        "done": True,
        "strength": True,
        "exercises": ["calf_raise"],
    }
    assert all(not one["done"] for one in days[now.weekday() + 1 :])
    assert all(one["exercises"] for one in days[now.weekday() + 1 :])
    assert sum("Calf raise" in line and line.startswith(">") for line in lines) == 1


@pytest.mark.parametrize(
    ("name", "told"), [("head_trun", "head_turn"), ("chin tuck", "can't count")]
)
def test_what_cannot_be_counted_is_said(name, told, tmp_path, capsys):
    code = main(["--data-dir", str(tmp_path), "stretches", "count", name, "--source", "a.mp4"])

    assert code == 1
    assert told in capsys.readouterr().err


def test_one_exercise_is_shown_with_its_drawing(tmp_path, capsys):
    file = tmp_path / "drawing.svg"
    arguments = ["--data-dir", str(tmp_path), "stretches", "show", "Chin tuck"]
    code = main([*arguments, "--drawing", str(file)])

    shown = capsys.readouterr().out
    assert code == 0
    assert shown.startswith("Chin tuck, 8 times for 3 s\n")
    assert "doi.org" not in shown
    assert ElementTree.parse(file).getroot().tag == "{http://www.w3.org/2000/svg}svg"
    assert main(arguments) == 0


# ------------------------------------------------------------------ drawings


def test_every_exercise_has_a_drawing_of_its_own():
    assert set(drawings()) == set(EXERCISES)
    assert len({drawing_svg(name) for name in EXERCISES}) == 18


@pytest.mark.parametrize("name", EXERCISES)
def test_a_drawing_follows_light_and_dark_and_stays_in_its_picture(name):
    drawing = drawings()[name]
    svg = ElementTree.fromstring(drawing_svg(name))
    colours = {one.get(kind) for one in svg.iter() for kind in ("stroke", "fill")}
    half = drawing.width / 2.0

    assert colours <= {None, "none", "currentColor"}
    assert "prefers-color-scheme" in drawing_svg(name, alone=True)
    for arrow in (arrow for panel in drawing.panels for arrow in panel.arrows):
        for x, y in (arrow.start, arrow.end):
            assert abs(x - 90.0) < half - 3.0
            assert drawing.top + 3.0 < y < drawing.bottom - 3.0


def test_an_exercise_with_sides_is_drawn_to_both_where_the_drawing_tells_them_apart():
    by_sides = {name: len(drawings()[name].panels) for name in EXERCISES if EXERCISES[name].sides}

    assert by_sides == {
        "neck_side_bend": 3,
        "head_turn": 3,
        "seated_side_bend": 3,
        "seated_twist": 3,
        "neck_self_massage": 3,
        "wrist_and_forearm_stretch": 2,  # from the side
    }


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
        seen = list(observations(source, observer, 12.0))
    observer.close()

    counted = counter.count(exercise, seen)

    assert {side: state.repetitions for side, state in counted.sides.items()} == done

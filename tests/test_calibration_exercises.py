"""The report on counting: films told from their list, movements told, shares counted."""

from __future__ import annotations

import json
from pathlib import Path

from calibration import exercises
from calibration.exercises import Counted, Film, Movement, at_pace
from posture_monitor.core.exercises.counter import BodyAt

SHRUG = Film(Path("a.mp4"), "shoulder_shrug", "right", (("both", 3),))


def counted(both: int, film: Film = SHRUG) -> Counted:
    """So many shrugs counted, by one movement."""
    return Counted(
        film, "shoulder_shrug", {"both": both}, (Movement("both", 4.2, 0.05, "further"),), 1.5
    )


def test_the_list_of_films_leaves_out_what_is_not_rendered_and_not_counted(tmp_path):
    done = {"manner": "right", "repetitions": {"left": 2, "right": 1}}
    listed = [
        {"name": name, "exercise": exercise, **done}
        for name, exercise in (
            ("there", "head_turn"),
            ("missing", "head_turn"),
            ("by_timer", "chest_opener"),
            ("none", None),
        )
    ]
    (tmp_path / "set.json").write_text(json.dumps(listed))
    for name in ("there", "by_timer", "none"):
        (tmp_path / f"{name}.json").touch()
    (tmp_path / "there.mp4").touch()

    (plain,) = exercises.films_in(tmp_path)
    (mirrored,) = exercises.films_in(tmp_path, mirrored=True)
    assert plain.repetitions == (("left", 2), ("right", 1))
    assert mirrored.repetitions == (("right", 2), ("left", 1))
    assert [one.video.name for one in exercises.negatives_in(tmp_path)] == ["there.mp4"]


def test_fewer_frames_a_second_leave_frames_out():
    seen = [BodyAt(index / 10.0, None) for index in range(11)]

    assert [one.t_s for one in at_pace(seen, 2.0)] == [0.0, 0.5, 1.0]
    assert len(list(at_pace(seen, None))) == 11


def test_a_film_counts_as_it_is_seen_and_tells_how_long_nobody_was():
    found = exercises.count(SHRUG, "shoulder_shrug", [BodyAt(0.0, None), BodyAt(0.5, None)])

    assert (found.repetitions, found.movements, found.unseen_s) == ({"both": 0}, (), 0.5)
    assert found.off == 3


def test_the_report_counts_exact_and_near_films_and_gives_the_measures_of_wrong_ones():
    natural = [counted(3), counted(2), counted(0)]
    nothing = Film(Path("typing.mp4"))
    told = exercises.report({None: natural, 5.0: [counted(3)]}, [counted(1, nothing)], 90.0)

    assert "| shoulder_shrug | 3 | 1 (33 %) | 2 (67 %) |" in told
    assert "| 5 | 1 | 1 (100 %) | 1 (100 %) |" in told
    assert "both 4.2 s: 0.05 further" in told
    assert told.count("`a`") == 2
    assert "1.5 minutes" in told
    assert "| shoulder_shrug | 1 |" in told


def test_a_folder_without_a_list_is_an_error_in_a_line(tmp_path, capsys):
    assert exercises.main(["--films", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith("error: no list of films: ")

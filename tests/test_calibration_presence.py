"""The figures of presence: what counts as right, as late, and as invented."""

from __future__ import annotations

from calibration import presence
from calibration.presence import Change, Known, Truth, delay_s, invented_s, section
from posture_monitor.domain import Presence, State
from tests.builders import observe, person, upright_baseline

HERE, AWAY = Presence.PRESENT, Presence.AWAY
SIT, GONE, REST, DARK = State.SITTING, State.AWAY, State.BREAK, State.UNKNOWN


def truth(*parts: tuple[int, Presence]) -> Truth:
    """Ten frames a second for this many seconds each."""
    made, n = Truth(), 0
    for seconds, seen in parts:
        for _ in range(10 * seconds):
            made.add(n / 10, seen)
            n += 1
    return made


LEAVES = truth((10, HERE), (10, AWAY), (10, HERE))


def test_changes_are_found_where_they_happen():
    assert LEAVES.changes() == [(10.0, AWAY), (20.0, HERE)]


def test_a_change_that_is_undone_at_once_need_not_be_known():
    bends = truth((10, HERE), (2, AWAY), (8, HERE), (10, AWAY))

    assert bends.lasting_changes() == [(20.0, AWAY)]
    assert LEAVES.lasting_changes() == LEAVES.changes()
    assert truth((10, HERE)).lasting_changes() == []


def test_a_sample_is_scored_only_a_second_away_from_any_change():
    # Believed half a second after each change, and a second one that sees nobody for long.
    there = [n / 2 for n in range(60)]
    quick = [observe(t_s, None if 10.0 <= t_s < 20.0 else person()) for t_s in there]
    blind = [observe(t_s) for t_s in there]

    assert presence.score(LEAVES, quick, upright_baseline()) == (52, 52, [])
    right, scored, wrong = presence.score(LEAVES, blind, upright_baseline())
    assert (right, scored, len(wrong)) == (16, 52, 36)


def test_a_delay_runs_from_the_change_to_the_first_state_that_knows():
    seen = [(9.0, SIT), (10.5, SIT), (11.5, GONE), (22.5, SIT)]

    assert delay_s(seen, 10.0, AWAY) == 1.5
    assert delay_s(seen, 20.0, HERE) == 2.5
    assert delay_s(seen[:2], 10.0, AWAY) is None


def test_a_state_that_nothing_explains_is_invented():
    right = [(0.0, DARK), (1.0, SIT), (11.5, GONE), (15.0, REST), (22.0, SIT), (25.0, SIT)]
    wrong = [(0.0, SIT), (5.0, GONE), (6.0, SIT), (11.0, GONE), (14.0, DARK), (21.0, SIT)]

    assert invented_s(right, LEAVES) == []
    assert invented_s(wrong, LEAVES) == [5.0, 6.0, 14.0]


def test_report_marks_what_is_late_never_known_or_invented():
    text = "\n".join(
        section(
            [
                Known("quick", 99, 100, (Change(10.0, AWAY, (1.0, 3.0, 2.0)),)),
                Known("slow", 100, 100, (Change(20.0, HERE, (1.0, 3.1)),)),
                Known("blind", 50, 100, (Change(20.0, HERE, (1.0, None)),), (7.0,)),
            ]
        )
    )

    assert "Right in 0.8300 of 300 samples of 3 recordings" in text
    assert "2 known later than after 3 s" in text
    assert "| quick | 0.990 | away | 10.0 s | 3.0 s |" in text
    assert "| slow | 1.000 | present | 20.0 s | 3.1 s **late** |" in text
    assert "| blind | 0.500 | present | 20.0 s | never **late** |" in text
    assert "| blind | 0.500 | **none** | 7.0 s | |" in text
    assert "explains: 1." in text

"""A working morning of four hours, held against the truth of its script.

It is watched twice: by `demo`, which calibrates on the upright start, and by `run` without a
profile, which learns from what it sees.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from posture_monitor import cli
from posture_monitor.domain import EventKind, State
from posture_monitor.wording.details import detail_words
from tests.program import WORKDAY, posture_monitor
from tests.record import kinds, modes, recorded_events, recorded_intervals, seconds

if TYPE_CHECKING:
    from posture_monitor.domain import Interval, RecordedEvent

TRUTH = json.loads(WORKDAY.with_suffix(".json").read_text())["intervals"]
PERIOD_S = 10.0
HOLD_S = 30.0

EPISODES = (
    # what, earliest and latest first notification, a word that it must name
    ("phone in the lap", 1205 + HOLD_S, 1205 + HOLD_S + PERIOD_S, "head_down"),
    # The head comes forward before the trunk has sunk far enough.
    ("sinks within 25 minutes", 3004 + HOLD_S, 4504 + HOLD_S + PERIOD_S, "forward_head"),
    ("head forward", 7252 + HOLD_S, 7272 + HOLD_S + 3 * PERIOD_S, "forward_head"),
    ("leans in", 7653, 7994, "lean_in"),  # 10 minutes after the last notification
    ("leans to the left", 8706 + HOLD_S, 8706 + HOLD_S + PERIOD_S, "lean_left"),
    ("one shoulder raised", 11005 + HOLD_S, 11005 + HOLD_S + PERIOD_S, "shoulder_tilt"),
    # The last one sinks by 7 of 10 parts only, and by no more than people who sit upright a little
    # nearer: nothing is told of it.
)
STRAINED = ((1203, 1396), (3004, 5013), (7252, 7994), (8703, 9124), (11003, 11314), (12304, 13213))


class Morning:
    """One of the two records, in seconds from nine o'clock."""

    def __init__(self, events: list[RecordedEvent], intervals: list[Interval]) -> None:
        self.intervals = intervals
        self.start_at = intervals[0].start_at
        self.events = events

    def t_s(self, at: datetime) -> float:
        return (at - self.start_at) / timedelta(seconds=1)

    def times_s(self, kind: EventKind) -> list[float]:
        return [self.t_s(event.at) for event in self.events if event.kind is kind]

    def stretches(self, *states: State) -> list[tuple[float, float]]:
        """From when to when one of the states held, pieces put together."""
        found: list[tuple[float, float]] = []
        for interval in self.intervals:
            if interval.state not in states:
                continue
            start_s = self.t_s(interval.start_at)
            if found and start_s - found[-1][1] < 0.5:
                start_s = found.pop()[0]
            found.append((start_s, self.t_s(interval.start_at) + interval.duration_s))
        return found


@pytest.fixture(scope="session", params=["demo", "learned"])
def morning(request, mornings):
    watched = getattr(mornings, request.param)
    assert watched.exit_code == 0, watched.err
    source = WORKDAY.name
    return Morning(
        recorded_events(watched.data_dir, source), recorded_intervals(watched.data_dir, source)
    )


def true_s(*states: str) -> float:
    return float(sum(end - start for start, end, what in TRUTH if what in states))


def test_sitting_time_is_true_within_a_percent(morning):
    assert seconds(morning.intervals) == pytest.approx(14400.0, abs=0.1)
    assert seconds(morning.intervals, State.SITTING) == pytest.approx(true_s("sitting"), rel=0.01)


def test_two_short_absences_are_no_breaks(morning):
    for (start_s, end_s), (true_start_s, true_end_s) in zip(
        morning.stretches(State.AWAY), [(2120.0, 2180.0), (9910.0, 9980.0)], strict=True
    ):
        assert start_s == pytest.approx(true_start_s, abs=PERIOD_S)
        assert end_s == pytest.approx(true_end_s, abs=PERIOD_S)


def test_only_the_eight_minutes_are_a_break(morning):
    ((start_s, end_s),) = morning.stretches(State.BREAK)

    assert start_s == pytest.approx(5610.0, abs=PERIOD_S)
    assert end_s == pytest.approx(6090.0, abs=PERIOD_S)
    assert morning.times_s(EventKind.BREAK_STARTED) == [start_s]
    assert morning.times_s(EventKind.BREAK_ENDED) == [end_s]


def test_person_sat_twice(morning):
    assert morning.times_s(EventKind.SITTING_STARTED) == [
        pytest.approx(0.0, abs=PERIOD_S),
        pytest.approx(6090.0, abs=PERIOD_S),
    ]
    assert [detail_words(e) for e in morning.events if e.kind is EventKind.SITTING_ENDED] == [
        "after 92 min of sitting",
        "after 137 min of sitting, at the end",
    ]


def test_every_strained_episode_is_told_once_it_has_lasted_and_nothing_else_is(morning):
    alerts = [
        (morning.t_s(event.at), detail_words(event))
        for event in morning.events
        if event.kind is EventKind.POSTURE_ALERT
    ]

    for what, earliest_s, latest_s, word in EPISODES:
        told = [detail for t_s, detail in alerts if earliest_s - PERIOD_S <= t_s <= latest_s]
        assert told, f"{what}: nothing told between {earliest_s} and {latest_s}: {alerts}"
        assert word in told[0], f"{what}: {told}"
    upright = [
        alert for alert in alerts if not any(start <= alert[0] <= end for start, end in STRAINED)
    ]
    assert upright == []
    again_s = [b - a for (a, _), (b, _) in pairwise(alerts)]
    assert min(again_s) >= 600.0


def test_strained_time_lies_in_the_strained_episodes(morning):
    outside_s = sum(
        interval.duration_s
        for interval in morning.intervals
        if interval.strained
        and not any(
            start - PERIOD_S <= morning.t_s(interval.start_at) <= end for start, end in STRAINED
        )
    )
    inside_s = sum((i.duration_s for i in morning.intervals if i.strained), 0.0) - outside_s

    # A look at the keyboard right after a correction leaves just one relaxed picture, and a
    # held spell ends with two: two pictures of the four hours at most.
    assert outside_s <= 2 * PERIOD_S
    # Phone, head forward, lean in, lean left and shoulder hold in full for 28 minutes, and the
    # end of the long slouch for 8 more.
    assert inside_s >= 28 * 60
    assert inside_s <= sum(end - start for start, end in STRAINED)


def test_breaks_are_asked_for_from_half_an_hour_of_sitting_on(morning):
    due_s = morning.times_s(EventKind.BREAK_DUE)

    assert due_s[0] == pytest.approx(1800.0, abs=PERIOD_S)
    assert next(t for t in due_s if t > 6090.0) == pytest.approx(6090.0 + 1800.0, abs=PERIOD_S)
    absences = [(2120.0, 2180.0), (5610.0, 6090.0), (9910.0, 9980.0)]
    assert [t for t in due_s if any(a <= t < b for a, b in absences)] == []
    assert morning.times_s(EventKind.MOVE_DUE)[0] == pytest.approx(1200.0, abs=PERIOD_S)


def test_camera_was_never_lost(morning):
    assert {EventKind.CAMERA_LOST, EventKind.CAMERA_BACK} & set(kinds(morning.events)) == set()


def test_run_without_a_profile_says_that_it_learns_one(mornings):
    assert "No profile fits yet" in mornings.learned.err
    assert mornings.learned.err.count("learned a reference from the first steady minute") == 1
    assert len(mornings.learned.err.splitlines()) == 3


def test_replayed_morning_is_in_no_live_day(mornings):
    data_dir = mornings.learned.data_dir
    for span in (["--day", "today"], ["--week"], ["--since", "2020-01-01"]):
        done = posture_monitor("--data-dir", data_dir, "report", *span, "--format", "json")
        assert json.loads(done.stdout)["observed_s"] == 0.0

    done = posture_monitor(
        "--data-dir", data_dir, "report", "--source", WORKDAY.name, "--format", "json"
    )
    replay = json.loads(done.stdout)
    assert replay["observed_s"] == pytest.approx(14400.0, abs=1.0)
    assert replay["longest_sitting_s"] == pytest.approx(138 * 60, abs=60)
    assert replay["breaks"]["due"] >= 6


def test_demo_calibrates_notifies_and_ends_with_the_report(mornings):
    lines = mornings.demo.out.splitlines()

    assert mornings.demo.exit_code == 0, mornings.demo.err
    assert lines[0].startswith("One person's morning at a desk, recorded:")
    report_from = next(n for n, line in enumerate(lines) if line.startswith("Posture report:"))
    assert any(line.startswith("Calibrated on") for line in lines[:report_from])
    yesterday = datetime.now().astimezone().date() - timedelta(days=1)
    assert str(yesterday.year) in lines[report_from]
    assert "is no medical device" in " ".join(lines[report_from:])
    assert [line.split()[:2] for line in lines[-2:]] == [
        ["posture-monitor", "calibrate"],
        ["posture-monitor", "run"],
    ]


def test_demo_tells_the_story_of_one_person_in_chapters(mornings):
    out = mornings.demo.out
    chapters = re.findall(r"^(\d\d:\d\d) to (\d\d:\d\d)   (sitting for|a break of) ", out, re.M)

    assert len(chapters) >= 3
    assert chapters[0][0] == "09:00"
    assert [kind for *_, kind in chapters][:3] == ["sitting for", "a break of", "sitting for"]
    assert [end for _, end, _ in chapters[:-1]] == [start for start, *_ in chapters[1:]]
    assert re.search(r"^  posture   09:2\d slumped.*, changed at 09:2\d", out, re.M)
    assert re.search(r"^  breaks    asked at 09:30, .*, got up at ", out, re.M)
    assert "Change position. You have sunk down." in out
    drawn = [line for line in out.splitlines() if any("\u2800" < c < "\u2900" for c in line)]
    assert len(drawn) >= 6
    assert "What happened" not in out
    assert len(out.splitlines()) < 95


def test_demo_leaves_its_report_and_names_it(mornings):
    report = mornings.demo.data_dir / "demo-report.html"

    assert f"to open in a browser: {report}" in mornings.demo.out
    assert mornings.demo.err == ""
    assert report.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_demo_is_kept_apart_from_live_days(mornings, capsys):
    data_dir = str(mornings.demo.data_dir)
    assert (
        cli.main(["--data-dir", data_dir, "report", "--day", "yesterday", "--format", "json"]) == 0
    )

    assert json.loads(capsys.readouterr().out)["observed_s"] == 0.0
    assert cli.main(["--data-dir", data_dir, "profiles", "list"]) == 0
    assert capsys.readouterr().out == ""


def test_demo_leaves_no_picture_and_nothing_that_others_may_read(mornings):
    found = modes(mornings.demo.data_dir)

    files = ("history.db", "posture-monitor.log", "demo-report.html")
    assert found == {".": "0o700", **dict.fromkeys(files, "0o600")}

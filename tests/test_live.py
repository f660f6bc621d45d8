"""The monitor at a desk, filmed: the camera comes and goes, the screen locks, the lid closes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from posture_monitor.config import (
    CameraSettings,
    HourSettings,
    PoseSettings,
    PowerSettings,
    ReminderSettings,
    Settings,
)
from posture_monitor.domain import State
from posture_monitor.history.store import Store
from tests.desk_film import MONDAY_NINE, Film, changed, command, lock, unlock
from tests.record import recorded_intervals, seconds

SITS_DOWN = (0.0, "sitting_started", "")


def recorded(tmp_path, *film, **options):
    """The seconds that the record has of each state, once the film is over."""
    with Store(tmp_path / "history.db") as store:
        recorder = store.begin_run("camera", live=True, profile=None, started_at=MONDAY_NINE)
        Film(*film, recorder=recorder, **options).shown()
    intervals = recorded_intervals(tmp_path)
    return {str(s): round(seconds(intervals, s), 3) for s in State if seconds(intervals, s)}


# ------------------------------------------------------------------------- the camera


def test_quiet_morning_is_one_spell_of_sitting():
    film = Film([(100, "upright")])

    assert film.shown() == [
        SITS_DOWN,
        (100.0, "sitting_ended", "at_end 100 s"),
    ]
    assert film.cameras_on == [(-3.0, 100.0)]
    assert [t_s for t_s, _ in film.frames] == [float(t_s) for t_s in range(101)]


GLANCING = replace(Settings(), camera=CameraSettings(glance_every_s=8.0))


def test_camera_that_glances_is_on_for_a_moment_now_and_then():
    film = Film([(60, "upright")], settings=GLANCING)
    [between] = film.status_at(20.5)

    on_s = [closed_s - opened_s for opened_s, closed_s in film.cameras_on[1:]]
    assert on_s == pytest.approx([0.7] * len(on_s), abs=1e-6)  # while it gets used to the light
    assert film.cameras_on[0] == (-3.0, 0.0)
    frames_s = [t_s for t_s, _ in film.frames]
    steps_s = [later - sooner for sooner, later in pairwise(frames_s)]
    assert steps_s == pytest.approx([8.7] * len(steps_s), abs=1e-6)
    assert (between["camera_state"], between["state"]) == ("resting", "sitting")
    assert film.events[0] == SITS_DOWN
    assert [kind for _, kind, _ in film.events] == ["sitting_started", "sitting_ended"]


def test_time_is_counted_alike_by_a_camera_that_glances(tmp_path):
    told = recorded(
        tmp_path, [(100, "upright"), (200, "nobody"), (60, "upright")], settings=GLANCING
    )

    assert sum(told.values()) == pytest.approx(360.0, abs=9.0)
    assert told["sitting"] == pytest.approx(160.0, abs=18.0)  # a frame each 8.7 s at two changes
    assert told["break"] == pytest.approx(200.0, abs=18.0)


class Writings:
    """A record that notes when it was written, and up to when it knows."""

    def __init__(self):
        self.film = None
        self.written_s = []

    def heartbeat(self, interval, *more):
        ends = [piece.start_at + timedelta(seconds=piece.duration_s) for piece in (interval, *more)]
        until_s = (max(ends) - MONDAY_NINE) / timedelta(seconds=1)
        self.written_s.append((self.film.s - 3.0, until_s))

    def event(self, at, event):
        """Of no interest here."""

    def close(self):
        """Nothing is open."""


@pytest.mark.parametrize(
    "settings",
    [
        replace(Settings(), camera=CameraSettings(glance_every_s=12.0)),
        replace(Settings(), camera=CameraSettings(glance_every_s=5.5)),
        replace(Settings(), pose=PoseSettings(samples_per_s=0.1)),
        Settings(),
    ],
)
def test_a_kill_at_any_moment_costs_at_most_five_seconds(settings):
    writings = Writings()
    film = writings.film = Film([(100, "upright")], settings=settings, recorder=writings)
    film.shown()

    lost_s = [later_s - until_s for (_, until_s), (later_s, _) in pairwise(writings.written_s)]
    assert max(lost_s) <= 5.0


def test_what_was_written_between_two_frames_gives_way_to_what_is_seen_next(tmp_path):
    film = [(47, "upright"), (30, "nobody"), (60, "upright")]
    told = recorded(tmp_path, film, settings=GLANCING)

    intervals = recorded_intervals(tmp_path)
    ends = [piece.start_at + timedelta(seconds=piece.duration_s) for piece in intervals]
    for sooner_end, later in zip(ends, intervals[1:], strict=False):
        assert abs(sooner_end - later.start_at) <= timedelta(milliseconds=1)
    assert sum(told.values()) == pytest.approx(137.0, abs=9.0)


def test_sleep_between_two_frames_is_not_taken_for_what_was_seen_before(tmp_path):
    told = recorded(
        tmp_path,
        [(700, "upright")],
        (12.0, lambda film: film.suspend(600.0)),
        settings=GLANCING,
    )

    assert told["sitting"] == pytest.approx(100.0, abs=10.0)
    assert told["break"] == pytest.approx(600.0, abs=10.0)


def test_camera_that_glances_stays_on_while_somebody_watches_or_calibrates():
    act = (10.5, command("calibrate", profile="office"))
    film = Film([(60, "upright")], act, settings=GLANCING)
    film.shown()

    long_on = [pair for pair in film.cameras_on if pair[1] - pair[0] > 5.0]
    assert len(long_on) == 1
    assert long_on[0][0] == pytest.approx(11.0, abs=1.0)
    assert film.saved["office"].grade == "good"


def test_camera_that_cannot_be_had_again_after_a_glance_is_lost_and_waited_for():
    def take(film):
        film.taken = "the camera is in use"

    def leave(film):
        film.taken = None

    film = Film([(60, "upright")], (10.0, take), (30.0, leave), settings=GLANCING)
    film.shown()

    kinds = [kind for _, kind, _ in film.events]
    assert kinds.count("camera_lost") == kinds.count("camera_back") == 1


def test_pause_lets_the_camera_go_and_resume_takes_it_again():
    film = Film([(60, "upright")], (10.5, command("pause", minutes=5)), (40.2, command("resume")))

    assert film.shown() == [
        SITS_DOWN,
        (11.0, "paused", "300 s"),
        (41.0, "unpaused", ""),
        (60.0, "sitting_ended", "at_end 29 s"),
    ]
    assert film.cameras_on == [(-3.0, 11.0), (41.0, 60.0)]
    assert [t_s for t_s, _ in film.frames if 10.5 < t_s < 41.0] == []


def test_pause_ends_by_itself():
    film = Film([(100, "upright")], (10.0, command("pause", minutes=1)))

    assert film.shown()[1:3] == [(10.0, "paused", "60 s"), (70.0, "unpaused", "")]
    assert film.cameras_on == [(-3.0, 10.0), (70.0, 100.0)]


def test_time_under_a_pause_is_neither_sitting_nor_away(tmp_path):
    script = [(100, "upright")]
    told = recorded(tmp_path, script, (10.0, command("pause", minutes=1)))

    assert told == {"sitting": 39.0, "unknown": 61.0}


def test_camera_lost_while_typing_keeps_the_sitting_clock_running(tmp_path):
    script, acts = (
        [(200, "upright")],
        (
            (30.5, changed(broken="the camera is gone", idle=2.0)),
            (150.5, changed(broken=None)),
        ),
    )
    film = Film(script, *acts)

    assert film.shown() == [
        SITS_DOWN,
        (34.0, "camera_lost", "the camera is gone"),
        (151.0, "camera_back", "desk camera"),
        (200.0, "sitting_ended", "at_end 200 s"),
    ]
    assert film.told == ["the camera is gone; waiting for it to come back", "the camera is back"]
    assert recorded(tmp_path, script, *acts) == {"sitting": 200.0}


def test_camera_lost_without_typing_leaves_the_time_unknown(tmp_path):
    script, acts = (
        [(200, "upright")],
        (
            (30.5, changed(broken="the camera is gone", idle=300.0)),
            (150.5, changed(broken=None)),
        ),
    )

    assert Film(script, *acts).shown()[-1] == (200.0, "sitting_ended", "at_end 83 s")
    assert recorded(tmp_path, script, *acts) == {"sitting": 83.0, "unknown": 117.0}


def test_camera_that_others_have_is_lost_and_tried_again_ever_more_rarely():
    film = Film(
        [(100, "upright")],
        (10.5, command("pause", minutes=1)),
        (11.5, changed(taken="desk camera is in use by another program; close it")),
        (20.5, command("resume")),
        (60.5, changed(taken=None)),
    )
    before, after = film.status_at(55.5, 70.0)

    assert before["camera"] == "lost: desk camera is in use by another program; close it"
    assert (before["state"], before["score"], before["reasons"]) == ("unknown", None, [])
    assert after["camera_state"] == "on"
    assert film.opening_tries_s == [21.0, 22.0, 24.0, 28.0, 36.0, 46.0, 56.0, 66.0]
    assert film.cameras_on == [(-3.0, 11.0), (66.0, 100.0)]
    assert [event for event in film.events if event[1].startswith("camera")] == [
        (21.0, "camera_lost", "desk camera is in use by another program; close it"),
        (66.0, "camera_back", "desk camera"),
    ]


def test_lost_camera_is_let_go_too_when_paused_and_tried_at_once_afterwards():
    film = Film(
        [(60, "upright")],
        (10.5, changed(broken="the camera is gone")),
        (20.5, command("pause", minutes=1)),
        (40.5, changed(broken=None)),
        (40.6, command("resume")),
    )
    film.shown()

    assert film.cameras_on == [(-3.0, 23.0), (41.0, 60.0)]
    assert film.opening_tries_s == [41.0]


def test_camera_that_others_have_is_tried_at_once_after_a_pause():
    film = Film(
        [(45, "upright")],
        (10.5, command("pause", minutes=1)),
        (11.5, changed(taken="desk camera is in use by another program; close it")),
        (20.5, command("resume")),
        (37.5, command("pause", minutes=1)),
        (39.5, command("resume")),
    )
    film.shown()

    assert film.opening_tries_s == [21.0, 22.0, 24.0, 28.0, 36.0, 40.0, 41.0, 43.0]


def test_stream_that_ends_ends_the_run():
    film = Film([(100, "upright")], (30.5, changed(ended=True)))

    assert film.shown() == [
        SITS_DOWN,
        (30.0, "sitting_ended", "at_end 30 s"),
    ]
    assert film.cameras_on == [(-3.0, 31.0)]


# ------------------------------------------------------------------------- lock and sleep


def test_lock_turns_the_camera_off_and_a_short_one_only_pauses_the_sitting_clock(tmp_path):
    script, acts = [(120, "upright")], ((30.5, lock), (90.5, unlock))
    film = Film(script, *acts)

    assert film.shown() == [SITS_DOWN, (120.0, "sitting_ended", "at_end 59 s")]
    assert film.cameras_on == [(-3.0, 31.0), (91.0, 120.0)]
    assert recorded(tmp_path, script, *acts) == {"sitting": 59.0, "away": 61.0}


def test_long_lock_is_a_break_from_its_first_moment(tmp_path):
    script, acts = [(400, "upright")], ((30.5, lock), (200.5, unlock))

    assert Film(script, *acts).shown() == [
        SITS_DOWN,
        (30.0, "sitting_ended", "30 s"),
        (30.0, "break_started", ""),
        (201.0, "break_ended", "171 s"),
        (201.0, "sitting_started", ""),
        (400.0, "sitting_ended", "at_end 199 s"),
    ]
    assert recorded(tmp_path, script, *acts) == {"sitting": 229.0, "break": 171.0}


def test_break_behind_a_locked_screen_is_known_before_anybody_comes_back(tmp_path):
    script, acts = [(200, "upright")], ((30.5, lock),)
    locked = Film(script, *acts).status_at(60.5, 190.5)

    assert [told["state"] for told in locked] == ["away", "break"]
    assert {told["camera_state"] for told in locked} == {"locked"}
    assert recorded(tmp_path, script, *acts) == {"sitting": 30.0, "break": 169.0}


def test_typing_a_password_is_no_return():
    film = Film([(400, "upright")], (30.5, lock), (200.0, changed(idle=0.1)))

    assert film.shown() == [
        SITS_DOWN,
        (30.0, "sitting_ended", "30 s"),
        (30.0, "break_started", ""),
    ]


def test_time_paused_before_a_lock_is_unknown_and_not_away(tmp_path):
    script = [(300, "upright")]
    acts = (20.0, command("pause", minutes=4)), (100.0, lock), (160.0, unlock)

    assert recorded(tmp_path, script, *acts) == {"sitting": 59.0, "unknown": 181.0, "away": 60.0}


@pytest.mark.parametrize("clock_stops", [True, False], ids=["clock stops", "clock goes on"])
def test_hour_of_suspend_is_a_break_and_never_sitting(tmp_path, clock_stops):
    script = [(4000, "upright")]
    acts = ((30.5, lambda film: film.suspend(3600, clock_stops=clock_stops)),)
    film = Film(script, *acts)
    told = recorded(tmp_path, script, *acts)

    events = [(round(t_s, -1), kind, detail) for t_s, kind, detail in film.shown()]
    assert events == [
        SITS_DOWN,
        (3630.0, "suspended", "3600 s"),
        (30.0, "sitting_ended", "30 s"),
        (30.0, "break_started", ""),
        (3630.0, "break_ended", "3601 s" if clock_stops else "3600 s"),
        (3630.0, "sitting_started", ""),
        (4000.0, "sitting_ended", "at_end 369 s" if clock_stops else "at_end 370 s"),
    ]
    assert told["break"] == pytest.approx(3600.0, abs=2.0)
    assert told["sitting"] == pytest.approx(400.0, abs=2.0)
    assert told.keys() == {"break", "sitting"}


def test_short_suspend_only_pauses_the_sitting_clock():
    film = Film([(160, "upright")], (30.5, lambda film: film.suspend(60)))

    assert film.shown() == [
        SITS_DOWN,
        (91.0, "suspended", "60 s"),
        (160.0, "sitting_ended", "at_end 99 s"),
    ]


def test_camera_that_does_not_survive_a_suspend_makes_it_no_sitting():
    film = Film(
        [(4000, "upright")],
        (30.5, changed(broken="the camera is gone", idle=1.0)),
        (32.5, lambda film: film.suspend(3600)),
    )

    kinds = [kind for _, kind, _ in film.shown()]
    assert kinds[1:5] == ["camera_lost", "suspended", "sitting_ended", "break_started"]
    assert film.run.status()["sitting_s"] == pytest.approx(366.0, abs=5.0)


def test_desktop_that_tells_nothing_is_no_obstacle():
    film = Film([(100, "upright")], (30.5, lock), knows_activity=False)

    assert film.shown() == [
        SITS_DOWN,
        (100.0, "sitting_ended", "at_end 100 s"),
    ]


# ------------------------------------------------------------------------- hours and power

SOON = replace(
    Settings(), reminders=ReminderSettings(break_every_min=5, move=False, water=False, grace_s=0)
)


def test_nobody_is_watched_outside_the_hours():
    office = replace(Settings(), hours=HourSettings(watch_from="09:01", watch_until="09:03"))
    film = Film([(300, "upright")], settings=office)
    before, during, after = film.status_at(30.5, 90.5, 200.5)

    assert before["camera_state"] == after["camera_state"] == "off_hours"
    assert (before["state"], during["state"], after["state"]) == ("unknown", "sitting", "unknown")
    assert film.cameras_on == [(-3.0, 0.0), (60.0, 180.0)]


def test_nobody_is_watched_on_days_that_are_not_named():
    film = Film(
        [(60, "upright")],
        settings=replace(Settings(), hours=HourSettings(days="mon tue wed thu fri")),
        at=MONDAY_NINE - timedelta(days=1),
    )

    assert film.shown() == []
    assert film.frames == []


def test_reminder_waits_until_quiet_hours_are_over():
    quiet = HourSettings(quiet_from="08:00", quiet_until="09:07")
    film = Film([(600, "upright")], settings=replace(SOON, hours=quiet))

    assert film.shown()[1] == (420.0, "break_due", "420 s")


def test_reminder_waits_while_the_desktop_must_not_be_disturbed():
    film = Film(
        [(600, "upright")],
        (200.0, changed(quiet=True)),
        (400.5, changed(quiet=False)),
        settings=SOON,
    )

    assert film.shown()[1] == (401.0, "break_due", "401 s")
    # Asking may start a program: it is done only while there is something to say.
    assert film.asked_quiet_s == [float(t_s) for t_s in range(300, 402)]


@pytest.mark.parametrize(
    ("how", "observations"),
    [("slower", [0.0, 1.0, 2.0, 3.0, 5.0, 7.0, 9.0]), ("same", [float(n) for n in range(11)])],
)
def test_on_battery_frames_are_rarer_if_the_user_wants_that(how, observations):
    settings = replace(Settings(), power=PowerSettings(on_battery=how))
    film = Film([(10, "upright")], (2.5, changed(on_battery=True)), settings=settings)
    film.shown()

    assert [t_s for t_s, _ in film.frames][: len(observations)] == observations


def test_on_battery_the_camera_is_off_if_the_user_wants_that():
    settings = replace(Settings(), power=PowerSettings(on_battery="off"))
    film = Film(
        [(100, "upright")],
        (10.5, changed(on_battery=True)),
        (50.5, changed(on_battery=False)),
        settings=settings,
    )
    (status,) = film.status_at(30.5)

    assert status["camera_state"] == "on_battery"
    assert film.cameras_on == [(-3.0, 11.0), (51.0, 100.0)]


def test_frames_come_as_often_as_the_settings_allow():
    settings = replace(Settings(), pose=PoseSettings(samples_per_s=0.25))
    film = Film([(20, "upright")], settings=settings)
    film.shown()

    assert [t_s for t_s, _ in film.frames] == [0.0, 4.0, 8.0, 12.0, 16.0, 20.0]

"""The monitor at a desk, asked: buttons, commands, feedback, calibration and the status line."""

from __future__ import annotations

import contextlib
import sys
import threading
from dataclasses import replace

import pytest

from posture_monitor.config import ReminderSettings, Settings
from posture_monitor.core import session
from posture_monitor.core.exercises.library import EXERCISES
from posture_monitor.domain import Action, ConfigError, Reason, ReminderKind, StoreError
from tests.desk_film import MONDAY_NINE, Film, command
from tests.streams import wait_for

BREAKS = ReminderSettings(
    break_every_min=5, repeat_break_min=5, snooze_min=2, move=False, water=False, stretch=False
)
SOON = replace(Settings(), reminders=BREAKS)
SITS_DOWN = (0.0, "sitting_started", "")


def press(kind, action):
    return lambda film: film.press(kind, action)


def refused(film, name, **arguments):
    """The sentence with which the running monitor declines a command."""
    with pytest.raises(ConfigError) as refusal:
        film.run.command(name, arguments)
    return str(refusal.value)


# ------------------------------------------------------------------------- buttons


def test_unanswered_break_comes_again_and_a_notification_that_fades_changes_nothing():
    film = Film([(900, "upright")], (310.5, press(ReminderKind.BREAK, None)), settings=SOON)

    assert film.shown()[:-1] == [
        SITS_DOWN,
        (300.0, "break_due", "300 s"),
        (600.0, "break_due", "600 s"),
    ]


def test_snoozed_break_comes_again_after_the_snooze():
    act = press(ReminderKind.BREAK, Action.SNOOZE)
    film = Film([(500, "upright")], (310.5, act), settings=SOON)

    assert film.shown()[:-1] == [
        SITS_DOWN,
        (300.0, "break_due", "300 s"),
        (311.0, "snoozed", "break 120 s"),
        (431.0, "break_due", "431 s"),
    ]


def test_skipped_break_is_left_out():
    act = press(ReminderKind.BREAK, Action.SKIP)
    film = Film([(700, "upright")], (450.5, act), settings=SOON)

    assert film.shown()[:-1] == [
        SITS_DOWN,
        (300.0, "break_due", "300 s"),
        (451.0, "skipped", "break"),
    ]


def test_skipping_another_reminder_leaves_the_break_where_it_is():
    act = press(ReminderKind.MOVE, Action.SKIP)
    film = Film([(320, "upright")], (100.5, act), settings=SOON)

    assert film.shown()[1:3] == [
        (101.0, "skipped", "move"),
        (300.0, "break_due", "300 s"),
    ]


def test_break_that_is_accepted_is_not_asked_for_again_while_getting_up():
    act = press(ReminderKind.BREAK, Action.START_BREAK)
    script = [(595, "upright"), (200, "nobody")]
    film = Film(script, (590.5, act), settings=SOON)

    assert film.shown() == [
        SITS_DOWN,
        (300.0, "break_due", "300 s"),
        (591.0, "break_accepted", ""),
        (658.417, "guided_break", "67"),  # nobody came back within a minute: nothing was done
        (595.0, "sitting_ended", "595 s"),
        (595.0, "break_started", ""),
    ]


def test_what_is_done_just_before_the_end_is_recorded():
    def drink_and_stop(film):
        film.run.command("drank", {})
        film.run.command("stop", {})

    film = Film([(100, "upright")], (50.5, drink_and_stop))

    assert [kind for _, kind, _ in film.shown()] == ["sitting_started", "drank", "sitting_ended"]


def test_guided_break_is_started_skipped_and_ended_by_command_and_holds_reminders():
    told = {}

    def start(film):
        told["started"] = film.run.command("break", {"minutes": 3, "seated": True})["break"]
        told["twice"] = refused(film, "break")
        told["too long"] = refused(film, "break", minutes=9)

    def step(name):
        return lambda film: told.update({name: film.run.command(name, {})["break"]})

    acts = [(290.5, start), (320.5, step("break_skip")), (321.5, step("break_end"))]
    film = Film([(420, "upright")], *acts, settings=SOON)
    before, during, after = film.status_at(280.2, 300.2, 400.0)

    assert before["guided_break"] is None
    assert during["guided_break"]["exercise"] == told["started"]["exercise"]
    assert after["guided_break"]["stage"] == "over"
    assert told["twice"] == "a guided break is going on already; wait for its end"
    assert told["too long"] == "a break has 1 to 5 minutes"
    assert told["break_end"]["exercise"] is None
    assert refused(film, "break_skip") == "no break is going on"
    kinds = [kind for _, kind, _ in film.events]
    assert kinds == ["sitting_started", "break_accepted", "guided_break", "sitting_ended"]


def test_button_that_relieves_begins_a_minute_against_the_strain_that_was_told():
    act = press(ReminderKind.POSTURE, Action.RELIEVE)
    film = Film([(10, "upright"), (140, "sunk")], (60.5, act))
    before, during = film.status_at(60.2, 70.0)

    assert before["guided_break"] is None
    exercise = EXERCISES[during["guided_break"]["exercise"]]
    assert set(exercise.relieves) & {Reason.SLOUCH, Reason.FORWARD_HEAD}
    assert during["guided_break"]["planned_s"] <= 60.0
    assert film.pages_shown == 1
    assert "break_accepted" not in [kind for _, kind, _ in film.events]


@pytest.mark.parametrize(
    "act",
    [press(ReminderKind.WATER, Action.DRANK), lambda film: film.run.command("drank", {})],
    ids=["button", "command"],
)
def test_drinking_is_noted_and_water_waits_its_whole_time_again(act):
    rules = ReminderSettings(water_every_min=10, breaks=False, move=False, posture=False)
    settings = replace(Settings(), reminders=rules)
    film = Film([(1300, "upright")], (540.5, act), settings=settings)
    told = [(t_s, kind) for t_s, kind, _ in film.shown() if kind in ("drank", "water_due")]

    assert [kind for _, kind in told] == ["drank", "water_due"]
    assert told[1][0] == pytest.approx(1141.0, abs=3.0)


def test_in_firm_mode_the_last_skip_is_refused_and_said():
    rules = replace(BREAKS, firm=True, most_skips=1)
    acts = [
        (310.5, press(ReminderKind.BREAK, Action.SKIP)),
        (610.5, press(ReminderKind.BREAK, Action.SKIP)),
    ]
    film = Film([(700, "upright")], *acts, settings=replace(Settings(), reminders=rules))
    kinds = [kind for _, kind, _ in film.shown()[:-1]]

    assert kinds == ["sitting_started", "break_due", "skipped", "break_due", "break_firm"]
    assert any("put off often enough" in told for told in film.told)
    assert "put off often enough" in refused(film, "snooze")


def test_resume_ends_a_guided_break_that_goes_on():
    acts = [
        (20.5, lambda film: film.run.command("break", {})),
        (25.5, lambda film: film.run.command("resume", {})),
    ]
    during, after = Film([(60, "upright")], *acts).status_at(24.0, 40.0)

    assert during["guided_break"]["exercise"] is not None
    assert after["guided_break"]["stage"] == "over"


def test_break_without_any_before_it_can_not_be_ended():
    assert refused(Film([(5, "upright")]), "break_end") == "no break is going on"


def test_guided_break_goes_on_by_the_clock_while_the_camera_is_paused():
    def start(film):
        film.run.command("break", {"minutes": 1, "seated": True})

    film = Film([(200, "upright")], (50.5, start), (52.5, lambda f: f.run.command("pause", {})))

    (ended,) = [event for event in film.shown() if event[1] == "guided_break"]
    assert ended[0] == pytest.approx(106.0, abs=6.0)
    assert ended[2].endswith(":")  # by the timer


def test_snooze_shows_how_long_it_lasts_and_resume_undoes_it():
    acts = (
        (20.5, lambda film: film.run.command("snooze", {"minutes": 5})),
        (40.5, lambda film: film.run.command("resume", {})),
    )
    before, during, after = Film([(60, "upright")], *acts).status_at(10.0, 30.0, 50.0)

    assert (before["snoozed_s"], after["snoozed_s"]) == (None, None)
    assert during["snoozed_s"] == pytest.approx(290.0, abs=2.0)


# ------------------------------------------------------------------------- that was wrong

SINKS = [(10, "upright"), (140, "sunk")]


def test_feedback_before_any_reminder_has_nothing_to_be_about():
    film = Film([(20, "upright")])

    assert refused(film, "feedback") == (
        "there was no posture reminder yet that could have been wrong"
    )
    assert film.softened == []


def test_button_that_says_wrong_softens_the_reasons_of_that_reminder_and_is_kept():
    act = press(ReminderKind.POSTURE, Action.FEEDBACK_WRONG)
    film = Film(SINKS, (60.5, act))
    before, after = film.status_at(60.2, 70.0)

    _, alert, feedback = (event for event in film.events[:-1] if event[1] != "position_changed")
    assert alert[:2] == (pytest.approx(41.0, abs=2.0), "posture_alert")
    reasons = alert[2].split(";")
    assert feedback == (61.0, "feedback", alert[2])
    assert film.softened == [("desk", dict.fromkeys(reasons, 0.9))]
    assert after["score"] > before["score"]


def test_feedback_counts_once_for_a_reminder():
    answers = []

    def again(film):
        with pytest.raises(ConfigError, match="already"):
            film.run.command("feedback", {})
        answers.append("refused")

    film = Film(SINKS, (60.0, command("feedback")), (61.0, again), (62.0, again))
    film.shown()

    assert answers == ["refused", "refused"]
    assert [set(factors.values()) for _, factors in film.softened] == [{0.9}]


def test_feedback_softens_no_further_than_its_bound():
    def doubt_the_next_one(film):
        film.run._now.alert_doubted = False  # as another reminder leaves it
        film.run.command("feedback", {})

    film = Film(SINKS, *[(60.0 + n, doubt_the_next_one) for n in range(8)])
    film.shown()

    factors = [set(factors.values()) for _, factors in film.softened]
    assert factors[:2] == [{0.9}, {0.81}]
    assert factors[-3:] == [{0.6}, {0.6}, {0.6}]


def test_what_was_softened_before_still_holds():
    hard, soft = (
        Film(SINKS, softened=factors).status_at(60.2)[0]["score"]
        for factors in ({}, dict.fromkeys(Reason, 0.6))
    )

    assert soft > hard


def test_button_that_has_nothing_to_be_about_ends_nothing():
    act = press(ReminderKind.POSTURE, Action.FEEDBACK_WRONG)
    film = Film([(100, "upright")], (10.5, act))

    assert film.shown()[-1][:2] == (100.0, "sitting_ended")
    assert film.told == ["there was no posture reminder yet that could have been wrong"]


# ------------------------------------------------------------------------- commands


def test_snooze_silences_and_the_status_says_until_when():
    film = Film([(600, "upright")], (200.0, command("snooze", minutes=5)), settings=SOON)
    (status,) = film.status_at(290.5)

    assert status["next_reminder"] == {"kind": "break", "in_s": 210.0}
    assert film.events[1:3] == [
        (200.0, "snoozed", "300 s"),
        (500.0, "break_due", "500 s"),
    ]


def test_resume_ends_a_snooze_without_a_pause_in_the_record():
    acts = (200.0, command("snooze", minutes=5)), (350.5, command("resume"))
    film = Film([(400, "upright")], *acts, settings=SOON)

    assert film.shown()[1:-1] == [
        (200.0, "snoozed", "300 s"),
        (351.0, "break_due", "351 s"),
    ]


def test_stop_ends_the_run_with_its_record_complete():
    film = Film([(3600, "upright")], (100.5, command("stop")))

    assert film.shown() == [
        SITS_DOWN,
        (101.0, "sitting_ended", "at_end 101 s"),
    ]
    assert film.cameras_on == [(-3.0, 101.0)]


def test_stop_is_heard_under_a_pause_too():
    film = Film([(3600, "upright")], (10.5, command("pause")), (50.5, command("stop")))
    film.shown()

    assert film.s == 54.0
    assert film.cameras_on == [(-3.0, 11.0)]


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [
        ("pause", {"minutes": 0}, "minutes is 0; it must lie between 1 and 1440"),
        ("pause", {"minutes": True}, "minutes is True; it must lie between 1 and 1440"),
        ("snooze", {"minutes": "x"}, "minutes is 'x'; it must lie between 1 and 1440"),
        ("dance", {}, "the running monitor doesn't know 'dance'; is it an older version?"),
        ("calibrate", {"profile": ""}, "a profile's name has 1 to 60 printable characters"),
        ("calibrate", {"profile": "a\n"}, "a profile's name has 1 to 60 printable characters"),
        ("calibrate", {"profile": 7}, "a profile's name has 1 to 60 printable characters"),
        (
            "calibrate",
            {"profile": "self"},
            "'self' is what an uncalibrated run uses; choose another name",
        ),
        (
            "calibrate",
            {"distance_cm": 5},
            "distance_cm is 5; it must lie between 20 and 300",
        ),
    ],
)
def test_command_that_makes_no_sense_is_declined_in_words(name, arguments, sentence):
    assert refused(Film([(10, "upright")]), name, **arguments) == sentence


def test_commands_answer_in_words():
    film = Film([(10, "upright")])

    assert film.run.command("snooze", {}) == {"said": "no reminder for 10 min"}
    assert film.run.command("pause", {"minutes": 90.0}) == {
        "said": "paused until 10:30; the camera is off"
    }
    assert film.run.command("resume", {}) == {"said": "watching again"}
    assert film.run.command("status", {}).keys() == film.run.status().keys()


def test_commands_from_other_threads_are_all_heard():
    film = Film([(10_000_000, "upright")])
    watching = threading.Thread(target=film.run.run)
    watching.start()

    def ask(minutes):
        for _ in range(50):
            film.run.command("snooze", {"minutes": minutes})
            film.run.status()

    asking = [threading.Thread(target=ask, args=(minutes,)) for minutes in (1, 2, 3)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join(30)
    wait_for(lambda: sum(kind == "snoozed" for _, kind, _ in film.events) == 150)
    film.run.command("stop", {})
    watching.join(30)

    assert not watching.is_alive()
    assert film.events[-1][1] == "sitting_ended"


class Stuck:
    """A record that can't be written for the first 30 seconds."""

    def __init__(self):
        self.film = None
        self.told = []

    def heartbeat(self, *intervals):
        if self.film.s < 30.0:
            raise StoreError("the disk is full")
        self.told.append([(str(i.state), (i.start_at - MONDAY_NINE).seconds) for i in intervals])

    def event(self, at, event):
        self.told.append(str(event.kind))


def test_what_waits_while_the_record_is_deleted_does_not_get_into_it():
    record = Stuck()
    film = Film([(60, "upright")], (32.5, command("forget")), recorder=record)
    record.film = film
    film.shown()

    assert record.told[:2] == [[("sitting", 0)], "sitting_started"]
    cut = record.told.index([("sitting", 32)])
    assert record.told[cut:-1] == [[("sitting", 32)]] * (len(record.told) - cut - 1)
    assert len(record.told) - cut > 5
    assert record.told[-1] == "sitting_ended"


def test_record_that_was_never_written_keeps_nothing_of_before_it_was_deleted():
    record = Stuck()
    film = Film([(60, "upright")], (12.5, command("forget")), recorder=record)
    record.film = film
    film.shown()

    assert record.told[0] == [("sitting", 12)]
    assert "sitting_started" not in record.told


def test_monitor_that_is_told_to_forget_says_what_it_keeps():
    film = Film([(5, "upright")])
    said = film.run.command("forget", {})["said"]

    assert "begins a new record and keeps its profile in memory" in said


@pytest.fixture
def hasty_threads():
    """Threads that take turns as often as they can, so that a race is lost soon."""
    before_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before_s)


@pytest.mark.usefixtures("hasty_threads")
def test_of_calibrations_asked_for_at_once_one_is_done_and_the_others_are_refused():
    film = Film([(5, "upright")])
    for _ in range(150):
        together, said = threading.Barrier(4), []

        def ask(together=together, said=said):
            together.wait(30)
            try:
                said.append(film.run.command("calibrate", {})["said"])
            except ConfigError as error:
                said.append(str(error))

        film.run._now.modes.clear()
        asking = [threading.Thread(target=ask) for _ in range(4)]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join(30)

        refused = sorted("going on already" in sentence for sentence in said)
        assert refused == [False, True, True, True]


def test_each_frame_is_judged_once_also_where_something_is_due(monkeypatch):
    judge, times_s = session.judge, []

    def counted(state, observation, *rest):
        times_s.append(observation.t_s)
        return judge(state, observation, *rest)

    monkeypatch.setattr(session, "judge", counted)
    film = Film([(320, "upright")], settings=SOON)
    film.shown()

    assert "break_due" in [kind for _, kind, _ in film.events]
    assert times_s == [t_s for t_s, _ in film.frames]


def test_desktop_that_is_slow_to_answer_holds_up_no_question():
    film = Film([(320, "upright")], settings=SOON)
    answers = []

    def slow():
        asking = threading.Thread(target=lambda: answers.append(film.run.status()["state"]))
        asking.start()
        asking.join(10)
        return asking.is_alive()

    film.quiet = slow
    film.shown()

    assert answers == ["sitting"]
    assert film.events[1] == (300.0, "break_due", "300 s")


def test_someone_who_watches_the_picture_gets_it_more_often_and_nobody_else_does():
    film = Film([(20, "upright")])
    views = []
    held = contextlib.ExitStack()

    def leave(film):
        views.append(film.run.view())
        held.close()
        views.append(film.run.view())

    film.acts = [(5.5, lambda film: held.enter_context(film.run.watch())), (10.5, leave)]
    film.shown()

    assert views[0] is not None
    assert views[0].sample.score == 100.0
    assert views[1] is None
    assert sum(6.5 < t_s < 10.5 for t_s, _ in film.frames) == 20
    assert sum(12.0 < t_s < 20.0 for t_s, _ in film.frames) < 10

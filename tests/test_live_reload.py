"""The monitor at a desk takes up changed settings while it runs, and says which must wait."""

from __future__ import annotations

from dataclasses import replace

import pytest

from posture_monitor.config import (
    CameraSettings,
    HourSettings,
    NotificationSettings,
    PoseSettings,
    PostureSettings,
    PowerSettings,
    ReminderSettings,
    Settings,
)
from posture_monitor.domain import NotifyError
from tests.desk_film import Film, changed, rewritten

QUIET_DESK = ReminderSettings(move=False, water=False, stretch=False)
CALM = replace(Settings(), reminders=QUIET_DESK)


def test_break_comes_as_early_as_the_new_settings_want_it():
    sooner = rewritten(reminders=replace(QUIET_DESK, break_every_min=10.0))
    film = Film([(1000, "upright")], (400.5, sooner), settings=CALM)

    assert film.shown()[1:2] == [(600.0, "break_due", "600 s")]


def test_status_counts_down_to_the_new_time_at_once():
    later = rewritten(reminders=replace(QUIET_DESK, break_every_min=60.0))
    film = Film([(300, "upright")], (200.5, later), settings=CALM)
    before, after = film.status_at(200.2, 200.8)

    assert before["next_reminder"] == {"kind": "break", "in_s": 1600.0}
    assert after["next_reminder"] == {"kind": "break", "in_s": 3400.0}


def test_quiet_hours_that_are_set_now_hold_now():
    quiet = rewritten(hours=HourSettings(quiet_from="09:00", quiet_until="09:12"))
    soon = replace(CALM, reminders=replace(QUIET_DESK, break_every_min=10.0))
    film = Film([(900, "upright")], (300.5, quiet), settings=soon)

    assert film.shown()[1:2] == [(720.0, "break_due", "720 s")]


def test_hours_to_watch_that_end_now_turn_the_camera_off():
    film = Film([(60, "upright")], (20.5, rewritten(hours=HourSettings(watch_until="08:00"))))
    film.shown()

    assert film.cameras_on == [(-3.0, 21.0)]


def test_camera_that_stays_on_with_battery_is_turned_off_when_that_is_wished():
    film = Film(
        [(60, "upright")],
        (10.5, changed(on_battery=True)),
        (30.5, rewritten(power=PowerSettings(on_battery="off"))),
        settings=replace(Settings(), power=PowerSettings(on_battery="same")),
    )
    film.shown()

    assert film.cameras_on == [(-3.0, 31.0)]


def test_new_sensitivity_judges_the_next_frame():
    film = Film(
        [(10, "upright"), (60, "sunk")],
        (40.5, rewritten(posture=PostureSettings(sensitivity="low"))),
    )
    before, after = film.status_at(40.2, 43.0)

    assert after["score"] > before["score"]


def test_frames_come_as_often_as_is_set_now():
    film = Film([(30, "upright")], (10.5, rewritten(pose=PoseSettings(samples_per_s=0.2))))
    film.shown()

    assert [t_s for t_s, _ in film.frames if 10.0 <= t_s <= 26.0] == [10.0, 11.0, 15.0, 19.0, 23.0]


def test_way_of_notifying_is_handed_on():
    loud = NotificationSettings(sound=True)
    film = Film([(30, "upright")], (10.5, rewritten(notifications=loud)))
    film.shown()

    assert [settings.notifications for settings in film.used] == [loud]


def test_camera_and_engine_wait_for_the_next_start_and_are_named():
    film = Film([(30, "upright")])
    film.written = replace(
        film.written,
        camera=CameraSettings(source="1", mirror=True),
        pose=PoseSettings(engine="mediapipe", samples_per_s=2.0),
    )
    answers = [film.run.command("reload", {}) for _ in range(2)]
    film.written = Settings()

    assert answers == 2 * [
        {
            "said": "in use; camera.source, camera.mirror, pose.engine from the next start on",
            "waiting": ["camera.source", "camera.mirror", "pose.engine"],
        }
    ]
    assert film.used[0].camera == CameraSettings()
    assert film.used[0].pose == PoseSettings(samples_per_s=2.0)
    assert film.run.command("reload", {}) == {"said": "the settings are in use", "waiting": []}


def test_settings_that_can_not_be_used_change_nothing():
    film = Film([(30, "upright")])
    film.unusable = "no notification service runs on this desktop"
    film.written = replace(CALM, notifications=NotificationSettings(backend="desktop"))

    with pytest.raises(NotifyError, match="no notification service"):
        film.run.command("reload", {})
    assert film.run.settings == Settings()

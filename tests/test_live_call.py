"""The monitor at a desk while a video call wants the camera: filmed, with a real other process."""

from __future__ import annotations

from dataclasses import replace

import pytest

from posture_monitor.config import CameraSettings, Settings
from posture_monitor.domain import ConfigError
from posture_monitor.vision.contention import DeviceWatch
from tests.desk_film import MONDAY_NINE, Film, changed, command, lock, rewritten, unlock
from tests.others import Program
from tests.record import recorded_intervals, seconds
from tests.test_live import SITS_DOWN, recorded

IN_USE = "desk camera can't be opened; end the program that uses it (a video call?)"


@pytest.fixture
def node(tmp_path):
    """Stands in for /dev/video0."""
    path = tmp_path / "video0"
    path.touch()
    return path


@pytest.fixture
def call(node):
    """A program that may want the camera."""
    with Program(node) as program:
        yield program


@pytest.fixture
def filmed(node):
    """Makes films in which the camera's device is watched; what they watch with ends with them."""
    watches = []

    def film(*script, **options):
        watches.append(DeviceWatch(lambda: node))
        return Film(*script, contention=watches[-1], **options)

    yield film
    for watch in watches:
        watch.close()


def begins(call):
    """The call opens the camera; while the monitor has it too, nobody else could."""
    return lambda _film: call.open()


def ends(call):
    return lambda _film: call.close()


def camera_events(film):
    return [event for event in film.events if event[1].startswith("camera")]


def test_video_call_gets_the_camera_and_the_sitting_clock_runs_on(filmed, call):
    film = filmed(
        [(300, "upright")],
        (30.2, changed(idle=2.0)),
        (30.5, begins(call)),
        (150.5, ends(call)),
    )
    during, after = film.status_at(100.5, 200.5)

    assert film.events == [
        SITS_DOWN,
        (32.0, "camera_lost", "handed"),
        (154.0, "camera_back", "desk camera"),
        (300.0, "sitting_ended", "at_end 300 s"),
    ]
    assert film.cameras_on == [(-3.0, 32.0), (154.0, 300.0)]
    assert film.opening_tries_s == [154.0]
    name = during["camera"].removeprefix("handed to another program (").removesuffix(")")
    assert name.startswith("python")
    assert (during["state"], during["score"], during["reasons"]) == ("sitting", None, [])
    assert during["sitting_s"] == 100.0
    assert (after["camera_state"], after["score"]) == ("on", 100.0)
    assert film.told == [
        f"the camera is handed to another program ({name}); waiting until it is free",
        "the camera is back",
    ]


def test_call_without_typing_leaves_the_time_unknown(filmed, call, node, tmp_path):
    watch = DeviceWatch(lambda: node)
    told = recorded(
        tmp_path,
        [(300, "upright")],
        (30.2, changed(idle=400.0)),
        (30.5, begins(call)),
        (150.5, ends(call)),
        contention=watch,
    )
    watch.close()

    assert told == {"sitting": 179.0, "unknown": 121.0}


def test_call_that_was_refused_finds_the_camera_free_at_its_second_try(filmed, call):
    film = filmed(
        [(200, "upright")],
        (30.2, changed(idle=2.0)),
        (30.5, lambda _film: call.list_cameras()),
        (39.5, begins(call)),
        (120.5, ends(call)),
    )
    film.shown()

    assert camera_events(film) == [
        (31.0, "camera_lost", "handed"),
        (124.0, "camera_back", "desk camera"),
    ]


def test_browser_that_only_lists_cameras_gets_a_moment_and_then_ever_less(filmed, call):
    observations = [(t_s, lambda _film: call.list_cameras()) for t_s in (30.5, 60.5, 90.5, 120.5)]
    film = filmed([(200, "upright")], *observations)
    film.shown()

    assert camera_events(film) == [
        (31.0, "camera_lost", "handed"),
        (46.0, "camera_back", "desk camera"),
        (121.0, "camera_lost", "handed"),
        (136.0, "camera_back", "desk camera"),
    ]


def test_nobody_gets_the_camera_where_that_is_switched_off(filmed, call):
    alone = replace(Settings(), camera=CameraSettings(yield_to_others=False))
    film = filmed([(100, "upright")], (30.5, begins(call)), settings=alone)
    film.shown()

    assert camera_events(film) == []
    assert film.cameras_on == [(-3.0, 100.0)]


def test_switching_it_off_during_the_call_takes_the_camera_back(filmed, call):
    alone = rewritten(camera=CameraSettings(yield_to_others=False))
    film = filmed([(100, "upright")], (30.5, begins(call)), (60.5, alone))
    film.shown()

    assert film.cameras_on == [(-3.0, 32.0), (61.0, 100.0)]


def test_camera_under_a_call_is_left_alone_behind_a_locked_screen_and_after_it(filmed, call):
    film = filmed(
        [(200, "upright")],
        (30.5, begins(call)),
        (60.5, lock),
        (90.5, unlock),
        (150.5, ends(call)),
    )
    locked, again = film.status_at(80.5, 100.5)

    assert locked["camera_state"] == "locked"
    assert again["camera_state"] == "handed"
    assert film.opening_tries_s == [154.0]
    assert [kind for _, kind, _ in camera_events(film)] == ["camera_lost", "camera_back"]


def test_camera_that_a_call_took_during_a_pause_is_waited_for_without_trying(filmed, call):
    film = filmed(
        [(200, "upright")],
        (10.5, command("pause", minutes=5)),
        (20.5, begins(call)),
        (20.5, changed(taken=IN_USE)),
        (40.5, command("resume")),
        (120.5, changed(taken=None)),
        (120.5, ends(call)),
    )
    (during,) = film.status_at(100.5)

    assert during["camera_state"] == "handed"
    assert camera_events(film) == [
        (41.0, "camera_lost", "handed"),
        (124.0, "camera_back", "desk camera"),
    ]
    assert film.opening_tries_s == [41.0, 124.0]


def test_camera_that_a_call_has_from_the_start_is_waited_for(filmed, call):
    call.open()
    film = filmed(
        [(200, "upright")],
        (5.0, changed(idle=2.0)),
        (80.5, changed(taken=None)),
        (80.5, ends(call)),
        in_use=IN_USE,
    )
    (during,) = film.status_at(60.5)

    assert during["camera_state"] == "handed"
    assert camera_events(film) == [
        (0.0, "camera_lost", "handed"),
        (84.0, "camera_back", "desk camera"),
    ]
    assert film.opening_tries_s == [0.0, 84.0]


def test_camera_that_stays_busy_after_the_others_have_gone_is_lost(filmed, call):
    film = filmed(
        [(60, "upright")],
        (10.5, begins(call)),
        (20.5, changed(taken=IN_USE)),
        (20.5, ends(call)),
    )
    (status,) = film.status_at(50.5)

    assert status["camera"] == f"lost: {IN_USE}"
    assert [kind for _, kind, _ in camera_events(film)] == ["camera_lost"]


def test_service_that_keeps_the_device_open_for_ever_is_tried_and_then_ignored(filmed, call):
    film = filmed([(1200, "upright")], (30.5, begins(call)))
    film.shown()

    assert film.cameras_on == [(-3.0, 32.0), (332.0, 1200.0)]


def test_source_that_opens_its_own_device_again_is_no_rival(filmed, call):
    film = filmed(
        [(100, "upright")],
        (30.5, changed(broken="the camera is gone")),
        (40.5, lambda _film: call.list_cameras()),
        (50.5, changed(broken=None)),
        (50.6, lambda _film: call.list_cameras()),
    )
    film.shown()

    assert film.told == ["the camera is gone; waiting for it to come back", "the camera is back"]
    assert film.cameras_on == [(-3.0, 100.0)]


def test_what_was_suspected_before_a_lock_is_forgotten_after_it(filmed, call):
    film = filmed(
        [(100, "upright")],
        (30.5, begins(call)),
        (31.2, lock),
        (40.5, ends(call)),
        (60.5, unlock),
    )
    film.shown()

    assert film.cameras_on == [(-3.0, 32.0), (61.0, 100.0)]
    assert camera_events(film) == []


def test_calibration_ends_when_a_call_wants_the_camera(filmed, call):
    film = filmed(
        [(60, "upright")],
        (5.5, command("calibrate", profile="office")),
        (10.0, begins(call)),
    )
    film.shown()

    assert film.run.status()["calibration"]["error"] == (
        "calibration refused: another program wants the camera; try again when it is free"
    )
    with pytest.raises(ConfigError, match=r"^the camera is handed to another program"):
        film.run.command("calibrate", {})


def test_record_of_a_call_is_sitting_while_somebody_types(call, node, tmp_path):
    watch = DeviceWatch(lambda: node)
    told = recorded(
        tmp_path,
        [(300, "upright")],
        (30.2, changed(idle=2.0)),
        (30.5, begins(call)),
        (150.5, ends(call)),
        contention=watch,
    )
    watch.close()
    unjudged = [i for i in recorded_intervals(tmp_path) if i.judged_s == 0.0]

    assert told == {"sitting": 300.0}
    assert seconds(unjudged) == pytest.approx(122.0, abs=2.0)
    assert unjudged[0].start_at > MONDAY_NINE

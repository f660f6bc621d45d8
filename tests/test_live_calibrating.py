"""The monitor at a desk: calibrating while it runs, choosing a profile, and the status line."""

from __future__ import annotations

import pytest

from posture_monitor.core.judge.baseline import Grade
from posture_monitor.domain import ConfigError, StoreError
from tests.builders import upright_baseline
from tests.desk_film import Film, changed, command, lock


def told(film, *kinds):
    """When events of these kinds came, and what they say."""
    return [event for event in film.shown() if event[1] in kinds]


def refused(film, name, **arguments):
    """The sentence with which the running monitor declines a command."""
    with pytest.raises(ConfigError) as refusal:
        film.run.command(name, arguments)
    return str(refusal.value)


# ------------------------------------------------------------------------- calibration


def calibrated(*acts, script=None, **options):
    """The film of a calibration asked for at 5 s, and how it stood at the end."""
    act = (5.5, command("calibrate", profile="office", distance_cm=62))
    film = Film(script or [(60, "upright")], act, *acts, **options)
    film.shown()
    return film, film.run.status()["calibration"]


@pytest.mark.parametrize("profile", ["desk", None], ids=["with a profile", "without one"])
def test_calibrating_through_the_running_monitor_stores_a_profile_and_uses_it(profile):
    film, status = calibrated(profile=profile)

    assert status == {
        "profile": "office",
        "share": 1.0,
        "hint": "hold still",
        "result": "good",
        "error": None,
    }
    assert list(film.saved) == ["office"]
    assert film.saved["office"].grade is Grade.GOOD
    assert film.saved["office"].distance_cm == 62.0
    assert film.told == ["chosen office"]
    assert film.events[1] == (pytest.approx(18.0, abs=0.5), "calibrated", "office")
    assert film.run.status()["profile"] == "office"
    assert film.renewed_s[-1] == pytest.approx(18.0, abs=0.5)
    assert len(film.renewed_s) == (1 if profile is None else 2)  # its own keypoints at the start
    assert film.saved["office"].view_keypoints is film.kept_view


def test_the_tired_seat_follows_where_it_was_asked_for():
    act = (5.5, command("calibrate", profile="office", tired=True))
    film = Film([(18.5, "upright"), (20, "slouched"), (10, "upright")], act)
    calibrated = told(film, "calibrated")
    status = film.run.status()["calibration"]

    assert (status["result"], status["error"]) == ("good; with a tired seat", None)
    assert film.saved["office"].tired is not None
    # 12 s upright, 3 s to sink, 5 s of looking
    assert calibrated == [(pytest.approx(26.0, abs=0.5), "calibrated", "office")]


def test_without_a_tired_seat_to_see_the_upright_one_serves_alone():
    act = (5.5, command("calibrate", profile="office", tired=True))
    film = Film([(60, "upright")], act)
    film.shown()

    assert film.saved["office"].tired is None
    assert film.run.status()["calibration"]["result"] == (
        "good; the tired seat was left out: it looks like the upright one"
    )


def test_tired_is_yes_or_no():
    assert "must be true or false" in refused(Film([(5, "upright")]), "calibrate", tired="very")


def test_calibration_frames_often_and_at_every_picture_anew():
    film, _ = calibrated()

    during = [(t_s, settled) for t_s, settled in film.frames if 6.5 < t_s < 17.5]
    assert len(during) == 55
    assert {settled for _, settled in during} == {False}


def test_calibration_of_nobody_is_refused_after_forty_seconds():
    film, status = calibrated(script=[(60, "nobody")])

    assert status["error"].startswith("calibration refused: nobody was found (only 0 of ")
    assert status["result"] is None
    assert status["hint"] == "nobody found: sit so that head and shoulders are in the picture"
    assert film.saved == {}
    assert film.run.status()["profile"] == "desk"


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (command("pause"), "off while paused"),
        (lock, "off while the screen is locked"),
    ],
    ids=["pause", "lock"],
)
def test_calibration_ends_when_the_camera_is_turned_off(act, why):
    _, status = calibrated((10.0, act))

    assert status["error"] == f"calibration refused: the camera is {why}; try again when it is on"


def test_calibration_that_can_not_be_stored_says_so():
    film = Film([(60, "upright")], (5.5, command("calibrate", profile="office")))

    def full(_name, _baseline):
        raise StoreError("the disk is full")

    film.keep = full
    film.shown()

    assert film.run.status()["calibration"]["error"] == "the disk is full"
    assert film.run.status()["profile"] == "desk"


def test_calibration_is_declined_while_it_can_not_be_done():
    said = []

    def ask(film):
        said.append(refused(film, "calibrate", profile="office"))

    for acts in (
        [(5.0, command("pause"))],
        [(5.0, lock)],
        [(5.0, changed(broken="the camera is gone"))],
        [(5.0, command("calibrate"))],
    ):
        Film([(20, "upright")], *acts, (12.0, ask)).shown()

    assert said == [
        "the camera is off while paused; resume first",
        "the camera is off while the screen is locked; try again when it is on",
        "the camera is lost: the camera is gone",
        "a calibration is going on already; wait for its end",
    ]


# ------------------------------------------------------------------------- profiles, status


def test_fitting_profile_is_found_and_none_is_learned():
    profiles = {"office": upright_baseline(), "home": upright_baseline(aside_cm=25.0, size=0.6)}
    film = Film([(100, "upright")], profile=None, profiles=profiles)

    assert told(film, "calibrated") == [(4.0, "calibrated", "office")]


def test_without_any_profile_the_first_steady_minute_serves():
    film = Film([(100, "upright")], profile=None)
    before, after = film.status_at(30.5, 90.5)

    assert (before["profile"], before["score"]) == (None, None)
    assert before["unjudged"] == "no_baseline"
    assert (after["profile"], after["score"]) == ("self", 100.0)


def test_status_says_what_scripts_of_users_read():
    film = Film([(100, "upright"), (100, "slouched")])
    early, late = film.status_at(90.5, 190.5)

    contract = {
        "state",
        "sitting_s",
        "score",
        "reasons",
        "profile",
        "camera",
        "paused_until",
        "next_reminder",
        "notifications",
    }
    assert contract <= early.keys()
    assert {key: early[key] for key in contract} == {
        "state": "sitting",
        "sitting_s": 90.0,
        "score": 100.0,
        "reasons": [],
        "profile": "desk",
        "camera": "on",
        "paused_until": None,
        "next_reminder": {"kind": "move", "in_s": 1110.0},
        "notifications": "ok",
    }
    assert (early["source"], early["presence"], early["unjudged"]) == (
        "desk camera",
        "present",
        None,
    )
    assert (early["looks"], early["model_calls"], early["calibration"]) == (91, 91, None)
    assert "slouch" in late["reasons"]
    assert late["score"] < 60.0
    assert sum(late["penalties"].values()) == pytest.approx(100.0 - late["score"], abs=1.5)


def test_status_under_a_pause_tells_nothing_that_was_seen_before():
    film = Film([(60, "slouched")], (20.0, command("pause", minutes=5)))
    (status,) = film.status_at(30.5)

    seen = ("state", "score", "reasons", "presence", "penalties", "unjudged", "next_reminder")
    assert [status[key] for key in seen] == ["unknown", None, [], None, {}, None, None]
    assert status["camera_state"] == "paused"
    assert status["paused_until"] is not None
    assert status["sitting_s"] == 19.0

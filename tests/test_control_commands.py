"""Words to a running monitor, each from a process of its own; and what is said where none runs."""

from __future__ import annotations

import http.client
import json
import re
import shutil
from urllib.parse import urlsplit

import pytest

from posture_monitor.domain import EventKind, State
from tests.program import CLIPS, Running, environment, posture_monitor, told
from tests.record import kinds, recorded_events, recorded_intervals
from tests.streams import MjpegServer, wait_for

UPRIGHT = CLIPS / "01_upright_day.mp4"
SLOUCHES = CLIPS / "02_slouch_office.mp4"
QUICK = {
    # The clip shows the whole slouch for six seconds only.
    "POSTURE_MONITOR_POSTURE_SENSITIVITY": "high",
    "POSTURE_MONITOR_CAMERA_READ_LIMIT_S": "2",
    "POSTURE_MONITOR_POSE_SAMPLES_PER_S": "2",
    "POSTURE_MONITOR_POSTURE_HOLD_S": "5",
}
CONTRACT = {
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


@pytest.fixture(scope="module")
def camera():
    with MjpegServer(SLOUCHES) as server:
        yield server


@pytest.fixture(scope="module")
def desk(calibrated, camera, tmp_path_factory):
    """A monitor that runs while all of these tests talk to it; and its data folder."""
    folder = tmp_path_factory.mktemp("desk")
    data_dir = shutil.copytree(calibrated, folder / "data")
    with Running(
        folder / "streams",
        *("--data-dir", data_dir, "--verbose", "run", "--source", camera.url, "--no-tray"),
        environ=environment(**QUICK),
    ) as running:
        running.wait_until_told("profile 'desk' fits this view")
        yield Desk(running, data_dir)


class Desk:
    """The running monitor, and how to talk to it."""

    def __init__(self, running, data_dir):
        self.running = running
        self.data_dir = data_dir

    def ask(self, *words):
        return posture_monitor("--data-dir", self.data_dir, *words)

    def said(self, *words):
        """What a command answers, once it has been done."""
        done = self.ask(*words)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.rstrip("\n")

    def status(self):
        return json.loads(self.said("status", "--format", "json"))

    def kinds(self):
        return kinds(recorded_events(self.data_dir))


def fetch(address, path=None):
    """The status and the body that an address answers; no redirect is followed."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}" if path is None else path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


# ------------------------------------------------------------------------- while one runs


def test_feedback_has_to_wait_for_a_posture_reminder(calibrated, tmp_path):
    data_dir = shutil.copytree(calibrated, tmp_path / "data")
    with (
        MjpegServer(UPRIGHT) as camera,
        Running(
            tmp_path / "streams",
            *("--data-dir", data_dir, "run", "--source", camera.url, "--no-tray"),
            environ=environment(**QUICK | {"POSTURE_MONITOR_POSTURE_HOLD_S": "900"}),
        ) as running,
    ):
        running.wait_until_told("watching")
        desk = Desk(running, data_dir)
        wait_for(lambda: desk.ask("status").returncode == 0, timeout_s=30)
        answer = desk.ask("feedback", "wrong")
        assert running.end() == 0

    assert told(answer) == "there was no posture reminder yet that could have been wrong"


def test_status_is_a_few_lines_for_people(desk):
    lines = desk.said("status").splitlines()

    assert [line.split()[0] for line in lines] == ["state", "posture", "next", "camera", "profile"]
    assert re.fullmatch(r"state     (sitting|unknown), sitting for \d+ min", lines[0])
    assert lines[3:] == ["camera    on", "profile   desk"]


def test_status_is_json_for_programs(desk):
    status = desk.status()

    assert status.keys() >= CONTRACT
    assert (status["profile"], status["camera_state"]) == ("desk", "on")
    assert (status["paused_until"], status["notifications"]) == (None, "ok")
    assert isinstance(status["sitting_s"], float)


def test_pause_turns_the_camera_off_until_resume(desk, camera):
    said = desk.said("pause", "1")
    wait_for(lambda: desk.status()["camera_state"] == "paused", timeout_s=30)
    sent = len(camera.requests)
    paused = desk.said("status").splitlines()
    resumed = desk.said("resume")
    wait_for(lambda: desk.status()["camera_state"] == "on" and desk.status()["score"] is not None)

    assert re.fullmatch(r"paused until \d\d:\d\d; the camera is off", said)
    assert re.fullmatch(r"state     paused until \d\d:\d\d \(watch again: resume\)", paused[0])
    assert "camera    off while paused" in paused
    assert resumed == "watching again"
    assert len(camera.requests) == sent + 1
    assert {EventKind.PAUSED, EventKind.UNPAUSED} <= set(desk.kinds())


def test_snooze_is_as_long_as_was_asked_for(desk):
    assert desk.said("snooze", "3") == "no reminder for 3 min"
    assert desk.said("snooze") == "no reminder for 10 min"
    assert "snoozed   no reminders for 10 min (remind again: resume)" in desk.said("status")
    assert desk.said("resume") == "watching again"


def test_feedback_softens_the_profile_after_a_posture_reminder(desk):
    desk.running.wait_until_told("posture_alert")
    said = desk.said("feedback", "wrong")
    profile = json.loads(desk.said("profiles", "show", "desk"))

    assert re.fullmatch(r"noted; [a-z ,;]+ will be called later", said)
    assert profile["softened"].keys() & {"slouch", "forward_head"}
    assert set(profile["softened"].values()) == {0.9}


def test_calibrate_borrows_the_camera_of_the_running_monitor(desk, camera):
    before = len(camera.requests)
    lines = desk.said("calibrate", "--profile", "office", "--distance-cm", "60").splitlines()
    listed = desk.said("profiles", "list")

    assert lines[1:3] == [
        "It begins in 3 seconds.",
        "sit upright, look at the screen and hold still for 12 seconds",
    ]
    assert re.fullmatch(
        r"profile 'office' is (good|fair|poor).*; the monitor uses it now", lines[3]
    )
    assert "posture-monitor dashboard" in lines[4]
    assert "office" in listed
    assert desk.status()["profile"] == "office"
    assert len(camera.requests) == before


def test_dashboard_of_the_running_monitor_serves_who_has_the_token_alone(desk):
    address = desk.said("dashboard", "--no-browser").splitlines()[-1]
    again = desk.said("dashboard", "--no-browser").splitlines()[-1]
    status, page = fetch(address)

    assert again == address
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\S*token=\S{20,}", address)
    assert status == 200
    assert "<title>" in page
    for path in ("/", "/day", "/settings", "/?token=wrong"):
        assert 400 <= fetch(address, path)[0] < 500


def test_settings_written_meanwhile_are_taken_up_as_far_as_they_can_be(desk):
    written = desk.data_dir / "config.toml"
    written.write_text("[reminders]\nsnooze_min = 33\n[camera]\nwidth_px = 1280\n")
    reloaded = desk.said("reload")
    snoozed = desk.said("snooze")
    written.write_text("[reminders]\nsnooze_min = 0\n")
    wrong = told(desk.ask("reload"))
    written.unlink()

    assert reloaded == "in use; camera.width_px from the next start on"
    assert snoozed == "no reminder for 33 min"
    assert wrong == f"{written}: reminders.snooze_min is 0; it must lie between 1 and 240"
    assert desk.said("resume") == "watching again"


def test_stop_ends_the_monitor_with_exit_code_0_and_a_complete_record(desk):
    """The last one here: the others need it running."""
    said = desk.said("stop")
    code = desk.running.process.wait(30)

    assert (said, code) == ("stopping", 0)
    assert desk.kinds()[0] is EventKind.SITTING_STARTED
    assert EventKind.SITTING_ENDED in desk.kinds()  # what was asked for afterwards stands behind
    assert State.SITTING in {interval.state for interval in recorded_intervals(desk.data_dir)}
    assert not (desk.data_dir / "control").exists()
    assert "Traceback" not in desk.running.err


# ------------------------------------------------------------------------- where none runs


@pytest.mark.parametrize(
    "words",
    [
        ["status"],
        ["pause", "5"],
        ["resume"],
        ["reload"],
        ["snooze"],
        ["stop"],
        ["feedback", "wrong"],
    ],
    ids=" ".join,
)
def test_command_without_a_monitor_says_how_to_start_one(words, tmp_path):
    done = posture_monitor("--data-dir", tmp_path / "data", *words)

    assert told(done) == (
        f"no monitor is running on {tmp_path / 'data'}; start one with `posture-monitor run`"
    )
    assert done.stdout == ""


def test_status_as_json_has_its_keys_although_none_runs(tmp_path):
    done = posture_monitor("--data-dir", tmp_path / "data", "status", "--format", "json")

    assert done.returncode == 1  # as in words
    assert "no monitor is running" in done.stderr
    status = json.loads(done.stdout)
    assert status.keys() == CONTRACT
    assert (status["state"], status["camera"], status["score"]) == ("not_running", "off", None)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["pause", "0"], "0 min must lie between 1 and 1440"),
        (["snooze", "soon"], "'soon' is not a number"),
        (["feedback", "right"], "invalid choice: 'right'"),
    ],
)
def test_words_that_make_no_sense_are_a_usage_error(words, complaint, tmp_path):
    done = posture_monitor("--data-dir", tmp_path / "data", *words)

    assert done.returncode == 2
    assert complaint in done.stderr

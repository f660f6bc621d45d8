"""`demo`: the whole job for someone who has just installed it, without camera or network."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import datetime, timedelta

import pytest

from posture_monitor import cli
from tests.conftest import without_network
from tests.program import ROOT, WORKDAY, environment, posture_monitor, told
from tests.record import modes

NOTIFICATION = re.compile(r"^(\d\d):(\d\d):\d\d  (.+) — (.+)\.$")


def test_demo_calibrates_notifies_and_ends_with_the_report(mornings):
    lines = mornings.demo.out.splitlines()

    assert mornings.demo.exit_code == 0, mornings.demo.err
    assert lines[0] == "A recorded morning at a desk, 09:00 to 13:00, a picture every 10 seconds."
    report_from = next(n for n, line in enumerate(lines) if line.startswith("Posture report:"))
    assert any(line.startswith("calibrated on") for line in lines[:report_from])
    yesterday = datetime.now().astimezone().date() - timedelta(days=1)
    assert str(yesterday.year) in lines[report_from]
    assert "is no medical device" in " ".join(lines[report_from:])


def test_demo_tells_the_time_of_day_of_the_recording(mornings):
    notified = [
        match for line in mornings.demo.out.splitlines() if (match := NOTIFICATION.match(line))
    ]
    times = [int(match[1]) * 60 + int(match[2]) for match in notified]

    assert len(notified) >= 12
    assert notified[0][0].startswith("09:20:")
    assert times == sorted(times)
    assert 9 * 60 <= times[0] <= times[-1] < 13 * 60
    titles = {match[3] for match in notified}
    assert titles >= {"Change position", "Time for a break"}


def test_demo_says_nothing_else_on_the_error_stream(mornings):
    assert mornings.demo.err.splitlines() == [
        "watching workday.mp4 with profile 'demo'; notifications: console; Ctrl-C ends"
    ]


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

    assert found == {".": "0o700", "history.db": "0o600", "posture-monitor.log": "0o600"}


def test_network_was_closed_to_the_demo():
    """Where this system lets us: the demo of these tests had no network at all."""
    before = without_network()
    if not before:
        assert os.geteuid() != 0, "root may take the network away"
        return
    script = "import socket; socket.create_connection(('127.0.0.1', 9), 1)"
    done = subprocess.run(
        [*before, sys.executable, "-c", script], capture_output=True, text=True, check=False
    )

    assert "Network is unreachable" in done.stderr or "Errno 101" in done.stderr


@pytest.fixture
def short_package(tmp_path):
    """The package with a recording of its first four minutes, for what needs no whole morning."""
    shutil.copytree(
        ROOT / "posture_monitor",
        tmp_path / "posture_monitor",
        ignore=shutil.ignore_patterns("__pycache__", "recordings"),
    )
    recording = tmp_path / "posture_monitor" / "recordings" / WORKDAY.name
    recording.parent.mkdir()
    subprocess.run(
        ["ffmpeg", "-v", "error", "-i", WORKDAY, "-frames:v", "24", "-c", "copy", recording],
        check=True,
    )
    return tmp_path


def test_demo_works_where_nothing_can_be_kept(short_package, tmp_path):
    (tmp_path / "file").write_text("")
    done = posture_monitor(
        *("--data-dir", tmp_path / "file" / "data", "demo"),
        environ=environment(PYTHONPATH=str(short_package)),
        cwd=short_package,
    )

    assert done.returncode == 0, done.stderr
    assert "; this demo is not kept" in done.stderr.splitlines()[0]
    assert "Posture report:" in done.stdout
    assert "Sitting" in done.stdout


def test_missing_recording_is_told(short_package, tmp_path):
    (short_package / "posture_monitor" / "recordings" / WORKDAY.name).unlink()
    done = posture_monitor(
        *("--data-dir", tmp_path / "data", "demo"),
        environ=environment(PYTHONPATH=str(short_package)),
        cwd=short_package,
    )

    assert told(done) == "the bundled recording workday.mp4 is missing; reinstall posture-monitor"

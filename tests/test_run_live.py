"""`run` on a camera in the network: it goes away and comes back, and nothing else is asked."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import threading
import time
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from posture_monitor.cli import main
from posture_monitor.domain import (
    CameraError,
    EventKind,
    Interval,
    PostureMonitorError,
    State,
)
from posture_monitor.history.store import Store
from posture_monitor.ipc.control import ask
from posture_monitor.vision.contention import holders_of
from posture_monitor.vision.streams import open_stream
from posture_monitor.wording.details import detail_words
from tests.others import Program
from tests.program import CLIPS, Running, environment, posture_monitor, told
from tests.record import kinds, modes, recorded_events, recorded_intervals, seconds
from tests.streams import MjpegServer, wait_for

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


SLOUCHES = CLIPS / "02_slouch_office.mp4"
SHORT = {
    "POSTURE_MONITOR_CAMERA_READ_LIMIT_S": "1",
    "POSTURE_MONITOR_SITTING_MAX_GAP_S": "1",
    "POSTURE_MONITOR_POSE_SAMPLES_PER_S": "2",
}
"""A camera counts as lost after a second, and time without pictures as unknown soon after."""


@pytest.fixture(scope="module")
def camera():
    """One for all tests here: it shows the same person again and again."""
    with MjpegServer(SLOUCHES) as server:
        yield server


@pytest.fixture
def data_dir(calibrated, tmp_path):
    return shutil.copytree(calibrated, tmp_path / "data")


def watch(data_dir: Path, camera: MjpegServer, *more: str, before: Sequence[str] = ()) -> Running:
    return Running(
        data_dir.parent / "streams",
        *("--data-dir", str(data_dir), "--verbose", "run", "--source", camera.url, *more),
        before=before,
        environ=environment(**SHORT),
        preexec_fn=lambda: os.umask(0),
    )


def recorded_s(data_dir: Path) -> float:
    """Seconds in the record, read beside the monitor that writes them."""
    with closing(sqlite3.connect(data_dir / "history.db")) as db:
        found = db.execute("SELECT coalesce(sum(duration_s), 0) FROM intervals").fetchone()
    return float(found[0])


def test_camera_that_goes_away_and_comes_back_is_said_once_and_recorded(data_dir, camera):
    with watch(data_dir, camera) as running:
        running.wait_until_told("profile 'desk' fits this view")
        camera.unplug()
        unplugged_s = time.monotonic()
        running.wait_until_told("waiting for it to come back")
        wait_for(lambda: time.monotonic() > unplugged_s + 2.0)  # longer than max_gap_s
        camera.plug_in()
        running.wait_until_told("the camera is back")
        wait_for(lambda: State.UNKNOWN in {i.state for i in recorded_intervals(data_dir)})
        assert running.end() == 0

    assert running.err.count("waiting for it to come back") == 1
    assert running.err.count("the camera is back\n") == 1
    lost, back = (
        [event.at for event in recorded_events(data_dir) if event.kind is kind]
        for kind in (EventKind.CAMERA_LOST, EventKind.CAMERA_BACK)
    )
    assert (len(lost), len(back)) == (1, 1)
    assert lost < back
    unknown = [i for i in recorded_intervals(data_dir) if i.state is State.UNKNOWN]
    gap_s = (back[0] - lost[0]) / timedelta(seconds=1)
    assert seconds(unknown) >= gap_s


def test_call_gets_the_camera_of_the_running_monitor_and_leaves_it_again(
    data_dir, camera, monkeypatch
):
    node = data_dir.parent / "video0"
    node.touch()
    # A stream has no device: a file stands in for it, opened by a real other program.
    monkeypatch.setattr("posture_monitor.vision.capture.node_of", lambda _src: node)
    monkeypatch.setenv("POSTURE_MONITOR_NOTIFICATIONS_BACKEND", "none")
    told: list[str] = []

    def camera_is(text: str) -> bool:
        with suppress(PostureMonitorError):  # not there yet
            told.append(str(ask(data_dir / "control", "status")["camera"]))
        return bool(told) and told[-1].startswith(text)

    def call() -> None:
        try:
            with Program(node) as program:
                wait_for(lambda: camera_is("on"), timeout_s=60)
                program.open()
                wait_for(lambda: camera_is("handed to another program (python"), timeout_s=30)
                sent = camera.pictures_sent
                program.close()
                wait_for(lambda: camera_is("on") and camera.pictures_sent > sent, timeout_s=30)
        finally:
            ask(data_dir / "control", "stop")

    calling = threading.Thread(target=call)
    calling.start()
    code = main(["--data-dir", str(data_dir), "run", "--source", camera.url, "--no-tray"])
    calling.join(30)

    assert code == 0
    assert told[-1] == "on"
    events = [e for e in recorded_events(data_dir) if str(e.kind).startswith("camera")]
    assert [(e.kind, detail_words(e)) for e in events] == [
        (EventKind.CAMERA_LOST, "handed to another program"),
        (EventKind.CAMERA_BACK, camera.url),
    ]


def test_monitor_that_starts_during_a_call_waits_for_its_end(data_dir, camera, monkeypatch):
    node = data_dir.parent / "video0"
    node.touch()
    monkeypatch.setenv("POSTURE_MONITOR_NOTIFICATIONS_BACKEND", "none")
    monkeypatch.setattr("posture_monitor.vision.capture.node_of", lambda _src: node)

    def open_free(_src: str, settings: Any, **options: Any) -> Any:
        if holders_of(str(node)):
            raise CameraError("camera 0 can't be opened; end the program that uses it")
        return open_stream(camera.url, settings, clock=options["clock"])

    monkeypatch.setattr("posture_monitor.vision.capture.open_source", open_free)
    told: list[str] = []

    def camera_is(text: str) -> bool:
        with suppress(PostureMonitorError):  # not there yet
            told.append(str(ask(data_dir / "control", "status")["camera"]))
        return bool(told) and told[-1].startswith(text)

    def hang_up() -> None:
        try:
            wait_for(lambda: camera_is("handed to another program (python"), timeout_s=60)
            call.close()
            wait_for(lambda: camera_is("on"), timeout_s=30)
        finally:
            ask(data_dir / "control", "stop")

    with Program(node) as call:
        call.open()
        hanging_up = threading.Thread(target=hang_up)
        hanging_up.start()
        code = main(["--data-dir", str(data_dir), "run", "--source", "0", "--no-tray"])
        hanging_up.join(30)

        call.open()
        monkeypatch.setenv("POSTURE_MONITOR_CAMERA_YIELD_TO_OTHERS", "false")
        refused = main(["--data-dir", str(data_dir), "run", "--source", "0", "--no-tray"])

    assert (code, refused) == (0, 1)
    assert told[-1] == "on"


def test_second_monitor_is_refused_while_the_first_goes_on_unharmed(data_dir, camera):
    with watch(data_dir, camera) as running:
        running.wait_until_told("sitting_started")
        second = posture_monitor("--data-dir", data_dir, "run", "--source", camera.url)
        assert told(second) == (
            f"a monitor already runs on {data_dir}; end it with `posture-monitor stop`,"
            " or give this one another --data-dir"
        )
        report = posture_monitor("--data-dir", data_dir, "report", "--format", "json")
        assert (report.returncode, report.stderr) == (0, "")
        before_s = recorded_s(data_dir)
        wait_for(lambda: recorded_s(data_dir) > before_s + 1.0, timeout_s=30)
        assert running.end(signal.SIGINT) == 130

    assert running.err.splitlines()[-1] == "posture-monitor: interrupted"
    assert kinds(recorded_events(data_dir))[-1] is EventKind.SITTING_ENDED


def test_nobody_else_can_read_any_file_under_the_most_careless_umask(data_dir, camera):
    with watch(data_dir, camera) as running:
        running.wait_until_told("sitting_started")
        while_running = modes(data_dir)
        assert running.end() == 0

    assert while_running.pop(".") == "0o700"
    assert while_running.keys() >= {
        "history.db",
        "history.db-wal",
        "history.db-shm",
        "monitor.lock",
        "posture-monitor.log",
    }
    assert set(while_running.values()) == {"0o600"}
    assert set(modes(data_dir).values()) == {"0o700", "0o600"}


def test_run_of_given_length_ends_although_the_camera_is_gone(data_dir, camera):
    with watch(data_dir, camera, "--duration", "6") as running:
        running.wait_until_told("sitting_started")
        camera.stall()
        try:
            assert running.process.wait(30) == 0
        finally:
            camera.drop()
            camera.resume()

    assert EventKind.CAMERA_LOST in kinds(recorded_events(data_dir))


def test_live_run_shows_in_the_report_of_the_day(data_dir, camera):
    done = posture_monitor(
        *("--data-dir", data_dir, "run", "--source", camera.url, "--duration", "3"),
        environ=environment(**SHORT),
    )
    assert done.returncode == 0, done.stderr

    report = posture_monitor("--data-dir", data_dir, "report", "--session", "last")
    assert report.returncode == 0
    assert "recorded live" in report.stdout
    assert "Sitting" in report.stdout
    assert "Nothing was recorded" not in report.stdout


def test_what_is_older_than_the_retention_goes_when_the_monitor_starts(data_dir, camera):
    now = datetime.now(UTC)
    with Store(data_dir / "history.db") as store:
        for days in (40, *range(20, 12, -1)):
            at = now - timedelta(days=days)
            run = store.begin_run("camera", live=True, profile=None, started_at=at)
            run.heartbeat(Interval(at, 3600.0, State.SITTING, strained=False))
            run.close()
    done = posture_monitor(
        *("--data-dir", data_dir, "run", "--source", camera.url, "--duration", "1"),
        environ=environment(**SHORT, POSTURE_MONITOR_HISTORY_RETENTION_DAYS="30"),
    )
    assert done.returncode == 0, done.stderr

    kept = [i for i in recorded_intervals(data_dir) if i.duration_s == 3600.0]
    assert [(now - i.start_at).days for i in kept] == [20, 19, 18, 17, 16, 15, 14, 13]


def test_nothing_goes_by_a_clock_that_is_years_after_the_record_at_each_of_two_starts(
    data_dir, camera
):
    then = datetime.now(UTC) - timedelta(days=1096)  # as if the clock were three years ahead
    with Store(data_dir / "history.db") as store:
        run = store.begin_run("camera", live=True, profile=None, started_at=then)
        run.heartbeat(Interval(then, 3600.0, State.SITTING, strained=False))
        run.close()
    for _ in range(2):
        done = posture_monitor(
            *("--data-dir", data_dir, "run", "--source", camera.url, "--duration", "1"),
            environ=environment(**SHORT),
        )
        assert done.returncode == 0, done.stderr
        assert f"long after the days recorded before {then + timedelta(days=1):%Y-%m-%d}" in (
            done.stderr
        )

    kept = [i for i in recorded_intervals(data_dir) if i.duration_s == 3600.0]
    assert [(i.start_at - then).days for i in kept] == [0]

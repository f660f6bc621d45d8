"""Deleting what was recorded, and how starting with the session stands."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from posture_monitor import cli
from posture_monitor.domain import Event, EventKind, Interval, State
from posture_monitor.history.store import Store
from tests.builders import upright_baseline
from tests.program import environment, posture_monitor, told
from tests.record import recorded_events, recorded_intervals

LOCAL_NOON = datetime(2026, 3, 2, 12).astimezone()
NOON_US = int(LOCAL_NOON.timestamp()) * 1_000_000
"""Of a Monday, by the clock on this wall."""
DAY = timedelta(days=1)


@pytest.fixture
def data_dir(tmp_path):
    """Three days with an hour of sitting each, a profile, and a log of two files."""
    folder = tmp_path / "data"
    with Store(folder / "history.db") as store:
        recorder = store.begin_run("camera", live=True, profile=None, started_at=LOCAL_NOON)
        for number in range(3):
            at = LOCAL_NOON + number * DAY
            recorder.heartbeat(Interval(at.astimezone(UTC), 3600.0, State.SITTING, strained=False))
            recorder.event(at, Event(86400.0 * number, EventKind.SITTING_STARTED))
        store.save_profile("desk", upright_baseline().to_document(), LOCAL_NOON)
    for name in ("posture-monitor.log", "posture-monitor.log.1"):
        (folder / name).write_text("2026-03-02 12:00:00 sitting_started\n")
    return folder


def days(folder):
    """The days of the month of which something is left."""
    moments = [interval.start_at for interval in recorded_intervals(folder)]
    moments += [event.at for event in recorded_events(folder)]
    return [at.astimezone().day for at in moments]


def delete(folder, *words):
    done = posture_monitor("--data-dir", folder, "delete", *words)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_what_was_recorded_before_a_day_is_deleted_and_nothing_else(data_dir):
    assert delete(data_dir, "--before", "2026-03-04") == "4 entries are deleted\n"
    assert days(data_dir) == [4, 4]
    with Store(data_dir / "history.db") as store:
        assert [profile.name for profile in store.profiles()] == ["desk"]
    assert (data_dir / "posture-monitor.log").exists()


def test_nothing_is_deleted_where_nothing_is_that_old(data_dir):
    assert delete(data_dir, "--before", "2026-03-02") == "0 entries are deleted\n"
    assert days(data_dir) == [2, 3, 4, 2, 3, 4]


def test_all_that_was_recorded_goes_with_profiles_and_log(data_dir):
    assert delete(data_dir, "--all", "--yes") == "7 entries are deleted\n"
    assert days(data_dir) == []
    with Store(data_dir / "history.db") as store:
        assert store.profiles() == []
    assert sorted(path.name for path in data_dir.glob("*.log*")) == []
    left = b"".join(path.read_bytes() for path in data_dir.iterdir() if path.is_file())
    assert b"sitting_started" not in left


def test_without_a_terminal_and_without_a_yes_nothing_is_deleted(data_dir):
    done = posture_monitor("--data-dir", data_dir, "delete", "--all", input="yes\n")

    assert told(done) == ("--all deletes the record and all profiles for good; add --yes to do it")
    assert days(data_dir) == [2, 3, 4, 2, 3, 4]
    assert (data_dir / "posture-monitor.log").exists()


@pytest.mark.parametrize(
    ("answer", "left", "exit_code"),
    [("y", [], 0), ("YES", [], 0), ("n", [2, 3, 4], 1), ("", [2, 3, 4], 1), ("yet", [2, 3, 4], 1)],
)
def test_at_a_terminal_everything_is_deleted_only_after_a_yes(data_dir, answer, left, exit_code):
    pty = pytest.importorskip("pty")
    ours, terminal = pty.openpty()
    os.write(ours, answer.encode() + b"\n")
    done = subprocess.run(
        [sys.executable, "-m", "posture_monitor", "--data-dir", data_dir, "delete", "--all"],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env=environment(),
        timeout=60.0,
        check=False,
    )
    shown = os.read(ours, 10_000).decode()
    os.close(ours)
    os.close(terminal)

    assert "Delete the record (days: 3, profiles: 1) and the log for good? [y/N] " in shown
    assert done.returncode == exit_code, shown
    assert days(data_dir) == left * 2


def test_deleting_from_an_empty_record_deletes_nothing(tmp_path):
    assert delete(tmp_path / "data", "--all", "--yes") == "0 entries are deleted\n"


def test_what_is_damaged_is_said_in_reports_until_it_is_deleted(data_dir):
    with Store(data_dir / "history.db") as store, store.transaction() as db:
        db.execute("UPDATE intervals SET duration_s = 3601.0 WHERE start_at_us = ?", (NOON_US,))
    report = ("report", "--since", "2026-03-01", "--until", "2026-03-06", "--format", "json")

    told = posture_monitor("--data-dir", data_dir, *report)
    assert "the record is damaged: entries of 2026-03-02 (UTC)" in told.stderr
    assert json.loads(told.stdout)["sitting_s"] == 7200.0
    assert delete(data_dir, "--damaged") == "1 entries are deleted\n"
    told = posture_monitor("--data-dir", data_dir, *report)
    assert told.stderr == ""
    assert json.loads(told.stdout)["damaged_days"] == []


def test_day_that_is_none_is_declined_in_words(data_dir):
    done = posture_monitor("--data-dir", data_dir, "delete", "--before", "last week")

    assert told(done) == "'last week' is no date; write it like 2026-01-31, or today"
    assert days(data_dir) == [2, 3, 4, 2, 3, 4]


@pytest.mark.parametrize("words", [[], ["--all", "--before", "2026-03-04"]], ids=["none", "both"])
def test_delete_wants_to_know_exactly_what(words, data_dir):
    done = posture_monitor("--data-dir", data_dir, "delete", *words)

    assert done.returncode == 2
    assert days(data_dir) == [2, 3, 4, 2, 3, 4]


def test_autostart_is_off_until_it_is_turned_on(tmp_path):
    home = environment(HOME=str(tmp_path), XDG_CONFIG_HOME=str(tmp_path / "config"))
    done = posture_monitor("--data-dir", tmp_path / "data", "autostart", "status", environ=home)

    assert done.returncode == 0, done.stderr
    assert re.fullmatch(rf"autostart is off \([\w -]+: {tmp_path}\S+\)\n", done.stdout)
    assert not (tmp_path / "config").exists()


def test_what_starts_with_the_session_uses_the_folder_and_the_settings_of_that_call(tmp_path):
    home = environment(HOME=str(tmp_path), XDG_CONFIG_HOME=str(tmp_path / "config"))
    home.pop("XDG_RUNTIME_DIR", None)
    (tmp_path / "my own.toml").touch()
    done = posture_monitor(
        *("--data-dir", "here & there", "--config", "my own.toml", "autostart", "on"),
        environ=home,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    entry = (tmp_path / "config" / "autostart" / "posture-monitor.desktop").read_text()

    (line,) = [line for line in entry.splitlines() if line.startswith("Exec=")]
    words = shlex.split(line.removeprefix("Exec="))
    assert words[-5:] == [
        *("--data-dir", f"{tmp_path}/here & there"),
        *("--config", f"{tmp_path}/my own.toml"),
        "run",
    ]
    started = subprocess.run(
        [*words[:-1], "config", "path"], capture_output=True, text=True, env=home, check=True
    )
    assert f"{tmp_path}/here & there" in started.stdout
    assert f"{tmp_path}/my own.toml" in started.stdout


# --------------------------------------------------------------------------- autostart


def started_by(home):
    """The words that a session starts, without the program's own."""
    line = next(
        line
        for line in (home / ".config/autostart/posture-monitor.desktop").read_text().splitlines()
        if line.startswith("Exec=")
    )
    words = shlex.split(line.removeprefix("Exec="))
    return words[words.index("--data-dir") :]


def test_autostart_keeps_the_options_of_run(tmp_path, capsys, monkeypatch):
    for name in ("XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    data = ("--data-dir", str(tmp_path / "data"))
    options = ("--source", "Desk camera", "--mirror", "--rotate", "90", "--profile", "office")

    assert cli.main([*data, "autostart", "on", *options]) == 0
    assert started_by(tmp_path) == [*data, "run", *options]
    said = capsys.readouterr().out
    assert f"run {shlex.join(options)}" in said

    assert cli.main([*data, "autostart", "on", "--source", "rtsp://me:secret@10.0.0.7/x"]) == 1
    assert "config edit" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        cli.main([*data, "autostart", "off", "--profile", "office"])
    assert cli.main([*data, "autostart", "off"]) == 0

"""Names are bytes: no name of a file or a source crashes the program or steers a terminal."""

from __future__ import annotations

import logging
import os
import shutil
import signal
from dataclasses import replace
from io import StringIO
from multiprocessing import active_children
from pathlib import Path

import pytest

from posture_monitor import cli
from posture_monitor.analysis.planning import Options, plan, rows_of
from posture_monitor.analysis.workers import analyse_apart
from posture_monitor.commands.context import Bar, open_context
from posture_monitor.config import Settings
from posture_monitor.system.logs import logging_to
from posture_monitor.system.names import shown
from tests.analysis import SLOUCHES, analyze, rows, summary
from tests.program import WORKDAY, environment, posture_monitor, told
from tests.streams import make_video

STEERING = "a\x1b[2J\x07\nb\u202e.mp4"
WRITTEN_OUT = r"a\x1b[2J\x07\x0ab\u202e.mp4"


@pytest.fixture
def latin(tmp_path):
    """A recording from a disk whose names are Latin-1."""
    path = tmp_path / os.fsdecode(b"caf\xe9.mp4")
    shutil.copyfile(SLOUCHES, path)
    return path


def test_recording_whose_name_is_not_utf8_is_read_like_any_other(results, latin, tmp_path):
    assert analyze(tmp_path / "out", latin) == 0

    assert rows(tmp_path / "out", latin.stem) == rows(results, "02_slouch_office")
    assert list(summary(tmp_path / "out")["videos"]) == [r"caf\xe9"]
    done = posture_monitor("--data-dir", tmp_path / "data", "report", "--source", latin.name)
    assert (done.returncode, done.stderr) == (0, "")
    assert r"recording caf\xe9.mp4" in done.stdout


def test_recording_whose_name_python_reads_in_another_encoding_is_found(tmp_path):
    utf8 = make_video(tmp_path / "café.avi", [n / 5.0 for n in range(5)], codec="mjpeg")
    ascii_only = environment(LC_ALL="POSIX", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    done = posture_monitor(
        *("--data-dir", tmp_path / "data", "analyze", utf8, "--out", tmp_path / "out"),
        environ=ascii_only,
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_address_that_is_not_utf8_is_refused(tmp_path):
    address = os.fsdecode(b"http://127.0.0.1:9/caf\xe9")
    done = posture_monitor(*("--data-dir", tmp_path, "run", "--source", address))

    assert "can't be opened" in told(done)


@pytest.mark.parametrize(
    "command",
    [
        ["run", "--source"],
        ["calibrate", "--source"],
        ["analyze", "--out", "out"],
        ["report", "--source"],
    ],
    ids=lambda command: command[0],
)
def test_name_that_would_steer_the_terminal_is_written_out(command, tmp_path):
    done = posture_monitor("--data-dir", tmp_path / "data", *command, STEERING, cwd=tmp_path)

    assert WRITTEN_OUT in told(done)
    assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize("length", [256, 5000])
def test_path_that_is_too_long_is_told(length, tmp_path, capsys):
    data = ("--data-dir", str(tmp_path / "data"))
    name = "x" * length
    for words in (
        (*data, "run", "--source", name),
        (*data, "analyze", name, "--out", str(tmp_path / "out")),
        (*data, "analyze", str(SLOUCHES), "--out", name),
        (*data, "report", "--out", name),
        (*data, "export", "--out", name),
        (*data, "--config", name, "config", "show"),
        ("--data-dir", name, "report"),
    ):
        assert cli.main(words) == 1, words
        assert len(capsys.readouterr().err.splitlines()) == 1, words


def test_name_as_long_as_a_name_can_be_is_analysed_or_told_to_be_shortened(tmp_path):
    fits = make_video(tmp_path / ("v" * 239 + ".avi"), [n / 5.0 for n in range(5)], codec="mjpeg")
    longest = tmp_path / ("v" * 251 + ".avi")
    longest.symlink_to(fits)

    assert analyze(tmp_path / "out", fits) == 0
    done = posture_monitor("--data-dir", tmp_path, "analyze", longest, "--out", tmp_path / "out")
    assert "shorten the name" in told(done)


def test_progress_bar_shows_a_name_as_it_is(tmp_path):
    class Terminal(StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    context = replace(open_context(str(tmp_path), None, verbose=False), err=terminal)
    with Bar(context, "[/bold] [x].mp4") as bar:
        bar(0.5, "[/]")

    assert "[/bold] [x].mp4" in terminal.getvalue()


def test_log_line_of_such_a_name_stays_one_line(tmp_path):
    path = tmp_path / "log"
    with logging_to(path, lambda _line: None):
        logging.getLogger("posture_monitor").info("lost %s", STEERING + os.fsdecode(b"\xe9"))

    (line,) = path.read_text(encoding="utf-8").splitlines()
    assert line.endswith(rf"lost {WRITTEN_OUT}\xe9")


def test_worker_that_crashes_costs_its_own_video(tmp_path):
    # The first is killed twice, the second once: a crash may have been chance.
    jobs = plan(rows_of([str(WORKDAY), str(SLOUCHES)]), tmp_path, Settings(), Options(), {})
    killed = []

    def crash(_done: float, _read_s: float) -> None:
        worker = active_children()[0].pid
        if len(killed) < 3 and worker not in killed:
            killed.append(worker)
            os.kill(worker, signal.SIGSEGV)

    first, second = analyse_apart(jobs, 1, crash)

    assert first.error == (
        f"{WORKDAY} could not be analysed (its decoder crashed: SIGSEGV, twice);"
        " the other videos were"
    )
    assert (second.error, second.name, second.observed_s) == (None, "02_slouch_office", 24.0)
    assert len(killed) == 3
    assert active_children() == []


def test_shown_leaves_ordinary_names_alone():
    for name in ("Café 東京 🎥.mp4", "a b\\c.mp4", Path("x/y.mkv")):
        assert shown(name) == str(name)

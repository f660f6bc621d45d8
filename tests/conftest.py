"""What takes long and serves many tests: made once for a session."""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.analysis import LEAVES, SLOUCHES, analyze
from tests.program import WORKDAY, Running, posture_monitor

if TYPE_CHECKING:
    from pathlib import Path

# FFmpeg reads this when a process opens its first video, which may be a test's own.
os.environ.pop("LANGUAGE", None)  # texts are compared in English
os.environ["LC_ALL"] = "C.UTF-8"
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

# A shell's background jobs ignore Ctrl-C, and so would every program started from here.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def results(tmp_path_factory):
    """Two clips at the usual two samples a second."""
    out = tmp_path_factory.mktemp("analyze") / "out"
    assert analyze(out, LEAVES, SLOUCHES) == 0
    return out


@dataclass(frozen=True)
class Watched:
    """A call that has ended, and where it kept its record."""

    exit_code: int
    out: str
    err: str
    data_dir: Path


@dataclass(frozen=True)
class Mornings:
    """The working morning, watched in two ways."""

    demo: Watched
    """By `demo`, without a network where that can be taken away."""
    learned: Watched
    """By `run` at full speed, without a profile."""


def without_network() -> list[str]:
    """What starts a program without any network, not even loopback; nothing where not allowed."""
    before = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--user", "--net"]
    try:
        allowed = subprocess.run([*before, "true"], check=False, capture_output=True).returncode
    except FileNotFoundError:
        return []
    return before if allowed == 0 else []


@pytest.fixture(scope="session")
def mornings(tmp_path_factory):
    """Both at the same time, for each takes half a minute of processor time."""
    folder = tmp_path_factory.mktemp("morning")
    data_dirs = folder / "demo-data", folder / "learned-data"
    with (
        Running(
            folder / "demo", "--data-dir", data_dirs[0], "demo", before=without_network()
        ) as demo,
        Running(
            folder / "learned",
            *("--data-dir", data_dirs[1], "run", "--source", WORKDAY, "--speed", "max"),
        ) as learned,
    ):
        watched = [
            Watched(running.process.wait(300), running.out, running.err, data_dir)
            for running, data_dir in zip((demo, learned), data_dirs, strict=True)
        ]
    return Mornings(*watched)


@pytest.fixture(scope="session")
def calibrated(tmp_path_factory):
    """A data folder with the profile 'desk' of the person who slouches in the clip."""
    data_dir = tmp_path_factory.mktemp("calibrated") / "data"
    done = posture_monitor(
        *("--data-dir", data_dir, "calibrate", "--source", SLOUCHES),
        *("--start", "0", "--end", "6", "--profile", "desk"),
    )
    assert done.returncode == 0, done.stderr
    return data_dir


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    """What a test printed and logged reaches the other process as text: names that are no text
    (tests/test_names.py) would end that process.
    """
    report = yield
    report.sections = [
        (title, content.encode("utf-8", "backslashreplace").decode())
        for title, content in report.sections
    ]
    return report

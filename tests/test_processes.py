"""Processes that hold pictures: none leaves a core dump, no worker outlives its command."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.program import WORKDAY, Running, children_of, environment
from tests.streams import MjpegServer, make_video, wait_for

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="as /proc tells")

CRASH = """
import ctypes, os, sys
from posture_monitor.system.processes import forbid_core_dumps
if sys.argv[1] == "forbidden":
    forbid_core_dumps()
os.abort()
"""


def dumps(folder: Path, how: str) -> bool:
    """Whether a crash in the folder left a core dump there, with no limit on its size."""
    allowed = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    with subprocess.Popen(
        [sys.executable, "-c", CRASH, how], cwd=folder, env=environment(),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, allowed),
    ) as process:  # fmt: skip
        # The kernel marks in the status whether it wrote one, wherever that went.
        _, status = os.waitpid(process.pid, 0)
        process.returncode = -signal.SIGABRT
    assert os.WIFSIGNALED(status)
    return os.WCOREDUMP(status)


@linux
def test_a_crash_writes_no_core_dump_whatever_the_limit_was(tmp_path):
    if not dumps(tmp_path, "allowed"):
        pytest.skip("this system writes no core dumps")

    assert not dumps(tmp_path, "forbidden")


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def core_limit(pid: int) -> str:
    limits = Path(f"/proc/{pid}/limits").read_text()
    return next(row for row in limits.splitlines() if row.startswith("Max core file")).split()[4]


@linux
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP])
def test_workers_end_with_their_command_and_leave_no_half_written_files(tmp_path, number):
    out = tmp_path / "out"
    videos = [WORKDAY, tmp_path / "again.mp4"]
    videos[1].symlink_to(WORKDAY)
    with Running(
        tmp_path,
        *("--data-dir", tmp_path / "data", "analyze", *videos, "--out", out, "--workers", "2"),
    ) as running:
        wait_for(lambda: len(list(out.glob(".*partial"))) == 4, timeout_s=60)
        workers = children_of(running.process.pid)
        assert len(workers) >= 2
        os.kill(running.process.pid, number)
        wait_for(lambda: not any(lives(pid) for pid in workers), timeout_s=20)
        running.process.wait(30)

    assert list(out.glob(".*partial")) == []


@linux
def test_programs_with_pictures_allow_no_dump_their_workers_neither(tmp_path):
    allowed = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    videos = [WORKDAY, tmp_path / "again.mp4"]
    videos[1].symlink_to(WORKDAY)
    out = tmp_path / "out"
    with Running(
        tmp_path,
        *("--data-dir", tmp_path / "data", "analyze", *videos, "--out", out, "--workers", "2"),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, allowed),
    ) as running:
        wait_for(lambda: len(list(out.glob(".*partial"))) == 4, timeout_s=60)
        seen = [running.process.pid, *children_of(running.process.pid)]
        tracker = b"resource_tracker"  # of Python's own, which sees no picture
        pids = [pid for pid in seen if tracker not in Path(f"/proc/{pid}/cmdline").read_bytes()]
        limits = [core_limit(pid) for pid in pids]

    assert limits == ["0", "0", "0"]


@pytest.fixture
def camera(tmp_path):
    video = make_video(tmp_path / "camera.mp4", [n / 25.0 for n in range(25)])
    with MjpegServer(video) as server:
        yield server


@pytest.mark.parametrize("nohup", [True, False])
def test_the_end_of_a_terminal_ends_a_run_unless_it_was_started_with_nohup(tmp_path, camera, nohup):
    with Running(
        tmp_path / "streams",
        *("--data-dir", tmp_path / "data", "run", "--source", camera.url, "--no-tray"),
        before=["nohup"] if nohup else [],
    ) as running:
        running.wait_until_told("watching")
        os.kill(running.process.pid, signal.SIGHUP)
        if nohup:
            before = camera.pictures_sent
            wait_for(lambda: camera.pictures_sent > before + 50)
            assert running.process.poll() is None
            assert running.end(signal.SIGTERM) == 0
        else:
            assert running.process.wait(30) == 0


def test_a_thread_that_waits_for_a_parent_is_started_in_workers_alone():
    from posture_monitor.system.processes import end_with_parent

    end_with_parent(lambda: None)

    assert not any(thread.name == "parent" for thread in threading.enumerate())

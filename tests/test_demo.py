"""`demo`: the whole job for someone who has just installed it, without camera or network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from tests.conftest import without_network
from tests.program import ROOT, WORKDAY, environment, posture_monitor, told


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

"""Who else is at the camera's device: real files, real processes, the kernel's own answers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from posture_monitor.core.day.contention import Contention
from posture_monitor.vision.capture import node_of
from posture_monitor.vision.contention import (
    DeviceWatch,
    NoContentionWatch,
    holders_of,
    open_contention_watch,
)
from tests.others import Program
from tests.program import environment

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="inotify")


@pytest.fixture(params=["file", "pipe"])
def node(request, tmp_path):
    """Stands in for /dev/video0."""
    path = tmp_path / "video0"
    if request.param == "pipe":
        os.mkfifo(path)
    else:
        path.touch()
    return path


@pytest.fixture
def watch(node):
    watching = DeviceWatch(lambda: node)
    watching.begin()
    yield watching
    watching.close()


@pytest.fixture
def program(node):
    with Program(node) as running:
        yield running


def test_nothing_happens_while_nobody_comes(watch, program):
    assert watch.ask() == Contention()
    assert watch.names() == ()


def test_program_that_holds_on_is_seen_and_named_until_it_lets_go(watch, program):
    program.open()
    assert watch.ask() == Contention(opened=True, held=True)
    assert watch.names() == (Path(sys.executable).name[:15],)
    assert watch.ask() == Contention(held=True)

    program.close()
    assert watch.ask() == Contention()
    assert watch.names() == ()


def test_program_that_is_killed_lets_go(watch, program):
    program.open()
    assert watch.ask().held

    program.kill()

    assert watch.ask() == Contention()


def test_program_that_only_looks_has_opened_it_and_holds_nothing(watch, program):
    program.list_cameras()

    assert watch.ask() == Contention(opened=True, held=False)
    assert watch.ask() == Contention()


def test_who_had_it_open_before_does_not_want_it_until_it_is_opened_anew(node, program):
    program.open()
    watch = DeviceWatch(lambda: node)
    watch.begin()
    with Program(node) as other:
        other.list_cameras()
        assert watch.ask() == Contention(opened=True, held=False)

        program.open()  # a second time, beside the first
        assert watch.ask() == Contention(opened=True, held=True)
        program.close()
        assert watch.ask() == Contention()

        program.close()
        assert watch.ask() == Contention()
        program.open()
        assert watch.ask() == Contention(opened=True, held=True)
    watch.close()


def test_who_has_it_while_it_can_not_be_opened_is_why(node, program):
    program.open()
    watch = DeviceWatch(lambda: node)
    watch.begin(taken=False)

    assert watch.ask() == Contention(held=True)
    with Program(node) as other:
        other.list_cameras()
        assert watch.ask() == Contention(opened=True, held=True)
    program.close()
    assert watch.ask() == Contention()
    watch.close()


def test_own_opening_is_none_of_others(node, watch):
    with open(node, "rb+", buffering=0) if node.is_file() else open(node, "r+b", buffering=0):
        assert watch.ask().held is False
        watch.begin()
        assert watch.ask() == Contention()


def test_what_went_before_is_forgotten_when_the_camera_is_opened(watch, program):
    program.list_cameras()
    watch.begin()

    assert watch.ask() == Contention()


def test_device_that_is_unplugged_is_held_by_nobody_and_watched_again_when_it_is_back(
    node, watch, program
):
    program.open()
    assert watch.ask().held
    node.unlink()
    assert watch.ask().held is False

    node.touch()
    watch.begin()
    with Program(node) as other:
        other.open()
        assert watch.ask() == Contention(opened=True, held=True)


def test_device_that_is_gone_when_it_is_taken_is_no_error(tmp_path):
    watch = DeviceWatch(lambda: tmp_path / "video7")
    watch.begin()

    assert watch.ask() == Contention()
    watch.close()
    watch.close()


def test_source_without_a_device_has_no_contention():
    watch = open_contention_watch(lambda: None)
    watch.begin()

    assert watch.known is True
    assert watch.ask() == Contention()
    watch.close()


def test_link_to_the_device_is_followed(node, program, tmp_path):
    link = tmp_path / "by-name"
    link.symlink_to(node)
    watch = DeviceWatch(lambda: link)
    watch.begin()
    program.open()

    assert watch.ask() == Contention(opened=True, held=True)
    watch.close()


def test_watching_opens_the_device_at_no_time(node):
    with Program(node) as program:
        watch = DeviceWatch(lambda: node)
        spy = DeviceWatch(lambda: node)
        spy.begin()
        watch.begin()
        program.open()
        spy.ask()
        watch.ask()
        holders_of(str(node))

        assert spy.ask() == Contention(held=True)
        spy.close()
        watch.close()


def test_more_openings_than_the_kernel_keeps_still_count(node, watch):
    limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    with Program(node) as program:
        program.open()
        for _ in range(limit // 2 + 10):
            os.close(os.open(node, os.O_RDWR | os.O_NONBLOCK))
        program.close()

        assert watch.ask() == Contention(opened=True, held=False)


def test_system_without_a_watch_left_is_not_an_error(node):
    script = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from posture_monitor.vision.contention import open_contention_watch\n"
        "import posture_monitor.core.day.contention\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))\n"
        "watch = open_contention_watch(lambda: Path(sys.argv[1]))\n"
        "watch.begin()\n"
        "print(type(watch).__name__, watch.known, watch.ask(), watch.names())\n"
        "watch.close()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(node)],
        capture_output=True,
        text=True,
        env=environment(),
        check=True,
    )

    assert done.stdout == "NoContentionWatch False Contention(opened=False, held=False) ()\n"


def test_other_systems_tell_nothing(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")

    assert isinstance(open_contention_watch(lambda: None), NoContentionWatch)
    assert node_of("0") is None


@pytest.mark.parametrize(
    ("src", "node"),
    [
        ("0", Path("/dev/video0")),
        ("/dev/video2", Path("/dev/video2")),
        ("http://127.0.0.1/x.mjpg", None),
        ("day.mp4", None),
        ("No Such Camera", None),
    ],
)
def test_camera_is_a_device_and_other_sources_are_not(src, node):
    assert node_of(src) == node

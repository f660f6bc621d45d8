"""The small Wayland client: a real compositor, and scripted ones for what Debian has not yet."""

from __future__ import annotations

import asyncio
import os
import shutil
import struct
import subprocess
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from posture_monitor.desktop import wayland
from posture_monitor.desktop.activity_linux import LinuxActivity
from posture_monitor.desktop.wayland import WaylandError, connect_wayland
from tests.desktop.desk import need
from tests.streams import wait_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

SEAT = ("wl_seat", 7)


def message(sender: int, event: int, body: bytes = b"") -> bytes:
    return struct.pack("=II", sender, (8 + len(body)) << 16 | event) + body


class Compositor:
    """Offers what it is told, and notes how it is asked about pauses."""

    def __init__(self, *offered: tuple[str, int]) -> None:
        self.offered = offered
        self.bound: list[tuple[str, int, int]] = []
        """Interface, version and object."""
        self.asked: list[tuple[int, int, tuple[int, int, int]]] = []
        self.writer: asyncio.StreamWriter | None = None
        self.ended = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        try:
            while True:
                target, word = struct.unpack("=II", await reader.readexactly(8))
                body = await reader.readexactly((word >> 16) - 8)
                self.answer(target, word & 0xFFFF, body)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            self.ended.set()

    def answer(self, target: int, request: int, body: bytes) -> None:
        assert self.writer is not None
        if (target, request) == (1, 1):
            (registry,) = struct.unpack("=I", body)
            for number, (interface, version) in enumerate(self.offered, start=1):
                text = interface.encode() + b"\0"
                padded = text + bytes(-len(text) % 4)
                head = struct.pack("=II", number, len(text)) + padded
                self.writer.write(message(registry, 0, head + struct.pack("=I", version)))
        elif (target, request) == (1, 0):
            self.writer.write(message(struct.unpack("=I", body)[0], 0, struct.pack("=I", 7)))
        elif target == 2:
            version, made = struct.unpack("=II", body[-8:])
            length = struct.unpack_from("=I", body, 4)[0]
            self.bound.append((body[8 : 8 + length - 1].decode(), version, made))
        else:
            self.asked.append((target, request, struct.unpack("=III", body)))

    def tell(self, notification: int, event: int) -> None:
        assert self.writer is not None
        self.writer.write(message(notification, event))


@asynccontextmanager
async def running(folder: Path, compositor: Compositor) -> AsyncIterator[dict[str, str]]:
    server = await asyncio.start_unix_server(compositor.serve, str(folder / "wayland-9"))
    async with server:
        try:
            yield {"WAYLAND_DISPLAY": "wayland-9", "XDG_RUNTIME_DIR": str(folder)}
        finally:
            if compositor.writer is not None:
                compositor.writer.close()
                await compositor.ended.wait()


async def until(condition) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


@pytest.mark.parametrize(
    ("version", "bound", "request_number"), [(1, 1, 1), (2, 2, 2), (9, 2, 2)]
)  # from version 2 on, of input alone
def test_pauses_are_heard_by_ext_idle_notify(tmp_path, version, bound, request_number):
    compositor = Compositor(("wl_shm", 1), ("ext_idle_notifier_v1", version), SEAT)

    async def film() -> tuple[str, list[float]]:
        async with running(tmp_path, compositor) as environment:
            idle = await connect_wayland(environment)
            await until(lambda: compositor.asked)
            notification = compositor.asked[0][2][0]
            told = [idle.idle_s()]
            compositor.tell(notification, 0)
            await until(lambda: idle.idle_s() > 0.0)
            told.append(idle.idle_s())
            compositor.tell(notification, 1)
            await until(lambda: idle.idle_s() == 0.0)
            told.append(idle.idle_s())
            idle.close()
            return idle.name, told

    name, (before, paused, after) = asyncio.run(film())

    assert name == "ext-idle-notify"
    assert (before, after) == (0.0, 0.0)
    assert 2.0 <= paused < 3.0
    manager, seat = compositor.bound
    assert manager[:2] == ("ext_idle_notifier_v1", bound)
    assert compositor.asked == [(manager[2], request_number, (6, 2000, seat[2]))]


def test_somebody_at_any_seat_is_somebody(tmp_path):
    compositor = Compositor(("ext_idle_notifier_v1", 1), SEAT, SEAT)

    async def film() -> list[float]:
        async with running(tmp_path, compositor) as environment:
            idle = await connect_wayland(environment)
            await until(lambda: len(compositor.asked) == 2)
            first, second = (asked[2][0] for asked in compositor.asked)
            compositor.tell(first, 0)
            await until(lambda: None not in (idle._idle_since_s[first],))
            told = [idle.idle_s()]
            compositor.tell(second, 0)
            await until(lambda: idle.idle_s() > 0.0)
            idle.close()
            return told

    assert asyncio.run(film()) == [0.0]


@pytest.mark.parametrize("offered", [[SEAT], [("ext_idle_notifier_v1", 1)], []])
def test_a_compositor_that_does_not_tell_is_an_error(tmp_path, offered):
    async def film() -> None:
        async with running(tmp_path, Compositor(*offered)) as environment:
            await connect_wayland(environment)

    with pytest.raises(WaylandError, match="does not tell of pauses"):
        asyncio.run(film())


def test_a_compositor_that_says_nothing_is_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(wayland, "TIMEOUT_S", 0.1)

    class Silent(Compositor):
        def answer(self, target: int, request: int, body: bytes) -> None:
            """Never."""

    async def film() -> None:
        async with running(tmp_path, Silent()) as environment:
            await connect_wayland(environment)

    with pytest.raises(WaylandError, match="does not answer"):
        asyncio.run(film())


def test_a_compositor_that_goes_away_is_no_idle_user(tmp_path):
    compositor = Compositor(("ext_idle_notifier_v1", 1), SEAT)

    async def film() -> None:
        async with running(tmp_path, compositor) as environment:
            idle = await connect_wayland(environment)
            assert compositor.writer is not None
            compositor.writer.close()
            try:
                async with asyncio.timeout(10):
                    while True:
                        idle.idle_s()
                        await asyncio.sleep(0.005)
            finally:
                idle.close()

    with pytest.raises(WaylandError, match="gone"):
        asyncio.run(film())


@pytest.mark.parametrize(
    "environment", [{}, {"WAYLAND_DISPLAY": "wayland-0"}, {"XDG_RUNTIME_DIR": "/run/user/0"}]
)
def test_without_a_session_no_compositor_is_asked(environment):
    with pytest.raises(WaylandError, match="names no compositor"):
        asyncio.run(connect_wayland(environment))


# ------------------------------------------------------------------------------- sway


@pytest.fixture
def sway(tmp_path_factory) -> Iterator[dict[str, str]]:
    """A Sway without a screen; as another user, for it refuses to run as root."""
    need("sway", "wtype")
    folder = tmp_path_factory.mktemp("sway")
    config = folder / "config"
    config.write_text("xwayland disable\n")
    before: list[str] = []
    if os.getuid() == 0:
        need("setpriv")
        before = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]
    # Not below pytest's own folder, into which nobody else can look.
    runtime = folder.__class__(f"/tmp/posture-monitor-sway-{os.getpid()}")
    runtime.mkdir(mode=0o700)
    shutil.copy(config, runtime / "config")
    if before:
        shutil.chown(runtime, "nobody", "nogroup")
    environment = {
        "PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": str(runtime), "HOME": str(runtime),
        "WLR_BACKENDS": "headless", "WLR_LIBINPUT_NO_DEVICES": "1", "WLR_RENDERER": "pixman",
    }  # fmt: skip
    process = subprocess.Popen(
        [*before, "sway", "-c", str(runtime / "config")], env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for(lambda: (runtime / "wayland-1").exists(), timeout_s=20)
        yield {"WAYLAND_DISPLAY": "wayland-1", "XDG_RUNTIME_DIR": str(runtime)}
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(runtime, ignore_errors=True)


def test_a_real_compositor_tells_of_a_pause_and_of_a_key(sway):
    activity = LinuxActivity(sway)
    try:
        at_first = activity.idle_s()
        wait_for(lambda: (activity.idle_s() or 0.0) >= 2.0, timeout_s=20)
        paused = activity.idle_s()
        subprocess.run(["wtype", "x"], env={**os.environ, **sway}, check=True, timeout=20)
        wait_for(lambda: (activity.idle_s() or 0.0) < 2.0, timeout_s=20)
        facts = activity.facts()
    finally:
        activity.close()

    assert at_first is not None
    assert at_first < 2.0
    assert paused is not None
    assert paused >= 2.0
    assert facts["idle"] in ("KDE idle", "ext-idle-notify")

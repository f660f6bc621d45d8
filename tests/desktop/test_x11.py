"""The small X11 client: real servers, with and without a lock on the door."""

from __future__ import annotations

import asyncio
import secrets
import socket
import struct
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest

from posture_monitor.desktop.x11 import X11, X11Error, connect_x11
from tests.desktop.desk import need
from tests.streams import wait_for

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path


def asked(environment: dict[str, str], question: Callable[[X11], Awaitable[object]]) -> object:
    """The answer to one question."""

    async def ask() -> object:
        server = await connect_x11(environment)
        try:
            return await question(server)
        finally:
            server.close()

    return asyncio.run(ask())


def authority(*entries: tuple[int, bytes, bytes, bytes, bytes]) -> bytes:
    """An authority file."""
    content = b""
    for family, *texts in entries:
        content += struct.pack(">H", family)
        content += b"".join(struct.pack(">H", len(text)) + text for text in texts)
    return content


@pytest.mark.parametrize("display", ["", "far.example:0", ":x", "localhost:10.0", "/private/x:0"])
def test_only_local_servers_are_asked(display):
    with pytest.raises(X11Error, match="names no local X server"):
        asked({"DISPLAY": display}, lambda server: server.idle_s())


def test_server_that_is_not_there_is_an_error():
    with pytest.raises(OSError, match="onnect"):
        asked({"DISPLAY": ":4711"}, lambda server: server.idle_s())


def test_screen_number_and_unix_prefix_are_understood(screen):
    for display in (f"{screen['DISPLAY']}.0", f"unix{screen['DISPLAY']}"):
        assert isinstance(asked({"DISPLAY": display}, lambda server: server.idle_s()), float)


def test_screen_without_a_window_manager_tells_nothing_about_windows():
    need("Xvfb")
    with subprocess.Popen(
        ["Xvfb", "-displayfd", "1", "-noreset", "-nolisten", "tcp"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as server:
        assert server.stdout is not None
        environment = {"DISPLAY": f":{server.stdout.readline().strip().decode()}"}
        try:
            assert asked(environment, lambda x11: x11.full_screen()) is None
        finally:
            server.terminate()


def test_unknown_selection_has_no_owner(screen):
    assert asked(screen, lambda server: server.owner(b"_NOBODY_EVER_ASKED_FOR_THIS")) == 0


def test_locked_server_is_entered_with_the_right_cookie_alone(tmp_path):
    need("Xvfb")
    cookie, mine = secrets.token_bytes(16), socket.gethostname().encode()
    name = b"MIT-MAGIC-COOKIE-1"
    server_file: Path = tmp_path / "server"
    server_file.write_bytes(authority((65535, b"", b"", name, cookie)))
    with subprocess.Popen(
        ["Xvfb", "-displayfd", "1", "-auth", str(server_file), "-noreset"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as server:
        assert server.stdout is not None
        number = server.stdout.readline().strip()
        environment = {"DISPLAY": f":{number.decode()}", "XAUTHORITY": str(tmp_path / "client")}
        try:
            right = [
                (65535, b"", b"", name, cookie),
                (256, mine, number, name, cookie),
            ]
            wrong = [
                (256, mine, b"4711", name, cookie),
                (256, b"elsewhere", number, name, cookie),
                (0, b"\x7f\0\0\1", number, name, cookie),
                (256, mine, number, b"XDM-AUTHORIZATION-1", cookie),
                (256, mine, number, name, bytes(16)),
            ]
            for entry in right:
                (tmp_path / "client").write_bytes(authority(*wrong[:4], entry))
                assert isinstance(asked(environment, lambda x11: x11.idle_s()), float)
            for content in (*(authority(entry) for entry in wrong), b"", b"\1", b"\1\0\xff\xff"):
                (tmp_path / "client").write_bytes(content)
                with pytest.raises(X11Error, match="does not let this program in"):
                    asked(environment, lambda x11: x11.idle_s())
        finally:
            server.terminate()


def test_server_that_ends_is_an_error_and_not_a_wait(tmp_path):
    need("Xvfb")
    with subprocess.Popen(
        ["Xvfb", "-displayfd", "1", "-nolisten", "tcp"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as server:
        assert server.stdout is not None
        environment = {"DISPLAY": f":{server.stdout.readline().strip().decode()}"}

        async def question(x11: X11) -> object:
            server.terminate()
            await asyncio.to_thread(server.wait)
            return await x11.idle_s()

        with pytest.raises(OSError, match=r"answer|reset|Broken|lost"):
            asked(environment, question)


def test_server_that_says_nothing_is_given_up(tmp_path):
    number = next(n for n in range(900, 1000) if free(n))
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(f"\0/tmp/.X11-unix/X{number}")
        mute.listen()

        with pytest.raises(X11Error, match="does not answer"):
            asked({"DISPLAY": f":{number}"}, lambda x11: x11.idle_s())


def test_server_that_talks_nonsense_is_an_error(tmp_path):
    number = next(n for n in range(900, 1000) if free(n))
    with socket.socket(socket.AF_UNIX) as odd:
        odd.bind(f"\0/tmp/.X11-unix/X{number}")
        odd.listen()

        def serve() -> None:
            client, _ = odd.accept()
            with client:
                client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 4000)
                client.recv(1 << 16)

        server = threading.Thread(target=serve)
        server.start()
        with pytest.raises(X11Error):
            asked({"DISPLAY": f":{number}"}, lambda x11: x11.idle_s())
        server.join(5.0)
        wait_for(lambda: not server.is_alive())


def free(number: int) -> bool:
    """Whether no X server has this number."""
    with socket.socket(socket.AF_UNIX) as probe:
        for address in (f"/tmp/.X11-unix/X{number}", f"\0/tmp/.X11-unix/X{number}"):
            if probe.connect_ex(address) == 0:
                return False
    return True

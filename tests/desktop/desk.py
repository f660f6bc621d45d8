"""Real parts of a desktop for tests: buses, an X server, and whatever is started on them."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import threading
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import pytest
from dbus_fast import DBusError, Message, PropertyAccess, unpack_variants
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import (
    DBusBool,
    DBusDict,
    DBusInt32,
    DBusSignature,
    DBusStr,
    DBusUInt32,
)
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property, dbus_signal

from tests.streams import wait_for

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator, Mapping, Sequence
    from pathlib import Path

SYSTEM_PYTHON = "/usr/bin/python3"

_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={socket}</listen><auth>EXTERNAL</auth>
{services}
<policy context="default"><allow send_destination="*" eavesdrop="true"/>
<allow eavesdrop="true"/><allow own="*"/></policy></busconfig>"""


def need(*programs: str) -> None:
    """Skip where a program that the test drives is not installed."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}; see scripts/system-packages.txt")


@contextmanager
def running(
    command: Sequence[str], environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A program that runs meanwhile; its output goes nowhere, so that no pipe can fill."""
    with subprocess.Popen(
        list(command),
        env=None if environment is None else dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(5.0)
            except subprocess.TimeoutExpired:
                process.kill()


class BusDaemon:
    """A bus of its own that can be ended and started again at the same address."""

    def __init__(self, folder: Path, *, services: bool = False) -> None:
        """``services`` lets it start what the system has installed, as a real session does."""
        need("dbus-daemon")
        self._socket = folder / "bus"
        self._config = folder / "bus.conf"
        self._config.write_text(
            _CONFIG.format(
                socket=self._socket,
                services="<standard_session_servicedirs/>" if services else "",
            )
        )
        self.address = f"unix:path={self._socket}"
        self.environment: dict[str, str] = {**os.environ, "DBUS_SESSION_BUS_ADDRESS": self.address}
        self._stack = ExitStack()

    def start(self) -> None:
        self._socket.unlink(missing_ok=True)
        command = ["dbus-daemon", f"--config-file={self._config}", "--nofork", "--nopidfile"]
        self._stack.enter_context(running(command, self.environment))
        wait_for(self._answers)

    def stop(self) -> None:
        self._stack.close()

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self._socket)) == 0


class OwnLoop:
    """A loop in a thread for the fakes, apart from the one under test."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(10.0)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(5.0)
        self.loop.close()


@dataclass(frozen=True)
class Notified:
    """One call of Notify."""

    app: str
    replaces: int
    icon: str
    title: str
    body: str
    actions: list[str]
    hints: dict[str, Any]
    expire_ms: int


@dataclass
class Script:
    """How a fake notification service behaves, and what it was told."""

    capabilities: list[str] = field(default_factory=lambda: ["actions", "body", "body-markup"])
    name: str = "recorder"
    inhibited: bool | None = None
    """KDE's property; None where the service has none."""
    refuse: str = ""
    silent: bool = False
    press_at_once: str = ""
    """A button that is pressed before Notify has answered."""
    notified: list[Notified] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)


class _Notifications(ServiceInterface):
    """org.freedesktop.Notifications as the specification has it."""

    def __init__(self, script: Script) -> None:
        super().__init__("org.freedesktop.Notifications")
        self._script = script
        self._last = 100

    @dbus_method()
    def GetCapabilities(self) -> Annotated[list[str], DBusSignature("as")]:
        return self._script.capabilities

    @dbus_method()
    def GetServerInformation(
        self,
    ) -> Annotated[tuple[str, str, str, str], DBusSignature("ssss")]:
        return (self._script.name, "tests", "1.0", "1.2")

    @dbus_method()
    async def Notify(
        self,
        app: DBusStr,
        replaces: DBusUInt32,
        icon: DBusStr,
        title: DBusStr,
        body: DBusStr,
        actions: Annotated[list[str], DBusSignature("as")],
        hints: DBusDict,
        expire_ms: DBusInt32,
    ) -> DBusUInt32:
        if self._script.refuse:
            raise DBusError("org.example.Error.Full", self._script.refuse)
        if self._script.silent:
            await asyncio.sleep(60.0)
        if not replaces:
            self._last += 1
        self._script.notified.append(
            Notified(app, replaces, icon, title, body, actions, unpack_variants(hints), expire_ms)
        )
        if self._script.press_at_once:
            self.ActionInvoked(self._last, self._script.press_at_once)
        return replaces or self._last

    @dbus_method()
    def CloseNotification(self, identifier: DBusUInt32):
        self._script.closed.append(identifier)
        self.NotificationClosed(identifier, 3)

    @dbus_signal()
    def ActionInvoked(
        self, identifier: int, key: str
    ) -> Annotated[tuple[int, str], DBusSignature("us")]:
        return (identifier, key)

    @dbus_signal()
    def NotificationClosed(
        self, identifier: int, reason: int
    ) -> Annotated[tuple[int, int], DBusSignature("uu")]:
        return (identifier, reason)


class _InhibitedNotifications(_Notifications):
    """With the property by which KDE tells do-not-disturb."""

    @dbus_property(access=PropertyAccess.READ)
    def Inhibited(self) -> DBusBool:
        return bool(self._script.inhibited)


class FakeService:
    """A notification service on a bus, and the user in front of it."""

    def __init__(self, address: str, script: Script | None = None) -> None:
        self.script = script or Script()
        self._own = OwnLoop()
        self._bus: MessageBus = self._own.run(self._offer(address))

    async def _offer(self, address: str) -> MessageBus:
        bus = await MessageBus(bus_address=address).connect()
        plain = self.script.inhibited is None
        self._service = (_Notifications if plain else _InhibitedNotifications)(self.script)
        bus.export("/org/freedesktop/Notifications", self._service)
        await bus.request_name("org.freedesktop.Notifications")
        return bus

    @property
    def notified(self) -> list[Notified]:
        return self.script.notified

    def press(self, identifier: int, key: str) -> None:
        self._own.loop.call_soon_threadsafe(self._service.ActionInvoked, identifier, key)

    def vanish(self, identifier: int, reason: int) -> None:
        self._own.loop.call_soon_threadsafe(self._service.NotificationClosed, identifier, reason)

    def close(self) -> None:
        if self._own.loop.is_closed():
            return

        async def leave() -> None:
            self._bus.disconnect()
            with suppress(EOFError, OSError):  # how a bus that died is reported
                await self._bus.wait_for_disconnect()  # type: ignore[no-untyped-call]

        self._own.run(leave())
        self._own.close()


def called(
    address: str, name: str, path: str, member: str, signature: str = "", *body: Any
) -> list[Any]:
    """What a service answers to ``interface.method``, for the tests' own questions."""
    interface, _, method = member.rpartition(".")

    async def call() -> Message:
        bus = await MessageBus(bus_address=address).connect()
        try:
            return await bus.call(
                Message(
                    destination=name,
                    path=path,
                    interface=interface,
                    member=method,
                    signature=signature,
                    body=list(body),
                )
            )
        finally:
            bus.disconnect()
            await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]

    answer = asyncio.run(call())
    assert not answer.error_name, f"{member}: {answer.error_name} {answer.body}"
    return list(unpack_variants(answer.body))


@contextmanager
def heard(address: str, rule: str) -> Iterator[list[Message]]:
    """The signals that match a rule, as they come."""
    own, messages = OwnLoop(), []

    async def listen() -> MessageBus:
        bus = await MessageBus(bus_address=address).connect()

        def note(message: Message) -> None:
            if message.sender != "org.freedesktop.DBus":
                messages.append(message)

        bus.add_message_handler(note)
        await bus.call(
            Message(
                destination="org.freedesktop.DBus",
                path="/org/freedesktop/DBus",
                interface="org.freedesktop.DBus",
                member="AddMatch",
                signature="s",
                body=[rule],
            )
        )
        return bus

    async def leave(bus: MessageBus) -> None:
        bus.disconnect()
        with suppress(EOFError, OSError):
            await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]

    bus = own.run(listen())
    try:
        yield messages
    finally:
        own.run(leave(bus))
        own.close()


def owned(address: str, name: str) -> bool:
    """Whether somebody offers that name now."""
    (answer,) = called(
        address,
        "org.freedesktop.DBus",
        "/org/freedesktop/DBus",
        "org.freedesktop.DBus.NameHasOwner",
        "s",
        name,
    )
    return bool(answer)


@contextmanager
def x_server(folder: Path) -> Iterator[dict[str, str]]:
    """An X server with a window manager; yields the environment that leads to it."""
    need("Xvfb", "openbox", "xdotool", "import")
    reader, writer = os.pipe()
    environment = {
        **os.environ,
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "XDG_DATA_HOME": str(folder / "data"),
        "GTK_THEME": "Adwaita",
    }
    environment.pop("WAYLAND_DISPLAY", None)
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "800x600x24", "-noreset"]
    with (
        subprocess.Popen(
            command,
            pass_fds=[writer],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as server,
        ExitStack() as stack,
    ):
        stack.callback(server.terminate)
        os.close(writer)
        with os.fdopen(reader) as answer:
            environment["DISPLAY"] = f":{answer.readline().strip()}"
        stack.enter_context(running(["openbox"], environment))
        wait_for(lambda: "_NET_SUPPORTING_WM_CHECK" in told(["xprop", "-root"], environment))
        yield environment


def told(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """What a program prints; empty where it fails."""
    done = subprocess.run(list(command), env=dict(environment), capture_output=True, text=True)
    return done.stdout if done.returncode == 0 else ""


def screenshot(path: Path, environment: Mapping[str, str]) -> Path:
    """The whole screen as a picture."""
    told(["import", "-window", "root", str(path)], environment)
    return path

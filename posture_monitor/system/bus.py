"""Connections to the session and the system bus that are kept up, all in one thread.

A bus that dies is tried again, first soon and then less often, and at once when someone has
something to say. Which services are asked for what is known elsewhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from posture_monitor.system.loop import hold_loop, release_loop

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    from dbus_fast import Message
    from dbus_fast.aio import MessageBus
    from dbus_fast.service import ServiceInterface

_T = TypeVar("_T")

CALL_TIMEOUT_S = 5.0
"""A service that takes longer to answer is stuck; assumed."""
_CONNECT_TIMEOUT_S = 3.0
_FIRST_RETRY_S = 0.5
_LAST_RETRY_S = 60.0

_MISSING = frozenset(
    f"org.freedesktop.DBus.Error.{name}"
    for name in ("ServiceUnknown", "NameHasNoOwner", "Spawn.ServiceNotFound")
)


class BusError(Exception):
    """A bus or a service on it does not do what was asked; never leaves this package."""

    def __init__(self, text: str, name: str = "") -> None:
        super().__init__(text)
        self.name = name
        """The D-Bus error name; empty where the bus itself could not be reached."""

    @property
    def missing(self) -> bool:
        """Whether nobody offers the service that was asked."""
        return self.name in _MISSING

    @property
    def unreachable(self) -> bool:
        """Whether there was no bus to ask."""
        return not self.name


@dataclass(frozen=True, slots=True)
class Peer:
    """An object on a bus and the interface by which it is spoken to."""

    name: str
    path: str
    interface: str


DBUS = Peer("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")


class Listener:
    """Someone who uses a bus; everything here is called in the loop's thread."""

    rules: tuple[str, ...] = ()
    """Match rules of the signals to hear, set again after each connect."""

    async def on_connected(self) -> None:
        """The bus is there, for the first time or again."""

    def on_lost(self) -> None:
        """The bus is gone; what it told is old."""

    def on_signal(self, message: Message) -> None:
        """A signal; also those that other listeners asked for."""


class Bus:
    """One connection that is kept up; shared, see ``open_bus``."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._thread = hold_loop()
        self._fresh: MessageBus | None = None
        """A connection that is made; it comes into use once its rules are set."""
        self._bus: MessageBus | None = None
        self._listeners: list[Listener] = []
        self._exported: dict[str, list[ServiceInterface]] = {}
        self._waiting: list[asyncio.Future[MessageBus]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False
        self._wake: asyncio.Event
        self._keeper: asyncio.Task[None]
        self._thread.run(self._start(), _CONNECT_TIMEOUT_S)

    # ------------------------------------------------------------------ from any thread

    def call(
        self,
        peer: Peer,
        member: str,
        signature: str = "",
        *body: Any,
        timeout_s: float = CALL_TIMEOUT_S,
    ) -> list[Any]:
        """What the service answers; BusError where it doesn't. Not for the loop's thread."""
        return self.run(self.request(peer, member, signature, *body, timeout_s=timeout_s))

    def run(
        self, work: Coroutine[Any, Any, _T], timeout_s: float = CALL_TIMEOUT_S + _CONNECT_TIMEOUT_S
    ) -> _T:
        """The outcome of several requests, for other threads."""
        try:
            return self._thread.run(work, timeout_s)
        except TimeoutError:
            raise BusError("no answer", "org.freedesktop.DBus.Error.NoReply") from None

    def attach(self, listener: Listener) -> None:
        """Tell this listener what happens from now on; its rules are set when this returns."""
        with contextlib.suppress(TimeoutError):  # a bus that is slow is told on connecting
            self._thread.run(self._attach(listener), CALL_TIMEOUT_S)

    def detach(self, listener: Listener) -> None:
        """Tell it nothing more."""
        self._thread.post(self._detach, listener)

    def post(self, work: Coroutine[Any, Any, None]) -> None:
        """Have this done without waiting for it."""
        self._thread.post(self.spawn, work)

    # ---------------------------------------------------------------- in the loop's thread

    @property
    def connected(self) -> bool:
        return self._bus is not None

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Start a task and keep it; a failure of the desktop ends it and nothing else."""

        async def contained() -> None:
            with contextlib.suppress(BusError, TimeoutError):
                await work

        task = asyncio.get_running_loop().create_task(contained())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def request(
        self,
        peer: Peer,
        member: str,
        signature: str = "",
        *body: Any,
        start: bool = True,
        timeout_s: float = CALL_TIMEOUT_S,
    ) -> list[Any]:
        """What the service answers, variants unpacked; BusError where it doesn't.

        ``start`` False asks only a service that runs already.
        """
        from dbus_fast import Message, MessageFlag, MessageType, unpack_variants

        message = Message(
            destination=peer.name,
            path=peer.path,
            interface=peer.interface,
            member=member,
            signature=signature,
            body=list(body),
            flags=MessageFlag.NONE if start else MessageFlag.NO_AUTOSTART,
        )
        try:
            bus = await self._ready()
            answer = await asyncio.wait_for(bus.call(message), timeout_s)
        except TimeoutError:
            raise BusError("no answer", "org.freedesktop.DBus.Error.NoReply") from None
        except (OSError, EOFError) as error:
            raise BusError(str(error) or "the connection ended") from error
        if answer is None:  # the connection ended while waiting
            raise BusError("the connection ended")
        if answer.message_type is MessageType.ERROR:
            text = str(answer.body[0]) if answer.body else ""
            raise BusError(text or str(answer.error_name), str(answer.error_name))
        return list(unpack_variants(answer.body))

    async def get(self, peer: Peer, name: str, *, start: bool = False) -> Any:
        """A property of an object."""
        properties = Peer(peer.name, peer.path, "org.freedesktop.DBus.Properties")
        (value,) = await self.request(
            properties, "Get", "ss", peer.interface, name, start=start, timeout_s=2.0
        )
        return value

    def export(self, path: str, interface: ServiceInterface) -> None:
        """Offer an object, now and after each reconnect."""
        self._exported.setdefault(path, []).append(interface)
        if self._fresh is not None:
            self._fresh.export(path, interface)

    def unexport(self, path: str) -> None:
        """Offer it no longer."""
        if self._exported.pop(path, None) and self._fresh is not None:
            self._fresh.unexport(path)

    async def unique_name(self) -> str:
        """The name by which others find this connection; BusError while there is none."""
        try:
            return str((await self._ready()).unique_name)
        except TimeoutError:
            raise BusError("the connection is not made yet") from None

    # --------------------------------------------------------------------------- inside

    async def _start(self) -> None:
        self._wake = asyncio.Event()
        self._keeper = asyncio.get_running_loop().create_task(self._keep_connected())

    async def _ready(self) -> MessageBus:
        """The connection, once the attempt under way or a new one has succeeded."""
        if self._bus is not None:
            return self._bus
        outcome: asyncio.Future[MessageBus] = asyncio.get_running_loop().create_future()
        self._waiting.append(outcome)
        self._wake.set()
        return await asyncio.wait_for(outcome, _CONNECT_TIMEOUT_S)

    async def _keep_connected(self) -> None:
        retry_s = _FIRST_RETRY_S
        while not self._closing:
            try:
                bus = self._fresh = await asyncio.wait_for(self._connect(), _CONNECT_TIMEOUT_S)
                # Who attaches or exports from here on does it on this connection itself.
                bus.add_message_handler(self._on_message)
                for path, interfaces in self._exported.items():
                    for interface in interfaces:
                        bus.export(path, interface)
                for listener in tuple(self._listeners):
                    await asyncio.wait_for(self._set_rules(bus, listener), _CONNECT_TIMEOUT_S)
            except Exception as error:  # whatever is wrong with an address or a bus
                self._drop()
                reason = BusError(str(error) or type(error).__name__)
                for outcome in self._drain_waiting():
                    outcome.set_exception(reason)
            else:
                retry_s = _FIRST_RETRY_S
                self._bus = bus
                for outcome in self._drain_waiting():
                    outcome.set_result(bus)
                for listener in self._listeners:
                    self.spawn(listener.on_connected())
                with contextlib.suppress(Exception):  # how it ended changes nothing
                    await _ended(bus)
                self._bus = self._fresh = None
                if not self._closing:
                    for listener in self._listeners:
                        listener.on_lost()
            if self._closing:
                return
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), retry_s)
            retry_s = min(retry_s * 2.0, _LAST_RETRY_S)

    def _drain_waiting(self) -> list[asyncio.Future[MessageBus]]:
        waiting, self._waiting = self._waiting, []
        return [outcome for outcome in waiting if not outcome.done()]

    async def _connect(self) -> MessageBus:
        from dbus_fast.aio import MessageBus

        bus = MessageBus(bus_address=self.address)
        return await bus.connect()

    def _drop(self) -> None:
        """Ends a connection that never came into use."""
        if self._fresh is not None:
            self._fresh.disconnect()
            self._fresh = None

    async def _set_rules(self, bus: MessageBus, listener: Listener) -> None:
        from dbus_fast import Message

        for rule in listener.rules:
            await bus.call(
                Message(
                    destination=DBUS.name,
                    path=DBUS.path,
                    interface=DBUS.interface,
                    member="AddMatch",
                    signature="s",
                    body=[rule],
                )
            )

    async def _attach(self, listener: Listener) -> None:
        self._listeners.append(listener)
        if self._fresh is not None:
            await self._set_rules(self._fresh, listener)
            self.spawn(listener.on_connected())

    def _detach(self, listener: Listener) -> None:
        if listener in self._listeners:
            self._listeners.remove(listener)

    def _on_message(self, message: Message) -> bool:
        """Passes signals on; answers whether nobody else should see the message."""
        from dbus_fast import MessageType

        if message.message_type is MessageType.SIGNAL:
            for listener in tuple(self._listeners):
                listener.on_signal(message)
        # A call that comes while the connection ends can't be answered any more.
        return self._closing and message.message_type is MessageType.METHOD_CALL

    async def _stop(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        self._closing = True
        if self._bus is None:
            self._drop()
            self._keeper.cancel()
        else:
            self._bus.disconnect()
        with contextlib.suppress(asyncio.CancelledError):
            await self._keeper

    def _end(self) -> None:
        with contextlib.suppress(TimeoutError):
            self._thread.run(self._stop(), _CONNECT_TIMEOUT_S)
        release_loop()


async def _ended(bus: MessageBus) -> None:
    """Waits for the end of a connection; raises what ended it, if anything went wrong."""
    await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]  # dbus-fast has no type


_lock = threading.Lock()
_open: dict[str, tuple[Bus, int]] = {}


def open_bus(address: str) -> Bus:
    """The connection to that bus, shared by all who ask; give it back with ``release_bus``."""
    with _lock:
        bus, holders = _open.get(address) or (Bus(address), 0)
        _open[address] = (bus, holders + 1)
        return bus


def release_bus(bus: Bus) -> None:
    """The connection ends with its last holder."""
    with _lock:
        _, holders = _open[bus.address]
        if holders > 1:
            _open[bus.address] = (bus, holders - 1)
            return
        del _open[bus.address]
    bus._end()


def session_address(environment: Mapping[str, str] | None = None) -> str | None:
    """Where the session bus listens; None where there is none."""
    env = os.environ if environment is None else environment
    if not sys.platform.startswith("linux"):
        return None
    if given := env.get("DBUS_SESSION_BUS_ADDRESS"):
        return given
    runtime_dir = env.get("XDG_RUNTIME_DIR")
    if runtime_dir and os.path.exists(os.path.join(runtime_dir, "bus")):
        return f"unix:path={runtime_dir}/bus"
    return None


def system_address(environment: Mapping[str, str] | None = None) -> str | None:
    """Where the system bus listens; None where there is none."""
    env = os.environ if environment is None else environment
    if not sys.platform.startswith("linux"):
        return None
    if given := env.get("DBUS_SYSTEM_BUS_ADDRESS"):
        return given
    usual = "/run/dbus/system_bus_socket"
    return f"unix:path={usual}" if os.path.exists(usual) else None

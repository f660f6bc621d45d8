"""Activity on Linux: logind, screen savers, idle time of X11, Mutter or Wayland, and the clocks.

Signals are heard as they come. What sends none is asked in the background, at most every few
seconds and only while someone wants to know; nobody who asks ever waits.
"""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING, Any

from posture_monitor.desktop.wayland import WaylandIdle, connect_wayland
from posture_monitor.desktop.x11 import X11, connect_x11
from posture_monitor.system.bus import (
    Bus,
    BusError,
    Listener,
    Peer,
    open_bus,
    release_bus,
    session_address,
    system_address,
)
from posture_monitor.system.clock import clocks_asleep_s
from posture_monitor.system.loop import hold_loop, release_loop

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dbus_fast import Message

_FRESH_S = 3.0
"""An answer this young is not asked for again: people who pause do so for longer."""
_LID_FRESH_S = 5.0
_RETRY_S = 30.0
"""A display server that could not be asked is left alone for so long; assumed."""
_OPEN_TIMEOUT_S = 2.0
_LOGIN = "org.freedesktop.login1"
_MANAGER = Peer(_LOGIN, "/org/freedesktop/login1", f"{_LOGIN}.Manager")
_IDLE_MONITOR = Peer(
    "org.gnome.Mutter.IdleMonitor",
    "/org/gnome/Mutter/IdleMonitor/Core",
    "org.gnome.Mutter.IdleMonitor",
)
_SAVERS = tuple(
    Peer(f"org.{desktop}.ScreenSaver", f"/org/{desktop}/ScreenSaver", f"org.{desktop}.ScreenSaver")
    for desktop in ("gnome", "freedesktop", "cinnamon", "mate", "xfce")
)
_OWNER_RULE = "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged'"
_PROPERTIES = "org.freedesktop.DBus.Properties"


class LinuxActivity:
    """All sources of one desktop session in one answer."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._asleep_before_s = clocks_asleep_s()
        self._asked_s = -_FRESH_S
        self._closed = False
        self._loop = hold_loop()
        self._logind: _Logind | None = None
        self._savers: _Savers | None = None
        self._buses: list[Bus] = []
        if address := system_address(environment):
            self._logind = _Logind(self._open(address), environment)
        if address := session_address(environment):
            self._savers = _Savers(self._open(address))
        self._idle = _Idle(environment, self._savers)
        for source in (self._logind, self._savers):
            if source is not None:
                source.bus.attach(source)
        # So that the very first answer knows; a desktop that hangs is not waited for.
        with contextlib.suppress(TimeoutError):
            self._loop.run(self._first(), _OPEN_TIMEOUT_S)

    @property
    def name(self) -> str:
        return self._idle.name or "none"

    def idle_s(self) -> float | None:
        """Seconds since keyboard or mouse were used, as of the last time somebody asked."""
        self._refresh()
        now_s = time.monotonic()
        if (last_s := self._idle.last_input_s) is not None:
            return max(0.0, now_s - last_s)
        if self._logind is not None and (since_s := self._logind.idle_since_s) is not None:
            return max(0.0, now_s - since_s)
        return None

    def locked(self) -> bool | None:
        """Whether nobody can be working here: locked, going to sleep, or the lid is closed.

        A closed lid counts only where no other display is in use. None where nobody tells.
        """
        self._refresh()
        told = [] if self._logind is None else [self._logind.locked]
        if self._logind is not None and (self._logind.sleeping or self._logind.shut):
            return True
        if self._savers is not None:
            told += self._savers.active.values()
        return True if True in told else False if False in told else None

    def suspended_s(self) -> float:
        """Seconds asleep since this was opened."""
        return max(0.0, clocks_asleep_s() - self._asleep_before_s)

    def facts(self) -> dict[str, str]:
        """What is known by whom, for people."""
        lock: list[str] = []
        lid = "unknown"
        idle = self._idle.name
        if self._logind is not None:
            if self._logind.locked is not None:
                lock.append("logind")
            if self._logind.lid_closed is not None:
                lid = "closed" if self._logind.lid_closed else "open"
            if not idle and self._logind.idle_since_s is not None:
                idle = "logind"
        if self._savers is not None:
            lock += sorted(self._savers.active)
        return {
            "idle": idle or "unknown",
            "lock": ", ".join(lock) or "unknown",
            "lid": lid,
            "suspend": "clocks, logind" if self._logind and self._logind.there else "clocks",
        }

    def close(self) -> None:
        """Hear nothing more."""
        if self._closed:
            return
        self._closed = True
        for source in (self._logind, self._savers):
            if source is not None:
                source.bus.detach(source)
        self._loop.post(self._idle.close)
        for bus in self._buses:
            release_bus(bus)
        release_loop()

    def _open(self, address: str) -> Bus:
        bus = open_bus(address)
        self._buses.append(bus)
        return bus

    async def _first(self) -> None:
        for source in (self._logind, self._savers):
            if source is not None:
                try:
                    await source.on_connected()
                except BusError:
                    continue
        await self._idle.refresh()

    def _refresh(self) -> None:
        """Asks in the background what sends no signal; the next answer knows it."""
        now_s = time.monotonic()
        if not self._closed and now_s - self._asked_s >= _FRESH_S:
            self._asked_s = now_s
            self._loop.post(self._idle.refresh_soon)
            if self._logind is not None:
                self._loop.post(self._logind.refresh_soon)


class _Logind(Listener):
    """This user's session on the seat: lock and idle hints; the machine's sleep and lid."""

    rules = (
        f"type='signal',sender='{_LOGIN}',path_namespace='/org/freedesktop/login1'",
        f"{_OWNER_RULE},arg0='{_LOGIN}'",
    )

    def __init__(self, bus: Bus, environment: Mapping[str, str]) -> None:
        self.bus = bus
        self._wanted_id = environment.get("XDG_SESSION_ID", "")
        self._lid_asked_s = -_LID_FRESH_S
        self.on_lost()

    def on_lost(self) -> None:
        self.there = False
        self.locked: bool | None = None
        self.sleeping = False
        self.lid_closed: bool | None = None
        self.docked: bool | None = None
        self.idle_since_s: float | None = None
        self._session: Peer | None = None

    @property
    def shut(self) -> bool:
        """A closed lid with no other display to look at."""
        return bool(self.lid_closed) and not self.docked

    async def on_connected(self) -> None:
        (sessions,) = await self.bus.request(_MANAGER, "ListSessions", start=False)
        self.there = True
        await self._ask_manager()
        self._session = self._choose(sessions)
        if self._session is not None:
            self._take({"LockedHint": await self.bus.get(self._session, "LockedHint")})
            await self._ask_idle()

    def on_signal(self, message: Message) -> None:
        if message.member == "NameOwnerChanged" and message.body[:1] == [_LOGIN]:
            self.on_lost()
            if message.body[2]:
                self.bus.spawn(self.on_connected())
        elif message.interface == _MANAGER.interface and message.path == _MANAGER.path:
            if message.member == "PrepareForSleep" and message.signature == "b":
                self.sleeping = message.body[0]
            elif message.member in {"SessionNew", "SessionRemoved"}:
                self.bus.spawn(self.on_connected())
        elif (
            message.interface == _PROPERTIES
            and message.member == "PropertiesChanged"
            and self._session is not None
            and message.path == self._session.path
        ):
            from dbus_fast import unpack_variants

            changed = unpack_variants(message.body[1])
            self._take(changed)
            if "IdleHint" in changed or "IdleSinceHintMonotonic" in changed:
                self.bus.spawn(self._ask_idle())

    def refresh_soon(self) -> None:
        """The lid sends no signal."""
        now_s = time.monotonic()
        if self.there and now_s - self._lid_asked_s >= _LID_FRESH_S:
            self._lid_asked_s = now_s
            self.bus.spawn(self._ask_manager())

    async def _ask_manager(self) -> None:
        self.lid_closed = await self._known(_MANAGER, "LidClosed")
        self.docked = await self._known(_MANAGER, "Docked")

    async def _ask_idle(self) -> None:
        """The hint says only that someone is idle; when it is off nothing is known."""
        session = self._session
        if session is None or not await self._known(session, "IdleHint"):
            self.idle_since_s = None
            return
        since_us = await self._known(session, "IdleSinceHintMonotonic")
        self.idle_since_s = since_us / 1e6 if since_us else None

    async def _known(self, peer: Peer, name: str) -> Any:
        try:
            return await self.bus.get(peer, name)
        except BusError:
            return None

    def _take(self, properties: Mapping[str, Any]) -> None:
        if isinstance(told := properties.get("LockedHint"), bool):
            self.locked = told

    def _choose(self, sessions: list[Any]) -> Peer | None:
        """This process's own session, else this user's first one at a seat."""
        mine = [session for session in sessions if session[1] == os.getuid()]
        named = [session for session in mine if session[0] == self._wanted_id]
        seated = [session for session in mine if session[3]]
        for identifier in named or seated:
            return Peer(_LOGIN, identifier[4], f"{_LOGIN}.Session")
        return None


class _Savers(Listener):
    """The screen savers that run in this session, each under its desktop's name."""

    rules = tuple(
        f"type='signal',sender='{saver.name}',interface='{saver.interface}',member='ActiveChanged'"
        for saver in _SAVERS
    ) + tuple(f"{_OWNER_RULE},arg0='{peer.name}'" for peer in (*_SAVERS, _IDLE_MONITOR))

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.active: dict[str, bool] = {}
        self.mutter: bool | None = None
        """Whether Mutter tells idle time; None until it was asked."""

    def on_lost(self) -> None:
        self.active.clear()
        self.mutter = None

    async def on_connected(self) -> None:
        for saver in _SAVERS:
            await self._ask(saver)

    def on_signal(self, message: Message) -> None:
        if message.member == "NameOwnerChanged" and message.signature == "sss":
            if message.body[0] == _IDLE_MONITOR.name:
                self.mutter = None
            for saver in _SAVERS:
                if message.body[0] == saver.name:
                    self.active.pop(saver.name, None)
                    if message.body[2]:
                        self.bus.spawn(self._ask(saver))
        elif message.member == "ActiveChanged" and message.signature == "b":
            for saver in _SAVERS:
                if message.interface == saver.interface:
                    self.active[saver.name] = message.body[0]

    async def _ask(self, saver: Peer) -> None:
        try:
            (active,) = await self.bus.request(saver, "GetActive", start=False, timeout_s=1.0)
        except BusError:
            self.active.pop(saver.name, None)
        else:
            self.active[saver.name] = bool(active)

    async def mutter_idle_s(self) -> float | None:
        """Mutter's idle time; None where the compositor is another one."""
        if self.mutter is False:
            return None
        try:
            (idle_ms,) = await self.bus.request(
                _IDLE_MONITOR, "GetIdletime", start=False, timeout_s=1.0
            )
        except BusError as error:
            self.mutter = None if error.unreachable else False
            return None
        self.mutter = True
        return float(idle_ms) / 1000.0


class _Idle:
    """When keyboard or mouse were last used; lives in the loop's thread."""

    def __init__(self, environment: Mapping[str, str], savers: _Savers | None) -> None:
        self._environment = environment
        self._savers = savers
        self._x11: X11 | None = None
        self._x11_failed_s: float | None = None
        self._compositor: WaylandIdle | None = None
        self._compositor_failed_s: float | None = None
        self._asking = False
        # The X server of a Wayland session sees only what its own windows are typed into.
        self._wayland = bool(environment.get("WAYLAND_DISPLAY"))
        self.last_input_s: float | None = None
        self.name = ""

    def refresh_soon(self) -> None:
        if not self._asking:
            import asyncio

            self._asking = True
            self._task = asyncio.get_running_loop().create_task(self.refresh())

    async def refresh(self) -> None:
        try:
            idle_s, self.name = await self._asked()
            self.last_input_s = None if idle_s is None else time.monotonic() - idle_s
        finally:
            self._asking = False

    async def _asked(self) -> tuple[float | None, str]:
        if not self._wayland and (idle_s := await self._x11_idle_s()) is not None:
            return idle_s, "X11"
        if self._savers is not None and (idle_s := await self._savers.mutter_idle_s()) is not None:
            return idle_s, "Mutter"
        if self._wayland and (idle_s := await self._compositor_idle_s()) is not None:
            return idle_s, self._compositor.name if self._compositor is not None else ""
        return None, ""

    async def _x11_idle_s(self) -> float | None:
        now_s = time.monotonic()
        if self._x11_failed_s is not None and now_s - self._x11_failed_s < _RETRY_S:
            return None
        try:
            if self._x11 is None:
                self._x11 = await connect_x11(self._environment)
            return await self._x11.idle_s()
        except OSError:
            self._x11_failed_s = now_s
            self.close()
            return None

    async def _compositor_idle_s(self) -> float | None:
        now_s = time.monotonic()
        failed_s = self._compositor_failed_s
        if failed_s is not None and now_s - failed_s < _RETRY_S:
            return None
        try:
            if self._compositor is None:
                self._compositor = await connect_wayland(self._environment)
            return self._compositor.idle_s()
        except OSError:
            self._compositor_failed_s = now_s
            self.close()
            return None

    def close(self) -> None:
        """Ends the connections to the display servers."""
        if self._x11 is not None:
            self._x11.close()
            self._x11 = None
        if self._compositor is not None:
            self._compositor.close()
            self._compositor = None

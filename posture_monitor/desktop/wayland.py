"""When keyboard or mouse were last used, told by a Wayland compositor; without a library.

Speaks as much of the protocol as that takes, over the compositor's local socket: the registry,
ext-idle-notify-v1 (Sway 1.8, Hyprland, labwc, COSMIC, KDE 5.27) and its forerunner
org_kde_kwin_idle (Sway 1.7, older KDE). Nothing is asked while nothing changes.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import struct
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT_S = 1.0
"""A compositor that hangs is not waited for."""
TIMEOUT_S = 2.0
"""After so long without input the compositor tells; a pause in the work is longer."""

_EXT, _KDE, _SEAT = "ext_idle_notifier_v1", "org_kde_kwin_idle", "wl_seat"
_DISPLAY, _REGISTRY, _DONE = 1, 2, 3
"""Objects by their number; those after them are made as they are needed."""
_MOST_BYTES = 64 * 1024
"""A message's length has 16 bits."""


class WaylandError(OSError):
    """No compositor can be reached, or it does not tell."""


class WaylandIdle:
    """A connection on which the compositor tells of every pause and of its end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._globals: dict[str, list[tuple[int, int]]] = {}
        """Number and version of what the compositor offers, by its interface."""
        self._next = _DONE + 1
        self._idle_since_s: dict[int, float | None] = {}
        """By the notification of each seat: since when nobody used it; None while it is used."""
        self._listening: asyncio.Task[None] | None = None
        self.name = ""

    async def begin(self) -> None:
        """Ask to be told; WaylandError where this compositor doesn't."""
        self._send(_DISPLAY, 1, struct.pack("=I", _REGISTRY))
        self._send(_DISPLAY, 0, struct.pack("=I", _DONE))
        await self._writer.drain()
        while (message := await self._message())[:2] != (_DONE, 0):
            self._take(*message)
        interface = next((i for i in (_EXT, _KDE) if i in self._globals), None)
        seats = self._globals.get(_SEAT, [])
        if interface is None or not seats:
            raise WaylandError("this compositor does not tell of pauses")
        self.name = "ext-idle-notify" if interface == _EXT else "KDE idle"
        number, offered = self._globals[interface][0]
        # Version 2 can tell of input alone, whatever a film player does to keep the screen on.
        version = min(offered, 2) if interface == _EXT else 1
        manager = self._bind(number, interface, version)
        for seat_number, _ in seats:
            seat = self._bind(seat_number, _SEAT, 1)
            told = self._new()
            timeout_ms = round(1000 * TIMEOUT_S)
            if interface == _KDE:
                self._send(manager, 0, struct.pack("=III", told, seat, timeout_ms))
            else:
                self._send(manager, version, struct.pack("=III", told, timeout_ms, seat))
            self._idle_since_s[told] = None
        await self._writer.drain()
        self._listening = asyncio.create_task(self._listen())

    def idle_s(self) -> float:
        """Seconds since any seat was used, 0 up to the timeout; WaylandError once it is gone."""
        if self._listening is None or self._listening.done():
            raise WaylandError("the compositor is gone")
        since_s = list(self._idle_since_s.values())
        known = [one for one in since_s if one is not None]
        return time.monotonic() - max(known) if len(known) == len(since_s) else 0.0

    def close(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
        self._writer.close()

    async def _listen(self) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                self._take(*await self._message())

    def _take(self, sender: int, event: int, body: bytes) -> None:
        if sender == _DISPLAY and event == 0:
            raise WaylandError("the compositor refuses")
        if sender == _REGISTRY and event == 0:
            number, length = struct.unpack_from("=II", body)
            interface = body[8 : 8 + length - 1].decode("utf-8", "replace")
            (version,) = struct.unpack_from("=I", body, 8 + (length + 3) // 4 * 4)
            self._globals.setdefault(interface, []).append((number, version))
        elif sender in self._idle_since_s:
            idled = event == 0
            self._idle_since_s[sender] = time.monotonic() - TIMEOUT_S if idled else None

    async def _message(self) -> tuple[int, int, bytes]:
        sender, word = struct.unpack("=II", await self._reader.readexactly(8))
        return sender, word & 0xFFFF, await self._reader.readexactly(max((word >> 16) - 8, 0))

    def _new(self) -> int:
        self._next += 1
        return self._next - 1

    def _bind(self, number: int, interface: str, version: int) -> int:
        made = self._new()
        text = interface.encode() + b"\0"
        padded = text + bytes(-len(text) % 4)
        head = struct.pack("=II", number, len(text))
        self._send(_REGISTRY, 0, head + padded + struct.pack("=II", version, made))
        return made

    def _send(self, target: int, request: int, body: bytes) -> None:
        self._writer.write(struct.pack("=II", target, (8 + len(body)) << 16 | request) + body)


async def connect_wayland(environment: Mapping[str, str]) -> WaylandIdle:
    """A connection to the compositor of this session; raises OSError where none tells of pauses."""
    display = environment.get("WAYLAND_DISPLAY", "")
    folder = environment.get("XDG_RUNTIME_DIR", "")
    if not display or not (folder or display.startswith("/")):
        raise WaylandError("WAYLAND_DISPLAY names no compositor")
    try:
        return await asyncio.wait_for(_connected(os.path.join(folder, display)), TIMEOUT_S)
    except (TimeoutError, asyncio.IncompleteReadError, struct.error, ValueError) as error:
        raise WaylandError("the compositor does not answer") from error


async def _connected(path: str) -> WaylandIdle:
    reader, writer = await asyncio.open_unix_connection(path, limit=_MOST_BYTES)
    connection = WaylandIdle(reader, writer)
    try:
        await connection.begin()
    except BaseException:
        connection.close()
        raise
    return connection

"""The few questions that are asked of an X server, without a library: 0 MB instead of 3.

Only the local socket is used, never the network. Speaks the core protocol (X11R7.7) and the
query of the MIT-SCREEN-SAVER extension; events are never asked for.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TIMEOUT_S = 1.0
"""A server that is grabbed by another program answers late; then nothing is known."""

_COOKIE = b"MIT-MAGIC-COOKIE-1"
_FAMILY_LOCAL, _FAMILY_WILD = 256, 65535
_ERROR, _REPLY, _GENERIC_EVENT = 0, 1, 35
_GET_INPUT_FOCUS = 43
_INTERN_ATOM, _GET_PROPERTY, _GET_SELECTION_OWNER, _QUERY_EXTENSION = 16, 20, 23, 98
_SAVER_QUERY_INFO = 1


class X11Error(OSError):
    """The X server can't be reached, or refuses."""


class X11Refusal(X11Error):
    """One request was refused; the connection is as good as before."""


@dataclass(slots=True)
class X11:
    """A connection; every question raises OSError or TimeoutError where it gets no answer."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    root: int
    width_px: int
    """Of the whole screen."""
    height_px: int
    first_id: int
    """The first number that this client may give to a window of its own."""
    saver_opcode: int | None = None
    """None where the server has no MIT-SCREEN-SAVER extension."""

    async def idle_s(self) -> float | None:
        """Seconds since keyboard or mouse were used; None where the server doesn't tell."""
        if self.saver_opcode is None:
            return None
        request = struct.pack("<BBHI", self.saver_opcode, _SAVER_QUERY_INFO, 2, self.root)
        (since_input_ms,) = struct.unpack_from("<I", await self._asked(request), 16)
        return float(since_input_ms) / 1000.0

    async def full_screen(self) -> bool | None:
        """Whether the active window fills the screen; None where no window manager tells."""
        active = await self._cardinals(self.root, b"_NET_ACTIVE_WINDOW")
        if active is None:
            supported = await self._cardinals(self.root, b"_NET_SUPPORTED") or ()
            # Missing until a first window is active, and where nobody manages windows.
            return False if await self._atom(b"_NET_ACTIVE_WINDOW") in supported else None
        if not active or active[0] == 0:
            return False
        try:
            states = await self._cardinals(active[0], b"_NET_WM_STATE")
        except X11Refusal:  # closed in between
            return False
        return await self._atom(b"_NET_WM_STATE_FULLSCREEN") in (states or ())

    async def owner(self, selection: bytes) -> int:
        """The window that owns a selection, such as the tray's; 0 where none does."""
        atom = await self._atom(selection)
        if not atom:
            return 0
        answer = await self._asked(struct.pack("<BxHI", _GET_SELECTION_OWNER, 2, atom))
        return int(struct.unpack_from("<I", answer, 8)[0])

    def send(self, request: bytes) -> None:
        """Ask for something that has no reply; ``checked`` tells whether it was refused."""
        self.writer.write(request)

    async def checked(self) -> None:
        """All that was sent is done; X11Refusal where one of it was refused."""
        await self._asked(struct.pack("<BxH", _GET_INPUT_FOCUS, 1))

    def close(self) -> None:
        self.writer.close()

    async def _cardinals(self, window: int, name: bytes) -> tuple[int, ...] | None:
        """A property of 32-bit values; None where the window has none of that name."""
        atom = await self._atom(name)
        if not atom:
            return None
        answer = await self._asked(
            struct.pack("<BBHIIIII", _GET_PROPERTY, 0, 6, window, atom, 0, 0, 1024)
        )
        count = struct.unpack_from("<I", answer, 16)[0]
        if answer[1] != 32:
            return None
        return struct.unpack_from(f"<{count}I", answer, 32)

    async def _atom(self, name: bytes) -> int:
        """The number of a name; 0 where nobody has used it yet."""
        only_if_exists = 1
        request = struct.pack(
            "<BBHHxx", _INTERN_ATOM, only_if_exists, 2 + len(_padded(name)) // 4, len(name)
        ) + _padded(name)
        return int(struct.unpack_from("<I", await self._asked(request), 8)[0])

    async def opcode(self, extension: bytes) -> int | None:
        request = struct.pack(
            "<BxHHxx", _QUERY_EXTENSION, 2 + len(_padded(extension)) // 4, len(extension)
        ) + _padded(extension)
        answer = await self._asked(request)
        return answer[9] if answer[8] else None

    async def _asked(self, request: bytes) -> bytes:
        """The reply to one request; there is never more than one under way."""
        try:
            return await asyncio.wait_for(self._exchanged(request), TIMEOUT_S)
        except (TimeoutError, asyncio.IncompleteReadError) as error:
            self.close()  # what comes late would be taken for the next answer
            raise X11Error("the X server does not answer") from error

    async def _exchanged(self, request: bytes) -> bytes:
        self.writer.write(request)
        await self.writer.drain()
        while True:
            head = await self.reader.readexactly(32)
            kind = head[0] & 0x7F
            more = struct.unpack_from("<I", head, 4)[0] * 4
            if kind == _ERROR:
                raise X11Refusal(f"the X server refuses (error {head[1]})")
            body = await self.reader.readexactly(more) if kind in (_REPLY, _GENERIC_EVENT) else b""
            if kind == _REPLY:
                return head + body


async def connect_x11(environment: Mapping[str, str]) -> X11:
    """A connection to the local X server that DISPLAY names; raises OSError where there is none."""
    named = re.fullmatch(r"(?:unix)?:(\d+)(?:\.\d+)?", environment.get("DISPLAY", ""))
    if named is None:
        raise X11Error("DISPLAY names no local X server")
    number = named[1]
    try:
        return await asyncio.wait_for(_connected(number, environment), TIMEOUT_S)
    except (TimeoutError, asyncio.IncompleteReadError) as error:
        raise X11Error("the X server does not answer") from error


async def _connected(number: str, environment: Mapping[str, str]) -> X11:
    path = f"/tmp/.X11-unix/X{number}"
    try:
        reader, writer = await asyncio.open_unix_connection(path)
    except OSError:  # in a sandbox only the abstract name may be seen
        reader, writer = await asyncio.open_unix_connection(f"\0{path}")
    try:
        cookie = _cookie(number, environment)
        name = _COOKIE if cookie else b""
        writer.write(
            struct.pack("<BxHHHHxx", ord("l"), 11, 0, len(name), len(cookie))
            + _padded(name)
            + _padded(cookie)
        )
        await writer.drain()
        accepted, _, _, _, words = struct.unpack("<BBHHH", await reader.readexactly(8))
        setup = await reader.readexactly(words * 4)
        if accepted != 1:
            raise X11Error("the X server does not let this program in")
        vendor_bytes, _, _, formats = struct.unpack_from("<HHBB", setup, 16)
        (first_id,) = struct.unpack_from("<I", setup, 4)
        screen = 32 + (vendor_bytes + 3) // 4 * 4 + 8 * formats
        root, width_px, height_px = struct.unpack_from("<I16xHH", setup, screen)
        server = X11(reader, writer, root, width_px, height_px, first_id)
        server.saver_opcode = await server.opcode(b"MIT-SCREEN-SAVER")
        return server
    except BaseException:
        writer.close()
        raise


def _padded(text: bytes) -> bytes:
    return text + bytes(-len(text) % 4)


def _cookie(number: str, environment: Mapping[str, str]) -> bytes:
    """What the server wants to see, from the user's file; empty where it may want nothing."""
    path = environment.get("XAUTHORITY") or os.path.join(environment.get("HOME", ""), ".Xauthority")
    host = socket.gethostname().encode()
    with contextlib.suppress(OSError, struct.error), open(path, "rb") as file:
        for family, address, display, name, value in _entries(file.read(1 << 20)):
            here = family == _FAMILY_WILD or (family == _FAMILY_LOCAL and address == host)
            if here and display in (b"", number.encode()) and name == _COOKIE:
                return value
    return b""


def _entries(content: bytes) -> Iterator[tuple[int, bytes, bytes, bytes, bytes]]:
    """Family, address, display, name and value of each entry of an authority file."""
    at = 0
    while at < len(content):
        (family,) = struct.unpack_from(">H", content, at)
        at += 2
        texts: list[bytes] = []
        for _ in range(4):
            (length,) = struct.unpack_from(">H", content, at)
            texts.append(content[at + 2 : at + 2 + length])
            at += 2 + length
        yield (family, texts[0], texts[1], texts[2], texts[3])

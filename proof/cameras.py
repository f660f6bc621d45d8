"""A network camera on loopback that misbehaves byte by byte, as a script tells it to."""

from __future__ import annotations

import socket
import struct
import threading
import time
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING

from tests.streams import LoopbackServer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PICTURES_PER_S = 15.0
HEAD = b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=picture\r\n\r\n"


def part(jpeg: bytes, *, length: str | None = None) -> bytes:
    """One picture of the stream; ``length`` is what it claims to have in place of the truth."""
    claimed = str(len(jpeg)) if length is None else length
    head = f"--picture\r\nContent-Type: image/jpeg\r\nContent-Length: {claimed}\r\n\r\n"
    return head.encode() + jpeg + b"\r\n"


class Connection:
    """One client of the camera."""

    def __init__(
        self,
        peer: socket.socket,
        number: int,
        jpegs: Sequence[bytes],
        over: Callable[[], None],
    ) -> None:
        self.number = number
        """0 for the first client."""
        self._peer = peer
        self._jpegs = jpegs
        self.good_s = 0.0
        """Of good pictures since the fault."""
        self.over = over
        """To be called when the fault is over."""

    def send(self, content: bytes) -> None:
        self._peer.sendall(content)

    def pictures(self, seconds: float | None = None) -> None:
        """The recording at its pace for so long; for ever where None."""
        wanted = None if seconds is None else round(seconds * PICTURES_PER_S)
        for sent in count():
            if wanted is not None and sent >= wanted:
                return
            self.send(part(self._jpegs[sent % len(self._jpegs)]))
            time.sleep(1.0 / PICTURES_PER_S)
            self.good_s = (sent + 1) / PICTURES_PER_S

    def jpeg(self, number: int = 0) -> bytes:
        return self._jpegs[number % len(self._jpegs)]

    def reset(self) -> None:
        """Ends the connection in the rudest way."""
        self._peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._peer.close()


class ScriptedCamera(LoopbackServer):
    """Answers each client as the script says; the request is read and not looked at."""

    def __init__(self, script: Callable[[Connection], None], jpegs: Sequence[bytes] = ()) -> None:
        self._script = script
        self._jpegs = jpegs
        self.clients: list[Connection] = []
        self._over = threading.Event()
        super().__init__(self._serve)

    @property
    def over(self) -> bool:
        """Whether the fault is over."""
        return self._over.is_set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/video.mjpg"

    def _serve(self, peer: socket.socket) -> None:
        connection = Connection(peer, self.peers.index(peer), self._jpegs, self._over.set)
        self.clients.append(connection)
        with suppress(OSError), peer:
            peer.recv(4096)
            self._script(connection)

"""Connections to the page: a bounded number of strangers, and each only for a moment.

Every account of this machine can connect. Anyone who has not shown the token or the cookie is a
stranger: the oldest of too many is cut off for the newest, so that the owner always gets in.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

_log = logging.getLogger(__name__)

MOST_STRANGERS = 64
MOST_CONNECTIONS = 192
"""With those of the owner, whose pages hold a few each."""
HEAD_TIMEOUT_S = 5.0
"""A whole first request has to arrive within this; browsers send it at once. Assumed."""
BACKLOG = 16
"""Accepted in one turn of the loop; well below the strangers, for a new one lives some turns."""
QUEUE = 1024
"""Those that wait to be accepted; where the system's queue is full, the owner waits seconds."""


class Strangers:
    """The connections that have shown nothing yet, oldest first; by the client's port."""

    def __init__(self) -> None:
        self._waiting: dict[int, GuardedProtocol] = {}

    @property
    def count(self) -> int:
        return len(self._waiting)

    def add(self, port: int, connection: GuardedProtocol) -> None:
        while len(self._waiting) >= MOST_STRANGERS:
            self._waiting.pop(next(iter(self._waiting))).cut()
        self._waiting[port] = connection

    def remove(self, port: int) -> None:
        """It has shown what it must, or is gone."""
        self._waiting.pop(port, None)


class GuardedProtocol(H11Protocol):
    """uvicorn's own connection with a limit on the first request."""

    strangers: Strangers

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        self._port = self.client[1] if self.client else 0
        self._deadline = self.loop.call_later(HEAD_TIMEOUT_S, self._too_late)
        self.strangers.add(self._port, self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._deadline.cancel()
        self.strangers.remove(self._port)
        super().connection_lost(exc)

    def cut(self) -> None:
        """End it at once, whatever is on its way."""
        self.transport.abort()

    def _too_late(self) -> None:
        if self.cycle is None:  # not one request has come
            self.cut()


def protocol_for(strangers: Strangers) -> type[GuardedProtocol]:
    """The class of one server's connections; uvicorn makes the instances."""

    class Protocol(GuardedProtocol):
        pass

    Protocol.strangers = strangers
    return Protocol


def quiet(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A fault of one connection is no text for the user; too many open files are thousands."""
    _log.debug("%s", context.get("message"), exc_info=context.get("exception"))

"""The secrets of one start of the server: what opens it, and what a browser then carries.

Three of them, for other accounts see different things: the token stands in the address that is
printed; a key that works once stands in the address on a browser's command line, which every
account can read; and the cookie holds neither. Cookies ignore ports, so that a browser would
show it to every server of this machine: it is bound to a path that nobody else knows.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN_FIELD = "token"
KEY_FIELD = "key"
KEY_LIFE_S = 120.0
"""For a browser to start on a machine that is busy; assumed."""
_MOST_KEYS = 16


def csrf_of(token: str) -> str:
    """What a form must carry; the token can't be told from it."""
    return hmac.new(token.encode(), b"form", hashlib.sha256).hexdigest()


def cookie_name(port: int) -> str:
    """Each port has its own, since browsers share cookies between the ports of a machine."""
    return f"posture_monitor_{port}"


class Keys:
    """Made again at each start of the server; used by its thread and by the one that opens it."""

    def __init__(self, token: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.token = token
        self.base = f"/{secrets.token_hex(16)}"
        """The path under which everything lies, without a slash at its end."""
        self._session = secrets.token_urlsafe(24)
        self._clock = clock
        self._keys: dict[str, float] = {}
        self._lock = threading.Lock()

    def new_key(self) -> str:
        """A key that opens the page once, soon."""
        key = secrets.token_urlsafe(24)
        with self._lock:
            while len(self._keys) >= _MOST_KEYS:
                del self._keys[next(iter(self._keys))]
            self._keys[key] = self._clock() + KEY_LIFE_S
        return key

    def redeem(self, key: str) -> bool:
        """Whether the key opens the page; never again after this."""
        with self._lock:
            until_s = self._keys.pop(key, None)
        return until_s is not None and self._clock() < until_s

    def is_token(self, given: str) -> bool:
        return _same(given, self.token)

    def is_session(self, given: str) -> bool:
        return _same(given, self._session)

    def is_inside(self, path: str) -> bool:
        """Whether the path lies under the secret one."""
        head = path.split("/", 2)[1] if path.startswith("/") else ""
        return _same(f"/{head}", self.base)

    def cookie(self, port: int) -> str:
        """The header that lets a browser in."""
        return f"{cookie_name(port)}={self._session}; Path={self.base}; HttpOnly; SameSite=Strict"


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())

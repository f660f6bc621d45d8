"""Who may ask: this machine's browser with the token, by the server's own name, and nobody else.

Every address needs the token or, under the secret path, the cookie, the static files too; what is
missing is refused, never redirected.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from posture_monitor.dashboard.keys import KEY_FIELD, TOKEN_FIELD, cookie_name
from posture_monitor.system.peers import is_own
from posture_monitor.wording.language import N_, _

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from posture_monitor.dashboard.keys import Keys

CSRF_FIELD = "csrf"
CSRF_HEADER = b"x-csrf-token"
MAX_BODY_BYTES = 64 * 1024
MAX_TARGET_BYTES = 4096
BODY_TIMEOUT_S = 10.0
"""A form of at most 64 KiB from this machine takes far less; assumed."""
MAX_DROPPED_BYTES = 1024 * 1024
DROP_TIMEOUT_S = 1.0
"""As much of a too large form is still read, so that the client sees the refusal. Assumed."""
_NAMES = ("127.0.0.1", "localhost")

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:;"
        " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}

_PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    "<title>posture-monitor</title></head><body><h1>{title}</h1><p>{text}</p></body></html>"
)
_TOO_MUCH = N_("This is too much for one form")
_OPEN = "Open the address that <code>posture-monitor dashboard</code> printed."


class _Refused(Exception):
    def __init__(self, status: int, title: str, text: str = _OPEN, *, unread: bool = False) -> None:
        """``unread``: more of the request is on its way."""
        super().__init__(title)
        self.status, self.title, self.text, self.unread = status, title, text, unread


class Guard:
    """Checks each request before the application sees it, and adds the safety headers."""

    def __init__(self, app: ASGIApp, *, keys: Keys, known: Callable[[int], None]) -> None:
        """``known`` hears the port of each client that may come in."""
        self._app = app
        self._keys = keys
        self._known = known

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            set_cookie = self._check(scope)
            self._known(_port(scope, "client"))
            if scope["method"] == "POST":
                receive = _replayed(await _body(receive))
        except _Refused as refused:
            if refused.unread:
                await _drop_rest(receive)
            await _refuse(scope, send, refused)
            return
        if self._keys.is_inside(scope["path"]):
            scope = {**scope, "root_path": self._keys.base}

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", []))
                known = {name.lower() for name, _ in headers}
                headers += [
                    (name.lower().encode(), value.encode())
                    for name, value in HEADERS.items()
                    if name.lower().encode() not in known
                ]
                if set_cookie:
                    headers.append((b"set-cookie", set_cookie.encode()))
                message = {**message, "headers": headers}
            await send(message)

        await self._app(scope, receive, send_safely)

    def _check(self, scope: Scope) -> str | None:
        """The cookie to set, if any; raises _Refused."""
        headers = {name.lower(): value for name, value in scope["headers"]}
        port = _port(scope, "server")
        host = headers.get(b"host", b"").decode("latin-1").lower()
        if host not in {f"{name}:{port}" for name in _NAMES}:
            raise _Refused(421, _("This page answers only to its own address"))
        method = scope["method"]
        if method not in ("GET", "HEAD", "POST"):
            raise _Refused(405, _("This is not possible here"))
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > MAX_TARGET_BYTES:
            raise _Refused(414, _("This address is too long"))
        set_cookie = self._check_right(scope, headers, port)
        _check_origin(method, headers, host)
        if method == "POST":
            length = headers.get(b"content-length", b"0")
            if not length.isdigit() or int(length) > MAX_BODY_BYTES:
                raise _Refused(413, _(_TOO_MUCH), unread=True)
        return set_cookie

    def _check_right(self, scope: Scope, headers: dict[bytes, bytes], port: int) -> str | None:
        inside = self._keys.is_inside(scope["path"])
        for pair in headers.get(b"cookie", b"").decode("latin-1").split(";") if inside else ():
            name, _equals, value = pair.strip().partition("=")
            if name == cookie_name(port) and self._keys.is_session(value):
                return None
        query = parse_qs(scope["query_string"].decode("latin-1"))
        tokens, keys = query.get(TOKEN_FIELD, []), query.get(KEY_FIELD, [])
        if scope["method"] in ("GET", "HEAD") and len(tokens) == 1:
            if self._keys.is_token(tokens[0]):
                return self._keys.cookie(port)
        elif scope["method"] == "GET" and len(keys) == 1:
            # Another account can read it on the browser's command line, and may be faster.
            if is_own(_port(scope, "client"), port) and self._keys.redeem(keys[0]):
                return self._keys.cookie(port)
            raise _Refused(403, _("This address works once, for a short time"))
        raise _Refused(403, _("This page needs its key"))


def _port(scope: Scope, end: str) -> int:
    """Of the ``client`` or the ``server``; 0 where it has none."""
    address = scope.get(end)
    return int(address[1]) if address and address[1] is not None else 0


def _check_origin(method: str, headers: dict[bytes, bytes], host: str) -> None:
    site = headers.get(b"sec-fetch-site", b"").decode("latin-1")
    if method == "POST":
        origin = headers.get(b"origin", b"").decode("latin-1").lower()
        # A form's own post says "null" under our referrer policy; there the browser's own
        # word for the site must vouch, which no page can forge.
        ours = origin == f"http://{host}" or (origin == "null" and site == "same-origin")
        if not ours or site not in ("", "same-origin"):
            raise _Refused(403, _("Only this page itself may change something"))
        return
    opened = headers.get(b"sec-fetch-mode", b"") == b"navigate"
    framed = headers.get(b"sec-fetch-dest", b"document") != b"document"
    if site in ("cross-site", "same-site") and (not opened or framed):
        raise _Refused(403, _("Other pages may not read this one"))


async def _body(receive: Receive) -> bytes:
    """The whole body of a form; _Refused where it is too large, too slow or breaks off."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise _Refused(400, _("The form broke off"))
                body += message.get("body", b"")
                more = message.get("more_body", False)
                if len(body) > MAX_BODY_BYTES:
                    raise _Refused(413, _(_TOO_MUCH), unread=more)
                if not more:
                    return bytes(body)
    except TimeoutError:
        raise _Refused(408, _("The form took too long")) from None


async def _drop_rest(receive: Receive) -> None:
    """Read what still comes of a form that is too large, within bounds.

    A connection that is closed with unread bytes is reset, and the client may never see why.
    """
    dropped = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(DROP_TIMEOUT_S):
            while dropped <= MAX_DROPPED_BYTES:
                message = await receive()
                dropped += len(message.get("body", b""))
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return


def _replayed(body: bytes) -> Receive:
    """The body that was read already, once; then the client waits for its answer."""
    parts = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> Message:
        for part in parts:
            return part
        return {"type": "http.disconnect"}

    return receive


async def _refuse(scope: Scope, send: Send, refused: _Refused) -> None:
    body = _PAGE.format(title=refused.title, text=refused.text).encode()
    headers = {
        **HEADERS,
        "Content-Type": "text/html; charset=utf-8",
        "Content-Length": str(len(body)),
        "Connection": "close",
    }
    await send(
        {
            "type": "http.response.start",
            "status": refused.status,
            "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

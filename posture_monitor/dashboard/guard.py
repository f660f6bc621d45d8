"""Who may ask: this machine's browser with the token, by the server's own name, and nobody else.

Every address needs the token, the static files too; what is missing is refused, never redirected.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOKEN_FIELD = "token"
CSRF_FIELD = "csrf"
CSRF_HEADER = b"x-csrf-token"
MAX_BODY_BYTES = 64 * 1024
MAX_TARGET_BYTES = 4096
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
_OPEN = "Open the address that <code>posture-monitor dashboard</code> printed."


def new_token() -> str:
    """A token for one start of the server."""
    return secrets.token_urlsafe(24)


def csrf_of(token: str) -> str:
    """What a form must carry; the token can't be told from it."""
    return hmac.new(token.encode(), b"form", hashlib.sha256).hexdigest()


def cookie_name(port: int) -> str:
    """Browsers share cookies between the ports of a machine; so each port has its own."""
    return f"posture_monitor_{port}"


class _Refused(Exception):
    def __init__(self, status: int, title: str, text: str = _OPEN) -> None:
        super().__init__(title)
        self.status, self.title, self.text = status, title, text


class Guard:
    """Checks each request before the application sees it, and adds the safety headers."""

    def __init__(self, app: ASGIApp, *, token: str) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            set_cookie = self._check(scope)
        except _Refused as refused:
            await _refuse(scope, send, refused)
            return

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

        await self._app(scope, _limited(receive), send_safely)

    def _check(self, scope: Scope) -> str | None:
        """The cookie to set, if any; raises _Refused."""
        headers = {name.lower(): value for name, value in scope["headers"]}
        port = _port(scope)
        host = headers.get(b"host", b"").decode("latin-1").lower()
        if host not in {f"{name}:{port}" for name in _NAMES}:
            raise _Refused(421, "This page answers only to its own address")
        method = scope["method"]
        if method not in ("GET", "HEAD", "POST"):
            raise _Refused(405, "This is not possible here")
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > MAX_TARGET_BYTES:
            raise _Refused(414, "This address is too long")
        set_cookie = self._check_token(scope, headers, port)
        _check_origin(method, headers, host)
        if method == "POST":
            length = headers.get(b"content-length", b"0")
            if not length.isdigit() or int(length) > MAX_BODY_BYTES:
                raise _Refused(413, "This is too much for one form")
        return set_cookie

    def _check_token(self, scope: Scope, headers: dict[bytes, bytes], port: int) -> str | None:
        name = cookie_name(port)
        for pair in headers.get(b"cookie", b"").decode("latin-1").split(";"):
            key, _, value = pair.strip().partition("=")
            if key == name and self._is_token(value):
                return None
        if scope["method"] in ("GET", "HEAD"):
            query = parse_qs(scope["query_string"].decode("latin-1"))
            given = query.get(TOKEN_FIELD, [])
            if len(given) == 1 and self._is_token(given[0]):
                return f"{name}={self._token}; Path=/; HttpOnly; SameSite=Strict"
        raise _Refused(403, "This page needs its key")

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode("utf-8", "replace"), self._token.encode())


def _port(scope: Scope) -> int:
    server = scope.get("server")
    return int(server[1]) if server and server[1] is not None else 0


def _check_origin(method: str, headers: dict[bytes, bytes], host: str) -> None:
    site = headers.get(b"sec-fetch-site", b"").decode("latin-1")
    if method == "POST":
        origin = headers.get(b"origin", b"").decode("latin-1").lower()
        # A form's own post says "null" under our referrer policy; there the browser's own
        # word for the site must vouch, which no page can forge.
        ours = origin == f"http://{host}" or (origin == "null" and site == "same-origin")
        if not ours or site not in ("", "same-origin"):
            raise _Refused(403, "Only this page itself may change something")
        return
    opened = headers.get(b"sec-fetch-mode", b"") == b"navigate"
    framed = headers.get(b"sec-fetch-dest", b"document") != b"document"
    if site in ("cross-site", "same-site") and (not opened or framed):
        raise _Refused(403, "Other pages may not read this one")


def _limited(receive: Receive) -> Receive:
    """The body up to the limit; whoever sends more without saying so is cut off."""
    taken = 0

    async def receive_limited() -> Message:
        nonlocal taken
        message = await receive()
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            if taken > MAX_BODY_BYTES:
                return {"type": "http.disconnect"}
        return message

    return receive_limited


async def _refuse(scope: Scope, send: Send, refused: _Refused) -> None:
    body = _PAGE.format(title=refused.title, text=refused.text).encode()
    headers = {
        **HEADERS,
        "Content-Type": "text/html; charset=utf-8",
        "Content-Length": str(len(body)),
    }
    await send(
        {
            "type": "http.response.start",
            "status": refused.status,
            "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

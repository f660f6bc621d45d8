"""Where a camera that can't be opened would have sent us; for the error's text alone."""

from __future__ import annotations

import base64
import contextlib
import http.client
import ssl
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from urllib.parse import SplitResult


def redirect_of(address: str, *, timeout_s: float) -> str | None:
    """The place to which an http(s) address redirects, as the camera writes it; None if it doesn't.

    Asks the address itself, once more and without its pictures, and follows nothing.
    """
    parts = urlsplit(address)
    try:
        connection = _connection(parts, timeout_s)
        with contextlib.closing(connection):
            target = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
            connection.request("GET", target, headers=_credentials(parts))
            answer = connection.getresponse()
            return answer.getheader("Location", "") if 300 <= answer.status < 400 else None
    except (OSError, http.client.HTTPException, ValueError):
        return None


def _connection(parts: SplitResult, timeout_s: float) -> http.client.HTTPConnection:
    host = parts.hostname or ""
    if parts.scheme.lower() == "https":
        # As FFmpeg does: cameras sign their own certificates, and nothing secret is asked for.
        context = ssl._create_unverified_context()
        return http.client.HTTPSConnection(host, parts.port, timeout=timeout_s, context=context)
    return http.client.HTTPConnection(host, parts.port, timeout=timeout_s)


def _credentials(parts: SplitResult) -> dict[str, str]:
    if parts.username is None:
        return {}
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode('ascii')}"}

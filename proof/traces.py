"""What a program did with sockets and files, as strace saw it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_CALLS = (
    *("connect", "bind", "sendto", "sendmsg", "sendmmsg"),
    *("open", "openat", "openat2", "creat", "memfd_create"),
    *("write", "writev", "pwrite64", "pwritev", "pwritev2"),
)
_LONGEST = 200_000
"""Bytes of a write that are kept; a picture that is served has fewer."""
_LINE = re.compile(r"^(?:\d+\s+)?(\w+)\((.*)$")
_INET = re.compile(r'sin_port=htons\((\d+)\), sin_addr=inet_addr\("([^"]*)"\)')
_INET6 = re.compile(r'sin6_port=htons\((\d+)\).*?inet_pton\(AF_INET6, "([^"]*)"')
_UNIX = re.compile(r'sa_family=AF_UNIX, sun_path=(@?)"((?:[^"\\]|\\.)*)"')
_WRITTEN = re.compile(r"^\d+<(.*?)>, (.*)$", re.DOTALL)
_STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_ADDRESS = re.compile(r'(?:inet_addr\(|inet_pton\(AF_INET6, |sun_path=@?)"[^"]*"')
_OPENED = re.compile(r'"((?:\\x[0-9a-f]{2})*)", ([A-Z_|0-9a-z]+)')


def strace(trace: Path) -> list[str]:
    """What starts a program under strace, its children too."""
    return [
        *("strace", "-f", "-qq", "-yy", "-xx", "-s", str(_LONGEST), "-o", str(trace)),
        *("-e", f"trace={','.join(_CALLS)}"),
    ]


@dataclass(frozen=True, slots=True)
class Contact:
    """A socket that was connected, bound, or written to by its address."""

    call: str
    family: str
    place: str
    """``HOST:PORT`` or the path of a socket."""


@dataclass(frozen=True, slots=True)
class Written:
    """Bytes that left the program."""

    place: str
    """A path, or what strace says of a socket: ``TCP:[127.0.0.1:1->127.0.0.1:2]``."""
    content: bytes


@dataclass(frozen=True, slots=True)
class Trace:
    """Everything of one run."""

    contacts: tuple[Contact, ...]
    opened: tuple[str, ...]
    """Files that were opened for writing, or created."""
    written: tuple[Written, ...]


def read(trace: Path) -> Trace:
    """The trace of a run that has ended."""
    contacts: list[Contact] = []
    opened: list[str] = []
    written: list[Written] = []
    with trace.open(encoding="latin-1") as lines:
        for line in lines:
            match = _LINE.match(line)
            if match is None:
                continue
            call, rest = match[1], match[2]
            contacts += _contacts(call, rest)
            if call in {"open", "openat", "openat2", "creat"}:
                opened += _opened(call, rest)
            elif "write" in call or "send" in call:
                written += _written(rest)
    return Trace(tuple(contacts), tuple(opened), tuple(written))


def _contacts(call: str, rest: str) -> Iterator[Contact]:
    if "write" in call:
        return
    for port, host in _INET.findall(rest):
        yield Contact(call, "AF_INET", f"{_text(host)}:{port}")
    for port, host in _INET6.findall(rest):
        yield Contact(call, "AF_INET6", f"[{_text(host)}]:{port}")
    for _abstract, path in _UNIX.findall(rest):
        yield Contact(call, "AF_UNIX", _text(path))


def _opened(call: str, rest: str) -> Iterator[str]:
    if " = -1 " in rest:
        return
    if call == "creat":
        yield _text(rest.split('"')[1])
        return
    match = _OPENED.search(rest)
    if match is not None and re.search(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_TMPFILE", match[2]):
        # What strace says of the descriptor is the whole path, whatever it was opened from.
        whole = re.search(r"= \d+<((?:\\x[0-9a-f]{2})+)", rest)
        yield _text(whole[1] if whole else match[1])


def _written(rest: str) -> Iterator[Written]:
    match = _WRITTEN.match(rest)
    if match is None:
        return
    without_addresses = _ADDRESS.sub("", match[2])
    yield Written(_text(match[1]), b"".join(map(_bytes, _STRING.findall(without_addresses))))


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


def _text(text: str) -> str:
    """A string as strace shows it, hexadecimal or not."""
    if not text.startswith("\\x"):
        return text
    hexadecimal = re.match(r"(?:\\x[0-9a-f]{2})+", text)
    return _bytes(hexadecimal[0] if hexadecimal else "").decode("utf-8", "replace")


def strangers(contacts: Sequence[Contact], known: Sequence[str]) -> list[Contact]:
    """The contacts whose place none of these patterns matches whole."""
    patterns = [re.compile(pattern) for pattern in known]
    return [c for c in contacts if not any(p.fullmatch(c.place) for p in patterns)]

"""Names from outside: on Unix a file's name is bytes, and some bytes steer a terminal."""

from __future__ import annotations

import os
import unicodedata

_STEERING = {"Cc", "Cs", "Zl", "Zp"}
"""Unicode categories: control characters, half a character, separators of lines and paragraphs."""
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of writing, so that a name reads as another one."""


def shown(name: str | os.PathLike[str]) -> str:
    r"""The name as text that any terminal, file, page and database takes.

    Bytes that are not UTF-8 and characters that steer a terminal are written out.

    >>> shown("caf\udce9.avi"), shown("a\x1b[2Jb\n.mp4"), shown("Café 1.mp4")
    ('caf\\xe9.avi', 'a\\x1b[2Jb\\x0a.mp4', 'Café 1.mp4')
    """
    text = os.fspath(name)
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(letter) for letter in text)


def _shown(letter: str) -> str:
    if unicodedata.category(letter) not in _STEERING and letter not in _DIRECTIONS:
        return letter
    code = ord(letter)
    if 0xDC80 <= code <= 0xDCFF:  # how Python carries a byte that it could not decode
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def shown_lines(text: str) -> str:
    r"""The same for a text of several lines: the ends of its lines stay.

    >>> shown_lines("one\ntwo\x07")
    'one\ntwo\\x07'
    """
    return "\n".join(shown(line) for line in text.split("\n"))


def is_utf8(name: str) -> bool:
    """Whether a library that takes names as UTF-8 finds the file that Python means.

    False also where the system's own encoding is another one.
    """
    try:
        return "\0" not in name and name.encode("utf-8") == os.fsencode(name)
    except UnicodeEncodeError:
        return False


MASK = "***"


def masked(source: str) -> str:
    """A camera's address without its password and without the values of its query.

    >>> masked("rtsp://me:p@ss@10.0.0.7/live?pwd=x&ch=1"), masked("Desk camera"), masked("a?b.mp4")
    ('rtsp://me:***@10.0.0.7/live?***', 'Desk camera', 'a?b.mp4')
    >>> masked("http://token@10.0.0.7/x")
    'http://***@10.0.0.7/x'
    """
    scheme, separator, rest = source.partition("://")
    if not separator:
        return source
    # Up to the last @, since passwords with unescaped characters are common.
    credentials, at, place = rest.rpartition("@")
    user, colon, _ = credentials.partition(":")
    kept = f"{user}:{MASK}@" if colon else f"{MASK}@" if at else ""
    place, query, _ = place.partition("?")
    return f"{scheme}://{kept}{place}{query}{MASK if query else ''}"

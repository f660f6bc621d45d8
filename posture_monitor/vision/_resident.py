"""Hands back the pages of libraries that only their loading touched.

OpenCV, FFmpeg and LiteRT are 200 MB of code, of which starting up walks through much and watching
uses little; the system keeps all of it resident while there is room. Dropped pages are clean
copies of files: whatever is called again is mapped again, at about a microsecond a page.
"""

from __future__ import annotations

import ctypes
import re
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

_MADV_DONTNEED = 4
_MAPPING = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ (\d+) +(\S.*)?$")
_HEXADECIMAL = frozenset("0123456789abcdef")
"""What a mapping's line begins with; the many others begin with a capital letter."""
_SMALLEST_BYTES = 1 << 18
"""Mappings below this are not worth a system call each."""


def droppable(smaps: Iterable[str]) -> list[tuple[int, int]]:
    """Start and length of the mappings, as /proc/PID/smaps tells them, that are clean files.

    Only private ones that can't be written and of which no page was ever changed: in those that
    were, the loader's relocations would be lost.
    """
    found: list[tuple[int, int]] = []
    candidate: tuple[int, int] | None = None
    for line in smaps:
        mapping = _MAPPING.match(line) if line[:1] in _HEXADECIMAL else None
        if mapping:
            first, last = int(mapping[1], 16), int(mapping[2], 16)
            clean = mapping[3] in ("r-xp", "r--p") and mapping[4] != "0"
            large = last - first >= _SMALLEST_BYTES
            candidate = (first, last - first) if clean and large else None
        elif candidate is not None and line.startswith("Anonymous:") and int(line.split()[1]) == 0:
            found.append(candidate)
    return found


@lru_cache(maxsize=1)
def _libc() -> Any:
    library = ctypes.CDLL(None)
    library.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    return library


def drop_unused_code() -> None:
    """Do it for this process; on systems other than Linux nothing happens."""
    if not sys.platform.startswith("linux"):
        return
    try:
        with open("/proc/self/smaps", encoding="utf-8", errors="replace") as file:
            mappings = droppable(file)
        libc = _libc()
    except (OSError, AttributeError):
        return  # a system without /proc or madvise keeps its pages; nothing else depends on it
    for first, length in mappings:
        libc.madvise(first, length, _MADV_DONTNEED)

"""Whether the log beside the record (SQLite's write-ahead log) lost what it held.

SQLite reads the log up to the first frame that fails its checksum and drops what follows: right
for a write that a power cut tore, but a changed bit in the middle costs all later writes without
being noticed. A checksum goes on from that of the frame before, so whole frames after a bad one
prove that they were written. The format: sqlite.org/fileformat2.html, section 4.
"""

from __future__ import annotations

import sys
import time
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HEADER_BYTES = 32
_FRAME_HEADER_BYTES = 24
_MAGIC = 0x377F0682
"""The last bit tells the order of bytes in which checksums are computed: 1 for big-endian."""
_DAY_S = 24 * 3600
_PAUSE_S = 0.05
"""Until it is read again, since another program may just have been writing; assumed."""

_Sums = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Frame:
    """One frame, as far as it can be judged by itself and the one before."""

    intact: bool
    ends_commit: bool


def damaged_on(log: Path) -> int | None:
    """The day since 1970 (UTC) of the last write to a log that lost some; None where it is whole.

    To be asked before SQLite opens the record, which then empties the log.
    """
    for _ in range(2):
        try:
            content, written_at_s = log.read_bytes(), log.stat().st_mtime
        except OSError:
            return None
        if not has_lost(content):
            return None
        time.sleep(_PAUSE_S)
    return int(written_at_s // _DAY_S)


def has_lost(content: bytes) -> bool:
    """Whether a bad frame, or a bad header, comes before a whole one that completes a write."""
    if len(content) < _HEADER_BYTES:
        return False
    damaged = not _header_is_intact(content)
    for frame in _frames(content):
        if not frame.intact:
            damaged = True
        elif damaged and frame.ends_commit:
            return True
    return False


def _number(content: bytes, at: int) -> int:
    return int.from_bytes(content[at : at + 4], "big")


def _order(content: bytes) -> str:
    return "big" if _number(content, 0) & 1 else "little"


def _header_is_intact(content: bytes) -> bool:
    if _number(content, 0) | 1 != _MAGIC | 1:
        return False
    stored = _number(content, 24), _number(content, 28)
    return _checksum(content[:24], _order(content), (0, 0)) == stored


def _frames(content: bytes) -> Iterator[_Frame]:
    """Each whole frame; of one page each, by the size that the header gives."""
    size = _FRAME_HEADER_BYTES + _number(content, 8)
    starts = range(_HEADER_BYTES, len(content) - size + 1, size)
    if not starts or size <= _FRAME_HEADER_BYTES:
        return
    order = _order(content)
    # The header may be what is damaged; then the first frame tells what the log was.
    salts_at = 16 if _header_is_intact(content) else _HEADER_BYTES + 8
    salts = content[salts_at : salts_at + 8]
    before = _number(content, 24), _number(content, 28)
    for start in starts:
        head = content[start : start + _FRAME_HEADER_BYTES]
        stored = _number(head, 16), _number(head, 20)
        intact = head[8:16] == salts and stored == _checksum(
            content[start + _FRAME_HEADER_BYTES : start + size],
            order,
            _checksum(head[:8], order, before),
        )
        yield _Frame(intact, ends_commit=_number(head, 4) != 0)
        before = stored


def _checksum(content: bytes, order: str, before: _Sums) -> _Sums:
    words = array("I", content)
    if order != sys.byteorder:
        words.byteswap()
    first, second = before
    for at in range(0, len(words), 2):
        first = (first + words[at] + second) & 0xFFFFFFFF
        second = (second + words[at + 1] + first) & 0xFFFFFFFF
    return first, second

"""Checksums of what is recorded, by which a changed bit or a lost row is noticed; no SQL runs here.

Each row carries the CRC-32 of its values, as SQLite gives them back. Each day of each run carries
the sum of its rows' checksums, so that a row which vanished, moved or came twice is noticed as
well. Every single changed bit is noticed; other changes but for one in four thousand million.
"""

from __future__ import annotations

import struct
from typing import Any
from zlib import crc32

NONE_FITS = -1
"""In place of the checksum of values that no version wrote: no checksum is negative."""

_INTERVAL = struct.Struct("<qqdddb")
_EVENT = struct.Struct("<qqd")


def interval_checksum(*values: Any) -> int:
    """Of the run's number and the values of INTERVAL_COLUMNS.

    >>> interval_checksum(1, 1_000_000, 60.0, "sitting", None, "slouch", 60.0, 5400.0)
    3967035632
    >>> interval_checksum(1, 1_000_000, "long", "sitting", None, "slouch", 60.0, 5400.0)
    -1
    """
    run_id, start_at_us, duration_s, state, strained, reasons, judged_s, score_seconds = values
    try:
        numbers = _INTERVAL.pack(
            run_id,
            start_at_us,
            duration_s,
            judged_s,
            score_seconds,
            -1 if strained is None else strained,
        )
        return crc32(_encoded(reasons), crc32(_encoded(state), crc32(numbers)))
    except (struct.error, AttributeError):
        return NONE_FITS


def event_checksum(*values: Any) -> int:
    """Of the run's number and the values of EVENT_COLUMNS."""
    run_id, at_us, t_s, kind, detail = values
    try:
        numbers = _EVENT.pack(run_id, at_us, t_s)
        return crc32(_encoded(detail), crc32(_encoded(kind), crc32(numbers)))
    except (struct.error, AttributeError):
        return NONE_FITS


def checksum(*values: object) -> int:
    """Of a few whole numbers, texts and Nones.

    >>> checksum(1, "talk.mp4", None)
    3388520708
    """
    return crc32(ascii(values).encode("ascii"))


def decoded(text: bytes) -> str:
    """Text from the file; bytes that a changed bit made invalid stay, and fail the checksum."""
    return text.decode("utf-8", "surrogateescape")


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")

"""The log: one line for each event, readable by the user alone, never over a megabyte."""

from __future__ import annotations

import contextlib
import os
from typing import IO, TYPE_CHECKING, Self

from posture_monitor.domain import StoreError
from posture_monitor.system.names import shown
from posture_monitor.system.private_files import private_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from posture_monitor.domain import Event

MAX_BYTES = 500_000
"""At this size the log is renamed to ``.1`` and begun anew."""


class EventLog:
    """Appends events to a file; a full disk costs lines, never the monitor."""

    def __init__(self, path: Path, echo: Callable[[str], None]) -> None:
        self._path = path
        self._echo = echo
        self._file: IO[str] | None = None

    def __enter__(self) -> Self:
        self._file = private_file(self._path).open("a", encoding="utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()

    def event(self, at: datetime, event: Event) -> None:
        """Write one line: local time, kind, detail."""
        line = f"{at.astimezone():%Y-%m-%d %H:%M:%S} {event.kind} {event.detail}".rstrip()
        line = shown(line)  # a log is read on a terminal, too
        self._echo(line)
        with contextlib.suppress(OSError, ValueError, StoreError):
            self._write(line)

    def _write(self, line: str) -> None:
        if self._file is None:
            return
        if not self._path.exists():  # deleted meanwhile: what comes now belongs to a new one
            self._file.close()
            self._file = private_file(self._path).open("a", encoding="utf-8")
        self._file.write(line + "\n")
        self._file.flush()
        if self._file.tell() > MAX_BYTES:
            self._file.close()
            os.replace(self._path, self._path.with_suffix(self._path.suffix + ".1"))
            self._file = private_file(self._path).open("a", encoding="utf-8")

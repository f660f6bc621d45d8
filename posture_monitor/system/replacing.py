"""Files that are written beside their place and take it when they are whole."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

try:
    import fcntl
except ImportError:  # Windows, which itself keeps an open file from being deleted
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType


class Replacing:
    """A file that takes its name only when it was written to the end; OSError where it can't be.

    What was there stays until then, so a full disk or a kill costs the new file alone. Each
    writer has a file of its own beside it: two that write to one place at a time don't mix.
    A link is followed; a device or a pipe can't be replaced and is written to directly.
    """

    def __init__(self, path: Path, mode: str = "w", *, permissions: int | None = None) -> None:
        """``permissions`` of a new file (None: the umask's); one that was there keeps its own."""
        self._path = path.resolve()
        self._partial: Path | None = None
        text: dict[str, Any] = {} if "b" in mode else {"encoding": "utf-8", "newline": ""}
        before = _status(self._path)
        if before is not None and not stat.S_ISREG(before.st_mode):
            self.file: IO[Any] = self._path.open(mode, **text)
            return
        if before is not None and not os.access(self._path, os.W_OK):
            raise PermissionError(13, os.strerror(13), str(path))
        # A short name of its own: the file's may already be as long as a name can be.
        self._partial = self._path.with_name(
            f".{_key(self._path.name)}{secrets.token_hex(4)}.partial"
        )
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        descriptor = os.open(self._partial, flags, 0o666 if permissions is None else permissions)
        self.file = os.fdopen(descriptor, mode, **text)
        _lock(descriptor)
        if before is not None and hasattr(os, "fchmod"):
            os.fchmod(descriptor, stat.S_IMODE(before.st_mode))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if exc_type is None and self._partial is not None:
                self.file.flush()
                os.fsync(self.file.fileno())  # else a power cut may leave an empty file
            self.file.close()  # may find the disk full
            if exc_type is None and self._partial is not None:
                self._partial.replace(self._path)
        finally:
            with suppress(OSError):  # said already
                self.file.close()
            if self._partial is not None:
                self._partial.unlink(missing_ok=True)


def remove_leftovers(folder: Path, names: Iterable[str]) -> None:
    """Removes what a killed writer left of files of these names; what is being written stays.

    A missing folder, or one that can't be read, has none.
    """
    keys = {_key(name) for name in names}
    with suppress(OSError):
        for place in folder.glob(".*.partial"):
            if place.name[1:9] in keys and len(place.name) == len(".0123456789abcdef.partial"):
                _remove_unless_written(place)


def _remove_unless_written(place: Path) -> None:
    with suppress(OSError):  # its writer holds the lock, or it has just gone
        with place.open("rb") as file:
            if fcntl is not None:
                fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        place.unlink()


def _key(name: str) -> str:
    """What tells, in a partial file's name, which file it was to become."""
    return hashlib.sha256(os.fsencode(name)).hexdigest()[:8]


def _lock(descriptor: int) -> None:
    """For as long as the file is open; some shared disks know no locks."""
    if fcntl is not None:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None

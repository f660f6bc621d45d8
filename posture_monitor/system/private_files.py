"""Files and folders that only the user may read, whatever the umask."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from posture_monitor.domain import StoreError
from posture_monitor.system.failures import why

if TYPE_CHECKING:
    from pathlib import Path


def private_folder(folder: Path) -> None:
    """Creates a folder, and those above it that are missing, for the user alone.

    One that was there keeps its permissions: it isn't ours, and other things may live in it. Our
    files in it are closed to others by themselves. StoreError where nothing can be written there.
    """
    try:
        for missing in reversed([folder, *folder.parents]):
            if not missing.exists():
                missing.mkdir(mode=0o700, exist_ok=True)
                missing.chmod(0o700)  # a umask may have taken the user's own rights, too
        if not folder.is_dir():
            raise StoreError("{folder} is a file; remove it, or use --data-dir", folder=folder)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise StoreError(
                "{folder} may not be written; check its owner and permissions, or use --data-dir",
                folder=folder,
            )
    except OSError as error:
        raise StoreError(
            "can't create the folder {folder} {error}, or use --data-dir",
            folder=folder,
            error=why(error, folder),
        ) from error


def private_file(path: Path) -> Path:
    """Creates the file, empty and 0600, where it is missing, and closes one that was open to
    others; answers the path.

    Never open to others for a moment. One that is there isn't opened: closing any handle of a
    database would drop the locks that SQLite holds on it in this process
    (sqlite.org/howtocorrupt.html, section 2.2).
    """
    try:
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise _unwritable(path, error) from error
    if path.is_dir():
        raise StoreError("{path} is a folder; move it away, or use --data-dir", path=path)
    restrict(path)
    if not os.access(path, os.W_OK):
        raise StoreError(
            "{path} may not be written; check the file's owner, or use --data-dir", path=path
        )
    return path


def restrict(path: Path) -> None:
    """Takes everybody else's rights from the file; a missing one is no error."""
    try:
        with suppress(FileNotFoundError):
            if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) != 0o600:
                path.chmod(0o600)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> StoreError:
    return StoreError(
        "can't write {path} {error}, or use --data-dir", path=path, error=why(error, path)
    )

"""Opening the file of the record: created whole, checked to be ours, brought to the newest schema.

What goes wrong with it becomes a StoreError that says what to do.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from posture_monitor.domain import PostureMonitorError, StoreError
from posture_monitor.history import log_check, schema
from posture_monitor.history.checks import checksum, decoded
from posture_monitor.system.failures import NO_INODES, lacks_inodes, why
from posture_monitor.system.private_files import private_folder, restrict

if TYPE_CHECKING:
    from collections.abc import Iterator

_BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a file."""

BUSY_TIMEOUT_S = 5.0
"""How long to wait for another process's write (assumed; ours take milliseconds)."""


# --------------------------------------------------------------------------- errors


def damaged(path: Path) -> StoreError:
    """What to say of a file that can't be read as a record."""
    return StoreError(
        "{path} is damaged or not a record of posture-monitor; move the file away "
        "(with any -wal and -shm beside it) and start again",
        path=path,
    )


def _explain(path: Path, error: sqlite3.Error) -> StoreError:
    """The sentence for the user: what happened and what to do."""
    code = (getattr(error, "sqlite_errorcode", None) or sqlite3.SQLITE_ERROR) & 0xFF
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return damaged(path)
    if code == sqlite3.SQLITE_FULL:
        return StoreError(
            "the disk is full, {path} can't grow; free some space on that disk", path=path
        )
    if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN}:
        if lacks_inodes(path):
            return StoreError(
                "can't write {path} {advice}, or use --data-dir",
                path=path,
                advice=PostureMonitorError(NO_INODES),
            )
        return StoreError(
            "can't write {path} ({error}); make the file and its folder writable for "
            "you, or choose another folder with --data-dir",
            path=path,
            error=error,
        )
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return StoreError(
            "{path} is kept busy by another program; try again in a moment", path=path
        )
    return StoreError(
        "can't use {path}: {error}; check that its disk is present, not full and not failing",
        path=path,
        error=error,
    )


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn errors of SQLite into a StoreError with what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise _explain(path, error) from error
    except UnicodeDecodeError as error:  # of a name in SQLite's own message
        raise damaged(path) from error


# --------------------------------------------------------------------------- creating


@dataclass(frozen=True, slots=True)
class Opened:
    """A connection to the record, and what was found of its file."""

    db: sqlite3.Connection
    mark: tuple[int, int]
    """Which file it is."""
    damaged_day: int | None = None
    """The day since 1970 (UTC) whose last entries were lost with a damaged log."""


def open_database(path: Path) -> Opened:
    """Opens the record; it is created where it is missing."""
    private_folder(path.parent)
    try:
        if not path.exists():
            _create(Path(os.path.realpath(path)))
        status = path.stat()
    except OSError as error:
        raise StoreError(
            "can't write {path} {error}, or use --data-dir", path=path, error=why(error, path)
        ) from error
    if path.is_dir():
        raise StoreError("{path} is a folder; move it away, or use --data-dir", path=path)
    if status.st_size == 0:
        raise StoreError(
            "{path} is empty (0 bytes): what was recorded in it is lost; put a copy in "
            "its place, or delete it to begin a new record",
            path=path,
        )
    if not os.access(path, os.W_OK):
        raise StoreError(
            "{path} may not be written; check the file's owner, or use --data-dir", path=path
        )
    damaged_day = log_check.damaged_on(path.with_name(path.name + "-wal"))
    with explained(path):
        return Opened(_connect(path), (status.st_dev, status.st_ino), damaged_day)


def mark_of(path: Path) -> tuple[int, int] | None:
    """Which file has that name now; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _create(path: Path) -> None:
    """Put a whole, empty record there, unless another program was faster.

    At no moment is there a file of 0 bytes: one that is found was emptied by something else.
    """
    partial = path.with_name(f".{secrets.token_hex(8)}.partial")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(partial, flags, 0o600), "wb") as file:
            partial.chmod(0o600)  # a umask may have taken the user's own rights, too
            file.write(_empty_record())
            file.flush()
            os.fsync(file.fileno())
        with _one_at_a_time(path.parent):
            if path.exists():
                return
            for suffix in _BESIDE:
                # Of a file that was deleted or moved: SQLite would put its pages into the new one.
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            with contextlib.suppress(FileExistsError):  # Windows has no lock here, and says so
                partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)


def _empty_record() -> bytes:
    """The content of a file with the newest schema and nothing in it."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    try:
        _migrate(db, Path(":memory:"))
        return db.serialize()
    finally:
        db.close()


@contextlib.contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Keeps other programs of ours from creating a record in the folder meanwhile."""
    if sys.platform == "win32":
        yield
        return
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # a network disk may have no locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


# --------------------------------------------------------------------------- opening


def _applied_count(db: sqlite3.Connection, path: Path) -> int:
    """How many migrations the file has seen; StoreError where it can't be ours."""
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables:
        return 0
    if "migrations" not in tables:
        raise damaged(path)
    applied = int(db.execute("SELECT coalesce(max(version), 0) FROM migrations").fetchone()[0])
    if applied > len(schema.MIGRATIONS):
        raise StoreError(
            "{path} was written by a newer posture-monitor; upgrade posture-monitor, or "
            "choose another folder with --data-dir",
            path=path,
        )
    return applied


@contextlib.contextmanager
def all_or_nothing(db: sqlite3.Connection) -> Iterator[None]:
    """Commit at the end, undo after any exception."""
    try:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):  # the first error is the one to tell
            db.rollback()
        raise


def _migrate(db: sqlite3.Connection, path: Path) -> None:
    """Bring the file to the newest schema, each step together with the note that it was done."""
    if _applied_count(db, path) == len(schema.MIGRATIONS):
        return  # without a write: many commands only read
    with all_or_nothing(db):
        applied = _applied_count(db, path)  # another process may have been faster
        db.execute(
            "CREATE TABLE IF NOT EXISTS migrations"
            " (version INTEGER PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID"
        )
        for version, step in enumerate(schema.MIGRATIONS[applied:], start=applied + 1):
            step(db)
            db.execute("INSERT INTO migrations VALUES (?, ?)", (version, step.__name__))
        db.execute(f"PRAGMA user_version = {_schema_checksum(db)}")


def _schema_checksum(db: sqlite3.Connection) -> int:
    """Of the text of our tables, indexes and triggers; 31 bits."""
    rows = db.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
    return checksum(*(word for row in rows if row[0] in schema.NAMES for word in row)) >> 1


def _connect(path: Path) -> sqlite3.Connection:
    """An open connection in autocommit mode with everything switched on."""
    db = sqlite3.connect(
        path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )
    db.text_factory = decoded
    try:
        _applied_count(db, path)  # before anything is done to a file that isn't ours
        for suffix in ("", *_BESIDE):  # SQLite gives new ones the file's own mode
            restrict(path.with_name(path.name + suffix))
        _enter_wal_mode(db)
        # FULL: a power cut must not undo what was committed; at a commit per 5 s it is cheap.
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA wal_autocheckpoint = 100")  # pages: a log of 0.4 MB, not 4
        db.execute("PRAGMA foreign_keys = ON")
        # What is deleted is overwritten, also where compacting afterwards fails.
        db.execute("PRAGMA secure_delete = ON")
        db.execute("PRAGMA temp_store = MEMORY")  # no copies outside the data folder
        db.execute("PRAGMA cell_size_check = ON")
        _migrate(db, path)
        if db.execute("PRAGMA user_version").fetchone()[0] != _schema_checksum(db):
            raise damaged(path)
    except BaseException:
        db.close()
        raise
    return db


def _enter_wal_mode(db: sqlite3.Connection) -> None:
    """Switch to WAL, waiting for others: SQLite's own busy timeout doesn't cover this step."""
    give_up_at_s = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() > give_up_at_s:
                raise
            time.sleep(0.01)

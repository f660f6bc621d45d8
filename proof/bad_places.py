"""Settings, records and folders that can't serve, and streams that nobody reads."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

from posture_monitor.history.store import Store
from proof.cases import Broken, Case
from proof.watching import sentence
from tests.dashboard.serving import write_days
from tests.program import environment, posture_monitor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

REFUSED = "report: exit 1, one sentence; the file stays as it is"


def cases() -> list[Case]:
    """All of them."""
    return [
        *(
            Case("record", name, REFUSED, partial(_record, spoil))
            for name, spoil in _RECORDS.items()
        ),
        *(
            Case("settings", name, "exit 1, one sentence", partial(_settings, make))
            for name, make in _SETTINGS.items()
        ),
        Case("place", "a file in place of the data folder", "exit 1, one sentence", _file),
        Case("place", "no home folder", "exit 1, one sentence", _homeless),
        Case("streams", "output to a full disk", "exit 1, one sentence", _full_output),
        Case("streams", "output that nobody reads any more", "no traceback", _broken_pipe),
        Case("streams", "all streams closed", "exit 0", _closed_streams),
    ]


# ----------------------------------------------------------------------------- records


def _cut_in_half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("INSERT INTO migrations VALUES (999, 'tomorrow')")
    _settle(path)


def _foreign(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE songs (name TEXT)")


def _as_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _overwritten(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for page in range(1, len(content) // 4096):
        content[page * 4096 : page * 4096 + 64] = os.urandom(64)
    path.write_bytes(content)


_RECORDS: dict[str, Callable[[Path], object]] = {
    "of 0 bytes": lambda path: path.write_bytes(b""),
    "a text": lambda path: path.write_bytes(b"Dear diary,\n" * 1000),
    "a record of another program": _foreign,
    "of a newer version": _newer,
    "cut in half": _cut_in_half,
    "the head of every page overwritten": _overwritten,
    "a folder in its place": _as_folder,
}


def _settle(path: Path) -> None:
    """Everything in the one file, nothing in a log beside it."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _record(spoil: Callable[[Path], object], folder: Path) -> str:
    path = write_days(folder / "data", 3) / "history.db"
    Store(path).close()
    _settle(path)
    for beside in ("-wal", "-shm"):
        path.with_name(path.name + beside).unlink(missing_ok=True)
    spoil(path)
    before = path.read_bytes() if path.is_file() else b""
    done = posture_monitor(
        *("--data-dir", folder / "data", "report", "--since", "2026-01-01", "--until", "2026-12-31")
    )
    found = sentence(done, "history.db")
    if path.is_file() and path.read_bytes() != before:
        raise Broken("the file was changed")
    return found


# ---------------------------------------------------------------------------- settings


def _written(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


_SETTINGS: dict[str, Callable[[Path], object]] = {
    "no TOML": _written(b"[camera\n"),
    "not UTF-8": _written(b"\xff\xfe\x00"),
    "an unknown section": _written(b"[cameras]\nsource = '0'\n"),
    "an unknown name": _written(b"[camera]\nsauce = '0'\n"),
    "a text in place of a number": _written(b"[camera]\nread_limit_s = 'long'\n"),
    "out of its bounds": _written(b"[camera]\nread_limit_s = -1\n"),
    "not a number": _written(b"[camera]\nread_limit_s = nan\n"),
    "a number of 10,000 digits": _written(b"[camera]\nread_limit_s = " + b"9" * 10_000),
    "nested 100,000 deep": _written(b"x = " + b"[" * 100_000),
    "a file of 2 MB": _written(b"# long\n" * 300_000),
    "a pipe": os.mkfifo,
    "a folder": lambda path: path.mkdir(),
    "a link to itself": lambda path: path.symlink_to(path),
    "/dev/zero": lambda path: path.symlink_to("/dev/zero"),
}


def _settings(make: Callable[[Path], object], folder: Path) -> str:
    make(folder / "config.toml")
    return sentence(
        posture_monitor(
            *("--data-dir", folder / "data", "--config", folder / "config.toml", "report")
        ),
        "config.toml",
    )


# -------------------------------------------------------------------- places and streams


def _file(folder: Path) -> str:
    (folder / "data").write_text("taken")
    return sentence(posture_monitor("--data-dir", folder / "data", "report"))


def _homeless(_folder: Path) -> str:
    kept = environment()
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        kept.pop(name, None)
    script = (
        "import os, pwd, sys; pwd.getpwuid = lambda _: (_ for _ in ()).throw(KeyError());"
        "from posture_monitor.cli import main; sys.exit(main(['report']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=kept, capture_output=True, text=True, timeout=60
    )
    return sentence(done, "HOME")


def _full_output(folder: Path) -> str:
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "posture_monitor", "--data-dir", str(folder / "data"), "report"],
            env=environment(), stdout=full, stderr=subprocess.PIPE, text=True, timeout=60,
        )  # fmt: skip
    return sentence(done, "can't be written")


def _broken_pipe(folder: Path) -> str:
    write_days(folder / "data", 3)
    command = f"{sys.executable} -m posture_monitor --data-dir {folder}/data config show | true"
    done = subprocess.run(
        ["sh", "-c", command], env=environment(), capture_output=True, text=True, timeout=60
    )
    if "Traceback" in done.stderr or "Exception" in done.stderr:
        raise Broken(done.stderr)
    return done.stderr.strip() or "not a word"


def _closed_streams(folder: Path) -> str:
    command = (
        f"exec {sys.executable} -m posture_monitor --data-dir {folder}/data report <&- >&- 2>&-"
    )
    done = subprocess.run(["sh", "-c", command], env=environment(), timeout=60)
    if done.returncode != 0:
        raise Broken(f"exit {done.returncode}")
    return "exit 0"

"""A log cut off by a power failure, and flipped bits: the record stays right, or it is said."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

from posture_monitor.domain import Interval, State, StoreError
from posture_monitor.history.store import Store
from proof.cases import Broken, Case
from tests.builders import NINE
from tests.dashboard.serving import NOW, write_days
from tests.program import posture_monitor
from tests.record import EVER

if TYPE_CHECKING:
    from pathlib import Path

UNHARMED = "all as it was, or it is said"
_DAYS = 14
_COMMITS = 60
_BEAT_S = 5.0


def cases(chance: random.Random, *, quick: bool = False) -> list[Case]:
    """All of them."""
    own, places = random.Random(chance.random()), 20 if quick else 400
    called = random.Random(chance.random())
    found = [
        Case("power cut", f"the log is cut off at {places} places",
             "the record as some commit left it",
             lambda folder: _cut_log(folder, own, places)),
        Case("flipped bits", f"{places} records with one flipped bit each", UNHARMED,
             lambda folder: _flipped(folder, own, places)),
        Case("flipped bits", "20 of them read by the program itself", UNHARMED,
             lambda folder: _reported(folder, called, 20)),
    ]  # fmt: skip
    return found[:2] if quick else found


def _total_s(path: Path) -> float:
    with Store(path) as store:
        return sum(interval.duration_s for interval in store.intervals(*EVER))


def _cut_log(folder: Path, chance: random.Random, places: int) -> str:
    """A power cut leaves the log up to some byte; what was committed before that byte counts."""
    copied = folder / "copied"
    copied.mkdir()
    with Store(folder / "history.db") as store:
        run = store.begin_run("camera", live=True, profile=None, started_at=NINE)
        committed = [0.0]
        for number in range(1, _COMMITS + 1):
            run.heartbeat(Interval(NINE, number * _BEAT_S, State.SITTING, strained=False))
            committed.append(number * _BEAT_S)
        for name in ("history.db", "history.db-wal"):
            shutil.copy(folder / name, copied / name)
    whole = (copied / "history.db-wal").read_bytes()
    base = (copied / "history.db").read_bytes()
    for _ in range(places):
        at = chance.randrange(len(whole))
        (copied / "history.db").write_bytes(base)
        (copied / "history.db-wal").write_bytes(whole[:at])
        (copied / "history.db-shm").unlink(missing_ok=True)
        try:
            found_s = _total_s(copied / "history.db")
        except StoreError as error:
            raise Broken(f"cut at byte {at}: {error}") from error
        if found_s not in committed:
            raise Broken(f"{found_s:g} s are the record of no commit")
    return f"{places} places in a log of {len(whole):,} bytes"


# ------------------------------------------------------------------------- flipped bits


def _record(folder: Path) -> bytes:
    """Two weeks at a desk, all in one file."""
    path = write_days(folder / "whole", _DAYS) / "history.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return path.read_bytes()


def _with_one_flipped(whole: bytes, chance: random.Random, path: Path) -> str:
    """Write the record with a bit flipped; says which."""
    at, bit = chance.randrange(len(whole)), chance.randrange(8)
    damaged = bytearray(whole)
    damaged[at] ^= 1 << bit
    for beside in ("-wal", "-shm"):
        path.with_name(path.name + beside).unlink(missing_ok=True)
    path.write_bytes(damaged)
    return f"bit {bit} of byte {at} in page {at // 4096 + 1}"


def _everything(path: Path) -> tuple[list[object], list[str]]:
    """What the record tells, and what it says of itself."""
    said: list[str] = []
    with Store(path, warn=said.append) as store:
        told: list[object] = [*store.intervals(*EVER), *store.events(*EVER), *store.profiles()]
        told += [store.last_run(), *store.recorded_days()]
        for source in store.sources():
            told += [source, *store.intervals(*EVER, source=source)]
            told += [store.last_run(source), *store.events(*EVER, source=source)]
    return told, said


def _flipped(folder: Path, chance: random.Random, count: int) -> str:
    whole, path = _record(folder), folder / "history.db"
    path.write_bytes(whole)
    before, _ = _everything(path)
    same = said = refused = 0
    for _ in range(count):
        which = _with_one_flipped(whole, chance, path)
        try:
            told, words = _everything(path)
        except StoreError:
            refused += 1
            continue
        if words:
            said += 1
        elif told == before:
            same += 1
        else:
            raise Broken(f"another record without a word after {which}")
    return f"{same} as before, {said} said, {refused} refused in a sentence"


def _reported(folder: Path, chance: random.Random, count: int) -> str:
    whole, path = _record(folder), folder / "data" / "history.db"
    path.parent.mkdir(mode=0o700)
    report = (
        *("--data-dir", path.parent, "report", "--format", "json"),
        *("--since", f"{NOW - timedelta(days=_DAYS + 1):%Y-%m-%d}", "--until", f"{NOW:%Y-%m-%d}"),
    )
    path.write_bytes(whole)
    before = posture_monitor(*report).stdout
    same = said = 0
    for _ in range(count):
        which = _with_one_flipped(whole, chance, path)
        done = posture_monitor(*report)
        if done.returncode < 0 or "Traceback" in done.stderr:
            raise Broken(f"{which}: exit {done.returncode}: {done.stderr}")
        if done.stderr:
            said += 1
        elif done.returncode == 0 and done.stdout == before:
            same += 1
        else:
            raise Broken(f"another report without a word after {which}")
    return f"{same} as before, {said} said"

"""``kill -9`` at random moments: of a watching monitor, of an export, of an analysis."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from posture_monitor.history.store import Store
from proof.cases import Broken, Case
from proof.watching import FILM, TIMEOUT_S, Watch
from tests.dashboard.serving import write_days
from tests.program import Running, posture_monitor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MOST_LOST_S = 5.0
PROMISE = f"each costs at most {MOST_LOST_S:g} s, and nothing of before"
MEASURING_S = 1.0
"""What a busy machine may add: a frame that comes late, a death after its signal."""
_LONGEST_S = 10.0
_START_S = 3.0
_PATIENT = {"POSTURE_MONITOR_CAMERA_OPEN_LIMIT_S": "30", "POSTURE_MONITOR_CAMERA_READ_LIMIT_S": "9"}
"""One camera serves several monitors at once here, and may keep one of them waiting."""
_EARLY = 0.2
"""This share of the kills comes while the program starts."""
_TURN_S = 0.02
_SECOND_US = 1_000_000

Rows = dict[tuple[int, int], tuple[Any, ...]]
"""Every interval of the record by its run and its start in microseconds; first its seconds."""


# ------------------------------------------------------------------- a watching monitor


def chain(
    address: str,
    count: int,
    chance: random.Random,
    *,
    longest_s: float = _LONGEST_S,
    busy_s: float = MEASURING_S,
) -> Callable[[Path], str]:
    """This many kills, one after the other, of monitors that all write to one record.

    ``busy_s`` is granted for a machine that is busy with other things.
    """
    own = random.Random(chance.random())

    def attempt(folder: Path) -> str:
        before: Rows = {}
        lost_s = []
        for _ in range(count):
            early = own.random() < _EARLY
            after_s = own.uniform(0.2, _START_S if early else longest_s)
            lost, before = _killed(folder, address, after_s, before, busy_s, early=early)
            if lost is not None:
                lost_s.append(lost)
        _check_report(folder / "data", before)
        return f"{count} kills, most lost {max(lost_s, default=0.0):.1f} s, " + _told(lost_s)

    return attempt


def _told(lost_s: list[float]) -> str:
    return f"{len(lost_s)} while watching, mean {sum(lost_s) / max(len(lost_s), 1):.1f} s"


def _killed(
    folder: Path, address: str, after_s: float, before: Rows, busy_s: float, *, early: bool
) -> tuple[float | None, Rows]:
    """What one kill cost in seconds, None where nothing had been seen yet; the record after it.

    It comes ``after_s`` after the start, or after the program said that it watches.
    """
    with Watch(folder, address, **_PATIENT) as watch:
        if not early:
            watch.wait_until_told("watching")
        seen_at = _seen_within(after_s, watch)
        killed_at = datetime.now(UTC)
        watch.running.process.send_signal(signal.SIGKILL)
        watch.running.process.wait(TIMEOUT_S)
    rows = _rows(folder / "data")
    changed = {key for key, row in before.items() if rows.get(key) != row}
    if changed:
        raise Broken(f"{len(changed)} intervals of before the kill are others, or gone")
    new = {key: row for key, row in rows.items() if key not in before}
    recorded_s = _seconds(new)
    if new:
        began_at = datetime.fromtimestamp(min(start for _, start in new) / _SECOND_US, UTC)
    elif seen_at is not None:
        began_at = seen_at
    else:
        return None, rows
    seen_s = (killed_at - began_at) / timedelta(seconds=1)
    lost_s = seen_s - recorded_s
    if not -MEASURING_S <= lost_s <= MOST_LOST_S + busy_s:
        raise Broken(f"{recorded_s:.1f} s recorded of {seen_s:.1f} s")
    return max(lost_s, 0.0), rows


def _seen_within(seconds: float, watch: Watch) -> datetime | None:
    """Let the time pass; when somebody was first seen meanwhile, None where nobody was."""
    seen_at = None
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        if seen_at is None and "sitting_started" in watch.running.err:
            seen_at = datetime.now(UTC)
        time.sleep(_TURN_S)
    if watch.running.process.poll() is not None:
        raise Broken(watch.running.err)
    return seen_at


def _seconds(rows: Rows) -> float:
    return sum((float(row[0]) for row in rows.values()), 0.0)


def _rows(data_dir: Path) -> Rows:
    """Read as the program reads it: what a kill left in the log beside the file counts, too."""
    database = data_dir / "history.db"
    if not database.exists():
        return {}
    Store(database).close()
    with closing(sqlite3.connect(database)) as db:
        (state,) = db.execute("PRAGMA integrity_check").fetchone()
        if state != "ok":
            raise Broken(f"the file is damaged: {state}")
        query = "SELECT run_id, start_at_us, duration_s, state, reasons FROM intervals"
        return {(row[0], row[1]): row[2:] for row in db.execute(query)}


def _check_report(data_dir: Path, rows: Rows) -> None:
    """The program's own report counts what stands in the record, no more and no less."""
    since = datetime.now().astimezone() - timedelta(days=1)
    done = posture_monitor(
        *("--data-dir", data_dir, "report", "--since", f"{since:%Y-%m-%d}", "--format", "json")
    )
    if done.returncode != 0:
        raise Broken(done.stderr)
    observed_s = float(json.loads(done.stdout)["observed_s"])
    recorded_s = _seconds(rows)
    if abs(observed_s - recorded_s) > 0.5:
        raise Broken(f"the report says {observed_s:.1f} s, the record holds {recorded_s:.1f} s")


# ------------------------------------------------------------------------ other commands


def of_other_commands(chance: random.Random) -> list[Case]:
    """Kills while files are written."""
    export, analyze = random.Random(chance.random()), random.Random(chance.random())
    return [
        Case("kill -9", "20 times while exporting over a file",
             "the old file, or the new one whole", lambda folder: _exports(folder, export)),
        Case("kill -9", "10 times while analysing a recording",
             "whole files, or none", lambda folder: _analyses(folder, analyze)),
    ]  # fmt: skip


def _exports(folder: Path, chance: random.Random) -> str:
    data_dir = write_days(folder / "data", 200)
    target = folder / "days.json"
    arguments = ("--data-dir", data_dir, "export", "--format", "json", "--out", target)
    began_s = time.monotonic()
    if posture_monitor(*arguments).returncode != 0:
        raise Broken("can't export")
    took_s = time.monotonic() - began_s
    whole, old = target.read_bytes(), b"[]\n"
    replaced = 0
    for _ in range(20):
        target.write_bytes(old)
        _kill_after(folder, chance.uniform(0.3, 1.7) * took_s, *arguments)
        found = target.read_bytes()
        if found not in (old, whole):
            raise Broken(f"a file of {len(found)} bytes, the whole one has {len(whole)}")
        replaced += found == whole
    return f"the old file {20 - replaced} times, the new one {replaced} times"


def _analyses(folder: Path, chance: random.Random) -> str:
    out = folder / "out"
    arguments = ("--data-dir", folder / "data", "analyze", FILM, "--out", out)
    began_s = time.monotonic()
    if posture_monitor(*arguments).returncode != 0:
        raise Broken("can't analyse")
    took_s = time.monotonic() - began_s
    whole = {path.name: path.read_bytes() for path in out.iterdir()}
    complete = 0
    for _ in range(10):
        for path in out.iterdir():
            path.unlink()
        _kill_after(folder, chance.uniform(0.3, 1.7) * took_s, *arguments)
        found = {path.name: path.read_bytes() for path in out.glob("[!.]*")}
        for name, content in found.items():
            if content != whole[name]:
                raise Broken(f"half of {name}")
        complete += found == whole
    return f"complete {complete} times, else nothing half"


def _kill_after(folder: Path, seconds: float, *arguments: str | Path) -> None:
    with Running(folder / "streams", *arguments) as running:
        end_s = time.monotonic() + seconds
        while running.process.poll() is None and time.monotonic() < end_s:
            time.sleep(_TURN_S)
        running.process.kill()

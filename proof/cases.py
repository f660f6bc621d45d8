"""Cases that are tried one by one or side by side, told as they come, and summed up in a table."""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from tests.program import end_children

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType

INTERRUPTED = 130
_CELL = 90
_TURN_S = 0.2


class Broken(Exception):
    """A promise was not kept; the text says what was found instead."""


@dataclass(frozen=True, slots=True)
class Case:
    """One thing to try."""

    group: str
    name: str
    promise: str
    attempt: Callable[[Path], str]
    """Tries it in an empty folder; what was found, or Broken (any other exception counts too)."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a case."""

    case: Case
    found: str
    kept: bool
    took_s: float


def need(*programs: str) -> None:
    """SystemExit where this can't be tried here, with what is missing."""
    if not sys.platform.startswith("linux"):
        raise SystemExit("this is tried by means that only Linux has, such as /proc")
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        raise SystemExit(f"needs {', '.join(missing)}; see scripts/system-packages.txt")


def parser(command: str, description: str) -> argparse.ArgumentParser:
    """The options that all of these commands have."""
    made = argparse.ArgumentParser(
        prog=f"python -m proof.{command}", description=description, allow_abbrev=False
    )
    made.add_argument("--quick", action="store_true", help="a few of each kind, in seconds")
    made.add_argument("--only", default="", metavar="TEXT", help="cases whose name holds this")
    made.add_argument("--workers", type=int, default=2, metavar="N", help="side by side")
    made.add_argument(
        "--seed", type=int, default=0, metavar="N", help="of what is random; 0 (default): any"
    )
    return made


def random_of(seed: int) -> random.Random:
    """What decides by chance; the seed is told, so that a run can be repeated."""
    chosen = seed or random.SystemRandom().randrange(1, 1_000_000)
    print(f"--seed {chosen}", flush=True)
    return random.Random(chosen)


def run(title: str, cases: Sequence[Case], *, only: str = "", workers: int = 1) -> int:
    """Try them all and print the table; 0 where every promise was kept, 1 where not.

    Ctrl-C ends what was started, removes the temporary files and prints what is known by then.
    """
    chosen = [case for case in cases if only.lower() in f"{case.group}: {case.name}".lower()]
    if not chosen:
        print(f"there is no case {only!r}", file=sys.stderr)
        return 2
    results: list[Result] = []
    stopping = threading.Event()
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        with tempfile.TemporaryDirectory(prefix="posture-monitor-") as name:
            _try_all(chosen, Path(name), workers, stopping, results)
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)
    _print_table(title, results)
    if stopping.is_set():
        print(f"{title}: interrupted after {len(results)} of {len(chosen)}")
        return INTERRUPTED
    return 0 if all(result.kept for result in results) else 1


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _try_all(
    cases: Sequence[Case],
    folder: Path,
    workers: int,
    stopping: threading.Event,
    results: list[Result],
) -> None:
    with ThreadPoolExecutor(workers) as pool:
        given: list[Future[Result]] = [
            pool.submit(_tried, case, folder / f"{number:03}", stopping)
            for number, case in enumerate(cases, start=1)
        ]
        waiting = set(given)
        try:
            while waiting:
                done, waiting = wait(waiting, timeout=_TURN_S, return_when=FIRST_COMPLETED)
                for future in sorted(done, key=given.index):
                    results.append(future.result())
                    _tell(results[-1], len(results), len(cases))
        except BaseException:
            stopping.set()
            pool.shutdown(wait=False, cancel_futures=True)
            while not all(future.done() for future in waiting):
                end_children()  # a case that is being tried may still start another
                time.sleep(_TURN_S)
            raise


def _tried(case: Case, folder: Path, stopping: threading.Event) -> Result:
    began_s = time.monotonic()
    if stopping.is_set():
        return Result(case, "not tried", False, 0.0)
    folder.mkdir()
    try:
        found, kept = case.attempt(folder), True
    except Broken as broken:
        found, kept = str(broken), False
    except Exception as error:  # whatever it is, the others are tried all the same
        found, kept = f"{type(error).__name__}: {error}", False
    return Result(case, found, kept, time.monotonic() - began_s)


def _tell(result: Result, done: int, total: int) -> None:
    word = "ok  " if result.kept else "FAIL"
    text = f"[{done}/{total}] {word} {result.case.group}: {result.case.name}"
    print(f"{text} ({result.took_s:.1f} s)", flush=True)
    if not result.kept:
        print(f"    {result.found}", flush=True)


def _print_table(title: str, results: Sequence[Result]) -> None:
    order = {result.case.group: None for result in results}
    rows = [("", "fault", "promised", "found")]
    for group in order:
        for result in results:
            case = result.case
            if case.group == group:
                word = "ok" if result.kept else "FAIL"
                rows.append((word, f"{group}: {case.name}", case.promise, result.found))
    cells = [tuple(_cut(cell) for cell in row) for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(4)]
    print()
    for number, row in enumerate(cells):
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        )
        if number == 0:
            print("  ".join("-" * width for width in widths))
    counted = Counter(result.kept for result in results)
    print(f"\n{title}: {counted[True]} kept, {counted[False]} broken")


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _CELL else line[: _CELL - 1] + "…"

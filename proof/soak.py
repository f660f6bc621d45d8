"""``python -m proof.soak``: a week in minutes, thousands of questions; nothing grows or drifts.

The week is the recorded morning again and again, with nights between, through the real program
and its models at full speed. Every copy has to come to the same totals, and to the true ones.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median_low
from typing import TYPE_CHECKING

from posture_monitor.domain import State
from posture_monitor.ipc.control import ask
from proof.cases import Broken, Case, need, parser, run
from proof.watching import FILM, TIMEOUT_S, Watch
from tests.program import WORKDAY, Running
from tests.record import recorded_intervals
from tests.streams import MjpegServer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from posture_monitor.domain import Interval

MORNING_S = 14_400.0
DAY_S = 86_400.0
PERIOD_S = 10.0
"""Between two pictures of the recorded morning."""
WEEK_STARTS_S = tuple(
    sorted([*(day * DAY_S for day in range(7)), *(day * DAY_S + 5 * 3600.0 for day in (1, 3))])
)
"""A morning on each of seven days and an afternoon on two: 36 hours at the desk."""
MOST_GROWN_MB = 10.0
"""From the first morning's end to the end: what caches may still take."""
_REACHED = "SELECT max(start_at_us + duration_s * 1e6) - min(start_at_us) FROM intervals"
_SETTLED = 0.08
"""Share of the recording after which memory is compared: everything was used once."""


@dataclass(frozen=True, slots=True)
class Size:
    """What a process held at some moment."""

    at: float
    """Seconds of the recording, or questions asked."""
    resident_mb: float
    descriptors: int
    """0 where this account may not count them: the monitor keeps others from looking into it."""
    threads: int


def _descriptors(pid: int) -> int:
    try:
        return len(list(Path(f"/proc/{pid}/fd").iterdir()))
    except PermissionError:
        return 0


def size_of(pid: int, at: float) -> Size:
    """Now; raises OSError where the process has ended."""
    status = dict(
        line.split(":", 1)
        for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    )
    if "VmRSS" not in status:  # it has ended, and nobody has asked for its exit code yet
        raise ProcessLookupError(f"process {pid} has ended")
    return Size(
        at,
        int(status["VmRSS"].split()[0]) / 1024.0,
        _descriptors(pid),
        int(status["Threads"]),
    )


def check_sizes(sizes: Sequence[Size]) -> str:
    """Broken where the second half of a run holds more than its beginning."""
    end = sizes[-1].at
    early = [size for size in sizes if _SETTLED * end <= size.at <= 0.3 * end]
    late = [size for size in sizes if size.at >= 0.7 * end]
    if not early or not late:
        raise Broken(f"only {len(sizes)} measurements")
    grown_mb = max(s.resident_mb for s in late) - max(s.resident_mb for s in early)
    # A file or a thread may be there for a moment only: what leaks, stays.
    opened = median_low(s.descriptors for s in late) - median_low(s.descriptors for s in early)
    threads = median_low(s.threads for s in late) - median_low(s.threads for s in early)
    told = (
        f"memory {grown_mb:+.1f} MB to {sizes[-1].resident_mb:.0f}, "
        f"descriptors {opened:+d}, threads {threads:+d}"
    )
    if grown_mb > MOST_GROWN_MB or opened > 0 or threads > 0:
        raise Broken(told)
    return told


# ---------------------------------------------------------------------------- the week


def make_week(folder: Path, starts_s: Sequence[float], length_s: float = MORNING_S) -> Path:
    """The morning at each of these moments, without encoding anything again."""
    morning = WORKDAY
    if length_s < MORNING_S:
        morning = folder / "part.mp4"
        _ffmpeg("-i", str(WORKDAY), "-t", str(length_s), "-c", "copy", str(morning))
    ends_s = [*starts_s[1:], starts_s[-1] + length_s]
    lines = [
        f"file '{morning}'\nduration {end_s - start_s}\n"
        for start_s, end_s in zip(starts_s, ends_s, strict=True)
    ]
    (folder / "list.txt").write_text("".join(lines))
    week = folder / "week.mp4"
    _ffmpeg("-f", "concat", "-safe", "0", "-i", str(folder / "list.txt"), "-c", "copy", str(week))
    return week


def _ffmpeg(*arguments: str) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments], check=True, timeout=300)


class Week:
    """A run over the week; made once, looked at by several cases."""

    def __init__(self, starts_s: Sequence[float], length_s: float) -> None:
        self._starts_s = starts_s
        self._length_s = length_s
        self._sizes: list[Size] = []
        self._intervals: list[Interval] = []
        self._record_kb = 0.0

    def watch(self, folder: Path) -> str:
        """Watch it at full speed, looking at the process now and then."""
        week, data_dir = make_week(folder, self._starts_s, self._length_s), folder / "data"
        began_s = told_s = time.monotonic()
        with Running(
            folder / "streams",
            *("--data-dir", data_dir, "run", "--source", week, "--speed", "max"),
        ) as running:
            while running.process.poll() is None:
                self._measure(running.process.pid, data_dir / "history.db")
                if time.monotonic() - told_s > 20.0 and self._sizes:
                    told_s = time.monotonic()
                    print(f"    {self._sizes[-1].at / DAY_S:.1f} days", flush=True)
                time.sleep(0.5)
            if running.process.returncode != 0:
                raise Broken(running.err)
        took_s = time.monotonic() - began_s
        self._intervals = recorded_intervals(data_dir, week.name)
        self._record_kb = (data_dir / "history.db").stat().st_size / 1024.0
        desk_h = len(self._starts_s) * self._length_s / 3600.0
        return f"{desk_h:.1f} h at the desk in {took_s:.0f} s"

    def _measure(self, pid: int, database: Path) -> None:
        try:
            with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
                query = (
                    "SELECT max(start_at_us + duration_s * 1e6) - min(start_at_us) FROM intervals"
                )
                (reached_us,) = db.execute(query).fetchone()
            if reached_us:
                self._sizes.append(size_of(pid, reached_us / 1e6))
        except (sqlite3.Error, OSError):
            return  # it has not begun yet, or has just ended

    def sizes(self, _folder: Path) -> str:
        return check_sizes(self._sizes)

    def totals(self, _folder: Path) -> str:
        """Every copy of the morning comes to the same, and to what is true."""
        of_copies = [self._totals_s(start_s) for start_s in self._starts_s]
        drift_s = max(
            abs(totals[state] - of_copies[0][state]) for totals in of_copies for state in State
        )
        # A copy may begin and end in another state than the first, which began with nothing.
        if drift_s > 2 * PERIOD_S:
            raise Broken(f"copies differ by {drift_s:.0f} s: {of_copies}")
        recorded_s = sum(sum(totals.values()) for totals in of_copies)
        true_s = len(self._starts_s) * self._length_s
        if abs(recorded_s - true_s) > len(self._starts_s) * PERIOD_S:
            raise Broken(f"{recorded_s:.0f} s recorded of {true_s:.0f} s")
        sitting_s = sum(totals[State.SITTING] for totals in of_copies)
        truly_s = len(self._starts_s) * self._truly_sitting_s()
        if abs(sitting_s - truly_s) > 0.01 * truly_s + PERIOD_S:
            raise Broken(f"{sitting_s:.0f} s sitting, truly {truly_s:.0f} s")
        return (
            f"{len(of_copies)} copies differ by {drift_s:.0f} s at most; "
            f"sitting {sitting_s:.0f} s, truly {truly_s:.0f}; {self._record_kb:.0f} kB"
        )

    def _totals_s(self, start_s: float) -> dict[State, float]:
        """What was recorded of the copy that begins then, by state."""
        first = self._intervals[0].start_at
        totals = dict.fromkeys(State, 0.0)
        for interval in self._intervals:
            at_s = (interval.start_at - first) / timedelta(seconds=1)
            begins_s = max(at_s, start_s)
            ends_s = min(at_s + interval.duration_s, start_s + self._length_s)
            totals[interval.state] += max(ends_s - begins_s, 0.0)
        return totals

    def _truly_sitting_s(self) -> float:
        truth = json.loads(WORKDAY.with_suffix(".json").read_text())["intervals"]
        return float(
            sum(
                max(min(end_s, self._length_s) - start_s, 0.0)
                for start_s, end_s, what in truth
                if what == "sitting"
            )
        )


# -------------------------------------------------------------------------- questions


def _asked(questions: int, pages: int, losses: int, folder: Path) -> str:
    """A live monitor that is asked, looked at and loses its camera again and again."""
    rounds = 10
    with MjpegServer(FILM) as camera, Watch(folder, camera.url) as watch:
        watch.wait_until_on()
        control = folder / "data" / "control"
        address = str(ask(control, "dashboard", timeout_s=TIMEOUT_S)["address"])
        sizes = []
        for number in range(rounds + 1):
            sizes.append(size_of(watch.running.process.pid, float(number)))
            for _ in range(questions // rounds):
                ask(control, "status", timeout_s=TIMEOUT_S)
            for _ in range(pages // rounds):
                with urllib.request.urlopen(address, timeout=TIMEOUT_S) as page:
                    page.read()
            for _ in range(losses // rounds):
                camera.drop()
                time.sleep(0.2)
                watch.wait_until_on()
        watch.end()
    return check_sizes(sizes)


def cases(*, quick: bool) -> list[Case]:
    """The run over the week first, then what it came to."""
    week = Week((0.0, 3600.0), 300.0) if quick else Week(WEEK_STARTS_S, MORNING_S)
    found = [
        Case("week", "watched at full speed", "exit 0", week.watch),
        Case("week", "totals", "every copy the same within 20 s, sitting true within 1 %",
             week.totals),
    ]  # fmt: skip
    if quick:
        return found
    return [
        *found,
        Case("week", "what it holds",
             f"at most {MOST_GROWN_MB:g} MB more at the end, no descriptor, no thread", week.sizes),
        Case("live", "asked 5,000 times, 500 pages, camera lost 20 times",
             "the same", partial(_asked, 5000, 500, 20)),
    ]  # fmt: skip


def main(given_arguments: list[str] | None = None) -> int:
    arguments = parser("soak", "A week in minutes.").parse_args(given_arguments)
    need("ffmpeg")
    return run("soak", cases(quick=arguments.quick), only=arguments.only, workers=1)


if __name__ == "__main__":
    sys.exit(main())

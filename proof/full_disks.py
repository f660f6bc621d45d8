"""Disks that run full: a small one in memory, or a limit on the size of files."""

from __future__ import annotations

import resource
import shutil
import subprocess
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from proof.cases import Broken, Case
from proof.kills import MEASURING_S, MOST_LOST_S
from proof.watching import FILM, TIMEOUT_S, Watch, sentence
from tests.dashboard.serving import write_days
from tests.program import posture_monitor
from tests.streams import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

EXPORT = ("export", "--format", "json")
REPORT = ("report", "--since", "2026-01-01", "--format", "html")
_SIZE_KB = 3000
_TINY = 8_000
"""Bytes that a file may have at most where no disk can be made: less than any record."""


class Disk:
    """A place that can be filled up and emptied again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    def fill(self) -> None:
        """Leave no room for another byte."""
        with self._filler.open("wb", buffering=0) as file:
            for size in (65_536, 4096, 1):
                try:
                    while True:
                        file.write(b"x" * size)
                except OSError:
                    continue

    def empty(self) -> None:
        self._filler.unlink()


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@contextmanager
def small_disk(folder: Path) -> Iterator[Disk | None]:
    """A disk of 3 MB; None where this account can't mount one."""
    place = folder / "disk"
    place.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={_SIZE_KB}k", "tmpfs", str(place)]
    mounted = shutil.which("mount") and _succeeds("mount", *options)
    if not mounted:
        yield None
        return
    try:
        yield Disk(place)
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def cases(address: str) -> list[Case]:
    """All of them."""
    return [
        Case("full disk", "while watching, later with room again",
             "said once; nothing is lost", partial(_full_for_a_while, address)),
        Case("full disk", "while watching, then kill -9",
             f"all until it was full, but {MOST_LOST_S:g} s", partial(_full_then_killed, address)),
        Case("full disk", "when the monitor starts", "one sentence",
             partial(_on_full_disk, partial(_full_at_start, address))),
        Case("full disk", "when a profile is made", "one sentence",
             partial(_on_full_disk, _full_at_calibration)),
        Case("full disk", "when a file is exported", "one sentence; the old file stays",
             partial(_on_full_disk, partial(_full_at_writing, EXPORT))),
        Case("full disk", "when a report is written", "one sentence; the old file stays",
             partial(_on_full_disk, partial(_full_at_writing, REPORT))),
        Case("full disk", "when a recording is analysed", "one sentence; no half files",
             partial(_on_full_disk, _full_at_analysis)),
    ]  # fmt: skip


# ------------------------------------------------------------------------------ watching


def _limits(watch: Watch, disk: Disk | None) -> tuple[Callable[[], None], Callable[[], None]]:
    """How to fill the disk of a monitor, and how to make room again."""
    if disk is not None:
        return disk.fill, disk.empty
    pid = watch.running.process.pid
    unlimited = resource.prlimit(pid, resource.RLIMIT_FSIZE)

    def limit(most: int) -> None:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, unlimited[1]))

    return partial(limit, _TINY), partial(limit, unlimited[0])


def _full_for_a_while(address: str, folder: Path) -> str:
    with small_disk(folder) as disk:
        place = folder if disk is None else disk.folder
        with Watch(place, address) as watch:
            wait_for(lambda: watch.recorded_s > 0.0, timeout_s=TIMEOUT_S)
            fill, empty = _limits(watch, disk)
            fill()
            watch.wait_until_told("meanwhile the record waits in memory")
            empty()
            watch.wait_until_told("the record can be written again; nothing was lost")
            watch.end()
            found = watch.told()
        if watch.running.err.count("waits in memory") != 1:
            raise Broken(watch.running.err)
        _check_whole(watch)
    return found


def _check_whole(watch: Watch) -> None:
    """Every interval begins where the one before it ended."""
    end_s = None
    for interval in watch.intervals:
        start_s = interval.start_at.timestamp()
        if end_s is not None and abs(start_s - end_s) > 0.5:
            raise Broken(f"{start_s - end_s:.1f} s are missing")
        end_s = start_s + interval.duration_s


def _full_then_killed(address: str, folder: Path) -> str:
    with small_disk(folder) as disk:
        place = folder if disk is None else disk.folder
        with Watch(place, address) as watch:
            wait_for(lambda: watch.recorded_s > 0.0, timeout_s=TIMEOUT_S)
            fill, empty = _limits(watch, disk)
            time.sleep(3.0)
            fill()
            full_s = time.time()
            watch.wait_until_told("meanwhile the record waits in memory")
            watch.running.process.kill()
            watch.running.process.wait(TIMEOUT_S)
        if disk is not None:
            empty()
        last = watch.intervals[-1]
        lost_s = full_s - (last.start_at.timestamp() + last.duration_s)
        if lost_s > MOST_LOST_S + MEASURING_S:
            raise Broken(f"{lost_s:.1f} s of before it was full are lost")
        _check_whole(watch)
    return f"lost {max(lost_s, 0.0):.1f} s of before it was full"


# ------------------------------------------------------------------------ other commands


def _full_at_start(address: str, disk: Disk, _folder: Path) -> str:
    data = ("--data-dir", disk.folder / "data")
    return sentence(posture_monitor(*data, "run", "--source", address, "--no-tray"))


def _full_at_calibration(disk: Disk, _folder: Path) -> str:
    data = ("--data-dir", disk.folder / "data")
    return sentence(posture_monitor(*data, "calibrate", "--source", FILM, "--end", "6"))


def _full_at_writing(command: tuple[str, ...], disk: Disk, folder: Path) -> str:
    data_dir = write_days(folder / "data", 100)
    target = disk.folder / "out.file"
    disk.empty()
    target.write_text("the old one")
    disk.fill()
    found = sentence(posture_monitor("--data-dir", data_dir, *command, "--out", target))
    left = sorted(path.name for path in disk.folder.iterdir() if path.name.startswith("."))
    if target.read_text() != "the old one" or left:
        raise Broken(f"the old file has gone, or a half one stays: {left}")
    return found


def _full_at_analysis(disk: Disk, folder: Path) -> str:
    out = disk.folder / "out"
    found = sentence(posture_monitor("--data-dir", folder / "data", "analyze", FILM, "--out", out))
    if out.exists() and list(out.iterdir()):
        raise Broken("half files stay")
    return found


def _on_full_disk(attempt: Callable[[Disk, Path], str], folder: Path) -> str:
    with small_disk(folder) as disk:
        if disk is None:
            return "not tried: this account can't mount a small disk"
        disk.fill()
        return attempt(disk, folder)

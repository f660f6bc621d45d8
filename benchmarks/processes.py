"""Processes under measurement: what they used, how much they held, and a camera to watch."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from benchmarks.films import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

_TICKS_PER_S = float(os.sysconf("SC_CLK_TCK"))
_POLL_S = 0.02


def cpu_s(pid: int) -> float:
    """User and system time of a process so far, without that of its children."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def memory_mb(pid: int, key: str = "VmHWM") -> float:
    """The peak of resident memory so far (``VmHWM``), or what it is now (``VmRSS``)."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) / 1024.0 for line in lines if line.startswith(key))


def threads_cpu_s(pid: int) -> dict[str, float]:
    """User and system time of each thread, by its name; equal names are added up."""
    found: dict[str, float] = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            text = (task / "stat").read_text(encoding="utf-8")
        except OSError:
            continue  # it has just ended
        name = text[text.index("(") + 1 : text.rindex(")")]
        fields = text.rsplit(")", 1)[1].split()
        used_s = (int(fields[11]) + int(fields[12])) / _TICKS_PER_S
        found[name] = found.get(name, 0.0) + used_s
    return found


def environment() -> dict[str, str]:
    """This one's without settings for the program; notifications go to the terminal."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("POSTURE_MONITOR_")}
    return kept | {"PYTHONPATH": str(ROOT), "POSTURE_MONITOR_NOTIFICATIONS_BACKEND": "console"}


def program(*arguments: str | Path) -> list[str]:
    """The command line of posture-monitor with this Python."""
    return [sys.executable, "-m", "posture_monitor", *map(str, arguments)]


class Started:
    """A process that is measured while it runs and ended at the end."""

    def __init__(self, command: list[str], log_file: Path) -> None:
        self.began_s = time.monotonic()
        self.log_file = log_file
        with log_file.open("wb") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment()
            )
        self.pid = self.process.pid

    @property
    def said(self) -> str:
        """All it wrote to its streams."""
        return self.log_file.read_text(encoding="utf-8", errors="replace")

    def wait_for(self, condition: Callable[[], bool], what: str, timeout_s: float = 60.0) -> None:
        """Returns once it is so; SystemExit with what the process said where it never is."""
        while not condition():
            ended = self.process.poll() is not None
            if ended or time.monotonic() - self.began_s > timeout_s:
                raise SystemExit(f"{what}: not so after {timeout_s:g} s\n{self.said}")
            time.sleep(_POLL_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10.0)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()


class Camera(Started):
    """Shows a film as MJPEG over loopback HTTP, in a loop, from a process of its own."""

    def __init__(self, film: Path) -> None:
        command = [sys.executable, "-u", "-m", "tests.streams", str(film)]
        super().__init__(command, film.with_suffix(".camera.txt"))
        self.wait_for(lambda: self.said.startswith("http") and "\n" in self.said, "the camera")
        self.address = self.said.split()[0]


GRAB_LOOP = """
import sys, cv2
cv2.setNumThreads(1)
limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, 5000, cv2.CAP_PROP_READ_TIMEOUT_MSEC, 5000]
capture = cv2.VideoCapture(sys.argv[1], cv2.CAP_FFMPEG, [*limits, cv2.CAP_PROP_N_THREADS, 1])
if sys.argv[2] == "sparing":
    assert capture.set(cv2.CAP_PROP_FORMAT, -1)
print("open" if capture.grab() else "no picture", flush=True)
while capture.grab():
    pass
"""


class GrabLoop(Started):
    """The least that a watcher of this stream must do: grab, and throw away.

    OpenCV decodes each picture of a stream as it grabs it, unless told not to.
    """

    def __init__(self, address: str, log_file: Path, *, decoding: bool) -> None:
        how = "decoding" if decoding else "sparing"
        super().__init__([sys.executable, "-c", GRAB_LOOP, address, how], log_file)
        self.wait_for(lambda: "open" in self.said, "the bare loop")


@dataclass(frozen=True, slots=True)
class Ended:
    """What a process had used when it ended."""

    exit_code: int
    cpu_s: float
    wall_s: float
    peak_mb: float
    """Of the process alone, without its children."""


def run_to_end(command: list[str], log_file: Path) -> Ended:
    """Run a command; its time includes that of the children it waited for."""
    peak_mb = 0.0
    with log_file.open("wb") as log:
        began_s = time.monotonic()
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment())
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        try:
            peak_mb = max(peak_mb, memory_mb(process.pid))
        except (OSError, StopIteration):
            continue  # it is just ending
        time.sleep(_POLL_S)
    process.returncode = os.waitstatus_to_exitcode(status)
    used_s = usage.ru_utime + usage.ru_stime
    return Ended(process.returncode, used_s, time.monotonic() - began_s, peak_mb)


def checked(command: list[str], log_file: Path) -> Ended:
    """As ``run_to_end``; SystemExit with the process's own words where it failed."""
    ended = run_to_end(command, log_file)
    if ended.exit_code != 0:
        raise SystemExit(f"{' '.join(command)}\n{log_file.read_text(encoding='utf-8')}")
    return ended

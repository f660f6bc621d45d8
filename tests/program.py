"""The program as a user starts it: a process of its own, with its exit code and its streams."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tests.streams import wait_for

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[1]
CLIPS = ROOT / "samples" / "clips"
WORKDAY = ROOT / "samples" / "workday.mp4"
START_TIMEOUT_S = 60.0
"""For importing OpenCV and loading the models on a machine that is busy."""


def environment(**changes: str) -> dict[str, str]:
    """This one's without its settings for the program, and no desktop to disturb."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("POSTURE_MONITOR_")}
    kept |= {
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "default",
        "POSTURE_MONITOR_NOTIFICATIONS_BACKEND": "console",
    }
    return kept | changes


def posture_monitor(
    *arguments: str | Path,
    before: Sequence[str] = (),
    environ: dict[str, str] | None = None,
    timeout_s: float = 120.0,
    **options: Any,
) -> subprocess.CompletedProcess[str]:
    """One call to its end; ``before`` runs it under another program."""
    return subprocess.run(
        [*before, sys.executable, "-m", "posture_monitor", *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment() if environ is None else environ,
        timeout=timeout_s,
        check=False,
        **options,
    )


def told(done: subprocess.CompletedProcess[str], exit_code: int = 1) -> str:
    """The one line that a failed call has for the user, without the program's name."""
    assert done.returncode == exit_code, done.stderr
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    start = "posture-monitor: "
    assert lines[0].startswith(start), lines[0]
    return lines[0].removeprefix(start)


def children_of(pid: int) -> list[int]:
    """The processes that it started, and theirs; as /proc tells."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            if int(stat.rsplit(")", 1)[1].split()[1]) == pid:
                found += [int(entry.name), *children_of(int(entry.name))]
    return found


def end_children() -> None:
    """Kills every process that this one started, and theirs."""
    for pid in children_of(os.getpid()):
        with suppress(OSError):  # it has just ended
            os.kill(pid, signal.SIGKILL)


class Running:
    """A call that goes on while the test does something to it."""

    def __init__(
        self, folder: Path, *arguments: str | Path, before: Sequence[str] = (), **options: Any
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.out_file, self.err_file = folder / "stdout.txt", folder / "stderr.txt"
        with self.out_file.open("wb") as out, self.err_file.open("wb") as err:
            self.process = subprocess.Popen(
                [*before, sys.executable, "-m", "posture_monitor", *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=options.pop("environ", None) or environment(),
                **options,
            )

    @property
    def out(self) -> str:
        return self.out_file.read_text()

    @property
    def err(self) -> str:
        return self.err_file.read_text()

    def wait_until_told(self, text: str, timeout_s: float = START_TIMEOUT_S) -> None:
        """Returns once the text stands on the error stream; fails if the program ends before."""

        def there() -> bool:
            ended = self.process.poll() is not None
            found = text in self.err
            assert found or not ended, f"ended with {self.process.returncode}: {self.err}"
            return found

        wait_for(there, timeout_s=timeout_s)

    def end(self, number: int = signal.SIGTERM, timeout_s: float = 30.0) -> int:
        """The exit code after this signal."""
        self.process.send_signal(number)
        return self.process.wait(timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(30.0)

"""The running monitor under trial: what it is told, what it said, what it recorded."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from posture_monitor.domain import EventKind, PostureMonitorError, State
from posture_monitor.ipc.control import ask
from proof.cases import Broken
from tests.program import CLIPS, Running, environment
from tests.record import kinds, recorded_events, recorded_intervals, seconds
from tests.streams import wait_for

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Sequence
    from pathlib import Path

    from posture_monitor.domain import Interval

FILM = CLIPS / "02_slouch_office.mp4"
TIMEOUT_S = 90.0
"""For what takes a second or two on a free machine."""
QUICK_TO_NOTICE = {
    "POSTURE_MONITOR_CAMERA_READ_LIMIT_S": "1",
    "POSTURE_MONITOR_CAMERA_OPEN_LIMIT_S": "3",
    "POSTURE_MONITOR_SITTING_MAX_GAP_S": "1",
    "POSTURE_MONITOR_POSE_SAMPLES_PER_S": "2",
}
"""A camera counts as lost after a second, and time without pictures as unknown soon after."""


class Watch:
    """``run`` on an address, with a data folder of its own and no profile; ended with the block."""

    def __init__(
        self,
        folder: Path,
        address: str,
        *more: str,
        before: Sequence[str] = (),
        **environ: str,
    ) -> None:
        self.data_dir = folder / "data"
        self.running = Running(
            folder / "streams",
            *("--data-dir", self.data_dir, "--verbose", "run", "--source", address),
            *("--no-tray", *more),
            before=before,
            environ=environment(**(QUICK_TO_NOTICE | environ)),
        )

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *ended: object) -> None:
        self.running.__exit__(*ended)

    @property
    def recorded_s(self) -> float:
        """Seconds in the record, read beside the monitor that writes them."""
        database = self.data_dir / "history.db"
        if not database.exists():
            return 0.0
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
            query = "SELECT coalesce(sum(duration_s), 0) FROM intervals"
            return float(db.execute(query).fetchone()[0])

    def wait_until_on(self) -> None:
        """Until it watches the camera and has judged a picture."""
        wait_for(
            lambda: self._alive() and self._status().get("camera_state") == "on",
            timeout_s=TIMEOUT_S,
        )

    def _status(self) -> dict[str, object]:
        try:
            return ask(self.data_dir / "control", "status")
        except PostureMonitorError:
            return {}  # it doesn't listen yet

    def wait_until_told(self, text: str) -> None:
        self.running.wait_until_told(text, TIMEOUT_S)

    def _alive(self) -> bool:
        if self.running.process.poll() is not None:
            raise Broken(f"ended with {self.running.process.returncode}: {self.running.err}")
        return True

    def end(self) -> None:
        """End it as a session does; Broken unless it ends in good order."""
        code = self.running.end(timeout_s=TIMEOUT_S)
        if code != 0:
            raise Broken(f"exit {code}: {self.running.err}")
        self.check_streams()

    def check_streams(self) -> None:
        """Broken where a traceback or a library's own noise reached the user."""
        log = (self.data_dir / "posture-monitor.log").read_text(encoding="utf-8")
        for line in (*self.running.err.splitlines(), *log.splitlines()):
            if line.startswith("Traceback") or "[ WARN" in line or "ERROR:" in line:
                raise Broken(f"said: {line}")

    @property
    def intervals(self) -> list[Interval]:
        return recorded_intervals(self.data_dir)

    @property
    def events(self) -> list[EventKind]:
        return kinds(recorded_events(self.data_dir))

    def told(self) -> str:
        """What the record says in a line."""
        parts = [f"{state} {seconds(self.intervals, state):.1f} s" for state in State]
        return ", ".join(part for part in parts if " 0.0 s" not in part) or "nothing recorded"


def sentence(done: subprocess.CompletedProcess[str], *words: str, exit_code: int = 1) -> str:
    """The one sentence with which a call was refused; Broken where it is none."""
    lines = done.stderr.splitlines()
    if done.returncode != exit_code or len(lines) != 1:
        raise Broken(f"exit {done.returncode}: {done.stderr or 'not a word'}")
    if not lines[0].startswith("posture-monitor: "):
        raise Broken(lines[0])
    text = lines[0].removeprefix("posture-monitor: ")
    for word in words:
        if word not in text:
            raise Broken(f"{word!r} is not in: {text}")
    return f"exit {exit_code}: {text}"

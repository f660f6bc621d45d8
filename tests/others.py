"""Another program at the camera: a real process that opens a device file and holds on to it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path

_SCRIPT = """
import os, sys
opened = {}
for line in sys.stdin:
    word = line.strip()
    if word == "open":
        opened[len(opened)] = os.open(sys.argv[1], os.O_RDWR | os.O_NONBLOCK)
    elif word == "close":
        os.close(opened.popitem()[1])
    print("done", flush=True)
"""


class Program:
    """It opens and closes the device when it is told to, and has done so when that returns."""

    def __init__(self, node: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SCRIPT, str(node)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def open(self) -> None:
        self._told("open")

    def close(self) -> None:
        self._told("close")

    def list_cameras(self) -> None:
        """Open it and close it at once, as who lists cameras or is refused does."""
        self.open()
        self.close()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(10.0)

    def _told(self, word: str) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "done\n"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

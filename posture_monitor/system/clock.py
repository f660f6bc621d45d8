"""The machine's own clock: how long (monotonic) and what date (wall), never mixed."""

from __future__ import annotations

import os
import threading
import time
from datetime import datetime

_ZONE_FILE = "/etc/localtime"
_lock = threading.Lock()
_known: tuple[object, ...] | None = None


class SystemClock:
    """Real time, for everything that runs outside of tests."""

    def monotonic_s(self) -> float:
        """Seconds on a clock that no one sets; only differences mean anything."""
        return time.monotonic()

    def now(self) -> datetime:
        """The local date and time, aware of its offset from UTC, in the zone of now."""
        follow_zone()
        return datetime.now().astimezone()

    def sleep(self, seconds: float) -> None:
        """Waits; a span that is already over costs nothing."""
        if seconds > 0.0:
            time.sleep(seconds)


def clocks_asleep_s() -> float:
    """Seconds the machine has slept since it was started, where its clocks tell; else 0.

    On Linux one monotonic clock counts on in suspend and the other stops.
    """
    boottime = getattr(time, "CLOCK_BOOTTIME", None)
    if boottime is None:
        return 0.0
    return time.clock_gettime(boottime) - time.clock_gettime(time.CLOCK_MONOTONIC)


def follow_zone() -> None:
    """Lets local times of this process follow the machine's zone, which changes on a journey.

    The C library reads the zone once and keeps it; asking whether its file changed costs
    microseconds.
    """
    global _known
    if not hasattr(time, "tzset"):
        return  # Windows
    mark = _zone()
    if mark == _known:
        return
    with _lock:
        first, _known = _known is None, mark
        if first:
            time.tzset()
        else:
            _read_again()


def _zone() -> tuple[object, ...]:
    """What changes when the zone does: the variable, or the file that holds the zone."""
    named = os.environ.get("TZ")
    path = _ZONE_FILE if named is None else named.removeprefix(":")
    try:
        status = os.stat(path) if path.startswith("/") else None
    except (OSError, ValueError):
        status = None
    if status is None:
        return (named,)
    return named, status.st_dev, status.st_ino, status.st_mtime_ns


def _read_again() -> None:
    """The C library reads a variable's file again only after the variable was another."""
    named = os.environ.pop("TZ", None)
    time.tzset()
    if named is not None:
        os.environ["TZ"] = named
        time.tzset()

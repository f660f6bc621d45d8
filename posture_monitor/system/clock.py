"""The machine's own clock: how long (monotonic) and what date (wall), never mixed."""

from __future__ import annotations

import time
from datetime import datetime


class SystemClock:
    """Real time, for everything that runs outside of tests."""

    def monotonic_s(self) -> float:
        """Seconds on a clock that no one sets; only differences mean anything."""
        return time.monotonic()

    def now(self) -> datetime:
        """The local date and time, aware of its offset from UTC."""
        return datetime.now().astimezone()

    def sleep(self, seconds: float) -> None:
        """Waits; a span that is already over costs nothing."""
        if seconds > 0.0:
            time.sleep(seconds)

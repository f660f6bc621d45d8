"""Does the machine run on battery? Linux says so in /sys, Windows by a call; else unknown."""

from __future__ import annotations

import ctypes
import math
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SUPPLIES = Path("/sys/class/power_supply")
CACHE_S = 30.0


class Power:
    """Asks at most twice a minute."""

    def __init__(
        self, supplies: Path = SUPPLIES, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._supplies = supplies
        self._clock_s = clock_s
        self._asked_s = -math.inf
        self._on_battery: bool | None = None

    def on_battery(self) -> bool | None:
        """Whether a battery is being emptied; None where nothing is known of any supply."""
        now_s = self._clock_s()
        if now_s - self._asked_s >= CACHE_S:
            self._asked_s = now_s
            windows = sys.platform == "win32"
            self._on_battery = _windows_on_battery() if windows else on_battery(self._supplies)
        return self._on_battery


def on_battery(supplies: Path) -> bool | None:
    """What the supplies in the folder say: mains first, else the batteries' own state."""
    mains: list[bool] = []
    batteries: list[str] = []
    try:
        folders = sorted(supplies.iterdir())
    except OSError:
        return None
    for folder in folders:
        kind = _word(folder / "type")
        if kind in ("Mains", "USB"):
            online = _word(folder / "online")
            if online:
                mains.append(online == "1")
        elif kind == "Battery" and _word(folder / "scope") != "Device":  # a mouse has one too
            batteries.append(_word(folder / "status"))
    if not batteries:
        return None
    if any(mains):
        return False
    return "Discharging" in batteries


def _windows_on_battery() -> bool | None:
    status = (ctypes.c_ubyte * 12)()  # SYSTEM_POWER_STATUS: the first byte is the mains'
    if not vars(ctypes)["windll"].kernel32.GetSystemPowerStatus(ctypes.byref(status)):
        return None
    return {0: True, 1: False}.get(status[0])


def _word(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""

"""Whether this is a moment to keep quiet: do-not-disturb, or a screen that others look at.

Asked when a reminder is due, and at most every few seconds. True and False are what the
desktop says; None is "it doesn't tell".
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Protocol

from posture_monitor.desktop.sharing import ScreenShare

if TYPE_CHECKING:
    from collections.abc import Mapping

    from posture_monitor.system.bus import Bus

CACHE_S = 10.0
"""An answer is good for this long; nobody toggles do-not-disturb faster."""
_TIMEOUT_S = 2.0
_TOOL_TIMEOUT_S = 1.5
_DEAR = 6.0
"""What takes a program to ask is asked this many times more rarely."""


class Attention(Protocol):
    """What the desktop says about disturbing its user."""

    def quiet(self) -> bool | None:
        """Whether do-not-disturb is on."""

    def full_screen(self) -> bool | None:
        """Whether the active window fills the screen."""

    def shared(self) -> bool | None:
        """Whether the screen is being shared."""

    def facts(self) -> dict[str, str]:
        """What is known by whom, for people."""

    def close(self) -> None: ...


def open_attention(
    environment: Mapping[str, str] | None = None, *, cache_s: float = CACHE_S
) -> Attention:
    """What this desktop tells; one that knows nothing where it tells nothing."""
    env = os.environ if environment is None else environment
    if sys.platform.startswith("linux"):
        with contextlib.suppress(ImportError):  # a build without dbus-fast
            return LinuxAttention(env, cache_s=cache_s)
    return UnknownAttention()


class UnknownAttention:
    """For systems that mute notifications themselves and don't tell."""

    def quiet(self) -> bool | None:
        """Never known here."""
        return None

    def full_screen(self) -> bool | None:
        """Never known here."""
        return None

    def shared(self) -> bool | None:
        """Never known here."""
        return None

    def facts(self) -> dict[str, str]:
        """What is known by whom, for people."""
        return {"do-not-disturb": "unknown", "full screen": "unknown", "sharing": "unknown"}

    def close(self) -> None:
        """Nothing is held open."""


class LinuxAttention:
    """Asks the notification service that runs, in the way it is known to answer, and X11."""

    def __init__(self, environment: Mapping[str, str], *, cache_s: float = CACHE_S) -> None:
        from posture_monitor.system.bus import open_bus, session_address
        from posture_monitor.system.loop import hold_loop

        self._environment = environment
        self._cache_s = cache_s
        self._loop = hold_loop()
        address = session_address(environment)
        self._bus: Bus | None = open_bus(address) if address else None
        self._share = ScreenShare(environment, cache_s=_DEAR * cache_s)
        self._asked_s: float | None = None
        self._quiet: bool | None = None
        self._full_screen: bool | None = None
        self._teller = ""
        self._gsettings: tuple[bool | None, str] = (None, "")
        self._gsettings_good_until_s = 0.0
        self._closed = False

    def quiet(self) -> bool | None:
        """Whether do-not-disturb is on; None where the service doesn't tell."""
        self._refresh()
        return self._quiet

    def full_screen(self) -> bool | None:
        """Whether the active window fills the screen; None where that can't be seen."""
        self._refresh()
        return self._full_screen

    def shared(self) -> bool | None:
        """Whether the screen is being shared; None where that can't be told."""
        return None if self._closed else self._share.shared()

    def facts(self) -> dict[str, str]:
        """What is known by whom, for people."""
        self._refresh()
        return {
            "do-not-disturb": self._teller or "unknown",
            "full screen": "unknown" if self._full_screen is None else "X11",
            "sharing": self._share.teller(),
        }

    def close(self) -> None:
        """Ask nothing more."""
        from posture_monitor.system.bus import release_bus
        from posture_monitor.system.loop import release_loop

        if self._closed:
            return
        self._closed = True
        if self._bus is not None:
            release_bus(self._bus)
        release_loop()

    def _refresh(self) -> None:
        now_s = time.monotonic()
        fresh = self._asked_s is not None and now_s - self._asked_s < self._cache_s
        if fresh or self._closed:
            return
        self._asked_s = now_s
        self._quiet, self._full_screen, self._teller = None, None, ""
        with contextlib.suppress(TimeoutError):
            self._loop.run(self._ask(), _TIMEOUT_S)

    async def _ask(self) -> None:
        await asyncio.gather(self._ask_quiet(), self._ask_full_screen())

    # ------------------------------------------------------------------ do not disturb

    async def _ask_quiet(self) -> None:
        from posture_monitor.system.bus import BusError

        if self._bus is None:
            return
        with contextlib.suppress(BusError):
            self._quiet, self._teller = await self._asked_of_service(self._bus)

    async def _asked_of_service(self, bus: Bus) -> tuple[bool | None, str]:
        """Each service has its own way; which one runs it says itself."""
        from posture_monitor.desktop.notify_dbus import SERVICE
        from posture_monitor.system.bus import BusError, Peer

        name, *_ = await bus.request(SERVICE, "GetServerInformation", start=False, timeout_s=1.0)
        lowered = str(name).lower()
        if lowered == "dunst":
            dunst = Peer(SERVICE.name, SERVICE.path, "org.dunstproject.cmd0")
            return bool(await bus.get(dunst, "paused")), "dunst"
        if "xfce" in lowered:
            xfconf = Peer("org.xfce.Xfconf", "/org/xfce/Xfconf", "org.xfce.Xfconf")
            try:
                (on,) = await bus.request(
                    xfconf, "GetProperty", "ss", "xfce4-notifyd", "/do-not-disturb", timeout_s=1.0
                )
            except BusError as error:
                if error.name.endswith(".PropertyNotFound"):
                    return False, "xfconf"  # never switched on
                raise
            return bool(on), "xfconf"
        if lowered == "gnome-shell":
            return await self._asked_of_gsettings()
        # KDE's own, and the specification's proposal that others may follow.
        return bool(await bus.get(SERVICE, "Inhibited")), f"{name} (Inhibited)"

    async def _asked_of_gsettings(self) -> tuple[bool | None, str]:
        """GNOME keeps it in dconf, which has no question on the bus: only a program can ask."""
        now_s = time.monotonic()
        if now_s < self._gsettings_good_until_s:
            return self._gsettings
        self._gsettings_good_until_s = now_s + _DEAR * self._cache_s
        self._gsettings = await self._run_gsettings()
        return self._gsettings

    async def _run_gsettings(self) -> tuple[bool | None, str]:
        tool = shutil.which("gsettings", path=self._environment.get("PATH"))
        if tool is None:
            return None, ""
        question = [tool, "get", "org.gnome.desktop.notifications", "show-banners"]
        try:
            asked = await asyncio.to_thread(
                subprocess.run,
                question,
                env=dict(self._environment),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_TOOL_TIMEOUT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None, ""
        shown = {b"true": True, b"false": False}.get(asked.stdout.strip())
        return (None, "") if shown is None else (not shown, "gsettings")

    # --------------------------------------------------------------------- full screen

    async def _ask_full_screen(self) -> None:
        from posture_monitor.desktop.x11 import connect_x11

        with contextlib.suppress(OSError):
            server = await connect_x11(self._environment)
            try:
                told = await server.full_screen()
            finally:
                server.close()
            # Of a Wayland session X11 sees only its own windows: enough for a yes, not a no.
            wayland = bool(self._environment.get("WAYLAND_DISPLAY"))
            self._full_screen = None if wayland and not told else told

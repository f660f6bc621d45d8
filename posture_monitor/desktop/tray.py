"""The tray icon: how it stands at a glance, and the few commands one wants at hand.

Optional: without a tray everything works from the command line and the dashboard, and the
user is told so once.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import sys
import threading
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from posture_monitor.desktop.tray_menu import Entry, entries, icon_state_of
from posture_monitor.domain import PostureMonitorError
from posture_monitor.wording.language import error_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from posture_monitor.desktop.tray_menu import IconState
    from posture_monitor.desktop.tray_sni import SniTray
    from posture_monitor.ports import LiveMonitor
    from posture_monitor.system.bus import Bus

REFRESH_S = 5.0
"""How old the tray's words may be."""
NO_TRAY = (
    "this desktop shows no tray icon; see how it stands with `posture-monitor status` or"
    " `posture-monitor dashboard`"
)

_HOST_TIMEOUT_S = 3.0
_JOIN_TIMEOUT_S = 2.0
_log = logging.getLogger(__name__)


class _Ask(Enum):
    """What the tray's thread is asked for, beside what is chosen in the menu."""

    REFRESH = "refresh"
    END = "end"


class Face(Protocol):
    """One kind of tray; ``show`` and ``close`` are called in the tray's own thread."""

    @property
    def name(self) -> str: ...

    @property
    def hosted(self) -> bool:
        """Whether the icon can be seen."""

    def show(self, icon_state: IconState, lines: tuple[Entry, ...]) -> None: ...

    def close(self) -> None: ...


class Tray:
    """Keeps the icon up to date and carries out what is chosen, in a thread of its own."""

    def __init__(
        self,
        live: LiveMonitor,
        *,
        open_face: Callable[[Callable[[Entry], None]], Face | None],
        announce: Callable[[str], None],
        browse: Callable[[str], object] | None = None,
        dashboard: bool = True,
        refresh_s: float = REFRESH_S,
    ) -> None:
        """``announce`` gets what the user should know; ``browse`` opens an address."""
        self._live = live
        self._open_face = open_face
        self._announce = announce
        self._browse = browse or _open_browser
        self._dashboard = dashboard
        self._refresh_s = refresh_s
        self._chosen: queue.SimpleQueue[Entry | _Ask] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="tray", daemon=True)
        self._name = "none"

    @property
    def name(self) -> str:
        """Which kind of tray shows it; ``none`` where there is none."""
        return self._name

    def refresh(self) -> None:
        """Show at once what a command has changed; from any thread."""
        self._chosen.put(_Ask.REFRESH)

    def __enter__(self) -> Tray:
        self._thread.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._chosen.put(_Ask.END)
        if threading.current_thread() is not self._thread:
            self._thread.join(_JOIN_TIMEOUT_S)

    def _run(self) -> None:
        try:
            face = self._open_face(self._chosen.put)
        except Exception:  # an optional part must not cost the monitor
            _log.exception("the tray icon failed")
            face = None
        if face is None or not face.hosted:
            self._announce(NO_TRAY)
        if face is None:
            return
        self._name = face.name
        try:
            self._serve(face)
        except Exception:
            _log.exception("the tray icon failed")
        finally:
            with contextlib.suppress(Exception):
                face.close()

    def _serve(self, face: Face) -> None:
        while True:
            status = self._live.status()
            face.show(icon_state_of(status), entries(status, dashboard=self._dashboard))
            try:
                chosen = self._chosen.get(timeout=self._refresh_s)
            except queue.Empty:
                continue
            if chosen is _Ask.END:
                return
            if isinstance(chosen, Entry):
                self._carry_out(chosen)

    def _carry_out(self, entry: Entry) -> None:
        try:
            answer = self._live.command(str(entry.command), entry.arguments)
            if entry.command == "dashboard":
                self._browse(str(answer["for_browser"]))
        except PostureMonitorError as error:
            self._announce(error_text(error))


def open_tray(
    live: LiveMonitor,
    *,
    announce: Callable[[str], None],
    dashboard: bool = True,
    environment: Mapping[str, str] | None = None,
) -> Tray:
    """A tray for this desktop; enter it to show it."""
    env = os.environ if environment is None else environment
    return Tray(
        live,
        open_face=lambda press: _open_face(press, env),
        announce=announce,
        dashboard=dashboard,
    )


def _open_face(press: Callable[[Entry], None], environment: Mapping[str, str]) -> Face | None:
    """The kind of tray that is shown here; one that waits for a tray where none is yet."""
    from posture_monitor.system.bus import session_address

    waiting: Face | None = None
    if address := session_address(environment):
        with contextlib.suppress(ImportError):  # a build without dbus-fast
            waiting = SniFace(address, press)
            if waiting.hosted:
                return waiting
    if not sys.platform.startswith("linux") or environment.get("DISPLAY"):
        from posture_monitor.desktop.tray_pystray import open_pystray

        if (other := open_pystray(press, environment)) is not None:
            if waiting is not None:
                waiting.close()
            return other
    return waiting


class SniFace:
    """A status notifier item on the session bus."""

    def __init__(self, address: str, press: Callable[[Entry], None]) -> None:
        from posture_monitor.desktop.tray_sni import SniTray
        from posture_monitor.system.bus import BusError, open_bus

        self._bus: Bus = open_bus(address)
        self._tray: SniTray = SniTray(self._bus, press)
        with contextlib.suppress(BusError):
            self._bus.run(self._offer())
        self._bus.attach(self._tray)
        with contextlib.suppress(BusError):
            self._bus.run(self._tray.register(), _HOST_TIMEOUT_S)

    @property
    def name(self) -> str:
        return "status notifier item"

    @property
    def hosted(self) -> bool:
        return self._tray.hosted

    def show(self, icon_state: IconState, lines: tuple[Entry, ...]) -> None:
        """Passes it to the thread that owns the item."""
        self._bus.post(self._shown(icon_state, lines))

    def close(self) -> None:
        """The tray drops the icon when the item leaves the bus."""
        from posture_monitor.system.bus import BusError, release_bus

        self._bus.detach(self._tray)
        with contextlib.suppress(BusError):
            self._bus.run(self._withdrawn())
        release_bus(self._bus)

    async def _offer(self) -> None:
        self._tray.open()

    async def _shown(self, icon_state: IconState, lines: tuple[Entry, ...]) -> None:
        self._tray.show(icon_state, lines)

    async def _withdrawn(self) -> None:
        self._tray.close()


def _open_browser(address: str) -> None:
    from posture_monitor.system.browser import open_in_browser

    open_in_browser(address)

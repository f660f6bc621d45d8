"""The tray icon by pystray: on Windows, and on X11 trays that know only embedded windows.

On X11 pystray has no menu: the icon tells the state, and a click opens the dashboard. macOS
lets only the main thread own such an icon, and that one watches.
"""

from __future__ import annotations

import importlib
import logging
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from posture_monitor.desktop.shown import APP_NAME
from posture_monitor.desktop.tray_icon import rgba
from posture_monitor.desktop.tray_menu import SEPARATOR, Entry, IconState
from posture_monitor.desktop.x11 import connect_x11
from posture_monitor.system.loop import hold_loop, release_loop

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_SIZE_PX = 48
_TIMEOUT_S = 2.0
_AGAIN_S = 0.01
_X11_BUTTON_PRESS_MASK, _X11_EXPOSURE_MASK, _X11_STRUCTURE_MASK = 1 << 2, 1 << 15, 1 << 17
_log = logging.getLogger(__name__)


def open_pystray(
    press: Callable[[Entry], None], environment: Mapping[str, str]
) -> PystrayFace | None:
    """The icon, or None where it could not be seen or pystray is not installed."""
    if sys.platform == "darwin":
        return None
    if sys.platform.startswith("linux") and not _has_x11_tray(environment):
        return None
    try:
        return PystrayFace(
            importlib.import_module("pystray"), importlib.import_module("PIL.Image"), press
        )
    except Exception as error:  # the import connects to the desktop
        _log.info("no tray icon by pystray: %s", error)
        return None


class PystrayFace:
    """Runs pystray's own loop in a thread."""

    def __init__(self, pystray: Any, images: Any, press: Callable[[Entry], None]) -> None:
        self._images = images
        self._pystray = pystray
        self._press = press
        self._lines: tuple[Entry, ...] = ()
        self._icon_state = IconState.UNKNOWN
        self._icon = pystray.Icon(
            APP_NAME,
            icon=self._image(self._icon_state),
            title=APP_NAME,
            menu=pystray.Menu(self._items),
        )
        window = getattr(self._icon, "_window", None)
        if window is not None:
            # pystray's X11 window never asks for the clicks that its loop waits for.
            window.change_attributes(
                event_mask=_X11_BUTTON_PRESS_MASK | _X11_EXPOSURE_MASK | _X11_STRUCTURE_MASK
            )
        # A change before pystray has shown the icon would be lost.
        shown = threading.Event()

        def set_up(icon: Any) -> None:
            _show_icon(icon)
            shown.set()

        self._thread = threading.Thread(
            target=self._icon.run, args=(set_up,), name="tray-icon", daemon=True
        )
        self._thread.start()
        shown.wait(_TIMEOUT_S)

    @property
    def name(self) -> str:
        return "pystray"

    @property
    def hosted(self) -> bool:
        return True

    def show(self, icon_state: IconState, lines: tuple[Entry, ...]) -> None:
        """Tells pystray what has changed; it takes it up in its own thread."""
        if icon_state is not self._icon_state:
            self._icon.icon = self._image(icon_state)
        if lines != self._lines:
            self._lines = lines
            self._icon.title = f"{APP_NAME}: {lines[0].label}"[:127]  # Windows takes no more
            self._icon.update_menu()
        self._icon_state = icon_state

    def close(self) -> None:
        """Takes the icon away."""
        self._icon.stop()
        self._thread.join(_TIMEOUT_S)

    def _image(self, icon_state: IconState) -> Any:
        size = (_SIZE_PX, _SIZE_PX)
        image = self._images.frombytes("RGBA", size, rgba(icon_state, _SIZE_PX))
        if not sys.platform.startswith("linux"):
            return image
        # An embedded X11 window is opaque; what shines through would else get false colours.
        opaque = self._images.new("RGB", size)
        opaque.paste(image, mask=image)
        return opaque

    def _items(self) -> tuple[Any, ...]:
        return tuple(self._item(entry) for entry in self._lines)

    def _item(self, entry: Entry) -> Any:
        if entry == SEPARATOR:
            return self._pystray.Menu.SEPARATOR
        return self._pystray.MenuItem(
            entry.label,
            lambda: self._press(entry),
            enabled=entry.enabled,
            default=entry.command == "dashboard",
        )


def _show_icon(icon: Any) -> None:
    """pystray's X11 loop calls its set-up a moment before it knows its own thread: until then
    showing the icon fails, and it would never be seen.
    """
    end_s = time.monotonic() + _TIMEOUT_S
    while True:
        try:
            icon.visible = True
        except AttributeError:
            if time.monotonic() > end_s:
                raise
            time.sleep(_AGAIN_S)
        else:
            return


def _has_x11_tray(environment: Mapping[str, str]) -> bool:
    async def asked() -> bool:
        server = await connect_x11(environment)
        try:
            return bool(await server.owner(b"_NET_SYSTEM_TRAY_S0"))
        finally:
            server.close()

    loop = hold_loop()
    try:
        return loop.run(asked(), _TIMEOUT_S)
    except (OSError, TimeoutError):
        return False
    finally:
        release_loop()

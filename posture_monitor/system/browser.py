"""Opening an address in the user's browser, which must not inherit the monitor's own limits."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_TIMEOUT_S = 10.0


def has_browser(environment: Mapping[str, str]) -> bool:
    """Whether a page can be shown: a screen, and a browser that is known."""
    screen = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    if sys.platform.startswith("linux") and not any(environment.get(name) for name in screen):
        return False
    import webbrowser

    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def open_in_browser(address: str) -> None:
    """Open it, or do nothing where there is no browser.

    As a service of systemd the monitor may do little, and so may all that it starts; a browser
    needs more, so that systemd is asked to start it beside the monitor.
    """
    if "INVOCATION_ID" in os.environ and _opened_beside(address):
        return
    import webbrowser

    webbrowser.open(address)


def _opened_beside(address: str) -> bool:
    if shutil.which("systemd-run") is None or shutil.which("xdg-open") is None:
        return False
    command = ["systemd-run", "--user", "--quiet", "--collect", "--", "xdg-open", address]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0

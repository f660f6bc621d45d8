"""The first minutes as a new user has them: a new account, a camera, a real desktop and browser.

One run of the program, from `run` to the first reminder; what is asked on the way is checked as
it comes.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from posture_monitor.config import load_settings
from posture_monitor.domain import EventKind
from posture_monitor.history.store import Store
from tests.dashboard.conftest import CHROMIUM_ARGUMENTS
from tests.dashboard.test_browser import AXE, serious_findings
from tests.desktop.desk import BusDaemon, need, owned, running, screenshot, told
from tests.desktop.test_notify_dbus import XFCE, settled
from tests.program import CLIPS, Running, environment
from tests.record import kinds, recorded_events
from tests.streams import MjpegServer, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path

PATIENCE_S = 90.0
"""What normally takes seconds may take this long on a machine that is busy."""
LONGEST_S = 180.0
"""From `run` to the first reminder."""
SECRET = "?not=shown"


class Sitter(MjpegServer):
    """A camera before a person who sits upright, and slumps when told."""

    slumped = False

    def _play(self, handler: BaseHTTPRequestHandler) -> None:
        now = self.slumped
        first_s, last_s = (15.0, 18.4) if now else (0.0, 6.0)
        seen = [jpeg for t_s, jpeg in self._pictures if first_s <= t_s <= last_s]
        for jpeg in (*seen, *reversed(seen)):  # to and fro, so that nothing jumps
            if self.slumped is not now:
                return
            handler.wfile.write(
                b"--picture\r\nContent-Type: image/jpeg\r\n"
                b"Content-Length: %d\r\n\r\n%s\r\n" % (len(jpeg), jpeg)
            )
            time.sleep(1.0 / 6.0)


@pytest.fixture
def desktop(tmp_path, screen) -> Iterator[BusDaemon]:
    """A session with a real notification service; nothing else of this account is there."""
    if XFCE is None:
        pytest.skip("needs xfce4-notifyd; see scripts/system-packages.txt")
    daemon = BusDaemon(tmp_path, services=True)
    daemon.environment = {**screen, "DBUS_SESSION_BUS_ADDRESS": daemon.address}
    daemon.start()
    with running([str(XFCE)], daemon.environment):
        wait_for(lambda: owned(daemon.address, "org.freedesktop.Notifications"), timeout_s=30)
        yield daemon
    daemon.stop()


def browser_that_notes(folder: Path) -> tuple[Path, Path]:
    """What `run` starts as the browser, and the file in which it leaves the address."""
    program, noted = folder / "browser", folder / "address"
    program.write_text(f'#!/bin/sh\nprintf "%s" "$1" > {noted}.new\nmv {noted}.new {noted}\n')
    program.chmod(0o755)
    return program, noted


def test_from_run_on_a_new_account_to_the_first_reminder(desktop, tmp_path):
    need("chromium", "xdotool", "import")
    from playwright.sync_api import sync_playwright

    program, noted = browser_that_notes(tmp_path)
    home, data_dir = tmp_path / "home", tmp_path / "data"
    environ = environment(
        **{name: desktop.environment[name] for name in ("DISPLAY", "DBUS_SESSION_BUS_ADDRESS")},
        HOME=str(home),
        XDG_CONFIG_HOME=str(home / "config"),
        BROWSER=str(program),
        POSTURE_MONITOR_NOTIFICATIONS_BACKEND="desktop",
        POSTURE_MONITOR_POSTURE_HOLD_S="5",
    )
    environ.pop("XDG_RUNTIME_DIR", None)  # autostart by a file, whatever this machine runs
    pictures = iter(range(9))

    def look(page=None) -> None:
        """A picture of the step, to be looked at where PICTURES names a folder."""
        if "PICTURES" in os.environ:
            path = f"{os.environ['PICTURES']}/{next(pictures)}.png"
            if page is None:
                screenshot(path, desktop.environment)
            else:
                page.screenshot(path=path, full_page=True)

    began_s = time.monotonic()
    with (
        Sitter(CLIPS / "02_slouch_office.mp4") as camera,
        Running(
            tmp_path / "streams",
            *("--data-dir", data_dir, "run", "--welcome", "--no-tray"),
            *("--source", camera.url + SECRET),
            environ=environ,
        ) as monitor,
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=CHROMIUM_ARGUMENTS
        )
        page = chromium.new_page()
        page.add_init_script(path=AXE)  # from outside the page: its policy stays as it is
        page.set_default_timeout(PATIENCE_S * 1000.0)
        amiss: list[str] = []
        page.on("pageerror", lambda error: amiss.append(str(error)))
        page.on("console", lambda line: amiss.append(line.text) if line.type == "error" else None)
        wait_for(noted.exists, timeout_s=PATIENCE_S)
        page.goto(noted.read_text())

        # The camera by name, and a picture of oneself.
        page.get_by_text("You are seen").wait_for()
        assert camera.url in page.inner_text('[data-step="1"]')
        assert "not=shown" not in page.content()
        look(page)
        findings = serious_findings(page)
        page.get_by_role("button", name="Yes, go on").click()

        # Calibrating, from its countdown to its result.
        page.get_by_role("button", name="Start", exact=True).click()
        assert page.text_content("#welcome-unit") == "get ready"
        look(page)
        page.get_by_text("Your reference is stored").wait_for()
        look(page)
        findings += serious_findings(page)
        camera.slumped = True
        page.get_by_role("button", name="Go on").click()

        # A notification, and one of its buttons.
        page.get_by_role("button", name="Show one").click()
        page.get_by_text("Shown by Xfce Notify Daemon").wait_for()
        ((x, y, width, height),) = settled(desktop.environment, 1)
        look()
        told(
            ["xdotool", "mousemove", str(x + width // 2), str(y + height - 30), "click", "1"],
            desktop.environment,
        )
        page.get_by_text("You pressed “Snooze 10 min”").wait_for()
        look(page)
        page.get_by_role("button", name="Go on").click()

        # Starting with the session, with this camera.
        page.get_by_role("button", name="Yes, start by itself").click()
        page.get_by_text("It starts with your session").wait_for()
        look(page)
        findings += serious_findings(page)
        assert page.get_by_role("link", name="See it live").get_attribute("href").endswith("/live")

        # The person has slumped meanwhile: the first reminder comes.
        wait_for(
            lambda: EventKind.POSTURE_ALERT in kinds(recorded_events(data_dir)),
            timeout_s=PATIENCE_S,
        )
        took_s = time.monotonic() - began_s
        settled(desktop.environment, 1)
        look()
        chromium.close()
        assert monitor.end() == 0

    assert (amiss, findings) == ([], [])
    assert took_s < LONGEST_S
    assert EventKind.SNOOZED not in kinds(recorded_events(data_dir))  # it was only a try
    with Store(data_dir / "history.db") as store:
        assert [profile.name for profile in store.profiles()] == ["default"]
    assert load_settings(data_dir / "config.toml", {}).camera.source == camera.url + SECRET
    entry = (home / "config/autostart/posture-monitor.desktop").read_text()
    assert f'"--data-dir" "{data_dir}" "run"' in entry
    assert (data_dir / "welcomed").stat().st_mode & 0o777 == 0o600
    assert "See it live: posture-monitor dashboard" in monitor.err

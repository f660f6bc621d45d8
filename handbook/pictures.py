"""``python -m handbook.pictures``: takes the pictures of README and documentation again.

The pages are those of ``dashboard --sample``; the animation is a real monitor on a screen of its
own, before a drawn person who slumps until a real notification says so. Nobody's likeness is in
them. Needs what the tests need (``scripts/system-packages.txt``).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.dashboard.conftest import CHROMIUM_ARGUMENTS
from tests.desktop.desk import BusDaemon, owned, running, x_server
from tests.desktop.test_first_minutes import Sitter
from tests.desktop.test_notify_dbus import XFCE, bubbles
from tests.program import CLIPS, ROOT, Running, environment, posture_monitor
from tests.streams import wait_for

if TYPE_CHECKING:
    from PIL.Image import Image

FOLDER = ROOT / "docs" / "images"
PAGES = {"dashboard-now": "/", "dashboard-week": "/week"}
FILM = CLIPS / "02_slouch_office.mp4"
PATIENCE_S = 90.0
SETTLING_S = 8.0
"""For the page to draw its first scores."""
FRAMES_PER_S = 4.0
"""Of the animation, which plays as it was."""
UPRIGHT_S, TOLD_S, CORRECTED_S = 3.0, 5.0, 4.0
"""Parts of the animation: before the slump, after the notification, upright again."""
SCALE = 0.62
"""Of the page: the screen is small."""
MOST_BYTES = 600_000


def pages(chromium: Any, folder: Path) -> None:
    """The pages of a generated month, as a browser of usual width shows them."""
    with Running(folder / "page", "dashboard", "--sample", "--no-browser") as served:
        wait_for(lambda: "http" in served.out, timeout_s=PATIENCE_S)
        address = served.out.split()[-1]
        page = chromium.new_page(viewport={"width": 1180, "height": 900})
        page.goto(address)
        for name, path in PAGES.items():
            page.goto(address.partition("?")[0].rstrip("/") + path)
            page.wait_for_load_state("networkidle")
            target = FOLDER / f"{name}.png"
            page.screenshot(path=target, full_page=True)
            _fewer_colours(target)


def _fewer_colours(path: Path) -> None:
    from PIL import Image

    with Image.open(path) as picture:
        picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)


def animation(folder: Path) -> None:
    """A person slumps and is told, on a desktop with the live page open."""
    from playwright.sync_api import sync_playwright

    if XFCE is None:
        raise SystemExit("needs xfce4-notifyd; see scripts/system-packages.txt")
    with ExitStack() as stack:
        screen = stack.enter_context(x_server(folder))
        bus = BusDaemon(folder, services=True)
        bus.environment = {**screen, "DBUS_SESSION_BUS_ADDRESS": bus.address}
        bus.start()
        stack.callback(bus.stop)
        stack.enter_context(running([str(XFCE)], bus.environment))
        wait_for(lambda: owned(bus.address, "org.freedesktop.Notifications"), timeout_s=PATIENCE_S)
        camera = stack.enter_context(Sitter(FILM))
        data = ("--data-dir", folder / "data")
        posture_monitor(*data, "calibrate", "--source", FILM, "--start", "0", "--end", "6")
        stack.enter_context(
            Running(
                folder / "streams",
                *(*data, "run", "--source", camera.url, "--no-tray"),
                environ=environment(
                    **{n: bus.environment[n] for n in ("DISPLAY", "DBUS_SESSION_BUS_ADDRESS")},
                    POSTURE_MONITOR_NOTIFICATIONS_BACKEND="desktop",
                    POSTURE_MONITOR_POSTURE_HOLD_S="5",
                    POSTURE_MONITOR_REMINDERS_GRACE_S="0",
                ),
            )
        )
        wait_for(lambda: _sits(folder), timeout_s=PATIENCE_S)
        address = posture_monitor(*data, "dashboard", "--no-browser").stdout.split()[-1]
        # Last: it keeps an event loop in this thread, and the bus is asked with one of its own.
        playwright = stack.enter_context(sync_playwright())
        # A window of its own without an address bar: the address holds the page's key.
        window = playwright.chromium.launch_persistent_context(
            folder / "browser",
            executable_path="/usr/bin/chromium",
            headless=False,
            no_viewport=True,
            args=[
                *(*CHROMIUM_ARGUMENTS, "--test-type", "--window-position=0,0"),
                f"--window-size={round(800 / SCALE)},{round(600 / SCALE)}",
                *(f"--force-device-scale-factor={SCALE}", f"--app={address}"),
            ],
            env=dict(bus.environment),
        )
        stack.callback(window.close)
        page = next((page for page in window.pages if page.url != "about:blank"), window.pages[0])
        page.goto(address.partition("?")[0].rstrip("/") + "/live")
        time.sleep(SETTLING_S)
        film = _film(camera, bus.environment, folder)
        _save(_pictures_of(film), FOLDER / "told.webp")


def _sits(folder: Path) -> bool:
    told = posture_monitor("--data-dir", folder / "data", "status", "--format", "json").stdout
    return bool(told) and json.loads(told)["state"] == "sitting"


def _film(camera: Sitter, screen: dict[str, str], folder: Path) -> Path:
    """The screen as a film: upright, slumped until told, upright again."""
    film = folder / "screen.mkv"
    command = ["ffmpeg", "-v", "error", "-f", "x11grab", "-framerate", f"{FRAMES_PER_S:g}"]
    command += ["-draw_mouse", "0", "-i", screen["DISPLAY"], "-c:v", "ffv1", str(film)]
    with subprocess.Popen(command, env=screen, stdin=subprocess.PIPE) as recording:
        time.sleep(UPRIGHT_S)
        camera.slumped = True
        wait_for(lambda: bool(bubbles(screen)), timeout_s=PATIENCE_S)
        time.sleep(TOLD_S)
        camera.slumped = False
        time.sleep(CORRECTED_S)
        recording.communicate(b"q", timeout=PATIENCE_S)
    return film


def _pictures_of(film: Path) -> list[Image]:
    import cv2
    from PIL import Image

    pictures = []
    capture = cv2.VideoCapture(str(film))
    while (read := capture.read())[0]:
        pictures.append(Image.fromarray(cv2.cvtColor(read[1], cv2.COLOR_BGR2RGB)))
    capture.release()
    return pictures


def _save(pictures: list[Image], path: Path) -> None:
    """As small as it has to be."""
    for quality in (80, 60, 40, 20):
        pictures[0].save(
            path,
            save_all=True,
            append_images=pictures[1:],
            duration=round(1000 / FRAMES_PER_S),
            loop=0,
            quality=quality,
            method=4,
        )
        if path.stat().st_size <= MOST_BYTES:
            return
    raise SystemExit(f"{path} has more than {MOST_BYTES} bytes")


def main() -> int:
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory(prefix="posture-monitor-") as name:
        folder = Path(name)
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(
                executable_path="/usr/bin/chromium", args=CHROMIUM_ARGUMENTS
            )
            pages(chromium, folder)
            chromium.close()
        animation(folder)
    subprocess.run(["git", "status", "--short", str(FOLDER)], check=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The whole guided break in a real browser: a running monitor, a stream of somebody who
exercises, a phone-sized window in the dark.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

from posture_monitor.domain import EventKind, Interval, Reason, State
from posture_monitor.history.store import Store
from posture_monitor.ipc.control import ask
from posture_monitor.system.paths import resolve_paths
from tests.dashboard.test_browser import overflow_px, press, serious_findings
from tests.program import START_TIMEOUT_S, Running, environment
from tests.streams import MjpegServer, wait_for

FILM = Path(__file__).parents[2] / "samples" / "exercises" / "head_turn_right_a_a.mp4"
PATIENCE_MS = 90_000
AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"


def strained_by_turning(data_dir: Path) -> None:
    """A record of today in which the head was turned for an hour."""
    now = datetime.now().astimezone()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    start = max(midnight, now - timedelta(hours=1))
    seconds = max((now - start).total_seconds(), 1.0)
    with Store(data_dir / "history.db") as store:
        run = store.begin_run("desk", live=True, profile=None, started_at=start)
        run.heartbeat(
            Interval(start, seconds, State.SITTING, True, (Reason.HEAD_TURN,), seconds, 0.0)
        )


def test_a_break_from_its_start_to_the_welcome_back_counted_by_the_camera(browser, tmp_path):
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    strained_by_turning(data)
    environ = environment(
        POSTURE_MONITOR_REMINDERS_SEATED="true",
        POSTURE_MONITOR_REMINDERS_STRENGTHEN="false",
        BROWSER="true",
    )
    with MjpegServer(FILM) as camera:
        arguments = ("--data-dir", data, "run", "--source", camera.url, "--no-tray")
        with Running(tmp_path / "out", *arguments, environ=environ) as running:
            running.wait_until_told("watching")
            control = resolve_paths(data).control_file
            wait_for(control.exists, timeout_s=START_TIMEOUT_S)
            address = str(ask(control, "dashboard", timeout_s=START_TIMEOUT_S)["address"])
            context = browser.new_context(
                viewport={"width": 360, "height": 740}, color_scheme="dark"
            )
            context.set_default_timeout(PATIENCE_MS)
            context.add_init_script(path=AXE)
            page = context.new_page()
            page.goto(address)
            page.get_by_role("link", name="Take a break now").click()
            page.get_by_label("2 min").check()
            press(page, "Start the break")
            page.wait_for_selector(".break-clock")
            assert page.locator("h1").inner_text() == "Head turn"
            page.wait_for_selector("text=/The camera counted left [0-9]+, right [1-9]/")
            assert serious_findings(page) == []
            assert overflow_px(page) <= 0
            if folder := os.environ.get("POSTURE_MONITOR_TEST_PICTURES"):
                page.screenshot(path=f"{folder}/break.png", full_page=True)
            page.keyboard.press(" ")
            page.wait_for_selector("text=Exercise 2 of")
            press(page, "End break")
            page.wait_for_selector("h1:has-text('Welcome back')")
            told = page.inner_text(".break-done")
            context.close()
            assert running.end() == 0

    assert "counted by the camera" in told
    with Store(data / "history.db") as store:
        now = datetime.now().astimezone()
        events = store.events(now - timedelta(days=1), now + timedelta(days=1))
    (ended,) = [event for event in events if event.kind is EventKind.GUIDED_BREAK]
    assert ended.detail.text.split(";")[1].startswith("head_turn:")

"""The first steps of `run`: who is asked, what is asked in a terminal, and the page's address."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.request
from dataclasses import replace
from io import BytesIO, TextIOWrapper
from typing import TYPE_CHECKING

import pytest

from posture_monitor.commands import first_steps
from posture_monitor.commands.context import Context, open_context
from posture_monitor.commands.first_steps import Where
from posture_monitor.config import load_settings
from posture_monitor.domain import Action, ConfigError, ReminderKind
from posture_monitor.monitor.first_steps import OwnFirstSteps
from posture_monitor.system.browser import has_browser
from posture_monitor.wording.terminal_person import DOTS
from tests.builders import upright_baseline
from tests.desk_film import MONDAY_NINE, Film
from tests.program import CLIPS, environment
from tests.streams import MjpegServer, wait_for

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE_S = 90.0


class AtTerminal(Context):
    """A call with somebody before it."""

    @property
    def has_terminal(self) -> bool:
        return True


def call(folder: Path, *, terminal: bool = True) -> Context:
    found = open_context(str(folder), None, verbose=False)
    kind = AtTerminal if terminal else Context
    return kind(found.paths, found.settings, found.out, found.err)


def where(context: Context, asked: bool | None = None, src: str = "0", dashboard: bool = True):
    return first_steps.where(context, asked=asked, src=src, dashboard=dashboard)


@pytest.fixture
def screen(monkeypatch):
    """A screen with a browser."""
    monkeypatch.setenv("DISPLAY", ":9")
    monkeypatch.setenv("BROWSER", "true")


def test_first_steps_are_offered_once_and_only_to_somebody_new(tmp_path, screen, monkeypatch):
    for name in first_steps._LAUNCHERS:
        monkeypatch.delenv(name, raising=False)
    assert where(call(tmp_path / "a", terminal=False)) is Where.NOWHERE
    assert where(call(tmp_path / "a"), src="film.mp4") is Where.NOWHERE
    assert where(call(tmp_path / "a"), asked=False) is Where.NOWHERE
    assert where(call(tmp_path / "a")) is Where.PAGE
    assert where(call(tmp_path / "a")) is Where.NOWHERE
    assert where(call(tmp_path / "a", terminal=False), asked=True) is Where.PAGE

    monkeypatch.setenv("GIO_LAUNCHED_DESKTOP_FILE", "/usr/share/applications/x.desktop")
    assert where(call(tmp_path / "menu", terminal=False)) is Where.PAGE
    assert where(call(tmp_path / "menu", terminal=False)) is Where.NOWHERE

    context = call(tmp_path / "b")
    with context.open_store() as store:
        store.save_profile("desk", upright_baseline().to_document(), MONDAY_NINE)
    assert where(context) is Where.NOWHERE


def test_without_a_browser_or_a_page_the_terminal_serves(tmp_path, screen, monkeypatch):
    assert where(call(tmp_path / "a"), dashboard=False) is Where.TERMINAL
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    assert where(call(tmp_path / "b")) is Where.TERMINAL
    assert where(call(tmp_path / "c", terminal=False), asked=True) is Where.NOWHERE


def test_a_browser_needs_a_screen(monkeypatch):
    import webbrowser

    assert not has_browser({})
    monkeypatch.setattr(webbrowser, "get", lambda: None)
    assert has_browser({"WAYLAND_DISPLAY": "wayland-0"})

    def none() -> None:
        raise webbrowser.Error("no browser")

    monkeypatch.setattr(webbrowser, "get", none)
    assert not has_browser({"DISPLAY": ":0"})


def test_what_an_output_can_not_write_is_known_before(tmp_path):
    for encoding, can in (("utf-8", True), ("ascii", False), ("cp1252", False)):
        out = TextIOWrapper(BytesIO(), encoding=encoding)
        assert replace(call(tmp_path), out=out).can_show(DOTS) is can
        out.close()


# --------------------------------------------------------------------------- in a terminal


class Terminal:
    """A program on a terminal of its own, and who types there."""

    def __init__(self, environ: dict[str, str], *words: object) -> None:
        self.side, inner = os.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "posture_monitor", *map(str, words)],
            stdin=inner,
            stdout=inner,
            stderr=inner,
            env=environ,
            start_new_session=True,
        )
        os.close(inner)
        os.set_blocking(self.side, False)
        self.text = ""

    def read(self) -> str:
        try:
            self.text += os.read(self.side, 65536).decode("utf-8", "replace")
        except (BlockingIOError, OSError):
            time.sleep(0.02)
        return self.text

    def answer(self, question: str, answer: str) -> None:
        """Type once the question stands there."""
        wait_for(lambda: question in self.read(), timeout_s=PATIENCE_S)
        os.write(self.side, f"{answer}\n".encode())

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(30)
        os.close(self.side)


def test_in_a_terminal_each_step_is_asked_and_the_page_opens_when_somebody_comes(tmp_path):
    environ = environment(HOME=str(tmp_path))
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "XDG_RUNTIME_DIR"):
        environ.pop(name, None)
    with MjpegServer(CLIPS / "01_upright_day.mp4") as camera:
        terminal = Terminal(
            environ,
            *("--data-dir", tmp_path / "data", "run", "--source", camera.url, "--no-tray"),
        )
        try:
            terminal.answer("Calibrate now? It takes 12 seconds upright. [Y/n]", "n")
            terminal.answer("Show a notification to try it? [Y/n]", "")
            terminal.answer("Start with your session? [y/N]", "y")
            wait_for(lambda: "No profile fits yet" in terminal.read(), timeout_s=PATIENCE_S)
            found = re.search(r"See it live: (http://127\.0\.0\.1:\S+token=\S+)", terminal.text)
            assert found is not None, terminal.text
            with urllib.request.urlopen(found[1], timeout=PATIENCE_S) as answer:
                assert "<title>Now" in answer.read().decode()
            terminal.process.terminate()
            assert terminal.process.wait(PATIENCE_S) == 0
        finally:
            terminal.end()

    assert "This is how a reminder looks — Only a try." in terminal.text
    assert "it is written to the terminal" in terminal.text
    assert "Done. It watches from now on." in terminal.text
    assert (tmp_path / ".config/autostart/posture-monitor.desktop").exists()
    assert load_settings(tmp_path / "data/config.toml", {}).camera.source == camera.url


# --------------------------------------------------------------------------- for the page


def test_a_notification_is_tried_and_its_button_does_nothing_else():
    answers = []

    def ask(film, **arguments):
        answers.append(film.run.command("test_notification", arguments))

    film = Film(
        [(20, "upright")],
        (2.5, ask),
        (3.5, lambda film: ask(film, only_ask=True)),
        (4.5, lambda film: film.press(ReminderKind.SYSTEM, Action.SNOOZE)),
        (6.5, lambda film: ask(film, only_ask=True)),
        (7.5, ask),
        (8.5, lambda film: film.press(ReminderKind.SYSTEM, None)),
        (10.5, lambda film: ask(film, only_ask=True)),
    )

    assert [kind for _, kind, _ in film.shown()] == ["sitting_started", "sitting_ended"]
    assert film.run.status()["snoozed_s"] is None
    assert answers == [
        {"said": "a desktop, with buttons"},
        {"pressed": None, "closed": None},
        {"pressed": "snooze", "closed": "pressed"},
        {"said": "a desktop, with buttons"},
        {"pressed": None, "closed": "expired"},
    ]
    assert [note.actions for note in film.notified] == [
        (Action.START_BREAK, Action.SNOOZE, Action.SKIP)
    ] * 2


def test_another_camera_is_opened_in_the_next_round_and_the_status_is_told_at_once():
    film = Film(
        [(20, "upright")],
        (5.5, lambda film: film.run.command("camera", {"source": "2"})),
        (9.5, lambda film: film.run.command("pause", {"minutes": 1})),
    )
    film.shown()

    assert film.sources == ["2"]
    (first, second) = film.cameras_on
    assert first == (-3.0, 6.0)
    assert second[0] == 6.0
    assert film.changes == [5.5, 9.5]
    for wrong in ({}, {"source": 2}, {"source": ""}):
        with pytest.raises(ConfigError, match="can't change its camera"):
            film.run.command("camera", wrong)


class Live:
    """A monitor that notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, object]] = []

    def command(self, name, arguments):
        self.asked.append((name, arguments))
        return {}


def test_another_camera_is_used_now_and_from_the_next_start_on(tmp_path, monkeypatch):
    from posture_monitor.vision import cameras
    from posture_monitor.vision.cameras import Camera

    both = (Camera(0, "Laptop", "/dev/video0"), Camera(2, "Desk camera", "/dev/video2"))
    monkeypatch.setattr(cameras, "list_cameras", lambda: both)
    live, named = Live(), ["0"]
    steps = OwnFirstSteps(live, tmp_path / "config.toml", lambda: named[0], ())

    assert [(c.source, c.name, c.in_use) for c in steps.cameras()] == [
        ("0", "Laptop", True),
        ("2", "Desk camera", False),
    ]
    steps.use_camera("2")
    assert live.asked == [("camera", {"source": "2"})]
    assert load_settings(tmp_path / "config.toml", {}).camera.source == "2"

    named[0] = "rtsp://me:secret@10.0.0.7/x"
    first = steps.cameras()[0]
    assert (first.name, first.in_use) == ("rtsp://me:***@10.0.0.7/x", True)

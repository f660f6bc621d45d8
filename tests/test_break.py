"""The guided break: in a real terminal, without one, and what the record keeps of it."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import numpy as np
import pytest

from posture_monitor.cli import main
from posture_monitor.commands.breaks import has_browser
from posture_monitor.config import ReminderSettings, Settings
from posture_monitor.core.exercises.library import EXERCISES
from posture_monitor.domain import (
    CameraError,
    ConfigError,
    Detail,
    Event,
    EventKind,
    Frame,
    Interval,
    Reason,
    State,
)
from posture_monitor.history.store import Store
from posture_monitor.ipc.control import ControlServer
from posture_monitor.monitor.break_plan import plan, wishes_of
from posture_monitor.monitor.counting_camera import CountingCamera
from posture_monitor.monitor.guided_mode import GuidedMode
from posture_monitor.monitor.own_break import END, SKIP, START, OwnBreak
from posture_monitor.system.paths import resolve_paths, single_instance
from tests.builders import observe, person
from tests.program import ROOT, Running, environment, posture_monitor, told
from tests.streams import wait_for

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from posture_monitor.domain import Observation

NO_CAMERA = "no camera of this name"
NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)


class HandClock:
    """Goes when it is told to."""

    def __init__(self) -> None:
        self.s = 0.0

    def monotonic_s(self) -> float:
        return self.s

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.s)

    def sleep(self, seconds: float) -> None:
        self.s += seconds


class Terminal:
    """The program in a terminal of its own."""

    def __init__(self, data_dir: Path, *arguments: str) -> None:
        self.ours, theirs = pty.openpty()
        self.before = termios.tcgetattr(theirs)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "posture_monitor", "--data-dir", str(data_dir), *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=ROOT,
            env=environment(TERM="xterm", POSTURE_MONITOR_CAMERA_SOURCE=NO_CAMERA),
            start_new_session=True,
        )
        self.theirs = theirs
        self.text = ""

    def read_until(self, wanted: str) -> None:
        while wanted not in self.text:
            assert select.select([self.ours], [], [], 90.0)[0], self.text
            self.text += os.read(self.ours, 4096).decode()

    def press(self, key: str) -> None:
        os.write(self.ours, key.encode())

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.ours)
        os.close(self.theirs)


@pytest.fixture
def terminal(tmp_path):
    opened = []

    def start(*arguments: str) -> Terminal:
        opened.append(Terminal(tmp_path / "data", *arguments))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


def recorded(data_dir: Path) -> list[str]:
    with Store(data_dir / "history.db") as store:
        events = store.events(datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
    return [event.detail.text for event in events if event.kind is EventKind.GUIDED_BREAK]


def test_keys_skip_and_end_a_break_in_a_terminal(terminal, tmp_path):
    shown = terminal("break", "--minutes", "2", "--seated")
    shown.read_until("1 of ")
    shown.read_until("get ready")
    shown.read_until("a timer runs")
    shown.press("\x1b[B")  # the arrow down does nothing
    shown.press(" ")
    shown.read_until("2 of ")
    shown.press("q")
    shown.read_until("low certainty")

    assert shown.process.wait(90) == 0
    assert "Welcome back" in shown.text
    assert termios.tcgetattr(shown.theirs) == shown.before
    (detail,) = recorded(tmp_path / "data")
    assert ";" not in detail  # nothing was done for long enough


def test_ctrl_c_ends_a_break_cleanly(terminal, tmp_path):
    shown = terminal("break")
    shown.read_until("get ready")
    os.kill(shown.process.pid, signal.SIGINT)
    shown.read_until("interrupted")

    assert shown.process.wait(90) == 130
    assert "Traceback" not in shown.text
    assert termios.tcgetattr(shown.theirs) == shown.before
    assert len(recorded(tmp_path / "data")) == 1


def test_with_a_browser_the_break_is_on_a_page_of_its_own_until_ctrl_c(tmp_path):
    opened = tmp_path / "opened"
    browser = tmp_path / "browser"
    browser.write_text(f"#!/bin/sh\necho $1 > {opened}.new && mv {opened}.new {opened}\n")
    browser.chmod(0o700)
    environ = environment(
        DISPLAY=":9", BROWSER=str(browser), POSTURE_MONITOR_CAMERA_SOURCE=NO_CAMERA
    )
    arguments = ("--data-dir", tmp_path / "data", "break", "--minutes", "1")
    with Running(tmp_path / "streams", *arguments, environ=environ) as running:
        wait_for(opened.exists, timeout_s=90.0)
        url = urlsplit(opened.read_text().strip())
        with closing(HTTPConnection("127.0.0.1", url.port or 0, timeout=60)) as connection:
            connection.request("GET", f"{url.path}?{url.query}")
            page = connection.getresponse().read().decode()
        assert running.end(signal.SIGINT, timeout_s=90.0) == 130

    assert url.path == "/break"
    assert "Exercise 1 of" in page
    assert "Welcome back" in running.out
    assert len(recorded(tmp_path / "data")) == 1


@pytest.mark.parametrize("minutes", ["0", "6", "many", "nan"])
def test_minutes_that_no_break_has_are_a_usage_error(minutes, tmp_path):
    done = posture_monitor("--data-dir", tmp_path, "break", "--minutes", minutes)

    assert done.returncode == 2


def test_a_record_that_can_not_be_used_is_told_in_a_line(tmp_path):
    (tmp_path / "history.db").write_bytes(b"not a database" * 100)
    done = posture_monitor("--data-dir", tmp_path, "break")

    assert "history.db" in told(done)


# ------------------------------------------------------------------ beside a monitor


class Monitor:
    """Answers as a running one would, with a break of this test's own."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, object]]] = []
        self.mode: GuidedMode | None = None

    def status(self) -> dict[str, object]:
        return {"guided_break": None if self.mode is None else self.mode.to_document()}

    def command(self, name: str, arguments: Mapping[str, object]) -> dict[str, object]:
        self.asked.append((name, dict(arguments)))
        if name == "status":
            return self.status()
        if name == "break":
            self.mode = GuidedMode(("head_turn", "calf_raise"), 0.0)
        elif self.mode is not None:
            step = self.mode.skip if name == "break_skip" else self.mode.end
            step(1.0)
        return {"said": "noted", "break": None if self.mode is None else self.mode.to_document()}


@pytest.fixture
def monitor(tmp_path):
    paths = resolve_paths(tmp_path / "data")
    paths.ensure()
    live = Monitor()
    with single_instance(paths.lock_file), ControlServer(paths.control_file, live):
        yield live


def test_beside_a_running_monitor_the_terminal_shows_the_monitors_break(monitor, terminal):
    shown = terminal("break", "--minutes", "2", "--terminal")
    shown.read_until("Head turn")
    shown.press(" ")
    shown.read_until("Calf raise")
    shown.press("q")
    shown.read_until("low certainty")

    assert shown.process.wait(90) == 0
    asked = [one for one in monitor.asked if one[0] != "status"]
    assert asked == [
        ("break", {"seated": False, "minutes": 2.0}),
        ("break_skip", {}),
        ("break_end", {}),
    ]


@pytest.mark.parametrize(("display", "on_page"), [(":9", True), ("", False)])
def test_beside_a_running_monitor_the_break_is_on_its_page_where_there_is_one(
    monitor, tmp_path, monkeypatch, display, on_page
):
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.setenv("WAYLAND_DISPLAY", "")
    monkeypatch.setenv("BROWSER", "true")
    assert has_browser(os.environ) is on_page
    if on_page:
        assert main(["--data-dir", str(tmp_path / "data"), "break"]) == 0
        assert monitor.asked == [("break", {"seated": False, "show": True})]


def test_a_drink_is_told_to_the_running_monitor(monitor, tmp_path, capsys):
    assert main(["--data-dir", str(tmp_path / "data"), "drank"]) == 0
    assert monitor.asked == [("drank", {})]
    assert capsys.readouterr().out == "noted\n"


def test_a_drink_without_a_monitor_is_in_the_record_and_in_the_report(tmp_path, capsys):
    for _ in range(2):
        assert main(["--data-dir", str(tmp_path), "drank"]) == 0
    capsys.readouterr()
    assert main(["--data-dir", str(tmp_path), "report", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["drinks"] == 2


# ------------------------------------------------------------------ without a monitor


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "history.db") as opened:
        yield opened


def own(tmp_path: Path, clock: HandClock, **reminders: object) -> OwnBreak:
    settings = Settings(reminders=ReminderSettings(**reminders))
    return OwnBreak(lambda: Store(tmp_path / "history.db"), lambda: settings, clock)


def breaks(store: Store) -> list[str]:
    events = store.events(NOON - timedelta(days=9), NOON + timedelta(days=1))
    return [event.detail.text for event in events if event.kind is EventKind.GUIDED_BREAK]


def test_a_break_by_timer_is_recorded_once_with_what_was_done(store, tmp_path):
    clock = HandClock()
    guide = own(tmp_path, clock, routine_min=1.0, strengthen=False, seated=True)
    assert guide.document() is None
    started = guide.command(START, {})["break"]
    clock.s = 300.0
    over = guide.document()
    guide.document()

    assert started["stage"] == "prepare"
    assert over["stage"] == "over"
    assert [one["name"] for one in over["done"]] == started["routine"]
    (detail,) = breaks(store)
    first = started["routine"][0]
    assert detail.split(";")[1] == f"{first}:{EXERCISES[first].duration_s:.0f}:"


def test_one_break_at_a_time_and_nothing_to_end_without_one(store, tmp_path):
    clock = HandClock()
    guide = own(tmp_path, clock)
    for name in (SKIP, END):
        with pytest.raises(ConfigError, match="no break is going on"):
            guide.command(name, {})
    guide.command(START, {})
    with pytest.raises(ConfigError, match="going on already"):
        guide.command(START, {})
    clock.s = 3000.0  # forgotten; it is over by itself
    again = guide.command(START, {})["break"]

    assert again["stage"] == "prepare"
    assert len(breaks(store)) == 1
    assert guide.command(SKIP, {})["break"]["index"] == 1
    assert guide.command(END, {})["break"]["stage"] == "over"
    assert len(breaks(store)) == 2


class Film:
    """A source of three frames, and the models for it."""

    name, live, end_s = "film", True, None

    def __init__(self) -> None:
        self.asked: list[float | None] = []
        self.closed = 0

    def read(self, *, skip_until_s: float | None = None) -> Frame | None:
        self.asked.append(skip_until_s)
        count = len(self.asked)
        picture = np.zeros((4, 4, 3), np.uint8)
        return None if count > 3 else Frame(picture, float(count), NOON, count)

    def observe(self, frame: Frame, *, settled: bool = True) -> Observation:
        return observe(frame.t_s, person())

    def close(self) -> None:
        self.closed += 1

    def __enter__(self) -> Film:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def test_a_camera_tells_what_it_saw_twelve_times_a_second_and_is_let_go():
    film, seen, ended = Film(), [], threading.Event()

    def observed(observation):
        seen.append(observation.t_s)
        if len(seen) == 3:
            ended.set()

    with CountingCamera(lambda: film, lambda: film, observed) as camera:
        assert ended.wait(60.0)

    assert seen == [1.0, 2.0, 3.0]
    assert film.asked[:3] == [None, 1.0 + 1.0 / 12.0, 2.0 + 1.0 / 12.0]
    assert film.closed == 2
    assert camera.lost is None


def test_a_camera_that_can_not_be_had_is_told():
    def missing():
        raise CameraError("no camera here")

    with CountingCamera(missing, Film, lambda _: None) as camera:
        wait_for(lambda: camera.lost is not None, timeout_s=60.0)

    assert camera.lost == "no camera here"


def test_what_a_camera_sees_counts_in_the_break_that_goes_on(store, tmp_path):
    clock = HandClock()
    guide = own(tmp_path, clock, routine_min=1.0, strengthen=False, seated=True)
    guide.observed(observe(0.0, person()))  # no break yet
    guide.command(START, {})
    for t_s in (1.0, 5.5, 9.0):
        clock.s = t_s
        guide.observed(observe(t_s, person() if t_s < 9.0 else None, faces=()))

    document = guide.document()
    assert document is not None
    assert document["rose"] is True
    assert (document["counted"] is not None) == EXERCISES[document["exercise"]].counted


def test_two_breaks_in_a_row_are_never_the_same(store, tmp_path):
    clock = HandClock()
    guide = own(tmp_path, clock)
    last: list[str] = []
    for _ in range(4):
        routine = guide.command(START, {})["break"]["routine"]
        assert set(routine) != set(last)
        last = routine
        clock.s += 200.0
        guide.document()


def test_a_routine_follows_the_strain_of_today_in_the_record(store):
    interval = Interval(
        NOON - timedelta(minutes=50), 2400.0, State.SITTING, True, (Reason.HEAD_TURN,), 2400.0
    )
    before = Interval(
        NOON - timedelta(days=1), 9000.0, State.SITTING, True, (Reason.LEAN_IN,), 9000.0
    )
    run = store.begin_run("desk", live=True, profile=None, started_at=NOON - timedelta(days=1))
    run.heartbeat(before)
    run.heartbeat(interval)
    settings = Settings(reminders=ReminderSettings(strengthen=False))

    assert "head_turn" in plan(store, wishes_of({"seated": True}, settings), NOON)
    assert "head_turn" not in plan(
        store, wishes_of({"minutes": 1}, settings), NOON - timedelta(days=2)
    )


def test_strength_comes_twice_a_week(store):
    strong = []
    for day in range(7):
        now = NOON + timedelta(days=day)
        names = plan(store, wishes_of({}, Settings()), now)
        strong.append(any(EXERCISES[name].kind == "strength" for name in names))
        done = ";".join(f"{name}:30:" for name in names)
        store.note(now, Event(0.0, EventKind.GUIDED_BREAK, Detail(text=f"90;{done}")))

    assert strong == [True, False, True, False, False, False, False]


def test_an_exercise_that_the_camera_never_saw_done_does_not_count_as_strengthening(store):
    settings = Settings()
    due = plan(store, wishes_of({}, settings), NOON)
    for repetitions, strong in (("0", True), ("7", False)):
        done = Detail(text=f"60;arms_raised_sideways:50:{repetitions}")
        event = Event(0.0, EventKind.GUIDED_BREAK, done)
        store.note(NOON - timedelta(days=1), event)
        names = plan(store, wishes_of({}, settings), NOON)

        assert any(EXERCISES[name].kind == "strength" for name in names) is strong
    assert any(EXERCISES[name].kind == "strength" for name in due)


@pytest.mark.parametrize("minutes", [0, 5.5, "two", True, None, float("nan")])
def test_minutes_from_elsewhere_are_checked(minutes):
    with pytest.raises(ConfigError, match="1 to 5 minutes"):
        wishes_of({"minutes": minutes}, Settings())


def test_what_is_told_without_a_monitor_joins_the_last_run(store):
    event = Event(0.0, EventKind.DRANK)
    store.note(NOON, event)
    run = store.begin_run("desk", live=True, profile="office", started_at=NOON)
    run.event(NOON, Event(1.0, EventKind.SNOOZED))
    store.note(NOON + timedelta(minutes=1), event)

    kinds = [one.kind for one in store.events(NOON, NOON + timedelta(hours=1))]
    assert kinds == [EventKind.DRANK, EventKind.SNOOZED, EventKind.DRANK]
    last = store.last_run()
    assert last is not None
    assert last.source == "desk"

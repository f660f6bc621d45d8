"""The tray on real hosts: what can be seen, and what a click does."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest
from dbus_fast import Variant

from posture_monitor.desktop.tray import NO_TRAY, Tray, _open_face, open_tray
from posture_monitor.desktop.tray_icon import FINE, STRAINED, argb, rgba
from posture_monitor.desktop.tray_menu import Entry, IconState, entries, headline, icon_state_of
from posture_monitor.desktop.tray_pystray import _show_icon
from posture_monitor.desktop.tray_sni import ITEM_PATH, MENU_PATH, WATCHER
from posture_monitor.domain import PostureMonitorError
from tests.desktop.desk import BusDaemon, called, heard, need, owned, running, screenshot, told
from tests.streams import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from posture_monitor.domain import View

SITTING = {
    "state": "sitting",
    "sitting_s": 1500.0,
    "score": 87.4,
    "reasons": ["forward_head", "slouch"],
    "camera_state": "on",
    "paused_until": None,
}
PATIENCE_S = 30.0
"""A real panel on a busy machine takes its time; nobody waits where it does not."""
PANEL = """<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0"><property name="configver" type="int" value="2"/>
<property name="panels" type="array"><value type="int" value="1"/>
<property name="panel-1" type="empty">
<property name="position" type="string" value="p=8;x=400;y=580"/>
<property name="length" type="uint" value="100"/><property name="size" type="uint" value="32"/>
<property name="position-locked" type="bool" value="true"/>
<property name="plugin-ids" type="array"><value type="int" value="1"/></property>
</property></property><property name="plugins" type="empty">
<property name="plugin-1" type="string" value="systray"/></property></channel>"""
"""One panel over the whole width at the bottom, with nothing in it but the tray."""


class Recorder:
    """A live monitor that writes down what it is told."""

    def __init__(self) -> None:
        self.now: dict[str, object] = dict(SITTING)
        self.told: list[tuple[str, dict[str, object]]] = []

    def status(self) -> dict[str, object]:
        return dict(self.now)

    def command(self, name: str, arguments: Mapping[str, object]) -> dict[str, object]:
        self.told.append((name, dict(arguments)))
        if name == "snooze":
            raise PostureMonitorError("not now")
        if name != "dashboard":
            return {}
        return {
            "address": "http://127.0.0.1:1/?token=x",
            "for_browser": "http://127.0.0.1:1/?key=y",
        }

    def watch(self) -> AbstractContextManager[None]:
        return nullcontext()

    def view(self) -> View | None:
        return None


class Shown:
    """A tray for a made-up environment with all that comes of it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.live = Recorder()
        self.announced: list[str] = []
        self.browsed: list[str] = []
        self.tray = Tray(
            self.live,
            open_face=lambda press: _open_face(press, environment),
            announce=self.announced.append,
            browse=self.browsed.append,
            refresh_s=0.05,
        )


@pytest.fixture
def show() -> Iterator[Callable[[Mapping[str, str]], Shown]]:
    """Shows trays; takes them away with the test."""
    shown: list[Shown] = []

    def start(environment: Mapping[str, str]) -> Shown:
        shown.append(Shown(environment))
        shown[-1].tray.__enter__()
        return shown[-1]

    yield start
    for one in shown:
        one.tray.__exit__(None, None, None)
    assert "tray" not in [thread.name for thread in threading.enumerate()]


@pytest.fixture
def session(tmp_path, screen) -> Iterator[BusDaemon]:
    """A session that may start what the system has installed."""
    daemon = BusDaemon(tmp_path, services=True)
    daemon.environment = {
        **screen,
        "DBUS_SESSION_BUS_ADDRESS": daemon.address,
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }
    daemon.start()
    yield daemon
    daemon.stop()


@pytest.fixture
def panel(session, tmp_path) -> Iterator[BusDaemon]:
    """Xfce's own panel with its tray."""
    need("xfce4-panel")
    folder: Path = tmp_path / "config/xfce4/xfconf/xfce-perchannel-xml"
    folder.mkdir(parents=True)
    (folder / "xfce4-panel.xml").write_text(PANEL)
    with running(["xfce4-panel", "--disable-wm-check"], session.environment):
        wait_for(lambda: owned(session.address, WATCHER.name), timeout_s=PATIENCE_S)
        yield session


def items(address: str) -> list[str]:
    """The items that the tray knows."""
    (value,) = called(
        address,
        WATCHER.name,
        WATCHER.path,
        "org.freedesktop.DBus.Properties.Get",
        "ss",
        WATCHER.interface,
        "RegisteredStatusNotifierItems",
    )
    return list(value)


def item_name(address: str) -> str:
    wait_for(lambda: len(items(address)) == 1, timeout_s=PATIENCE_S)
    return items(address)[0].partition("/")[0]


def shade_of(picture: Path, x: int, y: int) -> tuple[int, int, int]:
    """The colour of one place in a picture."""
    import cv2

    image = cv2.imread(str(picture))
    assert image is not None
    blue, green, red = (int(value) for value in image[y, x])
    return red, green, blue


def windows(environment: Mapping[str, str]) -> list[tuple[int, int, int, int]]:
    """Place and size of every top window that is shown."""
    found: list[tuple[int, int, int, int]] = []
    for window in told(["xdotool", "search", "--onlyvisible", ".*"], environment).split():
        shape = told(["xdotool", "getwindowgeometry", "--shell", window], environment)
        values = dict(line.split("=") for line in shape.split())
        if values:
            x, y, width, height = (int(values[key]) for key in ("X", "Y", "WIDTH", "HEIGHT"))
            found.append((x, y, width, height))
    return found


@pytest.mark.parametrize(
    ("change", "icon_state", "line"),
    [
        ({}, IconState.STRAINED, "Sitting 25 min · score 87 · head forward, slumped"),
        ({"reasons": []}, IconState.FINE, "Sitting 25 min · score 87"),
        ({"reasons": [], "score": None, "sitting_s": 3900}, IconState.FINE, "Sitting 1 h 05 min"),
        (
            {"state": "standing", "reasons": [], "score": 99.6},
            IconState.FINE,
            "Standing · score 100",
        ),
        ({"state": "away", "reasons": [], "score": None}, IconState.AWAY, "Away"),
        ({"state": "break", "reasons": [], "score": None}, IconState.AWAY, "On a break"),
        ({"state": "unknown", "reasons": [], "score": None}, IconState.UNKNOWN, "Can't judge"),
        ({"camera_state": "lost"}, IconState.TROUBLE, "Camera lost, waiting for it"),
        (
            {"camera_state": "handed", "score": None, "reasons": []},
            IconState.FINE,
            "Sitting 25 min · another program has the camera",
        ),
        ({"paused_until": "nonsense"}, IconState.PAUSED, "Paused until later"),
    ],
)
def test_icon_and_line_tell_the_status(change, icon_state, line):
    status = {**SITTING, **change}

    assert icon_state_of(status) is icon_state
    assert headline(status) == line


def test_status_without_anything_in_it_is_unknown():
    assert icon_state_of({}) is IconState.UNKNOWN
    assert headline({}) == "Can't judge"


def test_pause_is_told_in_local_time(monkeypatch):
    import time

    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert headline({"paused_until": "2026-03-02T09:30:00+00:00"}) == "Paused until 18:30"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_only_a_pause_can_be_resumed():
    def enabled(status: Mapping[str, object]) -> list[str]:
        return [e.label for e in entries(status, dashboard=False) if e.enabled]

    usual = ["Take a break", "I drank", "Pause 30 min", "Pause 1 h", "Snooze reminders", "Quit"]
    assert enabled(SITTING) == usual
    assert "Resume" in enabled({**SITTING, "paused_until": "2026-03-02T09:30:00+00:00"})
    assert "Resume" in enabled({**SITTING, "snoozed_s": 60.0})


def test_a_guided_break_and_a_snooze_are_told_and_can_be_undone():
    on = {**SITTING, "guided_break": {"exercise": "head_turn"}}
    labels = [e.label for e in entries(on, dashboard=False) if e.enabled]
    snoozed = {**SITTING, "snoozed_s": 299.0, "guided_break": {"exercise": None}}

    assert headline(on) == "Guided break"
    assert "End the break" in labels
    assert "Take a break" not in labels
    assert headline(snoozed).endswith(" · snoozed for 5 min")


def test_icons_are_told_apart_without_colour():
    shapes = {bytes(argb(icon_state, 22)[0::4]) for icon_state in IconState}
    drawings = {
        bytes(sum(argb(icon_state, 22)[at : at + 4]) // 4 for at in range(0, 22 * 22 * 4, 4))
        for icon_state in IconState
    }

    assert len(drawings) == len(IconState)
    assert len(shapes) >= 4  # outlines; discs differ by what stands in them


def test_both_orders_of_bytes_hold_the_same_picture():
    alpha_first, alpha_last = argb(IconState.FINE, 8), rgba(IconState.FINE, 8)

    assert len(alpha_first) == len(alpha_last) == 8 * 8 * 4
    assert (
        alpha_first[4 * 36 : 4 * 37]
        == alpha_last[4 * 36 + 3 : 4 * 37] + alpha_last[4 * 36 : 4 * 36 + 3]
    )


def test_real_panel_shows_the_icon_and_its_change(panel, show, tmp_path):
    rule = "type='signal',member='StatusNotifierItemRegistered'"
    with heard(panel.address, rule) as registered:
        shown = show(panel.environment)
        item_name(panel.address)
        wait_for(lambda: shown.tray.name != "none")
    assert len(registered) == 1  # asked twice in a row, this panel shows nothing
    assert shown.tray.name == "status notifier item"
    picture = tmp_path / "tray.png"

    def has(colour: tuple[int, int, int]) -> bool:
        screenshot(picture, panel.environment)
        return any(
            max(abs(a - b) for a, b in zip(shade_of(picture, x, y), colour, strict=True)) < 12
            for x in range(4, 32)
            for y in (576, 588)
        )

    wait_for(lambda: has(STRAINED), timeout_s=PATIENCE_S)

    shown.live.now["reasons"] = []
    wait_for(lambda: has(FINE) and not has(STRAINED), timeout_s=PATIENCE_S)
    assert shown.announced == []


def test_both_buttons_open_the_real_menu_and_a_click_in_it_is_carried_out(panel, show, tmp_path):
    shown = show(panel.environment)
    item_name(panel.address)
    before = windows(panel.environment)

    def menu() -> list[tuple[int, int, int, int]]:
        return [w for w in windows(panel.environment) if w not in before and w[3] > 100]

    def opened() -> bool:
        """By the left button; the menu may be asked for before the panel has drawn the icon."""
        if not menu():
            told(["xdotool", "mousemove", "17", "583", "click", "1"], panel.environment)
        return bool(menu())

    wait_for(opened, timeout_s=PATIENCE_S)
    told(["xdotool", "key", "Escape"], panel.environment)
    wait_for(lambda: not menu(), timeout_s=PATIENCE_S)

    def chosen() -> bool:
        """Open the menu, or choose in it; GTK takes no click right after opening."""
        if not shown.live.told and (open_menus := menu()):
            screenshot(tmp_path / "menu.png", panel.environment)
            # The first line tells the status; below a separator stands "Take a break".
            x, y, width, _ = open_menus[0]
            place = (str(x + width // 3), str(y + 42))
            told(["xdotool", "mousemove", *place, "click", "1"], panel.environment)
        elif not shown.live.told:
            told(["xdotool", "mousemove", "17", "583", "click", "3"], panel.environment)
        return bool(shown.live.told)

    wait_for(chosen, timeout_s=PATIENCE_S)

    assert shown.live.told[0] == ("break", {"show": True})


def test_menu_speaks_the_protocol(panel, show):
    shown = show(panel.environment)
    name = item_name(panel.address)
    menu = "com.canonical.dbusmenu"

    def layout() -> list[Any]:
        revision, (_root, properties, children) = called(
            panel.address, name, MENU_PATH, f"{menu}.GetLayout", "iias", 0, -1, []
        )
        assert revision > 0
        assert properties == {"children-display": "submenu"}
        return [(number, values.get("label", "-")) for number, values, _ in children]

    wait_for(lambda: len(layout()) == 12)
    assert layout() == [
        (1, "Sitting 25 min · score 87 · head forward, slumped"),
        (2, "-"),
        (3, "Take a break"),
        (4, "End the break"),
        (5, "I drank"),
        (6, "Pause 30 min"),
        (7, "Pause 1 h"),
        (8, "Resume"),
        (9, "Snooze reminders"),
        (10, "-"),
        (11, "Open dashboard"),
        (12, "Quit"),
    ]

    def click(number: int, event: str = "clicked") -> None:
        body = (number, event, Variant("s", ""), 0)
        called(panel.address, name, MENU_PATH, f"{menu}.Event", "isvu", *body)

    for number in (1, 2, 4, 8):  # tell only, or can't be chosen now
        click(number)
    click(12, "hovered")
    click(7)
    click(11)
    click(9)
    click(12)
    wait_for(lambda: len(shown.live.told) == 4)
    assert shown.live.told == [
        ("pause", {"minutes": 60}),
        ("dashboard", {}),
        ("snooze", {}),
        ("stop", {}),
    ]
    assert shown.browsed == ["http://127.0.0.1:1/?key=y"]
    wait_for(lambda: shown.announced == ["not now"])
    with pytest.raises(AssertionError, match="no such entry"):
        click(99)
    (groups,) = called(
        panel.address, name, MENU_PATH, f"{menu}.GetGroupProperties", "aias", [8, 77], []
    )
    assert groups == [(8, {"label": "Resume", "enabled": False, "visible": True})]


def test_trays_are_told_of_every_change_and_of_nothing_else(panel, show):
    rule = "type='signal',interface='{}'"
    shown = show(panel.environment)
    name = item_name(panel.address)
    asked = (ITEM_PATH, "org.freedesktop.DBus.Properties.Get", "ss")
    what = ("org.kde.StatusNotifierItem", "ToolTip")
    # It is offered before it has read a status: what it shows first is no change.
    wait_for(lambda: called(panel.address, name, *asked, *what)[0][3] != "")
    with (
        heard(panel.address, rule.format("org.kde.StatusNotifierItem")) as item,
        heard(panel.address, rule.format("com.canonical.dbusmenu")) as menu,
    ):
        shown.live.now["score"] = 86.0
        wait_for(lambda: [m.member for m in item] == ["NewToolTip"])
        wait_for(lambda: len(menu) == 1)

        shown.live.now["reasons"] = []
        wait_for(lambda: [m.member for m in item[1:]] == ["NewIcon", "NewToolTip"])
        wait_for(lambda: len(menu) == 2)

        shown.live.now["paused_until"] = "2026-03-02T09:30:00+00:00"
        wait_for(lambda: len(menu) == 3)

    changed = [[number for number, _ in m.body[0]] for m in menu]
    assert [m.member for m in menu] == ["ItemsPropertiesUpdated"] * 3
    assert changed == [[1], [1], [1, 8]]


def test_item_tells_what_trays_ask_for(panel, show):
    show(panel.environment)
    name = item_name(panel.address)

    (values,) = called(
        panel.address,
        name,
        ITEM_PATH,
        "org.freedesktop.DBus.Properties.GetAll",
        "s",
        "org.kde.StatusNotifierItem",
    )

    assert (values["Id"], values["Status"], values["Menu"]) == (
        "posture-monitor",
        "Active",
        MENU_PATH,
    )
    assert [(w, h, len(data)) for w, h, data in values["IconPixmap"]] == [
        (22, 22, 22 * 22 * 4),
        (44, 44, 44 * 44 * 4),
    ]
    assert values["ToolTip"][2] == "posture-monitor"


def test_tray_that_starts_later_shows_it_and_leaving_takes_it_away(session, show, tmp_path):
    need("xfce4-panel")
    environment = {"DBUS_SESSION_BUS_ADDRESS": session.address}
    shown = show(environment)
    wait_for(lambda: shown.announced == [NO_TRAY])
    folder: Path = tmp_path / "config/xfce4/xfconf/xfce-perchannel-xml"
    folder.mkdir(parents=True)
    (folder / "xfce4-panel.xml").write_text(PANEL)

    with running(["xfce4-panel", "--disable-wm-check"], session.environment):
        wait_for(lambda: owned(session.address, WATCHER.name), timeout_s=PATIENCE_S)
        item_name(session.address)
        shown.tray.__exit__(None, None, None)
        wait_for(lambda: items(session.address) == [])

    assert shown.announced == [NO_TRAY]


def test_desktop_without_a_tray_is_told_so_once_and_nothing_else_happens(show):
    shown = show({})

    wait_for(lambda: shown.announced == [NO_TRAY])
    assert shown.tray.name == "none"


def test_tray_that_fails_costs_nothing_but_the_icon(caplog):
    announced: list[str] = []

    def fail(_press: object) -> None:
        raise OSError("no tray today")

    with Tray(Recorder(), open_face=fail, announce=announced.append):
        wait_for(lambda: announced == [NO_TRAY])

    assert "no tray today" in caplog.text


class Face:
    """A tray that only notes what it is to show."""

    name, hosted = "noted", True

    def __init__(self) -> None:
        self.shown: list[str] = []

    def show(self, icon_state: IconState, lines: Sequence[Entry]) -> None:
        self.shown.append(lines[0].label)

    def close(self) -> None:
        self.shown.append("closed")


def test_what_a_command_changed_is_shown_at_once():
    face, live = Face(), Recorder()
    tray = Tray(live, open_face=lambda _press: face, announce=str, refresh_s=600.0)
    with tray:
        wait_for(lambda: len(face.shown) == 1)
        live.now["paused_until"] = "nonsense"
        tray.refresh()
        wait_for(lambda: len(face.shown) == 2)

    assert face.shown[1:] == ["Paused until later", "closed"]


def test_old_tray_of_embedded_windows_shows_the_icon_and_a_click_opens_the_dashboard(
    session, tmp_path
):
    """In a process of its own: pystray leaves threads and a connection behind."""
    need("trayer")
    pytest.importorskip("PIL")
    picture = tmp_path / "trayer.png"
    script = (
        "import os, sys, time, pathlib\n"
        "from tests.desktop.test_tray import STRAINED, Shown, screenshot, shade_of\n"
        "from tests.desktop.test_tray import told, wait_for\n"
        "shown = Shown(os.environ)\n"
        "with shown.tray:\n"
        "    wait_for(lambda: shown.tray.name != 'none')\n"
        "    picture = pathlib.Path(sys.argv[1])\n"
        "    def strained():\n"
        "        screenshot(picture, os.environ)\n"
        "        shade = shade_of(picture, 7, 580)\n"
        "        return max(abs(a - b) for a, b in zip(shade, STRAINED)) < 12\n"
        "    wait_for(strained, timeout_s=30.0)\n"
        "    def opened():\n"
        "        told(['xdotool', 'mousemove', '13', '587', 'click', '1'], os.environ)\n"
        "        return bool(shown.browsed)\n"
        "    wait_for(opened, timeout_s=30.0)\n"
        "    print(shown.tray.name, shown.browsed[0], shown.announced)\n"
        "os._exit(0)\n"
    )
    command = ["trayer", "--edge", "bottom", "--align", "left", "--widthtype", "percent"]
    with running(command, session.environment):
        probe = ["xprop", "-root", "_NET_CLIENT_LIST_STACKING"]
        wait_for(lambda: "0x" in told(probe, session.environment))
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", script, str(picture)],
            env={**session.environment, "PYTHONPATH": os.getcwd()},
            capture_output=True,
            text=True,
            timeout=90,
        )

    assert done.stdout.strip() == "pystray http://127.0.0.1:1/?key=y []", done.stderr


class LateIcon:
    """pystray's icon while its loop is just starting."""

    def __init__(self) -> None:
        self.tries = 0

    def __setattr__(self, name: str, value: object) -> None:
        if name == "visible":
            self.tries += 1
            if self.tries < 3:
                raise AttributeError("_thread")
        super().__setattr__(name, value)


def test_icon_is_shown_although_its_loop_is_only_starting():
    icon = LateIcon()

    _show_icon(icon)

    assert (icon.visible, icon.tries) == (True, 3)


def test_open_tray_needs_nothing_but_the_monitor():
    announced: list[str] = []

    with open_tray(Recorder(), announce=announced.append, environment={}):
        wait_for(lambda: announced == [NO_TRAY])

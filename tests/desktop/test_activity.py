"""Idle, lock, lid and suspend from real or mocked desktop services, or nothing at all."""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from dbus_fast import Variant

from posture_monitor.desktop import activity, activity_linux
from posture_monitor.desktop.activity import PlainActivity, open_activity
from posture_monitor.ports import ActivitySource
from posture_monitor.system.clock import clocks_asleep_s
from tests.desktop.desk import SYSTEM_PYTHON, called, owned, running, told
from tests.desktop.logind import LOGIN, MOCK, ROOT_PATH, SESSION_PATH, Login
from tests.streams import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SAVER = "org.gnome.ScreenSaver"


@pytest.fixture
def at_once(monkeypatch):
    """Asks the desktop again whenever it is asked."""
    monkeypatch.setattr(activity_linux, "_FRESH_S", 0.0)
    monkeypatch.setattr(activity_linux, "_LID_FRESH_S", 0.0)


@pytest.fixture
def opened() -> Iterator[Callable[..., Any]]:
    """Opens activity sources for made-up environments; closes them with the test."""
    with ExitStack() as stack:

        def open_one(**environment: str) -> Any:
            source = open_activity({"PATH": os.environ["PATH"], **environment})
            stack.callback(source.close)
            return source

        yield open_one


def test_lock_of_the_own_session_is_heard(login, opened):
    login.add_session()
    source = opened(DBUS_SYSTEM_BUS_ADDRESS=login.bus.address)
    assert source.locked() is False

    login.lock(True)
    wait_for(lambda: source.locked() is True)

    login.lock(False)
    wait_for(lambda: source.locked() is False)
    assert source.facts()["lock"] == "logind"


def test_session_that_is_locked_already_is_known_at_once(login, opened):
    login.add_session()
    login.lock(True)

    source = opened(DBUS_SYSTEM_BUS_ADDRESS=login.bus.address)

    assert source.locked() is True


def test_lock_of_somebody_else_is_nothing_to_us(login, opened):
    login.add_session("c1", uid=os.getuid() + 1)
    login.add_session("c7")
    source = opened(DBUS_SYSTEM_BUS_ADDRESS=login.bus.address)

    login.lock(True, f"{ROOT_PATH}/session/c1")
    login.lock(True)
    wait_for(lambda: source.locked() is True)
    login.lock(False)

    wait_for(lambda: source.locked() is False)


def test_session_that_the_environment_names_comes_first(login, opened):
    login.add_session("c1")
    login.add_session("c7")
    login.lock(True)

    named = opened(DBUS_SYSTEM_BUS_ADDRESS=login.bus.address, XDG_SESSION_ID="c7")
    other = opened(DBUS_SYSTEM_BUS_ADDRESS=login.bus.address, XDG_SESSION_ID="c1")

    assert (named.locked(), other.locked()) == (True, False)


def test_going_to_sleep_counts_as_locked_until_it_wakes(login, opened):
    login.add_session()
    source = opened(DBUS_SYSTEM_BUS_ADDRESS=login.bus.address)

    login.prepare_for_sleep(True)
    wait_for(lambda: source.locked() is True)

    login.prepare_for_sleep(False)
    wait_for(lambda: source.locked() is False)


def test_closed_lid_is_absence_unless_another_display_is_in_use(login, opened, at_once):
    login.add_session()
    login.set_lid(closed=False, docked=False)
    source = opened(DBUS_SYSTEM_BUS_ADDRESS=login.bus.address)
    assert source.facts()["lid"] == "open"

    login.set_lid(closed=True, docked=False)
    wait_for(lambda: source.locked() is True)
    assert source.facts()["lid"] == "closed"

    login.set_lid(closed=True, docked=True)
    wait_for(lambda: source.locked() is False)


def test_idle_hint_tells_since_when_and_nothing_while_it_is_off(login, opened):
    login.add_session()
    source = opened(DBUS_SYSTEM_BUS_ADDRESS=login.bus.address)
    assert source.idle_s() is None

    since_us = int((time.monotonic() - 300.0) * 1e6)
    login.update(
        SESSION_PATH,
        f"{LOGIN}.Session",
        {"IdleHint": Variant("b", True), "IdleSinceHintMonotonic": Variant("t", since_us)},
    )
    wait_for(lambda: source.idle_s() is not None)
    assert source.idle_s() == pytest.approx(300.0, abs=5.0)
    assert source.facts()["idle"] == "logind"

    login.update(SESSION_PATH, f"{LOGIN}.Session", {"IdleHint": Variant("b", False)})
    wait_for(lambda: source.idle_s() is None)


def test_logind_that_starts_later_is_heard(bus, mocked, opened):
    source = opened(DBUS_SYSTEM_BUS_ADDRESS=bus.address)
    assert source.locked() is None

    mocked("logind", LOGIN)
    login = Login(bus)
    login.add_session()
    called(
        bus.address,
        LOGIN,
        ROOT_PATH,
        f"{MOCK}.EmitSignal",
        "sssav",
        f"{LOGIN}.Manager",
        "SessionNew",
        "so",
        [Variant("s", "c7"), Variant("o", SESSION_PATH)],
    )

    wait_for(lambda: source.locked() is False)
    login.lock(True)
    wait_for(lambda: source.locked() is True)


def test_screen_saver_counts_as_locked(bus, mocked, opened):
    mocked("gnome_screensaver", SAVER)
    source = opened(DBUS_SESSION_BUS_ADDRESS=bus.address)
    assert source.locked() is False
    assert source.facts()["lock"] == SAVER

    path = "/org/gnome/ScreenSaver"
    called(bus.address, SAVER, path, f"{SAVER}.SetActive", "b", True)
    wait_for(lambda: source.locked() is True)

    called(bus.address, SAVER, path, f"{SAVER}.SetActive", "b", False)
    wait_for(lambda: source.locked() is False)


def test_screen_saver_that_ends_is_known_no_longer(bus, mocked, opened):
    source = opened(DBUS_SESSION_BUS_ADDRESS=bus.address)
    assert source.locked() is None
    command = [SYSTEM_PYTHON, "-m", "dbusmock", "--template", "gnome_screensaver"]
    with running(command, bus.environment):
        wait_for(lambda: source.locked() is False)

    wait_for(lambda: source.locked() is None)


def test_bus_that_dies_leaves_nothing_known_and_comes_back(bus, mocked, opened):
    mocked("gnome_screensaver", SAVER)
    source = opened(DBUS_SESSION_BUS_ADDRESS=bus.address)
    assert source.locked() is False

    bus.stop()
    wait_for(lambda: source.locked() is None)

    bus.start()
    mocked("gnome_screensaver", SAVER)
    wait_for(lambda: source.locked() is False)


def test_idle_time_of_x11_grows_until_the_mouse_moves(screen, opened, at_once):
    told(["xdotool", "mousemove", "50", "50"], screen)
    source = opened(DISPLAY=screen["DISPLAY"])
    first_s = source.idle_s()
    assert first_s is not None
    wait_for(lambda: (source.idle_s() or 0.0) > first_s + 0.5)

    told(["xdotool", "mousemove_relative", "5", "5"], screen)

    wait_for(lambda: (source.idle_s() or 9.0) < 0.3)
    assert source.name == "X11"
    assert source.facts()["idle"] == "X11"


def test_idle_time_agrees_with_the_tool_that_asks_the_same_server(screen, opened, at_once):
    told(["xdotool", "mousemove", "60", "60"], screen)
    source = opened(DISPLAY=screen["DISPLAY"])
    wait_for(lambda: (source.idle_s() or 0.0) > 0.4)

    told_ms = int(told(["xprintidle"], screen))

    idle_s = source.idle_s()
    assert idle_s is not None
    assert abs(idle_s - told_ms / 1000.0) < 0.3


def test_x11_of_a_wayland_session_is_not_believed(screen, opened):
    source = opened(DISPLAY=screen["DISPLAY"], WAYLAND_DISPLAY="wayland-0")

    assert source.idle_s() is None
    assert source.facts()["idle"] == "unknown"


def test_mutter_tells_idle_time_where_there_is_no_x11(bus, mocked, opened):
    code = (
        "import dbus, dbus.service\n"
        "from dbus.mainloop.glib import DBusGMainLoop\n"
        "from gi.repository import GLib\n"
        "NAME = 'org.gnome.Mutter.IdleMonitor'\n"
        "class Monitor(dbus.service.Object):\n"
        "    @dbus.service.method(NAME, out_signature='t')\n"
        "    def GetIdletime(self):\n"
        "        return 42000\n"
        "bus = dbus.SessionBus(mainloop=DBusGMainLoop())\n"
        "monitor = Monitor(bus, '/org/gnome/Mutter/IdleMonitor/Core')\n"
        "name = dbus.service.BusName(NAME, bus)\n"
        "GLib.MainLoop().run()\n"
    )
    with running([SYSTEM_PYTHON, "-c", code], bus.environment):
        wait_for(lambda: owned(bus.address, "org.gnome.Mutter.IdleMonitor"))

        source = opened(DBUS_SESSION_BUS_ADDRESS=bus.address, WAYLAND_DISPLAY="wayland-0")

        assert source.idle_s() == pytest.approx(42.0, abs=1.0)
        assert source.name == "Mutter"


def test_desktop_that_tells_nothing_is_unknown_and_not_guessed(bus, opened):
    source = opened(
        DBUS_SYSTEM_BUS_ADDRESS=bus.address, DBUS_SESSION_BUS_ADDRESS=bus.address, DISPLAY=":4711"
    )

    assert (source.idle_s(), source.locked(), source.name) == (None, None, "none")
    assert source.facts() == {
        "idle": "unknown",
        "lock": "unknown",
        "lid": "unknown",
        "suspend": "clocks",
    }


def test_no_bus_at_all_costs_no_time(tmp_path, opened):
    started_s = time.monotonic()

    source = opened(
        DBUS_SYSTEM_BUS_ADDRESS=f"unix:path={tmp_path}/none",
        DBUS_SESSION_BUS_ADDRESS="nonsense",
        DISPLAY="far.example:0",
    )

    assert (source.idle_s(), source.locked()) == (None, None)
    assert time.monotonic() - started_s < 2.0


def test_asking_never_waits_for_a_desktop_that_hangs(tmp_path, opened, at_once):
    import socket

    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(str(tmp_path / "mute"))
        mute.listen()
        source = opened(DBUS_SYSTEM_BUS_ADDRESS=f"unix:path={tmp_path}/mute")

        started_s = time.monotonic()
        for _ in range(100):
            assert (source.idle_s(), source.locked()) == (None, None)
        assert time.monotonic() - started_s < 0.5


def test_suspended_time_is_what_one_clock_counts_and_the_other_does_not(monkeypatch, opened):
    source = opened()
    assert source.suspended_s() == pytest.approx(0.0, abs=0.01)
    real = time.clock_gettime
    slept = {time.CLOCK_BOOTTIME: 3600.0}

    monkeypatch.setattr(time, "clock_gettime", lambda clock: real(clock) + slept.get(clock, 0.0))

    assert source.suspended_s() == pytest.approx(3600.0, abs=0.01)


def test_clocks_agree_on_what_this_machine_has_slept():
    assert clocks_asleep_s() == pytest.approx(
        time.clock_gettime(time.CLOCK_BOOTTIME) - time.monotonic(), abs=0.01
    )


def test_nothing_is_left_running(bus, screen):
    source = open_activity({"DISPLAY": screen["DISPLAY"], "DBUS_SESSION_BUS_ADDRESS": bus.address})

    source.close()
    source.close()

    assert "desktop" not in [thread.name for thread in threading.enumerate()]
    assert source.locked() in (None, False)


def test_plain_source_says_what_its_one_call_says():
    slept = iter([10.0, 12.5])
    source: ActivitySource = PlainActivity("GetLastInputInfo", lambda: 7.5, lambda: next(slept))

    assert (source.name, source.idle_s(), source.locked()) == ("GetLastInputInfo", 7.5, None)
    assert source.suspended_s() == 2.5


def test_missing_system_library_is_unknown_and_not_an_error():
    def missing() -> float:
        raise AttributeError("windll")

    source = PlainActivity("GetLastInputInfo", missing)

    assert source.idle_s() is None
    assert source.facts()["idle"] == "unknown"


@pytest.mark.skipif(sys.platform != "linux", reason="the calls exist elsewhere")
def test_calls_of_other_systems_fail_softly_here():
    for call in (activity._windows_idle_s, activity._macos_idle_s):
        assert PlainActivity("x", call).idle_s() is None

"""Do-not-disturb and full screen, asked of the services and windows that really have them."""

from __future__ import annotations

import subprocess
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from posture_monitor.desktop.attention import UnknownAttention, open_attention
from tests.desktop.desk import BusDaemon, Script, need, owned, running, told
from tests.desktop.test_notify_dbus import SERVICE, XFCE
from tests.streams import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def opened() -> Iterator[Callable[..., Any]]:
    """Opens what asks the desktop again each time; closes it with the test."""
    with ExitStack() as stack:

        def open_one(environment: dict[str, str], cache_s: float = 0.0) -> Any:
            source = open_attention(environment, cache_s=cache_s)
            stack.callback(source.close)
            return source

        yield open_one


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


def test_dunst_that_is_paused_is_quiet(session, opened):
    need("dunst", "dunstctl")
    with running(["dunst"], session.environment):
        wait_for(lambda: owned(session.address, SERVICE))
        attention = opened(session.environment)
        assert attention.quiet() is False
        assert attention.facts()["do-not-disturb"] == "dunst"

        told(["dunstctl", "set-paused", "true"], session.environment)
        assert attention.quiet() is True

        told(["dunstctl", "set-paused", "false"], session.environment)
        assert attention.quiet() is False


def test_do_not_disturb_of_xfce_is_quiet(session, opened):
    need("xfconf-query")
    if XFCE is None:
        pytest.skip("needs xfce4-notifyd; see scripts/system-packages.txt")
    with running([str(XFCE)], session.environment):
        wait_for(lambda: owned(session.address, SERVICE))
        attention = opened(session.environment)
        assert attention.quiet() is False

        for value, quiet in (("true", True), ("false", False)):
            query = ["xfconf-query", "-c", "xfce4-notifyd", "-p", "/do-not-disturb"]
            subprocess.run(
                [*query, "-n", "-t", "bool", "-s", value], env=session.environment, check=True
            )
            assert attention.quiet() is quiet
        assert attention.facts()["do-not-disturb"] == "xfconf"


def test_gnome_that_shows_no_banners_is_quiet(bus, serve, opened, tmp_path):
    need("gsettings")
    serve(bus.address, Script(name="gnome-shell"))
    environment = {
        **bus.environment,
        "GSETTINGS_BACKEND": "keyfile",
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }
    key = ["org.gnome.desktop.notifications", "show-banners"]
    if not told(["gsettings", "get", *key], environment):
        pytest.skip("needs gsettings-desktop-schemas; see scripts/system-packages.txt")
    attention = opened(environment)
    assert attention.quiet() is False

    subprocess.run(["gsettings", "set", *key, "false"], env=environment, check=True)

    assert attention.quiet() is True
    assert attention.facts()["do-not-disturb"] == "gsettings"


def test_program_that_must_be_started_to_ask_is_started_rarely(bus, serve, opened, tmp_path):
    serve(bus.address, Script(name="gnome-shell"))
    tool, log = tmp_path / "gsettings", tmp_path / "log"
    tool.write_text(f"#!/bin/sh\necho asked >> {log}\necho false\n")
    tool.chmod(0o755)
    environment = {"DBUS_SESSION_BUS_ADDRESS": bus.address, "PATH": str(tmp_path)}
    attention = opened(environment, cache_s=0.2)

    started_s = time.monotonic()
    while time.monotonic() - started_s < 0.8:
        assert attention.quiet() is True

    assert log.read_text() == "asked\n"
    wait_for(lambda: attention.quiet() is True and log.read_text() == "asked\nasked\n")


def test_gnome_without_its_tool_is_unknown(bus, serve, opened):
    serve(bus.address, Script(name="gnome-shell"))

    attention = opened({"DBUS_SESSION_BUS_ADDRESS": bus.address, "PATH": "/nowhere"})

    assert attention.quiet() is None
    assert attention.facts()["do-not-disturb"] == "unknown"


@pytest.mark.parametrize("inhibited", [True, False, None])
def test_inhibited_property_is_believed_where_there_is_one(bus, serve, opened, inhibited):
    serve(bus.address, Script(name="Plasma", inhibited=inhibited))

    attention = opened({"DBUS_SESSION_BUS_ADDRESS": bus.address})

    assert attention.quiet() is inhibited


def test_question_starts_no_service(session, opened):
    attention = opened(session.environment)

    assert attention.quiet() is None
    assert not owned(session.address, SERVICE)


def test_window_that_fills_the_screen_is_seen(screen, opened):
    need("xmessage", "wmctrl")
    attention = opened({"DISPLAY": screen["DISPLAY"]})
    assert attention.full_screen() is False
    with running(["xmessage", "-name", "talk", "slides"], screen):
        wait_for(lambda: "talk" in told(["wmctrl", "-l"], screen))
        told(["wmctrl", "-a", "talk"], screen)
        assert attention.full_screen() is False

        told(["wmctrl", "-r", "talk", "-b", "add,fullscreen"], screen)
        wait_for(lambda: attention.full_screen() is True)
        assert attention.facts()["full screen"] == "X11"

        told(["wmctrl", "-r", "talk", "-b", "remove,fullscreen"], screen)
        wait_for(lambda: attention.full_screen() is False)
        told(["wmctrl", "-r", "talk", "-b", "add,fullscreen"], screen)
        wait_for(lambda: attention.full_screen() is True)
    wait_for(lambda: attention.full_screen() is False)


def test_no_under_wayland_is_not_believed(screen, opened):
    attention = opened({"DISPLAY": screen["DISPLAY"], "WAYLAND_DISPLAY": "wayland-0"})

    assert attention.full_screen() is None


def test_desktop_that_tells_nothing_is_unknown(opened, tmp_path):
    attention = opened({"DISPLAY": ":4711", "DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path}/0"})

    assert (attention.quiet(), attention.full_screen()) == (None, None)
    assert attention.facts() == {
        "do-not-disturb": "unknown",
        "full screen": "unknown",
        "sharing": "unknown (no PipeWire here)",
    }
    nothing = UnknownAttention()
    assert set(nothing.facts().values()) == {"unknown"}
    assert nothing.facts().keys() == attention.facts().keys()
    assert (nothing.quiet(), nothing.full_screen(), nothing.shared()) == (None, None, None)
    assert attention.shared() is None


def test_answer_is_kept_for_a_while(bus, serve, opened):
    service = serve(bus.address, Script(name="Plasma", inhibited=False))
    attention = opened({"DBUS_SESSION_BUS_ADDRESS": bus.address}, cache_s=10.0)
    assert attention.quiet() is False

    service.script.inhibited = True

    assert attention.quiet() is False


def test_desktop_that_hangs_costs_at_most_two_seconds(opened, tmp_path):
    import socket

    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(str(tmp_path / "mute"))
        mute.listen()
        attention = opened({"DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path}/mute"}, 10.0)

        started_s = time.monotonic()
        assert attention.quiet() is None
        assert attention.quiet() is None

    assert time.monotonic() - started_s < 3.0

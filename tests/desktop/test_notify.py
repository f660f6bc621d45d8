"""Notifications reach the terminal or a real session bus, or say why they don't."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from posture_monitor.config import NotificationSettings
from posture_monitor.desktop.notify import (
    ConsoleNotifier,
    NullNotifier,
    PlyerNotifier,
    has_desktop,
    open_notifier,
)
from posture_monitor.domain import (
    Action,
    Closed,
    Notification,
    NotifyError,
    ReminderKind,
    Response,
)
from tests.streams import wait_for

BREAK = Notification(
    kind=ReminderKind.BREAK,
    title="Time to stand up",
    body="You have been sitting for 30 minutes.",
    wall_at=datetime(2026, 3, 2, 9, 5, 7, tzinfo=UTC),
)

BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:dir={folder}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/>
<allow eavesdrop="true"/><allow own="*"/></policy></busconfig>"""

# Run by the system's Python, which has dbus and gi (apt: python3-dbus, python3-gi).
SERVICE = """
import json, sys
import dbus, dbus.service
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib

NAME = "org.freedesktop.Notifications"

class Notifications(dbus.service.Object):
    @dbus.service.method(NAME, in_signature="susssasa{sv}i", out_signature="u")
    def Notify(self, app, replaces, icon, summary, body, actions, hints, timeout):
        with open(sys.argv[1], "a") as log:
            log.write(json.dumps([str(app), str(summary), str(body)]) + "\\n")
        return 7

    @dbus.service.method(NAME, out_signature="ssss")
    def GetServerInformation(self):
        return ("recorder", "tests", "1", "1.2")

    @dbus.service.method(NAME, out_signature="as")
    def GetCapabilities(self):
        return ["body"]

bus = dbus.SessionBus(mainloop=DBusGMainLoop())
name = dbus.service.BusName(NAME, bus)
service = Notifications(bus, "/org/freedesktop/Notifications")
print("ready", flush=True)
GLib.MainLoop().run()
"""


def closed_stream() -> io.StringIO:
    stream = io.StringIO()
    stream.close()
    return stream


@pytest.fixture
def berlin(monkeypatch):
    import time

    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def session_bus(tmp_path, monkeypatch):
    """A session bus on which nothing is started by itself."""
    if shutil.which("dbus-daemon") is None or shutil.which("notify-send") is None:
        pytest.skip("needs dbus-daemon and notify-send (apt: dbus libnotify-bin)")
    config = tmp_path / "bus.conf"
    config.write_text(BUS.format(folder=tmp_path))
    with subprocess.Popen(
        ["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address=1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as bus:
        assert bus.stdout is not None
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus.stdout.readline().strip())
        yield
        bus.terminate()


@pytest.fixture
def shown(session_bus, tmp_path):
    """What a notification service on that bus was asked to show, as a file that grows."""
    python = "/usr/bin/python3"
    probe = [python, "-c", "import dbus.mainloop.glib, gi"]
    if not os.path.exists(python) or subprocess.run(probe, capture_output=True).returncode:
        pytest.skip("needs the system's Python with dbus and gi (apt: python3-dbus python3-gi)")
    log = tmp_path / "shown.jsonl"
    with subprocess.Popen(
        [python, "-c", SERVICE, str(log)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ.copy(),
    ) as service:
        assert service.stdout is not None
        assert service.stdout.readline() == "ready\n"
        yield log
        service.terminate()


@pytest.fixture
def recorded_call(tmp_path, monkeypatch):
    """A notify-send in front of all others that writes down its arguments and fails on demand."""
    log = tmp_path / "arguments"
    tool = tmp_path / "bin" / "notify-send"
    tool.parent.mkdir()
    tool.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$@" > "{log}"\n'
        '[ -n "$REFUSE" ] && { echo "$REFUSE" >&2; exit 1; }\nexit 0\n'
    )
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}:{os.environ['PATH']}")
    return log


def test_console_line_has_the_local_time_of_day_the_title_and_the_body(berlin):
    stream = io.StringIO()

    ConsoleNotifier(stream).notify(BREAK)

    assert stream.getvalue() == (
        "10:05:07  Time to stand up — You have been sitting for 30 minutes.\n"
    )


def test_console_line_without_a_time_begins_with_the_title():
    stream = io.StringIO()

    ConsoleNotifier(stream).notify(replace(BREAK, wall_at=None))

    assert stream.getvalue() == "Time to stand up — You have been sitting for 30 minutes.\n"


def test_texts_cannot_command_the_terminal():
    stream = io.StringIO()
    hostile = replace(BREAK, title="a\x1b]0;owned\x07b", body="x\r\ny\u202ez", wall_at=None)

    ConsoleNotifier(stream).notify(hostile)

    assert stream.getvalue() == "a]0;ownedb — x yz\n"


def test_terminal_that_knows_no_dashes_still_gets_its_line():
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")

    ConsoleNotifier(stream).notify(replace(BREAK, body="drink", wall_at=None))

    assert raw.getvalue() == b"Time to stand up ? drink\n"


def test_closed_terminal_is_told_with_what_to_do():
    with pytest.raises(NotifyError) as caught:
        ConsoleNotifier(closed_stream()).notify(BREAK)

    assert str(caught.value) == (
        "the terminal is gone, so notifications can't be written; restart the monitor in"
        " another, or choose notifications.backend = desktop"
    )


def test_null_notifier_says_nothing(capfd):
    notifier = NullNotifier()

    notifier.notify(BREAK)
    notifier.close()

    assert notifier.name == "none"
    assert capfd.readouterr() == ("", "")


def test_plyer_reaches_a_real_notification_service(shown):
    PlyerNotifier().notify(BREAK)

    wait_for(lambda: shown.exists() and shown.read_text().endswith("\n"))
    assert [json.loads(line) for line in shown.read_text().splitlines()] == [
        ["posture-monitor", "Time to stand up", "You have been sitting for 30 minutes."]
    ]


def test_missing_notification_service_is_an_error_and_not_silence(session_bus, capfd):
    notifier = PlyerNotifier()

    with pytest.raises(NotifyError) as caught:
        notifier.notify(BREAK)

    assert "org.freedesktop.Notifications" in str(caught.value)
    assert "start its notification service" in str(caught.value)
    assert capfd.readouterr().err == ""


def test_missing_session_bus_is_an_error(monkeypatch, tmp_path):
    if shutil.which("notify-send") is None:
        pytest.skip("needs notify-send (apt: libnotify-bin)")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/none")

    with pytest.raises(NotifyError, match="could not show a notification"):
        PlyerNotifier().notify(BREAK)


def test_machine_without_any_way_to_notify_is_an_error_at_the_start(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NotifyError, match="neither notify-send nor dbus-python is installed"):
        PlyerNotifier()


def test_reason_of_a_refusal_is_passed_on(recorded_call, monkeypatch):
    monkeypatch.setenv("REFUSE", "the service is full")

    with pytest.raises(NotifyError) as caught:
        PlyerNotifier().notify(BREAK)

    assert str(caught.value) == (
        "the desktop could not show a notification (the service is full); start its"
        " notification service, install libnotify-bin on Linux, or set"
        " notifications.backend = console"
    )


def test_notify_send_takes_no_text_for_an_option_or_mark_up(recorded_call):
    PlyerNotifier().notify(replace(BREAK, title="--help", body="<img src='x'/>\x07 now"))

    assert recorded_call.read_text().splitlines()[:2] == ["–-help", "‹img src='x'/› now"]


@pytest.mark.parametrize(
    ("backend", "environment", "name"),
    [
        ("none", {"DISPLAY": ":0"}, "none"),
        ("console", {"DISPLAY": ":0"}, "console"),
        ("desktop", {}, "plyer"),
        ("auto", {}, "console"),
        ("auto", {"DISPLAY": ":0"}, "plyer"),
        ("auto", {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/run/none"}, "dbus"),
        ("desktop", {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/run/none"}, "dbus"),
        ("none", {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/run/none"}, "none"),
    ],
)
def test_settings_choose_where_notifications_go(recorded_call, backend, environment, name):
    settings = NotificationSettings(backend=backend)

    notifier = open_notifier(settings, io.StringIO(), environment=environment)
    notifier.close()

    assert notifier.name == name
    assert notifier.poll() == ()


def test_what_the_desktop_fails_to_show_is_written_and_still_told():
    stream = io.StringIO()
    environment = {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/run/none"}
    notifier = open_notifier(NotificationSettings(), stream, environment=environment)

    with pytest.raises(NotifyError, match="session bus can't be reached"):
        notifier.notify(replace(BREAK, wall_at=None))
    notifier.close()

    assert stream.getvalue() == "Time to stand up — You have been sitting for 30 minutes.\n"


def test_what_the_desktop_shows_is_not_written_too(bus, serve):
    service = serve(bus.address)
    stream = io.StringIO()
    environment = {"DBUS_SESSION_BUS_ADDRESS": bus.address}
    notifier = open_notifier(
        NotificationSettings(sound=True), stream, environment=environment, snooze_min=5.0
    )

    notifier.notify(replace(BREAK, actions=(Action.SNOOZE,)))
    service.press(101, "snooze")
    responses: list[Response] = []

    def answered() -> bool:
        responses.extend(notifier.poll())
        return bool(responses)

    wait_for(answered)
    notifier.close()

    assert stream.getvalue() == ""
    assert service.notified[0].actions == ["snooze", "Snooze 5 min"]
    assert "sound-name" in service.notified[0].hints
    assert responses == [Response(ReminderKind.BREAK, Action.SNOOZE, Closed.PRESSED)]


def test_auto_falls_back_to_the_console_where_plyer_has_no_way(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    stream = io.StringIO()

    open_notifier(NotificationSettings(), stream, environment={"DISPLAY": ":0"}).notify(BREAK)

    assert stream.getvalue().endswith("Time to stand up — You have been sitting for 30 minutes.\n")


def test_session_bus_in_the_runtime_folder_counts_as_a_desktop(tmp_path):
    Path(tmp_path, "bus").touch()

    assert has_desktop({"XDG_RUNTIME_DIR": str(tmp_path)})
    assert not has_desktop({"XDG_RUNTIME_DIR": str(tmp_path / "elsewhere")})

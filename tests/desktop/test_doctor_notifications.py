"""What `doctor` finds out about notifications on a desktop with and without a service."""

from __future__ import annotations

import pytest

from tests.desktop.desk import Script
from tests.test_doctor import examine


@pytest.fixture
def desktop(bus, monkeypatch):
    """A session bus, and a program that is told to use the desktop as it finds it."""
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus.address)
    monkeypatch.setenv("POSTURE_MONITOR_NOTIFICATIONS_BACKEND", "auto")
    return bus


def test_desktop_that_can_show_nothing_is_told_with_how_to_mend_it(desktop, tmp_path, capsys):
    code, found, _ = examine(tmp_path / "data", capsys)

    assert code == 0
    assert found["notifications"] == (
        "note",
        "no notification service runs on this desktop (org.freedesktop.Notifications); start one,"
        " for example dunst or xfce4-notifyd, or set notifications.backend = console;"
        " until then reminders are written to the terminal",
    )


def test_nothing_to_show_with_is_a_fault_where_the_desktop_was_asked_for(
    desktop, tmp_path, capsys, monkeypatch
):
    monkeypatch.setenv("POSTURE_MONITOR_NOTIFICATIONS_BACKEND", "desktop")
    code, found, _ = examine(tmp_path / "data", capsys)

    assert code == 1
    assert found["notifications"][0] == "bad"


def test_who_shows_notifications_is_named(desktop, serve, tmp_path, capsys):
    serve(desktop.address, Script(name="Plasma"))
    _, found, _ = examine(tmp_path / "data", capsys)

    assert found["notifications"] == ("ok", "shown by Plasma 1.0, with buttons")

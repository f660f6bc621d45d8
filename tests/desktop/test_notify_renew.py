"""Reminders are shown as the settings say that are in force, which may change meanwhile."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from posture_monitor.config import NotificationSettings, ReminderSettings, Settings
from posture_monitor.desktop.notify import ConsoleNotifier, RenewableNotifier, open_notifier
from posture_monitor.domain import (
    Action,
    Closed,
    Notification,
    NotifyError,
    ReminderKind,
    Response,
)
from tests.streams import wait_for

if TYPE_CHECKING:
    from posture_monitor.ports import Notifier
    from tests.desktop.desk import BusDaemon

WATER = Notification(
    ReminderKind.WATER, "Water", "Drink a glass of water.", (Action.SNOOZE, Action.SKIP)
)


def sound(on: bool) -> Settings:
    return replace(Settings(), notifications=NotificationSettings(backend="desktop", sound=on))


def renewable(bus: BusDaemon) -> RenewableNotifier:
    env = {"DBUS_SESSION_BUS_ADDRESS": bus.address}

    def open_one(settings: Settings) -> Notifier:
        return open_notifier(
            settings.notifications,
            io.StringIO(),
            environment=env,
            snooze_min=settings.reminders.snooze_min,
        )

    return RenewableNotifier(sound(False), open_one)


def test_changed_settings_change_how_the_next_reminder_is_shown(bus, serve):
    service = serve(bus.address)
    notifier = renewable(bus)
    notifier.notify(WATER)
    notifier.renew(replace(sound(True), reminders=ReminderSettings(snooze_min=25.0)))
    notifier.notify(WATER)
    notifier.renew(replace(sound(True), reminders=ReminderSettings(snooze_min=25.0, water=False)))
    notifier.notify(WATER)
    notifier.close()

    assert ["suppress-sound" in shown.hints for shown in service.notified] == [True, False, False]
    assert [shown.actions[1] for shown in service.notified] == [
        "Snooze 10 min",
        "Snooze 25 min",
        "Snooze 25 min",
    ]
    # Withdrawn with the notifier that showed it; what stays the same is not opened again.
    assert [shown.replaces for shown in service.notified] == [0, 0, 102]
    assert service.script.closed == [101, 102]


def test_button_pressed_just_before_the_settings_changed_is_not_lost(bus, serve):
    service = serve(bus.address)
    notifier = renewable(bus)
    notifier.notify(WATER)
    last = notifier._notifier
    service.press(101, "snooze")
    wait_for(lambda: last._responses)

    notifier.renew(sound(True))

    assert notifier.poll() == (Response(ReminderKind.WATER, Action.SNOOZE, Closed.PRESSED),)
    assert notifier.poll() == ()
    notifier.close()


def test_way_of_notifying_that_can_not_be_had_leaves_the_last_one_in_force():
    shown = io.StringIO()

    def open_one(settings: Settings) -> Notifier:
        if settings.notifications.backend == "desktop":
            raise NotifyError("there is none")
        return ConsoleNotifier(shown)

    notifier = RenewableNotifier(Settings(), open_one)
    for _ in range(2):
        with pytest.raises(NotifyError, match="there is none"):
            notifier.renew(sound(True))
    notifier.notify(WATER)

    assert notifier.name == "console"
    assert "Water" in shown.getvalue()

"""What desktop-notifier is asked to do on macOS and Windows: recorded, for want of the systems."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from posture_monitor.desktop.notify_native import NativeNotifier
from posture_monitor.domain import (
    Action,
    Closed,
    Notification,
    NotifyError,
    ReminderKind,
    Response,
)

if TYPE_CHECKING:
    from collections.abc import Callable

BREAK = Notification(
    ReminderKind.BREAK, "Time for a\nbreak", "Stand up.", (Action.START_BREAK, Action.SNOOZE)
)


@dataclass(frozen=True)
class Button:
    """As desktop_notifier 6.2 has it."""

    title: str
    on_pressed: Callable[[], Any]
    identifier: str


class Package:
    """The part of desktop_notifier 6.2 that is used; writes down each call."""

    DEFAULT_SOUND = "the system's sound"
    Button = Button

    def __init__(self, *, allowed: bool = True, broken: str = "") -> None:
        self.allowed = allowed
        self.broken = broken
        self.calls: list[tuple[Any, ...]] = []
        self.sent: list[dict[str, Any]] = []

    def DesktopNotifier(self, *, app_name: str, app_icon: object) -> Package:
        self.calls.append(("open", app_name, app_icon))
        return self

    async def request_authorisation(self) -> bool:
        return self.allowed

    async def send(self, **notification: Any) -> str:
        if self.broken:
            raise RuntimeError(self.broken)
        self.sent.append(notification)
        self.calls.append(("send", notification["title"]))
        return f"id{len(self.sent)}"

    async def clear(self, identifier: str) -> None:
        self.calls.append(("clear", identifier))

    async def clear_all(self) -> None:
        self.calls.append(("clear all",))


@pytest.fixture
def package() -> Package:
    return Package()


def test_words_buttons_and_time_are_handed_on(package):
    notifier = NativeNotifier(package=package, snooze_min=5.0)

    notifier.notify(BREAK)
    notifier.close()

    (sent,) = package.sent
    assert (sent["title"], sent["message"], sent["timeout"]) == (
        "Time for a break",
        "Stand up.",
        30,
    )
    assert [button.title for button in sent["buttons"]] == ["Start break", "Snooze 5 min"]
    assert sent["sound"] is None
    assert notifier.name == "desktop-notifier"


def test_sound_only_if_asked_for(package):
    notifier = NativeNotifier(package=package, sound=True)

    notifier.notify(BREAK)
    notifier.close()

    assert package.sent[0]["sound"] == "the system's sound"


def test_same_kind_replaces_and_all_go_at_the_end(package):
    notifier = NativeNotifier(package=package)

    notifier.notify(BREAK)
    notifier.notify(BREAK)
    notifier.close()
    notifier.close()

    assert package.calls == [
        ("open", "posture-monitor", None),
        ("send", "Time for a break"),
        ("clear", "id1"),
        ("send", "Time for a break"),
        ("clear all",),
    ]


def test_pressed_button_is_told_once(package):
    notifier = NativeNotifier(package=package)
    notifier.notify(BREAK)

    package.sent[0]["buttons"][1].on_pressed()
    package.sent[0]["on_dismissed"]()

    assert notifier.poll() == (Response(ReminderKind.BREAK, Action.SNOOZE, Closed.PRESSED),)
    assert notifier.poll() == ()
    notifier.close()


def test_dismissal_is_told(package):
    notifier = NativeNotifier(package=package)
    notifier.notify(BREAK)

    package.sent[0]["on_dismissed"]()
    notifier.close()

    assert notifier.poll() == (Response(ReminderKind.BREAK, None, Closed.DISMISSED),)


def test_system_that_forbids_notifications_is_an_error():
    notifier = NativeNotifier(package=Package(allowed=False))

    with pytest.raises(NotifyError, match="does not allow notifications; allow them"):
        notifier.notify(BREAK)
    notifier.close()


def test_failure_of_the_system_is_an_error_in_plain_words():
    notifier = NativeNotifier(package=Package(broken="no\nbundle"))

    with pytest.raises(NotifyError, match=r"could not show a notification \(no bundle\)"):
        notifier.notify(BREAK)
    notifier.close()


def test_missing_package_is_an_error_at_the_start():
    with pytest.raises(NotifyError, match="system's notifications can't be used"):
        NativeNotifier(package=object())

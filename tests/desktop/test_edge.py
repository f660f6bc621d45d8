"""The coloured edge in place of a notification: on a real screen, and where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from posture_monitor.config import NotificationSettings
from posture_monitor.desktop import edge
from posture_monitor.desktop.edge import COLOURS, NO_SCREEN, ON_WAYLAND, EdgeNotifier
from posture_monitor.desktop.notify import open_notifier, teller
from posture_monitor.domain import Notification, NotifyError, ReminderKind
from tests.desktop.desk import screenshot, told
from tests.streams import wait_for

if TYPE_CHECKING:
    from pathlib import Path

NO_BUS = "unix:path=/nowhere/bus"
"""A session that is still coming up: enough to choose a notifier."""
POSTURE = Notification(ReminderKind.POSTURE, "Change position", "You have sunk down.")
MOVE = Notification(ReminderKind.MOVE, "Change position", "20 min in one position.")
BREAK = Notification(ReminderKind.BREAK, "Time for a break", "30 min of sitting.")


class Usual:
    """A notifier that notes what it is given."""

    name = "usual"

    def __init__(self) -> None:
        self.notified: list[Notification] = []
        self.closed = False

    def notify(self, notification: Notification) -> None:
        self.notified.append(notification)

    def poll(self) -> tuple[()]:
        return ()

    def close(self) -> None:
        self.closed = True


def colours(path: Path, environment: dict[str, str]) -> set[str]:
    """Of the middle of the screen's four sides, and of what lies within them."""
    screenshot(path, environment)
    places = ("p{2,300}", "p{797,300}", "p{400,2}", "p{400,597}", "p{400,300}")
    return {
        told(["convert", str(path), "-format", f"%[hex:u.{place}]", "info:"], environment).strip()
        for place in places
    }


def test_strain_is_told_by_an_edge_that_clicks_go_through_and_a_break_by_its_words(
    screen, tmp_path, monkeypatch
):
    monkeypatch.setitem(edge.SHOWN_S, ReminderKind.MOVE, 0.5)
    usual = Usual()
    notifier = EdgeNotifier(usual, screen)
    before = told(["xdotool", "getmouselocation", "--shell"], screen)
    picture = tmp_path / "edge.png"

    notifier.notify(BREAK)
    notifier.notify(POSTURE)
    wait_for(lambda: colours(picture, screen) == {"D9A441", "000000"}, timeout_s=30)
    told(["xdotool", "mousemove", "2", "300"], screen)
    under = told(["xdotool", "getmouselocation", "--shell"], screen)
    notifier.notify(MOVE)
    wait_for(lambda: "2A9D8F" in colours(picture, screen), timeout_s=30)
    wait_for(lambda: colours(picture, screen) == {"000000"}, timeout_s=30)
    notifier.notify(POSTURE)
    notifier.close()
    wait_for(lambda: colours(picture, screen) == {"000000"}, timeout_s=30)

    def window(location: str) -> str:
        return next(line for line in location.splitlines() if line.startswith("WINDOW="))

    assert window(under) == window(before)  # the pointer is over the desktop, not over the edge
    assert usual.notified == [BREAK]
    assert usual.closed
    assert set(COLOURS) <= set(ReminderKind)


def test_an_edge_that_can_not_be_drawn_any_more_is_a_notification_again(screen):
    usual = Usual()
    notifier = EdgeNotifier(usual, {"DISPLAY": ":4711"})
    notifier.notify(POSTURE)
    notifier.close()

    assert usual.notified == [POSTURE]


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, ON_WAYLAND),
        ({"XDG_SESSION_TYPE": "wayland", "DISPLAY": ":0"}, ON_WAYLAND),
        ({"DISPLAY": "far:0"}, NO_SCREEN.format(reason="DISPLAY names no local X server")),
    ],
)
def test_where_no_edge_can_be_drawn_that_is_said_and_notifications_stay(environment, said):
    warnings: list[str] = []
    settings = NotificationSettings(backend="desktop", nudge="edge")
    environment = {**environment, "DBUS_SESSION_BUS_ADDRESS": NO_BUS}
    notifier = open_notifier(settings, None, environment=environment, warn=warnings.append)  # type: ignore[arg-type]  # nothing is written
    notifier.close()

    assert (notifier.name, warnings) == ("dbus", [said])


def test_on_a_screen_the_setting_is_followed(screen):
    settings = NotificationSettings(backend="desktop", nudge="edge")
    environment = {**screen, "DBUS_SESSION_BUS_ADDRESS": NO_BUS}
    notifier = open_notifier(settings, None, environment=environment)  # type: ignore[arg-type]  # nothing is written
    try:
        assert notifier.name == "edge and dbus"
        with pytest.raises(NotifyError, match="session bus can't be reached"):
            teller(notifier)
    finally:
        notifier.close()

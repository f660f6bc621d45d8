"""*Start break* on a notification daemon, and what becomes of it until it is undone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from posture_monitor.config import ReminderSettings, Settings
from posture_monitor.desktop.notify_dbus import DbusNotifier
from posture_monitor.desktop.tray_menu import headline
from posture_monitor.domain import Action, Notification, ReminderKind
from posture_monitor.wording import break_words
from posture_monitor.wording.status_words import status_lines
from tests.desk_film import Film, command
from tests.streams import wait_for

if TYPE_CHECKING:
    from posture_monitor.domain import Response

BREAK = Notification(
    ReminderKind.BREAK,
    "Time for a break",
    "5 min of sitting.",
    (Action.START_BREAK, Action.SNOOZE, Action.SKIP),
)
RULES = ReminderSettings(break_every_min=5, move=False, water=False, stretch=False)


def pressed(bus, serve, action: str) -> Response:
    """What the monitor hears of a button that a real bus carries."""
    service = serve(bus.address)
    notifier = DbusNotifier(bus.address)
    heard: list[Response] = []
    try:
        notifier.notify(BREAK)
        wait_for(lambda: service.notified)
        service.press(101, action)
        wait_for(lambda: heard.extend(notifier.poll()) or heard)
    finally:
        notifier.close()
    (response,) = heard
    return response


def test_start_break_begins_the_break_that_status_and_tray_show_until_it_is_undone(bus, serve):
    response = pressed(bus, serve, "start_break")
    film = Film(
        [(360, "upright")],
        (310.5, lambda film: film.pressed.append(response)),
        (330.5, command("break_skip")),
        (340.5, command("resume")),
        settings=replace(Settings(), reminders=RULES),
    )
    before, first, second, after = film.status_at(309.0, 329.0, 339.0, 350.0)

    assert before["guided_break"] is None
    assert film.pages_shown == 1
    assert [one["guided_break"]["index"] for one in (first, second)] == [0, 1]
    assert "(end it: resume)" in status_lines(first)
    assert headline(first) != headline(before)
    assert headline(after) == headline(before)
    assert after["guided_break"]["exercise"] is None
    assert break_words.summary_line(after["guided_break"]) == "The break took 30 s."
    kinds = [kind for _, kind, _ in film.events]
    assert kinds[:4] == ["sitting_started", "break_due", "break_accepted", "guided_break"]

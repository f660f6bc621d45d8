"""Notifications over D-Bus: the contract against a fake service, the rest on a real one."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from posture_monitor.desktop.notify_dbus import DbusNotifier
from posture_monitor.domain import (
    Action,
    Closed,
    Notification,
    NotifyError,
    ReminderKind,
    Response,
)
from posture_monitor.system import bus as bus_module
from tests.desktop.desk import (
    BusDaemon,
    Script,
    need,
    owned,
    running,
    screenshot,
    told,
)
from tests.streams import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

BREAK = Notification(
    kind=ReminderKind.BREAK,
    title="Time for a break",
    body="30 min of sitting. Stand up and walk for a few minutes.",
    actions=(Action.START_BREAK, Action.SNOOZE, Action.SKIP),
)
POSTURE = Notification(
    kind=ReminderKind.POSTURE,
    title="Change position",
    body="You have sunk down. Slide back in the chair.",
    actions=(Action.START_BREAK, Action.SNOOZE, Action.SKIP, Action.FEEDBACK_WRONG),
)
SERVICE = "org.freedesktop.Notifications"


@pytest.fixture
def notifier(bus) -> Iterator[DbusNotifier]:
    opened = DbusNotifier(bus.address)
    yield opened
    opened.close()


def polled(notifier: DbusNotifier, count: int = 1) -> list[Response]:
    """The next responses, as soon as they are there."""
    got: list[Response] = []

    def enough() -> bool:
        got.extend(notifier.poll())
        return len(got) >= count

    wait_for(enough)
    return got


def test_reminder_reaches_the_service_with_its_words_and_buttons(bus, notifier, serve):
    service = serve(bus.address)

    notifier.notify(BREAK)

    (shown,) = service.notified
    assert (shown.app, shown.replaces, shown.title) == ("posture-monitor", 0, "Time for a break")
    assert shown.body == "30 min of sitting. Stand up and walk for a few minutes."
    assert shown.actions == [
        *("start_break", "Start break"),
        *("snooze", "Snooze 10 min"),
        *("skip", "Skip"),
    ]
    assert Path(shown.icon.removeprefix("file://")).read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert shown.expire_ms == 30_000
    assert notifier.name == "dbus"


def test_every_action_has_a_button_with_a_lasting_name(bus, notifier, serve):
    service = serve(bus.address)

    notifier.notify(POSTURE)

    assert service.notified[0].actions == [
        *("start_break", "Start break"),
        *("snooze", "Snooze 10 min"),
        *("skip", "Skip"),
        *("feedback_wrong", "That was wrong"),
    ]


def test_gnome_which_draws_three_buttons_gets_those_that_closing_can_not_replace(
    bus, notifier, serve
):
    service = serve(bus.address, Script(name="gnome-shell"))
    notifier.notify(POSTURE)
    notifier.notify(BREAK)
    service.close()
    later = serve(bus.address, Script(name="Plasma"))
    notifier.notify(POSTURE)

    assert [shown.actions[::2] for shown in (*service.notified, *later.notified)] == [
        ["start_break", "snooze", "feedback_wrong"],
        ["start_break", "snooze", "skip"],
        ["start_break", "snooze", "skip", "feedback_wrong"],
    ]


def test_snooze_button_names_the_length_that_is_set(bus, serve):
    service = serve(bus.address)
    notifier = DbusNotifier(bus.address, snooze_min=2.5)

    notifier.notify(POSTURE)
    notifier.close()

    assert service.notified[0].actions[3] == "Snooze 2.5 min"


def test_sound_is_off_unless_asked_for(bus, notifier, serve):
    service = serve(bus.address)
    loud = DbusNotifier(bus.address, sound=True)

    notifier.notify(BREAK)
    loud.notify(BREAK)
    loud.close()

    silent_hints, loud_hints = (shown.hints for shown in service.notified)
    assert silent_hints["suppress-sound"] is True
    assert "sound-name" not in silent_hints
    assert loud_hints["sound-name"] == "message-new-instant"
    assert "suppress-sound" not in loud_hints


def test_nothing_is_critical_and_only_passing_things_are_transient(bus, notifier, serve):
    service = serve(bus.address)

    notifier.notify(BREAK)
    notifier.notify(POSTURE)

    assert [shown.hints["urgency"] for shown in service.notified] == [1, 1]
    assert [shown.hints.get("transient", False) for shown in service.notified] == [False, True]


def test_same_kind_replaces_and_another_kind_does_not(bus, notifier, serve):
    service = serve(bus.address)

    for notification in (BREAK, POSTURE, BREAK, POSTURE):
        notifier.notify(notification)

    assert [shown.replaces for shown in service.notified] == [0, 0, 101, 102]


def test_what_is_gone_is_not_replaced(bus, notifier, serve):
    service = serve(bus.address)
    notifier.notify(BREAK)
    service.vanish(101, 1)
    polled(notifier)

    notifier.notify(BREAK)

    assert [shown.replaces for shown in service.notified] == [0, 0]


@pytest.mark.parametrize(
    ("capabilities", "title", "body", "actions"),
    [
        (["body", "actions"], "a <b> & c", "x < y & z", ["skip", "Skip"]),
        (["body", "body-markup"], "a <b> & c", "x &lt; y &amp; z", []),
        (["actions"], "a <b> & c: x < y & z", "", ["skip", "Skip"]),
        ([], "a <b> & c: x < y & z", "", []),
    ],
)
def test_only_what_the_service_can_do_is_asked_of_it(
    bus, notifier, serve, capabilities, title, body, actions
):
    service = serve(bus.address, Script(capabilities=capabilities))

    notifier.notify(Notification(ReminderKind.MOVE, "a <b> & c", "x < y\x1b\n & z", (Action.SKIP,)))

    (shown,) = service.notified
    assert (shown.title, shown.body, shown.actions) == (title, body, actions)


@pytest.mark.parametrize("action", list(Action))
def test_pressed_button_reaches_the_monitor_once(bus, notifier, serve, action):
    service = serve(bus.address)
    notifier.notify(POSTURE)

    service.press(101, action.value)

    assert polled(notifier) == [Response(ReminderKind.POSTURE, action, Closed.PRESSED)]
    # It is taken down, and that this closes it is no second response.
    wait_for(lambda: service.script.closed == [101])
    notifier.notify(BREAK)
    assert notifier.poll() == ()


@pytest.mark.parametrize(
    ("reason", "closed"),
    [
        (1, Closed.EXPIRED),
        (2, Closed.DISMISSED),
        (3, Closed.WITHDRAWN),
        (4, Closed.UNKNOWN),
        (77, Closed.UNKNOWN),
    ],
)
def test_it_is_told_how_a_notification_went_away(bus, notifier, serve, reason, closed):
    service = serve(bus.address)
    notifier.notify(BREAK)

    service.vanish(101, reason)

    assert polled(notifier) == [Response(ReminderKind.BREAK, None, closed)]


def test_signals_about_other_programs_are_nothing_to_us(bus, notifier, serve):
    service = serve(bus.address)
    notifier.notify(BREAK)

    service.press(7, "skip")
    service.vanish(8, 2)
    service.press(101, "default")
    service.press(101, "format_disk")
    service.vanish(101, 2)

    assert polled(notifier) == [Response(ReminderKind.BREAK, None, Closed.DISMISSED)]


def test_press_that_overtakes_the_answer_is_not_lost(bus, notifier, serve):
    serve(bus.address, Script(press_at_once="skip"))

    notifier.notify(BREAK)

    assert polled(notifier) == [Response(ReminderKind.BREAK, Action.SKIP, Closed.PRESSED)]


def test_bus_without_a_service_is_an_error_that_says_what_to_do(notifier):
    with pytest.raises(NotifyError) as caught:
        notifier.notify(BREAK)

    assert str(caught.value) == (
        "no notification service runs on this desktop (org.freedesktop.Notifications); start"
        " one, for example dunst or xfce4-notifyd, or set notifications.backend = console"
    )
    with pytest.raises(NotifyError, match="no notification service"):
        notifier.facts()


def test_refusal_is_passed_on_in_one_plain_line(bus, notifier, serve):
    serve(bus.address, Script(refuse="the list\nis \x1b[31mfull"))

    with pytest.raises(NotifyError) as caught:
        notifier.notify(BREAK)

    assert str(caught.value) == (
        "the notification service refused (the list is [31mfull); restart it, or set"
        " notifications.backend = console"
    )


def test_service_that_hangs_is_given_up(bus, notifier, serve, monkeypatch):
    serve(bus.address, Script(silent=True))
    notifier.facts()
    monkeypatch.setattr(bus_module.Bus.request, "__kwdefaults__", {"start": True, "timeout_s": 0.3})
    started_s = time.monotonic()

    with pytest.raises(NotifyError, match="does not answer; restart it"):
        notifier.notify(BREAK)

    assert time.monotonic() - started_s < 3.0


def test_missing_bus_is_an_error_that_says_what_to_do(tmp_path):
    notifier = DbusNotifier(f"unix:path={tmp_path}/none")

    with pytest.raises(NotifyError, match=r"session bus can't be reached .* log in to a desktop"):
        notifier.notify(BREAK)
    notifier.close()


@pytest.mark.parametrize("address", ["nonsense", "unix:", "tcp:host=127.0.0.1,port=1"])
def test_address_that_leads_nowhere_is_an_error(address):
    notifier = DbusNotifier(address)

    with pytest.raises(NotifyError, match="session bus can't be reached"):
        notifier.notify(BREAK)
    notifier.close()


def test_bus_that_dies_and_comes_back_is_used_again(bus, notifier, serve):
    serve(bus.address)
    notifier.notify(BREAK)
    bus.stop()
    with pytest.raises(NotifyError, match="session bus can't be reached"):
        notifier.notify(BREAK)

    bus.start()
    service = serve(bus.address)
    notifier.notify(BREAK)
    service.press(101, "snooze")

    assert [shown.replaces for shown in service.notified] == [0]
    assert polled(notifier) == [Response(ReminderKind.BREAK, Action.SNOOZE, Closed.PRESSED)]


def test_service_that_comes_later_is_used_with_its_own_abilities(bus, notifier, serve):
    first = serve(bus.address, Script(capabilities=["body"]))
    notifier.notify(BREAK)
    assert first.notified[0].actions == []
    first.close()
    wait_for(lambda: not owned(bus.address, SERVICE))

    second = serve(bus.address)
    notifier.notify(BREAK)

    assert second.notified[0].actions[0] == "start_break"
    assert second.notified[0].replaces == 0


def test_what_is_shown_is_withdrawn_at_the_end(bus, serve):
    service = serve(bus.address)
    notifier = DbusNotifier(bus.address)
    notifier.notify(BREAK)
    notifier.notify(POSTURE)
    service.vanish(101, 2)
    polled(notifier)

    notifier.close()
    notifier.close()

    assert service.script.closed == [102]
    with pytest.raises(NotifyError, match="notifications were closed"):
        notifier.notify(BREAK)


def test_its_thread_ends_with_it(bus, serve):
    serve(bus.address)
    first, second = DbusNotifier(bus.address), DbusNotifier(bus.address)

    assert [t.name for t in threading.enumerate()].count("desktop") == 1
    first.close()
    second.notify(BREAK)
    second.close()

    assert "desktop" not in [t.name for t in threading.enumerate()]


def test_service_says_who_it_is(bus, notifier, serve):
    serve(bus.address)

    facts = notifier.facts()

    assert (facts.name, facts.version, facts.buttons) == ("recorder", "1.0", True)


def test_import_costs_at_most_ten_megabytes_beside_what_a_monitor_has_loaded():
    if not sys.platform.startswith("linux"):
        pytest.skip("reads /proc")
    script = (
        "import numpy, cv2, hashlib, logging, subprocess, dataclasses, sqlite3\n"
        "import posture_monitor.core.session, posture_monitor.wording.texts\n"
        "rss = lambda: int(open('/proc/self/statm').read().split()[1]) * 4096 / 1e6\n"
        "before = rss()\n"
        "from posture_monitor.desktop.notify_dbus import DbusNotifier\n"
        "import dbus_fast.aio\n"
        "DbusNotifier('unix:path=/nonexistent').close()\n"
        "print(rss() - before)"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert float(done.stdout) <= 10.0


def test_asking_for_help_loads_no_bus():
    script = (
        "import sys, posture_monitor.desktop.notify, posture_monitor.desktop.activity\n"
        "import posture_monitor.desktop.autostart, posture_monitor.ipc.control\n"
        "assert not {'dbus_fast', 'asyncio'} & set(sys.modules), 'loaded too early'"
    )

    subprocess.run([sys.executable, "-c", script], check=True)


# --------------------------------------------------------------------------- a real desktop

XFCE = next(
    (
        path
        for path in Path("/usr/lib").glob("*/xfce4/notifyd/xfce4-notifyd")
        if os.access(path, os.X_OK)
    ),
    None,
)


@pytest.fixture
def xfce(tmp_path, screen) -> Iterator[tuple[DbusNotifier, dict[str, str]]]:
    """A real notification service on a real screen, and a notifier that speaks with it."""
    if XFCE is None:
        pytest.skip("needs xfce4-notifyd; see scripts/system-packages.txt")
    daemon = BusDaemon(tmp_path, services=True)
    daemon.environment = {**screen, "DBUS_SESSION_BUS_ADDRESS": daemon.address}
    daemon.start()
    with running([str(XFCE)], daemon.environment):
        wait_for(lambda: owned(daemon.address, SERVICE))
        notifier = DbusNotifier(daemon.address)
        yield notifier, daemon.environment
        notifier.close()
    daemon.stop()


def bubbles(environment: dict[str, str]) -> list[tuple[int, int, int, int]]:
    """Place and size of each notification on the screen, from top to bottom."""
    found: list[tuple[int, int, int, int]] = []
    command = ["xdotool", "search", "--onlyvisible", "--class", "xfce4-notifyd"]
    for window in told(command, environment).split():
        shape = told(["xdotool", "getwindowgeometry", "--shell", window], environment)
        values = dict(line.split("=") for line in shape.split())
        x, y, width, height = (int(values[key]) for key in ("X", "Y", "WIDTH", "HEIGHT"))
        if width > 100:
            found.append((x, y, width, height))
    return sorted(found, key=lambda bubble: bubble[1])


def settled(environment: dict[str, str], count: int) -> list[tuple[int, int, int, int]]:
    """The notifications, once there are this many and they stand still."""
    seen: list[list[tuple[int, int, int, int]]] = []

    def still() -> bool:
        seen.append(bubbles(environment))
        return len(seen) > 2 and len(seen[-1]) == count and seen[-1] == seen[-2] == seen[-3]

    wait_for(still)
    return seen[-1]


def test_click_on_the_real_snooze_button_reaches_the_monitor(xfce, tmp_path):
    notifier, environment = xfce
    notifier.notify(BREAK)
    ((x, y, width, height),) = settled(environment, 1)
    screenshot(tmp_path / "break.png", environment)

    # Three buttons of one width in the last row: Start break, Snooze 10 min, Skip.
    told(["xdotool", "mousemove", str(x + width // 2), str(y + height - 30)], environment)
    told(["xdotool", "click", "1"], environment)

    assert polled(notifier) == [Response(ReminderKind.BREAK, Action.SNOOZE, Closed.PRESSED)]
    settled(environment, 0)
    assert notifier.poll() == ()


def test_real_service_replaces_the_same_kind_and_stacks_another(xfce):
    notifier, environment = xfce

    for _ in range(3):
        notifier.notify(BREAK)
    settled(environment, 1)
    notifier.notify(POSTURE)
    settled(environment, 2)

    assert notifier.poll() == ()


def test_real_service_tells_that_a_notification_expired(xfce, monkeypatch):
    notifier, _ = xfce
    monkeypatch.setitem(
        sys.modules["posture_monitor.desktop.shown"].SHOWN_S, ReminderKind.BREAK, 0.3
    )

    notifier.notify(BREAK)

    assert polled(notifier) == [Response(ReminderKind.BREAK, None, Closed.EXPIRED)]


def test_session_bus_alone_is_enough(bus, serve, tmp_path):
    """No display, no logind, no runtime folder: only the address of a bus."""
    service = serve(bus.address)
    script = (
        "import sys\n"
        "from posture_monitor.config import NotificationSettings\n"
        "from posture_monitor.desktop.notify import open_notifier\n"
        "from posture_monitor.domain import Action, Notification, ReminderKind\n"
        "notifier = open_notifier(NotificationSettings(), sys.stdout)\n"
        "notifier.notify(Notification(ReminderKind.MOVE, 'Move', 'Now.', (Action.SKIP,)))\n"
        "notifier.close()\n"
    )
    environment = {"PATH": os.environ["PATH"], "DBUS_SESSION_BUS_ADDRESS": bus.address}

    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert [(shown.title, shown.actions) for shown in service.notified] == [
        ("Move", ["skip", "Skip"])
    ]


def test_other_programs_see_the_notification_too(bus, serve):
    """The fake speaks the specification: the desktop's own tool is served by it."""
    need("notify-send")
    service = serve(bus.address)

    told(["notify-send", "-a", "other", "hello", "world"], bus.environment)

    assert [(shown.app, shown.title, shown.body) for shown in service.notified] == [
        ("other", "hello", "world")
    ]

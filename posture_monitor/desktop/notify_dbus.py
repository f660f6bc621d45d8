"""Notifications of the Linux desktop, spoken directly: buttons, replacing, real errors.

Follows the Desktop Notifications Specification 1.2. A session bus alone is enough.
"""

from __future__ import annotations

import contextlib
import html
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from posture_monitor.desktop.shown import APP_NAME, DESKTOP_ID, SHOWN_S, plain
from posture_monitor.domain import Action, Closed, NotifyError, ReminderKind, Response
from posture_monitor.system.bus import Bus, BusError, Listener, Peer, open_bus, release_bus
from posture_monitor.wording.texts import action_label

if TYPE_CHECKING:
    from dbus_fast import Message

    from posture_monitor.domain import Notification

SERVICE = Peer(
    "org.freedesktop.Notifications",
    "/org/freedesktop/Notifications",
    "org.freedesktop.Notifications",
)

_ICON = (Path(__file__).parent / "icons" / "posture-monitor.png").as_uri()
"""Our own, in the package: a name would need a file among the desktop's icons."""
_SOUND = "message-new-instant"
_URGENCY_NORMAL = 1  # some desktops hide what is low, and what is critical never goes away
_GNOME_BUTTONS = 3
"""GNOME's shell draws no more and drops the rest (its MAX_NOTIFICATION_BUTTONS)."""
_PASSING = frozenset(
    {
        *(ReminderKind.POSTURE, ReminderKind.MOVE, ReminderKind.WATER),
        *(ReminderKind.FAR_LOOK, ReminderKind.SIT_STAND),
    }
)
"""About this moment only: not kept in a list of missed notifications."""

_CLOSED = {1: Closed.EXPIRED, 2: Closed.DISMISSED, 3: Closed.WITHDRAWN}
_WAITING_RESPONSES = 64
_CLOSE_TIMEOUT_S = 1.0


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """What the notification service says of itself."""

    name: str
    version: str
    capabilities: frozenset[str]

    @property
    def buttons(self) -> bool:
        return "actions" in self.capabilities


class DbusNotifier(Listener):
    """One notification per kind of reminder, shown by the session's notification service."""

    rules = (
        f"type='signal',sender='{SERVICE.name}',interface='{SERVICE.interface}'",
        "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',"
        f"arg0='{SERVICE.name}'",
    )

    def __init__(self, address: str, *, sound: bool = False, snooze_min: float = 10.0) -> None:
        """``address`` is the session bus; it need not be there yet."""
        self._sound = sound
        self._snooze_min = snooze_min
        self._capabilities: frozenset[str] | None = None
        self._service_name: str | None = None
        self._shown: dict[ReminderKind, int] = {}
        self._sending = 0
        self._early: list[tuple[int, str, Any]] = []
        # Appended to in the loop's thread, drained in the monitor's; both ends are atomic.
        self._responses: deque[Response] = deque(maxlen=_WAITING_RESPONSES)
        self._closed = False
        self._bus: Bus = open_bus(address)
        self._bus.attach(self)

    @property
    def name(self) -> str:
        return "dbus"

    def notify(self, notification: Notification) -> None:
        """Shows it in place of the last of its kind; raises NotifyError with what to do."""
        if self._closed:
            raise NotifyError("notifications were closed; restart the monitor")
        try:
            self._bus.run(self._send(notification))
        except BusError as error:
            raise explained(error) from error

    def poll(self) -> tuple[Response, ...]:
        """Buttons pressed and notifications gone since the last call; never waits."""
        drained: list[Response] = []
        while self._responses:
            drained.append(self._responses.popleft())
        return tuple(drained)

    def facts(self) -> ServiceFacts:
        """Asks the service; NotifyError where there is none. May start one, as a reminder may."""
        try:
            return ServiceFacts(*self._bus.run(self._ask_facts()))
        except BusError as error:
            raise explained(error) from error

    def close(self) -> None:
        """Withdraws what is still shown: its buttons would lead nowhere."""
        if self._closed:
            return
        self._closed = True
        self._bus.detach(self)
        if self._shown:
            with contextlib.suppress(BusError):  # a service that is gone shows nothing
                self._bus.run(self._withdraw(), _CLOSE_TIMEOUT_S)
        release_bus(self._bus)

    # -------------------------------------------------------------- in the loop's thread

    async def _ask_facts(self) -> tuple[str, str, frozenset[str]]:
        name, _vendor, version, _spec = await self._bus.request(SERVICE, "GetServerInformation")
        return plain(name), plain(version), await self._ask_capabilities()

    async def _ask_capabilities(self) -> frozenset[str]:
        if self._capabilities is None:
            (names,) = await self._bus.request(SERVICE, "GetCapabilities")
            self._capabilities = frozenset(str(name) for name in names)
        return self._capabilities

    async def _send(self, notification: Notification) -> None:
        capabilities = await self._ask_capabilities()
        title, body = plain(notification.title), plain(notification.body)
        if "body" not in capabilities:
            title, body = f"{title}: {body}", ""
        elif "body-markup" in capabilities:
            body = html.escape(body, quote=False)
        buttons: list[str] = []
        if "actions" in capabilities:
            for action in await self._drawn(notification.actions):
                buttons += [action.value, action_label(action, self._snooze_min)]
        self._sending += 1
        try:
            (identifier,) = await self._bus.request(
                SERVICE,
                "Notify",
                "susssasa{sv}i",
                APP_NAME,
                self._shown.get(notification.kind, 0),
                _ICON,
                title,
                body,
                buttons,
                self._hints(notification),
                int(SHOWN_S[notification.kind] * 1000),
            )
            self._shown[notification.kind] = identifier
        finally:
            self._sending -= 1
            early, self._early = self._early, []
            for told in early:  # a quick press may overtake the answer that names it
                self._settle(*told)

    async def _drawn(self, actions: tuple[Action, ...]) -> tuple[Action, ...]:
        """The actions that fit; closing a notification skips it too, so that button goes first."""
        if len(actions) <= _GNOME_BUTTONS:
            return actions
        if self._service_name is None:
            name, *_ = await self._bus.request(SERVICE, "GetServerInformation")
            self._service_name = str(name).lower()
        if self._service_name != "gnome-shell":
            return actions
        return tuple(action for action in actions if action is not Action.SKIP)[:_GNOME_BUTTONS]

    def _hints(self, notification: Notification) -> dict[str, Any]:
        from dbus_fast import Variant

        hints = {
            "urgency": Variant("y", _URGENCY_NORMAL),
            "desktop-entry": Variant("s", DESKTOP_ID),
            "category": Variant("s", "x-posture-monitor.reminder"),
        }
        if notification.kind in _PASSING:
            hints["transient"] = Variant("b", True)
        if self._sound:
            hints["sound-name"] = Variant("s", _SOUND)
        else:
            hints["suppress-sound"] = Variant("b", True)
        return hints

    async def _withdraw(self) -> None:
        for identifier in tuple(self._shown.values()):
            await self._bus.request(SERVICE, "CloseNotification", "u", identifier, start=False)

    def on_lost(self) -> None:
        self._reset()

    def on_signal(self, message: Message) -> None:
        if message.member == "NameOwnerChanged" and message.body[:1] == [SERVICE.name]:
            self._reset()  # another service, or none: other abilities, and nothing shown
        elif message.interface == SERVICE.interface and message.path == SERVICE.path:
            if message.member == "ActionInvoked" and message.signature == "us":
                self._settle(message.body[0], "action", message.body[1])
            elif message.member == "NotificationClosed" and message.signature == "uu":
                self._settle(message.body[0], "closed", message.body[1])

    def _reset(self) -> None:
        self._capabilities = self._service_name = None
        self._shown.clear()

    def _settle(self, identifier: int, what: str, value: Any) -> None:
        kind = next((k for k, shown in self._shown.items() if shown == identifier), None)
        if kind is None:
            if self._sending:
                self._early.append((identifier, what, value))
            return
        if what == "closed":
            closed = _CLOSED.get(value, Closed.UNKNOWN)
            self._responses.append(Response(kind, None, closed))
        else:
            try:
                action = Action(value)
            except ValueError:
                return  # "default", a click beside the buttons: says nothing
            self._responses.append(Response(kind, action, Closed.PRESSED))
            self._bus.spawn(self._close_pressed(identifier))
        # The closing that follows a press must not be told as a second response.
        del self._shown[kind]

    async def _close_pressed(self, identifier: int) -> None:
        """Some services leave a notification standing whose button was pressed."""
        await self._bus.request(SERVICE, "CloseNotification", "u", identifier, start=False)


def explained(error: BusError) -> NotifyError:
    """What went wrong with the notification service, and what to do."""
    otherwise = NotifyError("or set notifications.backend = console")
    reason = plain(str(error))[:200]
    if error.unreachable:
        return NotifyError(
            "the session bus can't be reached ({reason}); log in to a desktop session, {otherwise}",
            reason=reason,
            otherwise=otherwise,
        )
    if error.missing:
        return NotifyError(
            "no notification service runs on this desktop "
            "(org.freedesktop.Notifications); start one, for example dunst or "
            "xfce4-notifyd, {otherwise}",
            otherwise=otherwise,
        )
    if error.name.endswith((".NoReply", ".Timeout", ".TimedOut")):
        return NotifyError(
            "the notification service does not answer; restart it, {otherwise}", otherwise=otherwise
        )
    return NotifyError(
        "the notification service refused ({reason}); restart it, {otherwise}",
        reason=reason,
        otherwise=otherwise,
    )

"""Notifications of macOS and Windows through desktop-notifier; thin.

That package swallows errors, so what can be known is asked before: whether the system allows
notifications. On macOS buttons answer only where the main thread runs Cocoa's own loop.
"""

from __future__ import annotations

import contextlib
import importlib
from collections import deque
from typing import TYPE_CHECKING, Any

from posture_monitor.desktop.shown import APP_NAME, SHOWN_S, plain
from posture_monitor.domain import Action, Closed, NotifyError, ReminderKind, Response
from posture_monitor.system.loop import hold_loop, release_loop
from posture_monitor.wording.texts import action_label

if TYPE_CHECKING:
    from posture_monitor.domain import Notification

_SEND_TIMEOUT_S = 60.0
"""The first notification may wait for the user to allow it."""
_CLEAR_TIMEOUT_S = 2.0


class NativeNotifier:
    """One notification per kind of reminder, shown by the system's notification centre."""

    def __init__(
        self, *, sound: bool = False, snooze_min: float = 10.0, package: Any = None
    ) -> None:
        """Raises NotifyError where desktop-notifier is not installed or has no way here."""
        self._sound = sound
        self._snooze_min = snooze_min
        self._shown: dict[ReminderKind, str] = {}
        self._responses: deque[Response] = deque(maxlen=64)
        try:
            self._package = package or importlib.import_module("desktop_notifier")
            self._centre = self._package.DesktopNotifier(app_name=APP_NAME, app_icon=None)
        except Exception as error:  # the import reaches into the system's own frameworks
            raise NotifyError(
                "the system's notifications can't be used ({plain}); reinstall "
                "posture-monitor, or set notifications.backend = console",
                plain=plain(str(error)),
            ) from error
        self._loop = hold_loop()
        self._closed = False

    @property
    def name(self) -> str:
        return "desktop-notifier"

    def notify(self, notification: Notification) -> None:
        """Shows it in place of the last of its kind; raises NotifyError with what to do."""
        try:
            self._loop.run(self._send(notification), _SEND_TIMEOUT_S)
        except NotifyError:
            raise
        except Exception as error:  # whatever the system's frameworks raise
            reason = plain(str(error)) or type(error).__name__
            raise NotifyError(
                "the system could not show a notification ({reason}); allow notifications in "
                "its settings, or set notifications.backend = console",
                reason=reason,
            ) from error

    def poll(self) -> tuple[Response, ...]:
        """Buttons pressed and notifications gone since the last call; never waits."""
        drained: list[Response] = []
        while self._responses:
            drained.append(self._responses.popleft())
        return tuple(drained)

    def close(self) -> None:
        """Withdraws what is still shown: its buttons would lead nowhere."""
        if self._closed:
            return
        self._closed = True
        with contextlib.suppress(Exception):  # the program ends; nobody could do anything
            self._loop.run(self._centre.clear_all(), _CLEAR_TIMEOUT_S)
        release_loop()

    async def _send(self, notification: Notification) -> None:
        if not await self._centre.request_authorisation():
            raise NotifyError(
                "the system does not allow notifications; allow them for this program in its"
                " settings, or set notifications.backend = console"
            )
        kind = notification.kind
        if (last := self._shown.pop(kind, None)) is not None:
            await self._centre.clear(last)
        self._shown[kind] = await self._centre.send(
            title=plain(notification.title),
            message=plain(notification.body),
            buttons=[self._button(kind, action) for action in notification.actions],
            on_dismissed=lambda: self._settle(kind, None, Closed.DISMISSED),
            sound=self._package.DEFAULT_SOUND if self._sound else None,
            timeout=int(SHOWN_S[kind]),
        )

    def _button(self, kind: ReminderKind, action: Action) -> Any:
        return self._package.Button(
            title=action_label(action, self._snooze_min),
            on_pressed=lambda: self._settle(kind, action, Closed.PRESSED),
            identifier=action.value,
        )

    def _settle(self, kind: ReminderKind, action: Action | None, closed: Closed) -> None:
        if self._shown.pop(kind, None) is not None:
            self._responses.append(Response(kind, action, closed))

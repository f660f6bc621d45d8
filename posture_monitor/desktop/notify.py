"""Showing notifications: on the desktop, in a terminal, or nowhere.

What is said is decided elsewhere; here it is only shown, or NotifyError says why not.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import subprocess
import sys
import threading
import warnings
from typing import TYPE_CHECKING, Any

from posture_monitor.desktop.shown import APP_NAME, SHOWN_S, plain
from posture_monitor.domain import NotifyError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import TextIO

    from posture_monitor.config import NotificationSettings, Settings
    from posture_monitor.domain import Notification, Response
    from posture_monitor.ports import Notifier

_SEND_TIMEOUT_S = 5.0
"""A notification service that takes longer is stuck; assumed."""


class ConsoleNotifier:
    """One line each: the local time of day, the title, the body."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    @property
    def name(self) -> str:
        return "console"

    def notify(self, notification: Notification) -> None:
        """Writes the line at once; raises NotifyError where nobody can read it."""
        wall_at = notification.wall_at
        time_of_day = "" if wall_at is None else f"{wall_at.astimezone():%H:%M:%S}  "
        line = f"{time_of_day}{plain(notification.title)} — {plain(notification.body)}"
        try:
            encoding = getattr(self._stream, "encoding", None) or "utf-8"
            self._stream.write(line.encode(encoding, "replace").decode(encoding) + "\n")
            self._stream.flush()
        except (OSError, ValueError) as error:
            raise NotifyError(
                "the terminal is gone, so notifications can't be written; restart the"
                " monitor in another, or choose notifications.backend = desktop"
            ) from error

    def poll(self) -> tuple[Response, ...]:
        """Nothing: there are no buttons here."""
        return ()

    def close(self) -> None:
        """Leaves the stream open; it belongs to the caller."""


class NullNotifier:
    """Shows nothing, on request."""

    @property
    def name(self) -> str:
        return "none"

    def notify(self, notification: Notification) -> None:
        """Does nothing."""

    def poll(self) -> tuple[Response, ...]:
        """Nothing: there are no buttons here."""
        return ()

    def close(self) -> None:
        """Does nothing."""


class PlyerNotifier:
    """The desktop's own notifications through plyer, which knows no buttons."""

    def __init__(self) -> None:
        """Raises NotifyError where plyer has no way to notify here."""
        self._backend = _plyer_backend()

    @property
    def name(self) -> str:
        return "plyer"

    def notify(self, notification: Notification) -> None:
        """Hands the notification to the desktop; raises NotifyError where that visibly fails."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._backend.notify(
                    title=_unmarked(notification.title),
                    message=_unmarked(notification.body),
                    app_name=APP_NAME,
                    timeout=int(SHOWN_S[notification.kind]),
                )
        except NotifyError:
            raise
        except Exception as error:  # plyer passes on whatever its many backends raise
            raise _failed(str(error) or type(error).__name__) from error

    def poll(self) -> tuple[Response, ...]:
        """Nothing: there are no buttons here."""
        return ()

    def close(self) -> None:
        """Nothing is held open."""


class WrittenWhereNotShown:
    """The desktop's notifications; what it fails to show is written to a stream as well."""

    def __init__(self, desktop: Notifier, stream: TextIO) -> None:
        self.desktop = desktop
        self._written = ConsoleNotifier(stream)

    @property
    def name(self) -> str:
        return self.desktop.name

    def notify(self, notification: Notification) -> None:
        """Shows it; where that fails writes it, and still raises the NotifyError."""
        try:
            self.desktop.notify(notification)
        except NotifyError:
            with contextlib.suppress(NotifyError):  # the first failure says what to do
                self._written.notify(notification)
            raise

    def poll(self) -> tuple[Response, ...]:
        """What became of notifications on the desktop."""
        return self.desktop.poll()

    def close(self) -> None:
        """Ends the desktop's."""
        self.desktop.close()


class RenewableNotifier:
    """The notifier of the settings in force, which may change while the monitor runs."""

    def __init__(self, settings: Settings, open_one: Callable[[Settings], Notifier]) -> None:
        """``open_one`` raises NotifyError where what the settings ask for can't be had."""
        self._open_one = open_one
        self._asked = _asked_of_notifier(settings)
        self._notifier = open_one(settings)
        self._left: tuple[Response, ...] = ()
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return self._notifier.name

    @property
    def in_force(self) -> Notifier:
        return self._notifier

    def renew(self, settings: Settings) -> None:
        """From now on as these settings say; on NotifyError all stays as it was."""
        asked = _asked_of_notifier(settings)
        if asked == self._asked:
            return
        fresh = self._open_one(settings)
        with self._lock:
            last, self._notifier, self._asked = self._notifier, fresh, asked
            self._left += last.poll()
            last.close()

    def notify(self, notification: Notification) -> None:
        """Shows it in the way that is in force."""
        with self._lock:
            self._notifier.notify(notification)

    def poll(self) -> tuple[Response, ...]:
        """What became of notifications, those of the last notifier included."""
        with self._lock:
            left, self._left = self._left, ()
            return (*left, *self._notifier.poll())

    def close(self) -> None:
        """Ends the one in force."""
        with self._lock:
            self._notifier.close()


def _asked_of_notifier(settings: Settings) -> tuple[NotificationSettings, float]:
    return settings.notifications, settings.reminders.snooze_min


def open_notifier(
    settings: NotificationSettings,
    stream: TextIO,
    *,
    environment: Mapping[str, str] | None = None,
    snooze_min: float = 10.0,
    warn: Callable[[str], None] = lambda _text: None,
) -> Notifier:
    """The notifier that the settings ask for; "auto" is the desktop's where there is one.

    ``warn`` hears what of the wish can't be had.

    ``desktop`` raises NotifyError where none can be had; ``auto`` then writes to ``stream``.
    """
    env = os.environ if environment is None else environment
    if settings.backend == "none":
        return NullNotifier()
    if settings.backend == "console":
        return ConsoleNotifier(stream)
    if settings.backend == "desktop":
        return _gentle(settings, _desktop_notifier(settings, env, snooze_min), env, warn)
    if not has_desktop(env):
        return ConsoleNotifier(stream)
    try:
        desktop = _desktop_notifier(settings, env, snooze_min)
    except NotifyError:
        return ConsoleNotifier(stream)
    return _gentle(settings, WrittenWhereNotShown(desktop, stream), env, warn)


def _gentle(
    settings: NotificationSettings,
    notifier: Notifier,
    environment: Mapping[str, str],
    warn: Callable[[str], None],
) -> Notifier:
    """With an edge of the screen in place of some notifications, if that is wanted and can be."""
    if settings.nudge == "popup":
        return notifier
    from posture_monitor.desktop.edge import EdgeNotifier, why_no_edge

    why_not = why_no_edge(environment)
    if why_not is None:
        return EdgeNotifier(notifier, environment)
    warn(why_not)
    return notifier


def _desktop_notifier(
    settings: NotificationSettings, environment: Mapping[str, str], snooze_min: float
) -> Notifier:
    """The best way to this desktop; raises NotifyError where there is none.

    A session bus is enough, even before its notification service is there: one that starts
    later, as in a session that is still coming up, then shows buttons too.
    """
    from posture_monitor.system.bus import session_address

    if address := session_address(environment):
        try:
            from posture_monitor.desktop.notify_dbus import DbusNotifier
        except ImportError:  # a build without dbus-fast
            return PlyerNotifier()
        return DbusNotifier(address, sound=settings.sound, snooze_min=snooze_min)
    if sys.platform in {"darwin", "win32"}:
        from posture_monitor.desktop.notify_native import NativeNotifier

        try:
            return NativeNotifier(sound=settings.sound, snooze_min=snooze_min)
        except NotifyError:
            return PlyerNotifier()
    return PlyerNotifier()


def teller(notifier: Notifier) -> str:
    """Who shows what it is given, asked right now; NotifyError where nobody would."""
    if isinstance(notifier, RenewableNotifier):
        return teller(notifier.in_force)
    if isinstance(notifier, WrittenWhereNotShown):
        return teller(notifier.desktop)
    otherwise = getattr(notifier, "otherwise", None)  # an edge's, which nobody else has loaded
    if otherwise is not None:
        return teller(otherwise)
    try:
        from posture_monitor.desktop.notify_dbus import DbusNotifier
    except ImportError:  # a build without dbus-fast
        return notifier.name
    if not isinstance(notifier, DbusNotifier):
        return notifier.name
    service = notifier.facts()
    buttons = "with buttons" if service.buttons else "without buttons"
    return f"{service.name} {service.version}, {buttons}"


def has_desktop(environment: Mapping[str, str]) -> bool:
    """Whether someone looks at a desktop here: a display, or a session bus alone."""
    if not sys.platform.startswith("linux"):
        return True
    named = ("DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY")
    runtime_dir = environment.get("XDG_RUNTIME_DIR")
    return any(environment.get(name) for name in named) or (
        bool(runtime_dir) and os.path.exists(os.path.join(str(runtime_dir), "bus"))
    )


def _unmarked(text: str) -> str:
    """Plain text that no desktop takes for mark-up and notify-send for no option."""
    shown = plain(text).replace("<", "‹").replace(">", "›")
    return f"–{shown[1:]}" if shown.startswith("-") else shown


def _plyer_backend() -> Any:
    """What plyer chooses for this desktop, without the proxy that hides why it has nothing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of each way that is not installed
            from plyer.facades.notification import Notification as NoBackend
            from plyer.utils import platform

            module = importlib.import_module(f"plyer.platforms.{platform}.notification")
            backend = module.instance()
    except Exception as error:  # an import of the system's own library may fail in any way
        raise _failed(str(error) or type(error).__name__) from error
    if type(backend) is NoBackend:
        raise _failed("neither notify-send nor dbus-python is installed")
    if hasattr(module, "subprocess"):
        # plyer drops the exit status of notify-send: what nobody saw would pass for shown.
        vars(module)["subprocess"] = _CheckedSubprocess
    return backend


class _CheckedSubprocess:
    """The part of ``subprocess`` that plyer uses, with failures that can be seen."""

    DEVNULL = subprocess.DEVNULL

    @staticmethod
    def call(command: Sequence[str]) -> int:
        try:
            done = subprocess.run(
                list(command),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_SEND_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise _failed("the notification service does not answer") from None
        except OSError as error:
            raise _failed(f"{command[0]}: {error.strerror}") from error
        if done.returncode != 0:
            raise _failed(done.stderr.strip() or f"{command[0]} ended with {done.returncode}")
        return 0

    @classmethod
    def run(cls, command: Sequence[str], **_: object) -> int:
        return cls.call(command)


def _failed(reason: str) -> NotifyError:
    return NotifyError(
        "the desktop could not show a notification ({reason}); start its "
        "notification service, install libnotify-bin on Linux, or set "
        "notifications.backend = console",
        reason=plain(reason),
    )

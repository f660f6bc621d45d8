"""Whether someone works here: keyboard, mouse, lock, lid and suspend, as far as can be known.

What the desktop does not tell is None, never guessed; ``facts`` says what is known by whom.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any, Protocol

from posture_monitor.system.clock import clocks_asleep_s

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from posture_monitor.ports import ActivitySource


class DesktopActivity(Protocol):
    """An activity source that can say where it has its knowledge from."""

    @property
    def name(self) -> str: ...

    def idle_s(self) -> float | None: ...

    def locked(self) -> bool | None: ...

    def suspended_s(self) -> float: ...

    def facts(self) -> dict[str, str]: ...

    def close(self) -> None: ...


def open_activity(environment: Mapping[str, str] | None = None) -> DesktopActivity:
    """What this desktop tells; a source that knows nothing where it tells nothing."""
    env = os.environ if environment is None else environment
    if sys.platform.startswith("linux"):
        try:
            from posture_monitor.desktop.activity_linux import LinuxActivity
        except ImportError:  # a build without dbus-fast
            return PlainActivity()
        return LinuxActivity(env)
    if sys.platform == "win32":
        return PlainActivity(
            "GetLastInputInfo", _windows_idle_s, _windows_asleep_s, _windows_locked
        )
    if sys.platform == "darwin":
        return PlainActivity("CGEventSource", _macos_idle_s, _macos_asleep_s, _macos_locked)
    return PlainActivity()


_NOT_THERE = (OSError, AttributeError, KeyError)
"""What a library or a call raises that isn't there."""


class PlainActivity:
    """An answer by one call of the system each, without anything to hear or to close."""

    def __init__(
        self,
        name: str = "none",
        idle_s: Callable[[], float | None] = lambda: None,
        asleep_s: Callable[[], float] = clocks_asleep_s,
        locked: Callable[[], bool | None] = lambda: None,
    ) -> None:
        self._name = name
        self._idle_s = idle_s
        self._asleep_s = asleep_s
        self._locked = locked
        self._asleep_before_s = asleep_s()

    @property
    def name(self) -> str:
        return self._name

    def idle_s(self) -> float | None:
        """Seconds since keyboard or mouse were used; None where the system doesn't tell."""
        try:
            return self._idle_s()
        except _NOT_THERE:
            return None

    def locked(self) -> bool | None:
        """Whether the screen is locked; None where the system doesn't tell."""
        try:
            return self._locked()
        except _NOT_THERE:
            return None

    def suspended_s(self) -> float:
        """Seconds asleep since this was opened."""
        return max(0.0, self._asleep_s() - self._asleep_before_s)

    def facts(self) -> dict[str, str]:
        """What is known by whom, for people."""
        idle_s = self.idle_s()
        return {
            "idle": "unknown" if idle_s is None else self._name,
            "lock": "unknown" if self.locked() is None else "the session",
            "lid": "unknown",
            "suspend": "clocks",
        }

    def close(self) -> None:
        """Nothing is held open."""


# ------------------------------------------------------------------ Windows, macOS: thin


def _windows_idle_s() -> float | None:
    import ctypes

    class LastInput(ctypes.Structure):
        _fields_ = (("size", ctypes.c_uint), ("tick_ms", ctypes.c_uint))

    windows: Any = vars(ctypes)["windll"]
    last = LastInput(ctypes.sizeof(LastInput), 0)
    if not windows.user32.GetLastInputInfo(ctypes.byref(last)):
        return None
    # Both count 32 bits of milliseconds; the difference is right across the wrap.
    return float((windows.kernel32.GetTickCount() - last.tick_ms) & 0xFFFFFFFF) / 1000.0


def _windows_asleep_s() -> float:
    """The biased clock counts on in sleep, the unbiased one stops."""
    import ctypes

    kernel: Any = vars(ctypes)["windll"].kernel32
    running = ctypes.c_ulonglong()
    kernel.QueryUnbiasedInterruptTime(ctypes.byref(running))
    kernel.GetTickCount64.restype = ctypes.c_ulonglong
    return float(kernel.GetTickCount64()) / 1e3 - running.value / 1e7


def _windows_locked() -> bool | None:
    """Behind a lock the desktop that takes the input belongs to the system, and can't be had."""
    import ctypes

    user: Any = vars(ctypes)["windll"].user32
    user.OpenInputDesktop.restype = ctypes.c_void_p
    may_switch = 0x0100
    desktop = user.OpenInputDesktop(0, False, may_switch)
    if not desktop:
        return True
    try:
        return not user.SwitchDesktop(ctypes.c_void_p(desktop))
    finally:
        user.CloseDesktop(ctypes.c_void_p(desktop))


def _macos_idle_s() -> float | None:
    import ctypes

    services = ctypes.CDLL(
        "/System/Library/Frameworks/ApplicationServices.framework/ApplicationServices"
    )
    since = services.CGEventSourceSecondsSinceLastEventType
    since.restype, since.argtypes = ctypes.c_double, (ctypes.c_int32, ctypes.c_uint32)
    combined_session, any_input = 0, 0xFFFFFFFF
    return float(since(combined_session, any_input))


def _macos_locked() -> bool | None:
    """The session's own facts name the lock only while there is one."""
    import ctypes

    frameworks = "/System/Library/Frameworks"
    services: Any = ctypes.CDLL(f"{frameworks}/ApplicationServices.framework/ApplicationServices")
    core: Any = ctypes.CDLL(f"{frameworks}/CoreFoundation.framework/CoreFoundation")
    pointer, utf8 = ctypes.c_void_p, 0x08000100
    services.CGSessionCopyCurrentDictionary.restype = pointer
    core.CFStringCreateWithCString.restype = core.CFDictionaryGetValue.restype = pointer
    session = services.CGSessionCopyCurrentDictionary()
    if not session:
        return None  # nobody is logged in at a screen
    key = core.CFStringCreateWithCString(None, b"CGSSessionScreenIsLocked", utf8)
    told = core.CFDictionaryGetValue(pointer(session), pointer(key))
    locked = bool(told) and bool(core.CFBooleanGetValue(pointer(told)))
    core.CFRelease(pointer(key))
    core.CFRelease(pointer(session))
    return locked


def _macos_asleep_s() -> float:
    """There the usual monotonic clock counts on in sleep and the uptime clock stops."""
    uptime = getattr(time, "CLOCK_UPTIME_RAW", None)
    if uptime is None:
        return 0.0
    return time.clock_gettime(time.CLOCK_MONOTONIC) - time.clock_gettime(uptime)


if TYPE_CHECKING:

    def _conforms(source: DesktopActivity) -> ActivitySource:
        return source

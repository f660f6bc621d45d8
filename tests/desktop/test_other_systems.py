"""The thin paths of Windows and macOS against recorded calls; they have not run there."""

from __future__ import annotations

import ctypes
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from posture_monitor.desktop import autostart
from posture_monitor.desktop.activity import open_activity
from posture_monitor.desktop.power import Power


class Function:
    """A function of a system's library: notes its calls and answers what was recorded."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer
        self.calls: list[tuple[Any, ...]] = []
        self.restype: Any = None
        self.argtypes: Any = None

    def __call__(self, *arguments: Any) -> Any:
        self.calls.append(tuple(getattr(a, "value", a) for a in arguments))
        return self._answer(*arguments) if callable(self._answer) else self._answer


def library(**answers: Any) -> Any:
    return SimpleNamespace(**{name: Function(answer) for name, answer in answers.items()})


def last_input_at(tick_ms: int) -> Any:
    def fill(reference: Any) -> int:
        assert reference._obj.size == 8
        reference._obj.tick_ms = tick_ms
        return 1

    return fill


def mains(byte: int) -> Any:
    def fill(reference: Any) -> int:
        reference._obj[0] = byte
        return 1

    return fill


@pytest.fixture
def windows(monkeypatch) -> Any:
    """A Windows whose answers a test may change: nobody typed for 7 s, unlocked, on mains."""
    user = library(
        GetLastInputInfo=last_input_at(0xFFFFFFFF - 999),
        OpenInputDesktop=77,
        SwitchDesktop=1,
        CloseDesktop=1,
    )
    kernel = library(
        GetTickCount=6000,
        GetTickCount64=100_000,
        QueryUnbiasedInterruptTime=1,
        GetSystemPowerStatus=mains(1),
    )
    system = SimpleNamespace(user32=user, kernel32=kernel)
    monkeypatch.setattr(ctypes, "windll", system, raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    return system


def test_windows_tells_the_idle_time_across_the_wrap_of_its_counter(windows):
    source = open_activity({})

    assert source.idle_s() == 7.0
    assert source.name == "GetLastInputInfo"
    windows.user32.GetLastInputInfo = Function(0)
    assert source.idle_s() is None


def test_windows_that_slept_counts_what_one_clock_counts_and_the_other_does_not(windows):
    def unbiased(hundreds_of_ns: int) -> Any:
        def fill(reference: Any) -> int:
            reference._obj.value = hundreds_of_ns
            return 1

        return fill

    windows.kernel32.QueryUnbiasedInterruptTime = Function(unbiased(1_000_000_000))  # 100 s
    source = open_activity({})
    windows.kernel32.GetTickCount64 = Function(700_000)

    assert source.suspended_s() == 600.0


def test_windows_behind_a_lock_gives_nobody_its_input_desktop(windows):
    source = open_activity({})

    assert source.locked() is False
    assert windows.user32.OpenInputDesktop.calls == [(0, False, 0x0100)]
    assert windows.user32.CloseDesktop.calls == [(77,)]
    windows.user32.SwitchDesktop = Function(0)
    assert source.locked() is True
    windows.user32.OpenInputDesktop = Function(None)
    assert source.locked() is True
    assert source.facts() == {
        "idle": "GetLastInputInfo",
        "lock": "the session",
        "lid": "unknown",
        "suspend": "clocks",
    }


@pytest.mark.parametrize(("byte", "told"), [(0, True), (1, False), (255, None)])
def test_windows_tells_whether_it_runs_on_battery(windows, byte, told):
    windows.kernel32.GetSystemPowerStatus = Function(mains(byte))

    assert Power().on_battery() is told
    windows.kernel32.GetSystemPowerStatus = Function(0)
    assert Power().on_battery() is None


class Registry:
    """The part of ``winreg`` that is used, over a dictionary."""

    HKEY_CURRENT_USER, REG_SZ = "HKCU", 1

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.keys: set[str] = set()

    def OpenKey(self, root: str, path: str) -> Registry:
        self.keys.add(f"{root}\\{path}")
        return self

    CreateKey = OpenKey

    def __enter__(self) -> Registry:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is open."""

    def QueryValueEx(self, _key: Registry, name: str) -> tuple[str, int]:
        if name not in self.values:
            raise FileNotFoundError(name)
        return self.values[name], self.REG_SZ

    def SetValueEx(self, _key: Registry, name: str, _zero: int, kind: int, value: str) -> None:
        assert kind == self.REG_SZ
        self.values[name] = value

    def DeleteValue(self, _key: Registry, name: str) -> None:
        if name not in self.values:
            raise FileNotFoundError(name)
        del self.values[name]


def test_run_key_of_windows_is_set_and_removed_again_and_again(windows, monkeypatch):
    registry = Registry()
    monkeypatch.setitem(sys.modules, "winreg", registry)
    monkeypatch.setattr(sys, "executable", r"C:\Program Files\Python\python.exe")
    monkeypatch.setattr(autostart, "program", lambda: (r"C:\Program Files\pm.exe",))

    assert autostart.status(environment={}).on is False
    for _ in range(2):
        on = autostart.turn_on(["--data-dir", r"D:\my data", "run"], environment={})
    assert (on.on, on.way, on.problem) == (True, "registry", None)
    assert registry.values == {
        "posture-monitor": r'"C:\Program Files\pm.exe" --data-dir "D:\my data" run'
    }
    assert registry.keys == {"HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run"}
    for _ in range(2):
        off = autostart.turn_off(environment={})
    assert (off.on, registry.values) == (False, {})


@pytest.fixture
def macos(monkeypatch) -> Any:
    """A macOS whose session says nothing of a lock."""
    system = library(
        CGEventSourceSecondsSinceLastEventType=4.5,
        CGSessionCopyCurrentDictionary=11,
        CFStringCreateWithCString=22,
        CFDictionaryGetValue=None,
        CFBooleanGetValue=1,
        CFRelease=None,
    )
    monkeypatch.setattr(ctypes, "CDLL", lambda _path: system)
    monkeypatch.setattr(sys, "platform", "darwin")
    return system


def test_macos_tells_the_idle_time_of_all_input(macos):
    assert open_activity({}).idle_s() == 4.5
    assert macos.CGEventSourceSecondsSinceLastEventType.calls == [(0, 0xFFFFFFFF)]


def test_macos_names_the_lock_only_while_there_is_one(macos):
    source = open_activity({})

    assert source.locked() is False
    macos.CFDictionaryGetValue = Function(33)
    assert source.locked() is True
    assert macos.CFDictionaryGetValue.calls == [(11, 22)]
    assert macos.CFRelease.calls == [(22,), (11,)] * 2
    macos.CGSessionCopyCurrentDictionary = Function(None)
    assert source.locked() is None

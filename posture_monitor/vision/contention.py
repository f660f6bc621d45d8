"""Other programs that want the camera which this one holds; known on Linux alone.

The kernel tells of every opening of the camera's device (inotify, at no cost while nothing
happens), and ``/proc`` which of this user's processes have it open. Both are only read; the
device itself is never opened here.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from posture_monitor.core.day.contention import Contention

if TYPE_CHECKING:
    from collections.abc import Callable

    from posture_monitor.ports import ContentionWatch

_IN_OPEN = 0x20
_IN_CLOSE = 0x18
"""Closed, after reading or after writing; a process that ends closes too."""
_IN_ATTRIB = 0x04
"""Unplugged: its last name is gone."""
_EVENT = struct.Struct("iIII")
_BUFFER_BYTES = 16 * 1024
"""Room for hundreds of events; one with a name has at most 272 bytes (inotify(7))."""

Holder = tuple[int, int]
"""A process and its descriptor: one that is opened again is another holder."""


class NoContentionWatch:
    """For systems that don't tell, or have no watch left."""

    known = False

    def begin(self, *, taken: bool = True) -> None:
        """Nothing is watched."""

    def ask(self) -> Contention:
        """Never anybody."""
        return Contention()

    def names(self) -> tuple[str, ...]:
        """Nobody."""
        return ()

    def close(self) -> None:
        """Nothing is held open."""


class DeviceWatch:
    """Watches a device file for what others do with it (a ports.ContentionWatch)."""

    known = True

    def __init__(self, find_node: Callable[[], Path | None]) -> None:
        """``find_node`` names the device, again each time it is taken; None: there is none.

        Raises OSError where this system has no inotify, or none is left.
        """
        self._find_node = find_node
        self._node: str | None = None
        self._bystanders: frozenset[Holder] = frozenset()
        self._strangers: dict[Holder, str] = {}
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = self._checked(self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))
        self._watch: int | None = None

    def begin(self, *, taken: bool = True) -> None:
        """This program has just opened it: who has it open already does not want pictures.

        Where it was not ``taken``, the program that has it open is the reason.
        """
        node = self._find_node()
        self._unwatch()
        self._node = None if node is None else os.path.realpath(node)
        self._strangers = {}
        if self._node is None:
            return
        with suppress(OSError):  # unplugged this moment: it will be lost, not wanted
            self._watch = self._checked(
                self._libc.inotify_add_watch(
                    self._descriptor,
                    os.fsencode(self._node),
                    _IN_OPEN | _IN_CLOSE | _IN_ATTRIB,
                )
            )
        self._drain()  # what is told up to here, this program did itself
        holders = holders_of(self._node)
        self._bystanders = frozenset(holders if taken else ())
        self._strangers = {} if taken else holders

    def ask(self) -> Contention:
        """What happened since; looks who holds it only where something did."""
        opened, changed = self._drain()
        if changed and self._node is not None:
            holders = holders_of(self._node)
            self._bystanders &= holders.keys()  # who comes back is no bystander
            self._strangers = {h: n for h, n in holders.items() if h not in self._bystanders}
        return Contention(opened=opened, held=bool(self._strangers))

    def names(self) -> tuple[str, ...]:
        """The programs that hold it."""
        return tuple(sorted(set(self._strangers.values())))

    def close(self) -> None:
        """Watch no more."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _unwatch(self) -> None:
        if self._watch is not None:
            self._libc.inotify_rm_watch(self._descriptor, self._watch)
            self._watch = None

    def _drain(self) -> tuple[bool, bool]:
        """Whether the device was opened since the last call, and whether anything happened."""
        opened = changed = False
        while True:
            try:
                told = os.read(self._descriptor, _BUFFER_BYTES)
            except BlockingIOError:
                return opened, changed
            offset, changed = 0, True
            while offset < len(told):
                _watch, mask, _cookie, name_bytes = _EVENT.unpack_from(told, offset)
                opened = opened or bool(mask & _IN_OPEN)
                offset += _EVENT.size + name_bytes

    @staticmethod
    def _checked(answer: int) -> int:
        if answer < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return answer


def open_contention_watch(find_node: Callable[[], Path | None]) -> ContentionWatch:
    """What this system can tell of others at the camera."""
    if sys.platform.startswith("linux"):
        with suppress(OSError, AttributeError):  # no watch is left, or a libc without inotify
            return DeviceWatch(find_node)
    return NoContentionWatch()


def holders_of(node: str) -> dict[Holder, str]:
    """Who else has a device open: this user's processes, as far as they may be looked at."""
    found: dict[Holder, str] = {}
    own = os.getpid()
    for process in _entries("/proc"):
        if not process.isdigit() or int(process) == own:
            continue
        for descriptor in _entries(f"/proc/{process}/fd"):
            with suppress(OSError):  # closed meanwhile
                if os.readlink(f"/proc/{process}/fd/{descriptor}") == node:
                    found[int(process), int(descriptor)] = _program(process)
    return found


def _entries(folder: str) -> list[str]:
    """The names in a folder of /proc; none where it is gone or belongs to somebody else."""
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _program(process: str) -> str:
    """What a process calls itself, in printable characters."""
    try:
        name = Path(f"/proc/{process}/comm").read_text(encoding="utf-8", errors="replace")
    except OSError:
        name = ""
    return "".join(letter for letter in name if letter.isprintable()) or f"process {process}"

"""Single keys from a terminal, without Enter; the terminal is left as it was found."""

from __future__ import annotations

import os
import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO

    Pressed = Callable[[float], str]
    """Waits for this many seconds at most; the key that was pressed, or an empty text."""


_LONG_KEYS = re.compile(r"\x1b(\[[0-9;]*[A-Za-z~]|O.)")
"""Arrows and the like, which start with Escape."""


@contextmanager
def keys_of(stream: TextIO | None) -> Iterator[Pressed | None]:
    """How to ask for the next key; None where the stream is no terminal."""
    if stream is None or stream.closed or not stream.isatty():
        yield None
    elif sys.platform == "win32":
        yield _pressed_on_windows
    else:
        with _without_enter(stream.fileno()) as pressed:
            yield pressed


@contextmanager
def _without_enter(descriptor: int) -> Iterator[Pressed]:
    import select
    import termios
    import tty

    before = termios.tcgetattr(descriptor)

    waiting = ""

    def pressed(wait_s: float) -> str:
        nonlocal waiting
        if not waiting and select.select([descriptor], [], [], wait_s)[0]:
            text = os.read(descriptor, 64).decode("utf-8", "replace")
            waiting = _LONG_KEYS.sub("", text)
        key, waiting = waiting[:1], waiting[1:]
        return key

    try:
        tty.setcbreak(descriptor)
        yield pressed
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _pressed_on_windows(wait_s: float) -> str:
    import msvcrt  # type: ignore[import-not-found,unused-ignore]  # there on Windows alone
    import time

    until_s = time.monotonic() + wait_s
    while True:
        if msvcrt.kbhit():  # type: ignore[attr-defined,unused-ignore]  # as above
            return str(msvcrt.getwch())  # type: ignore[attr-defined,unused-ignore]  # as above
        if time.monotonic() >= until_s:
            return ""
        time.sleep(0.02)

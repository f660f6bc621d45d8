"""One thread with one asyncio loop for everything that talks with the desktop.

It runs while someone holds it. Nothing that blocks may run in it.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

_T = TypeVar("_T")

_START_TIMEOUT_S = 5.0


class LoopThread:
    """A loop in a daemon thread; made by ``hold_loop``."""

    def __init__(self) -> None:
        self._started = threading.Event()
        self._loop: asyncio.AbstractEventLoop
        self._stop: asyncio.Event
        # A daemon, so that a desktop that hangs can't keep the program from ending.
        self._thread = threading.Thread(target=self._run, name="desktop", daemon=True)
        self._thread.start()
        self._started.wait(_START_TIMEOUT_S)

    def _run(self) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._started.set()
        await self._stop.wait()

    def run(self, work: Coroutine[Any, Any, _T], timeout_s: float) -> _T:
        """The outcome of a coroutine, for other threads; TimeoutError where it takes longer."""
        if threading.current_thread() is self._thread:
            work.close()
            raise RuntimeError("the loop can't wait for itself; await the coroutine")
        return asyncio.run_coroutine_threadsafe(
            asyncio.wait_for(work, timeout_s), self._loop
        ).result()

    def post(self, call: Callable[..., object], *arguments: Any) -> None:
        """Have something called in the loop's thread, soon."""
        self._loop.call_soon_threadsafe(call, *arguments)

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        if threading.current_thread() is not self._thread:
            self._thread.join(_START_TIMEOUT_S)


_lock = threading.Lock()
_held: list[LoopThread] = []  # the same thread once per holder


def hold_loop() -> LoopThread:
    """The process's loop, started for the first who asks; give it back with ``release_loop``."""
    with _lock:
        _held.append(_held[0] if _held else LoopThread())
        return _held[0]


def release_loop() -> None:
    """The loop ends with its last holder."""
    with _lock:
        thread = _held.pop()
        if not _held:
            thread._end()

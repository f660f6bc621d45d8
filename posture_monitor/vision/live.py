"""Reading a live source without ever hanging with it.

Drivers and networks stall, and not every backend knows a time limit. A capture therefore lives
in a thread of its own, which is left behind when it stops answering. That thread also skips
pictures, so that a frame once a second costs one hand-over and not thirty.
"""

from __future__ import annotations

import atexit
import logging
import queue
import threading
import time
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING

from posture_monitor.domain import CameraError, Frame
from posture_monitor.system.closing import Closing
from posture_monitor.vision.opencv import upright

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from posture_monitor.config import CameraSettings
    from posture_monitor.ports import Clock
    from posture_monitor.vision.opencv import AnyPicture, Capture

_log = logging.getLogger(__name__)

_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 10.0
"""Between two attempts to reopen, doubling from the first to the longest; assumed."""

_AT_ONCE_S = 0.010
"""A picture that took less was waiting in a buffer; even at 60 a second a fresh one takes more."""

_IDLE_S = 0.050
"""Who was away for longer may find old pictures in the buffers of driver or network."""

_MOST_STALE = 120
"""Buffered pictures dropped at one look at most: a source without any pace has no fresh one."""

_MOST_DAMAGED = 60
"""Pictures in a row that can't be decoded; a stream that is joined midway begins with some."""

_AT_EXIT_S = 1.0
"""For all threads that were left behind together; assumed."""

_MOST_LEFT_BEHIND = 3
"""Threads that may hang in a driver at one time; then the source has to be plugged in again."""


@dataclass(frozen=True, slots=True, eq=False)
class _Picture:
    """One picture, straight from the capture."""

    picture: AnyPicture
    grabbed_s: float
    """When it was grabbed, on the monotonic clock."""
    wall_at: datetime
    index: int


class LiveSource(Closing):
    """A camera or a stream that delivers pictures as they happen.

    After a CameraError it may be read again: it then tries to come back, with growing pauses.
    """

    def __init__(
        self,
        name: str,
        open_capture: Callable[[], Capture],
        settings: CameraSettings,
        *,
        clock: Clock,
    ) -> None:
        """Opens at once; ``open_capture`` answers a capture or raises CameraError."""
        self._name = name
        self._open_capture = open_capture
        self._settings = settings
        self._clock = clock
        self._closed = False
        self._next_index = 0
        self._pause_s = _FIRST_PAUSE_S
        self._left_behind: list[_Reader] = []
        self._reader: _Reader | None = None
        self._tried_s = clock.monotonic_s()
        self._open()
        self._began_s = clock.monotonic_s()

    @property
    def name(self) -> str:
        """What the user knows it by; never with a password."""
        return self._name

    @property
    def live(self) -> bool:
        return True

    @property
    def end_s(self) -> float | None:
        """Never known beforehand."""
        return None

    def read(self, *, skip_until_s: float | None = None) -> Frame | None:
        """The newest picture, or the first at ``skip_until_s``; None once closed.

        Blocks no longer than the open limit and the read limit together, counted from
        ``skip_until_s`` where that lies ahead. CameraError where the source is lost.
        """
        if self._closed:
            return None
        if self._reader is None:
            self._wait_or_refuse()
            self._open()
        reader = self._reader
        if reader is None:
            return None
        until_s = None if skip_until_s is None else self._began_s + skip_until_s
        try:
            picture = reader.take(until_s, timeout_s=self._settings.read_limit_s)
        except _Silent:
            self._leave(reader)
            raise CameraError(
                "{name} sent no picture for {read_limit_s:g} s; check that it is on and connected",
                name=self._name,
                read_limit_s=self._settings.read_limit_s,
            ) from None
        if picture is None:
            self._leave(reader)
            raise CameraError(
                "{name} stopped sending pictures; check that it is on and connected",
                name=self._name,
            )
        self._pause_s = _FIRST_PAUSE_S
        return Frame(
            picture=upright(picture.picture, self._settings),
            t_s=picture.grabbed_s - self._began_s,
            wall_at=picture.wall_at,
            index=picture.index,
        )

    def close(self) -> None:
        """Lets go of the camera, waiting a moment so that another program can have it."""
        self._closed = True
        if self._reader is not None:
            self._reader.stop()
            self._reader.join(timeout_s=self._settings.read_limit_s)
            self._reader = None

    def _open(self) -> None:
        self._tried_s = self._clock.monotonic_s()
        reader = _Reader(self._open_capture, self._clock, first_index=self._next_index)
        timeout_s = self._settings.open_limit_s
        try:
            reader.open(timeout_s=timeout_s)
        except _Silent:
            self._leave(reader)
            raise CameraError(
                "{name} did not answer within {timeout_s:g} s; check that it is on and connected",
                name=self._name,
                timeout_s=timeout_s,
            ) from None
        except CameraError:
            self._leave(reader)
            raise
        self._reader = reader

    def _leave(self, reader: _Reader) -> None:
        """Gives up a capture; a thread that still hangs in it ends when the driver lets it."""
        reader.stop()
        self._left_behind.append(reader)
        _await_at_exit(reader)
        self._next_index = reader.next_index
        self._reader = None

    def _wait_or_refuse(self) -> None:
        """Raises CameraError until the next attempt is due, so that nothing is hammered.

        The first pause is short, and already over where the source had worked for a while.
        """
        wait_s = self._tried_s + self._pause_s - self._clock.monotonic_s()
        if wait_s > 0.0:
            self._clock.sleep(min(wait_s, self._settings.read_limit_s))
            raise CameraError(
                "{name} is still gone; check that it is on and connected", name=self._name
            )
        self._pause_s = min(2.0 * self._pause_s, _LONGEST_PAUSE_S)
        self._left_behind = [reader for reader in self._left_behind if reader.hangs]
        if len(self._left_behind) >= _MOST_LEFT_BEHIND:
            self._tried_s = self._clock.monotonic_s()
            raise CameraError("{name} hangs; unplug it and plug it in again", name=self._name)


def _await_at_exit(reader: _Reader) -> None:
    """Give it a moment when the program ends.

    A thread that comes back from OpenCV while the interpreter is being taken down aborts the
    process; FFmpeg's own limits come just before ours, so that most come back at once.
    """
    if not _awaited:
        atexit.register(_await_left_behind)
    _awaited.add(reader)


def _await_left_behind() -> None:
    end_s = time.monotonic() + _AT_EXIT_S
    for reader in _awaited:
        reader.join(timeout_s=max(end_s - time.monotonic(), 0.0))


class _Silent(Exception):
    """The capture did not answer within its limit."""


class _Reader:
    """One capture in a thread of its own."""

    def __init__(
        self, open_capture: Callable[[], Capture], clock: Clock, *, first_index: int
    ) -> None:
        self.next_index = first_index
        self._open_capture = open_capture
        self._clock = clock
        self._requests: queue.SimpleQueue[float | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[_Picture | CameraError | None] = queue.SimpleQueue()
        self._stopped = threading.Event()
        self._alive_s = clock.monotonic_s()
        self._grabbed_s = self._alive_s
        # A daemon, for a driver that hangs must not keep the program from ending.
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)
        self._thread.start()

    @property
    def hangs(self) -> bool:
        """Whether its thread has not ended."""
        return self._thread.is_alive()

    def open(self, *, timeout_s: float) -> None:
        """Waits until the capture is open; raises what opening raised, or _Silent."""
        answer = self._answer(timeout_s)
        if isinstance(answer, CameraError):
            raise answer

    def take(self, until_s: float | None, *, timeout_s: float) -> _Picture | None:
        """The first picture at ``until_s`` on the monotonic clock; None when there are no more.

        Raises _Silent after ``timeout_s`` without a sign of life.
        """
        self._alive_s = self._clock.monotonic_s()
        self._requests.put(until_s)
        answer = self._answer(timeout_s)
        return answer if isinstance(answer, _Picture) else None

    def stop(self) -> None:
        """Asks the thread to let go of the capture as soon as it can."""
        self._stopped.set()
        self._requests.put(None)

    def join(self, *, timeout_s: float) -> None:
        self._thread.join(timeout_s)

    def _answer(self, timeout_s: float) -> _Picture | CameraError | None:
        while True:
            left_s = self._alive_s + timeout_s - self._clock.monotonic_s()
            if left_s <= 0.0:
                raise _Silent
            try:
                return self._answers.get(timeout=left_s)
            except queue.Empty:
                continue  # it may have shown a sign of life meanwhile, while skipping

    def _run(self) -> None:
        try:
            capture = self._open_capture()
        except CameraError as error:
            self._answers.put(error)
            return
        self._answers.put(None)
        while True:
            until_s = self._requests.get()
            if self._stopped.is_set():
                break
            try:
                picture = self._grab(capture, until_s)
            except Exception:  # a backend's own error is a loss like any other
                _log.exception("the camera failed")
                picture = None
            self._answers.put(picture)
            if picture is None:
                break
        capture.release()

    def _grab(self, capture: Capture, until_s: float | None) -> _Picture | None:
        monotonic_s, grab = self._clock.monotonic_s, capture.grab
        idle = monotonic_s() - self._grabbed_s > _IDLE_S
        stale = damaged = 0
        while damaged < _MOST_DAMAGED and not self._stopped.is_set():
            asked_s = monotonic_s() if idle else 0.0
            if not grab():
                return None
            self._alive_s = self._grabbed_s = now_s = monotonic_s()
            index = self.next_index
            self.next_index += 1
            if until_s is not None and now_s < until_s:
                idle = False  # whatever was waiting has been read by then
                continue
            if idle and now_s - asked_s < _AT_ONCE_S and stale < _MOST_STALE:
                stale += 1
                continue
            wall_at = self._clock.now()
            decoded, picture = capture.retrieve()
            if decoded and picture is not None:
                return _Picture(picture, now_s, wall_at, index)
            damaged += 1
        return None


_awaited: weakref.WeakSet[_Reader] = weakref.WeakSet()

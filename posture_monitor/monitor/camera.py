"""The camera of a live run: had, let go, lost and waited for, handed to others; glue."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from posture_monitor.core.day import contention
from posture_monitor.core.day.contention import ContentionState
from posture_monitor.domain import CameraError, CameraState, CameraStatus, Frame
from posture_monitor.wording.names import camera_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from posture_monitor.ports import Clock, ContentionWatch, FrameSource

FIRST_RETRY_S, LONGEST_RETRY_S = 1.0, 10.0
"""Between two attempts to open a camera that others have, doubling; as a source's own."""

WARM_UP_S = 0.7
"""A camera's first pictures are too dark or too bright (assumed)."""


class HeldCamera:
    """One camera that may be closed and opened again; its pictures carry the run's own time."""

    def __init__(
        self,
        open_source: Callable[[], FrameSource],
        clock: Clock,
        source: FrameSource | None,
        watch: ContentionWatch | None = None,
    ) -> None:
        """``source`` is already open, or None: in use; ``open_source`` opens it again."""
        self._watch = watch
        self._contention = ContentionState()
        if watch is not None:
            watch.begin(taken=source is not None)
        self._open_source = open_source
        self._clock = clock
        self._source = source
        self._shift_s: float | None = None
        self._due_s: float | None = None
        self._retry_at_s = -math.inf
        self._retry_s = FIRST_RETRY_S
        self._rest_until_s = -math.inf
        self.lost: CameraStatus | None = None
        """Lost or handed over; None while there are frames, or none were asked for."""

    @property
    def name(self) -> str:
        return "camera" if self._source is None else self._source.name

    @property
    def open(self) -> bool:
        return self._source is not None

    @property
    def handed(self) -> bool:
        """Whether it is left to another program."""
        return self._contention.handed

    @property
    def status(self) -> CameraStatus:
        """How it stands, as far as the camera itself knows."""
        if self.handed:
            names = () if self._watch is None else self._watch.names()
            return CameraStatus(CameraState.HANDED, ", ".join(names))
        if self.lost is None:
            return CameraStatus(CameraState.ON if self.open else CameraState.RESTING)
        return self.lost

    def heed_others(self, t_s: float, *, may_yield: bool) -> bool:
        """Hand it over or take it back as others want it; whether it is handed over now."""
        if self._watch is None or not may_yield:
            self._contention = contention.taken(self._contention)
            return False
        watch = self._watch.ask()
        # A source that is lost opens the device itself, again and again.
        if self.handed or (self.open and self.lost is None):
            self._contention = contention.step(self._contention, t_s, watch)
            if self.handed and self.open:
                self.release()
        return self.handed

    def read(self, t_s: float) -> Frame | None:
        """The picture that is due, by the source's own time; CameraError while there is none."""
        return self._acquired(t_s).read(skip_until_s=self._due_s)

    def found(self) -> None:
        """There are pictures again: whatever opened the device meanwhile was the source itself."""
        self.lost = None
        if self._watch is not None:
            self._watch.begin()

    def place(self, frame: Frame, *, now_s: float, period_s: float) -> Frame:
        """The picture by the run's time; the next is due ``period_s`` later."""
        self._due_s = frame.t_s + period_s
        if self._shift_s is None:
            self._shift_s = now_s - frame.t_s
        return Frame(frame.picture, frame.t_s + self._shift_s, frame.wall_at, frame.index)

    def rest(self, until_s: float) -> None:
        """Let it go until so late by the run's time; the next picture is then taken again."""
        self.release()
        self._rest_until_s = until_s

    def resting_s(self, now_s: float) -> float:
        """Seconds until the next frame, while it is let go between two frames; else 0."""
        return 0.0 if self.open else max(0.0, self._rest_until_s - now_s)

    def slept(self, seconds: float) -> None:
        """The source's clock stood still for so long while the run's went on."""
        if self._shift_s is not None:
            self._shift_s += seconds

    def release(self) -> None:
        """Let it go, so that its light goes out and others can have it."""
        if self._source is not None:
            self._source.close()
            self._source = None
        self._due_s = None
        self._retry_at_s, self._retry_s = -math.inf, FIRST_RETRY_S

    def changed(self) -> None:
        """Another camera was chosen: it is opened at the next reading."""
        self.release()
        self.lost = None
        self._contention = contention.taken(self._contention)

    def _acquired(self, t_s: float) -> FrameSource:
        """The open source; CameraError while it can't be had, with growing pauses between."""
        if self._source is not None:
            return self._source
        if self.lost is not None and self._clock.monotonic_s() < self._retry_at_s:
            raise CameraError(camera_words(self.lost))
        try:
            self._source = self._open_source()
        except CameraError:
            self._retry_at_s = self._clock.monotonic_s() + self._retry_s
            self._retry_s = min(2.0 * self._retry_s, LONGEST_RETRY_S)
            if self._watch is not None:
                self._contention = contention.refused(self._contention, t_s, self._watch.ask())
            raise
        self._shift_s = None
        if math.isfinite(self._rest_until_s):
            self._due_s, self._rest_until_s = WARM_UP_S, -math.inf
        self._contention = contention.taken(self._contention)
        if self._watch is not None:
            self._watch.begin()
        return self._source

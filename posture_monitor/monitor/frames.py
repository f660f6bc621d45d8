"""Where the engine's moments come from: the frames of a source in its own time; glue.

``SourceFrames`` reads a recording, or any source that may fail; ``desk_frames`` reads a camera
at a desk, which comes and goes.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from posture_monitor.domain import Frame
    from posture_monitor.ports import FrameSource


class Interrupted(Exception):
    """A signal came while something was waited for."""


@dataclass(slots=True)
class Stop:
    """Whether the run should end, and how to end a wait at once."""

    requested: bool = False
    _waiting: bool = False

    def interrupt(self) -> None:
        """End after the present frame, or at once while waiting; for signal handlers alone."""
        self.requested = True
        if self._waiting:
            self._waiting = False
            raise Interrupted

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """While held, ``interrupt`` raises Interrupted."""
        self._waiting = True
        try:
            yield
        finally:
            self._waiting = False


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """One turn of the engine: a frame, or a moment without one."""

    t_s: float
    """By the run's own time; never less than that of the moment before."""
    wall_at: datetime
    frame: Frame | None = None
    """None: the camera is off, lost or left to others."""
    absent_before: bool = False
    """Nobody can have been here since the moment before: the machine slept or was locked."""


@dataclass(slots=True)
class SourceFrames:
    """The frames of one source, every ``period_s``, by its own time."""

    source: FrameSource
    period_s: float
    start_s: float | None = None
    """The first frame is taken from then on."""
    end_s: float | None = None
    """Frames after it are left out."""
    duration_s: float | None = None
    """End so long after the first frame."""
    stop: Stop = field(default_factory=Stop)

    def moments(self) -> Iterator[Moment]:
        """Until the source or the time asked for ends, or a stop; CameraError passes through."""
        due_s, end_s = self.start_s, self.end_s
        while not self.stop.requested:
            try:
                with self.stop.waiting():
                    frame = self.source.read(skip_until_s=due_s)
            except Interrupted:
                return
            if frame is None or (end_s is not None and frame.t_s > end_s + 1e-6):
                return
            if end_s is None and self.duration_s is not None:
                end_s = frame.t_s + self.duration_s
            yield Moment(frame.t_s, frame.wall_at, frame)
            due_s = next_due_s(due_s, frame.t_s, self.period_s)


def next_due_s(due_s: float | None, taken_s: float, period_s: float) -> float:
    """When the next frame is due: on the beat where the source keeps up, else a period from now.

    >>> next_due_s(1.0, 1.02, 0.5), next_due_s(1.0, 9.0, 0.5), next_due_s(None, 0.0, 0.5)
    (1.5, 9.5, 0.5)
    """
    on_beat = taken_s if due_s is None or taken_s - due_s >= period_s else due_s
    return on_beat + period_s

"""The seams: what the glue asks of cameras, models, desktops, the record and the clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime
    from types import TracebackType

    import numpy as np
    from numpy.typing import NDArray

    from posture_monitor.core.day.contention import Contention
    from posture_monitor.domain import (
        Event,
        Face,
        Frame,
        Interval,
        Notification,
        Pose,
        Response,
        View,
    )


class Clock(Protocol):
    """Two questions, never mixed: how long (monotonic) and what date (wall)."""

    def monotonic_s(self) -> float: ...

    def now(self) -> datetime: ...

    def sleep(self, seconds: float) -> None: ...


class FrameSource(Protocol):
    """Pictures in the order of their time.

    ``read`` answers the next picture that is due, or None when there will be no more (a
    recording's end); a live source that yields nothing raises ``CameraError`` within its
    read limit and may be read again: it then tries to come back.
    """

    @property
    def name(self) -> str: ...

    @property
    def live(self) -> bool: ...

    @property
    def end_s(self) -> float | None:
        """When a recording ends, once it has been read to there; None for what is live."""
        ...

    def read(self, *, skip_until_s: float | None = None) -> Frame | None: ...

    def close(self) -> None: ...

    def __enter__(self) -> FrameSource: ...

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


class PoseEstimator(Protocol):
    """Finds the most prominent person. A picture without a person is None, not an error."""

    def estimate(self, image: NDArray[np.uint8], t_s: float) -> Pose | None: ...

    def reset(self) -> None: ...

    def close(self) -> None: ...


class FaceDetector(Protocol):
    """Finds faces near the camera, most certain first."""

    def detect(self, image: NDArray[np.uint8]) -> tuple[Face, ...]: ...

    def detect_close(self, image: NDArray[np.uint8], pose: Pose) -> Face | None:
        """The face of one person, from a look at the head alone; for measuring only."""


class FaceMeasurer(Protocol):
    """Finds the points of one face in space."""

    def measure(self, image: NDArray[np.uint8], face: Face) -> NDArray[np.float32] | None:
        """As ``Pose.face_mesh_px``; None where no face is seen in that box."""


class Notifier(Protocol):
    """Shows a notification or raises ``NotifyError``; same kind replaces, never piles up."""

    @property
    def name(self) -> str: ...

    def notify(self, notification: Notification) -> None: ...

    def poll(self) -> tuple[Response, ...]:
        """What became of notifications since the last call, oldest first; never waits."""

    def close(self) -> None: ...


class Recorder(Protocol):
    """The writing side of the record for one run of the monitor.

    ``heartbeat`` tells intervals as they stand now; one with a known start replaces it.
    """

    def heartbeat(self, interval: Interval, *more: Interval) -> None: ...

    def event(self, at: datetime, event: Event) -> None: ...

    def close(self) -> None: ...


class ActivitySource(Protocol):
    """Keyboard, mouse, lock and suspend, as far as the desktop tells; None where it doesn't.

    Cheap to ask: answers what was last heard, never blocks on the desktop.
    """

    @property
    def name(self) -> str: ...

    def idle_s(self) -> float | None:
        """Seconds since keyboard or mouse were last used."""

    def locked(self) -> bool | None:
        """Whether the screen is locked."""

    def suspended_s(self) -> float:
        """Seconds the machine has been suspended since this source was opened."""

    def close(self) -> None: ...


class ContentionWatch(Protocol):
    """Tells what other programs do with the camera that this one holds; answers at once."""

    @property
    def known(self) -> bool:
        """Whether this system tells it at all."""

    def begin(self, *, taken: bool = True) -> None:
        """The camera was just opened; or, not ``taken``, it could not be."""

    def ask(self) -> Contention:
        """What happened since the last question, and whether somebody holds it now."""

    def names(self) -> tuple[str, ...]:
        """The programs that hold it, as of the last question."""

    def close(self) -> None: ...


class LiveMonitor(Protocol):
    """A running monitor as the control channel and the dashboard see it; thread-safe."""

    def status(self) -> dict[str, object]:
        """The keys of ``status --format json``."""

    def command(self, name: str, arguments: Mapping[str, object]) -> dict[str, object]:
        """``pause``, ``resume``, ``snooze``, ``stop``, ``feedback``, ``calibrate``, ...

        Answers what to tell the user; raises PostureMonitorError where it can't be done.
        """

    def watch(self) -> AbstractContextManager[None]:
        """While held, the newest picture is kept in memory for ``view``."""

    def view(self) -> View | None:
        """The newest picture and what was made of it; None while nobody watches."""

"""A camera that looks at somebody who exercises, in a thread of its own; glue."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol

from posture_monitor.domain import PostureMonitorError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from posture_monitor.domain import Frame, Observation
    from posture_monitor.ports import FrameSource

    class Models(Protocol):
        """Makes observations of frames; ``vision.observer.Observer`` is one."""

        def observe(self, frame: Frame, *, settled: bool = True) -> Observation: ...

        def close(self) -> None: ...


PERIOD_S = 1.0 / 12.0
"""Between two frames; more often would cost more and tell nothing new of such movements."""


class CountingCamera:
    """Tells every observation to ``looked`` until it is closed, or the camera is lost."""

    def __init__(
        self,
        open_source: Callable[[], FrameSource],
        open_models: Callable[[], Models],
        observed: Callable[[Observation], None],
    ) -> None:
        self._open_source = open_source
        self._open_models = open_models
        self._observed = observed
        self._stopped = threading.Event()
        self._lost: str | None = None
        # A daemon, for a driver that hangs must not keep the program from ending.
        self._thread = threading.Thread(target=self._run, name="counting", daemon=True)

    @property
    def lost(self) -> str | None:
        """Why there is no camera, or none any more; None while there is one or it is opened."""
        return self._lost

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join(2.0)

    def _run(self) -> None:
        try:
            with ExitStack() as stack:
                source = stack.enter_context(self._open_source())
                models = self._open_models()
                stack.callback(models.close)
                self._watch(source, models)
        except PostureMonitorError as error:
            self._lost = str(error)

    def _watch(self, source: FrameSource, models: Models) -> None:
        due_s: float | None = None
        while not self._stopped.is_set():
            frame = source.read(skip_until_s=due_s)
            if frame is None:
                return
            self._observed(models.observe(frame))
            due_s = frame.t_s + PERIOD_S

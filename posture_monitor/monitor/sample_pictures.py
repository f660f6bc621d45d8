"""The bundled recording as the pictures of the sample's live view, really judged; glue."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from posture_monitor.config import CameraSettings
from posture_monitor.core import session
from posture_monitor.core.judge.baseline import from_document
from posture_monitor.core.session import SessionState, Setup
from posture_monitor.domain import View

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from posture_monitor.ports import Clock
    from posture_monitor.vision.observer import Observer
    from posture_monitor.vision.recordings import FileSource

_EVERY_S = 0.5
"""The recording holds a picture every ten seconds: so it runs twenty times as fast."""
SCENES_S: tuple[tuple[float, float], ...] = (
    (1150.0, 1450.0),  # upright, then looking down at a phone
    (4300.0, 5100.0),  # slumping, then upright again
    (7200.0, 8100.0),  # head forward, close to the screen
    (8650.0, 9200.0),  # leaning left
    (10950.0, 11350.0),  # one shoulder high
)
"""Of the recording that is shown, in turn: the hours between hold little to see."""


class RecordedPictures:
    """Reads and judges the next picture when asked for it, while anybody watches."""

    def __init__(self, recording: Path, profile: Mapping[str, object], clock: Clock) -> None:
        self._recording = recording
        self._setup = Setup(baseline=from_document(profile))
        self._clock = clock
        self._lock = threading.Lock()
        self._watchers = 0
        self._source: FileSource | None = None
        self._observer: Observer | None = None
        self._state = SessionState()
        self._last_s = 0.0
        """Of the recording, the last picture that was read."""
        self._shown: View | None = None
        self._shown_s = 0.0

    @contextmanager
    def watch(self) -> Iterator[None]:
        """While held, ``view`` answers; the last to go closes the recording."""
        with self._lock:
            self._watchers += 1
        try:
            yield
        finally:
            with self._lock:
                self._watchers -= 1
                if not self._watchers:
                    self._close()

    def view(self) -> View | None:
        """The picture of now; CameraError where the recording can't be read."""
        with self._lock:
            now_s = self._clock.monotonic_s()
            due = self._shown is None or now_s - self._shown_s >= _EVERY_S
            if self._watchers and due:
                self._shown, self._shown_s = self._next(), now_s
            return self._shown

    def _next(self) -> View | None:
        if self._source is None or self._observer is None:
            self._source, self._observer = self._open()
        since_s = next((first for first, until in SCENES_S if self._last_s < until), None)
        frame = None if since_s is None else self._source.read(skip_until_s=since_s)
        if frame is None:
            self._close()
            return self._shown
        self._last_s = frame.t_s
        observation = self._observer.observe(frame)
        judged = session.judge(self._state, observation, self._setup)
        self._state = judged.state
        return View(frame, observation, judged.sample)

    def _open(self) -> tuple[FileSource, Observer]:
        from posture_monitor.vision.observer import open_observer
        from posture_monitor.vision.recordings import FileSource

        settings = CameraSettings()
        source = FileSource(self._recording, settings, clock=self._clock, speed=None)
        return source, open_observer("litert")

    def _close(self) -> None:
        """Let go of recording and models; a round begins at its start again."""
        for held in (self._source, self._observer):
            if held is not None:
                held.close()
        self._source = self._observer = None
        self._state, self._last_s = SessionState(), 0.0

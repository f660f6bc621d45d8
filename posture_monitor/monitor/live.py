"""The monitor at a desk: engine, camera and commands of a live run put together; glue.

One thread runs the engine. Others (control channel, dashboard, tray) ask ``status`` and give
``command``s; what they change is taken up in the next round, at most a second later.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from posture_monitor.monitor.calibration import Calibration
from posture_monitor.monitor.camera import HeldCamera
from posture_monitor.monitor.commands import Commands
from posture_monitor.monitor.desk_frames import DeskFrames, RunClock
from posture_monitor.monitor.engine import Engine
from posture_monitor.monitor.state import Situation
from posture_monitor.monitor.status import status_of
from posture_monitor.monitor.watching import Watching

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from posture_monitor.config import Settings
    from posture_monitor.core.judge.baseline import Baseline
    from posture_monitor.domain import CalibrationRequest, Response, View
    from posture_monitor.monitor.choosing import Chosen
    from posture_monitor.monitor.engine import Observer
    from posture_monitor.monitor.journal import Journal
    from posture_monitor.monitor.state import Desk
    from posture_monitor.ports import Clock, FrameSource


class LiveRun:
    """Watches a live source until it is told to stop; a ``ports.LiveMonitor``."""

    def __init__(
        self,
        open_source: Callable[[], FrameSource],
        observer: Observer,
        journal: Journal,
        clock: Clock,
        settings: Settings,
        *,
        source: FrameSource | None,
        profiles: Mapping[str, Baseline],
        chosen: Chosen | None,
        desk: Desk,
        announce: Callable[[str], None],
        on_chosen: Callable[[Chosen], None],
    ) -> None:
        """``source`` is already open, or None: in use; ``open_source`` opens it again."""
        self._observer = observer
        self._journal = journal
        self._desk = desk
        self._now = Situation(settings, chosen)
        self._time = RunClock(clock)
        self._camera = HeldCamera(open_source, clock, source, desk.contention)
        watching = Watching(
            self._now, profiles, live=True, now_s=self._time.now_s, on_battery=desk.on_battery
        )
        self._engine = Engine(
            observer, journal, self._now, watching, desk=desk, on_chosen=on_chosen
        )
        self._commands = Commands(
            self._now,
            self._camera,
            desk,
            clock,
            self._time.now_s,
            self._calibration,
            journal.drop_pending,
        )
        self._frames = DeskFrames(
            self._now,
            self._camera,
            desk,
            journal,
            self._time,
            self._engine,
            announce=announce,
            act=self._act,
        )

    def _act(self, response: Response) -> None:
        """What a pressed button asks for, which may change the status."""
        self._commands.act(response)
        self._desk.told()

    @property
    def settings(self) -> Settings:
        """Those in force now."""
        return self._now.settings

    def run(self, duration_s: float | None = None) -> None:
        """Watch; whatever ends it, the record is complete up to the last frame."""
        self._engine.run(self._frames.moments(duration_s))

    def interrupt(self) -> None:
        """End after the present frame, or at once while waiting; for signal handlers alone."""
        self._now.stop.interrupt()

    def _calibration(self, asked: CalibrationRequest) -> Calibration:
        return Calibration(
            asked,
            began_s=self._time.now_s(),
            keep=self._desk.save_profile,
            view_keypoints=self._observer.view_keypoints,
            adopt=self._engine.adopt,
        )

    def status(self) -> dict[str, object]:
        """The keys of ``status --format json``."""
        return status_of(
            self._now,
            self._camera,
            now_s=self._time.now_s(),
            notifications=self._journal.notifications,
            observations=self._engine.taken,
            model_calls=self._observer.model_calls,
        )

    def command(self, name: str, arguments: Mapping[str, object]) -> dict[str, object]:
        """Do what a command asks; answers a sentence for the user under ``said``."""
        if name == "status":
            return self.status()
        answer = self._commands.command(name, arguments)
        self._desk.told()
        return answer

    @contextlib.contextmanager
    def watch(self) -> Iterator[None]:
        """While held, the newest picture is kept in memory for ``view``."""
        with self._now.lock:
            self._now.watchers += 1
        try:
            yield
        finally:
            with self._now.lock:
                self._now.watchers -= 1
                if not self._now.watchers:
                    self._now.view = None

    def view(self) -> View | None:
        """The newest picture and what was made of it; None while nobody watches."""
        with self._now.lock:
            return self._now.view if self._now.watchers else None

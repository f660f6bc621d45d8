"""A recording that is watched as a camera would be: engine and frames put together; glue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posture_monitor.monitor.engine import Engine
from posture_monitor.monitor.frames import SourceFrames
from posture_monitor.monitor.state import Situation
from posture_monitor.monitor.watching import Watching

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from posture_monitor.config import Settings
    from posture_monitor.core.judge.baseline import Baseline
    from posture_monitor.monitor.choosing import Chosen
    from posture_monitor.monitor.engine import Observer, Sink
    from posture_monitor.monitor.modes import Seen
    from posture_monitor.ports import FrameSource


class Replay:
    """One recording from its start to its end."""

    def __init__(
        self,
        source: FrameSource,
        observer: Observer,
        sink: Sink,
        settings: Settings,
        *,
        profiles: Mapping[str, Baseline],
        chosen: Chosen | None = None,
        on_chosen: Callable[[Chosen], None] = lambda _: None,
        period_s: float | None = None,
        on_seen: Callable[[Seen], None] = lambda _: None,
    ) -> None:
        """``chosen`` is used as it is told; without, a profile that fits, or one learned from
        the recording's own steadiest early part. ``period_s`` None: as the settings say."""
        self._now = Situation(settings, chosen)
        watching = Watching(self._now, profiles, live=False)
        self._engine = Engine(
            observer, sink, self._now, watching, on_chosen=on_chosen, end_s=lambda: source.end_s
        )
        self._on_seen = on_seen
        self._source = source
        self._period_s = watching.period_s if period_s is None else period_s

    @property
    def chosen(self) -> Chosen | None:
        """What it is judged by; None until there is something."""
        return self._now.chosen

    def interrupt(self) -> None:
        """End after the present frame, or at once while waiting; for signal handlers alone."""
        self._now.stop.interrupt()

    def run(self, duration_s: float | None = None) -> None:
        """Watch; whatever ends it, the sink has everything up to the last frame."""
        for seen in self.outcomes(duration_s):
            self._on_seen(seen)

    def outcomes(self, duration_s: float | None = None) -> Iterator[Seen]:
        """What was seen and judged, one after the other."""
        frames = SourceFrames(
            self._source, self._period_s, duration_s=duration_s, stop=self._now.stop
        )
        return self._engine.outcomes(frames.moments())

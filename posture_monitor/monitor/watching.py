"""Watching, the mode that never stops: how often to look, and by which baseline to judge; glue."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from posture_monitor.core.day.cadence import is_settled, next_frame_s
from posture_monitor.monitor.choosing import Chooser, Chosen
from posture_monitor.monitor.modes import ModeKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from posture_monitor.core.judge.baseline import Baseline
    from posture_monitor.domain import Event, Observation
    from posture_monitor.monitor.modes import Seen
    from posture_monitor.monitor.state import Situation

BATTERY_FACTOR = 2.0
"""On battery, frames come less often by this factor."""
SLOWEST_S = 4.0
"""Between two frames of a camera that stays open: a kill may cost 5 s of the record."""
MOST_HELD = 2000
"""Observations held back at most while a recording has shown nobody clearly (a few MB)."""


class Watching:
    """Judging as usual; a ``Mode``.

    Live, frames come as the cadence says and are judged as they come. A recording is read at a
    steady pace, and its first minute waits until there is a baseline to judge it by.
    """

    kind = ModeKind.WATCHING
    done = False
    quiet = False

    def __init__(
        self,
        situation: Situation,
        profiles: Mapping[str, Baseline] | None,
        *,
        live: bool,
        now_s: Callable[[], float] = lambda: 0.0,
        on_battery: Callable[[], bool | None] = lambda: None,
    ) -> None:
        """``profiles`` to choose from; None: use the one that was named, or none at all."""
        self.live = live
        self.last: Observation | None = None
        """The newest observation, judged or not."""
        self._now = situation
        self._now_s = now_s
        self._on_battery = on_battery
        fixed = profiles is None or situation.chosen is not None
        self._chooser = None if fixed else Chooser(profiles or {}, hasty=not live)
        self._held: deque[Observation] = deque()

    @property
    def period_s(self) -> float:
        """By the cadence, while live; steady in a recording."""
        settings = self._now.settings
        fastest_s = 1.0 / settings.pose.samples_per_s
        if not self.live:
            return fastest_s
        period_s = max(fastest_s, next_frame_s(self._now.session, self._now_s()))
        slower = settings.power.on_battery == "slower" and self._on_battery()
        period_s *= BATTERY_FACTOR if slower else 1.0
        return max(min(period_s, SLOWEST_S), settings.camera.glance_every_s)

    @property
    def needs_model(self) -> bool:
        """A baseline is learned from what the model saw, not from what was followed; live, a
        change that waits to be believed is not followed either."""
        somebody = self.last is not None and self.last.pose is not None
        learning = somebody and self._chooser is not None and self._chosen is None
        return learning or (self.live and not is_settled(self._now.session))

    def ready(
        self, observation: Observation, *, seen: bool
    ) -> Iterator[tuple[Observation, Chosen | None]]:
        """What can be judged now, and by which baseline."""
        chooser = self._chooser
        if chooser is None or not seen:
            yield observation, self._now.chosen
            return
        chosen = chooser.add(observation)
        if self.live:
            yield observation, chosen
            return
        self._held.append(observation)
        while self._held and (chosen is not None or len(self._held) > MOST_HELD):
            yield self._held.popleft(), chosen

    def rest(self) -> Iterator[tuple[Observation, Chosen | None]]:
        """What was held back, at the source's end."""
        chosen = None if self._chooser is None or not self._held else self._chooser.finish()
        while self._held:
            yield self._held.popleft(), chosen

    def adopt(self, chosen: Chosen) -> None:
        """Use this one from now on."""
        if self._chooser is not None:
            self._chooser.adopt(chosen)

    def take(self, seen: Seen) -> tuple[Event, ...]:
        """All that it brings is in the outcome already."""
        return ()

    def advance(self, t_s: float) -> tuple[Event, ...]:
        """Only what is seen counts."""
        return ()

    def camera_gone(self, why: str) -> None:
        """It goes on from what keyboard and mouse tell."""

    def to_document(self) -> dict[str, object]:
        """By which profile, and how often."""
        chosen = self._chosen
        return {"profile": None if chosen is None else chosen.name, "live": self.live}

    @property
    def _chosen(self) -> Chosen | None:
        return self._now.chosen if self._chooser is None else self._chooser.chosen

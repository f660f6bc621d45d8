"""What a live run stands on: the desktop around it, and how things stand right now; glue.

The loop's thread judges; control channel, dashboard, tray and buttons ask and change. Whatever
both touch is in ``Situation`` and changed under its lock.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from posture_monitor.core.exercises.routine import choose
from posture_monitor.core.session import SessionState
from posture_monitor.domain import NO_DETAIL, ConfigError, Detail, EventKind
from posture_monitor.monitor.frames import Stop

if TYPE_CHECKING:
    from datetime import datetime

    from posture_monitor.config import Settings
    from posture_monitor.core.exercises.routine import Wishes
    from posture_monitor.core.judge.baseline import Baseline
    from posture_monitor.domain import CameraState, Notification, Reason, Response, View
    from posture_monitor.monitor.choosing import Chosen
    from posture_monitor.monitor.modes import Mode, ModeKind
    from posture_monitor.ports import ActivitySource, ContentionWatch


@dataclass(frozen=True, slots=True)
class Desk:
    """What the desktop around the monitor offers; each may be missing."""

    activity: ActivitySource | None = None
    contention: ContentionWatch | None = None
    quiet: Callable[[], bool | None] = lambda: None
    on_battery: Callable[[], bool | None] = lambda: None
    responses: Callable[[], tuple[Response, ...]] = tuple
    open_dashboard: Callable[[], dict[str, object]] | None = None
    save_profile: Callable[[str, Baseline], None] = lambda _name, _baseline: None
    save_softened: Callable[[str, Mapping[Reason, float]], None] = lambda _name, _softened: None
    load_softened: Callable[[str], Mapping[Reason, float]] = lambda _name: {}
    plan_break: Callable[[Wishes], tuple[str, ...]] = lambda wishes: choose({}, wishes)
    """The exercises of a break that starts now."""
    show_break: Callable[[], None] = lambda: None
    """Bring the page of the guided break to the front, in the background."""
    load_settings: Callable[[], Settings] | None = None
    """The settings as they are written now; ConfigError where they can't be used."""
    show: Callable[[Notification], str] | None = None
    """Shows it at once and answers who does; NotifyError where nobody would."""
    change_source: Callable[[str], None] | None = None
    """From the next opening on the camera is this one; ConfigError for what can't be one."""
    last_week: Callable[[datetime], Detail | None] = lambda _at: None
    """The last week, where nobody was told of it yet in the week of that moment."""
    told: Callable[[], None] = lambda: None
    """Called after a command, when the status may be another."""
    use_settings: Callable[[Settings], None] = lambda _settings: None
    """Called with settings before they are in force, for what they change around the monitor."""


@dataclass(slots=True)
class Situation:
    """How things stand with a live run."""

    settings: Settings
    chosen: Chosen | None = None
    softened: Mapping[Reason, float] = field(default_factory=dict)
    session: SessionState = field(default_factory=SessionState)
    off: CameraState | None = None
    """Why the camera is off; None while it may be on."""
    paused_until: datetime | None = None
    modes: dict[ModeKind, Mode] = field(default_factory=dict)
    """The last one of each kind, going on or done."""
    alert_reasons: tuple[Reason, ...] = ()
    """Of the last posture reminder."""
    alert_doubted: bool = False
    """Whether somebody said already that it was wrong."""
    stop: Stop = field(default_factory=Stop)
    another_camera: bool = False
    """Whether another one was chosen, which the loop has yet to open."""
    tried: Response | None = None
    """What became of the last notification that was shown only to try it."""
    watchers: int = 0
    """How many watch the picture."""
    view: View | None = None
    """The newest picture and what was made of it, while somebody watches."""
    lock: threading.RLock = field(default_factory=threading.RLock)
    _notes: list[tuple[EventKind, Detail]] = field(default_factory=list)

    @property
    def mode(self) -> Mode | None:
        """What goes on beside watching, if anything does."""
        with self.lock:
            return next((mode for mode in self.modes.values() if not mode.done), None)

    def begin(self, mode: Mode) -> None:
        """Start it; ConfigError while another goes on."""
        with self.lock:
            going_on = self.mode
            if going_on is not None:
                name = str(going_on.kind).replace("_", " ")
                raise ConfigError("a {name} is going on already; wait for its end", name=name)
            self.modes[mode.kind] = mode

    def note(self, kind: EventKind, detail: Detail = NO_DETAIL) -> None:
        """Remember for the record what another thread did."""
        with self.lock:
            self._notes.append((kind, detail))

    def take_notes(self) -> list[tuple[EventKind, Detail]]:
        """What was noted since the last call."""
        with self.lock:
            notes, self._notes = self._notes, []
        return notes

    def unpause(self) -> None:
        """The camera may be on again; nothing where it was not paused."""
        with self.lock:
            paused, self.paused_until = self.paused_until, None
            if paused is not None:
                self.note(EventKind.UNPAUSED)

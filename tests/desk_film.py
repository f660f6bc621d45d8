"""A day at a desk as a film script: a clock to wind, a camera, a desktop and a person to play.

Time passes only where the monitor waits: for a picture, or while the camera is off. What is
to happen at a moment (a lock, a button, a command) happens when the clock comes past it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from posture_monitor.config import Settings
from posture_monitor.core.day import cadence
from posture_monitor.domain import (
    CameraError,
    Closed,
    Frame,
    Notification,
    NotifyError,
    ReminderKind,
    Response,
    ViewKeypoints,
)
from posture_monitor.monitor.choosing import Chosen
from posture_monitor.monitor.journal import Journal
from posture_monitor.monitor.live import LiveRun
from posture_monitor.monitor.state import Desk
from tests.builders import SLOUCHED, observe, person, upright_baseline

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from posture_monitor.core.judge.baseline import Baseline
    from posture_monitor.domain import Action, Event, Interval, Observation, Reason
    from posture_monitor.ports import ContentionWatch

MONDAY_NINE = datetime(2026, 3, 2, 9).astimezone()
"""By the local time, wherever the tests run."""
PEOPLE = {
    "upright": person(),
    "slouched": person(**SLOUCHED),
    "sunk": person(drop_cm=3.5, nearer_cm=2.0, head_sunk_cm=1.5),
    "nobody": None,
}
PICTURE = np.zeros((480, 640, 3), np.uint8)
READ_TIMEOUT_S = 3.0

Act = tuple[float, "Callable[[Film], object]"]
"""When something happens, and what."""


def detail_key(event: Event) -> str:
    """What an event carries, by its keys and numbers alone: no sentence is compared."""
    detail = event.detail
    told = [str(reason) for reason in detail.reasons]
    told += [str(one) for one in (detail.reminder, detail.camera, detail.state) if one is not None]
    told += [name for name in ("with_break", "at_end") if getattr(detail, name)]
    if detail.seconds is not None:
        told.append(f"{detail.seconds:.0f} s")
    return " ".join([*told, detail.text] if detail.text else told)


class Overheard(Journal):
    """A journal whose events the film hears as they come."""

    def __init__(self, film: Film, recorder: Any) -> None:
        super().__init__(recorder, film, film, warn=film.told.append)
        self._film = film

    def add(self, at: datetime, event: Event) -> None:
        super().add(at, event)
        self._film.note(at, event)


class Film:
    """Everything around one LiveRun; it is also its clock."""

    def __init__(
        self,
        script: Sequence[tuple[float, str]],
        *acts: Act,
        settings: Settings | None = None,
        profile: str | None = "desk",
        profiles: Mapping[str, Baseline] | None = None,
        softened: Mapping[Reason, float] | None = None,
        recorder: Any = None,
        contention: ContentionWatch | None = None,
        knows_activity: bool = True,
        in_use: str | None = None,
        at: datetime = MONDAY_NINE,
    ) -> None:
        self.script = script
        self.acts = sorted(acts, key=lambda act: act[0])
        self.began_at = at
        self.s = 0.0
        self.asleep_s = 0.0
        self.taken = in_use
        self.broken: str | None = None
        self.ended = False
        self.cameras: list[Camera] = []
        self.events: list[tuple[float, str, str]] = []
        self.told: list[str] = []
        self.notified: list[Notification] = []
        self.pressed: list[Response] = []
        self.saved: dict[str, Baseline] = {}
        self.keep: Callable[[str, Baseline], None] = self.saved.__setitem__
        self.pages_shown = 0
        self.sources: list[str] = []
        self.changes: list[float] = []
        self.softened: list[tuple[str, dict[str, float]]] = []
        self.frames: list[tuple[float, bool]] = []
        self.opening_tries_s: list[float] = []
        self.written = settings or Settings()
        self.used: list[Settings] = []
        self.unusable: str | None = None
        self.quiet: bool | Callable[[], bool] | None = None
        self.asked_quiet_s: list[float] = []
        self.on_battery: bool | None = None
        self.activity = Activity()
        self.renewed_s: list[float] = []
        self.kept_view = ViewKeypoints(((10.0, 20.0),), bytes(8), 640, 480)
        self.model_calls = 0
        source = Camera(self) if in_use is None else None
        self.s = 3.0  # the models were loaded meanwhile
        journal = Overheard(self, recorder or Unwritten())
        self.run = LiveRun(
            self._open,
            self,  # type: ignore[arg-type]  # it answers what the observer would
            journal,
            self,
            settings or Settings(),
            source=source,
            profiles=profiles or {},
            chosen=None if profile is None else Chosen(profile, upright_baseline()),
            desk=Desk(
                contention=contention,
                activity=self.activity if knows_activity else None,
                quiet=self._quiet,
                on_battery=lambda: self.on_battery,
                responses=self._responses,
                save_profile=lambda name, baseline: self.keep(name, baseline),
                save_softened=lambda name, factors: self.softened.append(
                    (name, {str(reason): round(value, 6) for reason, value in factors.items()})
                ),
                load_softened=lambda _name: softened or {},
                show_break=self._show_page,
                load_settings=lambda: self.written,
                use_settings=self._use,
                show=self._show_at_once,
                change_source=self.sources.append,
                told=lambda: self.changes.append(self.s - 3.0),
            ),
            announce=self.told.append,
            on_chosen=lambda chosen: self.told.append(f"chosen {chosen.name}"),
        )

    def _show_at_once(self, notification: Notification) -> str:
        self.notified.append(notification)
        return "a desktop, with buttons"

    def _show_page(self) -> None:
        self.pages_shown += 1

    def shown(self) -> list[tuple[float, str, str]]:
        """Play the script to its end; every event with its second since the start."""
        # Written for a frame a second; how often to look is tests/core/test_cadence.py's affair.
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(cadence, "CALM_S", 1.0)
            self.run.run(sum(seconds for seconds, _ in self.script))
        return self.events

    def status_at(self, *moments_s: float) -> list[dict[str, Any]]:
        """Play the script; what a status line said at these moments."""
        found: list[dict[str, Any]] = []
        self.acts += [(t_s, lambda film: found.append(film.run.status())) for t_s in moments_s]
        self.acts.sort(key=lambda act: act[0])
        self.shown()
        return found

    def press(self, kind: ReminderKind, action: Action | None) -> None:
        """A button on a notification, or none: it went away by itself."""
        closed = Closed.EXPIRED if action is None else Closed.PRESSED
        self.pressed.append(Response(kind, action, closed))

    def suspend(self, seconds: float, *, clock_stops: bool = True) -> None:
        """The lid is closed for so long; on some systems the monotonic clock goes on."""
        self.asleep_s += seconds if clock_stops else 0.0
        self.s += 0.0 if clock_stops else seconds
        self.activity.asleep_s += seconds

    @property
    def cameras_on(self) -> list[tuple[float, float | None]]:
        """From when to when each camera was open, in seconds since the start."""
        return [
            (c.opened_s - 3.0, None if c.closed_s is None else c.closed_s - 3.0)
            for c in self.cameras
        ]

    def _open(self) -> Camera:
        self.opening_tries_s.append(self.s - 3.0)
        if self.taken is not None:
            raise CameraError(self.taken)
        return Camera(self)

    def _use(self, settings: Settings) -> None:
        if self.unusable is not None:
            raise NotifyError(self.unusable)
        self.used.append(settings)

    def _quiet(self) -> bool | None:
        self.asked_quiet_s.append(self.s - 3.0)
        return self.quiet() if callable(self.quiet) else self.quiet

    def note(self, at: datetime, event: Event) -> None:
        t_s = (at - self.began_at) / timedelta(seconds=1)
        self.events.append((round(t_s, 3), str(event.kind), detail_key(event)))

    def _responses(self) -> tuple[Response, ...]:
        pressed, self.pressed = tuple(self.pressed), []
        return pressed

    # ------------------------------------------------------------------- as the clock

    def monotonic_s(self) -> float:
        return 1000.0 + self.s

    def now(self) -> datetime:
        return self.began_at + timedelta(seconds=self.s - 3.0 + self.asleep_s)

    def sleep(self, seconds: float) -> None:
        self.pass_to(self.s + seconds)

    def pass_to(self, until_s: float) -> None:
        """Winds the clock; whatever is due on the way happens at its moment."""
        while self.acts and self.acts[0][0] + 3.0 <= until_s:
            due_s, act = self.acts.pop(0)
            self.s = max(self.s, due_s + 3.0)
            act(self)
        self.s = max(self.s, until_s)

    # ------------------------------------------------------------------- as the observer

    def observe(self, frame: Frame, *, settled: bool) -> Observation:
        self.frames.append((round(self.s - 3.0, 3), settled))
        self.model_calls += 1
        t_s = (frame.wall_at - self.began_at) / timedelta(seconds=1) - self.asleep_s
        end_s = 0.0
        scene = self.script[-1][1]
        for seconds, word in self.script:
            end_s += seconds
            if t_s < end_s:
                scene = word
                break
        seen = observe(frame.t_s, PEOPLE[scene])
        return type(seen)(frame.t_s, frame.wall_at, 640, 480, seen.pose, seen.faces, motion=None)

    def renew_view(self, view_keypoints: ViewKeypoints | None = None) -> None:
        self.renewed_s.append(self.s - 3.0)

    def view_keypoints(self) -> ViewKeypoints:
        return self.kept_view

    # ------------------------------------------------------------------- as the notifier

    name = "film"

    def notify(self, notification: Notification) -> None:
        self.notified.append(notification)

    def poll(self) -> tuple[Response, ...]:
        return ()

    def close(self) -> None:
        """Nothing is open."""


class Camera:
    """A live source that delivers, fails or ends as the film says."""

    name = "desk camera"
    live = True
    end_s = None

    def __init__(self, film: Film) -> None:
        self.film = film
        self.opened_s = film.s
        self.closed_s: float | None = None
        self.index = -1
        film.cameras.append(self)

    def read(self, *, skip_until_s: float | None = None) -> Frame | None:
        film = self.film
        assert self.closed_s is None, "a closed camera is read"
        if film.broken is not None:
            film.pass_to(film.s + READ_TIMEOUT_S)
        if film.broken is not None:
            raise CameraError(film.broken)
        film.pass_to(film.s if skip_until_s is None else self.opened_s + skip_until_s)
        if film.ended:
            return None
        self.index += 1
        return Frame(PICTURE, film.s - self.opened_s, film.now(), self.index)

    def close(self) -> None:
        if self.closed_s is None:
            self.closed_s = self.film.s

    def __enter__(self) -> Camera:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass
class Activity:
    """What the desktop knows of keyboard, lock and sleep."""

    idle: float | None = None
    is_locked: bool | None = False
    asleep_s: float = 0.0
    name: str = field(default="film")

    def idle_s(self) -> float | None:
        return self.idle

    def locked(self) -> bool | None:
        return self.is_locked

    def suspended_s(self) -> float:
        return self.asleep_s

    def close(self) -> None:
        """Nothing is open."""


class Unwritten:
    """A record that forgets; the events are noted on their way to it."""

    def heartbeat(self, interval: Interval, *more: Interval) -> None:
        assert all(math.isfinite(piece.duration_s) for piece in (interval, *more))

    def event(self, at: datetime, event: Event) -> None:
        """Noted already."""

    def close(self) -> None:
        """Nothing is open."""


def lock(film: Film) -> None:
    film.activity.is_locked = True


def unlock(film: Film) -> None:
    film.activity.is_locked = False


def command(name: str, **arguments: object) -> Callable[[Film], object]:
    """An act that gives the running monitor a command."""
    return lambda film: film.run.command(name, arguments)


def rewritten(**sections: Any) -> Callable[[Film], object]:
    """An act that writes other settings and has them used: ``rewritten(hours=…)``."""

    def act(film: Film) -> None:
        film.written = replace(film.written, **sections)
        film.run.command("reload", {})

    return act


def changed(**how: Any) -> Callable[[Film], object]:
    """An act that sets something of the film: ``changed(broken="…")``."""

    def act(film: Film) -> None:
        for name, value in how.items():
            target = film.activity if hasattr(film.activity, name) else film
            assert hasattr(target, name)
            setattr(target, name, value)

    return act

"""What the dashboard asks of the record, of calibrating and of the report's renderers.

The dashboard imports no other edge: what opens it hands these in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date, datetime

    from posture_monitor.core.stats.summary import Summary
    from posture_monitor.domain import (
        CalibrationRequest,
        Frame,
        Interval,
        Observation,
        RecordedEvent,
    )


class RunEntry(Protocol):
    """One run of the monitor, live or over a recording."""

    @property
    def source(self) -> str: ...

    @property
    def profile(self) -> str | None: ...

    @property
    def started_at(self) -> datetime: ...

    @property
    def ended_at(self) -> datetime: ...


class ProfileEntry(Protocol):
    """A stored profile and its document."""

    @property
    def name(self) -> str: ...

    @property
    def created_at(self) -> datetime: ...

    @property
    def document(self) -> dict[str, object]: ...


class Record(Protocol):
    """The record as the dashboard uses it; methods raise StoreError. Safe between threads."""

    @property
    def damaged_days(self) -> tuple[date, ...]: ...

    def intervals(
        self, since: datetime, until: datetime, *, source: str | None = None
    ) -> list[Interval]: ...

    def events(
        self, since: datetime, until: datetime, *, source: str | None = None
    ) -> list[RecordedEvent]: ...

    def sources(self) -> list[str]: ...

    def last_run(self, source: str | None = None) -> RunEntry | None: ...

    def profiles(self) -> Sequence[ProfileEntry]: ...

    def profile(self, name: str) -> dict[str, object] | None: ...

    def delete_profile(self, name: str) -> bool: ...

    def delete_before(self, at: datetime) -> int: ...

    def delete_all(self) -> int: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """The newest picture of a calibration with what was found in it; never stored."""

    frame: Frame
    observation: Observation


class Calibrator(Protocol):
    """Calibrates from a source of its own, one at a time, in the background."""

    def start(self, request: CalibrationRequest) -> None:
        """Begin; PostureMonitorError where one is already going on."""

    def cancel(self) -> None:
        """Give up the one that goes on, if any."""

    def progress(self) -> Mapping[str, object] | None:
        """``share`` 0-1, ``hint``, ``result``, ``error``; None before the first start."""

    def preview(self) -> Preview | None:
        """The newest picture while a calibration goes on."""


class Guide(Protocol):
    """Guides through a break where no monitor runs; as a running monitor would."""

    def document(self) -> Mapping[str, Any] | None:
        """How the break stands or ended, as ``core.exercises.guided`` tells it; None before
        the first.
        """

    def command(self, name: str, arguments: Mapping[str, object]) -> dict[str, Any]:
        """``break``, ``break_skip``, ``break_end``; PostureMonitorError where it can't be."""


@dataclass(frozen=True, slots=True)
class CameraChoice:
    """A camera that can be chosen."""

    source: str
    """As the settings name it; never shown, since it may hold a password."""
    name: str
    in_use: bool


@dataclass(frozen=True, slots=True)
class StartsWithSession:
    """Whether the monitor starts with the session."""

    on: bool
    problem: str
    """What keeps it from working although it is on; empty where nothing does."""


class FirstSteps(Protocol):
    """What is set up in the first minutes; methods raise PostureMonitorError."""

    def cameras(self) -> Sequence[CameraChoice]:
        """At least the one in use."""

    def use_camera(self, source: str) -> None:
        """Change the running monitor's camera, and the settings."""

    def autostart(self) -> StartsWithSession: ...

    def set_autostart(self, on: bool) -> StartsWithSession: ...


@dataclass(frozen=True, slots=True)
class Renderer:
    """One form in which the report can be saved."""

    media_type: str
    render: Callable[[Summary, Sequence[Interval], Sequence[RecordedEvent], str | None], str]
    """Summary, what it was made from, and the recording's name (None: live days)."""


Document = dict[str, Any]

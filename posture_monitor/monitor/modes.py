"""Modes: what the running monitor does with what it sees, besides watching; glue.

Watching never stops. One further mode at a time may go on beside it, until it is done: a
calibration, a guided break. A mode is an object with the methods of ``Mode``; the loop asks it
how often it wants a frame, hands it each one together with the judgement, and tells it when the
camera goes. The code that starts one calls ``Situation.begin``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from posture_monitor.core.session import Outcome
    from posture_monitor.domain import Event, Frame, Observation


class ModeKind(StrEnum):
    """Each is a key of ``status --format json``, too."""

    WATCHING = "watching"
    CALIBRATION = "calibration"
    GUIDED_BREAK = "guided_break"


@dataclass(frozen=True, slots=True)
class Seen:
    """One moment: what was seen, and how it was judged."""

    observation: Observation
    outcome: Outcome
    frame: Frame | None
    """None: a moment without a picture, the camera is off or lost."""


class Mode(Protocol):
    """Something that goes on beside watching, until it is done."""

    @property
    def kind(self) -> ModeKind: ...

    @property
    def done(self) -> bool:
        """Whether it is over; it is asked nothing more then, except ``to_document``."""

    @property
    def period_s(self) -> float | None:
        """Seconds between two frames that it asks for; None leaves that to the cadence."""

    @property
    def needs_model(self) -> bool:
        """Whether the pose model must see every frame: nobody is merely followed."""

    @property
    def quiet(self) -> bool:
        """Whether reminders that are due wait while it goes on."""

    def take(self, seen: Seen) -> tuple[Event, ...]:
        """Take in one moment after it was judged; the events it brings go to the record."""

    def advance(self, t_s: float) -> tuple[Event, ...]:
        """Time goes on, with or without frames: called at least once a second."""

    def camera_gone(self, why: str) -> None:
        """There are no frames from now on, for this reason; a mode that needs them ends."""

    def to_document(self) -> dict[str, object]:
        """How it stands, for ``status``; the value under its ``kind``."""

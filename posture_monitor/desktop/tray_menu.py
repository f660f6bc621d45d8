"""What the tray shows and offers for a status: pure, the same for every kind of tray."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from posture_monitor.domain import CameraState, State
from posture_monitor.wording.language import N_, Words, _
from posture_monitor.wording.names import reason_words

if TYPE_CHECKING:
    from collections.abc import Mapping


class IconState(StrEnum):
    """The icons: each has a colour and a shape of its own."""

    FINE = "fine"
    STRAINED = "strained"
    AWAY = "away"
    PAUSED = "paused"
    TROUBLE = "trouble"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the menu; without a command it only tells."""

    label: str
    command: str | None = None
    arguments: Mapping[str, object] = field(default_factory=dict)
    enabled: bool = True


SEPARATOR = Entry("", None, {}, False)

STATES: Words[State] = Words(
    {
        State.SITTING: N_("Sitting"),
        State.STANDING: N_("Standing"),
        State.AWAY: N_("Away"),
        State.BREAK: N_("On a break"),
        State.UNKNOWN: N_("Can't judge"),
    }
)


def icon_state_of(status: Mapping[str, object]) -> IconState:
    """Which icon tells this status; what needs the user's help comes first.

    >>> icon_state_of({"state": "sitting", "camera_state": "on", "reasons": ["slouch"]}).value
    'strained'
    """
    if status.get("paused_until"):
        return IconState.PAUSED
    if status.get("camera_state") == CameraState.LOST:
        return IconState.TROUBLE
    state = status.get("state")
    if state in {"away", "break"}:
        return IconState.AWAY
    if state not in {"sitting", "standing"}:
        return IconState.UNKNOWN
    return IconState.STRAINED if status.get("reasons") else IconState.FINE


def headline(status: Mapping[str, object]) -> str:
    """The status in one line.

    >>> headline({"state": "sitting", "sitting_s": 1500.0, "score": 87.4, "reasons": ["slouch"]})
    'Sitting 25 min · score 87 · slumped'
    """
    if paused_until := status.get("paused_until"):
        return _("Paused until {time}", time=_time_of_day(str(paused_until)))
    if _is_breaking(status):
        return _("Guided break")
    camera = status.get("camera_state")
    if camera == CameraState.LOST:
        return _("Camera lost, waiting for it")
    state = str(status.get("state"))
    words = [STATES[State(state) if state in set(State) else State.UNKNOWN]]
    sitting_s = status.get("sitting_s")
    if state == "sitting" and isinstance(sitting_s, int | float):
        words[0] += f" {_duration(float(sitting_s))}"
    if camera == CameraState.HANDED:
        words.append(_("another program has the camera"))
    score = status.get("score")
    if isinstance(score, int | float):
        words.append(_("score {score:.0f}", score=score))
    reasons = status.get("reasons")
    if isinstance(reasons, list | tuple) and reasons:
        words.append(reason_words(map(str, reasons)))
    snoozed_s = status.get("snoozed_s")
    if isinstance(snoozed_s, int | float):
        words.append(_("snoozed for {time}", time=_duration(float(snoozed_s) + 59.0)))
    return " · ".join(words)


def entries(status: Mapping[str, object], *, dashboard: bool) -> tuple[Entry, ...]:
    """The menu from top to bottom; always as many lines, so that each keeps its number."""
    held = bool(status.get("paused_until") or status.get("snoozed_s"))
    breaking = _is_breaking(status)
    return (
        Entry(headline(status), enabled=False),
        SEPARATOR,
        Entry(_("Take a break"), "break", {"show": True}, enabled=not breaking),
        Entry(_("End the break"), "break_end", enabled=breaking),
        Entry(_("I drank"), "drank"),
        Entry(_("Pause 30 min"), "pause", {"minutes": 30}),
        Entry(_("Pause 1 h"), "pause", {"minutes": 60}),
        Entry(_("Resume"), "resume", enabled=held),
        Entry(_("Snooze reminders"), "snooze"),
        SEPARATOR,
        Entry(_("Open dashboard"), "dashboard", enabled=dashboard),
        Entry(_("Quit"), "stop"),
    )


def _is_breaking(status: Mapping[str, object]) -> bool:
    guided = status.get("guided_break")
    return isinstance(guided, dict) and guided.get("exercise") is not None


def _time_of_day(iso: str) -> str:
    try:
        return f"{datetime.fromisoformat(iso).astimezone():%H:%M}"
    except ValueError:
        return _("later")


def _duration(seconds: float) -> str:
    """In whole minutes, as one says it.

    >>> _duration(59.0), _duration(3600.0 + 300.0)
    ('0 min', '1 h 05 min')
    """
    hours, minutes = divmod(int(seconds // 60.0), 60)
    if hours:
        return _("{hours} h {minutes:02d} min", hours=hours, minutes=minutes)
    return _("{minutes} min", minutes=minutes)

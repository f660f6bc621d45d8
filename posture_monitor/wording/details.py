"""What an event carries, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posture_monitor.domain import EventKind
from posture_monitor.wording.break_words import exercises_done
from posture_monitor.wording.names import CAMERA_TEXT, reason_words

if TYPE_CHECKING:
    from posture_monitor.domain import Event, RecordedEvent

_LENGTHS: dict[EventKind, str] = {
    EventKind.SITTING_ENDED: "after {min:.0f} min of sitting",
    EventKind.BREAK_ENDED: "after {min:.0f} min",
    EventKind.BREAK_DUE: "{min:.0f} min of sitting",
    EventKind.MOVE_DUE: "{min:.0f} min in one position",
    EventKind.BREAK_SOON: "in {s:.0f} s",
    EventKind.FAR_LOOK_DUE: "{min:.0f} min at the screen",
    EventKind.WATER_DUE: "{min:.0f} min at the desk",
    EventKind.SUSPENDED: "for {s:.0f} s",
    EventKind.PAUSED: "for {min:.0f} min",
    EventKind.SNOOZED: "{min:.0f} min",
}

VIEW_CHANGED = "the camera sees you from elsewhere; posture is judged by the body alone"


def detail_words(event: Event | RecordedEvent) -> str:
    """The detail as exports write it, where reasons keep their keys.

    >>> from posture_monitor.domain import Detail, Event
    >>> detail_words(Event(9.0, EventKind.BREAK_DUE, Detail(seconds=1800.0)))
    '30 min of sitting'
    """
    kind, detail = event.kind, event.detail
    if kind is EventKind.RECALIBRATION_NEEDED:
        return VIEW_CHANGED
    if detail.with_break:
        return "with this break"
    if detail.reasons:
        keys = ";".join(detail.reasons)
        return f"wrong: {keys}" if kind is EventKind.FEEDBACK else keys
    if detail.reminder is not None:
        return ";".join(filter(None, (detail.reminder, detail.text)))
    if detail.state is not None:
        return str(detail.state)
    if detail.camera is not None:
        return CAMERA_TEXT[detail.camera]
    if detail.seconds is not None and kind in _LENGTHS:
        said = _LENGTHS[kind].format(min=detail.seconds / 60.0, s=detail.seconds)
        return f"{said}, at the end" if detail.at_end else said
    if kind is EventKind.CALIBRATED and detail.text:
        return f"profile {detail.text}"
    return detail.text


def detail_for_people(event: Event | RecordedEvent) -> str:
    """The detail as reports and pages say it."""
    if event.kind is EventKind.POSTURE_ALERT and event.detail.reasons:
        return reason_words(event.detail.reasons)
    if event.kind is EventKind.GUIDED_BREAK:
        return exercises_done(event.detail.text)
    return detail_words(event)

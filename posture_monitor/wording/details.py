"""What an event carries, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posture_monitor.domain import EventKind
from posture_monitor.wording.break_words import exercises_done
from posture_monitor.wording.language import N_, _, english
from posture_monitor.wording.names import CAMERA_TEXT, reason_words, reminder_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from posture_monitor.domain import Detail, Event, RecordedEvent

_LENGTHS: dict[EventKind, str] = {
    EventKind.SITTING_ENDED: N_("after {min:.0f} min of sitting"),
    EventKind.BREAK_ENDED: N_("after {min:.0f} min"),
    EventKind.BREAK_DUE: N_("{min:.0f} min of sitting"),
    EventKind.MOVE_DUE: N_("{min:.0f} min in one position"),
    EventKind.BREAK_SOON: N_("in {s:.0f} s"),
    EventKind.FAR_LOOK_DUE: N_("{min:.0f} min at the screen"),
    EventKind.WATER_DUE: N_("{min:.0f} min at the desk"),
    EventKind.SUSPENDED: N_("for {s:.0f} s"),
    EventKind.PAUSED: N_("for {min:.0f} min"),
    EventKind.SNOOZED: N_("{min:.0f} min"),
}

VIEW_CHANGED = N_("the camera sees you from elsewhere; posture is judged by the body alone")


def _week(detail: Detail, say: Callable[..., str]) -> str:
    hours, share = (detail.seconds or 0.0) / 3600.0, detail.share
    if share is None:
        return say(N_("{hours:.1f} h of sitting a day"), hours=hours)
    return say(
        N_("{hours:.1f} h of sitting a day, strained for {percent:.0f} % of the judged time"),
        hours=hours,
        percent=100.0 * share,
    )


def detail_words(event: Event | RecordedEvent) -> str:
    """The detail as exports and the log write it: English, and reasons keep their keys.

    >>> from posture_monitor.domain import Detail, Event
    >>> detail_words(Event(9.0, EventKind.BREAK_DUE, Detail(seconds=1800.0)))
    '30 min of sitting'
    """
    return _written(event, english)


def _written(event: Event | RecordedEvent, say: Callable[..., str]) -> str:
    kind, detail = event.kind, event.detail
    if kind is EventKind.RECALIBRATION_NEEDED:
        return say(VIEW_CHANGED)
    if detail.with_break:
        return say(N_("with this break"))
    if detail.reasons:
        keys = ";".join(detail.reasons)
        return say(N_("wrong: {keys}"), keys=keys) if kind is EventKind.FEEDBACK else keys
    if detail.reminder is not None:
        return ";".join(filter(None, (detail.reminder, detail.text)))
    if detail.state is not None:
        return str(detail.state)
    if detail.camera is not None:
        return say(CAMERA_TEXT.marked[detail.camera])
    if kind is EventKind.WEEK_REVIEW:
        return _week(detail, say)
    if detail.seconds is not None and kind in _LENGTHS:
        said = say(_LENGTHS[kind], min=detail.seconds / 60.0, s=detail.seconds)
        return say(N_("{said}, at the end"), said=said) if detail.at_end else said
    if kind is EventKind.CALIBRATED and detail.text:
        return say(N_("profile {text}"), text=detail.text)
    return detail.text


def detail_for_people(event: Event | RecordedEvent) -> str:
    """The detail as reports and pages say it."""
    if event.kind is EventKind.POSTURE_ALERT and event.detail.reasons:
        return reason_words(event.detail.reasons)
    if event.detail.reminder is not None:
        return ", ".join(filter(None, (reminder_name(event.detail.reminder), event.detail.text)))
    if event.kind is EventKind.GUIDED_BREAK:
        return exercises_done(event.detail.text)
    return _written(event, _)

"""What an event carries, as text in its row: JSON of keys and numbers, empty where it is nothing.

Versions before wrote English sentences; ``from_words`` reads those.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any, TypeVar

from posture_monitor.domain import CameraState, Detail, EventKind, Reason, ReminderKind, State

if TYPE_CHECKING:
    from collections.abc import Callable

_E = TypeVar("_E")
_HANDED = "handed to another program"
_LENGTH = re.compile(r"(?:after |for |in )?(\d+) (min|s)\b.*")
_TIMED = frozenset(
    {
        *(EventKind.SITTING_ENDED, EventKind.BREAK_ENDED, EventKind.SUSPENDED, EventKind.PAUSED),
        *(EventKind.BREAK_DUE, EventKind.MOVE_DUE, EventKind.WATER_DUE, EventKind.SNOOZED),
        *(EventKind.BREAK_SOON, EventKind.FAR_LOOK_DUE),
    }
)
"""Events whose words began with a length of time."""


def encoded(detail: Detail) -> str:
    """The text of the column ``detail``.

    >>> encoded(Detail(seconds=1800.0)), encoded(Detail())
    ('{"seconds": 1800.0}', '')
    """
    document: dict[str, object] = {}
    if detail.seconds is not None:
        document["seconds"] = detail.seconds
    if detail.reasons:
        document["reasons"] = [str(reason) for reason in detail.reasons]
    if detail.reminder is not None:
        document["reminder"] = str(detail.reminder)
    if detail.camera is not None:
        document["camera"] = str(detail.camera)
    if detail.state is not None:
        document["state"] = str(detail.state)
    if detail.share is not None:
        document["share"] = detail.share
    if detail.with_break:
        document["with_break"] = True
    if detail.at_end:
        document["at_end"] = True
    if detail.text:
        document["text"] = detail.text
    return json.dumps(document, allow_nan=False) if document else ""


def decoded(kind: EventKind, text: str) -> Detail:
    """What a row carries; what nobody wrote is read as words.

    >>> decoded(EventKind.BREAK_DUE, '{"seconds": 1800.0}')
    Detail(seconds=1800.0, reasons=(), reminder=None, camera=None, state=None, share=None, \
with_break=False, at_end=False, text='')
    """
    if not text.startswith("{"):
        return from_words(kind, text)
    try:
        return _read(json.loads(text))
    except (ValueError, TypeError, AttributeError, RecursionError):
        return Detail(text=text)


def _read(document: dict[str, Any]) -> Detail:
    seconds, share = (_finite(document.get(key)) for key in ("seconds", "share"))
    text = document.get("text", "")
    if not isinstance(text, str):
        raise TypeError("the text is none")
    return Detail(
        seconds=seconds,
        reasons=tuple(Reason(word) for word in document.get("reasons", ())),
        reminder=_member(ReminderKind, document.get("reminder")),
        camera=_member(CameraState, document.get("camera")),
        state=_member(State, document.get("state")),
        share=share,
        with_break=bool(document.get("with_break", False)),
        at_end=bool(document.get("at_end", False)),
        text=text,
    )


def _finite(value: Any) -> float | None:
    if value is None:
        return None
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("a number must be finite")
    return number


def _member(make: Callable[[str], _E], word: str | None) -> _E | None:
    return None if word is None else make(word)


def from_words(kind: EventKind, words: str) -> Detail:
    """What the sentences of older versions said.

    >>> from_words(EventKind.SITTING_ENDED, "after 15 min of sitting, at the end").seconds
    900.0
    """
    if kind is EventKind.RECALIBRATION_NEEDED or not words:
        return Detail()
    if kind in _TIMED and (length := _LENGTH.fullmatch(words)):
        unit_s = 60.0 if length[2] == "min" else 1.0
        return Detail(seconds=float(length[1]) * unit_s, at_end=words.endswith("at the end"))
    if words == "with this break":
        return Detail(with_break=True)
    if words == _HANDED:
        return Detail(camera=CameraState.HANDED)
    tried, _, arm = words.partition(";")
    if kind is EventKind.TRIAL and tried in set(ReminderKind):
        return Detail(reminder=ReminderKind(tried), text=arm)
    if kind is EventKind.SIT_STAND_DUE and words in set(State):
        return Detail(state=State(words))
    if kind is EventKind.CALIBRATED:
        return Detail(text=words.removeprefix("profile "))
    if kind in {EventKind.SKIPPED, EventKind.SNOOZED} and words in set(ReminderKind):
        return Detail(reminder=ReminderKind(words))
    if kind in {EventKind.POSTURE_ALERT, EventKind.FEEDBACK}:
        told = [word for word in words.removeprefix("wrong: ").split(";") if word]
        if set(told) <= set(Reason):
            return Detail(reasons=tuple(map(Reason, told)))
    return Detail(text=words)

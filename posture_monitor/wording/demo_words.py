"""The recorded morning of the demo as the story of one person, in chapters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING

from posture_monitor.domain import UPRIGHT_S, EventKind, Presence
from posture_monitor.wording.language import N_, Words, _
from posture_monitor.wording.names import reason_words
from posture_monitor.wording.status_words import duration

if TYPE_CHECKING:
    from posture_monitor.domain import RecordedEvent, Sample

BEGINNING = N_(
    "One person's morning at a desk, recorded: a picture every 10 seconds from {start} on."
)
CALIBRATED = N_("Calibrated on the first four minutes, upright.")
AS_CALIBRATED = N_("as calibrated")
AT_WORST = N_("{time}: {reasons}")
SAT = N_("{start} to {end}   sitting for {length}")
AWAY = N_("{start} to {end}   a break of {length}")
STRAIN_CHANGED = N_("{time} {reasons}, changed at {changed}")
STRAIN_WENT_ON = N_("{time} {reasons}")
ASKED_AND_ROSE = N_("asked at {times}, got up at {end}")
ASKED = N_("asked at {times}")
WATCHING = N_("watching")
LABELS = {
    "posture": N_("posture"),
    "break": N_("breaks"),
    "move": N_("position"),
    "water": N_("water"),
}
SAID = N_("For example, at {time} it said: {title}. {body}")
REPORT = N_("The report of this morning, to open in a browser: {path}")
NOT_KEPT = N_("Its report would be kept, had this demo a place to keep it.")
_PRESENCE: Words[Presence] = Words(
    {
        Presence.PRESENT: N_("can't be judged"),
        Presence.AWAY: N_("away"),
        Presence.UNKNOWN: N_("unknown"),
    }
)
NEXT = (
    N_("Now your own:"),
    N_("  posture-monitor calibrate   {seconds:.0f} seconds upright make your own reference"),
    N_("  posture-monitor run         watch, and remind when it helps"),
)


def next_steps() -> list[str]:
    """What to do after the demo."""
    return [_(line, seconds=UPRIGHT_S) for line in NEXT]


def moment_words(sample: Sample) -> str:
    """One moment of the morning, beside the bar."""
    at = _time(sample.wall_at)
    if sample.score is None:
        return f"{at}  {_PRESENCE[sample.presence]}"
    score = _("{score:3.0f} of 100", score=sample.score)
    return f"{at}  {score}  {reason_words(sample.reasons[:1])}".rstrip()


def story(events: Sequence[RecordedEvent], until: datetime) -> list[str]:
    """Chapter after chapter: a spell of sitting with what was said in it, a break, a spell.

    ``events`` in the order of their time, ``until`` the recording's end; both in local time.
    """
    lines: list[str] = []
    ended_at: datetime | None = None
    for number, event in enumerate(events):
        if event.kind is not EventKind.SITTING_STARTED:
            continue
        if ended_at is not None:
            length = duration((event.at - ended_at) / timedelta(seconds=1))
            lines.append(_(AWAY, start=_time(ended_at), end=_time(event.at), length=length))
        later = events[number + 1 :]
        spell = list(takewhile(lambda one: one.kind is not EventKind.SITTING_ENDED, later))
        end = later[len(spell)] if len(spell) < len(later) else None
        ended_at = until if end is None else end.at
        rose = end is not None and not end.detail.at_end
        lines += _chapter(event.at, ended_at, spell, rose=rose)
    return lines


def _chapter(
    start: datetime, end: datetime, spell: Sequence[RecordedEvent], *, rose: bool
) -> list[str]:
    length = duration((end - start) / timedelta(seconds=1))
    told = {
        "posture": f"\n{'':12}".join(_strains(spell)),
        "break": _asked(spell, EventKind.BREAK_DUE, end if rose else None),
        "move": _asked(spell, EventKind.MOVE_DUE, None),
        "water": _asked(spell, EventKind.WATER_DUE, None),
    }
    lines = [f"  {_(LABELS[kind]):<10}{text}" for kind, text in told.items() if text]
    return [_(SAT, start=_time(start), end=_time(end), length=length), *lines]


def _strains(spell: Sequence[RecordedEvent]) -> list[str]:
    found = []
    for number, event in enumerate(spell):
        if event.kind is not EventKind.POSTURE_ALERT:
            continue
        after = spell[number + 1 :]
        followed = (EventKind.POSTURE_ALERT, EventKind.POSTURE_CORRECTED)
        answer = next((one for one in after if one.kind in followed), None)
        changed = answer is not None and answer.kind is EventKind.POSTURE_CORRECTED
        said = STRAIN_CHANGED if changed else STRAIN_WENT_ON
        reasons = reason_words(event.detail.reasons[:2])
        found.append(
            _(
                said,
                time=_time(event.at),
                reasons=reasons,
                changed="" if answer is None else _time(answer.at),
            )
        )
    return found


def _asked(spell: Sequence[RecordedEvent], kind: EventKind, rose_at: datetime | None) -> str:
    times = ", ".join(_time(event.at) for event in spell if event.kind is kind)
    if not times:
        return ""
    if rose_at is None:
        return _(ASKED, times=times)
    return _(ASKED_AND_ROSE, times=times, end=_time(rose_at))


def _time(at: datetime) -> str:
    return f"{at.astimezone():%H:%M}"

"""What a guided break says, from the document of ``core.exercises.guided``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from posture_monitor.core.exercises.counting import Hint
from posture_monitor.core.exercises.guided import from_detail
from posture_monitor.core.exercises.library import EXERCISES
from posture_monitor.wording.dates import short_day
from posture_monitor.wording.exercises import (
    ALL_CAUTIONS,
    EVIDENCE_TEXT,
    HINT_TEXT,
    exercise_texts,
)
from posture_monitor.wording.language import N_, _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from posture_monitor.core.exercises.routine import PlannedDay

WELCOME_BACK = N_("Welcome back")
WAITING = N_("waiting for you: nobody is in the picture")
WAITING_LONG = N_("Nobody is in the picture: the timer waits. Skip goes on without the camera.")
PLAN_NOTE = N_(
    "A proposal for the days to come, by today's strain; `posture-monitor break` chooses by"
    " what has strained you by then."
)
TAKE_YOUR_TIME = N_("Take your time")
NOTHING_DONE = N_("You ended it before an exercise was done. That is fine; the next one comes.")
LEFT_INSTEAD = N_("No exercise was done, but you got up and left: that is a break, too.")
EVIDENCE_OF_BREAKS = N_(
    "How sure is this? Breaks with movement halved new neck and back pain in a "
    "trial of 193 office workers; for work breaks as a whole the evidence is of "
    "low certainty. Nothing here cures, and standing up may do as much as an "
    "exercise."
)

SIDES = {"left": N_("left side"), "right": N_("right side")}
"""By the names of ``core.exercises``."""
SIDE_NAMES = (N_("left"), N_("right"))
"""Those names themselves, as counts are told."""


def without_camera(why: str) -> str:
    """That nothing is counted, and why."""
    return _("No camera counts, a timer runs ({why}).", why=why)


def title(name: str) -> str:
    """An exercise's name for people."""
    return exercise_texts()[name].title


def length(seconds: float) -> str:
    """
    >>> length(42.4), length(119.6), length(125.0)
    ('42 s', '2 min', '2 min 05 s')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole % 60:
        return _("{minutes} min {seconds:02d} s", minutes=whole // 60, seconds=whole % 60)
    return _("{minutes} min", minutes=whole // 60)


def dose(name: str) -> str:
    """How much of it.

    >>> dose("head_turn"), dose("overhead_reach"), dose("far_look")
    ('5 times to each side', '5 times for 5 s', 'for 20 s')
    """
    exercise = EXERCISES[name]
    repetitions, hold_s = exercise.dose.repetitions, exercise.dose.hold_s
    parts = []
    if repetitions > 1:
        parts.append(_("{repetitions} times", repetitions=repetitions))
    if hold_s:
        parts.append(_("for {hold_s:.0f} s", hold_s=hold_s))
    if exercise.sides:
        parts.append(_("on each side") if hold_s else _("to each side"))
    return " ".join(parts)


def card(name: str) -> dict[str, Any]:
    """All words of one exercise."""
    exercise, text = EXERCISES[name], exercise_texts()[name]
    return {
        "name": name,
        "title": text.title,
        "dose": dose(name),
        "steps": list(text.steps),
        "cautions": [*text.cautions, _(ALL_CAUTIONS)],
        "evidence": EVIDENCE_TEXT[exercise.evidence],
        "source": _(exercise.source.name),
        "source_link": exercise.source.link,
    }


def card_lines(card: Mapping[str, Any]) -> list[str]:
    """The steps, what to mind and how sure it is, for a terminal."""
    return [
        *(f"  {number}. {step}" for number, step in enumerate(card["steps"], 1)),
        *(f"  ! {caution}" for caution in card["cautions"]),
        "  "
        + _("Evidence: {evidence} ({source}).", evidence=card["evidence"], source=card["source"]),
    ]


def now_line(document: Mapping[str, Any]) -> str:
    """What goes on at this moment: ``0:23  left side``; empty once it is over."""
    if document["exercise"] is None:
        return ""
    left_s = int(document["remaining_s"] + 0.999)
    clock = f"{left_s // 60}:{left_s % 60:02d}"
    if document["waits"]:
        return f"{clock}  {_(WAITING)}"
    parts = [clock]
    if document["stage"] == "prepare":
        parts.append(_("get ready"))
    elif document["side"] is not None:
        parts.append(_(SIDES[document["side"]]))
    counted = count_line(document)
    return "  ".join([*parts, counted] if counted else parts)


def count_line(document: Mapping[str, Any]) -> str:
    """What the camera has counted, with a hint; empty where it doesn't count."""
    counted = document["counted"]
    if counted is None:
        return ""
    repetitions = counted["repetitions"]
    if len(repetitions) == 1:
        told = _("counted {counts}", counts=sum(repetitions.values()))
    else:
        counts = ", ".join(f"{_(side)} {count}" for side, count in repetitions.items())
        told = _("counted {counts}", counts=counts)
    hint = HINT_TEXT[Hint(counted["hint"])]
    return f"{told}: {hint}" if hint else told


def exercises_done(detail: str) -> str:
    """A break of the record, from ``core.exercises.guided.to_detail``, in a few words.

    >>> exercises_done("95;head_turn:45:10;calf_raise:35:"), exercises_done("9")
    ('Head turn, Calf raise', 'ended before any was done')
    """
    done = [title(one.name) for one in from_detail(detail)[1] if one.repetitions != 0]
    return ", ".join(done) or _("ended before any was done")


def plan_lines(days: Sequence[PlannedDay], today: date) -> list[str]:
    """The week's plan for a terminal, a line a day, and what it is worth."""
    lines = []
    for one in days:
        exercises = ", ".join(title(name) for name in one.exercises) or _("no exercises")
        if one.done and one.exercises:
            exercises = _("done: {exercises}", exercises=exercises)
        if one.strength:
            exercises = _("{exercises} (strengthening)", exercises=exercises)
        mark = ">" if one.day == today else " "
        lines.append(f"{mark} {short_day(one.day):<10}  {exercises}")
    return [*lines, "", _(PLAN_NOTE)]


def done_lines(document: Mapping[str, Any]) -> list[str]:
    """What was done, a line each; one line where nothing was."""
    if not document["done"]:
        return [_(LEFT_INSTEAD if document["rose"] else NOTHING_DONE)]
    lines = []
    for one in document["done"]:
        counted = one["repetitions"]
        how = f"{one['seconds']} s"
        if counted is not None:
            how = (
                _("{counted} counted by the camera", counted=counted)
                if counted
                else _("none seen by the camera")
            )
        lines.append(f"{title(one['name'])}: {how}")
    return lines


def summary_line(document: Mapping[str, Any]) -> str:
    """How long it was, and whether the person was seen to get up."""
    told = _("The break took {length}.", length=length(document["elapsed_s"]))
    return " ".join([told, _("You left the chair.")]) if document["rose"] else told

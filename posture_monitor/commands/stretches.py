"""``stretches``: the library of exercises with drawings, the week's plan, and counting one."""

from __future__ import annotations

import json
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from posture_monitor.commands.arguments import Word, add_word, profile_name
from posture_monitor.commands.context import Bar, named_profile
from posture_monitor.core.exercises import counter
from posture_monitor.core.exercises.library import EXERCISES, find, nearest
from posture_monitor.core.exercises.past import PLAN_NEEDS, this_week
from posture_monitor.core.exercises.routine import Wishes
from posture_monitor.core.exercises.signals import neutral_from
from posture_monitor.domain import ConfigError
from posture_monitor.wording import break_words as words
from posture_monitor.wording.exercises import ALL_CAUTIONS, EVIDENCE_TEXT, exercise_texts
from posture_monitor.wording.language import _

if TYPE_CHECKING:
    import argparse
    from datetime import date

    from posture_monitor.commands.context import Context
    from posture_monitor.core.exercises.counter import Progress
    from posture_monitor.core.exercises.library import Exercise
    from posture_monitor.core.exercises.routine import PlannedDay
    from posture_monitor.core.judge.baseline import Baseline

LOOKS_PER_S = 12.0
"""More would cost more and say nothing new of movements that take a second."""


def run_list(context: Context, file_format: str) -> None:
    """Every exercise, for people or as a JSON array."""
    if file_format == "json":
        context.say(json.dumps([_document(one) for one in EXERCISES.values()], indent=2))
        return
    for exercise in EXERCISES.values():
        how = "counted by the camera" if exercise.counted else "by a timer"
        context.say(f"{exercise.name}: {exercise_texts()[exercise.name].title} ({how})")
    context.say()
    context.say(_(ALL_CAUTIONS))


def run_plan(context: Context, file_format: str) -> None:
    """This week: what was done, and what is proposed for the days that come."""
    today = datetime.now().astimezone().date()
    monday = today - timedelta(days=today.weekday())
    rules = context.settings.reminders
    wishes = Wishes(rules.routine_min, rules.seated, rules.strengthen)
    with context.open_store() as store:
        events = store.events(_midnight(monday - PLAN_NEEDS), _midnight(today + timedelta(days=1)))
        intervals = store.intervals(_midnight(today), _midnight(today + timedelta(days=1)))
    days = this_week(intervals, events, wishes, today=today, tz=None)
    if file_format == "json":
        context.say(json.dumps([_day_document(one) for one in days], indent=2))
        return
    for line in words.plan_lines(days, today):
        context.say(line)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time()).astimezone()


def _day_document(day: PlannedDay) -> dict[str, Any]:
    return {
        "day": day.day.isoformat(),
        "done": day.done and bool(day.exercises),
        "strength": day.strength,
        "exercises": list(day.exercises),
    }


def run_show(context: Context, name: str, *, drawing: str | None) -> None:
    """How one exercise is done, and its drawing as a file if that is wanted."""
    exercise = _found(name)
    card = words.card(exercise.name)
    context.say(f"{card['title']}, {card['dose']}")
    for line in words.card_lines(card):
        context.say(line)
    if drawing is not None:
        from posture_monitor.wording.exercise_figures import drawing_svg

        svg = drawing_svg(exercise.name, alone=True)
        context.say(str(context.write_out(drawing, svg.encode("utf-8"))))


def run_count(
    context: Context, name: str, *, source: str, profile: str | None, file_format: str
) -> None:
    """Count one exercise in a recording; a profile says what the neutral looks like."""
    exercise = _counted(name)
    baseline = None
    if profile is not None:
        with context.open_store() as store:
            baseline = named_profile(store, profile)
    progress = _watch(context, exercise, Path(source), baseline)
    if file_format == "json":
        context.say(json.dumps(_result(exercise, progress), indent=2))
        return
    context.say(
        _(
            "{name}: {repetitions} repetitions, held {held_s:.1f} s",
            name=exercise.name,
            repetitions=progress.repetitions,
            held_s=progress.held_s,
        )
    )
    for side in exercise.sides:
        state = progress.sides[side]
        context.say(
            _(
                "  {side}: {repetitions} repetitions, held {held_s:.1f} s",
                side=side,
                repetitions=state.repetitions,
                held_s=state.held_s,
            )
        )


def _counted(name: str) -> Exercise:
    exercise = _found(name)
    if not exercise.counted:
        raise ConfigError(
            "the camera can't count {name}; 'stretches list' says which it counts",
            name=exercise.name,
        )
    return exercise


def _found(name: str) -> Exercise:
    exercise = find(name)
    if exercise is None:
        meant = nearest(name) or tuple(EXERCISES)
        raise ConfigError(
            "there is no exercise {name!r}; did you mean {join}?", name=name, join=", ".join(meant)
        )
    return exercise


def _watch(
    context: Context, exercise: Exercise, video: Path, baseline: Baseline | None
) -> Progress:
    from posture_monitor.analysis.batch import observations
    from posture_monitor.system.clock import SystemClock
    from posture_monitor.vision.observer import open_observer
    from posture_monitor.vision.recordings import FileSource

    settings = context.settings
    expected = None if baseline is None else neutral_from(baseline.median)
    progress = counter.begin(exercise.name, expected)
    with (
        FileSource(video, settings.camera, clock=SystemClock(), speed=None) as recording,
        Bar(context, exercise.name) as bar,
    ):
        observer = open_observer(settings.pose.engine)
        try:
            for observation in observations(recording, observer, LOOKS_PER_S):
                progress = counter.watch(progress, observation)
                bar(recording.progress or 0.0)
        finally:
            observer.close()
    if recording.warning is not None:
        context.warn(recording.warning)
    return counter.finish(progress)


def _document(exercise: Exercise) -> dict[str, Any]:
    text = exercise_texts()[exercise.name]
    return {
        "name": exercise.name,
        "title": text.title,
        "kind": str(exercise.kind),
        "sides": list(exercise.sides),
        "counted": exercise.counted,
        "seated": exercise.seated,
        "standing": exercise.standing,
        "relieves": [str(reason) for reason in exercise.relieves],
        "repetitions": exercise.dose.repetitions,
        "hold_s": exercise.dose.hold_s,
        "duration_s": exercise.duration_s,
        "steps": list(text.steps),
        "cautions": [*text.cautions, _(ALL_CAUTIONS)],
        "evidence": EVIDENCE_TEXT[exercise.evidence],
        "source": exercise.source.name,
        "source_link": exercise.source.link,
    }


def _result(exercise: Exercise, progress: Progress) -> dict[str, Any]:
    return {
        "name": exercise.name,
        "repetitions": progress.repetitions,
        "held_s": round(progress.held_s, 1),
        "sides": {
            side: {
                "repetitions": progress.sides[side].repetitions,
                "held_s": round(progress.sides[side].held_s, 1),
            }
            for side in exercise.sides
        },
    }


# --------------------------------------------------------------------------- command line


def _add_stretches(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listed = add_word(actions, "list", "all exercises", "posture-monitor stretches list")
    planned = add_word(
        actions, "plan", "this week: what was done, what comes", "posture-monitor stretches plan"
    )
    shown = add_word(
        actions,
        "show",
        "one exercise, and its drawing",
        "posture-monitor stretches show chin_tuck --drawing chin_tuck.svg",
    )
    shown.add_argument("name", metavar="NAME", help=_("of the exercise"))
    shown.add_argument("--drawing", metavar="FILE", help=_("write the drawing there, as SVG"))
    counted = add_word(
        actions,
        "count",
        "count one exercise in a recording",
        "posture-monitor stretches count head_turn --source film.mp4",
    )
    counted.add_argument("name", metavar="NAME", help=_("of the exercise"))
    counted.add_argument("--source", required=True, metavar="VIDEO", help=_("video file"))
    counted.add_argument("--profile", type=profile_name, metavar="NAME", help=_("your neutral"))
    for action in (listed, planned, counted):
        action.add_argument("--format", choices=("text", "json"), default="text", help="(text)")


def _stretches(context: Context, arguments: argparse.Namespace) -> None:
    if arguments.action == "list":
        run_list(context, arguments.format)
    elif arguments.action == "plan":
        run_plan(context, arguments.format)
    elif arguments.action == "show":
        run_show(context, arguments.name, drawing=arguments.drawing)
    else:
        run_count(
            context,
            arguments.name,
            source=arguments.source,
            profile=arguments.profile,
            file_format=arguments.format,
        )


WORDS: dict[str, Word] = {
    "stretches": Word(_stretches, _add_stretches, sees_frames=True),
}

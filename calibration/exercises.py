"""How right the camera counts exercises: films with known repetitions, and films without any.

Run as ``python -m calibration.exercises --films DIR [--negatives DIR]``. The films are those of
``python -m samples.render.exercise_set``; a folder of negatives holds any films of people at a
desk who do no exercise. The report goes to ``calibration/report/exercises.md``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from calibration.extract import CACHE, START, kept
from calibration.recordings import ROOT
from posture_monitor.analysis import batch
from posture_monitor.commands.stretches import LOOKS_PER_S
from posture_monitor.config import CameraSettings
from posture_monitor.core.exercises import counter
from posture_monitor.core.exercises.body import body_of
from posture_monitor.core.exercises.counter import BodyAt
from posture_monitor.core.exercises.counting import Phase
from posture_monitor.core.exercises.rules import RULES
from posture_monitor.system.clock import SystemClock
from posture_monitor.vision.observer import open_observer
from posture_monitor.vision.recordings import FileSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from posture_monitor.domain import Observation

REPORT = ROOT / "calibration" / "report" / "exercises.md"
VIDEOS = frozenset({".mp4", ".avi", ".mkv", ".mov", ".webm"})
PACES_PER_S = (None, 10.0, 5.0, 3.0)
"""Frames a second at which each film is counted; None = as many as the film has, up to 12."""
_OTHER_SIDE = {"left": "right", "right": "left", "both": "both"}


@dataclass(frozen=True, slots=True)
class Film:
    """A film, and what an observer without faults would count in it."""

    video: Path
    exercise: str | None = None
    """None: the person does none."""
    manner: str = "none"
    repetitions: tuple[tuple[str, int], ...] = ()
    """By side."""
    mirrored: bool = False
    """To be read mirrored; ``repetitions`` are those of the mirrored film."""


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement out of the neutral, as the counter saw it."""

    side: str
    t_s: float
    peak: float
    """In the unit of the exercise's signal."""
    verdict: str
    """The hint that it got: ``done`` where it counted."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What the counter made of one film."""

    film: Film
    exercise: str
    repetitions: Mapping[str, int]
    movements: tuple[Movement, ...]
    unseen_s: float
    """Without both shoulders in the picture."""

    @property
    def off(self) -> int:
        """Repetitions too many and too few, over the sides."""
        expected = dict(self.film.repetitions)
        return sum(abs(n - expected.get(side, 0)) for side, n in self.repetitions.items())


def films_in(folder: Path, *, mirrored: bool = False) -> list[Film]:
    """The films of ``set.json`` whose exercise the camera counts; those not rendered are left out.

    Raises OSError or ValueError where the folder has no such list.
    """
    listed = json.loads((folder / "set.json").read_text(encoding="utf-8"))
    found = []
    for one in listed:
        if one["exercise"] not in RULES or not (folder / f"{one['name']}.json").is_file():
            continue
        sides = _OTHER_SIDE if mirrored else {side: side for side in _OTHER_SIDE}
        repetitions = tuple((sides[side], n) for side, n in one["repetitions"].items())
        video = folder / f"{one['name']}.mp4"
        found.append(Film(video, one["exercise"], one["manner"], repetitions, mirrored))
    return found


def negatives_in(folder: Path) -> list[Film]:
    """Every video in the folder and below, by name."""
    return [Film(path) for path in sorted(folder.rglob("*")) if path.suffix.casefold() in VIDEOS]


def observations(film: Film, cache: Path) -> list[Observation]:
    """All that the real pipeline sees in it, as ``stretches count`` sees it; cached."""

    def observe() -> list[Observation]:
        source = FileSource(
            film.video,
            CameraSettings(mirror=film.mirrored),
            clock=SystemClock(),
            speed=None,
            start_at=START,
        )
        with source:
            observer = open_observer("litert")
            try:
                return list(batch.observations(source, observer, LOOKS_PER_S))
            finally:
                observer.close()

    return kept(film.video.stem, film.video, cache, observe, "exercise", LOOKS_PER_S, film.mirrored)


def bodies(seen: Iterable[Observation]) -> list[BodyAt]:
    """The body in each frame."""
    return [BodyAt(observation.t_s, body_of(observation)) for observation in seen]


def at_pace(seen: Sequence[BodyAt], per_s: float | None) -> Iterator[BodyAt]:
    """Every frame, or only so many a second."""
    due_s = 0.0
    for observed in seen:
        if per_s is None or observed.t_s >= due_s - 1e-6:
            due_s = observed.t_s + (0.0 if per_s is None else 1.0 / per_s)
            yield observed


def count(film: Film, exercise: str, seen: Iterable[BodyAt]) -> Counted:
    """What the counter makes of it, movement by movement."""
    progress = counter.begin(exercise)
    movements: list[Movement] = []
    unseen_s, last_s = 0.0, None
    for observed in seen:
        before, progress = progress, counter.watch_body(progress, observed)
        for side, state in progress.sides.items():
            was = before.sides[side]
            moved = was.phase in (Phase.MOVING, Phase.OUT) and state.phase is Phase.HOME
            if moved and state.ended_s > was.ended_s:
                movements.append(Movement(side, state.ended_s, was.peak, str(state.hint)))
        if last_s is not None and observed.body is None:
            unseen_s += observed.t_s - last_s
        last_s = observed.t_s
    progress = counter.finish(progress)
    repetitions = {side: state.repetitions for side, state in progress.sides.items()}
    return Counted(film, exercise, repetitions, tuple(movements), unseen_s)


# --------------------------------------------------------------------------- report


def share_line(name: str, results: Sequence[Counted]) -> str:
    """A row of the table: films, exactly right, at most one off.

    >>> share_line("none", [])
    '| none | 0 | – | – |'
    """
    if not results:
        return f"| {name} | 0 | – | – |"
    exact = sum(one.off == 0 for one in results)
    near = sum(one.off <= 1 for one in results)
    total = len(results)
    return (
        f"| {name} | {total} | {exact} ({100 * exact / total:.0f} %)"
        f" | {near} ({100 * near / total:.0f} %) |"
    )


def wrong_line(one: Counted) -> str:
    """One film counted wrongly: what was expected, what was counted, and the measures behind it."""
    rule = RULES[one.exercise].count
    moves = ", ".join(
        f"{move.side} {move.t_s:.1f} s: {move.peak:.3g} {move.verdict}" for move in one.movements
    )
    return (
        f"- `{one.film.video.stem}`, {one.exercise}: {dict(one.film.repetitions)} were done,"
        f" {dict(one.repetitions)} counted; unseen {one.unseen_s:.1f} s. A movement counts from"
        f" {rule.enter:g} on. Movements: {moves or 'none'}."
    )


def report(
    by_pace: Mapping[float | None, Sequence[Counted]],
    negatives: Sequence[Counted],
    negative_s: float,
) -> str:
    """The whole report."""
    natural = by_pace[None]
    lines = ["# How right exercises are counted", ""]
    lines += ["| exercise | films | exact | off by one at most |", "|---|---|---|---|"]
    for name in RULES:
        lines.append(share_line(name, [one for one in natural if one.exercise == name]))
    lines.append(share_line("**all**", natural))
    lines += ["", "| done | films | exact | off by one at most |", "|---|---|---|---|"]
    for manner in ("right", "half", "fast", "not"):
        lines.append(share_line(manner, [one for one in natural if one.film.manner == manner]))
    lines += ["", "| frames a second | films | exact | off by one at most |", "|---|---|---|---|"]
    for pace, results in by_pace.items():
        lines.append(share_line("as filmed" if pace is None else f"{pace:g}", results))
    lines += ["", "## Films counted wrongly", ""]
    lines += [wrong_line(one) for one in natural if one.off] or ["None."]
    if negatives:
        lines += ["", "## Films without an exercise", ""]
        lines.append(f"{negative_s / 60:.1f} minutes, each by every exercise's counter.")
        false = Counter({name: 0 for name in RULES})
        for one in negatives:
            false[one.exercise] += one.off
        lines += ["", "| exercise | false repetitions |", "|---|---|"]
        lines += [f"| {name} | {count} |" for name, count in false.items()]
        lines.append("")
        lines += [wrong_line(one) for one in negatives if one.off]
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 0 = done, 1 = a folder that can't be used."""
    parser = argparse.ArgumentParser(prog="python -m calibration.exercises", description=__doc__)
    parser.add_argument("--films", type=Path, required=True, action="append", metavar="DIR")
    parser.add_argument("--negatives", type=Path, action="append", default=[], metavar="DIR")
    parser.add_argument("--mirrored", action="store_true", help="read the films mirrored")
    parser.add_argument("--cache", type=Path, default=CACHE, metavar="DIR")
    parser.add_argument("--out", type=Path, default=REPORT, metavar="FILE")
    options = parser.parse_args(arguments)
    try:
        films = [film for one in options.films for film in films_in(one, mirrored=options.mirrored)]
    except (OSError, ValueError) as error:
        print(f"error: no list of films: {error}", file=sys.stderr)
        return 1
    by_pace: dict[float | None, list[Counted]] = {pace: [] for pace in PACES_PER_S}
    for number, film in enumerate(films, start=1):
        seen = bodies(observations(film, options.cache))
        assert film.exercise is not None
        for pace, results in by_pace.items():
            results.append(count(film, film.exercise, at_pace(seen, pace)))
        print(f"{number} of {len(films)}: {film.video.stem}", file=sys.stderr, flush=True)
    negatives: list[Counted] = []
    negative_s = 0.0
    for film in (film for folder in options.negatives for film in negatives_in(folder)):
        seen = bodies(observations(film, options.cache))
        negative_s += seen[-1].t_s - seen[0].t_s if seen else 0.0
        negatives += [count(film, name, seen) for name in RULES]
        print(f"without an exercise: {film.video.stem}", file=sys.stderr, flush=True)
    options.out.write_text(report(by_pace, negatives, negative_s), encoding="utf-8")
    print(options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Is it known who is there? Presence a sample, and how soon each change is known.

Presence is judged frame by frame, three a second. Changes of state are timed as a live camera
would take them: at its cadence, with the gate before the models, and from several first frames,
since a delay depends on when the last frame before the change happened to be.

python -m calibration.presence
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from calibration.extract import observations
from calibration.recordings import (
    MANIFEST,
    RENDERS,
    ROOT,
    Recording,
    load,
    read_manifest,
    read_truth,
)
from posture_monitor.config import CameraSettings, Settings
from posture_monitor.core import session
from posture_monitor.core.day.cadence import LIVE, Reuse, is_settled, next_frame_s
from posture_monitor.core.judge import presence
from posture_monitor.core.judge.presence import PresenceState
from posture_monitor.core.session import SessionState, Setup
from posture_monitor.domain import CalibrationError, Observation, Presence, State
from posture_monitor.monitor.calibrating import Gathering
from posture_monitor.system.clock import SystemClock
from posture_monitor.vision.observer import open_observer
from posture_monitor.vision.recordings import FileSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from posture_monitor.core.judge.baseline import Baseline

CACHE = ROOT / "calibration" / ".cache"
PHASES_S = (0.0, 0.375, 0.75, 1.125)
"""When the first frame comes: frames are 1.5 seconds apart while nothing happens."""
AROUND_S = 1.0
"""Samples nearer to a change are not scored: its very moment is a matter of opinion."""
TIMEOUT_S = 3.0
TARGET = 0.98
DARK_EXPOSURE = 0.1
"""Share of the room's light below which nobody could tell who is there."""
_STATES: dict[Presence, frozenset[State]] = {
    Presence.PRESENT: frozenset({State.SITTING, State.STANDING}),
    Presence.AWAY: frozenset({State.AWAY, State.BREAK}),
    Presence.UNKNOWN: frozenset({State.UNKNOWN}),
}


@dataclass(frozen=True, slots=True)
class Change:
    """Somebody came or went, or the light did."""

    at_s: float
    now: Presence
    delays_s: tuple[float | None, ...]
    """Until the state knew, one for each first frame; None: never."""

    @property
    def worst_s(self) -> float | None:
        known = [delay for delay in self.delays_s if delay is not None]
        return max(known) if len(known) == len(self.delays_s) else None


@dataclass(frozen=True, slots=True)
class Known:
    """What was known of one recording."""

    name: str
    right: int
    scored: int
    changes: tuple[Change, ...] = ()
    invented: tuple[float, ...] = ()
    """Times at which a live state took somebody for gone or come who was not."""

    @property
    def share_right(self) -> float:
        return self.right / self.scored if self.scored else float("nan")


@dataclass(slots=True)
class Truth:
    """Who is there in each frame of a recording."""

    times: list[float] = field(default_factory=list)
    seen: list[Presence] = field(default_factory=list)

    def add(self, t_s: float, seen: Presence) -> None:
        self.times.append(t_s)
        self.seen.append(seen)

    def changes(self) -> list[tuple[float, Presence]]:
        """Times and what is so from then on."""
        together = zip(self.times, self.seen, strict=True)
        return [(at_s, now) for (_, before), (at_s, now) in pairwise(together) if before != now]

    def lasting_changes(self) -> list[tuple[float, Presence]]:
        """Those that last long enough to have to be known, and the ones that end such a state."""
        changes = self.changes()
        ends = [*(at_s for at_s, _ in changes[1:]), math.inf]
        found: list[tuple[float, Presence]] = []
        for (at_s, now), end_s in zip(changes, ends, strict=False):
            before = found[-1][1] if found else self.seen[0]
            if end_s - at_s > TIMEOUT_S and now is not before:
                found.append((at_s, now))
        return found

    def around(self, t_s: float) -> set[Presence]:
        """All that is true within a second of a time."""
        near = AROUND_S + 1e-3
        pairs = zip(self.times, self.seen, strict=True)
        return {seen for at_s, seen in pairs if abs(at_s - t_s) <= near}


def truth_of(video: Path) -> Truth:
    """From the file beside the video; while its light is out, or a card is shown, nobody could
    tell."""
    truth = Truth()
    with video.with_suffix(".csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            hidden = row["label"] in ("dark", "title_card")
            dark = hidden or float(row.get("exposure") or 1.0) < DARK_EXPOSURE
            here = Presence.PRESENT if row["present"] == "1" else Presence.AWAY
            truth.add(float(row["t"]), Presence.UNKNOWN if dark else here)
    return truth


def load_presence_samples() -> list[Recording]:
    """The clips of ``samples/presence``."""
    return [
        Recording(
            name=entry["name"],
            video=ROOT / "samples" / entry["file"],
            person=entry["person"]["human"],
            camera=entry["camera"]["place"],
            light=entry["light"],
            truth=read_truth((ROOT / "samples" / entry["file"]).with_suffix(".csv")),
            calibration_end_s=float(entry["calibration_s"][1]),
            special=True,
        )
        for entry in read_manifest(MANIFEST)
        if entry["file"].startswith("presence/")
    ]


def baseline_of(recording: Recording, observed: Iterable[Observation]) -> Baseline | None:
    """The baseline of the upright start; None where it can't serve."""
    gathering = Gathering()
    for observation in observed:
        if observation.t_s <= recording.calibration_end_s:
            gathering.add(observation)
    try:
        return gathering.fit()
    except CalibrationError:
        return None


def score(
    truth: Truth, seen: Iterable[Observation], baseline: Baseline | None
) -> tuple[int, int, list[float]]:
    """How many samples are right, of how many, and the times of those that are not."""
    state = PresenceState()
    right, wrong = 0, []
    for observation in seen:
        state, _ = presence.step(state, observation, baseline)
        near = truth.around(observation.t_s)
        if len(near) != 1:
            continue
        if state.presence in near:
            right += 1
        else:
            wrong.append(observation.t_s)
    return right, right + len(wrong), wrong


def watch(
    video: Path, baseline: Baseline | None, first_s: float, reuse: Reuse | None = LIVE
) -> list[tuple[float, State]]:
    """Time and state of each frame, taken as a live camera would from ``first_s`` on."""
    observer = open_observer("litert", reuse=reuse)
    setup = Setup(Settings(), baseline)
    state, due_s = SessionState(), first_s
    seen: list[tuple[float, State]] = []
    with FileSource(video, CameraSettings(), clock=SystemClock(), speed=None) as source:
        while (frame := source.read(skip_until_s=due_s)) is not None:
            observation = observer.observe(frame, settled=is_settled(state))
            state = session.step(state, observation, setup).state
            seen.append((frame.t_s, state.sitting.state))
            due_s = frame.t_s + next_frame_s(state, frame.t_s)
    observer.close()
    return seen


def delay_s(seen: Sequence[tuple[float, State]], at_s: float, now: Presence) -> float | None:
    """Seconds from a change until the state knew of it."""
    wanted = _STATES[now]
    return next((t_s - at_s for t_s, state in seen if t_s >= at_s and state in wanted), None)


def invented_s(seen: Sequence[tuple[float, State]], truth: Truth) -> list[float]:
    """Times at which the state took somebody for gone, come or hidden who was not.

    A change may be known ``TIMEOUT_S`` late and a frame early; the start takes a moment, too.
    """
    changes = truth.changes()
    found: list[float] = []
    for (_, before), (t_s, state) in pairwise(seen):
        if state is before or (before is State.UNKNOWN and t_s <= 2.0 * TIMEOUT_S):
            continue
        if {state, before} <= _STATES[Presence.PRESENT] or {state, before} <= _STATES[
            Presence.AWAY
        ]:
            continue
        if not any(
            state in _STATES[now] and at_s - AROUND_S <= t_s <= at_s + 2.0 * TIMEOUT_S
            for at_s, now in changes
        ):
            found.append(t_s)
    return found


def known_of(recording: Recording, cache: Path = CACHE) -> Known:
    """Presence in every sample and the delay of every change of one recording."""
    truth, observed = truth_of(recording.video), observations(recording, cache)
    baseline = baseline_of(recording, observed)
    right, scored, _ = score(truth, observed, baseline)
    changes = truth.lasting_changes()
    # An hour's work for all recordings: those in which nothing changes have their samples alone.
    watched = changes or recording.special
    runs = [watch(recording.video, baseline, first_s) for first_s in PHASES_S if watched]
    return Known(
        recording.name,
        right,
        scored,
        tuple(
            Change(at_s, now, tuple(delay_s(seen, at_s, now) for seen in runs))
            for at_s, now in changes
        ),
        tuple(sorted({t_s for seen in runs for t_s in invented_s(seen, truth)})),
    )


def section(found: Sequence[Known]) -> list[str]:
    """Lines of the report, as Markdown."""
    scored = sum(known.scored for known in found)
    right = sum(known.right for known in found)
    changes = [change for known in found for change in known.changes]
    late = [c for c in changes if c.worst_s is None or c.worst_s > TIMEOUT_S + 1e-3]
    worst = min(found, key=lambda known: known.share_right)
    invented = sum(len(known.invented) for known in found)
    lines = [
        "## Presence",
        "",
        f"Right in {right / scored:.4f} of {scored} samples of {len(found)} recordings, away from "
        f"changes by {AROUND_S:g} s (target {TARGET:g}); the worst recording, {worst.name}, in "
        f"{worst.share_right:.4f}. {len(changes)} changes, each from {len(PHASES_S)} first frames: "
        f"{len(late)} known later than after {TIMEOUT_S:g} s. Changes of state that nothing in the "
        f"picture explains: {invented}.",
        "",
        "| recording | right | change | at | known after (worst of four first frames) |",
        "|---|---|---|---|---|",
    ]
    for known in found:
        for change in known.changes:
            after = "never" if change.worst_s is None else f"{change.worst_s:.1f} s"
            lines.append(
                f"| {known.name} | {known.share_right:.3f} | {change.now} | {change.at_s:.1f} s | "
                f"{after}{' **late**' if change in late else ''} |"
            )
        if known.invented:
            times = ", ".join(f"{t_s:.1f} s" for t_s in known.invented)
            lines.append(f"| {known.name} | {known.share_right:.3f} | **none** | {times} | |")
        elif not known.changes and known.share_right < 1.0:
            lines.append(f"| {known.name} | {known.share_right:.3f} | none | | |")
    return [*lines, ""]


def measure(
    recordings: Sequence[Recording],
    cache: Path = CACHE,
    progress: Callable[[str], None] | None = None,
) -> list[Known]:
    """All that is known of all recordings."""
    found: list[Known] = []
    for number, recording in enumerate(recordings, 1):
        found.append(known_of(recording, cache))
        if progress is not None:
            progress(f"{number}/{len(recordings)} {recording.name} {found[-1].share_right:.4f}")
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m calibration.presence", description=__doc__)
    parser.add_argument(
        "--renders", type=Path, default=RENDERS, help="folder of the rendered calibration set"
    )
    parser.add_argument("--cache", type=Path, default=CACHE, help="where frames are kept")
    parser.add_argument("--only", default="", help="recordings whose name holds this")
    arguments = parser.parse_args(argv)
    recordings = [*load_presence_samples(), *load(arguments.renders)]
    chosen = [recording for recording in recordings if arguments.only in recording.name]
    found = measure(chosen, arguments.cache, lambda text: print(text, file=sys.stderr))
    print("\n".join(section(found)))
    return 0


if __name__ == "__main__":
    sys.exit(main())

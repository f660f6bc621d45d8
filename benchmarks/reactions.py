"""How soon are leaving, returning and strain known, at the live cadence and with the gate?

A recording is looked at exactly as a live camera would be: each frame decides when the next
one comes. Times are the recording's own, so that the figures are the same on any machine.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from posture_monitor.config import CameraSettings, Settings
from posture_monitor.core import session
from posture_monitor.core.day.cadence import LIVE, Reuse, is_settled, next_frame_s
from posture_monitor.core.session import SessionState, Setup
from posture_monitor.domain import State
from posture_monitor.monitor.calibrating import Gathering
from posture_monitor.system.clock import SystemClock
from posture_monitor.vision.observer import open_observer
from posture_monitor.vision.recordings import FileSource

if TYPE_CHECKING:
    from posture_monitor.core.judge.baseline import Baseline

CLIPS = Path(__file__).resolve().parent.parent / "samples" / "clips"
SETTLED = frozenset({"upright", "stand", "away"})


@dataclass(frozen=True, slots=True)
class Reaction:
    """What happened when, and when it was known."""

    what: str
    clip: str
    happened_s: float
    known_s: float | None

    @property
    def delay_s(self) -> float | None:
        return None if self.known_s is None else self.known_s - self.happened_s


def baseline_of(clip: Path, end_s: float) -> Baseline:
    """A profile from the upright start of a clip."""
    gathering = Gathering()
    observer = open_observer("litert")
    with FileSource(clip, CameraSettings(), clock=SystemClock(), speed=None) as source:
        while (frame := source.read()) is not None and frame.t_s <= end_s:
            gathering.add(observer.observe(frame))
    observer.close()
    return gathering.fit()


def watch(
    clip: Path, baseline: Baseline, reuse: Reuse | None
) -> tuple[list[tuple[float, State, bool]], int, int]:
    """(time, state, strained) of each frame; how many frames and model calls it took."""
    settings = Settings()
    setup = Setup(settings, baseline)
    observer = open_observer("litert", reuse=reuse)
    state, due_s = SessionState(), None
    seen: list[tuple[float, State, bool]] = []
    with FileSource(clip, CameraSettings(), clock=SystemClock(), speed=None) as source:
        while (frame := source.read(skip_until_s=due_s)) is not None:
            observation = observer.observe(frame, settled=is_settled(state))
            outcome = session.step(state, observation, setup)
            state = outcome.state
            seen.append((frame.t_s, state.sitting.state, bool(outcome.sample.strained)))
            due_s = frame.t_s + next_frame_s(state, frame.t_s)
    observer.close()
    return seen, observer.frames, observer.model_calls


def _first(seen: list[tuple[float, State, bool]], after_s: float, wanted: str) -> float | None:
    for t_s, state, strained in seen:
        if t_s < after_s:
            continue
        hit = strained if wanted == "strained" else (state is State.SITTING) == (wanted == "here")
        if hit:
            return t_s
    return None


def _strain_onsets(rows: list[dict[str, str]]) -> list[float]:
    """When a strained posture is first reached, coming from an upright one."""
    onsets: list[float] = []
    upright = True
    for row in rows:
        settled = row["transition"] == "0"
        if row["label"] in SETTLED and settled:
            upright = True
        elif upright and settled and row["label"] not in SETTLED:
            onsets.append(float(row["t"]))
            upright = False
    return onsets


def _presence_changes(rows: list[dict[str, str]]) -> list[tuple[float, str]]:
    changes: list[tuple[float, str]] = []
    for before, after in pairwise(rows):
        if before["present"] != after["present"]:
            changes.append((float(after["t"]), "here" if after["present"] == "1" else "gone"))
    return changes


def measure(clips: list[str] | None = None, reuse: Reuse | None = LIVE) -> list[Reaction]:
    """All reactions of the sample clips."""
    found: list[Reaction] = []
    for clip in sorted(CLIPS.glob("*.mp4")):
        if clips is not None and clip.stem not in clips:
            continue
        with clip.with_suffix(".csv").open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        seen, _, _ = watch(clip, baseline_of(clip, 4.0), reuse)
        for happened_s in _strain_onsets(rows):
            known = _first(seen, happened_s - 3.0, "strained")
            found.append(Reaction("strain judged", clip.stem, happened_s, known))
        for happened_s, what in _presence_changes(rows):
            name = "leaving known" if what == "gone" else "returning known"
            found.append(Reaction(name, clip.stem, happened_s, _first(seen, happened_s, what)))
    return found


def table(reactions: list[Reaction]) -> str:
    """As Markdown."""
    lines = ["| what | recording | happened | known after |", "|---|---|---|---|"]
    for reaction in reactions:
        delay = "never" if reaction.delay_s is None else f"{max(reaction.delay_s, 0.0):.1f} s"
        lines.append(
            f"| {reaction.what} | {reaction.clip} | {reaction.happened_s:.1f} s | {delay} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(measure()))

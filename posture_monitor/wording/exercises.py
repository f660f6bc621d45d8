"""What an exercise is called, how it is done and what to mind, from the data file beside this."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from posture_monitor.core.exercises.counting import Hint
from posture_monitor.core.exercises.library import Evidence

if TYPE_CHECKING:
    from collections.abc import Mapping

ALL_CAUTIONS = "Stop if you feel dizzy, if something tingles, or if pain shoots into an arm or leg."
"""Holds for every exercise."""

EVIDENCE_TEXT: Mapping[Evidence, str] = {
    Evidence.TRIALS: "helped in trials with office workers, on average and not everyone",
    Evidence.LOW: "few or small trials; it may help",
    Evidence.PRACTICE: "ordinary practice; no trial shows how much it helps",
}

HINT_TEXT: Mapping[Hint, str] = {
    Hint.NONE: "",
    Hint.FURTHER: "a little further",
    Hint.SLOWER: "slower",
    Hint.STILL: "sit still for a second",
    Hint.DONE: "done",
    Hint.NOT_SEEN: "head and both shoulders must be in the picture",
    Hint.HANDS_DOWN: "lower your hands",
}


@dataclass(frozen=True, slots=True)
class ExerciseText:
    """Words of one exercise."""

    title: str
    steps: tuple[str, ...]
    cautions: tuple[str, ...]


@lru_cache(maxsize=1)
def exercise_texts() -> Mapping[str, ExerciseText]:
    """Words by the names of ``core.exercises.library``."""
    text = files("posture_monitor.wording").joinpath("exercises.toml").read_text(encoding="utf-8")
    return {
        name: ExerciseText(one["title"], tuple(one["steps"]), tuple(one["cautions"]))
        for name, one in tomllib.loads(text).items()
    }

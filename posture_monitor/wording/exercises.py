"""What an exercise is called, how it is done and what to mind, from the data file beside this."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from posture_monitor.core.exercises.counting import Hint
from posture_monitor.core.exercises.library import Evidence, Kind
from posture_monitor.wording.language import N_, Words, _

if TYPE_CHECKING:
    from collections.abc import Mapping

ALL_CAUTIONS = N_(
    "Stop if you feel dizzy, if something tingles, or if pain shoots into an arm or leg."
)
"""Holds for every exercise."""

EVIDENCE_TEXT: Mapping[Evidence, str] = Words(
    {
        Evidence.TRIALS: N_("helped in trials with office workers, on average and not everyone"),
        Evidence.LOW: N_("few or small trials; it may help"),
        Evidence.PRACTICE: N_("ordinary practice; no trial shows how much it helps"),
    }
)

HINT_TEXT: Mapping[Hint, str] = Words(
    {
        Hint.NONE: "",
        Hint.FURTHER: N_("a little further"),
        Hint.SLOWER: N_("slower"),
        Hint.STILL: N_("sit still for a second"),
        Hint.DONE: N_("done"),
        Hint.NOT_SEEN: N_("head and both shoulders must be in the picture"),
        Hint.HANDS_DOWN: N_("lower your hands"),
    }
)


KIND_TEXT: Mapping[Kind, str] = Words(
    {
        Kind.STRETCH: N_("stretch"),
        Kind.STRENGTH: N_("strength"),
        Kind.MOBILITY: N_("mobility"),
        Kind.MASSAGE: N_("massage"),
        Kind.RELAX: N_("relax"),
    }
)


@dataclass(frozen=True, slots=True)
class ExerciseText:
    """Words of one exercise."""

    title: str
    steps: tuple[str, ...]
    cautions: tuple[str, ...]


@lru_cache(maxsize=1)
def _document() -> dict[str, Any]:
    text = files("posture_monitor.wording").joinpath("exercises.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def exercise_texts() -> Mapping[str, ExerciseText]:
    """Words by the names of ``core.exercises.library``."""
    return {
        name: ExerciseText(
            _(one["title"]), tuple(map(_, one["steps"])), tuple(map(_, one["cautions"]))
        )
        for name, one in _document().items()
    }

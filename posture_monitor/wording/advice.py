"""What helps a tense back, how sure that is, and when to see a doctor; from the file beside."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from posture_monitor.wording.language import N_, _

SURE_TEXT = {
    "good": N_("well established"),
    "fair": N_("fairly sure"),
    "low": N_("not sure"),
    "none": N_("not shown"),
}
NO_DEVICE = N_(
    "posture-monitor informs; it is no medical device, and this is no substitute for a doctor."
)
NEAR_CM, FAR_CM = 45.0, 85.0
"""About an arm's length, with room for short and long arms (ordinary practice)."""


@dataclass(frozen=True, slots=True)
class Point:
    """One piece of advice."""

    text: str
    sure: str
    """In words."""
    source: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Some of them under a title."""

    title: str
    points: tuple[Point, ...]


def advice() -> tuple[Section, ...]:
    """All of it."""
    return tuple(
        Section(
            _(section["title"]),
            tuple(
                Point(
                    _(point["text"]),
                    _(SURE_TEXT[point["sure"]]),
                    _(point["source"]),
                    point.get("link", ""),
                )
                for point in section["point"]
            ),
        )
        for section in _document()["section"]
    )


@lru_cache(maxsize=1)
def _document() -> dict[str, Any]:
    text = files("posture_monitor.wording").joinpath("advice.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def distance_sentence(distance_cm: float, *, measured: bool) -> str:
    """What the calibration says about how far the eyes are from the camera.

    >>> distance_sentence(62.4, measured=True)
    'At your calibration the camera was 62 cm from your eyes, about an arm’s length.'
    """
    if not measured:
        return _(
            "How far your eyes are from the screen was not measured: calibrate with "
            "--distance-cm, the distance from your eyes to the camera."
        )
    verdict = _("about an arm’s length")
    if distance_cm < NEAR_CM:
        verdict = _("rather near: try it a little further away, or larger text")
    elif distance_cm > FAR_CM:
        verdict = _("rather far: if you lean in to read, bring the screen nearer")
    return _(
        "At your calibration the camera was {distance_cm:.0f} cm from your eyes, {verdict}.",
        distance_cm=distance_cm,
        verdict=verdict,
    )

"""Every exercise that a break can offer: kind, sides, dose, what it relieves and who says so.

Words are elsewhere (``wording/exercises.toml``, by the same names). Doses are those of the named
sources, shortened to what fits a break; how sure the effect is, is said beside each.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING

from posture_monitor.core.exercises.rules import RULES
from posture_monitor.domain import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping


class Kind(StrEnum):
    """What an exercise is for."""

    STRETCH = "stretch"
    STRENGTH = "strength"
    MOBILITY = "mobility"
    MASSAGE = "massage"
    RELAX = "relax"


class Evidence(StrEnum):
    """How sure it is that such exercises help; of the best trial or review of their kind."""

    TRIALS = "trials"
    """Randomised trials among office workers, low to moderate certainty."""
    LOW = "low"
    """Few or small trials."""
    PRACTICE = "practice"
    """Ordinary practice; no trial was found."""


@dataclass(frozen=True, slots=True)
class Source:
    """Who describes the exercise or measured its effect."""

    name: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Dose:
    """How much of it, on each side where there are sides."""

    repetitions: int
    hold_s: float = 0.0
    """Of each repetition; 0 = none."""


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise of the library."""

    name: str
    kind: Kind
    dose: Dose
    duration_s: float
    """Of the whole dose at an easy pace."""
    relieves: tuple[Reason, ...]
    evidence: Evidence
    source: Source
    sides: tuple[str, ...] = ()
    """``left`` and ``right``; none where both sides move at once."""
    seated: bool = True
    standing: bool = True
    in_view: bool = True
    """Whether head and shoulders stay in the camera's picture meanwhile."""

    @property
    def counted(self) -> bool:
        """Whether the camera can count it; else a timer runs."""
        return self.name in RULES


_SIDES = ("left", "right")
_NECK_TRIAL = Source("Tunwattanapong et al. 2016", "https://doi.org/10.1177/0269215515575747")
_OFFICE_TRIAL = Source("Sihawong et al. 2014", "https://doi.org/10.1007/s00586-014-3212-3")
_SITTING = Source("NHS, Sitting exercises", "https://www.nhs.uk/live-well/exercise/")
_STRENGTH = Source("NHS, Strength exercises", "https://www.nhs.uk/live-well/exercise/")
_WORKSTATION = Source(
    "CCOHS, Stretching at the workstation",
    "https://www.ccohs.ca/oshanswers/ergonomics/office/stretching.html",
)
_NECK_LEAFLET = Source(
    "SIRA New South Wales, Neck exercises",
    "https://www.sira.nsw.gov.au/resources-library/motor-accident-resources/publications/"
    "injury-advice-centre/whiplash-neck-exercises/exercises-while-sitting",
)
_BAND_TRIAL = Source("Andersen et al. 2011 (with an elastic band)")
_MASSAGE_REVIEW = Source("Patel et al. 2012, Cochrane CD004871 (massage by others)")
_MOVE_TRIAL = Source("Waongenngarm et al. 2021", "https://doi.org/10.5271/sjweh.3949")

R = Reason

# Doses are those of the named sources, or ordinary practice where they name none.
_ALL = (
    Exercise(
        "neck_side_bend",
        Kind.STRETCH,
        Dose(1, 15.0),
        45.0,
        (R.HEAD_TILT, R.SHRUG, R.SHOULDER_TILT, R.FORWARD_HEAD),
        Evidence.TRIALS,
        _NECK_TRIAL,
        _SIDES,
    ),
    Exercise(
        "head_turn",
        Kind.MOBILITY,
        Dose(5),
        45.0,
        (R.HEAD_TURN, R.HEAD_DOWN, R.FORWARD_HEAD),
        Evidence.LOW,
        _SITTING,
        _SIDES,
    ),
    Exercise(
        "shoulder_shrug",
        Kind.RELAX,
        Dose(10),
        40.0,
        (R.SHRUG, R.SHOULDER_TILT, R.FORWARD_HEAD),
        Evidence.PRACTICE,
        _WORKSTATION,
    ),
    Exercise(
        "shoulder_roll",
        Kind.MOBILITY,
        Dose(8),
        30.0,
        (R.SHRUG, R.SLOUCH, R.SHOULDER_TILT),
        Evidence.PRACTICE,
        _WORKSTATION,
    ),
    Exercise(
        "arms_raised_sideways",
        Kind.STRENGTH,
        Dose(10),
        50.0,
        (R.SHRUG, R.FORWARD_HEAD, R.SLOUCH),
        Evidence.TRIALS,
        _BAND_TRIAL,
    ),
    Exercise(
        "overhead_reach",
        Kind.STRETCH,
        Dose(5, 5.0),
        45.0,
        (R.SLOUCH, R.LEAN_IN, R.HEAD_DOWN),
        Evidence.PRACTICE,
        _SITTING,
    ),
    Exercise(
        "seated_side_bend",
        Kind.STRETCH,
        Dose(1, 15.0),
        45.0,
        (R.LEAN_LEFT, R.LEAN_RIGHT, R.SLOUCH),
        Evidence.TRIALS,
        _OFFICE_TRIAL,
        _SIDES,
        standing=False,
    ),
    Exercise(
        "seated_twist",
        Kind.STRETCH,
        Dose(1, 10.0),
        35.0,
        (R.SLOUCH, R.LEAN_LEFT, R.LEAN_RIGHT, R.HEAD_TURN),
        Evidence.LOW,
        _SITTING,
        _SIDES,
        standing=False,
    ),
    Exercise(
        "stand_up_and_sit_down",
        Kind.STRENGTH,
        Dose(8),
        45.0,
        (R.SLOUCH, R.LEAN_IN),
        Evidence.LOW,
        _STRENGTH,
        seated=False,
        in_view=False,
    ),
    Exercise(
        "chest_opener",
        Kind.STRETCH,
        Dose(1, 15.0),
        25.0,
        (R.SLOUCH, R.FORWARD_HEAD, R.LEAN_IN),
        Evidence.PRACTICE,
        _WORKSTATION,
    ),
    Exercise(
        "blade_squeeze",
        Kind.STRENGTH,
        Dose(10, 3.0),
        50.0,
        (R.SLOUCH, R.FORWARD_HEAD, R.SHRUG),
        Evidence.TRIALS,
        _NECK_LEAFLET,
    ),
    Exercise(
        "chin_tuck",
        Kind.STRENGTH,
        Dose(8, 3.0),
        45.0,
        (R.FORWARD_HEAD, R.HEAD_DOWN, R.LEAN_IN),
        Evidence.LOW,
        _NECK_LEAFLET,
    ),
    Exercise(
        "wrist_and_forearm_stretch",
        Kind.STRETCH,
        Dose(1, 15.0),
        40.0,
        (R.LEAN_IN,),
        Evidence.PRACTICE,
        _WORKSTATION,
        _SIDES,
    ),
    Exercise(
        "calf_raise",
        Kind.STRENGTH,
        Dose(10),
        35.0,
        (R.SLOUCH,),
        Evidence.PRACTICE,
        _STRENGTH,
        seated=False,
        in_view=False,
    ),
    Exercise(
        "hip_hinge",
        Kind.STRENGTH,
        Dose(10),
        45.0,
        (R.SLOUCH, R.LEAN_IN),
        Evidence.PRACTICE,
        _OFFICE_TRIAL,
        seated=False,
        in_view=False,
    ),
    Exercise(
        "neck_self_massage",
        Kind.MASSAGE,
        Dose(1, 20.0),
        50.0,
        (R.SHRUG, R.HEAD_DOWN, R.FORWARD_HEAD, R.HEAD_TILT),
        Evidence.LOW,
        _MASSAGE_REVIEW,
        _SIDES,
    ),
    Exercise(
        "shift_in_the_chair",
        Kind.MOBILITY,
        Dose(5),
        30.0,
        (R.SLOUCH, R.LEAN_LEFT, R.LEAN_RIGHT, R.LEAN_IN),
        Evidence.TRIALS,
        _MOVE_TRIAL,
        standing=False,
    ),
    Exercise(
        "far_look",
        Kind.RELAX,
        Dose(1, 20.0),
        20.0,
        (R.LEAN_IN, R.HEAD_DOWN),
        Evidence.PRACTICE,
        _WORKSTATION,
        in_view=False,
    ),
)

EXERCISES: Mapping[str, Exercise] = {exercise.name: exercise for exercise in _ALL}


def find(name: str) -> Exercise | None:
    """The exercise of this name, however it is written: ``Head-turn`` is ``head_turn``.

    >>> found = find("Neck side bend")
    >>> found and found.name
    'neck_side_bend'
    """
    return EXERCISES.get(_plain(name))


def nearest(name: str) -> tuple[str, ...]:
    """Names that may have been meant, best first; those that share a word, too."""
    plain = _plain(name)
    close = get_close_matches(plain, EXERCISES, n=3, cutoff=0.6)
    words = set(plain.split("_"))
    sharing = [other for other in EXERCISES if words & set(other.split("_"))]
    return tuple(dict.fromkeys([*close, *sharing]))[:3]


def _plain(name: str) -> str:
    return "_".join(name.casefold().replace("-", " ").replace("_", " ").split())

"""What a calibration says: what to do, what comes next."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from posture_monitor.domain import TIRED_S, UPRIGHT_S
from posture_monitor.wording.language import N_, Words, _

if TYPE_CHECKING:
    from collections.abc import Iterable

SIT = N_("Sit upright, look at the screen, with head and both shoulders in the picture.")
STAND = N_("Stand upright, look at the screen, with head and both shoulders in the picture.")
STARTING = N_("It begins in {seconds}.")
NOW_TIRED = N_("Now sit as you do when tired, for {seconds:.0f} seconds.")
NEXT_RUN = N_("Next: posture-monitor run (it watches, and reminds when that helps)")
SEE_IT_LIVE = N_("See it live: {page}")
FIRST_RUN = N_(
    "No profile fits yet: your first steady minute serves as the reference "
    "(profile 'self'). Sit as you like to sit. 'posture-monitor calibrate' makes "
    "a better one in {seconds:.0f} seconds."
)
HOLD_SITTING = N_("sit upright, look at the screen and hold still for {seconds:.0f} seconds")
HOLD_STANDING = N_("stand upright, look at the screen and hold still for {seconds:.0f} seconds")
TIRED_HELP = N_(
    "then {seconds:.0f} seconds as you sit when tired: strain begins halfway between the two"
)
NO_PROFILE = N_("none yet; make one in {seconds:.0f} seconds: posture-monitor calibrate")


def prepare(*, standing: bool) -> str:
    """Before the countdown."""
    return _(STAND if standing else SIT)


def hold_still(*, standing: bool) -> str:
    """While it measures.

    >>> hold_still(standing=False)
    'sit upright, look at the screen and hold still for 12 seconds'
    """
    return _(HOLD_STANDING if standing else HOLD_SITTING, seconds=UPRIGHT_S)


def now_tired() -> str:
    """
    >>> now_tired()
    'Now sit as you do when tired, for 8 seconds.'
    """
    return _(NOW_TIRED, seconds=TIRED_S)


def first_run() -> str:
    """What is said where no profile fits."""
    return _(FIRST_RUN, seconds=UPRIGHT_S)


GRADES: Words[str] = Words({"good": N_("good"), "fair": N_("fair"), "poor": N_("poor")})
"""By ``core.judge.baseline.Grade``."""
_REMARKS = (
    N_("short: {seen} s seen, {better} s are better"),
    N_("only {usable} of {total} frames could be used"),
    N_("the picture is dim; more light helps"),
    N_("the picture is soft or flat; clean the lens, avoid fog and glare"),
    N_("you moved ({how}); sit still and look at the screen"),
    N_("your shoulders aren't in view: only the head can be measured; move back"),
    N_("the tired seat was left out: only {usable} clear frames of it"),
    N_("the tired seat was left out: it looks like the upright one"),
    N_("with a tired seat"),
)


def remark(written: str) -> str:
    """What a profile keeps about its quality, which is English; one of another version as it is.

    >>> remark("short: 8 s seen, 12 s are better")
    'short: 8 s seen, 12 s are better'
    """
    for text in _REMARKS:
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(text))
        if (found := re.fullmatch(pattern, written)) is not None:
            return _(text, **found.groupdict())
    return written


def quality(grade: str, remarks: Iterable[str]) -> str:
    """
    >>> quality("fair", ["the picture is dim; more light helps"])
    'fair; the picture is dim; more light helps'
    """
    return "; ".join([GRADES.get(grade, grade), *map(remark, remarks)])

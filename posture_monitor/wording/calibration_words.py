"""What a calibration says: what to do, what comes next."""

from __future__ import annotations

from posture_monitor.domain import TIRED_S, UPRIGHT_S

SIT = "Sit upright, look at the screen, with head and both shoulders in the picture."
STAND = "Stand upright, look at the screen, with head and both shoulders in the picture."
STARTING = "It begins in {seconds}."
NOW_TIRED = "Now sit as you do when tired, for {seconds:.0f} seconds."
NEXT_RUN = "Next: posture-monitor run (it watches, and reminds when that helps)"
SEE_IT_LIVE = "See it live: {page}"
NEXT_LIVE = SEE_IT_LIVE.format(page="posture-monitor dashboard")
FIRST_RUN = (
    "No profile fits yet: your first steady minute serves as the reference (profile 'self'). "
    "Sit as you like to sit. 'posture-monitor calibrate' makes a better one in {seconds:.0f} "
    "seconds."
)
HOLD_SITTING = "sit upright, look at the screen and hold still for {seconds:.0f} seconds"
HOLD_STANDING = "stand upright, look at the screen and hold still for {seconds:.0f} seconds"
TIRED_HELP = (
    "then {seconds:.0f} seconds as you sit when tired: strain begins halfway between the two"
)
NO_PROFILE = "none yet; make one in {seconds:.0f} seconds: posture-monitor calibrate"


def prepare(*, standing: bool) -> str:
    """Before the countdown."""
    return STAND if standing else SIT


def hold_still(*, standing: bool) -> str:
    """While it measures.

    >>> hold_still(standing=False)
    'sit upright, look at the screen and hold still for 12 seconds'
    """
    return (HOLD_STANDING if standing else HOLD_SITTING).format(seconds=UPRIGHT_S)


def now_tired() -> str:
    """
    >>> now_tired()
    'Now sit as you do when tired, for 8 seconds.'
    """
    return NOW_TIRED.format(seconds=TIRED_S)


def first_run() -> str:
    """What is said where no profile fits."""
    return FIRST_RUN.format(seconds=UPRIGHT_S)

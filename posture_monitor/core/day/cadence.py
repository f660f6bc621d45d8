"""How soon to look again, and whether a frame needs the model at all.

Looking costs little (a thumbnail), judging costs forty times as much (a pose). So frames are
steady and quick enough to notice leaving and strain within three seconds, while the model
runs only for pictures unlike those it has already seen; a little motion is followed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from posture_monitor.domain import Presence

if TYPE_CHECKING:
    from posture_monitor.core.session import SessionState

CALM_S = 1.5
"""Between frames while nothing changes: leaving is seen in 1.5 s, believed in one more."""
BUSY_S = 0.5
"""Between frames while something changes: the picture is a new one, a change waits to be
believed, or strain has just begun."""
FRESH_STRAIN_S = 1.0
"""Strain this young may be a glance still; then a quick frame tells sooner."""


@dataclass(frozen=True, slots=True)
class Reuse:
    """When a picture is like one already judged; shares of changed cells, 0-1.

    A judged person is followed while less than half of the head and the shoulders changes. On 65
    rendered recordings that costs the judgement nothing (balanced accuracy 0.953; 0.926 with a
    model call at each frame), where taking the old pose for up to 0.09 of changed cells makes it
    0.878. Where nobody was found there is nothing to follow.
    """

    same: float = 0.01
    """The pose needs no following."""
    followed: float = 0.5
    alike: float = 0.09
    """Of a picture without anybody; natural light changes 0.02 of an empty room."""
    keep_s: float = 240.0
    """A judged picture stands in for new ones this long: most model calls are for pictures that
    come back and whose judgement has faded. On the working morning (samples/workday.mp4) 240 s
    take a third fewer calls than 90 s: presence right in all of 1,440 looks either way, 4 more
    slouches called, and 1 of 829 upright looks."""


LIVE = Reuse()
RECORDED = Reuse(alike=0.04, keep_s=60.0)
"""For recordings precision comes first: nobody waits, nobody's battery empties."""


class Answer(Enum):
    """Where the answer to a frame comes from."""

    STANDS = "the judged picture's"
    FOLLOWED = "the judged picture's, moved along"
    MODEL = "a model's"


def answer_for(change: float, *, somebody: bool, settled: bool, rules: Reuse) -> Answer:
    """How to answer a look at a picture that differs by ``change`` from the nearest judged one.

    ``somebody`` is in that one for certain. While something is unsettled (a change waits to be
    believed) each frame is judged again, so that one wrong answer is not repeated until it is
    believed.
    """
    if not settled:
        return Answer.MODEL
    if change <= (rules.same if somebody else rules.alike):
        return Answer.STANDS
    if somebody and change <= rules.followed:
        return Answer.FOLLOWED
    return Answer.MODEL


def is_settled(state: SessionState) -> bool:
    """Whether no change of presence or of state waits to be believed."""
    return state.presence.candidate is None and state.sitting.candidate is None


def next_frame_s(state: SessionState, t_s: float) -> float:
    """Seconds until the next frame."""
    if not is_settled(state) or state.presence.presence is Presence.UNKNOWN:
        return BUSY_S
    away = state.presence.presence is Presence.AWAY
    if state.motion is not None and state.motion > (LIVE.alike if away else LIVE.followed):
        return BUSY_S
    onset_s = state.strain.onset_s
    if onset_s is not None and not state.strain.held and t_s - onset_s <= FRESH_STRAIN_S:
        return BUSY_S
    return CALM_S

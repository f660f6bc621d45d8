"""Is the user in view? The pose model alone is no witness: it sees people in empty chairs.

A pose counts as a person when a face stands where its head is, or when it goes on where a
confirmed person just was. The user is the one whom the baseline's place fits, or, without a
baseline, the one already followed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from posture_monitor.core.metrics import head_in_view, shoulder_in_view
from posture_monitor.domain import Landmark, Observation, Pose, Presence, Unjudged

if TYPE_CHECKING:
    from posture_monitor.core.baseline import Baseline

BLACK_BRIGHTNESS = 14.0
"""Mean grey value below which nothing can be seen at all (assumed)."""
MIN_CONFIDENCE = 0.5
"""The pose model's own decision boundary."""
SMOOTHING_S = 0.7
"""A change of presence is believed after this long; pictures a second apart, at once."""
_MAX_SMOOTHED_GAP_S = 1.0
_MAX_SHIFT = 0.6
"""Shoulder widths that a followed head may move between two looks without a face."""
_MAX_GROWTH = 0.35
"""Change of the logarithm of size that a followed person may show between two looks."""
_MAX_UNWITNESSED_GAP_S = 20.0
_FACE_MARGIN = 0.35
"""Share of a face's size by which the pose's nose may lie outside its box (assumed)."""
_RIVAL_SIZE = 0.7
"""A second face of this share of the user's size and nearness makes it unclear who is who."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person is in the picture."""

    x_px: float
    y_px: float
    size_px: float
    """Shoulder width."""


@dataclass(frozen=True, slots=True)
class PresenceState:
    """What presence remembers between looks."""

    presence: Presence = Presence.UNKNOWN
    last_s: float | None = None
    candidate: Presence | None = None
    candidate_since_s: float = 0.0
    place: Place | None = None
    """Of the person last confirmed; None once they were away."""
    placed_s: float = 0.0


def place_of(pose: Pose) -> Place:
    """Nose and shoulder width of a pose, in pixels."""
    x, y = pose.xy(Landmark.NOSE)
    (x1, y1), (x2, y2) = pose.xy(Landmark.LEFT_SHOULDER), pose.xy(Landmark.RIGHT_SHOULDER)
    size_px = math.hypot(x1 - x2, y1 - y2)
    return Place(x, y, size_px if 1.0 <= size_px < math.inf else 1.0)


def has_face(observation: Observation, pose: Pose) -> bool:
    """Whether a detected face lies where the pose has its nose and eyes."""
    x, y = pose.xy(Landmark.NOSE)
    for face in observation.faces:
        margin_x, margin_y = _FACE_MARGIN * face.width_px, _FACE_MARGIN * face.height_px
        across = face.left_px - margin_x <= x <= face.left_px + face.width_px + margin_x
        down = face.top_px - margin_y <= y <= face.top_px + face.height_px + margin_y
        if across and down:
            return True
    return False


def rival_face(observation: Observation, pose: Pose) -> bool:
    """Whether another face is as large as the followed one, so that it's unclear who is who."""
    own = [f for f in observation.faces if _contains_nose(f.left_px, f.width_px, pose)]
    others = [f for f in observation.faces if f not in own]
    if not own or not others:
        return False
    size = max(face.width_px for face in own)
    return any(face.width_px >= _RIVAL_SIZE * size for face in others)


def _contains_nose(left_px: float, width_px: float, pose: Pose) -> bool:
    x, _ = pose.xy(Landmark.NOSE)
    return left_px - 0.25 * width_px <= x <= left_px + 1.25 * width_px


def _follows(place: Place, known: Place) -> bool:
    shift = math.hypot(place.x_px - known.x_px, place.y_px - known.y_px) / known.size_px
    return shift <= _MAX_SHIFT and abs(math.log(place.size_px / known.size_px)) <= _MAX_GROWTH


def _fits_baseline(place: Place, baseline: Baseline) -> bool:
    """Whether someone of this size and place can be the person whom the baseline knows.

    Generous: a shifted chair or a nudged camera is the user still; somebody across the
    room (a third of the size) is not.
    """
    return abs(math.log(place.size_px / baseline.median.shoulder_width_px)) <= math.log(2.2)


def _look(
    state: PresenceState, observation: Observation, baseline: Baseline | None
) -> tuple[Presence, Place | None, Unjudged | None]:
    """This look's presence before smoothing, the person's place, and why it can't be judged."""
    pose = observation.pose
    if pose is None or not pose.confidence >= MIN_CONFIDENCE:  # also refuses NaN
        if observation.brightness < BLACK_BRIGHTNESS:
            return Presence.UNKNOWN, None, Unjudged.TOO_DARK
        return Presence.AWAY, None, Unjudged.NOBODY
    if not (head_in_view(pose) and shoulder_in_view(pose)):
        return Presence.AWAY, None, Unjudged.NOBODY
    place = place_of(pose)
    if baseline is not None and not _fits_baseline(place, baseline):
        return Presence.AWAY, None, Unjudged.NOBODY
    followed = (
        state.place is not None
        and observation.t_s - state.placed_s <= _MAX_UNWITNESSED_GAP_S
        and _follows(place, state.place)
    )
    if not has_face(observation, pose) and not followed:
        return Presence.AWAY, None, Unjudged.NOBODY
    if baseline is None and not followed and rival_face(observation, pose):
        return Presence.PRESENT, None, Unjudged.SEVERAL_PEOPLE
    return Presence.PRESENT, place, None


def step(
    state: PresenceState, observation: Observation, baseline: Baseline | None = None
) -> tuple[PresenceState, Unjudged | None]:
    """Take in one look; the new state's ``presence`` is the smoothed answer."""
    t_s = observation.t_s
    seen, place, unjudged = _look(state, observation, baseline)
    gap_s = math.inf if state.last_s is None else t_s - state.last_s
    if place is not None:
        state = replace(state, place=place, placed_s=t_s)
    if seen is not state.presence and seen is not state.candidate:
        state = replace(state, candidate=seen, candidate_since_s=t_s)
    waited_s = t_s - state.candidate_since_s
    if seen is state.presence or gap_s > _MAX_SMOOTHED_GAP_S or waited_s >= SMOOTHING_S:
        known = state.place if seen is Presence.PRESENT else None
        state = replace(state, presence=seen, candidate=None, place=known)
    return replace(state, last_s=t_s), unjudged

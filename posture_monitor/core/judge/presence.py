"""Is the user in view? The pose model alone is no witness: it sees people in empty chairs.

A pose counts as a person when a face stands where its head is, when it goes on where a
confirmed person just was, or when it moves, and the picture under it too, like somebody who
comes to the baseline's place.
The user is the one whom the baseline's place fits, or, without a baseline, the one already
followed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from posture_monitor.core.measure.features import head_in_view, shoulder_in_view
from posture_monitor.domain import Landmark, Observation, Pose, Presence, Unjudged

if TYPE_CHECKING:
    from posture_monitor.core.judge.baseline import Baseline

BLACK_BRIGHTNESS = 14.0
"""Mean grey value below which nothing can be seen at all (assumed)."""
MIN_CONFIDENCE = 0.5
"""The pose model's own decision boundary."""
SMOOTHING_S = 0.45
"""A change of presence is believed after this long, so that two looks half a second apart
agree; pictures a second apart are believed at once."""
_MAX_SMOOTHED_GAP_S = 1.0
_MAX_SHIFT = 0.6
"""Shoulder widths that a followed head may move between two looks without a face."""
_MAX_GROWTH = 0.35
"""Change of the logarithm of size that a followed person may show between two looks."""
_MAX_UNWITNESSED_GAP_S = 20.0
_STILL_SHIFT = 0.02
"""Shoulder widths (8 mm) that a head must move to be no thing; the model's own trembling on
a still picture should stay below it (assumed)."""
MAX_STILL_UNWITNESSED_S = 120.0
"""So long may a followed person show neither a face nor any motion at all: longer than a
judged picture stands in for new ones, so that the model has looked again (assumed)."""
_MAX_ASIDE = 1.7
"""Baseline shoulder widths that the user may be beside their place: a turned camera shifts
them by about 1.3, somebody who sits beside is about 2 away (reckoned, not measured)."""
_MAX_RATIO = math.log(2.2)
"""Logarithm of how much larger or smaller than in the baseline the user may be."""
STIR = 0.025
"""Share of head and shoulders that changes in the picture from look to look where a person is:
0.02 to 0.50 within a third of a second on rendered people without a visible face, 0.00 on 56
poses invented in empty rooms; noise leaves less than 0.02."""
_STIR_MEMORY_S = 30.0
"""A pose moves by itself as long as the picture under it moved so lately (assumed)."""
_COMING_CONFIDENCE = 0.9
_COMING_ASIDE = 0.75
_COMING_RATIO = 0.5
"""A person who comes back shows no face while bending over the chair, or none at all under a cap
and behind a mask: then the pose must be sure, near the baseline's place (shoulder widths), of
its size (logarithm), and moving."""
_COMING_GAP_S = 3.5
"""Two looks at somebody who comes may be so far apart: on battery they come every 3 seconds."""
_CAME_S = 3.0
"""Whoever has moved so long like somebody who comes is followed as if a face had been seen."""
_WIDTH_PER_HEIGHT = 1.3
"""Shoulder width by the nose's height above the shoulders: 36 to 23 cm of an average person, a
little less, so that facing the camera the shoulders tell."""
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
    """Shoulder width, of whoever faces the camera."""


@dataclass(frozen=True, slots=True)
class PresenceState:
    """What presence remembers between looks."""

    presence: Presence = Presence.UNKNOWN
    since_s: float = 0.0
    """When the presence began to be so; earlier than it was believed."""
    last_s: float | None = None
    candidate: Presence | None = None
    candidate_since_s: float = 0.0
    place: Place | None = None
    """Of the person last confirmed; None once they were away."""
    placed_s: float = 0.0
    anchor: Place | None = None
    """Where the followed person was when they last moved or showed a face."""
    anchored_s: float = 0.0
    glimpse: Place | None = None
    """Of the last pose that nothing else confirmed; it may be somebody who is coming."""
    glimpsed_s: float = 0.0
    coming_since_s: float | None = None
    """Since when such a pose has moved as only a person does, with short rests."""
    came_s: float = -math.inf
    """When it last did."""
    stirred_s: float | None = None
    """When the picture last moved under a pose without a face."""


def place_of(pose: Pose) -> Place:
    """Nose and size of a pose, in pixels."""
    x, y = pose.xy(Landmark.NOSE)
    (x1, y1), (x2, y2) = pose.xy(Landmark.LEFT_SHOULDER), pose.xy(Landmark.RIGHT_SHOULDER)
    upright_px = math.hypot(x - (x1 + x2) / 2.0, y - (y1 + y2) / 2.0)
    # Whoever turns aside keeps their height, while their shoulders come to lie in line.
    size_px = max(math.hypot(x1 - x2, y1 - y2), _WIDTH_PER_HEIGHT * upright_px)
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
    return (
        _shift(place, known) <= _MAX_SHIFT
        and abs(math.log(place.size_px / known.size_px)) <= _MAX_GROWTH
    )


def _fits_baseline(
    place: Place, baseline: Baseline, *, aside: float = _MAX_ASIDE, ratio: float = _MAX_RATIO
) -> bool:
    """Whether someone of this size and place can be the person whom the baseline knows.

    Generous: a shifted chair or a nudged camera is the user still; somebody across the
    room (a third of the size) or in the next chair is not.
    """
    known = baseline.median
    beside = abs(place.x_px - known.head_x_px) / known.shoulder_width_px
    return beside <= aside and abs(math.log(place.size_px / known.shoulder_width_px)) <= ratio


def _shift(place: Place, other: Place) -> float:
    return math.hypot(place.x_px - other.x_px, place.y_px - other.y_px) / other.size_px


def _goes_on(state: PresenceState, observation: Observation, place: Place) -> bool:
    """Whether the person last confirmed may be here still, although no face is seen.

    What neither shows a face nor moves at all for minutes is a coat on a chair.
    """
    t_s = observation.t_s
    return (
        state.place is not None
        and t_s - state.placed_s <= _MAX_UNWITNESSED_GAP_S
        and _follows(place, state.place)
        and (_moved(state, observation, place) or t_s - state.anchored_s <= MAX_STILL_UNWITNESSED_S)
    )


def _moved(state: PresenceState, observation: Observation, place: Place) -> bool:
    """Whether the followed pose is elsewhere, and not only because the model trembles."""
    if state.anchor is None:
        return True
    known, stirred_s = observation.stir is not None, state.stirred_s
    trembles = known and (stirred_s is None or observation.t_s - stirred_s > _STIR_MEMORY_S)
    return not trembles and _shift(place, state.anchor) > _STILL_SHIFT


def _comes(state: PresenceState, observation: Observation, place: Place, near: Baseline) -> bool:
    """Whether an unconfirmed pose moves as only a person does who comes to their place."""
    glimpse, pose, stir = state.glimpse, observation.pose, observation.stir
    return (
        glimpse is not None
        and pose is not None
        and pose.confidence >= _COMING_CONFIDENCE
        and stir is not None
        and stir >= STIR
        and observation.t_s - state.glimpsed_s <= _COMING_GAP_S
        and _fits_baseline(place, near, aside=_COMING_ASIDE, ratio=_COMING_RATIO)
        and _follows(place, glimpse)
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one look says before smoothing."""

    presence: Presence
    unjudged: Unjudged | None = None
    place: Place | None = None
    """The user's."""
    face: bool = False
    glimpse: Place | None = None
    """Of a pose that nothing confirms."""
    coming: bool = False
    """That pose moves like somebody who comes."""
    since_s: float | None = None
    """Where this look tells that the one before already showed the person: its time."""


_NOBODY = _Seen(Presence.AWAY, Unjudged.NOBODY)


def _look(state: PresenceState, observation: Observation, baseline: Baseline | None) -> _Seen:
    pose = observation.pose
    if pose is None or not pose.confidence >= MIN_CONFIDENCE:  # also refuses NaN
        if observation.brightness < BLACK_BRIGHTNESS:
            return _Seen(Presence.UNKNOWN, Unjudged.TOO_DARK)
        return _NOBODY
    if not (head_in_view(pose) and shoulder_in_view(pose)):
        return _NOBODY
    place = place_of(pose)
    if baseline is not None and not _fits_baseline(place, baseline):
        return _NOBODY
    face, followed = has_face(observation, pose), _goes_on(state, observation, place)
    if not (face or followed):
        if baseline is None or not _comes(state, observation, place, baseline):
            return replace(_NOBODY, glimpse=place)
        since_s = state.glimpsed_s if state.coming_since_s is None else state.coming_since_s
        came = observation.t_s - since_s >= _CAME_S
        return _Seen(
            Presence.PRESENT,
            place=place if came else None,
            glimpse=place,
            coming=True,
            since_s=since_s,
        )
    if baseline is None and not followed and rival_face(observation, pose):
        return _Seen(Presence.PRESENT, Unjudged.SEVERAL_PEOPLE)
    return _Seen(Presence.PRESENT, place=place, face=face)


def _remember(state: PresenceState, seen: _Seen, observation: Observation) -> PresenceState:
    """The state with what this look says of places."""
    t_s = observation.t_s
    if observation.stir is not None and observation.stir >= STIR:
        state = replace(state, stirred_s=t_s)
    state = replace(state, glimpse=seen.glimpse, glimpsed_s=t_s)
    if seen.coming:
        state = replace(state, coming_since_s=seen.since_s, came_s=t_s)
    elif t_s - state.came_s > _COMING_GAP_S:
        state = replace(state, coming_since_s=None)
    if seen.place is None:
        return state
    if seen.face or _moved(state, observation, seen.place):
        state = replace(state, anchor=seen.place, anchored_s=t_s)
    return replace(state, place=seen.place, placed_s=t_s)


def step(
    state: PresenceState, observation: Observation, baseline: Baseline | None = None
) -> tuple[PresenceState, Unjudged | None]:
    """Take in one look; the new state's ``presence`` is the smoothed answer."""
    t_s = observation.t_s
    look = _look(state, observation, baseline)
    seen = look.presence
    gap_s = math.inf if state.last_s is None else t_s - state.last_s
    since_s = t_s if look.since_s is None else look.since_s
    state = _remember(state, look, observation)
    if seen is not state.presence and seen is not state.candidate:
        state = replace(state, candidate=seen, candidate_since_s=since_s)
    waited_s = t_s - state.candidate_since_s
    if seen is state.presence or gap_s > _MAX_SMOOTHED_GAP_S or waited_s >= SMOOTHING_S:
        known = state.place if seen is Presence.PRESENT else None
        began_s = state.since_s if seen is state.presence else state.candidate_since_s
        state = replace(state, presence=seen, since_s=began_s, candidate=None, place=known)
    return replace(state, last_s=t_s), look.unjudged

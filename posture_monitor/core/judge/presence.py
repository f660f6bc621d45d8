"""Is the user in view? The pose model alone is no witness: it sees people in empty chairs.

A pose counts as a person when a face stands where its head is, when it goes on where a
confirmed person just was, or when it moves, and the picture under it too, like somebody who
comes to the baseline's place. A face alone counts where it is near, or at the user's place: then
the shoulders lie below the picture, or the model follows somebody else.
The user is the one whom the baseline's place fits, or, without a baseline, the one already
followed. Where the camera was moved the user may be elsewhere: anyone who is alone in the picture
and of the user's size is the user, and from then on their place is this one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from posture_monitor.core.judge.legibility import BLACK_BRIGHTNESS, shows_nothing
from posture_monitor.core.measure import view
from posture_monitor.core.measure.features import head_in_view, shoulder_in_view
from posture_monitor.domain import Face, Landmark, Observation, Pose, Presence, Unjudged, ViewShift

if TYPE_CHECKING:
    from posture_monitor.core.judge.baseline import Baseline

MIN_CONFIDENCE = 0.5
"""The pose model's own decision boundary."""
SMOOTHING_S = 0.45
"""A change of presence is believed after this long, so that two frames half a second apart
agree; pictures a second apart are believed at once."""
_MAX_SMOOTHED_GAP_S = 1.0
_MAX_SHIFT = 0.6
"""Shoulder widths that a followed head may move between two frames without a face."""
_MAX_GROWTH = 0.35
"""Change of the logarithm of size that a followed person may show between two frames."""
_MAX_UNWITNESSED_GAP_S = 20.0
_STILL_SHIFT = 0.02
"""Shoulder widths (8 mm) that a head must move to be no thing; the model's own trembling on
a still picture should stay below it (assumed)."""
MAX_STILL_UNWITNESSED_S = 120.0
"""So long may a followed person show neither a face nor any motion at all: longer than a
judged picture stands in for new ones, so that the model has looked again (assumed)."""
_MAX_ASIDE = 1.05
"""Baseline shoulder widths that the user may be beside their place: a chair moved by 0.8 and a
little lean; anyone who sits in the next chair is 1.25 or more away."""
_MAX_ASIDE_FOLLOWED = 1.7
"""The same for somebody followed there from the user's place, or where the camera may have been
moved: a turned camera shifts everybody by about 1.3 (calculated, not measured)."""
_MAX_RATIO = math.log(2.2)
"""Logarithm of how much larger or smaller than in the baseline the user may be."""
_SAME_PERSON = 0.5
"""Shoulder widths between two places of somebody who keeps their seat (assumed)."""
_NEIGHBOUR_S = 600.0
"""So long somebody beside the user is remembered (assumed)."""
_CLEARLY_NEARER = 0.3
"""Shoulder widths by which another face must be nearer to the user's place than the pose."""
_WIDTH_PER_FACE = 2.15
"""Shoulder width by the width of a face's box; 2.0 to 2.3 in the median of rendered people."""
_MIN_FACE_SCORE = 0.65
"""Of a face that no pose confirms. Of 490 near faces turned by up to 45 degrees the least sure
one has 0.75; the detector's own boundary is 0.5."""
_NEAR_FACE = 0.12
"""Share of the picture's width: a face about 90 cm away."""
_CUT_FACE = 0.1
"""Share of its width that a face may lie outside the picture..."""
_FILLING_FACE = 0.6
"""...unless it is this wide: then it fills the picture."""
_FACE_BELOW = 0.8
"""Shoulder widths that a face alone may be below or above the user's place: below are prints."""
_FACE_RATIO = 0.6
"""Logarithm of how much larger or smaller a face alone may be."""
BODY_MOTION = 0.025
"""Share of head and shoulders that changes in the picture from frame to frame where a person is:
0.02 to 0.50 within a third of a second on rendered people without a visible face, 0.00 on 56
poses invented in empty rooms; noise leaves less than 0.02."""
_BODY_MOTION_MEMORY_S = 30.0
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
"""Anyone who has moved so long like somebody who comes is followed as if a face had been seen."""
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
    """Shoulder width, of anyone who faces the camera."""


@dataclass(frozen=True, slots=True)
class PresenceState:
    """What presence remembers between frames."""

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
    body_moved_s: float | None = None
    """When the picture last moved under a pose without a face."""
    home: Place | None = None
    """The user's place in the present view, once they were seen there; None: the baseline's,
    as far as the view is known to be its own."""
    home_view: ViewShift | None = None
    neighbour: Place | None = None
    """Of somebody else, last seen beside the user's place."""
    neighbour_s: float = -math.inf


def place_of(pose: Pose) -> Place:
    """Nose and size of a pose, in pixels."""
    x, y = pose.xy(Landmark.NOSE)
    (x1, y1), (x2, y2) = pose.xy(Landmark.LEFT_SHOULDER), pose.xy(Landmark.RIGHT_SHOULDER)
    upright_px = math.hypot(x - (x1 + x2) / 2.0, y - (y1 + y2) / 2.0)
    # Anyone who turns aside keeps their height, while their shoulders come to lie in line.
    size_px = max(math.hypot(x1 - x2, y1 - y2), _WIDTH_PER_HEIGHT * upright_px)
    return Place(x, y, size_px if 1.0 <= size_px < math.inf else 1.0)


def has_face(observation: Observation, pose: Pose) -> bool:
    """Whether a detected face lies where the pose has its nose and eyes."""
    return any(_holds_nose(face, pose) for face in observation.faces)


def _holds_nose(face: Face, pose: Pose) -> bool:
    x, y = pose.xy(Landmark.NOSE)
    margin_x, margin_y = _FACE_MARGIN * face.width_px, _FACE_MARGIN * face.height_px
    across = face.left_px - margin_x <= x <= face.left_px + face.width_px + margin_x
    down = face.top_px - margin_y <= y <= face.top_px + face.height_px + margin_y
    return across and down


def competing_face(observation: Observation, pose: Pose) -> bool:
    """Whether another face is as large as the followed one, so that it's unclear who is who."""
    own = [f for f in observation.faces if _contains_nose(f.left_px, f.width_px, pose)]
    others = [f for f in observation.faces if f not in own and plausible(f, observation)]
    if not own or not others:
        return False
    size = max(face.width_px for face in own)
    return any(face.width_px >= _RIVAL_SIZE * size for face in others)


def _contains_nose(left_px: float, width_px: float, pose: Pose) -> bool:
    x, _ = pose.xy(Landmark.NOSE)
    return left_px - 0.25 * width_px <= x <= left_px + 1.25 * width_px


def plausible(face: Face, observation: Observation) -> bool:
    """Whether a face that no pose confirms is somebody's: a shelf of books gives unsure boxes,
    and some that lie half outside the picture."""
    if not face.score >= _MIN_FACE_SCORE:  # also refuses NaN
        return False
    if face.width_px >= _FILLING_FACE * observation.width_px:
        return True
    cut_px = _CUT_FACE * face.width_px
    return -cut_px <= face.left_px <= observation.width_px - face.width_px + cut_px and (
        -cut_px <= face.top_px <= observation.height_px - face.height_px + cut_px
    )


def place_of_face(face: Face) -> Place:
    """Nose and size of the person with this face, in pixels."""
    middle_x_px = face.left_px + face.width_px / 2.0
    size_px = max(_WIDTH_PER_FACE * face.width_px, 1.0)
    return Place(middle_x_px, face.top_px + 0.4 * face.height_px, size_px)


def _faces_alone(observation: Observation, pose: Pose | None) -> list[Face]:
    """The plausible faces that aren't the pose's own, nor prints on its clothes; widest first."""
    found = [face for face in observation.faces if plausible(face, observation)]
    if pose is not None:
        found = [face for face in found if not (_holds_nose(face, pose) or _on_clothes(face, pose))]
    return sorted(found, key=lambda face: -face.width_px)


def _on_clothes(face: Face, pose: Pose) -> bool:
    (x1, y1), (x2, y2) = pose.xy(Landmark.LEFT_SHOULDER), pose.xy(Landmark.RIGHT_SHOULDER)
    place = place_of_face(face)
    return min(x1, x2) <= place.x_px <= max(x1, x2) and place.y_px > (y1 + y2) / 2.0


def _follows(place: Place, known: Place) -> bool:
    return (
        _shift(place, known) <= _MAX_SHIFT
        and abs(math.log(place.size_px / known.size_px)) <= _MAX_GROWTH
    )


@dataclass(frozen=True, slots=True)
class _Seat:
    """Where the user is to be expected."""

    place: Place
    sure: bool
    """False: the camera may have been moved, so that the user may be elsewhere."""
    moved: bool = False
    """The camera was moved."""


def _seat(state: PresenceState, observation: Observation, baseline: Baseline) -> _Seat:
    known, shift = baseline.median, observation.view
    home = Place(known.head_x_px, known.head_y_px, known.shoulder_width_px)
    if state.home is not None and view.is_same(state.home_view, shift):
        return _Seat(state.home, sure=True, moved=shift is not None)
    if shift is not None and shift.sure:
        by = view.homography(shift, observation.width_px, observation.height_px)
        ((x, y),) = view.moved(np.array([[home.x_px, home.y_px]]), by).tolist()
        home = Place(x, y, home.size_px * shift.scale)
    own_view = shift is None and observation.view_known is True
    return _Seat(home, sure=own_view, moved=shift is not None)


def _aside(place: Place, seat: Place) -> float:
    return abs(place.x_px - seat.x_px) / seat.size_px


def _fits(
    place: Place, seat: Place, *, aside: float = _MAX_ASIDE, ratio: float = _MAX_RATIO
) -> bool:
    """Whether someone of this size and place can be the person who sits there.

    Generous in size: somebody across the room (a third of the size) is not the user.
    """
    return _aside(place, seat) <= aside and abs(math.log(place.size_px / seat.size_px)) <= ratio


def _is_users(
    state: PresenceState, observation: Observation, place: Place, seat: _Seat, *, alone: bool
) -> bool:
    """Whether somebody seen is the user."""
    if _fits(place, seat.place):
        return True
    if (
        state.neighbour is not None
        and observation.t_s - state.neighbour_s <= _NEIGHBOUR_S
        and (_shift(place, state.neighbour) <= _SAME_PERSON)
    ):
        return False
    if not seat.sure and alone:
        return _fits(place, seat.place, aside=math.inf if seat.moved else _MAX_ASIDE_FOLLOWED)
    before = state.place
    followed = (
        before is not None
        and observation.t_s - state.placed_s <= _MAX_UNWITNESSED_GAP_S
        and _follows(place, before)
    )
    return followed and _fits(place, seat.place, aside=_MAX_ASIDE_FOLLOWED)


def _face_at(seat: Place, faces: list[Face]) -> Place | None:
    """Who shows a face, and nothing else, at the user's place; None: nobody."""
    places = [place_of_face(face) for face in faces]
    there = [
        place
        for place in places
        if _fits(place, seat, ratio=_FACE_RATIO)
        and abs(place.y_px - seat.y_px) <= _FACE_BELOW * seat.size_px
    ]
    return min(there, key=lambda place: _aside(place, seat), default=None)


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
    known, body_moved_s = observation.body_motion is not None, state.body_moved_s
    trembles = known and (
        body_moved_s is None or observation.t_s - body_moved_s > _BODY_MOTION_MEMORY_S
    )
    return not trembles and _shift(place, state.anchor) > _STILL_SHIFT


def _comes(state: PresenceState, observation: Observation, place: Place, seat: Place) -> bool:
    """Whether an unconfirmed pose moves as only a person does who comes to their place."""
    glimpse, pose, body_motion = state.glimpse, observation.pose, observation.body_motion
    return (
        glimpse is not None
        and pose is not None
        and pose.confidence >= _COMING_CONFIDENCE
        and body_motion is not None
        and body_motion >= BODY_MOTION
        and observation.t_s - state.glimpsed_s <= _COMING_GAP_S
        and _fits(place, seat, aside=_COMING_ASIDE, ratio=_COMING_RATIO)
        and _follows(place, glimpse)
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one frame says before smoothing."""

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
    """Where this frame tells that the one before already showed the person: its time."""
    home: Place | None = None
    """The user's place in this view, where it is certain by now."""
    neighbour: Place | None = None
    """Of somebody else beside it."""


_NOBODY = _Seen(Presence.AWAY, Unjudged.NOBODY)


def _find(state: PresenceState, observation: Observation, baseline: Baseline | None) -> _Seen:
    seat = None if baseline is None else _seat(state, observation, baseline)
    pose = observation.pose
    if pose is not None and not pose.confidence >= MIN_CONFIDENCE:  # also refuses NaN
        pose = None
    face = pose is not None and has_face(observation, pose)
    dark = observation.brightness < BLACK_BRIGHTNESS
    if not face and shows_nothing(observation.texture, observation.brightness):
        return _Seen(Presence.UNKNOWN, Unjudged.TOO_DARK if dark else Unjudged.NO_VIEW)
    alone = _faces_alone(observation, pose)
    if seat is None:
        seen = _NOBODY if pose is None else _body(state, observation, pose, face=face)
        seen = _near_face(seen, observation, alone)
    else:
        seen = _at_seat(state, observation, seat, pose, alone, face=face)
    if dark and seen.presence is Presence.AWAY:
        return replace(seen, presence=Presence.UNKNOWN, unjudged=Unjudged.TOO_DARK)
    return seen


def _body(
    state: PresenceState,
    observation: Observation,
    pose: Pose,
    seat: _Seat | None = None,
    *,
    face: bool,
) -> _Seen:
    """What a pose tells: a head in view, which a face or the past confirms."""
    if not head_in_view(pose):
        return _NOBODY
    place = place_of(pose)
    followed = _goes_on(state, observation, place)
    if face or followed:
        if seat is None and not followed and competing_face(observation, pose):
            return _Seen(Presence.PRESENT, Unjudged.SEVERAL_PEOPLE)
        return _Seen(Presence.PRESENT, place=place, face=face)
    if not shoulder_in_view(pose):
        return _NOBODY
    if seat is None or not _comes(state, observation, place, seat.place):
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


def _near_face(seen: _Seen, observation: Observation, faces: list[Face]) -> _Seen:
    """Without a baseline: what a pose told, or the widest face, where it is near."""
    if seen.presence is Presence.PRESENT or not faces:
        return seen
    if faces[0].width_px < _NEAR_FACE * observation.width_px:
        return seen
    return _Seen(Presence.PRESENT, Unjudged.CUT_OFF, place=place_of_face(faces[0]), face=True)


def _at_seat(
    state: PresenceState,
    observation: Observation,
    seat: _Seat,
    pose: Pose | None,
    faces: list[Face],
    *,
    face: bool,
) -> _Seen:
    """With a baseline: the user is the one at their place, by pose or by face alone."""
    own_face = _face_at(seat.place, faces)
    seen = _NOBODY if pose is None else _body(state, observation, pose, seat, face=face)
    place = None if pose is None or seen is _NOBODY else place_of(pose)
    others = tuple(place_of_face(f) for f in faces if not _fits(place_of_face(f), seat.place))
    beside = max(others, key=lambda other: other.size_px, default=None)
    if place is not None:
        users = _is_users(state, observation, place, seat, alone=not faces)
        elsewhere = own_face is not None and (
            seen.presence is not Presence.PRESENT
            or _aside(own_face, seat.place) + _CLEARLY_NEARER < _aside(place, seat.place)
        )
        if users and not elsewhere:
            return replace(seen, home=_home_of(seen, seat), neighbour=beside)
        beside = place if seen.presence is Presence.PRESENT else beside
    if own_face is not None:
        somebody = seen.presence is Presence.PRESENT
        why = Unjudged.SEVERAL_PEOPLE if somebody else Unjudged.CUT_OFF
        there = _Seen(Presence.PRESENT, why, place=own_face, face=True, neighbour=beside)
        return replace(there, home=_home_of(there, seat))
    return replace(_NOBODY, neighbour=beside)


def _home_of(seen: _Seen, seat: _Seat) -> Place | None:
    """Where the user's place is by now: where it was expected, or where the user is alone."""
    if seat.sure or not seen.face or seen.place is None:
        return None
    return seat.place if _fits(seen.place, seat.place) else seen.place


def _remember(state: PresenceState, seen: _Seen, observation: Observation) -> PresenceState:
    """The state with what this frame says of places."""
    t_s = observation.t_s
    if observation.body_motion is not None and observation.body_motion >= BODY_MOTION:
        state = replace(state, body_moved_s=t_s)
    state = replace(state, glimpse=seen.glimpse, glimpsed_s=t_s)
    if seen.home is not None:
        state = replace(state, home=seen.home, home_view=observation.view)
    if seen.neighbour is not None:
        state = replace(state, neighbour=seen.neighbour, neighbour_s=t_s)
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
    """Take in one frame; the new state's ``presence`` is the smoothed answer."""
    t_s = observation.t_s
    found = _find(state, observation, baseline)
    seen = found.presence
    gap_s = math.inf if state.last_s is None else t_s - state.last_s
    since_s = t_s if found.since_s is None else found.since_s
    state = _remember(state, found, observation)
    if seen is not state.presence and seen is not state.candidate:
        state = replace(state, candidate=seen, candidate_since_s=since_s)
    waited_s = t_s - state.candidate_since_s
    if seen is state.presence or gap_s > _MAX_SMOOTHED_GAP_S or waited_s >= SMOOTHING_S:
        known = state.place if seen is Presence.PRESENT else None
        began_s = state.since_s if seen is state.presence else state.candidate_since_s
        state = replace(state, presence=seen, since_s=began_s, candidate=None, place=known)
    return replace(state, last_s=t_s), found.unjudged

"""Every record, enum and error that crosses a module boundary; units stand in the names.

Records are frozen and compared by value where that makes sense. Nothing here does I/O.

Error tree::

    PostureMonitorError
    ├── ConfigError        a setting, option or environment variable can't be used
    ├── CameraError        a camera, recording or address can't be opened or read
    ├── ModelError         a pose model is missing, altered or can't be loaded
    ├── CalibrationError   what was seen can't serve as a baseline, or a profile is unknown
    ├── StoreError         the record can't be read or written
    ├── NotifyError        a notification could not be shown
    └── AlreadyRunning     another monitor uses the same data folder
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

# --------------------------------------------------------------------------- errors


class PostureMonitorError(Exception):
    """What went wrong and what to do about it, in one sentence for the user.

    ``CameraError("there is no camera {index}", index=1)`` is English by itself;
    ``wording.language.error_text`` says it in the user's language.
    """

    def __init__(self, message: str = "", /, **values: object) -> None:
        super().__init__(message.format(**values) if values else message)
        self.message = message
        self.values = values

    def __reduce__(self) -> tuple[Any, ...]:
        # A worker's errors reach the user too, and only the arguments of the base class are kept.
        return (_again, (type(self), self.message, self.values))


def _again(
    kind: type[PostureMonitorError], message: str, values: Mapping[str, object]
) -> PostureMonitorError:
    return kind(message, **values)


class ConfigError(PostureMonitorError):
    """A setting, an option or an environment variable can't be used."""


class CameraError(PostureMonitorError):
    """A camera, a recording or an address can't be opened or read."""


class ModelError(PostureMonitorError):
    """A pose model is missing, altered or can't be loaded."""


class CalibrationError(PostureMonitorError):
    """What was seen can't serve as a baseline, or a named profile doesn't exist."""


class StoreError(PostureMonitorError):
    """The record can't be read or written."""


class OutputError(PostureMonitorError):
    """What a command answers can't be written where it should go."""


class NotifyError(PostureMonitorError):
    """A notification could not be shown."""


class AlreadyRunning(PostureMonitorError):
    """Another monitor is at work on the same data folder."""


# --------------------------------------------------------------------------- seeing


class Landmark(IntEnum):
    """Points of MediaPipe Pose by their index; left and right are the person's own."""

    NOSE = 0
    LEFT_EYE_INNER = 1
    LEFT_EYE = 2
    LEFT_EYE_OUTER = 3
    RIGHT_EYE_INNER = 4
    RIGHT_EYE = 5
    RIGHT_EYE_OUTER = 6
    LEFT_EAR = 7
    RIGHT_EAR = 8
    MOUTH_LEFT = 9
    MOUTH_RIGHT = 10
    LEFT_SHOULDER = 11
    RIGHT_SHOULDER = 12
    LEFT_ELBOW = 13
    RIGHT_ELBOW = 14
    LEFT_WRIST = 15
    RIGHT_WRIST = 16
    LEFT_HIP = 23
    RIGHT_HIP = 24


LANDMARK_COUNT = 33
"""Points that the pose model returns; those beyond the hips are never used."""

RIGID_POINTS: tuple[int, ...] = (
    *(10, 109, 338, 67, 297, 103, 332, 54, 284, 151),  # forehead
    *(9, 8, 168, 6, 197, 195, 5, 4, 1),  # between the brows, down the nose to below its tip
    *(33, 133, 362, 263),  # corners of the eyes, the right eye's first
    *(98, 327),  # wings of the nose
)
"""Points of MediaPipe's face mesh that no speech, smile or frown moves, by their index."""


class Undecoded(ABC):
    """A picture that is decoded only as far as somebody looks at it; unmirrored, right way up."""

    @property
    @abstractmethod
    def shape(self) -> tuple[int, int, int]:
        """Of the whole picture: height, width, 3."""

    @property
    @abstractmethod
    def image(self) -> NDArray[np.uint8]:
        """The whole picture, shape (height, width, 3), blue-green-red."""

    @abstractmethod
    def grey(self, width_px: int, height_px: int) -> NDArray[np.uint8]:
        """The picture in grey, shape (height, width), no smaller than this unless it is smaller
        itself."""


def whole(picture: NDArray[np.uint8] | Undecoded) -> NDArray[np.uint8]:
    """The whole picture, decoded now where it wasn't."""
    return picture.image if isinstance(picture, Undecoded) else picture


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture with its own time."""

    picture: NDArray[np.uint8] | Undecoded
    """Shape (height, width, 3), blue-green-red, unmirrored; or one that is yet to be decoded."""
    t_s: float
    """Seconds since the source was opened (live) or from the start of a recording."""
    wall_at: datetime
    """The aware wall-clock time at which the picture was taken."""
    index: int
    """Position in the source, counted from 0; skipped pictures count too."""

    @property
    def image(self) -> NDArray[np.uint8]:
        """The whole picture, shape (height, width, 3), blue-green-red, unmirrored."""
        return whole(self.picture)

    @property
    def width_px(self) -> int:
        return int(self.picture.shape[1])

    @property
    def height_px(self) -> int:
        return int(self.picture.shape[0])


@dataclass(frozen=True, slots=True)
class Face:
    """One face as the short-range face detector sees it, in pixels."""

    left_px: float
    top_px: float
    width_px: float
    height_px: float
    score: float
    """0-1."""
    keypoints_px: tuple[tuple[float, float], ...] = ()
    """Right eye, left eye, nose tip, mouth, right ear, left ear (the person's own sides)."""

    def placed(
        self,
        x_px: float,
        y_px: float,
        width_px: float,
        height_px: float,
        keypoints_px: tuple[tuple[float, float], ...],
    ) -> Face:
        """The same face elsewhere; ``x_px`` and ``y_px`` are the middle of its box."""
        left_px, top_px = x_px - width_px / 2.0, y_px - height_px / 2.0
        return Face(left_px, top_px, width_px, height_px, self.score, keypoints_px)


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """One person's landmarks in pixels, checked for shape once, here."""

    points_px: NDArray[np.float32]
    """Shape (33, 2): x to the right, y down, in pixels; may lie outside the picture."""
    depth_px: NDArray[np.float32]
    """Shape (33,): the model's estimate relative to the hips, in pixels; smaller is nearer."""
    visibility: NDArray[np.float32]
    """Shape (33,), 0-1: likelihood that the point is in the picture and not hidden."""
    presence: NDArray[np.float32]
    """Shape (33,), 0-1: likelihood that the point lies in the picture."""
    confidence: float
    """0-1: the model's own likelihood that it looks at a person."""
    width_px: int
    height_px: int
    shoulder_tops_px: NDArray[np.float32] | None = None
    """Shape (2, 2), in pixels: where the outline passes over the left and the right shoulder;
    None where it can't be followed."""
    close_face: Face | None = None
    """This person's face as a look at the head alone shows it; it tells size and direction of
    the head better than the landmarks, but not whether anybody is there."""
    face_mesh_px: NDArray[np.float32] | None = None
    """Shape (25, 3): the rigid points of this person's face in space, in the order of
    ``RIGID_POINTS``; x to the right, y down, z away from the camera, all in pixels."""

    def __post_init__(self) -> None:
        if self.face_mesh_px is not None and self.face_mesh_px.shape != (len(RIGID_POINTS), 3):
            raise ValueError(
                f"Pose.face_mesh_px: expected shape ({len(RIGID_POINTS)}, 3), "
                f"got {self.face_mesh_px.shape}"
            )
        if self.shoulder_tops_px is not None and self.shoulder_tops_px.shape != (2, 2):
            got = self.shoulder_tops_px.shape
            raise ValueError(f"Pose.shoulder_tops_px: expected shape (2, 2), got {got}")
        for name, expected in (
            ("points_px", (LANDMARK_COUNT, 2)),
            ("depth_px", (LANDMARK_COUNT,)),
            ("visibility", (LANDMARK_COUNT,)),
            ("presence", (LANDMARK_COUNT,)),
        ):
            got = getattr(self, name).shape
            if got != expected:
                raise ValueError(f"Pose.{name}: expected shape {expected}, got {got}")

    def xy(self, landmark: Landmark) -> tuple[float, float]:
        """The landmark's place in pixels."""
        x, y = self.points_px[landmark]
        return float(x), float(y)

    def inside(self, landmark: Landmark) -> bool:
        """Whether the landmark lies within the picture."""
        x, y = self.xy(landmark)
        return 0.0 <= x < self.width_px and 0.0 <= y < self.height_px


@dataclass(frozen=True, slots=True)
class ViewShift:
    """How the camera's view differs from the one that the baseline is used in."""

    pan_deg: float = 0.0
    """+ = the surroundings moved to the right in the picture."""
    tilt_deg: float = 0.0
    """+ = they moved down."""
    roll_deg: float = 0.0
    """+ = they turned clockwise."""
    scale: float = 1.0
    """How much larger they look."""
    across: float = 0.0
    """Of a crop: + = moved to the right, in picture widths."""
    down: float = 0.0
    """Of a crop: + = moved down, in picture widths, too."""
    cropped: bool = False
    """The picture as a whole was shifted, turned and enlarged, as by a camera that frames its
    user by itself; pan and tilt are 0 then."""
    sure: bool = True
    """False: the view is another one, and it's unknown which."""


DESCRIPTOR_BYTES = 8
"""Of each descriptor in ``ViewKeypoints``."""


@dataclass(frozen=True, slots=True)
class ViewKeypoints:
    """Points of the room that a camera's view is known again by; the person is left out.

    Where each point is, and sixty-four yes-or-no answers about what is around it: enough to
    find it again, far too little to draw a picture from.
    """

    points_px: tuple[tuple[float, float], ...]
    """In a picture of ``width_px`` by ``height_px``."""
    descriptors: bytes
    """Eight bytes a point."""
    width_px: int
    height_px: int

    def __post_init__(self) -> None:
        expected, got = DESCRIPTOR_BYTES * len(self.points_px), len(self.descriptors)
        if expected != got:
            raise ValueError(f"ViewKeypoints.descriptors: expected {expected} bytes, got {got}")


@dataclass(frozen=True, slots=True)
class Texture:
    """What a picture is made of, as far as it tells a room from a picture that shows nothing."""

    spread: float
    """Standard deviation of the grey values of 80 by 60 cells, 0-127.5."""
    coarse_spread: float
    """The same of 16 by 12 blocks; noise leaves a fifth of ``spread`` there, a room most."""
    one_colour: float
    """Share of the picture in runs of one colour, a quarter of its width or a third of its height
    long, 0-1."""
    one_colour_unsaturated: float
    """The same without what is black or white."""
    steepest: float
    """Grey levels between neighbouring cells that one pair in a hundred exceeds."""
    red: float
    """Red's share of all light, 0-1; a third in a grey picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """What vision made of one frame; the only input of the core."""

    t_s: float
    wall_at: datetime
    width_px: int
    height_px: int
    pose: Pose | None
    faces: tuple[Face, ...] = ()
    brightness: float = 128.0
    """Mean grey value, 0-255."""
    contrast: float = 50.0
    """Standard deviation of the grey values, 0-127.5."""
    motion: float | None = None
    """Share of the picture that changed since the last observation, 0-1; None at the start."""
    view: ViewShift | None = None
    """How the camera was moved; None: not at all."""
    view_known: bool | None = None
    """Whether the room was recognised as the baseline's own: ``view`` then counts from the
    calibration, not only from the start of this run. None: there is nothing to tell it by."""
    body_motion: float | None = None
    """Share of the pose's head and shoulders that changed in the picture since the last frame,
    0-1; None where a face confirms the pose, or nothing came before."""
    texture: Texture | None = None
    """What the picture is made of; None where a face is seen in it."""


# --------------------------------------------------------------------------- measuring


@dataclass(frozen=True, slots=True)
class Metrics:
    """Front-view quantities of one sample; None where not measurable, never NaN."""

    viewing_distance_cm: float | None = None
    head_pitch_deg: float | None = None
    head_yaw_deg: float | None = None
    head_roll_deg: float | None = None
    shoulder_tilt_deg: float | None = None
    lateral_lean_deg: float | None = None
    head_drop_ratio: float | None = None
    neck_gap_ratio: float | None = None
    forward_head_ratio: float | None = None
    trunk_flexion_deg: float | None = None
    stillness_s: float | None = None

    def as_dict(self) -> dict[str, float | None]:
        """Name to value, in the order of the columns of ``NAME.samples.csv``."""
        return {name: getattr(self, name) for name in METRIC_NAMES}


METRIC_NAMES: tuple[str, ...] = tuple(f.name for f in fields(Metrics))


class Presence(StrEnum):
    """Whether the user is in view."""

    PRESENT = "present"
    AWAY = "away"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """What makes a sample strained."""

    SLOUCH = "slouch"
    FORWARD_HEAD = "forward_head"
    HEAD_DOWN = "head_down"
    LEAN_IN = "lean_in"
    LEAN_LEFT = "lean_left"
    LEAN_RIGHT = "lean_right"
    HEAD_TILT = "head_tilt"
    SHOULDER_TILT = "shoulder_tilt"
    SHRUG = "shrug"
    HEAD_TURN = "head_turn"


class Unjudged(StrEnum):
    """Why a sample could not be judged."""

    NOBODY = "nobody"
    NO_VIEW = "no_view"
    LOW_CONFIDENCE = "low_confidence"
    TURNED_AWAY = "turned_away"
    TOO_DARK = "too_dark"
    CUT_OFF = "cut_off"
    SEVERAL_PEOPLE = "several_people"
    NO_BASELINE = "no_baseline"
    STALE_BASELINE = "stale_baseline"
    STANDING = "standing"


@dataclass(frozen=True, slots=True)
class Sample:
    """The judgement of one observation, before any hold time."""

    t_s: float
    wall_at: datetime
    presence: Presence
    judged: bool
    score: float | None = None
    """0-100, 100 = baseline or better; None when not judged."""
    strained: bool | None = None
    """Past the thresholds in this sample; None when not judged."""
    reasons: tuple[Reason, ...] = ()
    confidence: float = 0.0
    """0-1."""
    metrics: Metrics = field(default_factory=Metrics)
    penalties: Mapping[Reason, float] = field(default_factory=dict)
    """Points taken off per reason; they add up to 100 - score."""
    unjudged: Unjudged | None = None
    standing: bool = False
    """The user stands at this desk (a standing profile or a raised body place)."""
    placed: bool = True
    """The view is the baseline's, so that places and sizes in the picture counted too; False: a
    judgement by the body against itself alone."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One frame with its picture, for the live view only; never stored."""

    frame: Frame
    observation: Observation
    sample: Sample


# --------------------------------------------------------------------------- living


class State(StrEnum):
    """What the user is doing, after hold times."""

    SITTING = "sitting"
    STANDING = "standing"
    AWAY = "away"
    BREAK = "break"
    UNKNOWN = "unknown"


class CameraState(StrEnum):
    """How the camera of a running monitor stands; ``camera_state`` of ``status``."""

    ON = "on"
    RESTING = "resting"
    """Let go until the next frame is due."""
    LOST = "lost"
    HANDED = "handed"
    """Left to another program, such as a call."""
    PAUSED = "paused"
    LOCKED = "locked"
    OFF_HOURS = "off_hours"
    ON_BATTERY = "on_battery"


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """How the camera stands, and what is known about it."""

    state: CameraState
    note: str = ""
    """As others told it: the error by which it was lost, the names of the programs that have it."""


class EventKind(StrEnum):
    """What happened; the words of ``NAME.events.jsonl`` and of the record."""

    SITTING_STARTED = "sitting_started"
    SITTING_ENDED = "sitting_ended"
    STANDING_STARTED = "standing_started"
    STANDING_ENDED = "standing_ended"
    BREAK_STARTED = "break_started"
    BREAK_ENDED = "break_ended"
    BREAK_DUE = "break_due"
    MOVE_DUE = "move_due"
    STRETCH_DUE = "stretch_due"
    WATER_DUE = "water_due"
    BREAK_SOON = "break_soon"
    """A minute before a break that is due."""
    BREAK_FIRM = "break_firm"
    """The break that is due can't be put off any more: it was, as often as the user allows."""
    TRIAL = "trial"
    """The own trial tossed its coin over a due reminder: ``break;shown``, ``break;withheld``."""
    FAR_LOOK_DUE = "far_look_due"
    WEEK_REVIEW = "week_review"
    """The last week was told, on the first presence of a new one."""
    SIT_STAND_DUE = "sit_stand_due"
    """The detail's state is the one to change to: standing or sitting."""
    POSTURE_ALERT = "posture_alert"
    POSTURE_CORRECTED = "posture_corrected"
    POSITION_CHANGED = "position_changed"
    CAMERA_LOST = "camera_lost"
    CAMERA_BACK = "camera_back"
    SUSPENDED = "suspended"
    CALIBRATED = "calibrated"
    RECALIBRATION_NEEDED = "recalibration_needed"
    SNOOZED = "snoozed"
    SKIPPED = "skipped"
    PAUSED = "paused"
    UNPAUSED = "unpaused"
    BREAK_ACCEPTED = "break_accepted"
    GUIDED_BREAK = "guided_break"
    """A break with exercises is over; the detail's text is that of ``core.exercises.guided``."""
    DRANK = "drank"
    """The user said so."""
    FEEDBACK = "feedback"
    NOTIFICATION_FAILED = "notification_failed"


class ReminderKind(StrEnum):
    """The kinds of reminder, each with one notification that is replaced, never piled up."""

    POSTURE = "posture"
    MOVE = "move"
    BREAK = "break"
    STRETCH = "stretch"
    WATER = "water"
    FAR_LOOK = "far_look"
    SIT_STAND = "sit_stand"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Detail:
    """What an event tells besides its kind: keys and numbers; ``wording`` makes sentences of it."""

    seconds: float | None = None
    """How long what ended or became due had lasted, or what was asked for is to last."""
    reasons: tuple[Reason, ...] = ()
    reminder: ReminderKind | None = None
    """The reminder that was answered."""
    camera: CameraState | None = None
    state: State | None = None
    """What to change to."""
    share: float | None = None
    """0-1 of the judged time that was strained."""
    with_break: bool = False
    """It joins the break that is due at the same moment."""
    at_end: bool = False
    """The source ended, not what the user did."""
    text: str = ""
    """What came from elsewhere, as it was told: a name, an error, a list of exercises."""


NO_DETAIL = Detail()


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at a moment of the source's own time."""

    t_s: float
    kind: EventKind
    detail: Detail = NO_DETAIL


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of time in which state and strain stayed the same."""

    start_at: datetime
    """Aware, UTC."""
    duration_s: float
    """From the monotonic clock, hence free of clock changes."""
    state: State
    strained: bool | None
    """Held strain (after the hold time); None where posture was not judged."""
    reasons: tuple[Reason, ...] = ()
    judged_s: float = 0.0
    """Seconds of this interval in which posture could be judged."""
    score_seconds: float = 0.0
    """Score integrated over the judged seconds; divide by judged_s for the mean."""


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An event as it stands in the record, with its wall-clock time."""

    at: datetime
    """Aware, UTC."""
    kind: EventKind
    detail: Detail = NO_DETAIL


# --------------------------------------------------------------------------- telling


class Action(StrEnum):
    """What a button on a notification asks for."""

    START_BREAK = "start_break"
    RELIEVE = "relieve"
    """A minute of what helps against the strain that was told."""
    DRANK = "drank"
    SNOOZE = "snooze"
    SKIP = "skip"
    FEEDBACK_WRONG = "feedback_wrong"


class Closed(StrEnum):
    """How a notification went away."""

    PRESSED = "pressed"
    EXPIRED = "expired"
    DISMISSED = "dismissed"
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Notification:
    """One thing to tell the user: why, and one thing to do."""

    kind: ReminderKind
    title: str
    body: str
    actions: tuple[Action, ...] = ()
    wall_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """What became of a notification: a button that was pressed, or how it went away."""

    kind: ReminderKind
    action: Action | None
    """None where no button was pressed."""
    closed: Closed


# --------------------------------------------------------------------------- asking

SELF_NAME = "self"
"""The baseline that an uncalibrated run learns by itself; no profile may be called so."""
LONGEST_NAME = 60
UPRIGHT_S = 12.0
"""Seconds upright that a calibration takes where somebody is told to hold still."""
SINK_S, TIRED_S = 3.0, 8.0
"""And seconds as when tired, the first of them to sink into it."""
READY_S = 3
"""Seconds to get ready before either."""
LEAST_DISTANCE_CM, MOST_DISTANCE_CM = 20.0, 300.0
"""Eyes to camera: from nose to lens up to the far end of a large room (assumed)."""


@dataclass(frozen=True, slots=True)
class CalibrationRequest:
    """What a calibration is to make, checked here for all who ask: command line, page, channel."""

    profile: str = "default"
    distance_cm: float | None = None
    """Eyes to camera, measured by the user; None where it wasn't."""
    standing: bool = False
    tired: bool = False
    """Then also how the person sits when tired."""
    source: str | None = None
    """A video file on this machine; None for the camera of the settings."""

    def __post_init__(self) -> None:
        check_profile_name(self.profile)
        if self.distance_cm is not None:
            check_distance_cm(self.distance_cm)

    @classmethod
    def from_arguments(cls, arguments: Mapping[str, object]) -> CalibrationRequest:
        """As it comes over the control channel; ConfigError where a value makes no sense."""
        profile = arguments.get("profile", "default")
        if not isinstance(profile, str):
            profile = ""  # declined below
        distance = arguments.get("distance_cm")
        if isinstance(distance, bool) or not isinstance(distance, int | float | None):
            raise ConfigError("distance_cm must be a number")
        flags = {name: arguments.get(name, False) for name in ("standing", "tired")}
        for name, flag in flags.items():
            if not isinstance(flag, bool):
                raise ConfigError("{name} must be true or false", name=name)
        distance_cm = None if distance is None else float(distance)
        return cls(profile, distance_cm, flags["standing"] is True, flags["tired"] is True)


def check_profile_name(name: str) -> str:
    """The name, or a ConfigError that says what is allowed."""
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise ConfigError(
            "a profile's name has 1 to {LONGEST_NAME} printable characters",
            LONGEST_NAME=LONGEST_NAME,
        )
    if name == SELF_NAME:
        raise ConfigError(
            "{SELF_NAME!r} is what an uncalibrated run uses; choose another name",
            SELF_NAME=SELF_NAME,
        )
    return name


def check_distance_cm(distance_cm: float) -> float:
    """The distance, or a ConfigError that says what is allowed; NaN is refused, too."""
    if not LEAST_DISTANCE_CM <= distance_cm <= MOST_DISTANCE_CM:
        bounds = f"{LEAST_DISTANCE_CM:g} and {MOST_DISTANCE_CM:g}"
        raise ConfigError(
            "distance_cm is {distance_cm:g}; it must lie between {bounds}",
            distance_cm=distance_cm,
            bounds=bounds,
        )
    return distance_cm

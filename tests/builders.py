"""Valid records from plain numbers: a person drawn as points, looks at them, and film scripts.

The person is a head of eleven points over two shoulders, in centimetres, x to their own left,
y up, z towards the camera. A pinhole camera at the height of the chin looks at them straight.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from posture_monitor.core.judge.baseline import CalibrationSample, FrameCounts, fit_baseline
from posture_monitor.core.measure.features import Features, measure
from posture_monitor.core.measure.head_pose import _RIGID_CM, fit_head, turned
from posture_monitor.domain import LANDMARK_COUNT, Event, Face, Landmark, Observation, Pose
from posture_monitor.wording.details import detail_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from posture_monitor.core.judge.baseline import Baseline

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
FOCAL_RATIO = 0.75  # as the core assumes it
DISTANCE_CM = 60.0
EYES_UP_CM = 6.0  # above the camera's axis

# From the point between the eyes; a little unlike the head that the core fits.
HEAD_CM = (
    (0.0, -4.4, 4.4),  # nose
    (1.5, 0.0, 1.0),  # left eye: inner, middle, outer
    (3.1, 0.1, 0.9),
    (4.6, -0.1, 0.1),
    (-1.5, 0.0, 1.0),  # right eye
    (-3.1, 0.1, 0.9),
    (-4.6, -0.1, 0.1),
    (7.0, -1.4, -5.2),  # ears
    (-7.0, -1.4, -5.2),
    (2.5, -7.1, 2.2),  # mouth
    (-2.5, -7.1, 2.2),
)
NECK_CM = (0.0, -2.0, -6.0)
SHOULDERS_CM = ((18.0, -24.0, -6.0), (-18.0, -24.0, -6.0))
TOPS_CM = ((14.4, -19.0, -6.0), (-14.4, -19.0, -6.0))  # the outline over them
HIPS_CM = ((12.0, -70.0, -6.0), (-12.0, -70.0, -6.0))
SEAT_CM = (0.0, -70.0, -6.0)


def _turn(pitch_deg: float, yaw_deg: float, roll_deg: float) -> NDArray[np.float64]:
    """Nod down, turn to the own left, left ear to left shoulder; applied in that order."""
    p, y, r = (math.radians(angle) for angle in (pitch_deg, yaw_deg, -roll_deg))
    nod = [[1, 0, 0], [0, math.cos(p), -math.sin(p)], [0, math.sin(p), math.cos(p)]]
    turn = [[math.cos(y), 0, math.sin(y)], [0, 1, 0], [-math.sin(y), 0, math.cos(y)]]
    tilt = [[math.cos(r), -math.sin(r), 0], [math.sin(r), math.cos(r), 0], [0, 0, 1]]
    rotation: NDArray[np.float64] = np.array(turn) @ np.array(nod) @ np.array(tilt)
    return rotation


def person(
    *,
    pitch_deg: float = 0.0,
    yaw_deg: float = 0.0,
    roll_deg: float = 0.0,
    lean_deg: float = 0.0,
    drop_cm: float = 0.0,
    nearer_cm: float = 0.0,
    aside_cm: float = 0.0,
    head_forward_cm: float = 0.0,
    head_sunk_cm: float = 0.0,
    shoulders_up_cm: float = 0.0,
    left_shoulder_up_cm: float = 0.0,
    size: float = 1.0,
    width_px: int = 640,
    height_px: int = 480,
    confidence: float = 0.95,
    visibility: float = 0.95,
) -> Pose:
    """Someone at a desk, upright and looking at the camera unless told otherwise.

    Angles have the signs of the metrics; ``lean_deg`` tips all of the body on the seat, to
    the own left. ``size`` is how large this person is.
    """
    neck = np.array(NECK_CM)
    head = (np.array(HEAD_CM) - neck) @ _turn(pitch_deg, yaw_deg, roll_deg).T + neck
    head += (0.0, -head_sunk_cm, head_forward_cm)
    shoulders = np.array([*SHOULDERS_CM, *TOPS_CM])
    shoulders[:, 1] += shoulders_up_cm
    shoulders[[0, 2], 1] += left_shoulder_up_cm
    body = np.vstack([head, shoulders, HIPS_CM])
    body = (body - SEAT_CM) @ _turn(0.0, 0.0, lean_deg).T + SEAT_CM
    body = size * body + (aside_cm, EYES_UP_CM - drop_cm, nearer_cm)
    depth = DISTANCE_CM - body[:, 2]
    focal = FOCAL_RATIO * width_px
    seen = np.column_stack(
        [width_px / 2 + focal * body[:, 0] / depth, height_px / 2 - focal * body[:, 1] / depth]
    )
    points = np.full((LANDMARK_COUNT, 2), -10.0 * width_px)  # elbows and hands are out of view
    points[:11] = seen[:11]
    points[[Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER]] = seen[11:13]
    points[[Landmark.LEFT_HIP, Landmark.RIGHT_HIP]] = seen[15:]
    return Pose(
        points_px=points.astype(np.float32),
        depth_px=np.zeros(LANDMARK_COUNT, np.float32),
        visibility=np.full(LANDMARK_COUNT, visibility, np.float32),
        presence=np.full(LANDMARK_COUNT, visibility, np.float32),
        confidence=confidence,
        width_px=width_px,
        height_px=height_px,
        shoulder_tops_px=seen[13:15].astype(np.float32),
    )


UPRIGHT: dict[str, Any] = {}
SLOUCHED: dict[str, Any] = {"drop_cm": 7.0, "nearer_cm": 4.0, "head_sunk_cm": 3.0}
LOOKING_ASIDE: dict[str, Any] = {"yaw_deg": 40.0}
TURNED_AWAY: dict[str, Any] = {"yaw_deg": 75.0}
SHIFTED: dict[str, Any] = {"aside_cm": -8.0}  # moved over in the chair
STANDING: dict[str, Any] = {"drop_cm": -20.0}


def moved(pose: Pose, landmark: Landmark, x_px: float, y_px: float) -> Pose:
    """The same pose with one point elsewhere."""
    points = pose.points_px.copy()
    points[landmark] = x_px, y_px
    return replace(pose, points_px=points)


def sitting(
    *,
    yaw_deg: float = 0.0,
    roll_deg: float = 0.0,
    aside_cm: float = 0.0,
    drop_cm: float = 0.0,
    elbow_x_px: float = 0.0,
) -> Pose:
    """Someone whose arms hang, ``elbow_x_px`` apart from that."""
    pose = person(yaw_deg=yaw_deg, roll_deg=roll_deg, aside_cm=aside_cm, drop_cm=drop_cm)
    (left_x, y), (right_x, _) = (
        pose.xy(Landmark.LEFT_SHOULDER),
        pose.xy(Landmark.RIGHT_SHOULDER),
    )
    pose = moved(pose, Landmark.LEFT_ELBOW, left_x + elbow_x_px, y + 100.0)
    pose = moved(pose, Landmark.LEFT_WRIST, left_x, y + 180.0)
    pose = moved(pose, Landmark.RIGHT_ELBOW, right_x - elbow_x_px, y + 100.0)
    return moved(pose, Landmark.RIGHT_WRIST, right_x, y + 180.0)


def seen_closely(pose: Pose, *, size: float = 1.0) -> Pose:
    """The pose with a close-up at its face, ``size`` times as large as the pose has it."""
    points = pose.points_px.astype(float)
    mouth = points[[Landmark.MOUTH_LEFT, Landmark.MOUTH_RIGHT]].mean(axis=0)
    six = np.vstack([points[[5, 2, 0]], mouth, points[[8, 7]]])  # the detector's order
    six = six.mean(axis=0) + size * (six - six.mean(axis=0))
    (left, top), (right, bottom) = six.min(axis=0).tolist(), six.max(axis=0).tolist()
    keypoints = tuple((float(x), float(y)) for x, y in six)
    return replace(pose, close_face=Face(left, top, right - left, bottom - top, 0.9, keypoints))


def face_of(pose: Pose, *, score: float = 0.9) -> Face:
    """The face that a detector finds where the pose has its head."""
    points = pose.points_px[:7]
    left, top = (float(v) for v in points.min(axis=0))
    right, bottom = (float(v) for v in points.max(axis=0))
    return Face(left, top, right - left, bottom - top, score)


def observe(
    t_s: float,
    pose: Pose | None = None,
    *,
    faces: tuple[Face, ...] | None = None,
    brightness: float = 128.0,
    contrast: float = 50.0,
    body_motion: float | None = None,
) -> Observation:
    """What vision made of one frame; a pose brings its face unless faces are given."""
    own = () if pose is None else (face_of(pose),)
    return Observation(
        t_s,
        NINE + timedelta(seconds=t_s),
        640 if pose is None else pose.width_px,
        480 if pose is None else pose.height_px,
        pose,
        own if faces is None else faces,
        brightness,
        contrast,
        body_motion=body_motion,
    )


def features(**how: Any) -> Features:
    """What one picture of that person says."""
    measured = measure(person(**how))
    assert isinstance(measured, Features)
    return measured


def calibration(
    seconds: float = 12.0, *, frames_per_s: float = 2.0, start_s: float = 0.0, **how: Any
) -> list[CalibrationSample]:
    """Clear looks at someone who keeps still."""
    seen = features(**how)
    count = round(seconds * frames_per_s) + 1
    return [CalibrationSample(start_s + i / frames_per_s, seen, 128.0, 50.0) for i in range(count)]


def upright_baseline(*, distance_cm: float | None = None, **how: Any) -> Baseline:
    """The profile of someone who sat still for it."""
    samples = calibration(**how)
    return fit_baseline(
        samples,
        FrameCounts(total=len(samples)),
        width_px=how.get("width_px", 640),
        height_px=how.get("height_px", 480),
        distance_cm=distance_cm,
    )


Script = list[tuple[float, str]]
"""What is seen for how many seconds, one scene after another."""


def play(script: Script, fps: float = 1.0) -> Iterator[tuple[float, str]]:
    """Time and scene of each frame; the last one ends the script."""
    total_s = sum(seconds for seconds, _ in script)
    cuts: list[tuple[float, str]] = []
    end_s = 0.0
    for seconds, scene in script:
        end_s += seconds
        cuts.append((end_s, scene))
    for index in range(math.floor(total_s * fps) + 1):
        t_s = index / fps
        yield t_s, next((scene for until_s, scene in cuts if t_s < until_s), cuts[-1][1])


def told(events: Iterable[Event]) -> list[tuple[float, str, str]]:
    """Events as plain values, to be compared with all that should have happened."""
    return [(round(event.t_s, 6), str(event.kind), detail_words(event)) for event in events]


def same_story(
    got: list[tuple[float, str, str]], expected: list[tuple[float, str, str]], *, within_s: float
) -> bool:
    """Whether the same things happened in the same order, each at about the same time."""
    words = [(kind, detail) for _, kind, detail in got]
    return words == [(kind, detail) for _, kind, detail in expected] and all(
        abs(a - b) <= within_s for (a, _, _), (b, _, _) in zip(got, expected, strict=True)
    )


def with_mesh(pose: Pose, *, pitch_deg: float = 0.0, yaw_deg: float = 0.0) -> Pose:
    """The pose with the mesh of the standard face at its eyes, as large as the pose has it."""
    scale = fit_head(person()).scale_px_per_cm  # type: ignore[union-attr]
    eyes = pose.points_px[[Landmark.LEFT_EYE, Landmark.RIGHT_EYE]].mean(axis=0)
    mesh = _RIGID_CM * (scale, -scale, -scale) + (*eyes, 0.0)
    mesh = turned(mesh, pitch_deg=pitch_deg, yaw_deg=yaw_deg)
    return replace(pose, face_mesh_px=mesh.astype(np.float32))

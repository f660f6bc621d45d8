"""What is true in a frame, measured on the posed skeleton, never on the picture.

Signs: + = forward, down or to the person's left; shoulder tilt + = left shoulder higher.
Pixels: x to the right, y down, unmirrored. Metres: X person's left, Y up, Z to the camera.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from samples.render.camera import Camera
from samples.render.geometry import FloatArray, rotation_x, rotation_y
from samples.render.rig import PosedBody
from samples.render.timeline import Keyframe

Row = dict[str, float | int | str]
MIN_BREAK_S = 120.0
"""An absence at least this long is a break."""
NOT_SITTING = frozenset({"stand", "stand_close", "away"})
"""Postures that the intervals of presence already tell."""


class Interval(NamedTuple):
    """A stretch of a film; json writes it as `[start_s, end_s, what]`."""

    start_s: float
    end_s: float
    what: str


def measure(body: PosedBody, camera: Camera) -> dict[str, float | int]:
    """Angles, distances and landmarks of one frame; column by column as README.md lists them."""
    points = landmarks(body)
    in_picture = {}
    columns: dict[str, float | int] = {}
    for name, point in points.items():
        x_px, y_px, depth_m = camera.project(point)
        inside = depth_m > 0 and 0 <= x_px < camera.width_px and 0 <= y_px < camera.height_px
        in_picture[name] = int(inside)
        columns[f"{name}_x"], columns[f"{name}_y"] = x_px, y_px
        columns[f"{name}_X"], columns[f"{name}_Y"], columns[f"{name}_Z"] = point
        columns[f"{name}_in"] = int(inside)

    head = in_picture["nose"] and (in_picture["left_ear"] or in_picture["right_ear"])
    shoulder = in_picture["left_shoulder"] or in_picture["right_shoulder"]
    return {
        "head_in_frame": int(bool(head)),
        "present": int(bool(head and shoulder)),
        **_trunk(body, points),
        **_head(body, points),
        **_shoulders(points),
        **_distances(points, camera),
        **columns,
    }


def landmarks(body: PosedBody) -> dict[str, FloatArray]:
    """Named points in metres; left and right are the person's."""
    return {
        "nose": body.surface_point("nose"),
        "left_eye": body.eye("l"),
        "right_eye": body.eye("r"),
        "left_ear": body.surface_point("left_ear"),
        "right_ear": body.surface_point("right_ear"),
        "chin": body.surface_point("chin"),
        "left_shoulder": body.joint("upperarm_l"),
        "right_shoulder": body.joint("upperarm_r"),
        "left_elbow": body.joint("lowerarm_l"),
        "right_elbow": body.joint("lowerarm_r"),
        "left_wrist": body.joint("hand_l"),
        "right_wrist": body.joint("hand_r"),
        "left_hip": body.joint("thigh_l"),
        "right_hip": body.joint("thigh_r"),
        "c7": body.joint("neck_01"),
        "head_joint": body.joint("head"),
    }


def _trunk(body: PosedBody, points: Mapping[str, FloatArray]) -> dict[str, float]:
    trunk = points["c7"] - (points["left_hip"] + points["right_hip"]) / 2
    upper_trunk = points["c7"] - body.joint("spine_02")
    return {
        "trunk_flexion_deg": _angle_deg(trunk[2], trunk[1]),
        "lateral_lean_deg": _angle_deg(trunk[0], trunk[1]),
        "upper_trunk_flexion_deg": _angle_deg(upper_trunk[2], upper_trunk[1]),
    }


def _head(body: PosedBody, points: Mapping[str, FloatArray]) -> dict[str, float]:
    ears = (points["left_ear"] + points["right_ear"]) / 2
    shoulders = (points["left_shoulder"] + points["right_shoulder"]) / 2
    neck = ears - points["c7"]
    neck_flexion_deg = _angle_deg(neck[2], neck[1])
    rotation = body.bones["head"][:3, :3]
    forward = rotation[:, 2]
    pitch_deg = math.degrees(-math.asin(forward[1]))
    yaw_deg = _angle_deg(forward[0], forward[2])
    # What is left when the turn and the nod are taken back is the roll.
    rolled = rotation_x(-pitch_deg) @ rotation_y(-yaw_deg) @ rotation
    return {
        "neck_flexion_deg": neck_flexion_deg,
        "craniovertebral_angle_deg": 90 - neck_flexion_deg,
        "forward_head_cm": 100 * (ears[2] - shoulders[2]),
        "ear_c7_forward_cm": 100 * (ears[2] - points["c7"][2]),
        "head_pitch_deg": pitch_deg,
        "head_yaw_deg": yaw_deg,
        "head_roll_deg": -_angle_deg(rolled[1, 0], rolled[0, 0]),
    }


def _shoulders(points: Mapping[str, FloatArray]) -> dict[str, float]:
    across = points["left_shoulder"] - points["right_shoulder"]
    ears = (points["left_ear"] + points["right_ear"]) / 2
    shoulders = (points["left_shoulder"] + points["right_shoulder"]) / 2
    return {
        "shoulder_tilt_deg": _angle_deg(across[1], abs(across[0])),
        "shoulder_yaw_deg": _angle_deg(-across[2], across[0]),
        "shoulder_width_cm": 100 * float(np.linalg.norm(across)),
        "ear_shoulder_vertical_cm": 100 * (ears[1] - shoulders[1]),
    }


def _distances(points: Mapping[str, FloatArray], camera: Camera) -> dict[str, float]:
    eyes = (points["left_eye"] + points["right_eye"]) / 2
    shoulders = (points["left_shoulder"] + points["right_shoulder"]) / 2
    return {
        "eye_camera_distance_cm": 100 * float(np.linalg.norm(eyes - camera.position)),
        "shoulder_camera_depth_cm": 100 * camera.project(shoulders)[2],
        "eye_height_cm": 100 * eyes[1],
    }


def neck_gap_ratio(points: Mapping[str, FloatArray], camera: Camera) -> float:
    """How far the ears' middle is above the shoulders' middle in the picture.

    In shoulder widths of the picture, as `posture_monitor` measures it on its landmarks.
    """
    (_, left_ear_y, _), (_, right_ear_y, _), (left_x, left_y, _), (right_x, right_y, _) = (
        camera.project(points[name])
        for name in ("left_ear", "right_ear", "left_shoulder", "right_shoulder")
    )
    width_px = math.hypot(left_x - right_x, left_y - right_y)
    return (left_y + right_y - left_ear_y - right_ear_y) / 2 / width_px


def presence_intervals(rows: Sequence[Row], end_s: float) -> list[Interval]:
    """`sitting`, `standing`, `away` and, from MIN_BREAK_S on, `break`, as the frames show them."""
    states = [(float(row["t"]), _state(row)) for row in rows]
    changes = [states[0]]
    for t_s, state in states[1:]:
        if state != changes[-1][1]:
            changes.append((t_s, state))
    ends_s = [t_s for t_s, _ in changes[1:]] + [end_s]
    return [
        Interval(start_s, until_s, _absence(until_s - start_s) if state == "away" else state)
        for (start_s, state), until_s in zip(changes, ends_s, strict=True)
    ]


def posture_intervals(
    keyframes: Sequence[Keyframe], end_s: float, seconds_per_frame: float
) -> list[Interval]:
    """Each sitting posture of the script, and `to_POSTURE` where moving into it takes frames."""
    intervals: list[Interval] = []

    def add(start_s: float, until_s: float, what: str) -> None:
        if intervals and intervals[-1][1:] == (start_s, what):
            intervals[-1] = intervals[-1]._replace(end_s=until_s)
        elif until_s > start_s:
            intervals.append(Interval(start_s, until_s, what))

    ends_s = [keyframe.start_s for keyframe in keyframes[1:]] + [end_s]
    previous = ""
    for keyframe, until_s in zip(keyframes, ends_s, strict=True):
        if keyframe.label in NOT_SITTING:
            continue
        settled_s = keyframe.start_s
        if keyframe.label != previous and keyframe.move_s > seconds_per_frame:
            settled_s = min(keyframe.settled_s, until_s)
            add(keyframe.start_s, settled_s, f"to_{keyframe.label}")
        add(settled_s, until_s, keyframe.label)
        previous = keyframe.label
    return intervals


def _state(row: Row) -> str:
    if not row["present"]:
        return "away"
    return "standing" if str(row["label"]).startswith("stand") else "sitting"


def _absence(seconds: float) -> str:
    return "break" if seconds >= MIN_BREAK_S else "away"


def _angle_deg(opposite: float, adjacent: float) -> float:
    return math.degrees(math.atan2(opposite, adjacent))

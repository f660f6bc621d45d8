"""The camera: where it stands, how it projects, and how it is moved during a film."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from samples.render.geometry import FloatArray, rotation_x, rotation_y, rotation_z
from samples.render.timeline import DEFAULT_MOVE_S, smooth_step

_NEAR_M, _FAR_M = 0.05, 20.0

CAMERA_SHIFTS = frozenset({"left_cm", "up_cm", "nearer_cm", "tilt_deg", "turn_deg", "roll_deg"})
"""What a move of the camera can change. Signs: + = to the person's left, up, towards the
person; looking further up, further to the person's left; top tipped to the person's left."""


@dataclass(frozen=True)
class Camera:
    """A pinhole camera; unturned it looks along -Z. Its pictures are not mirrored."""

    position: FloatArray
    tilt_deg: float
    """+ = looks up"""
    horizontal_view_deg: float
    turn_deg: float = 0.0
    """+ = looks towards the person's left"""
    roll_deg: float = 0.0
    """+ = its top tipped towards the person's left, so the picture turns anticlockwise"""
    width_px: int = 640
    height_px: int = 480

    @property
    def focal_px(self) -> float:
        """Focal length in pixels; the optical centre is the middle of the picture."""
        return (self.width_px / 2) / math.tan(math.radians(self.horizontal_view_deg) / 2)

    @property
    def clip_from_world(self) -> FloatArray:
        """4x4 OpenGL projection and view in one."""
        focal = self.focal_px
        depth = _FAR_M - _NEAR_M
        projection = np.array(
            [
                [2 * focal / self.width_px, 0, 0, 0],
                [0, 2 * focal / self.height_px, 0, 0],
                [0, 0, -(_FAR_M + _NEAR_M) / depth, -2 * _FAR_M * _NEAR_M / depth],
                [0, 0, -1, 0],
            ]
        )
        rotation = rotation_x(self.tilt_deg)
        if self.turn_deg or self.roll_deg:
            rotation = rotation_y(-self.turn_deg) @ rotation @ rotation_z(-self.roll_deg)
        view = np.eye(4)
        view[:3, :3] = rotation.T
        view[:3, 3] = -rotation.T @ self.position
        return np.asarray(projection @ view)

    def project(self, point: FloatArray) -> tuple[float, float, float]:
        """Pixel x (right), pixel y (down) and depth in metres of a point in the room."""
        x, y, _, depth = self.clip_from_world @ np.append(point, 1)
        return (
            (x / depth * 0.5 + 0.5) * self.width_px,
            (0.5 - y / depth * 0.5) * self.height_px,
            depth,
        )

    def shifted(self, shift: Mapping[str, float]) -> "Camera":
        """The camera moved by `shift`, keys of CAMERA_SHIFTS; missing = 0."""
        left, up, nearer = (shift.get(f"{way}_cm", 0.0) for way in ("left", "up", "nearer"))
        return replace(
            self,
            position=self.position + 0.01 * np.array([left, up, -nearer]),
            tilt_deg=self.tilt_deg + shift.get("tilt_deg", 0.0),
            turn_deg=self.turn_deg + shift.get("turn_deg", 0.0),
            roll_deg=self.roll_deg + shift.get("roll_deg", 0.0),
        )


@dataclass(frozen=True)
class CameraMove:
    """From `start_s` on the camera goes to `shift`, measured from its first place."""

    start_s: float
    shift: Mapping[str, float] = field(default_factory=dict)
    move_s: float = DEFAULT_MOVE_S


@dataclass(frozen=True)
class CameraMoment:
    """The camera at one time."""

    camera: Camera
    moved: bool
    """it is not where it was at the start of the film"""
    moving: bool


def camera_at(camera: Camera, moves: Sequence[CameraMove], t_s: float) -> CameraMoment:
    """Where the camera is at `t_s`, if `camera` is where it starts."""
    shift: dict[str, float] = {}
    moving = False
    for move in moves:
        if t_s < move.start_s:
            break
        progress = (t_s - move.start_s) / move.move_s
        share = smooth_step(progress)
        moving = progress < 1
        shift = {
            name: (1 - share) * shift.get(name, 0.0) + share * move.shift.get(name, 0.0)
            for name in {*shift, *move.shift}
        }
    moved = any(shift.values())
    return CameraMoment(camera.shifted(shift) if moved else camera, moved, moving)

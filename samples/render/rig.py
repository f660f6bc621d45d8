"""Turns a pose into bone matrices, arms included, and bone matrices into points."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from samples.render.geometry import (
    FloatArray,
    IntArray,
    move_point,
    rigid,
    rotation_about,
    rotation_between,
    rotation_x,
    rotation_y,
    rotation_z,
)
from samples.render.human import Human
from samples.render.postures import Pose
from samples.render.reach import Torso, elbow_hint, reach_targets

_SIDES = {"l": 1, "r": -1}
"""Sign of X on each side of the body."""
_EARS = {"l": "left_ear", "r": "right_ear"}
_SITTING_HIP_DEG = 84.0
_STRAIGHT_ARM = 0.985
"""An arm is never stretched further than this share of its length."""


@dataclass(frozen=True)
class PosedBody:
    """A person in one pose."""

    human: Human
    bones: Mapping[str, FloatArray]
    """4x4 matrix of each bone, from the rest pose to this one"""
    pose: Pose

    def joint(self, bone: str) -> FloatArray:
        """Where `bone` begins, in metres."""
        return move_point(self.bones[bone], self.human.skeleton.heads[bone])

    def eye(self, side: str) -> FloatArray:
        """Centre of the eyeball, side l or r."""
        return move_point(self.bones["head"], self.human.eyes[side])

    def surface_point(self, name: str) -> FloatArray:
        """Mean of the skinned vertices that make up the nose, the chin or an ear."""
        vertices: IntArray = self.human.surface_points[name]
        blended = np.einsum("vb,bij->vij", self.human.body_weights[vertices], self.matrices())
        rest = np.c_[self.human.body_positions[vertices], np.ones(len(vertices))]
        return np.asarray(np.einsum("vij,vj->vi", blended, rest)[:, :3].mean(0))

    def matrices(self) -> FloatArray:
        """(bones, 4, 4), in the order of the columns of the weights."""
        return np.stack([self.bones[name] for name in self.human.skeleton.names])


def posed(human: Human, pose: Pose) -> PosedBody:
    """The person in `pose`, sitting unless the pose stands."""
    skeleton = human.skeleton
    local = _local_rotations(pose)
    root = rotation_about(rotation_y(pose.amount("turn")), human.pelvis)
    root[:3, 3] += [0.01 * pose.amount(axis) for axis in ("dx", "dy", "dz")]
    bones: dict[str, FloatArray] = {}
    for name in skeleton.parents_first:
        if name in bones:
            continue
        parent_name = skeleton.parents[name]
        parent = bones[parent_name] if parent_name else root
        if name.startswith("upperarm_"):
            body = _Carriers(root, bones["spine_03"], _head_matrix(bones["spine_03"], human, local))
            bones.update(_arm(human, pose, name[-1], parent, body))
        elif name in local:
            bones[name] = parent @ rotation_about(local[name], skeleton.heads[name])
        else:
            bones[name] = parent
    return PosedBody(human, bones, pose)


class _Carriers(NamedTuple):
    """Matrices of what the places of the hands move with."""

    root: FloatArray
    chest: FloatArray
    head: FloatArray


def _head_matrix(chest: FloatArray, human: Human, local: Mapping[str, FloatArray]) -> FloatArray:
    heads = human.skeleton.heads
    neck = chest @ rotation_about(local["neck_01"], heads["neck_01"])
    return np.asarray(neck @ rotation_about(local["head"], heads["head"]))


def _local_rotations(pose: Pose) -> dict[str, FloatArray]:
    """Rotation of each bone against its parent: the bends are spread over spine and neck."""
    amount = pose.amount

    def bend(yaw: float, flexion: float, sideways: float) -> FloatArray:
        return np.asarray(rotation_y(yaw) @ rotation_x(flexion) @ rotation_z(-sideways))

    trunk_yaw, lean = amount("trunk_yaw"), amount("lean")
    lumbar, thoracic = amount("lumbar_flex"), amount("thoracic_flex")
    head_yaw, head_roll = amount("head_yaw"), amount("head_roll")
    local = {
        "pelvis": bend(0.3 * trunk_yaw, amount("pelvis_flex"), 0.35 * lean),
        "spine_01": bend(0.3 * trunk_yaw, 0.5 * lumbar, 0.25 * lean),
        "spine_02": bend(0.2 * trunk_yaw, 0.5 * lumbar + 0.4 * thoracic, 0.2 * lean),
        "spine_03": bend(0.2 * trunk_yaw, 0.6 * thoracic, 0.2 * lean),
        "neck_01": bend(0.35 * head_yaw, amount("neck_flex"), 0.4 * head_roll),
        "head": bend(0.65 * head_yaw, amount("head_flex"), 0.6 * head_roll),
    }
    standing = amount("stand")
    for side, sign in _SIDES.items():
        raised = amount(f"shoulder_{side}_up") + amount("shoulder_up")
        local[f"clavicle_{side}"] = np.asarray(
            rotation_y(-sign * amount("protract")) @ rotation_z(sign * raised)
        )
        hip = rotation_x(-_SITTING_HIP_DEG * (1 - standing))
        # Knees a little apart while sitting.
        local[f"thigh_{side}"] = hip if standing else np.asarray(hip @ rotation_z(sign * 6))
        local[f"calf_{side}"] = rotation_x(_SITTING_HIP_DEG * (1 - standing))
    return local


def _arm(
    human: Human,
    pose: Pose,
    side: str,
    parent: FloatArray,
    body: _Carriers,
) -> dict[str, FloatArray]:
    """Upper and lower arm such that the wrist reaches its place, the elbow down and outwards."""
    heads = human.skeleton.heads
    shoulder_rest, elbow_rest, wrist_rest = (
        heads[f"{bone}_{side}"] for bone in ("upperarm", "lowerarm", "hand")
    )
    upper_m = float(np.linalg.norm(elbow_rest - shoulder_rest))
    lower_m = float(np.linalg.norm(wrist_rest - elbow_rest))
    shoulder = move_point(parent, shoulder_rest)
    target = _hand_target(human, pose, side, body, shoulder, upper_m + lower_m)

    reach = target - shoulder
    distance_m = float(np.linalg.norm(reach))
    direction = reach / distance_m
    reached_m = min(distance_m, (upper_m + lower_m) * _STRAIGHT_ARM)
    along_m = (upper_m**2 - lower_m**2 + reached_m**2) / (2 * reached_m)
    aside_m = math.sqrt(max(upper_m**2 - along_m**2, 1e-8))
    elbow_side = elbow_hint(_SIDES[side], pose.hand(side))
    elbow_side -= direction * (elbow_side @ direction)
    elbow_side /= np.linalg.norm(elbow_side)
    elbow = shoulder + direction * along_m + elbow_side * aside_m
    wrist = shoulder + direction * reached_m

    turned = parent[:3, :3]
    upper = rotation_between(turned @ (elbow_rest - shoulder_rest), elbow - shoulder) @ turned
    lower = rotation_between(upper @ (wrist_rest - elbow_rest), wrist - elbow) @ upper
    return {
        f"upperarm_{side}": rigid(upper, shoulder - upper @ shoulder_rest),
        f"lowerarm_{side}": rigid(lower, elbow - lower @ elbow_rest),
    }


def _hand_target(
    human: Human,
    pose: Pose,
    side: str,
    body: _Carriers,
    shoulder: FloatArray,
    arm_m: float,
) -> FloatArray:
    """Where the wrist should be: the mean of its places, each by its share."""
    sign = _SIDES[side]
    neck_rest = human.skeleton.heads["neck_01"]
    root, chest, head = body
    # The keyboard stays on the desk while the trunk moves; phone and chin move with the chest.
    keyboard = move_point(root, human.pelvis) + root[:3, :3] @ np.array([sign * 0.13, 0.235, 0.40])
    ear = human.body_positions[human.surface_points[_EARS[side]]].mean(0)
    mouth = human.body_positions[human.surface_points["chin"]].mean(0)
    places = {
        "phone": move_point(chest, neck_rest)
        + chest[:3, :3] @ np.array([sign * 0.05, -0.20, 0.30]),
        "down": shoulder + np.array([sign * 0.06, -0.9 * arm_m, 0.08]),
        "chin": move_point(
            chest, np.array([sign * 0.03, neck_rest[1] + 0.03, neck_rest[2] + 0.16])
        ),
        "mouth": move_point(head, mouth + np.array([sign * 0.07, -0.075, 0.055])),
        "ear": move_point(head, ear + np.array([sign * 0.045, -0.145, 0.05])),
        "mouse": keyboard + root[:3, :3] @ np.array([sign * 0.17, 0.0, 0.03]),
        **reach_targets(
            Torso(
                sign=sign,
                shoulder=shoulder,
                pelvis=move_point(root, human.pelvis),
                nape=move_point(head, neck_rest + np.array([sign * 0.05, 0.10, -0.055])),
                facing=root[:3, :3],
                chest_facing=chest[:3, :3],
                arm_m=arm_m,
            ),
            pose.amount(f"arm_{side}_out"),
        ),
    }
    shares = pose.hand(side)
    at_keyboard = max(0.0, 1 - sum(shares.values()))
    target = keyboard * at_keyboard
    for place, share in shares.items():
        target = target + places[place] * share
    return np.asarray(target)

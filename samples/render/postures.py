"""Postures by name, as joint angles, and the arithmetic of blending them.

Angles are degrees and offsets centimetres, all against sitting upright. Signs: + = forward,
down, or to the person's left. The amounts are assumptions, not measured on people.

    pelvis_flex lumbar_flex thoracic_flex   bends of the trunk; + = forward
    neck_flex head_flex                     + = forward and down
    lean                                    trunk sideways; + = to the person's left
    trunk_yaw head_yaw                      + = turned to the person's left
    head_roll                               + = left ear to left shoulder
    shoulder_up shoulder_l_up shoulder_r_up + = shoulder raised
    protract                                shoulders; + = forward
    dx dy dz                                pelvis in cm; + = left, up, towards the camera
    turn                                    the whole body about the pelvis; + = to own left
    stand                                   share of standing, 0 to 1
    arm_l_out arm_r_out                     how far a raised arm is from hanging; + = outwards
    hands_l hands_r                         where the hands are, as shares that sum to at most
                                            1: phone (in the lap), chin, mouth, ear, mouse, down,
                                            raised (by arm_l_out), nape, lap, across (on the other
                                            knee); the rest is at the keyboard
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from samples.render.errors import SpecError
from samples.render.reach import REACHES

_TRUNK = {"pelvis_flex", "lumbar_flex", "thoracic_flex", "lean", "trunk_yaw"}
_HEAD = {"neck_flex", "head_flex", "head_yaw", "head_roll"}
_SHOULDERS = {"shoulder_up", "shoulder_l_up", "shoulder_r_up", "protract"}
_PLACE = {"dx", "dy", "dz", "turn", "stand"}
_ARMS = {"arm_l_out", "arm_r_out"}
AMOUNTS = frozenset(_TRUNK | _HEAD | _SHOULDERS | _PLACE | _ARMS)
HANDS = {"hands_l": "l", "hands_r": "r"}
_HAND_PLACES = frozenset({"phone", "chin", "mouth", "ear", "mouse", "down", *REACHES})


@dataclass(frozen=True)
class Pose:
    """Angles and offsets by name (missing = 0), and the places of the hands by side, l or r."""

    amounts: Mapping[str, float] = field(default_factory=dict)
    hands: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def amount(self, name: str) -> float:
        """The angle or offset `name`, 0 if the pose does not mention it."""
        return float(self.amounts.get(name, 0.0))

    def hand(self, side: str) -> Mapping[str, float]:
        """Shares of the places of one hand; what is missing to 1 is at the keyboard."""
        return self.hands.get(side, {})


def pose_from(values: Mapping[str, Any]) -> Pose:
    """A pose from its dictionary, as POSTURES and the specifications write it."""
    unknown = set(values) - AMOUNTS - set(HANDS)
    if unknown:
        raise SpecError(f"a posture has no {', '.join(sorted(unknown))}")
    hands = {side: dict(values[key]) for key, side in HANDS.items() if key in values}
    for places in hands.values():
        if not set(places) <= _HAND_PLACES:
            raise SpecError(f"a hand can be at {', '.join(sorted(_HAND_PLACES))}, not {places}")
    return Pose({key: float(values[key]) for key in values if key in AMOUNTS}, hands)


def blend(start: Pose, end: Pose, share: float) -> Pose:
    """The pose between `start` (share 0) and `end` (share 1)."""
    sides = set(start.hands) | set(end.hands)
    return Pose(
        _mix(start.amounts, end.amounts, share),
        {side: _mix(start.hand(side), end.hand(side), share) for side in sides},
    )


def overlay(base: Pose, extra: Pose, share: float) -> Pose:
    """`base` with the angles of `extra` added; the hands that `extra` names move to its places."""
    amounts = dict(base.amounts)
    for name, amount in extra.amounts.items():
        amounts[name] = amounts.get(name, 0.0) + share * amount
    hands = dict(base.hands)
    for side, places in extra.hands.items():
        hands[side] = _mix(base.hand(side), places, share)
    return Pose(amounts, hands)


def _mix(start: Mapping[str, float], end: Mapping[str, float], share: float) -> dict[str, float]:
    return {
        name: (1 - share) * start.get(name, 0.0) + share * end.get(name, 0.0)
        for name in set(start) | set(end)
    }


_ON_PHONE = {"hands_l": {"phone": 1}, "hands_r": {"phone": 1}}
_ARMS_DOWN = {"hands_l": {"down": 1}, "hands_r": {"down": 1}}

POSTURES: Mapping[str, Mapping[str, Any]] = {
    "upright": {},
    "slouch": {
        "pelvis_flex": -18,
        "lumbar_flex": 14,
        "thoracic_flex": 15,
        "neck_flex": 17,
        "head_flex": -25,
        "protract": 7,
        "dz": 5,
        "dy": -1,
    },
    "mild_slouch": {
        "pelvis_flex": -10,
        "lumbar_flex": 8,
        "thoracic_flex": 8,
        "neck_flex": 9,
        "head_flex": -13,
        "protract": 4,
        "dz": 2,
    },
    # Sunk into the shoulders, the head forward and nearer; how far the gap between ears and
    # shoulders shrinks depends on the camera's height (0.05 to 0.2 of the shoulders' width).
    "hunch": {
        "pelvis_flex": -6,
        "lumbar_flex": 8,
        "thoracic_flex": 12,
        "neck_flex": 15,
        "head_flex": -16,
        "protract": 7,
        "shoulder_up": 4,
        "dz": 2,
        "dy": -1,
    },
    # The seat forward, the back against the chair: head and shoulders lower and further away.
    "slide": {
        "pelvis_flex": -28,
        "lumbar_flex": 12,
        "thoracic_flex": 14,
        "neck_flex": 10,
        "head_flex": -5,
        "shoulder_up": 3,
        "dz": -2,
        "dy": -5,
    },
    "forward_head": {"neck_flex": 24, "head_flex": -20, "thoracic_flex": 4},
    "look_down": {"neck_flex": 14, "head_flex": 24},
    "phone": {"thoracic_flex": 8, "neck_flex": 18, "head_flex": 27, **_ON_PHONE},
    "lean_left": {"lean": 16, "head_roll": -4},
    "lean_right": {"lean": -16, "head_roll": 4},
    "shoulder_left_up": {"shoulder_l_up": 14, "shoulder_r_up": -3},
    "shoulder_right_up": {"shoulder_r_up": 14, "shoulder_l_up": -3},
    "shrug": {"shoulder_up": 12},
    "head_tilt_left": {"head_roll": 18},
    "head_tilt_right": {"head_roll": -18},
    "look_left": {"head_yaw": 30},
    "look_right": {"head_yaw": -30},
    "lean_in": {"pelvis_flex": 10, "lumbar_flex": 6, "neck_flex": 4, "head_flex": -20},
    "recline": {"pelvis_flex": -16, "head_flex": 8, "neck_flex": 4},
    "chin_hand": {"lean": 8, "head_roll": 8, "thoracic_flex": 8, "hands_l": {"chin": 1}},
    "trunk_turn_left": {"trunk_yaw": 22},
    "trunk_turn_right": {"trunk_yaw": -22},
    # What people do while they work; nothing to complain about.
    "typing": {"thoracic_flex": 1, "neck_flex": 2, "head_flex": 3},
    "mouse": {"lean": -1.5, "trunk_yaw": 2, "hands_r": {"mouse": 1}},
    "drink": {"neck_flex": -3, "head_flex": -11, "hands_r": {"mouth": 1}},
    "phone_ear": {"head_roll": -7, "shoulder_r_up": 3, "hands_r": {"ear": 1}},
    "stand": {"dy": 36, "dz": -25, "stand": 1, **_ARMS_DOWN},
    # Of somebody else; where they go is said by dx, dz and turn.
    "walk": {"dy": 36, "stand": 1, **_ARMS_DOWN},
    # So near to the desk that the head is above the picture.
    "stand_close": {"dy": 40, "dz": -3, "stand": 1, **_ARMS_DOWN},
    "away": {"dx": 190, "dy": 40, "dz": -30, "stand": 1, **_ARMS_DOWN},
    # Short looks that are laid over whatever posture is being held.
    "glance_keyboard": {"neck_flex": 6, "head_flex": 15},
    "glance_left": {"head_yaw": 26, "trunk_yaw": 3},
    "glance_right": {"head_yaw": -34, "trunk_yaw": -5},
    "glance_phone": {"neck_flex": 11, "head_flex": 20, "head_yaw": 8, "hands_l": {"phone": 1}},
}

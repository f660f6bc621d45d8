"""The drawing of each exercise of ``core.exercises.library``, by name."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING

from posture_monitor.wording.exercises import exercise_texts
from posture_monitor.wording.figures import (
    Arrow,
    Drawing,
    Front,
    Panel,
    Side,
    around,
    mirrored,
    mirrored_arrow,
    straight,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


def drawing_svg(name: str, *, alone: bool = False) -> str:
    """The drawing of one exercise as SVG; ``alone``: with colours, for a file of its own."""
    title = escape(f"{exercise_texts()[name].title}, drawn", quote=True)
    return drawings()[name].svg(title, alone=alone)


def _closer(panels: tuple[Panel, ...]) -> Drawing:
    """Head, trunk and arms, without feet."""
    return Drawing(panels, width=170.0, top=66.0, bottom=256.0)


def _three(rest: Front, end: Front, *arrows: Arrow, upper: bool = True) -> Drawing:
    """At rest, then to one side, then to the other."""
    other = tuple(mirrored_arrow(arrow) for arrow in arrows)
    panels = (Panel(rest), Panel(end, arrows), Panel(mirrored(end), other))
    return _closer(panels) if upper else Drawing(panels)


def _two(
    rest: Front | Side, end: Front | Side, *arrows: Arrow, upper: bool = False, extra: str = ""
) -> Drawing:
    """At rest, then at the end of the movement."""
    panels = (Panel(rest, (), extra), Panel(end, arrows, extra))
    return _closer(panels) if upper else Drawing(panels)


_REST = Front(left=(14.0, -24.0), right=(14.0, -24.0))
"""Hands on the thighs."""


def _both(*arrows: Arrow) -> tuple[Arrow, ...]:
    return (*arrows, *(mirrored_arrow(arrow) for arrow in arrows))


def _things(lines: str, *, width: float = 4.0, opacity: float = 0.5, more: str = "") -> str:
    """What stands around, as thin lines."""
    return (
        f'<g fill="none" stroke="currentColor" stroke-width="{width:g}" stroke-linecap="round"'
        f' stroke-linejoin="round" opacity="{opacity:g}"><path d="{lines}"{more}/></g>'
    )


_WINDOW = _things("M150 50h42v70h-42zM171 50v70M150 84h42", width=3.0)
_SCREEN = _things("M158 96v58M158 128h8v50M130 180h66M190 180v106")
_SUPPORT = _things("M132 158V286M132 226H176V286")
_PLUMB = _things("M100 78V150", width=2.0, more=' stroke-dasharray="5 6"')
_GAZE = "M100 116L144 94"


def _blades(apart: float) -> str:
    """The shoulder blades of somebody seen from behind."""
    middle = 90.0
    lines = "".join(
        f"M{middle + side * apart:g} 168l{side * 10:g} 4l{-side * 6:g} 26z" for side in (-1, 1)
    )
    return _things(lines, width=5.0, opacity=0.9)


@lru_cache(maxsize=1)
def drawings() -> Mapping[str, Drawing]:
    """All of them."""
    return {**_head_and_shoulders(), **_arms(), **_trunk(), **_legs(), **_rest()}


def _head_and_shoulders() -> dict[str, Drawing]:
    hangs = Side(near=(0.0, 6.0))
    turned = (
        Arrow((98, 186), (110, 172), (106, 150)),
        Arrow((98, 150), (70, 130), (34, 150)),
        Arrow((28, 152), (20, 176), (38, 192)),
    )
    places = ((9.0, 1.0), (1.0, -11.0), (-9.0, 1.0))
    massage = Front(hands=(None, (70.0, 151.0)), left=(14.0, -24.0), right=(-1.0, 0.0))
    return {
        "neck_side_bend": _three(
            _REST, replace(_REST, head_deg=34.0), around((90, 152), 62, 178, 140)
        ),
        "head_turn": _three(
            _REST, replace(_REST, turn=0.95), Arrow((72, 92), (108, 76), (132, 100))
        ),
        "shoulder_shrug": _two(
            Front(), Front(shrug=15.0), *_both(straight((34, 168), (34, 126))), upper=True
        ),
        "shoulder_roll": _closer(
            tuple(
                Panel(replace(hangs, shoulder=place), (arrow,))
                for place, arrow in zip(places, turned, strict=True)
            ),
        ),
        "chin_tuck": Drawing(
            (
                Panel(Side(chin=14.0, near=(10.0, 52.0)), (), _PLUMB),
                Panel(
                    Side(chin=-6.0, near=(10.0, 52.0)), (straight((136, 132), (104, 132)),), _PLUMB
                ),
            ),
            width=170.0,
            top=66.0,
            bottom=220.0,
        ),
        "neck_self_massage": _three(
            _REST,
            massage,
            Arrow((74, 140), (58, 132), (46, 146)),
            Arrow((46, 160), (58, 172), (74, 164)),
        ),
    }


def _arms() -> dict[str, Drawing]:
    behind_head = ((72.0, 122.0), (108.0, 122.0))
    straight_ahead = Side(near=(84.0, 88.0), hand_deg=88.0)
    return {
        "arms_raised_sideways": _two(
            Front(seated=False),
            Front(seated=False, left=(90.0, 90.0), right=(90.0, 90.0)),
            *_both(Arrow((36, 216), (0, 204), (-6, 162))),
        ),
        "overhead_reach": _two(
            _REST,
            Front(left=(168.0, 176.0), right=(168.0, 176.0)),
            *_both(straight((22, 130), (22, 74))),
        ),
        "chest_opener": _two(
            _REST,
            Front(hands=behind_head, left=(1.0, 0.0), right=(1.0, 0.0)),
            *_both(Arrow((22, 108), (2, 116), (-4, 140))),
        ),
        "blade_squeeze": _closer(
            (
                Panel(
                    Front(away=True, left=(10.0, -30.0), right=(10.0, -30.0)), (), "", _blades(12.0)
                ),
                Panel(
                    Front(away=True, left=(36.0, -30.0), right=(36.0, -30.0)),
                    _both(straight((14, 168), (41, 168))),
                    "",
                    _blades(4.0),
                ),
            ),
        ),
        "wrist_and_forearm_stretch": _closer(
            (
                Panel(straight_ahead),
                Panel(
                    replace(straight_ahead, hand_deg=-18.0, reach=(134.0, 174.0)),
                    (Arrow((162, 150), (168, 174), (148, 186)),),
                ),
            ),
        ),
    }


def _trunk() -> dict[str, Drawing]:
    bent = Front(lean_deg=24.0, left=(150.0, 206.0), hands=(None, (138.0, 240.0)), right=(-1.0, 0))
    twisted = Front(
        twist=0.9, turn=0.9, hands=((116.0, 226.0), (140.0, 232.0)), left=(-1, 0), right=(1, 0)
    )
    weight = replace(_REST, shift=14.0, lean_deg=-7.0, hip_drop=6.0)
    press = Arrow((96, 266), (118, 276), (138, 260))
    return {
        "seated_side_bend": _three(_REST, bent, Arrow((66, 40), (112, 22), (152, 58)), upper=False),
        "seated_twist": _three(
            _REST, twisted, Arrow((36, 190), (62, 214), (100, 196)), upper=False
        ),
        "shift_in_the_chair": Drawing(
            (
                Panel(weight, (press,)),
                Panel(mirrored(weight), (mirrored_arrow(press),)),
                Panel(
                    Side(near=(10.0, 52.0), trunk_deg=-4.0, hips=(-2.0, 0.0)),
                    (straight((118, 206), (84, 206)),),
                ),
            ),
            top=66.0,
        ),
    }


def _legs() -> dict[str, Drawing]:
    hinged = Side(
        seated=False,
        chair=False,
        near=(-96.0, -22.0),
        trunk_deg=58.0,
        hips=(-20.0, 6.0),
    )
    half_up = Side(trunk_deg=38.0, hips=(12.0, -14.0), thigh_deg=70.0, near=(30.0, 70.0))
    holding = Side(seated=False, chair=False, near=(34.0, 92.0))
    return {
        "stand_up_and_sit_down": Drawing(
            (
                Panel(Side(near=(16.0, 60.0))),
                Panel(half_up, (Arrow((120, 100), (142, 96), (154, 70)),)),
                Panel(
                    Side(seated=False, near=(4.0, 12.0), hips=(8.0, 0.0)),
                    (straight((146, 190), (146, 110)),),
                ),
            )
        ),
        "calf_raise": Drawing(
            (
                Panel(holding, (), _SUPPORT),
                Panel(
                    replace(holding, heel=18.0, near=(30.0, 66.0)),
                    (straight((48, 276), (48, 222)),),
                    _SUPPORT,
                ),
            )
        ),
        "hip_hinge": _two(
            Side(seated=False, chair=False, near=(-40.0, 44.0)),
            hinged,
            straight((48, 168), (8, 176)),
            Arrow((112, 80), (146, 86), (158, 116)),
        ),
    }


def _rest() -> dict[str, Drawing]:
    gaze = _things(_GAZE, width=3.0, opacity=0.8, more=' stroke-dasharray="2 8"')
    return {
        "far_look": Drawing(
            (
                Panel(Side(near=(26.0, 92.0), nod_deg=8.0), (), _SCREEN),
                Panel(Side(near=(10.0, 52.0), nod_deg=-6.0), (), _WINDOW + gaze),
            )
        ),
    }

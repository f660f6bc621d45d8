"""A drawing of each reason of strain: the posture, with the upright one faint behind it."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING

from posture_monitor.domain import Reason
from posture_monitor.wording.figures import (
    Arrow,
    Drawing,
    Front,
    Panel,
    Side,
    mirrored,
    mirrored_arrow,
    straight,
)
from posture_monitor.wording.language import _
from posture_monitor.wording.names import REASONS

if TYPE_CHECKING:
    from collections.abc import Mapping

_FAINT = 0.22
_FRONT = Front(left=(14.0, -24.0), right=(14.0, -24.0))
_SIDE = Side(near=(24.0, 62.0))
_SCREEN = (
    '<g fill="none" stroke="currentColor" stroke-width="4" stroke-linecap="round" opacity="0.5">'
    '<path d="M168 112v58M168 142h9v44M150 188h54"/></g>'
)


def posture_svg(reason: Reason) -> str:
    """The drawing as SVG, named as the reason is."""
    title = escape(_("{name}, drawn", name=REASONS[reason]), quote=True)
    return _drawings()[reason].svg(title)


def _seen(figure: Front | Side, *arrows: Arrow, things: str = "") -> Drawing:
    upright = _FRONT if isinstance(figure, Front) else _SIDE
    faint = f'<g opacity="{_FAINT:g}">{replace(upright, chair=False).svg()}</g>'
    return Drawing((Panel(figure, arrows, things + faint),), width=200.0, top=78.0, bottom=292.0)


@lru_cache(maxsize=1)
def _drawings() -> Mapping[Reason, Drawing]:
    lean = replace(_FRONT, lean_deg=17.0)
    lean_arrow = Arrow((126, 96), (146, 100), (158, 118))
    return {
        Reason.SLOUCH: _seen(
            replace(_SIDE, slump_deg=34.0, head_deg=40.0, nod_deg=-8.0, hips=(9.0, 0.0)),
            Arrow((104, 92), (128, 96), (140, 118)),
        ),
        Reason.FORWARD_HEAD: _seen(
            replace(_SIDE, chin=22.0, nod_deg=-6.0), straight((104, 100), (136, 100))
        ),
        Reason.HEAD_DOWN: _seen(
            replace(_SIDE, head_deg=36.0, nod_deg=34.0, near=(18.0, 70.0)),
            Arrow((112, 100), (130, 110), (130, 134)),
        ),
        Reason.LEAN_IN: _seen(
            replace(_SIDE, trunk_deg=24.0, near=(10.0, 70.0)),
            Arrow((96, 92), (118, 88), (138, 100)),
            things=_SCREEN,
        ),
        Reason.LEAN_LEFT: _seen(lean, lean_arrow),
        Reason.LEAN_RIGHT: _seen(mirrored(lean), mirrored_arrow(lean_arrow)),
        Reason.HEAD_TILT: _seen(
            replace(_FRONT, head_deg=22.0), Arrow((96, 86), (116, 86), (126, 100))
        ),
        Reason.SHOULDER_TILT: _seen(
            replace(_FRONT, tilt=9.0),
            straight((148, 172), (148, 138)),
            straight((32, 140), (32, 174)),
        ),
        Reason.SHRUG: _seen(
            replace(_FRONT, shrug=15.0),
            straight((34, 170), (34, 134)),
            straight((146, 170), (146, 134)),
        ),
        Reason.HEAD_TURN: _seen(replace(_FRONT, turn=0.9), Arrow((74, 88), (100, 78), (122, 96))),
    }

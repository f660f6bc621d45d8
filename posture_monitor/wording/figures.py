"""Draws people who exercise: a figure from a few angles, seen from the front or from the side.

Everything is SVG in ``currentColor``, so that a drawing follows the light or dark of its page;
only arrows have a colour of their own (class ``figure-arrow``). Lengths are SVG units: a standing
person is about 230 of them tall. Angles are degrees; x grows to the right of the drawing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

Point = tuple[float, float]

PANEL_WIDTH, PANEL_HEIGHT = 220.0, 300.0
GROUND_Y = 286.0
SEAT_Y = 236.0
_MIDDLE_X = 90.0
_HEAD_R, _NECK = 19.0, 31.0
_SHOULDER, _HIP = 31.0, 15.0
"""Half the width of shoulders and hips."""
_TRUNK, _UPPER_ARM, _FOREARM, _THIGH, _SHIN = 76.0, 38.0, 36.0, 52.0, 50.0
_LIMB, _LEG, _FOOT = 11.0, 15.0, 15.0

STYLE = (
    "svg{color:#1f2933}.figure-arrow{color:#0b63c4}"
    "@media(prefers-color-scheme:dark){svg{color:#e6eaf0}.figure-arrow{color:#7db8ff}}"
)
"""Of a drawing that stands alone; in a page the page's own colours hold."""


def _at(start: Point, length: float, deg: float) -> Point:
    """So far from ``start``; 0 = down, 90 = to the right, 180 = up."""
    turn = math.radians(deg)
    return start[0] + length * math.sin(turn), start[1] + length * math.cos(turn)


def _between(one: Point, other: Point, share: float) -> Point:
    return one[0] + share * (other[0] - one[0]), one[1] + share * (other[1] - one[1])


def _xy(point: Point) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"


def _path(points: tuple[Point, ...], width: float) -> str:
    """A thick line with round joints."""
    way = "M" + "L".join(_xy(point) for point in points)
    return f'<path d="{way}" stroke-width="{width:g}"/>'


def _group(parts: list[str], opacity: float = 1.0) -> str:
    """Lines that are drawn as one, so that joints don't show through each other."""
    faint = f' opacity="{opacity:g}"' if opacity < 1.0 else ""
    return (
        f'<g fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round"'
        f"{faint}>{''.join(parts)}</g>"
    )


_BODY_OPACITY, _CHAIR_OPACITY = 0.34, 0.5

# ----------------------------------------------------------------- arrows


@dataclass(frozen=True, slots=True)
class Arrow:
    """A curved arrow from start to end, by way of ``bend``."""

    start: Point
    bend: Point
    end: Point

    def svg(self) -> str:
        """The line and its head."""
        deg = math.degrees(math.atan2(self.end[0] - self.bend[0], self.end[1] - self.bend[1]))
        wings = [_at(self.end, 11.0, deg + 180.0 + side) for side in (-32.0, 32.0)]
        head = f"M{_xy(wings[0])}L{_xy(self.end)}L{_xy(wings[1])}"
        line = f"M{_xy(self.start)}Q{_xy(self.bend)} {_xy(self.end)}"
        return f'<path class="figure-arrow" d="{line}{head}"/>'


def straight(start: Point, end: Point) -> Arrow:
    """An arrow without a bend."""
    return Arrow(start, _between(start, end, 0.5), end)


def around(centre: Point, radius: float, from_deg: float, to_deg: float) -> Arrow:
    """Part of a circle, of less than half a turn."""
    half = (to_deg - from_deg) / 2.0
    bend = _at(centre, radius / math.cos(math.radians(half)), from_deg + half)
    return Arrow(_at(centre, radius, from_deg), bend, _at(centre, radius, to_deg))


def _arrows(arrows: tuple[Arrow, ...]) -> str:
    if not arrows:
        return ""
    return (
        '<g class="figure-arrow" fill="none" stroke="currentColor" stroke-width="4.5"'
        f' stroke-linecap="round" stroke-linejoin="round">{"".join(a.svg() for a in arrows)}</g>'
    )


# ----------------------------------------------------------------- from the front


@dataclass(frozen=True, slots=True)
class Front:
    """Somebody who faces the reader: their left is at the right of the drawing, as in a photo."""

    lean_deg: float = 0.0
    """Of the trunk, + = to the right of the drawing."""
    head_deg: float = 0.0
    """Roll of the head, + = to the right of the drawing."""
    turn: float = 0.0
    """Of the head, -1 to 1, + = to the right of the drawing."""
    shrug: float = 0.0
    """How far the shoulders are raised."""
    tilt: float = 0.0
    """How much higher the shoulder at the right of the drawing is, and the other lower."""
    twist: float = 0.0
    """Of the trunk, -1 to 1: how much narrower the shoulders look, and where to."""
    right: tuple[float, float] = (8.0, 4.0)
    """Upper arm and forearm at the right of the drawing: from hanging, + = outwards."""
    left: tuple[float, float] = (8.0, 4.0)
    """The same at the left of the drawing."""
    hands: tuple[Point | None, Point | None] = (None, None)
    """Where the hands are (left, right of the drawing) if angles don't say; then only the sign
    of the upper arm's angle matters, for the side on which the elbow is."""
    seated: bool = True
    shift: float = 0.0
    """Of the hips, to the right of the drawing."""
    hip_drop: float = 0.0
    """How much the hip at the right of the drawing is lower."""
    away: bool = False
    """Seen from behind."""
    chair: bool = True

    def svg(self) -> str:
        """The figure, with a chair where it sits."""
        hips = self._hips()
        neck = _at(hips, _TRUNK, 180.0 - self.lean_deg)
        parts = [_front_chair()] if self.seated and self.chair else []
        parts.append(_group([*self._legs(hips), self._trunk(hips, neck)], _BODY_OPACITY))
        parts.append(_group([self._arm(neck, -1), self._arm(neck, 1)]))
        parts.append(self._head(neck))
        return "".join(parts)

    def _hips(self) -> Point:
        y = SEAT_Y - 8.0 if self.seated else GROUND_Y - 6.0 - _SHIN - _THIGH
        return _MIDDLE_X + self.shift, y

    def _shoulder(self, neck: Point, side: int) -> Point:
        half = _SHOULDER * (1.0 - 0.45 * abs(self.twist))
        x, y = _at(neck, half, 90.0 * side - self.lean_deg * 1.0)
        return x + 8.0 * self.twist, y - self.shrug - side * self.tilt + 7.0

    def _trunk(self, hips: Point, neck: Point) -> str:
        shoulders = [self._shoulder(neck, side) for side in (-1, 1)]
        seat = [(hips[0] + side * _HIP, hips[1] + side * self.hip_drop) for side in (1, -1)]
        way = "M" + "L".join(_xy(point) for point in [*shoulders, *seat]) + "Z"
        spine = f'<path d="M{_xy(hips)}L{_xy(neck)}" stroke-width="16"/>'
        return f'<path d="{way}" fill="currentColor" stroke-width="14"/>{spine}'

    def _legs(self, hips: Point) -> list[str]:
        legs = []
        for side in (-1, 1):
            hip = (hips[0] + side * _HIP, hips[1] + side * self.hip_drop)
            if self.seated:
                knee = (_MIDDLE_X + side * 24.0, SEAT_Y + 8.0)
                ankle = (_MIDDLE_X + side * 24.0, GROUND_Y - 6.0)
            else:
                knee, ankle = (hip[0] + side * 1.0, hip[1] + _THIGH), (0.0, 0.0)
                ankle = (hip[0] + side * 2.0, GROUND_Y - 6.0)
            toe = (ankle[0] + side * 8.0, GROUND_Y - 4.0)
            legs += [_path((hip, knee, ankle), _LEG), _path((ankle, toe), 10.0)]
        return legs

    def _arm(self, neck: Point, side: int) -> str:
        shoulder = self._shoulder(neck, side)
        hand = self.hands[0 if side < 0 else 1]
        upper, fore = self.left if side < 0 else self.right
        if hand is not None:
            return _path((shoulder, _elbow(shoulder, hand, side * upper), hand), _LIMB)
        elbow = _at(shoulder, _UPPER_ARM, side * upper)
        return _path((shoulder, elbow, _at(elbow, _FOREARM, side * fore)), _LIMB)

    def _head(self, neck: Point) -> str:
        tilt = self.lean_deg + self.head_deg
        base = (neck[0] + 6.0 * self.twist, neck[1])
        head = _at(base, _NECK, 180.0 - tilt)
        throat = _group([_path((base, _between(base, head, 0.3)), 13.0)], _BODY_OPACITY)
        x, y = head
        face = "" if self.away else _front_face(self.turn)
        nose = math.copysign(1.0, self.turn) if abs(self.turn) > 0.8 else 0.0
        profile = f'<path d="M{nose * 18:g} -4l{nose * 8:g} 8l{-nose * 8:g} 3"/>' if nose else ""
        skull = f'<circle r="{_HEAD_R:g}"/>{profile}{face}'
        if self.away:
            skull = f'<circle r="{_HEAD_R:g}" fill="currentColor" fill-opacity="0.34"/>'
        return (
            throat + f'<g fill="none" stroke="currentColor" stroke-width="3.5" stroke-linecap='
            f'"round" stroke-linejoin="round" transform="translate({x:.1f} {y:.1f})'
            f' rotate({tilt:g})">{skull}</g>'
        )


def _front_face(turn: float) -> str:
    """Eyes, nose and mouth, moved aside with the head's turn."""
    x = 11.0 * turn
    near = 1.0 - 0.45 * abs(turn)
    eyes = "".join(
        f'<circle cx="{x + side * 7.0 * near:.1f}" cy="-4" r="1.4" fill="currentColor"/>'
        for side in (-1, 1)
        if abs(x + side * 7.0 * near) < 15.0
    )
    nose = f'<path d="M{x + 2.0 * turn:.1f} -2l{3.0 * turn + 1.5:.1f} 6h-3" stroke-width="2"/>'
    mouth = f'<path d="M{x - 4.5 * near:.1f} 9.5q{4.5 * near:.1f} 3 {9.0 * near:.1f} 0"/>'
    return eyes + nose + mouth


def _elbow(shoulder: Point, hand: Point, bow: float) -> Point:
    """Where an elbow is between the two, on the side that the sign of ``bow`` says."""
    x, y = hand[0] - shoulder[0], hand[1] - shoulder[1]
    far = min(math.hypot(x, y), _UPPER_ARM + _FOREARM - 1.0)
    if far < 1.0:
        return shoulder
    along = (_UPPER_ARM**2 - _FOREARM**2 + far**2) / (2.0 * far)
    aside = math.sqrt(max(_UPPER_ARM**2 - along**2, 0.0)) * (1.0 if bow >= 0.0 else -1.0)
    ux, uy = x / math.hypot(x, y), y / math.hypot(x, y)
    return shoulder[0] + along * ux - aside * uy, shoulder[1] + along * uy + aside * ux


def _front_chair() -> str:
    x = _MIDDLE_X
    seat = f'<path d="M{x - 42:g} {SEAT_Y + 9:g}H{x + 42:g}" stroke-width="6"/>'
    legs = "".join(
        f'<path d="M{x + side * 38:g} {SEAT_Y + 12:g}V{GROUND_Y:g}"/>' for side in (-1, 1)
    )
    return _group([f'<g stroke-width="3.5">{seat}{legs}</g>'], _CHAIR_OPACITY)


# ----------------------------------------------------------------- from the side


@dataclass(frozen=True, slots=True)
class Side:
    """Somebody who looks to the right of the drawing."""

    trunk_deg: float = 0.0
    """+ = bent forward."""
    head_deg: float | None = None
    """Of the neck, + = forward; None: as the trunk."""
    chin: float = 0.0
    """How far the head is ahead of the shoulders."""
    nod_deg: float = 0.0
    """Of the face, + = down."""
    near: tuple[float, float] = (0.0, 12.0)
    """Upper arm and forearm: from hanging, + = forward."""
    hand_deg: float | None = None
    """Of the near hand, as its forearm; None: not drawn."""
    reach: Point | None = None
    """Where the other hand is; None: hidden behind this one."""
    shoulder: Point = (0.0, 0.0)
    """How far the shoulder is from where it rests."""
    seated: bool = True
    thigh_deg: float | None = None
    """From hanging, + = forward; None: seated 88, standing 0."""
    shin_deg: float | None = None
    heel: float = 0.0
    """How far the heels are off the ground."""
    hips: Point = (0.0, 0.0)
    """How far the hips are from where they would be."""
    chair: bool = True
    slump_deg: float = 0.0
    """How much rounder the upper back is than straight."""

    def svg(self) -> str:
        """The figure, with a chair where it sits or has one behind it."""
        hips, knee, ankle = self._leg()
        waist = _at(hips, _TRUNK * 0.5, 180.0 - self.trunk_deg)
        neck = _at(waist, _TRUNK * 0.5, 180.0 - self.trunk_deg - self.slump_deg)
        heel = (ankle[0] - 4.0, GROUND_Y - 4.0 - self.heel)
        toe = (ankle[0] + _FOOT, GROUND_Y - 4.0)
        leg = [_path((hips, knee, ankle), _LEG), _path((ankle, heel), 9.0), _path((heel, toe), 9.0)]
        trunk = f'<path d="M{_xy(hips)}Q{_xy(waist)} {_xy(neck)}" stroke-width="27"/>'
        shoulder = (neck[0] + self.shoulder[0], neck[1] + 9.0 + self.shoulder[1])
        parts = [_side_chair()] if self.chair else []
        parts.append(_group([*leg, trunk], _BODY_OPACITY))
        parts.append(self._head(neck))
        arms = [self._arm(shoulder)]
        if self.reach is not None:
            elbow = _elbow(shoulder, self.reach, 1.0)
            arms.append(_path((shoulder, elbow, self.reach), _LIMB - 3.0))
        parts.append(_group(arms))
        return "".join(parts)

    def _arm(self, shoulder: Point) -> str:
        elbow = _at(shoulder, _UPPER_ARM, self.near[0])
        hand = _at(elbow, _FOREARM, self.near[1])
        arm = _path((shoulder, elbow, hand), _LIMB)
        if self.hand_deg is None:
            return arm
        return arm + _path((hand, _at(hand, 17.0, self.hand_deg)), 7.0)

    def _leg(self) -> tuple[Point, Point, Point]:
        thigh = (88.0 if self.seated else 0.0) if self.thigh_deg is None else self.thigh_deg
        shin = 0.0 if self.shin_deg is None else self.shin_deg
        if self.seated:
            hips = (_MIDDLE_X - 22.0 + self.hips[0], SEAT_Y - 8.0 + self.hips[1])
            knee = _at(hips, _THIGH, thigh)
            return hips, knee, (knee[0] + 50.0 * math.sin(math.radians(shin)), GROUND_Y - 8.0)
        ankle = (_MIDDLE_X - 6.0, GROUND_Y - 8.0 - self.heel)
        knee = _at(ankle, _SHIN, 180.0 - shin)
        hips = _at(knee, _THIGH, 180.0 + thigh)
        return (hips[0] + self.hips[0], hips[1] + self.hips[1]), knee, ankle

    def _head(self, neck: Point) -> str:
        lean = self.trunk_deg + self.slump_deg if self.head_deg is None else self.head_deg
        x, y = _at(neck, _NECK, 180.0 - lean)
        x += self.chin + 4.0
        throat = _group([_path((neck, _between(neck, (x - 3.0, y), 0.3)), 13.0)], _BODY_OPACITY)
        face = (
            '<circle cx="9" cy="-4" r="1.5" fill="currentColor"/>'
            '<path d="M18 -5l6 8h-6"/><path d="M10 10q4 1.5 7 -0.5"/>'
            '<path d="M-5 -3q-5 1 -4 6q3 3 5 -1" stroke-width="2.2"/>'
        )
        return (
            throat + '<g fill="none" stroke="currentColor" stroke-width="3.5" stroke-linecap='
            f'"round" stroke-linejoin="round" transform="translate({x:.1f} {y:.1f})'
            f' rotate({lean * 0.5 + self.nod_deg:g})"><circle r="{_HEAD_R:g}"/>{face}</g>'
        )


def _side_chair() -> str:
    x = _MIDDLE_X - 22.0
    parts = (
        f'<path d="M{x - 24:g} {SEAT_Y + 6:g}L{x - 28:g} {SEAT_Y - 64:g}" stroke-width="6"/>'
        f'<path d="M{x - 24:g} {SEAT_Y + 6:g}H{x + 40:g}" stroke-width="6"/>'
        f'<path d="M{x - 22:g} {SEAT_Y + 8:g}V{GROUND_Y:g}"/>'
        f'<path d="M{x + 36:g} {SEAT_Y + 8:g}V{GROUND_Y:g}"/>'
    )
    return _group([f'<g stroke-width="3.5">{parts}</g>'], _CHAIR_OPACITY)


# ----------------------------------------------------------------- the whole drawing


@dataclass(frozen=True, slots=True)
class Panel:
    """One moment of an exercise."""

    figure: Front | Side
    arrows: tuple[Arrow, ...] = ()
    extra: str = ""
    """Things around the person, as SVG in ``currentColor``."""
    over: str = ""
    """The same before the person."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """An exercise in two or three moments, from left to right; or one posture."""

    panels: tuple[Panel, ...]
    width: float = PANEL_WIDTH
    """Of each panel."""
    top: float = 0.0
    bottom: float = PANEL_HEIGHT
    """Where the picture begins and ends: closer for what head and shoulders do."""

    def svg(self, title: str, *, alone: bool = False) -> str:
        """The drawing; ``title`` is what a screen reader says, ``alone``: for a file of its own."""
        width, height = self.width * len(self.panels), self.bottom - self.top
        style = f"<style>{STYLE}</style>" if alone else ""
        moments = "".join(self._panel(panel, place) for place, panel in enumerate(self.panels))
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" class="figure" role="img"'
            f' viewBox="0 {self.top:g} {width:g} {height:g}" aria-label="{title}">'
            f"{style}{moments}</svg>"
        )

    def _panel(self, panel: Panel, place: int) -> str:
        left = _MIDDLE_X - self.width / 2.0
        ground = (
            f'<path d="M{left + 14:g} {GROUND_Y + 3:g}h{self.width - 28:g}" stroke="currentColor"'
            ' stroke-width="2" stroke-linecap="round" opacity="0.3"/>'
        )
        number = (
            ""
            if len(self.panels) == 1
            else (
                f'<text x="{left + 8:g}" y="{self.top + 22:g}" font-size="18" opacity="0.6"'
                f' font-family="sans-serif" fill="currentColor">{place + 1}</text>'
            )
        )
        parts = (ground, number, panel.extra, panel.figure.svg(), panel.over, _arrows(panel.arrows))
        return f'<g transform="translate({self.width * place - left:g} 0)">{"".join(parts)}</g>'


def mirrored(figure: Front) -> Front:
    """The same to the other side."""
    return replace(
        figure,
        lean_deg=-figure.lean_deg,
        head_deg=-figure.head_deg,
        turn=-figure.turn,
        tilt=-figure.tilt,
        twist=-figure.twist,
        shift=-figure.shift,
        hip_drop=-figure.hip_drop,
        left=figure.right,
        right=figure.left,
        hands=(_mirror(figure.hands[1]), _mirror(figure.hands[0])),
    )


def _mirror(point: Point | None) -> Point | None:
    return None if point is None else (2.0 * _MIDDLE_X - point[0], point[1])


def mirrored_arrow(arrow: Arrow) -> Arrow:
    """The same on the other side."""
    start, bend, end = ((2.0 * _MIDDLE_X - x, y) for x, y in (arrow.start, arrow.bend, arrow.end))
    return Arrow(start, bend, end)

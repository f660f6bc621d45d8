"""Small pieces of SVG; colours come from the page's classes, so that they follow light and dark.

``rect``, ``label`` and ``line`` take shares of the drawing's width: it is as wide as its box and
its text keeps its size. ``box``, ``text`` and
``upright`` take user units of a ``chart``, which scales as a
whole. All text is escaped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Iterable

HATCH = Markup(
    '<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse"'
    ' patternTransform="rotate(45)"><rect class="hatch-ground" width="6" height="6"/>'
    '<rect class="hatch-line" width="2" height="6"/></pattern>'
)
"""Unknown time is told by its pattern too, not by colour alone."""


def pct(share: float) -> str:
    """
    >>> pct(0.25), pct(1 / 3)
    ('25%', '33.333%')
    """
    return f"{100.0 * share:.3f}".rstrip("0").rstrip(".") + "%"


def rect(
    x: float, width: float, y: str, height: str, kind: str, tip: str = "", *, round_px: int = 0
) -> Markup:
    """A bar from `x`, `width` shares of the drawing's width."""
    return _rect(kind, (pct(x), y), (pct(width), height), tip, round_px)


def box(x: float, y: float, width: float, height: float, kind: str, tip: str = "") -> Markup:
    """A rectangle in user units; ``tip`` is shown by who points at it."""
    return _rect(kind, (f"{x:.1f}", f"{y:.1f}"), (f"{width:.1f}", f"{height:.1f}"), tip)


def _rect(
    kind: str, at: tuple[str, str], size: tuple[str, str], tip: str, round_px: int = 0
) -> Markup:
    told = Markup("<title>{}</title>").format(tip) if tip else ""
    corner = Markup(' rx="{}"').format(round_px) if round_px else ""
    return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"{}>{}</rect>').format(
        kind, *at, *size, corner, told
    )


def text(x: float, y: float, said: str) -> Markup:
    """Text in user units, from its left end."""
    return Markup('<text x="{:.1f}" y="{:.1f}">{}</text>').format(x, y, said)


def label(x: float, y: str, text: str, kind: str = "", anchor: str = "middle") -> Markup:
    return Markup('<text class="{}" x="{}" y="{}" text-anchor="{}">{}</text>').format(
        kind, pct(x), y, anchor, text
    )


def upright(x: float, y1: float, y2: float, kind: str) -> Markup:
    """A vertical line in user units."""
    return Markup('<line class="{}" x1="{:.1f}" x2="{:.1f}" y1="{:.0f}" y2="{:.0f}"/>').format(
        kind, x, x, y1, y2
    )


def line(x1: float, x2: float, y1: str, y2: str, kind: str) -> Markup:
    return Markup('<line class="{}" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(
        kind, pct(x1), pct(x2), y1, y2
    )


def drawing(name: str, kind: str, parts: Iterable[str], *, hatch: bool = False) -> Markup:
    """The drawing with the name that a screen reader tells."""
    defs = Markup("<defs>{}</defs>").format(HATCH) if hatch else ""
    return Markup('<svg class="{}" role="img" aria-label="{}">{}{}</svg>').format(
        kind, name, defs, Markup("").join(parts)
    )


def chart(name: str, width: float, height: float, parts: Iterable[str]) -> Markup:
    """A drawing in user units, with the name that a screen reader tells."""
    return Markup('<svg role="img" aria-label="{}" viewBox="0 0 {:.0f} {:.0f}">{}</svg>').format(
        name, width, height, Markup("").join(parts)
    )


def decoration(kind: str, parts: Iterable[str]) -> Markup:
    """A drawing that repeats what stands beside it in words."""
    return Markup('<svg class="{}" aria-hidden="true">{}</svg>').format(
        kind, Markup("").join(parts)
    )


def curve(paths: Iterable[tuple[str, str]], kind: str) -> Markup:
    """Paths in a field of 1000 by 100 that is stretched over the drawing."""
    drawn = Markup("").join(path(k, d, ' vector-effect="non-scaling-stroke"') for k, d in paths)
    return Markup(
        '<svg class="{}" viewBox="0 0 1000 100" preserveAspectRatio="none"'
        ' width="100%" height="100%">{}</svg>'
    ).format(kind, drawn)


def path(kind: str, way: str, attributes: str = "") -> Markup:
    """One path; ``attributes`` is written as it is."""
    return Markup('<path class="{}" d="{}"{}/>').format(kind, way, Markup(attributes))

"""Small pieces of SVG; colours come from the page's classes, so that they follow light and dark.

Places are percentages: a drawing is as wide as its box and its text keeps its size.
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
    told = Markup("<title>{}</title>").format(tip) if tip else ""
    corner = Markup(' rx="{}"').format(round_px) if round_px else ""
    return Markup('<rect class="{}" x="{}" width="{}" y="{}" height="{}"{}>{}</rect>').format(
        kind, pct(x), pct(width), y, height, corner, told
    )


def label(x: float, y: str, text: str, kind: str = "", anchor: str = "middle") -> Markup:
    return Markup('<text class="{}" x="{}" y="{}" text-anchor="{}">{}</text>').format(
        kind, pct(x), y, anchor, text
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


def decoration(kind: str, parts: Iterable[str]) -> Markup:
    """A drawing that repeats what stands beside it in words."""
    return Markup('<svg class="{}" aria-hidden="true">{}</svg>').format(
        kind, Markup("").join(parts)
    )


def curve(paths: Iterable[tuple[str, str]], kind: str) -> Markup:
    """Paths in a field of 1000 by 100 that is stretched over the drawing."""
    drawn = Markup("").join(
        Markup('<path class="{}" d="{}" vector-effect="non-scaling-stroke"/>').format(k, d)
        for k, d in paths
    )
    return Markup(
        '<svg class="{}" viewBox="0 0 1000 100" preserveAspectRatio="none"'
        ' width="100%" height="100%">{}</svg>'
    ).format(kind, drawn)

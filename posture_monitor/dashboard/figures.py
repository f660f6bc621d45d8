"""Drawings of one state: the score's ring, a profile's sketch."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from markupsafe import Markup

from posture_monitor.wording.language import _

if TYPE_CHECKING:
    from posture_monitor.core.judge.baseline import Baseline

_HEAD_WIDTH_CM, _HEAD_HEIGHT_CM = 15.0, 22.0
"""An adult head, face on (rounded from anthropometric tables; for drawing only)."""


def score_ring(score: float | None, *, strained: bool = False) -> Markup:
    """The score as a ring with its number; open and without a number where nothing is judged."""
    kind = "none" if score is None else "strained" if strained else "fine"
    told = (
        _("The score is not known") if score is None else _("Score {score:.0f} of 100", score=score)
    )
    filled = 0.0 if score is None else max(0.5, min(100.0, score))
    number = "–" if score is None else f"{score:.0f}"
    below = _("no score now") if score is None else _("of 100")
    return Markup(
        '<svg class="ring ring-{}" viewBox="0 0 200 200" role="img" '
        'aria-label="{}"><circle class="ring-ground" cx="100" cy="100" r="86" '
        'pathLength="100"/><circle class="ring-value" cx="100" cy="100" r="86" '
        'pathLength="100" stroke-dasharray="{} 100" transform="rotate(-90 100 '
        '100)"/><text class="ring-number" x="100" y="112">{}</text><text '
        'class="ring-unit" x="100" y="140">{}</text></svg>'
    ).format(kind, told, f"{filled:.1f}", number, below)


def outline(baseline: Baseline) -> dict[str, float]:
    """Where a baseline's head and shoulders lie, in pixels of its picture."""
    middle = baseline.median
    scale = middle.face_scale_px
    tilt = math.radians(middle.shoulder_tilt_deg)
    half = middle.shoulder_width_px / 2.0
    return {
        "width_px": float(baseline.width_px),
        "height_px": float(baseline.height_px),
        "head_x": middle.head_x_px,
        # The eyes lie about half way down a head.
        "head_y": middle.head_y_px,
        "head_rx": _HEAD_WIDTH_CM / 2.0 * scale,
        "head_ry": _HEAD_HEIGHT_CM / 2.0 * scale,
        "left_x": middle.shoulder_x_px + half * math.cos(tilt),
        "left_y": middle.shoulder_y_px - half * math.sin(tilt),
        "right_x": middle.shoulder_x_px - half * math.cos(tilt),
        "right_y": middle.shoulder_y_px + half * math.sin(tilt),
        "shoulder_px": middle.shoulder_width_px,
    }


def profile_sketch(baseline: Baseline) -> Markup:
    """How the person sits in the camera's picture, as the camera sees it."""
    o = outline(baseline)
    unit, low = o["shoulder_px"], o["height_px"]
    middle = (o["left_x"] + o["right_x"]) / 2.0
    neck_y = o["head_y"] + o["head_ry"] * 0.6

    def side(shoulder_y: float, way: float) -> tuple[str, ...]:
        """From the neck over the shoulder; `way` is -1 on the picture's left."""
        points = ((0.13, neck_y), (0.15, shoulder_y - 0.24 * unit))
        curve = ((0.36, shoulder_y - 0.1 * unit), (0.62, shoulder_y - 0.16 * unit))
        end = (0.66, shoulder_y + 0.42 * unit)
        return tuple(f"{middle + way * x * unit:.0f} {y:.0f}" for x, y in (*points, *curve, end))

    left, right = side(o["left_y"], 1.0), side(o["right_y"], -1.0)
    edge = (middle + 0.66 * unit, middle - 0.66 * unit)
    body = (
        f"M{right[0]}L{left[0]}L{left[1]}C{left[2]} {left[3]} {left[4]}L{edge[0]:.0f} {low:.0f}"
        f"L{edge[1]:.0f} {low:.0f}L{right[4]}C{right[3]} {right[2]} {right[1]}Z"
    )
    return Markup(
        '<svg class="sketch" viewBox="0 0 {} {}" role="img" aria-label="Where this '
        'profile has head and shoulders in the picture"><rect class="sketch-ground" '
        'width="100%" height="100%"/><path class="sketch-body" d="{}"/><ellipse '
        'class="sketch-head" cx="{}" cy="{}" rx="{}" ry="{}"/><line '
        'class="sketch-line" x1="{}" y1="{}" x2="{}" y2="{}"/></svg>'
    ).format(
        baseline.width_px,
        baseline.height_px,
        body,
        *(f"{o[key]:.0f}" for key in ("head_x", "head_y", "head_rx", "head_ry")),
        *(f"{o[key]:.0f}" for key in ("right_x", "right_y", "left_x", "left_y")),
    )

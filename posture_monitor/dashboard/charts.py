"""The drawings of the pages: a week's bars, shares and small curves; plain SVG."""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING

from markupsafe import Markup

from posture_monitor.domain import Reason
from posture_monitor.system import svg
from posture_monitor.wording import dates
from posture_monitor.wording import page_words as words
from posture_monitor.wording.language import _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from posture_monitor.core.stats.summary import Day

_AXIS = 0.085
"""Share of the width that the labels of an axis take."""


def week_bars(days: Mapping[date, Day], week: Sequence[date], today: date) -> Markup:
    """Sitting and standing of each date as a column, with the mean of the days with data."""
    top_s = max([d.sitting_s + d.standing_s for d in days.values()], default=0.0)
    top_h = max(2, math.ceil(top_s / 3600.0 / 2.0) * 2)
    top, floor = 8.0, 86.0

    def y(seconds: float) -> float:
        return floor - (floor - top) * seconds / (top_h * 3600.0)

    parts, values = [], []
    for hour in range(0, top_h + 1, max(2, top_h // 4 // 2 * 2)):
        level = f"{y(hour * 3600.0):.2f}%"
        parts.append(svg.line(_AXIS, 1, level, level, "guide"))
        parts.append(
            Markup('<text class="axis" x="0" y="{}" dy="0.35em">{} h</text>').format(level, hour)
        )
    column = (1.0 - _AXIS) / len(week)
    for number, day in enumerate(week):
        x = _AXIS + column * number
        totals = days.get(day)
        kind = "tick today" if day == today else "tick"
        parts.append(svg.label(x + column / 2, "97%", dates.weekday(day), kind))
        if totals is None:
            if day <= today:
                parts.append(svg.label(x + column / 2, "82%", "–", "tick soft"))
            continue
        sat, stood = y(totals.sitting_s), y(totals.sitting_s + totals.standing_s)
        bar_x, bar_w = x + column * 0.2, column * 0.6
        what = _(
            "{short_day}: sitting {duration}",
            short_day=dates.short_day(day),
            duration=words.duration(totals.sitting_s),
        )
        parts.append(
            svg.rect(
                bar_x, bar_w, f"{sat:.2f}%", f"{floor - sat:.2f}%", "s-sitting", what, round_px=3
            )
        )
        if totals.standing_s >= 60.0:
            tip = _(
                "{short_day}: standing {duration}",
                short_day=dates.short_day(day),
                duration=words.duration(totals.standing_s),
            )
            parts.append(
                svg.rect(
                    bar_x,
                    bar_w,
                    f"{stood:.2f}%",
                    f"{sat - stood:.2f}%",
                    "s-standing",
                    tip,
                    round_px=3,
                )
            )
        values.append(
            svg.label(
                x + column / 2,
                f"{stood - 2.5:.2f}%",
                words.hours(totals.sitting_s),
                "value",
            )
        )
    shown = [days[day].sitting_s for day in week if day in days]
    mean_s = sum(shown) / len(shown) if shown else None
    if mean_s is not None:
        level = f"{y(mean_s):.2f}%"
        parts.append(svg.line(_AXIS, 1, level, level, "mean"))
    parts += values  # over the mean line, with the ground of the card around them
    name = (
        _("Sitting for each day of the week:")
        + " "
        + "; ".join(
            f"{dates.long_weekday(day)} {words.duration(days[day].sitting_s)}"
            for day in week
            if day in days
        )
    )
    return svg.drawing(name, "week-bars", parts)


def share_bar(share: float, kind: str) -> Markup:
    """A bar that repeats the number beside it."""
    return svg.decoration(
        "share-bar",
        [
            svg.rect(0, 1, "0", "100%", "lane", round_px=4),
            svg.rect(
                0, max(0.008, min(1.0, share)) if share else 0.0, "0", "100%", kind, round_px=4
            ),
        ],
    )


def split_bar(parts: Sequence[tuple[float, str, str]], *, of: float | None = None) -> Markup:
    """Shares of one whole beside each other: size, class, what it is; ``of`` is the size that
    fills the bar (their sum where it is None).
    """
    whole = of or sum(size for size, _, _ in parts) or 1.0
    drawn, x = [], 0.0
    for size, kind, tip in parts:
        drawn.append(svg.rect(x, size / whole, "0", "100%", kind, tip))
        x += size / whole
    return svg.decoration("split-bar", drawn)


def sparkline(values: Sequence[float | None], name: str) -> Markup:
    """A small line of weekly values; a gap where nothing is known."""
    top = max([v for v in values if v is not None], default=0.0) or 1.0
    step = 1000.0 / max(1, len(values) - 1)
    path, joined = "", False
    for number, value in enumerate(values):
        if value is None:
            joined = False
            continue
        path += f"{'L' if joined else 'M'}{number * step:.1f} {95.0 - 90.0 * value / top:.1f}"
        path += "" if joined else "h.01"
        joined = True
    return svg.drawing(name, "sparkline", [svg.curve([("spark", path)], "curve")])


REASON_CLASSES: dict[str, str] = {
    reason.value: f"r{number}" for number, reason in enumerate(Reason)
}

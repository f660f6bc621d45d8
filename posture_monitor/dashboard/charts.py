"""The drawings of the pages: a day, a week's bars, shares, and the score's ring; plain SVG."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from markupsafe import Markup

from posture_monitor.core.stats.summary import end_at
from posture_monitor.domain import EventKind, Reason, State
from posture_monitor.system import svg
from posture_monitor.wording import page_words as words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import tzinfo

    from posture_monitor.core.stats.summary import Day
    from posture_monitor.domain import Interval, RecordedEvent

_TOUCH_S = 1.0
_AXIS = 0.085
"""Share of the width that the labels of an axis take."""
HEIGHTS: dict[State, tuple[str, str]] = {
    State.SITTING: ("0", "100%"),
    State.STANDING: ("0", "100%"),
    State.AWAY: ("62%", "38%"),
    State.BREAK: ("38%", "62%"),
    State.UNKNOWN: ("0", "100%"),
}
"""Top and height of each state in its lane: they differ not by colour alone."""


@dataclass(frozen=True, slots=True)
class Lane:
    """One row of a timeline."""

    name: str
    kind: str
    drawing: Markup


@dataclass(frozen=True, slots=True)
class Span:
    """The time that a timeline shows."""

    since: datetime
    """Aware, UTC."""
    until: datetime
    tz: tzinfo | None

    def share(self, at: datetime) -> float:
        length_s = (self.until - self.since).total_seconds()
        return min(1.0, max(0.0, (at - self.since).total_seconds() / length_s))

    def ticks(self) -> list[datetime]:
        """Round local times, at most a dozen, never at the ends."""
        length_s = (self.until - self.since).total_seconds()
        minutes = next(
            (m for m in (1, 2, 5, 10, 15, 30, 60, 120, 180) if length_s / 60.0 / m <= 12), 240
        )
        at = self.since.astimezone(self.tz).replace(minute=0, second=0, microsecond=0)
        found = []
        utc = at.astimezone(UTC)
        while utc < self.until:
            local = utc.astimezone(self.tz)
            on_beat = (local.hour * 60 + local.minute) % minutes == 0
            if on_beat and 0.015 < self.share(utc) < 0.985:
                found.append(local)
            utc += timedelta(minutes=min(minutes, 60))
        return found


def span_around(
    intervals: Sequence[Interval],
    tz: tzinfo | None,
    *,
    at_least: timedelta = timedelta(hours=6),
    now: datetime | None = None,
) -> Span:
    """Whole hours around what was recorded, widened to the right to a fitting length."""
    first = min(i.start_at for i in intervals)
    last = max(end_at(i) for i in intervals)
    if now is not None:
        last = max(last, now.astimezone(UTC))
    if last - first < timedelta(minutes=50) and at_least <= timedelta(hours=1):
        pad = max((last - first) * 0.03, timedelta(seconds=2))
        return Span(first - pad, last + pad, tz)
    since = first.astimezone(tz).replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    hours = math.ceil((last - since) / timedelta(hours=1))
    return Span(since, max(since + timedelta(hours=hours), since + at_least), tz)


def _from_to(interval_from: datetime, until: datetime, tz: tzinfo | None) -> str:
    length = words.duration((until - interval_from).total_seconds())
    return f"{interval_from.astimezone(tz):%H:%M}–{until.astimezone(tz):%H:%M}, {length}"


@dataclass(slots=True)
class _Block:
    kind: str
    since: datetime
    until: datetime


def _joined(intervals: Sequence[Interval], kinds: Sequence[str]) -> list[_Block]:
    """Neighbours of the same kind as one; an empty kind is left out."""
    blocks: list[_Block] = []
    for interval, kind in zip(intervals, kinds, strict=True):
        if not kind:
            continue
        last = blocks[-1] if blocks else None
        near = last is not None and abs((interval.start_at - last.until).total_seconds()) < _TOUCH_S
        if last is not None and near and last.kind == kind:
            last.until = end_at(interval)
        else:
            blocks.append(_Block(kind, interval.start_at, end_at(interval)))
    return blocks


def state_lane(intervals: Sequence[Interval], span: Span) -> Markup:
    """What the user did, in one row of blocks."""
    blocks = _joined(intervals, [i.state.value for i in intervals])
    parts = [svg.rect(0, 1, "0", "100%", "lane")]
    for block in blocks:
        state = State(block.kind)
        top, height = HEIGHTS[state]
        x = span.share(block.since)
        width = max(0.0008, span.share(block.until) - x)
        tip = f"{words.STATE_NAMES[state]} {_from_to(block.since, block.until, span.tz)}"
        parts.append(svg.rect(x, width, top, height, f"s-{state.value}", tip))
    sat_s = sum(i.duration_s for i in intervals if i.state is State.SITTING)
    name = f"What you did over the time: sitting {words.duration(sat_s)} in all"
    return svg.drawing(name, "lane-drawing tall", parts, hatch=True)


def strain_lane(intervals: Sequence[Interval], span: Span) -> Markup:
    """When posture was strained, and when it could not be judged."""
    kinds = ["s-strain" if i.strained else "s-fine" if i.judged_s else "" for i in intervals]
    parts = [svg.rect(0, 1, "0", "100%", "lane")]
    for block in _joined(intervals, kinds):
        x = span.share(block.since)
        width = max(0.0008, span.share(block.until) - x)
        what = "Strained" if block.kind == "s-strain" else "Not strained"
        tip = f"{what} {_from_to(block.since, block.until, span.tz)}"
        parts.append(svg.rect(x, width, "0", "100%", block.kind, tip))
    strained_s = sum(i.duration_s for i in intervals if i.strained)
    return svg.drawing(
        f"Strained time: {words.duration(strained_s)} in all", "lane-drawing thin", parts
    )


def score_lane(intervals: Sequence[Interval], span: Span) -> Markup:
    """The mean score of each stretch as steps; a gap where nothing was judged."""
    lines: list[str] = []
    areas: list[str] = []
    joined_at: datetime | None = None
    for interval in intervals:
        if not interval.judged_s:
            continue
        level = 100.0 - interval.score_seconds / interval.judged_s
        x1, x2 = 1000 * span.share(interval.start_at), 1000 * span.share(end_at(interval))
        near = joined_at and abs((interval.start_at - joined_at).total_seconds()) < _TOUCH_S
        lines.append(f"{'L' if near else 'M'}{x1:.1f} {level:.1f}H{x2:.1f}")
        areas.append(f"M{x1:.1f} 100V{level:.1f}H{x2:.1f}V100Z")
        joined_at = end_at(interval)
    judged_s = sum(i.judged_s for i in intervals)
    mean = sum(i.score_seconds for i in intervals) / judged_s if judged_s else None
    parts = [
        svg.rect(0, 1, "0", "100%", "lane"),
        svg.line(0, 1, "30%", "30%", "guide"),
        svg.curve([("area", "".join(areas)), ("score-line", "".join(lines))], "curve"),
        svg.label(0.996, "26%", "70", "in-lane", "end"),
    ]
    return svg.drawing(f"Score over the time: mean {words.score(mean)}", "lane-drawing high", parts)


MARKS: dict[EventKind, tuple[str, str]] = {
    EventKind.POSTURE_ALERT: ("m-posture", "posture"),
    EventKind.BREAK_DUE: ("m-break", "break"),
    EventKind.MOVE_DUE: ("m-move", "change position"),
    EventKind.WATER_DUE: ("m-water", "water"),
    EventKind.STRETCH_DUE: ("m-move", "stretch"),
    EventKind.FAR_LOOK_DUE: ("m-water", "far look"),
    EventKind.SIT_STAND_DUE: ("m-move", "sit or stand"),
}


def reminder_lane(events: Sequence[RecordedEvent], span: Span) -> Markup | None:
    """When reminders came; None where there were none."""
    parts = [svg.rect(0, 1, "0", "100%", "lane")]
    for event in events:
        if event.kind in MARKS:
            kind, what = MARKS[event.kind]
            tip = f"{event.at.astimezone(span.tz):%H:%M} reminder: {what}"
            parts.append(
                Markup(
                    '<circle class="{}" cx="{}" cy="50%" r="5"><title>{}</title></circle>'
                ).format(kind, svg.pct(span.share(event.at)), tip)
            )
    count = len(parts) - 1
    if not count:
        return None
    return svg.drawing(f"Reminders: {count} in all", "lane-drawing thin marks", parts)


def hour_ruler(span: Span) -> Markup:
    """The times above a timeline; every second one hides where it is narrow."""
    parts = []
    for number, tick in enumerate(span.ticks()):
        kind = "tick" if number % 2 == 0 else "tick wide-only"
        parts.append(svg.label(span.share(tick.astimezone(UTC)), "14", f"{tick:%H:%M}", kind))
    return svg.decoration("ruler", parts)


def timeline(
    intervals: Sequence[Interval], events: Sequence[RecordedEvent], span: Span
) -> list[Lane]:
    """The rows of a day or a session, top to bottom."""
    lanes = [Lane("", "ruler", hour_ruler(span)), Lane("You", "state", state_lane(intervals, span))]
    if any(i.judged_s for i in intervals):
        lanes.append(Lane("Strain", "strain", strain_lane(intervals, span)))
    reminders = reminder_lane(events, span)
    if reminders is not None:
        lanes.append(Lane("Reminders", "reminders", reminders))
    if any(i.judged_s for i in intervals):
        lanes.append(Lane("Score", "score", score_lane(intervals, span)))
    return lanes


# --------------------------------------------------------------------------- weeks


def week_bars(days: Mapping[date, Day], week: Sequence[date], today: date) -> Markup:
    """Sitting and standing of each date as a column, with the mean of the days with data."""
    top_s = max([d.sitting_s + d.standing_s for d in days.values()], default=0.0)
    top_h = max(2, math.ceil(top_s / 3600.0 / 2.0) * 2)
    top, floor = 8.0, 86.0

    def y(seconds: float) -> float:
        return floor - (floor - top) * seconds / (top_h * 3600.0)

    parts = []
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
        parts.append(svg.label(x + column / 2, "97%", f"{day:%a}", kind))
        if totals is None:
            if day <= today:
                parts.append(svg.label(x + column / 2, "82%", "–", "tick soft"))
            continue
        sat, stood = y(totals.sitting_s), y(totals.sitting_s + totals.standing_s)
        bar_x, bar_w = x + column * 0.2, column * 0.6
        what = f"{words.short_day(day)}: sitting {words.duration(totals.sitting_s)}"
        parts.append(
            svg.rect(
                bar_x, bar_w, f"{sat:.2f}%", f"{floor - sat:.2f}%", "s-sitting", what, round_px=3
            )
        )
        if totals.standing_s >= 60.0:
            tip = f"{words.short_day(day)}: standing {words.duration(totals.standing_s)}"
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
        parts.append(
            svg.label(
                x + column / 2,
                f"{stood - 2.5:.2f}%",
                words.short_duration(totals.sitting_s),
                "value",
            )
        )
    shown = [days[day].sitting_s for day in week if day in days]
    mean_s = sum(shown) / len(shown) if shown else None
    if mean_s is not None:
        level = f"{y(mean_s):.2f}%"
        parts.append(svg.line(_AXIS, 1, level, level, "mean"))
    name = "Sitting for each day of the week: " + "; ".join(
        f"{day:%A} {words.duration(days[day].sitting_s)}" for day in week if day in days
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


def split_bar(parts: Sequence[tuple[float, str, str]]) -> Markup:
    """Shares of one whole beside each other: size, class, what it is."""
    whole = sum(size for size, _, _ in parts) or 1.0
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

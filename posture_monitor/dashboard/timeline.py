"""A day or a session over the time, as rows of plain SVG with what their colours mean."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from markupsafe import Markup

from posture_monitor.core.stats.summary import end_at
from posture_monitor.domain import EventKind, State
from posture_monitor.system import svg
from posture_monitor.wording import names
from posture_monitor.wording import page_words as words
from posture_monitor.wording.language import _

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from posture_monitor.domain import Interval, RecordedEvent

_TOUCH_S = 1.0
_GUIDE = 70.0
"""A line across the score: below it most is strained (a reason is, from about 30 points on)."""
HEIGHTS: dict[State, tuple[str, str]] = {
    State.SITTING: ("0", "100%"),
    State.STANDING: ("0", "100%"),
    State.AWAY: ("62%", "38%"),
    State.BREAK: ("38%", "62%"),
    State.UNKNOWN: ("0", "100%"),
}
"""Top and height of each state in its lane: they differ not by colour alone."""


@dataclass(frozen=True, slots=True)
class Key:
    """What one mark of a timeline means."""

    mark: Markup
    name: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One row of a timeline."""

    name: str
    kind: str
    drawing: Markup
    keys: tuple[Key, ...] = ()
    """Only of what the row shows."""


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
    name = _(
        "What you did over the time: sitting {duration} in all", duration=words.duration(sat_s)
    )
    return svg.drawing(name, "lane-drawing tall", parts, hatch=True)


def strain_lane(intervals: Sequence[Interval], span: Span) -> Markup:
    """When posture was strained, and when it could not be judged."""
    kinds = ["s-strain" if i.strained else "s-fine" if i.judged_s else "" for i in intervals]
    parts = [svg.rect(0, 1, "0", "100%", "lane")]
    for block in _joined(intervals, kinds):
        x = span.share(block.since)
        width = max(0.0008, span.share(block.until) - x)
        what = _("Strained") if block.kind == "s-strain" else _("Not strained")
        tip = f"{what} {_from_to(block.since, block.until, span.tz)}"
        parts.append(svg.rect(x, width, "0", "100%", block.kind, tip))
    strained_s = sum(i.duration_s for i in intervals if i.strained)
    return svg.drawing(
        _("Strained time: {duration} in all", duration=words.duration(strained_s)),
        "lane-drawing thin",
        parts,
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
        svg.line(0, 1, f"{100.0 - _GUIDE:.0f}%", f"{100.0 - _GUIDE:.0f}%", "guide"),
        svg.curve([("area", "".join(areas)), ("score-line", "".join(lines))], "curve"),
    ]
    return svg.drawing(
        _("Score over the time: mean {score}", score=words.score(mean)), "lane-drawing high", parts
    )


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
            kind, what = MARKS[event.kind][0], _(MARKS[event.kind][1])
            tip = _("{at:%H:%M} reminder: {what}", at=event.at.astimezone(span.tz), what=what)
            parts.append(
                Markup(
                    '<circle class="{}" cx="{}" cy="50%" r="5"><title>{}</title></circle>'
                ).format(kind, svg.pct(span.share(event.at)), tip)
            )
    count = len(parts) - 1
    if not count:
        return None
    return svg.drawing(
        _("Reminders: {count} in all", count=count), "lane-drawing thin marks", parts
    )


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
    judged = any(i.judged_s for i in intervals)
    lanes = [
        Lane("", "ruler", hour_ruler(span)),
        Lane(_("You"), "state", state_lane(intervals, span), state_keys(intervals)),
    ]
    if judged:
        lanes.append(
            Lane(_("Strain"), "strain", strain_lane(intervals, span), _strain_keys(intervals))
        )
    reminders = reminder_lane(events, span)
    if reminders is not None:
        lanes.append(Lane(_("Reminders"), "reminders", reminders, _reminder_keys(events)))
    if judged:
        key = Key(svg.line(0, 1, "50%", "50%", "guide"), _("score of {score:.0f}", score=_GUIDE))
        lanes.append(Lane(_("Score"), "score", score_lane(intervals, span), (key,)))
    return lanes


def state_keys(intervals: Sequence[Interval]) -> tuple[Key, ...]:
    """What the marks of a state lane mean."""
    present = {i.state for i in intervals}
    keys = [
        Key(svg.rect(0, 1, *HEIGHTS[state], f"s-{state.value}"), words.STATE_NAMES[state])
        for state in State
        if state in present
    ]
    return (*keys, Key(svg.rect(0, 1, "0", "100%", "lane"), _(words.NO_DATA)))


def _strain_keys(intervals: Sequence[Interval]) -> tuple[Key, ...]:
    keys = [Key(svg.rect(0, 1, "0", "100%", "s-fine"), _(words.NOT_STRAINED))]
    if any(i.strained for i in intervals):
        keys.insert(0, Key(svg.rect(0, 1, "0", "100%", "s-strain"), _(words.STRAINED)))
    return (*keys, Key(svg.rect(0, 1, "0", "100%", "lane"), _(words.NOT_JUDGED)))


def _reminder_keys(events: Sequence[RecordedEvent]) -> tuple[Key, ...]:
    """A colour may stand for several kinds: they are named together."""
    named: dict[str, list[str]] = {}
    for kind in {event.kind: None for event in events if event.kind in MARKS}:
        colour, what = MARKS[kind][0], _(MARKS[kind][1])
        named.setdefault(colour, []).append(what)
    return tuple(
        Key(
            Markup('<circle class="{}" cx="50%" cy="50%" r="5"/>').format(colour),
            names.capitalised(" / ".join(what)),
        )
        for colour, what in named.items()
    )

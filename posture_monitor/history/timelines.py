"""Timelines as inline SVG; colours come from the page, so that they follow light and dark."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from posture_monitor.core.stats.summary import end_at, midnight_after, split_by_day
from posture_monitor.domain import State
from posture_monitor.history.timeline_columns import Axis, make_axis
from posture_monitor.system import svg
from posture_monitor.wording import dates
from posture_monitor.wording import report_words as words
from posture_monitor.wording.language import _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import tzinfo

    from posture_monitor.domain import Interval

_WIDTH, _LEFT = 960, 110
_LANE, _GAP, _RULER = 22, 6, 20
_SCORE_HEIGHT = 60
STATE_HEIGHT = {
    State.SITTING: 1.0,
    State.STANDING: 0.75,
    State.AWAY: 0.35,
    State.BREAK: 0.5,
    State.UNKNOWN: 0.2,
}
"""Where all states share a lane they differ in height, not in colour alone."""


def timeline_chart(intervals: Sequence[Interval], tz: tzinfo | None) -> str:
    """One day: a lane for each state that occurred, one for strain, and the score below."""
    since = min(interval.start_at for interval in intervals)
    axis = make_axis(since, max(map(end_at, intervals)), tz, max_ticks=14)
    lanes = [
        (name, state.value, _spans(intervals, _is_in(state)))
        for state, name in words.STATES.items()
    ]
    lanes = [lane for lane in lanes if lane[2]]
    lanes.append((_(words.STRAINED), "strain", _spans(intervals, _is_strained)))
    parts: list[str] = []
    y = _RULER
    for label, kind, spans in lanes:
        parts.append(svg.text(0, y + 16, label) + svg.box(_LEFT, y, _WIDTH - _LEFT, _LANE, "lane"))
        parts += [_bar(axis, first, last, y, _LANE, kind, label, tz) for first, last in spans]
        y += _LANE + _GAP
    parts += [svg.text(0, y + 16, _(words.SCORE)), _score(intervals, axis, y)]
    height = y + _SCORE_HEIGHT + _GAP
    return svg.chart(
        words.chart_name(axis.since, axis.until, tz), _WIDTH, height, _grid(axis, height) + parts
    )


def days_chart(intervals: Sequence[Interval], tz: tzinfo | None) -> str:
    """A lane for each day with data, midnight to midnight; strain is a line below the lane."""
    days = split_by_day(intervals, tz)
    parts: list[str] = []
    y = _RULER
    for day, pieces in days.items():
        since = datetime.combine(day, time(), tzinfo=tz).astimezone(pieces[0].start_at.tzinfo)
        axis = Axis(since, midnight_after(pieces[0].start_at, tz), ())
        parts.append(svg.text(0, y + 16, dates.short_day(day)))
        parts.append(svg.box(_LEFT, y, _WIDTH - _LEFT, _LANE, "lane"))
        for state, name in words.STATES.items():
            high = _LANE * STATE_HEIGHT[state]
            parts += [
                _bar(axis, first, last, y + _LANE - high, high, state.value, name, tz)
                for first, last in _spans(pieces, _is_in(state))
            ]
        parts += [
            _bar(axis, first, last, y + _LANE, 4, "strain", _(words.STRAINED), tz)
            for first, last in _spans(pieces, _is_strained)
        ]
        y += _LANE + _GAP + 4
    ticks = [
        svg.text(_LEFT + (_WIDTH - _LEFT) * hour / 24.0, 14, f"{hour:02d}:00")
        for hour in range(0, 24, 3)
    ]
    name = words.days_chart_name(len(days))
    return svg.chart(name, _WIDTH, y, ticks + parts) + _legend()


def _is_in(state: State) -> Callable[[Interval], bool]:
    return lambda interval: interval.state is state


def _is_strained(interval: Interval) -> bool:
    return bool(interval.strained)


def _spans(
    intervals: Iterable[Interval], holds: Callable[[Interval], bool]
) -> list[tuple[datetime, datetime]]:
    """When it held; neighbours are one, since the record cuts long stretches."""
    spans: list[tuple[datetime, datetime]] = []
    for interval in intervals:
        if not holds(interval):
            continue
        if spans and _touch(spans[-1][1], interval.start_at):
            spans[-1] = (spans[-1][0], end_at(interval))
        else:
            spans.append((interval.start_at, end_at(interval)))
    return spans


def _touch(last: datetime, first: datetime) -> bool:
    return abs(first - last) < timedelta(seconds=1)


def _score(intervals: Sequence[Interval], axis: Axis, y: float) -> str:
    """Steps of the mean score of each interval; a gap where nothing was judged."""
    path: list[str] = []
    joined_at: datetime | None = None
    for interval in intervals:
        if not interval.judged_s:
            continue
        level = y + _SCORE_HEIGHT * (1.0 - interval.score_seconds / interval.judged_s / 100.0)
        last = end_at(interval)
        close = joined_at and _touch(joined_at, interval.start_at)
        path.append(f"{'L' if close else 'M'}{_x(axis, interval.start_at):.1f} {level:.1f}")
        path.append(f"H{_x(axis, last):.1f}")
        joined_at = last
    frame = svg.box(_LEFT, y, _WIDTH - _LEFT, _SCORE_HEIGHT, "lane")
    scale = svg.text(_LEFT - 30, y + 12, "100") + svg.text(_LEFT - 14, y + _SCORE_HEIGHT, "0")
    return frame + scale + svg.path("score", "".join(path))


def _legend() -> str:
    """The colours and heights of the lanes, in words."""
    items = [(name, state.value, STATE_HEIGHT[state]) for state, name in words.STATES.items()]
    items.append((_(words.STRAINED), "strain", 0.2))
    parts = []
    for number, (name, kind, share) in enumerate(items):
        x, high = 150.0 * number, _LANE * share
        parts.append(svg.box(x, _LANE - high, 14, high, kind) + svg.text(x + 20, _LANE - 4, name))
    return svg.chart(_(words.LEGEND), _WIDTH, _LANE, parts)


def _grid(axis: Axis, height: float) -> list[str]:
    return [
        svg.upright(_x(axis, tick), _RULER, height, "grid")
        + svg.text(_x(axis, tick), 14, f"{tick:%H:%M}")
        for tick in axis.ticks
    ]


def _x(axis: Axis, at: datetime) -> float:
    return _LEFT + (_WIDTH - _LEFT) * axis.share(at)


def _bar(
    axis: Axis,
    first: datetime,
    last: datetime,
    y: float,
    height: float,
    kind: str,
    name: str,
    tz: tzinfo | None,
) -> str:
    x = _x(axis, first)
    width = max(0.5, _x(axis, last) - x)  # a short moment must not vanish
    return svg.box(x, y, width, height, kind, f"{name} {words.from_to(first, last, tz)}")

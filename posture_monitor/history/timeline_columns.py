"""A timeline cut into equal columns, as a terminal can show it, and its hour marks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from posture_monitor.core.stats.summary import end_at
from posture_monitor.domain import State

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from posture_monitor.domain import Interval

_TICK_STEPS_S = tuple(minutes * 60 for minutes in (1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360))
_BLOCKS = " ▁▂▃▄▅▆▇█"


@dataclass(slots=True)
class Cell:
    """What one column of the timeline adds up to."""

    state_s: dict[State, float] = field(default_factory=lambda: dict.fromkeys(State, 0.0))
    judged_s: float = 0.0
    strained_s: float = 0.0
    score_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Axis:
    """A range of time with marks at round local times."""

    since: datetime
    """Aware, UTC."""
    until: datetime
    ticks: tuple[datetime, ...]
    """Aware, in the asked zone; never at the very end."""

    @property
    def length_s(self) -> float:
        return (self.until - self.since).total_seconds()

    def share(self, at: datetime) -> float:
        """0 at the start of the axis, 1 at its end."""
        return (at.astimezone(UTC) - self.since).total_seconds() / self.length_s


def make_axis(since: datetime, until: datetime, tz: tzinfo | None, *, max_ticks: int) -> Axis:
    """The axis around the range, widened to its marks."""
    local = since.astimezone(tz)
    midnight = datetime.combine(local.date(), time(), tzinfo=tz).astimezone(UTC)
    for step_s in _TICK_STEPS_S:
        step = timedelta(seconds=step_s)
        first = midnight + (since.astimezone(UTC) - midnight) // step * step
        count = max(1, -((first - until.astimezone(UTC)) // step))
        if count <= max_ticks:
            break
    ticks = tuple((first + number * step).astimezone(tz) for number in range(count))
    return Axis(first, first + count * step, ticks)


def cut(intervals: Sequence[Interval], axis: Axis, columns: int) -> list[Cell]:
    """What each of the columns holds; time outside the axis is left out."""
    cells = [Cell() for _ in range(columns)]
    cell_s = axis.length_s / columns
    for interval in intervals:
        if not interval.duration_s:
            continue
        from_s = max(0.0, (interval.start_at - axis.since).total_seconds())
        until_s = min(axis.length_s, (end_at(interval) - axis.since).total_seconds())
        for number in range(int(from_s / cell_s), columns):
            left_s, right_s = number * cell_s, (number + 1) * cell_s
            inside_s = min(until_s, right_s) - max(from_s, left_s)
            if inside_s <= 0.0:
                break
            share = inside_s / interval.duration_s
            cell = cells[number]
            cell.state_s[interval.state] += inside_s
            cell.judged_s += interval.judged_s * share
            cell.score_seconds += interval.score_seconds * share
            cell.strained_s += inside_s if interval.strained else 0.0
    return cells


def block(share: float) -> str:
    """A character as high as the share 0-1; whatever is more than nothing can be seen.

    >>> block(0.0), block(0.001), block(0.5), block(1.0)
    (' ', '▁', '▄', '█')
    """
    if share <= 0.0:
        return _BLOCKS[0]
    return _BLOCKS[max(1, min(8, round(share * 8)))]


def state_row(cells: Sequence[Cell], state: State, cell_s: float) -> str:
    """How much of each column was spent in the state."""
    return "".join(block(cell.state_s[state] / cell_s) for cell in cells)


def strain_row(cells: Sequence[Cell], cell_s: float) -> str:
    """How much of each column was strained."""
    return "".join(block(cell.strained_s / cell_s) for cell in cells)


def score_row(cells: Sequence[Cell]) -> str:
    """The mean score of each column, full height at 100; blank where nothing was judged."""
    return "".join(
        block(max(0.01, cell.score_seconds / cell.judged_s / 100.0)) if cell.judged_s > 0 else " "
        for cell in cells
    )


def ruler(axis: Axis, columns: int) -> str:
    """Local times of day over the columns of their marks."""
    signs = [" "] * columns
    for tick in axis.ticks:
        at = round(axis.share(tick) * columns)
        if at + 5 <= columns:
            signs[at : at + 5] = f"{tick:%H:%M}"
    return "".join(signs)

"""What the record says about strain, and about breaks with exercises."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from posture_monitor.core.exercises.guided import from_detail
from posture_monitor.domain import EventKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, tzinfo

    from posture_monitor.domain import Interval, Reason, RecordedEvent


def strain_of(intervals: Sequence[Interval]) -> dict[Reason, float]:
    """Strained seconds by reason."""
    strain_s: defaultdict[Reason, float] = defaultdict(float)
    for interval in intervals:
        for reason in set(interval.reasons) if interval.strained else ():
            strain_s[reason] += interval.duration_s
    return dict(strain_s)


def done_by_day(
    events: Sequence[RecordedEvent], tz: tzinfo | None
) -> dict[date, list[tuple[str, ...]]]:
    """The exercises of each break in which any was done, by the user's day, oldest first.

    One of which the camera saw no repetition doesn't count.
    """
    done: defaultdict[date, list[tuple[str, ...]]] = defaultdict(list)
    for event in events:
        if event.kind is EventKind.GUIDED_BREAK:
            done_then = from_detail(event.detail.text)[1]
            names = tuple(one.name for one in done_then if one.repetitions != 0)
            if names:
                done[event.at.astimezone(tz).date()].append(names)
    return dict(done)

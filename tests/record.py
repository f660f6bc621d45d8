"""The record as the tests read it, and who may read it besides."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from posture_monitor.domain import EventKind, State
from posture_monitor.history.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from posture_monitor.domain import Interval, RecordedEvent

EVER = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def recorded_events(data_dir: Path, source: str | None = None) -> list[RecordedEvent]:
    """All events of live runs, or of the last replay of a recording."""
    with Store(data_dir / "history.db") as store:
        return store.events(*EVER, source=source)


def recorded_intervals(data_dir: Path, source: str | None = None) -> list[Interval]:
    """All intervals of live runs, or of the last replay of a recording."""
    with Store(data_dir / "history.db") as store:
        return store.intervals(*EVER, source=source)


def kinds(events: list[RecordedEvent]) -> list[EventKind]:
    return [event.kind for event in events]


def seconds(intervals: list[Interval], *states: State) -> float:
    """Time spent in these states, or in any where none is named."""
    return sum((i.duration_s for i in intervals if not states or i.state in states), 0.0)


def end_of(intervals: list[Interval]) -> datetime:
    """Until when something is recorded."""
    last = intervals[-1]
    return last.start_at + timedelta(seconds=last.duration_s)


def modes(folder: Path) -> dict[str, str]:
    """The permissions of a folder ("."), and of all that is in it."""
    paths = {".": folder} | {str(p.relative_to(folder)): p for p in folder.rglob("*")}
    return {name: oct(stat.S_IMODE(path.stat().st_mode)) for name, path in paths.items()}

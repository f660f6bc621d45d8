"""Samples become intervals: equal neighbours merge, a late insight relabels what it covers.

Strain counts from its onset once it has been held, and an absence is a break only after two
minutes. So the last pieces stay open to relabelling until nothing is pending; then they are
folded into the interval. Everything returned may be stored at once: a later answer with the
same start replaces the earlier one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from posture_monitor.domain import Interval, State

if TYPE_CHECKING:
    from datetime import datetime

    from posture_monitor.domain import Reason

MAX_INTERVAL_S = 300.0
"""Longer intervals are cut, so that the score over the day keeps its shape."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of time with one label; times in seconds of the source."""

    start_s: float
    start_at: datetime
    """Wall-clock time of the start; fixed here, so that a clock change moves no interval."""
    duration_s: float
    state: State
    strained: bool | None = None
    reasons: tuple[Reason, ...] = ()
    judged_s: float = 0.0
    score_seconds: float = 0.0

    @property
    def end_s(self) -> float:
        return self.start_s + self.duration_s

    @property
    def label(self) -> tuple[State, bool | None, tuple[Reason, ...]]:
        return self.state, self.strained, self.reasons


@dataclass(frozen=True, slots=True)
class Timeline:
    """The interval that still grows, and the pieces that may still be relabelled."""

    opened: Piece | None = None
    tail: tuple[Piece, ...] = ()


def append(timeline: Timeline, piece: Piece) -> Timeline:
    """Add the next piece; it stays open to relabelling until ``fold``."""
    if piece.duration_s <= 0.0:
        return timeline
    *others, last = timeline.tail or (None,)
    if last is not None and last.judged_s == piece.judged_s == 0.0 and last.label == piece.label:
        # Nothing in it that a cut would have to share out: a long wait stays one piece.
        return replace(timeline, tail=(*others, _joined(last, piece)))
    return replace(timeline, tail=(*timeline.tail, piece))


def _split(piece: Piece, at_s: float) -> tuple[Piece, Piece]:
    share = (at_s - piece.start_s) / piece.duration_s
    first = replace(
        piece,
        duration_s=at_s - piece.start_s,
        judged_s=piece.judged_s * share,
        score_seconds=piece.score_seconds * share,
    )
    second = replace(
        piece,
        start_s=at_s,
        # In UTC: Python adds to a local time without regard to clock changes.
        start_at=piece.start_at.astimezone(UTC) + timedelta(seconds=at_s - piece.start_s),
        duration_s=piece.end_s - at_s,
        judged_s=piece.judged_s - first.judged_s,
        score_seconds=piece.score_seconds - first.score_seconds,
    )
    return first, second


def relabel_state(timeline: Timeline, start_s: float, state: State) -> Timeline:
    """Everything from ``start_s`` on that is still open was spent in ``state``."""
    tail: list[Piece] = []
    for piece in timeline.tail:
        if piece.end_s <= start_s:
            tail.append(piece)
        elif piece.start_s >= start_s:
            tail.append(_in_state(piece, state))
        else:
            before, after = _split(piece, start_s)
            tail += [before, _in_state(after, state)]
    opened = timeline.opened
    if opened is not None and opened.start_s >= start_s:
        opened = _in_state(opened, state)
    return Timeline(opened, tuple(tail))


def _in_state(piece: Piece, state: State) -> Piece:
    if state in (State.SITTING, State.STANDING):
        return replace(piece, state=state)
    # Nobody was there: what a phantom or a last glimpse was judged as does not count.
    return Piece(piece.start_s, piece.start_at, piece.duration_s, state)


def relabel_strain(
    timeline: Timeline, start_s: float, *, strained: bool, reasons: tuple[Reason, ...]
) -> Timeline:
    """The judged pieces from ``start_s`` on were strained for these reasons, or were not."""
    tail = tuple(
        replace(piece, strained=strained, reasons=reasons if strained else ())
        if piece.strained is not None and piece.start_s >= start_s
        else piece
        for piece in timeline.tail
    )
    return replace(timeline, tail=tail)


def fold(timeline: Timeline, until_s: float) -> tuple[Timeline, tuple[Piece, ...]]:
    """Merge the pieces that end by ``until_s``; answers the intervals that are complete."""
    opened = timeline.opened
    closed: list[Piece] = []
    rest = list(timeline.tail)
    while rest and rest[0].end_s <= until_s:
        piece = rest.pop(0)
        if opened is None:
            opened = piece
        elif opened.label == piece.label and opened.duration_s < MAX_INTERVAL_S:
            opened = _joined(opened, piece)
        else:
            closed.append(opened)
            opened = piece
    return Timeline(opened, tuple(rest)), tuple(closed)


def _joined(first: Piece, second: Piece) -> Piece:
    return replace(
        first,
        duration_s=second.end_s - first.start_s,
        judged_s=first.judged_s + second.judged_s,
        score_seconds=first.score_seconds + second.score_seconds,
    )


def current(timeline: Timeline) -> tuple[Piece, ...]:
    """The growing interval and the open pieces, merged as they stand: what to store now."""
    merged: list[Piece] = [] if timeline.opened is None else [timeline.opened]
    for piece in timeline.tail:
        if merged and merged[-1].label == piece.label:
            merged[-1] = _joined(merged[-1], piece)
        else:
            merged.append(piece)
    return tuple(merged)


def to_interval(piece: Piece) -> Interval:
    """The piece as it goes into the record."""
    return Interval(
        start_at=piece.start_at.astimezone(UTC),
        duration_s=piece.duration_s,
        state=piece.state,
        strained=piece.strained,
        reasons=piece.reasons,
        judged_s=piece.judged_s,
        score_seconds=piece.score_seconds,
    )

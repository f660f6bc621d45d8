"""Intervals and events added up: times, posture, breaks, spells, sessions, days.

No clock and no I/O: what is not in the intervals is not known, and no data is None.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import groupby
from statistics import median
from typing import TYPE_CHECKING, Any

from posture_monitor.config import SittingSettings
from posture_monitor.core.stats.breaks import Breaks, count_breaks
from posture_monitor.core.stats.fading import Fading, fading
from posture_monitor.core.stats.spells import Spell
from posture_monitor.core.stats.variety import Drinks, Variety, drinks_of, variety_of
from posture_monitor.domain import EventKind, Reason, ReminderKind, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from posture_monitor.domain import Interval, RecordedEvent

SCHEMA = 1
"""The version of the document that `report --format json` writes."""

REMINDER_EVENTS: dict[ReminderKind, EventKind] = {
    ReminderKind.POSTURE: EventKind.POSTURE_ALERT,
    ReminderKind.MOVE: EventKind.MOVE_DUE,
    ReminderKind.BREAK: EventKind.BREAK_DUE,
    ReminderKind.STRETCH: EventKind.STRETCH_DUE,
    ReminderKind.WATER: EventKind.WATER_DUE,
    ReminderKind.FAR_LOOK: EventKind.FAR_LOOK_DUE,
    ReminderKind.SIT_STAND: EventKind.SIT_STAND_DUE,
}
_PRESENT = {State.SITTING, State.STANDING}
_DEFAULTS = SittingSettings()


@dataclass(frozen=True, slots=True)
class Session:
    """From sitting down until away for long."""

    start_at: datetime
    end_at: datetime
    sitting_s: float


@dataclass(frozen=True, slots=True)
class Totals:
    """What a range of time adds up to."""

    observed_s: float
    """Sum of the five states below."""
    sitting_s: float
    standing_s: float
    away_s: float
    break_s: float
    unknown_s: float
    judged_s: float
    """Time in which posture could be judged."""
    strained_s: float
    strained_by_reason_s: Mapping[Reason, float]
    """Only reasons that occurred; several may hold at once, so they can exceed strained_s."""
    mean_score: float | None
    """0-100, 100 = baseline or better, weighted by judged time; None where nothing was judged."""
    longest_sitting_s: float | None
    """Sitting time of the longest spell; None where nothing was observed."""
    median_sitting_s: float | None
    """Sitting time of the middle spell; None without a spell."""
    breaks: Breaks
    reminders: Mapping[ReminderKind, int]
    variety: Variety
    drinks: Drinks

    @property
    def coverage(self) -> float | None:
        """0-1: share of the time not known to be away in which posture could be judged."""
        possible_s = self.sitting_s + self.standing_s + self.unknown_s
        return min(1.0, self.judged_s / possible_s) if possible_s else None

    @property
    def strained_share(self) -> float | None:
        """0-1: share of the judged time that was strained."""
        return min(1.0, self.strained_s / self.judged_s) if self.judged_s else None


@dataclass(frozen=True, slots=True)
class Day(Totals):
    """The totals of one local date."""

    date: date


@dataclass(frozen=True, slots=True)
class Summary(Totals):
    """The totals of the asked range and what they are made of."""

    since: datetime
    """Aware, in the asked time zone."""
    until: datetime
    """Aware, in the asked time zone; not part of the range."""
    spells: tuple[Spell, ...]
    sessions: tuple[Session, ...]
    days: tuple[Day, ...]
    """Dates with data only."""
    fading: Fading | None = None
    """How long after sitting down posture fades; None where the data don't bear it."""
    damaged_days: tuple[date, ...] = ()
    """Days of UTC of which the record lost or left out something."""


# --------------------------------------------------------------------------- cutting


def end_at(interval: Interval) -> datetime:
    """The wall-clock time of the interval's end, taken from its start and duration."""
    return interval.start_at + timedelta(seconds=interval.duration_s)


def clip(
    interval: Interval, since: datetime | None = None, until: datetime | None = None
) -> Interval | None:
    """The part of the interval from `since` until `until`, or None where nothing remains.

    What was measured over the whole interval is shared out in proportion to time.
    """
    start_at, stop_at = interval.start_at, end_at(interval)
    # In UTC: Python subtracts two times of one local zone without regard to clock changes.
    first = start_at if since is None else max(start_at, since.astimezone(UTC))
    last = stop_at if until is None else min(stop_at, until.astimezone(UTC))
    if first >= last:
        return None
    if (first, last) == (start_at, stop_at):
        return interval
    part_s = (last - first).total_seconds()
    share = part_s / interval.duration_s
    return replace(
        interval,
        start_at=first,
        duration_s=part_s,
        judged_s=interval.judged_s * share,
        score_seconds=interval.score_seconds * share,
    )


def midnight_after(at: datetime, tz: tzinfo | None) -> datetime:
    """When the next local date begins, in UTC; a day of clock change has 23 or 25 hours.

    A tz of None is the computer's own time zone, here and in the other functions.
    """
    tomorrow = at.astimezone(tz).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time.min, tzinfo=tz).astimezone(UTC)


def split_by_day(intervals: Iterable[Interval], tz: tzinfo | None) -> dict[date, list[Interval]]:
    """The intervals of each local date in order; those that cross midnight are cut there.

    The date is looked up once a day and not once an interval, which halves a year's time.
    """
    found: dict[date, list[Interval]] = {}
    midnight = first_at = datetime(1, 1, 1, tzinfo=UTC)
    pieces: list[Interval] = []
    for interval in intervals:
        rest: Interval | None = interval if interval.duration_s > 0.0 else None
        while rest is not None:
            if not first_at <= rest.start_at < midnight:
                pieces = found.setdefault(rest.start_at.astimezone(tz).date(), [])
                first_at, midnight = rest.start_at, midnight_after(rest.start_at, tz)
            if end_at(rest) <= midnight:
                pieces.append(rest)
                break
            piece = clip(rest, until=midnight)
            assert piece is not None
            pieces.append(piece)
            rest = clip(rest, since=midnight)
    return dict(sorted(found.items()))


# --------------------------------------------------------------------------- grouping


@dataclass(slots=True)
class _Stay:
    """A spell or a session that still grows."""

    start_at: datetime
    end_at: datetime
    sitting_s: float = 0.0


def _with_gaps(intervals: Iterable[Interval]) -> Iterator[tuple[float, Interval, datetime]]:
    """Each interval in order, the unobserved seconds before it (0 at the start), and its end."""
    seen_until: datetime | None = None
    for interval in sorted(intervals, key=lambda interval: interval.start_at):
        # A clock that was set back makes intervals overlap; that is no gap.
        gap_s, until = 0.0, end_at(interval)
        if seen_until is not None and interval.start_at > seen_until:
            gap_s = (interval.start_at - seen_until).total_seconds()
        yield gap_s, interval, until
        seen_until = until if seen_until is None else max(seen_until, until)


def sitting_spells(
    intervals: Iterable[Interval], settings: SittingSettings = _DEFAULTS
) -> list[Spell]:
    """Sitting times, each ended by a break, by standing or by an absence of `min_break_s`.

    An absence is the time away or unobserved since the user was last seen sitting. Time in
    which it is unknown where the user was only pauses a spell, as it does the live clock.
    """
    spells: list[_Stay] = []
    absent_s = doubtful_s = standing_s = 0.0
    ended = True
    for gap_s, interval, until in _with_gaps(intervals):
        absent_s += gap_s
        if interval.state is State.AWAY:
            absent_s += interval.duration_s
        elif interval.state is State.UNKNOWN:
            doubtful_s += interval.duration_s
        elif interval.state is State.STANDING:
            standing_s += interval.duration_s
        ended = (
            ended
            or interval.state is State.BREAK
            or absent_s >= settings.min_break_s
            or absent_s + doubtful_s >= settings.session_end_min * 60.0
            or standing_s > settings.stand_s
        )
        if interval.state is not State.SITTING:
            continue
        if ended:
            spells.append(_Stay(interval.start_at, until))
        spells[-1].end_at = until
        spells[-1].sitting_s += interval.duration_s
        absent_s = doubtful_s = standing_s = 0.0
        ended = False
    return [Spell(spell.start_at, spell.end_at, spell.sitting_s) for spell in spells]


def sessions(intervals: Iterable[Interval], end_after_s: float) -> list[Session]:
    """Stays at the desk, each from the first presence to the last before a long absence.

    Unknown and unobserved time counts as absence here: a session must not last all night
    because the light was switched off.
    """
    found: list[_Stay] = []
    absent_s = 0.0
    for gap_s, interval, until in _with_gaps(intervals):
        absent_s += gap_s
        if interval.state not in _PRESENT:
            absent_s += interval.duration_s
            continue
        if not found or absent_s >= end_after_s:
            found.append(_Stay(interval.start_at, until))
        found[-1].end_at = until
        found[-1].sitting_s += interval.duration_s if interval.state is State.SITTING else 0.0
        absent_s = 0.0
    return [Session(stay.start_at, stay.end_at, stay.sitting_s) for stay in found]


# --------------------------------------------------------------------------- adding up


def _totals(
    intervals: Sequence[Interval], events: Sequence[RecordedEvent], settings: SittingSettings
) -> Totals:
    state_s = dict.fromkeys(State, 0.0)
    by_reason_s = dict.fromkeys(Reason, 0.0)
    judged_s = strained_s = score_seconds = 0.0
    for interval in intervals:
        length_s = interval.duration_s
        state_s[interval.state] += length_s
        judged_s += interval.judged_s
        score_seconds += interval.score_seconds
        if interval.strained:
            strained_s += length_s
            for reason in set(interval.reasons):
                by_reason_s[reason] += length_s
    spells_s = [spell.sitting_s for spell in sitting_spells(intervals, settings)]
    kinds = [event.kind for event in events]
    return Totals(
        observed_s=sum(state_s.values()),
        sitting_s=state_s[State.SITTING],
        standing_s=state_s[State.STANDING],
        away_s=state_s[State.AWAY],
        break_s=state_s[State.BREAK],
        unknown_s=state_s[State.UNKNOWN],
        judged_s=judged_s,
        strained_s=strained_s,
        strained_by_reason_s={reason: s for reason, s in by_reason_s.items() if s},
        mean_score=score_seconds / judged_s if judged_s else None,
        longest_sitting_s=max(spells_s, default=0.0) if intervals else None,
        median_sitting_s=median(spells_s) if spells_s else None,
        breaks=count_breaks(events),
        reminders={reminder: kinds.count(kind) for reminder, kind in REMINDER_EVENTS.items()},
        variety=variety_of(intervals, events),
        drinks=drinks_of(events),
    )


def days_of(
    intervals: Iterable[Interval],
    events: Iterable[RecordedEvent],
    tz: tzinfo | None,
    settings: SittingSettings = _DEFAULTS,
) -> list[Day]:
    """The totals of each local date with data; events come oldest first."""
    told = {
        day: list(group) for day, group in groupby(events, lambda e: e.at.astimezone(tz).date())
    }
    return [
        Day(**_shallow(_totals(pieces, told.get(day, []), settings)), date=day)
        for day, pieces in split_by_day(intervals, tz).items()
    ]


def summarise(
    intervals: Iterable[Interval],
    events: Iterable[RecordedEvent],
    *,
    since: datetime,
    until: datetime,
    tz: tzinfo | None = None,
    settings: SittingSettings = _DEFAULTS,
    damaged_days: Iterable[date] = (),
) -> Summary:
    """What was recorded from `since` until just before `until`, with local dates of `tz`.

    Of the damaged days those are kept whose loss may reach into that time.
    """
    pieces = [piece for interval in intervals if (piece := clip(interval, since, until))]
    told = sorted((event for event in events if since <= event.at < until), key=lambda e: e.at)
    spells = sitting_spells(pieces, settings)
    return Summary(
        **_shallow(_totals(pieces, told, settings)),
        since=since.astimezone(tz),
        until=until.astimezone(tz),
        spells=tuple(spells),
        fading=fading(spells, pieces),
        sessions=tuple(sessions(pieces, settings.session_end_min * 60.0)),
        days=tuple(days_of(pieces, told, tz, settings)),
        damaged_days=tuple(day for day in damaged_days if _touches(day, since, until)),
    )


def _touches(day: date, since: datetime, until: datetime) -> bool:
    """Whether what began on that day of UTC may lie in the range; it may run on into the next."""
    next_day = day + timedelta(days=1)
    return next_day >= since.astimezone(UTC).date() and day <= until.astimezone(UTC).date()


def _shallow(totals: Totals) -> dict[str, Any]:
    return {spec.name: getattr(totals, spec.name) for spec in fields(totals)}


# --------------------------------------------------------------------------- the document


def to_document(summary: Summary) -> dict[str, object]:
    """The contract of `report --format json`: plain values, seconds to the millisecond.

    Times are in the zone that the summary was made for. Sums of nothing are 0; what
    nothing can be said about is None.
    """
    zone = summary.since.tzinfo
    return {
        "schema": SCHEMA,
        "from": summary.since.isoformat(),
        "until": summary.until.isoformat(),
        **_totals_document(summary),
        "days": [{"date": day.date.isoformat(), **_totals_document(day)} for day in summary.days],
        "posture_fades_after": None if summary.fading is None else asdict(summary.fading),
        "spells": [_stay_document(spell, zone) for spell in summary.spells],
        "sessions": [_stay_document(session, zone) for session in summary.sessions],
        "damaged_days": [day.isoformat() for day in summary.damaged_days],
    }


def _totals_document(totals: Totals) -> dict[str, object]:
    by_reason_s = totals.strained_by_reason_s.items()
    return {
        "observed_s": _rounded(totals.observed_s),
        "sitting_s": _rounded(totals.sitting_s),
        "standing_s": _rounded(totals.standing_s),
        "away_s": _rounded(totals.away_s),
        "break_s": _rounded(totals.break_s),
        "unknown_s": _rounded(totals.unknown_s),
        "judged_s": _rounded(totals.judged_s),
        "coverage": _rounded(totals.coverage),
        "strained_s": _rounded(totals.strained_s),
        "strained_by_reason_s": {reason.value: _rounded(s) for reason, s in by_reason_s},
        "mean_score": _rounded(totals.mean_score),
        "longest_sitting_s": _rounded(totals.longest_sitting_s),
        "median_sitting_s": _rounded(totals.median_sitting_s),
        "position_changes": totals.variety.changes,
        "position_changes_per_h": _rounded(totals.variety.changes_per_h),
        "longest_still_s": _rounded(totals.variety.longest_still_s),
        "drinks": totals.drinks.count,
        "drink_interval_s": _rounded(totals.drinks.interval_s),
        "breaks": asdict(totals.breaks),
        "reminders": {reminder.value: count for reminder, count in totals.reminders.items()},
    }


def _stay_document(stay: Spell | Session, tz: tzinfo | None) -> dict[str, object]:
    return {
        "start": stay.start_at.astimezone(tz).isoformat(),
        "end": stay.end_at.astimezone(tz).isoformat(),
        "sitting_s": _rounded(stay.sitting_s),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)

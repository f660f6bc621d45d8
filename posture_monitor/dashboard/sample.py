"""A generated record that looks like a person's month.

Believable, not measured: nothing here is from a real person. The same seed and the same day
give the same record.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from posture_monitor.domain import (
    NO_DETAIL,
    Detail,
    Event,
    EventKind,
    Interval,
    Reason,
    ReminderKind,
    State,
)

SEED = 20260301
SITTING_MIN = 23.0
"""The sample's last day ends with so much sitting."""
LAST_BREAK_MIN = 4.0
_PIECE_S = 300.0
_BREAK_AFTER_MIN = 30.0
_REASONS = (
    (Reason.SLOUCH, 0.34),
    (Reason.FORWARD_HEAD, 0.26),
    (Reason.HEAD_DOWN, 0.16),
    (Reason.LEAN_IN, 0.12),
    (Reason.LEAN_RIGHT, 0.06),
    (Reason.SHOULDER_TILT, 0.04),
    (Reason.SHRUG, 0.02),
)


_SHOWN_AT = time(15, 40)
_SHOWN_FOR = timedelta(hours=2)


def afternoon(now: datetime, tz: tzinfo | None = None) -> datetime:
    """The latest working day's afternoon that is over: what the sample calls now."""
    day = now.astimezone(tz)
    while True:
        at = datetime.combine(day.date(), _SHOWN_AT, tzinfo=tz).astimezone(tz)
        if at <= now and at.weekday() < 5:
            return at
        day -= timedelta(days=1)


def shown_at(began: datetime, gone_s: float) -> datetime:
    """What the sample calls now after so long: the afternoon goes on, and never into the night."""
    return began + timedelta(seconds=gone_s % _SHOWN_FOR.total_seconds())


@dataclass(slots=True)
class SampleRecord:
    """Intervals and events, oldest first."""

    intervals: list[Interval] = field(default_factory=list)
    events: list[tuple[datetime, Event]] = field(default_factory=list)


@dataclass(slots=True)
class _Writer:
    """Walks through one working day."""

    record: SampleRecord
    rng: random.Random
    at: datetime
    until: datetime
    """Nothing is known after this."""
    start_at: datetime
    strain_share: float
    """Of the sitting time, before chance."""
    obedience: float
    """How likely a due break is taken at once."""
    breaks: int = 0

    @property
    def over(self) -> bool:
        return self.at >= self.until

    def event(self, kind: EventKind, detail: Detail = NO_DETAIL) -> None:
        if self.at < self.until:
            t_s = (self.at - self.start_at).total_seconds()
            self.record.events.append((self.at, Event(t_s, kind, detail)))

    def spend(
        self,
        state: State,
        seconds: float,
        *,
        score: float | None = None,
        reasons: tuple[Reason, ...] = (),
    ) -> None:
        """Time in one state, cut as the monitor cuts it."""
        while seconds > 0.5 and not self.over:
            part_s = min(seconds, _PIECE_S, (self.until - self.at).total_seconds())
            judged_s = 0.0 if score is None else part_s * self.rng.uniform(0.9, 1.0)
            value = 0.0 if score is None else _bounded(score + self.rng.gauss(0.0, 2.5), 5.0, 100.0)
            strained = None if score is None else bool(reasons)
            self.record.intervals.append(
                Interval(self.at, part_s, state, strained, reasons, judged_s, judged_s * value)
            )
            self.at += timedelta(seconds=part_s)
            seconds -= part_s

    def sit(self, minutes: float, tiredness: float) -> None:
        """Sitting with its changes between fine and strained."""
        left_s = minutes * 60.0
        while left_s > 30.0 and not self.over:
            strained = self.rng.random() < self.strain_share * (0.6 + 0.8 * tiredness)
            length_s = min(
                left_s, self.rng.uniform(90, 480) if strained else self.rng.uniform(240, 900)
            )
            if not strained:
                self.spend(State.SITTING, length_s, score=self.rng.gauss(92.0 - 5 * tiredness, 3))
            else:
                reasons = self._reasons()
                if length_s > 150 and self.rng.random() < 0.35:
                    self.event(EventKind.POSTURE_ALERT, Detail(reasons=tuple(reasons)))
                self.spend(State.SITTING, length_s, score=self.rng.gauss(58.0, 7), reasons=reasons)
            left_s -= length_s

    def _reasons(self) -> tuple[Reason, ...]:
        names, weights = zip(*_REASONS, strict=True)
        first = self.rng.choices(names, weights)[0]
        second = self.rng.choices(names, weights)[0]
        return (first,) if second is first or self.rng.random() < 0.6 else (first, second)

    def rest(self, minutes: float) -> None:
        """A break away from the desk."""
        self.event(EventKind.SITTING_ENDED)
        self.event(EventKind.BREAK_STARTED)
        self.spend(State.BREAK, minutes * 60.0)
        self.event(EventKind.BREAK_ENDED, Detail(seconds=minutes * 60.0))
        self.event(EventKind.SITTING_STARTED)
        self.breaks += 1

    def spell(self, tiredness: float) -> None:
        """Sitting until a break, by itself or when asked; sometimes asked twice."""
        rng = self.rng
        if rng.random() < 0.25:  # up before anything is asked
            self.sit(rng.uniform(14, 28), tiredness)
            self.rest(rng.uniform(3, 7))
            return
        self.sit(_BREAK_AFTER_MIN, tiredness)
        self.event(EventKind.BREAK_DUE, Detail(seconds=1800.0))
        if self.breaks % 2:
            self.event(EventKind.STRETCH_DUE)
        if rng.random() < self.obedience:
            self.sit(rng.uniform(0.7, 4), tiredness)
            self.rest(rng.uniform(3, 9))
        elif rng.random() < 0.2:
            self.event(EventKind.SKIPPED, Detail(reminder=ReminderKind.BREAK))
            self.sit(rng.uniform(14, 26), tiredness)
            self.rest(rng.uniform(3, 6))
        else:
            self.sit(15, tiredness)
            self.event(EventKind.BREAK_DUE, Detail(seconds=2700.0))
            self.sit(rng.uniform(1, 12), tiredness)
            self.rest(rng.uniform(4, 10))


def _bounded(value: float, low: float, high: float) -> float:
    return max(low, min(high, value))


def generate(now: datetime, *, days: int = 30, tz: tzinfo | None = None) -> SampleRecord:
    """The record of the `days` that end at `now`; weekends are mostly free."""
    record = SampleRecord()
    today = now.astimezone(tz).date()
    for number in range(days - 1, -1, -1):
        day = today - timedelta(days=number)
        progress = 1.0 - number / max(days - 1, 1)
        _one_day(record, day, now, progress, tz, is_today=number == 0)
    return record


def _one_day(
    record: SampleRecord,
    day: date,
    now: datetime,
    progress: float,
    tz: tzinfo | None,
    *,
    is_today: bool,
) -> None:
    rng = random.Random(f"{SEED}-{day.toordinal()}")
    weekend = day.weekday() >= 5
    if not is_today and (rng.random() < 0.03 or (weekend and rng.random() < 0.65)):
        return
    midnight = datetime.combine(day, time(), tzinfo=tz).astimezone(UTC)
    start_at = midnight + timedelta(minutes=(600 if weekend else 525) + rng.gauss(0, 18))
    end_at = start_at + timedelta(hours=rng.uniform(2, 3.5) if weekend else rng.gauss(8.9, 0.5))
    if is_today:  # so that there is something to see whenever one looks
        start_at = max(
            midnight, min(start_at, now.astimezone(UTC) - timedelta(hours=5, minutes=40))
        )
        end_at = now.astimezone(UTC)
    writer = _Writer(
        record,
        rng,
        at=start_at,
        until=end_at - timedelta(minutes=LAST_BREAK_MIN + SITTING_MIN) if is_today else end_at,
        start_at=start_at,
        strain_share=0.52 - 0.22 * progress + rng.uniform(-0.06, 0.06),
        obedience=0.42 + 0.3 * progress,
    )
    writer.event(EventKind.SITTING_STARTED)
    lunch_at = start_at + timedelta(hours=rng.uniform(3.3, 3.9))
    lunched = weekend
    while not writer.over:
        gone_h = (writer.at - start_at).total_seconds() / 3600.0
        tiredness = _bounded(gone_h / 9.0 + (0.25 if 4.5 < gone_h < 6 else 0.0), 0.0, 1.0)
        if not lunched and writer.at >= lunch_at:
            lunched = True
            writer.rest(rng.uniform(32, 52))
        elif rng.random() < 0.11 and gone_h > 1:
            writer.event(EventKind.SITTING_ENDED)
            writer.event(EventKind.STANDING_STARTED)
            writer.spend(State.STANDING, rng.uniform(12, 35) * 60.0)
            writer.event(EventKind.STANDING_ENDED)
            writer.event(EventKind.SITTING_STARTED)
        elif rng.random() < 0.05:
            writer.event(EventKind.CAMERA_LOST, Detail(text="a call has the camera"))
            writer.spend(State.UNKNOWN, rng.uniform(15, 40) * 60.0)
            writer.event(EventKind.CAMERA_BACK)
        elif rng.random() < 0.12:
            writer.spend(State.AWAY, rng.uniform(30, 100))
        else:
            writer.spell(tiredness)
    if is_today:  # a break, and back at the desk, as the sample's monitor says
        writer.until = end_at
        writer.rest(LAST_BREAK_MIN)
        writer.sit(SITTING_MIN, tiredness=0.5)
        writer.spend(State.SITTING, (end_at - writer.at).total_seconds(), score=88.0)

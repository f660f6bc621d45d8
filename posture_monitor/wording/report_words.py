"""The report's words: everything a user reads in it, whatever its form, stands here."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from posture_monitor.domain import State
from posture_monitor.wording import names
from posture_monitor.wording.details import detail_for_people

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import tzinfo

    from posture_monitor.core.stats.breaks import Breaks
    from posture_monitor.core.stats.summary import Day, Summary, Totals
    from posture_monitor.core.stats.variety import Drinks
    from posture_monitor.domain import RecordedEvent

STATES = names.STATES
REASONS = names.REASONS
REMINDERS = names.REMINDERS
NOTABLE = names.EVENTS
STRAINED = "Strained"
SCORE = "Score"

NO_DEVICE = "This report informs; posture-monitor is no medical device."
SEE_A_DOCTOR = (
    "See a doctor about back spasms that don't pass with rest, numbness or weakness in a leg,"
    " loss of bladder or bowel control, or back pain after a fall or with fever."
)
NOTHING_RECORDED = "Nothing was recorded in this time."
WHAT_TO_DO = (
    ("posture-monitor run", "start the monitor, then look here again"),
    ("posture-monitor demo", "see the whole thing work on a recording, without a camera"),
    ("posture-monitor report --week", "look at the last seven days"),
    ("posture-monitor report --source NAME", "show a recording that was replayed"),
)
SCORE_LEGEND = "100 = as in your calibration, or better"
REASONS_TITLE = "Strained by (several may hold at once)"
UNSEEN = "not known"


_MOST_DAYS_NAMED = 3
DAMAGED_ADVICE = "put a copy of the file in its place, or run: posture-monitor delete --damaged"


def damaged_sentence(days: Sequence[date]) -> str:
    """That what was recorded on these days of UTC is incomplete.

    >>> damaged_sentence([date(2026, 3, 2)])
    'the record is damaged: entries of 2026-03-02 (UTC) were changed or lost, and are left out'
    """
    named = ", ".join(day.isoformat() for day in days[:_MOST_DAYS_NAMED])
    more = len(days) - _MOST_DAYS_NAMED
    if more > 0:
        named += f" and {more} more days"
    return f"the record is damaged: entries of {named} (UTC) were changed or lost, and are left out"


def damaged_remark(days: Sequence[date]) -> str:
    """The same as a sentence that stands by itself."""
    text = damaged_sentence(days)
    return f"{text[:1].upper()}{text[1:]}."


def printable(text: str) -> str:
    """The text without characters that steer a terminal."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)


def duration(seconds: float) -> str:
    """A length of time in the two largest fitting units.

    >>> duration(22_200), duration(90), duration(12.4), duration(0)
    ('6 h 10 min', '2 min', '12 s', '0 min')
    """
    if 0.5 <= seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes = int(seconds / 60.0 + 0.5)
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"


def percent(share: float | None) -> str:
    """A share 0-1 in whole per cent; an empty text where there is none.

    >>> percent(0.004), percent(0.38), percent(None)
    ('<1 %', '38 %', '')
    """
    if share is None:
        return ""
    return "<1 %" if 0.0 < share < 0.01 else f"{100.0 * share:.0f} %"


def day_name(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B %Y}"


def short_day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"


def range_name(summary: Summary) -> str:
    """The asked range as a date, dates or times."""
    last = summary.until - timedelta(microseconds=1)
    whole_days = all(at.time() == time() for at in (summary.since, summary.until))
    if summary.since.date() == last.date():
        times = "" if whole_days else f", {summary.since:%H:%M} to {summary.until:%H:%M}"
        return day_name(summary.since.date()) + times
    if whole_days:
        return f"{day_name(summary.since.date())} to {day_name(last.date())}"
    return (
        f"{day_name(summary.since.date())}, {summary.since:%H:%M}"
        f" to {day_name(summary.until.date())}, {summary.until:%H:%M}"
    )


def source_name(source: str | None) -> str:
    return "recorded live" if source is None else f"recording {printable(source)}"


def time_rows(totals: Totals) -> list[tuple[str, str, str]]:
    """What the time was spent on: name, length, share of the observed time."""
    parts_s = (
        (State.SITTING, totals.sitting_s),
        (State.STANDING, totals.standing_s),
        (State.AWAY, totals.away_s),
        (State.BREAK, totals.break_s),
        (State.UNKNOWN, totals.unknown_s),
    )
    rows = [
        (STATES[state], duration(seconds), percent(seconds / totals.observed_s))
        for state, seconds in parts_s
    ]
    return [*rows, ("Observed in all", duration(totals.observed_s), "")]


def sitting_rows(summary: Summary) -> list[tuple[str, str]]:
    """How sitting was parted."""
    if not summary.spells:
        return [("Sitting spells", "none")]
    return [
        ("Longest without a break", duration(summary.longest_sitting_s or 0.0)),
        ("Typical sitting spell", duration(summary.median_sitting_s or 0.0)),
        ("Sitting spells", str(len(summary.spells))),
        *fading_rows(summary),
    ]


def fading_rows(summary: Summary) -> list[tuple[str, str]]:
    """When posture fades after sitting down; nothing where the data don't bear it."""
    found = summary.fading
    if found is None:
        return []
    high = "never" if found.high_s is None else duration(found.high_s)
    return [
        (
            "Posture fades after",
            f"{duration(found.median_s)} (95 %: {duration(found.low_s)} to {high},"
            f" {found.spells} spells)",
        )
    ]


def posture_rows(totals: Totals) -> list[tuple[str, str]]:
    """How posture was, as far as it could be judged."""
    seen = f"{duration(totals.judged_s)}"
    if totals.coverage is not None:
        seen += f" ({percent(totals.coverage)} of your time here)"
    if totals.mean_score is None:
        return [("Mean score", UNSEEN), ("Could be judged", seen)]
    strained = duration(totals.strained_s)
    if totals.strained_s:
        strained += f" ({percent(totals.strained_share)} of the judged time)"
    return [
        ("Mean score", f"{totals.mean_score:.0f} of 100"),
        ("Could be judged", seen),
        (STRAINED, strained),
    ]


def variety_rows(totals: Totals) -> list[tuple[str, str]]:
    """How much the person moved about, beside the score: no posture is the right one for hours."""
    rate, still_s = totals.variety.changes_per_h, totals.variety.longest_still_s
    changes = UNSEEN if rate is None else f"{rate:.1f} changes of position"
    still = UNSEEN if still_s is None else duration(still_s)
    return [("Each hour", changes), ("Longest still", still)]


def drinks_sentence(drinks: Drinks) -> str:
    """How often the user told of a drink."""
    if drinks.count == 0:
        return "none noted"
    told = f"{drinks.count} noted"
    return told if drinks.interval_s is None else f"{told}, every {duration(drinks.interval_s)}"


def reason_rows(totals: Totals) -> list[tuple[str, float]]:
    """Each reason that occurred and its seconds, the longest first."""
    by_reason_s = sorted(totals.strained_by_reason_s.items(), key=lambda item: -item[1])
    return [(REASONS[reason], seconds) for reason, seconds in by_reason_s]


def break_sentence(breaks: Breaks) -> str:
    """What became of the breaks that were asked for, and those taken anyway."""
    answers = (
        (breaks.taken, "taken"),
        (breaks.stood, "answered by standing"),
        (breaks.skipped, "skipped"),
        (breaks.snoozed, "snoozed"),
        (breaks.ignored, "left unanswered"),
        (breaks.open, "not known"),
    )
    told = ", ".join(f"{count} {word}" for count, word in answers if count)
    asked = f"{breaks.due} asked for" + (f": {told}" if told else "")
    return f"{asked}; {breaks.natural} taken unasked"


def reminder_sentence(totals: Totals) -> str:
    """How often each kind of reminder came."""
    told = [f"{REMINDERS[kind]} {count}" for kind, count in totals.reminders.items() if count]
    return " · ".join(told) or "none"


def event_rows(events: Iterable[RecordedEvent], tz: tzinfo | None) -> list[tuple[str, str, str]]:
    """The notable events: local time of day, what happened, detail."""
    told = list(events)
    moments = {(event.at, event.kind) for event in told}
    rows = []
    for event in told:
        repeats = (event.at, names.TOLD_BY.get(event.kind)) in moments
        if event.kind in NOTABLE and not repeats:
            detail = printable(detail_for_people(event))
            rows.append((f"{event.at.astimezone(tz):%H:%M}", NOTABLE[event.kind], detail))
    return rows


DAY_HEADER = ("Day", "Observed", "Sitting", "Longest", "Breaks", "Score", "Strained")


def day_row(day: Day) -> tuple[str, ...]:
    """The cells under DAY_HEADER; breaks are the ones taken, asked for or not."""
    return (
        short_day(day.date),
        duration(day.observed_s),
        duration(day.sitting_s),
        duration(day.longest_sitting_s or 0.0),
        str(day.breaks.taken + day.breaks.natural),
        "–" if day.mean_score is None else f"{day.mean_score:.0f}",
        "–" if day.mean_score is None else duration(day.strained_s),
    )


def days_sentence(summary: Summary) -> str:
    """How many of the asked dates hold data."""
    last = (summary.until - timedelta(microseconds=1)).date()
    asked = (last - summary.since.date()).days + 1
    return f"{len(summary.days)} of {asked} days hold data; the others count as nothing."


def column_legend(cell_s: float, *, gaps: bool) -> list[str]:
    """How to read the rows of blocks, in lines."""
    lines = [
        f"One column is {duration(cell_s)}; a bar's height is the share of that time.",
        "Score: a full bar is 100; blank where posture couldn't be judged.",
    ]
    return [*lines, "No bar in any row: the monitor wasn't running."] if gaps else lines


def earlier(count: int) -> str:
    return f"({count} earlier ones are left out here; --format json has them all)"


def tiles(summary: Summary) -> list[tuple[str, str]]:
    """The four numbers that stand on top of a page."""
    score = UNSEEN if summary.mean_score is None else f"{summary.mean_score:.0f} of 100"
    return [
        ("Sitting", duration(summary.sitting_s)),
        ("Longest without a break", duration(summary.longest_sitting_s or 0.0)),
        ("Breaks taken", str(summary.breaks.taken + summary.breaks.natural)),
        ("Mean score", score),
    ]


LEGEND = "Legend"


def from_to(first: datetime, last: datetime, tz: tzinfo | None) -> str:
    return f"{first.astimezone(tz):%H:%M} to {last.astimezone(tz):%H:%M}"


def chart_name(first: datetime, last: datetime, tz: tzinfo | None) -> str:
    return f"Timeline from {from_to(first, last, tz)}; the tables below hold the same in numbers"


def days_chart_name(count: int) -> str:
    return f"Timelines of {count} days; the table above holds the same in numbers"

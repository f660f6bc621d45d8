"""The report's words: everything a user reads in it, whatever its form, stands here."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from posture_monitor.core.stats.rounding import whole_parts
from posture_monitor.domain import State
from posture_monitor.wording import names
from posture_monitor.wording.dates import day_name, short_day
from posture_monitor.wording.details import detail_for_people
from posture_monitor.wording.language import N_, _, ngettext

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
STRAINED = N_("Strained")
SCORE = N_("Score")

NO_DEVICE = N_("This report informs; posture-monitor is no medical device.")
SEE_A_DOCTOR = N_(
    "See a doctor about back spasms that don't pass with rest, numbness or "
    "weakness in a leg, loss of bladder or bowel control, or back pain after a "
    "fall or with fever."
)
NOTHING_RECORDED = N_("Nothing was recorded in this time.")
WHAT_TO_DO = (
    ("posture-monitor run", N_("start the monitor, then look here again")),
    ("posture-monitor demo", N_("see the whole thing work on a recording, without a camera")),
    ("posture-monitor report --week", N_("look at the last seven days")),
    ("posture-monitor report --source NAME", N_("show a recording that was replayed")),
)
SCORE_LEGEND = N_("100 = as in your calibration, or better")
REASONS_TITLE = N_("Strained by (several may hold at once)")
UNSEEN = N_("not known")


_MOST_DAYS_NAMED = 3
DAMAGED_ADVICE = N_("put a copy of the file in its place, or run: posture-monitor delete --damaged")


def damaged_sentence(days: Sequence[date]) -> str:
    """That what was recorded on these days of UTC is incomplete.

    >>> damaged_sentence([date(2026, 3, 2)])
    'the record is damaged: entries of 2026-03-02 (UTC) were changed or lost, and are left out'
    """
    named = ", ".join(day.isoformat() for day in days[:_MOST_DAYS_NAMED])
    more = len(days) - _MOST_DAYS_NAMED
    if more > 0:
        named = ngettext(
            "{named} and {count} more day", "{named} and {count} more days", more, named=named
        )
    return _(
        "the record is damaged: entries of {named} (UTC) were changed or lost, and are left out",
        named=named,
    )


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
    return (
        _("{hours} h {minutes:02d} min", hours=minutes // 60, minutes=minutes % 60)
        if minutes >= 60
        else _("{minutes} min", minutes=minutes)
    )


def percent(share: float | None) -> str:
    """A share 0-1 in whole per cent; an empty text where there is none.

    >>> percent(0.004), percent(0.38), percent(None)
    ('<1 %', '38 %', '')
    """
    if share is None:
        return ""
    return "<1 %" if 0.0 < share < 0.01 else f"{100.0 * share:.0f} %"


def range_name(summary: Summary) -> str:
    """The asked range as a date, dates or times."""
    last = summary.until - timedelta(microseconds=1)
    whole_days = all(at.time() == time() for at in (summary.since, summary.until))
    if summary.since.date() == last.date():
        day = day_name(summary.since.date())
        if whole_days:
            return day
        return _(
            "{day}, {since:%H:%M} to {until:%H:%M}",
            day=day,
            since=summary.since,
            until=summary.until,
        )
    if whole_days:
        return _(
            "{first} to {last}",
            first=day_name(summary.since.date()),
            last=day_name(last.date()),
        )
    return _(
        "{first}, {since:%H:%M} to {last}, {until:%H:%M}",
        first=day_name(summary.since.date()),
        since=summary.since,
        last=day_name(summary.until.date()),
        until=summary.until,
    )


def source_name(source: str | None) -> str:
    return (
        _("recorded live") if source is None else _("recording {source}", source=printable(source))
    )


def time_rows(totals: Totals) -> list[tuple[str, str, str]]:
    """What the time was spent on: name, length, share of the observed time.

    The shares add up to 100 % as they are printed.
    """
    parts_s = (
        (State.SITTING, totals.sitting_s),
        (State.STANDING, totals.standing_s),
        (State.AWAY, totals.away_s),
        (State.BREAK, totals.break_s),
        (State.UNKNOWN, totals.unknown_s),
    )
    whole = whole_parts([seconds for _state, seconds in parts_s], 100)
    rows = [
        # What rounds to nothing is still told as less than one.
        (STATES[state], duration(s), percent(share / 100.0 if share else s / totals.observed_s))
        for (state, s), share in zip(parts_s, whole, strict=True)
    ]
    return [*rows, (_("Observed in all"), duration(totals.observed_s), "")]


def sitting_rows(summary: Summary) -> list[tuple[str, str]]:
    """How sitting was parted."""
    if not summary.spells:
        return [(_("Sitting spells"), _("none"))]
    return [
        (_("Longest without a break"), duration(summary.longest_sitting_s or 0.0)),
        (_("Typical sitting spell"), duration(summary.median_sitting_s or 0.0)),
        (_("Sitting spells"), str(len(summary.spells))),
        *fading_rows(summary),
    ]


def fading_rows(summary: Summary) -> list[tuple[str, str]]:
    """When posture fades after sitting down; nothing where the data don't bear it."""
    found = summary.fading
    if found is None:
        return []
    high = _("never") if found.high_s is None else duration(found.high_s)
    return [
        (
            _("Posture fades after"),
            _(
                "{median_s} (95 %: {low_s} to {high}, {spells} spells)",
                median_s=duration(found.median_s),
                low_s=duration(found.low_s),
                high=high,
                spells=found.spells,
            ),
        )
    ]


def posture_rows(totals: Totals) -> list[tuple[str, str]]:
    """How posture was, as far as it could be judged."""
    seen = f"{duration(totals.judged_s)}"
    if totals.coverage is not None:
        seen = _(
            "{seen} ({coverage} of your time here)", seen=seen, coverage=percent(totals.coverage)
        )
    if totals.mean_score is None:
        return [(_("Mean score"), _(UNSEEN)), (_("Could be judged"), seen)]
    strained = duration(totals.strained_s)
    if totals.strained_s:
        strained = _(
            "{strained} ({share} of the judged time)",
            strained=strained,
            share=percent(totals.strained_share),
        )
    return [
        (_("Mean score"), _("{mean_score:.0f} of 100", mean_score=totals.mean_score)),
        (_("Could be judged"), seen),
        (_(STRAINED), strained),
    ]


def variety_rows(totals: Totals) -> list[tuple[str, str]]:
    """How much the person moved about, beside the score: no posture is the right one for hours."""
    rate, still_s = totals.variety.changes_per_h, totals.variety.longest_still_s
    changes = _(UNSEEN) if rate is None else _("{rate:.1f} changes of position", rate=rate)
    still = _(UNSEEN) if still_s is None else duration(still_s)
    return [(_("Each hour"), changes), (_("Longest still"), still)]


def drinks_sentence(drinks: Drinks) -> str:
    """How often the user told of a drink."""
    if drinks.count == 0:
        return _("none noted")
    told = _("{count} noted", count=drinks.count)
    return (
        told
        if drinks.interval_s is None
        else _("{told}, every {interval_s}", told=told, interval_s=duration(drinks.interval_s))
    )


def reason_rows(totals: Totals) -> list[tuple[str, float]]:
    """Each reason that occurred and its seconds, the longest first."""
    by_reason_s = sorted(totals.strained_by_reason_s.items(), key=lambda item: -item[1])
    return [(REASONS[reason], seconds) for reason, seconds in by_reason_s]


def break_sentence(breaks: Breaks) -> str:
    """What became of the breaks that were asked for, and those taken anyway."""
    answers = (
        (breaks.taken, _("taken")),
        (breaks.stood, _("answered by standing")),
        (breaks.skipped, _("skipped")),
        (breaks.snoozed, _("snoozed")),
        (breaks.ignored, _("left unanswered")),
        (breaks.open, _("not known")),
    )
    told = ", ".join(f"{count} {word}" for count, word in answers if count)
    asked = _("{due} asked for", due=breaks.due) + (f": {told}" if told else "")
    return _("{asked}; {natural} taken unasked", asked=asked, natural=breaks.natural)


def reminder_sentence(totals: Totals) -> str:
    """How often each kind of reminder came."""
    told = [f"{REMINDERS[kind]} {count}" for kind, count in totals.reminders.items() if count]
    return " · ".join(told) or _("none")


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


DAY_HEADER = (
    N_("Day"),
    N_("Observed"),
    N_("Sitting"),
    N_("Longest"),
    N_("Breaks"),
    N_("Score"),
    N_("Strained"),
)


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
    return _(
        "{days} of {asked} days hold data; the others count as nothing.",
        days=len(summary.days),
        asked=asked,
    )


def column_legend(cell_s: float, *, gaps: bool) -> list[str]:
    """How to read the rows of blocks, in lines."""
    lines = [
        _(
            "One column is {cell_s}; a bar's height is the share of that time.",
            cell_s=duration(cell_s),
        ),
        _("Score: a full bar is 100; blank where posture couldn't be judged."),
    ]
    return [*lines, _("No bar in any row: the monitor wasn't running.")] if gaps else lines


def earlier(count: int) -> str:
    return _("({count} earlier ones are left out here; --format json has them all)", count=count)


def tiles(summary: Summary) -> list[tuple[str, str]]:
    """The four numbers that stand on top of a page."""
    score = (
        _(UNSEEN)
        if summary.mean_score is None
        else _("{mean_score:.0f} of 100", mean_score=summary.mean_score)
    )
    return [
        (_("Sitting"), duration(summary.sitting_s)),
        (_("Longest without a break"), duration(summary.longest_sitting_s or 0.0)),
        (_("Breaks taken"), str(summary.breaks.taken + summary.breaks.natural)),
        (_("Mean score"), score),
    ]


LEGEND = N_("Legend")


def from_to(first: datetime, last: datetime, tz: tzinfo | None) -> str:
    return _(
        "{first:%H:%M} to {last:%H:%M}",
        first=first.astimezone(tz),
        last=last.astimezone(tz),
    )


def chart_name(first: datetime, last: datetime, tz: tzinfo | None) -> str:
    return _(
        "Timeline from {first}; the tables below hold the same in numbers",
        first=from_to(first, last, tz),
    )


def days_chart_name(count: int) -> str:
    return _("Timelines of {count} days; the table above holds the same in numbers", count=count)

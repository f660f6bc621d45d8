"""``report``: a day, a week, a range or a session, as text, HTML, JSON or CSV."""

from __future__ import annotations

import os
import shutil
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from posture_monitor.commands.arguments import Word
from posture_monitor.core.stats.summary import sessions, summarise
from posture_monitor.domain import ConfigError
from posture_monitor.system.names import shown
from posture_monitor.wording.language import _

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from posture_monitor.commands.context import Context
    from posture_monitor.core.stats.summary import Summary
    from posture_monitor.domain import Interval, RecordedEvent
    from posture_monitor.history.store import Store

MIN_WIDTH, MAX_WIDTH = 60, 120


def parse_day(text: str) -> date:
    """A day by its date, or ``today`` and ``yesterday``; ConfigError otherwise."""
    today = datetime.now().astimezone().date()
    named = {"today": today, "yesterday": today - timedelta(days=1)}
    if text in named:
        return named[text]
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(
            "{text!r} is no date; write it like 2026-01-31, or today", text=text
        ) from None


def midnight(day: date) -> datetime:
    """The local day's first moment, aware."""
    return datetime.combine(day, time()).astimezone()


def run_report(
    context: Context,
    *,
    day: str | None,
    week: bool,
    since: str | None,
    until: str | None,
    session: str | None,
    source: str | None,
    file_format: str,
    out: str | None,
) -> None:
    """Summarise what was recorded and show it, or write it to a file."""
    text = report_text(
        context,
        day=day,
        week=week,
        since=since,
        until=until,
        session=session,
        source=source,
        file_format=file_format,
        terminal=out is None and context.out.isatty(),
    )
    if out is None:
        context.show(text.rstrip("\n"))
        return
    target = context.write_out(out, text.encode("utf-8"))
    context.warn(_("written to {target}", target=target))


def report_text(
    context: Context,
    *,
    day: str | None = None,
    week: bool = False,
    since: str | None = None,
    until: str | None = None,
    session: str | None = None,
    source: str | None = None,
    file_format: str = "text",
    terminal: bool = False,
    log: bool = True,
) -> str:
    """What was recorded, summarised in this format; ``terminal`` allows colours.

    Without ``log``, text leaves out the list of all that happened.
    """
    source = None if source is None else shown(source)  # as it was recorded
    with context.open_store() as store:
        if session is not None or (source is not None and not (day or week or since or until)):
            start, end = _last_session(context, store, source)
        else:
            start, end = _range(day, week, since, until)
        intervals = store.intervals(start, end, source=source)
        events = store.events(start, end, source=source)
        damaged_days = store.damaged_days
    summary = summarise(
        intervals,
        events,
        since=start,
        until=end,
        settings=context.settings.sitting,
        damaged_days=damaged_days,
    )
    return _render(summary, intervals, events, file_format, source, terminal=terminal, log=log)


def _range(
    day: str | None, week: bool, since: str | None, until: str | None
) -> tuple[datetime, datetime]:
    today = datetime.now().astimezone().date()
    if week:
        monday = today - timedelta(days=today.weekday())
        return midnight(monday), midnight(monday + timedelta(days=7))
    if since is not None or until is not None:
        last = today if until is None else parse_day(until)
        first = last if since is None else parse_day(since)
        if first > last:
            raise ConfigError(
                "--since {first} lies after --until {last}; swap them", first=first, last=last
            )
        return midnight(first), midnight(last + timedelta(days=1))
    first = today if day is None else parse_day(day)
    return midnight(first), midnight(first + timedelta(days=1))


def _last_session(context: Context, store: Store, source: str | None) -> tuple[datetime, datetime]:
    """The last session of live days, or all of a replay."""
    if source is not None:
        run = store.last_run(source)
        if run is None:
            known = ", ".join(store.sources()) or _("none")
            raise ConfigError(
                "nothing is recorded of '{source}'; recorded replays: {known}",
                source=source,
                known=known,
            )
        return run.started_at, run.ended_at + timedelta(seconds=1)
    now = datetime.now().astimezone()
    intervals = store.intervals(now - timedelta(days=60), now + timedelta(days=1))
    found = sessions(intervals, context.settings.sitting.session_end_min * 60.0)
    if not found:
        return midnight(now.date()), midnight(now.date() + timedelta(days=1))
    return found[-1].start_at, found[-1].end_at


def _render(
    summary: Summary,
    intervals: Sequence[Interval],
    events: Sequence[RecordedEvent],
    file_format: str,
    source: str | None,
    *,
    terminal: bool,
    log: bool,
) -> str:
    from posture_monitor.history import report

    if file_format == "json":
        return report.render_json(summary, events, intervals=intervals, source=source)
    if file_format == "csv":
        return report.render_csv(summary)
    if file_format == "html":
        return report.render_html(summary, intervals, events, source=source)
    columns = shutil.get_terminal_size((80, 24)).columns
    return report.render_text(
        summary,
        intervals,
        events,
        width=min(max(columns, MIN_WIDTH), MAX_WIDTH),
        colour=terminal and "NO_COLOR" not in os.environ,
        source=source,
        log=log,
    )


# --------------------------------------------------------------------------- command line


def _add_report(parser: argparse.ArgumentParser) -> None:
    span = parser.add_mutually_exclusive_group()
    span.add_argument("--day", metavar="DATE", help=_("one day: 2026-01-31, today or yesterday"))
    span.add_argument("--week", action="store_true", help=_("this week"))
    span.add_argument("--since", metavar="DATE", help=_("from this day on"))
    span.add_argument("--session", choices=("last",), help=_("the last session"))
    parser.add_argument("--until", metavar="DATE", help=_("up to and with this day"))
    parser.add_argument("--source", metavar="NAME", help=_("a replayed recording instead of live"))
    parser.add_argument(
        "--format", choices=("text", "html", "json", "csv"), default="text", help="(text)"
    )
    parser.add_argument("--out", metavar="FILE", help=_("write it there"))


def _check_report(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    if arguments.until is not None:
        for option in ("day", "week", "session"):
            if getattr(arguments, option):
                parser.error(
                    _("argument --until: not allowed with argument --{option}", option=option)
                )


def _report(context: Context, arguments: argparse.Namespace) -> None:
    run_report(
        context,
        day=arguments.day,
        week=arguments.week,
        since=arguments.since,
        until=arguments.until,
        session=arguments.session,
        source=arguments.source,
        file_format=arguments.format,
        out=arguments.out,
    )


WORDS: dict[str, Word] = {
    "report": Word(_report, _add_report, _check_report),
}

"""The report for a terminal; readable without colour from 60 columns on."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from posture_monitor.core.stats.summary import end_at, split_by_day
from posture_monitor.domain import State
from posture_monitor.history.export import render_csv, render_json
from posture_monitor.history.report_html import render_html
from posture_monitor.history.timeline_columns import (
    block,
    cut,
    make_axis,
    ruler,
    score_row,
    state_row,
    strain_row,
)
from posture_monitor.wording import dates
from posture_monitor.wording import report_words as words
from posture_monitor.wording.language import _

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, tzinfo

    from rich.console import RenderableType
    from rich.table import Table

    from posture_monitor.core.stats.summary import Summary
    from posture_monitor.domain import Interval, RecordedEvent

__all__ = ["render_csv", "render_html", "render_json", "render_text"]

_LABEL_WIDTH = 13
_SIDE_BY_SIDE_WIDTH = 100
_BAR_WIDTH = 20
_MAX_EVENTS = 60
_MAX_DAY_STRIPS = 31
STYLES: dict[State, str] = {
    State.SITTING: "cyan",
    State.STANDING: "green",
    State.AWAY: "bright_black",
    State.BREAK: "blue",
    State.UNKNOWN: "yellow",
}
_STRAIN_STYLE = "red"


def render_text(
    summary: Summary,
    intervals: Sequence[Interval],
    events: Sequence[RecordedEvent],
    *,
    width: int,
    colour: bool,
    tz: tzinfo | None = None,
    source: str | None = None,
    log: bool = True,
) -> str:
    """The report as lines of at most `width` columns; `log` lists all that happened in a day.

    `intervals` and `events` are those that the summary was made from.
    """
    from rich.console import Console  # 0.1 s that other commands need not wait

    console = Console(
        file=StringIO(),
        width=max(width, 40),
        force_terminal=colour,
        color_system="standard" if colour else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
        _environ={},
    )
    with console.capture() as capture:
        for part in _parts(summary, intervals, events, console.width, tz, source, log=log):
            console.print(part)
    lines = (line.rstrip() for line in capture.get().splitlines())
    return "\n".join(lines).rstrip() + "\n"


def _parts(
    summary: Summary,
    intervals: Sequence[Interval],
    events: Sequence[RecordedEvent],
    width: int,
    tz: tzinfo | None,
    source: str | None,
    *,
    log: bool,
) -> list[RenderableType]:
    title = _heading(_("Posture report: {range}", range=words.range_name(summary)))
    subtitle = f"{words.source_name(source)}\n"
    if summary.damaged_days:
        subtitle += f"{words.damaged_remark(summary.damaged_days)}\n"
    if not summary.days:
        return [title, subtitle, *_nothing()]
    parts: list[RenderableType] = [title, subtitle]
    if len(summary.days) == 1:
        parts += [_timeline(intervals, width, tz), ""]
    else:
        parts += [_days_table(summary), words.days_sentence(summary), ""]
        parts += [*_hours_of_days(intervals, width, tz), ""]
    parts += [_blocks(summary, width), ""]
    parts += [_labelled(_("Breaks"), words.break_sentence(summary.breaks))]
    parts += [_labelled(_("Reminders"), words.reminder_sentence(summary))]
    parts += [_labelled(_("Drinks"), words.drinks_sentence(summary.drinks)), ""]
    if log and len(summary.days) == 1:
        parts += _event_lines(events, tz)
    return [*parts, f"{_(words.NO_DEVICE)} {_(words.SEE_A_DOCTOR)}"]


def _heading(text: str) -> RenderableType:
    from rich.text import Text

    return Text(text, style="bold")


def _labelled(label: str, text: str) -> RenderableType:
    grid = _grid()
    grid.add_row(_heading(label), text)
    return grid


def _grid() -> Table:
    from rich.table import Table

    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(min_width=_LABEL_WIDTH - 2, no_wrap=True)
    return grid


def _nothing() -> list[RenderableType]:
    grid = _grid()
    for command, purpose in words.WHAT_TO_DO:
        grid.add_row(f"  {command}", _(purpose))
    what_to_do = _("What you can do:")
    return [f"{_(words.NOTHING_RECORDED)} {what_to_do}", grid]


# --------------------------------------------------------------------------- timelines


def _timeline(intervals: Sequence[Interval], width: int, tz: tzinfo | None) -> RenderableType:
    """One row for each state that occurred, then strain and score."""
    from rich.text import Text

    columns = width - _LABEL_WIDTH
    since = min(interval.start_at for interval in intervals)
    until = max(end_at(interval) for interval in intervals)
    axis = make_axis(since, until, tz, max_ticks=columns // 6)
    cells = cut(intervals, axis, columns)
    cell_s = axis.length_s / columns
    states = {interval.state for interval in intervals}
    text = Text(f"{'':{_LABEL_WIDTH}}{ruler(axis, columns)}\n", no_wrap=True, overflow="crop")
    for state in (state for state in State if state in states):
        text.append(f"{words.STATES[state]:{_LABEL_WIDTH}}")
        text.append(state_row(cells, state, cell_s) + "\n", style=STYLES[state])
    if any(cell.judged_s for cell in cells):
        text.append(f"{_(words.STRAINED):{_LABEL_WIDTH}}")
        text.append(strain_row(cells, cell_s) + "\n", style=_STRAIN_STYLE)
        text.append(f"{_(words.SCORE):{_LABEL_WIDTH}}{score_row(cells)}\n")
    observed = [any(cell.state_s.values()) for cell in cells]
    last = max(number for number, seen in enumerate(observed) if seen)
    for line in words.column_legend(cell_s, gaps=not all(observed[observed.index(True) : last])):
        text.append(f"{'':{_LABEL_WIDTH}}{line}\n", style="dim")
    text.rstrip()
    return text


def _hours_of_days(
    intervals: Sequence[Interval], width: int, tz: tzinfo | None
) -> list[RenderableType]:
    """For each day with data, how much of each half hour was spent sitting."""
    from rich.text import Text

    wide = width >= _LABEL_WIDTH + 48
    per_hour = 2 if wide else 1
    marks = "".join(f"{hour:<{4 * per_hour}}" for hour in range(0, 24, 4))
    text = Text(f"{'':{_LABEL_WIDTH}}{marks}\n", no_wrap=True, overflow="crop")
    days = split_by_day(intervals, tz)
    for day, pieces in list(days.items())[-_MAX_DAY_STRIPS:]:
        text.append(f"{dates.short_day(day):{_LABEL_WIDTH}}")
        text.append(_hours(day, pieces, per_hour, tz) + "\n", style=STYLES[State.SITTING])
    text.append(f"{'':{_LABEL_WIDTH}}o'clock; height = share of the time sitting", style="dim")
    return [_heading(_("Sitting over the day")), text]


def _hours(day: date, pieces: Sequence[Interval], per_hour: int, tz: tzinfo | None) -> str:
    """By the local clock: on a day of clock change one hour is empty, or holds two."""
    sitting_s = [0.0] * 24 * per_hour
    cell_s = 3600.0 / per_hour
    for piece in pieces:
        if piece.state is not State.SITTING:
            continue
        local = piece.start_at.astimezone(tz)
        at_s = local.hour * 3600.0 + local.minute * 60.0 + local.second
        left_s = piece.duration_s
        for number in range(int(at_s / cell_s), len(sitting_s)):
            part_s = min(left_s, (number + 1) * cell_s - at_s)
            sitting_s[number] += part_s
            left_s, at_s = left_s - part_s, at_s + part_s
            if left_s <= 0.0:
                break
    return "".join(block(seconds / cell_s) for seconds in sitting_s)


# --------------------------------------------------------------------------- tables


def _days_table(summary: Summary) -> RenderableType:
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for number, name in enumerate(map(_, words.DAY_HEADER)):
        table.add_column(name, justify="right" if number else "left", no_wrap=True)
    for day in summary.days:
        table.add_row(*words.day_row(day))
    return table


def _blocks(summary: Summary, width: int) -> RenderableType:
    """Times and posture, side by side where there is room."""
    times, posture = _times(summary), _posture(summary)
    from rich.console import Group
    from rich.table import Table

    if width < _SIDE_BY_SIDE_WIDTH:
        return Group(*times, "", *posture)
    grid = Table.grid(padding=(0, 4, 0, 0))
    grid.add_row(Group(*times), Group(*posture))
    return grid


def _times(summary: Summary) -> list[RenderableType]:
    grid = _grid()
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(justify="right", no_wrap=True)
    for row in words.time_rows(summary):
        grid.add_row(f"  {row[0]}", *row[1:])
    for label, text in words.sitting_rows(summary):
        grid.add_row(f"  {label}", text)
    return [_heading(_("Times")), grid]


def _posture(summary: Summary) -> list[RenderableType]:
    grid = _grid()
    for label, text in (*words.posture_rows(summary), *words.variety_rows(summary)):
        grid.add_row(f"  {label}", text)
    parts: list[RenderableType] = [
        _heading(_("Posture ({legend})", legend=_(words.SCORE_LEGEND))),
        grid,
    ]
    reasons = words.reason_rows(summary)
    if reasons:
        bars = _grid()
        bars.add_column(min_width=_BAR_WIDTH, no_wrap=True, style=_STRAIN_STYLE)
        for name, seconds in reasons:
            bar = "█" * max(1, round(_BAR_WIDTH * seconds / reasons[0][1]))
            bars.add_row(f"    {name}", bar, words.duration(seconds))
        parts += [f"  {_(words.REASONS_TITLE)}", bars]
    return parts


def _event_lines(events: Sequence[RecordedEvent], tz: tzinfo | None) -> list[RenderableType]:
    rows = words.event_rows(events, tz)
    if not rows:
        return []
    grid = _grid()
    shown = rows[-_MAX_EVENTS:]
    if len(rows) > len(shown):
        grid.add_row("", words.earlier(len(rows) - len(shown)))
    for at, name, detail in shown:
        grid.add_row(f"  {at}", f"{name} ({detail})" if detail else name)
    return [_heading(_("What happened")), grid, ""]

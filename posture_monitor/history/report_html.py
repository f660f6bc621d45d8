"""The report as one HTML file: opens offline, light or dark, prints, and runs no script."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from posture_monitor.core.stats.rounding import scale_top
from posture_monitor.history.timelines import days_chart, timeline_chart
from posture_monitor.wording import report_words as words
from posture_monitor.wording.language import _, current

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import tzinfo

    from posture_monitor.core.stats.summary import Summary
    from posture_monitor.domain import Interval, RecordedEvent

# Contrast of text is at least 4.5 : 1 in both schemes; states differ in height too.
_STYLE = """
:root { color-scheme: light dark;
  --paper: #fff; --ink: #1d2630; --soft: #566270; --line: #d8dee4; --card: #f5f7f9;
  --sitting: #1f78a8; --standing: #3a8f4d; --away: #8a94a0; --break: #7a5fb5;
  --unknown: #c9a227; --strain: #c4432d; }
@media (prefers-color-scheme: dark) { :root {
  --paper: #14181d; --ink: #e6eaee; --soft: #a0abb6; --line: #38424c; --card: #1d242b;
  --sitting: #4fb0e0; --standing: #6cc780; --away: #77828d; --break: #a991e3;
  --unknown: #d9b94a; --strain: #f0755d; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 60rem; background: var(--paper);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p { margin: .25rem 0; }
.soft { color: var(--soft); }
.damaged { border-left: 4px solid var(--strain); padding-left: .75rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr));
  gap: .75rem; margin: 1.25rem 0; padding: 0; }
.tiles div { background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
  padding: .75rem 1rem; }
.tiles dt { color: var(--soft); font-size: .875rem; }
.tiles dd { margin: 0; font-size: 1.375rem; font-weight: 600; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr));
  gap: 0 2.5rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; font-weight: normal; padding: .25rem .75rem .25rem 0;
  border-bottom: 1px solid var(--line); vertical-align: top; }
tbody th { white-space: nowrap; }
thead th { color: var(--soft); font-size: .875rem; }
td.number, th.number { text-align: right; white-space: nowrap; }
td.bar { width: 40%; vertical-align: middle; }
td.bar div { background: var(--card); border-radius: 2px; }
td.bar span { display: block; height: .75rem; background: var(--strain); border-radius: 2px; }
svg { display: block; width: 100%; height: auto; }
svg rect { shape-rendering: crispEdges; }
svg text { fill: var(--soft); font: 12px system-ui, sans-serif; }
svg .grid { stroke: var(--line); }
svg .score { fill: none; stroke: var(--ink); stroke-width: 1.5; }
.sitting { fill: var(--sitting); } .standing { fill: var(--standing); }
.away { fill: var(--away); } .break { fill: var(--break); } .unknown { fill: var(--unknown); }
.strain { fill: var(--strain); } .lane { fill: var(--card); }
.scroll { overflow-x: auto; }
footer { margin-top: 2rem; padding-top: .75rem; border-top: 1px solid var(--line);
  color: var(--soft); font-size: .875rem; }
.facts { display: grid; grid-template-columns: 7rem minmax(0, 1fr); gap: .25rem 1rem;
  margin: 2rem 0 0; }
.facts dt { color: var(--soft); } .facts dd { margin: 0; }
.log { columns: 22rem 2; column-gap: 2.5rem; list-style: none; margin: 0; padding: 0; }
.log li { display: grid; grid-template-columns: 3.25rem minmax(0, 1fr); break-inside: avoid;
  padding: .25rem 0; border-bottom: 1px solid var(--line); }
.log time { color: var(--soft); font-variant-numeric: tabular-nums; }
@page { size: A4; margin: 11mm 13mm; }
@media print {
  :root { color-scheme: light; --paper: #fff; --ink: #1d2630; --soft: #566270; --line: #d8dee4;
    --card: #f5f7f9; --sitting: #1f78a8; --standing: #3a8f4d; --away: #8a94a0; --break: #7a5fb5;
    --unknown: #c9a227; --strain: #c4432d; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { padding: 0; max-width: none; font-size: 9pt; line-height: 1.3; }
  h1 { font-size: 14pt; } h2 { font-size: 10pt; margin: 3mm 0 1mm; break-after: avoid; }
  .tiles { grid-template-columns: repeat(4, 1fr); gap: 3mm; margin: 3mm 0; }
  .tiles div { padding: 1.5mm 3mm; } .tiles dt { font-size: 8pt; } .tiles dd { font-size: 12pt; }
  .pair { grid-template-columns: 1fr 1fr; gap: 0 8mm; }
  .facts { margin-top: 3mm; grid-template-columns: 18mm minmax(0, 1fr); gap: .5mm 2mm; }
  th, td { padding: .5mm 2mm .5mm 0; } .log li { padding: .3mm 0; }
  .log { columns: 3; column-gap: 5mm; font-size: 7.5pt; line-height: 1.2; }
  .log li { padding: .2mm 0; grid-template-columns: 9mm minmax(0, 1fr); }
  /* What scrolls can't be broken between pages and would be cut off. */
  .scroll { overflow: visible; }
  thead { display: table-header-group; }
  svg, tr, .tiles { break-inside: avoid; }
  footer { margin-top: 4mm; padding-top: 1mm; font-size: 8pt; break-inside: avoid; }
}
"""


def render_html(
    summary: Summary,
    intervals: Sequence[Interval],
    events: Sequence[RecordedEvent],
    *,
    tz: tzinfo | None = None,
    source: str | None = None,
) -> str:
    """The report as a document that needs nothing beside itself.

    `intervals` and `events` are those that the summary was made from.
    """
    title = _("Posture report: {range}", range=words.range_name(summary))
    body = [f"<h1>{escape(title)}</h1>", _paragraph(words.source_name(source), soft=True)]
    if summary.damaged_days:
        body.append(f'<p class="damaged">{escape(words.damaged_remark(summary.damaged_days))}</p>')
    body += _body(summary, intervals, events, tz) if summary.days else _nothing()
    body.append(
        f"<footer><p>{escape(_(words.NO_DEVICE))} {escape(_(words.SEE_A_DOCTOR))}</p></footer>"
    )
    return (
        '<!doctype html>\n<html lang="' + current() + '">\n<head>\n<meta charset="utf-8">\n'
        # The page may load nothing and run nothing, whatever stands in it.
        '<meta http-equiv="Content-Security-Policy"'
        " content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def _nothing() -> list[str]:
    rows = "".join(
        f"<tr><td><code>{escape(command)}</code></td><td>{escape(_(purpose))}</td></tr>"
        for command, purpose in words.WHAT_TO_DO
    )
    return [
        _paragraph(_(words.NOTHING_RECORDED)),
        "<h2>" + escape(_("What you can do")) + "</h2>",
        _table(rows),
    ]


def _body(
    summary: Summary,
    intervals: Sequence[Interval],
    events: Sequence[RecordedEvent],
    tz: tzinfo | None,
) -> list[str]:
    one_day = len(summary.days) == 1
    parts = [_tiles(summary)]
    if one_day:
        parts.append(_section(_("Timeline"), timeline_chart(intervals, tz)))
    else:
        days = _table(
            "".join(_row(words.day_row(day)) for day in summary.days),
            header=map(_, words.DAY_HEADER),
        )
        parts.append(
            _section(_("Days"), _paragraph(words.days_sentence(summary), soft=True) + days)
        )
        parts.append(_section(_("Timeline"), days_chart(intervals, tz)))
    times = [*words.time_rows(summary), *((*row, "") for row in words.sitting_rows(summary))]
    posture = "".join(_row(row, numbers=False) for row in _posture_rows(summary))
    parts.append(
        '<div class="pair">'
        + f"<div>{_section(_('Times'), _table(''.join(map(_row, times))))}{_facts(summary)}</div>"
        + _section(
            _("Posture"),
            _table(posture)
            + _paragraph(_("Score: {legend}.", legend=_(words.SCORE_LEGEND)), soft=True)
            + _reasons(summary),
        )
        + "</div>"
    )
    happened = words.event_rows(events, tz) if one_day else []
    if happened:
        parts.append(_section(_("What happened"), _log(happened)))
    return parts


def _facts(summary: Summary) -> str:
    """What is told in a sentence each."""
    facts = (
        (_("Breaks"), words.break_sentence(summary.breaks)),
        (_("Reminders"), words.reminder_sentence(summary)),
        (_("Drinks"), words.drinks_sentence(summary.drinks)),
    )
    told = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in facts)
    return f'<dl class="facts">{told}</dl>'


def _log(rows: Iterable[tuple[str, str, str]]) -> str:
    """Each event with its time, in columns."""
    lines = "".join(
        f"<li><time>{escape(at)}</time><span><span>{escape(name)}</span>"
        + (f' <span class="soft">{escape(detail)}</span>' if detail else "")
        + "</span></li>"
        for at, name, detail in rows
    )
    return f'<ol class="log">{lines}</ol>'


def _tiles(summary: Summary) -> str:
    tiles = "".join(
        f"<div><dt>{escape(label)}</dt><dd>{escape(value)}</dd></div>"
        for label, value in words.tiles(summary)
    )
    return f'<dl class="tiles">{tiles}</dl>'


def _reasons(summary: Summary) -> str:
    reasons = words.reason_rows(summary)
    if not reasons or not summary.judged_s:
        return ""
    scale = scale_top(reasons[0][1] / summary.judged_s)
    rows = "".join(
        f'<tr><td>{escape(name)}</td><td class="bar"><div>'
        f'<span style="width:{100.0 * seconds / summary.judged_s / scale:.1f}%"></span></div></td>'
        f'<td class="number">{escape(words.duration(seconds))}</td></tr>'
        for name, seconds in reasons
    )
    legend = _("A full bar is {share} of the judged time.", share=words.percent(scale))
    told = _paragraph(legend, soft=True)
    return f"<h2>{escape(_(words.REASONS_TITLE))}</h2>{_table(rows)}{told}"


def _section(title: str, content: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{content}</section>"


def _paragraph(text: str, *, soft: bool = False) -> str:
    return f'<p class="soft">{escape(text)}</p>' if soft else f"<p>{escape(text)}</p>"


def _table(rows: str, *, header: Iterable[str] = ()) -> str:
    head = "".join(
        f'<th scope="col"{_NUMBER if number else ""}>{escape(name)}</th>'
        for number, name in enumerate(header)
    )
    head = f"<thead><tr>{head}</tr></thead>" if head else ""
    return f'<div class="scroll"><table>{head}<tbody>{rows}</tbody></table></div>'


def _row(cells: Sequence[str], *, numbers: bool = True) -> str:
    first, *others = cells
    kind = _NUMBER if numbers else ""
    rest = "".join(f"<td{kind}>{escape(cell)}</td>" for cell in others)
    return f'<tr><th scope="row">{escape(first)}</th>{rest}</tr>'


_NUMBER = ' class="number"'


def _posture_rows(summary: Summary) -> list[tuple[str, str]]:
    """The score and, beside it, how much the person moved about."""
    return [*words.posture_rows(summary), *words.variety_rows(summary)]

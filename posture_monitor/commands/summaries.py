"""``summarize``: many analysed recordings in a small table."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from posture_monitor.analysis.summarizing import LEVELS, summarize
from posture_monitor.commands.arguments import Word
from posture_monitor.domain import Reason
from posture_monitor.system.tables import CsvTable
from posture_monitor.wording import analysis_words as words
from posture_monitor.wording.language import _
from posture_monitor.wording.names import REASONS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from posture_monitor.commands.context import Context

    Rows = Sequence[dict[str, Any]]

FORMATS = ("text", "csv", "parquet", "markdown", "json")
_WHOLE = {"videos", "days", "persons"}


def run_summarize(
    context: Context, folder: str, *, level: str, file_format: str, out: str | None
) -> None:
    """Print the table, or write it into a file."""
    rows = summarize(Path(folder), level)
    content = written(rows, level, file_format)
    if out is None:
        context.show(content.decode().rstrip("\n"))
    else:
        context.say(str(context.write_out(out, content)))


def written(rows: Rows, level: str, file_format: str) -> bytes:
    """The table in this format; text and Markdown have its main columns."""
    if file_format == "json":
        document = {"schema": 1, "by": level, "rows": list(rows)}
        return (json.dumps(document, indent=2, allow_nan=False) + "\n").encode()
    if file_format == "csv":
        text = io.StringIO()
        table = CsvTable(text, list(rows[0]))
        for row in rows:
            table.add(row)
        return text.getvalue().encode()
    if file_format == "parquet":
        return _parquet(rows, level)
    cells = [_header(level), *(_cells(row, level) for row in rows)]
    return _markdown(cells) if file_format == "markdown" else _text(cells)


def _parquet(rows: Rows, level: str) -> bytes:
    import polars

    kinds: dict[str, Any] = dict.fromkeys(rows[0], polars.Float64)
    kinds |= dict.fromkeys(_WHOLE & set(rows[0]), polars.Int64)
    kinds |= dict.fromkeys(LEVELS[level], polars.String)
    file = io.BytesIO()
    polars.DataFrame(list(rows), schema=kinds).write_parquet(file)
    return file.getvalue()


def _header(level: str) -> list[str]:
    named = {
        "group": _("Group"),
        "person": _("Person"),
        "day": _("Day"),
        "video": _("Video"),
    }
    figures = [_("Videos"), _("Seen"), _("Present"), _("Judged"), _("Strained"), _("Score")]
    return [*(named[name] for name in LEVELS[level]), *figures, _("Most for")]


def _cells(row: dict[str, Any], level: str) -> list[str]:
    most = max(Reason, key=lambda reason: float(row[f"{reason}_s"]))
    return [
        *(row[name] or "–" for name in LEVELS[level]),
        str(row["videos"]),
        _("{hours:.1f} h", hours=row["observed_s"] / 3600.0),
        _("{hours:.1f} h", hours=row["present_s"] / 3600.0),
        "–" if row["coverage"] is None else f"{100.0 * row['coverage']:.0f} %",
        _ranged(row, "strained_share", 100.0, " %"),
        _ranged(row, "mean_score", 1.0, ""),
        REASONS[most] if row[f"{most}_s"] > 0.0 else "–",
    ]


def _ranged(row: dict[str, Any], name: str, factor: float, unit: str) -> str:
    """
    >>> _ranged({"x": 0.2, "x_low": 0.125, "x_high": 0.275}, "x", 100.0, " %")
    '20 % (12 to 28)'
    """
    value, low, high = (row[f"{name}{end}"] for end in ("", "_low", "_high"))
    if value is None:
        return "–"
    text = f"{factor * value:.0f}{unit}"
    if low is None:
        return text
    return _("{value} ({low:.0f} to {high:.0f})", value=text, low=factor * low, high=factor * high)


def _markdown(cells: list[list[str]]) -> bytes:
    lines = [[cell.replace("|", "\\|") for cell in line] for line in cells]
    lines.insert(1, ["---"] * len(cells[0]))
    return "".join(f"| {' | '.join(line)} |\n" for line in lines).encode()


def _text(cells: list[list[str]]) -> bytes:
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    ]
    note = _(words.SUMMARY_NOTE)
    return "".join(f"{line}\n" for line in (*lines, "", note)).encode()


def _add_summarize(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="DIR", help=_("results of analyze --format parquet"))
    parser.add_argument(
        "--by", choices=tuple(LEVELS), default="person", help=_("a row for each (person)")
    )
    parser.add_argument("--format", choices=FORMATS, default="text", help=_("of the table (text)"))
    parser.add_argument("--out", metavar="FILE", help=_("write it into this file"))


def _check_summarize(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    if arguments.format == "parquet" and arguments.out is None:
        parser.error(_(words.PARQUET_NEEDS_OUT))


def _summarize(context: Context, arguments: argparse.Namespace) -> None:
    run_summarize(
        context,
        arguments.folder,
        level=arguments.by,
        file_format=arguments.format,
        out=arguments.out,
    )


WORDS: dict[str, Word] = {"summarize": Word(_summarize, _add_summarize, _check_summarize)}

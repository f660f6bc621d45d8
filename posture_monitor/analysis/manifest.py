"""A table of recordings: which video, whose, and how to judge it.

The separator is the header's: comma, semicolon or tab; with a semicolon numbers may have a comma.
Paths count from the manifest's own folder. Every fault is told with the number of its line.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from posture_monitor.analysis.inputs import Found, is_below
from posture_monitor.analysis.job import Calibration, Labels
from posture_monitor.domain import (
    LEAST_DISTANCE_CM,
    LONGEST_NAME,
    MOST_DISTANCE_CM,
    ConfigError,
    PostureMonitorError,
)
from posture_monitor.system.failures import why
from posture_monitor.system.names import shown
from posture_monitor.wording import analysis_words as words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

COLUMNS = (
    "video",
    "person",
    "group",
    "day",
    "profile",
    "calibrate_video",
    "calibrate_from_s",
    "calibrate_until_s",
    "distance_cm",
    "mirror",
    "rotate",
)
"""Only the first must be there."""

_YES_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_TURNS = ("0", "90", "180", "270")


@dataclass(frozen=True, slots=True)
class Row:
    """One recording as the manifest tells it; None: as the settings and the command line say."""

    line: int
    found: Found
    labels: Labels = field(default_factory=Labels)
    profile: str | None = None
    calibration: Calibration | None = None
    mirror: bool | None = None
    rotate: str | None = None


class _Fault(PostureMonitorError):
    """What is wrong with a cell or a row."""


def read_manifest(file: Path) -> list[Row]:
    """Its rows in their order; ConfigError with the number of the line where one can't be used."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(words.NOT_UTF8, file=shown(file)) from error
    except (OSError, ValueError) as error:
        reason = why(error, file) if isinstance(error, OSError) else f"({error})"
        raise ConfigError(words.UNREADABLE_MANIFEST, file=shown(file), why=reason) from error
    rows: list[Row] = []
    lines: dict[Path, int] = {}
    for row in _rows(file, text):
        before = lines.setdefault(row.found.video, row.line)
        if before != row.line:
            fault = _Fault(words.VIDEO_TWICE, video=shown(row.found.video.name), line=before)
            raise _at(file, row.line, fault)
        rows.append(row)
    if not rows:
        raise ConfigError(words.NO_ROWS, file=shown(file))
    return rows


def _rows(file: Path, text: str) -> Iterator[Row]:
    separator = _separator(text)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=separator, strict=True)
    header: list[str] | None = None
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = _header(cells)
                continue
            if len(cells) > len(header):
                raise _Fault(words.TOO_MANY_CELLS)
            named = {name: cell.strip() for name, cell in zip(header, cells, strict=False)}
            yield _row(file, reader.line_num, named, decimal_comma=separator == ";")
    except (csv.Error, _Fault) as error:
        fault = error if isinstance(error, _Fault) else _Fault(words.NOT_A_CSV, why=error)
        raise _at(file, reader.line_num, fault) from None


def _at(file: Path, line: int, fault: _Fault) -> ConfigError:
    return ConfigError(words.AT_LINE, file=shown(file), line=line, fault=fault)


def _separator(text: str) -> str:
    """The one that the header has most of; a comma where it has one column alone.

    >>> _separator("video;person"), _separator("video"), _separator("video\\tday,x\\tperson")
    (';', ',', '\\t')
    """
    header = next(iter(text.lstrip().splitlines()), "")
    return max(",;\t", key=header.count)


def _header(cells: list[str]) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    known = ", ".join(COLUMNS)
    for name in names:
        if name not in COLUMNS:
            raise _Fault(words.UNKNOWN_COLUMN, name=shown(name) or '""', columns=known)
        if names.count(name) > 1:
            raise _Fault(words.TWICE_COLUMN, name=name)
    if "video" not in names:
        raise _Fault(words.NO_VIDEO_COLUMN, columns=known)
    return names


def _row(file: Path, line: int, cells: Mapping[str, str], *, decimal_comma: bool) -> Row:
    folder = file.absolute().parent
    video = _path(folder, cells.get("video", ""))
    if video is None:
        raise _Fault(words.NO_VIDEO_CELL)
    root = folder if is_below(video, folder) else video.parent
    profile = cells.get("profile") or None
    calibration = _calibration(folder, video, cells, decimal_comma=decimal_comma)
    if profile is not None and calibration is not None:
        raise _Fault(words.PROFILE_AND_INTERVAL)
    mirror, rotate = cells.get("mirror", ""), cells.get("rotate", "")
    if mirror and mirror.lower() not in _YES_NO:
        raise _Fault(words.NOT_YES_OR_NO, value=shown(mirror))
    if rotate and rotate not in _TURNS:
        raise _Fault(words.NOT_A_TURN, value=shown(rotate))
    return Row(
        line=line,
        found=Found(video, root),
        labels=Labels(_label(cells, "person"), _label(cells, "group"), _day(cells.get("day", ""))),
        profile=profile,
        calibration=calibration,
        mirror=_YES_NO[mirror.lower()] if mirror else None,
        rotate=rotate or None,
    )


def _path(folder: Path, cell: str) -> Path | None:
    return folder / cell if cell else None


def _label(cells: Mapping[str, str], column: str) -> str:
    label = cells.get(column, "")
    if len(label) > LONGEST_NAME or not label.isprintable():
        raise _Fault(words.NOT_A_LABEL, column=column, most=LONGEST_NAME)
    return label


def _day(cell: str) -> str:
    if not cell:
        return ""
    try:
        return date.fromisoformat(cell).isoformat()
    except ValueError:
        raise _Fault(words.NOT_A_DAY, value=shown(cell)) from None


def _calibration(
    folder: Path, video: Path, cells: Mapping[str, str], *, decimal_comma: bool
) -> Calibration | None:
    def number(column: str) -> float | None:
        cell = cells.get(column, "")
        try:
            value = float(cell.replace(",", ".") if decimal_comma else cell) if cell else None
        except ValueError:
            value = math.nan
        if value is not None and not 0.0 <= value < math.inf:
            raise _Fault(words.NOT_A_NUMBER, column=column, value=shown(cell))
        return value

    from_s, until_s = number("calibrate_from_s"), number("calibrate_until_s")
    distance_cm = number("distance_cm")
    if until_s is not None and until_s <= (from_s or 0.0):
        raise _Fault(words.END_BEFORE_START)
    if distance_cm is not None and not LEAST_DISTANCE_CM <= distance_cm <= MOST_DISTANCE_CM:
        raise _Fault(
            words.NOT_A_DISTANCE,
            value=f"{distance_cm:g}",
            least=LEAST_DISTANCE_CM,
            most=MOST_DISTANCE_CM,
        )
    other = _path(folder, cells.get("calibrate_video", ""))
    if other is None and (from_s, until_s, distance_cm) == (None, None, None):
        return None
    return Calibration(video if other is None else other, from_s, until_s, distance_cm)

"""Figures kept as JSON beside the page, and the page that is written from them."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.floor import BUDGET_CALLS_PER_H, per_hour_s
from benchmarks.running import TARGETS
from posture_monitor import __version__

Figures = dict[str, Any]

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
PACKAGES = ("ai-edge-litert", "opencv-contrib-python", "numpy")
PEAK_LIMIT_MB, PAGE_PEAK_LIMIT_MB = 140.0, 180.0
FIRST_LIMIT_S = 3.0
VIDEO_AIM = 60.0
LIGHTER_AIM = 25.0

INTRODUCTION = """# What it costs

Processor time, memory and reaction times of posture-monitor, measured, not estimated; and what
other programs of this kind need for the same pictures. `python -m benchmarks` makes everything
below again, `python -m benchmarks --quick` tries it out in a minute, `--help` says more.

Time is processor time (user and system), so that a busy machine disturbs little; figures that
are compared come from one run.
"""


def context(command: str) -> Figures:
    """Where, when, with what and by which command."""
    return {
        "command": command,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{_processor()}, {os.cpu_count()} cores, {platform.system()}",
        "python": platform.python_version(),
        "versions": {"posture-monitor": __version__} | {name: _version(name) for name in PACKAGES},
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def figures_file(page: Path) -> Path:
    """Beside the page, under its name."""
    return page.with_name("costs.json" if page.stem == "README" else f"{page.stem}.json")


def read_figures(page: Path) -> Figures:
    """What earlier runs measured; a part that is not run again keeps its figures."""
    try:
        found: Figures = json.loads(figures_file(page).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return found


def write(page: Path, figures: Figures, *, plot: bool) -> None:
    """The JSON and the page; what stands outside the markers stays."""
    figures_file(page).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    text = (
        page.read_text(encoding="utf-8") if page.exists() else f"{INTRODUCTION}\n{BEGIN}\n{END}\n"
    )
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    body = render(figures, plot=plot)
    page.write_text(f"{before}{BEGIN}\n{body}\n{END}{after}", encoding="utf-8")


def render(figures: Figures, *, plot: bool) -> str:
    """Everything between the markers."""
    parts = [_summary(figures)]
    if plot:
        parts.append("![CPU seconds an hour, ours and peers', on a logarithmic scale](costs.png)")
    for name, title, text in _SECTIONS:
        if name in figures:
            made = figures[name]["context"]
            versions = ", ".join(f"{key} {value}" for key, value in made["versions"].items())
            parts.append(
                f"## {title}\n\n{text(figures[name]['figures'], figures)}\n\n"
                f"<sub>`{made['command']}`, {made['date']}, {made['machine']}, "
                f"Python {made['python']}, {versions}</sub>"
            )
    return "\n\n".join(parts)


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Markdown.

    >>> print(table(("what", "s"), [("a", "1")]))
    | what | s |
    |---|---|
    | a | 1 |
    """
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(
        "|" + "|".join(row) + "|" if row[0] == "---" else "| " + " | ".join(row) + " |"
        for row in lines
    )


def cost_of(figures: Figures, film: str) -> Figures | None:
    """The row of ``running`` for a film."""
    costs = figures.get("running", {}).get("figures", {}).get("costs", [])
    return next((cost for cost in costs if cost["film"] == film), None)


def ours_s_per_h(figures: Figures) -> float | None:
    """The whole running program before a working person, else its frames alone."""
    working = cost_of(figures, "working")
    if working is not None:
        return float(working["cpu_s_per_h"])
    ours = figures.get("peers", {}).get("figures", {}).get("ours")
    return None if ours is None else float(ours["cpu_s_per_h"])


def _summary(figures: Figures) -> str:
    rows: list[tuple[str, ...]] = []

    def row(what: str, value: float | None, limit: float, unit: str, *, most: bool = True) -> None:
        if value is not None:
            met = value <= limit if most else value >= limit
            sign = "≤" if most else "≥"
            shown = f"{value:.1f} {unit}".rstrip()
            rows.append((what, shown, f"{sign} {limit:g} {unit}".rstrip(), "yes" if met else "no"))

    working = cost_of(figures, "working")
    for film, limit in TARGETS.items():
        cost = cost_of(figures, film)
        if cost is not None:
            row(f"running, {film}, above the bare loop", cost["cpu_s_per_h"], limit, "CPU-s/h")
    watched = [cost for film in TARGETS if (cost := cost_of(figures, film)) is not None]
    if watched:
        peak_mb = max(cost["peak_mb"] for cost in watched)
        row("peak memory, the worst film", peak_mb, PEAK_LIMIT_MB, "MB")
    if working is not None:
        row("peak memory, page open", working["with_page_peak_mb"], PAGE_PEAK_LIMIT_MB, "MB")
        row("start to first judgement", working["first_judgement_s"], FIRST_LIMIT_S, "s")
    for analysis in figures.get("video", {}).get("figures", {}).get("analyses", [])[-1:]:
        what = f"recorded video, {analysis['video_s'] / 60.0:g} min"
        row(what, analysis["times_real_time"], VIDEO_AIM, "× real time", most=False)
    ours = ours_s_per_h(figures)
    peers = [p for p in figures.get("peers", {}).get("figures", {}).get("rows", []) if _ran(p)]
    if ours and peers:
        lightest = min(peer["cpu_s_per_h"] for peer in peers)
        row("lighter than the lightest peer", lightest / ours, LIGHTER_AIM, "×", most=False)
    return table(("what", "measured", "aim", "met"), rows) if rows else "Nothing measured yet."


def _ran(peer: Figures) -> bool:
    return "cpu_s_per_h" in peer


def _running(own: Figures, _all: Figures) -> str:
    head = ("film", "above bare loop", "in all", "bare loop", "decoding loop", "looks/h",
            "model calls/h", "peak MB", "first judgement")  # fmt: skip
    rows = []
    for cost in own["costs"]:
        first = cost["first_judgement_s"]
        rows.append(
            (
                f"{cost['film']}, {cost['fps']:g} fps, {cost['window_s']:.0f} s",
                f"**{cost['cpu_s_per_h']:.1f}**",
                f"{cost['total_cpu_s_per_h']:.1f}",
                f"{cost['bare_cpu_s_per_h']:.1f}",
                f"{cost['decoding_cpu_s_per_h']:.1f}" if "decoding_cpu_s_per_h" in cost else "–",
                f"{cost['looks_per_h']:.0f}",
                f"{cost['model_calls_per_h']:.0f}",
                f"{cost['peak_mb']:.0f}",
                "–" if first is None else f"{first:.1f} s",
            )
        )
    text = (
        "CPU seconds an hour of the real `run` on 640x480 MJPEG over loopback HTTP, after"
        " start-up, at default settings. *still*: one picture with fresh noise. *working*: sways"
        " and glances aside every ten seconds, more than people do. *away*: an empty room. The"
        " bare loop grabs from the same stream in the same window and decodes nothing; the"
        " decoding loop lets OpenCV decode each picture as it grabs it, as it does by itself."
        "\n\n" + table(head, rows)
    )
    for cost in own["costs"]:
        if cost["with_page_peak_mb"] is not None:
            text += (
                f"\n\nWith the dashboard's first page open ({cost['film']}): "
                f"{cost['with_page_cpu_s_per_h']:.1f} CPU-s/h above the bare loop, "
                f"peak {cost['with_page_peak_mb']:.0f} MB."
            )
    return text


def _reactions(own: Figures, _all: Figures) -> str:
    return (
        "At the live cadence and with the gate; by the recordings' own clock, so that these are"
        " the same on any machine.\n\n" + str(own["table"])
    )


def _video(own: Figures, _all: Figures) -> str:
    head = ("640x480, 30 fps, H.264", "CPU s", "× real time on one core", "wall s", "peak MB")

    def row(found: Figures, what: str) -> tuple[str, ...]:
        return (
            what,
            f"{found['cpu_s']:.1f}",
            f"{found['times_real_time']:.0f}",
            f"{found['wall_s']:.1f}",
            f"{found['peak_mb']:.0f}",
        )

    rows = [row(found, f"{found['video_s'] / 60.0:.3g} min") for found in own["analyses"]]
    if "calm" in own:
        rows.append(row(own["calm"], f"{own['calm']['video_s'] / 60.0:.3g} min, calm"))
    for found in own["scaling"]:
        half_min = found["video_s"] / 120.0
        rows.append(row(found, f"2 × {half_min:.3g} min, `--workers {found['workers']}`"))
    return (
        "`analyze` at two samples a second, decoding and start of the program included. Eight"
        " people in turn, who change their posture every few seconds; *calm*: somebody who sits"
        " upright and glances aside. With workers the peak is that of the process that waits"
        " for them.\n\n" + table(head, rows)
    )


def _floor(own: Figures, everything: Figures) -> str:
    rows = [(name, f"{ms:.2f}") for name, ms in own["cpu_ms"].items()]
    text = table(("step", "CPU ms"), rows)
    working = cost_of(everything, "working")
    calls = BUDGET_CALLS_PER_H if working is None else working["model_calls_per_h"]
    floor_s = per_hour_s(own["cpu_ms"], calls)
    text += f"\n\nThe two models alone, {calls:.0f} times an hour: {floor_s:.1f} CPU-s/h."
    if working is not None and floor_s > 0.0:
        share = working["cpu_s_per_h"] / floor_s
        text += f" The running monitor costs {share:.2f} times that."
    return text


def _peers(own: Figures, everything: Figures) -> str:
    head = ("program", "its defaults", "CPU ms a frame", "frames/s", "% of a core", "CPU-s/h",
            "times ours")  # fmt: skip
    ours = own["ours"]
    ours_s = ours_s_per_h(everything) or ours["cpu_s_per_h"]
    rows = [
        (
            "**posture-monitor**",
            f"a frame a second or so, the model {ours['model_calls_per_h']:.0f} times an hour",
            f"{ours['cpu_ms_per_look']:.1f}",
            f"{ours['looks_per_h'] / 3600.0:.1f}",
            f"{ours['cpu_s_per_h'] / 36.0:.2f}",
            f"{ours['cpu_s_per_h']:.0f}",
            f"{ours['cpu_s_per_h'] / ours_s:.2f}",
        )
    ]
    for peer in own["rows"]:
        if not _ran(peer):
            rows.append((peer["peer"], peer["settings"], peer["why_not"], "", "", "", ""))
            continue
        rows.append(
            (
                peer["peer"],
                peer["settings"],
                f"{peer['cpu_ms_per_frame']:.1f}",
                f"{peer['frames_per_s']:.1f}",
                f"{peer['cpu_s_per_h'] / 36.0:.0f}",
                f"{peer['cpu_s_per_h']:.0f}",
                f"{peer['cpu_s_per_h'] / ours_s:.0f}",
            )
        )
    return (
        "The film *working* through each program's own, unchanged pipeline at its own pace, with"
        " ready pictures in place of a camera: capturing, windows and icons are not counted. Our"
        " row counts frames and judgement alike. The last column divides by what the whole running"
        f" posture-monitor costs ({ours_s:.0f} CPU-s/h), control, record and desktop included."
        "\n\n" + table(head, rows)
    )


def _memory(own: Figures, _all: Figures) -> str:
    rows = [
        (row["step"], f"{row['added_mb']:+.1f}", f"{row['rss_mb']:.1f}", f"{row['peak_mb']:.1f}")
        for row in own["rows"]
    ]
    return (
        "Resident memory after each step of starting up, each in a fresh process that takes all"
        " steps above, too.\n\n" + table(("step", "adds MB", "then MB", "peak MB"), rows)
    )


_SECTIONS: tuple[tuple[str, str, Callable[[Figures, Figures], str]], ...] = (
    ("running", "Running", _running),
    ("peers", "Beside other programs", _peers),
    ("floor", "The floor", _floor),
    ("video", "Recorded videos", _video),
    ("reactions", "Reactions", _reactions),
    ("memory", "Where the memory goes", _memory),
)

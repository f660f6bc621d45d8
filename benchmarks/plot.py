"""One picture of the costs: bars on a logarithmic scale, ours first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.results import cost_of

if TYPE_CHECKING:
    from pathlib import Path

OURS, OTHERS = "#2a6f97", "#b0b7bf"
_WORDS = {"working": "person working", "still": "person still", "away": "empty chair"}


def bars(figures: dict[str, Any]) -> list[tuple[str, float, bool]]:
    """(name, CPU seconds an hour, whether ours), from the lightest to the heaviest."""
    found = []
    for film, words in _WORDS.items():
        cost = cost_of(figures, film)
        if cost is not None and cost["cpu_s_per_h"] > 0.0:
            found.append((f"posture-monitor, {words}", float(cost["cpu_s_per_h"]), True))
    for peer in figures.get("peers", {}).get("figures", {}).get("rows", []):
        if "cpu_s_per_h" in peer:
            found.append((peer["peer"], float(peer["cpu_s_per_h"]), False))
    return sorted(found, key=lambda bar: bar[1])


def draw(figures: dict[str, Any], target: Path) -> bool:
    """Write the PNG; False where there is nothing to compare."""
    rows = bars(figures)
    if not any(ours for _, _, ours in rows) or all(ours for _, _, ours in rows):
        return False
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8.0, 0.55 * len(rows) + 1.3), dpi=120)
    names = [name for name, _, _ in rows]
    values = [value for _, value, _ in rows]
    colours = [OURS if ours else OTHERS for _, _, ours in rows]
    axes.barh(names, values, color=colours, height=0.62)
    axes.set_xscale("log")
    axes.set_xlim(1.0, max(values) * 4.0)
    axes.invert_yaxis()
    for place, value in enumerate(values):
        axes.text(value * 1.08, place, f"{value:.0f} s", va="center", fontsize=10)
    axes.set_xlabel("processor time for each hour of watching, in seconds (logarithmic)")
    axes.set_title("Less is better: what watching costs", loc="left", fontsize=12)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.tight_layout()
    figure.savefig(target)
    pyplot.close(figure)
    return True

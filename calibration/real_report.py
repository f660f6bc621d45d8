"""What real people's stills come to, as a part of the report: tables and a plot, no pictures."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from calibration.real import (
    GAP_RULE,
    HOLD_S,
    ROLL_RULE,
    Figures,
    Result,
    angle,
    figures,
    named,
    present,
    share,
    yardstick_figures,
)
from posture_monitor.core.judge.scoring import PENALTY_AT_THRESHOLD

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from posture_monitor.domain import Sample


def _line(name: str, of: Figures) -> str:
    values = (of.judged, of.recall, of.specificity, of.right, of.auc)
    return f"| {name} | " + " | ".join("" if np.isnan(v) else f"{v:.3f}" for v in values) + " |"


_HEADINGS = (
    "| rule | judged | recall | specificity | right | AUC |",
    "|---|---|---|---|---|---|",
)


def section(results: Sequence[Result]) -> list[str]:
    """What leads the report: real people, a row a session and rule."""
    posture = [result for result in results if result.stretch.kind in ("laptop", "slouch", "desk")]
    lines = [
        "## Real people",
        "",
        f"{len({r.stretch.person for r in results})} people and sessions, "
        f"{sum(len(r.samples) for r in results)} stills, each held for {HOLD_S:g} s; calibrated on "
        "one upright stretch of the same session. *Right* is balanced between strained and "
        "upright over all stills, one that isn't judged counting as not right. Stills are "
        "near-duplicates of their neighbours: a session counts as one, whatever its length. The "
        "two rules of one line are the yardstick. The weights of slouch, forward head, leans, "
        "tilt and turn were chosen while looking at these sessions, so expect less on others.",
        "",
    ]
    for result in posture:
        name = result.stretch.name
        if result.baseline is None:
            lines += [f"**{name}**: calibration refused ({result.refusal}).", ""]
            continue
        lines += [f"**{name}** ({len(result.samples)} stills)", "", *_HEADINGS]
        lines.append(_line("shipped judgement", figures(result)))
        lines += [
            _line(rule.name, yardstick_figures(result, rule)) for rule in (GAP_RULE, ROLL_RULE)
        ]
        lines.append("")
    lines += ["![Scores of real people](real.png)", ""]
    return [*lines, *_desk_section(posture), *_wrong_section(posture), *_heads_section(results)]


def _desk_section(results: Sequence[Result]) -> list[str]:
    desk = [result for result in results if result.stretch.kind == "desk"]
    if not desk:
        return []
    upright = [s.strained is True for r in desk for still, s in r.samples if not still.strained]
    lines = [
        f"Upright at a desk called strained: {share(upright):.3f} of {len(upright)} stills.",
        "",
        "| posture | its reason named | stills |",
        "|---|---|---|",
    ]
    for label in ("lean_left", "lean_right", "head_tilt_left", "head_tilt_right"):
        hits, total = (sum(pair) for pair in zip(*(named(r, label) for r in desk), strict=True))
        if total:
            lines.append(f"| {label} | {hits / total:.3f} | {total} |")
    return [*lines, ""]


def wrong(result: Result) -> dict[str, list[Sample]]:
    """The samples that are called wrongly or not judged, by label."""
    found: dict[str, list[Sample]] = {}
    for still, sample in result.samples:
        if not sample.judged or sample.strained is not still.strained:
            found.setdefault(still.label, []).append(sample)
    return found


def _wrong_section(results: Sequence[Result]) -> list[str]:
    """What was measured where the judgement is wrong: why it could not know better."""
    lines = [
        "What was measured in the stills that are called wrongly, against the calibration "
        "(medians; thresholds alone: gap 0.07, lean 6.7 with a level head, roll 8.3 degrees):",
        "",
        "| session | posture | wrong | unjudged | gap loss | lean | roll | shoulder tilt | said |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for result in results:
        if result.baseline is None:
            continue
        of_label = Counter(still.label for still, _ in result.samples)
        for label, samples in sorted(wrong(result).items()):
            said = Counter(reason for sample in samples for reason in sample.reasons)
            measured = (
                _median([GAP_RULE.strained(sample, result.baseline) for sample in samples], 3),
                *(
                    _median([getattr(sample.metrics, name) for sample in samples], 1)
                    for name in ("lateral_lean_deg", "head_roll_deg", "shoulder_tilt_deg")
                ),
            )
            unjudged = sum(not sample.judged for sample in samples)
            told = ", ".join(f"{reason} {count}" for reason, count in said.most_common())
            lines.append(
                f"| {result.stretch.name} | {label} | {len(samples)} of {of_label[label]} | "
                f"{unjudged} | {' | '.join(measured)} | {told} |"
            )
    return [*lines, ""]


def _median(values: Sequence[float | None], digits: int) -> str:
    known = [value for value in values if value is not None]
    return f"{np.median(known):+.{digits}f}" if known else ""


def plot(results: Sequence[Result], file: Path) -> None:
    """Each session's scores, upright and strained; nobody's picture."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    shown = [r for r in results if r.stretch.kind in ("laptop", "slouch", "desk") and r.samples]
    random = np.random.default_rng(0)
    figure, axes = plt.subplots(figsize=(8, 0.5 * len(shown) + 1.2), layout="constrained")
    for row, result in enumerate(reversed(shown)):
        for strained, colour in ((False, "tab:blue"), (True, "tab:orange")):
            scores = [
                sample.score
                for still, sample in result.samples
                if still.strained is strained and sample.score is not None
            ]
            height = row + (0.18 if strained else -0.18) + random.uniform(-0.1, 0.1, len(scores))
            axes.scatter(
                scores,
                height,
                s=8,
                color=colour,
                alpha=0.5,
                linewidths=0,
                label=("strained" if strained else "upright") if row == 0 else None,
            )
    axes.axvline(100.0 - PENALTY_AT_THRESHOLD, color="0.5", linestyle=":")
    axes.set_yticks(range(len(shown)), [r.stretch.name for r in reversed(shown)])
    axes.set(xlabel="score (dotted: the threshold of one reason)", xlim=(-2, 102))
    figure.legend(loc="outside upper center", ncols=2)
    figure.savefig(file, dpi=110)
    plt.close(figure)


def _heads_section(results: Sequence[Result]) -> list[str]:
    lines: list[str] = []
    for kind in ("near", "seated"):
        heads = [result for result in results if result.stretch.kind == kind]
        if not heads:
            continue
        refused = sum(result.baseline is None for result in heads)
        for name in ("head_yaw_deg", "head_pitch_deg"):
            found = angle(heads, name)
            lines.append(
                f"| {kind} | {len(heads) - refused} of {len(heads)} | {present(heads):.3f} | "
                f"{name} | {found.slope:.2f} | {found.r:.3f} | {found.samples} |"
            )
    if not lines:
        return []
    return [
        "Heads turned to marks (nominal angles; people look with their eyes too):",
        "",
        "| picture | calibrated | present | angle | slope | r | stills |",
        "|---|---|---|---|---|---|---|",
        *lines,
        "",
    ]

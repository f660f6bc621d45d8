"""Fits the weights of the evidence for each reason, leaving one person out at a time.

    python -m calibration.fit            # report only
    python -m calibration.fit --write    # and write posture_monitor/core/judge/fitted.py

For each reason a logistic regression (L-BFGS-B of SciPy, small ridge penalty) separates the
posture that it names from upright work, and with less weight from the other postures. The
signs of the weights are bound to what the evidence can mean, so that the fit can't learn a
trick of the renderer. Divided by its intercept the regression becomes a severity: 0 at the
baseline, 1 where strained and upright are equally likely.
"""

from __future__ import annotations

import argparse
import math
import sys
from bisect import bisect_right
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import minimize

from calibration.extract import CACHE, observations, upright_start
from calibration.judged import baseline_of
from calibration.recordings import REASONS_OF_LABEL, ROOT, UPRIGHT_LABELS, Recording, load
from posture_monitor.core.judge import presence, scoring
from posture_monitor.core.judge.presence import PresenceState
from posture_monitor.core.measure.features import Features, measure, smooth
from posture_monitor.core.measure.metrics import Deviation, deviate
from posture_monitor.core.session import SMOOTHING_TAU_S
from posture_monitor.domain import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

RIDGE = 0.0005

# Rendered people sit calmer than real ones: their samples of upright work count half as they are
# and half enlarged and shifted, so that the thresholds leave room for it. By how much is assumed.
UNREST = 1.5
SHIFTED: Mapping[str, float] = {
    "growth": 0.02,
    "sunk": 0.03,
    "aside": 0.03,
    "head_pitch_deg": 1.5,
    "head_roll_deg": 0.7,
}
"""Standard deviations, half of them the same for a whole recording: who sits down again sits
nearer, lower or further aside (shoulder widths), and holds the head otherwise."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Which evidence may speak for a reason: +1 only for it, -1 only against, 0 either way."""

    signs: dict[str, int]
    upright: float
    """How much worse a false call on upright work is than a missed posture."""
    others: float = 0.1
    """The same for naming it in another strained posture."""


RULES: dict[Reason, Rule] = {
    Reason.SLOUCH: Rule({"gap_loss": 1, "shoulder_drop": 1, "head_drop": 1}, 2.0),
    Reason.FORWARD_HEAD: Rule(
        {"gap_loss": 1, "forward": 1, "nearer": 1, "shoulder_drop": -1}, 1.2, others=0.2
    ),
    Reason.HEAD_DOWN: Rule({"nod": 1, "gap_loss": 1, "head_drop": 1}, 4.0, others=0.4),
    Reason.LEAN_IN: Rule({"nearer": 1, "trunk_growth": 1}, 4.0, others=0.4),
    Reason.LEAN_LEFT: Rule({"lean": 1}, 4.0),
    Reason.HEAD_TILT: Rule({"tilt": 1}, 4.0),
    Reason.SHOULDER_TILT: Rule({"raised": 1}, 2.3),
    Reason.SHRUG: Rule({"rise": 1, "gap_loss": 1, "outline_loss": 1, "head_sunk": -1}, 2.5),
    Reason.HEAD_TURN: Rule({"turn": 1}, 6.0),
}
"""Lean right is lean left with the sign turned; both share one weight."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Settled samples: evidence, label and person of each."""

    evidence: dict[str, NDArray[np.float64]]
    unrest: dict[str, NDArray[np.float64]]
    """The same samples with everything moved and enlarged; see UNREST."""
    labels: NDArray[np.str_]
    people: NDArray[np.str_]

    def named(self, reason: Reason) -> NDArray[np.bool_]:
        """Samples whose posture this reason names; leans count on both sides."""
        kin = {Reason.LEAN_LEFT, Reason.LEAN_RIGHT} if reason is Reason.LEAN_LEFT else {reason}
        return np.array([bool(kin & REASONS_OF_LABEL.get(str(x), set())) for x in self.labels])

    @property
    def upright(self) -> NDArray[np.bool_]:
        return np.isin(self.labels, sorted(UPRIGHT_LABELS))


def gather(recordings: Sequence[Recording]) -> Table:
    """The evidence of every settled sample with a label that means something."""
    rows: list[dict[str, float]] = []
    unrest: list[dict[str, float]] = []
    random = np.random.default_rng(0)
    labels: list[str] = []
    people: list[str] = []
    for recording in recordings:
        seen = observations(recording, CACHE)
        baseline = baseline_of(recording, upright_start(recording, CACHE))
        if baseline is None:
            print(f"{recording.name}: no baseline", file=sys.stderr)
            continue
        times = [row.t_s for row in recording.truth]
        settled = random.normal(0.0, math.sqrt(0.5), len(SHIFTED))
        state, previous, previous_s = PresenceState(), None, -1e9
        for observation in seen:
            state, unjudged = presence.step(state, observation, baseline)
            features = None if observation.pose is None else measure(observation.pose)
            if unjudged is not None or not isinstance(features, Features):
                continue
            gap_s = observation.t_s - previous_s
            previous = smooth(
                previous if gap_s < 3.0 else None, features, gap_s=gap_s, tau_s=SMOOTHING_TAU_S
            )
            previous_s = observation.t_s
            row = recording.truth[max(0, bisect_right(times, observation.t_s + 1e-3) - 1)]
            known = row.label in UPRIGHT_LABELS or row.label in REASONS_OF_LABEL
            calibrating = observation.t_s <= recording.calibration_end_s
            if row.moving or not row.present or not known or calibrating:
                continue
            deviation = deviate(previous, baseline.median)
            rows.append(scoring.evidence(deviation))
            shift = settled + random.normal(0.0, math.sqrt(0.5), len(SHIFTED))
            unrest.append(scoring.evidence(restless(deviation, shift)))
            labels.append(row.label)
            people.append(recording.person)
    return Table(_columns(rows), _columns(unrest), np.array(labels), np.array(people))


def _columns(rows: Sequence[dict[str, float]]) -> dict[str, NDArray[np.float64]]:
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def restless(deviation: Deviation, shift: NDArray[np.float64]) -> Deviation:
    """The deviation of somebody less calm; ``shift`` has a standard normal value for each shift."""
    values: dict[str, Any] = {
        name: None if value is None else UNREST * value for name, value in asdict(deviation).items()
    }
    values["forward"] = (1.0 + deviation.forward) ** UNREST - 1.0
    moved = dict(zip(SHIFTED, shift * np.array(list(SHIFTED.values())), strict=True))
    for name, shares in {
        "growth": ("growth",),
        "sunk": ("head_drop", "shoulder_drop"),
        "aside": ("head_shift", "shoulder_shift"),
        "head_pitch_deg": ("head_pitch_deg", "nod_deg"),
        "head_roll_deg": ("head_roll_deg",),
    }.items():
        for share in shares:
            values[share] += float(moved[name])
    return Deviation(**values)


def _columns_of(
    table: dict[str, NDArray[np.float64]], reason: Reason, names: Iterable[str]
) -> NDArray[np.float64]:
    """Evidence side by side, shape (samples, names); a lean counts alike to either side."""
    columns = np.stack([table[name] for name in names], axis=1)
    return np.abs(columns) if reason is Reason.LEAN_LEFT else columns


def fit_reason(table: Table, reason: Reason, use: NDArray[np.bool_]) -> dict[str, float]:
    """The weights of one reason from the chosen samples."""
    rule = RULES[reason]
    named, upright = table.named(reason)[use], table.upright[use]
    others = ~named & ~upright
    weight = np.where(
        named,
        1.0 / max(int(named.sum()), 1),
        np.where(
            upright,
            0.5 * rule.upright / max(int(upright.sum()), 1),
            rule.others / max(int(others.sum()), 1),
        ),
    )
    columns = np.concatenate(
        [
            _columns_of(table.evidence, reason, rule.signs)[use],
            _columns_of(table.unrest, reason, rule.signs)[use][upright],
        ]
    )
    weight = np.concatenate([weight, weight[upright]])
    sign = np.concatenate([np.where(named, 1.0, -1.0), -np.ones(int(upright.sum()))])

    def loss(p: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = sign * (columns @ p[1:] + p[0])
        slope = -sign / (1.0 + np.exp(margin)) * weight
        value = float((weight * np.logaddexp(0.0, -margin)).sum() / weight.sum())
        gradient = np.concatenate([[slope.sum()], columns.T @ slope]) / weight.sum()
        gradient[1:] += 2.0 * RIDGE * p[1:]
        return value + RIDGE * float((p[1:] ** 2).sum()), gradient

    bounds: list[tuple[float | None, float | None]] = [(None, -0.1)]
    for allowed in rule.signs.values():
        bounds.append((0.0 if allowed > 0 else None, 0.0 if allowed < 0 else None))
    start = np.concatenate([[-1.0], np.array([0.1 * s for s in rule.signs.values()])])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return {
        name: round(float(value / -found[0]), 3)
        for name, value in zip(rule.signs, found[1:], strict=True)
        if abs(value / found[0]) >= 0.0005
    }


def fit_all(table: Table, use: NDArray[np.bool_]) -> dict[Reason, dict[str, float]]:
    """The weights of every reason from the chosen samples."""
    weights = {reason: fit_reason(table, reason, use) for reason in RULES}
    weights[Reason.LEAN_RIGHT] = weights[Reason.LEAN_LEFT]
    return weights


def _severity(table: Table, reason: Reason, weights: dict[str, float]) -> NDArray[np.float64]:
    total = np.zeros(len(table.labels))
    for weight, column in zip(
        weights.values(), _columns_of(table.evidence, reason, weights).T, strict=True
    ):
        total += weight * column
    return total


def report(table: Table) -> str:
    """Recall and false calls of each reason on people whom its fit has not seen."""
    lines = ["reason          recall  false on upright   (each person left out in turn)"]
    worst = np.zeros(len(table.labels))
    for reason in RULES:
        severity = np.zeros(len(table.labels))
        for person in np.unique(table.people):
            out = table.people == person
            weights = fit_reason(table, reason, ~out)
            severity[out] = _severity(table, reason, weights)[out]
        worst = np.maximum(worst, severity)
        called = severity >= 1.0
        lines.append(
            f"{reason:<15} {called[table.named(reason)].mean():6.2f}  "
            f"{called[table.upright].mean():10.4f}"
        )
    strained = ~table.upright
    called = worst >= 1.0
    lines.append(
        f"any: sensitivity {called[strained].mean():.3f}, "
        f"specificity {1 - called[~strained].mean():.3f}"
    )
    return "\n".join(lines)


def write(weights: dict[Reason, dict[str, float]], people: int, samples: int) -> None:
    """The module that the package loads."""
    path = ROOT / "posture_monitor" / "core" / "judge" / "fitted.py"
    lines = [
        '"""Weights of the evidence for each reason; written by ``python -m calibration.fit``.',
        "",
        f"Fitted on {samples} samples of {people} rendered people; see calibration/README.md for",
        "how, and calibration/report/ for how right it is. Not for editing by hand.",
        '"""',
        "",
        "from __future__ import annotations",
        "",
        "from typing import TYPE_CHECKING",
        "",
        "from posture_monitor.domain import Reason",
        "",
        "if TYPE_CHECKING:",
        "    from collections.abc import Mapping",
        "",
        "WEIGHTS: Mapping[Reason, Mapping[str, float]] = {",
    ]
    for reason in Reason:
        lines.append(f"    Reason.{reason.name}: {{")
        lines += [f'        "{name}": {value},' for name, value in weights[reason].items()]
        lines.append("    },")
    lines += ["}", ""]
    path.write_text("\n".join(lines), encoding="utf-8")


def main(argv: Sequence[str] | None = None) -> int:
    """Fit, report, and write if asked."""
    parser = argparse.ArgumentParser(prog="python -m calibration.fit", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the package's constants")
    arguments = parser.parse_args(argv)
    table = gather([r for r in load() if not r.special])
    print(report(table))
    everyone = np.ones(len(table.labels), dtype=bool)
    weights = fit_all(table, everyone)
    for reason, found in weights.items():
        print(f"{reason:<15} {found}")
    if arguments.write:
        write(weights, len(np.unique(table.people)), len(table.labels))
    return 0


if __name__ == "__main__":
    sys.exit(main())

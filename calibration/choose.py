"""Chooses each reason's threshold by the worst session of real and rendered people.

    python -m calibration.choose --real DIR

``fit.py`` weighs a reason's pieces of evidence against each other; here one factor a reason is
chosen for all of them. A session of real people and a rendered person count alike, and the few
that come out worst decide, not the mean. Each is also left out in turn: the factors are then
chosen on the others, and how right they are about the one that was left out says what to expect
of somebody new.
"""

from __future__ import annotations

import argparse
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import numpy as np

from calibration import judged, real
from calibration.extract import CACHE, observations, upright_start
from calibration.recordings import RENDERS, ROOT, load
from posture_monitor.config import Settings
from posture_monitor.core import session
from posture_monitor.core.judge import scoring
from posture_monitor.core.session import SessionState, Setup
from posture_monitor.domain import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from posture_monitor.core.judge.baseline import Baseline
    from posture_monitor.core.measure.features import Features
    from posture_monitor.core.measure.metrics import Deviation
    from posture_monitor.domain import Observation

REPORT = ROOT / "calibration" / "report" / "thresholds.md"
_TITLE = """# Thresholds, each session left out

*Right* is balanced between strained and upright, a sample that isn't judged counting as not right;
chosen by the four worst of the other sessions."""
FACTORS = tuple(round(0.6 + 0.05 * step, 2) for step in range(19))
"""0.6 to 1.5: a threshold at two thirds of the evidence, or at one and two thirds."""
_WORST = 4
"""That many of the worst sessions decide together: one alone leaves most factors without a say."""
_MEAN_SHARE = 0.25
_KEEP = 1e-4
"""A factor that changes nothing stays near 1."""
_PASSES = 3
_GROUPS: tuple[tuple[Reason, ...], ...] = (
    (Reason.SLOUCH,),
    (Reason.FORWARD_HEAD,),
    (Reason.HEAD_DOWN,),
    (Reason.LEAN_IN,),
    (Reason.LEAN_LEFT, Reason.LEAN_RIGHT),
    (Reason.HEAD_TILT,),
    (Reason.SHOULDER_TILT,),
    (Reason.SHRUG,),
    (Reason.HEAD_TURN,),
)
"""Reasons that share a factor."""


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """One session's samples and what is true of them."""

    name: str
    severities: NDArray[np.float64]
    """Shape (samples, groups + 1): with the shipped weights, the last by the tired seat. A sample
    that is not judged has NaN."""
    strained: NDArray[np.bool_]

    def right(self, factors: Sequence[float]) -> float:
        """Balanced share of right samples, one that is not judged counting as not right."""
        worst = (self.severities * np.array([*factors, 1.0])).max(axis=1)
        called, calm = worst >= 1.0, worst < 1.0
        return float((called[self.strained].mean() + calm[~self.strained].mean()) / 2.0)


def _judged(seen: Iterable[Observation], baseline: Baseline) -> Iterator[NDArray[np.float64]]:
    """What each observation's judgement found before it was held against the threshold.

    The session's own way to it (smoothing, views, places) is used as it is, so its call of the
    scoring is listened to.
    """
    heard: list[tuple[float, ...]] = []
    judge = scoring.judge

    def listening(deviation: Deviation, spread: Features, **options: Any) -> scoring.Verdict:
        found = scoring.severities(deviation, spread, options["weights"])
        softened = options["softened"] or {}
        scale = {reason: options["sensitivity"] * softened.get(reason, 1.0) for reason in Reason}
        severest = [max(found[r] * scale[r] for r in group) for group in _GROUPS]
        heard.append((*severest, options["sunk"] * scale[Reason.SLOUCH]))
        return judge(deviation, spread, **options)

    state, setup = SessionState(), Setup(Settings(), baseline)
    for observation in seen:
        heard.clear()
        with mock.patch.object(scoring, "judge", listening):
            outcome = session.step(state, observation, setup)
        state = outcome.state
        row = heard[-1] if heard and outcome.sample.judged else [math.nan] * (len(_GROUPS) + 1)
        yield np.array(row)


def real_sessions(folder: Path) -> list[Session]:
    """Every stretch with strained and upright stills; the last sample of each still."""
    sessions = []
    for stretch in real.load(folder):
        if stretch.kind not in ("laptop", "slouch", "desk"):
            continue
        seen = real.see(stretch, CACHE)
        last: dict[int, NDArray[np.float64]] = {}
        rows = _judged(seen.judged, real.baseline_of(seen))
        for observation, row in zip(seen.judged, rows, strict=True):
            last[int(observation.t_s // real.HOLD_S)] = row
        strained = [stretch.judged[still].strained for still in sorted(last)]
        rows_of_stills = np.array([last[still] for still in sorted(last)])
        sessions.append(Session(stretch.name, rows_of_stills, np.array(strained)))
    return sessions


def rendered_people(renders: Path) -> list[Session]:
    """Every person of the calibration set, all clips together."""
    found: dict[str, tuple[list[NDArray[np.float64]], list[bool]]] = {}
    for recording in load(renders):
        if recording.special:
            continue
        start = upright_start(recording, CACHE)
        baseline = judged.baseline_of(recording, start)
        if baseline is None:
            continue
        seen = observations(recording, CACHE)
        rows, strained = found.setdefault(recording.person, ([], []))
        table = judged.judge(recording, seen, start=start)
        for one, row in zip(table, _judged(seen, baseline), strict=True):
            if one.counted:
                rows.append(row)
                strained.append(one.strained)
    return [
        Session(f"rendered {person}", np.array(rows), np.array(strained))
        for person, (rows, strained) in sorted(found.items())
    ]


def worth(sessions: Sequence[Session], factors: Sequence[float]) -> float:
    """What is made as large as possible: the worst sessions first."""
    rights = np.sort([one.right(factors) for one in sessions])
    off = float(np.abs(np.log(factors)).sum())
    return float(rights[:_WORST].mean() + _MEAN_SHARE * rights.mean()) - _KEEP * off


def choose(sessions: Sequence[Session]) -> list[float]:
    """One factor a group, by turns."""
    factors = [1.0] * len(_GROUPS)
    for _ in range(_PASSES):
        before = list(factors)
        for group in range(len(_GROUPS)):
            tries = [[*factors[:group], one, *factors[group + 1 :]] for one in FACTORS]
            factors = max(tries, key=lambda tried: worth(sessions, tried))
        if factors == before:
            break
    return factors


def report(sessions: Sequence[Session]) -> list[str]:
    """A table in Markdown: each session, as shipped and with factors that never saw it."""
    shipped = [1.0] * len(_GROUPS)
    lines = [
        "| session | samples | right, shipped weights | right, thresholds chosen without it |",
        "|---|---|---|---|",
    ]
    for one in sessions:
        others = [other for other in sessions if not _kin(one, other)]
        blind = one.right(choose(others))
        lines.append(
            f"| {one.name} | {len(one.strained)} | {one.right(shipped):.3f} | {blind:.3f} |"
        )
    chosen = choose(sessions)
    told = ", ".join(
        f"{group[0]} {factor:g}" for group, factor in zip(_GROUPS, chosen, strict=True)
    )
    return [*lines, "", f"Chosen on all of them, as factors of the shipped weights: {told}."]


def _kin(one: Session, other: Session) -> bool:
    """Whether they are of one session, with and without a tired seat."""
    return one.name.split(",")[0] == other.name.split(",")[0]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--real", type=Path, required=True, help="folder of real people")
    parser.add_argument(
        "--renders", type=Path, default=RENDERS, help="folder of the rendered calibration set"
    )
    parser.add_argument("--out", type=Path, default=REPORT, help="file for the table")
    arguments = parser.parse_args(argv)
    sessions = [*real_sessions(arguments.real), *rendered_people(arguments.renders)]
    lines = report(sessions)
    arguments.out.write_text("\n".join([_TITLE, "", *lines]) + "\n", encoding="utf-8")
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())

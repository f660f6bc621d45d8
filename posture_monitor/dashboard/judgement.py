"""A score as it is shown: its ring, what takes points off, and a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from posture_monitor.core.stats.rounding import whole_parts
from posture_monitor.dashboard import charts, figures
from posture_monitor.domain import Reason, State
from posture_monitor.wording import now_words, texts
from posture_monitor.wording import page_words as words
from posture_monitor.wording.language import _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup

_CLOSE_SCORE = 85.0
"""From here on the words call it as in the calibration (assumed)."""


@dataclass(frozen=True, slots=True)
class Penalty:
    """One reason that takes points off."""

    name: str
    points: int
    """As printed: the points of all add up to 100 less the printed score."""
    strained: bool
    """Past its threshold, not just noticed."""
    advice: str
    kind: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """How the person sits, as a page shows it."""

    ring: Markup
    penalties: tuple[Penalty, ...]
    split: Markup | None
    """The score and its penalties in one bar; None without a score."""
    verdict: str


def judged(
    score: float | None,
    reasons: Sequence[str],
    points: Mapping[str, float],
    state: str,
    *,
    unjudged: str,
    paused: bool = False,
) -> Judgement:
    """``points`` is what each reason takes off; ``unjudged`` says why there is no score."""
    penalties = _penalties(points, reasons, score)
    split = None
    if score is not None:
        parts = [(float(round(score)), "s-kept", _("{score:.0f} points kept", score=score))]
        parts += [(float(p.points), p.kind, f"{p.name} −{p.points}") for p in penalties]
        split = charts.split_bar(parts)
    largest = penalties[0].name if penalties else ""
    return Judgement(
        figures.score_ring(score, strained=bool(reasons)),
        penalties,
        split,
        _verdict(score, reasons, state, largest=largest, unjudged=unjudged, paused=paused),
    )


def _penalties(
    points: Mapping[str, float], reasons: Sequence[str], score: float | None
) -> tuple[Penalty, ...]:
    """The largest first; what is too small to be told by itself is told together."""
    names = sorted({*points, *reasons}, key=lambda word: -float(points.get(word, 0.0)))
    lost = [max(0.0, float(points.get(word, 0.0))) for word in names]
    told, rest = _as_printed(lost, score)
    known = {reason.value for reason in Reason}
    found = []
    for word, number in zip(names, told, strict=True):
        if not number and word not in reasons:
            continue
        advice = texts.advice_for(Reason(word)) if word in known else ""
        kind = charts.REASON_CLASSES.get(word, "r0")
        found.append(Penalty(words.reason_name(word), number, word in reasons, advice, kind))
    if rest:
        found.append(
            Penalty(_(now_words.SMALL_ONES), rest, strained=False, advice="", kind="r-rest")
        )
    return tuple(found)


def _as_printed(lost: Sequence[float], score: float | None) -> tuple[list[int], int]:
    """Whole points of each penalty, and of what the monitor did not tell by name."""
    if score is None:
        return [round(points) for points in lost], 0
    off = 100.0 - score
    *told, rest = whole_parts([*lost, max(0.0, off - sum(lost))], 100 - round(score))
    return told, rest


def _verdict(
    score: float | None,
    reasons: Sequence[str],
    state: str,
    *,
    largest: str,
    unjudged: str,
    paused: bool,
) -> str:
    if paused:
        return _("The camera is let go and nothing is recorded until you resume.")
    if state in (State.AWAY, State.BREAK):
        return _("You are not at the desk.")
    if score is None:
        if unjudged:
            return _("Your posture can’t be judged right now: {why}.", why=unjudged)
        return _("Your posture can’t be judged right now.")
    if reasons:
        return _("Strained: {reasons}.", reasons=words.reason_words(reasons))
    if score < _CLOSE_SCORE and largest:
        return _("Not strained; a little {largest}.", largest=largest)
    return _("As in your calibration, or close to it.")

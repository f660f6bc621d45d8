"""The page "Does it work for you?": what followed on reminders, and the own trial."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from starlette.routing import Route

from posture_monitor.core.stats.followed import LEAST_COUNT, Answer, answers, followed
from posture_monitor.core.stats.trial import DECISIONS, results
from posture_monitor.domain import ReminderKind
from posture_monitor.wording import effect_words as words

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from posture_monitor.core.stats.followed import Answers
    from posture_monitor.core.stats.trial import Result
    from posture_monitor.dashboard.desk import Desk

_WEEKS = 8


@dataclass(frozen=True, slots=True)
class Row:
    """What followed on one kind of reminder."""

    title: str
    count: int
    shares: tuple[tuple[str, str], ...]
    strain: str


@dataclass(frozen=True, slots=True)
class TrialRow:
    """How the trial of one kind stands."""

    title: str
    told: str


def routes(desk: Desk) -> list[Route]:
    def show(request: Request) -> Response:
        today = desk.records.today()
        intervals, events = desk.records.read(today - timedelta(weeks=_WEEKS), today)
        found = answers(followed(intervals, events))
        trial = results(intervals, events)
        return desk.page(
            request,
            "effect",
            weeks=_WEEKS,
            rows=[_row(kind, one) for kind, one in found.items()],
            trial=[_trial_row(one) for one in trial.values()],
            trial_on=desk.settings.reminders.trial,
            least=LEAST_COUNT,
            decisions=DECISIONS,
        )

    return [Route("/effect", show, methods=["GET"])]


def _row(kind: ReminderKind, found: Answers) -> Row:
    shares = tuple(
        (words.ANSWERS[answer], words.share(found.shares[answer]))
        for answer in Answer
        if answer in found.shares
    )
    strain = "" if found.strain_change is None else words.points(found.strain_change)
    return Row(words.KINDS[kind], found.count, shares, strain)


def _trial_row(result: Result) -> TrialRow:
    return TrialRow(words.KINDS[result.kind], words.trial_sentence(result))

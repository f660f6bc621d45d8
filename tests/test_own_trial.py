"""The own trial in the running monitor: what is withheld is neither shown nor recorded as due."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from posture_monitor.config import ReminderSettings, Settings
from posture_monitor.core.session import Outcome, SessionState
from posture_monitor.core.stats.trial import DECISIONS
from posture_monitor.domain import Detail, Event, EventKind, ReminderKind, StoreError
from posture_monitor.monitor.journal import Journal
from posture_monitor.monitor.trial import Trial, toss
from posture_monitor.wording.details import detail_words
from tests.builders import NINE, observe

if TYPE_CHECKING:
    from posture_monitor.domain import Interval, Notification

SHOWN = Detail(reminder=ReminderKind.BREAK, text="shown")
BREAK = Event(0.0, EventKind.BREAK_DUE, Detail(seconds=1800.0))


@dataclass
class Around:
    """Record, desktop and clock in one; notes what it is given."""

    name: str = "test"
    events: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)

    def notify(self, notification: Notification) -> None:
        self.shown.append(notification.title)

    def poll(self) -> tuple[()]:
        return ()

    def heartbeat(self, interval: Interval, *more: Interval) -> None:
        """Nothing of these here."""

    def event(self, at: datetime, event: Event) -> None:
        self.events.append(f"{event.kind} {detail_words(event)}")

    def monotonic_s(self) -> float:
        return 0.0

    def now(self) -> datetime:
        return NINE

    def sleep(self, seconds: float) -> None:
        """Never waited for."""

    def close(self) -> None:
        """Nothing is open."""


def journal_with(around: Around, trial: Trial, *, on: bool = True) -> Journal:
    rules = ReminderSettings(trial=on)
    return Journal(around, around, around, warn=pytest.fail, rules=rules, trial=trial)


def take(journal: Journal, *events: Event) -> None:
    state = SessionState()
    observation = observe(0.0)
    journal.take(Outcome(state, None, events), observation)  # type: ignore[arg-type]  # unused here
    journal.flush(state)


@pytest.mark.parametrize(
    ("withheld", "shown", "recorded"),
    [
        (False, ["Time for a break"], ["trial break;shown", "break_due 30 min of sitting"]),
        (True, [], ["trial break;withheld"]),
    ],
)
def test_a_break_under_trial_is_shown_or_withheld_by_the_coin(withheld, shown, recorded):
    around = Around()
    take(journal_with(around, Trial(dict, lambda: withheld)), BREAK)

    assert (around.shown, around.events) == (shown, recorded)


def test_without_the_trial_everything_is_shown_and_it_begins_when_it_is_switched_on():
    around = Around()
    journal = journal_with(around, Trial(dict, lambda: True), on=False)
    take(journal, BREAK)
    journal.use(Settings(reminders=ReminderSettings(trial=True)))
    take(journal, BREAK)

    assert around.shown == ["Time for a break"]
    assert around.events[-1] == "trial break;withheld"


def test_decisions_of_earlier_runs_count_and_the_last_one_ends_it():
    trial = Trial(lambda: {ReminderKind.BREAK: DECISIONS - 1}, lambda: True)
    first, second = trial.decide([BREAK]), trial.decide([BREAK])

    assert [detail_words(event) for event in first] == ["break;withheld"]
    assert second == (BREAK,)


def test_a_record_that_can_not_be_read_withholds_nothing():
    def broken():
        raise StoreError("no record")

    trial = Trial(broken, lambda: True)
    snoozed = Event(0.0, EventKind.SNOOZED)

    assert trial.decide([BREAK]) == (BREAK,)
    assert trial.decide([snoozed]) == (snoozed,)


def test_the_coin_is_fair_enough():
    assert 400 < sum(toss() for _ in range(1000)) < 600


def test_the_page_tells_how_the_trial_stands(tmp_path):
    from posture_monitor.history.store import Store
    from tests.dashboard.serving import NOW, serving
    from tests.dashboard.test_pages import visible

    with Store(tmp_path / "history.db") as store:
        run = store.begin_run("desk", live=True, profile=None, started_at=NOW)
        for number in range(3):
            at = NOW - timedelta(hours=number)
            run.event(at, Event(0.0, EventKind.TRIAL, SHOWN))
            run.event(at, Event(0.0, EventKind.BREAK_DUE, Detail(seconds=1800.0)))
    with serving(tmp_path) as served:
        told = visible(served.page("/effect"))

    assert "3 of 60 decisions made; the result is told at the end." in told
    assert "Breaks" in told

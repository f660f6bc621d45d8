"""Live state that several threads touch: what is written under the lock, and who comes first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from posture_monitor.config import ReminderSettings, Settings
from posture_monitor.domain import (
    Action,
    Closed,
    ConfigError,
    EventKind,
    Reason,
    ReminderKind,
    Response,
)
from posture_monitor.monitor import live
from posture_monitor.monitor.choosing import Chosen
from posture_monitor.monitor.state import Situation
from tests.builders import upright_baseline
from tests.desk_film import Film, command

FIRM = replace(Settings(), reminders=ReminderSettings(firm=True, most_skips=1))


class Overtaken:
    """A lock that another thread gets first, or as soon as it is free again."""

    def __init__(self, lock, *, before=None, after=None):
        self.lock, self.before, self.after, self.depth = lock, before, after, 0

    def __enter__(self):
        before, self.before = self.before, None
        if before is not None:
            before()
        self.depth += 1
        return self.lock.__enter__()

    def __exit__(self, *error):
        self.lock.__exit__(*error)
        self.depth -= 1
        if self.depth == 0 and self.after is not None:
            after, self.after = self.after, None
            after()


def overtake(film, **how):
    """Whatever takes the lock next is overtaken by this."""
    film.run._now.lock = Overtaken(film.run._now.lock, **how)
    return film.run._now


def test_of_two_who_snooze_a_firm_break_at_once_the_second_is_refused():
    film = Film([(10, "upright")], settings=FIRM)
    now = film.run._now
    now.session = replace(now.session, reminders=replace(now.session.reminders, breaks_ignored=2))
    overtake(film, before=lambda: film.run.command("snooze", {}))

    with pytest.raises(ConfigError, match="breaks are firm"):
        film.run.command("snooze", {})
    assert now.session.reminders.breaks_declined == 1


def test_a_break_that_is_skipped_by_another_thread_first_counts_once():
    film = Film([(10, "upright")], settings=FIRM)
    act = film.run._commands.act
    skip = Response(ReminderKind.BREAK, Action.SKIP, Closed.PRESSED)
    now = overtake(film, before=lambda: act(skip))

    with pytest.raises(ConfigError, match="breaks are firm"):
        act(skip)
    assert now.session.reminders.breaks_declined == 1


def test_a_pause_that_is_undone_at_once_is_recorded_before_it_is_undone():
    film = Film([(10, "upright")])
    now = overtake(film, after=lambda: film.run.command("resume", {}))
    film.run.command("pause", {})

    assert now.paused_until is None
    assert [kind for kind, _ in now.take_notes()] == [EventKind.PAUSED, EventKind.UNPAUSED]


def test_feedback_is_kept_for_the_profile_that_was_judged_by():
    film = Film([(10, "upright")])
    now = film.run._now
    now.alert_reasons = (Reason.SLOUCH,)

    def another_profile():
        now.chosen = Chosen("laptop", upright_baseline())

    overtake(film, after=another_profile)
    film.run.command("feedback", {})

    assert film.softened == [("desk", {"slouch": 0.9})]


class Watched(Situation):
    """A situation that notices who changes it without holding its lock."""

    def __init__(self, *how, **more):
        self.unlocked = None
        super().__init__(*how, **more)
        self.unlocked = set()

    def __setattr__(self, name, value):
        if self.__dict__.get("unlocked") is not None and not self.lock._is_owned():
            self.unlocked.add(name)
        super().__setattr__(name, value)


def test_everything_that_threads_share_is_changed_under_its_lock(monkeypatch):
    monkeypatch.setattr(live, "Situation", Watched)
    acts = [
        (2.5, command("snooze", minutes=1)),
        (3.5, command("drank")),
        (4.5, command("break", minutes=2)),
        (5.5, command("break_end")),
        (6.5, command("pause", minutes=1)),
        (8.5, command("resume")),
        (9.5, command("reload")),
        (10.5, command("calibrate")),
        (115.5, command("feedback")),
        (116.5, command("forget")),
    ]
    film = Film([(30, "upright"), (90, "slouched"), (10, "upright")], *acts)
    film.shown()

    assert {"paused", "unpaused", "calibrated", "posture_alert", "feedback"} <= {
        kind for _, kind, _ in film.events
    }
    assert film.run._now.unlocked == set()

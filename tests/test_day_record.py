"""A working day of eight hours, misread frames and all, from frames to what the report says.

It begins in the evening, so that midnight, the end of summer time, two corrections of the clock
and a suspend all fall into it.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from posture_monitor.config import ReminderSettings, Settings
from posture_monitor.core import session
from posture_monitor.core.session import SessionState, Setup, Surroundings
from posture_monitor.core.stats.summary import summarise
from posture_monitor.domain import State
from posture_monitor.history.report import render_json
from posture_monitor.history.store import Store
from posture_monitor.monitor.journal import Journal
from tests.builders import STANDING, observe, person, play, upright_baseline

MINUTE, HOUR = 60.0, 3600.0
BERLIN = ZoneInfo("Europe/Berlin")
BEGAN_AT = datetime(2026, 10, 24, 18, 0, tzinfo=UTC)
"""Eight in the evening; the clocks go back seven hours later."""
STEPS = ((3.5 * HOUR, -42.0), (6.5 * HOUR, 30.0))
"""When the wall clock was set, and by how much."""
SETUP = Setup(
    Settings(
        reminders=ReminderSettings(
            posture=False, move=False, breaks=False, stretch=False, water=False
        )
    ),
    upright_baseline(),
)

ABSENCES_S = (10, 20, 30, 45, 60, 90, 110, 130, 300, 600, 1800, 3600)
OTHERS = [(900.0, "suspended"), (1200.0, "standing"), (1500.0, "call"), (600.0, "dark")]
SAT_S = (8 * HOUR - sum(ABSENCES_S) - sum(seconds for seconds, _ in OTHERS)) / 17
DAY = [(SAT_S, "upright")]
for _length_s in ABSENCES_S[:6]:
    DAY += [(float(_length_s), "nobody"), (SAT_S, "upright")]
for _scene in OTHERS:
    DAY += [_scene, (SAT_S, "upright")]
for _length_s in ABSENCES_S[6:]:
    DAY += [(float(_length_s), "nobody"), (SAT_S, "upright")]
CUTS_S = [sum(seconds for seconds, _ in DAY[:n]) for n in range(len(DAY) + 1)]

UPRIGHT, UP = person(), person(**STANDING)
PHANTOMS = [person(aside_cm=way * 9.0, drop_cm=way, confidence=0.97) for way in (-3, -2, 0, 2, 3)]
MISSED, FACELESS, INVENTED = 0.02, 0.05, 0.25
"""Shares of frames in which the model sees nobody, only it sees a person, or invents one."""


def wall(t_s: float) -> datetime:
    """What the wall clock shows, in local time."""
    set_s = sum(step_s for at_s, step_s in STEPS if t_s >= at_s)
    return (BEGAN_AT + timedelta(seconds=t_s + set_s)).astimezone(BERLIN)


class Clock:
    """A clock that the film winds."""

    def __init__(self):
        self.t_s = 0.0

    def monotonic_s(self):
        return self.t_s

    def now(self):
        return wall(self.t_s)

    def sleep(self, seconds):
        raise AssertionError("nobody waits in a film")


class Mute:
    """Shows nothing, since nothing is due."""

    name = "mute"

    def notify(self, notification):
        raise AssertionError(notification)

    def poll(self):
        return ()

    def close(self):
        """Nothing is open."""


@dataclass
class Keyboard:
    """Touched every few seconds while somebody works, up to the moment they rise."""

    touched_s: float = 0.0

    def idle_s(self, t_s, word):
        if word in ("upright", "standing") or (word == "call" and t_s - self.touched_s > 45.0):
            self.touched_s = t_s
        return t_s - self.touched_s


def seen(t_s, word, chance):
    """What vision makes of that scene, with all its errors."""
    if word == "call":
        return session.blind(t_s, wall(t_s))
    luck = chance.random()
    if word == "nobody":
        observation = observe(t_s, chance.choice(PHANTOMS) if luck < INVENTED else None, faces=())
    elif word == "dark" or luck < MISSED:
        observation = observe(t_s, brightness=3.0 if word == "dark" else 128.0)
    else:
        pose = UP if word == "standing" else UPRIGHT
        observation = observe(t_s, pose, faces=() if luck < MISSED + FACELESS else None)
    return replace(observation, wall_at=wall(t_s))


def frames(fps):
    """More than one frame in two seconds only near a change: so the day takes seconds to play."""
    for t_s, word in play(DAY, fps):
        if t_s % 2.0 == 0.0 or min(abs(t_s - cut_s) for cut_s in CUTS_S) <= 15.0:
            yield t_s, word


def record(path, fps):
    """Watch the day and write it down as the running monitor does."""
    clock, keyboard, chance = Clock(), Keyboard(), random.Random(7)
    state, last, off = SessionState(), None, False
    with Store(path) as store:
        run = store.begin_run(source="camera", live=True, profile=None, started_at=wall(0.0))
        journal = Journal(run, Mute(), clock, warn=pytest.fail)
        for t_s, word in frames(fps):
            clock.t_s = t_s
            if word == "suspended":
                off = True
                continue
            around = Surroundings(idle_s=keyboard.idle_s(t_s, word), absent_before=off)
            last = seen(t_s, word, chance)
            outcome = session.step(state, last, SETUP, around)
            state, off = outcome.state, False
            journal.take(outcome, last)
        journal.finish(state, last)


def truth():
    """Seconds of each day in each state, as they were."""
    days = {}
    states = {"upright": State.SITTING, "call": State.SITTING, "standing": State.STANDING}
    for (start_s, end_s), (seconds, word) in zip(pairwise(CUTS_S), DAY, strict=True):
        absence = State.BREAK if seconds >= 120.0 else State.AWAY
        state = State.UNKNOWN if word == "dark" else states.get(word, absence)
        for t_s in range(int(start_s), int(end_s)):
            days.setdefault(wall(t_s).date().isoformat(), Counter())[state] += 1
    return days


def report(path):
    since, until = datetime(2026, 10, 24, tzinfo=BERLIN), datetime(2026, 10, 26, tzinfo=BERLIN)
    with Store(path) as store:
        found = summarise(
            store.intervals(since, until),
            store.events(since, until),
            since=since,
            until=until,
            tz=BERLIN,
        )
    return json.loads(render_json(found))


@pytest.fixture(scope="module")
def told_at(tmp_path_factory):
    """The report on the day when it is looked at this many times a second."""
    found = {}

    def told(fps):
        if fps not in found:
            path = tmp_path_factory.mktemp("day") / "history.db"
            record(path, fps)
            found[fps] = report(path)
        return found[fps]

    return told


@pytest.mark.parametrize("fps", [0.5, 4.0])
def test_eight_hours_reach_the_report_within_a_percent(told_at, fps):
    told = told_at(fps)
    true = sum(truth().values(), Counter())

    assert told["observed_s"] == pytest.approx(8 * HOUR, abs=0.01)
    assert told["sitting_s"] == pytest.approx(true[State.SITTING], rel=0.01)
    for state in (State.BREAK, State.AWAY, State.STANDING, State.UNKNOWN):
        # A look for each end of each scene, and the minute in which the dark may be a reader's.
        slack_s = 12 * 2.0 / min(fps, 1.0) + 60.0
        assert told[f"{state}_s"] == pytest.approx(true[state], abs=slack_s), state


def test_midnight_and_set_clocks_share_the_day_out_as_it_was(told_at):
    days = {day["date"]: day for day in told_at(0.5)["days"]}
    true = truth()

    assert list(days) == ["2026-10-24", "2026-10-25"]
    for date, day in days.items():
        assert day["observed_s"] == pytest.approx(sum(true[date].values()), abs=60.0)
        assert day["sitting_s"] == pytest.approx(true[date][State.SITTING], rel=0.01)


def test_only_absences_of_two_minutes_are_breaks_and_end_spells(told_at):
    told = told_at(0.5)
    spells = [spell["sitting_s"] for spell in told["spells"]]

    assert told["breaks"]["natural"] == 6  # five absences and the suspend
    # Short absences and ten minutes in the dark only pause, a call goes on; standing ends one.
    sat_s = [7 * SAT_S, SAT_S, 4 * SAT_S + 1500.0, *[SAT_S] * 5]
    assert spells == pytest.approx(sat_s, rel=0.01, abs=65.0)  # a minute in the dark

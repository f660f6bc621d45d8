"""What befalls a desk as films of the whole judgement: every event, and no other.

Lock, lid and suspend, a camera that a call has or that is lost, clocks that are set, breaks
that were due and breaks that were not.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from posture_monitor.config import PostureSettings, ReminderSettings, Settings
from posture_monitor.core import session
from posture_monitor.core.session import SessionState, Setup, Surroundings
from posture_monitor.domain import State
from tests.builders import NINE, observe, person, play, told, upright_baseline

pytestmark = pytest.mark.long

UPRIGHT = person()
SETUP = Setup(
    Settings(
        posture=PostureSettings(hold_s=30.0),
        # Who types all the time is told at once: pauses have tests of their own.
        reminders=ReminderSettings(
            move=False, stretch=False, water=False, break_every_min=30.0, wait_for_pause=False
        ),
    ),
    upright_baseline(),
)
STARTED = (0.0, "sitting_started", "")
S, A, B, U = State.SITTING, State.AWAY, State.BREAK, State.UNKNOWN
ABSENT = ("locked", "lid closed")
BLIND = ("call", "silent call", "lost")


class Film:
    """Plays scenes as the live loop does: at a locked screen nobody looks, but time passes."""

    def __init__(self, wall=lambda t_s: NINE + timedelta(seconds=t_s)):
        self.wall = wall
        self.state, self.events, self.record = SessionState(), [], {}

    def play(self, script, fps=1.0):
        absent, touched_s = False, 0.0
        for t_s, word in play(script, fps):
            if word == "suspended":
                absent = True
                continue
            if word in ("upright", "call"):
                touched_s = t_s
            around = Surroundings(idle_s=t_s - touched_s, absent_before=absent or word in ABSENT)
            absent = word in ABSENT
            self.observe(t_s, word, around)
        return self

    def observe(self, t_s, word, around):
        if word in (*ABSENT, *BLIND):
            seen = session.blind(t_s, self.wall(t_s))
        else:
            seen = observe(t_s, UPRIGHT if word == "upright" else None)
            seen = replace(seen, wall_at=self.wall(t_s))
        outcome = session.step(self.state, seen, SETUP, around)
        self.state = outcome.state
        self.events += outcome.events
        for interval in (*outcome.closed, *session.open_intervals(self.state)):
            self.record[interval.start_at] = interval

    @property
    def story(self):
        return told(self.events)

    @property
    def spent(self):
        """Seconds in each state."""
        sums = Counter()
        for interval in self.record.values():
            sums[interval.state] += interval.duration_s
        return {state: round(seconds, 3) for state, seconds in sums.items()}


@pytest.mark.parametrize("word", [*ABSENT, "suspended"])
def test_a_minute_of_lock_lid_or_suspend_only_pauses_the_spell(word):
    film = Film().play([(600, "upright"), (60, word), (600, "upright")])

    assert film.story == [STARTED]
    assert film.spent[S] + film.spent[A] == 1260.0
    assert film.spent[A] == pytest.approx(60.0, abs=1.0)
    assert film.state.sitting.sitting_s == film.spent[S]


@pytest.mark.parametrize("word", [*ABSENT, "suspended"])
def test_ten_minutes_of_lock_lid_or_suspend_are_a_break_and_end_the_spell(word):
    film = Film().play([(601, "upright"), (600, word), (600, "upright")])

    assert film.story == [
        STARTED,
        (600.0, "sitting_ended", "after 10 min of sitting"),
        (600.0, "break_started", ""),
        (1201.0, "break_ended", "after 10 min"),
        (1201.0, "sitting_started", ""),
    ]
    assert film.spent == {S: 1200.0, B: 601.0}


def test_a_key_pressed_just_before_the_screen_was_locked_keeps_nobody_in_the_chair():
    film = Film().play([(100, "upright"), (300, "locked")])

    assert film.spent == {S: 99.0, B: 301.0}


def test_a_call_that_takes_the_camera_runs_the_sitting_clock_on_and_brings_the_break():
    film = Film().play([(900, "upright"), (1200, "call"), (60, "upright")])

    assert film.story == [STARTED, (1800.0, "break_due", "30 min of sitting")]
    assert film.spent == {S: 2160.0}


def test_a_call_without_a_touch_for_a_minute_goes_on_and_is_unknown_from_then_on():
    short = Film().play([(300, "upright"), (50, "silent call"), (60, "upright")])
    long = Film().play([(300, "upright"), (300, "silent call"), (60, "upright")])

    assert short.story == long.story == [STARTED]
    assert short.spent == {S: 410.0}
    # The last touch at 299 s counts for a minute; then nobody knows until the camera is back.
    assert long.spent == {S: 360.0 + 60.0, U: 240.0}


def test_a_lost_camera_and_no_keyboard_end_the_spell_after_half_an_hour_without_a_break():
    film = Film().play([(600, "upright"), (2000, "lost"), (300, "upright")])

    assert film.story == [
        STARTED,
        (660.0, "sitting_ended", "after 11 min of sitting"),
        (2600.0, "sitting_started", ""),
    ]


BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = datetime(2026, 10, 25, 0, 50, tzinfo=UTC)
"""Ten minutes before the clocks of Berlin go back from three to two."""
WALLS = {
    "summer time ends": lambda t_s: (NIGHT + timedelta(seconds=t_s)).astimezone(BERLIN),
    "set back by 90 s": lambda t_s: NINE + timedelta(seconds=t_s - 90.0 * (t_s >= 700.0)),
    "set on by 90 s": lambda t_s: NINE + timedelta(seconds=t_s + 90.0 * (t_s >= 700.0)),
    "set on by a day": lambda t_s: NINE + timedelta(seconds=t_s + 86400.0 * (t_s >= 700.0)),
}


@pytest.mark.parametrize("what", WALLS)
def test_clocks_that_are_set_end_no_spell_make_no_break_and_change_no_duration(what):
    script = [(601, "upright"), (60, "nobody"), (300, "upright"), (300, "nobody"), (60, "upright")]
    film, steady = Film(WALLS[what]).play(script), Film().play(script)

    assert (
        film.story
        == steady.story
        == [
            STARTED,
            (961.0, "sitting_ended", "after 15 min of sitting"),
            (961.0, "break_started", ""),
            (1261.0, "break_ended", "after 5 min"),
            (1261.0, "sitting_started", ""),
        ]
    )
    assert film.spent == steady.spent == {S: 961.0, A: 60.0, B: 300.0}


def test_a_natural_break_counts_and_the_next_is_due_a_whole_period_later():
    film = Film().play([(1200, "upright"), (180, "nobody"), (1810, "upright")])

    assert film.story == [
        STARTED,
        (1200.0, "sitting_ended", "after 20 min of sitting"),
        (1200.0, "break_started", ""),
        (1380.0, "break_ended", "after 3 min"),
        (1380.0, "sitting_started", ""),
        (3180.0, "break_due", "30 min of sitting"),
    ]


def test_short_absences_pause_the_clock_that_calls_for_a_break():
    film = Film().play([*[(500, "upright"), (60, "nobody")] * 3, (400, "upright")])

    # After 1500 s of sitting in three parts 300 more are due.
    assert film.story == [STARTED, (1980.0, "break_due", "30 min of sitting")]
    assert film.spent == {S: 1900.0, A: 180.0}


def test_nobody_is_told_to_rise_right_after_coming_back():
    # The break is due ten seconds after a short absence; it waits two minutes.
    film = Film().play([(1790, "upright"), (60, "nobody"), (200, "upright")])

    assert film.story == [STARTED, (1970.0, "break_due", "32 min of sitting")]

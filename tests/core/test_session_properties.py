"""Whatever happens before the camera: no second is lost, counted twice, or made up."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posture_monitor.config import Settings
from posture_monitor.core import session
from posture_monitor.core.session import SessionState, Setup, Surroundings
from posture_monitor.domain import EventKind, State
from tests.builders import NINE, STANDING, observe, person, play, upright_baseline

pytestmark = pytest.mark.long

SETUP = Setup(Settings(), upright_baseline())
POSES = {"upright": person(), "aside": person(yaw_deg=40.0), "standing": person(**STANDING)}
FLUSH_S = 5.0
"""What is not older than this may be lost in a crash."""


class Record:
    """What a store keeps: an interval with a known start replaces the earlier one."""

    def __init__(self):
        self.intervals = {}

    def put(self, intervals):
        for interval in intervals:
            self.intervals[interval.start_at] = interval

    def totals(self):
        sums = defaultdict(float)
        for interval in self.intervals.values():
            sums[interval.state] += interval.duration_s
        return sums

    @property
    def observed_s(self):
        return sum(interval.duration_s for interval in self.intervals.values())


class Session:
    """One run of the monitor over scenes, its record flushed now and then."""

    def __init__(self, record, flush_s=0.0):
        self.record, self.flush_s = record, flush_s
        self.state, self.off, self.flushed_s, self.pending = SessionState(), False, None, []
        self.events, self.first_s, self.last_s = [], None, None

    def observe(self, t_s, word):
        if word in ("no frame", "suspended"):
            self.off = word == "suspended"
            return
        seen = observe(t_s, POSES.get(word), brightness=3.0 if word == "dark" else 128.0)
        around = Surroundings(
            idle_s=1.0 if word == "typing unseen" else None, absent_before=self.off
        )
        outcome = session.step(self.state, seen, SETUP, around)
        self.off, self.state = False, outcome.state
        self.events += outcome.events
        self.first_s, self.last_s = t_s if self.first_s is None else self.first_s, t_s
        self.pending += outcome.closed
        if self.flushed_s is None or t_s - self.flushed_s >= self.flush_s:
            self.record.put((*self.pending, *session.open_intervals(self.state)))
            self.flushed_s, self.pending = t_s, []

    @property
    def seen_s(self):
        """From the first to the last frame."""
        return 0.0 if self.first_s is None else self.last_s - self.first_s


def whole(script, fps, words=None):
    record = Record()
    run = Session(record)
    for t_s, word in play(script, fps):
        run.observe(t_s, word)
    return run, record


SEEN = ["upright", "aside", "standing", "nobody", "dark", "typing unseen"]
LENGTHS = [1.0, 4.0, 11.0, 40.0, 130.0]
scripts = st.lists(
    st.tuples(st.sampled_from(LENGTHS), st.sampled_from([*SEEN, "no frame", "suspended"])),
    min_size=1,
    max_size=7,
)
calm_scripts = st.lists(
    st.tuples(st.sampled_from([20.0, 45.0, 130.0]), st.sampled_from(["upright", "nobody", "dark"])),
    min_size=1,
    max_size=5,
)
rates = st.sampled_from([0.5, 1.0, 2.0])


@settings(max_examples=20, deadline=None)
@given(scripts, rates)
def test_durations_are_never_negative_and_never_more_than_the_clock_says(script, fps):
    run, record = whole(script, fps)
    if run.first_s is None:
        return
    wall_s = run.last_s - run.first_s

    assert all(interval.duration_s > 0.0 for interval in record.intervals.values())
    assert all(0.0 <= i.judged_s <= i.duration_s + 1e-6 for i in record.intervals.values())
    assert 0.0 <= run.state.sitting.sitting_s <= wall_s + 1e-6
    assert all(run.first_s <= event.t_s <= run.last_s for event in run.events)


@settings(max_examples=20, deadline=None)
@given(scripts, rates)
def test_the_five_states_share_out_the_observed_time(script, fps):
    run, record = whole(script, fps)
    if run.first_s is None:
        return

    assert set(record.totals()) <= set(State)
    assert sum(record.totals().values()) == pytest.approx(run.last_s - run.first_s, abs=1e-6)


@settings(max_examples=15, deadline=None)
@given(calm_scripts, st.sampled_from([1.0, 2.0, 5.0]))
def test_the_totals_are_the_same_at_any_frame_rate(script, fps):
    _, once = whole(script, 0.5)
    _, often = whole(script, fps)
    # One period of the slower rate for each change, one second of smoothing besides.
    slack_s = (2.0 + 1.0) * len(script)

    for state in State:
        assert once.totals()[state] == pytest.approx(often.totals()[state], abs=slack_s), state


@settings(max_examples=15, deadline=None)
@given(scripts, rates, st.sampled_from([0.0, 3.0, 30.0]))
def test_the_totals_do_not_depend_on_how_often_the_record_is_written(script, fps, flush_s):
    _, always = whole(script, fps)
    record = Record()
    run = Session(record, flush_s)
    for t_s, word in play(script, fps):
        run.observe(t_s, word)
    record.put((*run.pending, *session.finish(run.state)[1]))

    assert record.totals() == pytest.approx(always.totals())


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(LENGTHS), st.sampled_from(SEEN)), min_size=2, max_size=6),
    rates,
    st.floats(0.05, 0.95),
)
def test_a_kill_loses_at_most_five_seconds_of_the_record(script, fps, share):
    killed_s = share * sum(seconds for seconds, _ in script)
    record = Record()
    before, after = Session(record, FLUSH_S), Session(record, 0.0)
    for t_s, word in play(script, fps):
        (before if t_s < killed_s else after).observe(t_s, word)
    seen_s = before.seen_s + after.seen_s

    # What was looked at before the kill, but the last five seconds and a frame, is there.
    assert seen_s - FLUSH_S - 1.0 / fps <= record.observed_s <= seen_s + 1e-6


def test_a_spell_that_a_kill_cut_begins_again_and_nothing_is_counted_twice():
    record = Record()
    before, after = Session(record, FLUSH_S), Session(record, 0.0)
    for t_s, word in play([(600, "upright")], 1.0):
        (before if t_s < 303.0 else after).observe(t_s, word)

    assert next(event.kind for event in after.events) is EventKind.SITTING_STARTED
    assert record.totals() == {State.SITTING: pytest.approx(300.0 + 297.0)}
    assert max(i.start_at for i in record.intervals.values()) >= NINE + timedelta(seconds=303)

"""Whatever happens to the camera and the clock: the real record loses and invents nothing."""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posture_monitor.config import Settings
from posture_monitor.core import session
from posture_monitor.core.session import SessionState, Setup, Surroundings
from posture_monitor.domain import Observation, State
from posture_monitor.history.store import Store
from posture_monitor.monitor.journal import MOST_LOST_S, Journal
from tests.builders import NINE, STANDING, face_of, person, play, upright_baseline
from tests.record import EVER

SETUP = Setup(Settings(), upright_baseline())
POSES = {"upright": person(), "aside": person(yaw_deg=40.0), "standing": person(**STANDING)}


class Clock:
    """A clock that the film winds; its wall clock may be set."""

    def __init__(self):
        self.t_s, self.set_s = 0.0, 0.0

    def monotonic_s(self):
        return self.t_s

    def now(self):
        return NINE + timedelta(seconds=self.t_s + self.set_s)

    def sleep(self, seconds):
        raise AssertionError("nobody waits in a film")


class Deaf:
    """A notifier whose user hears nothing."""

    name = "deaf"

    def notify(self, notification):
        """Nothing is shown."""

    def poll(self):
        return ()

    def close(self):
        """Nothing is open."""


class Run:
    """One run of the monitor, into the record as the live one does it."""

    def __init__(self, store, clock):
        started_at = clock.now()
        recorder = store.begin_run("camera", live=True, profile=None, started_at=started_at)
        self.clock = clock
        self.journal = Journal(recorder, Deaf(), clock, warn=pytest.fail)
        self.state, self.last, self.first_s = SessionState(), None, None

    def observe(self, t_s, word, *, touched=False, absent=False):
        self.clock.t_s = t_s
        self.first_s = t_s if self.first_s is None else self.first_s
        pose = POSES.get(word)
        faces = () if pose is None else (face_of(pose),)
        brightness = 3.0 if word == "dark" else 128.0
        self.last = Observation(t_s, self.clock.now(), 640, 480, pose, faces, brightness)
        around = Surroundings(idle_s=1.0 if touched else None, absent_before=absent)
        outcome = session.step(self.state, self.last, SETUP, around)
        self.state = outcome.state
        self.journal.take(outcome, self.last)

    def end(self):
        self.journal.finish(self.state, self.last)

    @property
    def seen_s(self):
        """From the first to the last frame."""
        return 0.0 if self.last is None else self.last.t_s - self.first_s


SEEN = ["upright", "aside", "standing", "nobody", "dark", "typing unseen"]
scenes = st.tuples(
    st.sampled_from([1.0, 4.0, 11.0, 40.0, 130.0]),
    st.sampled_from([*SEEN, "no frame", "suspended", "clock back", "clock on", "an hour back"]),
)
scripts = st.lists(scenes, min_size=1, max_size=8)
STEPS_S = {"clock back": -42.37, "clock on": 30.19, "an hour back": -3600.25}
"""Odd, so that no two intervals begin in the same microsecond: to the record they would be one."""


def film(store, script, fps, killed_s=None):
    """Play a script; the program is killed at that time and at once begun again."""
    clock = Clock()
    runs, absent, set_at = [Run(store, clock)], False, set()
    ends_s = [sum(seconds for seconds, _ in script[: n + 1]) for n in range(len(script))]
    for t_s, word in play(script, fps):
        scene = next((n for n, end_s in enumerate(ends_s) if t_s < end_s), len(script) - 1)
        if word in STEPS_S and scene not in set_at:
            set_at.add(scene)
            clock.set_s += STEPS_S[word]
        if word in ("no frame", "suspended"):
            absent = word == "suspended"
            continue
        if killed_s is not None and t_s >= killed_s and len(runs) == 1:
            runs.append(Run(store, clock))
        shown = "upright" if word in STEPS_S else word
        runs[-1].observe(t_s, shown, touched=word == "typing unseen", absent=absent)
        absent = False
    if runs[-1].last is not None:
        runs[-1].end()
    return runs


def recorded(folder, script, fps, killed_s=None):
    """The runs and what a new program finds of them."""
    path = Path(folder) / "history.db"
    with Store(path) as store:
        runs = film(store, script, fps, killed_s)
    with Store(path) as store:
        return runs, store.intervals(*EVER)


@settings(max_examples=30, deadline=None)
@given(scripts, st.sampled_from([0.5, 1.0, 2.0]))
def test_the_record_holds_every_second_once_however_the_clock_is_set(script, fps):
    with tempfile.TemporaryDirectory() as folder:
        (run,), intervals = recorded(folder, script, fps)

    assert all(interval.duration_s > 0.0 for interval in intervals)
    assert sum(i.duration_s for i in intervals) == pytest.approx(run.seen_s, abs=1e-3)


@settings(max_examples=20, deadline=None)
@given(scripts, st.sampled_from([0.5, 1.0, 2.0]), st.floats(0.05, 0.95))
def test_a_kill_loses_at_most_five_seconds(script, fps, share):
    killed_s = share * sum(seconds for seconds, _ in script)
    with tempfile.TemporaryDirectory() as folder:
        runs, intervals = recorded(folder, script, fps, killed_s)
    seen_s = sum(run.seen_s for run in runs)
    found_s = sum(i.duration_s for i in intervals)

    # A frame may come so late that what it ends was not written yet.
    slack_s = 0.0 if len(runs) == 1 else MOST_LOST_S
    assert seen_s - slack_s - 1e-3 <= found_s <= seen_s + 1e-3


@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([20.0, 45.0, 130.0]), st.sampled_from(["upright", "nobody"])),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from([1.0, 2.0, 5.0]),
)
def test_the_record_says_the_same_at_any_frame_rate(script, fps):
    totals = []
    for rate in (0.5, fps):
        with tempfile.TemporaryDirectory() as folder:
            sums = Counter()
            for interval in recorded(folder, script, rate)[1]:
                sums[interval.state] += interval.duration_s
            totals.append(sums)

    for state in State:
        # Each change counts from its onset: off by at most one frame of the slower rate.
        assert totals[0][state] == pytest.approx(totals[1][state], abs=2.0 * len(script)), state

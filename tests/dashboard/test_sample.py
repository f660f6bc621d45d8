"""The sample month is the same each time, looks like a person's, and says that it is none."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from posture_monitor.commands.demo import bundled_recording
from posture_monitor.core.judge.baseline import from_document
from posture_monitor.core.stats.summary import end_at, sitting_spells, summarise
from posture_monitor.dashboard import sample
from posture_monitor.dashboard.picture import limits
from posture_monitor.dashboard.sample_monitor import SampleMonitor, profiles
from posture_monitor.domain import PostureMonitorError, Reason
from posture_monitor.monitor import sample_pictures
from posture_monitor.monitor.sample_pictures import RecordedPictures
from tests.dashboard.serving import BERLIN, NOW


def test_the_same_day_gives_the_same_month():
    first, second = (sample.generate(NOW, tz=BERLIN) for _ in range(2))

    assert first == second


def test_the_month_is_believable():
    record = sample.generate(NOW, tz=BERLIN)
    since, until = record.intervals[0].start_at, NOW
    month = summarise(record.intervals, [], since=since, until=until, tz=BERLIN)
    worked = [day for day in month.days if day.date.weekday() < 5 and day.date < NOW.date()]

    assert 18 <= len(worked) <= 22
    assert all(4.0 < day.sitting_s / 3600.0 < 9.5 for day in worked)
    assert all(60.0 < day.mean_score < 95.0 for day in worked)
    assert 0.1 < month.strained_share < 0.5
    assert max(map(end_at, record.intervals)) <= NOW
    assert all(end_at(a) <= b.start_at for a, b in pairwise(record.intervals))
    assert [at for at, _ in record.events] == sorted(at for at, _ in record.events)


def test_there_is_something_to_see_at_any_time_of_day():
    for hour in (1, 7, 12, 22):
        now = NOW.replace(hour=hour)
        today = [
            i for i in sample.generate(now, days=2, tz=BERLIN).intervals
            if i.start_at.astimezone(BERLIN).date() == now.date()
        ]  # fmt: skip

        assert sum(i.duration_s for i in today) > 1800.0


@pytest.mark.parametrize("name", ["office", "standing desk"])
def test_its_profiles_can_be_read_and_have_limits_around_them(name):
    baseline = from_document(profiles()[name])
    usual, early = (limits(baseline, how) for how in ("normal", "high"))

    assert usual["head_y"] < early["low_y"] < usual["low_y"] < usual["left_y"]
    assert 0 < early["lean_px"] < usual["lean_px"] < usual["shoulder_px"] / 2
    assert 1.0 < early["near_ratio"] < usual["near_ratio"] < 1.5


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self):
        self.at_s = 1000.0

    def monotonic_s(self):
        return self.at_s

    def now(self):
        return NOW


@pytest.mark.parametrize(
    ("now", "shown"),
    [
        ("2026-03-12 15:39", "2026-03-11 15:40"),
        ("2026-03-12 23:59", "2026-03-12 15:40"),
        ("2026-03-13 00:01", "2026-03-12 15:40"),
        ("2026-03-15 18:00", "2026-03-13 15:40"),  # a Sunday
        ("2026-03-29 03:30", "2026-03-27 15:40"),  # the clock just changed
    ],
)
def test_it_shows_the_last_afternoon_of_work_whatever_the_clock(now, shown):
    now_at, shown_at = (datetime.fromisoformat(t).replace(tzinfo=BERLIN) for t in (now, shown))

    assert sample.afternoon(now_at, BERLIN) == shown_at


def test_the_afternoon_goes_on_and_never_into_the_night():
    assert sample.shown_at(NOW, 600.0) == NOW + timedelta(minutes=10)
    assert sample.shown_at(NOW, 9 * 3600.0) == NOW + timedelta(hours=1)


def test_its_monitor_adds_its_penalties_up_and_pauses():
    clock = Clock()
    live = SampleMonitor(NOW, clock.monotonic_s)
    status = live.status()

    assert sum(status["penalties"].values()) == pytest.approx(100.0 - status["score"], abs=0.06)
    live.command("pause", {"minutes": 5})
    assert live.status()["paused_until"] == (NOW + timedelta(minutes=5)).isoformat()
    assert live.status()["score"] is None
    live.command("resume", {})
    assert live.status()["paused_until"] is None
    live.command("snooze", {"minutes": 5})
    clock.at_s += 60.0
    assert live.status()["snoozed_s"] == 240.0
    clock.at_s += 240.0
    assert live.status()["snoozed_s"] is None
    with pytest.raises(PostureMonitorError, match="sample"):
        live.command("calibrate", {})
    with live.watch():
        assert live.view() is None


def test_the_record_ends_with_the_sitting_that_its_monitor_tells():
    last = sample.generate(NOW, days=1, tz=BERLIN).intervals
    spell = sitting_spells(last)[-1]

    assert SampleMonitor(NOW, Clock().monotonic_s).status()["sitting_s"] == 1380.0
    assert spell.sitting_s == pytest.approx(1380.0)
    assert abs(spell.end_at - NOW) < timedelta(seconds=1)


def test_its_camera_shows_the_recording_in_scenes_and_only_to_watchers(monkeypatch):
    monkeypatch.setattr(sample_pictures, "SCENES_S", ((1150.0, 1150.0), (1300.0, 1300.0)))
    clock = Clock()
    pictures = RecordedPictures(bundled_recording(), profiles()["office"], clock)
    live = SampleMonitor(NOW, clock.monotonic_s, pictures)
    assert live.view() is None
    shown = []
    with live.watch():
        for _ in range(4):
            shown.append(live.view())
            assert live.view() is shown[-1]  # the next is due in half a second
            clock.at_s += 0.5
    upright, phone, pause, again = shown

    assert [view.frame.t_s for view in (upright, phone, again)] == [1150.0, 1300.0, 1150.0]
    assert pause is phone
    assert upright.sample.judged
    assert upright.sample.score > 90.0
    assert Reason.HEAD_DOWN in phone.sample.reasons

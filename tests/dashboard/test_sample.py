"""The sample month is the same each time, looks like a person's, and says that it is none."""

from __future__ import annotations

from itertools import pairwise

import pytest

from posture_monitor.core.judge.baseline import from_document
from posture_monitor.core.stats.summary import end_at, summarise
from posture_monitor.dashboard import sample
from posture_monitor.dashboard.picture import limits
from posture_monitor.domain import PostureMonitorError
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
    baseline = from_document(sample.profiles()[name])
    usual, early = (limits(baseline, how) for how in ("normal", "high"))

    assert usual["head_y"] < early["low_y"] < usual["low_y"] < usual["left_y"]
    assert 0 < early["lean_px"] < usual["lean_px"] < usual["shoulder_px"] / 2
    assert 1.0 < early["near_ratio"] < usual["near_ratio"] < 1.5


def test_its_monitor_adds_its_penalties_up_and_pauses():
    live = sample.SampleMonitor(NOW)
    status = live.status()

    assert sum(status["penalties"].values()) == pytest.approx(100.0 - status["score"], abs=0.06)
    live.command("pause", {"minutes": 5})
    assert live.status()["paused_until"]
    assert live.status()["score"] is None
    live.command("resume", {})
    assert live.status()["paused_until"] is None
    with pytest.raises(PostureMonitorError, match="sample"):
        live.command("calibrate", {})
    with live.watch():
        assert live.view() is None

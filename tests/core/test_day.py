"""A working day of eight hours as a film: every absence, a suspend, and clocks that jump."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from posture_monitor.config import ReminderSettings, Settings
from posture_monitor.core import session
from posture_monitor.core.session import SessionState, Setup, Surroundings
from posture_monitor.domain import State
from tests.builders import observe, person, play, same_story, told, upright_baseline

pytestmark = pytest.mark.long

MINUTE, HOUR = 60.0, 3600.0
UPRIGHT = person()
SILENT = Settings(
    reminders=ReminderSettings(posture=False, move=False, breaks=False, stretch=False, water=False)
)
SETUP = Setup(SILENT, upright_baseline())
BERLIN = ZoneInfo("Europe/Berlin")
BEGAN_AT = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
"""Half past two in Berlin, the first time: half an hour later the clocks go back to two."""
NTP_S, NTP_STEP_S = 3.5 * HOUR, -42.0

ABSENCES_S = (10, 20, 30, 45, 60, 90, 119, 121, 300, 600, 1800, 3600)
"""Twelve; the suspend comes besides."""
SUSPEND_S = 900.0
SAT_S = (8 * HOUR - sum(ABSENCES_S) - SUSPEND_S) / 14
DAY = [(SAT_S, "upright")]
for _length_s in ABSENCES_S[:6]:
    DAY += [(float(_length_s), "nobody"), (SAT_S, "upright")]
DAY += [(SUSPEND_S, "suspended"), (SAT_S, "upright")]
for _length_s in ABSENCES_S[6:]:
    DAY += [(float(_length_s), "nobody"), (SAT_S, "upright")]


def story():
    """What should be told of the day: five absences are breaks, and the suspend."""
    expected, t_s, spell_s = [(0.0, "sitting_started", "")], 0.0, 0.0
    for seconds, word in DAY:
        if word == "upright":
            spell_s += seconds
        elif seconds >= 120.0:
            expected += [
                (t_s, "sitting_ended", f"after {spell_s / MINUTE:.0f} min of sitting"),
                (t_s, "break_started", ""),
                (t_s + seconds, "break_ended", f"after {seconds / MINUTE:.0f} min"),
                (t_s + seconds, "sitting_started", ""),
            ]
            spell_s = 0.0
        t_s += seconds
    return expected


def wall(t_s):
    """What the wall clock shows, in local time; it is set back once in the day."""
    step_s = NTP_STEP_S if t_s >= NTP_S else 0.0
    return (BEGAN_AT + timedelta(seconds=t_s + step_s)).astimezone(BERLIN)


CUTS_S = [sum(seconds for seconds, _ in DAY[:n]) for n in range(len(DAY) + 1)]


def frames(fps):
    """More than one frame in five seconds only near a change: so the day takes seconds to play."""
    for t_s, word in play(DAY, fps):
        if t_s % 5.0 == 0.0 or min(abs(t_s - cut_s) for cut_s in CUTS_S) <= 15.0:
            yield t_s, word


def watch(fps, clock=wall):
    state, events, record, off = SessionState(), [], {}, False
    for t_s, word in frames(fps):
        if word == "suspended":
            off = True
            continue
        seen = replace(observe(t_s, UPRIGHT if word == "upright" else None), wall_at=clock(t_s))
        outcome = session.step(state, seen, SETUP, Surroundings(absent_before=off))
        state, off = outcome.state, False
        events += [e for e in outcome.events if e.kind != "position_changed"]
        record |= {interval.start_at: interval for interval in outcome.closed}
    for interval in session.finish(state)[1]:
        record[interval.start_at] = interval
    return told(events), list(record.values())


def seconds_in(record, *states):
    return sum(interval.duration_s for interval in record if interval.state in states)


@pytest.mark.parametrize("fps", [0.5, 5.0])
def test_eight_hours_are_told_event_by_event_and_counted_within_a_percent(fps):
    events, record = watch(fps)
    sat_s = 14 * SAT_S
    broke_s = SUSPEND_S + sum(s for s in ABSENCES_S if s >= 120)
    away_s = sum(s for s in ABSENCES_S if s < 120)

    assert same_story(events, story(), within_s=1.0 / fps + 1.0), events
    assert seconds_in(record, State.SITTING) == pytest.approx(sat_s, rel=0.01)
    assert seconds_in(record, State.BREAK) == pytest.approx(broke_s, rel=0.01)
    assert seconds_in(record, State.AWAY) == pytest.approx(away_s, abs=7 * (1.0 / fps + 1.0))
    assert sum(i.duration_s for i in record) == pytest.approx(8 * HOUR, abs=1e-3)


def test_a_clock_that_is_set_changes_no_duration_and_no_event():
    steady_events, steady = watch(0.5, lambda t_s: BEGAN_AT + timedelta(seconds=t_s))
    events, record = watch(0.5)

    assert events == steady_events
    assert [i.duration_s for i in record] == [i.duration_s for i in steady]
    moved = {(a.start_at - b.start_at).total_seconds() for a, b in zip(record, steady, strict=True)}
    assert moved == {0.0, NTP_STEP_S}  # the hour that comes twice moves nothing at all

"""The last week is read from the record once a week, and told once whatever is restarted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from posture_monitor.domain import (
    Detail,
    Event,
    EventKind,
    Interval,
    RecordedEvent,
    ReminderKind,
    State,
    StoreError,
)
from posture_monitor.history.details import decoded, encoded
from posture_monitor.monitor.weekly import LastWeek
from posture_monitor.wording.texts import notification_for

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 3, 9, 8, 55, tzinfo=BERLIN)
WEEK = Detail(seconds=5400.0, share=0.25)


class Record:
    """Two days of the week before, and what was told since Monday."""

    def __init__(self, told=False, broken=False):
        self.told, self.broken, self.asked = told, broken, 0

    def intervals(self, since, until):
        assert (since.isoformat(), until.isoformat()) == (
            "2026-03-02T00:00:00+01:00",
            "2026-03-09T00:00:00+01:00",
        )
        at = datetime(2026, 3, 3, 9, tzinfo=UTC)
        return [
            Interval(at, 7200.0, State.SITTING, False, (), 7200.0, 648000.0),
            Interval(at + timedelta(days=1), 3600.0, State.SITTING, True, (), 2400.0, 144000.0),
        ][: 2 if self.asked else 0]

    def events(self, since, until):
        if self.broken:
            raise StoreError("the disk is gone")
        self.asked += 1
        event = RecordedEvent(since + timedelta(hours=9), EventKind.WEEK_REVIEW, WEEK)
        return [event] if self.told else []


def test_the_record_is_asked_once_and_the_answer_holds_for_the_week():
    record = Record()
    last_week = LastWeek(record)
    first = last_week(MONDAY)
    friday = last_week(MONDAY + timedelta(days=4))

    assert first == Detail(seconds=5400.0, share=3600.0 / 9600.0)
    assert friday is first
    assert record.asked == 1


@pytest.mark.parametrize("record", [Record(told=True), Record(broken=True)])
def test_what_was_told_or_can_not_be_read_is_not_told(record):
    assert LastWeek(record)(MONDAY) is None


def test_the_notification_says_the_week_in_a_sentence_and_the_record_keeps_its_numbers():
    (note,) = notification_for([Event(0.0, EventKind.WEEK_REVIEW, WEEK)], MONDAY)
    (unjudged,) = notification_for(
        [Event(0.0, EventKind.WEEK_REVIEW, Detail(seconds=5400.0))], MONDAY
    )

    assert note.kind is ReminderKind.SYSTEM
    assert "1.5 h of sitting a day, strained for 25 %" in note.body
    assert "strained" not in unjudged.body
    assert decoded(EventKind.WEEK_REVIEW, encoded(WEEK)) == WEEK

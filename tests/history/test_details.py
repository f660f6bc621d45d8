"""What events carry, as text in the record and back; and what older versions wrote."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture_monitor.domain import (
    CameraState,
    Detail,
    Event,
    EventKind,
    Reason,
    ReminderKind,
    State,
)
from posture_monitor.history import rows, schema
from posture_monitor.history.details import decoded, encoded, from_words
from posture_monitor.history.store import Store
from tests.builders import NINE

DETAILS = st.builds(
    Detail,
    seconds=st.none() | st.floats(0.0, 1e9),
    reasons=st.lists(st.sampled_from(Reason), unique=True).map(tuple),
    reminder=st.none() | st.sampled_from(ReminderKind),
    camera=st.none() | st.sampled_from(CameraState),
    state=st.none() | st.sampled_from(State),
    with_break=st.booleans(),
    at_end=st.booleans(),
    text=st.text(max_size=9),
)


@given(detail=DETAILS, kind=st.sampled_from(EventKind))
def test_what_is_written_is_read_as_it_was(detail, kind):
    assert decoded(kind, encoded(detail)) == detail


def test_nothing_is_written_as_nothing():
    assert encoded(Detail()) == ""


@pytest.mark.parametrize(
    ("kind", "words", "detail"),
    [
        (EventKind.SITTING_ENDED, "after 15 min of sitting", Detail(seconds=900.0)),
        (
            EventKind.SITTING_ENDED,
            "after 2 min of sitting, at the end",
            Detail(seconds=120.0, at_end=True),
        ),
        (EventKind.BREAK_ENDED, "after 3 min", Detail(seconds=180.0)),
        (EventKind.BREAK_DUE, "30 min of sitting", Detail(seconds=1800.0)),
        (EventKind.MOVE_DUE, "20 min in one position", Detail(seconds=1200.0)),
        (EventKind.WATER_DUE, "60 min at the desk", Detail(seconds=3600.0)),
        (EventKind.WATER_DUE, "with this break", Detail(with_break=True)),
        (EventKind.STRETCH_DUE, "with this break", Detail(with_break=True)),
        (
            EventKind.POSTURE_ALERT,
            "slouch;head_down",
            Detail(reasons=(Reason.SLOUCH, Reason.HEAD_DOWN)),
        ),
        (EventKind.FEEDBACK, "wrong: shrug", Detail(reasons=(Reason.SHRUG,))),
        (EventKind.FEEDBACK, "wrong: gravity", Detail(text="wrong: gravity")),
        (EventKind.SUSPENDED, "for 400 s", Detail(seconds=400.0)),
        (EventKind.PAUSED, "for 60 min", Detail(seconds=3600.0)),
        (EventKind.SNOOZED, "10 min", Detail(seconds=600.0)),
        (EventKind.SNOOZED, "break", Detail(reminder=ReminderKind.BREAK)),
        (EventKind.SKIPPED, "break", Detail(reminder=ReminderKind.BREAK)),
        (EventKind.CALIBRATED, "profile office", Detail(text="office")),
        (EventKind.CAMERA_LOST, "the camera is gone", Detail(text="the camera is gone")),
        (
            EventKind.CAMERA_LOST,
            "handed to another program",
            Detail(camera=CameraState.HANDED),
        ),
        (EventKind.BREAK_SOON, "in 60 s", Detail(seconds=60.0)),
        (EventKind.FAR_LOOK_DUE, "20 min at the screen", Detail(seconds=1200.0)),
        (EventKind.SIT_STAND_DUE, "standing", Detail(state=State.STANDING)),
        (
            EventKind.TRIAL,
            "break;shown",
            Detail(reminder=ReminderKind.BREAK, text="shown"),
        ),
        (EventKind.RECALIBRATION_NEEDED, "the camera sees you from elsewhere", Detail()),
    ],
)
def test_sentences_of_older_versions_become_keys_and_numbers(kind, words, detail):
    assert from_words(kind, words) == detail


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"seconds": "long"}',
        '{"seconds": 1e999}',
        '{"seconds": [1]}',
        '{"reasons": ["gravity"]}',
        '{"reasons": 3}',
        '{"reminder": "dance"}',
        '{"camera": {}}',
        '{"text": 5}',
        "{" * 100_000,
    ],
)
def test_what_nobody_wrote_is_kept_as_text(text):
    assert decoded(EventKind.BREAK_DUE, text) == Detail(text=text)


def test_an_older_record_is_changed_to_keys_and_stays_sound(tmp_path, monkeypatch):
    monkeypatch.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:2])
    monkeypatch.setattr(rows, "encoded", lambda detail: detail.text)
    said = ["after 15 min of sitting", "", "after 20 min of sitting"]
    with Store(tmp_path / "history.db") as store:
        run = store.begin_run("camera", live=True, profile=None, started_at=NINE)
        for words in said:
            run.event(NINE, Event(0.0, EventKind.SITTING_ENDED, Detail(text=words)))
        run.event(NINE, Event(0.0, EventKind.PAUSED, Detail(text="for 5 min")))
        with store.transaction() as db:
            db.execute("UPDATE events SET detail = 'for 6 min' WHERE detail = 'for 5 min'")
    monkeypatch.undo()

    with Store(tmp_path / "history.db") as store:
        (*told,) = store.events(NINE, NINE + timedelta(hours=1))
        damaged = store.damaged_days

    assert [event.detail.seconds for event in told] == [900.0, None, 1200.0]
    assert damaged == (NINE.date(),)  # what was changed before is noticed still

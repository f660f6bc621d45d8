"""The demo's story and its drawing of a person."""

from __future__ import annotations

from datetime import timedelta

from posture_monitor.domain import Detail, EventKind, Reason, RecordedEvent
from posture_monitor.wording.demo_words import story
from posture_monitor.wording.terminal_person import Frame, person_lines
from tests.builders import SLOUCHED, person
from tests.desk_film import MONDAY_NINE


def event(minute, kind, **detail):
    return RecordedEvent(MONDAY_NINE + timedelta(minutes=minute), kind, Detail(**detail))


def test_a_morning_is_told_in_chapters():
    slouch = {"reasons": (Reason.SLOUCH, Reason.HEAD_DOWN, Reason.LEAN_IN)}
    told = story(
        [
            event(0, EventKind.SITTING_STARTED),
            event(20, EventKind.MOVE_DUE),
            event(21, EventKind.POSTURE_ALERT, **slouch),
            event(24, EventKind.POSTURE_CORRECTED),
            event(30, EventKind.BREAK_DUE),
            event(40, EventKind.POSTURE_ALERT, reasons=(Reason.LEAN_IN,)),
            event(45, EventKind.BREAK_DUE),
            event(45, EventKind.WATER_DUE, with_break=True),
            event(50, EventKind.SITTING_ENDED, seconds=3000.0),
            event(58, EventKind.SITTING_STARTED),
            event(70, EventKind.POSTURE_ALERT, reasons=(Reason.SHRUG,)),
            event(72, EventKind.POSTURE_ALERT, reasons=(Reason.SHRUG,)),
        ],
        MONDAY_NINE + timedelta(minutes=130),
    )

    assert told == [
        "09:00 to 09:50   sitting for 50 min",
        "  posture   09:21 slumped, head down, changed at 09:24\n"
        "            09:40 close to the screen",
        "  breaks    asked at 09:30, 09:45, got up at 09:50",
        "  position  asked at 09:20",
        "  water     asked at 09:45",
        "09:50 to 09:58   a break of 8 min",
        "09:58 to 11:10   sitting for 1 h 12 min",
        "  posture   10:10 shoulders pulled up\n            10:12 shoulders pulled up",
    ]
    assert story([], MONDAY_NINE) == []


def test_a_morning_that_ends_at_the_desk_was_not_left():
    events = [
        event(0, EventKind.SITTING_STARTED),
        event(30, EventKind.BREAK_DUE),
        event(40, EventKind.SITTING_ENDED, seconds=2400.0, at_end=True),
    ]

    assert story(events, MONDAY_NINE)[1] == "  breaks    asked at 09:30"


def dots(lines):
    """Rows that hold anything, and how many dots there are."""
    rows = [n for n, line in enumerate(lines) if line.strip()]
    return rows, sum(bin(ord(letter) - 0x2800).count("1") for line in lines for letter in line
                     if letter != " ")  # fmt: skip


def test_a_person_who_sinks_is_drawn_lower_in_the_same_frame():
    upright, sunk = person(), person(**SLOUCHED)
    frame = Frame(upright)
    first, second = person_lines(upright, frame), person_lines(sunk, frame)

    assert {len(line) for line in (*first, *second)} == {24}
    assert len(first) == len(second) == 9
    assert dots(first)[0][0] < dots(second)[0][0]
    assert dots(first)[1] > 60


def test_somebody_aside_is_drawn_as_in_a_mirror():
    aside = person_lines(person(aside_cm=-12.0), Frame(person()))
    middle = person_lines(person(), Frame(person()))

    def weight(lines):
        columns = [n for line in lines for n, letter in enumerate(line) if letter != " "]
        return sum(columns) / len(columns)

    assert abs(weight(aside) - weight(middle)) > 1.0


def test_nothing_is_drawn_outside():
    far = person_lines(person(aside_cm=500.0), Frame(person()))

    assert not "".join(far).strip()

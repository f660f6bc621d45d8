"""What is said: one thing to do, never a verdict on anybody's posture."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from posture_monitor.config import ReminderSettings
from posture_monitor.core.stats.breaks import Fate
from posture_monitor.core.stats.summary import REMINDER_EVENTS
from posture_monitor.dashboard import charts, timeline
from posture_monitor.desktop import tray_menu
from posture_monitor.desktop.shown import SHOWN_S
from posture_monitor.domain import (
    Action,
    CameraState,
    Detail,
    Event,
    EventKind,
    Reason,
    ReminderKind,
    State,
    Unjudged,
)
from posture_monitor.history import report, timelines
from posture_monitor.history.details import from_words
from posture_monitor.wording import calibration_words, names, page_words, texts
from posture_monitor.wording.details import detail_for_people
from posture_monitor.wording.names import reason_words
from posture_monitor.wording.posture_figures import posture_svg
from posture_monitor.wording.texts import notification_for
from tests.builders import NINE


def told(kind, words):
    return Event(5.0, kind, from_words(kind, words))


def notes(*events):
    return notification_for([told(*event) for event in events], NINE)


BREAK = (EventKind.BREAK_DUE, "30 min of sitting")
ALL = (
    (EventKind.POSTURE_ALERT, "slouch"),
    (EventKind.MOVE_DUE, "20 min in one position"),
    (EventKind.WATER_DUE, "60 min at the desk"),
    (EventKind.RECALIBRATION_NEEDED, ""),
)
LATER = (
    (EventKind.BREAK_SOON, "in 60 s"),
    (EventKind.FAR_LOOK_DUE, "20 min at the screen"),
    (EventKind.SIT_STAND_DUE, "standing"),
)


def test_a_break_says_why_and_what_to_do():
    (note,) = notes(BREAK)

    assert (note.kind, note.title) == (ReminderKind.BREAK, "Time for a break")
    assert note.body == "30 min of sitting. Stand up and walk for a few minutes."
    assert note.actions == (Action.START_BREAK, Action.SNOOZE, Action.SKIP)
    assert note.wall_at == NINE


def test_stretching_and_water_join_the_words_of_a_break():
    (note,) = notes(
        BREAK,
        (EventKind.STRETCH_DUE, "with this break"),
        (EventKind.WATER_DUE, "with this break"),
    )

    assert note.kind is ReminderKind.BREAK
    assert "Then stretch: " in note.body
    assert note.body.endswith("Drink a glass of water on the way.")


def test_a_posture_reminder_names_the_first_reason_and_one_thing_to_do():
    (note,) = notes((EventKind.POSTURE_ALERT, "head_down;slouch"))

    assert (note.kind, note.title) == (ReminderKind.POSTURE, "Change position")
    assert note.body == "You look down for long. Raise the screen, the book or the phone."
    assert note.actions == (
        *(Action.RELIEVE, Action.SNOOZE, Action.SKIP),
        Action.FEEDBACK_WRONG,
    )


def test_a_posture_reminder_without_a_reason_still_says_what_to_do():
    assert notes((EventKind.POSTURE_ALERT, ""))[0].body == "Time to shift. Sit up again."


def test_each_kind_of_reminder_has_its_own_place():
    kinds = [note.kind for note in notes(*ALL)]

    assert kinds == [
        ReminderKind.POSTURE,
        ReminderKind.MOVE,
        ReminderKind.WATER,
        ReminderKind.SYSTEM,
    ]


def test_every_reminder_about_posture_breaks_or_moving_has_buttons():
    firsts = {}
    for note in notes(BREAK, *ALL):
        firsts[note.kind] = note.actions[:1]
        assert note.actions[1:3] in ((Action.SNOOZE, Action.SKIP), ()), note

    assert firsts == {
        ReminderKind.BREAK: (Action.START_BREAK,),
        ReminderKind.POSTURE: (Action.RELIEVE,),
        ReminderKind.MOVE: (Action.START_BREAK,),
        ReminderKind.SYSTEM: (),
    }
    (water,) = notes((EventKind.WATER_DUE, "60 min at the desk"))
    assert water.actions == (Action.DRANK, Action.SNOOZE, Action.SKIP)


def test_every_reminder_says_why_and_then_one_thing_to_do():
    for note in notes(BREAK, *ALL):
        why, *what = re.split(r"(?<=\.) ", note.body)
        assert len(why) <= 75, note
        assert what, note
        assert len(what) <= 1 or note.kind is ReminderKind.BREAK, note


def test_most_events_are_recorded_and_not_shown():
    shown = {EventKind.BREAK_DUE, EventKind.WEEK_REVIEW, *(kind for kind, _ in (*ALL, *LATER))}

    for kind in set(EventKind) - shown:
        assert notes((kind, "")) == ()


def test_a_break_is_not_always_told_in_the_same_words():
    every = timedelta(minutes=30)
    bodies = [notification_for([told(*BREAK)], NINE + n * every)[0].body for n in range(8)]

    assert len(set(bodies[:7])) == 7
    assert bodies[7] == bodies[0]


def test_who_can_not_stand_up_is_never_asked_to():
    rules = ReminderSettings(seated=True)
    with_all = [BREAK, (EventKind.STRETCH_DUE, ""), (EventKind.WATER_DUE, "")]
    for minute in range(7):
        wall_at = NINE + timedelta(minutes=minute)
        for events in (with_all, ALL):
            due = [told(*event) for event in events]
            for note in notification_for(due, wall_at, rules):
                words = re.findall("[a-z]+", f"{note.title} {note.body}".lower())
                assert not {"stand", "walk", "hips", "steps", "up"} & set(words), note


def test_own_words_take_the_place_of_ours_and_the_reason_stays():
    rules = ReminderSettings(
        posture_text="Wie eine Katze.", move_text="Rück mal.", break_text="Raus!", water_text="Tee?"
    )
    due = [told(*event) for event in (BREAK, *ALL[:2])]
    bodies = [note.body for note in notification_for(due, NINE, rules)]
    water = notification_for([told(EventKind.WATER_DUE, "60 min")], NINE, rules)

    assert bodies[0] == "30 min of sitting. Raus!"
    assert bodies[1].endswith(". Wie eine Katze.")
    assert bodies[2].endswith(". Rück mal.")
    assert water[0].body == "60 min at the desk. Tee?"


def test_a_break_of_the_record_names_what_was_done():
    done = Event(9.0, EventKind.GUIDED_BREAK, Detail(text="95;head_turn:45:10;calf_raise:35:0"))

    assert detail_for_people(done) == "Head turn"


def test_a_firm_break_says_so_and_has_no_button_to_put_it_off():
    (note,) = notes(BREAK, (EventKind.BREAK_FIRM, ""))

    assert note.actions == (Action.START_BREAK,)
    assert "put off" in note.body


def test_notice_far_look_and_standing_have_words_of_their_own():
    soon, far, stand = notes(*LATER)
    (sit,) = notes((EventKind.SIT_STAND_DUE, "sitting"))

    assert (soon.kind, soon.title) == (ReminderKind.BREAK, "A break in a minute")
    assert (far.kind, far.actions) == (ReminderKind.FAR_LOOK, (Action.SNOOZE, Action.SKIP))
    assert stand.body.startswith("Stand for a while")
    assert sit.body.startswith("Sit for a while")


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_words_of_its_own(reason):
    title, advice = texts.REASON_TEXT[reason]
    others = [texts.REASON_TEXT[other] for other in Reason if other is not reason]

    assert title[0].isupper()
    assert not title.endswith(".")
    assert advice.endswith(".")
    assert title not in [other for other, _ in others]


def test_nothing_judges_the_person():
    said = [text for pair in texts.REASON_TEXT.values() for text in pair]
    said += [note.title + note.body for note in notes(BREAK, *ALL)]
    said += [calibration_words.first_run(), texts.MEDICAL_NOTE]

    for text in said:
        assert not re.search(r"\b(bad|wrong|poor|correct|incorrect) posture\b", text.lower())


def test_the_medical_note_names_the_signs_with_which_to_see_a_doctor():
    for sign in ("no medical device", "spasms", "numbness", "bladder", "fall", "fever"):
        assert sign in texts.MEDICAL_NOTE


def test_sentences_begin_with_a_capital():
    (note,) = notes((EventKind.RECALIBRATION_NEEDED, ""))

    assert note.body.startswith("The camera sees you from elsewhere; ")


def test_reasons_are_written_for_people():
    assert reason_words([Reason.SLOUCH, Reason.HEAD_DOWN]) == "slumped, head down"
    assert reason_words([]) == ""


@pytest.mark.parametrize(
    ("said", "members"),
    [
        (texts.REASON_TEXT, Reason),
        (names.CAMERA_TEXT, CameraState),
        (texts.ACTION_LABELS, Action),
        (names.STATES, State),
        (names.REASONS, Reason),
        (names.UNJUDGED, Unjudged),
        (page_words.STATE_NOW, State),
        (tray_menu.STATES, State),
        (SHOWN_S, ReminderKind),
        (timelines.STATE_HEIGHT, State),
        (report.STYLES, State),
        (timeline.HEIGHTS, State),
        (charts.REASON_CLASSES, Reason),
        (page_words.FATES, Fate),
        (page_words.FATES_TOLD, Fate),
    ],
)
def test_no_member_lacks_its_words_its_time_or_its_colour(said, members):
    assert set(said) == set(members)


def test_each_reason_has_a_drawing_of_its_own_named_as_it_is():
    drawn = {reason: posture_svg(reason) for reason in Reason}

    assert len(set(drawn.values())) == len(Reason)
    assert all(f'aria-label="{names.REASONS[r]}, drawn"' in svg for r, svg in drawn.items())


def test_every_reminder_has_a_name_and_every_event_a_line_unless_it_is_worth_none():
    assert names.REMINDERS.keys() == set(ReminderKind) - {ReminderKind.SYSTEM}
    assert names.EVENTS.keys() | names.UNTOLD == set(EventKind)
    assert not names.EVENTS.keys() & names.UNTOLD
    assert timeline.MARKS.keys() == set(REMINDER_EVENTS.values())

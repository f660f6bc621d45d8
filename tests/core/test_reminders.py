"""When something is said, as films: every reminder, and no other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from posture_monitor.config import PostureSettings, ReminderSettings, Settings
from posture_monitor.core.day import reminders
from posture_monitor.core.day.reminders import (
    Moment,
    ReminderState,
    next_reminder,
    skip_break,
    snooze,
)
from posture_monitor.domain import Detail, EventKind, Reason, State
from tests.builders import play, same_story, told

STATES = {
    "standing": State.STANDING,
    "away": State.AWAY,
    "break": State.BREAK,
    "dark": State.UNKNOWN,
}


def minutes(count):
    return count * 60.0


def settings(**changes):
    return Settings(reminders=ReminderSettings(**changes))


ONLY = {
    kind: {name: name == kind for name in ("posture", "move", "breaks", "stretch", "water")}
    for kind in ("posture", "move", "breaks", "water")
}


def watch(script, rules=None, *, fps=1.0, at=None):
    """The reminders of a script and what is remembered at its end.

    Everyone sits unless the scene says otherwise. "shift" begins with a change of position;
    "slouch" and "lean" are strain that is already held; "unseen" is a seat that can't be
    judged; "presenting" is a bad moment. ``at`` maps seconds to what the user presses then.
    """
    rules = settings() if rules is None else rules
    presses = dict(at or {})
    state, events = ReminderState(), []
    sitting_s = still_since_s = last_s = 0.0
    strained_since_s = returned_s = None
    before = ""
    for t_s, word in play(script, fps):
        if STATES.get(before, State.SITTING) is State.SITTING:
            sitting_s += t_s - last_s
        now = STATES.get(word, State.SITTING)
        if STATES.get(before) or now is not State.SITTING or (word == "shift" and before != word):
            still_since_s = t_s
        if now is State.BREAK:
            sitting_s = 0.0
        if before in ("away", "break") and now is State.SITTING:
            returned_s = t_s
        strained = word in ("slouch", "lean")
        strained_since_s = (strained_since_s or t_s) if strained else None
        moment = Moment(
            t_s=t_s,
            state=now,
            sitting_s=sitting_s,
            stillness_s=t_s - still_since_s,
            strained_since_s=strained_since_s,
            reasons=(Reason.LEAN_LEFT,) if word == "lean" else (Reason.SLOUCH, Reason.HEAD_DOWN),
            returned_s=returned_s,
            relaxed=not strained and word != "unseen",
            quiet=word == "presenting",
        )
        for pressed_s in [s for s in presses if s <= t_s]:
            state = presses.pop(pressed_s)(state, t_s, sitting_s)
        state, due = reminders.step(state, moment, rules)
        events += due
        last_s, before = t_s, word
    return told(events), state


def watch_minutes(script, rules=None, **how):
    """The same in minutes, by a look every ten seconds: what was due when."""
    script = [(minutes(length), scene) for length, scene in script]
    events, _ = watch(script, rules, fps=0.1, **how)
    return [(t_s / 60.0, kind) for t_s, kind, _ in events]


# ------------------------------------------------------------------------- breaks


def test_a_break_is_due_after_thirty_minutes_of_sitting():
    events, _ = watch([(minutes(31), "seated")], settings(**ONLY["breaks"]))

    assert events == [(1800.0, "break_due", "30 min of sitting")]


def test_an_ignored_break_comes_again_later_and_later():
    # 15 minutes after the first, then 30, 60, 120.
    assert watch_minutes([(300, "seated")], settings(**ONLY["breaks"])) == [
        (30.0, "break_due"),
        (45.0, "break_due"),
        (75.0, "break_due"),
        (135.0, "break_due"),
        (255.0, "break_due"),
    ]


def test_after_a_break_the_count_begins_at_zero():
    script = [(80, "seated"), (5, "break"), (50, "seated")]

    assert watch_minutes(script, settings(**ONLY["breaks"])) == [
        (30.0, "break_due"),
        (45.0, "break_due"),
        (75.0, "break_due"),
        (115.0, "break_due"),
        (130.0, "break_due"),  # 15 minutes again, not 60
    ]


def test_a_short_absence_only_postpones_the_break():
    script = [(20, "seated"), (1, "away"), (20, "seated")]

    assert watch_minutes(script, settings(**ONLY["breaks"])) == [(31.0, "break_due")]


def test_nobody_is_told_to_rise_right_after_coming_back():
    script = [(29, "seated"), (1, "away"), (10, "seated")]

    # Due at 31, one minute after the return; it waits for the two minutes of grace.
    assert watch_minutes(script, settings(**ONLY["breaks"])) == [(32.0, "break_due")]


def test_nobody_who_stands_is_told_to_rise():
    script = [(30, "standing"), (29, "seated"), (30, "standing")]

    assert watch_minutes(script, settings(**ONLY["breaks"])) == []


@pytest.mark.parametrize("scene", ["presenting", "away", "dark"])
def test_a_due_break_waits_for_a_better_moment_and_comes_once(scene):
    script = [(29, "seated"), (20, scene), (10, "seated")]
    (at_min, kind), *more = watch_minutes(script, settings(**ONLY["breaks"]))

    waited = {"presenting": 49.0, "away": 51.0, "dark": 50.0}  # grace 2 min; 1 min left to sit
    assert (at_min, kind, more) == (waited[scene], "break_due", [])


def test_a_snoozed_break_comes_again_when_the_snooze_is_over():
    script = [(100, "seated")]
    press = {minutes(31): lambda state, t_s, _: snooze(state, t_s, minutes(10))}

    # Again at 41, as it was asked; that one ignored, the next after 15 and 30 minutes.
    assert watch_minutes(script, settings(**ONLY["breaks"]), at=press) == [
        (30.0, "break_due"),
        (41.0, "break_due"),
        (56.0, "break_due"),
        (86.0, "break_due"),
    ]


def test_a_snooze_before_anything_was_due_only_delays():
    press = {minutes(25): lambda state, t_s, _: snooze(state, t_s, minutes(10))}

    assert watch_minutes([(40, "seated")], settings(**ONLY["breaks"]), at=press) == [
        (35.0, "break_due")
    ]


def test_a_skipped_break_leaves_a_whole_period():
    rules = settings(**ONLY["breaks"])
    press = {minutes(31): lambda state, _, sitting_s: skip_break(state, sitting_s, rules)}

    assert watch_minutes([(70, "seated")], rules, at=press) == [
        (30.0, "break_due"),
        (61.0, "break_due"),
    ]


def test_every_second_break_brings_a_stretch():
    rules = settings(**{**ONLY["breaks"], "stretch": True})
    script = [(31, "seated"), (5, "break")] * 4

    assert watch_minutes(script, rules) == [
        (30.0, "break_due"),
        (66.0, "break_due"),
        (66.0, "stretch_due"),
        (102.0, "break_due"),
        (138.0, "break_due"),
        (138.0, "stretch_due"),
    ]


# ------------------------------------------------------------------------- moving


def test_twenty_minutes_in_one_position_ask_for_a_change():
    events, _ = watch([(minutes(21), "seated")])

    assert events == [(1200.0, "move_due", "20 min in one position")]


def test_someone_who_shifts_hears_nothing():
    assert watch_minutes([(15, "shift"), (15, "seated")] * 4, settings(**ONLY["move"])) == [
        # Two scenes of 15 minutes make 30 between shifts.
        (20.0, "move_due"),
        (50.0, "move_due"),
        (80.0, "move_due"),
        (110.0, "move_due"),
    ]
    shifts = [(15, "shift"), (0.5, "seated")] * 8
    assert watch_minutes(shifts, settings(**ONLY["move"])) == []


def test_a_proposal_to_move_that_is_ignored_comes_again_later_and_later():
    assert watch_minutes([(320, "seated")], settings(**ONLY["move"])) == [
        (20.0, "move_due"),
        (60.0, "move_due"),
        (140.0, "move_due"),
        (300.0, "move_due"),
    ]


def test_someone_who_has_just_been_told_to_rise_is_not_told_to_shift():
    rules = settings(breaks=True, water=False, stretch=False, break_every_min=19.0)

    assert watch_minutes([(40, "seated")], rules) == [
        (19.0, "break_due"),
        (34.0, "break_due"),  # the shift of minute 20 waits, 20 minutes after each
    ]


def test_leaving_forgets_what_was_proposed():
    script = [(21, "seated"), (3, "break"), (21, "seated")]

    assert watch_minutes(script, settings(**ONLY["move"])) == [
        (20.0, "move_due"),
        (44.0, "move_due"),
    ]


# ------------------------------------------------------------------------ posture


def test_held_strain_is_told_once_with_its_reasons():
    events, _ = watch([(60, "seated"), (600, "slouch")], settings(**ONLY["posture"]))

    assert events == [(60.0, "posture_alert", "slouch;head_down")]


def test_strain_that_goes_on_is_told_again_each_time_it_has_lasted_twice_as_long():
    script = [(60, "seated"), (5 * 3600, "slouch")]
    slow = replace(settings(**ONLY["posture"]), posture=PostureSettings(cooldown_min=45.0))

    minutes_told = [
        [t_s / 60.0 for t_s, *_ in watch(script, rules, fps=1 / 60)[0]]
        for rules in (settings(**ONLY["posture"]), slow)
    ]
    assert minutes_told == [[1.0, 31.0, 61.0, 121.0, 241.0], [1.0, 46.0, 91.0, 181.0]]


def test_strain_that_is_relaxed_for_a_moment_begins_again_with_the_cooldown():
    script = [(40 * 60, "slouch"), (60, "seated"), (12 * 60, "slouch")]
    events, _ = watch(script, settings(**ONLY["posture"]), fps=1 / 60)

    assert [(t_s / 60.0, kind) for t_s, kind, _ in events] == [
        *((0.0, "posture_alert"), (30.0, "posture_alert")),
        *((40.0, "posture_corrected"), (41.0, "posture_alert")),
    ]


def test_someone_who_corrects_themselves_is_recorded_and_hears_nothing_more():
    events, _ = watch([(60, "seated"), (60, "slouch"), (60, "seated")])

    assert events == [
        (60.0, "posture_alert", "slouch;head_down"),
        (120.0, "posture_corrected", ""),
    ]


def test_someone_corrected_before_it_was_told_hears_nothing():
    script = [(30, "away"), (60, "slouch"), (60, "seated")]

    assert watch(script, settings(**ONLY["posture"]))[0] == []  # grace lasted longer


def test_strain_that_is_only_out_of_sight_is_not_corrected():
    # Leaving, or turning away, used to be recorded as a correction.
    script = [(60, "slouch"), (60, "unseen"), (600, "seated")]

    assert watch(script, settings(**ONLY["posture"]))[0] == [
        (0.0, "posture_alert", "slouch;head_down")
    ]


def test_no_second_posture_notification_within_ten_minutes():
    script = [(60, "slouch"), (60, "seated"), (900, "lean")]

    assert watch(script, settings(**ONLY["posture"]))[0] == [
        (0.0, "posture_alert", "slouch;head_down"),
        (60.0, "posture_corrected", ""),
        (600.0, "posture_alert", "lean_left"),
    ]


def alerts(*script):
    events, _ = watch(script, settings(**ONLY["posture"]), fps=0.1)
    return [t_s / 60.0 for t_s, kind, _ in events if kind == "posture_alert"]


def test_posture_notifications_that_change_nothing_become_rarer_within_bounds():
    assert alerts(*[(240, "slouch"), (60, "seated")] * 60) == [
        *(0.0, 10.0, 20.0),
        *(40.0, 80.0, 160.0, 240.0),
    ]


def test_posture_notifications_that_are_heeded_stay_as_quick():
    assert alerts(*[(100, "slouch"), (500, "seated")] * 4) == [0.0, 10.0, 20.0, 30.0]


def test_one_that_is_heeded_makes_the_next_as_quick_as_the_first():
    ignored, heeded = [(240, "slouch"), (360, "seated")], [(60, "slouch"), (540, "seated")]

    script = [*ignored * 3, (600, "seated"), *heeded * 3]

    assert alerts(*script) == [0.0, 10.0, 20.0, 40.0, 50.0, 60.0]


def test_someone_who_stands_up_soon_has_heeded_it_too():
    assert alerts(*[(100, "slouch"), (200, "standing"), (300, "seated")] * 3) == [0.0, 10.0, 20.0]


def test_strain_during_a_presentation_is_told_never_or_afterwards():
    rules = settings(**ONLY["posture"])

    assert watch([(60, "seated"), (600, "presenting"), (60, "seated")], rules)[0] == []
    assert watch([(60, "presenting"), (60, "slouch")], rules)[0] == [
        (60.0, "posture_alert", "slouch;head_down")
    ]


# -------------------------------------------------------------------------- water


def test_water_joins_the_next_break():
    rules = settings(move=False, stretch=False)

    # The hour at the desk is over at minute 65; the next break reminder comes at 85.
    assert watch_minutes([(5, "standing"), (5, "away"), (80, "seated")], rules) == [
        (40.0, "break_due"),
        (55.0, "break_due"),
        (85.0, "break_due"),
        (85.0, "water_due"),
    ]


def test_water_comes_alone_where_no_break_is_near():
    rules = settings(move=False)

    assert watch_minutes([(95, "standing")], rules) == [(90.0, "water_due")]
    events, _ = watch([(minutes(61), "seated")], settings(**ONLY["water"]))
    assert events == [(3600.0, "water_due", "60 min at the desk")]


def test_only_time_at_the_desk_makes_thirsty():
    script = [(30, "seated"), (60, "away"), (20, "dark"), (35, "standing")]

    assert watch_minutes(script, settings(**ONLY["water"])) == [(140.0, "water_due")]


def test_a_gap_of_an_hour_makes_nobody_thirsty():
    rules = settings(**ONLY["water"])
    state = ReminderState()
    for t_s in (0.0, 10.0, 4000.0, 4010.0):
        state, due = reminders.step(state, Moment(t_s, State.SITTING, t_s, 0.0), rules)

    assert (state.presence_s, due) == (20.0, ())


# -------------------------------------------------------------------------- other


def test_what_is_switched_off_is_never_said():
    off = dict.fromkeys(("posture", "move", "breaks", "stretch", "water"), False)

    assert watch_minutes([(120, "slouch")], settings(**off)) == []
    assert "water_due" not in {
        k for _, k in watch_minutes([(120, "seated")], settings(water=False))
    }


def test_a_standing_break_reminder_answers_the_others_too():
    events, _ = watch([(1790, "away"), (1790, "seated"), (60, "slouch")], settings(grace_s=0.0))

    assert [kind for _, kind, _ in events] == ["move_due", "posture_alert", "break_due"]


@pytest.mark.parametrize("fps", [0.5, 1.0, 5.0, 30.0])
def test_the_same_minutes_bring_the_same_reminders_at_any_frame_rate(fps):
    script = [(130, "seated"), (20, "lean"), (40, "seated"), (30, "break"), (40, "seated")]
    rules = settings(move_every_min=2.0, break_every_min=3.0, water_every_min=2.5)
    expected = [
        (120.0, "move_due", "2 min in one position"),
        (130.0, "posture_alert", "lean_left"),
        (150.0, "posture_corrected", ""),
        (180.0, "break_due", "3 min of sitting"),
        (180.0, "water_due", "with this break"),
    ]

    assert same_story(watch(script, rules, fps=fps)[0], expected, within_s=1.0 / fps)


def test_the_status_line_knows_what_comes_next():
    rules, state = settings(), ReminderState()
    moment = Moment(600.0, State.SITTING, sitting_s=600.0, stillness_s=300.0)

    assert next_reminder(state, moment, rules) == ("move", 900.0)
    assert next_reminder(state, replace(moment, sitting_s=1500.0), rules) == ("break", 300.0)
    assert next_reminder(state, replace(moment, sitting_s=9000.0), rules) == ("break", 0.0)
    assert next_reminder(state, replace(moment, state=State.AWAY), rules) is None


def test_the_status_line_knows_when_a_proposal_to_move_comes_again():
    # It used to say "move in 0 min" for all the minutes in which none could come.
    _, state = watch([(1260, "seated")], settings(**ONLY["move"]))
    moment = Moment(1260.0, State.SITTING, sitting_s=1260.0, stillness_s=1260.0)

    assert next_reminder(state, moment, settings(**ONLY["move"])) == ("move", 2340.0)
    assert watch_minutes([(61, "seated")], settings(**ONLY["move"])) == [
        (20.0, "move_due"),
        (60.0, "move_due"),
    ]


def test_the_status_line_leaves_out_what_is_switched_off():
    moment = Moment(600.0, State.SITTING, sitting_s=600.0, stillness_s=300.0)
    off = dict.fromkeys(("posture", "move", "breaks", "stretch", "water"), False)

    assert next_reminder(ReminderState(), moment, settings(**off)) is None
    assert next_reminder(ReminderState(presence_s=600.0), moment, settings(**ONLY["water"])) == (
        "water",
        3000.0,
    )


def test_the_status_line_counts_a_snoozed_break_as_due():
    _, state = watch([(1860, "seated")], settings(**ONLY["breaks"]))
    moment = Moment(1860.0, State.SITTING, sitting_s=1860.0, stillness_s=0.0)
    snoozed = snooze(state, 1860.0, 600.0)

    assert next_reminder(state, moment, settings(**ONLY["breaks"])) == ("break", 840.0)
    assert next_reminder(snoozed, moment, settings(**ONLY["breaks"])) == ("break", 0.0)


# --------------------------------------------------------------------------- the last week

WEEK, NEXT_WEEK = Detail(seconds=21600.0, share=0.25), Detail(seconds=18000.0, share=0.2)


def weeks_told(moments, **rules):
    """What was told of weeks over moments of (state, week, quiet)."""
    state, found = ReminderState(), []
    for t_s, (now, week, quiet) in enumerate(moments):
        moment = Moment(float(t_s), now, 0.0, 0.0, week=week, quiet=quiet)
        state, events = reminders.step(state, moment, settings(weekly=True, **rules))
        found += [(e.t_s, e.detail) for e in events if e.kind is EventKind.WEEK_REVIEW]
    return found


def test_the_last_week_is_told_once_and_only_to_somebody_at_the_desk_at_a_good_moment():
    told_when = weeks_told(
        [
            (State.AWAY, WEEK, False),
            (State.SITTING, WEEK, True),
            (State.SITTING, WEEK, False),
            (State.SITTING, WEEK, False),
            (State.AWAY, NEXT_WEEK, False),
            (State.STANDING, NEXT_WEEK, False),
            (State.SITTING, None, False),
        ]
    )

    assert told_when == [(2.0, WEEK), (5.0, NEXT_WEEK)]


def test_nobody_hears_of_the_week_who_did_not_ask_for_it():
    moment = Moment(0.0, State.SITTING, 0.0, 0.0, week=WEEK)

    assert reminders.step(ReminderState(), moment, Settings())[1] == ()

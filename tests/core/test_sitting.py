"""Sitting, standing and breaks as films: every event, and no other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from posture_monitor.config import SittingSettings
from posture_monitor.core.day import sitting
from posture_monitor.core.day.sitting import Evidence, SittingState
from posture_monitor.domain import Presence, State
from tests.builders import play, same_story, told

PRESENT, AWAY, UNKNOWN = Presence.PRESENT, Presence.AWAY, Presence.UNKNOWN
SCENES = {
    "seated": {"presence": PRESENT},
    "standing": {"presence": PRESENT, "standing": True},
    "unmeasured": {"presence": PRESENT, "standing": None},
    "away": {"presence": AWAY},
    "dark": {"presence": UNKNOWN},
    "typing in the dark": {"presence": UNKNOWN, "idle_s": 4.0},
    "typing out of view": {"presence": AWAY, "idle_s": 10.0},
    "talking in a call": {"presence": UNKNOWN, "idle_s": 60.0},
    "reading in the dark": {"presence": UNKNOWN, "idle_s": 60.1},
    "reading": {"presence": PRESENT, "idle_s": 600.0},
}


def watch(script, fps=1.0, **settings):
    """The events of a script and how it stands at the end.

    Nobody looks in scenes of "no frame" and "suspended"; after the latter it is known that
    the machine was off.
    """
    rules = replace(SittingSettings(), **settings)
    state, events, off = SittingState(), [], False
    for t_s, word in play(script, fps):
        if word in ("no frame", "suspended"):
            off = word == "suspended"
            continue
        step = sitting.step(state, Evidence(t_s, **SCENES[word], absent_before=off), rules)
        state, off = step.state, False
        events += step.events
    return told(events), state


def minutes(count):
    return count * 60.0


STARTED = (0.0, "sitting_started", "")


def test_someone_who_sits_down_starts_a_spell_from_the_first_frame():
    events, state = watch([(600, "seated")])

    assert events == [STARTED]
    assert (state.state, state.sitting_s) == (State.SITTING, 600.0)


def test_a_person_who_gets_up_for_one_minute_keeps_the_sitting_spell():
    events, state = watch([(600, "seated"), (60, "away"), (600, "seated")])

    assert events == [STARTED]
    assert state.sitting_s == 1200.0  # the minute away is not sat


def test_an_absence_of_two_minutes_is_a_break_and_ends_the_spell():
    events, state = watch([(1200, "seated"), (180, "away"), (600, "seated")])

    assert events == [
        STARTED,
        (1200.0, "sitting_ended", "after 20 min of sitting"),
        (1200.0, "break_started", ""),
        (1380.0, "break_ended", "after 3 min"),
        (1380.0, "sitting_started", ""),
    ]
    assert (state.sitting_s, state.returned_s) == (600.0, 1380.0)


def test_an_absence_just_short_of_two_minutes_is_no_break():
    short = watch([(600, "seated"), (119, "away"), (60, "seated")])[0]
    # Back for half a second when the two minutes are over, though not yet believed.
    close = watch([(600, "seated"), (119.5, "away"), (60, "seated")], fps=4.0)[0]
    long = watch([(600, "seated"), (121, "away"), (60, "seated")])[0]

    assert short == close == [STARTED]
    assert len(long) == 5


def test_short_absences_do_not_add_up_to_a_break():
    events, state = watch([(300, "seated"), (100, "away")] * 6 + [(300, "seated")])

    assert events == [STARTED]
    assert state.sitting_s == 2100.0


def test_a_frame_past_the_person_is_no_absence():
    events, state = watch([(60, "seated"), (1, "away"), (60, "seated")])

    assert events == [STARTED]
    assert (state.sitting_s, state.returned_s) == (121.0, None)


@pytest.mark.parametrize(("fps", "seconds"), [(2.0, 0.5), (1.0, 1.0), (0.5, 2.0), (1 / 3, 3.0)])
def test_one_misread_frame_is_no_absence_however_rare_frames_are(fps, seconds):
    # Two seconds apart, as on battery, each one was believed and put off every reminder.
    events, state = watch([(60, "seated"), (seconds, "away"), (60, "seated")], fps)

    assert events == [STARTED]
    assert (state.sitting_s, state.returned_s) == (120.0 + seconds, None)


def test_frames_too_rare_to_wait_for_another_are_believed_each():
    events, state = watch([(60, "seated"), (4, "away"), (60, "seated")], fps=0.25)

    assert events == [STARTED]
    assert (state.sitting_s, state.returned_s) == (120.0, 64.0)


def test_a_break_is_told_once_however_long_it_is():
    events, state = watch([(600, "seated"), (7200, "away")])

    assert [kind for _, kind, _ in events] == ["sitting_started", "sitting_ended", "break_started"]
    assert state.state is State.BREAK


def test_a_camera_that_starts_before_the_person_comes_tells_of_no_break():
    events, state = watch([(600, "away"), (60, "seated")])

    assert events == [(600.0, "sitting_started", "")]
    assert state.returned_s == 600.0


def test_more_than_a_minute_of_standing_ends_the_spell_without_a_break():
    events, state = watch([(1200, "seated"), (90, "standing"), (600, "seated")])

    assert events == [
        STARTED,
        (1200.0, "standing_started", ""),
        (1200.0, "sitting_ended", "after 20 min of sitting"),
        (1290.0, "standing_ended", ""),
        (1290.0, "sitting_started", ""),
    ]
    assert (state.sitting_s, state.returned_s) == (600.0, None)


def test_standing_for_half_a_minute_pauses_the_spell():
    events, state = watch([(600, "seated"), (30, "standing"), (600, "seated")])

    assert events == [STARTED, (600.0, "standing_started", ""), (630.0, "standing_ended", "")]
    assert state.sitting_s == 1200.0


def test_stretching_upwards_for_two_seconds_is_no_standing():
    assert watch([(60, "seated"), (2, "standing"), (60, "seated")])[0] == [STARTED]


def test_someone_who_works_standing_never_starts_a_sitting_spell():
    events, state = watch([(3600, "standing")])

    assert events == [(0.0, "standing_started", "")]
    assert state.sitting_s == 0.0


def test_someone_who_stands_and_turns_away_goes_on_standing():
    # Turned too far to be measured they used to count as sitting.
    events, _ = watch([(60, "standing"), (60, "unmeasured"), (60, "standing")])
    seated, _ = watch([(60, "seated"), (60, "unmeasured")])

    assert events == [(0.0, "standing_started", "")]
    assert seated == [STARTED]


def test_leaving_from_standing_ends_the_spell_with_the_absence():
    events, _ = watch([(600, "seated"), (30, "standing"), (180, "away")])

    assert events == [
        STARTED,
        (600.0, "standing_started", ""),
        (630.0, "standing_ended", ""),
        (630.0, "sitting_ended", "after 10 min of sitting"),
        (630.0, "break_started", ""),
    ]


def test_someone_who_reads_without_typing_is_not_away():
    assert watch([(3600, "reading")])[0] == [STARTED]


@pytest.mark.parametrize("word", ["typing in the dark", "talking in a call", "typing out of view"])
def test_someone_who_types_while_the_camera_sees_nothing_goes_on_sitting(word):
    events, state = watch([(60, "seated"), (600, word)])

    assert events == [STARTED]
    assert state.sitting_s == 660.0


def gone(*, touched_s, back_s=400.0, until_s=400.0, fps=2.0):
    """Someone seen until 99.5 s and gone from then to ``back_s``, believed half a second later.

    Keyboard or mouse were touched last at ``touched_s`` (None: the desktop doesn't tell).
    Answers the events, when the absence was known, and how it stands at the end.
    """
    state, events, known_s = SittingState(), [], None
    for n in range(int(until_s * fps) + 1):
        t_s = n / fps
        away = 100.5 <= t_s < back_s + 0.5
        since_s = 100.0 if away else back_s if t_s > back_s else 0.0
        idle_s = None if touched_s is None else max(0.0, t_s - touched_s)
        evidence = Evidence(t_s, AWAY if away else PRESENT, since_s, idle_s=idle_s)
        step = sitting.step(state, evidence, SittingSettings())
        state = step.state
        events += step.events
        if known_s is None and state.state is State.AWAY:
            known_s = t_s
    return told(events), known_s, state


def test_an_absence_counts_from_when_someone_went_and_not_from_when_it_was_believed():
    # Each change used to count from when presence was sure of it, up to a second late.
    events, known_s, state = gone(touched_s=None, back_s=300.0)

    assert events == [
        STARTED,
        (100.0, "sitting_ended", "after 2 min of sitting"),
        (100.0, "break_started", ""),
        (300.0, "break_ended", "after 3 min"),
        (300.0, "sitting_started", ""),
    ]
    assert known_s == 101.0
    assert (state.sitting_s, state.returned_s) == (100.0, 300.0)


def test_a_short_absence_takes_back_what_was_counted_before_it_was_believed():
    events, _, state = gone(touched_s=None, back_s=160.0)

    assert events == [STARTED]
    assert state.sitting_s == 100.0 + 240.0


def test_one_frame_is_believed_of_nobody_even_if_it_tells_of_the_one_before():
    # Two poses invented in a row in an empty chair used to end a break.
    state = SittingState()
    for t_s in range(200):
        here = t_s == 150
        since_s = 149.0 if here else 150.5 if t_s > 150 else 0.0
        evidence = Evidence(float(t_s), PRESENT if here else AWAY, since_s)
        state = sitting.step(state, evidence, SittingSettings()).state

    assert (state.state, state.since_s, state.returned_s) == (State.BREAK, 0.0, None)


def test_the_last_key_before_someone_rises_does_not_keep_them_in_the_chair():
    # It used to count for ten seconds more of sitting.
    events, known_s, _ = gone(touched_s=99.8)

    assert events[1:] == [
        (100.0, "sitting_ended", "after 2 min of sitting"),
        (100.0, "break_started", ""),
    ]
    assert known_s == 103.0  # the desktop's answer may be three seconds old


def test_whoever_types_on_after_going_out_of_view_is_not_away():
    events, known_s, state = gone(touched_s=395.0)

    assert (events, known_s) == ([STARTED], None)
    assert state.sitting_s == 400.0


def test_someone_who_types_standing_in_the_dark_goes_on_standing():
    assert watch([(60, "standing"), (60, "typing in the dark")])[0] == [
        (0.0, "standing_started", "")
    ]


@pytest.mark.parametrize("word", ["dark", "reading in the dark"])
def test_darkness_is_unknown_and_pauses_the_spell(word):
    events, state = watch([(600, "seated"), (300, word), (600, "seated")])

    assert events == [STARTED]
    assert (state.sitting_s, state.returned_s) == (1200.0, None)


def test_half_an_hour_of_darkness_ends_the_spell_but_is_no_break():
    # The spell used to go on after any time in the dark.
    events, _ = watch([(600, "seated"), (1900, "dark"), (600, "seated")])

    assert events == [
        STARTED,
        (600.0, "sitting_ended", "after 10 min of sitting"),
        (2500.0, "sitting_started", ""),
    ]


def test_frames_further_apart_than_max_gap_leave_the_time_unknown():
    near = watch([(600, "seated"), (14, "no frame"), (60, "seated")])
    far = watch([(600, "seated"), (15, "no frame"), (60, "seated")])

    assert near[0] == far[0] == [STARTED]
    assert near[1].sitting_s == 674.0
    assert far[1].sitting_s == 599.0 + 60.0  # from the last frame to the next nobody knows


def test_the_unknown_time_is_told_as_a_gap():
    rules = SittingSettings()
    state = sitting.step(SittingState(), Evidence(0.0, PRESENT), rules).state
    unseen = sitting.step(state, Evidence(20.0, PRESENT), rules)
    asleep = sitting.step(state, Evidence(5.0, PRESENT, absent_before=True), rules)

    assert unseen.gap == sitting.Stretch(0.0, 20.0, State.UNKNOWN)
    assert asleep.gap == sitting.Stretch(0.0, 5.0, State.AWAY)
    assert unseen.relabel is asleep.relabel is None


def test_half_an_hour_without_frames_ends_the_spell():
    events, state = watch([(600, "seated"), (1800, "no frame"), (60, "seated")])

    assert events == [
        STARTED,
        (599.0, "sitting_ended", "after 10 min of sitting"),
        (2400.0, "sitting_started", ""),
    ]
    assert state.sitting_s == 60.0


def test_a_suspend_of_an_hour_is_a_break_and_never_sitting_time():
    events, state = watch([(601, "seated"), (3600, "suspended"), (60, "seated")])

    assert events == [
        STARTED,
        (600.0, "sitting_ended", "after 10 min of sitting"),
        (600.0, "break_started", ""),
        (4201.0, "break_ended", "after 60 min"),
        (4201.0, "sitting_started", ""),
    ]
    assert (state.sitting_s, state.returned_s) == (60.0, 4201.0)


def test_a_suspend_of_a_minute_pauses_the_spell_and_the_return_is_known():
    events, state = watch([(601, "seated"), (60, "suspended"), (60, "seated")])

    assert events == [STARTED]
    assert (state.sitting_s, state.returned_s) == (660.0, 661.0)


@pytest.mark.parametrize(
    "parts",
    [
        [(80, "away"), (80, "suspended")],
        [(80, "suspended"), (80, "away")],  # used to count from the end of the suspend
        [(50, "away"), (50, "suspended"), (60, "away")],
    ],
)
def test_an_absence_is_one_absence_whether_the_machine_was_on_or_off(parts):
    events, state = watch([(601, "seated"), *parts, (60, "seated")])
    onset_s = 601.0 if parts[0][1] == "away" else 600.0

    assert events == [
        STARTED,
        (onset_s, "sitting_ended", "after 10 min of sitting"),
        (onset_s, "break_started", ""),
        (761.0, "break_ended", "after 3 min"),
        (761.0, "sitting_started", ""),
    ]
    assert state.state is State.SITTING


def test_a_suspend_during_a_break_prolongs_the_break():
    events, state = watch([(601, "seated"), (180, "away"), (30, "suspended"), (180, "away")])

    assert [kind for _, kind, _ in events] == ["sitting_started", "sitting_ended", "break_started"]
    assert (state.state, state.since_s) == (State.BREAK, 601.0)


def test_standing_is_over_where_nobody_looked():
    events, _ = watch([(61, "standing"), (60, "no frame"), (60, "standing")])

    assert events == [
        (0.0, "standing_started", ""),
        (60.0, "standing_ended", ""),
        (121.0, "standing_started", ""),
    ]


def test_a_break_that_begins_seen_ends_with_the_return_even_after_the_dark():
    events, _ = watch([(601, "seated"), (300, "away"), (300, "dark"), (60, "seated")])

    assert events[-2:] == [(1201.0, "break_ended", "after 10 min"), (1201.0, "sitting_started", "")]


def test_a_time_that_runs_backwards_counts_as_no_time():
    rules, state = SittingSettings(), SittingState()
    for t_s in (0.0, 1.0, 2.0, 1.5, 2.0, 3.0):
        state = sitting.step(state, Evidence(t_s, PRESENT), rules).state

    assert (state.sitting_s, state.last_s) == (3.0, 3.0)


def test_someone_who_stands_a_moment_before_they_sit_down_is_back_at_once():
    # Sitting used to wait again after the standing.
    events, state = watch([(60, "seated"), (60, "away"), (2, "standing"), (9, "seated")])

    assert events == [STARTED]
    assert (state.sitting_s, state.returned_s) == (71.0, 120.0)


STORY = [
    (600, "seated"),
    (60, "away"),
    (600, "seated"),
    (20, "dark"),
    (310, "seated"),
    (30, "standing"),
    (300, "seated"),
    (90, "standing"),
    (300, "seated"),
    (300, "away"),
    (310, "seated"),
]


@pytest.mark.parametrize("fps", [0.5, 1.0, 2.0, pytest.param(30.0, marks=pytest.mark.long)])
def test_the_same_day_is_told_alike_at_any_frame_rate(fps):
    events, state = watch(STORY, fps)
    expected = [
        STARTED,
        (1590.0, "standing_started", ""),
        (1620.0, "standing_ended", ""),
        (1920.0, "standing_started", ""),
        (1920.0, "sitting_ended", "after 30 min of sitting"),
        (2010.0, "standing_ended", ""),
        (2010.0, "sitting_started", ""),
        (2310.0, "sitting_ended", "after 5 min of sitting"),
        (2310.0, "break_started", ""),
        (2610.0, "break_ended", "after 5 min"),
        (2610.0, "sitting_started", ""),
    ]

    assert same_story(events, expected, within_s=1.0 / fps), events
    assert state.sitting_s == pytest.approx(310.0, abs=1.0 / fps)


@pytest.mark.parametrize(("gap_s", "unknown"), [(15.0, False), (15.1, True)])
def test_a_gap_is_longer_than_fifteen_seconds(gap_s, unknown):
    seated = SittingState(State.SITTING, last_s=100.0, in_spell=True)
    step = sitting.step(seated, Evidence(100.0 + gap_s, PRESENT), SittingSettings())

    assert (step.gap is not None) is unknown
    assert step.state.sitting_s == (0.0 if unknown else gap_s)


@pytest.mark.parametrize(("unknown_s", "in_spell"), [(1799.0, True), (1800.0, False)])
def test_a_spell_ends_after_half_an_hour_in_which_nobody_knows(unknown_s, in_spell):
    doubt = SittingState(State.UNKNOWN, since_s=0.0, last_s=unknown_s - 1.0, in_spell=True)
    step = sitting.step(doubt, Evidence(unknown_s, UNKNOWN), SittingSettings())

    assert step.state.in_spell is in_spell


def test_time_that_turned_out_otherwise_is_told():
    seated = SittingState(State.SITTING, last_s=100.0, in_spell=True)
    away = replace(seated, candidate=State.AWAY, candidate_since_s=95.0, candidate_s=5.0)
    step = sitting.step(away, Evidence(105.0, AWAY, 95.0), SittingSettings())

    assert step.relabel == sitting.Stretch(95.0, 105.0, State.AWAY)

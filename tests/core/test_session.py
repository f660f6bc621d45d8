"""The whole judgement as films of a drawn person: events, samples and a record without holes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posture_monitor.config import PostureSettings, ReminderSettings, Settings, SittingSettings
from posture_monitor.core import session
from posture_monitor.core.session import SessionState, Setup, Surroundings
from posture_monitor.domain import (
    Event,
    EventKind,
    Metrics,
    Presence,
    Reason,
    State,
    Unjudged,
    ViewShift,
)
from tests.builders import (
    LOOKING_ASIDE,
    NINE,
    SHIFTED,
    STANDING,
    TURNED_AWAY,
    UPRIGHT,
    observe,
    person,
    play,
    same_story,
    told,
    upright_baseline,
)

POSES = {
    "upright": UPRIGHT,
    "aside": LOOKING_ASIDE,
    "turned": TURNED_AWAY,
    "shifted": SHIFTED,
    "standing": STANDING,
}
PEOPLE = {word: person(**how) for word, how in POSES.items()}
BASELINE = upright_baseline()

BRISK = Settings(
    posture=PostureSettings(hold_s=10.0, cooldown_min=1.0),
    sitting=SittingSettings(min_break_s=20.0, stand_s=8.0, session_end_min=5.0),
    reminders=ReminderSettings(
        move_every_min=55.0 / 60.0,
        break_every_min=1.0,
        repeat_break_min=1.0,
        water_every_min=1.0,
        grace_s=5.0,
    ),
)
"""A day in two minutes: a hold of 10 s, breaks of 20 s, a reminder to rise after a minute."""


class Film:
    """Plays scenes through ``session.step`` and keeps all that comes of it."""

    def __init__(self, setup=None):
        self.setup = Setup(BRISK, BASELINE) if setup is None else setup
        self.state = SessionState()
        self.samples, self.events, self.closed, self.record = [], [], [], {}
        self.off = False
        self.first_s = None

    def observe(self, t_s, word):
        if word in ("no frame", "suspended"):
            self.off = word == "suspended"
            return
        self.first_s = t_s if self.first_s is None else self.first_s
        pose = PEOPLE.get(word)
        seen = observe(t_s, pose, brightness=3.0 if word == "dark" else 128.0)
        around = Surroundings(absent_before=self.off, quiet=word == "quiet")
        outcome = session.step(self.state, seen, self.setup, around)
        self.off, self.state = False, outcome.state
        self.samples.append(outcome.sample)
        self.events += outcome.events
        self.closed += outcome.closed
        # What a record does: an interval with a known start replaces it.
        for interval in (*outcome.closed, *session.open_intervals(outcome.state)):
            self.record[interval.start_at] = interval

    def play(self, script, fps=1.0):
        for t_s, word in play(script, fps):
            self.observe(t_s, word)
        return self

    @property
    def story(self):
        return told(self.events)

    def seconds(self, wanted):
        return sum(i.duration_s for i in self.record.values() if wanted(i))


def assert_no_hole(film):
    """The record covers the time from the first to the last frame once."""
    reached = NINE + timedelta(seconds=film.first_s)
    for start_at in sorted(film.record):
        assert abs(start_at - reached) < timedelta(milliseconds=1)
        reached = start_at + timedelta(seconds=film.record[start_at].duration_s)
    end = NINE + timedelta(seconds=film.samples[-1].t_s)
    assert abs(end - reached) < timedelta(milliseconds=1)


DAY = [
    (20, "upright"),
    (4, "aside"),  # a glance at the desk
    (16, "upright"),
    (30, "aside"),
    (10, "upright"),
    (40, "nobody"),
    (20, "upright"),
    (16, "standing"),
    (10, "upright"),
    (10, "shifted"),
]
DAY_STORY = [
    (0.0, "sitting_started", ""),
    (50.0, "posture_alert", "head_turn"),
    (55.0, "move_due", "1 min in one position"),
    (60.0, "break_due", "1 min of sitting"),
    (60.0, "water_due", "with this break"),
    (73.0, "posture_corrected", ""),
    (80.0, "break_started", ""),
    (80.0, "sitting_ended", "after 1 min of sitting"),
    (120.0, "break_ended", "after 1 min"),
    (120.0, "sitting_started", ""),
    (140.0, "sitting_ended", "after 0 min of sitting"),
    (140.0, "standing_started", ""),
    (156.0, "sitting_started", ""),
    (156.0, "standing_ended", ""),
    (166.0, "position_changed", ""),
]
"""In the order of their times; some are noticed later than others."""
COMES_OR_GOES = ("break_started", "break_ended")


def test_a_short_day_brings_these_events_and_no_others():
    film = Film().play(DAY, fps=2.0)

    assert same_story(sorted(film.story), DAY_STORY, within_s=1.0), film.story


@pytest.mark.parametrize("fps", [0.5, 2.0, pytest.param(30.0, marks=pytest.mark.long)])
def test_the_same_day_is_told_alike_at_any_frame_rate(fps):
    film = Film().play(DAY, fps)

    assert same_story(sorted(film.story), DAY_STORY, within_s=1.0 / fps + 1.0), film.story
    # Presence takes up to a second to be believed, but then counts from its onset.
    coming_and_going = [(t_s, kind) for t_s, kind, _ in sorted(film.story) if kind in COMES_OR_GOES]
    expected = [(t_s, kind) for t_s, kind, _ in DAY_STORY if kind in COMES_OR_GOES]
    assert [kind for _, kind in coming_and_going] == [kind for _, kind in expected]
    for (got_s, _), (true_s, _) in zip(coming_and_going, expected, strict=True):
        assert true_s <= got_s + 1e-6 <= true_s + 1.0 / fps
    assert film.seconds(lambda i: i.strained) == pytest.approx(30.0, abs=2.0 / fps + 1.0)
    assert film.seconds(lambda i: i.state is State.BREAK) == pytest.approx(40.0, abs=1.0 / fps)
    assert film.seconds(lambda i: i.state is State.STANDING) == pytest.approx(
        16.0, abs=1.0 / fps + 1.0
    )
    assert_no_hole(film)


def test_someone_upright_scores_100_and_nothing_is_said():
    film = Film().play([(40, "upright")])

    assert film.story == [(0.0, "sitting_started", "")]
    assert {sample.score for sample in film.samples} == {100.0}
    assert film.samples[-1].metrics.viewing_distance_cm == 60.0
    assert film.samples[-1].metrics.stillness_s == 40.0


def test_a_glance_is_strained_for_a_sample_but_leaves_no_trace():
    film = Film().play([(10, "upright"), (5, "aside"), (10, "upright")])

    assert Reason.HEAD_TURN in film.samples[13].reasons
    assert film.story == [(0.0, "sitting_started", "")]
    assert film.seconds(lambda i: i.strained) == 0.0


def test_held_strain_counts_from_its_onset_in_the_record():
    film = Film().play([(20, "upright"), (20, "aside"), (10, "upright")])
    strained = [i for i in film.record.values() if i.strained]

    assert [(i.start_at, i.duration_s, i.reasons) for i in strained] == [
        (NINE + timedelta(seconds=20), pytest.approx(20.0, abs=1.0), (Reason.HEAD_TURN,))
    ]


def test_one_shift_in_the_chair_is_a_change_of_position():
    film = Film().play([(20, "upright"), (20, "shifted")])

    assert film.story == [(0.0, "sitting_started", ""), (20.0, "position_changed", "")]


def test_standing_up_is_a_change_of_position():
    film = Film().play([(20, "upright"), (20, "standing"), (20, "upright")])

    assert film.samples[-1].metrics.stillness_s == pytest.approx(20.0, abs=3.0)
    assert film.samples[30].unjudged is Unjudged.STANDING
    assert film.samples[30].standing


def test_someone_standing_who_turns_away_goes_on_standing():
    # Turned too far to be measured they used to count as sitting.
    film = Film().play([(20, "standing")])
    aside = replace(PEOPLE["standing"], visibility=PEOPLE["standing"].visibility * 0.0)
    for t_s in range(21, 40):
        film.state = session.step(film.state, observe(float(t_s), aside), film.setup).state

    assert film.state.sitting.state is State.STANDING


def test_whoever_fits_a_standing_profile_stands():
    film = Film(Setup(BRISK, replace(BASELINE, standing=True))).play([(30, "upright")])

    assert film.story == [(0.0, "standing_started", "")]
    assert film.samples[-1].judged
    assert film.seconds(lambda i: i.judged_s > 0.0 and i.state is State.STANDING) == 30.0


def test_frames_further_apart_than_max_gap_leave_the_time_unknown():
    film = Film().play([(20, "aside"), (40, "no frame"), (20, "aside")])

    assert film.seconds(lambda i: i.state is State.UNKNOWN) == 41.0  # from 19 to 60
    # Neither the strain nor the stillness of before is carried over the gap.
    assert film.samples[-1].metrics.stillness_s == 20.0
    assert [event for event in film.story if event[1] != "break_due"] == [
        (0.0, "sitting_started", ""),
        (10.0, "posture_alert", "head_turn"),
        (70.0, "posture_alert", "head_turn"),  # held again for 10 s
    ]
    assert_no_hole(film)


def test_a_suspend_is_an_absence_and_not_corrected_posture():
    film = Film().play([(20, "aside"), (100, "suspended"), (4, "upright")])

    assert film.story[-4:] == [
        (19.0, "sitting_ended", "after 0 min of sitting"),
        (19.0, "break_started", ""),
        (120.0, "break_ended", "after 2 min"),
        (120.0, "sitting_started", ""),
    ]
    assert film.seconds(lambda i: i.state is State.BREAK) == 101.0
    assert_no_hole(film)


def test_an_absence_longer_than_an_interval_still_becomes_a_break_as_a_whole():
    # Cut after 300 s it used to stay an absence in part, once breaks are set that long.
    rules = replace(BRISK, sitting=replace(BRISK.sitting, min_break_s=700.0))
    film = Film(Setup(rules, BASELINE)).play([(10, "upright"), (800, "nobody")])

    assert film.seconds(lambda i: i.state is State.AWAY) == 0.0
    assert film.seconds(lambda i: i.state is State.BREAK) == pytest.approx(800.0, abs=1.0)


def test_a_time_that_runs_backwards_is_told_once():
    film = Film()
    for t_s in (0.0, 1.0, 2.0, 3.0, 1.0, 2.0, 4.0, 5.0):
        film.observe(t_s, "upright")

    assert film.seconds(lambda i: True) == 5.0
    assert [sample.t_s for sample in film.samples] == [0.0, 1.0, 2.0, 3.0, 3.0, 3.0, 4.0, 5.0]


@pytest.mark.parametrize(
    ("word", "presence", "unjudged"),
    [
        ("nobody", Presence.AWAY, Unjudged.NOBODY),
        ("dark", Presence.UNKNOWN, Unjudged.TOO_DARK),
        ("turned", Presence.PRESENT, Unjudged.TURNED_AWAY),
        ("standing", Presence.PRESENT, Unjudged.STANDING),
    ],
)
def test_what_can_not_be_judged_says_why_and_invents_no_score(word, presence, unjudged):
    sample = Film().play([(5, word)]).samples[-1]

    assert (sample.presence, sample.unjudged) == (presence, unjudged)
    assert (sample.judged, sample.score, sample.strained, sample.reasons) == (False, None, None, ())


def test_without_a_baseline_time_is_counted_but_nothing_judged():
    film = Film(Setup(BRISK)).play([(30, "aside")])

    assert film.samples[-1].unjudged is Unjudged.NO_BASELINE
    assert film.samples[-1].metrics.neck_gap_ratio is not None
    assert film.samples[-1].metrics.head_pitch_deg is None
    assert film.seconds(lambda i: i.state is State.SITTING) == 30.0
    assert film.seconds(lambda i: i.judged_s > 0.0) == 0.0


def test_a_baseline_of_another_view_is_stale():
    wide = upright_baseline(width_px=1280, height_px=720)
    film = Film(Setup(BRISK, wide)).play([(3, "upright")])

    assert film.samples[-1].unjudged is Unjudged.STALE_BASELINE


def test_two_people_alike_can_not_be_judged():
    pose = person()
    own = observe(0.0, pose).faces[0]
    seen = observe(0.0, pose, faces=(own, replace(own, left_px=20.0)))
    sample = session.step(SessionState(), seen, Setup(BRISK)).sample

    assert (sample.unjudged, sample.metrics) == (Unjudged.SEVERAL_PEOPLE, Metrics())


def test_due_reminders_wait_while_they_would_disturb():
    film = Film(Setup(BRISK, BASELINE))
    for t_s in range(70):
        quiet = Surroundings(quiet=True)
        outcome = session.step(film.state, observe(float(t_s), PEOPLE["aside"]), film.setup, quiet)
        film.state = outcome.state
        film.events += outcome.events

    assert film.story == [(0.0, "sitting_started", "")]


def test_typing_keeps_the_sitting_clock_running_while_the_camera_is_dark():
    film = Film()
    for t_s in range(61):
        seen = observe(float(t_s), PEOPLE["upright"] if t_s < 20 else None, brightness=3.0)
        around = Surroundings(idle_s=2.0)
        film.state = session.step(film.state, seen, film.setup, around).state

    assert film.state.sitting.sitting_s == 60.0


def test_a_lost_camera_leaves_the_time_unknown():
    film = Film().play([(20, "upright")])
    for t_s in range(21, 61):
        seen = session.blind(float(t_s), NINE + timedelta(seconds=t_s))
        outcome = session.step(film.state, seen, film.setup)
        film.state = outcome.state

    assert outcome.sample.presence is Presence.UNKNOWN
    assert film.state.sitting.state is State.UNKNOWN
    assert film.state.sitting.in_spell


def test_a_reason_that_was_called_wrong_is_softened():
    plain = Film().play([(3, "aside")])
    softened = Film(Setup(BRISK, BASELINE, softened={Reason.HEAD_TURN: 0.25})).play([(3, "aside")])

    assert plain.samples[-1].strained
    assert not softened.samples[-1].strained


def test_the_end_of_a_recording_ends_the_spell_and_tells_all_intervals():
    film = Film().play([(30, "upright")])
    events, intervals = session.finish(film.state, 5.0)

    assert told(events) == [(35.0, "sitting_ended", "after 1 min of sitting, at the end")]
    assert sum(i.duration_s for i in (*film.closed, *intervals)) == 35.0
    assert sum(i.score_seconds for i in intervals) == 3500.0


def test_the_end_of_a_recording_during_a_break_ends_no_spell():
    film = Film().play([(30, "upright"), (30, "nobody")])
    events, intervals = session.finish(film.state, 5.0)

    assert events == ()
    assert sum(i.duration_s for i in (*film.closed, *intervals)) == 65.0


def test_a_recording_without_a_single_frame_ends_without_a_trace():
    assert session.finish(SessionState(), 5.0) == ((), ())
    assert session.open_intervals(SessionState()) == ()


def test_an_event_is_dated_when_it_happened_not_when_it_was_noticed():
    film = Film().play([(20, "upright"), (40, "nobody")])
    started = next(event for event in film.events if event.kind == "break_started")

    assert session.wall_of(started, observe(45.0)) == NINE + timedelta(seconds=started.t_s)


def test_an_event_before_the_clocks_went_back_is_dated_before_they_did():
    seen_at = datetime(2026, 10, 25, 1, 0, 5, tzinfo=UTC).astimezone(ZoneInfo("Europe/Berlin"))
    seen = replace(observe(45.0), wall_at=seen_at)

    assert session.wall_of(Event(30.0, EventKind.BREAK_STARTED), seen) == datetime(
        2026, 10, 25, 0, 59, 50, tzinfo=UTC
    )


def test_the_status_line_sees_what_the_rules_see():
    moment = session.moment_of(Film().play([(25, "aside")]).state, 25.0)

    assert (moment.state, moment.sitting_s, moment.stillness_s) == (State.SITTING, 25.0, 25.0)
    assert (moment.strained_since_s, moment.reasons) == (0.0, (Reason.HEAD_TURN,))


words = st.sampled_from([*POSES, "nobody", "dark", "no frame", "suspended"])
scripts = st.lists(st.tuples(st.sampled_from([0.5, 2.0, 7.0, 25.0]), words), min_size=1, max_size=8)


@settings(max_examples=20)
@given(scripts, st.sampled_from([0.5, 1.0, 2.0]))
def test_the_record_partitions_the_observed_time_at_any_moment(script, fps):
    film = Film()
    for t_s, word in play(script, fps):
        film.observe(t_s, word)
        if film.samples:
            assert_no_hole(film)
    if film.samples:
        _, rest = session.finish(film.state)
        assert sum(i.duration_s for i in (*film.closed, *rest)) == pytest.approx(
            film.samples[-1].t_s - film.first_s
        )


def test_strain_that_begins_again_after_an_unseen_time_is_no_correction():
    sparse = replace(BRISK, sitting=replace(BRISK.sitting, max_gap_s=60.0))
    ends = {}
    for word in ("upright", "aside"):
        film = Film(Setup(sparse, BASELINE))
        film.play([(5, "upright"), (20, "aside"), (25, "no frame"), (3, word)])
        ends[word] = [kind for _, kind, _ in film.story if kind.startswith("posture")]

    assert ends == {
        "upright": ["posture_alert", "posture_corrected"],
        "aside": ["posture_alert"],
    }


def test_somebody_is_asked_only_where_a_reminder_is_due():
    setup = Setup(Settings(reminders=ReminderSettings(break_every_min=30.0)), upright_baseline())
    state, asked = SessionState(), []
    for t_s in range(0, 1900, 10):
        judged = session.judge(state, observe(float(t_s), person()), setup)
        if session.is_due(judged, state.reminders, setup.settings):
            asked.append(t_s)
            break
        state = session.remind(judged, state.reminders, setup.settings).state

    assert asked == [1200]  # to move, by default, after 20 minutes in one position


def test_somebody_who_comes_by_during_an_absence_is_not_judged():
    passing = [(8, "nobody"), (0.5, "aside"), (8, "nobody")]
    film = Film().play([(30, "upright"), *passing, (30, "upright")], fps=2.0)
    judged_s = dict.fromkeys(State, 0.0)
    for interval in film.record.values():
        judged_s[interval.state] += interval.judged_s

    assert film.seconds(lambda i: i.state is State.AWAY) == 16.5
    assert judged_s == dict.fromkeys(State, 0.0) | {State.SITTING: 59.0}


@pytest.mark.parametrize(("view", "smoothed"), [(None, True), (ViewShift(pan_deg=2.0), False)])
def test_what_another_view_showed_is_not_mixed_into_a_sample(view, smoothed):
    film = Film().play([(1, "upright")], fps=10.0)
    aside = replace(observe(1.1, PEOPLE["aside"]), view=view)
    after, alone = (
        session.step(state, aside, film.setup).state.features.head_yaw_deg
        for state in (film.state, SessionState())
    )

    assert (after != alone) is smoothed


@pytest.mark.parametrize(("gap_s", "smoothed"), [(3.0, True), (3.1, False)])
def test_samples_further_than_three_seconds_apart_are_not_smoothed(gap_s, smoothed):
    film = Film().play([(1, "upright")], fps=10.0)
    aside = observe(1.0 + gap_s, PEOPLE["aside"])
    after, alone = (
        session.step(state, aside, film.setup).state.features.head_yaw_deg
        for state in (film.state, SessionState())
    )

    assert (after != alone) is smoothed


def test_a_fifth_of_a_second_is_the_time_constant_of_what_is_seen():
    film = Film().play([(1, "upright")], fps=10.0)
    before = film.state.features.head_yaw_deg
    aside = observe(1.2, PEOPLE["aside"])
    after, alone = (
        session.step(state, aside, film.setup).state.features.head_yaw_deg
        for state in (film.state, SessionState())
    )

    assert (after - before) / (alone - before) == pytest.approx(0.632, abs=0.001)


def test_a_more_sensitive_setting_costs_more_points():
    turned = observe(0.0, person(yaw_deg=20.0))
    scores = []
    for sensitivity in ("low", "normal", "high"):
        rules = replace(BRISK, posture=replace(BRISK.posture, sensitivity=sensitivity))
        sample = session.step(SessionState(), turned, Setup(rules, BASELINE)).sample
        scores.append(round(sample.score, 1))

    assert scores == [81.5, 65.9, 55.7]

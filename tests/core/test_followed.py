"""What followed on reminders, and a trial that finds what is there and nothing else."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from statistics import fmean

import pytest

from posture_monitor.core.stats import trial
from posture_monitor.core.stats.followed import (
    Answer,
    Estimate,
    Followed,
    Span,
    answers,
    followed,
    share_of,
    student_t,
)
from posture_monitor.core.stats.trial import DECISIONS, decide, decisions, results
from posture_monitor.domain import Event, EventKind, Interval, Reason, RecordedEvent, ReminderKind
from posture_monitor.domain import State as S
from posture_monitor.history.details import from_words
from posture_monitor.wording.details import detail_words

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
DUE, ALERT, MOVE = EventKind.BREAK_DUE, EventKind.POSTURE_ALERT, EventKind.MOVE_DUE


def at(minutes):
    return NINE + timedelta(minutes=minutes)


def told(kind, minutes, detail=""):
    return RecordedEvent(at(minutes), kind, from_words(kind, detail))


def film(*parts):
    """Parts of (state, minutes, strained) one after the other from nine o'clock."""
    intervals, gone = [], 0.0
    for state, length, *strained in parts:
        bad = bool(strained)
        reasons = (Reason.SLOUCH,) if bad else ()
        intervals.append(Interval(at(gone), length * 60.0, state, bad, reasons, length * 60.0))
        gone += length
    return intervals


SITS = film((S.SITTING, 60.0))


@pytest.mark.parametrize(
    ("kind", "after", "answer"),
    [
        (DUE, [], Answer.IGNORED),
        (DUE, [told(EventKind.GUIDED_BREAK, 33, "90;far_look:20:")], Answer.EXERCISED),
        (DUE, [told(EventKind.GUIDED_BREAK, 33, "4")], Answer.IGNORED),
        (DUE, [told(EventKind.GUIDED_BREAK, 41, "90;far_look:20:")], Answer.IGNORED),
        (ALERT, [told(EventKind.POSTURE_CORRECTED, 31.9)], Answer.CORRECTED),
        (ALERT, [told(EventKind.POSTURE_CORRECTED, 32.1)], Answer.IGNORED),
        (ALERT, [told(EventKind.POSITION_CHANGED, 31)], Answer.IGNORED),
        (MOVE, [told(EventKind.POSITION_CHANGED, 36)], Answer.CORRECTED),
    ],
)
def test_what_somebody_did_after_a_reminder_is_told_from_the_record(kind, after, answer):
    (found,) = followed(SITS, [told(kind, 30), *after])

    assert found.answer is answer


@pytest.mark.parametrize(("state", "answer"), [(S.AWAY, "rose"), (S.STANDING, "rose")])
def test_getting_up_within_ten_minutes_answers_a_reminder(state, answer):
    rises = film((S.SITTING, 35.0), (state, 10.0), (S.SITTING, 20.0))
    late = film((S.SITTING, 41.0), (state, 10.0))

    assert followed(rises, [told(DUE, 30)])[0].answer == answer
    assert followed(late, [told(DUE, 30)])[0].answer == "ignored"


def test_where_less_than_half_of_the_time_is_known_nothing_is_said():
    dark = film((S.SITTING, 31.0), (S.UNKNOWN, 20.0))
    (found,) = followed(dark, [told(DUE, 30), told(EventKind.SNOOZED, 31)])

    assert (found.answer, found.after) == (Answer.UNKNOWN, None)
    assert found.before == Span(0.0, 0)
    assert answers([found])[ReminderKind.BREAK].count == 0


def test_strain_and_stillness_before_and_after_are_measured():
    record = film((S.SITTING, 24.0), (S.SITTING, 9.0, True), (S.SITTING, 30.0))
    shifts = [told(EventKind.POSITION_CHANGED, 22), told(ALERT, 30)]
    shifts += [told(EventKind.POSITION_CHANGED, m) for m in (34, 36)]
    (found,) = followed(record, shifts)

    assert found.before == Span(pytest.approx(0.6), 1)
    assert found.after == Span(pytest.approx(0.3), 2)


def test_shares_come_with_intervals_and_only_where_there_are_enough():
    def some(count, before, after):
        spans = Span(before, 0), Span(after, 0)
        kinds = [Answer.ROSE if n % 2 else Answer.IGNORED for n in range(count)]
        return [Followed(NINE, ReminderKind.BREAK, kind, *spans) for kind in kinds]

    few = answers(some(9, 0.5, 0.2))[ReminderKind.BREAK]
    enough = answers([*some(5, 0.5, 0.3), *some(5, 0.5, 0.1)])[ReminderKind.BREAK]

    assert (few.count, few.shares, few.strain_change) == (9, {}, None)
    assert enough.shares[Answer.ROSE].value == 0.4
    assert enough.shares[Answer.EXERCISED] == Estimate(
        0.0, pytest.approx(0.0), pytest.approx(0.278, abs=0.001)
    )
    assert enough.strain_change is not None
    assert enough.strain_change.value == pytest.approx(-0.3)
    assert enough.strain_change.low < -0.3 < enough.strain_change.high
    assert share_of(10, 10).high == 1.0


# ------------------------------------------------------------------ the coin


def event(kind, detail=""):
    return Event(5.0, kind, from_words(kind, detail))


def test_what_the_coin_withholds_is_left_out_with_what_joins_it_and_water_still_comes():
    bundle = [event(DUE, "30 min"), event(EventKind.STRETCH_DUE), event(EventKind.WATER_DUE)]
    shown = decide(bundle, {}, lambda: False)
    withheld = decide(bundle, {}, lambda: True)

    assert [e.kind for e in shown] == [EventKind.TRIAL, *(e.kind for e in bundle)]
    assert detail_words(shown[0]) == "break;shown"
    assert [e.kind for e in withheld] == [EventKind.TRIAL, EventKind.WATER_DUE]
    assert detail_words(withheld[0]) == "break;withheld"
    assert [detail_words(e) for e in decide([event(ALERT, "slouch")], {}, lambda: True)] == [
        "posture;withheld"
    ]


def test_a_break_under_trial_is_not_announced_and_after_the_trial_all_come_again():
    soon = [event(EventKind.BREAK_SOON)]
    over = {ReminderKind.BREAK: DECISIONS}

    assert decide(soon, {}, lambda: True) == ()
    assert decide(soon, over, lambda: True) == tuple(soon)
    assert decide([event(DUE)], over, lambda: True) == (event(DUE),)


# ------------------------------------------------------------------ what it finds


def trial_record(kind, values):
    """A record of one decision an hour; values are (arm, what followed)."""
    intervals, events = [], []
    for number, (arm, bad) in enumerate(values):
        start = number * 60.0
        events.append(told(EventKind.TRIAL, start, f"{kind};{arm}"))
        if kind is ReminderKind.BREAK and bad:
            parts = ((5.0, S.SITTING, False), (5.0, S.BREAK, False))
        elif kind is ReminderKind.BREAK:
            parts = ((15.0, S.SITTING, False),)
        else:
            parts = ((10.0 * bad, S.SITTING, True), (10.0 - 10.0 * bad, S.SITTING, False))
        for length, state, strained in parts:
            if length:
                seconds = length * 60.0
                intervals.append(Interval(at(start), seconds, state, strained, (), seconds))
                start += length
    return intervals, events


def test_a_trial_tells_nothing_before_its_last_decision():
    values = [("shown", 1), ("withheld", 0)] * 29
    (result,) = results(*trial_record(ReminderKind.BREAK, values)).values()

    assert (result.decisions, result.known, result.over) == (58, 58, False)
    assert (result.effect, result.helps) == (None, False)
    assert results(SITS, [told(EventKind.TRIAL, 3, "break;maybe")]) == {}
    assert decisions([told(DUE, 3)]) == {ReminderKind.BREAK: 0, ReminderKind.POSTURE: 0}


def test_an_effect_that_is_there_is_found_in_both_kinds():
    taken = [("shown", n % 5 > 0) if n % 2 else ("withheld", n % 10 == 0) for n in range(64)]
    strain = [("shown", 0.2) if n % 2 else ("withheld", 0.4 + 0.1 * (n % 3)) for n in range(60)]
    intervals, events = trial_record(ReminderKind.BREAK, taken)
    (rises,) = results(intervals, [told(DUE, 0), *events]).values()
    (eases,) = results(*trial_record(ReminderKind.POSTURE, strain)).values()

    assert rises.helps
    assert rises.decisions == 60
    assert eases.helps
    assert eases.effect is not None
    assert eases.effect.value == pytest.approx(-0.3, abs=0.01)


def test_one_arm_too_small_or_too_little_known_tells_nothing():
    lopsided = [("shown", 1)] * 50 + [("withheld", 0)] * 10
    (result,) = results(*trial_record(ReminderKind.BREAK, lopsided)).values()
    _, events = trial_record(ReminderKind.POSTURE, [("shown", 0.5), ("withheld", 0.5)] * 30)
    (unseen,) = results([], events).values()

    assert (result.over, result.effect) == (True, None)
    assert (unseen.known, unseen.effect) == (0, None)


def test_values_that_are_all_alike_have_no_width():
    assert trial.difference_of_means([0.5, 0.5], [0.25, 0.25]) == Estimate(0.25, 0.25, 0.25)


def simulated(rng, effect):
    """One user's trial: an outcome of each decision that drifts over the weeks as moods do.

    Answers the values by arm of breaks taken and of strained shares.
    """
    taken = {True: [], False: []}
    strain = {True: [], False: []}
    base_taken, base_strain = rng.uniform(0.25, 0.55), rng.uniform(0.3, 0.6)
    mood = 0.0
    for _ in range(DECISIONS):
        mood = 0.8 * mood + rng.gauss(0.0, 0.06)
        shown = rng.random() < 0.5
        chance = min(max(base_taken + mood + effect * shown, 0.0), 1.0)
        taken[shown].append(float(rng.random() < chance))
        share = base_strain + mood - effect * shown + rng.gauss(0.0, 0.2)
        strain[shown].append(share)
    return taken, strain


@pytest.mark.parametrize("effect", [0.0, 0.2])
def test_over_a_thousand_users_the_interval_holds_the_truth_and_rarely_claims_falsely(effect):
    rng = random.Random(20260302)
    covered = {"taken": [], "strain": []}
    helps = {"taken": [], "strain": []}
    for _ in range(1000):
        taken, strain = simulated(rng, effect)
        if min(map(len, taken.values())) < trial.LEAST_ARM:
            continue
        rise = trial.difference_of_shares(taken[True], taken[False])
        ease = trial.difference_of_means(strain[True], strain[False])
        covered["taken"].append(rise.low <= effect <= rise.high)
        covered["strain"].append(ease.low <= -effect <= ease.high)
        helps["taken"].append(rise.low > 0.0)
        helps["strain"].append(ease.high < 0.0)

    for name in ("taken", "strain"):
        assert 0.93 <= fmean(covered[name]) <= 0.97, (name, fmean(covered[name]))
        if effect == 0.0:
            assert fmean(helps[name]) <= 0.05, name


def test_intervals_are_those_of_the_books():
    shares = trial.difference_of_shares([1.0] * 16 + [0.0] * 4, [1.0] * 9 + [0.0] * 11)
    means = trial.difference_of_means([0.1, 0.2, 0.3, 0.4], [0.5, 0.5, 0.8, 0.9, 0.4])
    one = share_of(16, 20)

    # Agresti and Caffo: 17/22 and 10/22.
    assert (shares.value, shares.low, shares.high) == pytest.approx(
        (0.35, 0.04623, 0.59013), abs=1e-4
    )
    # Welch: 6.60 degrees of freedom, a standard error of 0.11648.
    assert (means.value, means.low, means.high) == pytest.approx(
        (-0.37, -0.64872, -0.09128), abs=1e-4
    )
    # Wilson.
    assert (one.value, one.low, one.high) == pytest.approx((0.8, 0.58398, 0.91933), abs=1e-4)
    assert [student_t(n) for n in (5.0, 10.0, 30.0)] == pytest.approx(
        [2.5706, 2.2281, 2.0423], abs=0.003
    )
    assert student_t(5.0) == pytest.approx(2.56776, abs=1e-4)  # 2.5706 by the tables

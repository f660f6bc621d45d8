"""Intervals partition time, whatever is learned late and however it is cut into steps."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture_monitor.core.day import timeline
from posture_monitor.core.day.timeline import MAX_INTERVAL_S, Piece, Timeline
from posture_monitor.domain import Interval, Reason, State
from tests.builders import NINE

S, T, A, B, U = State.SITTING, State.STANDING, State.AWAY, State.BREAK, State.UNKNOWN


def piece(start_s, duration_s, state=S, *, score=None, strained=None, reasons=()):
    """A piece; judged all along where a score is given."""
    if score is not None and strained is None:
        strained = False
    return Piece(
        start_s,
        NINE + timedelta(seconds=start_s),
        duration_s,
        state,
        strained,
        reasons,
        0.0 if score is None else duration_s,
        0.0 if score is None else duration_s * score,
    )


def line_of(*pieces):
    line = Timeline()
    for one in pieces:
        line = timeline.append(line, one)
    return line


def shown(pieces):
    return [(p.start_s, p.end_s, p.state, p.strained, p.reasons) for p in pieces]


def test_equal_neighbours_become_one_interval():
    line = line_of(piece(0, 10, score=90), piece(10, 10, score=70), piece(20, 5, A))
    first, second = timeline.current(line)

    assert shown([first, second]) == [(0, 20, S, False, ()), (20, 25, A, None, ())]
    assert (first.judged_s, first.score_seconds) == (20.0, 1600.0)


def test_what_can_still_be_relabelled_is_not_closed():
    line = line_of(piece(0, 10, score=90), piece(10, 10, A), piece(20, 10, score=90))
    line, none = timeline.fold(line, 10.0)
    line, closed = timeline.fold(line, 30.0)

    assert none == ()
    assert shown(closed) == [(0, 10, S, False, ()), (10, 20, A, None, ())]
    assert shown(timeline.current(line)) == [(20, 30, S, False, ())]


def test_a_long_interval_is_cut_so_that_the_score_keeps_its_shape():
    line, closed = Timeline(), []
    for start_s in range(0, 1000, 10):
        line, done = timeline.fold(timeline.append(line, piece(start_s, 10, score=90)), 1e9)
        closed += done

    assert [p.duration_s for p in closed] == [MAX_INTERVAL_S] * 3 == [300.0] * 3
    assert shown(timeline.current(line)) == [(900, 1000, S, False, ())]


def test_a_late_insight_cuts_a_piece_where_it_begins():
    line = timeline.relabel_state(line_of(piece(0, 10, score=80), piece(10, 10, score=80)), 5.0, T)

    assert shown(line.tail) == [
        (0, 5, S, False, ()),
        (5, 10, T, False, ()),
        (10, 20, T, False, ()),
    ]
    assert [(p.judged_s, p.score_seconds) for p in line.tail] == [(5, 400), (5, 400), (10, 800)]
    assert line.tail[1].start_at == NINE + timedelta(seconds=5)


def test_a_piece_cut_after_the_clocks_went_back_begins_when_it_did():
    # Python adds to a local time as if clocks never changed: the part used to begin an hour off.
    start_at = datetime(2026, 10, 25, 0, 59, 50, tzinfo=UTC).astimezone(ZoneInfo("Europe/Berlin"))
    line = timeline.append(Timeline(), Piece(0.0, start_at, 20.0, S))
    cut = timeline.relabel_state(line, 15.0, T).tail[1]

    assert cut.start_at == datetime(2026, 10, 25, 1, 0, 5, tzinfo=UTC)


def test_what_was_judged_while_nobody_was_there_does_not_count():
    slouch = piece(0, 10, score=40, strained=True, reasons=(Reason.SLOUCH,))
    (gone,) = timeline.relabel_state(line_of(slouch), 0.0, A).tail

    assert shown([gone]) == [(0, 10, A, None, ())]
    assert (gone.judged_s, gone.score_seconds) == (0.0, 0.0)


def test_an_absence_that_was_already_growing_becomes_a_break_as_a_whole():
    line, _ = timeline.fold(line_of(piece(0, 10, A)), 10.0)
    line = timeline.relabel_state(timeline.append(line, piece(10, 10, A)), 0.0, B)
    later = timeline.relabel_state(line, 10.0, S)

    assert shown(timeline.current(line)) == [(0, 20, B, None, ())]
    assert shown(timeline.current(later)) == [(0, 10, B, None, ()), (10, 20, S, None, ())]


def test_held_strain_counts_from_its_onset_in_judged_time_only():
    line = line_of(
        piece(0, 10, score=90), piece(10, 5, score=40), piece(15, 5), piece(20, 5, score=4)
    )
    line = timeline.relabel_strain(line, 10.0, strained=True, reasons=(Reason.SLOUCH,))

    assert shown(line.tail) == [
        (0, 10, S, False, ()),
        (10, 15, S, True, (Reason.SLOUCH,)),
        (15, 20, S, None, ()),
        (20, 25, S, True, (Reason.SLOUCH,)),
    ]


def test_strain_that_is_over_is_taken_back_from_its_end_on():
    slouch = {"score": 50, "strained": True, "reasons": (Reason.SLOUCH,)}
    line = line_of(piece(0, 10, **slouch), piece(10, 5, **slouch))
    line = timeline.relabel_strain(line, 10.0, strained=False, reasons=(Reason.SLOUCH,))

    assert shown(line.tail) == [(0, 10, S, True, (Reason.SLOUCH,)), (10, 15, S, False, ())]


def test_a_piece_without_length_is_none():
    assert line_of(piece(0, 0.0), piece(0, -1.0)) == Timeline()


def test_a_long_wait_stays_one_piece():
    line = line_of(*[piece(i, 1, A) for i in range(1000)])

    assert shown(line.tail) == [(0, 1000, A, None, ())]


def test_judged_pieces_wait_apart_so_that_each_keeps_its_score():
    line = line_of(piece(0, 10, score=90), piece(10, 10, score=10))

    assert len(line.tail) == 2


def test_the_record_holds_utc_whatever_the_clock_shows():
    berlin = timezone(timedelta(hours=1))
    told = timeline.to_interval(Piece(0.0, NINE.astimezone(berlin), 5.0, S, True, (Reason.SHRUG,)))

    assert told == Interval(NINE, 5.0, S, True, (Reason.SHRUG,))
    assert told.start_at.tzinfo is UTC


labels = st.tuples(
    st.sampled_from(list(State)),
    st.sampled_from([(None, ()), (False, ()), (True, (Reason.SLOUCH,)), (True, (Reason.SHRUG,))]),
)
operations = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.floats(0.05, 400.0), labels),
        st.tuples(st.just("fold"), st.floats(0.0, 1.0), st.none()),
        st.tuples(st.just("state"), st.floats(0.0, 1.0), st.sampled_from(list(State))),
        st.tuples(st.just("strain"), st.floats(0.0, 1.0), st.booleans()),
    ),
    max_size=40,
)


def run(steps):
    """Play random operations; answers all pieces and how much time was put in."""
    line, closed, end_s, settled_s = Timeline(), [], 0.0, 0.0
    for what, amount, label in steps:
        open_s = settled_s + amount * (end_s - settled_s) if what != "append" else end_s
        if what == "append":
            state, (strained, reasons) = label
            score = None if strained is None else 60.0
            new = piece(end_s, amount, state, score=score, strained=strained, reasons=reasons)
            line, end_s = timeline.append(line, new), new.end_s
        elif what == "fold":
            line, done = timeline.fold(line, open_s)
            closed += done
            settled_s = open_s
        elif what == "state":
            line = timeline.relabel_state(line, open_s, label)
        else:
            line = timeline.relabel_strain(line, open_s, strained=label, reasons=(Reason.SLOUCH,))
    return [*closed, *timeline.current(line)], end_s


@given(operations)
def test_intervals_always_partition_the_time_put_in(steps):
    pieces, end_s = run(steps)

    assert sum(p.duration_s for p in pieces) == pytest.approx(end_s)
    reached_s = 0.0
    for one in pieces:
        assert one.start_s == pytest.approx(reached_s)
        assert one.start_at - NINE == pytest.approx(
            timedelta(seconds=one.start_s), abs=timedelta(milliseconds=1)
        )
        assert one.duration_s > 0.0
        reached_s = one.end_s


@given(operations)
def test_no_more_is_judged_than_time_passed_and_only_of_those_there(steps):
    for one in run(steps)[0]:
        assert 0.0 <= one.judged_s <= one.duration_s + 1e-6
        assert one.score_seconds == pytest.approx(60.0 * one.judged_s)
        if one.strained is None:
            assert one.judged_s == pytest.approx(0.0, abs=1e-6)


@given(
    st.lists(st.tuples(st.floats(0.05, 100.0), labels), min_size=1, max_size=30),
    st.sets(st.integers(0, 29)),
)
def test_the_sums_do_not_depend_on_when_pieces_are_folded(film, folds):
    def sums(fold_after):
        line, closed, end_s = Timeline(), [], 0.0
        for index, (length_s, (state, (strained, reasons))) in enumerate(film):
            score = None if strained is None else 60.0
            new = piece(end_s, length_s, state, score=score, strained=strained, reasons=reasons)
            line, end_s = timeline.append(line, new), new.end_s
            if index in fold_after:
                line, done = timeline.fold(line, end_s)
                closed += done
        total = Counter()
        for one in (*closed, *timeline.current(line)):
            total[one.label] += one.duration_s
        return dict(total)

    assert sums(folds) == pytest.approx(sums(set()))
    assert sums(folds) == pytest.approx(sums(set(range(30))))

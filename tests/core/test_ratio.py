"""Shares and means over days and people."""

from __future__ import annotations

import pytest

from posture_monitor.core.stats.ratio import Ratio, ratio_of_sums


def test_long_days_weigh_more_and_days_without_anything_judged_tell_nothing():
    assert ratio_of_sums([(1.0, 4.0), (0.0, 0.0), (9.0, 16.0)]) == Ratio(0.5)


def test_nothing_judged_gives_no_value():
    assert ratio_of_sums([]) is None
    assert ratio_of_sums([(0.0, 0.0)]) is None


def test_days_of_one_length_give_the_interval_of_their_mean():
    # 0.1, 0.2, 0.3, 0.4: mean 0.25, standard error 0.0645, t of three degrees 3.15.
    found = ratio_of_sums([(10.0, 100.0), (20.0, 100.0), (30.0, 100.0), (40.0, 100.0)])

    assert found is not None
    assert found.value == pytest.approx(0.25)
    assert found.low == pytest.approx(0.25 - 3.15 * 0.0645, abs=2e-3)
    assert found.high == pytest.approx(0.25 + 3.15 * 0.0645, abs=2e-3)

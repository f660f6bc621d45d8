"""Parts are printed so that they add up to what is printed as their whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture_monitor.core.stats.rounding import scale_top, whole_parts


@pytest.mark.parametrize(
    ("parts", "whole", "told"),
    [
        ([], 5, []),
        ([0.0, 0.0], 3, [0, 0]),
        ([7.6, 3.6, 1.2], 13, [8, 4, 1]),
        ([31.0, 7.0], 38, [31, 7]),
        ([0.4, 0.4, 0.4], 1, [1, 0, 0]),
        ([50.5, 49.5], 100, [51, 49]),
        ([2.0, 1.0], 0, [0, 0]),
    ],
)
def test_the_parts_are_whole_and_lose_least_by_it(parts, whole, told):
    assert whole_parts(parts, whole) == told


@given(st.lists(st.floats(0.0, 100.0), min_size=1, max_size=12), st.integers(0, 100))
def test_they_add_up_and_none_is_off_by_a_whole(parts, whole):
    told = whole_parts(parts, whole)
    total = sum(parts)

    assert sum(told) == (whole if total else 0)
    for part, number in zip(parts, told, strict=True):
        assert total == 0.0 or abs(number - part * whole / total) < 1.0


@pytest.mark.parametrize(
    ("share", "top"), [(0.0, 0.1), (0.1, 0.1), (0.131, 0.25), (0.4, 0.5), (0.51, 1.0), (1.2, 1.0)]
)
def test_a_scale_ends_where_its_longest_bar_fits(share, top):
    assert scale_top(share) == top

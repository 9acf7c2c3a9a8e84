"""The search for the largest number of streams."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bench.live import largest


@given(st.integers(0, 200), st.integers(1, 40))
def test_the_largest_good_count_is_found_in_few_trials(truth: int, start: int) -> None:
    tried: list[int] = []

    def good(count: int) -> bool:
        tried.append(count)
        return count <= truth

    assert largest(start, 128, good) == min(truth, 128)
    assert len(tried) == len(set(tried))
    assert len(tried) <= 16

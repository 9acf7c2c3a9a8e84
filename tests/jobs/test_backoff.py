"""Each wait is about twice as long as the one before, up to a limit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from auricle.jobs.backoff import Backoff


@given(attempts=st.integers(1, 10_000))
def test_a_wait_is_between_half_and_all_of_what_is_due(attempts: int) -> None:
    due_s = min(60.0, 2.0 * 2 ** min(attempts - 1, 100))

    assert due_s / 2 <= Backoff(first_s=2.0, most_s=60.0).delay_s(attempts) <= due_s


def test_what_failed_together_is_not_tried_again_together() -> None:
    assert len({Backoff().delay_s(3) for _ in range(20)}) > 1

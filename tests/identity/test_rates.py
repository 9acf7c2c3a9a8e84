from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.clock import ManualClock
from auricle.errors import TooBusy
from auricle.identity.caller import Resource
from auricle.identity.rates import Rates
from auricle.identity.tiers import Tier

RESOURCE = Resource(id="r", name="mine", region="local", tier=Tier.S0, created_at=datetime(2026, 1, 1, tzinfo=UTC))
OTHER = dataclasses.replace(RESOURCE, id="o", name="other")


def test_a_request_too_many_is_told_when_to_come_back() -> None:
    clock = ManualClock()
    rates = Rates(clock, {Tier.S0: 3})
    for _ in range(3):
        rates.take(RESOURCE)
        clock.advance(1)

    with pytest.raises(TooBusy, match="at most 3 requests in 10 s for the resource mine") as refusal:
        rates.take(RESOURCE)

    assert refusal.value.retry_after_s == 7
    clock.advance(7)
    rates.take(RESOURCE)


def test_resources_do_not_use_up_each_others_rate() -> None:
    rates = Rates(ManualClock(), {Tier.S0: 1})
    rates.take(RESOURCE)

    rates.take(OTHER)

    with pytest.raises(TooBusy):
        rates.take(RESOURCE)


def test_nought_is_no_limit() -> None:
    rates = Rates(ManualClock(), {Tier.S0: 0})

    for _ in range(1000):
        rates.take(RESOURCE)


@given(st.lists(st.floats(0, 4), max_size=100), st.integers(1, 5))
def test_never_are_more_taken_in_ten_seconds_and_waiting_as_told_is_enough(pauses_s: list[float], limit: int) -> None:
    clock = ManualClock()
    rates = Rates(clock, {Tier.S0: limit})
    taken_s: list[float] = []
    for pause_s in pauses_s:
        clock.advance(pause_s)
        try:
            rates.take(RESOURCE)
        except TooBusy as refusal:
            clock.advance(refusal.retry_after_s)
            rates.take(RESOURCE)
        taken_s.append(clock.monotonic())

    for first_s, after_limit_s in zip(taken_s, taken_s[limit:], strict=False):
        assert after_limit_s - first_s >= 10 - 1e-5

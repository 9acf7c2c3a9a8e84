from __future__ import annotations

from collections.abc import Callable

import pytest

from auricle.clock import ManualClock
from auricle.custom import endpoints, unserved
from auricle.custom.endpoints import Endpoints
from auricle.custom.expiring import time_to_live
from auricle.custom.ground import Ground
from auricle.errors import InvalidTimeToLive
from auricle.identity.caller import Caller
from auricle.jobs.work import Work
from tests.custom import modelled
from tests.custom.conftest import Labour

LONGEST_S = 31 * 24 * 3600


@pytest.mark.parametrize(("asked", "kept"), [(None, None), (0, None), (1, 1), (LONGEST_S, LONGEST_S)])
def test_nothing_or_zero_is_for_ever(asked: int | None, kept: int | None) -> None:
    assert time_to_live(asked) == kept


@pytest.mark.parametrize("asked", [-1, LONGEST_S + 1])
def test_nothing_is_kept_for_longer_than_31_days_on_purpose(asked: int) -> None:
    with pytest.raises(InvalidTimeToLive) as refused:
        time_to_live(asked)
    assert refused.value.target == "time_to_live"


def test_what_was_deleted_before_its_time_is_not_missed(
    ground: Ground, caller: Caller, clock: ManualClock, labour: Callable[[list[Work]], Labour]
) -> None:
    hands = labour([*unserved.works(ground), *endpoints.works(ground)])
    made = Endpoints(ground).create(caller, modelled.endpoint(time_to_live_s=60)).record
    hands.finish()
    Endpoints(ground).delete(caller, made.id)
    clock.advance(60)
    assert hands.finish() == ["expire endpoint succeeded"]

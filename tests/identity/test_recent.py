from __future__ import annotations

from auricle.clock import ManualClock
from auricle.identity.recent import Recent


def test_a_value_is_remembered_for_as_long_as_it_is_valid() -> None:
    clock = ManualClock()
    recent: Recent[str] = Recent(clock, size=10)
    recent.put(b"a", "value", valid_s=1.0)

    clock.advance(0.999)
    assert recent.get(b"a") == "value"
    clock.advance(0.001)
    assert recent.get(b"a") is None


def test_no_more_are_remembered_than_there_is_room_for_and_the_oldest_go_first() -> None:
    recent: Recent[int] = Recent(ManualClock(), size=3)

    for number in range(1000):
        recent.put(b"%d" % number, number, valid_s=1.0)

    assert [recent.get(b"%d" % number) for number in (996, 997, 998, 999)] == [None, 997, 998, 999]
    assert len(recent._values) == 3

"""Cadence and admission follow what computing has been measured to cost."""

from __future__ import annotations

import pytest

from auricle.recognition.load import FULL, LONGEST_INTERVAL_S, SHORTEST_INTERVAL_S, Load, Use


def run(load: Load, *, sessions: int, partial_s: float, final_s: float = 0.0, for_s: int = 60) -> float:
    """Every session gets a partial each interval and a final each second; returns the last utilisation."""
    due = [0.0] * sessions
    for tick in range(for_s * 20):
        now = tick / 20
        for session in range(sessions):
            if now >= due[session]:
                load.computed(now, Use.LIVE_PARTIAL, partial_s)
                due[session] = now + load.partial_interval_s(now)
            if tick % 20 == 0:
                load.computed(now, Use.LIVE_FINAL, final_s)
        load.heard(sessions / 20, sessions / 20)
    return load.utilisation(for_s)


def test_an_idle_pool_allows_the_shortest_interval() -> None:
    assert Load(2).partial_interval_s(0) == SHORTEST_INTERVAL_S


def test_the_cadence_slows_so_that_the_pool_is_not_full() -> None:
    load = Load(2)
    utilisation = run(load, sessions=8, partial_s=0.12)
    assert utilisation == pytest.approx(FULL, abs=0.1)
    assert SHORTEST_INTERVAL_S < load.partial_interval_s(60) < LONGEST_INTERVAL_S


def test_the_cadence_never_gets_slower_than_its_limit() -> None:
    load = Load(1)
    run(load, sessions=20, partial_s=0.2)
    assert load.partial_interval_s(60) == LONGEST_INTERVAL_S


def test_cadence_recovers_when_the_work_is_gone() -> None:
    load = Load(1)
    run(load, sessions=20, partial_s=0.2)
    assert load.partial_interval_s(120) == SHORTEST_INTERVAL_S


def test_cheap_sessions_fit_in_great_number_and_dear_ones_do_not() -> None:
    cheap, dear = Load(2), Load(2)
    run(cheap, sessions=4, partial_s=0.01, final_s=0.005)
    run(dear, sessions=4, partial_s=0.3, final_s=0.2)
    assert cheap.has_room(60, 20)
    assert dear.has_room(90, 1)
    assert not dear.has_room(90, 4)


def test_load_that_is_there_counts_even_if_sessions_used_to_be_cheap() -> None:
    load = Load(2)
    load.heard(audio_s=500, speech_s=500)
    for second in range(10):
        load.computed(second, Use.LIVE_FINAL, 1.6)
    assert load.session_cost * 5 < 1
    assert not load.has_room(10, 4)
    assert load.has_room(60, 4)


def test_before_anything_is_measured_a_cautious_number_fits() -> None:
    fits = [sessions for sessions in range(200) if Load(2).has_room(0, sessions)]
    assert fits == list(range(len(fits)))
    assert 8 <= len(fits) <= 24


def test_an_empty_house_always_has_room() -> None:
    load = Load(1)
    run(load, sessions=1, partial_s=3.0)
    assert load.has_room(60, 0)


def test_finals_that_wait_close_the_door_until_they_do_not() -> None:
    load = Load(2)
    for second in range(10):
        load.final_waited(second, 0.9)
    assert not load.has_room(10, 1)
    for second in range(10, 40):
        load.final_waited(second, 0.0)
    assert load.has_room(40, 1)


def test_silent_sessions_do_not_count_as_free() -> None:
    load = Load(1)
    run(load, sessions=2, partial_s=0.2)
    busy = load.session_cost
    load.heard(audio_s=10_000, speech_s=0)
    assert load.session_cost >= 0.5 * busy

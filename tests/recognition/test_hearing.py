"""The right model for every locale, and a door that closes in time."""

from __future__ import annotations

import asyncio

import pytest

from auricle.engine.echo import EchoRecogniser
from auricle.engine.recogniser import Recogniser
from auricle.errors import ModelUnavailable, ShuttingDown, TooBusy, UnsupportedLocale
from auricle.recognition.events import Finished
from auricle.recognition.load import Use
from auricle.recognition.options import ListenOptions
from auricle.settings import Settings
from tests.recognition.house import House, collect, open_house, phrase, silence

ENGLISH, MANY = "moonshine-base", "whisper-base"


async def started(models: dict[str, Recogniser]) -> House:
    house = House(models, Settings(workers=1))
    await house.hearing.start()
    return house


async def test_english_goes_to_its_model_and_everything_else_to_the_multilingual_one() -> None:
    house = await started({ENGLISH: EchoRecogniser(), MANY: EchoRecogniser(frozenset({"en", "de"}))})
    house.hearing.listen(ListenOptions(locale="en-GB"))
    house.hearing.listen(ListenOptions(locale="de-AT"))
    assert [house.hearing.registry.users(name) for name in (ENGLISH, MANY)] == [1, 1]
    assert {"en-US", "de-DE"} <= set(house.hearing.locales)
    await house.hearing.close(0)


async def test_a_locale_that_nobody_hears_is_refused_with_the_list_of_those_heard() -> None:
    house = await started({ENGLISH: EchoRecogniser(), MANY: EchoRecogniser(frozenset({"de"}))})
    with pytest.raises(UnsupportedLocale, match=r"'sw-KE'.*de-DE.*en-US"):
        house.hearing.listen(ListenOptions(locale="sw-KE"))
    await house.hearing.close(0)


async def test_a_missing_english_model_is_stood_in_for_or_named() -> None:
    house = await started({MANY: EchoRecogniser(frozenset({"en", "de"}))})
    house.hearing.listen(ListenOptions())
    assert house.hearing.registry.users(MANY) == 1
    await house.hearing.close(0)
    house = await started({MANY: EchoRecogniser(frozenset({"de"}))})
    with pytest.raises(ModelUnavailable, match="moonshine-base"):
        house.hearing.listen(ListenOptions())
    await house.hearing.close(0)


async def test_without_any_model_it_does_not_start() -> None:
    house = House({}, Settings())
    with pytest.raises(ModelUnavailable):
        await house.hearing.start()
    assert not house.hearing.ready


async def test_the_chosen_number_of_sessions_is_the_limit() -> None:
    async with open_house(max_sessions=2) as house:
        listeners = [house.hearing.listen(ListenOptions()) for _ in range(2)]
        with pytest.raises(TooBusy) as refusal:
            house.hearing.listen(ListenOptions())
        assert refusal.value.retry_after_s > 0
        assert house.metric("auricle_refused_total") == 1
        await listeners[0].close()
        house.hearing.admit()
        assert house.metric("auricle_sessions") == 1


async def test_measured_load_refuses_the_session_that_would_be_too_many() -> None:
    async with open_house(workers=1) as house:
        house.hearing.listen(ListenOptions())
        house.hearing.listen(ListenOptions())
        house.hearing.admit()
        scheduler = house.hearing._scheduler
        assert scheduler is not None
        scheduler.load.heard(120, 120)
        scheduler.load.computed(house.clock.monotonic(), Use.LIVE_FINAL, 50)
        with pytest.raises(TooBusy, match="2 sessions"):
            house.hearing.admit()


async def test_closing_waits_for_sessions_to_finish() -> None:
    async with open_house() as house:
        listener = house.hearing.listen(ListenOptions())
        await house.speak(listener, phrase())
        closing = asyncio.create_task(house.hearing.close(10))
        await house.settled()
        assert not house.hearing.ready
        with pytest.raises(ShuttingDown):
            house.hearing.admit()
        await house.speak(listener, silence(1))
        listener.finish()
        events = await collect(listener)
        await closing
        assert isinstance(events[-1], Finished)


async def test_closing_abandons_sessions_that_do_not_finish_in_time() -> None:
    echo = EchoRecogniser()
    async with open_house(echo) as house:
        listener = house.hearing.listen(ListenOptions())
        await house.speak(listener, phrase())
        await house.hearing.close(0)
        assert Finished not in [type(event) for event in await collect(listener)]
        assert echo.closed


async def test_a_model_swapped_during_a_session_serves_the_next_one() -> None:
    old, new = EchoRecogniser(), EchoRecogniser()
    async with open_house(old) as house:
        listener = house.hearing.listen(ListenOptions())
        house.hearing.registry.replace(ENGLISH, new)
        await house.speak(listener, phrase())
        assert not old.closed
        await listener.close()
        await house.settled()
        assert old.closed

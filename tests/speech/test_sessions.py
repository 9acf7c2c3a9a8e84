from __future__ import annotations

import asyncio
import dataclasses
from datetime import UTC, datetime

import pytest

from auricle.errors import TooBusy, UnsupportedLocale
from auricle.identity.caller import Resource
from auricle.identity.tiers import Tier
from auricle.recognition.options import ListenOptions, Mode
from auricle.speech import sessions
from auricle.speech.sessions import OwnHearing, Sessions

from .scripted import ScriptedHearing

RESOURCE = Resource(id="r", name="mine", region="local", tier=Tier.F0, created_at=datetime(2026, 1, 1, tzinfo=UTC))
OPTIONS = ListenOptions(locale="en-US", mode=Mode.CONVERSATION)


def own(sessions: Sessions, resource: Resource = RESOURCE) -> OwnHearing:
    return OwnHearing(ScriptedHearing(), sessions, resource)


async def test_a_session_counts_until_it_is_closed_and_once() -> None:
    hearing = own(Sessions({Tier.F0: 2}))
    first, _ = hearing.listen(OPTIONS), hearing.listen(OPTIONS)
    with pytest.raises(TooBusy, match=r"at most 2 sessions at once for the resource mine \(tier F0\)"):
        hearing.admit()
    with pytest.raises(TooBusy):
        hearing.listen(OPTIONS)

    await first.close()
    await first.close()

    hearing.listen(OPTIONS)
    with pytest.raises(TooBusy):
        hearing.listen(OPTIONS)


async def test_a_session_that_could_not_begin_does_not_count() -> None:
    hearing = own(Sessions({Tier.F0: 1}))
    with pytest.raises(UnsupportedLocale):
        hearing.listen(dataclasses.replace(OPTIONS, locale="xx-XX"))

    hearing.admit()


async def test_resources_count_apart_and_nought_is_no_limit() -> None:
    both = Sessions({Tier.F0: 1, Tier.S0: 0})
    own(both).listen(OPTIONS)
    large = own(both, dataclasses.replace(RESOURCE, id="o", tier=Tier.S0))

    for _ in range(1000):
        large.listen(OPTIONS)
    large.admit()


async def test_whoever_comes_back_at_once_waits_for_the_end_of_the_last_session() -> None:
    hearing = own(Sessions({Tier.F0: 1}))
    last = hearing.listen(OPTIONS)
    coming_back = asyncio.create_task(hearing.wait_for_room())
    await asyncio.sleep(0)

    await last.close()

    await coming_back


async def test_nobody_waits_for_a_session_that_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "GRACE_S", 0.001)
    hearing = own(Sessions({Tier.F0: 1}))
    hearing.listen(OPTIONS)

    with pytest.raises(TooBusy):
        await hearing.wait_for_room()

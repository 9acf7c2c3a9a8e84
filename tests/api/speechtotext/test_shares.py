from __future__ import annotations

import asyncio

import pytest

from auricle.api.speechtotext.shares import Shares


async def test_who_has_taken_its_share_waits_and_nobody_else_does() -> None:
    shares, entered = Shares(1), asyncio.Event()

    async def enter() -> None:
        async with shares.taken("greedy"):
            entered.set()

    async with shares.taken("greedy"):
        second = asyncio.create_task(enter())
        async with asyncio.timeout(5), shares.taken("modest"):
            assert not entered.is_set()
    await second

    assert entered.is_set()


async def test_who_gives_up_leaves_its_place_and_nothing_is_remembered() -> None:
    shares = Shares(1)

    async def enter() -> None:
        async with shares.taken("greedy"):
            pass

    async with shares.taken("greedy"):
        waiting = asyncio.create_task(enter())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    async with asyncio.timeout(5), shares.taken("greedy"):
        pass

    assert not shares._turns
    assert not shares._here

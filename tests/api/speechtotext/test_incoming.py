from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from starlette.types import Message

from auricle.api.speechtotext import incoming
from auricle.api.speechtotext.incoming import LEAST_BYTES_PER_S, PACE_GRACE_S, Incoming, Sender, read_whole
from auricle.errors import InvalidRequest, PayloadTooLarge, RequestTimedOut


def sender(*messages: Message) -> Callable[[], Awaitable[Message]]:
    left = list(messages)

    async def receive() -> Message:
        if not left:
            await asyncio.Event().wait()
        return left.pop(0)

    return receive


def piece(body: bytes, *, more: bool = True) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


async def test_a_body_is_read_to_its_end() -> None:
    assert await read_whole(sender(piece(b"one "), piece(b"two", more=False)), limit_bytes=7) == b"one two"


async def test_a_body_beyond_the_limit_is_refused_as_soon_as_it_is_known() -> None:
    with pytest.raises(PayloadTooLarge):
        await read_whole(sender(piece(b"12345678")), limit_bytes=7)


async def test_a_sender_that_goes_away_or_falls_silent_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incoming, "WAIT_S", 0.01)

    with pytest.raises(InvalidRequest):
        await read_whole(sender(piece(b"1"), {"type": "http.disconnect"}), limit_bytes=7)
    with pytest.raises(RequestTimedOut):
        await read_whole(sender(piece(b"1")), limit_bytes=7)


async def test_a_thread_gets_pieces_that_are_worth_its_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incoming, "PIECE_BYTES", 4)
    body = Incoming(sender(*[piece(b"12")] * 5, piece(b"", more=False)), asyncio.get_running_loop())

    pieces = await asyncio.to_thread(lambda: list(body))

    assert pieces == [b"1212", b"1212", b"12"]


async def test_a_sender_that_drips_is_given_up_though_something_always_comes() -> None:
    moments_s = iter(range(0, 10_000, 20))  # a wait of 20 s before every piece
    dripping = Sender(sender(*[piece(b"x")] * 10), now_s=lambda: next(moments_s))

    for _ in range(int(PACE_GRACE_S / 20)):
        await dripping.piece()
    with pytest.raises(RequestTimedOut, match="at least 4096 bytes a second"):
        await dripping.piece()


async def test_a_slow_sender_that_keeps_the_pace_is_heard_to_its_end() -> None:
    moments_s = iter(range(0, 10_000, 20))
    steady = piece(b"x" * 20 * LEAST_BYTES_PER_S)
    slow = Sender(sender(*[steady] * 10, piece(b"", more=False)), now_s=lambda: next(moments_s))

    pieces = [await slow.piece() for _ in range(11)]

    assert pieces[-1] == (b"", False)

"""A request's body on its way in: read whole within a limit, or pulled piece by piece by the thread that uses it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator

from starlette.types import Receive

from auricle.errors import InvalidRequest, PayloadTooLarge, RequestTimedOut

PIECE_BYTES = 1 << 20  # handed to the reading thread at once, so that it seldom has to wait for the event loop
WAIT_S = 60.0  # for the sender to send more
LEAST_BYTES_PER_S = 4096  # below which a sender keeps others waiting for nothing
PACE_GRACE_S = 60.0  # of waiting, before the pace counts


class Sender:
    """Whoever sends a body: given up when nothing comes, and when it comes so slowly that it may never end."""

    def __init__(self, receive: Receive, *, now_s: Callable[[], float] = time.monotonic) -> None:
        self._receive = receive
        self._now_s = now_s
        self._waited_s = 0.0
        self._sent_bytes = 0

    async def piece(self) -> tuple[bytes, bool]:
        """The next piece, and whether more follows. Raises RequestTimedOut, and InvalidRequest when the sender leaves."""
        began_s = self._now_s()
        try:
            async with asyncio.timeout(WAIT_S):
                message = await self._receive()
        except TimeoutError as error:
            raise RequestTimedOut(f"Nothing came for {WAIT_S:.0f} s; the upload was given up.") from error
        if message["type"] != "http.request":
            raise InvalidRequest("The sender went away before the body was whole.")
        piece: bytes = message.get("body", b"")
        more: bool = message.get("more_body", False)
        self._judge(self._now_s() - began_s, len(piece), more=more)
        return piece, more

    def _judge(self, waited_s: float, size: int, *, more: bool) -> None:
        self._waited_s += waited_s
        self._sent_bytes += size
        least_bytes = self._waited_s * LEAST_BYTES_PER_S
        if more and self._waited_s > PACE_GRACE_S and self._sent_bytes < least_bytes:
            raise RequestTimedOut(
                f"Expected at least {LEAST_BYTES_PER_S} bytes a second, got fewer for {self._waited_s:.0f} s; "
                "send the body faster, or in smaller pieces."
            )


async def read_whole(receive: Receive, *, limit_bytes: int) -> bytes:
    """The body. Raises PayloadTooLarge, and what `Sender.piece` raises."""
    sender = Sender(receive)
    pieces: list[bytes] = []
    size, more = 0, True
    while more:
        piece, more = await sender.piece()
        size += len(piece)
        if size > limit_bytes:
            raise PayloadTooLarge(f"The body is larger than the {limit_bytes} bytes that this operation accepts.")
        pieces.append(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


class Incoming:
    """The pieces of a body for a thread to iterate over, once. The sender is held to the pace of the reader.

    Iterating raises what `Sender.piece` raises.
    """

    def __init__(self, receive: Receive, loop: asyncio.AbstractEventLoop) -> None:
        self._sender = Sender(receive)
        self._loop = loop

    def __iter__(self) -> Iterator[bytes]:
        more = True
        while more:
            piece, more = asyncio.run_coroutine_threadsafe(self._gather(), self._loop).result()
            if piece:
                yield piece

    async def _gather(self) -> tuple[bytes, bool]:
        """What comes until it is worth handing over."""
        pieces: list[bytes] = []
        size, more = 0, True
        while more and size < PIECE_BYTES:
            piece, more = await self._sender.piece()
            pieces.append(piece)
            size += len(piece)
        return b"".join(pieces), more

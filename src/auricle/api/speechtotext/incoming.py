"""A request's body on its way in: read whole within a limit, or pulled piece by piece by the thread that uses it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from starlette.types import Receive

from auricle.errors import InvalidRequest, PayloadTooLarge, RequestTimedOut

PIECE_BYTES = 1 << 20  # handed to the reading thread at once, so that it seldom has to wait for the event loop
WAIT_S = 60.0  # for the sender to send more


async def read_whole(receive: Receive, *, limit_bytes: int) -> bytes:
    """The body. Raises PayloadTooLarge, RequestTimedOut, and InvalidRequest when the sender goes away."""
    pieces: list[bytes] = []
    size, more = 0, True
    while more:
        piece, more = await _piece(receive)
        size += len(piece)
        if size > limit_bytes:
            raise PayloadTooLarge(f"The body is larger than the {limit_bytes} bytes that this operation accepts.")
        pieces.append(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


class Incoming:
    """The pieces of a body for a thread to iterate over, once. The sender is held to the pace of the reader.

    Iterating raises RequestTimedOut when nothing comes, and InvalidRequest when the sender goes away.
    """

    def __init__(self, receive: Receive, loop: asyncio.AbstractEventLoop) -> None:
        self._receive = receive
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
            piece, more = await _piece(self._receive)
            pieces.append(piece)
            size += len(piece)
        return b"".join(pieces), more


async def _piece(receive: Receive) -> tuple[bytes, bool]:
    try:
        async with asyncio.timeout(WAIT_S):
            message = await receive()
    except TimeoutError as error:
        raise RequestTimedOut(f"Nothing came for {WAIT_S:.0f} s; the upload was given up.") from error
    if message["type"] != "http.request":
        raise InvalidRequest("The sender went away before the body was whole.")
    return message.get("body", b""), message.get("more_body", False)

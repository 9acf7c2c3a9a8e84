"""A client of the WebSocket protocol that says what it is told, right or wrong, and tells what it got."""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import AsyncIterable, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from auricle.speech.framing import BinaryFrame, TextFrame, header, parse_text, serialise_binary, serialise_text

CONVERSATION = "/speech/recognition/conversation/cognitiveservices/v1?language=en-US"
INTERACTIVE = "/speech/recognition/interactive/cognitiveservices/v1?language=en-US"
PATIENCE_S = 60

PCM, FLOAT, A_LAW, MU_LAW = 1, 3, 6, 7


def wave_header(
    rate_hz: int = 16_000, *, tag: int = PCM, bits: int = 16, channels: int = 1, size_bytes: int = 0
) -> bytes:
    """A RIFF header as clients send it: sizes 0 mean until the end."""
    frame = bits // 8 * channels
    fmt = struct.pack("<HHIIHH", tag, channels, rate_hz, rate_hz * frame, frame, bits)
    head = struct.pack("<4sI4s4sI", b"RIFF", size_bytes and size_bytes + 36, b"WAVE", b"fmt ", len(fmt))
    return head + fmt + struct.pack("<4sI", b"data", size_bytes)


def text(path: str, body: str = "", **headers: str) -> str:
    """A text message; header names have `_` for `-`."""
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return serialise_text(TextFrame(headers=(("Path", path), *named), body=body))


def audio(payload: bytes, request_id: str) -> bytes:
    """A piece of a turn's audio."""
    return serialise_binary(BinaryFrame(headers=(("Path", "audio"), ("X-RequestId", request_id)), payload=payload))


@dataclass(kw_only=True)
class Answer:
    """What the server said, and how it closed if it did."""

    messages: list[tuple[str, dict[str, Any]]] = field(default_factory=list)  # path and body
    code: int | None = None
    reason: str = ""

    @property
    def phrases(self) -> list[dict[str, Any]]:
        """Bodies of `speech.phrase`."""
        return [body for path, body in self.messages if path == "speech.phrase"]

    @property
    def statuses(self) -> list[str]:
        """What became of each phrase."""
        return [body["RecognitionStatus"] for body in self.phrases]

    @property
    def words(self) -> str:
        """Everything that was understood, partials included."""
        shown = [body.get("Text", "") + body.get("DisplayText", "") for _, body in self.messages]
        return " ".join(shown).strip()


@dataclass(frozen=True, kw_only=True)
class WireClient:
    """Opens connections to one server with one key."""

    url: str
    key: str

    def connect(self, address: str = CONVERSATION, **options: Any) -> connect:
        """A connection, to be awaited or entered."""
        headers = {"Ocp-Apim-Subscription-Key": self.key}
        return connect(self.url + address, additional_headers=headers, ping_interval=None, **options)

    async def hear(self, *pieces: bytes, address: str = CONVERSATION) -> Answer:
        """The answer to a turn that consists of these pieces of audio and its end."""
        async with self.connect(address) as connection:
            return await turn(connection, pieces)

    async def say(self, *messages: str | bytes, address: str = CONVERSATION) -> Answer:
        """The answer to these messages, up to the end of a turn or of the connection."""
        async with self.connect(address) as connection:
            answer = asyncio.create_task(listen(connection))
            await send(connection, messages)
            return await answer


async def turn(connection: ClientConnection, pieces: Iterable[bytes] | AsyncIterable[bytes]) -> Answer:
    """Send audio as one turn and read its answer."""
    request_id = uuid4().hex
    answer = asyncio.create_task(listen(connection))
    await send(connection, [text("speech.context", "{}", X_RequestId=request_id)])
    if isinstance(pieces, AsyncIterable):
        async for piece in pieces:
            await send(connection, [audio(piece, request_id)])
    else:
        await send(connection, (audio(piece, request_id) for piece in pieces))
    await send(connection, [audio(b"", request_id)])
    return await answer


async def send(connection: ClientConnection, messages: Iterable[str | bytes]) -> int:
    """How many of the messages went out before the server closed."""
    sent = 0
    try:
        for message in messages:
            await connection.send(message)
            sent += 1
    except ConnectionClosed:
        pass
    return sent


async def listen(connection: ClientConnection) -> Answer:
    """What the server says until its turn ends or it closes."""
    answer = Answer()
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not answer.messages or answer.messages[-1][0] != "turn.end":
                frame = parse_text(str(await connection.recv()))
                answer.messages.append((header(frame.headers, "path") or "", json.loads(frame.body)))
    except ConnectionClosed as closed:
        if closed.rcvd is None:
            raise  # the server hung up without a close
        answer.code, answer.reason = closed.rcvd.code, closed.rcvd.reason
    return answer

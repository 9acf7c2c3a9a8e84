"""Clients that send nonsense, too much, too little or nothing: each gets a clear answer, and nobody else notices.

A server of its own takes all of it; the last tests look at what is left of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from .conftest import Server, serving
from .python_client import AT_SPEAKING_PACE, PythonClient, pcm
from .recordings import Recordings
from .scoring import understood, words
from .wire_client import (
    CONVERSATION,
    INTERACTIVE,
    MU_LAW,
    WireClient,
    audio,
    listen,
    send,
    text,
    turn,
    wave_header,
)

BAD_DATA, BROKEN_PROTOCOL, TOO_BIG, TRY_AGAIN = 1007, 1002, 1009, 1011
MOST_GROWTH_MB = 150  # of memory, over everything here
TWO_HOURS_S = 7200
FRAMES = 10_000
ID = "0123456789abcdef" * 2


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    crowd = {"AURICLE_MAX_SESSIONS": "100"}  # no one is refused for want of capacity
    with serving(tmp_path_factory.mktemp("target"), "--no-proof", environment=crowd) as running:
        yield running


@pytest.fixture(scope="module")
def attacker(target: Server) -> WireClient:
    return WireClient(url=target.ws, key=target.key)


@dataclass(frozen=True, kw_only=True)
class Bystander:
    """Somebody who speaks to the same server and wants to be understood."""

    client: PythonClient
    recordings: Recordings

    def check(self) -> None:
        """They are understood now."""
        assert understood(self.recordings.jfk_words(), self.client.hear(self.recordings.jfk()).text)

    @contextmanager
    def speaking(self) -> Iterator[None]:
        """They are speaking meanwhile, at the pace of people, and are understood to the end."""
        name = "sense_and_sensibility_01_austen_64kb-0870"
        speech = self.recordings.samples("librivox_sense_sensibility_en", name)
        running = self.client.start(speech, config=self.client.config(AT_SPEAKING_PACE))
        running.wait_for_partial()
        yield
        running.wait()
        assert not running.errors
        assert words(running.text) == words(self.recordings.said("librivox_sense_sensibility_en", name))


@pytest.fixture(scope="module")
def bystander(target: Server, sdk: Any, recordings: Recordings) -> Bystander:
    return Bystander(client=PythonClient(sdk=sdk, url=target.ws, key=target.key), recordings=recordings)


@pytest.fixture(scope="module")
def memory_before_mb(target: Server, bystander: Bystander) -> float:
    """What the server holds once it has done its usual work."""
    bystander.check()
    with bystander.speaking():
        pass
    return target.memory_mb


@pytest.fixture(scope="module", autouse=True)
def _measured(memory_before_mb: float) -> None:
    """Measure before anything else happens."""


def opening(request_id: str = ID) -> str:
    return text("speech.context", "{}", X_RequestId=request_id)


FORMAT = struct.pack("<HHIIHH", 1, 1, 16_000, 32_000, 2, 16)
BROKEN_HEADERS = {
    "not RIFF": b"JUNK" * 32,
    "RIFF without WAVE": b"RIFF\0\0\0\0AVI LIST" + bytes(64),
    "format cut off": b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\1\0",
    "format of zero bytes": b"RIFF\0\0\0\0WAVEfmt \0\0\0\0data\0\0\0\0" + bytes(64),
    "endless format": b"RIFF\0\0\0\0WAVEfmt \xff\xff\xff\xff" + bytes(4096),
    "data before format": b"RIFF\0\0\0\0WAVEdata\0\0\0\0" + bytes(64),
    "no channels": wave_header(channels=0) + bytes(64),
    "rate of zero": wave_header(0) + bytes(64),
    "rate of a radio": wave_header(4_000_000_000 // 2) + bytes(64),
    "bits of nothing": wave_header(bits=0) + bytes(64),
    "codec of nobody": wave_header(tag=0x4242) + bytes(64),
    "endless chunks": b"RIFF\0\0\0\0WAVE" + b"LIST\0\0\0\0" * 10_000,
}


@pytest.mark.parametrize("name", BROKEN_HEADERS)
async def test_a_broken_audio_header_is_refused_with_what_was_expected(attacker: WireClient, name: str) -> None:
    answer = await attacker.hear(BROKEN_HEADERS[name])

    assert answer.code == BAD_DATA
    assert "expected" in answer.reason.lower()


@pytest.mark.parametrize("address", [CONVERSATION, INTERACTIVE])
@pytest.mark.parametrize("pieces", [[], [wave_header()]])
async def test_a_turn_without_audio_ends_without_words(attacker: WireClient, address: str, pieces: list[bytes]) -> None:
    answer = await attacker.hear(*pieces, address=address)

    assert answer.messages[-1][0] == "turn.end" or answer.code == BAD_DATA
    assert not answer.words


async def test_two_hours_of_silence_are_heard_to_the_end_in_flat_memory(
    attacker: WireClient, target: Server, bystander: Bystander
) -> None:
    second = b"\xff" * 8_000

    async def hours() -> AsyncIterator[bytes]:
        yield wave_header(8_000, tag=MU_LAW, bits=8)
        for _ in range(TWO_HOURS_S // 20):
            yield second * 20
            peaks.append(target.memory_mb)

    peaks = [target.memory_mb]
    async with attacker.connect() as connection:
        answer = await turn(connection, hours())

    assert answer.statuses == ["InitialSilenceTimeout", "EndOfDictation"]
    assert answer.phrases[-1]["Offset"] >= TWO_HOURS_S * 10_000_000
    assert max(peaks) - peaks[0] < 100
    bystander.check()


WRONG_MESSAGES: dict[str, tuple[list[str | bytes], int]] = {
    "no headers": (["hello"], BAD_DATA),
    "no path": ([text("", "{}")], BROKEN_PROTOCOL),
    "no request id": ([text("speech.context", "{}")], BROKEN_PROTOCOL),
    "a short request id": ([text("speech.context", "{}", X_RequestId="123")], BROKEN_PROTOCOL),
    "no JSON": ([text("speech.context", "{", X_RequestId=ID)], BAD_DATA),
    "a list for an object": ([text("speech.context", "[]", X_RequestId=ID)], BAD_DATA),
    "deep JSON": ([text("speech.context", '{"a":' * 100_000, X_RequestId=ID)], BAD_DATA),
    "wrong kinds": ([text("speech.context", '{"phraseDetection":7}', X_RequestId=ID)], BAD_DATA),
    "an unknown mode": ([text("speech.context", '{"phraseDetection":{"mode":"Telepathy"}}', X_RequestId=ID)], BAD_DATA),
    "audio as text": ([opening(), text("audio", "x", X_RequestId=ID)], BAD_DATA),
    "an empty binary message": ([opening(), b""], BAD_DATA),
    "a header longer than its message": ([opening(), b"\x10\0Path:audio\r\n"], BAD_DATA),
    "oversized headers": ([opening(), b"\xff\xff" + b"Path:audio\r\n" + bytes(70_000)], BAD_DATA),
    "oversized text headers": ([f"Path:{'x' * 9000}\r\n\r\n"], BAD_DATA),
    "headers beyond ASCII": ([opening(), b"\0\x04\xff\xfe:\xff"], BAD_DATA),
    "an oversized text": ([text("speech.context", " " * (2 << 20), X_RequestId=ID)], BAD_DATA),
    "an oversized piece of audio": ([opening(), audio(bytes(2 << 20), ID)], BAD_DATA),
    "a message beyond the frame limit": ([opening(), audio(bytes(5 << 20), ID)], TOO_BIG),
    "a commit without a token": ([opening(), text("audio.commit", "", X_RequestId=ID)], BROKEN_PROTOCOL),
    "too many phrases": (
        [
            text(
                "speech.context",
                '{"dgi":{"Groups":[{"Items":[' + ",".join(f'{{"Text":"{n}"}}' for n in range(3000)) + "]}]}}",
                X_RequestId=ID,
            )
        ],
        BAD_DATA,
    ),
}


@pytest.mark.parametrize("name", WRONG_MESSAGES)
async def test_a_wrong_message_closes_the_connection_with_the_reason(attacker: WireClient, name: str) -> None:
    messages, code = WRONG_MESSAGES[name]

    answer = await attacker.say(*messages)

    assert answer.code == code
    assert answer.reason


async def test_audio_before_its_context_is_heard_with_the_usual_options(
    attacker: WireClient, recordings: Recordings
) -> None:
    speech = wave_header() + pcm(recordings.samples("general_read_en", "arctic_b0139"))

    answer = await attacker.say(
        audio(speech, ID), text("speech.context", "{}", X_RequestId=ID), text("speech.config", "{}"), audio(b"", ID)
    )

    assert words(answer.phrases[0]["DisplayText"]) == "together they ate the rabbit"


async def test_audio_of_a_turn_that_has_ended_is_ignored(attacker: WireClient, recordings: Recordings) -> None:
    speech = wave_header() + pcm(recordings.samples("general_read_en", "arctic_b0139"))
    async with attacker.connect(INTERACTIVE) as connection:
        answer = asyncio.create_task(listen(connection))
        await send(connection, [opening(), audio(speech, ID), audio(b"", ID)])
        assert (await answer).messages[-1][0] == "turn.end"

        await send(connection, [audio(speech, ID), audio(b"", ID)])
        second = await turn(connection, [speech])

    assert [words(phrase["DisplayText"]) for phrase in second.phrases] == ["together they ate the rabbit"]


async def test_a_new_turn_replaces_one_that_never_ended(attacker: WireClient, recordings: Recordings) -> None:
    speech = wave_header() + pcm(recordings.samples("general_read_en", "arctic_b0139"))
    async with attacker.connect() as connection:
        await send(connection, [opening(), audio(speech, ID)])

        answer = await turn(connection, [speech])

    assert answer.messages[-1][0] == "turn.end"
    assert "together they ate the rabbit" in words(answer.words)


def exchange(server: Server, request: bytes) -> bytes:
    """What the server says to these bytes before it hangs up."""
    received = b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        try:
            connection.sendall(request)
            while piece := connection.recv(65_536):
                received += piece
        except (BrokenPipeError, ConnectionResetError):
            pass
    return received


def test_oversized_http_headers_are_refused(target: Server) -> None:
    assert exchange(target, b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 200_000).startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize(
    "request_", [b"\x16\x03\x01\x02\0\x01\0\x01\xfc", b"\0" * 1000, b"GET\r\n\r\n", b"\xff" * 5000]
)
def test_what_is_no_http_is_refused(target: Server, request_: bytes) -> None:
    assert exchange(target, request_).startswith(b"HTTP/1.1 400 ")


def upgrade(server: Server, *, query: str = "", key: str = "dGhlIHNhbXBsZSBub25jZQ==", headers: str = "") -> bytes:
    return (
        f"GET {CONVERSATION}{query} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
        f"Ocp-Apim-Subscription-Key: {server.key}\r\n{headers}\r\n"
    ).encode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"query": "&a=" + "b" * 20_000},
        {"query": "&a=\xff"},
        {"key": "short"},
        {"headers": "Content-Length: 5\r\n"},
        {"headers": "X-Long: " + "x" * 20_000 + "\r\n"},
        {"headers": "".join(f"X-{n}: y\r\n" for n in range(500))},
        {"headers": "X-ConnectionId: \x1b[31m\r\n"},
    ],
)
def test_an_upgrade_that_makes_no_sense_is_refused(target: Server, wrong: dict[str, str]) -> None:
    assert exchange(target, upgrade(target, **wrong)).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "frames",
    [
        b"\x82\x05hello",  # not masked, as a client's have to be
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",  # reserved bits and an absurd length
        b"\x83\x80\0\0\0\0",  # an opcode of nobody
        b"\x80\x80\0\0\0\0",  # the end of a message that never began
        b"\x81\x82\0\0\0\0\xff\xfe",  # text that is no text
    ],
)
def test_broken_websocket_frames_close_the_connection(target: Server, frames: bytes) -> None:
    with socket.create_connection(("127.0.0.1", target.port), timeout=60) as connection:
        connection.sendall(upgrade(target))
        assert connection.recv(65_536).startswith(b"HTTP/1.1 101 ")
        connection.sendall(frames)
        sent = connection.recv(65_536)

    assert sent[:1] == b"\x88"  # a close
    assert int.from_bytes(sent[2:4], "big") in {BROKEN_PROTOCOL, BAD_DATA, TOO_BIG}


async def test_an_upgrade_to_nowhere_is_not_found(attacker: WireClient) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with attacker.connect("/nothing/here?language=en-US"):
            pass
    assert refused.value.response.status_code == 404


async def test_clients_that_vanish_or_stall_leave_nothing_behind(
    attacker: WireClient, target: Server, bystander: Bystander, recordings: Recordings
) -> None:
    connections, sessions = (target.metric(name) for name in ("auricle_connections", "auricle_sessions"))
    speech = wave_header() + pcm(recordings.jfk())[: 2 * 32_000]
    with bystander.speaking():
        there = [await attacker.connect() for _ in range(10)]
        for number, connection in enumerate(there):
            request_id = uuid4().hex
            await send(connection, [opening(request_id), audio(speech, request_id)])
            if number % 2:
                connection.transport.abort()
        stalled = there[::2]
        await asyncio.to_thread(target.wait_until_at_most, "auricle_sessions", sessions + len(stalled) + 1)
        for connection in stalled:
            connection.transport.abort()
    await asyncio.to_thread(target.wait_until_at_most, "auricle_connections", connections)
    await asyncio.to_thread(target.wait_until_at_most, "auricle_sessions", sessions)


async def test_a_client_that_never_reads_holds_up_nobody(
    attacker: WireClient, target: Server, bystander: Bystander, recordings: Recordings
) -> None:
    speech = pcm(recordings.jfk())
    async with attacker.connect(max_queue=1, write_limit=1) as deaf:
        deaf.transport.pause_reading()
        sending = asyncio.create_task(
            send(deaf, [opening(), audio(wave_header(), ID), *[audio(speech[:32_000], ID)] * 60])
        )
        await asyncio.to_thread(bystander.check)
        sending.cancel()
        deaf.transport.abort()


def random_frame(random_: random.Random, ids: list[str]) -> str | bytes:
    """Anything from noise to what is almost right."""
    request_id = random_.choice(ids)
    noise = random_.randbytes(random_.choice([0, 1, 2, 7, 100, 3200]))
    path = random_.choice(["audio", "speech.context", "speech.config", "audio.commit", "telemetry", "turn.end", "☃"])
    value = random_.choice(['{"a":1}', "{}", "[", '{"phraseDetection":{"mode":"DICTATION"}}', '{"dgi":null}', "\0", ""])
    match random_.randrange(16):
        case 0:
            return noise
        case 1:
            return noise.decode("latin-1")
        case 2:
            return random_.randbytes(2) + noise
        case 3:
            return audio(noise, request_id)[: random_.randrange(80)]
        case 4:
            return text(path, value, X_RequestId=request_id)
        case 5:
            return text(path, value)
        case 6:
            return text(
                "audio.commit", "", X_RequestId=request_id, X_Client_Commit_Token=str(random_.randrange(1 << 40))
            )
        case 7:
            return opening(request_id)
        case 8:
            return audio(wave_header(random_.choice([8_000, 16_000, 44_100])) + noise, request_id)
        case 9:
            return audio(b"", request_id)
        case _:
            return audio(noise, request_id)


async def test_ten_thousand_random_frames_harm_nobody(
    attacker: WireClient, target: Server, bystander: Bystander
) -> None:
    closes: Counter[int | None] = Counter()
    random_ = random.Random(2)
    left = FRAMES

    async def fuzz() -> None:
        nonlocal left
        while left > 0:
            async with attacker.connect(random_.choice([CONVERSATION, INTERACTIVE])) as connection:
                ids = [uuid4().hex for _ in range(3)]
                heard = asyncio.create_task(until_closed(connection))
                count = min(left, random_.randrange(1, 9))  # few, as what follows a wrong one goes unread
                left -= count
                left += count - await send(connection, (random_frame(random_, ids) for _ in range(count)))
                await send(connection, [b""])  # if nothing before it was wrong enough, this is
                closes[await heard] += 1

    with bystander.speaking():
        await asyncio.gather(*(fuzz() for _ in range(8)))

    assert closes[BAD_DATA] > 100
    assert closes[BROKEN_PROTOCOL] > 100
    assert set(closes) == {BAD_DATA, BROKEN_PROTOCOL}
    bystander.check()


async def until_closed(connection: Any) -> int | None:
    """Read everything; the code with which the server closed."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            await connection.recv()
    return connection.protocol.close_rcvd.code if connection.protocol.close_rcvd else None


def test_the_server_still_answers_everybody(target: Server, bystander: Bystander) -> None:
    bystander.check()
    assert httpx.get(f"{target.http}/ready").status_code == 200
    assert httpx.get(f"{target.http}/status").json()["sessions"]["active"] == 0


def test_its_memory_has_stayed_flat(target: Server, memory_before_mb: float) -> None:
    assert target.memory_mb - memory_before_mb < MOST_GROWTH_MB


def test_its_log_tells_of_no_bug_and_no_secret(target: Server) -> None:
    target.assert_log_is_discreet("americans", "country", "rabbit", "dashwood", "leisure")

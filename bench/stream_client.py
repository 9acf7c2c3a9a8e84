"""Many live streams in one light process, each on the wire exactly as the Speech SDK is (see bench/wire.py).

`run_streams` starts the process; `python -m bench.stream_client` is it: a JSON object on standard input names the server
and the streams, the answer on standard output is what was sent and received, and when.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
import wave
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import click
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from bench import wire
from bench.recordings import REPOSITORY
from bench.server import Server
from bench.wire import FRAME_BYTES, FRAME_S

ANSWER_S = 60.0  # for the rest to come after the audio has ended
KEPT = ("speech.hypothesis", "speech.phrase")
URGENCY = -10  # niceness: the clock readings of clients must not suffer from a busy server


@dataclass(frozen=True, kw_only=True)
class Stream:
    """A recording to speak."""

    path: str
    delay_s: float = 0.0  # before it begins
    pace: float = 1.0  # of speech; 0 sends everything at once
    partials: bool = True


@dataclass(kw_only=True)
class Heard:
    """What came of a stream. Times in seconds of one clock."""

    sent: list[float] = field(default_factory=list)  # when each frame of 0.1 s was on its way
    late_s: float = 0.0  # by which the client itself fell behind its pace, at worst
    messages: list[tuple[float, str]] = field(default_factory=list)  # hypotheses and phrases, when they came
    failure: str = ""
    began: float = 0.0
    ended: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Streamed:
    """What came of all streams of a process."""

    streams: tuple[Heard, ...]
    client_cpu_s: float
    server_cpu_s: float
    server_loop_cpu_s: float  # of that, the event loop's thread


def run_streams(server: Server, streams: Sequence[Stream]) -> Streamed:
    """Run the process and read what it tells."""
    from bench.processes import cpu_s, first_thread_cpu_s  # noqa: PLC0415  the other process reads no /proc

    request = {"url": server.ws, "key": server.key, "streams": [asdict(stream) for stream in streams]}
    before_s, loop_before_s = cpu_s(server.pid), first_thread_cpu_s(server.pid)
    done = subprocess.run(
        [sys.executable, "-m", "bench.stream_client"],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        check=False,
    )
    server_s, loop_s = cpu_s(server.pid) - before_s, first_thread_cpu_s(server.pid) - loop_before_s
    if done.returncode != 0:
        raise click.ClickException(f"The process of the clients failed: {done.stderr[-800:]}")
    told = json.loads(done.stdout)
    heard = [Heard(**fields | {"messages": [tuple(pair) for pair in fields["messages"]]}) for fields in told["streams"]]
    return Streamed(streams=tuple(heard), client_cpu_s=told["cpu_s"], server_cpu_s=server_s, server_loop_cpu_s=loop_s)


async def speak(url: str, key: str, stream: Stream) -> Heard:
    """One continuous recognition from connection to the end of the turn."""
    heard = Heard()
    with wave.open(stream.path) as file:
        audio = file.readframes(file.getnframes())
    await asyncio.sleep(stream.delay_s)
    heard.began = time.monotonic()
    try:
        async with open_connection(url, key) as connection:
            request_id = wire.new_id()
            await connection.send(wire.config_message())
            await connection.send(wire.context_message(request_id, partials=stream.partials))
            await connection.send(wire.header_message(request_id))
            listening = asyncio.create_task(_listen(connection, heard), name="listen")
            try:
                await _talk(connection, request_id, audio, stream.pace, heard)
                await asyncio.wait_for(listening, ANSWER_S)
                await connection.send(wire.telemetry_message(request_id))
            finally:
                listening.cancel()
    except (OSError, InvalidHandshake, ConnectionClosed, TimeoutError) as failure:
        heard.failure = f"{type(failure).__name__}: {failure}"
    heard.ended = time.monotonic()
    return heard


def open_connection(url: str, key: str) -> connect:
    """A connection with the SDK's address and headers."""
    return connect(
        f"{url}{wire.PATH}?{wire.QUERY}",
        additional_headers=wire.connection_headers(key),
        user_agent_header=wire.USER_AGENT,
        subprotocols=[wire.SUBPROTOCOL],
        compression=None,
        max_size=None,
        open_timeout=60,
        ping_interval=None,
        close_timeout=2,
        proxy=None,
    )


async def _talk(connection: ClientConnection, request_id: str, audio: bytes, pace: float, heard: Heard) -> None:
    """A frame whenever a microphone would have filled it."""
    begun = time.monotonic()
    for number, start in enumerate(range(0, len(audio), FRAME_BYTES)):
        if pace:
            due = begun + (number + 1) * FRAME_S / pace
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            heard.late_s = max(heard.late_s, time.monotonic() - due)
        await connection.send(wire.audio_message(request_id, audio[start : start + FRAME_BYTES]))
        heard.sent.append(time.monotonic())
    await connection.send(wire.audio_message(request_id, b""))


async def _listen(connection: ClientConnection, heard: Heard) -> None:
    async for message in connection:
        now = time.monotonic()
        text = message if isinstance(message, str) else ""
        path = wire.path_of(text)
        if path in KEPT:
            heard.messages.append((now, text))
        elif path == "turn.end":
            return


async def main(request: dict[str, Any]) -> dict[str, Any]:
    """Speak every stream."""
    began = time.process_time()
    tasks = [
        asyncio.create_task(speak(request["url"], request["key"], Stream(**fields)), name=f"stream {number}")
        for number, fields in enumerate(request["streams"])
    ]
    heard = await asyncio.gather(*tasks)
    return {"streams": [asdict(each) for each in heard], "cpu_s": time.process_time() - began}


if __name__ == "__main__":
    with contextlib.suppress(OSError):
        os.nice(URGENCY)
    print(json.dumps(asyncio.run(main(json.load(sys.stdin)))))

"""A light HTTP client for load: so little work of its own that what is measured is the server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import click
import uvloop


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Load:
    """What a load of requests took."""

    requests: int
    wall_s: float
    latencies_ms: Sequence[float]

    @property
    def per_second(self) -> float:
        return self.requests / self.wall_s

    def percentile_ms(self, percent: float) -> float:
        """The latency that `percent` of the requests stay under."""
        ordered = sorted(self.latencies_ms)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def request(method: str, host: str, target: str, headers: Sequence[str] = (), body: bytes = b"") -> bytes:
    """A request as it goes over the wire."""
    length = [f"Content-Length: {len(body)}"] if body or method in {"POST", "PUT", "PATCH"} else []
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", *headers, *length]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def run_load(
    host: str, requests: Sequence[bytes], *, clients: int, expect: int, seen: Callable[[Answer], None] | None = None
) -> Load:
    """Send every request once, by so many clients side by side, each on a connection of its own.

    Raises ClickException at the first answer with another status than `expect`.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_run(host, requests, clients, expect, seen))


async def _run(
    host: str, requests: Sequence[bytes], clients: int, expect: int, seen: Callable[[Answer], None] | None
) -> Load:
    waiting = iter(requests)
    latencies_ms: list[float] = []

    async def client() -> None:
        name, port = host.rsplit(":", 1)
        reader, writer = await asyncio.open_connection(name, int(port))
        for sent in waiting:
            began_s = time.perf_counter()
            writer.write(sent)
            answer = await _read(reader)
            latencies_ms.append(1000 * (time.perf_counter() - began_s))
            if answer.status != expect:
                line = sent.split(b"\r\n", 1)[0].decode()
                raise click.ClickException(f"{line} was answered {answer.status}: {answer.body[:300]!r}")
            if seen is not None:
                seen(answer)
        writer.close()

    began_s = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(clients):
            group.create_task(client(), name=f"client {number}")
    return Load(requests=len(requests), wall_s=time.perf_counter() - began_s, latencies_ms=latencies_ms)


async def _read(reader: asyncio.StreamReader) -> Answer:
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    lowered = head.lower()
    at = lowered.find(b"content-length:")
    if at >= 0:
        length = int(lowered[at + 15 : lowered.index(b"\r\n", at)])
        return Answer(status=status, body=await reader.readexactly(length))
    if b"transfer-encoding: chunked" in lowered:
        return Answer(status=status, body=await _read_chunks(reader))
    return Answer(status=status, body=b"")


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while size := int(await reader.readuntil(b"\r\n"), 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readexactly(2)
    return bytes(body)

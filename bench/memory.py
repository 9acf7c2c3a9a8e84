"""Resident memory: of a server that just started, of each idle connection and of each session being heard."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any

import click
from websockets.exceptions import InvalidHandshake

from bench import report, wire
from bench.processes import allow_open_files, memory_mb
from bench.server import Server, serving
from bench.speech import make_speech
from bench.stream_client import Stream, open_connection, run_streams

IDLE_STEPS = (100, 500, 1000)
ACTIVE = 20
SPEECH_S = 20.0
SPARE_FILES = 500
SAMPLE_S = 0.25
AT_ONCE = 50  # connections opened together


def measure(home: Path, *, idle: int, active: int) -> dict[str, Any]:
    """Run it, print it, and give back every figure. `idle` and `active` are the most connections and sessions."""
    report.heading("Memory")
    if allow_open_files(idle + SPARE_FILES) < idle + SPARE_FILES:
        raise click.ClickException(f"Not enough files may be open for {idle} connections. Type: ulimit -n {2 * idle}")
    settings = {"AURICLE_MAX_CONNECTIONS": str(2 * idle)}
    with serving(home, settings=settings) as server:
        started = memory_mb(server.pid)
        steps = sorted({step for step in IDLE_STEPS if step < idle} | {idle})
        with report.console.status(f"{idle} idle connections …"):
            idle_mb, closed_mb = asyncio.run(_idle(server, steps))
        with report.console.status("One session, to have everything in use once …"):
            _speak(server, home, 1)
        warm = memory_mb(server.pid)
        with report.console.status(f"{active} sessions …"), _watching(server.pid) as peak:
            failures = _speak(server, home, active)
        after, most = memory_mb(server.pid), max([warm, *peak])
    if failures:
        raise click.ClickException(f"{len(failures)} of {active} sessions failed: {failures[0]}")
    result = {
        "start_mb": started,
        "idle_mb": idle_mb,
        "idle_closed_mb": closed_mb,
        "idle_kb_each": 1000 * (idle_mb[idle] - started) / idle,
        "active": active,
        "warm_mb": warm,
        "active_peak_mb": most,
        "active_mb_each": (most - warm) / active,
        "after_mb": after,
    }
    _print(result, idle)
    report.save("memory", result)
    return result


async def _idle(server: Server, steps: list[int]) -> tuple[dict[int, float], float]:
    """The server's memory with so many open connections that have introduced themselves and say nothing."""
    found: dict[int, float] = {}
    async with AsyncExitStack() as stack:

        async def connect_one() -> None:
            try:
                connection = await stack.enter_async_context(open_connection(server.ws, server.key))
            except (OSError, InvalidHandshake) as failure:
                raise click.ClickException(f"A connection was refused: {failure}") from failure
            await connection.send(wire.config_message())

        opened = 0
        for step in steps:
            while opened < step:
                now = min(AT_ONCE, step - opened)
                await asyncio.gather(*(connect_one() for _ in range(now)))
                opened += now
            await asyncio.sleep(1)
            found[step] = memory_mb(server.pid)
    await asyncio.sleep(1)
    return found, memory_mb(server.pid)


def _speak(server: Server, home: Path, count: int) -> list[str]:
    speeches = [make_speech(home / "memory", number, SPEECH_S) for number in range(count)]
    streams = [Stream(path=str(speech.path), delay_s=2.0 * n / count) for n, speech in enumerate(speeches)]
    return [heard.failure for heard in run_streams(server, streams).streams if heard.failure]


@contextmanager
def _watching(pid: int) -> Iterator[list[float]]:
    """Collects the process's memory while the block runs."""
    seen: list[float] = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(SAMPLE_S):
            seen.append(memory_mb(pid))

    thread = threading.Thread(target=watch, name="memory")
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def _print(result: dict[str, Any], idle: int) -> None:
    rows: list[list[object]] = [["server, just started", f"{result['start_mb']:.0f}", ""]]
    before = result["start_mb"]
    for count, megabytes in result["idle_mb"].items():
        rows.append(
            [f"with {count} idle connections", f"{megabytes:.0f}", f"{1000 * (megabytes - before) / count:.1f} kB"]
        )
    rows.append([f"after closing {idle}", f"{result['idle_closed_mb']:.0f}", ""])
    rows.append(["after its first session", f"{result['warm_mb']:.0f}", ""])
    each = f"{result['active_mb_each']:.1f} MB"
    rows.append([f"with {result['active']} sessions, at most", f"{result['active_peak_mb']:.0f}", each])
    rows.append(["after them", f"{result['after_mb']:.0f}", ""])
    under = (
        "Resident memory of the server's process. Models and their working memory are in every figure, never in 'each'."
    )
    report.table("Memory", ["state", "MB", "each"], rows, under=under)

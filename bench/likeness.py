"""Is our light client the SDK? Both speak the same recording, to a listener that writes everything down and to a server.

What a listener cannot tell apart, a server cannot either: address, headers, messages, their headers and sizes, and the
pace. Against the real server their final texts and times are compared, too.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
from websockets.asyncio.server import ServerConnection, serve

from bench import report, wire
from bench.latency import segments
from bench.recordings import REPOSITORY
from bench.scoring import percentile
from bench.server import serving
from bench.speech import make_speech
from bench.stream_client import Stream, run_streams, speak

VARYING = ("sec-websocket-key", "x-connectionid", "host", "user-agent")  # values that differ from run to run by nature
SAME_TIME_S = 0.05  # by which offsets of the same phrase may differ

Client = Callable[[str, str, Path], Awaitable[None]]


@dataclass(kw_only=True)
class Record:
    """What a client did on the wire."""

    address: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    texts: list[tuple[str, list[str], str]] = field(default_factory=list)  # path, header names, body's shape
    audio: list[tuple[list[str], int]] = field(default_factory=list)  # header names, payload bytes
    first_payload: bytes = b""
    arrivals: list[float] = field(default_factory=list)  # of the payloads after the RIFF header


def measure(home: Path, *, duration_s: float) -> dict[str, Any]:
    """Run both, print them side by side, and give back every figure."""
    report.heading("Our client and the SDK")
    speech = make_speech(home / "likeness", 3, duration_s)
    short = make_speech(home / "likeness-short", 4, 3.0)
    ours = asyncio.run(_recorded(_our_client, short.path))
    theirs = asyncio.run(_recorded(_sdk_client, short.path))
    wire_rows = _compare_wire(theirs, ours)
    report.table("On the wire", ["", "SDK", "ours", "same"], wire_rows)
    with serving(home) as server, report.console.status("Both against the server …"):
        heard = run_streams(server, [Stream(path=str(speech.path))]).streams[0]
        sdk = asyncio.run(_ask_sdk(server.ws, server.key, speech.path))
    if heard.failure or sdk["failures"]:
        raise click.ClickException(f"A client failed: {heard.failure or sdk['failures'][0]}")
    mine = [(s.phrase.told.body["DisplayText"], s.phrase.told.offset_s, s.phrase.told.end_s) for s in segments(heard)]
    other = [(f["text"], f["offset_s"], f["offset_s"] + f["duration_s"]) for f in sdk["finals"]]
    text_rows = _compare_texts(other, mine)
    partials = sum(len(s.hypotheses) for s in segments(heard))
    text_rows.append(["partial results", str(len(sdk["partials"])), str(partials), "their number may differ"])
    report.table("Against the server", ["", "SDK", "ours", "same"], text_rows)
    result = {"wire": wire_rows, "texts": text_rows}
    report.save("client", result)
    return result


async def _our_client(url: str, key: str, path: Path) -> None:
    heard = await speak(url, key, Stream(path=str(path)))
    if heard.failure:
        raise click.ClickException(f"Our client failed: {heard.failure}")


async def _sdk_client(url: str, key: str, path: Path) -> None:
    await _ask_sdk(url, key, path)


async def _ask_sdk(url: str, key: str, path: Path) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.sdk_client",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=REPOSITORY,
    )
    request = json.dumps({"url": url, "key": key, "recording": str(path)})
    told, complaint = await process.communicate(request.encode())
    if process.returncode != 0:
        raise click.ClickException(f"The Speech SDK failed: {complaint.decode(errors='replace')[-400:]}")
    answer: dict[str, Any] = json.loads(told)
    return answer


async def _recorded(client: Client, path: Path) -> Record:
    """Let a client speak to a listener that hears nothing and writes everything down."""
    record = Record()

    async def listen(connection: ServerConnection) -> None:
        assert connection.request is not None
        record.address = connection.request.path
        record.headers = {name.lower(): value for name, value in connection.request.headers.raw_items()}
        async for message in connection:
            for answer in _write_down(record, message):
                await connection.send(answer)

    async with serve(listen, "127.0.0.1", 0, compression=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        await client(f"ws://127.0.0.1:{port}", "0" * 32, path)
    return record


def _write_down(record: Record, message: str | bytes) -> list[str]:
    """Note a message; what a service must answer for clients to come to an end."""
    if isinstance(message, str):
        head, _, body = message.partition("\r\n\r\n")
        record.texts.append((wire.path_of(message), _names(head), _shape(body)))
        return []
    size = int.from_bytes(message[:2], "big")
    head, payload = message[2 : 2 + size].decode("ascii"), message[2 + size :]
    record.audio.append((_names(head), len(payload)))
    request_id = next(line.partition(":")[2].strip() for line in head.split("\r\n") if line.startswith("X-RequestId"))
    if len(record.audio) == 1:
        record.first_payload = payload
        return [f"X-RequestId:{request_id}\r\nPath:turn.start\r\n\r\n{{}}"]
    if payload:
        record.arrivals.append(time.monotonic())
        return []
    heard_ms = -(-sum(size for _, size in record.audio[1:]) // 32)
    over = json.dumps({"RecognitionStatus": "EndOfDictation", "Offset": heard_ms * 10_000, "Duration": 0})
    return [
        f"X-RequestId:{request_id}\r\nContent-Type:application/json; charset=utf-8\r\nPath:speech.phrase\r\n\r\n{over}",
        f"X-RequestId:{request_id}\r\nPath:turn.end\r\n\r\n{{}}",
    ]


def _names(head: str) -> list[str]:
    return [line.partition(":")[0] for line in head.split("\r\n") if line]


def _shape(body: str) -> str:
    """A body with the values that a machine's name and versions make different left out."""
    if not body:
        return ""
    document = json.loads(body)
    context = document.get("context", {})
    context.pop("os", None)
    return json.dumps(document, sort_keys=True)


def _compare_wire(theirs: Record, ours: Record) -> list[list[str]]:
    rows = [_row("address", theirs.address, ours.address)]
    names = [name for name in theirs.headers | ours.headers if name not in VARYING]
    rows += [_row(f"header {name}", theirs.headers.get(name, "-"), ours.headers.get(name, "-")) for name in names]
    varying = [[name for name in VARYING if name in record.headers] for record in (theirs, ours)]
    rows.append(_row("headers that vary", " ".join(varying[0]), " ".join(varying[1])))
    for path in ("speech.config", "speech.context"):
        told = [next((text for text in record.texts if text[0] == path), ("", [], "")) for record in (theirs, ours)]
        rows.append(_row(f"{path}: headers", " ".join(told[0][1]), " ".join(told[1][1])))
        rows.append(_row(f"{path}: body", told[0][2], told[1][2], shown=40))
    rows.append(_row("RIFF header", theirs.first_payload.hex(), ours.first_payload.hex(), shown=24))
    for title, place in (("first audio: headers", 0), ("later audio: headers", 1)):
        rows.append(_row(title, " ".join(theirs.audio[place][0]), " ".join(ours.audio[place][0]), shown=60))
    sizes = [[size for _, size in record.audio] for record in (theirs, ours)]
    rows.append(_row("audio messages", str(len(sizes[0])), str(len(sizes[1]))))
    rows.append(_row("their sizes", _sizes(sizes[0]), _sizes(sizes[1])))
    rows.append([*(_row("ms apart, median and p95", _apart(theirs.arrivals), _apart(ours.arrivals))[:3]), ""])
    return rows


def _sizes(sizes: Sequence[int]) -> str:
    return f"{sizes[0]}, {sizes[1]} x {sizes.count(sizes[1])}, then {', '.join(str(size) for size in sizes[-2:])}"


def _apart(times: Sequence[float]) -> str:
    gaps = [1000 * (later - earlier) for earlier, later in itertools.pairwise(times)]
    return f"{percentile(gaps, 50):.0f} / {percentile(gaps, 95):.0f}"


def _row(title: str, theirs: str, ours: str, *, shown: int = 200) -> list[str]:
    cut = [text if len(text) <= shown else f"{text[:shown]}…" for text in (theirs, ours)]
    return [title, *cut, "yes" if theirs == ours else "NO"]


def _compare_texts(
    theirs: Sequence[tuple[str, float, float]], ours: Sequence[tuple[str, float, float]]
) -> list[list[str]]:
    rows = [_row("phrases", str(len(theirs)), str(len(ours)))]
    for number, (one, other) in enumerate(zip(theirs, ours, strict=False), 1):
        same = one[0] == other[0] and all(abs(a - b) <= SAME_TIME_S for a, b in zip(one[1:], other[1:], strict=True))
        cells = [f"{start:.2f}-{end:.2f} {text}" for text, start, end in (one, other)]
        rows.append([f"phrase {number}", *cells, "yes" if same else "NO"])
    return rows

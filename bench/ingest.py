"""How fast a big dataset comes in: a zip of recordings sent to the server, then read and checked, in flat memory."""

from __future__ import annotations

import http.client
import json
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np

from bench import report
from bench.processes import children, memory_mb
from bench.server import Server, prepare_home, serving

MEGABYTE = 1_000_000
SIZE_MB = 1000
CLIP_S = 20
SAMPLE_RATE_HZ = 16_000
PIECE_BYTES = 1 << 20
WAYS = {"stored": zipfile.ZIP_STORED, "deflated": zipfile.ZIP_DEFLATED}
BOUNDARY = "auricle-bench"


@dataclass(frozen=True, kw_only=True)
class Ingest:
    """One upload."""

    size_mb: float
    upload_s: float
    check_s: float
    server_growth_mb: float
    worker_peak_mb: float


def measure(home: Path, *, limit: int | None) -> dict[str, Any]:
    """Run it, print it, and give back every figure. `limit` is the size of the archive in MB."""
    report.heading("Ingest")
    folder = home / "ingest"
    folder.mkdir(parents=True, exist_ok=True)
    result: dict[str, Any] = {}
    with serving(prepare_home(home / "ingest-home"), settings={"AURICLE_REQUEST_RATE": "0"}) as server:
        for name, method in WAYS.items():
            archive = _archive(folder / f"{name}-{limit or SIZE_MB}.zip", method, limit or SIZE_MB)
            with report.console.status(f"A {name} archive of {archive.stat().st_size / MEGABYTE:.0f} MB …"):
                result[name] = vars(_ingest(server, archive))
    _print(result)
    report.save("ingest", result)
    return result


def _archive(path: Path, method: int, size_mb: int) -> Path:
    """Noise of the loudness of speech, which packs about as well as speech does; made once."""
    if path.exists():
        return path
    noise = np.random.default_rng(7)
    clips = size_mb * MEGABYTE // (CLIP_S * SAMPLE_RATE_HZ * 2)
    draft = path.with_suffix(".draft")
    with report.console.status(f"Making {path.name} …"), zipfile.ZipFile(draft, "w", method, compresslevel=1) as out:
        for number in range(clips):
            samples = (noise.standard_normal(CLIP_S * SAMPLE_RATE_HZ) * 600).astype("<i2")
            out.writestr(f"clip{number:05}.wav", _header(samples.nbytes) + samples.tobytes())
        lines = "".join(f"clip{number:05}.wav\tthis is recording number {number}\n" for number in range(clips))
        out.writestr("trans.txt", lines.encode("utf-8-sig"))
    return draft.rename(path)


def _header(size: int) -> bytes:
    rate = SAMPLE_RATE_HZ
    shape = b"".join(value.to_bytes(width, "little") for value, width in ((1, 2), (1, 2), (rate, 4), (2 * rate, 4)))
    return (
        b"RIFF"
        + (36 + size).to_bytes(4, "little")
        + b"WAVEfmt \x10\0\0\0"
        + shape
        + b"\x02\0\x10\0data"
        + size.to_bytes(4, "little")
    )


def _ingest(server: Server, archive: Path) -> Ingest:
    before_mb = memory_mb(server.pid)
    began_s = time.perf_counter()
    made = _upload(server, archive)
    uploaded_s = time.perf_counter()
    ended, worker_mb = _wait(server, made["self"])
    ended_s = time.perf_counter()
    if ended["status"] != "Succeeded":
        raise click.ClickException(f"The dataset failed: {ended['properties']['error']}")
    return Ingest(
        size_mb=archive.stat().st_size / MEGABYTE,
        upload_s=uploaded_s - began_s,
        check_s=ended_s - uploaded_s,
        server_growth_mb=max(0.0, memory_mb(server.pid, "VmHWM") - before_mb),
        worker_peak_mb=worker_mb,
    )


def _upload(server: Server, archive: Path) -> dict[str, Any]:
    fields = {"displayName": archive.stem, "locale": "en-US", "kind": "Acoustic"}
    head = "".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    head += (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="data"; filename="{archive.name}"\r\n'
        "Content-Type: application/zip\r\n\r\n"
    )
    tail = f"\r\n--{BOUNDARY}--\r\n"

    def body() -> Iterator[bytes]:
        yield head.encode()
        with archive.open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                yield piece
        yield tail.encode()

    headers = {
        "Ocp-Apim-Subscription-Key": server.key,
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        "Content-Length": str(len(head) + archive.stat().st_size + len(tail)),
    }
    connection = http.client.HTTPConnection(server.host, timeout=600)
    connection.request("POST", "/speechtotext/v3.2/datasets/upload", body(), headers)
    return _json(connection, 201)


def _wait(server: Server, url: str) -> tuple[dict[str, Any], float]:
    """The dataset when it has ended, and the peak memory of the worker that saw to it."""
    worker_mb = 0.0
    while True:
        worker_mb = max([worker_mb, *(memory_mb(pid, "VmHWM") for pid in children(server.pid))])
        connection = http.client.HTTPConnection(server.host, timeout=60)
        connection.request("GET", url.split(server.host, 1)[1], headers={"Ocp-Apim-Subscription-Key": server.key})
        dataset = _json(connection, 200)
        if dataset["status"] in {"Succeeded", "Failed"}:
            return dataset, worker_mb
        time.sleep(0.05)


def _json(connection: http.client.HTTPConnection, expect: int) -> dict[str, Any]:
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != expect:
        raise click.ClickException(f"The server answered {answer.status}: {body[:300].decode(errors='replace')}")
    document: dict[str, Any] = json.loads(body)
    return document


def _print(result: dict[str, Any]) -> None:
    rows = [
        [
            name,
            f"{entry['size_mb']:.0f}",
            f"{entry['size_mb'] / entry['upload_s']:.0f}",
            f"{entry['size_mb'] / entry['check_s']:.0f}",
            f"{entry['size_mb'] / (entry['upload_s'] + entry['check_s']):.0f}",
            f"{entry['server_growth_mb']:.0f}",
            f"{entry['worker_peak_mb']:.0f}",
        ]
        for name, entry in result.items()
    ]
    headings = ["archive", "MB", "upload MB/s", "check MB/s", "both MB/s", "server grew MB", "worker MB"]
    under = (
        "One multipart upload to the answer 201, then until the dataset has Succeeded: every entry read, its checksum "
        "and header checked, its transcript line matched. Memory: the growth of the server's resident memory, and the "
        "peak of its worker's."
    )
    report.table("Ingest", headings, rows, under=under)

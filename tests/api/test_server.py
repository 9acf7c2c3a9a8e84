from __future__ import annotations

import asyncio
import os
import signal
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import FastAPI, Request

from auricle.api import server as server_module
from auricle.api.server import LARGEST_HEAD_BYTES, AuricleServer, bind
from auricle.errors import ConfigurationError
from auricle.settings import Settings


class Running:
    """A server in this process, on a free port."""

    def __init__(self, app: FastAPI, settings: Settings) -> None:
        self.sockets = bind("127.0.0.1", 0)
        self.port = self.sockets[0].getsockname()[1]
        self.server = AuricleServer(app, settings)
        self.task = asyncio.create_task(self.server.serve(self.sockets))

    async def exchange(self, sent: bytes) -> bytes:
        """Send bytes over a connection of its own and read until the server closes it."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(sent)
        try:
            return await reader.read()
        finally:
            writer.close()


@asynccontextmanager
async def running(app: FastAPI, settings: Settings) -> AsyncIterator[Running]:
    here = Running(app, settings)
    await here.server.accepting.wait()
    try:
        yield here
    finally:
        here.server.stop()
        await here.task


async def test_it_answers_on_its_port(app: FastAPI, tmp_path: Path) -> None:
    async with running(app, Settings(home=tmp_path)) as here:
        answer = await here.exchange(b"GET /ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 503")
    assert b"server:" not in answer.lower()


async def test_headers_without_end_are_refused(app: FastAPI, tmp_path: Path) -> None:
    async with running(app, Settings(home=tmp_path)) as here:
        line = b"X-Padding: " + b"x" * 1000 + b"\r\n"
        answer = await here.exchange(b"GET / HTTP/1.1\r\n" + line * (LARGEST_HEAD_BYTES // 1000 + 2))
    assert answer.startswith(b"HTTP/1.1 431")


async def test_trailers_change_no_header(app: FastAPI, tmp_path: Path) -> None:
    @app.post("/headers")
    async def headers(request: Request) -> dict[str, str]:
        await request.body()
        return dict(request.headers)

    head = b"POST /headers HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with running(app, Settings(home=tmp_path)) as here:
        answer = await here.exchange(head + b"1\r\nx\r\n0\r\nHost: forged\r\nOcp-Apim-Subscription-Key: k\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 200")
    assert b"forged" not in answer
    assert b"ocp-apim" not in answer


async def test_trailers_without_end_are_refused(app: FastAPI, tmp_path: Path) -> None:
    @app.post("/body")
    async def body(request: Request) -> int:
        return len(await request.body())

    head = b"POST /body HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n"
    async with running(app, Settings(home=tmp_path)) as here:
        reader, writer = await asyncio.open_connection("127.0.0.1", here.port)
        writer.write(head)
        for _ in range(LARGEST_HEAD_BYTES // 1000 + 2):
            writer.write(b"X-Padding: " + b"x" * 1000 + b"\r\n")
            await asyncio.sleep(0)
        answer = await reader.read()
        writer.close()

    assert answer.startswith(b"HTTP/1.1 431")


async def test_a_long_body_in_small_chunks_is_no_long_head(app: FastAPI, tmp_path: Path) -> None:
    @app.post("/body")
    async def body(request: Request) -> int:
        return len(await request.body())

    head = b"POST /body HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with running(app, Settings(home=tmp_path)) as here:
        answer = await here.exchange(head + b"1\r\nx\r\n" * LARGEST_HEAD_BYTES + b"0\r\n\r\n")

    assert answer.endswith(str(LARGEST_HEAD_BYTES).encode())


async def test_a_request_for_two_hosts_is_refused(app: FastAPI, tmp_path: Path) -> None:
    async with running(app, Settings(home=tmp_path)) as here:
        answer = await here.exchange(b"GET / HTTP/1.1\r\nHost: one\r\nHost: two\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400")


async def test_the_peer_stays_who_it_is_whatever_it_forwards(app: FastAPI, tmp_path: Path) -> None:
    @app.get("/peer")
    async def peer(request: Request) -> str:
        assert request.client is not None
        return f"{request.client.host} {request.url.scheme}"

    forwarded = b"X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n"
    async with running(app, Settings(home=tmp_path)) as here:
        answer = await here.exchange(b"GET /peer HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + forwarded + b"\r\n")

    assert answer.endswith(b'"127.0.0.1 http"')


async def test_headers_that_do_not_come_are_not_awaited_for_ever(
    app: FastAPI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "HEAD_TIMEOUT_S", 0.01)
    async with running(app, Settings(home=tmp_path)) as here:
        answer = await here.exchange(b"GET / HTTP/1.1\r\n")
    assert answer.startswith(b"HTTP/1.1 408")


async def test_nonsense_is_answered_as_a_bad_request(app: FastAPI, tmp_path: Path) -> None:
    async with running(app, Settings(home=tmp_path)) as here:
        answer = await here.exchange(b"\x16\x03\x01 not http\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400")


async def test_a_signal_stops_it_in_good_order(app: FastAPI, tmp_path: Path) -> None:
    here = Running(app, Settings(home=tmp_path))
    await here.server.accepting.wait()
    os.kill(os.getpid(), signal.SIGTERM)
    await here.task
    assert app.state.health.draining
    assert app.state.health.hearing.closed
    with pytest.raises(OSError, match="Connect call failed"):
        await asyncio.open_connection("127.0.0.1", here.port)


class Unfinished:
    """Live recognition in which somebody goes on speaking until the test says otherwise."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.finished = asyncio.Event()

    async def drain(self, limit_s: float) -> None:
        self.asked.set()
        await self.finished.wait()


async def test_a_stop_waits_until_people_have_finished_speaking(app: FastAPI, tmp_path: Path) -> None:
    app.state.live = unfinished = Unfinished()
    here = Running(app, Settings(home=tmp_path))
    await here.server.accepting.wait()
    here.server.stop()
    await unfinished.asked.wait()
    assert not here.task.done()
    unfinished.finished.set()
    await here.task
    assert app.state.health.hearing.closed


async def test_a_second_signal_stops_it_at_once(app: FastAPI, tmp_path: Path) -> None:
    app.state.live = unfinished = Unfinished()
    here = Running(app, Settings(home=tmp_path))
    await here.server.accepting.wait()
    here.server.stop()
    await unfinished.asked.wait()
    here.server.stop()
    await here.task


async def test_with_a_certificate_it_speaks_tls(app: FastAPI, tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path)
    trust = ssl.create_default_context(cafile=str(certificate))
    async with (
        running(app, Settings(home=tmp_path, tls_certificate=certificate, tls_key=key)) as here,
        httpx.AsyncClient(verify=trust) as client,
    ):
        answer = await client.get(f"https://localhost:{here.port}/ready")
    assert answer.status_code == 503


async def test_a_certificate_that_cannot_be_used_is_named(app: FastAPI, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nothing\.pem"):
        AuricleServer(app, Settings(home=tmp_path, tls_certificate=tmp_path / "nothing.pem", tls_key=tmp_path / "k"))


def test_a_port_in_use_is_told_with_a_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=rf"Port {port} on 127\.0\.0\.1 is in use.*--port {port + 1}"):
            bind("127.0.0.1", port)


def test_a_host_that_does_not_exist_is_told_with_a_way_out() -> None:
    with pytest.raises(ConfigurationError, match=r"no address here.*--host"):
        bind("nowhere.invalid", 0)


def test_an_address_of_another_machine_cannot_be_listened_on() -> None:
    with pytest.raises(ConfigurationError, match="cannot be opened"):
        bind("192.0.2.1", 0)


def test_localhost_means_all_of_its_addresses_on_one_port() -> None:
    sockets = bind("localhost", 0)
    assert len({opened.getsockname()[1] for opened in sockets}) == 1
    for opened in sockets:
        opened.close()


def self_signed(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost that nobody but the test trusts, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / "tls.pem", folder / "tls.key"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate_file, key_file

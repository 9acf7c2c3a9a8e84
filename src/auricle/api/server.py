"""The server process: sockets, limits on connections, signals, and an end in good order.

uvicorn speaks the protocols. Around it stand what it leaves out: a bound on the head of a request and on the time it
may take, errors about addresses that a person can act on, and a stop that lets utterances finish.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import resource
import signal
import socket
import ssl
from asyncio import TimerHandle, Transport
from collections.abc import Awaitable, Callable, Generator, Sequence
from typing import Any

import uvicorn
import uvloop
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode

from auricle.api.health import Health
from auricle.errors import ConfigurationError
from auricle.settings import Settings
from auricle.speech.live import LiveSpeech

LARGEST_HEAD_BYTES = 64 << 10  # request line and headers; SDK requests stay under 4 kB
HEAD_TIMEOUT_S = 30
LARGEST_LEFTOVER_BYTES = 64 << 20  # of a body that goes on after its answer: many clients read only when they have sent
LARGEST_MESSAGE_BYTES = 4 << 20  # WebSocket; audio arrives in pieces of a few kB, phrase lists can be long
PING_INTERVAL_S = 30
KEEPALIVE_IDLE_S, KEEPALIVE_INTERVAL_S, KEEPALIVE_PROBES = 30, 10, 6
UNACKNOWLEDGED_MS = 120_000  # a peer that takes nothing for this long is gone
BACKLOG = 2048


class BoundedHttpProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol with an end to the patience for a request's head, and for a body nobody needs."""

    head_bytes = 0  # of a head, or between pieces of a body: extensions of chunks, trailers
    is_in_head = True
    leftover_bytes = 0
    head_timer: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.head_timer = self.loop.call_later(HEAD_TIMEOUT_S, self._head_is_late)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self.head_bytes += len(data)
        super().data_received(data)
        # Checked after parsing: what arrived may have been the end of the head, with a body behind it.
        if self.head_bytes > LARGEST_HEAD_BYTES:
            self._refuse("431 Request Header Fields Too Large", "The request's headers are too large.")
        answered = self.cycle is not None and self.cycle.response_complete
        self.leftover_bytes = self.leftover_bytes + len(data) if answered else 0
        if self.leftover_bytes > LARGEST_LEFTOVER_BYTES:
            self.transport.close()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self.head_timer is None:
            self.head_bytes = 0
            self.is_in_head = True
            self.head_timer = self.loop.call_later(HEAD_TIMEOUT_S, self._head_is_late)

    def on_header(self, name: bytes, value: bytes) -> None:
        # Trailers, which come after the body, would change the headers that the request is judged by.
        if self.is_in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._stop_timer()
        self.head_bytes = 0
        self.is_in_head = False
        if sum(name == b"host" for name, _ in self.headers) > 1:
            raise ValueError("more than one Host")  # the parser answers 400
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self.head_bytes = 0
        super().on_body(body)

    def _stop_timer(self) -> None:
        if self.head_timer is not None:
            self.head_timer.cancel()
            self.head_timer = None

    def _head_is_late(self) -> None:
        self._refuse("408 Request Timeout", "The request's headers did not arrive in time.")

    def _refuse(self, status: str, message: str) -> None:
        self._stop_timer()
        if not self.transport.is_closing():
            _refuse(self.transport, status, message)


class StrictWebSocketProtocol(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket protocol, with an answer to upgrades that it cannot read and to text that is no text."""

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            _refuse(self.transport, "400 Bad Request", "The upgrade has a line of more than 8192 bytes, or a body.")

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text" and not self.close_sent and not _is_utf8(b"".join(self.frames)):
            self.frames = []
            self.conn.send_close(CloseCode.INVALID_DATA, "expected text in UTF-8")
            self.handle_parser_exception()
            return
        super().send_receive_event_to_app()


def _refuse(transport: Transport, status: str, message: str) -> None:
    """Answer in the framework's place, and hang up."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(message)}\r\nConnection: close"
    transport.write(f"{head}\r\n\r\n{message}".encode())
    transport.close()


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


class AuricleServer(uvicorn.Server):
    """uvicorn's server, stopped by a first signal in good order and by a second one at once."""

    def __init__(self, app: FastAPI, settings: Settings) -> None:
        super().__init__(_config(app, settings))
        self.health: Health = app.state.health
        self.live: LiveSpeech = app.state.live
        self.drain_s = settings.drain_s
        self.accepting = asyncio.Event()
        self.forced = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.accepting.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Signals only set flags; unlike uvicorn's own, they are not raised again after a clean stop."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.stop)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    def stop(self) -> None:
        """End: the first time after what is being said, the second time now."""
        if self.should_exit:
            self.force_exit = True
            self.forced.set()
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        self.health.draining = True
        await self._drain()
        await super().shutdown(sockets)

    async def _drain(self) -> None:
        """Let everybody finish speaking, for as long as the settings allow and no second signal comes."""
        drained = asyncio.create_task(self.live.drain(self.drain_s), name="server.drain")
        forced = asyncio.create_task(self.forced.wait(), name="server.force")
        await asyncio.wait((drained, forced), return_when=asyncio.FIRST_COMPLETED)
        for task in (drained, forced):
            task.cancel()
        await asyncio.gather(drained, forced, return_exceptions=True)


def run_server(
    app: FastAPI,
    settings: Settings,
    sockets: Sequence[socket.socket],
    beside: Callable[[AuricleServer], Awaitable[None]] | None = None,
) -> None:
    """Serve until a signal comes. `beside` runs next to the server, from its first moment, and ends with it."""
    _allow_many_files()
    server = AuricleServer(app, settings)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(server, list(sockets), beside))


async def _serve(
    server: AuricleServer,
    sockets: list[socket.socket],
    beside: Callable[[AuricleServer], Awaitable[None]] | None,
) -> None:
    if beside is None:
        await server.serve(sockets)
        return
    companion = asyncio.ensure_future(beside(server))
    try:
        await server.serve(sockets)
    finally:
        companion.cancel()
        outcome = await asyncio.gather(companion, return_exceptions=True)
    if isinstance(outcome[0], Exception):
        raise outcome[0]


def bind(host: str, port: int) -> list[socket.socket]:
    """Sockets bound to every address of `host`, all to one port; raises ConfigurationError with a way out.

    They do not listen yet: until the server runs, clients are refused rather than kept waiting.
    """
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise ConfigurationError(f"The host {host!r} has no address here: {error}. Try --host 127.0.0.1.") from error
    sockets: list[socket.socket] = []
    failure: OSError | None = None
    for family, _, _, _, address in found:
        taken = sockets[0].getsockname()[1] if sockets else port
        try:
            sockets.append(_bound_socket(family, (address[0], taken, *address[2:])))
        except OSError as error:
            failure = error
            if error.errno == errno.EADDRINUSE:
                break
    if failure is not None and (not sockets or failure.errno == errno.EADDRINUSE):
        for opened in sockets:
            opened.close()
        raise _cannot_listen(failure, host, port) from failure
    return sockets


def _bound_socket(family: int, address: tuple[Any, ...]) -> socket.socket:
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        _notice_vanished_peers(opened)
        opened.bind(address)
    except OSError:
        opened.close()
        raise
    return opened


def _notice_vanished_peers(opened: socket.socket) -> None:
    """Let the kernel find out about them; accepted connections inherit this.

    A WebSocket ping with a deadline would not do: its answer queues behind audio that we have not read yet.
    """
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    options = {
        "TCP_KEEPIDLE": KEEPALIVE_IDLE_S,
        "TCP_KEEPINTVL": KEEPALIVE_INTERVAL_S,
        "TCP_KEEPCNT": KEEPALIVE_PROBES,
        "TCP_USER_TIMEOUT": UNACKNOWLEDGED_MS,
    }
    for name, value in options.items():
        if hasattr(socket, name):
            opened.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _cannot_listen(error: OSError, host: str, port: int) -> ConfigurationError:
    where = f"Port {port} on {host}"
    if error.errno == errno.EADDRINUSE:
        return ConfigurationError(
            f"{where} is in use, perhaps by another Auricle. Stop what listens there, or choose another port: "
            f"--port {port + 1} (make start PORT={port + 1})."
        )
    if error.errno == errno.EACCES:
        return ConfigurationError(
            f"{where} may not be opened by this user. Choose one above 1023, such as --port 5000."
        )
    return ConfigurationError(f"{where} cannot be opened: {error.strerror}. Try --host 127.0.0.1.")


def _config(app: FastAPI, settings: Settings) -> uvicorn.Config:
    config = uvicorn.Config(
        app,
        http=BoundedHttpProtocol,
        ws=StrictWebSocketProtocol,
        ws_max_size=LARGEST_MESSAGE_BYTES,
        ws_per_message_deflate=False,  # the SDKs do not offer it, and it costs memory for each connection
        ws_ping_interval=PING_INTERVAL_S,
        ws_ping_timeout=None,
        log_config=None,
        log_level="warning",
        access_log=False,  # addresses carry credentials in their queries
        server_header=False,
        proxy_headers=False,  # it would put a forwarded address in place of the peer that is to be trusted or not
        timeout_graceful_shutdown=5,
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key,
        lifespan="on",
        backlog=BACKLOG,
    )
    try:
        config.load()
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(
            f"The certificate {settings.tls_certificate} with the key {settings.tls_key} cannot be used: {error}."
        ) from error
    return config


def _allow_many_files() -> None:
    """A connection is an open file, and the usual 1024 of them are soon used up."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

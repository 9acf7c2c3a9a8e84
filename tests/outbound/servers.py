"""Servers on 127.0.0.1 that answer each connection by a script: bytes to send, or what to do with the connection."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Script = bytes | Callable[[socket.socket], None]


@dataclass
class Server:
    port: int
    requests: list[bytes] = field(default_factory=list)

    def url(self, path: str = "/data.zip", *, scheme: str = "http", host: str = "127.0.0.1") -> str:
        return f"{scheme}://{host}:{self.port}{path}"


def answer(body: bytes = b"", *, status: str = "200 OK", **headers: str) -> bytes:
    fields = {"Content-Length": str(len(body)), **{name.replace("_", "-"): value for name, value in headers.items()}}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields.items() if value), "", ""]
    return "\r\n".join(lines).encode() + body


def hold(connection: socket.socket) -> None:
    """Say nothing until the client goes away."""
    while connection.recv(4096):
        pass


@contextmanager
def serving(*scripts: Script, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A server whose connections run the scripts in turn, the last of them for all that follow."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(port=listener.getsockname()[1])
    thread = threading.Thread(target=_serve, args=(listener, server, scripts, tls))
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def _serve(listener: socket.socket, server: Server, scripts: tuple[Script, ...], tls: ssl.SSLContext | None) -> None:
    turn = 0
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection, suppress(OSError):
            if tls is None:
                _converse(connection, server, scripts[min(turn, len(scripts) - 1)])
            else:
                with tls.wrap_socket(connection, server_side=True) as secured:
                    _converse(secured, server, scripts[min(turn, len(scripts) - 1)])
        turn += 1


def _converse(connection: socket.socket, server: Server, script: Script) -> None:
    server.requests.append(_request(connection))
    if isinstance(script, bytes):
        connection.sendall(script)
        connection.shutdown(socket.SHUT_WR)
    else:
        script(connection)


def _request(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        received += (more := connection.recv(65536))
        if not more:
            return received
    head, _, body = received.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body

"""The world outside the server: an address that files are fetched from and that web hooks are told at."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True, kw_only=True)
class Call:
    """What a web hook was told."""

    event: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Outside:
    """What it serves and what it was told."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    heard: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, event: str, count: int = 1, timeout_s: float = 60) -> list[Call]:
        """The calls of an event, as soon as there are so many."""
        with self.heard:
            heard = self.heard.wait_for(lambda: len(self._of(event)) >= count, timeout_s)
            assert heard, f"{event} was not heard {count} times, but {[call.event for call in self.calls]}"
            return self._of(event)

    def _of(self, event: str) -> list[Call]:
        return [call for call in self.calls if call.event == event]


@contextmanager
def outside() -> Iterator[Outside]:
    """A server on a free port of this machine."""
    world = Outside()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = world.files.get(urlsplit(self.path).path.removeprefix("/"))
            self._answer(404 if body is None else 200, body or b"")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            token = parse_qs(urlsplit(self.path).query).get("validationToken", [""])[0]
            event = self.headers.get("X-MicrosoftSpeechServices-Event", "")
            with world.heard:
                world.calls.append(Call(event=event, headers=dict(self.headers), body=body))
                world.heard.notify_all()
            self._answer(200, token.encode())

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    world.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, name="outside", daemon=True)
    thread.start()
    try:
        yield world
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""A receiver of web hooks on this machine, and a house that sends to it; work is done when a test says so."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self, cast
from urllib.parse import parse_qs, urlsplit

import orjson

from auricle.clock import ManualClock
from auricle.custom.deliveries import Deliveries
from auricle.custom.drafts import WebHookDraft
from auricle.custom.events import Happening, announce
from auricle.custom.ground import Ground
from auricle.custom.web_hooks import WebHooks, works
from auricle.identity.caller import Caller, Resource, Right
from auricle.identity.sealing import Sealer
from auricle.identity.tiers import Tier
from auricle.jobs import leases
from auricle.jobs.performing import perform
from auricle.jobs.queue import Queue
from auricle.jobs.work import Job
from auricle.outbound.client import Outbound
from auricle.outbound.policy import Policy
from auricle.store.database import Database
from auricle.store.records import Delivery, WebHook
from tests.databases import add_resource


@dataclass(frozen=True, kw_only=True)
class Received:
    """A request as the receiver got it."""

    path: str
    query: dict[str, list[str]]
    event: str | None
    signature: str | None
    content_type: str | None
    body: bytes

    @property
    def token(self) -> bytes:
        return self.query.get("validationToken", [""])[0].encode()


Reply = tuple[int, bytes]


def obliging(request: Received) -> Reply:
    return 200, request.token


class Receiver:
    """Notes every request and answers as it is told, at first obligingly."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.reply: Callable[[Received], Reply] = obliging
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}{path}"

    def events(self) -> list[Received]:
        """What was received, less challenges."""
        return [request for request in self.received if request.event != "Challenge"]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                address = urlsplit(self.path)
                request = Received(
                    path=address.path,
                    query=parse_qs(address.query),
                    event=self.headers["X-MicrosoftSpeechServices-Event"],
                    signature=self.headers["X-MicrosoftSpeechServices-Signature"],
                    content_type=self.headers["Content-Type"],
                    body=self.rfile.read(int(self.headers["Content-Length"])),
                )
                receiver.received.append(request)
                status, body = receiver.reply(request)
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", receiver.url("/elsewhere"))
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        return Handler


class Renderer:
    """Bodies in a shape of the tests' own."""

    def event(self, noun: str, subject_id: str, *, invocation_id: str, api_version: str, base_url: str) -> bytes:
        return orjson.dumps({"self": f"{base_url}/{api_version}/{noun}/{subject_id}", "invocationId": invocation_id})

    def hook(self, hook: WebHook) -> bytes:
        return orjson.dumps({"self": hook.id, "webUrl": hook.web_url})


_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # reading the usual certificates would take longer than a test


class House:
    """Web hooks on a database, with a clock that a test moves and workers that work when a test says so."""

    def __init__(self, database: Database) -> None:
        self.clock = ManualClock()
        self.ground = Ground(
            database=database,
            queue=Queue(self.clock),
            blobs=cast("Any", None),
            outbound=Outbound(Policy(allow_private=True), trust=_NOBODY),
            sealer=Sealer(bytes(32)),
            base_models=cast("Any", None),
            renderer=Renderer(),
            clock=self.clock,
        )
        self.works = {work.kind: work for work in works(self.ground)}
        self.hooks = WebHooks(self.ground)
        self.deliveries = Deliveries(self.ground)

    def caller(self, *rights: Right) -> Caller:
        """Somebody with these rights, or all, in a new resource."""
        id = add_resource(self.ground.database)
        resource = Resource(id=id, name=id, region="here", tier=Tier.S0, created_at=self.clock.now())
        return Caller(resource=resource, actor="somebody", rights=frozenset(rights or Right))

    def register(self, caller: Caller, url: str, events: Sequence[str], **options: Any) -> str:
        """The id of a new hook, challenged already."""
        id = self.created(caller, url, events, **options)
        self.work()
        return id

    def created(self, caller: Caller, url: str, events: Sequence[str], **options: Any) -> str:
        draft = WebHookDraft(
            display_name="Hook", web_url=url, events=events, api_version="v3.2", base_url="http://here", **options
        )
        return self.hooks.create(caller, draft).record.id

    def hook(self, caller: Caller, id: str) -> WebHook:
        return self.hooks.get(caller, id).record

    def announce(self, caller: Caller, happening: Happening = Happening.CREATION, *, noun: str = "dataset") -> str:
        """Have something happen to an entity; its id."""
        with self.ground.database.write() as connection:
            announce(self.ground, connection, caller.resource.id, noun, happening, "the-subject")
        return "the-subject"

    def sent(self, caller: Caller, hook_id: str) -> Sequence[Delivery]:
        return self.deliveries.list(caller, hook_id).records

    def work(self) -> int:
        """Do what is due, and return how many jobs that was."""
        done = 0
        while (job := self.claimed()) is not None:
            self.perform(job)
            done += 1
        return done

    def work_after(self, seconds: float) -> int:
        self.clock.advance(seconds)
        return self.work()

    def claimed(self) -> Job | None:
        for work in self.works.values():
            with self.ground.database.write() as connection:
                claim = leases.claim(connection, work, owner="test", now=self.clock.now())
            if claim is not None:
                assert claim.problem is None
                return claim.job
        return None

    def perform(self, job: Job) -> None:
        perform(self.ground.database, self.works, job, self.clock)


@contextmanager
def house(database: Database) -> Iterator[House]:
    opened = House(database)
    yield opened
    opened.ground.outbound.close()


DAY = timedelta(days=1).total_seconds()

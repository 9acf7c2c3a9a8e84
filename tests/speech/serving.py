"""A real server with the scripted hearing, in a thread of its own, for tests with real clients."""

from __future__ import annotations

import asyncio
import atexit
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import uvicorn
from fastapi import FastAPI

from auricle.clock import ManualClock
from auricle.identity.caller import Role
from auricle.identity.gate import Gate
from auricle.identity.issuer import Issuer
from auricle.identity.resources import Resources
from auricle.identity.sealing import Sealer
from auricle.identity.tiers import Tier
from auricle.identity.tokens import Tokens
from auricle.observe import Metrics
from auricle.settings import Settings
from auricle.speech.limits import Limits
from auricle.speech.live import LiveSpeech
from auricle.speech.routes import routes
from auricle.store.database import Database, file_url

from .scripted import ScriptedHearing

KEY = "0123456789abcdef0123456789abcdef"


@dataclass(frozen=True, kw_only=True)
class Tenants:
    """A database with the resource `default` of tier S0, which has the key KEY, and `small` of tier F0.

    In `small` the principal `speaker` is a Speech User and `reader` a Reader.
    """

    database: Database
    resources: Resources
    second_key: str
    small_key: str


@cache
def tenants() -> Tenants:
    """The same for every server, because nothing is changed in it."""
    folder = Path(tempfile.mkdtemp(prefix="auricle-tenants-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    database = Database.open(file_url(folder / "auricle.db"))
    resources = Resources(database, Sealer(b"s" * 32), ManualClock())
    resources.ensure_default(KEY)
    resources.create("small", tier=Tier.F0, by="test")
    resources.grant("small", "speaker", Role.USER, by="test")
    resources.grant("small", "reader", Role.READER, by="test")
    return Tenants(
        database=database,
        resources=resources,
        second_key=resources.default_keys().key2,
        small_key=resources.keys("small", by="test").key1,
    )


class Served:
    """What a test may reach of the running server."""

    def __init__(self, *, limits: Limits | None = None, issuer: Issuer | None = None, **chosen: Any) -> None:
        self.hearing = ScriptedHearing()
        self.clock = ManualClock()
        self.metrics = Metrics()
        settings = Settings(home=Path("/nowhere"), **chosen)
        self.gate = Gate(
            database=tenants().database,
            tokens=Tokens(b"s" * 32),
            clock=self.clock,
            require_key=settings.require_key,
            issuer=issuer,
        )
        self.live = LiveSpeech(
            settings=settings, hearing=self.hearing, gate=self.gate, metrics=self.metrics, limits=limits
        )
        app = FastAPI()
        app.include_router(routes(self.live))
        config = uvicorn.Config(
            app, port=0, ws="websockets-sansio", ws_per_message_deflate=False, log_config=None, lifespan="off"
        )
        self._server = _Server(config)
        self._thread = threading.Thread(target=self._server.run, name="server")

    @property
    def address(self) -> str:
        """Host and port."""
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"127.0.0.1:{port}"

    def drain(self, limit_s: float) -> None:
        """Drain, from the test's thread, and wait for its end."""
        asyncio.run_coroutine_threadsafe(self.live.drain(limit_s), self._server.loop).result(limit_s + 10)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._server.ready.wait(10)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        assert not self._thread.is_alive()
        self.gate.close()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self.loop: asyncio.AbstractEventLoop

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.loop = asyncio.get_running_loop()
        self.ready.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

"""A real server with the scripted hearing, in a thread of its own, for tests with real clients."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import uvicorn
from fastapi import FastAPI

from auricle.clock import ManualClock
from auricle.identity.keyring import DEFAULT_RESOURCE, Keyring
from auricle.observe import Metrics
from auricle.settings import Settings
from auricle.speech.limits import Limits
from auricle.speech.live import LiveSpeech
from auricle.speech.routes import routes

from .scripted import ScriptedHearing

KEY = "0123456789abcdef0123456789abcdef"
OTHER_KEY = "fedcba9876543210fedcba9876543210"


class Served:
    """What a test may reach of the running server."""

    def __init__(self, *, limits: Limits | None = None, **chosen: Any) -> None:
        self.hearing = ScriptedHearing()
        self.clock = ManualClock()
        self.metrics = Metrics()
        self.live = LiveSpeech(
            settings=Settings(home=Path("/nowhere"), **chosen),
            hearing=self.hearing,
            keyring=Keyring(
                keys={KEY: DEFAULT_RESOURCE, OTHER_KEY: DEFAULT_RESOURCE},
                signing_key=b"s" * 32,
                token_lifetime=timedelta(minutes=10),
            ),
            metrics=self.metrics,
            clock=self.clock,
            limits=limits,
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

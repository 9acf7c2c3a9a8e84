"""A hearing for tests of the surface around it: it is loaded, fails or goes away when the test says so."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from auricle.errors import ModelUnavailable
from auricle.recognition.options import ListenOptions
from auricle.speech.listening import Listener


class StillHearing:
    locales: Sequence[str] = ("en-US", "de-DE")
    active_sessions = 0

    def __init__(self) -> None:
        self.ready = False
        self.closed = False
        self.failure: Exception | None = None
        self.load = asyncio.Event()

    async def start(self) -> None:
        await self.load.wait()
        if self.failure:
            raise self.failure
        self.ready = True

    async def close(self, drain_s: float) -> None:
        self.closed = True

    def admit(self) -> None:
        return

    def listen(self, options: ListenOptions) -> Listener:
        raise ModelUnavailable

"""What all requests for live recognition share: who may come in, what hears them, and who is here now."""

from __future__ import annotations

import asyncio

from auricle.errors import ShuttingDown, TooBusy
from auricle.identity.caller import Caller, Right
from auricle.identity.gate import Gate
from auricle.identity.tiers import QUOTAS, Tier
from auricle.observe import Metrics, log
from auricle.settings import Settings
from auricle.speech.connection import Connection
from auricle.speech.failures import SHUTTING_DOWN
from auricle.speech.limits import Limits
from auricle.speech.listening import Hearing
from auricle.speech.sessions import OwnHearing, Sessions


class LiveSpeech:
    """Live recognition of one server, for the routes to serve and for the server to drain."""

    def __init__(
        self,
        *,
        settings: Settings,
        hearing: Hearing,
        gate: Gate,
        metrics: Metrics,
        limits: Limits | None = None,
    ) -> None:
        self.settings = settings
        self.hearing = hearing
        self.metrics = metrics
        self.limits = limits or Limits()
        self.gate = gate
        self._sessions = Sessions(_limits(settings))
        self._connections: set[Connection] = set()
        self._draining = False
        self._empty = asyncio.Event()

    async def admit_session(self, caller: Caller) -> Hearing:
        """What hears the caller's sessions.

        Raises Forbidden, and ShuttingDown or TooBusy when a session that begins now would not be heard well.
        """
        caller.need(Right.LISTEN)
        hearing = OwnHearing(self.hearing, self._sessions, caller.resource)
        await hearing.wait_for_room()
        if self._draining:
            raise ShuttingDown
        hearing.admit()
        return hearing

    async def admit_connection(self, caller: Caller) -> Hearing:
        """As `admit_session`, for one that is going to stay open; whoever is let in must `enter` at once."""
        hearing = await self.admit_session(caller)
        if len(self._connections) >= self.settings.max_connections:
            self.metrics.refused.inc()
            raise TooBusy(f"this server holds at most {self.settings.max_connections} connections")
        return hearing

    def enter(self, connection: Connection) -> None:
        """A connection was accepted."""
        self._connections.add(connection)
        self.metrics.connections.inc()
        self._empty.clear()

    def leave(self, connection: Connection) -> None:
        """A connection is over."""
        self._connections.discard(connection)
        self.metrics.connections.dec()
        if not self._connections:
            self._empty.set()

    async def drain(self, limit_s: float) -> None:
        """Let nobody in, let every turn say what it has heard, close everything; not longer than `limit_s`.

        To be called before the server stops: servers hang up on everybody at once.
        """
        self._draining = True
        present = list(self._connections)
        log.info("draining", connections=len(present), limit_s=limit_s)
        if not present:
            return
        try:
            async with asyncio.timeout(limit_s):
                await asyncio.gather(*(connection.drain() for connection in present))
                await self._empty.wait()
        except TimeoutError:
            log.warning("drain_timed_out", connections=len(self._connections))
            await asyncio.gather(*(connection.close(SHUTTING_DOWN) for connection in present))


def _limits(settings: Settings) -> dict[Tier, int]:
    return {Tier.F0: QUOTAS[Tier.F0].live_sessions, Tier.S0: settings.sessions_per_resource}

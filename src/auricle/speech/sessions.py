"""How many sessions of each resource are heard at once, and the hearing as one resource may use it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping

from auricle.audio.samples import Samples
from auricle.errors import TooBusy
from auricle.identity.caller import Resource
from auricle.identity.tiers import Tier
from auricle.recognition.events import Event
from auricle.recognition.options import ListenOptions
from auricle.speech.listening import Hearing, Listener

GRACE_S = 0.5  # for the session of a client that has just hung up to end


class Sessions:
    """Counts the sessions of resources. It belongs to the event loop."""

    def __init__(self, limits: Mapping[Tier, int]) -> None:
        """`limits` of each tier; 0 is no limit."""
        self._limits = limits
        self._open: Counter[str] = Counter()  # by resource
        self._one_left = asyncio.Event()

    def check(self, resource: Resource) -> None:
        """Raise TooBusy when the resource has as many sessions as its tier allows."""
        if self._is_full(resource):
            limit = self._limits[resource.tier]
            plural = "" if limit == 1 else "s"
            raise TooBusy(
                f"expected at most {limit} session{plural} at once for the resource {resource.name} "
                f"(tier {resource.tier.value}), got one more"
            )

    async def wait_for_room(self, resource: Resource) -> None:
        """As `check`, but a session that ends in a moment does not count: clients come back at once."""
        try:
            async with asyncio.timeout(GRACE_S):
                while self._is_full(resource):
                    await self._one_left.wait()
        except TimeoutError:
            self.check(resource)

    def enter(self, resource: Resource) -> None:
        """A session begins. Raises TooBusy."""
        self.check(resource)
        self._open[resource.id] += 1

    def leave(self, resource: Resource) -> None:
        """A session is over."""
        self._open[resource.id] -= 1
        if not self._open[resource.id]:
            del self._open[resource.id]
        self._one_left.set()
        self._one_left = asyncio.Event()

    def _is_full(self, resource: Resource) -> bool:
        limit = self._limits[resource.tier]
        return limit > 0 and self._open[resource.id] >= limit


class OwnHearing:
    """The hearing, for one resource within its limit."""

    def __init__(self, hearing: Hearing, sessions: Sessions, resource: Resource) -> None:
        self._hearing = hearing
        self._sessions = sessions
        self._resource = resource

    def admit(self) -> None:
        self._sessions.check(self._resource)
        self._hearing.admit()

    async def wait_for_room(self) -> None:
        """Raise TooBusy when the resource has as many sessions as its tier allows, and goes on having them."""
        await self._sessions.wait_for_room(self._resource)

    def listen(self, options: ListenOptions) -> Listener:
        self._sessions.enter(self._resource)
        try:
            listener = self._hearing.listen(options)
        except BaseException:
            self._sessions.leave(self._resource)
            raise
        return _CountedListener(listener, self._sessions, self._resource)


class _CountedListener:
    """A listener whose closing ends a session of its resource."""

    def __init__(self, listener: Listener, sessions: Sessions, resource: Resource) -> None:
        self._listener = listener
        self._sessions = sessions
        self._resource = resource
        self._closed = False

    async def feed(self, samples: Samples) -> None:
        await self._listener.feed(samples)

    def commit(self, token: str) -> None:
        self._listener.commit(token)

    def finish(self) -> None:
        self._listener.finish()

    def events(self) -> AsyncIterator[Event]:
        return self._listener.events()

    async def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._sessions.leave(self._resource)
        await self._listener.close()

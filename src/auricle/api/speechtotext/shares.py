"""What of a server one resource may take at once, so that a slow sender keeps only its own resource waiting."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Shares:
    """Lets so many of each resource in; the others wait for their turn. It belongs to the event loop."""

    def __init__(self, each: int) -> None:
        self._each = each
        self._turns: dict[str, asyncio.Semaphore] = {}
        self._here: Counter[str] = Counter()  # those inside and those who wait, by resource

    @asynccontextmanager
    async def taken(self, resource_id: str) -> AsyncIterator[None]:
        """A place of the resource's for the time of the block."""
        turns = self._turns.setdefault(resource_id, asyncio.Semaphore(self._each))
        self._here[resource_id] += 1
        try:
            async with turns:
                yield
        finally:
            self._here[resource_id] -= 1
            if not self._here[resource_id]:
                del self._here[resource_id], self._turns[resource_id]

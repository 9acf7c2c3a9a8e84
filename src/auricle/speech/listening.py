"""What the wire needs from the hearing below it, and nothing more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from auricle.audio.samples import Samples
from auricle.recognition.events import Event
from auricle.recognition.options import ListenOptions


class Listener(Protocol):
    """One listening session: samples in, events out."""

    async def feed(self, samples: Samples) -> None:
        """Take more samples; waits when the listener is too far behind."""
        ...

    def commit(self, token: str) -> None:
        """End the segment here and answer the token in its result."""
        ...

    def finish(self) -> None:
        """Say that no more samples will come."""
        ...

    def events(self) -> AsyncIterator[Event]:
        """What is heard, in order; ends after Finished."""
        ...

    async def close(self) -> None:
        """Abandon the session; may be called again."""
        ...


class Hearing(Protocol):
    """Opens listeners."""

    def admit(self) -> None:
        """Raise TooBusy when a new session would lower everybody's quality."""
        ...

    def listen(self, options: ListenOptions) -> Listener:
        """Open a session. Raises TooBusy, UnsupportedLocale or ModelUnavailable."""
        ...

"""How long one request may take: in all, between two bytes, and at what pace."""

from __future__ import annotations

from dataclasses import dataclass

from auricle.clock import Clock
from auricle.errors import Unreachable

PACE_GRACE_S = 30.0  # a slow start is forgiven for so long


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """The limits of a request in seconds, and the pace below which an answer is given up."""

    connect_s: float = 10.0
    idle_s: float = 30.0
    total_s: float = 3600.0
    least_bytes_per_s: int = 1024


class Patience:
    """What is left of the time of one request to `host`."""

    def __init__(self, host: str, timeouts: Timeouts, clock: Clock) -> None:
        self.host = host
        self.timeouts = timeouts
        self._clock = clock
        self._until_s = clock.monotonic() + timeouts.total_s
        self._waited_s = 0.0
        self._received_bytes = 0

    def now_s(self) -> float:
        """The moment, to measure a wait from."""
        return self._clock.monotonic()

    def wait_s(self, limit_s: float) -> float:
        """How long the next step may take: `limit_s` or what is left. Raises Unreachable when nothing is."""
        left_s = self._until_s - self._clock.monotonic()
        if left_s <= 0:
            raise Unreachable(f"{self.host} did not finish within {self.timeouts.total_s:g} seconds.")
        return min(limit_s, left_s)

    def received(self, size_bytes: int, *, since_s: float) -> None:
        """Note bytes that were waited for since that moment. Raises Unreachable when they come too slowly."""
        self._waited_s += self._clock.monotonic() - since_s
        self._received_bytes += size_bytes
        least_bytes = self._waited_s * self.timeouts.least_bytes_per_s
        if self._waited_s > PACE_GRACE_S and self._received_bytes < least_bytes:
            raise Unreachable(
                f"{self.host} sends fewer than {self.timeouts.least_bytes_per_s} bytes a second; try again later."
            )

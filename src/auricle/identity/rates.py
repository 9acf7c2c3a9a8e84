"""How often a resource may call: so many requests in any ten seconds, by its tier."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Mapping

from auricle.clock import Clock
from auricle.errors import TooBusy
from auricle.identity.caller import Resource
from auricle.identity.tiers import Tier

WINDOW_S = 10.0
ROUNDING_S = 1e-6  # of sums of seconds


class Rates:
    """Counts the requests of every resource over a sliding window. Each process counts its own."""

    def __init__(self, clock: Clock, requests_per_10_s: Mapping[Tier, int]) -> None:
        """`requests_per_10_s` of each tier; 0 is no limit."""
        self._clock = clock
        self._limits = requests_per_10_s
        self._taken_s: dict[str, deque[float]] = {}  # when, by resource
        self._turn = threading.Lock()

    def take(self, resource: Resource) -> None:
        """Count one request. Raises TooBusy, and counts nothing, when the resource has made all that it may."""
        limit = self._limits[resource.tier]
        if not limit:
            return
        now_s = self._clock.monotonic()
        with self._turn:
            taken_s = self._taken_s.setdefault(resource.id, deque())
            while taken_s and now_s - taken_s[0] >= WINDOW_S - ROUNDING_S:
                taken_s.popleft()
            if len(taken_s) < limit:
                taken_s.append(now_s)
                return
            wait_s = taken_s[0] + WINDOW_S - now_s
        raise TooBusy(
            f"Expected at most {limit} requests in {WINDOW_S:g} s for the resource {resource.name} "
            f"(tier {resource.tier.value}), got more.",
            retry_after_s=max(1, math.ceil(wait_s)),
        )

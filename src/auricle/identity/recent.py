"""What was found out a moment ago: a bounded memory whose entries expire."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

from auricle.clock import Clock

V = TypeVar("V")


class Recent(Generic[V]):
    """Remembers up to `size` values, each for as long as it is said to be valid; the oldest go first."""

    def __init__(self, clock: Clock, *, size: int) -> None:
        self._clock = clock
        self._size = size
        self._values: OrderedDict[bytes, tuple[V, float]] = OrderedDict()
        self._turn = threading.Lock()

    def get(self, key: bytes) -> V | None:
        """The value, unless it was forgotten."""
        found = self._values.get(key)
        if found is None or self._clock.monotonic() >= found[1]:
            return None
        return found[0]

    def put(self, key: bytes, value: V, *, valid_s: float) -> None:
        """Remember the value."""
        until_s = self._clock.monotonic() + valid_s
        with self._turn:
            self._values[key] = (value, until_s)
            self._values.move_to_end(key)
            if len(self._values) > self._size:
                self._values.popitem(last=False)

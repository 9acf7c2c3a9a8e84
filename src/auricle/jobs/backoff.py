"""How long to wait before work that failed is tried again."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Backoff:
    """Twice as long each time, and never quite the same, so that what failed together is not tried again together."""

    first_s: float = 1.0
    most_s: float = 300.0

    def delay_s(self, attempts: int) -> float:
        """After this many attempts, 1 or more."""
        longest_s = min(self.most_s, self.first_s * 2.0 ** min(attempts - 1, 30))
        return longest_s * random.uniform(0.5, 1.0)  # noqa: S311  # nobody gains from guessing it

"""What an executor is: it has claimed jobs performed somewhere, and tells how that came out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from auricle.jobs.work import Job, Lane, Outcome


class Executor(Protocol):
    """Performs jobs; it never holds the truth about them, and may die at any time."""

    def room(self, lane: Lane) -> int:
        """How many more jobs it would begin at once."""
        ...

    def perform(self, job: Job, lane: Lane, ended: Callable[[Outcome], None]) -> None:
        """Have it performed; `ended` is called once, in any thread, with DIED when the performer is gone."""
        ...

    def stop(self, patience_s: float) -> None:
        """Begin nothing more and end what can be ended; wait no longer than this for the rest."""
        ...

"""Which work is next, and what can be computed together with it. Pure: the caller tells the time.

Earliest deadline first. A piece of work keeps the deadline it came with, so anything that waits long enough becomes
the most urgent and nothing starves; a final's deadline is now, a partial's a moment later, a file's later still.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from auricle.audio.samples import SAMPLE_RATE_HZ
from auricle.engine.recogniser import Recogniser, Recognition, Utterance
from auricle.recognition.load import Use

SLACK_S = {Use.LIVE_FINAL: 0.0, Use.LIVE_PARTIAL: 1.5, Use.BATCH: 3.0}
MOST_PADDED = 1.35  # a batch's padded audio over its real audio
MAX_ROWS = 16
BATCH_BUDGET_S = 0.4  # computing time that a batch should not exceed, lest it keep others waiting

Result = TypeVar("Result")


@dataclass(eq=False, kw_only=True)
class Work(Generic[Result]):
    """One pass over one utterance."""

    owner: object  # the session; a newer partial of the same owner replaces one that still waits
    use: Use
    recogniser: Recogniser
    prepare: Callable[[], Utterance]  # called on the event loop when its turn comes, so it takes the newest audio
    interpret: Callable[[Utterance, Recognition], Result]  # called in the worker
    landed: Callable[[Work[Result]], None]  # called on the event loop, with `result` or `error` set
    slack_s: float | None = None  # how much later than now is soon enough; None = as its use says
    spacing_s: float | None = None  # since the pass before it over the same utterance, if there was one
    utterance: Utterance | None = None
    result: Result | None = None
    error: Exception | None = None
    submitted_at: float = field(default=0.0, init=False)
    deadline: float = field(default=0.0, init=False)

    @property
    def due(self) -> float:
        """When somebody begins to wait for it."""
        return self.submitted_at + (self.slack_s or 0.0)


class Agenda:
    """The work that waits for a worker."""

    def __init__(self) -> None:
        self._waiting: list[Work[Any]] = []

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def next_deadline(self) -> float:
        """The earliest deadline; there must be work."""
        return min(work.deadline for work in self._waiting)

    def add(self, work: Work[Any], now: float) -> list[Work[Any]]:
        """Put work on the list; the partials that it makes pointless are taken off and returned."""
        replaced = [
            other for other in self._waiting if other.owner is work.owner and other.use is work.use is Use.LIVE_PARTIAL
        ]
        for other in replaced:
            self._waiting.remove(other)
        work.submitted_at = min([now, *(other.submitted_at for other in replaced)])  # replacing is no way to the back
        slack_s = SLACK_S[work.use] if work.slack_s is None else work.slack_s
        work.deadline = work.submitted_at + slack_s
        self._waiting.append(work)
        return replaced

    def remove(self, work: Work[Any]) -> bool:
        """Take work off the list; False if it is not on it."""
        if work not in self._waiting:
            return False
        self._waiting.remove(work)
        return True

    def take_all(self) -> list[Work[Any]]:
        """Empty the list."""
        taken, self._waiting = self._waiting, []
        return taken

    def take(
        self,
        now: float,
        *,
        spare: bool = True,
        share: int = MAX_ROWS,
        cost: Callable[[Work[Any]], float] = lambda _: 0.0,
    ) -> list[Work[Any]]:
        """The next batch, its utterances prepared. Empty if nothing may start now.

        Without `spare` workers, batch work starts only when overdue. `share` bounds the rows; `cost` tells the
        computing seconds that a second of padded audio takes.
        """
        may_start = [work for work in self._waiting if spare or work.use is not Use.BATCH or work.deadline <= now]
        if not may_start:
            return []
        lead, *others = sorted(may_start, key=lambda work: work.deadline)
        lead.utterance = lead.prepare()
        batch = [lead]
        longest_s = real_s = _length_s(lead)
        cost_s = cost(lead)
        for work in others:
            if len(batch) >= min(share, MAX_ROWS):
                break
            if work.recogniser is not lead.recogniser or not _same_kind(work.use, lead.use):
                continue
            work.utterance = work.prepare()
            length_s = _length_s(work)
            padded_s = (len(batch) + 1) * max(longest_s, length_s)
            fits = padded_s <= MOST_PADDED * (real_s + length_s) and padded_s * cost_s <= BATCH_BUDGET_S
            if fits and work.utterance.beam == lead.utterance.beam:
                longest_s, real_s = max(longest_s, length_s), real_s + length_s
                batch.append(work)
        for work in batch:
            self._waiting.remove(work)
        return batch


def _same_kind(one: Use, other: Use) -> bool:
    return (one is Use.LIVE_PARTIAL) == (other is Use.LIVE_PARTIAL)


def _length_s(work: Work[Any]) -> float:
    assert work.utterance is not None
    return len(work.utterance.samples) / SAMPLE_RATE_HZ

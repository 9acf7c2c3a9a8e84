"""One bounded pool serves everybody, and what breaks breaks alone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from auricle.clock import SystemClock
from auricle.engine.echo import EchoRecogniser
from auricle.engine.recogniser import Draft, Recognition, Utterance
from auricle.errors import ShuttingDown
from auricle.observe import Metrics
from auricle.recognition.agenda import Work
from auricle.recognition.load import Use
from auricle.recognition.scheduler import Scheduler
from tests.recognition.house import silence


class Gate(EchoRecogniser):
    """Computes nothing until it is opened; remembers the batches."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.batches: list[int] = []
        self.running = 0
        self.most_at_once = 0
        self._lock = threading.Lock()

    def recognise(self, batch: Sequence[Utterance]) -> list[Recognition]:
        with self._lock:
            self.batches.append(len(batch))
            self.running += 1
            self.most_at_once = max(self.most_at_once, self.running)
        assert self.gate.wait(10)
        with self._lock:
            self.running -= 1
        if any(utterance.language == "bad" for utterance in batch):
            raise RuntimeError("cannot hear this")
        return [Recognition() for _ in batch]


class Desk:
    """Submits work and remembers in which order it landed."""

    def __init__(self, scheduler: Scheduler, gate: Gate) -> None:
        self.scheduler = scheduler
        self.gate = gate
        self.landed: list[Work[Any]] = []
        self._done = asyncio.Event()

    def submit(self, use: Use = Use.LIVE_FINAL, *, owner: object = None, language: str = "en") -> Work[Any]:
        def landed(work: Work[Any]) -> None:
            self.landed.append(work)
            self._done.set()

        draft = Draft()
        draft.state = "something"
        work: Work[Any] = Work(
            owner=owner or object(),
            use=use,
            recogniser=self.gate,
            prepare=lambda: Utterance(samples=silence(1), language=language, draft=draft),
            interpret=lambda utterance, recognition: threading.current_thread().name,
            landed=landed,
        )
        self.scheduler.submit(work)
        return work

    async def until_landed(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self.landed) < count:
                self._done.clear()
                await self._done.wait()

    async def until_running(self, count: int) -> None:
        async with asyncio.timeout(10):
            while self.gate.running < count:  # noqa: ASYNC110  # a thread counts
                await asyncio.sleep(0)


@asynccontextmanager
async def desk(workers: int = 1) -> AsyncIterator[Desk]:
    metrics = Metrics()
    scheduler = Scheduler(workers=workers, metrics=metrics, clock=SystemClock())
    gate = Gate()
    try:
        yield Desk(scheduler, gate)
    finally:
        gate.gate.set()
        await scheduler.close()


async def test_work_is_recognised_and_interpreted_in_the_pool() -> None:
    async with desk() as d:
        d.gate.gate.set()
        work = d.submit()
        await d.until_landed(1)
        assert work.error is None
        assert str(work.result).startswith("auricle-compute")


async def test_what_waits_while_the_pool_is_busy_is_computed_together() -> None:
    async with desk() as d:
        d.submit()
        await d.until_running(1)
        for _ in range(6):
            d.submit()
        d.gate.gate.set()
        await d.until_landed(7)
        assert d.gate.batches == [1, 6]


async def test_no_more_than_the_workers_compute_at_once_and_a_calm_pool_shares_the_rows() -> None:
    async with desk(workers=2) as d:
        for _ in range(4):
            d.submit()
        await d.until_running(2)
        assert d.gate.batches == [2, 2]
        d.submit()
        for _ in range(10):
            await asyncio.sleep(0)
        d.gate.gate.set()
        await d.until_landed(5)
        assert d.gate.most_at_once == 2


async def test_finals_overtake_partials() -> None:
    async with desk() as d:
        d.submit()
        await d.until_running(1)
        partial, final = d.submit(Use.LIVE_PARTIAL), d.submit(Use.LIVE_FINAL)
        d.gate.gate.set()
        await d.until_landed(3)
        assert d.landed[1:] == [final, partial]


async def test_a_partial_that_was_superseded_is_never_computed() -> None:
    async with desk() as d:
        d.submit()
        await d.until_running(1)
        session = object()
        partials = [d.submit(Use.LIVE_PARTIAL, owner=session) for _ in range(3)]
        d.gate.gate.set()
        await d.until_landed(2)
        assert d.landed[1:] == partials[-1:]
        assert d.scheduler.waiting == 0


async def test_work_can_be_withdrawn_until_it_runs() -> None:
    async with desk() as d:
        running = d.submit()
        await d.until_running(1)
        waiting = d.submit()
        assert d.scheduler.withdraw(waiting)
        assert not d.scheduler.withdraw(running)
        d.gate.gate.set()
        await d.until_landed(1)
        assert d.gate.batches == [1]


async def test_one_bad_utterance_fails_alone_and_its_neighbours_start_afresh() -> None:
    async with desk() as d:
        d.submit()
        await d.until_running(1)
        works = [d.submit(language=language) for language in ("en", "bad", "en")]
        d.gate.gate.set()
        await d.until_landed(4)
        assert [str(work.error) for work in works] == ["None", "cannot hear this", "None"]
        assert works[0].utterance is not None
        assert works[0].utterance.draft is not None
        assert works[0].utterance.draft.state is None


async def test_a_file_does_not_take_the_last_worker_from_live_sessions() -> None:
    async with desk(workers=2) as d:
        d.scheduler.load.computed(SystemClock().monotonic(), Use.LIVE_FINAL, 1.0)
        for _ in range(20):
            d.submit(Use.BATCH)
        await d.until_running(1)
        d.submit(Use.LIVE_FINAL)
        await d.until_running(2)
        assert d.gate.batches[1] >= 1
        d.gate.gate.set()
        await d.until_landed(21)


async def test_closing_lets_waiting_work_finish() -> None:
    async with desk() as d:
        d.gate.gate.set()
        for _ in range(20):
            d.submit()
        await d.scheduler.close(10)
        assert [work.error for work in d.landed] == [None] * 20


async def test_closing_fails_what_does_not_finish_in_time_and_everything_after() -> None:
    async with desk() as d:
        d.submit()
        await d.until_running(1)
        late = d.submit()
        closing = asyncio.create_task(d.scheduler.close(0))
        await d.until_landed(1)
        assert isinstance(late.error, ShuttingDown)
        d.gate.gate.set()
        await closing
        later = d.submit()
        await d.until_landed(3)
        assert isinstance(later.error, ShuttingDown)

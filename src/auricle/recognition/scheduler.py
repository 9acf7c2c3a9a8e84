"""One bounded pool computes for all sessions; whatever is due together is computed together.

Lives on the event loop: no locks, no polling. A worker that becomes free gets the most urgent work and what fits
with it. Recognising and interpreting run in the worker's thread, everything else on the loop.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from auricle.audio.samples import SAMPLE_RATE_HZ
from auricle.clock import Clock
from auricle.engine.recogniser import Utterance
from auricle.errors import ShuttingDown
from auricle.observe import Metrics, log
from auricle.recognition.agenda import MAX_ROWS, Agenda, Work
from auricle.recognition.load import Load, Use

SPLIT_BELOW = 0.5  # utilisation below which a batch is split over the free workers: latency before thrift
UNKNOWN_COST_S = 0.02  # computing seconds a second of padded audio, before anything was measured
LEARNING_RATE = 0.2


class Scheduler:
    """Takes work from sessions and has it computed in batches, the most urgent first."""

    def __init__(self, *, workers: int, metrics: Metrics, clock: Clock) -> None:
        count = workers or os.cpu_count() or 1
        self.load = Load(count)
        self._clock = clock
        self._metrics = metrics
        self._agenda = Agenda()
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="auricle-compute")
        self._free = count
        self._running: set[asyncio.Future[float]] = set()
        self._dispatch_arranged = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._closed = False
        self._costs: dict[tuple[int, Use], float] = {}
        self._wake: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> int:
        """Work that waits for a worker."""
        return len(self._agenda)

    def submit(self, work: Work[Any]) -> None:
        """Have it computed; `work.landed` is called on the loop, unless it is withdrawn or replaced first."""
        if self._closed:
            work.error = ShuttingDown()
            asyncio.get_running_loop().call_soon(work.landed, work)
            return
        self._agenda.add(work, self._clock.monotonic())
        self._idle.clear()
        self._arrange_dispatch()

    def withdraw(self, work: Work[Any]) -> bool:
        """Take back work that still waits; False if it is too late for that."""
        withdrawn = self._agenda.remove(work)
        self._note_idle()
        return withdrawn

    def _arrange_dispatch(self) -> None:
        if not self._dispatch_arranged and self._free:
            self._dispatch_arranged = True
            asyncio.get_running_loop().call_soon(self._dispatch)  # after whatever else is submitted in this turn

    def _dispatch(self) -> None:
        self._dispatch_arranged = False
        now = self._clock.monotonic()
        while self._free:
            share = MAX_ROWS
            if self.load.utilisation(now) < SPLIT_BELOW:
                share = -(-len(self._agenda) // self._free)
            spare = self._free > 1 or not self.load.live(now)
            batch = self._agenda.take(now, spare=spare, share=max(1, share), cost=self._cost)
            if not batch:
                break
            self._start(batch, now)
        self._arrange_waking(now)

    def _arrange_waking(self, now: float) -> None:
        """Batch work that leaves the last free worker to live sessions starts when it is overdue."""
        if self._wake is not None:
            self._wake.cancel()
            self._wake = None
        if self._free and len(self._agenda):
            delay_s = max(0.01, self._agenda.next_deadline - now)
            self._wake = asyncio.get_running_loop().call_later(delay_s, self._dispatch)

    def _cost(self, work: Work[Any]) -> float:
        return self._costs.get((id(work.recogniser), work.use), UNKNOWN_COST_S)

    def _start(self, batch: list[Work[Any]], now: float) -> None:
        use = batch[0].use
        self._metrics.batch_size.labels(use.value).observe(len(batch))
        for work in batch:
            self._metrics.wait_seconds.labels(work.use.value).observe(now - work.submitted_at)
            if work.use is Use.LIVE_FINAL:
                self.load.final_waited(now, now - work.due)
        self._free -= 1
        running = asyncio.get_running_loop().run_in_executor(self._pool, self._compute, batch)
        self._running.add(running)
        running.add_done_callback(lambda future: self._landed(batch, future))

    def _compute(self, batch: Sequence[Work[Any]]) -> float:
        """Recognise and interpret, in the worker's thread. Failures stay with the work they belong to."""
        started = self._clock.monotonic()
        try:
            _recognise(batch)
        except Exception as failure:  # noqa: BLE001  # whatever an engine does stays with its work
            if len(batch) == 1:
                batch[0].error = failure
            else:  # one bad utterance must not fail the others
                for work in batch:
                    _forget_draft(work.utterance)
                    self._compute([work])
        return self._clock.monotonic() - started

    def _landed(self, batch: Sequence[Work[Any]], future: asyncio.Future[float]) -> None:
        self._running.discard(future)
        self._free += 1
        self._account(batch, future.result())
        for work in batch:
            try:
                work.landed(work)
            except Exception:  # noqa: BLE001  # one session's failure is not that of the others in the batch
                log.exception("work_landing_failed", use=work.use.value)
        self._arrange_dispatch()
        self._note_idle()

    def _account(self, batch: Sequence[Work[Any]], worker_s: float) -> None:
        lead = batch[0]
        self._metrics.compute_seconds.labels(lead.use.value).observe(worker_s)
        now = self._clock.monotonic()
        for work in batch:
            self.load.computed(now, work.use, worker_s / len(batch), work.spacing_s)
        longest_s = max(_samples(work.utterance) for work in batch) / SAMPLE_RATE_HZ
        if longest_s > 0:
            measured = worker_s / (longest_s * len(batch))
            key = (id(lead.recogniser), lead.use)
            self._costs[key] = measured + (1 - LEARNING_RATE) * (self._costs.get(key, measured) - measured)

    def _note_idle(self) -> None:
        if not self._running and not len(self._agenda):
            self._idle.set()

    async def close(self, drain_s: float = 0.0) -> None:
        """Let waiting work finish for a while, fail the rest, and stop."""
        try:
            async with asyncio.timeout(drain_s):
                await self._idle.wait()
        except TimeoutError:
            log.warning("recognition_work_dropped", waiting=len(self._agenda))
        self._closed = True
        if self._wake is not None:
            self._wake.cancel()
        for work in self._agenda.take_all():
            work.error = ShuttingDown()
            work.landed(work)
        if self._running:
            await asyncio.wait(self._running)
        self._pool.shutdown()


def _samples(utterance: Utterance | None) -> int:
    return 0 if utterance is None else len(utterance.samples)


def _forget_draft(utterance: Utterance | None) -> None:
    """A pass that broke may have left its draft half written."""
    if utterance is not None and utterance.draft is not None:
        utterance.draft.state = None


def _recognise(batch: Sequence[Work[Any]]) -> None:
    utterances = [work.utterance for work in batch if work.utterance is not None]
    heard = batch[0].recogniser.recognise(utterances)
    for work, utterance, recognition in zip(batch, utterances, heard, strict=True):
        try:
            work.result = work.interpret(utterance, recognition)
        except Exception as failure:  # noqa: BLE001  # reported with the work
            work.error = failure

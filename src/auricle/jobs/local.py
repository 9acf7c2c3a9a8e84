"""Jobs performed on this machine: in threads of this process, or in child processes that are kept warm."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from queue import Empty, SimpleQueue

from auricle.clock import Clock
from auricle.jobs.parent import Child
from auricle.jobs.performing import perform
from auricle.jobs.work import Job, Lane, Outcome, Work
from auricle.jobs.workshop import Workshop
from auricle.observe import log
from auricle.store.database import Database

THREADS = 16  # jobs that wait for others, at once
IDLE_S = 300.0  # after which a child without work is let go

Ended = Callable[[Outcome], None]
Order = tuple[Job, Ended]


class LocalExecutor:
    """A bounded number of threads and of child processes; nothing is started before it is needed."""

    def __init__(
        self,
        *,
        database: Database,
        works: Mapping[str, Work],
        workshop: Workshop,
        clock: Clock,
        processes: int = 0,
        threads: int = THREADS,
        idle_s: float = IDLE_S,
    ) -> None:
        self._database = database
        self._works = works
        self._workshop = workshop
        self._clock = clock
        self._idle_s = idle_s
        self._lock = threading.Lock()
        self._room = {Lane.THREAD: threads, Lane.PROCESS: processes or os.cpu_count() or 1}
        self._stopped = False
        self._idle: list[_Hand] = []
        self._hands: set[_Hand] = set()
        self._threads: set[threading.Thread] = set()

    def room(self, lane: Lane) -> int:
        with self._lock:
            return 0 if self._stopped else self._room[lane]

    def perform(self, job: Job, lane: Lane, ended: Ended) -> None:
        with self._lock:
            if self._stopped or self._room[lane] < 1:
                raise RuntimeError("there is no room for another job")
            if lane is Lane.PROCESS:
                self._hand().orders.put((job, ended))
            else:
                self._start(f"auricle-job-{job.kind}", self._in_this_process, job, ended)
            self._room[lane] -= 1

    def stop(self, patience_s: float = 5.0) -> None:
        with self._lock:
            self._stopped = True
            hands, threads = list(self._hands), list(self._threads)
        for hand in hands:
            hand.child.kill()
            hand.orders.put(None)
        give_up = time.monotonic() + patience_s
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(max(0.0, give_up - time.monotonic()))

    def _hand(self) -> _Hand:
        """The one that was used last, for its memory is warm, or a new one."""
        if self._idle:
            return self._idle.pop()
        hand = _Hand(self._workshop)
        self._hands.add(hand)
        self._start(f"auricle-job-process-{len(self._hands)}", self._in_a_child, hand)
        return hand

    def _start(self, name: str, target: Callable[..., None], *arguments: object) -> None:
        def run() -> None:
            try:
                target(*arguments)
            finally:
                with self._lock:
                    self._threads.discard(thread)

        thread = threading.Thread(target=run, name=name, daemon=True)
        self._threads.add(thread)
        thread.start()

    def _in_this_process(self, job: Job, ended: Ended) -> None:
        outcome = Outcome.DIED
        try:
            outcome = perform(self._database, self._works, job, self._clock)
        except Exception:  # noqa: BLE001  # the boundary of the thread: somebody waits for the outcome
            log.exception("job_performer_broke", job=job.id, kind=job.kind)
        with self._lock:
            self._room[Lane.THREAD] += 1
        ended(outcome)

    def _in_a_child(self, hand: _Hand) -> None:
        """Serve one child for as long as it is wanted; a child that died is replaced when there is work for it."""
        while (order := self._next_order(hand)) is not None:
            job, ended = order
            outcome = hand.child.perform(job)
            with self._lock:
                self._room[Lane.PROCESS] += 1
                self._idle.append(hand)
            ended(outcome)
        hand.child.close()
        with self._lock:
            self._hands.discard(hand)

    def _next_order(self, hand: _Hand) -> Order | None:
        while True:
            try:
                return hand.orders.get(timeout=self._idle_s)
            except Empty:
                with self._lock:
                    if hand in self._idle:  # else an order is on its way
                        self._idle.remove(hand)
                        return None


class _Hand:
    """A child and what it is to do."""

    def __init__(self, workshop: Workshop) -> None:
        self.child = Child(workshop)
        self.orders: SimpleQueue[Order | None] = SimpleQueue()

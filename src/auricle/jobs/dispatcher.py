"""Claims what is due and has it performed, on this node; any number of nodes do so over one database."""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from auricle.clock import Clock
from auricle.errors import LeaseLost, PerformerDied, StoreUnavailable
from auricle.jobs import leases
from auricle.jobs.backoff import Backoff
from auricle.jobs.executor import Executor
from auricle.jobs.leases import Claim, Demand
from auricle.jobs.performing import conclude, fail
from auricle.jobs.queue import Queue
from auricle.jobs.work import Job, Outcome, Work
from auricle.observe import Metrics, log
from auricle.store.database import Database

POLL_S = 1.0  # how soon work is found that another node submitted, or that became due
STOPPING_S = 10.0  # how long running jobs may go on when the server stops


class Dispatcher:
    """A thread that looks for work at intervals, and at once when some is submitted in this process."""

    def __init__(
        self,
        *,
        database: Database,
        queue: Queue,
        works: Mapping[str, Work],
        executor: Executor,
        clock: Clock,
        metrics: Metrics,
        backoff: Backoff | None = None,
        poll_s: float = POLL_S,
    ) -> None:
        self._database = database
        self._works = works
        self._executor = executor
        self._clock = clock
        self._metrics = metrics
        self._backoff = backoff or Backoff()
        self._poll_s = poll_s
        self._owner = f"{socket.gethostname()[:64]}:{os.getpid()}:{secrets.token_hex(4)}"
        self._order = list(works)  # of kinds, the one that was served last at the end
        self._held: dict[tuple[str, int], Job] = {}
        self._changed = threading.Condition()
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="auricle-dispatcher", daemon=True)
        queue.on_submit(self.wake)

    def start(self) -> None:
        """Begin to claim."""
        self._thread.start()

    def stop(self, patience_s: float = STOPPING_S) -> None:
        """Claim nothing more, wait for what runs, and give back what still runs then: others go on with it at once."""
        self._stopping.set()
        self.wake()
        if self._thread.is_alive():
            self._thread.join()
        with self._changed:
            self._changed.wait_for(lambda: not self._held, patience_s)
            unfinished = list(self._held.values())
        for job in unfinished:
            self._give_back(job)
        self._executor.stop(patience_s)

    def wake(self) -> None:
        """Look for work now."""
        self._woken.set()

    def dispatch(self) -> int:
        """Claim all that is due and that there is room for, kind by kind in turns; how many were claimed."""
        demand = self._survey()
        kinds = [kind for kind in self._order if kind in demand and demand[kind].waiting]
        claimed = 0
        while kinds:
            work = self._works[kinds.pop(0)]
            if self._stopping.is_set() or self._executor.room(work.lane) < 1:
                continue
            claim = self._claim(work)
            if claim is not None:
                claimed += 1
                self._begin(work, claim)
                kinds.append(work.kind)
                self._order.remove(work.kind)
                self._order.append(work.kind)
        return claimed

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.dispatch()
            except StoreUnavailable:
                log.warning("dispatch_put_off")
            except Exception:  # noqa: BLE001  # the boundary of the thread: there is other work
                log.exception("dispatch_failed")
            self._woken.wait(self._poll_s)
            self._woken.clear()

    def _survey(self) -> Mapping[str, Demand]:
        """What there is, with the times of a clock that was put back set right."""
        now = self._clock.now()
        with self._database.read() as connection:
            demand = leases.survey(connection, now)
        for kind, work in self._works.items():
            found = demand.get(kind)
            self._metrics.jobs_waiting.labels(kind).set(found.waiting if found else 0)
            lease = now + timedelta(seconds=work.lease_s)
            retry = now + timedelta(seconds=self._backoff.most_s)
            if found and ((found.last_lease or lease) > lease or (found.last_retry or retry) > retry):
                with self._database.write() as connection:
                    leases.set_right(connection, work, last_lease=lease, last_retry=retry)
        return demand

    def _claim(self, work: Work) -> Claim | None:
        try:
            with self._database.write() as connection:
                return leases.claim(connection, work, owner=self._owner, now=self._clock.now())
        except LeaseLost:  # deleted in this moment; there may be others
            self.wake()
            return None

    def _begin(self, work: Work, claim: Claim) -> None:
        job = claim.job
        event = "job_taken_over" if claim.taken_over else "job_started"
        log.info(event, **_ids(job), attempt=job.attempts)
        with self._changed:
            self._held[job.id, job.fence] = job
        self._metrics.jobs_running.labels(job.kind).inc()
        if claim.problem is not None:
            self._ended(work, job, fail(self._database, work, job, claim.problem))
            return
        try:
            self._executor.perform(job, work.lane, partial(self._ended, work, job))
        except Exception:  # noqa: BLE001  # whatever an executor does stays with the job
            log.exception("job_not_begun", **_ids(job))
            self._ended(work, job, Outcome.DIED)

    def _ended(self, work: Work, job: Job, outcome: Outcome) -> None:
        """In any thread: note it, try again when the performer died, and use the room for the next."""
        if outcome is Outcome.DIED:
            outcome = self._after_death(work, job)
        self._metrics.jobs_running.labels(job.kind).dec()
        self._metrics.jobs_ended.labels(job.kind, outcome.value).inc()
        log.info("job_ended", **_ids(job), outcome=outcome.value)
        with self._changed:
            self._held.pop((job.id, job.fence), None)
            self._changed.notify_all()
        self.wake()

    def _after_death(self, work: Work, job: Job) -> Outcome:
        try:
            return conclude(self._database, work, job, _died(job), self._clock, self._backoff)
        except Exception:  # noqa: BLE001  # or the executor's thread would suffer for it; the lease runs out
            log.exception("job_end_unwritten", **_ids(job))
            return Outcome.LOST

    def _give_back(self, job: Job) -> None:
        try:
            with self._database.write() as connection:
                leases.give_back(connection, job)
            log.info("job_given_back", **_ids(job))
        except (LeaseLost, StoreUnavailable):  # it ended in this moment, or its lease will
            log.info("job_not_given_back", **_ids(job))


def _died(job: Job) -> PerformerDied:
    times = "once" if job.attempts == 1 else f"in attempt {job.attempts}"
    return PerformerDied(f"The process that did the work died {times}; the server's log may say why.")


def _ids(job: Job) -> dict[str, Any]:
    return {"job": job.id, "kind": job.kind, "subject": job.subject_id, "resource": job.resource_id}

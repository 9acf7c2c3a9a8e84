"""One attempt at a job: it runs, renews its lease from its own progress, and ends behind the fence.

The same wherever it happens: in a thread, in a child process, on another machine. Nothing is raised: whatever a work
does ends in an `Outcome`, and what could not be written is left to whoever takes the lease over.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from auricle.clock import Clock
from auricle.errors import AuricleError, LeaseLost, StoreUnavailable
from auricle.jobs import leases
from auricle.jobs.backoff import Backoff
from auricle.jobs.work import Job, Outcome, Work
from auricle.observe import log
from auricle.store.database import Database

RENEWAL_S = 1.0  # the lease is renewed no more often; a deletion is noticed no later after the next progress
ENDING_TRIES = 3  # a database that does not answer is asked this often to note the end


def perform(
    database: Database, works: Mapping[str, Work], job: Job, clock: Clock, backoff: Backoff | None = None
) -> Outcome:
    """Do it, and write how it came out."""
    work = works[job.kind]
    try:
        result = work.run(job, _Renewal(database, work, job, clock))
    except Exception as error:  # noqa: BLE001  # whatever a work does stays with it
        return conclude(database, work, job, error, clock, backoff)
    try:
        _end(database, job, lambda connection: work.succeeded(connection, job, result))
    except Exception as error:  # noqa: BLE001  # or is wrong with its end
        return conclude(database, work, job, error, clock, backoff)
    return Outcome.SUCCEEDED


def conclude(
    database: Database, work: Work, job: Job, error: Exception, clock: Clock, backoff: Backoff | None = None
) -> Outcome:
    """Write what follows from an attempt that failed: another one, or the failure for good."""
    if isinstance(error, LeaseLost):
        return Outcome.LOST
    known = error if isinstance(error, AuricleError) else _unforeseen(job, error)
    if not known.retryable or job.attempts >= work.attempts:
        return fail(database, work, job, known)
    delay_s = (backoff or Backoff()).delay_s(job.attempts)
    due_at = clock.now() + timedelta(seconds=delay_s)
    try:
        _insist(database, lambda connection: leases.postpone(connection, job, due_at=due_at, problem=known.message))
    except (LeaseLost, StoreUnavailable) as lost:
        return _lost(job, lost)
    log.warning("job_retried", **_ids(job), error=type(known).__name__, delay_s=round(delay_s, 1))
    return Outcome.RETRIED


def fail(database: Database, work: Work, job: Job, error: AuricleError) -> Outcome:
    """End it as failed for good, whatever the work makes of that."""
    try:
        try:
            _end(database, job, lambda connection: work.failed(connection, job, error))
        except (LeaseLost, StoreUnavailable):
            raise
        except Exception as second:  # noqa: BLE001  # such as what it was for having come to an end meanwhile
            _unforeseen(job, second)
            _end(database, job, lambda _connection: None)
    except (LeaseLost, StoreUnavailable) as lost:
        return _lost(job, lost)
    log.warning("job_failed", **_ids(job), error=type(error).__name__)
    return Outcome.FAILED


class _Renewal:
    """The progress that a work tells: renews the lease, and nothing else does."""

    def __init__(self, database: Database, work: Work, job: Job, clock: Clock) -> None:
        self._database = database
        self._job = job
        self._clock = clock
        self._lease = timedelta(seconds=work.lease_s)
        self._interval_s = min(work.lease_s / 3, RENEWAL_S)
        self._lock = threading.Lock()
        self._lost = False
        self._renewed_at_s = clock.monotonic()
        self._renew(None)

    def __call__(self, fraction: float) -> None:
        with self._lock:
            now_s = self._clock.monotonic()
            if self._lost:
                raise LeaseLost
            if now_s - self._renewed_at_s < self._interval_s:
                return
            self._renewed_at_s = now_s
            self._renew(min(max(fraction, 0.0), 1.0))

    def _renew(self, progress: float | None) -> None:
        try:
            with self._database.write() as connection:
                until = self._clock.now() + self._lease
                leases.renew(connection, self._job, until=until, progress=progress)
        except LeaseLost:
            self._lost = True
            raise
        except StoreUnavailable:  # the work need not suffer: the fence decides in the end
            log.warning("job_not_renewed", **_ids(self._job))


def _end(database: Database, job: Job, callback: Callable[[Connection], None]) -> None:
    """The subject's row and the job's in one transaction, or neither."""

    def ending(connection: Connection) -> None:
        leases.check(connection, job)
        callback(connection)
        leases.end(connection, job)

    _insist(database, ending)


def _insist(database: Database, change: Callable[[Connection], None]) -> None:
    for last in (False,) * (ENDING_TRIES - 1) + (True,):
        try:
            with database.write() as connection:
                change(connection)
        except StoreUnavailable:
            if last:
                raise
        else:
            return


def _lost(job: Job, error: AuricleError) -> Outcome:
    """Nothing could be written; when it was the database's fault, the lease runs out and somebody goes on."""
    if isinstance(error, StoreUnavailable):
        log.warning("job_end_unwritten", **_ids(job))
    return Outcome.LOST


def _unforeseen(job: Job, error: Exception) -> AuricleError:
    """What a person is told of an error that nobody foresaw; the log has the place, but not the text: it may quote."""
    place = "".join(traceback.format_tb(error.__traceback__))
    log.error("job_broke", **_ids(job), error=type(error).__name__, place=place)
    unforeseen = AuricleError(f"{AuricleError.__doc__} ({type(error).__name__}); its log says more of job {job.id}.")
    unforeseen.__cause__ = error
    return unforeseen


def _ids(job: Job) -> dict[str, Any]:
    return {
        "job": job.id,
        "kind": job.kind,
        "subject": job.subject_id,
        "resource": job.resource_id,
        "attempt": job.attempts,
    }

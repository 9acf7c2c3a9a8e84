"""A house with one kind of work, done for datasets, and nodes that do it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from auricle.clock import Clock, ManualClock
from auricle.errors import AuricleError
from auricle.jobs.dispatcher import Dispatcher
from auricle.jobs.executor import Executor
from auricle.jobs.leases import Claim, claim
from auricle.jobs.performing import perform
from auricle.jobs.queue import Queue
from auricle.jobs.work import Job, Lane, Outcome, Progress, Work
from auricle.observe import Metrics
from auricle.store.database import Database
from auricle.store.shelf import DATASETS
from auricle.store.status import Status
from auricle.store.tables import jobs
from tests.store.made import NOON, dataset

LEASE_S = 30.0


def nothing(_job: Job, _progress: Progress) -> str:
    """What a chore does unless a test says otherwise."""
    return "done"


@dataclass
class Chore:
    """Work on a dataset. Remembers what it was told, in this process."""

    act: Callable[[Job, Progress], Any] = nothing
    kind: str = "chore"
    lane: Lane = Lane.THREAD
    parallel: int = 100
    parallel_per_resource: int = 100
    attempts: int = 3
    lease_s: float = LEASE_S
    told: list[tuple[str, str]] = field(default_factory=list)
    errors: list[AuricleError] = field(default_factory=list)

    def started(self, connection: Connection, job: Job) -> None:
        self._advance(connection, job, Status.RUNNING)

    def run(self, job: Job, progress: Progress) -> Any:
        return self.act(job, progress)

    def succeeded(self, connection: Connection, job: Job, outcome: Any) -> None:
        self._advance(connection, job, Status.SUCCEEDED, description=str(outcome))

    def failed(self, connection: Connection, job: Job, error: AuricleError) -> None:
        self.errors.append(error)
        self._advance(connection, job, Status.FAILED, error_message=error.message)

    def _advance(self, connection: Connection, job: Job, status: Status, **changes: Any) -> None:
        self.told.append((status.value, job.subject_id))
        DATASETS.advance(connection, job.resource_id, job.subject_id, status, NOON, **changes)


class Inline:
    """An executor that performs at once, in the caller's thread."""

    def __init__(self, database: Database, works: Mapping[str, Work], clock: Clock) -> None:
        self._place = database, works, clock

    def room(self, lane: Lane) -> int:
        return 1

    def perform(self, job: Job, lane: Lane, ended: Callable[[Outcome], None]) -> None:
        database, works, clock = self._place
        ended(perform(database, works, job, clock))

    def stop(self, patience_s: float) -> None:
        """Nothing goes on in it."""


class Basket:
    """An executor that performs nothing: a test says how each job came out."""

    def __init__(self, room: int = 1000) -> None:
        self._size = room
        self.jobs: list[Job] = []
        self.ended: dict[str, Callable[[Outcome], None]] = {}
        self.begun = threading.Condition()
        self.stopped = False

    def room(self, lane: Lane) -> int:
        return self._size - len(self.ended)

    def perform(self, job: Job, lane: Lane, ended: Callable[[Outcome], None]) -> None:
        with self.begun:
            self.jobs.append(job)
            self.ended[job.id] = ended
            self.begun.notify_all()

    def stop(self, patience_s: float) -> None:
        self.stopped = True

    def say(self, job: Job, outcome: Outcome) -> None:
        """The job came out so."""
        self.ended.pop(job.id)(outcome)

    def wait_for(self, count: int) -> list[Job]:
        """The jobs, once there have been so many."""
        with self.begun:
            assert self.begun.wait_for(lambda: len(self.jobs) >= count, 20)
        return self.jobs


class House:
    """Everything about jobs over one database."""

    def __init__(self, database: Database, resource: str, *chores: Chore) -> None:
        self.database = database
        self.resource = resource
        self.chore = chores[0] if chores else Chore()
        self.works: dict[str, Work] = {chore.kind: chore for chore in chores or (self.chore,)}
        self.clock = ManualClock()
        self.queue = Queue(self.clock)
        self.metrics = Metrics()

    def node(self, executor: Executor | None = None, **options: Any) -> Dispatcher:
        """One more node; without an executor it performs what it claims as it claims it."""
        return Dispatcher(
            database=self.database,
            queue=self.queue,
            works=self.works,
            executor=executor or Inline(self.database, self.works, self.clock),
            metrics=self.metrics,
            **{"clock": self.clock, **options},
        )

    def submit(self, *, resource: str | None = None, kind: str | None = None, due_at: datetime | None = None) -> str:
        """A dataset that there is work for; its id."""
        record = dataset(resource or self.resource)
        with self.database.write() as connection:
            DATASETS.add(connection, record)
            self.queue.submit(
                connection,
                kind=kind or self.chore.kind,
                resource_id=record.resource_id,
                subject_id=record.id,
                payload={"for": record.id},
                due_at=due_at,
            )
        return record.id

    def claim(self) -> Claim | None:
        """The next job, held by the test itself."""
        with self.database.write() as connection:
            return claim(connection, self.chore, owner="test", now=self.clock.now())

    def claimed(self) -> Job:
        """The next job, which is there."""
        claim = self.claim()
        assert claim is not None
        return claim.job

    def perform(self, job: Job) -> Outcome:
        """Do it here and now."""
        return perform(self.database, self.works, job, self.clock)

    def delete(self, subject_id: str) -> bool:
        """Whether work was under way for it."""
        with self.database.write() as connection:
            was_running = self.queue.cancel(connection, subject_id)
            DATASETS.remove(connection, self.resource, subject_id)
        return was_running

    def status(self, subject_id: str) -> Status:
        """How far the dataset is."""
        with self.database.read() as connection:
            record = DATASETS.get(connection, self.resource, subject_id)
        assert record is not None
        return record.status

    def rows(self) -> list[Any]:
        """The rows of all jobs."""
        with self.database.read() as connection:
            return list(connection.execute(select(jobs).order_by(jobs.c.sequence)))

"""Whatever happens in whatever order, a job is where a model of it in memory says, and ends once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete

from auricle.errors import InvalidDataset, LeaseLost, TooBusy
from auricle.jobs import leases
from auricle.jobs.leases import AT_ONCE
from auricle.jobs.performing import conclude
from auricle.jobs.work import Job, Outcome
from auricle.store.database import Database
from auricle.store.shelf import DATASETS
from auricle.store.status import Status
from auricle.store.tables import datasets, jobs

from .house import LEASE_S, Chore, House

PARALLEL = 2


@dataclass
class Life:
    """What is known of a job that there is."""

    due_at: datetime = AT_ONCE
    lease_until: datetime | None = None
    attempts: int = 0
    fence: int = 0


class Lives(RuleBasedStateMachine):
    """One resource's jobs among workers that die, lag and come back."""

    subjects: Bundle[str] = Bundle("subjects")
    claimed: Bundle[Job] = Bundle("claimed")  # by workers, some of which have lost their leases since

    def __init__(self, database: Database, resource: str) -> None:
        super().__init__()
        self.chore = Chore(parallel=PARALLEL, attempts=2)
        self.house = House(database, resource, self.chore)
        self.lives: dict[str, Life] = {}  # by subject, in the order of their making
        self.statuses: dict[str, Status] = {}
        self.ends: Counter[str] = Counter()

    @initialize()
    def begin_with_nothing(self) -> None:
        with self.house.database.write() as connection:
            connection.execute(delete(jobs))
            connection.execute(delete(datasets))

    @rule(target=subjects)
    def submit(self) -> str:
        subject = self.house.submit()
        self.lives[subject], self.statuses[subject] = Life(), Status.NOT_STARTED
        return subject

    @rule(target=claimed)
    def claim(self) -> MultipleResults[Job] | Job:
        claim, expected = self.house.claim(), self._next()
        if claim is None or expected is None:
            assert claim is None
            assert expected is None
            return multiple()
        life = self.lives[expected]
        assert claim.job.subject_id == expected
        assert claim.taken_over is (life.lease_until is not None)
        life.attempts, life.fence, life.lease_until = life.attempts + 1, life.fence + 1, self._in(LEASE_S)
        assert (claim.job.attempts, claim.job.fence) == (life.attempts, life.fence)
        assert (claim.problem is not None) is (life.attempts > self.chore.attempts)
        self.statuses[expected] = Status.RUNNING
        return claim.job

    @rule(job=claimed)
    def renew(self, job: Job) -> None:
        try:
            with self.house.database.write() as connection:
                leases.renew(connection, job, until=self._in(LEASE_S), progress=0.5)
        except LeaseLost:
            assert not self._holds(job)
        else:
            assert self._holds(job)
            self.lives[job.subject_id].lease_until = self._in(LEASE_S)

    @rule(job=claimed)
    def succeed(self, job: Job) -> None:
        self._ended(job, self.house.perform(job), Status.SUCCEEDED)

    @rule(job=claimed)
    def fail(self, job: Job) -> None:
        self._ended(job, self._conclude(job, InvalidDataset()), Status.FAILED)

    @rule(job=claimed)
    def meet_a_passing_error(self, job: Job) -> None:
        held = self._holds(job)
        outcome = self._conclude(job, TooBusy())
        if not held or job.attempts >= self.chore.attempts:
            self._ended(job, outcome, Status.FAILED)
            return
        assert outcome is Outcome.RETRIED
        (due_at,) = (row.due_at for row in self.house.rows() if row.subject_id == job.subject_id)
        assert due_at > self.house.clock.now()
        self._free(job, due_at)

    @rule(job=claimed)
    def give_back(self, job: Job) -> None:
        try:
            with self.house.database.write() as connection:
                leases.give_back(connection, job)
        except LeaseLost:
            assert not self._holds(job)
        else:
            assert self._holds(job)
            self._free(job, AT_ONCE)
            self.lives[job.subject_id].attempts -= 1

    @rule(subject=consumes(subjects))
    def delete(self, subject: str) -> None:
        life = self.lives.pop(subject, None)
        assert self.house.delete(subject) is (life is not None and self._runs(life))
        del self.statuses[subject]

    @rule(seconds=st.sampled_from([1.0, LEASE_S / 2, LEASE_S]))
    def wait(self, seconds: float) -> None:
        self.house.clock.advance(seconds)

    @invariant()
    def rows_are_as_they_should_be(self) -> None:
        rows = {row.subject_id: Life(row.due_at, row.lease_until, row.attempts, row.fence) for row in self.house.rows()}
        assert rows == self.lives
        assert list(rows) == list(self.lives)

    @invariant()
    def subjects_are_as_they_should_be_and_ended_once(self) -> None:
        with self.house.database.read() as connection:
            found = {record.id: record.status for record in DATASETS.all(connection, self.house.resource)}
        assert found == self.statuses
        assert set(self.ends.values()) <= {1}
        assert {id for id, status in found.items() if not status.ended} == set(self.lives)

    def _in(self, seconds: float) -> datetime:
        return self.house.clock.now() + timedelta(seconds=seconds)

    def _runs(self, life: Life) -> bool:
        return life.lease_until is not None and life.lease_until > self.house.clock.now()

    def _next(self) -> str | None:
        now = self.house.clock.now()
        if sum(map(self._runs, self.lives.values())) >= PARALLEL:
            return None
        due = (id for id, life in self.lives.items() if (life.lease_until or life.due_at) <= now)
        return next(due, None)

    def _holds(self, job: Job) -> bool:
        life = self.lives.get(job.subject_id)
        return life is not None and life.fence == job.fence

    def _conclude(self, job: Job, error: Exception) -> Outcome:
        return conclude(self.house.database, self.chore, job, error, self.house.clock)

    def _free(self, job: Job, due_at: datetime) -> None:
        life = self.lives[job.subject_id]
        life.due_at, life.lease_until, life.fence = due_at, None, life.fence + 1

    def _ended(self, job: Job, outcome: Outcome, status: Status) -> None:
        if not self._holds(job):
            assert outcome is Outcome.LOST
            return
        assert outcome is Outcome[status.name]
        del self.lives[job.subject_id]
        self.statuses[job.subject_id] = status
        self.ends[job.subject_id] += 1


def test_jobs_live_as_a_model_of_them_does(database: Database, resource: str) -> None:
    run_state_machine_as_test(
        lambda: Lives(database, resource),  # type: ignore[arg-type]  # any factory will do
        settings=settings(
            max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )

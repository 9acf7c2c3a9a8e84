"""A job is held by one at a time, within the bounds, and by nobody longer than its lease."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from auricle.clock import ManualClock
from auricle.errors import IllegalTransition, LeaseLost
from auricle.jobs import leases
from auricle.jobs.work import Job, Outcome
from auricle.store.database import Database
from auricle.store.status import Status
from tests.databases import add_resource

from .house import Chore, House


def test_the_first_claim_alone_starts_the_subject(house: House) -> None:
    subject = house.submit()
    first = house.claim()
    assert first is not None
    assert not first.taken_over
    house.clock.advance(house.chore.lease_s)

    second = house.claim()

    assert second is not None
    assert second.taken_over
    assert (second.job.attempts, second.job.fence) == (2, 2)
    assert house.chore.told == [("Running", subject)]


def test_a_lease_that_is_renewed_is_not_taken_over(house: House) -> None:
    house.submit()
    job = house.claimed()
    house.clock.advance(house.chore.lease_s - 1)
    with house.database.write() as connection:
        leases.renew(connection, job, until=house.clock.now() + timedelta(seconds=2), progress=0.5)

    house.clock.advance(1)
    assert house.claim() is None
    house.clock.advance(1)
    assert house.claim() is not None


def test_whoever_lost_the_lease_can_write_nothing(house: House) -> None:
    house.submit()
    zombie = house.claimed()
    house.clock.advance(house.chore.lease_s)
    house.claimed()
    before = house.rows()
    now = house.clock.now()

    writes: list[Callable[[Connection], None]] = [
        lambda connection: leases.renew(connection, zombie, until=now, progress=1.0),
        lambda connection: leases.check(connection, zombie),
        lambda connection: leases.end(connection, zombie),
        lambda connection: leases.postpone(connection, zombie, due_at=now, problem=""),
        lambda connection: leases.give_back(connection, zombie),
    ]
    for write in writes:
        with pytest.raises(LeaseLost), house.database.write() as connection:
            write(connection)
    assert house.rows() == before


def test_whoever_gave_a_job_back_holds_it_no_more_even_before_it_is_claimed(house: House) -> None:
    house.submit()
    job = house.claimed()
    with house.database.write() as connection:
        leases.give_back(connection, job)

    assert house.perform(job) is Outcome.LOST
    assert house.claimed().attempts == 1


def test_no_more_run_than_may_over_all_and_for_one_resource(database: Database, resource: str) -> None:
    house = House(database, resource, Chore(parallel=3, parallel_per_resource=2))
    for _ in range(4):
        house.submit()
    assert [house.claimed(), house.claimed(), house.claim()][-1] is None

    other = add_resource(database)
    for _ in range(2):
        house.submit(resource=other)

    assert house.claimed().resource_id == other
    assert house.claim() is None


def test_a_lease_that_is_over_takes_no_place(database: Database, resource: str) -> None:
    house = House(database, resource, Chore(parallel=1, parallel_per_resource=1))
    first = house.submit()
    house.submit()
    house.claimed()
    house.clock.advance(house.chore.lease_s)

    assert house.claimed().subject_id == first


def test_many_claimers_at_once_claim_each_job_once_and_keep_the_bounds(database: Database, resource: str) -> None:
    chore = Chore(parallel=12, parallel_per_resource=10)
    house = House(database, resource, chore)
    other = add_resource(database)
    subjects = {house.submit(resource=owner) for owner in [resource, other] * 10}

    def claim_all(_claimer: int) -> list[Job]:
        claimed = []
        while claim := house.claim():
            claimed.append(claim.job)
        return claimed

    with ThreadPoolExecutor(6) as pool:
        jobs = [job for claimed in pool.map(claim_all, range(6)) for job in claimed]

    assert len(jobs) == len({job.subject_id for job in jobs} & subjects) == 12
    assert Counter(job.resource_id for job in jobs) == {resource: 6, other: 6}


def test_a_subject_that_may_not_start_is_a_problem_of_the_claim(house: House) -> None:
    subject = house.submit()
    with house.database.write() as connection:
        house.queue.submit(connection, kind="chore", resource_id=house.resource, subject_id=subject)
    house.claimed()

    claim = house.claim()

    assert claim is not None
    assert isinstance(claim.problem, IllegalTransition)
    assert house.status(subject) is Status.RUNNING


def test_a_clock_that_was_put_back_keeps_no_job_from_being_done(house: House) -> None:
    held, retried, new = house.submit(), house.submit(), house.submit()
    house.clock.advance(86_400)
    house.claimed()
    postponed = house.claimed()
    with house.database.write() as connection:
        leases.postpone(connection, postponed, due_at=house.clock.now() + timedelta(seconds=1), problem="")
    house.clock = ManualClock()

    node = house.node()
    assert node.dispatch() == 1
    assert house.status(new) is Status.SUCCEEDED
    house.clock.advance(300)
    assert node.dispatch() == 2
    assert house.status(held) is house.status(retried) is Status.SUCCEEDED

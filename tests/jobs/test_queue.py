"""Work is submitted and cancelled with its subject, and tells how far it is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from auricle.jobs.leases import postpone, renew
from tests.databases import add_resource

from .house import House


def test_a_claimed_job_says_what_was_submitted(house: House) -> None:
    subject = house.submit()

    job = house.claimed()

    assert (job.kind, job.resource_id, job.subject_id) == ("chore", house.resource, subject)
    assert (job.payload, job.created_at, job.attempts) == ({"for": subject}, house.clock.now(), 1)


def test_work_is_heard_of_when_it_is_committed_and_never_when_it_is_dropped(house: House) -> None:
    seen: list[int] = []
    house.queue.on_submit(lambda: seen.append(len(house.rows())))

    house.submit()
    with pytest.raises(ZeroDivisionError), house.database.write() as connection:  # noqa: PT012
        house.queue.submit(connection, kind="chore", resource_id=house.resource, subject_id="other")
        raise ZeroDivisionError

    assert seen == [1]
    assert len(house.rows()) == 1


def test_cancelling_tells_whether_anything_ran(house: House) -> None:
    running, waiting, overdue = house.submit(), house.submit(), house.submit()
    house.claimed()
    assert house.delete(running)
    assert not house.delete(waiting)

    house.claimed()
    house.clock.advance(house.chore.lease_s)
    assert not house.delete(overdue)
    assert not house.delete(overdue)
    assert house.rows() == []


def test_work_that_is_due_later_waits_until_then(house: House) -> None:
    subject = house.submit(due_at=house.clock.now() + timedelta(hours=1))
    assert house.claim() is None

    house.clock.advance(3600)

    assert house.claimed().subject_id == subject


def standing(house: House, subject: str) -> tuple[float, int | None, int, str | None]:
    with house.database.read() as connection:
        found = house.queue.standings(connection, [subject])[subject]
    return found.progress, found.place, found.attempts, found.problem


def test_a_standing_follows_the_job_from_place_to_progress_to_its_next_try(house: House) -> None:
    subject = house.submit()
    assert standing(house, subject) == (0.0, 1, 0, None)

    job = house.claimed()
    with house.database.write() as connection:
        renew(connection, job, until=house.clock.now() + timedelta(minutes=1), progress=0.25)
    assert standing(house, subject) == (0.25, None, 1, None)

    with house.database.write() as connection:
        postpone(connection, job, due_at=house.clock.now() + timedelta(minutes=1), problem="no answer")
    assert standing(house, subject) == (0.25, 1, 1, "no answer")


def test_of_several_jobs_for_a_subject_the_running_one_stands(house: House) -> None:
    subject = house.submit()
    house.claimed()
    with house.database.write() as connection:
        house.queue.submit(connection, kind="chore", resource_id=house.resource, subject_id=subject)

    assert standing(house, subject)[1] is None


def test_nothing_stands_where_nothing_is_to_be_done(house: House) -> None:
    with house.database.read() as connection:
        assert house.queue.standings(connection, ["nobody"]) == house.queue.standings(connection, []) == {}


def test_places_foretell_the_order_of_claims(house: House) -> None:
    small, idle = add_resource(house.database), add_resource(house.database)
    house.submit()
    house.claimed()
    subjects = [house.submit() for _ in range(4)] + [house.submit(resource=small) for _ in range(2)]
    subjects.append(house.submit(resource=idle))
    house.submit(kind="other")
    later = house.submit(due_at=house.clock.now() + timedelta(hours=1))
    with house.database.read() as connection:
        standings = house.queue.standings(connection, [*subjects, later])

    claimed = [house.claimed().subject_id for _ in subjects]

    assert house.claim() is None
    assert [standings[subject].place for subject in claimed] == [1, 2, 3, 4, 5, 6, 7]
    assert standings[later].place == 8

"""However an attempt ends, what follows from it is written once, or not at all."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection

from auricle.errors import InvalidDataset, LeaseLost, PerformerDied, StoreUnavailable, TooBusy
from auricle.jobs.performing import ENDING_TRIES, RENEWAL_S, conclude
from auricle.jobs.work import Job, Outcome, Progress
from auricle.store.database import Database
from auricle.store.status import Status

from .house import Chore, House


def raising(error: Exception) -> Any:
    def act(_job: Job, _progress: Progress) -> None:
        raise error

    return act


def test_what_is_done_is_written_with_its_result(house: House) -> None:
    subject = house.submit()

    assert house.perform(house.claimed()) is Outcome.SUCCEEDED

    assert house.status(subject) is Status.SUCCEEDED
    assert house.rows() == []


def test_an_error_of_the_caller_ends_it_with_the_reason(house: House) -> None:
    house.chore.act = raising(error := InvalidDataset("There is no speech in it."))
    subject = house.submit()

    assert house.perform(house.claimed()) is Outcome.FAILED

    assert house.chore.errors == [error]
    assert house.status(subject) is Status.FAILED
    assert house.rows() == []


def test_an_error_that_nobody_foresaw_ends_it_without_quoting_it(house: House) -> None:
    house.chore.act = raising(ValueError("what somebody said"))
    house.submit()

    assert house.perform(house.claimed()) is Outcome.FAILED

    (error,) = house.chore.errors
    assert "ValueError" in error.message
    assert "somebody" not in error.message


def test_a_passing_error_is_tried_again_later_and_later_until_it_is_enough(house: House) -> None:
    house.chore.act = raising(TooBusy("come back"))
    subject = house.submit()

    for attempt, longest_s in ((1, 1.0), (2, 2.0)):
        assert house.perform(house.claimed()) is Outcome.RETRIED
        (row,) = house.rows()
        wait_s = (row.due_at - house.clock.now()).total_seconds()
        assert longest_s / 2 <= wait_s <= longest_s
        assert (row.attempts, row.problem, row.owner) == (attempt, "come back", None)
        assert house.claim() is None
        house.clock.advance(wait_s)

    assert house.perform(house.claimed()) is Outcome.FAILED
    assert house.status(subject) is Status.FAILED


def test_progress_renews_the_lease_and_nothing_else_does(house: House) -> None:
    def act(_job: Job, progress: Progress) -> None:
        for fraction in (0.25, 0.5):
            house.clock.advance(house.chore.lease_s - 1)
            progress(fraction)
            assert house.claim() is None
            assert house.rows()[0].progress == fraction

    house.chore.act = act
    house.submit()

    assert house.perform(house.claimed()) is Outcome.SUCCEEDED


def test_progress_that_comes_quickly_writes_seldom(house: House) -> None:
    def act(_job: Job, progress: Progress) -> None:
        for fraction in range(10):
            progress(fraction / 10)
        assert house.rows()[0].progress == 0.0
        house.clock.advance(RENEWAL_S)
        progress(7.0)
        assert house.rows()[0].progress == 1.0

    house.chore.act = act
    house.submit()

    assert house.perform(house.claimed()) is Outcome.SUCCEEDED


def test_a_deletion_stops_the_work_at_its_next_progress(house: House) -> None:
    def act(job: Job, progress: Progress) -> None:
        house.clock.advance(RENEWAL_S)
        progress(0.1)
        assert house.delete(job.subject_id)
        house.clock.advance(RENEWAL_S)
        for _ in range(2):
            with pytest.raises(LeaseLost):
                progress(0.2)
        progress(0.3)

    house.chore.act = act
    house.submit()

    assert house.perform(house.claimed()) is Outcome.LOST
    assert [status for status, _ in house.chore.told] == ["Running"]


def test_what_was_deleted_before_it_was_performed_is_not_begun(house: House) -> None:
    house.chore.act = raising(AssertionError("begun"))
    subject = house.submit()
    job = house.claimed()
    house.delete(subject)

    assert house.perform(job) is Outcome.LOST


@pytest.mark.parametrize("error", [None, InvalidDataset(), TooBusy(), ValueError()])
def test_a_zombie_changes_nothing_however_it_ends(house: House, error: Exception | None) -> None:
    def act(_job: Job, _progress: Progress) -> str:
        house.clock.advance(house.chore.lease_s)
        house.claimed()
        if error:
            raise error
        return "from the zombie"

    house.chore.act = act
    subject = house.submit()

    assert house.perform(house.claimed()) is Outcome.LOST

    assert house.status(subject) is Status.RUNNING
    assert [row.fence for row in house.rows()] == [2]


def test_work_whose_subject_came_to_another_end_meanwhile_is_over(house: House) -> None:
    subject = house.submit()
    job = house.claimed()
    with house.database.write() as connection:
        house.chore.succeeded(connection, job, "by another way")

    assert house.perform(job) is Outcome.FAILED

    assert house.status(subject) is Status.SUCCEEDED
    assert house.rows() == []


class Unanswered(Chore):
    """Meets a database that does not answer at the end, this many times."""

    times = 0

    def succeeded(self, connection: Connection, job: Job, outcome: Any) -> None:
        self.times -= 1
        if self.times >= 0:
            raise StoreUnavailable
        super().succeeded(connection, job, outcome)


@pytest.mark.parametrize(("times", "outcome"), [(ENDING_TRIES - 1, Outcome.SUCCEEDED), (ENDING_TRIES, Outcome.RETRIED)])
def test_a_database_that_does_not_answer_at_the_end_is_asked_again(
    database: Database, resource: str, times: int, outcome: Outcome
) -> None:
    chore = Unanswered()
    chore.times = times
    house = House(database, resource, chore)
    house.submit()

    assert house.perform(house.claimed()) is outcome


def test_a_database_that_is_away_stops_neither_the_work_nor_the_performer(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable() -> None:
        raise StoreUnavailable

    def act(_job: Job, progress: Progress) -> None:
        monkeypatch.setattr(house.database, "write", unavailable)
        house.clock.advance(RENEWAL_S)
        progress(0.5)

    house.chore.act = act
    subject = house.submit()

    assert house.perform(house.claimed()) is Outcome.LOST

    monkeypatch.undo()
    house.chore.act = raising(InvalidDataset())
    house.clock.advance(house.chore.lease_s)
    assert house.perform(house.claimed()) is Outcome.FAILED
    assert house.status(subject) is Status.FAILED


def test_a_performer_that_dies_every_time_fails_the_work_and_says_so(house: House) -> None:
    subject = house.submit()
    outcomes = []
    for _ in range(house.chore.attempts):
        error = PerformerDied("It died.")
        outcomes.append(conclude(house.database, house.chore, house.claimed(), error, house.clock))
        house.clock.advance(60)

    assert outcomes == [Outcome.RETRIED, Outcome.RETRIED, Outcome.FAILED]
    assert house.chore.errors == [error]
    assert house.status(subject) is Status.FAILED

"""Work is done in threads and child processes of this machine, and goes on when either it or they are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.connection import wait
from typing import Any

import pytest

from auricle.clock import ManualClock, SystemClock
from auricle.jobs.backoff import Backoff
from auricle.jobs.local import LocalExecutor
from auricle.jobs.work import Job, Lane, Outcome
from auricle.jobs.workshop import Workshop
from auricle.store.database import Database
from auricle.store.status import Status

from .house import Chore, House
from .station import PATIENCE_S, Station, remote_works, station

ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Place:
    """A house whose work reports at a station, wherever it is done."""

    def __init__(self, database: Database, url: str, resource: str, reports: Station) -> None:
        (chore,) = remote_works(database, reports.address).values()
        assert isinstance(chore, Chore)
        self.house = House(database, resource, chore)
        self.house.clock = self.clock = ManualClock(datetime.now(UTC))
        self.reports = reports
        self.url = url
        self.ended: list[Outcome] = []
        self._changed = threading.Condition()

    @contextmanager
    def executor(self, *, factory: str = "remote_works", **options: Any) -> Iterator[LocalExecutor]:
        """An executor, stopped afterwards."""
        executor = LocalExecutor(
            database=self.house.database,
            works=self.house.works,
            workshop=Workshop(
                database_url=self.url,
                factory=f"tests.jobs.station:{factory}",
                arguments=(self.reports.address, ("json", "warning")),
            ),
            clock=self.clock,
            **{"processes": 2, **options},
        )
        yield executor
        executor.stop()

    def note(self, outcome: Outcome) -> None:
        """How a job came out."""
        with self._changed:
            self.ended.append(outcome)
            self._changed.notify_all()

    def wait_for(self, *outcomes: Outcome) -> None:
        """Until so many have ended, in this order."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.ended) >= len(outcomes), PATIENCE_S)
        assert self.ended == list(outcomes)

    def job(self) -> Job:
        """One more, claimed."""
        self.house.submit()
        return self.house.claimed()


@pytest.fixture
def place(database: Database, database_url: str, resource: str) -> Iterator[Place]:
    with station() as reports:
        yield Place(database, database_url, resource, reports)


@ONE_DATABASE
@pytest.mark.parametrize("lane", Lane)
def test_work_is_done_where_its_lane_says(place: Place, lane: Lane) -> None:
    job = place.job()
    with place.executor() as executor:
        executor.perform(job, lane, place.note)
        report = place.reports.report()
        report.tell("finish")
        place.wait_for(Outcome.SUCCEEDED)

    assert (report.process == os.getpid()) is (lane is Lane.THREAD)
    assert place.house.status(job.subject_id) is Status.SUCCEEDED


@ONE_DATABASE
def test_a_child_is_kept_for_the_next_job(place: Place) -> None:
    with place.executor() as executor:
        processes = []
        for count in (1, 2):
            executor.perform(place.job(), Lane.PROCESS, place.note)
            report = place.reports.report()
            processes.append(report.process)
            report.tell("finish")
            place.wait_for(*[Outcome.SUCCEEDED] * count)

    assert len(set(processes)) == 1


@ONE_DATABASE
def test_a_child_that_nobody_needs_for_long_is_let_go(place: Place) -> None:
    with place.executor(idle_s=0.01) as executor:
        executor.perform(place.job(), Lane.PROCESS, place.note)
        report = place.reports.report()
        death = os.pidfd_open(report.process)
        report.tell("finish")

        assert wait([death], PATIENCE_S)
    os.close(death)


@ONE_DATABASE
@pytest.mark.parametrize("lane", Lane)
def test_there_is_room_for_so_many_and_again_when_they_end(place: Place, lane: Lane) -> None:
    with place.executor(processes=2, threads=2) as executor:
        for _ in range(2):
            executor.perform(place.job(), lane, place.note)
        assert executor.room(lane) == 0
        reports = [place.reports.report() for _ in range(2)]
        assert len({report.process for report in reports}) == (1 if lane is Lane.THREAD else 2)

        reports[0].tell("finish")
        place.wait_for(Outcome.SUCCEEDED)
        assert executor.room(lane) == 1
        reports[1].tell("finish")
        place.wait_for(*[Outcome.SUCCEEDED] * 2)


@ONE_DATABASE
def test_a_child_that_is_killed_is_noticed_at_once_and_replaced(place: Place) -> None:
    job = place.job()
    with place.executor(processes=1) as executor:
        executor.perform(job, Lane.PROCESS, place.note)
        first = place.reports.report()
        os.kill(first.process, signal.SIGKILL)
        place.wait_for(Outcome.DIED)
        executor.perform(job, Lane.PROCESS, place.note)
        second = place.reports.report()
        second.tell("finish")
        place.wait_for(Outcome.DIED, Outcome.SUCCEEDED)

    assert second.process != first.process


@ONE_DATABASE
def test_a_child_that_dies_while_idle_costs_no_attempt(place: Place) -> None:
    with place.executor(processes=1) as executor:
        executor.perform(place.job(), Lane.PROCESS, place.note)
        (first := place.reports.report()).tell("finish")
        place.wait_for(Outcome.SUCCEEDED)
        death = os.pidfd_open(first.process)
        os.kill(first.process, signal.SIGKILL)
        assert wait([death], PATIENCE_S)
        os.close(death)

        executor.perform(place.job(), Lane.PROCESS, place.note)
        place.reports.report().tell("finish")
        place.wait_for(Outcome.SUCCEEDED, Outcome.SUCCEEDED)


@ONE_DATABASE
def test_a_child_that_cannot_make_its_works_has_died(place: Place) -> None:
    with place.executor(factory="no_works") as executor:
        executor.perform(place.job(), Lane.PROCESS, place.note)
        place.wait_for(Outcome.DIED)


@ONE_DATABASE
def test_stopping_ends_children_in_the_middle_of_their_work(place: Place) -> None:
    with place.executor() as executor:
        executor.perform(place.job(), Lane.PROCESS, place.note)
        report = place.reports.report()
        executor.stop()
        report.wait_for_its_end()
        place.wait_for(Outcome.DIED)

        assert executor.room(Lane.PROCESS) == 0


def test_work_whose_child_is_killed_goes_on_in_another_and_ends_once(place: Place) -> None:
    with place.executor() as executor:
        node = place.house.node(executor, clock=SystemClock(), backoff=Backoff(first_s=0.001), poll_s=0.01)
        node.start()
        subject = place.house.submit()
        os.kill(place.reports.report().process, signal.SIGKILL)

        report = place.reports.report()
        assert (report.attempt, report.subject_id) == (2, subject)
        report.tell("progress")
        assert report.line.recv() == "progressed"
        report.tell("finish")
        report.wait_for_its_end()
        node.stop()

    assert place.house.status(subject) is Status.SUCCEEDED
    assert place.house.rows() == []


def test_work_whose_server_is_killed_stops_there_and_goes_on_at_another(place: Place) -> None:
    subject = place.house.submit()
    command = [sys.executable, "-m", "tests.jobs.serving", place.url, place.reports.address]
    server = subprocess.Popen(command)
    first = place.reports.report()
    server.kill()
    server.wait()
    first.wait_for_its_end()

    place.clock.advance((datetime.now(UTC) - place.clock.now()).total_seconds() + place.house.chore.lease_s)
    with place.executor() as executor:
        node = place.house.node(executor)
        assert node.dispatch() == 1
        second = place.reports.report()
        assert (second.attempt, second.subject_id) == (2, subject)
        second.tell("finish")
        second.wait_for_its_end()
        node.stop()

    assert place.house.status(subject) is Status.SUCCEEDED

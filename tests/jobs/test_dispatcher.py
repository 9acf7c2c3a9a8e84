"""Nodes share the work: each job is begun by one, goes on elsewhere when that one stops or dies, and ends once."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from auricle.errors import PerformerDied
from auricle.jobs.dispatcher import Dispatcher
from auricle.jobs.work import Job, Outcome
from auricle.store.database import Database
from auricle.store.status import Status
from tests.databases import add_resource

from .house import Basket, Chore, House

NEVER_S = 3600.0


@contextmanager
def running(house: House, basket: Basket, **options: Any) -> Iterator[Dispatcher]:
    """A node whose thread looks for work only when it is woken."""
    node = house.node(basket, poll_s=NEVER_S, **options)
    node.start()
    yield node
    node.stop(0)


class Bell(threading.Event):
    """An event that tells when somebody waits for it."""

    def __init__(self) -> None:
        super().__init__()
        self.awaited = threading.Event()

    def wait(self, timeout: float | None = None) -> bool:
        self.awaited.set()
        return super().wait(timeout)


def test_work_is_begun_as_soon_as_it_is_submitted(house: House) -> None:
    node = house.node(basket := Basket(), poll_s=NEVER_S)
    node._woken = bell = Bell()
    node.start()
    assert bell.awaited.wait(20)

    subject = house.submit()

    assert basket.wait_for(1)[0].subject_id == subject
    node.stop(0)


def test_what_waits_for_room_is_begun_when_something_ends(house: House) -> None:
    with running(house, basket := Basket(room=1)):
        first, second = house.submit(), house.submit()
        (job,) = basket.wait_for(1)
        assert job.subject_id == first
        house.perform(job)
        basket.say(job, Outcome.SUCCEEDED)

        assert basket.wait_for(2)[1].subject_id == second


def test_kinds_take_turns_for_the_room_there_is(database: Database, resource: str) -> None:
    house = House(database, resource, Chore(), Chore(kind="other"))
    for kind in ("chore", "chore", "other", "other"):
        house.submit(kind=kind)
    basket = Basket(room=1)
    node = house.node(basket)

    for _ in range(4):
        node.dispatch()
        house.perform(job := basket.jobs[-1])
        basket.say(job, Outcome.SUCCEEDED)

    assert [job.kind for job in basket.jobs] == ["chore", "other", "chore", "other"]


def test_a_resource_with_much_to_do_does_not_keep_another_waiting(house: House) -> None:
    for _ in range(10):
        house.submit()
    other = add_resource(house.database)
    house.submit(resource=other)
    house.node(basket := Basket(room=3)).dispatch()

    assert Counter(job.resource_id for job in basket.jobs) == {house.resource: 2, other: 1}


def test_kinds_that_are_unknown_are_left_alone(house: House) -> None:
    house.submit(kind="from a newer release")

    assert house.node().dispatch() == 0
    assert [(row.owner, row.attempts) for row in house.rows()] == [(None, 0)]


def test_a_job_whose_performer_died_is_tried_again_after_a_while(house: House) -> None:
    house.submit()
    node = house.node(basket := Basket())
    node.dispatch()
    basket.say(basket.jobs[0], Outcome.DIED)
    assert node.dispatch() == 0

    house.clock.advance(1)

    assert node.dispatch() == 1
    assert basket.jobs[1].attempts == 2
    assert "died" in house.rows()[0].problem


def test_a_job_that_takes_every_node_down_is_given_up(house: House) -> None:
    subject = house.submit()
    for _ in range(house.chore.attempts):
        house.node(Basket()).dispatch()
        house.clock.advance(house.chore.lease_s)

    house.node(basket := Basket()).dispatch()

    assert basket.jobs == house.rows() == []
    assert [type(error) for error in house.chore.errors] == [PerformerDied]
    assert house.status(subject) is Status.FAILED


def test_a_job_that_may_not_start_ends_and_leaves_the_subject_as_it_is(house: House) -> None:
    subject = house.submit()
    job = house.claimed()
    with house.database.write() as connection:
        house.queue.submit(connection, kind="chore", resource_id=house.resource, subject_id=subject)
        house.chore.succeeded(connection, job, "")

    house.node(basket := Basket()).dispatch()

    assert basket.jobs == []
    assert [row.id for row in house.rows()] == [job.id]
    assert house.status(subject) is Status.SUCCEEDED


def test_a_node_that_stops_gives_back_what_it_has_not_finished(house: House) -> None:
    subject = house.submit()
    with running(house, basket := Basket()):
        basket.wait_for(1)
    assert basket.stopped
    assert [(row.owner, row.attempts) for row in house.rows()] == [(None, 0)]
    basket.say(basket.jobs[0], Outcome.DIED)

    house.node().dispatch()

    assert house.chore.told == [("Running", subject), ("Succeeded", subject)]


def test_a_node_that_stops_waits_for_what_ends_in_time(house: House) -> None:
    house.submit()
    node = house.node(basket := Basket(), poll_s=NEVER_S)
    node.start()
    (job,) = basket.wait_for(1)
    stopping = threading.Thread(target=node.stop, args=(20,))
    stopping.start()
    assert node._stopping.wait(20)
    house.submit()

    basket.say(job, house.perform(job))
    stopping.join(20)

    assert not stopping.is_alive()
    assert len(basket.jobs) == 1


class Broken(Basket):
    def perform(self, job: Job, lane: object, ended: object) -> None:
        raise OSError("no more threads")


def test_an_executor_that_cannot_begin_costs_an_attempt_only(house: House) -> None:
    house.submit()

    house.node(Broken()).dispatch()

    assert [(row.owner, row.attempts) for row in house.rows()] == [(None, 1)]


def test_metrics_tell_what_waits_runs_and_ended(house: House) -> None:
    house.submit()
    house.submit()
    node = house.node(basket := Basket(room=1))
    node.dispatch()
    node.dispatch()

    def metric(name: str, **labels: str) -> float | None:
        return house.metrics.registry.get_sample_value(name, {"kind": "chore", **labels})

    assert metric("auricle_jobs_waiting") == metric("auricle_jobs_running") == 1
    basket.say(basket.jobs[0], Outcome.FAILED)
    assert metric("auricle_jobs_running") == 0
    assert metric("auricle_jobs_ended_total", outcome="failed") == 1


def test_many_nodes_in_one_process_do_each_job_once(house: House) -> None:
    subjects = [house.submit() for _ in range(40)]

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: drain(house.node()), range(6)))

    assert Counter(house.chore.told) == {
        (told, subject): 1 for subject in subjects for told in ("Running", "Succeeded")
    }
    assert house.rows() == []


def test_nodes_in_several_processes_do_each_job_once(house: House, database_url: str) -> None:
    for _ in range(60):
        house.submit()
    command = [sys.executable, "-m", "tests.jobs.draining", database_url]
    nodes = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for node in nodes:
        assert node.stdout is not None
        assert node.stdout.readline() == "ready\n"
    with ThreadPoolExecutor(2) as pool:
        outputs = list(pool.map(lambda node: node.communicate("go\n", timeout=60)[0].split(), nodes))

    assert [node.returncode for node in nodes] == [0, 0]
    done = Counter(subject for output in outputs for subject in output)
    assert set(done.values()) == {1}
    assert len(done) == 60


def drain(node: Dispatcher) -> None:
    while node.dispatch():
        pass


@pytest.mark.parametrize("lost", [Outcome.DIED, Outcome.LOST])
def test_a_zombie_that_returns_frees_its_room_and_leaves_the_job_to_its_new_holder(house: House, lost: Outcome) -> None:
    house.submit()
    slow, quick = Basket(room=1), Basket()
    node = house.node(slow)
    node.dispatch()
    house.clock.advance(house.chore.lease_s)
    house.node(quick).dispatch()

    slow.say(slow.jobs[0], lost)

    assert slow.room(house.chore.lane) == 1
    assert node.dispatch() == 0
    assert house.perform(quick.jobs[0]) is Outcome.SUCCEEDED

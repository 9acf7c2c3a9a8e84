from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product

import pytest
from sqlalchemy import event

from auricle.custom.drafts import WebHookChanges
from auricle.custom.events import EVENTS, NOUNS, Happening, announce
from auricle.store.database import Database
from tests.custom.receiving import House, Receiver, house


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as open_receiver:
        yield open_receiver


@pytest.fixture
def home(database: Database) -> Iterator[House]:
    with house(database) as opened:
        yield opened


def test_there_are_22_events() -> None:
    assert len(EVENTS) == 22
    assert {"TranscriptionCompletion", "DatasetDeletion", "Ping", "Challenge"} < EVENTS


def test_a_hook_that_waits_for_an_event_has_it_stored_with_the_change(home: House, receiver: Receiver) -> None:
    caller = home.caller()
    hook_id = home.register(caller, receiver.url(), ["DatasetCreation", "ModelDeletion"])

    subject = home.announce(caller, Happening.CREATION)
    home.announce(caller, Happening.COMPLETION)

    (delivery,) = home.sent(caller, hook_id)
    assert (delivery.event, delivery.subject_id, delivery.state) == ("DatasetCreation", subject, "pending")
    assert json.loads(delivery.body) == {"self": f"http://here/v3.2/dataset/{subject}", "invocationId": delivery.id}


def test_a_change_that_is_dropped_leaves_no_event(home: House, receiver: Receiver) -> None:
    caller = home.caller()
    hook_id = home.register(caller, receiver.url(), ["DatasetCreation"])

    with pytest.raises(RuntimeError), home.ground.database.write() as connection:  # noqa: PT012  # one transaction
        announce(home.ground, connection, caller.resource.id, "dataset", Happening.CREATION, "it")
        raise RuntimeError

    assert home.sent(caller, hook_id) == []
    assert home.work() == 0


def test_every_hook_that_waits_is_told_and_nobody_in_another_resource(home: House, receiver: Receiver) -> None:
    caller, other = home.caller(), home.caller()
    hooks = [home.register(caller, receiver.url(f"/{n}"), ["ModelProcessing"]) for n in range(2)]
    foreign = home.register(other, receiver.url("/foreign"), ["ModelProcessing"])

    home.announce(caller, Happening.PROCESSING, noun="model")
    home.work()

    assert sorted(request.path for request in receiver.events()) == ["/0", "/1"]
    assert [len(home.sent(caller, hook)) for hook in hooks] == [1, 1]
    assert home.sent(other, foreign) == []


def test_every_event_is_sent_under_its_name(home: House, receiver: Receiver) -> None:
    caller = home.caller()
    home.register(caller, receiver.url(), sorted(EVENTS))

    for noun, happening in product(NOUNS, Happening):
        home.announce(caller, happening, noun=noun)
    home.work()

    assert {request.event for request in receiver.received} == EVENTS - {"Ping"}


def test_hooks_that_are_not_active_are_told_nothing(home: House, receiver: Receiver) -> None:
    caller = home.caller()
    changed = home.register(caller, receiver.url("/before"), ["DatasetCreation"])
    waiting = home.created(caller, receiver.url(), ["DatasetCreation"])
    home.hooks.change(caller, changed, WebHookChanges(web_url=receiver.url("/after")))

    home.announce(caller)

    assert home.sent(caller, waiting) == home.sent(caller, changed) == []


def test_a_resource_without_hooks_costs_one_query_and_other_kinds_none(home: House) -> None:
    caller = home.caller()
    statements: list[str] = []
    with home.ground.database.write() as connection:
        event.listen(connection, "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))
        announce(home.ground, connection, caller.resource.id, "project", Happening.CREATION, "it")
        assert statements == []
        announce(home.ground, connection, caller.resource.id, "dataset", Happening.CREATION, "it")
        assert len(statements) == 1

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from auricle.custom.drafts import Changes, WebHookChanges
from auricle.errors import Conflict, Forbidden, InvalidCallback, InvalidEvent, NotFound
from auricle.identity.caller import Right
from auricle.store.database import Database
from auricle.store.records import Dataset
from auricle.store.shelf import DATASETS
from auricle.store.status import Status
from tests.custom.receiving import DAY, House, Received, Receiver, house


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as open_receiver:
        yield open_receiver


@pytest.fixture
def home(database: Database) -> Iterator[House]:
    with house(database) as opened:
        yield opened


def test_a_hook_is_active_once_its_receiver_answers_the_challenge(home: House, receiver: Receiver) -> None:
    caller = home.caller()
    hook_id = home.created(caller, receiver.url("/hook?code=abc"), ["DatasetCreation"])
    assert home.hook(caller, hook_id).status is Status.NOT_STARTED

    home.work()

    (challenge,) = receiver.received
    assert home.hook(caller, hook_id).status is Status.SUCCEEDED
    assert (challenge.event, challenge.path, challenge.body) == ("Challenge", "/hook", b"")
    assert challenge.query["code"] == ["abc"]
    assert len(challenge.token) >= 32
    assert challenge.signature is None


def test_a_challenge_signs_its_token(home: House, receiver: Receiver) -> None:
    home.register(home.caller(), receiver.url(), ["Ping"], secret="sésame")
    (challenge,) = receiver.received
    expected = base64.b64encode(hmac.new("sésame".encode(), challenge.token, hashlib.sha256).digest()).decode()
    assert challenge.signature == expected


def test_a_secret_is_not_in_the_row(home: House, receiver: Receiver) -> None:
    caller = home.caller()
    hook = home.hook(caller, home.created(caller, receiver.url(), ["Ping"], secret="sesame"))
    assert "sesame" not in repr(hook)


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (404, b"", "127.0.0.1 answered 404."),
        (302, b"", "127.0.0.1 answered 302; redirects are not followed."),
        (200, b"x" * 57, "127.0.0.1 answered 200 but the body was not the token (got 57 bytes)."),
        (201, None, "127.0.0.1 answered 201."),
    ],
)
def test_a_challenge_that_stays_unanswered_says_what_was_expected_and_what_came(
    status: int, body: bytes | None, said: str, home: House, receiver: Receiver
) -> None:
    caller = home.caller()
    receiver.reply = lambda request: (status, request.token if body is None else body)
    hook_id = home.register(caller, receiver.url("/hook?code=secret"), ["Ping"])
    assert home.hook(caller, hook_id).status is Status.RUNNING

    for _ in range(6):
        home.work_after(DAY)

    hook = home.hook(caller, hook_id)
    assert (hook.status, hook.error_code) == (Status.FAILED, "InvalidCallbackUri")
    assert hook.error_message is not None
    for part in (said, "status 200", "validationToken", "relay", "ping it"):
        assert part in hook.error_message
    assert "secret" not in hook.error_message
    assert {request.path for request in receiver.received} == {"/hook"}
    assert len({request.token for request in receiver.received}) == 7


def test_answers_are_compared_without_the_white_space_around_them(home: House, receiver: Receiver) -> None:
    def with_line_end(request: Received) -> tuple[int, bytes]:
        return 200, request.token + b"\r\n"

    caller = home.caller()
    receiver.reply = with_line_end
    assert home.hook(caller, home.register(caller, receiver.url(), ["Ping"])).status is Status.SUCCEEDED


def test_a_receiver_that_is_not_there_is_named(home: House) -> None:
    caller = home.caller()
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        hook_id = home.register(caller, f"http://127.0.0.1:{unused.getsockname()[1]}/", ["Ping"])
        for _ in range(6):
            home.work_after(DAY)
    assert "could not be challenged: 127.0.0.1" in str(home.hook(caller, hook_id).error_message)


def test_a_receiver_that_answers_later_still_makes_the_hook_active(home: House, receiver: Receiver) -> None:
    caller = home.caller()
    obliging, receiver.reply = receiver.reply, lambda request: (503, b"")
    hook_id = home.register(caller, receiver.url(), ["Ping"])
    receiver.reply = obliging
    home.work_after(60)
    hook = home.hook(caller, hook_id)
    assert (hook.status, hook.error_message) == (Status.SUCCEEDED, None)


def test_a_ping_challenges_a_hook_that_is_not_active(home: House, receiver: Receiver) -> None:
    caller = home.caller()
    obliging, receiver.reply = receiver.reply, lambda request: (500, b"")
    hook_id = home.register(caller, receiver.url(), ["Ping"])
    for _ in range(6):
        home.work_after(DAY)
    receiver.reply = obliging

    home.hooks.ping(caller, hook_id)
    assert home.hook(caller, hook_id).status is Status.NOT_STARTED
    home.work()

    hook = home.hook(caller, hook_id)
    assert (hook.status, hook.error_message) == (Status.SUCCEEDED, None)
    assert receiver.events() == []


def test_a_ping_sends_the_hook_itself(home: House, receiver: Receiver) -> None:
    caller = home.caller()
    hook_id = home.register(caller, receiver.url(), ["DatasetCreation"], secret="sesame")

    home.hooks.ping(caller, hook_id)
    home.work()

    (ping,) = receiver.events()
    assert ping.event == "Ping"
    assert json.loads(ping.body) == {"self": hook_id, "webUrl": receiver.url()}
    assert ping.signature == base64.b64encode(hmac.digest(b"sesame", ping.body, "sha256")).decode()


def test_an_address_that_cannot_be_called_is_refused(home: House, receiver: Receiver) -> None:
    caller = home.caller()
    hook_id = home.register(caller, receiver.url(), ["Ping"])
    for url in ("ftp://example.com/", "not an address", "https://user:word@example.com/", "http://"):
        with pytest.raises(InvalidCallback) as created:
            home.created(caller, url, ["Ping"])
        assert created.value.target == "webUrl"
        with pytest.raises(InvalidCallback):
            home.hooks.change(caller, hook_id, WebHookChanges(display_name="New", web_url=url))
    assert home.hook(caller, hook_id).display_name == "Hook"


def test_unknown_events_and_none_are_refused(home: House, receiver: Receiver) -> None:
    caller = home.caller()
    hook_id = home.register(caller, receiver.url(), ["Ping"])
    for events in ([], ["Ping", "TranscriptionExplosion"], ["transcriptionCompletion"]):
        with pytest.raises(InvalidEvent, match="TranscriptionCompletion"):
            home.created(caller, receiver.url(), events)
        with pytest.raises(InvalidEvent, match="TranscriptionCompletion"):
            home.hooks.change(caller, hook_id, WebHookChanges(events=events))


def test_a_new_address_is_challenged_and_hears_nothing_until_then(home: House, receiver: Receiver) -> None:
    caller = home.caller()
    hook_id = home.register(caller, receiver.url("/before"), ["DatasetCreation"])

    shown = home.hooks.change(caller, hook_id, WebHookChanges(web_url=receiver.url("/after")))
    assert shown.record.status is Status.NOT_STARTED
    home.announce(caller)
    home.work()
    home.announce(caller)
    home.work()

    assert [(request.event, request.path) for request in receiver.received] == [
        ("Challenge", "/before"),
        ("Challenge", "/after"),
        ("DatasetCreation", "/after"),
    ]


def test_the_answer_to_an_old_challenge_does_not_activate_a_new_address(home: House, receiver: Receiver) -> None:
    caller = home.caller()
    hook_id = home.created(caller, receiver.url("/before"), ["Ping"])
    job = home.claimed()
    assert job is not None
    home.hooks.change(caller, hook_id, WebHookChanges(web_url=receiver.url("/after")))

    home.perform(job)

    assert home.hook(caller, hook_id).status is Status.NOT_STARTED


def test_what_leaves_the_address_as_it_is_challenges_nobody(home: House, receiver: Receiver) -> None:
    caller = home.caller()
    hook_id = home.register(caller, receiver.url(), ["DatasetCreation"], secret="one")

    changes = WebHookChanges(web_url=receiver.url(), events=["ModelCreation"], display_name="New")
    hook = home.hooks.change(caller, hook_id, changes).record

    assert (hook.status, hook.events, hook.display_name) == (Status.SUCCEEDED, ["ModelCreation"], "New")
    assert home.work() == 0


@pytest.mark.parametrize(("secret", "signs"), [({}, True), ({"secret": "new"}, True), ({"secret": None}, False)])
def test_a_secret_is_kept_replaced_or_taken_away(
    secret: dict[str, Any], signs: bool, home: House, receiver: Receiver
) -> None:
    caller = home.caller()
    hook_id = home.register(caller, receiver.url(), ["DatasetCreation"], secret="old")
    home.hooks.change(caller, hook_id, WebHookChanges(description="changed", **secret))

    home.announce(caller)
    home.work()

    (request,) = receiver.events()
    key = secret.get("secret", "old") if signs else None
    expected = None if key is None else base64.b64encode(hmac.digest(key.encode(), request.body, "sha256")).decode()
    assert request.signature == expected


def test_a_test_sends_the_last_entity_of_every_event(home: House, receiver: Receiver) -> None:
    caller = home.caller()
    hook_id = home.register(caller, receiver.url(), ["DatasetCreation", "DatasetCompletion", "ModelCreation"])
    done, new = _dataset(home, caller.resource.id, Status.FAILED), _dataset(home, caller.resource.id)

    assert home.hooks.test(caller, hook_id) is True
    home.work()

    sent = {request.event: json.loads(request.body)["self"] for request in receiver.events()}
    assert sent == {
        "DatasetCompletion": f"http://here/v3.2/dataset/{done}",
        "DatasetCreation": f"http://here/v3.2/dataset/{new}",
    }


def test_a_test_finds_what_was_deleted_last(home: House, receiver: Receiver) -> None:
    caller = home.caller()
    hook_id = home.register(caller, receiver.url(), ["DatasetDeletion"])
    assert home.hooks.test(caller, hook_id) is False
    for subject_id in ("first", "last"):
        with home.ground.database.write() as connection:
            home.hooks._audit(connection, caller, "delete", subject_id)
            _rename_last_audit(connection, "dataset.delete")

    assert home.hooks.test(caller, hook_id) is True
    home.work()

    (request,) = receiver.events()
    assert json.loads(request.body)["self"].endswith("/last")


def test_a_test_of_a_hook_that_nothing_happened_for_sends_nothing(home: House, receiver: Receiver) -> None:
    caller, other = home.caller(), home.caller()
    _dataset(home, other.resource.id)
    hook_id = home.register(caller, receiver.url(), ["DatasetCreation"])
    assert home.hooks.test(caller, hook_id) is False
    assert home.work() == 0


def test_a_hook_that_is_not_active_cannot_be_tested(home: House, receiver: Receiver) -> None:
    caller = home.caller()
    with pytest.raises(Conflict, match="Ping it"):
        home.hooks.test(caller, home.created(caller, receiver.url(), ["Ping"]))


def test_a_deleted_hook_is_neither_challenged_nor_told(home: House, receiver: Receiver) -> None:
    caller = home.caller()
    unborn = home.created(caller, receiver.url(), ["DatasetCreation"])
    home.hooks.delete(caller, unborn)
    hook_id = home.register(caller, receiver.url(), ["DatasetCreation"])
    home.announce(caller)
    home.hooks.delete(caller, hook_id)
    home.work()
    assert [request.event for request in receiver.received] == ["Challenge"]


def test_a_hook_is_nobody_elses(home: House, receiver: Receiver) -> None:
    hook_id = home.register(home.caller(), receiver.url(), ["Ping"])
    other = home.caller()
    for act in (home.hooks.get, home.hooks.ping, home.hooks.test):
        with pytest.raises(NotFound):
            act(other, hook_id)
    with pytest.raises(NotFound):
        home.hooks.change(other, hook_id, Changes(display_name="Mine"))


def test_readers_may_not_ping(home: House) -> None:
    reader = home.caller(Right.READ)
    for act in (home.hooks.ping, home.hooks.test):
        with pytest.raises(Forbidden):
            act(reader, "any")


def _dataset(home: House, resource_id: str, status: Status = Status.NOT_STARTED) -> str:
    now = home.clock.now()
    id = f"dataset-{now.timestamp():.0f}"
    home.clock.advance(1)
    dataset = Dataset(
        id=id,
        resource_id=resource_id,
        created_at=now,
        last_action_at=now,
        status=status,
        display_name="Data",
        custom_properties={},
        locale="en-US",
        kind="Language",
        text_normalisation="on",
        source="url",
    )
    with home.ground.database.write() as connection:
        return DATASETS.add(connection, dataset).id


def _rename_last_audit(connection: Any, action: str) -> None:
    connection.exec_driver_sql(
        f"UPDATE audit SET action = '{action}' WHERE sequence = (SELECT max(sequence) FROM audit)"
    )

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from auricle.custom import callbacks
from auricle.custom.deliveries import ATTEMPTS, KEPT, PER_HOOK
from auricle.custom.drafts import WebHookChanges
from auricle.errors import Forbidden, InvalidParameter, NotFound
from auricle.identity.caller import Caller, Right
from auricle.store.database import Database
from auricle.store.status import Status
from tests.custom.receiving import DAY, House, Received, Receiver, house

EVENT = "DatasetCreation"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as open_receiver:
        yield open_receiver


@pytest.fixture
def home(database: Database) -> Iterator[House]:
    with house(database) as opened:
        yield opened


@pytest.fixture
def caller(home: House) -> Caller:
    return home.caller()


def answering(status: int) -> Callable[[Received], tuple[int, bytes]]:
    return lambda request: (status, b"") if request.event != "Challenge" else (200, request.token)


def test_an_event_is_posted_as_json_and_signed(home: House, caller: Caller, receiver: Receiver) -> None:
    hook_id = home.register(caller, receiver.url("/hook?code=1"), [EVENT], secret="sesame")
    home.announce(caller)
    home.work()

    (request,) = receiver.events()
    (delivery,) = home.sent(caller, hook_id)
    digest = hmac.new(b"sesame", delivery.body.encode(), hashlib.sha256).digest()
    assert request.body == delivery.body.encode()
    assert request.signature == base64.b64encode(digest).decode()
    assert (request.event, request.query, request.content_type) == (
        EVENT,
        {"code": ["1"]},
        "application/json; charset=utf-8",
    )
    assert (delivery.state, delivery.attempts, delivery.answer_status, delivery.problem, delivery.next_attempt_at) == (
        "delivered",
        1,
        200,
        None,
        None,
    )
    assert delivery.last_attempt_at == home.clock.now()


@pytest.mark.parametrize("status", [200, 202, 204])
def test_any_status_of_success_will_do(status: int, home: House, caller: Caller, receiver: Receiver) -> None:
    receiver.reply = answering(status)
    hook_id = home.register(caller, receiver.url(), [EVENT])
    home.announce(caller)
    home.work()
    assert [delivery.state for delivery in home.sent(caller, hook_id)] == ["delivered"]


def test_a_failure_is_noted_explained_by_the_hook_and_tried_again(
    home: House, caller: Caller, receiver: Receiver
) -> None:
    receiver.reply = answering(500)
    hook_id = home.register(caller, receiver.url("/hook?code=secret"), [EVENT])
    home.announce(caller)
    home.work()

    (delivery,) = home.sent(caller, hook_id)
    assert (delivery.state, delivery.attempts, delivery.answer_status) == ("pending", 1, 500)
    assert delivery.problem == "127.0.0.1 answered 500; expected 200."
    assert delivery.next_attempt_at == home.clock.now() + timedelta(seconds=10)
    hook = home.hook(caller, hook_id)
    assert (hook.status, hook.error_code) == (Status.SUCCEEDED, "WebHookDeliveryFailed")
    assert hook.error_message == (
        "DatasetCreation could not be delivered at 2026-01-01T00:00:00Z: 127.0.0.1 answered 500; expected 200. "
        "It is tried again at 2026-01-01T00:00:10Z."
    )


def test_the_next_success_clears_the_hooks_error(home: House, caller: Caller, receiver: Receiver) -> None:
    receiver.reply = answering(500)
    hook_id = home.register(caller, receiver.url(), [EVENT])
    home.announce(caller)
    home.work()
    receiver.reply = answering(200)
    assert home.work_after(9) == 0
    assert home.work_after(1) == 1

    (delivery,) = home.sent(caller, hook_id)
    assert (delivery.state, delivery.attempts, delivery.problem) == ("delivered", 2, None)
    assert home.hook(caller, hook_id).error_message is None
    assert len({request.body for request in receiver.events()}) == 1


def test_a_receiver_that_never_accepts_is_given_up_after_a_day(home: House, caller: Caller, receiver: Receiver) -> None:
    receiver.reply = answering(503)
    hook_id = home.register(caller, receiver.url(), [EVENT])
    home.announce(caller)
    began, waits = home.clock.now(), []
    home.work()
    while due_at := home.sent(caller, hook_id)[0].next_attempt_at:
        waits.append((due_at - home.clock.now()).total_seconds())
        assert home.work_after(waits[-1]) == 1

    (delivery,) = home.sent(caller, hook_id)
    assert waits == [10 * 3**n for n in range(9)]
    assert DAY <= (home.clock.now() - began).total_seconds() <= 1.2 * DAY
    assert (delivery.state, delivery.attempts, len(receiver.events())) == ("failed", ATTEMPTS, ATTEMPTS)
    assert "given up" in str(home.hook(caller, hook_id).error_message)
    assert home.work_after(DAY) == 0


def test_redirects_are_not_followed(home: House, caller: Caller, receiver: Receiver) -> None:
    receiver.reply = answering(307)
    hook_id = home.register(caller, receiver.url(), [EVENT])
    home.announce(caller)
    home.work()
    assert {request.path for request in receiver.received} == {"/hook"}
    assert "redirects are not followed" in str(home.sent(caller, hook_id)[0].problem)


def test_a_receiver_that_is_gone_is_tried_again(home: House, caller: Caller) -> None:
    with Receiver() as receiver:
        hook_id = home.register(caller, receiver.url(), [EVENT])
    home.announce(caller)
    home.work()
    (delivery,) = home.sent(caller, hook_id)
    assert (delivery.state, delivery.attempts, delivery.answer_status) == ("pending", 1, None)
    assert "127.0.0.1" in str(delivery.problem)


def test_an_event_is_sent_again_when_its_sender_dies_before_noting_the_answer(
    home: House, caller: Caller, receiver: Receiver
) -> None:
    hook_id = home.register(caller, receiver.url(), [EVENT])
    home.announce(caller)
    job = home.claimed()
    assert job is not None
    home.works[job.kind].run(job, lambda fraction: None)

    assert home.work() == 0
    assert home.work_after(home.works[job.kind].lease_s + 1) == 1
    home.perform(job)

    bodies = [request.body for request in receiver.events()]
    assert bodies[0] == bodies[1]
    assert [(delivery.state, delivery.attempts) for delivery in home.sent(caller, hook_id)] == [("delivered", 1)]


def test_a_slow_hook_holds_nobody_up(home: House, caller: Caller, receiver: Receiver) -> None:
    slow_requests, release = threading.Semaphore(0), threading.Event()

    def reply(request: Received) -> tuple[int, bytes]:
        if request.path == "/slow" and request.event == EVENT:
            slow_requests.release()
            assert release.wait(10)
        return 200, request.token

    receiver.reply = reply
    slow = home.register(caller, receiver.url("/slow"), [EVENT])
    for _ in range(PER_HOOK + 3):
        home.announce(caller)
    with ThreadPoolExecutor(PER_HOOK) as threads:
        under_way = [threads.submit(home.perform, job) for _ in range(PER_HOOK) if (job := home.claimed())]
        for _ in under_way:
            assert slow_requests.acquire(timeout=10)
        quick = home.register(caller, receiver.url("/quick"), ["ModelCreation"])
        home.announce(caller, noun="model")
        home.work()
        quick_states = [delivery.state for delivery in home.sent(caller, quick)]
        slow_states = [(delivery.state, delivery.attempts) for delivery in home.sent(caller, slow)]
        release.set()

    assert quick_states == ["delivered"]
    assert slow_states == [("pending", 0)] * (PER_HOOK + 3)
    home.work_after(2)
    assert [delivery.state for delivery in home.sent(caller, slow)] == ["delivered"] * (PER_HOOK + 3)


def test_a_receiver_has_limited_time_to_answer(
    home: House, caller: Caller, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()
    hook_id = home.register(caller, receiver.url(), [EVENT])
    receiver.reply = lambda request: (200, b"") if release.wait(10) else (500, b"")
    monkeypatch.setattr(callbacks, "TIMEOUT_S", 0.2)
    home.announce(caller)
    home.work()
    release.set()
    (delivery,) = home.sent(caller, hook_id)
    assert (delivery.state, delivery.attempts, delivery.answer_status) == ("pending", 1, None)


def test_events_of_a_hook_that_is_challenged_again_wait_for_it(home: House, caller: Caller, receiver: Receiver) -> None:
    hook_id = home.register(caller, receiver.url("/before"), [EVENT])
    home.announce(caller)
    receiver.reply = lambda request: (500, b"")
    home.hooks.change(caller, hook_id, WebHookChanges(web_url=receiver.url("/after")))
    home.work()
    assert "not active" in str(home.sent(caller, hook_id)[0].problem)
    assert home.hook(caller, hook_id).error_message is None

    receiver.reply = answering(200)
    home.work_after(10)
    home.work_after(30)

    assert [request.path for request in receiver.events()] == ["/after"]
    assert [delivery.state for delivery in home.sent(caller, hook_id)] == ["delivered"]


@pytest.mark.parametrize("status", [200, 500])
def test_a_replay_sends_the_same_again_at_once(status: int, home: House, caller: Caller, receiver: Receiver) -> None:
    receiver.reply = answering(status)
    hook_id = home.register(caller, receiver.url(), [EVENT])
    home.announce(caller)
    home.work()
    (delivery,) = home.sent(caller, hook_id)

    receiver.reply = answering(200)
    replayed = home.deliveries.replay(caller, hook_id, delivery.id)
    assert (replayed.state, replayed.id, replayed.attempts) == ("pending", delivery.id, 0)
    home.work()
    home.work_after(DAY)

    assert [request.body.decode() for request in receiver.events()] == [delivery.body] * 2
    assert [each.state for each in home.sent(caller, hook_id)] == ["delivered"]


def test_deliveries_are_listed_in_pages_and_by_state(home: House, caller: Caller, receiver: Receiver) -> None:
    hook_id = home.register(caller, receiver.url(), [EVENT])
    other = home.register(caller, receiver.url(), [EVENT])
    for _ in range(3):
        home.announce(caller)
    home.work()
    home.announce(caller)

    page = home.deliveries.list(caller, hook_id, skip=1, top=2)
    assert [delivery.state for delivery in page.records] == ["delivered", "delivered"]
    assert page.more
    assert [delivery.state for delivery in home.deliveries.list(caller, other, state="pending").records] == ["pending"]
    with pytest.raises(InvalidParameter, match="pending, delivered, failed"):
        home.deliveries.list(caller, hook_id, state="lost")


def test_deliveries_are_kept_for_30_days(home: House, caller: Caller, receiver: Receiver) -> None:
    hook_id = home.register(caller, receiver.url(), [EVENT])
    home.announce(caller)
    home.work()
    home.clock.advance(KEPT.total_seconds())
    home.announce(caller)
    home.work()
    assert len(home.sent(caller, hook_id)) == 2
    home.clock.advance(DAY)
    home.announce(caller)
    home.work()
    assert len(home.sent(caller, hook_id)) == 2


def test_deliveries_of_a_hook_are_nobody_elses(home: House, caller: Caller, receiver: Receiver) -> None:
    hook_id = home.register(caller, receiver.url(), [EVENT])
    mine = home.register(caller, receiver.url(), [EVENT])
    home.announce(caller)
    (delivery,) = home.sent(caller, hook_id)
    other = home.caller()
    with pytest.raises(NotFound):
        home.deliveries.list(other, hook_id)
    with pytest.raises(NotFound):
        home.deliveries.replay(other, hook_id, delivery.id)
    with pytest.raises(NotFound):
        home.deliveries.replay(caller, mine, delivery.id)


def test_readers_may_look_but_not_replay(home: House, receiver: Receiver) -> None:
    with pytest.raises(Forbidden):
        home.deliveries.replay(home.caller(Right.READ), "hook", "delivery")

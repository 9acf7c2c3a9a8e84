"""Sends events to web hooks: each at least once, tried again for a day, every attempt on record, to be replayed.

A delivery's id is the invocation's, so a receiver knows the same event when it comes twice. In what order events
come is not promised. A hook that answers slowly has few requests under way, and its others let those of other hooks by.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from sqlalchemy import Connection, delete

from auricle.custom.callbacks import answered, call_back
from auricle.custom.entities import PAGE
from auricle.custom.events import DELIVER
from auricle.custom.ground import Ground
from auricle.errors import AuricleError, InvalidParameter, InvalidUrl, NotFound, Unreachable
from auricle.identity import audit
from auricle.identity.caller import Caller, Right
from auricle.jobs.work import Job, Lane, Progress, Work
from auricle.store.records import Delivery, WebHook
from auricle.store.shelf import DELIVERIES, WEB_HOOKS, Page
from auricle.store.status import Status

ATTEMPTS = 10
FIRST_WAIT_S = 10
WAIT_GROWTH = 3  # each wait is so many times the one before: 27 hours in all
PER_HOOK = 2  # requests under way to one hook, from one process
KEPT = timedelta(days=30)
TIDY_EVERY_S = 3600.0
FAILURE = "WebHookDeliveryFailed"  # the code of a hook's error while its deliveries fail
STATES = ("pending", "delivered", "failed")


class Postponed(Enum):
    """What becomes of a delivery to a hook that is busy with others."""

    POSTPONED = "postponed"


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """How one attempt went."""

    web_url: str
    status: int | None = None  # of the answer, if there was one
    problem: str | None = None  # None when it was delivered


class Deliver(Work):
    """Makes one attempt at one delivery; what has to be tried again is submitted again."""

    kind = DELIVER
    lane = Lane.THREAD
    parallel = 64
    parallel_per_resource = 8
    attempts = 20  # deaths of the process; a receiver's failures are counted in the delivery
    lease_s = 90.0

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._lock = threading.Lock()
        self._under_way: Counter[str] = Counter()
        self._tidied_s: float | None = None

    def started(self, connection: Connection, job: Job) -> None:
        """Nothing is seen of it before it is sent."""

    def run(self, job: Job, progress: Progress) -> Attempt | Postponed | None:
        """Send it, unless it or its hook is gone."""
        self._tidy()
        with self._ground.database.read() as connection:
            delivery = DELIVERIES.get(connection, job.resource_id, job.subject_id)
            hook = WEB_HOOKS.get(connection, job.resource_id, delivery.hook_id) if delivery else None
        if delivery is None or hook is None:
            return None
        if not self._enter(hook.id):
            return Postponed.POSTPONED
        try:
            return _attempt(self._ground, hook, delivery)
        finally:
            self._leave(hook.id)

    def succeeded(self, connection: Connection, job: Job, outcome: Attempt | Postponed | None) -> None:
        """The attempt was made, or is to be made later."""
        delivery = DELIVERIES.get(connection, job.resource_id, job.subject_id)
        if delivery is None:
            return
        now = self._ground.now()
        match outcome:
            case Postponed():
                self._again(connection, delivery, now + _pause(now - delivery.created_at))
            case Attempt():
                self._record(connection, delivery, outcome, now)

    def failed(self, connection: Connection, job: Job, error: AuricleError) -> None:
        """Something else than the receiver is wrong."""
        DELIVERIES.change(
            connection, job.resource_id, job.subject_id, state="failed", next_attempt_at=None, problem=error.message
        )

    def _record(self, connection: Connection, delivery: Delivery, attempt: Attempt, now: datetime) -> None:
        attempts = delivery.attempts + 1
        over = attempts >= ATTEMPTS or attempt.problem is None
        next_at = None if over else now + timedelta(seconds=FIRST_WAIT_S * WAIT_GROWTH ** (attempts - 1))
        # The hook goes first, as it does when it is removed with its deliveries.
        _explain(connection, delivery, attempt, now, next_at)
        DELIVERIES.change(
            connection,
            delivery.resource_id,
            delivery.id,
            attempts=attempts,
            last_attempt_at=now,
            answer_status=attempt.status,
            problem=attempt.problem,
            state="delivered" if attempt.problem is None else "failed" if over else "pending",
            next_attempt_at=next_at,
        )
        if next_at is not None:
            _submit(self._ground, connection, delivery, next_at)

    def _again(self, connection: Connection, delivery: Delivery, due_at: datetime) -> None:
        DELIVERIES.change(connection, delivery.resource_id, delivery.id, next_attempt_at=due_at)
        _submit(self._ground, connection, delivery, due_at)

    def _enter(self, hook_id: str) -> bool:
        with self._lock:
            if self._under_way[hook_id] >= PER_HOOK:
                return False
            self._under_way[hook_id] += 1
            return True

    def _leave(self, hook_id: str) -> None:
        with self._lock:
            self._under_way[hook_id] -= 1
            self._under_way += Counter()  # forgets who has none

    def _tidy(self) -> None:
        """Remove what is too old, now and then."""
        now_s = self._ground.clock.monotonic()
        with self._lock:
            if self._tidied_s is not None and now_s - self._tidied_s < TIDY_EVERY_S:
                return
            self._tidied_s = now_s
        table = DELIVERIES.table
        with self._ground.database.write() as connection:
            connection.execute(delete(table).where(table.c.created_at < self._ground.now() - KEPT))


def _attempt(ground: Ground, hook: WebHook, delivery: Delivery) -> Attempt:
    url = hook.web_url
    if hook.status is not Status.SUCCEEDED:
        return Attempt(web_url=url, problem="The web hook is not active: its challenge has not been answered.")
    body = delivery.body.encode()
    try:
        answer = call_back(ground, hook, event=delivery.event, url=url, body=body, signed=body)
    except (InvalidUrl, Unreachable) as error:
        return Attempt(web_url=url, problem=error.message)
    problem = None if 200 <= answer.status < 300 else f"{answered(url, answer.status)}; expected 200."
    return Attempt(web_url=url, status=answer.status, problem=problem)


def _explain(
    connection: Connection, delivery: Delivery, attempt: Attempt, now: datetime, next_at: datetime | None
) -> None:
    """Let the hook itself say that its deliveries fail, and no longer once one succeeds."""
    hook = WEB_HOOKS.get(connection, delivery.resource_id, delivery.hook_id)
    if hook is None or hook.status is not Status.SUCCEEDED or hook.web_url != attempt.web_url:
        return
    if attempt.problem is not None:
        then = "It was given up; replay it" if next_at is None else f"It is tried again at {_shown(next_at)}"
        message = f"{delivery.event} could not be delivered at {_shown(now)}: {attempt.problem} {then}."
        WEB_HOOKS.change(connection, hook.resource_id, hook.id, error_code=FAILURE, error_message=message)
    elif hook.error_code is not None:
        WEB_HOOKS.change(connection, hook.resource_id, hook.id, error_code=None, error_message=None)


def _submit(ground: Ground, connection: Connection, delivery: Delivery, due_at: datetime | None = None) -> None:
    ground.queue.submit(
        connection, kind=DELIVER, resource_id=delivery.resource_id, subject_id=delivery.id, due_at=due_at
    )


def _pause(age: timedelta) -> timedelta:
    """How long a delivery lets others by: the longer it waits already, the seldomer it asks."""
    return min(max(age / 4, timedelta(seconds=2)), timedelta(minutes=10))


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


class Deliveries:
    """What was sent to a hook and what became of it, for the people whose hook it is."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def list(
        self, caller: Caller, hook_id: str, *, state: str | None = None, skip: int = 0, top: int = PAGE
    ) -> Page[Delivery]:
        """A page of a hook's deliveries, the oldest first. Raises NotFound and InvalidParameter."""
        caller.need(Right.READ)
        if state is not None and state not in STATES:
            raise InvalidParameter(f"Expected a state of {', '.join(STATES)}, got {state[:40]!r}.", target="state")
        table = DELIVERIES.table
        where = table.c.hook_id == hook_id
        if state is not None:
            where &= table.c.state == state
        with self._ground.database.read() as connection:
            if WEB_HOOKS.get(connection, caller.resource.id, hook_id) is None:
                raise NotFound(f"There is no webhook {hook_id} in this resource.")
            return DELIVERIES.page(connection, caller.resource.id, where=where, skip=skip, top=top)

    def get(self, caller: Caller, hook_id: str, delivery_id: str) -> Delivery:
        """One delivery of a hook. Raises NotFound."""
        caller.need(Right.READ)
        with self._ground.database.read() as connection:
            delivery = DELIVERIES.get(connection, caller.resource.id, delivery_id)
        return _of(delivery, hook_id, delivery_id)

    def replay(self, caller: Caller, hook_id: str, delivery_id: str) -> Delivery:
        """Send it again at once, whatever became of it before; its id stays. Raises NotFound."""
        caller.need(Right.WRITE)
        with self._ground.database.write() as connection:
            found = DELIVERIES.get(connection, caller.resource.id, delivery_id, lock=True)
            delivery = _of(found, hook_id, delivery_id)
            self._ground.queue.cancel(connection, delivery.id)
            changes = {"state": "pending", "attempts": 0, "next_attempt_at": self._ground.now()}
            replayed = DELIVERIES.change(connection, delivery.resource_id, delivery.id, **changes)
            assert replayed is not None, "the delivery is locked"
            _submit(self._ground, connection, replayed)
            audit.record(
                connection,
                self._ground.clock,
                caller,
                action="webhook.replay",
                subject_id=hook_id,
                detail={"delivery": delivery.id},
            )
            return replayed


def _of(delivery: Delivery | None, hook_id: str, id: str) -> Delivery:
    """The delivery, when there is one and it is the hook's. Raises NotFound."""
    if delivery is None or delivery.hook_id != hook_id:
        raise NotFound(f"There is no delivery {id} of the webhook {hook_id}.")
    return delivery


def works(ground: Ground) -> list[Work]:
    """The work of sending events."""
    return [Deliver(ground)]

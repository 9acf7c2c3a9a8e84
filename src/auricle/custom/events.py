"""What happens to entities, as web hooks are told: stored with the change itself, so that no event is lost or invented.

An event is named after what it happened to: `TranscriptionCompletion`. Its body is written by whoever knows how the
API spells things, through an `EventRenderer`.
"""

from __future__ import annotations

import uuid
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import Connection, Row, bindparam, select

from auricle.store.records import Delivery, WebHook
from auricle.store.shelf import DELIVERIES
from auricle.store.status import Status
from auricle.store.tables import web_hooks

if TYPE_CHECKING:
    from auricle.custom.ground import Ground

DELIVER = "deliver"  # the kind of work that sends an event


class Happening(Enum):
    """What may happen to an entity."""

    CREATION = "Creation"
    PROCESSING = "Processing"
    COMPLETION = "Completion"
    DELETION = "Deletion"


NOUNS = ("dataset", "model", "evaluation", "transcription", "endpoint")  # what web hooks can be told of
PING = "Ping"
CHALLENGE = "Challenge"


class EventRenderer(Protocol):
    """Writes what receivers read, in the shape of one version of the API.

    `base_url` is the address of the server as the hook's maker knew it, `https://host`; a configured one goes before.
    """

    def event(self, noun: str, subject_id: str, *, invocation_id: str, api_version: str, base_url: str) -> bytes:
        """The body of an event: where the entity is, and an id that is the same however often it is sent."""
        ...

    def hook(self, hook: WebHook) -> bytes:
        """The body of a ping: the hook as it is shown to a person."""
        ...


def event_name(noun: str, happening: Happening) -> str:
    """The event's name, as receivers are told it."""
    return noun.capitalize() + happening.value


EVENTS: frozenset[str] = frozenset(
    {PING, CHALLENGE, *(event_name(noun, happening) for noun in NOUNS for happening in Happening)}
)

# A hook that is being removed is either not seen here, or stays until its deliveries are in.
_LISTENING = (
    select(*(web_hooks.c[name] for name in ("id", "resource_id", "events", "api_version", "base_url")))
    .where(web_hooks.c.resource_id == bindparam("resource_id_"), web_hooks.c.status == Status.SUCCEEDED)
    .order_by(web_hooks.c.sequence)
    .with_for_update(read=True, key_share=True)
)


def announce(
    ground: Ground, connection: Connection, resource_id: str, noun: str, happening: Happening, subject_id: str
) -> None:
    """Store a delivery, and the work that makes it, for every active hook of the resource that waits for this event."""
    if noun not in NOUNS:
        return
    name = event_name(noun, happening)
    for hook in connection.execute(_LISTENING, {"resource_id_": resource_id}).all():
        if name in hook.events:
            enqueue_event(ground, connection, hook, noun, happening, subject_id)


def enqueue_event(
    ground: Ground, connection: Connection, hook: WebHook | Row[Any], noun: str, happening: Happening, subject_id: str
) -> None:
    """Store an event for one hook."""
    invocation_id = str(uuid.uuid4())
    body = ground.renderer.event(
        noun, subject_id, invocation_id=invocation_id, api_version=hook.api_version, base_url=hook.base_url
    )
    enqueue(ground, connection, hook, event_name(noun, happening), body, invocation_id, subject_id)


def enqueue(
    ground: Ground,
    connection: Connection,
    hook: WebHook | Row[Any],
    event: str,
    body: bytes,
    invocation_id: str,
    subject_id: str,
) -> None:
    """Store a delivery, which has the invocation's id, and the work that makes it."""
    now = ground.now()
    delivery = Delivery(
        id=invocation_id,
        resource_id=hook.resource_id,
        created_at=now,
        hook_id=hook.id,
        event=event,
        subject_id=subject_id,
        body=body.decode(),
        state="pending",
        next_attempt_at=now,
    )
    DELIVERIES.add(connection, delivery)
    ground.queue.submit(connection, kind=DELIVER, resource_id=hook.resource_id, subject_id=delivery.id)

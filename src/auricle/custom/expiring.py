"""Deleting what has lived as long as it should: a number of seconds after its work ended, or until a certain day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection

from auricle.custom.entities import new_id
from auricle.custom.ground import Ground
from auricle.errors import AuricleError, InvalidTimeToLive
from auricle.identity import audit
from auricle.jobs.work import Job, Lane, Progress
from auricle.store.records import Endpoint, Transcription
from auricle.store.shelf import Shelf

E = TypeVar("E", Endpoint, Transcription)
Remove = Callable[[Connection, str, E], None]

LONGEST = timedelta(days=31)  # that anything may ask to live


def time_to_live(seconds: int | None) -> int | None:
    """How long something lives after its end; None for ever, as 0 says too. Raises InvalidTimeToLive."""
    if seconds is not None and not 0 <= seconds <= LONGEST.total_seconds():
        raise InvalidTimeToLive(f"The time to live is from 0 to {LONGEST.days} days.", target="time_to_live")
    return seconds or None


def expire_after_end(ground: Ground, connection: Connection, noun: str, record: Endpoint | Transcription) -> None:
    """Have it deleted when its time to live is over, unless it is worked on again before. For the end of its work."""
    if record.time_to_live_s is not None:
        due_at = record.last_action_at + timedelta(seconds=record.time_to_live_s)
        _submit(ground, connection, noun, record, due_at, ended_at=record.last_action_at.isoformat())


def expire_at(ground: Ground, connection: Connection, noun: str, record: Endpoint, due_at: datetime) -> None:
    """Have it deleted then, whatever happens to it before."""
    _submit(ground, connection, noun, record, due_at)


def _submit(
    ground: Ground,
    connection: Connection,
    noun: str,
    record: Endpoint | Transcription,
    due_at: datetime,
    **payload: str,
) -> None:
    # The job is not the entity's own: what ends the entity's work must not make it live for ever.
    ground.queue.submit(
        connection,
        kind=_kind(noun),
        resource_id=record.resource_id,
        subject_id=new_id(),
        payload={"id": record.id, **payload},
        due_at=due_at,
    )


def _kind(noun: str) -> str:
    return f"expire {noun}"


class Expire(Generic[E]):
    """The work of deleting what is due, for one kind of thing."""

    lane = Lane.THREAD
    parallel = 4
    parallel_per_resource = 2
    attempts = 100
    lease_s = 60.0

    def __init__(self, ground: Ground, noun: str, shelf: Shelf[E], remove: Remove[E]) -> None:
        """`remove` takes a record away with all that hangs on it."""
        self.kind = _kind(noun)
        self._ground = ground
        self._noun = noun
        self._shelf: Shelf[E] = shelf
        self._remove: Remove[E] = remove

    def started(self, connection: Connection, job: Job) -> None:
        """Nobody is told."""

    def run(self, job: Job, progress: Progress) -> None:
        """Deleting is one transaction, that of the ending."""

    def succeeded(self, connection: Connection, job: Job, outcome: Any) -> None:
        record = self._shelf.get(connection, job.resource_id, job.payload["id"], lock=True)
        if record is None or not _due(record, job.payload.get("ended_at")):
            return
        self._remove(connection, job.resource_id, record)
        audit.note(
            connection,
            self._ground.clock,
            actor="time to live",
            action=f"{self._noun}.delete",
            resource_id=job.resource_id,
            subject_id=record.id,
        )

    def failed(self, connection: Connection, job: Job, error: AuricleError) -> None:
        """It stays until somebody deletes it."""


def _due(record: Endpoint | Transcription, ended_at: str | None) -> bool:
    # Something that was worked on again since has another end, for which there is another job.
    return ended_at is None or (record.status.ended and record.last_action_at.isoformat() == ended_at)

"""Erasing what was stored for something that is gone: durable work, so that no crash leaves a person's data behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from auricle.blobs.paths import ARTIFACTS
from auricle.custom.entities import new_id
from auricle.custom.ground import Ground
from auricle.errors import AuricleError
from auricle.jobs.work import Job, Lane, Progress, Work

ERASE = "erase"  # the kind of work
STOPPED_AFTER = timedelta(minutes=15)  # the longest that a worker may write on after its work was taken from it
_BLOBS_A_STEP = 100


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the blobs of something lie: all those of a container whose names begin alike."""

    container: str = ARTIFACTS
    prefix: str


def erase(
    ground: Ground,
    connection: Connection,
    resource_id: str,
    place: Place,
    *,
    keep: Sequence[str] = (),
    stopping: bool = False,
) -> None:
    """Queue the removal of what lies in a place, but the blobs to keep.

    `stopping` says that a worker may not have noticed yet that its work is over: what it still writes goes later.
    """
    payload = {"container": place.container, "prefix": place.prefix, "keep": list(keep)}
    moments = [None, ground.now() + STOPPED_AFTER] if stopping else [None]
    for due_at in moments:
        ground.queue.submit(
            connection, kind=ERASE, resource_id=resource_id, subject_id=new_id(), payload=payload, due_at=due_at
        )


class Erase:
    """The work of removing blobs; doing it twice removes nothing more."""

    kind = ERASE
    lane = Lane.THREAD
    parallel = 4
    parallel_per_resource = 2
    attempts = 100
    lease_s = 120.0

    def __init__(self, ground: Ground) -> None:
        self._blobs = ground.blobs

    def started(self, connection: Connection, job: Job) -> None:
        """Nobody is told."""

    def run(self, job: Job, progress: Progress) -> None:
        keep = set(job.payload["keep"])
        found = self._blobs.list(job.resource_id, job.payload["container"], job.payload["prefix"])
        for count, blob in enumerate(found):
            if count % _BLOBS_A_STEP == 0:
                progress(0.5)
            if blob.path.name not in keep:
                self._blobs.delete(blob.path)

    def succeeded(self, connection: Connection, job: Job, outcome: Any) -> None:
        """Nothing is left to be told of."""

    def failed(self, connection: Connection, job: Job, error: AuricleError) -> None:
        """The log of the work has it; what is left can be seen in the storage alone."""


def works(ground: Ground) -> list[Work]:
    """The kinds of work of this module."""
    return [Erase(ground)]

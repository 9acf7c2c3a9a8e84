"""What work is to those who do it: a job, the kinds of work there are, and how far a job is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Protocol

from sqlalchemy import Connection

from auricle.errors import AuricleError


@dataclass(frozen=True, kw_only=True)
class Job:
    """One piece of durable work, as claimed: whoever holds it with this fence may write, and nobody else."""

    id: str
    kind: str
    resource_id: str
    subject_id: str  # what the work is for
    payload: Mapping[str, Any]
    created_at: datetime
    attempts: int  # this one included
    fence: int


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How far the job for a subject is."""

    progress: float  # 0..1
    place: int | None  # in the queue of its kind, 1 is next; None while it runs
    attempts: int
    problem: str | None  # why the last attempt failed


class Lane(Enum):
    """Where work is done."""

    THREAD = "thread"  # waits for others most of the time
    PROCESS = "process"  # computes, or may take its process down


class Progress(Protocol):
    """Tells how far the work is, and thereby that it goes on: the lease is renewed from nothing else."""

    def __call__(self, fraction: float) -> None:
        """0..1. Raises LeaseLost when the job was taken over or its subject deleted: stop, write nothing more."""
        ...


class Work(Protocol):
    """A kind of work. The three callbacks run inside the transaction that claims or ends the job."""

    kind: str
    lane: Lane
    parallel: int  # how many at once, over all resources
    parallel_per_resource: int
    attempts: int  # tries before it has failed for good
    lease_s: float  # how long it may go without progress

    def started(self, connection: Connection, job: Job) -> None:
        """The first attempt begins."""
        ...

    def run(self, job: Job, progress: Progress) -> Any:
        """Do it, however often it was begun before; returns what `succeeded` is given.

        An AuricleError whose `retryable` is true is tried again later; any other exception ends in `failed`.
        """
        ...

    def succeeded(self, connection: Connection, job: Job, outcome: Any) -> None:
        """It is done."""
        ...

    def failed(self, connection: Connection, job: Job, error: AuricleError) -> None:
        """It will not be done."""
        ...


class Outcome(Enum):
    """How one attempt came out."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"  # for good
    RETRIED = "retried"  # failed, and will be tried again
    LOST = "lost"  # somebody else has the job, or nobody: nothing was written
    DIED = "died"  # whoever performed it, without a word

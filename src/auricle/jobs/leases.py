"""Leases on the rows of jobs: claimed by one, renewed and ended by nobody but the holder of the newest fence.

Claims of one kind take turns, because bounds over all nodes are counted from the rows. A claim touches the row of the
job's subject before the job's own, as an ending and a deletion do, so that none waits for another in a circle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Subquery, Table, and_, case, delete, func, or_, select, update
from sqlalchemy.exc import OperationalError

from auricle.errors import AuricleError, LeaseLost, PerformerDied
from auricle.jobs.work import Job, Work
from auricle.observe import log
from auricle.store.tables import jobs

AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)  # due however the clock is set
_TURNS = 1_618_033_988  # any number, the same on every node


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A job that is now the claimer's, to perform unless something speaks against it."""

    job: Job
    taken_over: bool  # from one whose lease ran out
    problem: AuricleError | None = None  # why it is not to be performed


@dataclass(frozen=True, kw_only=True)
class Demand:
    """What there is of one kind."""

    waiting: int  # jobs that might be claimed now
    last_lease: datetime | None
    last_retry: datetime | None


def running(now: Any, table: Table | Any = jobs) -> ColumnElement[bool]:
    """Somebody holds the job; `now` is a moment or a parameter for one."""
    return and_(table.c.owner.is_not(None), table.c.lease_until > now)


def claimable(now: datetime) -> ColumnElement[bool]:
    """Nobody holds the job, and it is due."""
    return or_(
        and_(jobs.c.owner.is_(None), jobs.c.due_at <= now), and_(jobs.c.owner.is_not(None), jobs.c.lease_until <= now)
    )


def held_by_resource(now: Any) -> Subquery:
    """How many jobs run, by kind and resource."""
    others = jobs.alias()
    keys = (others.c.kind, others.c.resource_id)
    return select(*keys, func.count().label("held")).where(running(now, others)).group_by(*keys).subquery()


def survey(connection: Connection, now: datetime) -> Mapping[str, Demand]:
    """What there is, by kind."""
    retried = and_(jobs.c.owner.is_(None), jobs.c.fence > 0)
    rows = connection.execute(
        select(
            jobs.c.kind,
            func.sum(case((claimable(now), 1), else_=0)),
            func.max(jobs.c.lease_until),
            func.max(case((retried, jobs.c.due_at))),
        ).group_by(jobs.c.kind)
    )
    return {kind: Demand(waiting=waiting, last_lease=lease, last_retry=retry) for kind, waiting, lease, retry in rows}


def claim(connection: Connection, work: Work, *, owner: str, now: datetime) -> Claim | None:
    """The next job of this kind, if there is one within the bounds.

    The resource that has the fewest running comes first, and of its jobs the oldest. Raises LeaseLost, for the whole
    transaction to be dropped, when the job went while it was being claimed.
    """
    _take_turn(connection, work.kind)
    row = connection.execute(_next(work, now)).one_or_none()
    if row is None:
        return None
    job = _claimed(row)
    problem = _started(connection, work, job) if row.fence == 0 else _exhausted(work, job)
    _change(
        connection,
        job.id,
        row.fence,
        owner=owner,
        lease_until=now + timedelta(seconds=work.lease_s),
        attempts=job.attempts,
        fence=job.fence,
    )
    return Claim(job=job, taken_over=row.owner is not None, problem=problem)


def check(connection: Connection, job: Job) -> None:
    """Raise LeaseLost unless the job is still the holder's."""
    if connection.execute(select(jobs.c.fence).where(jobs.c.id == job.id)).scalar() != job.fence:
        raise LeaseLost


def renew(connection: Connection, job: Job, *, until: datetime, progress: float | None) -> None:
    """Hold it for longer, and note how far it is. Raises LeaseLost."""
    told = {} if progress is None else {"progress": progress}
    _change(connection, job.id, job.fence, lease_until=until, **told)


def end(connection: Connection, job: Job) -> None:
    """There is nothing more to do. Raises LeaseLost."""
    statement = delete(jobs).where(jobs.c.id == job.id, jobs.c.fence == job.fence)
    if connection.execute(statement).rowcount != 1:
        raise LeaseLost


def postpone(connection: Connection, job: Job, *, due_at: datetime, problem: str) -> None:
    """Let somebody try again later. Raises LeaseLost."""
    _change(connection, job.id, job.fence, due_at=due_at, problem=problem, **_UNHELD, fence=job.fence + 1)


def give_back(connection: Connection, job: Job) -> None:
    """Let somebody go on at once, as if it had not been begun this time. Raises LeaseLost."""
    _change(
        connection,
        job.id,
        job.fence,
        due_at=AT_ONCE,
        attempts=job.attempts - 1,
        **_UNHELD,
        fence=job.fence + 1,
    )


def set_right(connection: Connection, work: Work, *, last_lease: datetime, last_retry: datetime) -> None:
    """Bring forward what a clock that has since been put back set later than these."""
    mine = jobs.c.kind == work.kind
    connection.execute(update(jobs).where(mine, jobs.c.lease_until > last_lease).values(lease_until=last_lease))
    retried = and_(mine, jobs.c.owner.is_(None), jobs.c.fence > 0, jobs.c.due_at > last_retry)
    connection.execute(update(jobs).where(retried).values(due_at=last_retry))


_UNHELD: Mapping[str, Any] = {"owner": None, "lease_until": None}


def _change(connection: Connection, job_id: str, held_fence: int, **changes: Any) -> None:
    statement = update(jobs).where(jobs.c.id == job_id, jobs.c.fence == held_fence).values(**changes)
    if connection.execute(statement).rowcount != 1:
        raise LeaseLost


def _take_turn(connection: Connection, kind: str) -> None:
    """Wait until nobody else claims of this kind; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_TURNS, func.hashtext(kind))))


def _next(work: Work, now: datetime) -> Select[Any]:
    held = held_by_resource(now)
    of_resource = func.coalesce(held.c.held, 0)
    others = jobs.alias()
    mine = and_(others.c.kind == work.kind, running(now, others))
    total = select(func.count()).select_from(others).where(mine).scalar_subquery()
    return (
        select(jobs)
        .outerjoin(held, and_(held.c.kind == jobs.c.kind, held.c.resource_id == jobs.c.resource_id))
        .where(jobs.c.kind == work.kind, claimable(now))
        .where(of_resource < work.parallel_per_resource, total < work.parallel)
        .order_by(of_resource, jobs.c.sequence)
        .limit(1)
    )


def _claimed(row: Any) -> Job:
    return Job(
        id=row.id,
        kind=row.kind,
        resource_id=row.resource_id,
        subject_id=row.subject_id,
        payload=row.payload,
        created_at=row.created_at,
        attempts=row.attempts + 1,
        fence=row.fence + 1,
    )


def _started(connection: Connection, work: Work, job: Job) -> AuricleError | None:
    """Tell the work that it begins; what it has against that."""
    try:
        with connection.begin_nested():
            work.started(connection, job)
    except OperationalError:
        raise
    except AuricleError as error:
        return error
    except Exception as error:  # noqa: BLE001  # whatever a work does stays with it
        log.error("job_start_failed", job=job.id, kind=job.kind, error=type(error).__name__)
        return AuricleError()
    return None


def _exhausted(work: Work, job: Job) -> AuricleError | None:
    if job.attempts <= work.attempts:
        return None
    return PerformerDied(f"The work was begun {job.attempts - 1} times, and the last time it died or stood still.")

"""The rows of waiting and running work, for those who have work done. Every call is part of the caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, case, delete, func, insert, not_, select
from sqlalchemy.sql.dml import ReturningDelete

from auricle.clock import Clock
from auricle.jobs.leases import AT_ONCE, held_by_resource, running
from auricle.jobs.work import Standing
from auricle.store.columns import Moment
from auricle.store.database import after_commit
from auricle.store.tables import jobs

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Queue:
    """Work to be done, from its submission to its end."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._callbacks: list[Callable[[], None]] = []

    def submit(
        self,
        connection: Connection,
        *,
        kind: str,
        resource_id: str,
        subject_id: str,
        payload: Mapping[str, Any] = _NOTHING,
        due_at: datetime | None = None,
    ) -> str:
        """Have something done, at once or when it is due; the job's id. Nothing is done unless the caller commits."""
        job_id = str(uuid.uuid4())
        connection.execute(
            insert(jobs),
            {
                "id": job_id,
                "resource_id": resource_id,
                "created_at": self._clock.now(),
                "kind": kind,
                "subject_id": subject_id,
                "payload": dict(payload),
                "due_at": due_at or AT_ONCE,
                "attempts": 0,
                "fence": 0,
                "progress": 0.0,
            },
        )
        after_commit(connection, self.wake)
        return job_id

    def cancel(self, connection: Connection, subject_id: str) -> bool:
        """Remove all jobs of the subject; True when one was running, which notices at its next progress."""
        removed = connection.execute(_CANCELLATION, {"now_": self._clock.now(), "subject_id_": subject_id})
        return any(removed.scalars().all())

    def standings(self, connection: Connection, subject_ids: Sequence[str]) -> Mapping[str, Standing]:
        """How far the subjects' jobs are: of several the one that runs, else the one that comes first."""
        if not subject_ids:
            return {}
        now = self._clock.now()
        rows = connection.execute(_STANDING, {"now_": now, "subject_ids_": subject_ids}).all()
        places = _places(connection, {row.kind for row in rows if not row.runs}, now)
        return {
            row.subject_id: Standing(
                progress=row.progress,
                place=None if row.runs else places.get(row.id),
                attempts=row.attempts,
                problem=row.problem,
            )
            for row in rows
        }

    def wake(self) -> None:
        """Tell whoever waits for work that there may be some."""
        for callback in self._callbacks:
            callback()

    def on_submit(self, callback: Callable[[], None]) -> None:
        """Have this called when something was submitted and committed in this process."""
        self._callbacks.append(callback)


def _places(connection: Connection, kinds: set[str], now: datetime) -> Mapping[str, int]:
    """Where each waiting job of these kinds is in the order that jobs are claimed in; what is due later is last."""
    if not kinds:
        return {}
    rows = connection.execute(_PLACE, {"now_": now, "kinds_": kinds})
    return {row.id: row.place for row in rows}


def _place_statement() -> Select[Any]:
    later = case((and_(jobs.c.owner.is_(None), jobs.c.due_at > _NOW), 1), else_=0).label("later")
    held = held_by_resource(_NOW)
    queues = [jobs.c.kind, jobs.c.resource_id, later]
    before = func.row_number().over(partition_by=queues, order_by=jobs.c.sequence)
    turns = (
        select(jobs.c.id, jobs.c.kind, jobs.c.sequence, later, (func.coalesce(held.c.held, 0) + before).label("turn"))
        .outerjoin(held, and_(held.c.kind == jobs.c.kind, held.c.resource_id == jobs.c.resource_id))
        .where(jobs.c.kind.in_(bindparam("kinds_", expanding=True)), not_(running(_NOW)))
        .subquery()
    )
    order = [turns.c.later, turns.c.turn, turns.c.sequence]
    return select(turns.c.id, func.row_number().over(partition_by=turns.c.kind, order_by=order).label("place"))


def _standing_statement() -> Select[Any]:
    runs = running(_NOW)
    mine = jobs.c.subject_id.in_(bindparam("subject_ids_", expanding=True))
    order = (runs, jobs.c.due_at.desc(), jobs.c.sequence.desc())
    return select(jobs, runs.label("runs")).where(mine).order_by(*order)


def _cancellation() -> ReturningDelete[Any]:
    was_running = case((running(_NOW), 1), else_=0)
    return delete(jobs).where(jobs.c.subject_id == bindparam("subject_id_")).returning(was_running)


# Made once: making them costs more than running them.
_NOW = bindparam("now_", type_=Moment)
_PLACE = _place_statement()
_STANDING = _standing_statement()
_CANCELLATION = _cancellation()

"""Who did what, when, to which: one row for every change, in the transaction of the change. Never a secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from auricle.clock import Clock
from auricle.identity.caller import Caller
from auricle.store.tables import audit

_ACTOR_CHARACTERS = 256
_add = insert(audit)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Something that somebody did."""

    sequence: int  # later entries have higher ones
    at: datetime
    actor: str
    action: str
    resource_id: str | None = None
    subject_id: str | None = None
    detail: Mapping[str, Any] | None = None


def record(
    connection: Connection,
    clock: Clock,
    caller: Caller,
    *,
    action: str,
    subject_id: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Note what a caller did in its resource."""
    note(
        connection,
        clock,
        actor=caller.actor,
        action=action,
        resource_id=caller.resource.id,
        subject_id=subject_id,
        detail=detail,
    )


def note(
    connection: Connection,
    clock: Clock,
    *,
    actor: str,
    action: str,
    resource_id: str | None,
    subject_id: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Note what was done, whoever did it."""
    connection.execute(
        _add,
        {
            "at": clock.now(),
            "resource_id": resource_id,
            "actor": actor[:_ACTOR_CHARACTERS],
            "action": action,
            "subject_id": subject_id,
            "detail": dict(detail) if detail else None,
        },
    )


def entries(
    connection: Connection, resource_id: str | None = None, *, top: int = 100, before: int | None = None
) -> list[Entry]:
    """The newest entries first, of one resource or of all; `before` a sequence, for the next page."""
    statement = select(audit).order_by(audit.c.sequence.desc()).limit(top)
    if resource_id is not None:
        statement = statement.where(audit.c.resource_id == resource_id)
    if before is not None:
        statement = statement.where(audit.c.sequence < before)
    return [Entry(**row) for row in connection.execute(statement).mappings()]

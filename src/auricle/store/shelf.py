"""The rows of one table as records: what every service does with them, always within one resource."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, Table, bindparam, delete, func, insert, null, select, true, update
from sqlalchemy.sql.dml import ReturningUpdate

from auricle.errors import IllegalTransition
from auricle.store import records, tables
from auricle.store.status import Status, sources

R = TypeVar("R", bound=records.Record)


@dataclass(frozen=True, kw_only=True)
class Page(Generic[R]):
    """Some records in the order of their making, and whether more follow."""

    records: Sequence[R]
    more: bool


class Shelf(Generic[R]):
    """The table of one kind of record. Statements are made once: making them costs more than running them."""

    def __init__(self, table: Table, record: type[R], *, long: Collection[str] = ()) -> None:
        """`long` names the columns that are None in pages and lists: a thousand of them would fill the memory."""
        self.table = table
        self.record = record
        self._names = tuple(field.name for field in fields(record))
        self._columns = tuple(table.c[name] for name in self._names)
        mine = table.c.resource_id == bindparam("resource_id_")
        self._mine = mine & (table.c.id == bindparam("id_"))
        self._get = select(*self._columns).where(self._mine)
        listed = (null().label(name) if name in long else table.c[name] for name in self._names)
        self._get_locked = self._get.with_for_update()
        self._list = select(*listed).where(mine).order_by(table.c.sequence)
        self._page = self._list.limit(bindparam("limit_")).offset(bindparam("offset_"))
        self._count = select(func.count()).select_from(table).where(mine)
        self._add = insert(table)
        self._remove = delete(table).where(self._mine)
        self._changes: dict[tuple[str, ...], ReturningUpdate[Any]] = {}  # by the columns they set

    def get(self, connection: Connection, resource_id: str, id: str, *, lock: bool = False) -> R | None:
        """The record, or None; `lock` keeps other writers from it until the transaction ends."""
        row = connection.execute(
            self._get_locked if lock else self._get, {"resource_id_": resource_id, "id_": id}
        ).one_or_none()
        return None if row is None else self._read(row)

    def page(
        self,
        connection: Connection,
        resource_id: str,
        *,
        where: ColumnElement[bool] | None = None,
        skip: int = 0,
        top: int = 100,
    ) -> Page[R]:
        """`top` records after the first `skip` of those that fit, without what is long."""
        statement = self._page if where is None else self._page.where(where)
        values = {"resource_id_": resource_id, "limit_": top + 1, "offset_": skip}
        rows = connection.execute(statement, values).all()
        return Page(records=[self._read(row) for row in rows[:top]], more=len(rows) > top)

    def all(self, connection: Connection, resource_id: str, where: ColumnElement[bool] | None = None) -> list[R]:
        """Every record that fits, in the order of their making, without what is long."""
        statement = self._list if where is None else self._list.where(where)
        return [self._read(row) for row in connection.execute(statement, {"resource_id_": resource_id})]

    def count(self, connection: Connection, resource_id: str, where: ColumnElement[bool] | None = None) -> int:
        """How many records fit."""
        statement = self._count if where is None else self._count.where(where)
        return connection.execute(statement, {"resource_id_": resource_id}).scalar_one()

    def add(self, connection: Connection, record: R) -> R:
        """Put the record in."""
        connection.execute(self._add, {name: getattr(record, name) for name in self._names})
        return record

    def change(self, connection: Connection, resource_id: str, id: str, **changes: Any) -> R | None:
        """The record after the changes; None when it is not there. Not for its status: see `advance`."""
        if not changes:
            return self.get(connection, resource_id, id)
        values = {f"new_{name}": value for name, value in changes.items()}
        statement = self._change(tuple(changes))
        row = connection.execute(statement, values | {"resource_id_": resource_id, "id_": id}).one_or_none()
        return None if row is None else self._read(row)

    def advance(
        self, connection: Connection, resource_id: str, id: str, status: Status, now: datetime, **changes: Any
    ) -> R | None:
        """The record after it came to `status`; None when it is not there.

        Raises IllegalTransition when its status may not be followed by this one.
        """
        values = {f"new_{name}": value for name, value in changes.items()}
        values |= {"new_status": status, "new_last_action_at": now, "sources_": sources(self.table.name, status)}
        statement = self._change(("status", "last_action_at", *changes))
        statement = statement.where(self.table.c.status.in_(bindparam("sources_", expanding=True)))
        row = connection.execute(statement, values | {"resource_id_": resource_id, "id_": id}).one_or_none()
        if row is not None:
            return self._read(row)
        if self.get(connection, resource_id, id) is None:
            return None
        raise IllegalTransition(f"one of {self.table.name} may not become {status.value} from where it is")

    def remove(self, connection: Connection, resource_id: str, id: str) -> bool:
        """Whether it was there to be removed."""
        return connection.execute(self._remove, {"resource_id_": resource_id, "id_": id}).rowcount > 0

    def remove_all(self, connection: Connection, resource_id: str, where: ColumnElement[bool] | None = None) -> int:
        """How many were removed."""
        mine = self.table.c.resource_id == resource_id
        condition = mine & (true() if where is None else where)
        return connection.execute(delete(self.table).where(condition)).rowcount

    def _change(self, names: tuple[str, ...]) -> ReturningUpdate[Any]:
        """The statement that sets these columns to parameters."""
        found = self._changes.get(names)
        if found is None:
            values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
            found = update(self.table).where(self._mine).values(values).returning(*self._columns)
            self._changes[names] = found
        return found

    def _read(self, row: Any) -> R:
        return self.record(**dict(zip(self._names, row, strict=True)))


PROJECTS = Shelf(tables.projects, records.Project)
DATASETS = Shelf(tables.datasets, records.Dataset)
BLOCKS = Shelf(tables.blocks, records.Block)
MODELS = Shelf(tables.models, records.Model, long=("text",))
EVALUATIONS = Shelf(tables.evaluations, records.Evaluation)
ENDPOINTS = Shelf(tables.endpoints, records.Endpoint, long=("text",))
TRANSCRIPTIONS = Shelf(tables.transcriptions, records.Transcription, long=("content_sealed",))
WEB_HOOKS = Shelf(tables.web_hooks, records.WebHook)
DELIVERIES = Shelf(tables.deliveries, records.Delivery)
FILES = Shelf(tables.files, records.File)
OPERATIONS = Shelf(tables.operations, records.Operation)
COPY_AUTHORIZATIONS = Shelf(tables.copy_authorizations, records.CopyAuthorization)
UPLOADS = Shelf(tables.uploads, records.Upload)

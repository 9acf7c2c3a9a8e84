"""What is the same for every kind of thing: finding, listing, changing and deleting it, within one resource.

Whatever changes does so in one transaction with its audit entry, its jobs and the events that web hooks wait for.
"""

from __future__ import annotations

import builtins
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Generic, TypedDict, TypeVar

from sqlalchemy import Connection

from auricle.custom.drafts import UNCHANGED, Changes, LocalDraft
from auricle.custom.events import Happening, announce
from auricle.custom.ground import Ground
from auricle.errors import AuricleError, InvalidParameter, InvalidProject, NotFound
from auricle.identity import audit
from auricle.identity.caller import Caller, Right
from auricle.jobs.work import Standing
from auricle.store.conditions import Condition, to_sql
from auricle.store.records import Local, Named, Record, Working
from auricle.store.shelf import PROJECTS, Shelf
from auricle.store.status import Status

R = TypeVar("R", bound=Record)
W = TypeVar("W", bound=Working)

MAX_PROPERTIES = 10  # custom ones, of one thing
PAGE = 100  # entities on a page unless the caller says otherwise


@dataclass(frozen=True, kw_only=True)
class Shown(Generic[R]):
    """A record with what is known beside it."""

    record: R
    standing: Standing | None = None  # of the work for it, while there is any
    counts: Mapping[str, int] | None = None  # of what belongs to a project


@dataclass(frozen=True, kw_only=True)
class Listing(Generic[R]):
    """A page of records, and whether more follow."""

    items: Sequence[Shown[R]]
    more: bool


class LocalFields(TypedDict):
    """What every record of something local is made with."""

    id: str
    resource_id: str
    created_at: datetime
    last_action_at: datetime
    display_name: str
    description: str | None
    custom_properties: Mapping[str, str]
    locale: str
    project_id: str | None


class Entities(Generic[R]):
    """The service of one kind of thing; kinds add how theirs is made and what hangs on it."""

    shelf: ClassVar[Shelf[Any]]
    noun: ClassVar[str]  # as events and audit name it: dataset, model, ...

    def __init__(self, ground: Ground) -> None:
        self.ground = ground

    def get(self, caller: Caller, id: str) -> Shown[R]:
        """One of them. Raises NotFound."""
        caller.need(Right.READ)
        with self.ground.database.read() as connection:
            return self._shown(connection, caller, [self._found(connection, caller, id)])[0]

    def list(
        self,
        caller: Caller,
        *,
        condition: Condition | None = None,
        project_id: str | None = None,
        skip: int = 0,
        top: int = PAGE,
    ) -> Listing[R]:
        """Those of the resource, or of one of its projects, in the order of creation. Raises NotFound."""
        caller.need(Right.READ)
        where = None if condition is None else to_sql(condition, self.shelf.table)
        with self.ground.database.read() as connection:
            if project_id is not None:
                _need_project(connection, caller, project_id)
                mine = self.shelf.table.c.project_id == project_id
                where = mine if where is None else where & mine
            page = self.shelf.page(connection, caller.resource.id, where=where, skip=skip, top=top)
            return Listing(items=self._shown(connection, caller, page.records), more=page.more)

    def change(self, caller: Caller, id: str, changes: Changes) -> Shown[R]:
        """One of them after the changes. Raises NotFound, and what the kind's rules raise."""
        caller.need(Right.WRITE)
        with self.ground.database.write() as connection:
            if isinstance(changes.project_id, str):
                # First, as the deletion of a project holds it before it unlinks what it held.
                PROJECTS.get(connection, caller.resource.id, changes.project_id, lock=True)
            record = self._found(connection, caller, id, lock=True)
            record = self._changed(connection, caller, record, changes)
            self._audit(connection, caller, "update", id)
            return self._shown(connection, caller, [record])[0]

    def delete(self, caller: Caller, id: str) -> None:
        """Remove it, end its work, and erase what was stored for it; nothing when it is not there.

        Raises what the kind's rules raise when something else needs it.
        """
        caller.need(Right.WRITE)
        with self.ground.database.write() as connection:
            record = self.shelf.get(connection, caller.resource.id, id, lock=True)
            if record is None:
                return
            self._check_removal(connection, caller, record)
            self._remove(connection, caller.resource.id, record)
            self._audit(connection, caller, "delete", id)

    # What kinds differ in

    def _changed(self, connection: Connection, caller: Caller, record: R, changes: Changes) -> R:
        """The record after the changes that all kinds know."""
        columns = common_columns(changes)
        if changes.merged_properties is not UNCHANGED and isinstance(record, Named):
            columns["custom_properties"] = merged(record.custom_properties, changes.merged_properties)
        if changes.project_id is not UNCHANGED:
            columns["project_id"] = changes.project_id
            if changes.project_id is not None and isinstance(record, Local):
                check_project(connection, caller, changes.project_id, record.locale)
        changed: R | None = self.shelf.change(connection, caller.resource.id, record.id, **columns)
        assert changed is not None, "the record is locked"
        return changed

    def _check_removal(self, connection: Connection, caller: Caller, record: R) -> None:
        """Raise InUse or DeleteNotAllowed when it must stay."""

    def _remove(self, connection: Connection, resource_id: str, record: R) -> None:
        """Take away the row and what hangs on it."""
        running = self.ground.queue.cancel(connection, record.id)
        self._clear(connection, record, stopping=running)
        self.shelf.remove(connection, resource_id, record.id)
        announce(self.ground, connection, resource_id, self.noun, Happening.DELETION, record.id)

    def _clear(self, connection: Connection, record: R, *, stopping: bool) -> None:
        """Queue the erasure of what is stored for it; `stopping` when its work may not have noticed its end yet."""

    # For kinds to use

    def _fields(self, caller: Caller, draft: LocalDraft, locale: str, *, id: str | None = None) -> LocalFields:
        """What a draft says, for a record that begins now."""
        now = self.ground.now()
        return LocalFields(
            id=id or new_id(),
            resource_id=caller.resource.id,
            created_at=now,
            last_action_at=now,
            display_name=draft.display_name,
            description=draft.description,
            custom_properties=draft.custom_properties,
            locale=locale,
            project_id=draft.project_id,
        )

    def _found(self, connection: Connection, caller: Caller, id: str, *, lock: bool = False) -> R:
        record: R | None = self.shelf.get(connection, caller.resource.id, id, lock=lock)
        if record is None:
            raise NotFound(f"There is no {self.noun} {id} in this resource.")
        return record

    def _shown(self, connection: Connection, caller: Caller, records: Sequence[R]) -> builtins.list[Shown[R]]:
        open_ids = [record.id for record in records if isinstance(record, Working) and not record.status.ended]
        standings = self.ground.queue.standings(connection, open_ids) if open_ids else {}
        return [Shown(record=record, standing=standings.get(record.id)) for record in records]

    def _added(self, connection: Connection, caller: Caller, record: R) -> R:
        """Put a new record in, tell whom it concerns."""
        self.shelf.add(connection, record)
        announce(self.ground, connection, record.resource_id, self.noun, Happening.CREATION, record.id)
        self._audit(connection, caller, "create", record.id)
        return record

    def _audit(self, connection: Connection, caller: Caller, verb: str, id: str, **detail: Any) -> None:
        audit.record(connection, self.ground.clock, caller, action=f"{self.noun}.{verb}", subject_id=id, detail=detail)


def new_id() -> str:
    """An id that nothing has had."""
    return str(uuid.uuid4())


def known_locale(ground: Ground, locale: str) -> str:
    """The locale as it is commonly written. Raises InvalidLocale when no base model hears it."""
    return ground.base_models.newest(locale).locale


def common_columns(changes: Changes) -> dict[str, Any]:
    """The columns that a change touches in every kind. Raises InvalidParameter for too many custom properties."""
    names = ("display_name", "description", "custom_properties")
    columns = {name: value for name in names if (value := getattr(changes, name)) is not UNCHANGED}
    _check_count(columns.get("custom_properties", {}))
    return columns


def merged(properties: Mapping[str, str], changes: Mapping[str, str | None]) -> dict[str, str]:
    """The custom properties after some were set and others taken away. Raises InvalidParameter when they are too many."""
    found = {key: value for key, value in {**properties, **changes}.items() if value is not None}
    _check_count(found)
    return found


def _check_count(properties: Mapping[str, str]) -> None:
    if len(properties) > MAX_PROPERTIES:
        raise InvalidParameter(
            f"There may be {MAX_PROPERTIES} custom properties, and would be {len(properties)}.",
            target="custom_properties",
        )


def check_project(connection: Connection, caller: Caller, project_id: str, locale: str) -> None:
    """Raise InvalidProject unless the resource has this project, in this locale."""
    project = PROJECTS.get(connection, caller.resource.id, project_id, lock=True)
    if project is None:
        raise InvalidProject(f"There is no project {project_id} in this resource.", target="project")
    if project.locale.lower() != locale.lower():
        raise InvalidProject(
            f"The project {project_id} is in {project.locale}, which {locale} cannot be a part of.", target="project"
        )


def _need_project(connection: Connection, caller: Caller, project_id: str) -> None:
    if PROJECTS.get(connection, caller.resource.id, project_id) is None:
        raise NotFound(f"There is no project {project_id} in this resource.")


_HAPPENINGS = {
    Status.RUNNING: Happening.PROCESSING,
    Status.SUCCEEDED: Happening.COMPLETION,
    Status.FAILED: Happening.COMPLETION,
}


def advance(
    ground: Ground,
    connection: Connection,
    shelf: Shelf[W],
    noun: str,
    *,
    resource_id: str,
    id: str,
    status: Status,
    error: AuricleError | None = None,
    **changes: Any,
) -> W | None:
    """Bring something to its next status, for the callbacks of its work, and tell whom it concerns."""
    problem = {"error_code": error.detail or error.code, "error_message": error.message} if error else {}
    record = shelf.advance(connection, resource_id, id, status, ground.now(), **problem, **changes)
    if record is not None and (happening := _HAPPENINGS.get(status)):
        announce(ground, connection, resource_id, noun, happening, id)
    return record

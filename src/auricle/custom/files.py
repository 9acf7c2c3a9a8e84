"""Files of entities: rows that name blobs, listed with the entity and removed with it."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import Connection

from auricle.blobs.paths import ARTIFACTS, BlobPath
from auricle.custom.entities import PAGE, Entities, new_id
from auricle.custom.erasing import Place, erase
from auricle.custom.ground import Ground
from auricle.errors import NotFound
from auricle.identity.caller import Caller, Right
from auricle.store.conditions import Condition, to_sql
from auricle.store.records import File, Record
from auricle.store.shelf import FILES, Page

R = TypeVar("R", bound=Record)


class Files:
    """The files of all kinds of entities."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def add(
        self,
        connection: Connection,
        *,
        resource_id: str,
        parent_id: str,
        name: str,
        kind: str,
        blob: str,
        size_bytes: int,
        duration_s: float | None = None,
        container: str = ARTIFACTS,
    ) -> File:
        """Show a blob of the resource's as a file of the parent's."""
        file = File(
            id=new_id(),
            resource_id=resource_id,
            created_at=self._ground.now(),
            parent_id=parent_id,
            name=name,
            kind=kind,
            size_bytes=size_bytes,
            duration_s=duration_s,
            container=container,
            blob=blob,
        )
        return FILES.add(connection, file)

    def remove_all(self, connection: Connection, resource_id: str, parent_id: str) -> int:
        """Forget the files of a parent and return how many there were; their blobs are erased by their place."""
        return FILES.remove_all(connection, resource_id, FILES.table.c.parent_id == parent_id)

    def list(
        self, caller: Caller, parent_id: str, *, condition: Condition | None = None, skip: int = 0, top: int = PAGE
    ) -> Page[File]:
        """A page of the files of a parent; empty when it has none or is not there."""
        caller.need(Right.READ)
        where = FILES.table.c.parent_id == parent_id
        if condition is not None:
            where &= to_sql(condition, FILES.table)
        with self._ground.database.read() as connection:
            return FILES.page(connection, caller.resource.id, where=where, skip=skip, top=top)

    def get(self, caller: Caller, parent_id: str, file_id: str) -> File:
        """One file of a parent. Raises NotFound."""
        caller.need(Right.READ)
        with self._ground.database.read() as connection:
            file = FILES.get(connection, caller.resource.id, file_id)
        if file is None or file.parent_id != parent_id:
            raise NotFound(f"There is no file {file_id} in {parent_id}.")
        return file

    def links(self, files: Sequence[File], base_url: str, valid_s: int | None) -> builtins.list[str]:
        """Addresses by which whoever has them may read the files for `valid_s` seconds; see BlobStore.link."""
        paths = [BlobPath(account=file.resource_id, container=file.container, name=file.blob) for file in files]
        return self._ground.blobs.link(paths, base_url=base_url, valid_s=valid_s, now=self._ground.clock.now())


class FiledEntities(Entities[R]):
    """The service of a kind of thing that has files."""

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self._files = Files(ground)

    def files(
        self, caller: Caller, id: str, *, condition: Condition | None = None, skip: int = 0, top: int = PAGE
    ) -> Page[File]:
        """A page of the files of one of them. Raises NotFound."""
        self.get(caller, id)
        return self._files.list(caller, id, condition=condition, skip=skip, top=top)

    def file(self, caller: Caller, id: str, file_id: str) -> File:
        """One file of one of them. Raises NotFound."""
        self.get(caller, id)
        return self._files.get(caller, id, file_id)

    def links(self, files: Sequence[File], base_url: str, valid_s: int | None) -> builtins.list[str]:
        """Addresses of files of theirs; see Files.links."""
        return self._files.links(files, base_url, valid_s)

    def _places(self, record: R) -> Sequence[Place]:
        """Where everything that is stored for one of them lies. For kinds to say."""
        raise NotImplementedError

    def _clear(self, connection: Connection, record: R, *, stopping: bool) -> None:
        self._files.remove_all(connection, record.resource_id, record.id)
        for place in self._places(record):
            erase(self.ground, connection, record.resource_id, place, stopping=stopping)

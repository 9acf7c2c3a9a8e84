"""Copies of models in other resources: permitted by the other one, or by whoever has its key.

What a model consists of is copied by durable work, which may begin again at any time: a copy with a permission is
seen in the other resource when it is whole; one by key is there at once and Succeeded when it is whole.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from auricle.custom.copying import COPY, CopyModel, copied, note_arrival
from auricle.custom.entities import Shown, new_id
from auricle.custom.events import Happening, announce
from auricle.custom.ground import Ground
from auricle.errors import (
    CopyAuthorizationExpired,
    InvalidModel,
    InvalidParameter,
    InvalidSourceResource,
    NotFound,
)
from auricle.identity import audit, directory
from auricle.identity.caller import Caller, Resource, Right
from auricle.jobs.work import Work
from auricle.store.records import CopyAuthorization, Model, Operation
from auricle.store.shelf import COPY_AUTHORIZATIONS, MODELS, OPERATIONS
from auricle.store.status import Status

AUTHORIZED_FOR = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True)
class Authorization:
    """The permission of `target` that `source` copies models to it."""

    id: str
    source: Resource
    target: Resource
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Presented:
    """A permission as it comes back; resources by id, by name, or by a path that ends in one of them."""

    id: str
    source: str
    target: str


class ModelCopies:
    """The service of copies."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground

    def authorize(self, caller: Caller, source: str) -> Authorization:
        """Permit the resource `source` to copy models to the caller's. Raises InvalidSourceResource."""
        caller.need(Right.WRITE)
        now, mine = self.ground.now(), COPY_AUTHORIZATIONS.table.c
        with self.ground.database.write() as connection:
            resource = _named(connection, source)
            if resource is None:
                raise InvalidSourceResource(
                    f"There is no resource {_last_segment(source)!r} here; give its name, id or resource path.",
                    target="source_resource_id",
                )
            COPY_AUTHORIZATIONS.remove_all(connection, caller.resource.id, mine.expires_at < now)
            authorization = CopyAuthorization(
                id=new_id(),
                resource_id=caller.resource.id,
                created_at=now,
                source_resource_id=resource.id,
                expires_at=now + AUTHORIZED_FOR,
            )
            COPY_AUTHORIZATIONS.add(connection, authorization)
            self._audit(connection, caller, "model.authorize_copy", authorization.id, source=resource.name)
        return Authorization(
            id=authorization.id, source=resource, target=caller.resource, expires_at=authorization.expires_at
        )

    def copy(self, caller: Caller, model_id: str, presented: Presented) -> Shown[Operation]:
        """Begin to copy a model of the caller's to the resource that permits it; may be done again.

        Raises NotFound, InvalidModel, CopyAuthorizationExpired or InvalidSourceResource.
        """
        caller.need(Right.WRITE)
        now = self.ground.now()
        with self.ground.database.write() as connection:
            model = self._model(connection, caller, model_id)
            target = _permitted(connection, caller, presented, now)
            operation = Operation(
                id=new_id(),
                resource_id=caller.resource.id,
                created_at=now,
                last_action_at=now,
                model_id=model.id,
                target_resource_id=target.id,
                target_model_id=new_id(),
            )
            OPERATIONS.add(connection, operation)
            self._submit(connection, model, target, operation.target_model_id, operation=operation)
            self._audit(connection, caller, "model.copy", model.id, target=target.name)
            return self._shown(connection, operation)

    def copy_by_key(self, caller: Caller, model_id: str, target_key: str) -> Shown[Model]:
        """The model as it will be in the resource that has this key. Raises NotFound, InvalidModel, InvalidParameter."""
        caller.need(Right.WRITE)
        with self.ground.database.write() as connection:
            model = self._model(connection, caller, model_id)
            target = _keyed(connection, target_key)
            made = replace(copied(model, target.id, new_id(), self.ground.now()), status=Status.NOT_STARTED)
            MODELS.add(connection, made)
            announce(self.ground, connection, target.id, "model", Happening.CREATION, made.id)
            note_arrival(self.ground, connection, made, actor=caller.actor, source=caller.resource.name)
            self._submit(connection, model, target, made.id)
            self._audit(connection, caller, "model.copy", model.id, target=target.name)
            standings = self.ground.queue.standings(connection, [made.id])
            return Shown(record=made, standing=standings.get(made.id))

    def operation(self, caller: Caller, id: str) -> Shown[Operation]:
        """How far a copy is that the caller's resource began. Raises NotFound."""
        caller.need(Right.READ)
        with self.ground.database.read() as connection:
            operation = OPERATIONS.get(connection, caller.resource.id, id)
            if operation is None:
                raise NotFound(f"There is no operation {id} in this resource.")
            return self._shown(connection, operation)

    def _model(self, connection: Connection, caller: Caller, id: str) -> Model:
        if self.ground.base_models.find(id) is not None:
            raise InvalidModel(f"{id} is a base model, which every resource has; copy custom ones.", target="model")
        model = MODELS.get(connection, caller.resource.id, id, lock=True)
        if model is None:
            raise NotFound(f"There is no model {id} in this resource.")
        if model.status is not Status.SUCCEEDED:
            raise InvalidModel(
                f"The model {id} is {model.status.value}; it can be copied once it has Succeeded.", target="model"
            )
        return model

    def _submit(
        self,
        connection: Connection,
        model: Model,
        target: Resource,
        target_model_id: str,
        *,
        operation: Operation | None = None,
    ) -> None:
        self.ground.queue.submit(
            connection,
            kind=COPY,
            resource_id=target.id if operation is None else operation.resource_id,
            subject_id=target_model_id,
            payload={
                "source_resource_id": model.resource_id,
                "source_model_id": model.id,
                "target_resource_id": target.id,
                "operation_id": None if operation is None else operation.id,
            },
        )

    def _shown(self, connection: Connection, operation: Operation) -> Shown[Operation]:
        standings = self.ground.queue.standings(connection, [operation.target_model_id])
        return Shown(record=operation, standing=standings.get(operation.target_model_id))

    def _audit(self, connection: Connection, caller: Caller, action: str, id: str, **detail: str) -> None:
        audit.record(connection, self.ground.clock, caller, action=action, subject_id=id, detail=detail)


def _permitted(connection: Connection, caller: Caller, presented: Presented, now: datetime) -> Resource:
    """The resource that a copy may be made to. Raises CopyAuthorizationExpired or InvalidSourceResource."""
    target = _named(connection, presented.target)
    found = None if target is None else COPY_AUTHORIZATIONS.get(connection, target.id, presented.id.lower())
    if target is None or found is None or now >= found.expires_at:
        raise CopyAuthorizationExpired(
            "The authorization to copy is over, or the target resource never gave it; ask there for a new one.",
            target="id",
        )
    source = _named(connection, presented.source)
    if source is None or not source.id == found.source_resource_id == caller.resource.id:
        raise InvalidSourceResource(
            f"The authorization is for another resource than {caller.resource.name}, which the model is in.",
            target="source_resource_id",
        )
    return target


def _keyed(connection: Connection, key: str) -> Resource:
    digest = directory.digest_of(key)
    found = directory.by_digest(connection, digest)
    if found is None or found.number_of(digest) is None:
        raise InvalidParameter(
            "The key opens no resource here; give a key of the one to copy to.", target="target_subscription_key"
        )
    return found.resource


def _named(connection: Connection, reference: str) -> Resource | None:
    name = _last_segment(reference).lower()
    found = directory.by_name(connection, name) or directory.by_id(connection, name)
    return None if found is None else found.resource


def _last_segment(reference: str) -> str:
    return reference.strip().rstrip("/").rpartition("/")[2][:64]


def works(ground: Ground) -> list[Work]:
    """The kinds of work of this module."""
    return [CopyModel(ground)]

"""The work of copying a model to another resource: its blobs, then at once its row and its files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from auricle.blobs.paths import BlobPath
from auricle.custom.entities import advance, new_id
from auricle.custom.erasing import erase
from auricle.custom.events import Happening, announce
from auricle.custom.ground import Ground
from auricle.custom.models import model_place
from auricle.errors import AuricleError, NotFound
from auricle.identity import audit, directory
from auricle.jobs.work import Job, Lane, Progress
from auricle.store.records import File, Model
from auricle.store.shelf import FILES, MODELS, OPERATIONS
from auricle.store.status import Status

COPY = "copy model"  # the kind of work


@dataclass(frozen=True, kw_only=True)
class Original:
    """What was copied."""

    model: Model
    files: Sequence[File]


def copied(model: Model, resource_id: str, id: str, now: datetime) -> Model:
    """The model as it is in another resource, which has neither its datasets nor its project."""
    return replace(
        model,
        id=id,
        resource_id=resource_id,
        created_at=now,
        last_action_at=now,
        project_id=None,
        dataset_ids=[],
    )


def note_arrival(ground: Ground, connection: Connection, made: Model, *, actor: str, source: str) -> None:
    """Tell the audit of the other resource that a model came to it, and from which."""
    audit.note(
        connection,
        ground.clock,
        actor=actor,
        action="model.create",
        resource_id=made.resource_id,
        subject_id=made.id,
        detail={"source": source},
    )


class CopyModel:
    """The subject of a job is the model to be. One with an operation is for the source to watch; see `copies`."""

    kind = COPY
    lane = Lane.THREAD
    parallel = 4
    parallel_per_resource = 2
    attempts = 5
    lease_s = 120.0

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def started(self, connection: Connection, job: Job) -> None:
        self._advance(connection, job, Status.RUNNING)

    def run(self, job: Job, progress: Progress) -> Original:
        original = self._original(job)
        source, target = model_place(original.model.id), model_place(job.subject_id)
        found = list(self._ground.blobs.list(original.model.resource_id, source.container, source.prefix))
        for count, blob in enumerate(found):
            progress(count / len(found))
            name = target.prefix + blob.path.name.removeprefix(source.prefix)
            path = BlobPath(account=job.payload["target_resource_id"], container=target.container, name=name)
            self._ground.blobs.copy(blob.path, path)
        # Of a model that is still there nothing had been erased; without an operation, nothing keeps it there.
        return self._original(job)

    def succeeded(self, connection: Connection, job: Job, outcome: Original) -> None:
        if not self._has_target(connection, job):
            self._advance(connection, job, Status.FAILED, NotFound("The target resource was deleted meanwhile."))
            return
        target_id = job.payload["target_resource_id"]
        if job.payload["operation_id"] is not None:
            made = copied(outcome.model, target_id, job.subject_id, self._ground.now())
            MODELS.add(connection, made)
            note_arrival(self._ground, connection, made, actor="model copy", source=outcome.model.resource_id)
            for happening in (Happening.CREATION, Happening.COMPLETION):
                announce(self._ground, connection, target_id, "model", happening, made.id)
        for file in outcome.files:
            FILES.add(connection, self._copied_file(file, job))
        self._advance(connection, job, Status.SUCCEEDED)

    def failed(self, connection: Connection, job: Job, error: AuricleError) -> None:
        self._advance(connection, job, Status.FAILED, error)
        if self._has_target(connection, job):
            place = model_place(job.subject_id)
            # As in imports, an attempt that was taken over may be at work still.
            erase(self._ground, connection, job.payload["target_resource_id"], place, stopping=job.attempts > 1)

    def _original(self, job: Job) -> Original:
        resource_id, id = job.payload["source_resource_id"], job.payload["source_model_id"]
        with self._ground.database.read() as connection:
            model = MODELS.get(connection, resource_id, id)
            if model is None:
                raise NotFound(f"The model {id} was deleted before it was copied.")
            return Original(model=model, files=FILES.all(connection, resource_id, FILES.table.c.parent_id == id))

    def _copied_file(self, file: File, job: Job) -> File:
        name = file.blob.removeprefix(model_place(file.parent_id).prefix)
        return replace(
            file,
            id=new_id(),
            resource_id=job.payload["target_resource_id"],
            created_at=self._ground.now(),
            parent_id=job.subject_id,
            blob=model_place(job.subject_id).prefix + name,
        )

    def _has_target(self, connection: Connection, job: Job) -> bool:
        return directory.by_id(connection, job.payload["target_resource_id"]) is not None

    def _advance(self, connection: Connection, job: Job, status: Status, error: AuricleError | None = None) -> None:
        operation_id = job.payload["operation_id"]
        if operation_id is None:
            place = {"resource_id": job.payload["target_resource_id"], "id": job.subject_id}
            advance(self._ground, connection, MODELS, "model", status=status, error=error, **place)
        else:
            place = {"resource_id": job.payload["source_resource_id"], "id": operation_id}
            advance(self._ground, connection, OPERATIONS, "operation", status=status, error=error, **place)

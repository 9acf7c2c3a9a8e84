"""The import of a dataset as durable work: tried until it succeeds or cannot, and shown as files when it ends.

Only what the last try wrote becomes files; whatever else lies where the dataset is stored is erased.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from auricle.custom import layout
from auricle.custom.attempts import Attempt, Imported, StoredFile, report_of, unnamed
from auricle.custom.entities import advance
from auricle.custom.erasing import erase
from auricle.custom.files import Files
from auricle.custom.ground import Ground
from auricle.custom.incoming import Received
from auricle.errors import AuricleError, LeaseLost, NotFound
from auricle.identity.tiers import Tier
from auricle.jobs.work import Job, Lane, Progress, Work
from auricle.outbound.fetched import safe_name
from auricle.store.records import Dataset
from auricle.store.shelf import DATASETS
from auricle.store.status import Status

IMPORT = "import dataset"  # the kind of work


def submit(
    ground: Ground, connection: Connection, dataset: Dataset, tier: Tier, received: Received | None = None
) -> None:
    """Queue the import of a dataset, of what was received if anything was."""
    payload: dict[str, str] = {"tier": tier.value}
    if received is not None:
        payload |= {"blob": received.blob, "name": safe_name(received.name or unnamed(dataset))}
    ground.queue.submit(
        connection, kind=IMPORT, resource_id=dataset.resource_id, subject_id=dataset.id, payload=payload
    )


class Import:
    """The work of importing a dataset."""

    kind = IMPORT
    lane = Lane.PROCESS
    parallel = 4
    parallel_per_resource = 2
    attempts = 4
    lease_s = 60.0

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._files = Files(ground)

    def started(self, connection: Connection, job: Job) -> None:
        self._advance(connection, job, Status.RUNNING)

    def run(self, job: Job, progress: Progress) -> Imported:
        progress(0.0)
        with self._ground.database.read() as connection:
            dataset = DATASETS.get(connection, job.resource_id, job.subject_id)
        if dataset is None:
            raise NotFound(f"The dataset {job.subject_id} is not there any more.")
        attempt = Attempt(self._ground, job, dataset)
        try:
            return attempt.judged(*attempt.collected(progress), progress)
        except LeaseLost:
            raise
        except Exception as error:
            known = error if isinstance(error, AuricleError) else AuricleError()
            if not known.retryable or job.attempts >= self.attempts:
                attempt.write_report(report_of(dataset, known))
            raise

    def succeeded(self, connection: Connection, job: Job, outcome: Imported) -> None:
        dataset = self._advance(
            connection,
            job,
            Status.SUCCEEDED,
            content_url_sealed=None,
            accepted_lines=outcome.accepted_lines,
            rejected_lines=outcome.rejected_lines,
            duration_s=outcome.duration_s,
        )
        if dataset is not None:
            self._show(connection, job, dataset, outcome.files)

    def failed(self, connection: Connection, job: Job, error: AuricleError) -> None:
        dataset = self._advance(connection, job, Status.FAILED, error=error, content_url_sealed=None)
        if dataset is not None:
            self._show(connection, job, dataset, Attempt(self._ground, job, dataset).written_reports())

    def _advance(
        self, connection: Connection, job: Job, status: Status, *, error: AuricleError | None = None, **changes: object
    ) -> Dataset | None:
        return advance(
            self._ground,
            connection,
            DATASETS,
            "dataset",
            resource_id=job.resource_id,
            id=job.subject_id,
            status=status,
            error=error,
            **changes,
        )

    def _show(self, connection: Connection, job: Job, dataset: Dataset, files: Sequence[StoredFile]) -> None:
        """These become the files of the dataset, and every other blob of it is erased.

        An earlier attempt that was taken over may be at work still, and is treated as one that stops.
        """
        self._files.remove_all(connection, dataset.resource_id, dataset.id)
        for file in files:
            self._files.add(
                connection,
                resource_id=dataset.resource_id,
                parent_id=dataset.id,
                name=file.name,
                kind=file.kind.value,
                blob=file.blob,
                size_bytes=file.size_bytes,
                duration_s=file.duration_s,
            )
        keep = [file.blob for file in files]
        for place in layout.places(dataset):
            erase(self._ground, connection, dataset.resource_id, place, keep=keep, stopping=job.attempts > 1)


def works(ground: Ground) -> list[Work]:
    """The kinds of work of this module."""
    return [Import(ground)]

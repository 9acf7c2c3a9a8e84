"""Work that can be asked for but is not done yet: it ends in Failed, which says so, and never in a fake success."""

from __future__ import annotations

from typing import Any, NoReturn

from sqlalchemy import Connection

from auricle.custom.endpoints import DEPLOY
from auricle.custom.entities import advance
from auricle.custom.evaluations import EVALUATE
from auricle.custom.expiring import expire_after_end
from auricle.custom.ground import Ground
from auricle.custom.models import TRAIN
from auricle.custom.transcriptions import TRANSCRIBE
from auricle.errors import AuricleError, NotImplementedYet
from auricle.jobs.work import Job, Lane, Progress, Work
from auricle.store.records import Endpoint, Transcription, Working
from auricle.store.shelf import ENDPOINTS, EVALUATIONS, MODELS, TRANSCRIPTIONS, Shelf
from auricle.store.status import Status


class Unserved:
    """A kind of work that nobody does yet."""

    lane = Lane.THREAD
    parallel = 4
    parallel_per_resource = 2
    attempts = 1
    lease_s = 60.0

    def __init__(self, ground: Ground, kind: str, noun: str, shelf: Shelf[Any], reason: str) -> None:
        self.kind = kind
        self._ground = ground
        self._noun = noun
        self._shelf = shelf
        self._reason = reason

    def started(self, connection: Connection, job: Job) -> None:
        self._advance(connection, job, Status.RUNNING)

    def run(self, job: Job, progress: Progress) -> NoReturn:
        raise NotImplementedYet(self._reason)

    def succeeded(self, connection: Connection, job: Job, outcome: Any) -> NoReturn:
        raise AssertionError("what nobody does cannot succeed")

    def failed(self, connection: Connection, job: Job, error: AuricleError) -> None:
        record = self._advance(connection, job, Status.FAILED, error)
        if isinstance(record, Endpoint | Transcription):
            expire_after_end(self._ground, connection, self._noun, record)

    def _advance(
        self, connection: Connection, job: Job, status: Status, error: AuricleError | None = None
    ) -> Working | None:
        return advance(
            self._ground,
            connection,
            self._shelf,
            self._noun,
            resource_id=job.resource_id,
            id=job.subject_id,
            status=status,
            error=error,
        )


def works(ground: Ground) -> list[Work]:
    """The kinds of work that nobody does yet."""
    return [
        Unserved(
            ground,
            TRAIN,
            "model",
            MODELS,
            "Training custom models is not implemented yet. The datasets are kept and can be used when it is.",
        ),
        Unserved(
            ground,
            EVALUATE,
            "evaluation",
            EVALUATIONS,
            "Evaluating models is not implemented yet: nothing was transcribed or scored.",
        ),
        Unserved(
            ground,
            DEPLOY,
            "endpoint",
            ENDPOINTS,
            "Deploying models to endpoints is not implemented yet. Live clients are heard with the base models, "
            "without an endpoint's id.",
        ),
        Unserved(
            ground,
            TRANSCRIBE,
            "transcription",
            TRANSCRIPTIONS,
            "Batch transcription is not implemented yet: no recording was fetched. "
            "Short audio and live recognition are there.",
        ),
    ]

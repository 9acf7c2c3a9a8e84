"""Batch transcriptions: of addresses, of a container, or of a dataset; some are a part of an evaluation.

Addresses may carry signatures, so they are kept sealed and never shown.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from sqlalchemy import Connection

from auricle.adaptation.kinds import DatasetKind
from auricle.custom.drafts import TranscriptionDraft
from auricle.custom.entities import Shown, check_project, known_locale
from auricle.custom.erasing import Place
from auricle.custom.expiring import Expire, time_to_live
from auricle.custom.files import FiledEntities
from auricle.custom.ground import Ground
from auricle.custom.hearers import hearer
from auricle.custom.models import usable_dataset
from auricle.custom.transcription_options import Options, checked
from auricle.errors import (
    DeleteNotAllowed,
    InvalidDataset,
    InvalidRecordingsUri,
    InvalidUrl,
    OneSourceOnly,
    QuotaExceeded,
    TooManyRecordings,
)
from auricle.identity.caller import Caller, Right
from auricle.identity.tiers import Tier
from auricle.jobs.work import Work
from auricle.store.records import Evaluation, Transcription
from auricle.store.shelf import TRANSCRIPTIONS

__all__ = ["MAX_URLS", "TRANSCRIBE", "Options", "Recordings", "Transcriptions", "works"]

TRANSCRIBE = "transcribe"  # the kind of work
MAX_URLS = 1000  # of one transcription
KINDS = (DatasetKind.ACOUSTIC.value, DatasetKind.AUDIO_FILES.value)  # of datasets that hold recordings


@dataclass(frozen=True, kw_only=True)
class Recordings:
    """Where the recordings of a transcription are, unless they are a dataset, and where its results go."""

    urls: Sequence[str] = ()
    container_url: str | None = None
    destination_url: str | None = None

    def sealed(self, ground: Ground) -> str | None:
        """What is kept of it; None when there is nothing."""
        return ground.sealer.seal(json.dumps(asdict(self))) if any(asdict(self).values()) else None

    @classmethod
    def of(cls, ground: Ground, transcription: Transcription) -> Recordings:
        """The recordings that a transcription was made with."""
        sealed = transcription.content_sealed
        return cls() if sealed is None else cls(**json.loads(ground.sealer.open(sealed)))


class Transcriptions(FiledEntities[Transcription]):
    """The service of batch transcriptions."""

    shelf = TRANSCRIPTIONS
    noun = "transcription"

    def create(self, caller: Caller, draft: TranscriptionDraft) -> Shown[Transcription]:
        """A new transcription.

        Raises QuotaExceeded, OneSourceOnly, TooManyRecordings, InvalidRecordingsUri, InvalidUrl, InvalidTimeToLive,
        InvalidChannels, InvalidPayload, InvalidLocale, InvalidProject, InvalidModel, ModelDeprecated, InvalidDataset
        or FailedDataset.
        """
        caller.need(Right.WRITE)
        if caller.resource.tier is Tier.F0:
            raise QuotaExceeded("Batch transcription is not available in tier F0; choose another tier.")
        self._check_sources(draft)
        time_to_live(draft.time_to_live_s)
        locale = known_locale(self.ground, draft.locale)
        options = checked(self.ground, _options(draft), locale)
        sealed = _recordings(draft).sealed(self.ground)
        with self.ground.database.write() as connection:
            if draft.project_id is not None:
                check_project(connection, caller, draft.project_id, locale)
            # Models by their ids and then the dataset, as in evaluations, lest two wait for each other in a circle
            model_id = self._model_id(connection, caller, draft.model_id, locale, options)
            if draft.dataset_id is not None:
                _check_dataset(connection, caller, draft.dataset_id, locale)
            record = self._record(caller, draft, locale, model_id, options, sealed)
            self._put_in(connection, caller, record)
            return self._shown(connection, caller, [record])[0]

    def add_part(
        self, connection: Connection, caller: Caller, evaluation: Evaluation, *, id: str, model_id: str
    ) -> None:
        """Put in the transcription of an evaluation's dataset with one of its models."""
        record = Transcription(
            id=id,
            resource_id=evaluation.resource_id,
            created_at=evaluation.created_at,
            last_action_at=evaluation.created_at,
            display_name=evaluation.display_name,
            description=f"A part of the evaluation {evaluation.id}.",
            custom_properties={},
            locale=evaluation.locale,
            project_id=evaluation.project_id,
            model_id=model_id,
            dataset_id=evaluation.dataset_id,
            evaluation_id=evaluation.id,
            options=Options().kept(),
        )
        self._put_in(connection, caller, record)

    def remove_part(self, connection: Connection, resource_id: str, id: str) -> None:
        """Take away the transcription of an evaluation that is being removed."""
        record = self.shelf.get(connection, resource_id, id, lock=True)
        if record is not None:
            self._remove(connection, resource_id, record)

    def expiry(self) -> Work:
        """The work of deleting those that have lived long enough."""
        return Expire(self.ground, self.noun, self.shelf, self._remove)

    def _put_in(self, connection: Connection, caller: Caller, record: Transcription) -> None:
        self._added(connection, caller, record)
        self.ground.queue.submit(connection, kind=TRANSCRIBE, resource_id=record.resource_id, subject_id=record.id)

    def _record(
        self,
        caller: Caller,
        draft: TranscriptionDraft,
        locale: str,
        model_id: str,
        options: Options,
        content_sealed: str | None,
    ) -> Transcription:
        return Transcription(
            **self._fields(caller, draft, locale),
            model_id=model_id,
            dataset_id=draft.dataset_id,
            content_sealed=content_sealed,
            options=options.kept(),
            time_to_live_s=time_to_live(draft.time_to_live_s),
        )

    def _model_id(self, connection: Connection, caller: Caller, id: str | None, locale: str, options: Options) -> str:
        """The id of the main model, after the models of candidate locales were found to be usable too."""
        named = [(other, at, "speech_model_mapping") for at, other in options.candidate_models.items()]
        if id is not None:
            named.append((id, locale, "model"))
        for model_id, at, target in sorted(named):
            hearer(self.ground, connection, caller, model_id, at, target=target)
        return hearer(self.ground, connection, caller, id, locale).id

    def _check_sources(self, draft: TranscriptionDraft) -> None:
        named = [bool(draft.content_urls), draft.container_url is not None, draft.dataset_id is not None]
        if sum(named) != 1:
            raise OneSourceOnly(
                "Name the recordings in one way: as contentUrls, as contentContainerUrl or as a dataset; "
                f"got {sum(named)} of them.",
                target="content_urls",
            )
        if len(draft.content_urls) > MAX_URLS:
            raise TooManyRecordings(
                f"A transcription takes {MAX_URLS} addresses, got {len(draft.content_urls)}.", target="content_urls"
            )
        for number, url in enumerate(draft.content_urls, 1):
            self._check_url(url, f"Address {number} of the recordings cannot be used", "content_urls")
        if draft.container_url is not None:
            self._check_url(draft.container_url, "The container cannot be used", "content_container_url")
        if draft.destination_url is not None:
            self._check_url(
                draft.destination_url, "The destination cannot be used", "destination_container_url", InvalidUrl
            )

    def _check_url(
        self,
        url: str,
        problem: str,
        target: str,
        raised: type[InvalidRecordingsUri | InvalidUrl] = InvalidRecordingsUri,
    ) -> None:
        try:
            self.ground.outbound.check(url)
        except InvalidUrl as error:
            raise raised(f"{problem}: {error.message}", target=target) from error

    def _check_removal(self, connection: Connection, caller: Caller, record: Transcription) -> None:
        if record.evaluation_id is not None:
            raise DeleteNotAllowed(
                f"The transcription {record.id} is a part of the evaluation {record.evaluation_id}; delete that."
            )

    def _places(self, record: Transcription) -> Sequence[Place]:
        return [Place(prefix=f"TranscriptionData/{record.id}/")]


def _options(draft: TranscriptionDraft) -> Options:
    return replace(
        Options.read(draft.options),
        candidate_locales=tuple(draft.candidate_locales),
        candidate_models=dict(draft.candidate_models),
    )


def _recordings(draft: TranscriptionDraft) -> Recordings:
    return Recordings(
        urls=list(draft.content_urls), container_url=draft.container_url, destination_url=draft.destination_url
    )


def _check_dataset(connection: Connection, caller: Caller, id: str, locale: str) -> None:
    dataset = usable_dataset(connection, caller, id, locale, target="dataset")
    if dataset.kind not in KINDS:
        raise InvalidDataset(
            f"The dataset {id} is of kind {dataset.kind}, which holds no recordings; "
            f"a transcription takes {' or '.join(KINDS)}.",
            target="dataset",
        )


def works(ground: Ground) -> list[Work]:
    """The kinds of work of this module."""
    return [Transcriptions(ground).expiry()]

"""Custom models: trained from datasets or text on a base model, and heard with wherever a base model is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, Text, cast, or_

from auricle.adaptation.kinds import DatasetKind
from auricle.blobs import paths
from auricle.custom.base_models import BaseModel
from auricle.custom.drafts import ModelDraft
from auricle.custom.entities import Shown, check_project, known_locale
from auricle.custom.erasing import Place
from auricle.custom.files import FiledEntities
from auricle.custom.lifecycle import transcription_until
from auricle.errors import (
    Conflict,
    FailedDataset,
    InUse,
    InvalidAdaptation,
    InvalidBaseModel,
    InvalidDataset,
    InvalidLocale,
    InvalidPayload,
    ModelDeprecated,
    QuotaExceeded,
)
from auricle.identity.caller import Caller, Right
from auricle.identity.tiers import QUOTAS
from auricle.store.records import Dataset, File, Model
from auricle.store.shelf import DATASETS, ENDPOINTS, EVALUATIONS, FILES, MODELS, OPERATIONS, TRANSCRIPTIONS, Shelf
from auricle.store.status import Status

TRAIN = "train"  # the kind of work
MAX_DATASETS = 500  # of one model
_KINDS_APART = {DatasetKind.PRONUNCIATION, DatasetKind.LANGUAGE_MARKDOWN}


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a model consists of. Of base models, the weights come in packages and are no files here."""

    model: Model | BaseModel
    files: Sequence[File]
    properties: Mapping[str, Any]


class Models(FiledEntities[Model]):
    """The service of custom models."""

    shelf = MODELS
    noun = "model"

    def create(self, caller: Caller, draft: ModelDraft) -> Shown[Model]:
        """A new model, to be trained when its datasets are imported.

        Raises InvalidLocale, InvalidProject, InvalidBaseModel, ModelDeprecated, InvalidDataset, FailedDataset,
        InvalidAdaptation, InvalidPayload or QuotaExceeded.
        """
        caller.need(Right.WRITE)
        locale = known_locale(self.ground, draft.locale)
        base = self._base(draft, locale)
        _check_content(caller, draft)
        with self.ground.database.write() as connection:
            if draft.project_id is not None:
                check_project(connection, caller, draft.project_id, locale)
            datasets = _datasets(connection, caller, draft.dataset_ids, locale)
            _check_kinds(datasets, base)
            record = self._added(connection, caller, self._record(caller, draft, base, datasets))
            self.ground.queue.submit(connection, kind=TRAIN, resource_id=caller.resource.id, subject_id=record.id)
            return self._shown(connection, caller, [record])[0]

    def manifest(self, caller: Caller, id: str) -> Manifest:
        """What a custom model consists of. Raises NotFound, or Conflict while it is not trained."""
        model = self.get(caller, id).record
        if model.status is not Status.SUCCEEDED:
            raise Conflict(
                f"The model {id} is {model.status.value}; it has a manifest once it has Succeeded. Its state and the "
                "reason of a failure are in the model itself."
            )
        with self.ground.database.read() as connection:
            files = FILES.all(connection, caller.resource.id, FILES.table.c.parent_id == id)
        base = self.ground.base_models.find(model.base_model_id)
        return Manifest(model=model, files=files, properties=_properties(base) if base else {})

    def base_manifest(self, caller: Caller, id: str) -> Manifest:
        """What a base model consists of. Raises NotFound."""
        caller.need(Right.READ)
        model = self.ground.base_models.get(id)
        return Manifest(model=model, files=(), properties=_properties(model))

    def _base(self, draft: ModelDraft, locale: str) -> BaseModel:
        base_models = self.ground.base_models
        if draft.base_model_id is None:
            base = base_models.newest(locale)
        elif (found := base_models.find(draft.base_model_id)) is not None:
            base = found
        else:
            raise InvalidBaseModel(
                f"There is no base model {draft.base_model_id}; GET .../models/base lists those there are. "
                "Custom models cannot be trained on.",
                target="base_model",
            )
        if base.locale != locale:
            raise InvalidLocale(f"The base model {base.id} hears {base.locale}, not {locale}.", target="locale")
        if self.ground.now() >= base.adaptation_until:
            raise ModelDeprecated(
                f"The base model {base.id} could be adapted until {base.adaptation_until:%Y-%m-%d}; take a newer one.",
                target="base_model",
            )
        return base

    def _record(self, caller: Caller, draft: ModelDraft, base: BaseModel, datasets: Sequence[Dataset]) -> Model:
        now = self.ground.now()
        return Model(
            **self._fields(caller, draft, base.locale),
            base_model_id=base.id,
            dataset_ids=[dataset.id for dataset in datasets],
            text=draft.text,
            weight_percent=draft.weight_percent,
            transcription_until=transcription_until(now),
        )

    def _check_removal(self, connection: Connection, caller: Caller, record: Model) -> None:
        for shelf, noun, uses in _users(record.id):
            user = next(iter(shelf.page(connection, caller.resource.id, where=uses, top=1).records), None)
            if user is not None:
                raise InUse(
                    f"The model {record.id} is in use by the {noun} {user.id}; delete or change that one first."
                )

    def _places(self, record: Model) -> Sequence[Place]:
        return [model_place(record.id)]


def model_place(id: str) -> Place:
    """Where everything that is stored for a model lies."""
    return Place(container=paths.MODELS, prefix=f"Models/{id}/")


def _check_content(caller: Caller, draft: ModelDraft) -> None:
    """Raise InvalidPayload or QuotaExceeded for what can be judged without looking anything up."""
    if not draft.dataset_ids and not (draft.text or "").strip():
        raise InvalidPayload("A model learns from at least one dataset, or from text; name one.", target="datasets")
    check_text(caller, draft.text)
    if draft.weight_percent is not None and not 1 <= draft.weight_percent <= 100:
        raise InvalidPayload(
            f"The weight of a custom model is from 1 to 100 percent, got {draft.weight_percent}.",
            target="custom_model_weight_percent",
        )


def check_text(caller: Caller, text: str | None) -> None:
    """Raise QuotaExceeded when the text is longer than the tier allows in a request."""
    allowed = QUOTAS[caller.resource.tier].text_bytes
    size_bytes = len((text or "").encode())
    if size_bytes > allowed:
        raise QuotaExceeded(
            f"In tier {caller.resource.tier.value} the text may have {allowed} bytes, got {size_bytes}; "
            "upload it as a Language dataset."
        )


def _datasets(connection: Connection, caller: Caller, ids: Sequence[str], locale: str) -> list[Dataset]:
    """The datasets in the order named, each once, and kept from being removed meanwhile."""
    wanted = list(dict.fromkeys(ids))
    if len(wanted) > MAX_DATASETS:
        raise InvalidDataset(f"A model takes {MAX_DATASETS} datasets, got {len(wanted)}.", target="datasets")
    found = {id: usable_dataset(connection, caller, id, locale, target="datasets") for id in sorted(wanted)}
    return [found[id] for id in wanted]


def usable_dataset(connection: Connection, caller: Caller, id: str, locale: str, *, target: str) -> Dataset:
    """A dataset of the resource in this locale that has not failed. It may still be importing.

    Raises InvalidDataset, InvalidLocale or FailedDataset.
    """
    dataset = DATASETS.get(connection, caller.resource.id, id, lock=True)
    if dataset is None:
        raise InvalidDataset(f"There is no dataset {id} in this resource.", target=target)
    if dataset.locale != locale:
        raise InvalidLocale(f"The dataset {id} is in {dataset.locale}, not in {locale}.", target="locale")
    if dataset.status is Status.FAILED:
        raise FailedDataset(
            f"The dataset {id} failed to import: {dataset.error_message or 'see its report.json'}", target=target
        )
    return dataset


def _check_kinds(datasets: Sequence[Dataset], base: BaseModel) -> None:
    allowed = [kind.value for kind in base.dataset_kinds]
    for dataset in datasets:
        if dataset.kind not in allowed:
            raise InvalidAdaptation(
                f"Models do not learn from datasets of kind {dataset.kind}, such as {dataset.id}; "
                f"they do from {', '.join(allowed)}.",
                target="datasets",
            )
    if {kind.value for kind in _KINDS_APART} <= {dataset.kind for dataset in datasets}:
        raise InvalidAdaptation(
            "Pronunciation datasets cannot be combined with LanguageMarkdown; "
            "write the pronunciations into its @ speech:phoneticlexicon section.",
            target="datasets",
        )


def _users(model_id: str) -> Sequence[tuple[Shelf[Any], str, ColumnElement[bool]]]:
    """Where to look for what needs a model, and what to look for."""
    evaluations, transcriptions, operations = EVALUATIONS.table.c, TRANSCRIPTIONS.table.c, OPERATIONS.table.c
    evaluates = or_(evaluations.model1_id == model_id, evaluations.model2_id == model_id)
    # The options name the models of candidate locales by their ids, which occur nowhere else
    transcribes = or_(transcriptions.model_id == model_id, cast(transcriptions.options, Text).contains(model_id))
    return (
        (ENDPOINTS, "endpoint", ENDPOINTS.table.c.model_id == model_id),
        (EVALUATIONS, "evaluation", evaluates & _open(EVALUATIONS.table)),
        (TRANSCRIPTIONS, "transcription", transcribes & _open(TRANSCRIPTIONS.table)),
        (OPERATIONS, "copy operation", (operations.model_id == model_id) & _open(OPERATIONS.table)),
    )


def _open(table: Table) -> ColumnElement[bool]:
    return table.c.status.in_([Status.NOT_STARTED, Status.RUNNING])


def _properties(base: BaseModel) -> Mapping[str, Any]:
    return {
        "name": base.name,
        "family": base.family,
        "locale": base.locale,
        "languages": list(base.languages),
        "licence": base.licence,
        "digest": base.digest,
    }

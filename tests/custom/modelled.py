"""Drafts of models and of what hears with them, and rows that stand for what is not made yet."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from auricle.adaptation.kinds import DatasetKind
from auricle.custom.drafts import EndpointDraft, EvaluationDraft, ModelDraft, TranscriptionDraft
from auricle.custom.ground import Ground
from auricle.custom.lifecycle import transcription_until
from auricle.custom.transcriptions import Options
from auricle.identity.caller import Caller
from auricle.store.records import Dataset, Model
from auricle.store.shelf import DATASETS, MODELS
from auricle.store.status import Status

NOWHERE = "00000000-0000-4000-8000-000000000000"  # the id of nothing
URL = "https://example.com/coffee.wav?sig=secret"


def model(**changes: Any) -> ModelDraft:
    fields: dict[str, Any] = {"display_name": "Barista", "locale": "en-US", "text": "one flat white please"}
    return ModelDraft(**fields | changes)


def evaluation(**changes: Any) -> EvaluationDraft:
    fields: dict[str, Any] = {"display_name": "Barista against base", "locale": "en-US"}
    return EvaluationDraft(**fields | changes)


def endpoint(**changes: Any) -> EndpointDraft:
    return EndpointDraft(**{"display_name": "Counter", "locale": "en-US"} | changes)


def transcription(options: Mapping[str, Any] | None = None, **changes: Any) -> TranscriptionDraft:
    fields: dict[str, Any] = {"display_name": "Monday", "locale": "en-US", "options": options or Options().kept()}
    if not changes.keys() & {"content_urls", "container_url", "dataset_id"}:
        fields["content_urls"] = [URL]
    return TranscriptionDraft(**fields | changes)


def _common(ground: Ground, caller: Caller) -> dict[str, Any]:
    now = ground.now()
    return {
        "id": str(uuid.uuid4()),
        "resource_id": caller.resource.id,
        "created_at": now,
        "last_action_at": now,
        "display_name": "Put in by a test",
        "custom_properties": {},
        "locale": "en-US",
        "status": Status.SUCCEEDED,
    }


def put_dataset(ground: Ground, caller: Caller, kind: DatasetKind = DatasetKind.ACOUSTIC, **changes: Any) -> Dataset:
    """A dataset as if it had been imported."""
    fields = {"kind": kind.value, "text_normalisation": "Default", "source": "upload"}
    record = Dataset(**_common(ground, caller) | fields | changes)
    with ground.database.write() as connection:
        return DATASETS.add(connection, record)


def put_model(ground: Ground, caller: Caller, **changes: Any) -> Model:
    """A model as if it had been trained."""
    common = _common(ground, caller)
    fields = {
        "base_model_id": ground.base_models.newest("en-US").id,
        "dataset_ids": [],
        "transcription_until": transcription_until(common["created_at"]),
    }
    record = Model(**common | fields | changes)
    with ground.database.write() as connection:
        return MODELS.add(connection, record)

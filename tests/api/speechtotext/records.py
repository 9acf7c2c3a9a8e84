"""Rows that stand for what no job makes here."""

from __future__ import annotations

import uuid
from typing import Any

from auricle.custom.lifecycle import transcription_until
from auricle.identity.caller import Caller
from auricle.store.records import Dataset, File, Model
from auricle.store.shelf import DATASETS, FILES, MODELS
from auricle.store.status import Status

from .conftest import House


def _common(house: House, caller: Caller) -> dict[str, Any]:
    now = house.ground.now()
    return {
        "id": str(uuid.uuid4()),
        "resource_id": caller.resource.id,
        "created_at": now,
        "last_action_at": now,
        "display_name": "Put in",
        "custom_properties": {},
        "locale": "en-US",
        "status": Status.SUCCEEDED,
    }


def put_dataset(house: House, **changes: Any) -> Dataset:
    """A dataset as if it had been imported, with a file."""
    caller = house.admit("speech")
    fields = {"kind": "Acoustic", "text_normalisation": "Default", "source": "upload", "duration_s": 252.0}
    counts = {"accepted_lines": 11, "rejected_lines": 2}
    with house.ground.database.write() as connection:
        return DATASETS.add(connection, Dataset(**_common(house, caller) | fields | counts | changes))


def put_model(house: House, **changes: Any) -> Model:
    """A model as if it had been trained."""
    common = _common(house, house.admit("speech"))
    fields = {
        "base_model_id": house.ground.base_models.newest("en-US").id,
        "dataset_ids": [],
        "transcription_until": transcription_until(common["created_at"]),
    }
    with house.ground.database.write() as connection:
        return MODELS.add(connection, Model(**common | fields | changes))


def put_file(house: House, parent_id: str, **changes: Any) -> File:
    """A file of something."""
    fields: dict[str, Any] = {
        "id": str(uuid.uuid4()),
        "resource_id": house.admit("speech").resource.id,
        "created_at": house.ground.now(),
        "parent_id": parent_id,
        "name": "report.json",
        "kind": "DatasetReport",
        "size_bytes": 200,
        "container": "customspeech-artifacts",
        "blob": f"{parent_id}/report.json",
    }
    with house.ground.database.write() as connection:
        return FILES.add(connection, File(**fields | changes))

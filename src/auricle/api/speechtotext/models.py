"""Custom models, base models, and the manifests of both."""

from __future__ import annotations

from typing import Any

from auricle.adaptation.kinds import DatasetKind
from auricle.api.speechtotext import fields
from auricle.api.speechtotext.answers import NO_CONTENT, Answer, created, entity
from auricle.api.speechtotext.bodies import NewModel
from auricle.api.speechtotext.calls import Call
from auricle.api.speechtotext.drafting import local_fields, referred
from auricle.api.speechtotext.files import list_of, one_of
from auricle.api.speechtotext.lists import condition, list_entities, view
from auricle.api.speechtotext.paging import paginated, parse_paging
from auricle.api.speechtotext.references import BASE_MODEL, DATASET, parse_reference
from auricle.api.speechtotext.shapes import View, local, moment, progress
from auricle.api.speechtotext.updates import local_changes
from auricle.api.speechtotext.versions import Version
from auricle.custom.base_models import BaseModel, Features
from auricle.custom.drafts import ModelDraft
from auricle.custom.entities import Shown
from auricle.custom.models import Manifest
from auricle.store.records import Model

list_files = list_of("models", lambda services: services.models)
get_file = one_of("models", lambda services: services.models)


def list_models(call: Call, *, project_id: str | None = None, address: str = "models") -> Answer:
    """Models_ListCustomModels."""
    return list_entities(call, call.services.models, model, fields.ENTITY, address=address, project_id=project_id)


def list_of_project(call: Call) -> Answer:
    """Projects_ListModels."""
    return list_models(call, project_id=call.id, address=f"projects/{call.id}/models")


def create(call: Call) -> Answer:
    """Models_Create."""
    body = call.parsed(NewModel)
    draft = ModelDraft(
        **local_fields(body),
        base_model_id=referred(body.base_model, BASE_MODEL, field="baseModel"),
        dataset_ids=[parse_reference(one.self_, DATASET, field="datasets") for one in body.datasets or ()],
        text=body.text,
        weight_percent=body.properties.custom_model_weight_percent if body.properties else None,
    )
    return created(whole_model(call.services.models.create(call.caller, draft), view(call)))


def get(call: Call) -> Answer:
    """Models_GetCustomModel; a base model's id finds the base model, as in Azure."""
    base = call.services.base_models.find(call.id)
    if base is not None:
        return entity(base_model(base, view(call)))
    return entity(whole_model(call.services.models.get(call.caller, call.id), view(call)))


def update(call: Call) -> Answer:
    """Models_Update."""
    return entity(whole_model(call.services.models.change(call.caller, call.id, local_changes(call)), view(call)))


def delete(call: Call) -> Answer:
    """Models_Delete."""
    call.services.models.delete(call.caller, call.id)
    return NO_CONTENT


def list_base_models(call: Call) -> Answer:
    """Models_ListBaseModels."""
    paging = parse_paging(call.query)
    where = condition(call, fields.ENTITY)
    page = call.services.base_models.list(condition=where, skip=paging.skip, top=paging.top)
    values = [base_model(record, view(call)) for record in page.records]
    address = f"{call.links.base}/models/base"
    return Answer(content=paginated(values, address=address, query=call.query, paging=paging, more=page.more))


def get_base_model(call: Call) -> Answer:
    """Models_GetBaseModel."""
    return Answer(content=base_model(call.services.base_models.get(call.id), view(call)))


def manifest(call: Call) -> Answer:
    """Models_GetCustomModelManifest; a base model's id finds the base model's."""
    if call.services.base_models.find(call.id) is not None:
        return base_manifest(call)
    return _manifest(call, call.services.models.manifest(call.caller, call.id))


def base_manifest(call: Call) -> Answer:
    """Models_GetBaseModelManifest."""
    return _manifest(call, call.services.models.base_manifest(call.caller, call.id))


def model(shown: Shown[Model], view: View) -> dict[str, Any]:
    """A custom model. What it can be used for it has from its base model."""
    record = shown.record
    address = view.links.to("models", record.id)
    copy = ("copyTo", f"{address}:copyto") if view.version is Version.V3_1 else ("copy", f"{address}:copy")
    base = view.base_models.find(record.base_model_id)
    properties: dict[str, Any] = {
        "deprecationDates": {"transcriptionDateTime": moment(record.transcription_until)},
        "features": _features(base.features if base else Features(), view),
    }
    if record.weight_percent is not None:
        properties["customModelWeightPercent"] = record.weight_percent
    return {
        "self": address,
        "baseModel": view.reference("models/base", record.base_model_id),
        "datasets": [view.reference("datasets", id) for id in record.dataset_ids],
        "links": {"manifest": f"{address}/manifest", copy[0]: copy[1], "files": f"{address}/files"},
        "properties": properties | progress(shown),
        **local(record, view),
    }


def whole_model(shown: Shown[Model], view: View) -> dict[str, Any]:
    """A custom model with the text it learns from, which is too long for lists."""
    text = shown.record.text
    return model(shown, view) | ({} if text is None else {"text": text})


def base_model(record: BaseModel, view: View) -> dict[str, Any]:
    """A base model."""
    address = view.links.to("models/base", record.id)
    kinds = [kind.value for kind in record.dataset_kinds]
    properties: dict[str, Any] = {
        "deprecationDates": {
            "adaptationDateTime": moment(record.adaptation_until),
            "transcriptionDateTime": moment(record.transcription_until),
        },
        "features": _features(record.features, view) | {"supportsAdaptationsWith": kinds},
    }
    if view.version is Version.V3_1:
        kinds[:] = [kind for kind in kinds if kind != DatasetKind.OUTPUT_FORMATTING.value]
    else:
        properties["chargeForAdaptation"] = False
    return {
        "self": address,
        "links": {"manifest": f"{address}/manifest"},
        "properties": properties,
        "lastActionDateTime": moment(record.last_action_at),
        "status": record.status.value,
        "createdDateTime": moment(record.created_at),
        "locale": record.locale,
        "displayName": record.display_name,
        "description": record.description,
    }


def _features(features: Features, view: View) -> dict[str, Any]:
    shape: dict[str, Any] = {
        "supportsTranscriptions": features.transcriptions,
        "supportsEndpoints": features.endpoints,
        "supportsTranscriptionsOnSpeechContainers": features.containers,
    }
    if view.version is not Version.V3_1:
        shape["supportedOutputFormats"] = list(features.output_formats)
    return shape


def _manifest(call: Call, found: Manifest) -> Answer:
    addresses = call.services.models.links(found.files, call.links.origin, call.link_validity_s())
    pairs = zip(found.files, addresses, strict=True)
    properties = dict(found.properties)
    if call.version is Version.V3_1:  # which knows objects alone there
        properties = {
            name: value if isinstance(value, dict) else {"value": value} for name, value in properties.items()
        }
    content = {
        "model": view(call).model(found.model.id),
        "modelFiles": [{"name": file.name, "contentUrl": address} for file, address in pairs],
        "properties": properties,
    }
    return Answer(content=content)

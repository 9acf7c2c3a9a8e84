"""Endpoints: models that live clients reach by the endpoint's id."""

from __future__ import annotations

from typing import Any

from auricle.api.speechtotext import fields
from auricle.api.speechtotext.answers import NO_CONTENT, Answer, created, entity
from auricle.api.speechtotext.bodies import EndpointUpdate, EndpointUpdateProperties, NewEndpoint, NewEndpointProperties
from auricle.api.speechtotext.calls import Call
from auricle.api.speechtotext.drafting import local_fields, referred, time_to_live_s
from auricle.api.speechtotext.durations import format_duration
from auricle.api.speechtotext.lists import list_entities, view
from auricle.api.speechtotext.references import MODEL, parse_reference
from auricle.api.speechtotext.shapes import View, local, progress
from auricle.api.speechtotext.updates import changes
from auricle.custom.drafts import EndpointChanges, EndpointDraft
from auricle.custom.entities import Shown
from auricle.errors import InvalidModel
from auricle.store.records import Endpoint

_MODES = ("interactive", "conversation", "dictation")


def list_endpoints(call: Call, *, project_id: str | None = None, address: str = "endpoints") -> Answer:
    """Endpoints_List."""
    return list_entities(call, call.services.endpoints, endpoint, fields.ENTITY, address=address, project_id=project_id)


def list_of_project(call: Call) -> Answer:
    """Projects_ListEndpoints."""
    return list_endpoints(call, project_id=call.id, address=f"projects/{call.id}/endpoints")


def create(call: Call) -> Answer:
    """Endpoints_Create."""
    body = call.parsed(NewEndpoint)
    properties = body.properties or NewEndpointProperties()
    draft = EndpointDraft(
        **local_fields(body),
        model_id=referred(body.model, MODEL, field="model"),
        text=body.text,
        logging_enabled=_logging(properties) or False,
        time_to_live_s=time_to_live_s(properties.time_to_live),
    )
    return created(whole_endpoint(call.services.endpoints.create(call.caller, draft), view(call)))


def get(call: Call) -> Answer:
    """Endpoints_Get."""
    return entity(whole_endpoint(call.services.endpoints.get(call.caller, call.id), view(call)))


def update(call: Call) -> Answer:
    """Endpoints_Update."""
    body = call.parsed(EndpointUpdate)
    wanted = changes(call, body)
    if "model" in body.model_fields_set:
        if body.model is None:
            raise InvalidModel("An endpoint always has a model; name another one to change it.", target="model")
        wanted["model_id"] = parse_reference(body.model.self_, MODEL, field="model")
    logs = None if body.properties is None else _logging(body.properties)
    if logs is not None:
        wanted["logging_enabled"] = logs
    changed = call.services.endpoints.change(call.caller, call.id, EndpointChanges(**wanted))
    return entity(whole_endpoint(changed, view(call)))


def delete(call: Call) -> Answer:
    """Endpoints_Delete."""
    call.services.endpoints.delete(call.caller, call.id)
    return NO_CONTENT


def endpoint(shown: Shown[Endpoint], view: View) -> dict[str, Any]:
    """An endpoint with the addresses that live clients use."""
    record = shown.record
    address = view.links.to("endpoints", record.id)
    properties: dict[str, Any] = {"loggingEnabled": record.logging_enabled}
    if record.time_to_live_s is not None:
        properties["timeToLive"] = format_duration(record.time_to_live_s)
    return {
        "self": address,
        "model": view.model(record.model_id),
        "links": {"logs": f"{address}/files/logs", **_live(record.id, view)},
        "properties": properties | progress(shown),
        **local(record, view),
    }


def whole_endpoint(shown: Shown[Endpoint], view: View) -> dict[str, Any]:
    """An endpoint with the text it learns from, which is too long for lists."""
    text = shown.record.text
    return endpoint(shown, view) | ({} if text is None else {"text": text})


def _live(id: str, view: View) -> dict[str, str]:
    links = {}
    for kind, origin in (("rest", view.links.origin), ("webSocket", view.links.web_socket_origin)):
        for mode in _MODES:
            path = f"/speech/recognition/{mode}/cognitiveservices/v1?cid={id}"
            links[kind + mode.capitalize()] = origin + path
    return links


def _logging(properties: NewEndpointProperties | EndpointUpdateProperties) -> bool | None:
    """Whether to log; clients say it by either name, on POST as on PATCH."""
    enabled = properties.content_logging_enabled
    return properties.logging_enabled if enabled is None else enabled

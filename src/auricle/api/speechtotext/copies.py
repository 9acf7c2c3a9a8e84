"""Copying models to other resources: by an authorization of the other one, or by its key as older clients do it."""

from __future__ import annotations

from typing import Any

from auricle.api.speechtotext.answers import RETRY_AFTER_S, Answer, created, entity
from auricle.api.speechtotext.bodies import CopyAuthorization, CopyByAuthorization, CopyByKey
from auricle.api.speechtotext.calls import Call
from auricle.api.speechtotext.lists import view
from auricle.api.speechtotext.models import whole_model
from auricle.api.speechtotext.shapes import View, moment, problem, working
from auricle.custom.copies import Presented
from auricle.custom.entities import Shown
from auricle.errors import InvalidParameter
from auricle.identity.caller import Resource
from auricle.store.records import Operation
from auricle.store.status import Status

# Clients expect an Azure resource id; its last part is what a resource is known by here.
_RESOURCE_PATH = "/subscriptions/auricle/resourceGroups/auricle/providers/Microsoft.CognitiveServices/accounts/"


def authorize(call: Call) -> Answer:
    """Models_AuthorizeCopy."""
    body = call.parsed(CopyAuthorization)
    authorization = call.services.copies.authorize(call.caller, body.source_resource_id)
    content = {
        "targetResourceRegion": authorization.target.region,
        "targetResourceId": _resource_path(authorization.target),
        "targetResourceEndpoint": f"{call.links.base}/models",
        "sourceResourceId": _resource_path(authorization.source),
        "expirationDateTime": moment(authorization.expires_at),
        "id": authorization.id,
    }
    return Answer(content=content)


def copy(call: Call) -> Answer:
    """Models_Copy: an authorization starts an operation; a key is answered as `Models_CopyTo` does."""
    key = call.parsed(CopyByKey).target_subscription_key
    if key is not None:
        return _copy_by_key(call, key)
    body = call.parsed(CopyByAuthorization)
    presented = Presented(id=body.id, source=body.source_resource_id, target=body.target_resource_id)
    shape = operation(call.services.copies.copy(call.caller, call.id, presented), view(call))
    headers = {"Operation-Location": shape["self"], "Retry-After": str(RETRY_AFTER_S)}
    return Answer(status=202, content=shape, headers=headers)


def copy_to(call: Call) -> Answer:
    """Models_CopyTo."""
    key = call.parsed(CopyByKey).target_subscription_key
    if key is None:
        raise InvalidParameter("Expected a key of the target resource, got none.", target="targetSubscriptionKey")
    return _copy_by_key(call, key)


def get_operation(call: Call) -> Answer:
    """Operations_GetModelCopy."""
    return entity(operation(call.services.copies.operation(call.caller, call.id), view(call)))


def operation(shown: Shown[Operation], view: View) -> dict[str, Any]:
    """How far a copy is, and where the copy is once it is there."""
    record = shown.record
    shape: dict[str, Any] = {
        "self": view.links.to("operations/models/copy", record.id),
        "id": record.id,
        **working(record),
    }
    if record.status is Status.SUCCEEDED:
        shape["result"] = {"link": view.links.to("models", record.target_model_id)}
    if record.status is Status.FAILED:
        shape["error"] = problem(record)
    return shape


def _copy_by_key(call: Call, key: str) -> Answer:
    return created(whole_model(call.services.copies.copy_by_key(call.caller, call.id, key), view(call)))


def _resource_path(resource: Resource) -> str:
    return _RESOURCE_PATH + resource.name

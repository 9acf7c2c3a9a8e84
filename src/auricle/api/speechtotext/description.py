"""The operations as OpenAPI describes them, for the reference at /docs."""

from __future__ import annotations

import re
from typing import Any

from auricle.api.speechtotext.operations import Content, Operation, operations_of
from auricle.api.speechtotext.versions import Version

_PARAMETER = re.compile(r"\{(\w+)\}")
_UUIDS = frozenset({"id", "fileId", "deliveryId"})
_NUMBERS = frozenset({"skip", "top", "sasValidityInSeconds"})
_REQUIRED = frozenset({"blockid"})
_SCHEMAS = "#/components/schemas/{model}"
_KEY = "Key"
_TEXT = {"type": "string"}
_FORM = {
    "type": "object",
    "required": ["displayName", "locale", "kind", "data"],
    "properties": {
        **dict.fromkeys(("displayName", "description", "locale", "kind", "project", "customProperties"), _TEXT),
        "data": {"type": "string", "format": "binary"},
    },
}
_BLOCK_LIST = {
    "type": "array",
    "items": {"type": "object", "properties": {"kind": _TEXT, "id": _TEXT}, "required": ["id"]},
}


def describe(document: dict[str, Any], version: Version, *, prefix: str = "/speechtotext") -> None:
    """Add the operations of a version, and what their bodies are, to an OpenAPI document."""
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    components.setdefault("securitySchemes", {})[_KEY] = {
        "type": "apiKey",
        "name": "Ocp-Apim-Subscription-Key",
        "in": "header",
    }
    paths = document.setdefault("paths", {})
    for operation in operations_of(version):
        path = paths.setdefault(f"{prefix}/{version.value}{operation.path}", {})
        path[operation.method.lower()] = _entry(operation, version, schemas)


def _entry(operation: Operation, version: Version, schemas: dict[str, Any]) -> dict[str, Any]:
    group = operation.id.partition("_")[0]
    entry: dict[str, Any] = {
        "operationId": f"{operation.id} {version.value}",
        "summary": operation.summary,
        "tags": [f"{group} {version.value}"],
        "security": [{_KEY: []}],
        "parameters": [
            *(_parameter(name, "path") for name in _PARAMETER.findall(operation.path)),
            *(_parameter(name, "query") for name in operation.query),
        ],
        "responses": {
            **{str(status): {"description": "Done."} for status in operation.statuses},
            "default": {"description": "An error with its code and reason."},
        },
    }
    if operation.content is not Content.NONE:
        schema = _schema(operation, schemas)
        entry["requestBody"] = {
            "required": True,
            "content": {kind: {"schema": schema} for kind in operation.content.value},
        }
    return entry


def _parameter(name: str, place: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "integer"} if name in _NUMBERS else dict(_TEXT)
    if name in _UUIDS:
        schema["format"] = "uuid"
    return {"name": name, "in": place, "required": place == "path" or name in _REQUIRED, "schema": schema}


def _schema(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    if operation.content is Content.FORM:
        return _FORM
    if operation.content is Content.BYTES:
        return {"type": "string", "format": "binary"}
    if operation.body is None:
        return _BLOCK_LIST
    found = operation.body.model_json_schema(ref_template=_SCHEMAS)
    schemas.update(found.pop("$defs", {}))
    schemas[operation.body.__name__] = found
    return {"$ref": _SCHEMAS.format(model=operation.body.__name__)}

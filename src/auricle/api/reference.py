"""The OpenAPI document at /openapi.json: the routes as the framework describes them, and the management operations.

Version 3.0, which the viewer at /docs reads; schemas are made for 3.1, so what 3.0 says otherwise is rewritten.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from fastapi import FastAPI

from auricle.api.speechtotext.description import describe
from auricle.api.speechtotext.versions import Version

OPENAPI_VERSION = "3.0.3"
_UNKNOWN_IN_3_0 = frozenset({"propertyNames", "contentMediaType"})


def install_reference(app: FastAPI, *, with_management: bool) -> None:
    """Have the application describe itself in one document, which is made once."""
    app.openapi_version = OPENAPI_VERSION
    routes = app.openapi

    @cache
    def document() -> dict[str, Any]:
        made = routes()
        if with_management:
            for version in reversed(Version):  # the newest is read first
                describe(made, version)
        rewritten = as_3_0(made)
        assert isinstance(rewritten, dict), "a document is an object"
        return rewritten

    app.openapi = document  # type: ignore[method-assign]  # the way that the framework names


def as_3_0(node: Any) -> Any:
    """The same in the words of OpenAPI 3.0: `nullable` in place of a type null, and no keywords that came later."""
    if isinstance(node, list):
        return [as_3_0(one) for one in node]
    if not isinstance(node, dict):
        return node
    kept = {name: as_3_0(value) for name, value in node.items() if name not in _UNKNOWN_IN_3_0}
    choices = kept.get("anyOf")
    if not isinstance(choices, list) or {"type": "null"} not in choices:
        return kept
    rest = [choice for choice in choices if choice != {"type": "null"}]
    del kept["anyOf"]
    if len(rest) == 1 and "$ref" not in rest[0]:
        return kept | rest[0] | {"nullable": True}
    return kept | {"anyOf": rest, "nullable": True}

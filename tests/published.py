"""The published OpenAPI files of the management API: what each operation declares, and whether an answer keeps to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
from jsonschema import Draft4Validator, FormatChecker

from tests.conftest import SHARED

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation as it is published."""

    id: str
    method: str
    path: str
    parameters: tuple[dict[str, Any], ...]
    responses: dict[str, dict[str, Any]]
    examples: tuple[str, ...]  # file names

    def declared(self, status: int) -> dict[str, Any] | None:
        """What is declared for a status; errors are declared once for all."""
        return self.responses.get(str(status)) or (self.responses.get("default") if status >= 400 else None)


class Published:
    """One version of the API as it is published."""

    def __init__(self, folder: Path, version: str) -> None:
        self.version = version
        self.folder = folder
        self.document: dict[str, Any] = json.loads((folder / f"speechtotext-{version}.json").read_text("utf-8-sig"))

    @staticmethod
    def operation_ids(version: str) -> list[str]:
        """For parametrising tests: the ids in order, or one word where the files are not there."""
        if not (SHARED / "spec").is_dir():
            return ["none"]
        return list(Published(SHARED / "spec", version).operations)

    @cached_property
    def operations(self) -> dict[str, Operation]:
        """Every operation by its id."""
        return {operation.id: operation for operation in self._operations()}

    def _operations(self) -> Iterator[Operation]:
        shared = self.document.get("parameters", {})
        for path, methods in self.document["paths"].items():
            for method in METHODS:
                if method not in methods:
                    continue
                entry = methods[method]
                parameters = (
                    [shared[p["$ref"].rsplit("/", 1)[1]] if "$ref" in p else p for p in entry["parameters"]]
                    if "parameters" in entry
                    else []
                )
                yield Operation(
                    id=entry["operationId"],
                    method=method.upper(),
                    path=path,
                    parameters=tuple(parameters),
                    responses=entry["responses"],
                    examples=tuple(Path(example["$ref"]).name for example in entry.get("x-ms-examples", {}).values()),
                )

    def example(self, name: str) -> dict[str, Any]:
        """A published example."""
        found: dict[str, Any] = json.loads((self.folder / f"examples-{self.version}" / name).read_text("utf-8-sig"))
        return found

    def check(self, operation_id: str, answer: httpx.Response) -> None:
        """Fail unless the answer has a declared status, the declared headers, and a body of the declared shape."""
        operation = self.operations[operation_id]
        what = f"{operation_id}: {answer.request.method} {answer.request.url} answered {answer.status_code}"
        declared = operation.declared(answer.status_code)
        assert declared is not None, f"{what}, which is not declared: {answer.text[:300]}"
        schema = declared.get("schema")
        if schema is None:
            assert not answer.content, f"{what} with a body where none is declared: {answer.text[:300]}"
            return
        assert answer.headers["content-type"].split(";")[0] == "application/json", what
        problems = [
            f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
            for error in self.validator(schema).iter_errors(answer.json())
        ]
        assert not problems, f"{what}: {problems}"

    def validator(self, schema: dict[str, Any]) -> Draft4Validator:
        """Of a schema that may refer to the definitions."""
        whole = _json_schema(schema) | {"definitions": self._definitions}
        return Draft4Validator(whole, format_checker=FormatChecker())

    @cached_property
    def _definitions(self) -> dict[str, Any]:
        definitions: dict[str, Any] = _json_schema(self.document["definitions"])
        return definitions


def _json_schema(node: Any) -> Any:
    """A swagger schema as JSON schema: a link that ends a list may be null."""
    if isinstance(node, list):
        return [_json_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    converted = {key: _json_schema(value) for key, value in node.items()}
    if "@nextLink" in converted:
        converted["@nextLink"] = {"type": ["string", "null"]}
    return converted

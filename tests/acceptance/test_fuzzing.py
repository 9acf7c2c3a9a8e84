"""Requests that nobody here thought of: no crash, no undeclared answer, no undeclared shape."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.conftest import SHARED, missing
from tests.published import Published

from .conftest import Server


def content_type_of_content(context: Any, response: Any, case: Any) -> bool | None:
    """The published type, where there is content to have one."""
    return content_type_conformance(context, response, case) if response.content else None


CHECKS = (not_a_server_error, status_code_conformance, content_type_of_content, response_schema_conformance)
EXAMPLES = 10  # requests for each operation
BOUNDS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize(
    ("version", "operation_id"),
    [(version, operation_id) for version in ("v3.2", "v3.1") for operation_id in Published.operation_ids(version)],
)
def test_whatever_is_sent_is_answered_as_declared(version: str, operation_id: str, management_server: Server) -> None:
    if not (SHARED / "spec").is_dir():
        missing(f"no published OpenAPI files at {SHARED}/spec")
    base_path = f"/speechtotext/{version}"
    document = Published(SHARED / "spec", version).document | {"basePath": base_path}
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=management_server.http + base_path)
    operation: Any = schema.find_operation_by_id(operation_id)

    @BOUNDS
    @given(case=operation.as_strategy())
    def holds(case: Any) -> None:
        case.call_and_validate(headers={"Ocp-Apim-Subscription-Key": management_server.key}, checks=CHECKS)

    holds()

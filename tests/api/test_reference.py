"""The document at /openapi.json is one that tools can read, and has every operation."""

from __future__ import annotations

import re
from collections import Counter

import httpx
import pytest
import schemathesis
from fastapi import APIRouter, FastAPI
from starlette.types import Receive, Scope, Send

from auricle.api.app import create_app
from auricle.api.reference import as_3_0
from auricle.api.speechtotext.operations import operations_of
from auricle.api.speechtotext.versions import Version
from auricle.clock import ManualClock
from auricle.identity.admin_key import AdminKey
from auricle.identity.gate import Gate
from auricle.identity.resources import Resources
from auricle.observe import Metrics
from auricle.settings import Settings

from .conftest import ADMIN_KEY
from .still_hearing import StillHearing


class Idle:
    """A control plane that answers nothing."""

    files = APIRouter()

    async def management(self, scope: Scope, receive: Receive, send: Send) -> None: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...


@pytest.fixture
def app(
    settings: Settings, hearing: StillHearing, clock: ManualClock, metrics: Metrics, gate: Gate, resources: Resources
) -> FastAPI:
    return create_app(
        settings=settings,
        hearing=hearing,
        gate=gate,
        resources=resources,
        admin=AdminKey(ADMIN_KEY),
        metrics=metrics,
        clock=clock,
        control=Idle(),  # type: ignore[arg-type]
    )


@pytest.fixture
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(home=tmp_path_factory.mktemp("home"))


async def test_the_document_is_valid_and_has_every_operation_of_every_version(client: httpx.AsyncClient) -> None:
    answer = await client.get("/openapi.json")
    document = answer.json()

    schemathesis.openapi.from_dict(document).validate()
    for version in Version:
        for operation in operations_of(version):
            path = document["paths"][f"/speechtotext/{version.value}{operation.path}"]
            assert path[operation.method.lower()]["summary"] == operation.summary
    assert {"/auricle/v1/resources", "/ready"} <= document["paths"].keys()


async def test_every_reference_leads_somewhere_and_no_operation_shares_its_id(client: httpx.AsyncClient) -> None:
    answer = await client.get("/openapi.json")
    document = answer.json()

    assert set(re.findall(r"#/components/schemas/(\w+)", answer.text)) <= document["components"]["schemas"].keys()
    ids = Counter(entry["operationId"] for path in document["paths"].values() for entry in path.values())
    assert [id for id, count in ids.items() if count > 1] == []
    assert '"null"' not in answer.text


def test_the_document_is_made_once(app: FastAPI) -> None:
    assert app.openapi() is app.openapi()


def test_what_may_be_null_is_said_as_3_0_says_it() -> None:
    null = {"type": "null"}
    reference = {"$ref": "#/components/schemas/A"}

    assert as_3_0({"anyOf": [{"type": "string"}, null], "title": "T"}) == {
        "type": "string",
        "title": "T",
        "nullable": True,
    }
    assert as_3_0([{"anyOf": [reference, null]}]) == [{"anyOf": [reference], "nullable": True}]
    assert as_3_0({"type": "object", "propertyNames": {"maxLength": 64}}) == {"type": "object"}

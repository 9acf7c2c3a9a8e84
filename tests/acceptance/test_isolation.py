"""One resource never sees what is another's: every operation, with the key of the wrong resource."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.published import Operation, Published

from .conftest import Server
from .management import Management, Population, id_of, populate, reference
from .outside import Outside

V32 = "v3.2"
OPERATIONS = Published.operation_ids(V32)
OF_EVERYBODY = {"Models_GetBaseModel", "Models_GetBaseModelManifest"}  # base models belong to nobody


@pytest.fixture(scope="module")
def published(shared: Path) -> Published:
    return Published(shared / "spec", V32)


@pytest.fixture(scope="module")
def owner(published: Published, management_server: Server) -> Iterator[Management]:
    client = Management(management_server.http, new_resource(management_server, "owner"), published)
    yield client
    client.close()


@pytest.fixture(scope="module")
def stranger(published: Published, management_server: Server) -> Iterator[Management]:
    client = Management(management_server.http, new_resource(management_server, "stranger"), published)
    yield client
    client.close()


@pytest.fixture(scope="module")
def everything(owner: Management, world: Outside) -> Population:
    world.files["speech.wav"] = b"RIFF"
    made = populate(owner, hook_url=f"{world.url}/hook", recording_url=f"{world.url}/speech.wav")
    for one in (made.dataset, made.model, made.evaluation, made.endpoint, made.transcription, made.web_hook):
        owner.wait(one)
    return made


def new_resource(server: Server, name: str) -> str:
    """The key of a resource that an operator makes while the server runs."""
    command = [str(Path(sys.executable).parent / "auricle"), "resource", "create", f"{name}-{uuid.uuid4().hex[:8]}"]
    made = subprocess.run(
        [*command, "--home", str(server.home), "--output", "json"], check=True, capture_output=True, text=True
    )
    key: str = json.loads(made.stdout)["key1"]
    return key


def all_of(owner: Management, everything: Population) -> dict[str, Any]:
    """Everything the owner has, as it looks."""
    kinds = (everything.project, everything.dataset, everything.blocks, everything.model, everything.evaluation)
    others = (everything.endpoint, everything.transcription, everything.web_hook)
    return {one["self"]: owner.get(one["self"]).json() for one in (*kinds, *others)}


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_another_resource_sees_and_changes_nothing(
    operation_id: str, published: Published, owner: Management, stranger: Management, everything: Population
) -> None:
    operation = published.operations[operation_id]
    before = all_of(owner, everything)

    for path in paths(operation, owner, everything):
        answer = stranger.call(operation_id, path=path, **body(operation, everything))

        if operation.method == "DELETE":
            assert answer.status_code in {202, 204, 404}
        elif "{" in operation.path and operation_id not in OF_EVERYBODY and "{locale}" not in operation.path:
            assert answer.status_code == 404, f"{operation_id} {path} answered {answer.status_code}: {answer.text}"
        elif operation.method == "GET":
            theirs = [theirs_id for theirs_id in map(id_of, before.values()) if theirs_id in answer.text]
            assert not theirs, f"{operation_id} shows {theirs}"
        else:
            assert answer.status_code >= 400 or operation_id == "Models_AuthorizeCopy", answer.text

    assert all_of(owner, everything) == before


def paths(operation: Operation, owner: Management, everything: Population) -> list[dict[str, str]]:
    """What to fill the operation's path with: the ids of the owner's things."""
    kind = operation.path.split("/")[1]
    if "{locale}" in operation.path:
        return [{"locale": "en-US", "logId": "2023-03-13_163715__x_wav"}]
    made = {
        "projects": everything.project,
        "datasets": everything.blocks if "blocks" in operation.path else everything.dataset,
        "models": everything.base_model if "/base/" in operation.path else everything.model,
        "evaluations": everything.evaluation,
        "endpoints": everything.endpoint,
        "transcriptions": everything.transcription,
        "webhooks": everything.web_hook,
        "operations": everything.model,
    }[kind if "{" in operation.path else "projects"]
    files = owner.get(f"{made['self']}/files").json()["values"] if "{fileId}" in operation.path else []
    file_ids = [id_of(file) for file in files] or [str(uuid.uuid4())]
    return [{"id": id_of(made), "fileId": id, "logId": "2023-03-13_163715__x_wav"} for id in file_ids]


def body(operation: Operation, everything: Population) -> dict[str, Any]:
    """A request that would do something if it were the owner's."""
    names = {"displayName": "A stranger's", "locale": "en-US"}
    theirs = {
        "Datasets_Create": names | {"kind": "Language", "project": reference(everything.project)},
        "Models_Create": names | {"datasets": [reference(everything.dataset)]},
        "Evaluations_Create": names
        | {
            "model1": reference(everything.model),
            "model2": reference(everything.model),
            "dataset": reference(everything.dataset),
        },
        "Endpoints_Create": names | {"model": reference(everything.model)},
        "Transcriptions_Create": names | {"dataset": reference(everything.dataset)},
        "Projects_Create": {"displayName": "Without a locale"},
        "WebHooks_Create": {"displayName": "Without an address"},
        "Models_AuthorizeCopy": {"sourceResourceId": "accounts/default"},
        "Models_Copy": {"targetSubscriptionKey": "0" * 32},
        "Datasets_CommitBlocks": [{"kind": "Latest", "id": base64.b64encode(b"one").decode()}],
    }
    if operation.id == "Datasets_Upload":
        project = {"project": everything.project["self"], "kind": "Language"}
        return {"data": names | project, "files": {"data": ("a.txt", b"words")}}
    if operation.id == "Datasets_UploadBlock":
        return {
            "params": {"blockid": base64.b64encode(b"one").decode()},
            "content": b"x",
            "headers": {"Content-Type": "application/octet-stream"},
        }
    if operation.method in {"POST", "PATCH"} and operation.id not in {"WebHooks_Ping", "WebHooks_Test"}:
        return {"json": theirs.get(operation.id, {"displayName": "A stranger's"})}
    return {}


def test_files_are_closed_to_strangers(owner: Management, stranger: Management, everything: Population) -> None:
    files = owner.get(f"{everything.dataset['self']}/files", params={"sasValidityInSeconds": 0}).json()["values"]
    plain = files[0]["links"]["contentUrl"]

    assert "sig=" not in plain
    assert owner.get(plain).status_code == 200
    assert stranger.get(plain).status_code in {403, 404}
    assert httpx.get(plain).status_code in {401, 403}


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_nothing_is_answered_without_a_key(
    operation_id: str, published: Published, management_server: Server, owner: Management, everything: Population
) -> None:
    operation = published.operations[operation_id]
    path = paths(operation, owner, everything)[0]
    url = f"{management_server.http}/speechtotext/{V32}{operation.path.format(**path)}"

    without = httpx.request(operation.method, url, **body(operation, everything))
    wrong = httpx.get(url, headers={"Ocp-Apim-Subscription-Key": "0" * 32}) if operation.method == "GET" else without

    assert without.status_code == wrong.status_code == 401
    assert without.json()["error"]["code"] == "401"

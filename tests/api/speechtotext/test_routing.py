from __future__ import annotations

import pytest

from auricle.api.speechtotext.failures import MethodNotAllowed
from auricle.api.speechtotext.operations import operations_of
from auricle.api.speechtotext.routing import Router
from auricle.api.speechtotext.versions import Version
from auricle.errors import NotFound

ROUTER = Router(operations_of(Version.V3_2))


@pytest.mark.parametrize(
    ("method", "path", "id", "values"),
    [
        ("GET", "models", "Models_ListCustomModels", {}),
        ("GET", "models/base", "Models_ListBaseModels", {}),
        ("GET", "Models/7/", "Models_GetCustomModel", {"id": "7"}),
        ("POST", "models/7:copy", "Models_Copy", {"id": "7"}),
        ("POST", "models/7:copyTo", "Models_Copy", {"id": "7"}),
        ("POST", "models/7/copyto", "Models_Copy", {"id": "7"}),
        ("POST", "models:authorizecopy", "Models_AuthorizeCopy", {}),
        ("POST", "datasets/7/blocks:commit", "Datasets_CommitBlocks", {"id": "7"}),
        ("POST", "datasets/upload", "Datasets_Upload", {}),
        ("GET", "endpoints/base/en-US/files/logs/x", "Endpoints_GetBaseModelLog", {"locale": "en-US", "logId": "x"}),
        ("GET", "endpoints/7/files/logs/a.wav", "Endpoints_GetLog", {"id": "7", "logId": "a.wav"}),
    ],
)
def test_an_operation_is_found_by_its_path(method: str, path: str, id: str, values: dict[str, str]) -> None:
    operation, found = ROUTER.find(method, path)

    assert operation.id == id
    assert found == values


@pytest.mark.parametrize(
    "path", ["", "nothing", "models/7/nothing", "models/7:nothing", "models//files", ":copy", "operations/models"]
)
def test_nothing_is_found_elsewhere(path: str) -> None:
    with pytest.raises(NotFound):
        ROUTER.find("GET", path)


def test_another_method_is_refused_with_those_there_are() -> None:
    with pytest.raises(MethodNotAllowed) as caught:
        ROUTER.find("DELETE", "datasets/upload")

    assert caught.value.allowed == ("OPTIONS", "POST")

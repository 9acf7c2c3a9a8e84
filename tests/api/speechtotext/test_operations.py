"""The table against the published files: nothing is missing, nothing is called otherwise."""

from __future__ import annotations

import re

import pytest

from auricle.api.speechtotext.description import describe
from auricle.api.speechtotext.operations import OPERATIONS, Content, operations_of
from auricle.api.speechtotext.versions import Version
from auricle.identity.caller import Right
from tests.published import Published


@pytest.mark.parametrize("version", Version)
def test_every_published_operation_is_there_at_its_path(
    version: Version, published: Published, older_published: Published
) -> None:
    spec = older_published if version is Version.V3_1 else published
    wanted = {(one.id, one.method, one.path) for one in spec.operations.values()}

    found = {(one.id, one.method, one.path) for one in operations_of(version) if not one.ours}

    assert found == wanted
    assert len(found) == {Version.V3_1: 74, Version.V3_2: 75}[version]


def test_statuses_and_types_are_the_published_ones(published: Published) -> None:
    for operation in operations_of(Version.V3_2):
        if operation.ours:
            continue
        spec = published.operations[operation.id]
        entry = published.document["paths"][spec.path][spec.method.lower()]
        assert {str(status) for status in operation.statuses} == set(entry["responses"]) - {"default"}, operation.id
        assert list(operation.content.value) == entry.get("consumes", []), operation.id
        named = [parameter["name"] for parameter in spec.parameters if parameter["in"] == "query"]
        assert sorted(operation.query) == sorted(named), operation.id


def test_only_reading_needs_no_right_to_write() -> None:
    for operation in OPERATIONS:
        assert (operation.right is Right.READ) == (operation.method == "GET"), operation.id


def test_the_description_has_every_operation_and_its_schemas() -> None:
    document: dict[str, object] = {}

    describe(document, Version.V3_2)

    paths = document["paths"]
    assert isinstance(paths, dict)
    assert sum(len(methods) for methods in paths.values()) == len(operations_of(Version.V3_2))
    references = set(re.findall(r"#/components/schemas/(\w+)", str(document)))
    assert references <= document["components"]["schemas"].keys()  # type: ignore[index]


def test_operations_with_a_body_say_of_which_type() -> None:
    for operation in OPERATIONS:
        assert operation.body is None or operation.content is not Content.NONE, operation.id

from __future__ import annotations

from typing import Any

import pytest

from auricle.store.shelf import UPLOADS
from tests.published import Published

from .conftest import Api, House

FIELDS = {"displayName": "Text", "locale": "en-us", "kind": "Language"}


async def upload(api: Api, fields: dict[str, str], content: bytes = b"one flat white\n") -> Any:
    return await api.post("/datasets/upload", data=fields, files={"data": ("text.txt", content)})


async def test_a_form_makes_a_dataset(api: Api, published: Published) -> None:
    project = await api.make("projects")
    more = {"project": project["self"], "customProperties": '{"a": "b"}', "email": "a@example.com", "description": ""}

    answer = await upload(api, FIELDS | more)

    published.check("Datasets_Upload", answer)
    dataset = answer.json()
    assert answer.headers["location"] == dataset["self"]
    assert dataset["locale"] == "en-US"
    assert dataset["project"] == {"self": project["self"]}
    assert dataset["customProperties"] == {"a": "b"}


async def test_fields_may_follow_the_file(api: Api) -> None:
    body = b"".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in [("data", "one flat white"), *FIELDS.items()]
    )

    answer = await api.post(
        "/datasets/upload", content=body + b"--x--\r\n", headers={"Content-Type": "multipart/form-data; boundary=x"}
    )

    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(
    ("fields", "target"),
    [
        ({"kind": "Poetry"}, "kind"),
        ({"displayName": ""}, "displayName"),
        ({"customProperties": "no json"}, "customProperties"),
        ({"customProperties": '{"a": 1}'}, "customProperties.a"),
        ({"project": "https://host/speechtotext/v3.2/models/8a043172-65b7-4cf3-a8b5-4449efa5a0f1"}, "project"),
        ({"locale": "xx-XX"}, "locale"),
    ],
)
async def test_a_form_that_cannot_be_used_leaves_nothing(
    house: House, api: Api, fields: dict[str, str], target: str
) -> None:
    answer = await upload(api, FIELDS | fields)

    assert answer.status_code == 400
    assert answer.json()["target"] == target
    assert (await api.get("/datasets")).json()["values"] == []
    with house.ground.database.read() as connection:
        assert UPLOADS.count(connection, house.admit("speech").resource.id) == 0


async def test_a_form_without_a_file_is_refused(api: Api) -> None:
    answer = await api.post("/datasets/upload", files={"kind": (None, "Language")})

    assert answer.status_code == 400
    assert answer.json()["innerError"]["code"] == "EmptyRequest"

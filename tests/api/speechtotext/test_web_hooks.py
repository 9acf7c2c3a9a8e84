from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from auricle.api.speechtotext.callbacks import Callbacks
from auricle.store.shelf import WEB_HOOKS
from auricle.store.status import Status
from auricle.store.tables import web_hooks
from tests.published import Published

from .conftest import Api, House

HOOK: dict[str, Any] = {
    "displayName": "Hook",
    "webUrl": "https://example.com/call/me/back",
    "events": {"transcriptionCompletion": True, "ping": True, "challenge": False},
    "properties": {"secret": "s3cret"},
}


async def test_a_hook_shows_what_it_waits_for_and_not_its_secret(api: Api, published: Published) -> None:
    answer = await api.post("/webhooks", json=HOOK)

    published.check("WebHooks_Create", answer)
    hook = answer.json()
    assert hook["events"] == {"ping": True, "transcriptionCompletion": True}
    assert hook["links"] == {"ping": f"{hook['self']}:ping", "test": f"{hook['self']}:test"}
    assert hook["properties"]["apiVersion"] == "v3.2"
    assert hook["status"] == "NotStarted"
    assert "s3cret" not in answer.text
    published.check("WebHooks_List", await api.get("/webhooks", params={"filter": "webUrl ne 'x'"}))


async def test_a_change_of_events_replaces_them(api: Api, published: Published) -> None:
    made = (await api.post("/webhooks", json=HOOK)).json()

    answer = await api.patch(made["self"], json={"events": {"modelCreation": True}, "properties": {"secret": None}})

    published.check("WebHooks_Update", answer)
    assert answer.json()["events"] == {"modelCreation": True}


@pytest.mark.parametrize(
    ("sent", "signs"),
    [({"properties": {}}, False), ({"properties": {"secret": ""}}, False), ({"displayName": "Another"}, True)],
)
async def test_properties_without_a_secret_end_the_signing(
    api: Api, house: House, sent: dict[str, Any], signs: bool
) -> None:
    """As the published text of WebHooks_Update has it."""
    made = (await api.post("/webhooks", json=HOOK)).json()

    await api.patch(made["self"], json=sent)

    with house.ground.database.read() as connection:
        (sealed,) = connection.execute(select(web_hooks.c.secret_sealed)).one()
    assert (sealed is not None) == signs


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"events": {"coffeeCompletion": True}}, "InvalidWebHookEventKind"),
        ({"events": {}}, "InvalidWebHookEventKind"),
        ({"webUrl": "ftp://example.com"}, "InvalidCallbackUri"),
        ({"webUrl": None}, "InvalidParameterValue"),
    ],
)
async def test_a_hook_that_cannot_be_is_refused(api: Api, sent: dict[str, Any], code: str) -> None:
    made = (await api.post("/webhooks", json=HOOK)).json()

    for answer in (await api.post("/webhooks", json=HOOK | sent), await api.patch(made["self"], json=sent)):
        assert answer.status_code == 400
        assert answer.json()["innerError"]["code"] == code


async def test_an_active_hook_is_pinged_tested_and_its_deliveries_replayed(
    house: House, api: Api, published: Published
) -> None:
    made = (await api.post("/webhooks", json=HOOK)).json()
    resource_id, id = house.admit("speech").resource.id, made["self"].rsplit("/", 1)[1]
    with house.ground.database.write() as connection:
        for status in (Status.RUNNING, Status.SUCCEEDED):
            WEB_HOOKS.advance(connection, resource_id, id, status, house.ground.now())

    pinged, tested = await api.post(made["links"]["ping"]), await api.post(made["links"]["test"])
    published.check("WebHooks_Ping", pinged)
    published.check("WebHooks_Test", tested)
    deliveries = (await api.get(f"{made['self']}/deliveries", params={"top": 1})).json()
    replayed = await api.post(deliveries["values"][0]["links"]["replay"])

    assert (pinged.status_code, tested.status_code) == (202, 202)
    assert "retry-after" in pinged.headers
    assert json.loads(deliveries["values"][0]["body"])["self"] == made["self"]
    assert deliveries["@nextLink"].endswith("/deliveries?skip=1&top=1")
    assert (replayed.status_code, replayed.json()["state"]) == (202, "pending")


def test_receivers_are_told_where_the_entity_is_in_their_version() -> None:
    callbacks = Callbacks(public_url=None)

    body = callbacks.event("dataset", "7", invocation_id="1", api_version="v3.1", base_url="http://here")

    assert json.loads(body) == {"self": "http://here/speechtotext/v3.1/datasets/7", "invocationId": "1"}


def test_a_configured_address_goes_before_the_one_that_the_maker_knew() -> None:
    callbacks = Callbacks(public_url="https://speech.example/")

    body = callbacks.event("model", "7", invocation_id="1", api_version="v3.2", base_url="http://here")

    assert json.loads(body)["self"] == "https://speech.example/speechtotext/v3.2/models/7"

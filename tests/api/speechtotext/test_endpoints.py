from __future__ import annotations

import pytest

from tests.published import Published

from .conftest import Api, House


async def test_an_endpoint_has_the_addresses_of_live_clients(api: Api, published: Published) -> None:
    body = {"displayName": "Counter", "locale": "en-US", "properties": {"timeToLive": "PT30M"}, "text": "flat white"}

    answer = await api.post("/endpoints", json=body, headers={"X-Forwarded-Proto": "https"})

    published.check("Endpoints_Create", answer)
    made = answer.json()
    id = made["self"].rsplit("/", 1)[1]
    path = f"/cognitiveservices/v1?cid={id}"
    assert made["links"]["restDictation"] == f"https://test/speech/recognition/dictation{path}"
    assert made["links"]["webSocketInteractive"] == f"wss://test/speech/recognition/interactive{path}"
    assert made["links"]["logs"] == f"{made['self']}/files/logs"
    assert len(made["links"]) == 7
    assert made["properties"]["timeToLive"] == "PT30M"
    assert made["text"] == "flat white"


@pytest.mark.parametrize("name", ["loggingEnabled", "contentLoggingEnabled"])
async def test_logging_has_two_names_that_mean_the_same(api: Api, published: Published, name: str) -> None:
    made = await api.make("endpoints", properties={name: True})
    changed = await api.patch(made["self"], json={"properties": {name: False}})

    published.check("Endpoints_Update", changed)
    assert made["properties"]["loggingEnabled"] is True
    assert changed.json()["properties"]["loggingEnabled"] is False


async def test_another_model_is_deployed_by_a_patch(house: House, api: Api) -> None:
    made = await api.make("endpoints")
    base = next(
        model
        for model in house.ground.base_models.all()
        if model.locale == "en-US" and model.id not in made["model"]["self"]
    )

    changed = await api.patch(made["self"], json={"model": {"self": f"/models/base/{base.id}"}})

    assert changed.json()["model"]["self"].endswith(f"/models/base/{base.id}")
    assert "retry-after" in changed.headers
    refused = await api.merge(made["self"], {"model": None})
    assert refused.json()["innerError"]["code"] == "InvalidModel"


@pytest.mark.parametrize("text", ["soon", "P32D", "-PT1M"])
async def test_a_time_to_live_that_cannot_be_is_refused(api: Api, text: str) -> None:
    answer = await api.post(
        "/endpoints", json={"displayName": "x", "locale": "en-US", "properties": {"timeToLive": text}}
    )

    assert answer.status_code == 400
    assert answer.json()["innerError"]["code"] == "InvalidTimeToLive"


async def test_logs_are_listed_and_deleted(api: Api, published: Published) -> None:
    made = await api.make("endpoints")
    log = "2023-03-13_163715__0420c53d-e6ac-4857-bce0-f39c3f9f5ff9_wav"

    for path, word in ((made["links"]["logs"], ""), ("/endpoints/base/en-US/files/logs", "BaseModel")):
        listed = await api.get(path, params={"top": 5})
        published.check(f"Endpoints_List{word}Logs", listed)
        assert listed.json() == {"values": []}
        published.check(f"Endpoints_Get{word}Log", await api.get(f"{path}/{log}"))
        refused = await api.get(path, params={"top": 5001})
        assert refused.json()["innerError"]["code"] == "InvalidTopForLogs"
        deleted = await api.delete(path, params={"endDate": "2023-03-15"})
        published.check(f"Endpoints_Delete{word}Logs", deleted)
        assert deleted.status_code == 202
        refused = await api.delete(path, params={"endDate": "yesterday"})
        assert refused.json()["innerError"]["code"] == "InvalidLogDate"
        assert (await api.delete(f"{path}/{log}")).status_code == 204

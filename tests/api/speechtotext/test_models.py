from __future__ import annotations

import pytest

from tests.published import Published

from .conftest import Api, House, client_of
from .records import put_dataset, put_model


async def test_a_model_is_made_of_datasets_and_shown(house: House, api: Api, published: Published) -> None:
    dataset = put_dataset(house)
    base = house.ground.base_models.newest("en-US")
    body = {
        "displayName": "Barista",
        "locale": "en-US",
        "baseModel": {"self": f"https://anywhere/speechtotext/v3.1/models/{base.id}"},
        "datasets": [{"self": f"/datasets/{dataset.id}"}],
        "text": "one flat white please",
        "properties": {"customModelWeightPercent": 42, "email": "a@example.com"},
    }

    answer = await api.post("/models", json=body)

    published.check("Models_Create", answer)
    model = answer.json()
    assert model["baseModel"]["self"].endswith(f"/models/base/{base.id}")
    assert model["datasets"][0]["self"].endswith(f"/v3.2/datasets/{dataset.id}")
    assert model["properties"]["customModelWeightPercent"] == 42
    assert model["text"] == "one flat white please"
    assert model["links"] == {
        name: f"{model['self']}{end}"
        for name, end in (("manifest", "/manifest"), ("copy", ":copy"), ("files", "/files"))
    }
    assert "email" not in str(model)
    listed = (await api.get("/models")).json()["values"]
    assert [one["self"] for one in listed] == [model["self"]]
    assert "text" not in listed[0]


@pytest.mark.parametrize("percent", [0, 101, "42", 1.5])
async def test_a_weight_is_a_whole_percentage(api: Api, percent: object) -> None:
    body = {"displayName": "Heavy", "locale": "en-US", "text": "x", "properties": {"customModelWeightPercent": percent}}

    answer = await api.post("/models", json=body)

    assert answer.status_code == 400
    assert answer.json()["target"] == "properties.customModelWeightPercent"


async def test_a_model_as_version_3_1_shows_it(house: House, older_api: Api, older_published: Published) -> None:
    model = put_model(house)

    answer = await older_api.get(f"/models/{model.id}")

    older_published.check("Models_GetCustomModel", answer)
    assert answer.json()["links"]["copyTo"].endswith(f"/v3.1/models/{model.id}:copyto")
    assert "supportedOutputFormats" not in answer.json()["properties"]["features"]


async def test_base_models_tell_their_features_and_ends(
    api: Api, older_api: Api, published: Published, older_published: Published
) -> None:
    newer = await api.get("/models/base", params={"filter": "locale eq 'en-US'"})
    older = await older_api.get("/models/base", params={"filter": "locale eq 'en-US'"})

    published.check("Models_ListBaseModels", newer)
    older_published.check("Models_ListBaseModels", older)
    model, properties = newer.json()["values"][0], newer.json()["values"][0]["properties"]
    assert properties["deprecationDates"].keys() == {"adaptationDateTime", "transcriptionDateTime"}
    assert "OutputFormatting" in properties["features"]["supportsAdaptationsWith"]
    assert "chargeForAdaptation" not in older.json()["values"][0]["properties"]
    assert "OutputFormatting" not in str(older.json())
    for path in (model["self"], model["self"].replace("/base/", "/")):
        published.check("Models_GetBaseModel", await api.get(path))
    for manifest in (model["links"]["manifest"], model["links"]["manifest"].replace("/base/", "/")):
        answer = await api.get(manifest)
        published.check("Models_GetBaseModelManifest", answer)
        assert answer.json()["model"] == {"self": model["self"]}
    older_published.check(
        "Models_GetBaseModelManifest", await older_api.get(older.json()["values"][0]["links"]["manifest"])
    )


async def test_a_model_is_copied_by_an_authorization(house: House, api: Api, published: Published) -> None:
    model = put_model(house)
    async with client_of(house, name="target") as target:
        permitted = await target.post("/models:authorizecopy", json={"sourceResourceId": "/accounts/speech"})
        published.check("Models_AuthorizeCopy", permitted)

    answer = await api.post(f"/models/{model.id}:copy", json=permitted.json())

    published.check("Models_Copy", answer)
    assert answer.status_code == 202
    assert answer.headers["operation-location"] == answer.json()["self"]
    assert "retry-after" in answer.headers
    published.check("Operations_GetModelCopy", await api.get(answer.json()["self"]))


@pytest.mark.parametrize("end", [":copy", ":copyto", "/copyto"])
async def test_a_model_is_copied_by_a_key_at_every_path_that_clients_use(house: House, api: Api, end: str) -> None:
    model, key = put_model(house), house.key("target")

    answer = await api.post(f"/models/{model.id}{end}", json={"targetSubscriptionKey": key})

    assert answer.status_code == 201
    assert answer.headers["location"] == answer.json()["self"]
    assert key not in answer.text


async def test_version_3_1_copies_by_key(house: House, older_api: Api, older_published: Published) -> None:
    model = put_model(house)

    answer = await older_api.post(f"/models/{model.id}:copyto", json={"targetSubscriptionKey": house.key("target")})

    older_published.check("Models_CopyTo", answer)
    assert answer.status_code == 201
    assert (await older_api.post(f"/models/{model.id}:copyto", json={})).status_code == 400


async def test_a_copy_without_an_authorization_is_refused(house: House, api: Api) -> None:
    answer = await api.post(f"/models/{put_model(house).id}:copy", json={"id": "7"})

    assert answer.status_code == 400
    assert answer.json()["target"] == "sourceResourceId"


async def test_the_health_is_told_in_version_3_1_alone(api: Api, older_api: Api, older_published: Published) -> None:
    older_published.check("ServiceHealth_Get", await older_api.get("/healthstatus"))
    assert (await older_api.get("/healthstatus")).json()["status"] == "Healthy"
    assert (await api.get("/healthstatus")).status_code == 404

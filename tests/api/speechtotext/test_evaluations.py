from __future__ import annotations

from auricle.store.shelf import EVALUATIONS
from tests.published import Published

from .conftest import Api, House
from .records import put_dataset, put_model


async def test_an_evaluation_counts_nothing_until_it_is_done(house: House, api: Api, published: Published) -> None:
    base, model, dataset = house.ground.base_models.newest("en-US"), put_model(house), put_dataset(house)

    answer = await api.post(
        "/evaluations",
        json={
            "displayName": "Barista against base",
            "locale": "en-US",
            "model1": {"self": f"/models/base/{base.id}"},
            "model2": {"self": f"/models/{model.id}"},
            "dataset": {"self": dataset.id},
        },
    )

    published.check("Evaluations_Create", answer)
    made = answer.json()
    assert "/models/base/" in made["model1"]["self"]
    assert "/base/" not in made["model2"]["self"]
    assert (made["properties"]["wordErrorRate1"], made["properties"]["wordCount2"]) == (-1.0, -1)
    for part in ("transcription1", "transcription2"):
        published.check("Transcriptions_Get", await api.get(made[part]["self"]))
        refused = await api.delete(made[part]["self"])
        assert refused.json()["innerError"]["code"] == "DeleteNotAllowed"
    published.check("Evaluations_ListFiles", await api.get(made["links"]["files"]))
    published.check("Evaluations_Update", await api.patch(made["self"], json={"displayName": "New"}))
    assert (await api.delete(made["self"])).status_code == 204


async def test_the_figures_are_spelled_as_published(
    house: House, api: Api, older_api: Api, published: Published, older_published: Published
) -> None:
    dataset, base = put_dataset(house), f"/models/{house.ground.base_models.newest('en-US').id}"
    made = await api.make(
        "evaluations", model1={"self": base}, model2={"self": base}, dataset={"self": f"/datasets/{dataset.id}"}
    )
    id = made["self"].rsplit("/", 1)[1]
    errors = {"punctuation": {"number_of_edits": 2, "percentage_of_all_edits": 0.66}}
    results = {"word_error_rate1": 0.065, "word_count1": 46, "token_error_rate1": 0.1, "token_errors1": errors}
    with house.ground.database.write() as connection:
        EVALUATIONS.change(connection, house.admit("speech").resource.id, id, results=results)

    newer, older = await api.get(f"/evaluations/{id}"), await older_api.get(f"/evaluations/{id}")

    published.check("Evaluations_Get", newer)
    older_published.check("Evaluations_Get", older)
    figures = newer.json()["properties"]
    assert (figures["wordErrorRate1"], figures["wordCount1"]) == (0.065, 46)
    assert figures["tokenErrors1"] == {"punctuation": {"numberOfEdits": 2, "percentageOfAllEdits": 0.66}}
    assert not [name for name in older.json()["properties"] if name.startswith("token")]

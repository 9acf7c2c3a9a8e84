from __future__ import annotations

import pytest

from tests.published import Published

from .conftest import Api, House
from .records import put_dataset, put_file


async def test_a_dataset_waits_for_blocks_until_they_are_committed(api: Api, published: Published) -> None:
    created = await api.post("/datasets", json={"displayName": "Blocks", "locale": "en-US", "kind": "Language"})
    published.check("Datasets_Create", created)
    links = created.json()["links"]

    sent = await api.put(links["uploadBlocks"], params={"blockid": "AAA="}, content=b"one flat white")
    published.check("Datasets_UploadBlock", sent)
    listed = await api.get(links["listBlocks"])
    published.check("Datasets_GetBlocks", listed)
    committed = await api.post(links["commitBlocks"], json=[{"kind": "Uncommitted", "id": "AAA="}])
    published.check("Datasets_CommitBlocks", committed)
    shown = await api.get(created.json()["self"])

    assert (sent.status_code, committed.status_code) == (201, 200)
    assert listed.json() == {"committedBlocks": [], "uncommittedBlocks": [{"name": "AAA=", "size": 14}]}
    assert shown.json()["links"].keys() == {"files"}
    assert shown.json()["properties"]["queuePosition"] == 1
    assert "retry-after" in shown.headers


async def test_a_block_beyond_the_limit_is_refused(api: Api) -> None:
    dataset = await api.make("datasets", kind="Language")

    answer = await api.put(dataset["links"]["uploadBlocks"], params={"blockid": "AAA="}, content=bytes((8 << 20) + 1))

    assert answer.status_code == 413


@pytest.mark.parametrize("blockid", [None, "", "no base64!"])
async def test_a_block_needs_an_id(api: Api, blockid: str | None) -> None:
    dataset = await api.make("datasets", kind="Language")

    params = {} if blockid is None else {"blockid": blockid}
    answer = await api.put(dataset["links"]["uploadBlocks"], params=params, content=b"x")

    assert answer.status_code == 400
    assert answer.json()["target"] == "blockid"


async def test_an_imported_dataset_has_its_counts_and_no_retry(house: House, api: Api, published: Published) -> None:
    dataset = put_dataset(house)

    answer = await api.get(f"/datasets/{dataset.id}")

    published.check("Datasets_Get", answer)
    assert answer.json()["properties"] == {
        "textNormalizationKind": "Default",
        "acceptedLineCount": 11,
        "rejectedLineCount": 2,
        "duration": "PT4M12S",
    }
    assert "retry-after" not in answer.headers


async def test_files_are_listed_with_links_to_their_content(house: House, api: Api, published: Published) -> None:
    dataset = put_dataset(house)
    put_file(house, dataset.id)
    audio = put_file(house, dataset.id, name="a.wav", kind="Audio", duration_s=1.5)

    listed = await api.get(
        f"/datasets/{dataset.id}/files", params={"filter": "kind eq 'Audio'", "sasValidityInSeconds": 60}
    )
    published.check("Datasets_ListFiles", listed)
    (file,) = listed.json()["values"]
    shown = await api.get(file["self"])
    published.check("Datasets_GetFile", shown)

    assert file["self"].endswith(f"/datasets/{dataset.id}/files/{audio.id}")
    assert file["properties"] == {"size": 200, "duration": "PT1.5S"}
    assert "sig=" in file["links"]["contentUrl"]


@pytest.mark.parametrize("seconds", ["604801", "-1", "long"])
async def test_links_cannot_be_valid_for_any_time(house: House, api: Api, seconds: str) -> None:
    dataset = put_dataset(house)

    answer = await api.get(f"/datasets/{dataset.id}/files", params={"sasValidityInSeconds": seconds})

    assert answer.status_code == 400
    assert answer.json()["innerError"]["code"] == "InvalidSasValidityDuration"


async def test_links_without_a_signature_are_had_by_asking_for_no_validity(house: House, api: Api) -> None:
    dataset = put_dataset(house)
    file = put_file(house, dataset.id)

    answer = await api.get(f"/datasets/{dataset.id}/files/{file.id}", params={"sasValidityInSeconds": 0})

    assert "?" not in answer.json()["links"]["contentUrl"]


async def test_version_3_1_does_not_see_a_kind_that_came_later(
    house: House, older_api: Api, api: Api, older_published: Published
) -> None:
    newer = put_dataset(house, kind="OutputFormatting")
    older = put_dataset(house)

    listed = await older_api.get("/datasets")
    shown = await older_api.get(f"/datasets/{newer.id}")

    older_published.check("Datasets_List", listed)
    assert [one["self"].rsplit("/", 1)[1] for one in listed.json()["values"]] == [older.id]
    assert "textNormalizationKind" not in listed.json()["values"][0]["properties"]
    assert shown.status_code == 404
    assert "3.2" in shown.json()["message"]
    assert (await api.get(f"/datasets/{newer.id}")).status_code == 200


async def test_version_3_1_cannot_make_a_kind_that_came_later(older_api: Api, older_published: Published) -> None:
    body = {"displayName": "New", "locale": "en-US", "kind": "OutputFormatting"}

    answer = await older_api.post("/datasets", json=body)

    older_published.check("Datasets_Create", answer)
    assert answer.status_code == 400


async def test_the_locales_name_their_kinds(
    api: Api, older_api: Api, published: Published, older_published: Published
) -> None:
    newer, older = await api.get("/datasets/locales"), await older_api.get("/datasets/locales")

    published.check("Datasets_ListSupportedLocales", newer)
    older_published.check("Datasets_ListSupportedLocales", older)
    assert "OutputFormatting" in newer.json()["en-US"]
    assert "OutputFormatting" not in older.json()["en-US"]


async def test_a_content_url_is_never_shown(api: Api) -> None:
    secret = "https://example.com/data.zip?sig=secret"

    dataset = await api.make("datasets", kind="Acoustic", contentUrl=secret, properties={"email": "a@example.com"})

    assert "secret" not in str(dataset)
    assert "email" not in str(dataset)
    assert "commitBlocks" not in dataset["links"]

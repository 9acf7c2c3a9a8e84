from __future__ import annotations

from typing import Any

import pytest

from tests.published import Published

from .conftest import Api, House

URL = "https://example.com/monday.wav?sig=secret"


async def test_everything_that_was_chosen_is_shown_and_no_address(house: House, api: Api, published: Published) -> None:
    base = house.ground.base_models.newest("en-US").id
    properties = {
        "wordLevelTimestampsEnabled": True,
        "displayFormWordLevelTimestampsEnabled": True,
        "channels": [0],
        "punctuationMode": "Automatic",
        "profanityFilterMode": "Tags",
        "timeToLive": "P1D",
        "diarizationEnabled": True,
        "diarization": {"speakers": {"minCount": 3, "maxCount": 5}},
        "languageIdentification": {
            "mode": "Single",
            "candidateLocales": ["en-US", "de-DE"],
            "speechModelMapping": {"en-US": {"self": f"http://test/speechtotext/v3.2/models/base/{base}"}},
        },
    }
    secrets = {"destinationContainerUrl": "https://example.com/out?sig=secret", "email": "secret@example.com"}

    answer = await api.post(
        "/transcriptions",
        json={"displayName": "Monday", "locale": "en-US", "contentUrls": [URL], "properties": properties | secrets},
    )

    published.check("Transcriptions_Create", answer)
    shown = answer.json()["properties"]
    assert {name: shown[name] for name in properties} == properties
    assert "secret" not in answer.text


async def test_what_was_not_chosen_is_at_its_default(api: Api, older_api: Api, older_published: Published) -> None:
    made = await api.make("transcriptions", contentUrls=[URL])

    older = await older_api.get(made["self"].replace("v3.2", "v3.1"))

    older_published.check("Transcriptions_Get", older)
    shown = older.json()["properties"]
    assert (shown["channels"], shown["punctuationMode"], shown["profanityFilterMode"]) == (
        [0, 1],
        "DictatedAndAutomatic",
        "Masked",
    )
    assert "languageIdentification" not in shown


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "OnlyOneOfUrlsOrContainerOrDataset"),
        ({"contentUrls": [URL], "contentContainerUrl": URL}, "OnlyOneOfUrlsOrContainerOrDataset"),
        ({"contentUrls": [URL] * 1001}, "ExceededNumberOfRecordingsUris"),
        ({"contentUrls": ["ftp://example.com"]}, "InvalidRecordingsUri"),
        ({"contentUrls": [URL], "properties": {"channels": [0, 0]}}, "InvalidChannels"),
        ({"contentUrls": [URL], "properties": {"channels": ["0"]}}, "InvalidParameterValue"),
        ({"contentUrls": [URL], "properties": {"punctuationMode": "Some"}}, "InvalidParameterValue"),
        (
            {"contentUrls": [URL], "model": {"self": "https://x/datasets/8a043172-65b7-4cf3-a8b5-4449efa5a0f1"}},
            "InvalidModel",
        ),
        ({"contentUrls": [URL], "model": {}}, "InvalidParameterValue"),
    ],
)
async def test_what_cannot_be_is_refused_with_its_code(
    api: Api, published: Published, body: dict[str, Any], code: str
) -> None:
    answer = await api.post("/transcriptions", json={"displayName": "x", "locale": "en-US"} | body)

    published.check("Transcriptions_Create", answer)
    assert answer.status_code == 400
    assert answer.json()["innerError"]["code"] == code

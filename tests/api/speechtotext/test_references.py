from __future__ import annotations

import contextlib
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.api.speechtotext.references import BASE_MODEL, DATASET, MODEL, PROJECT, Target, parse_reference
from auricle.errors import InvalidBaseModel, InvalidDataset, InvalidModel, InvalidParameter, InvalidProject

ID = "8a043172-65b7-4cf3-a8b5-4449efa5a0f1"
FORMS = (
    "https://westus.api.cognitive.microsoft.com/speechtotext/v3.2/models/{id}",
    "https://westus.api.cognitive.microsoft.com/speechtotext/v3.0/models/base/{id}",
    "http://localhost:5000/voice/speechtotext/models/{id}?api-version=2024-11-15",
    "/models/{id}",
    "models/base/{id}/",
    "base/{id}",
    "{id}",
)


@pytest.mark.parametrize("form", FORMS[:-2])
def test_a_model_is_found_in_every_form(form: str) -> None:
    assert parse_reference(form.format(id=ID.upper()), MODEL, field="model") == ID
    assert parse_reference(form.format(id=ID), BASE_MODEL, field="baseModel") == ID


@given(
    id=st.uuids(),
    host=st.from_regex(r"[a-z]{1,12}(\.[a-z]{2,5}){0,2}", fullmatch=True),
    version=st.from_regex(r"v[0-9]\.[0-9]", fullmatch=True),
)
def test_host_and_version_do_not_matter(id: uuid.UUID, host: str, version: str) -> None:
    url = f"https://{host}/speechtotext/{version}/datasets/{id}"
    assert parse_reference(url, DATASET, field="dataset") == str(id)
    assert parse_reference(str(id), DATASET, field="dataset") == str(id)


@pytest.mark.parametrize(
    ("target", "failure"),
    [(MODEL, InvalidModel), (BASE_MODEL, InvalidBaseModel), (DATASET, InvalidDataset), (PROJECT, InvalidProject)],
)
def test_another_collection_is_refused_with_the_code_of_what_was_wanted(
    target: Target, failure: type[InvalidParameter]
) -> None:
    with pytest.raises(failure) as caught:
        parse_reference(f"https://host/speechtotext/v3.2/endpoints/{ID}", target, field="it")
    assert caught.value.target == "it"


@pytest.mark.parametrize(
    "text", ["", "/", "https://host/speechtotext/v3.2/models", f"https://[/{ID}", f"{ID}\n\n{ID}", "x" * 5000]
)
def test_what_names_no_id_is_refused(text: str) -> None:
    with pytest.raises(InvalidModel):
        parse_reference(text, MODEL, field="model")


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(InvalidProject):
        uuid.UUID(parse_reference(text, PROJECT, field="project"))

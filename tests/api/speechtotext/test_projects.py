"""Projects, and what all kinds have in common: shapes, changes, deletion, pages and filters."""

from __future__ import annotations

import pytest

from tests.published import Published

from .conftest import Api


async def test_a_new_project_is_shown_as_published_and_where_it_is(api: Api, published: Published) -> None:
    answer = await api.post("/projects", json={"displayName": "Coffee", "locale": "en-us", "self": "http://ignored"})

    published.check("Projects_Create", answer)
    project = answer.json()
    assert answer.headers["location"] == project["self"]
    assert project["locale"] == "en-US"
    assert project["createdDateTime"] == "2026-01-01T00:00:00Z"
    assert project["properties"]["datasetCount"] == 0
    shown = await api.get(project["self"])
    published.check("Projects_Get", shown)
    assert shown.json() == project


async def test_a_project_counts_and_lists_what_it_holds(api: Api, published: Published) -> None:
    project = await api.make("projects")
    dataset = await api.make("datasets", kind="Language", project={"self": project["self"]})
    await api.make("datasets", kind="Language")

    listed = await api.get(f"{project['self']}/datasets")

    published.check("Projects_ListDatasets", listed)
    assert [one["self"] for one in listed.json()["values"]] == [dataset["self"]]
    assert (await api.get(project["self"])).json()["properties"]["datasetCount"] == 1


async def test_lists_are_paged_and_the_next_link_keeps_the_filter(api: Api, published: Published) -> None:
    for name in ("a", "b", "a", "a"):
        await api.make("projects", displayName=name)

    first = await api.get("/projects", params={"top": 2, "filter": "displayName eq 'a'"})
    published.check("Projects_List", first)
    second = await api.get(first.json()["@nextLink"])

    assert [one["displayName"] for one in first.json()["values"] + second.json()["values"]] == ["a"] * 3
    assert "@nextLink" not in second.json()


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("skip=-1", "UnsupportedPagination"),
        ("top=0", "UnsupportedPagination"),
        ("top=many", "UnsupportedPagination"),
        ("skip=99999999999", "UnsupportedPagination"),
        ("orderby=displayName", "UnsupportedOrderBy"),
        ("filter=colour%20eq%20'red'", "UnsupportedFilter"),
    ],
)
async def test_a_list_that_cannot_be_had_is_refused_with_the_reason(api: Api, query: str, code: str) -> None:
    answer = await api.get(f"/projects?{query}")

    assert answer.status_code == 400
    assert answer.json()["code"] == "InvalidRequest"
    assert answer.json()["innerError"]["code"] == code
    assert answer.json()["target"] == query.split("=", maxsplit=1)[0]


async def test_json_replaces_the_custom_properties(api: Api, published: Published) -> None:
    project = await api.make("projects", customProperties={"a": "1", "b": "2"}, description="Old")

    answer = await api.patch(project["self"], json={"displayName": "New", "customProperties": {"c": "3"}})

    published.check("Projects_Update", answer)
    assert answer.json() | {} == project | {"displayName": "New", "customProperties": {"c": "3"}}


async def test_a_merge_patch_sets_and_takes_away_single_entries(api: Api) -> None:
    project = await api.make("projects", customProperties={"a": "1", "b": "2"}, description="Old")

    answer = await api.merge(project["self"], {"customProperties": {"a": None, "c": "3"}, "description": None})

    assert answer.json()["customProperties"] == {"b": "2", "c": "3"}
    assert "description" not in answer.json()


async def test_a_merge_patch_cannot_make_too_many_custom_properties(api: Api) -> None:
    project = await api.make("projects", customProperties={str(number): "" for number in range(10)})

    answer = await api.merge(project["self"], {"customProperties": {"eleventh": ""}})

    assert answer.status_code == 400
    assert answer.json()["target"] == "customProperties"


@pytest.mark.parametrize("sent", [{"displayName": ""}, {"displayName": None}, {"customProperties": {"k" * 65: ""}}])
async def test_a_change_to_what_cannot_be_is_refused(api: Api, sent: dict[str, object]) -> None:
    project = await api.make("projects")

    answer = await api.merge(project["self"], sent)

    assert answer.status_code == 400
    assert answer.json()["innerError"]["code"] == "InvalidParameterValue"


async def test_what_cannot_be_changed_is_ignored(api: Api) -> None:
    project = await api.make("projects")

    answer = await api.patch(project["self"], json={"locale": "de-DE", "createdDateTime": "2001-01-01T00:00:00Z"})

    assert answer.json() == project


async def test_deleting_twice_is_as_good_as_once(api: Api, published: Published) -> None:
    project = await api.make("projects")

    answers = [await api.delete(project["self"]) for _ in range(2)]

    for answer in answers:
        published.check("Projects_Delete", answer)
        assert answer.status_code == 204
    assert (await api.get(project["self"])).status_code == 404


async def test_every_locale_list_has_the_locales_that_are_heard(api: Api, published: Published) -> None:
    for kind in ("projects", "models", "evaluations", "endpoints", "transcriptions"):
        answer = await api.get(f"/{kind}/locales")
        published.check(f"{kind.capitalize()}_ListSupportedLocales", answer)
        assert "en-US" in answer.json()

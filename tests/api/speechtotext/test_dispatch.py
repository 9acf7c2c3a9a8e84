"""What happens to every request, whatever its operation: it is let in, bounded, routed, counted and answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
from typing import Any
from unittest.mock import patch

import httpx
import pytest
from structlog.testing import capture_logs

from auricle.api.speechtotext.dispatch import UPLOAD_THREADS, UPLOADS_PER_RESOURCE
from auricle.custom.projects import Projects
from tests.published import Published

from .conftest import Api, House, client_of

SOMETHING = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize("headers", [{}, {"Ocp-Apim-Subscription-Key": "wrong"}, {"Authorization": "Bearer wrong"}])
async def test_who_shows_no_key_is_answered_as_a_gateway_does(house: House, headers: Mapping[str, str]) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(house.app), base_url="http://test") as stranger:
        answer = await stranger.get("/speechtotext/v3.2/projects", headers=dict(headers))

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "401"


async def test_a_token_with_the_management_scope_lets_in(house: House) -> None:
    from auricle.identity.gate import Credentials

    credentials = Credentials(key=house.key("speech"))
    wide = await house.gate.issue(credentials, management=True)
    narrow = await house.gate.issue(credentials)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(house.app), base_url="http://test") as client:
        answers = [
            await client.get("/speechtotext/v3.2/projects", headers={"Authorization": f"Bearer {token}"})
            for token in (wide, narrow)
        ]

    assert [answer.status_code for answer in answers] == [200, 401]


async def test_what_belongs_to_another_resource_is_not_there(house: House, api: Api) -> None:
    project = await api.make("projects")

    async with client_of(house, name="stranger") as stranger:
        answers = [await stranger.get(project["self"]), await stranger.patch(project["self"], json={})]
        listed = await stranger.get("/projects")

    assert [answer.status_code for answer in answers] == [404, 404]
    assert listed.json()["values"] == []


@pytest.mark.parametrize(
    "path",
    ["/speechtotext/v3.2/nothing", "/speechtotext/v9/projects", "/speechtotext/", "/speechtotext/v3.2/projects/7"],
)
async def test_nothing_is_at_an_unknown_path(api: Api, path: str) -> None:
    answer = await api.get(f"http://test{path}")

    assert answer.status_code == 404
    assert answer.json()["code"] == "NotFound"


async def test_an_impossible_method_is_refused_with_those_that_are_possible(api: Api) -> None:
    answer = await api.put("/projects")

    assert answer.status_code == 405
    assert answer.json()["code"] == "NotAllowed"
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert (await api.options("/projects")).headers["allow"] == "GET, HEAD, OPTIONS, POST"


async def test_head_answers_as_get_does_without_a_body(api: Api) -> None:
    project = await api.make("projects")

    got, head = await api.get(project["self"]), await api.head(project["self"])

    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["content-length"] == got.headers["content-length"]


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/merge-patch+json", "application/json; charset=utf-16"]
)
async def test_a_body_of_another_type_is_refused(api: Api, published: Published, content_type: str) -> None:
    headers = {"Content-Type": content_type} if content_type else {}

    answer = await api.post("/projects", content=b"{}", headers=headers)

    published.check("Projects_Create", answer)
    assert answer.status_code == 415
    assert answer.json()["code"] == "UnsupportedMediaType"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "EmptyRequest"),
        (b"{", "InvalidRequestBodyFormat"),
        (b"[]", "InvalidParameterValue"),
        (b'{"displayName": "\\u0000", "locale": "en-US"}', "InvalidRequestBodyFormat"),
        (b'{"displayName": "\\ud800", "locale": "en-US"}', "InvalidRequestBodyFormat"),
        (b'{"displayName": 7, "locale": "en-US"}', "InvalidParameterValue"),
        (b'{"locale": "en-US"}', "InvalidParameterValue"),
        (b'{"displayName": "Coffee", "locale": "xx-XX"}', "InvalidLocale"),
    ],
)
async def test_a_body_that_cannot_be_used_is_refused_with_the_reason(api: Api, content: bytes, code: str) -> None:
    answer = await api.post("/projects", content=content, headers={"Content-Type": "application/json"})

    assert answer.status_code == 400
    assert answer.json()["innerError"]["code"] == code


async def test_a_body_that_is_too_long_is_refused(api: Api) -> None:
    answer = await api.post("/projects", json={"displayName": "x" * (5 << 20)})

    assert answer.status_code == 413
    assert answer.json()["code"] == "InvalidRequest"


@pytest.mark.parametrize("rate", [2])
async def test_who_calls_too_often_is_told_when_to_come_again(api: Api, published: Published) -> None:
    answers = [await api.get("/projects") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    published.check("Projects_List", answers[2])
    assert answers[2].json()["code"] == "TooManyRequests"
    assert int(answers[2].headers["retry-after"]) >= 1


async def test_a_bug_tells_the_client_nothing_of_the_inside(api: Api) -> None:
    with patch.object(Projects, "list", side_effect=RuntimeError("secret")), capture_logs() as lines:
        answer = await api.get("/projects")

    assert answer.status_code == 500
    assert answer.json()["code"] == "InternalServerError"
    assert "secret" not in answer.text
    assert [line["event"] for line in lines] == ["request_crashed"]


async def test_operations_are_counted_by_their_ids(house: House, api: Api) -> None:
    await api.get("/projects")
    await api.get(f"/projects/{SOMETHING}")

    def count(id: str, status: str) -> float | None:
        return house.metrics.registry.get_sample_value("auricle_operations_total", {"operation": id, "status": status})

    assert count("Projects_List", "200") == 1
    assert count("Projects_Get", "404") == 1


async def test_links_follow_a_trusted_proxy(api: Api) -> None:
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "speech.example", "X-Forwarded-Prefix": "/voice"}

    answer = await api.post("/projects", json={"displayName": "Coffee", "locale": "en-US"}, headers=forwarded)

    assert answer.json()["self"].startswith("https://speech.example/voice/speechtotext/v3.2/projects/")


async def test_a_hostile_host_is_refused(api: Api) -> None:
    answer = await api.get("/projects", headers={"Host": "evil.example/<script>"})

    assert answer.status_code == 400


async def test_a_block_that_is_compressed_on_its_way_is_refused_rather_than_kept_so(api: Api) -> None:
    dataset = await api.make("datasets", kind="Language")

    answer = await api.put(
        f"{dataset['self']}/blocks",
        params={"blockid": "YQ=="},
        content=b"x",
        headers={"Content-Type": "application/octet-stream", "Content-Encoding": "gzip"},
    )

    assert answer.status_code == 415
    assert "Content-Encoding" in answer.json()["message"]


async def test_slow_senders_of_one_resource_leave_threads_to_others(house: House, api: Api) -> None:
    end, begun = asyncio.Event(), asyncio.Semaphore(0)

    async def slow() -> AsyncIterator[bytes]:
        begun.release()
        yield b"x"
        await end.wait()

    def sending(client: Api, content: Any) -> Coroutine[Any, Any, httpx.Response]:
        form = {"Content-Type": "multipart/form-data; boundary=b"}
        return client.post("/datasets/upload", content=content, headers=form)

    held = [asyncio.create_task(sending(api, slow())) for _ in range(2 * UPLOAD_THREADS)]
    for _ in range(UPLOADS_PER_RESOURCE):
        await begun.acquire()
    async with client_of(house, name="other") as other, asyncio.timeout(20):
        answer = await sending(other, b"no form")
    end.set()
    await asyncio.gather(*held)

    assert answer.status_code == 400

from __future__ import annotations

import httpx
from fastapi import FastAPI

from auricle.errors import AuricleError, TooBusy


async def test_our_own_errors_carry_their_code_status_and_message(client: httpx.AsyncClient, app: FastAPI) -> None:
    @app.get("/busy")
    async def busy() -> None:
        raise TooBusy("full", retry_after_s=7)

    answer = await client.get("/busy")
    assert answer.status_code == 429
    assert answer.json() == {"error": {"code": "TooManyRequests", "message": "full"}}
    assert answer.headers["retry-after"] == "7"


async def test_an_address_with_nothing_behind_it_is_told_in_the_same_shape(client: httpx.AsyncClient) -> None:
    answer = await client.get("/nowhere")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "NotFound"
    assert "/nowhere" in answer.json()["error"]["message"]


async def test_a_wrong_method_is_told_in_the_same_shape(client: httpx.AsyncClient) -> None:
    answer = await client.delete("/ready")
    assert answer.status_code == 405
    assert answer.json()["error"]["code"] == "MethodNotAllowed"
    assert answer.headers["allow"] == "GET"


async def test_a_malformed_parameter_is_named(client: httpx.AsyncClient, app: FastAPI) -> None:
    @app.get("/page")
    async def page(top: int) -> int:
        return top

    answer = await client.get("/page", params={"top": "many"})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "InvalidRequest"
    assert "query.top" in answer.json()["error"]["message"]


async def test_a_bug_shows_nothing_of_the_inside(client: httpx.AsyncClient, app: FastAPI) -> None:
    @app.get("/bug")
    async def bug() -> None:
        raise KeyError("/root/secret")

    answer = await client.get("/bug")
    assert answer.status_code == AuricleError.http_status
    assert answer.json()["error"]["code"] == "InternalServerError"
    assert "secret" not in answer.text

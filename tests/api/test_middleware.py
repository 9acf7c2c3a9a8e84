from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
from fastapi import FastAPI, Request

from auricle.api.app import SMALL_BODY_BYTES


def accept_bodies(app: FastAPI) -> None:
    @app.post("/echo")
    async def length(request: Request) -> int:
        return len(await request.body())


async def test_a_body_that_declares_too_much_is_refused_at_once(client: httpx.AsyncClient, app: FastAPI) -> None:
    accept_bodies(app)
    answer = await client.post("/echo", content=b"x" * (SMALL_BODY_BYTES + 1))
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "PayloadTooLarge"


async def test_a_body_that_declares_nothing_is_refused_when_it_grows_too_large(
    client: httpx.AsyncClient, app: FastAPI
) -> None:
    accept_bodies(app)

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * (SMALL_BODY_BYTES // 32)

    answer = await client.post("/echo", content=endless())
    assert answer.status_code == 413


async def test_a_body_of_just_the_limit_passes(client: httpx.AsyncClient, app: FastAPI) -> None:
    accept_bodies(app)
    answer = await client.post("/echo", content=b"x" * SMALL_BODY_BYTES)
    assert answer.json() == SMALL_BODY_BYTES


async def test_every_answer_has_the_safe_headers_errors_too(client: httpx.AsyncClient) -> None:
    for path in ("/ready", "/nowhere"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store"


async def test_what_the_framework_parses_is_refused_as_too_large_as_well(
    client: httpx.AsyncClient, app: FastAPI
) -> None:
    @app.post("/parsed")
    async def parsed(body: dict[str, str]) -> None: ...

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * (SMALL_BODY_BYTES // 32)

    answer = await client.post("/parsed", content=endless(), headers={"Content-Type": "application/json"})

    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "PayloadTooLarge"

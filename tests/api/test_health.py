from __future__ import annotations

import asyncio

import httpx
from fastapi import FastAPI

from auricle import __version__
from auricle.clock import ManualClock
from auricle.errors import ModelUnavailable

from .still_hearing import StillHearing


async def finish_loading(app: FastAPI, hearing: StillHearing) -> None:
    hearing.load.set()
    await asyncio.gather(app.state.started, return_exceptions=True)


async def test_it_is_not_ready_while_the_models_are_being_loaded_and_says_so(client: httpx.AsyncClient) -> None:
    answer = await client.get("/ready")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "missing": ["The models are being loaded."]}


async def test_it_is_ready_once_it_hears(client: httpx.AsyncClient, app: FastAPI, hearing: StillHearing) -> None:
    await finish_loading(app, hearing)
    answer = await client.get("/ready")
    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "missing": []}


async def test_a_model_that_cannot_be_loaded_is_named(
    client: httpx.AsyncClient, app: FastAPI, hearing: StillHearing
) -> None:
    hearing.failure = ModelUnavailable("The model x is not installed. Run: auricle models install x")
    await finish_loading(app, hearing)
    assert (await client.get("/ready")).json()["missing"] == [str(hearing.failure)]
    assert (await client.get("/status")).json()["status"] == "failed"


async def test_an_unexpected_failure_shows_its_kind_but_not_its_inside(
    client: httpx.AsyncClient, app: FastAPI, hearing: StillHearing
) -> None:
    hearing.failure = ValueError("/secret/path")
    await finish_loading(app, hearing)
    (missing,) = (await client.get("/ready")).json()["missing"]
    assert "ValueError" in missing
    assert "secret" not in missing


async def test_it_is_not_ready_while_it_stops(client: httpx.AsyncClient, app: FastAPI, hearing: StillHearing) -> None:
    await finish_loading(app, hearing)
    app.state.health.draining = True
    assert (await client.get("/ready")).status_code == 503


async def test_status_tells_version_models_sessions_and_uptime(
    client: httpx.AsyncClient, app: FastAPI, hearing: StillHearing, clock: ManualClock
) -> None:
    await finish_loading(app, hearing)
    hearing.active_sessions = 3
    clock.advance(90)
    status = (await client.get("/status")).json()
    assert status["version"] == __version__
    assert status["status"] == "ready"
    assert [model["name"] for model in status["models"]] == ["moonshine-base", "whisper-base"]
    assert status["locales"] == ["en-US", "de-DE"]
    assert status["sessions"]["active"] == 3
    assert status["uptimeInSeconds"] == 90


async def test_metrics_count_requests_by_route_not_by_address(client: httpx.AsyncClient) -> None:
    for path in ("/ready", "/nowhere/1", "/nowhere/2"):
        await client.get(path)
    text = (await client.get("/metrics")).text
    assert 'auricle_http_requests_total{method="GET",route="/ready",status="503"} 1.0' in text
    assert 'auricle_http_requests_total{method="GET",route="none",status="404"} 2.0' in text
    assert "nowhere" not in text


async def test_the_hearing_is_closed_with_the_application(app: FastAPI, hearing: StillHearing) -> None:
    async with app.router.lifespan_context(app):
        closed_early = hearing.closed
    assert (closed_early, hearing.closed) == (False, True)
    assert app.state.started.cancelled()

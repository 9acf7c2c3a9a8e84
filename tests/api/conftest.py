from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from auricle.api.app import create_app
from auricle.clock import ManualClock
from auricle.engine.catalogue import Catalogue
from auricle.identity.keyring import Keyring
from auricle.observe import Metrics
from auricle.settings import Settings

from .still_hearing import StillHearing


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def hearing() -> StillHearing:
    return StillHearing()


@pytest.fixture
def app(tmp_path: Path, hearing: StillHearing, clock: ManualClock, metrics: Metrics) -> FastAPI:
    catalogue = Catalogue(tmp_path)
    return create_app(
        settings=Settings(home=tmp_path),
        hearing=hearing,
        keyring=Keyring.open(tmp_path / "keys"),
        metrics=metrics,
        clock=clock,
        models=[catalogue.model("moonshine-base"), catalogue.model("whisper-base")],
    )


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the running application; its lifespan has begun, so the models are being loaded."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        yield client

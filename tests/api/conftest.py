from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from auricle.api.app import create_app
from auricle.clock import ManualClock
from auricle.engine.catalogue import Catalogue
from auricle.identity.admin_key import AdminKey
from auricle.identity.gate import Gate
from auricle.identity.resources import Resources
from auricle.identity.sealing import Sealer
from auricle.identity.tokens import Tokens
from auricle.observe import Metrics
from auricle.settings import Settings
from auricle.store.database import Database, file_url

from .still_hearing import StillHearing

ADMIN_KEY = "a" * 32


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
def own_database(tmp_path: Path) -> Iterator[Database]:
    """A fresh database in a file, for tests that are about something else."""
    opened = Database.open(file_url(tmp_path / "auricle.db"))
    yield opened
    opened.close()


@pytest.fixture
def resources(own_database: Database, clock: ManualClock) -> Resources:
    """With the resource `default` in it."""
    made = Resources(own_database, Sealer(b"s" * 32), clock)
    made.ensure_default()
    return made


@pytest.fixture
def gate(own_database: Database, clock: ManualClock) -> Iterator[Gate]:
    made = Gate(database=own_database, tokens=Tokens(b"t" * 32), clock=clock)
    yield made
    made.close()


@pytest.fixture
def app(
    tmp_path: Path, hearing: StillHearing, clock: ManualClock, metrics: Metrics, gate: Gate, resources: Resources
) -> FastAPI:
    catalogue = Catalogue(tmp_path)
    return create_app(
        settings=Settings(home=tmp_path),
        hearing=hearing,
        gate=gate,
        resources=resources,
        admin=AdminKey(ADMIN_KEY),
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

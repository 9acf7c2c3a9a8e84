"""The management API over real services on a database in a file, spoken to without a network."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from auricle.api.speechtotext.app import management
from auricle.api.speechtotext.callbacks import Callbacks
from auricle.api.speechtotext.dispatch import PREFIX, Dispatcher
from auricle.api.speechtotext.services import Services
from auricle.blobs.local import LocalBlobs
from auricle.clock import ManualClock
from auricle.custom.base_models import BaseModels
from auricle.custom.ground import Ground
from auricle.engine.catalogue import Catalogue
from auricle.identity.caller import Caller, Right
from auricle.identity.gate import Gate
from auricle.identity.rates import Rates
from auricle.identity.resources import Resources
from auricle.identity.sealing import Sealer
from auricle.identity.tiers import Tier
from auricle.identity.tokens import Tokens
from auricle.jobs.queue import Queue
from auricle.observe import Metrics
from auricle.outbound.client import Outbound
from auricle.outbound.policy import Policy
from auricle.settings import Settings
from auricle.store.database import Database, file_url
from tests.published import Published

KEY = b"k" * 32
LOCALE = {"locale": "en-US"}


@dataclass(kw_only=True)
class House:
    """Everything that the API stands on."""

    ground: Ground
    resources: Resources
    gate: Gate
    metrics: Metrics
    app: Dispatcher

    def admit(self, name: str) -> Caller:
        """Somebody with every right in a resource."""
        return Caller(resource=self.resources.get(name), actor="test", rights=frozenset(Right))

    def key(self, name: str) -> str:
        """A key of a resource, which is made when there is none."""
        if name not in {resource.name for resource in self.resources.list()}:
            self.resources.create(name, by="test")
        return self.resources.keys(name, by="test").key1


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def rate() -> int:
    """Requests in ten seconds; without a limit unless a test says otherwise."""
    return 0


@pytest.fixture
def house(tmp_path: Path, clock: ManualClock, rate: int, sqlite_template: Path) -> Iterator[House]:
    database = Database.open(file_url(Path(shutil.copy(sqlite_template, tmp_path / "auricle.db"))))
    catalogue = Catalogue(tmp_path / "models")
    settings = Settings(home=tmp_path)
    ground = Ground(
        database=database,
        queue=Queue(clock),
        blobs=LocalBlobs(tmp_path / "blobs", KEY),
        outbound=Outbound(Policy()),
        sealer=Sealer(KEY),
        base_models=BaseModels([catalogue.model("moonshine-base"), catalogue.model("whisper-base")]),
        renderer=Callbacks(public_url=None),
        clock=clock,
    )
    gate = Gate(database=database, tokens=Tokens(KEY), clock=clock)
    metrics = Metrics()
    rates = Rates(clock, dict.fromkeys(Tier, rate))
    app = management(Services.over(ground), gate, rates, settings, metrics)
    yield House(ground=ground, resources=Resources(database, ground.sealer, clock), gate=gate, metrics=metrics, app=app)
    app.close()
    gate.close()
    ground.outbound.close()
    database.close()


class Api(httpx.AsyncClient):
    """A client of one resource, whose requests begin below the version's root."""

    async def make(self, collection: str, **body: Any) -> dict[str, Any]:
        """Something new, in English unless it says otherwise."""
        answer = await self.post(f"/{collection}", json={"displayName": "Made", **LOCALE, **body})
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def merge(self, url: str, patch: Mapping[str, Any]) -> httpx.Response:
        """The answer to a merge patch."""
        return await self.patch(
            url,
            content=httpx.Request("PATCH", "http://x", json=patch).content,
            headers={"Content-Type": "application/merge-patch+json"},
        )


def client_of(house: House, *, version: str = "v3.2", name: str = "speech") -> Api:
    """A client of a resource."""
    app = Starlette(routes=[Mount(PREFIX, house.app)])
    return Api(
        transport=httpx.ASGITransport(app),
        base_url=f"http://test{PREFIX}/{version}",
        headers={"Ocp-Apim-Subscription-Key": house.key(name)},
    )


@pytest.fixture
async def api(house: House) -> AsyncIterator[Api]:
    """A client of version 3.2."""
    async with client_of(house) as client:
        yield client


@pytest.fixture
async def older_api(house: House) -> AsyncIterator[Api]:
    """A client of version 3.1, of the same resource."""
    async with client_of(house, version="v3.1") as client:
        yield client


@pytest.fixture(scope="session")
def published(shared: Path) -> Published:
    """Version 3.2 as it is published."""
    return Published(shared / "spec", "v3.2")


@pytest.fixture(scope="session")
def older_published(shared: Path) -> Published:
    """Version 3.1 as it is published."""
    return Published(shared / "spec", "v3.1")

"""Everything that services stand on, for real but on loopback, and with a clock that stands still."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from auricle.blobs.local import LocalBlobs
from auricle.clock import ManualClock
from auricle.custom.base_models import BaseModels
from auricle.custom.ground import Ground
from auricle.engine.catalogue import Catalogue
from auricle.identity.caller import Caller, Right
from auricle.identity.resources import Resources
from auricle.identity.sealing import Sealer
from auricle.identity.tiers import Tier
from auricle.jobs.leases import Claim, claim
from auricle.jobs.performing import fail, perform
from auricle.jobs.queue import Queue
from auricle.jobs.work import Job, Outcome, Work
from auricle.outbound.client import Outbound
from auricle.outbound.policy import Policy
from auricle.store.database import Database
from auricle.store.records import WebHook
from auricle.store.shelf import Shelf

KEY = b"k" * 32


class PlainRenderer:
    """Event bodies without anybody's spelling."""

    def event(self, noun: str, subject_id: str, *, invocation_id: str, api_version: str, base_url: str) -> bytes:
        return f"{noun} {subject_id} {invocation_id} {api_version} {base_url}".encode()

    def hook(self, hook: WebHook) -> bytes:
        return hook.id.encode()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(scope="session")
def outbound() -> Outbound:
    """One for all, as it takes a while to read the authorities it trusts."""
    return Outbound(Policy(allowed_hosts=frozenset({"127.0.0.1"})))


@pytest.fixture(scope="session")
def base_models(tmp_path_factory: pytest.TempPathFactory) -> BaseModels:
    catalogue = Catalogue(tmp_path_factory.mktemp("models"))
    return BaseModels([catalogue.model("moonshine-base"), catalogue.model("whisper-base")])


@pytest.fixture
def ground(
    database: Database, clock: ManualClock, tmp_path: Path, outbound: Outbound, base_models: BaseModels
) -> Ground:
    return Ground(
        database=database,
        queue=Queue(clock),
        blobs=LocalBlobs(tmp_path / "blobs", KEY),
        outbound=outbound,
        sealer=Sealer(KEY),
        base_models=base_models,
        renderer=PlainRenderer(),
        clock=clock,
    )


@pytest.fixture
def admit(ground: Ground) -> Callable[..., Caller]:
    """Lets somebody in to a new resource: `admit()`, `admit(tier=Tier.F0)`, `admit(rights={Right.READ})`."""
    resources = Resources(ground.database, ground.sealer, ground.clock)

    def admitted(*, tier: Tier = Tier.S0, rights: frozenset[Right] = frozenset(Right)) -> Caller:
        resource = resources.create(f"speech-{uuid.uuid4()}", tier=tier, by="test")
        return Caller(resource=resource, actor="test", rights=rights)

    return admitted


@pytest.fixture
def caller(admit: Callable[..., Caller]) -> Caller:
    """Somebody with every right in a standard resource."""
    return admit()


class Labour:
    """Does work inline, one job after the other, as the dispatcher would."""

    def __init__(self, ground: Ground, works: Sequence[Work]) -> None:
        self._ground = ground
        self._works = {work.kind: work for work in works}

    def claimed(self, kind: str) -> Job:
        """The next job of a kind, claimed by a worker of its own."""
        found = self._claim(kind)
        assert found is not None, f"there is nothing to {kind}"
        return found.job

    def perform(self, job: Job) -> Outcome:
        """Do one job that was claimed."""
        return perform(self._ground.database, self._works, job, self._ground.clock)

    def finish(self) -> list[str]:
        """Do everything that is due and return how each attempt came out, by kind."""
        outcomes: list[str] = []
        for kind in self._works:
            while (found := self._claim(kind)) is not None:
                outcomes.append(f"{kind} {self._done(found).value}")
        return outcomes

    def _claim(self, kind: str) -> Claim | None:
        with self._ground.database.write() as connection:
            now = self._ground.clock.now()
            return claim(connection, self._works[kind], owner=str(uuid.uuid4()), now=now)

    def _done(self, found: Claim) -> Outcome:
        if found.problem is None:
            return self.perform(found.job)
        return fail(self._ground.database, self._works[found.job.kind], found.job, found.problem)


@pytest.fixture
def locked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of all rows that are locked from now on, in the order in which they are."""
    ids: list[str] = []
    get = Shelf.get

    def noted(shelf: Any, connection: Any, resource_id: str, id: str, *, lock: bool = False) -> Any:
        if lock and id not in ids:
            ids.append(id)
        return get(shelf, connection, resource_id, id, lock=lock)

    monkeypatch.setattr(Shelf, "get", noted)
    return ids


@pytest.fixture
def labour(ground: Ground) -> Callable[[Sequence[Work]], Labour]:
    """Hands for some kinds of work."""
    return lambda works: Labour(ground, works)

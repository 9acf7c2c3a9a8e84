"""A house with a gate over each kind of database, and an issuer of tokens that signs what a test asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from auricle.clock import ManualClock
from auricle.identity.gate import Gate
from auricle.identity.issuer import Issuer
from auricle.identity.resources import Resources
from auricle.identity.sealing import Master, Sealer
from auricle.identity.tokens import Tokens
from auricle.store.database import Database

from .made_issuer import AUDIENCE, MadeIssuer

MASTER = Master("m" * 32)


@dataclass(kw_only=True)
class House:
    """Everything that knows callers."""

    database: Database
    clock: ManualClock
    resources: Resources
    gate: Gate
    open_gate: Gate
    erased: list[str] = field(default_factory=list)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(scope="session")
def issuer() -> Iterator[MadeIssuer]:
    with MadeIssuer() as made:
        yield made


@pytest.fixture
def house(database: Database, clock: ManualClock, issuer: MadeIssuer) -> Iterator[House]:
    erased: list[str] = []
    resources = Resources(database, Sealer(MASTER.key_for("sealing")), clock, erase_account=erased.append)
    resources.ensure_default()

    def gate(*, require_key: bool) -> Gate:
        return Gate(
            database=database,
            tokens=Tokens(MASTER.key_for("tokens")),
            clock=clock,
            require_key=require_key,
            issuer=Issuer(issuer.url, [AUDIENCE], clock),
        )

    closed, opened = gate(require_key=True), gate(require_key=False)
    yield House(database=database, clock=clock, resources=resources, gate=closed, open_gate=opened, erased=erased)
    closed.close()
    opened.close()


@pytest.fixture
def queries(house: House, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How often the database was asked since the last time."""
    count = 0
    real = Database.read

    def counting(self: Database) -> object:
        nonlocal count
        count += 1
        return real(self)

    monkeypatch.setattr(Database, "read", counting)

    def since() -> int:
        nonlocal count
        seen, count = count, 0
        return seen

    return since

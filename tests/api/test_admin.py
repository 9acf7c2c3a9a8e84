from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from auricle.clock import ManualClock
from auricle.identity.gate import Credentials, Gate
from auricle.identity.resources import Resources

from .conftest import ADMIN_KEY

BASE = "/auricle/v1"
ADMIN = {"X-Auricle-Admin-Key": ADMIN_KEY}


@pytest.fixture
def admin(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """A client that shows the admin key."""
    client.headers.update(ADMIN)
    return client


async def test_nothing_is_open_without_the_admin_key(app: FastAPI, client: httpx.AsyncClient) -> None:
    operations = [
        (method, path.format(name="default", number=1))
        for path, methods in app.openapi()["paths"].items()
        if path.startswith(BASE)
        for method in methods
    ]

    assert len(operations) == 10
    for method, path in operations:
        for headers in ({}, {"X-Auricle-Admin-Key": "wrong"}, {"Authorization": "Bearer wrong"}):
            answer = await client.request(method, path, headers=headers, params={"principal": "p"})
            assert answer.status_code == 401, (method, path, answer.text)
            assert "expected the admin key" in answer.json()["error"]["message"]


async def test_a_resources_key_does_not_administer(client: httpx.AsyncClient, resources: Resources) -> None:
    key = resources.default_keys().key1

    answer = await client.get(f"{BASE}/resources", headers={"Authorization": f"Bearer {key}"})

    assert answer.status_code == 401


async def test_the_admin_key_may_come_as_a_bearer(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{BASE}/resources", headers={"Authorization": f"Bearer {ADMIN_KEY}"})

    assert answer.status_code == 200


async def test_a_resource_is_made_found_listed_and_deleted(admin: httpx.AsyncClient) -> None:
    made = await admin.post(f"{BASE}/resources", json={"name": "mine", "region": "westeurope", "tier": "F0"})

    assert made.status_code == 201
    assert made.headers["Location"] == f"{BASE}/resources/mine"
    shown = made.json()
    assert shown == {
        "id": shown["id"],
        "name": "mine",
        "region": "westeurope",
        "tier": "F0",
        "createdDateTime": "2026-01-01T00:00:00Z",
    }
    assert (await admin.get(made.headers["Location"])).json() == shown
    assert (await admin.get(f"{BASE}/resources/{shown['id']}")).json() == shown
    assert [one["name"] for one in (await admin.get(f"{BASE}/resources")).json()["values"]] == ["default", "mine"]
    assert (await admin.delete(f"{BASE}/resources/mine")).status_code == 204
    assert (await admin.get(f"{BASE}/resources/mine")).status_code == 404


async def test_a_key_is_exchanged_and_the_gate_knows(admin: httpx.AsyncClient, gate: Gate, clock: ManualClock) -> None:
    before = (await admin.get(f"{BASE}/resources/default/keys")).json()

    after = (await admin.post(f"{BASE}/resources/default/keys/2/regenerate")).json()

    assert after["key1"] == before["key1"]
    assert after["key2"] != before["key2"]
    clock.advance(1)
    assert (await gate.admit(Credentials(key=after["key2"]))).actor == "key2 of default"


async def test_roles_are_given_listed_and_taken(admin: httpx.AsyncClient) -> None:
    roles = f"{BASE}/resources/default/roles"
    grant = {"principal": "person", "role": "Speech User"}

    assert (await admin.post(roles, json=grant)).json() == grant
    assert (await admin.get(roles)).json() == {"values": [grant]}
    assert (await admin.delete(roles, params={"principal": "person", "role": "Reader"})).status_code == 204
    assert (await admin.get(roles)).json() == {"values": [grant]}
    assert (await admin.delete(roles, params={"principal": "person"})).status_code == 204
    assert (await admin.get(roles)).json() == {"values": []}


async def test_the_audit_tells_who_did_what_and_no_key(admin: httpx.AsyncClient) -> None:
    keys = (await admin.get(f"{BASE}/resources/default/keys")).json()
    await admin.post(f"{BASE}/resources", json={"name": "mine"})

    newest = (await admin.get(f"{BASE}/audit", params={"top": 1})).json()["values"]
    of_default = (await admin.get(f"{BASE}/audit", params={"resource": "default"})).json()["values"]

    assert [(entry["actor"], entry["action"], entry["detail"]["name"]) for entry in newest] == [
        ("admin key", "resource.create", "mine")
    ]
    assert [entry["action"] for entry in of_default] == ["resource.keys", "resource.create"]
    assert keys["key1"] not in str(of_default)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/resources", {"name": "Not A Name"}, 400),
        ("POST", "/resources", {"name": "mine", "tier": "S9"}, 400),
        ("POST", "/resources", {"name": "mine", "teir": "S0"}, 400),
        ("POST", "/resources", {"name": "default"}, 409),
        ("GET", "/resources/nobody", None, 404),
        ("GET", "/resources/%00", None, 404),
        ("DELETE", "/resources/default", None, 403),
        ("POST", "/resources/default/keys/3/regenerate", None, 400),
        ("POST", "/resources/default/roles", {"principal": "p", "role": "Owner"}, 400),
        ("DELETE", "/resources/default/roles", None, 400),
        ("GET", "/audit?top=0", None, 400),
        ("GET", "/audit?resource=nobody", None, 404),
    ],
)
async def test_what_cannot_be_is_refused_with_a_reason(
    admin: httpx.AsyncClient, method: str, path: str, body: Any, status: int
) -> None:
    answer = await admin.request(method, BASE + path, json=body)

    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["message"]


async def test_strangers_cannot_have_much_read_before_they_are_refused(client: httpx.AsyncClient) -> None:
    async def long() -> AsyncIterator[bytes]:
        for _ in range(17):
            yield b"x" * 1024

    answer = await client.post(f"{BASE}/resources", content=long(), headers={"Content-Type": "application/json"})

    assert answer.status_code == 413

from __future__ import annotations

import re

import httpx
import pytest

from auricle import __version__


async def test_the_first_page_says_what_this_is_and_how_it_is(client: httpx.AsyncClient) -> None:
    page = await client.get("/")
    assert page.status_code == 200
    assert __version__ in page.text
    assert 'SpeechConfig(host="ws://test", subscription="your key")' in page.text
    assert "The models are being loaded." in page.text
    assert "Moonshine base" in page.text
    assert "99 languages" in page.text


@pytest.mark.parametrize("path", ["/", "/docs"])
async def test_a_page_loads_nothing_from_elsewhere(client: httpx.AsyncClient, path: str) -> None:
    page = await client.get(path)
    for address in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert "://" not in address
        assert (await client.get(f"/{address}")).status_code in (200, 503)
    assert "default-src 'self'" in page.headers["content-security-policy"]


async def test_the_reference_asks_no_public_validator(client: httpx.AsyncClient) -> None:
    assert "validatorUrl: null" in (await client.get("/docs/start.js")).text


async def test_the_reference_lists_what_the_service_answers(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.0")
    assert {"/ready", "/status", "/metrics", "/sts/v1.0/issueToken"} <= set(document["paths"])


async def test_no_address_leads_to_a_host_that_the_caller_names(client: httpx.AsyncClient) -> None:
    for path in ("/docs/", "/ready/", "//forged.example/.."):
        assert "location" not in (await client.get(path, headers={"Host": "forged.example"})).headers

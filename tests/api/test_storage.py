"""Files are read whole and in part by those who may, and run nothing in a browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from auricle.api.errors import install_error_handlers
from auricle.api.storage import storage_routes
from auricle.blobs.local import LocalBlobs
from auricle.blobs.store import ARTIFACTS, BlobPath
from auricle.clock import ManualClock
from auricle.identity.gate import Gate
from auricle.identity.resources import Resources


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path / "blobs", b"l" * 32)


@pytest.fixture
def path(blobs: LocalBlobs, resources: Resources) -> BlobPath:
    """A file of the resource `default`."""
    found = BlobPath(account=resources.get("default").id, container=ARTIFACTS, name="Folder/report.json")
    blobs.put(found, [b"0123456789"])
    return found


@pytest.fixture
async def client(blobs: LocalBlobs, gate: Gate, clock: ManualClock) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    install_error_handlers(app)
    app.include_router(storage_routes(blobs, gate, clock))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as opened:
        yield opened


@pytest.fixture
def link(blobs: LocalBlobs, path: BlobPath, clock: ManualClock) -> str:
    return blobs.link([path], base_url="http://test", valid_s=60, now=clock.now())[0]


@pytest.mark.parametrize(
    ("asked", "status", "content"),
    [
        (None, 200, b"0123456789"),
        ("bytes=2-3", 206, b"23"),
        ("bytes=-2", 206, b"89"),
        ("bytes=8-99", 206, b"89"),
        ("bytes=10-", 416, b""),
        ("bytes=-0", 416, b""),
        ("bytes=5-3", 200, b"0123456789"),  # no range at all, as RFC 9110 has it
        ("bytes=0-1,3-4", 200, b"0123456789"),
        ("lines=1-2", 200, b"0123456789"),
    ],
)
async def test_a_part_is_read_as_it_is_asked_for(
    client: httpx.AsyncClient, link: str, asked: str | None, status: int, content: bytes
) -> None:
    answer = await client.get(link, headers={"Range": asked} if asked else {})

    assert (answer.status_code, answer.content) == (status, content)


async def test_head_tells_the_size_alone(client: httpx.AsyncClient, link: str) -> None:
    answer = await client.head(link)

    assert (answer.status_code, answer.headers["content-length"], answer.content) == (200, "10", b"")


async def test_a_file_runs_nothing_in_a_browser(client: httpx.AsyncClient, link: str) -> None:
    assert "sandbox" in (await client.get(link)).headers["content-security-policy"]


async def test_a_link_opens_its_own_file_until_it_expires(
    client: httpx.AsyncClient, link: str, clock: ManualClock
) -> None:
    plain, _, query = link.partition("?")
    others = [f"{plain}x?{query}", f"{link}&{query}", f"{plain}?sig=", link.replace("sp=r", "sp=w"), link + "&sig=x"]

    assert [(await client.get(other)).status_code for other in others] == [403] * len(others)
    clock.advance(61)
    assert (await client.get(link)).status_code == 403


async def test_a_key_opens_the_files_of_its_own_resource_only(
    client: httpx.AsyncClient, link: str, resources: Resources
) -> None:
    plain = link.partition("?")[0]
    resources.create("other", by="test")
    mine, theirs = resources.keys("default", by="test").key1, resources.keys("other", by="test").key1

    for key, status in ((mine, 200), (theirs, 404), ("0" * 32, 401)):
        for address in (plain, f"{plain}?xsig=1"):
            assert (await client.get(address, headers={"Ocp-Apim-Subscription-Key": key})).status_code == status

"""Callers who lie, drip, forge and flood, against the management API and its storage on a real server."""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import schemathesis

from tests.published import Published

from .conftest import Server, serving
from .management import Management
from .python_client import PATIENCE_S
from .test_isolation import new_resource

MOST_GROWTH_MB = 200  # of memory, by one request of 4 MB
DRIPPING = 40  # more connections than there are threads for uploads
PROJECT = b'{"displayName":"Attack","locale":"en-US"}'
FORM = "multipart/form-data; boundary=b"


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own; its log and its leftovers are looked at in the end."""
    home = tmp_path_factory.mktemp("attacked")
    with serving(home, "--no-proof", environment={"AURICLE_REQUEST_RATE": "0"}) as running:
        yield running
    running.assert_log_is_discreet()


@pytest.fixture(scope="module")
def owner(target: Server, shared: Path) -> Iterator[Management]:
    client = Management(target.http, target.key, Published(shared / "spec", "v3.2"))
    yield client
    client.close()


def head(target: Server, method: str, path: str, *lines: str, key: str | None = None) -> bytes:
    """The beginning of a request, as it is sent."""
    shown = [f"Ocp-Apim-Subscription-Key: {target.key if key is None else key}"] if key != "" else []
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Connection: close", *shown, *lines, "", ""]).encode()


def exchange(target: Server, sent: bytes) -> tuple[int, bytes]:
    """The status and body that a connection of its own is answered with."""
    with socket.create_connection(("127.0.0.1", target.port), timeout=PATIENCE_S) as connection:
        connection.sendall(sent)
        received = b""
        with contextlib.suppress(ConnectionError):
            while piece := connection.recv(65_536):
                received += piece
    status, _, body = received.partition(b"\r\n\r\n")
    return int(status.split()[1]), body


def uploaded_link(owner: Management) -> str:
    """A signed link to a file of the owner's."""
    form = {"displayName": "Text", "locale": "en-US", "kind": "Language"}
    answer = owner.call("Datasets_Upload", data=form, files={"data": ("a.txt", b"words\n")}, expect=201)
    dataset = owner.wait(answer.json())
    link: str = owner.get(f"{dataset['self']}/files").json()["values"][0]["links"]["contentUrl"]
    return link


def test_trailers_neither_let_in_nor_name_a_host(target: Server) -> None:
    chunked = b"%x\r\n%s\r\n0\r\n" % (len(PROJECT), PROJECT)
    lines = ["Transfer-Encoding: chunked", "Content-Type: application/json", "Host: honest.example"]
    path = "/speechtotext/v3.2/projects"
    trailers = f"Ocp-Apim-Subscription-Key: {target.key}\r\nHost: forged.example\r\n\r\n".encode()

    stranger, _ = exchange(target, head(target, "POST", path, *lines, key="") + chunked + trailers)
    status, body = exchange(target, head(target, "POST", path, *lines) + chunked + trailers)

    assert stranger == 401
    assert status == 201
    assert json.loads(body)["self"].startswith("http://honest.example/")


@pytest.mark.parametrize(
    ("lines", "body"),
    [
        (["Host: a", "Host: b"], b""),
        (["Host: a", "Content-Length: 5", "Transfer-Encoding: chunked"], b"0\r\n\r\n"),
        (["Host: a", "Content-Length: 1", "Content-Length: 2"], b"ab"),
        (["Host: a", "Transfer-Encoding: xchunked"], b"0\r\n\r\n"),
        (["Host: a", "X-Folded: b", " c"], b""),
        (["Host: a/b@c"], b""),
    ],
)
def test_what_two_servers_could_read_differently_is_refused(target: Server, lines: list[str], body: bytes) -> None:
    status, _ = exchange(target, head(target, "GET", "/speechtotext/v3.2/projects", *lines) + body)

    assert status == 400


def test_a_proxy_on_this_machine_is_believed_whoever_it_speaks_for(target: Server) -> None:
    lines = [
        "Host: inside",
        "X-Forwarded-For: 203.0.113.9",
        "X-Forwarded-Host: out.example",
        "X-Forwarded-Proto: https",
    ]
    request = head(target, "POST", "/speechtotext/v3.2/projects", *lines, "Content-Type: application/json")

    _, body = exchange(target, request[:-2] + b"Content-Length: %d\r\n\r\n" % len(PROJECT) + PROJECT)

    assert json.loads(body)["self"].startswith("https://out.example/")


@pytest.mark.parametrize(
    ("operation_id", "body"),
    [
        ("Transcriptions_Create", b'{"displayName":"x","locale":"en-US","contentUrls":[' + b"1," * 2_000_000 + b"1]}"),
        ("WebHooks_Create", b'{"events":{' + b",".join(b'"%x":1' % n for n in range(300_000)) + b"}}"),
        ("Projects_Create", b"[" * 4_000_000),
        ("Projects_Create", b'{"a":' * 800_000),
        ("Projects_Create", b'{"displayName":' + b"9" * 4_000_000 + b"}"),
    ],
)
def test_a_bomb_of_a_body_costs_little(target: Server, owner: Management, operation_id: str, body: bytes) -> None:
    before_mb, began_s = target.memory_mb, time.monotonic()

    answer = owner.call(operation_id, content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 400
    assert len(answer.content) < 2000
    assert time.monotonic() - began_s < 5
    assert target.memory_mb - before_mb < MOST_GROWTH_MB


@pytest.mark.parametrize("text", ['"\\ud800"', '"\\u0000"', '"\udcff"', "1e999999", "NaN"])
def test_text_that_no_database_keeps_is_refused(owner: Management, text: str) -> None:
    body = f'{{"displayName":{text},"locale":"en-US"}}'.encode("utf-8", "surrogateescape")

    owner.call("Projects_Create", content=body, headers={"Content-Type": "application/json"}, expect=400)


def test_uploads_that_drip_hold_nobody_else_up_and_leave_nothing(target: Server, owner: Management) -> None:
    partial = target.home / "blobs" / ".partial"
    lines = ["Host: x", f"Content-Type: {FORM}", "Content-Length: 1000000"]
    beginning = b'--b\r\nContent-Disposition: form-data; name="data"; filename="a.txt"\r\n\r\n'
    other = httpx.Client(headers={"Ocp-Apim-Subscription-Key": new_resource(target, "other")}, timeout=PATIENCE_S)

    with contextlib.ExitStack() as dripping:
        for _ in range(DRIPPING):
            connection = dripping.enter_context(socket.create_connection(("127.0.0.1", target.port)))
            connection.sendall(head(target, "POST", "/speechtotext/v3.2/datasets/upload", *lines) + beginning)
        form = {"displayName": "Text", "locale": "en-US", "kind": "Language"}
        answer = other.post(f"{owner.url}/datasets/upload", data=form, files={"data": ("a.txt", b"words\n")})
        quick = other.get(f"{owner.url}/projects")

    assert (answer.status_code, quick.status_code) == (201, 200)
    give_up = time.monotonic() + PATIENCE_S
    while list(partial.iterdir()):
        assert time.monotonic() < give_up, "partial files stay"
    other.close()


def test_bodies_that_never_end_are_cut_off(target: Server) -> None:
    lines = ["Host: x", "Transfer-Encoding: chunked", "Content-Type: application/json"]
    piece = b"40000\r\n" + b" " * 0x40000 + b"\r\n"

    management, _ = exchange(target, head(target, "POST", "/speechtotext/v3.2/projects", *lines) + piece * 17)
    admin_key = (target.home / "keys" / "admin.key").read_text().strip()
    request = head(target, "POST", "/auricle/v1/resources", *lines, f"X-Auricle-Admin-Key: {admin_key}")
    administration, _ = exchange(target, request + piece * 5)

    assert (management, administration) == (413, 413)


def test_a_signed_link_opens_what_it_was_made_for_and_nothing_else(target: Server, owner: Management) -> None:
    link = uploaded_link(owner)
    plain, _, query = link.partition("?")
    folder = plain.rpartition("/")[0]
    forged = [
        f"{folder}/other.json?{query}",
        f"{folder}/..%2f..%2f..%2f..%2fkeys%2fmaster.key?{query}",
        f"{target.http}/storage/.partial/x/y?{query}",
        f"{link}&{query}",
        link.replace("se=2", "se=3"),
        f"{plain}?sig=",
    ]

    assert httpx.get(link).status_code == 200
    for address in forged:
        answer = httpx.get(address)
        assert answer.status_code in {400, 403}, address
        assert set(answer.json()["error"]) == {"code", "message"}


def test_plain_links_are_closed_to_keys_of_others_and_to_keys_in_the_query(target: Server, owner: Management) -> None:
    plain = uploaded_link(owner).partition("?")[0]
    stranger = new_resource(target, "reader")

    statuses = [
        httpx.get(plain, headers={"Ocp-Apim-Subscription-Key": key}).status_code for key in (target.key, stranger)
    ]

    assert statuses == [200, 404]
    assert httpx.get(plain, params={"Ocp-Apim-Subscription-Key": target.key}).status_code == 401


def test_a_file_runs_nothing_in_a_browser(owner: Management) -> None:
    answer = httpx.get(uploaded_link(owner))

    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "html" not in answer.headers["content-type"]


def test_tokens_that_sign_themselves_let_nobody_in(target: Server, owner: Management) -> None:
    real = httpx.post(f"{target.http}/sts/v1.0/issueToken", headers={"Ocp-Apim-Subscription-Key": target.key}).text
    _, claims, signature = real.split(".")

    def with_head(**fields: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")

    forged = [
        f"{with_head(alg='none')}.{claims}.",
        f"{with_head(alg='HS512')}.{claims}.{signature}",
        f"{with_head(alg='RS256', kid='x', jku='http://127.0.0.1/keys')}.{claims}.{signature}",
        f"{with_head(alg='HS256', kid='../../keys/admin.key')}.{claims}.{signature}",
        f"aad#default#{real}",
        real,  # without the scope
    ]

    for token in forged:
        for host in ("default", "default.example"):
            answer = httpx.get(f"{owner.url}/projects", headers={"Authorization": f"Bearer {token}", "Host": host})
            assert answer.status_code == 401
            assert token not in answer.text


def test_a_key_that_was_exchanged_and_its_tokens_soon_open_nothing(target: Server, owner: Management) -> None:
    key = new_resource(target, "rotated")
    issue = f"{target.http}/sts/v1.0/issueToken?scope=speechservicesmanagement"
    token = httpx.post(issue, headers={"Ocp-Apim-Subscription-Key": key}).text
    admin = {"X-Auricle-Admin-Key": (target.home / "keys" / "admin.key").read_text().strip()}
    (name,) = (
        one["name"]
        for one in httpx.get(f"{target.http}/auricle/v1/resources", headers=admin).json()["values"]
        if one["name"].startswith("rotated")
    )
    shown = [{"Ocp-Apim-Subscription-Key": key}, {"Authorization": f"Bearer {token}"}]
    assert [httpx.get(f"{owner.url}/projects", headers=headers).status_code for headers in shown] == [200, 200]

    httpx.post(f"{target.http}/auricle/v1/resources/{name}/keys/1/regenerate", headers=admin).raise_for_status()

    for headers in shown:
        give_up = time.monotonic() + 5
        while httpx.get(f"{owner.url}/projects", headers=headers).status_code != 401:
            assert time.monotonic() < give_up, "the old key still opens"


def test_strangers_who_flood_do_not_shut_callers_out(target: Server, owner: Management) -> None:
    stop = threading.Event()

    def flood() -> None:
        with httpx.Client() as stranger:
            number = 0
            while not stop.is_set():
                number += 1
                stranger.get(f"{owner.url}/projects", headers={"Ocp-Apim-Subscription-Key": f"{number:032}"})

    flooding = [threading.Thread(target=flood) for _ in range(4)]
    for thread in flooding:
        thread.start()
    try:
        statuses = {owner.call("Projects_List", params={"top": 1}).status_code for _ in range(50)}
    finally:
        stop.set()
        for thread in flooding:
            thread.join()

    assert statuses == {200}


@pytest.mark.parametrize("method", ["TRACE", "PUT", "CONNECT", "PROPFIND", "HEAD", "OPTIONS"])
def test_methods_do_what_they_are_for(target: Server, method: str) -> None:
    lines = ["Host: x", "X-HTTP-Method-Override: DELETE", "X-HTTP-Method: DELETE"]

    status, body = exchange(target, head(target, method, "/speechtotext/v3.2/projects", *lines))

    assert status == {"HEAD": 200, "OPTIONS": 204}.get(method, status)
    assert status < 300 or status in {400, 404, 405}
    assert not body or method not in {"HEAD", "OPTIONS"}


@pytest.mark.parametrize(
    "path", ["%00", "%ff%fe", "%ed%a0%80", "..%2f..%2fadmin", "a" * 5000, "%1b[2J", "'%20or%201=1"]
)
def test_a_path_of_nonsense_is_not_found_in_the_shape_of_errors(owner: Management, path: str) -> None:
    for operation_id in ("Projects_Get", "Models_GetBaseModel", "Datasets_GetBlocks"):
        answer = owner.call(operation_id, path={"id": path}, expect=404)
        assert len(answer.content) < 1000


def test_the_description_of_everything_is_valid(target: Server) -> None:
    document = httpx.get(f"{target.http}/openapi.json").json()

    schemathesis.openapi.from_dict(document).validate()
    paths = {path for path in document["paths"] if path.startswith("/speechtotext/")}
    assert {urlsplit(path).path.split("/")[2] for path in paths} == {"v3.1", "v3.2"}
    assert "/speechtotext/v3.2/webhooks/{id}/deliveries/{deliveryId}" in paths

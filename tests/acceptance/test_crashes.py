"""Server and workers are killed again and again while people use them; afterwards nothing is lost and nothing done twice."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import threading
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx
from sqlalchemy import select

from auricle.custom.importing import IMPORT
from auricle.store import tables
from auricle.store.database import Database, file_url
from auricle.store.status import Status

from .conftest import greeting_of, starting
from .management import PATIENCE_S, id_of
from .outside import Outside, outside

KILLS = 50
WORKER_KILLS_IN_TEN = 4  # the rest take the whole server
CLIENTS = 3
HURRIED = httpx.Timeout(10)


@dataclass
class Accepted:
    """What the server said it has, by id: the digest of the lines of each dataset."""

    datasets: dict[str, str] = field(default_factory=dict)
    changed: threading.Condition = field(default_factory=threading.Condition)
    enough: bool = False

    def add(self, id: str, lines: list[str]) -> None:
        with self.changed:
            self.datasets[id] = _digest(lines)
            self.changed.notify_all()

    def wait_for_more(self, count: int) -> None:
        """Until so many more are accepted than now."""
        with self.changed:
            target = len(self.datasets) + count
            assert self.changed.wait_for(lambda: len(self.datasets) >= target, PATIENCE_S), "nothing is accepted"


def test_fifty_kills_lose_nothing_and_do_nothing_twice(tmp_path: Path) -> None:
    chance = random.Random(20)
    accepted = Accepted()
    with outside() as world, ExitStack() as stack:
        server = stack.enter_context(Restarting(tmp_path))
        hook = _register(server, world)
        clients = [
            threading.Thread(target=_use, args=(server, accepted, number), name=f"client {number}")
            for number in range(CLIENTS)
        ]
        for client in clients:
            client.start()
        for _ in range(KILLS):
            accepted.wait_for_more(chance.randint(1, 4))
            if chance.randrange(10) >= WORKER_KILLS_IN_TEN or not server.kill_a_worker(chance):
                server.kill_and_restart()
        accepted.enough = True
        for client in clients:
            client.join(PATIENCE_S)
        _wait_until_all_has_ended(tmp_path)
        for id, digest in accepted.datasets.items():
            _check_whole(server, id, digest)
    _check_rows(tmp_path, set(accepted.datasets), hook)


class Restarting:
    """A server that is killed and started again, always at the same address."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._stack = ExitStack()
        self._process: Any = None
        self.url = ""
        self.key = ""

    def __enter__(self) -> Self:
        self._start(port=0)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _start(self, port: int) -> None:
        options = ("--port", str(port), "--no-proof", "--allow-private-urls")
        environment = {"AURICLE_REQUEST_RATE": "0", "AURICLE_DEFAULT_KEY": "0123456789abcdef0123456789abcdef"}
        self._process, log = self._stack.enter_context(starting(self._home, *options, environment=environment))
        self.key = environment["AURICLE_DEFAULT_KEY"]
        if not port:
            (self.url,) = (
                "http" + line.split("ws", 1)[1].strip()
                for line in greeting_of(self._process, log).splitlines()
                if line.startswith("  Address")
            )
        give_up = time.monotonic() + PATIENCE_S
        while not self._answers():
            assert time.monotonic() < give_up, log.read_text()[-4000:]

    def _answers(self) -> bool:
        try:
            return self.request("GET", "/projects/locales").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def kill_and_restart(self) -> None:
        """All of it at once, as when the power fails."""
        port = int(self.url.rsplit(":", 1)[1])
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._stack.close()
        self._start(port)

    def kill_a_worker(self, chance: random.Random) -> bool:
        """One of its child processes; False when it has none."""
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        if not children:
            return False
        os.kill(int(chance.choice(children)), signal.SIGKILL)
        return True

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Raises httpx.TransportError while it is down."""
        headers = {"Ocp-Apim-Subscription-Key": self.key}
        with httpx.Client(timeout=HURRIED, headers=headers) as client:
            return client.request(method, f"{self.url}/speechtotext/v3.2{path}", **options)


def _register(server: Restarting, world: Outside) -> str:
    hook = server.request(
        "POST",
        "/webhooks",
        json={
            "displayName": "Witness",
            "webUrl": f"{world.url}/hook",
            "events": {"datasetProcessing": True, "datasetCompletion": True},
        },
    ).json()
    world.wait_for("Challenge")
    give_up = time.monotonic() + PATIENCE_S
    while server.request("GET", f"/webhooks/{id_of(hook)}").json()["status"] != "Succeeded":
        assert time.monotonic() < give_up, "the web hook was not accepted"
    return id_of(hook)


def _use(server: Restarting, accepted: Accepted, number: int) -> None:
    """Upload text after text, rename and delete things, until enough has happened."""
    chance = random.Random(number)
    while not accepted.enough:
        lines = [f"this is line {chance.randrange(10**9)} of client {number}" for _ in range(chance.randint(1, 400))]
        content = "\r\n".join(lines).encode("utf-8-sig")
        form = {"displayName": f"Client {number}", "locale": "en-US", "kind": "Language"}
        try:
            made = server.request("POST", "/datasets/upload", data=form, files={"data": ("lines.txt", content)})
            assert made.status_code == 201, made.text
            accepted.add(id_of(made.json()), lines)
            server.request("PATCH", f"/datasets/{id_of(made.json())}", json={"displayName": "Renamed"})
            project = server.request("POST", "/projects", json={"displayName": "Short-lived", "locale": "en-US"})
            server.request("DELETE", f"/projects/{id_of(project.json())}")
        except (httpx.TransportError, ValueError):
            continue  # killed meanwhile


def _wait_until_all_has_ended(home: Path) -> None:
    database = Database.open(file_url(home / "auricle.db"))
    give_up = time.monotonic() + PATIENCE_S
    open_work = select(tables.jobs.c.id).where(tables.jobs.c.kind == IMPORT)
    while True:
        with database.read() as connection:
            if connection.execute(open_work).first() is None:
                break
        assert time.monotonic() < give_up, "there is work that does not end"
    database.close()


def _check_whole(server: Restarting, id: str, digest: str) -> None:
    """It came to its end, and every line is there."""
    dataset = server.request("GET", f"/datasets/{id}").json()
    files = server.request("GET", f"/datasets/{id}/files").json()["values"]
    texts = [file for file in files if file["kind"] == "LanguageData"]

    assert dataset["status"] == "Succeeded", dataset
    assert Counter(file["kind"] for file in files)["DatasetReport"] == 1
    stored = [httpx.get(text["links"]["contentUrl"]).content.decode("utf-8-sig").splitlines() for text in texts]
    assert digest in map(_digest, stored)
    assert dataset["properties"]["acceptedLineCount"] == len(stored[0])


def _check_rows(home: Path, dataset_ids: set[str], hook_id: str) -> None:
    """Every dataset, known to a client or not, has ended, and its work began and ended once as far as anybody was told."""
    database = Database.open(file_url(home / "auricle.db"))
    with database.read() as connection:
        statuses = connection.execute(select(tables.datasets.c.id, tables.datasets.c.status)).all()
        told = connection.execute(
            select(tables.deliveries.c.subject_id, tables.deliveries.c.event).where(
                tables.deliveries.c.hook_id == hook_id
            )
        ).all()
        uploads = connection.execute(select(tables.uploads.c.id)).all()
    database.close()
    assert dataset_ids <= {id for id, _ in statuses}
    assert {status for _, status in statuses} == {Status.SUCCEEDED}
    counted = Counter((subject_id, event) for subject_id, event in told)
    expected = {(id, event) for id, _ in statuses for event in ("DatasetProcessing", "DatasetCompletion")}
    assert counted == Counter(expected)
    assert len(uploads) <= KILLS * CLIENTS  # what was on its way when it was killed, to be swept


def _digest(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()

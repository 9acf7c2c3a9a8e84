"""How fast the control plane answers, on SQLite and on PostgreSQL, beside the management calls of Azurite."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from bench import report
from bench.azurite_server import ACCOUNT, PROGRAM, VERSION, account_signature, azurite
from bench.http_load import Answer, Load, request, run_load
from bench.server import prepare_home, serving
from tests.databases import PostgreSQL

REQUESTS = 2000  # of each kind and number of clients
LIST_SHARE = 5  # lists are a fifth as many: each is a hundred entities
CLIENTS = (1, 16)
ROUNDS = 3
CALLS = ("POST", "GET one", "list 100", "PATCH", "DELETE")


@dataclass(frozen=True, kw_only=True)
class Call:
    """One kind of call: its requests, the status of success, and what to note of the answers."""

    requests: Sequence[bytes]
    expect: int
    seen: Callable[[Answer], None] | None = None


Calls = Iterator[tuple[str, Call]]


def measure(home: Path, *, limit: int | None) -> dict[str, Any]:
    """Run it, print it, and give back every figure; systems take turns, so that a neighbour disturbs all alike."""
    report.heading("Control plane")
    count = limit or REQUESTS
    loads: dict[tuple[str, int, str], list[Load]] = {}
    settings = {"AURICLE_REQUEST_RATE": "0"}
    with (
        serving(prepare_home(home / "sqlite"), settings=settings) as on_sqlite,
        _on_postgres(home, settings) as on_postgres,
        _azurite() as emulator,
    ):
        systems: dict[str, tuple[str, Callable[[], Calls]]] = {
            "Auricle, SQLite": (on_sqlite.host, lambda: _auricle(on_sqlite.host, on_sqlite.key, count))
        }
        if on_postgres is not None:
            host, key = on_postgres
            systems["Auricle, PostgreSQL"] = (host, lambda: _auricle(host, key, count))
        if emulator is not None:
            systems["Azurite"] = (emulator, lambda: _storage(emulator, count))
        for round_number in range(ROUNDS):
            for clients in CLIENTS:
                for system, (host, calls) in systems.items():
                    with report.console.status(f"Round {round_number + 1} of {ROUNDS}: {system}, {clients} clients …"):
                        for name, call in calls():
                            load = run_load(host, call.requests, clients=clients, expect=call.expect, seen=call.seen)
                            loads.setdefault((system, clients, name), []).append(load)
    result = _figures(loads)
    _print(result, count)
    report.save("control", result)
    return result


@contextmanager
def _on_postgres(home: Path, settings: dict[str, str]) -> Iterator[tuple[str, str] | None]:
    programs = PostgreSQL.programs()
    if programs is None:
        click.echo("PostgreSQL is not installed, so it is not measured.", err=True)
        yield None
        return
    with PostgreSQL(programs, durable=True) as database, database.fresh() as url:
        chosen = settings | {"AURICLE_DATABASE_URL": url}
        with serving(prepare_home(home / "postgresql"), settings=chosen) as server:
            yield server.host, server.key


@contextmanager
def _azurite() -> Iterator[str | None]:
    if not PROGRAM.exists():
        click.echo("Azurite is not installed, so it is not measured.", err=True)
        yield None
        return
    with azurite() as host:
        yield host


def _auricle(host: str, key: str, count: int) -> Calls:
    """Projects are made, got, listed, renamed and deleted."""
    base = "/speechtotext/v3.2/projects"
    headers = [f"Ocp-Apim-Subscription-Key: {key}"]
    typed = [*headers, "Content-Type: application/json"]
    made: list[str] = []
    body = json.dumps({"displayName": "A project", "locale": "en-US", "description": "Of a benchmark."}).encode()

    def note(answer: Answer) -> None:
        made.append(json.loads(answer.body)["self"].rsplit("/", 1)[1])

    yield "POST", Call(requests=[request("POST", host, base, typed, body)] * count, expect=201, seen=note)
    yield "GET one", Call(requests=[request("GET", host, f"{base}/{id}", headers) for id in made], expect=200)
    listing = request("GET", host, f"{base}?top=100", headers)
    yield "list 100", Call(requests=[listing] * max(1, count // LIST_SHARE), expect=200)
    renamed = json.dumps({"displayName": "Another name"}).encode()
    patches = [request("PATCH", host, f"{base}/{id}", typed, renamed) for id in made]
    yield "PATCH", Call(requests=patches, expect=200)
    yield "DELETE", Call(requests=[request("DELETE", host, f"{base}/{id}", headers) for id in made], expect=204)


def _storage(host: str, count: int) -> Calls:
    """Containers are made, got, listed, given metadata and deleted."""
    signature = account_signature()
    headers = [f"x-ms-version: {VERSION}"]
    names = [f"c{uuid.uuid4().hex}" for _ in range(count)]

    def target(name: str, more: str = "") -> str:
        return f"/{ACCOUNT}/{name}?restype=container{more}&{signature}"

    yield "POST", Call(requests=[request("PUT", host, target(name), headers) for name in names], expect=201)
    yield "GET one", Call(requests=[request("GET", host, target(name), headers) for name in names], expect=200)
    listing = request("GET", host, f"/{ACCOUNT}/?comp=list&maxresults=100&{signature}", headers)
    yield "list 100", Call(requests=[listing] * max(1, count // LIST_SHARE), expect=200)
    described = [*headers, "x-ms-meta-name: another"]
    patches = [request("PUT", host, target(name, "&comp=metadata"), described) for name in names]
    yield "PATCH", Call(requests=patches, expect=200)
    yield "DELETE", Call(requests=[request("DELETE", host, target(name), headers) for name in names], expect=202)


def _figures(loads: dict[tuple[str, int, str], list[Load]]) -> dict[str, Any]:
    """The middle round of each by its rate, and every round beside it."""
    figures: dict[str, Any] = {}
    for (system, clients, name), rounds in loads.items():
        middle = sorted(rounds, key=lambda load: load.per_second)[len(rounds) // 2]
        figures.setdefault(system, {}).setdefault(str(clients), {})[name] = {
            "per_second": middle.per_second,
            "p50_ms": middle.percentile_ms(50),
            "p99_ms": middle.percentile_ms(99),
            "all_per_second": [load.per_second for load in rounds],
            "all_p99_ms": [load.percentile_ms(99) for load in rounds],
        }
    return figures


def _print(result: dict[str, Any], count: int) -> None:
    peer = result.get("Azurite")
    rows = []
    for system, by_clients in result.items():
        for clients, by_name in by_clients.items():
            for name in CALLS:
                entry = by_name[name]
                ratio = entry["per_second"] / peer[clients][name]["per_second"] if peer else None
                rows.append(
                    [
                        system,
                        clients,
                        name,
                        f"{entry['per_second']:.0f}",
                        f"{entry['p50_ms']:.1f}",
                        f"{entry['p99_ms']:.1f}",
                        "-" if ratio is None or system == "Azurite" else f"{ratio:.1f}",
                    ]
                )
    headings = ["system", "clients", "call", "a second", "p50 ms", "p99 ms", "times Azurite"]
    under = (
        f"{count} requests of each kind, lists a fifth; the middle of {ROUNDS} rounds in which systems take turns. Auricle: "
        "projects, each call authorised, changes audited and durable. Azurite: containers, by a signature made once. "
        "The client runs on the same machine."
    )
    report.table("Control plane", headings, rows, under=under)

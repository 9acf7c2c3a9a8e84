"""Databases to test on: a PostgreSQL server for the length of a test session, and rows that others hang on."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import psycopg
from sqlalchemy import insert

from auricle.store.database import Database
from auricle.store.tables import resources

USER = "postgres"


class PostgreSQL:
    """A server in a temporary folder, reached by a socket there; unless `durable`, it waits for no disk."""

    def __init__(self, programs: Path, *, durable: bool = False) -> None:
        self._programs = programs
        self._fsync = "on" if durable else "off"
        self._folder = Path(tempfile.mkdtemp(prefix="auricle-postgresql-"))
        self._count = 0

    @staticmethod
    def programs() -> Path | None:
        """The folder of the newest installation; None without one."""
        if found := shutil.which("initdb"):
            return Path(found).resolve().parent
        installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
        return installed[-1].parent if installed else None

    def __enter__(self) -> Self:
        try:
            if os.geteuid() == 0:  # whom it refuses to run as
                shutil.chown(self._folder, USER)
            data = self._folder / "data"
            self._run("initdb", "-D", data, "-U", USER, "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C")
            options = f"-k {self._folder} -c fsync={self._fsync} -c listen_addresses='' -c max_connections=200"
            self._run("pg_ctl", "-D", data, "-l", self._folder / "log", "-o", options, "-w", "start")
            self._command('CREATE DATABASE "template"')
            Database.open(self._url("template")).close()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_exception: object) -> None:
        if (self._folder / "data" / "postmaster.pid").exists():
            self._run("pg_ctl", "-D", self._folder / "data", "-m", "immediate", "-w", "stop")
        shutil.rmtree(self._folder)

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """The address of a database with empty tables."""
        self._count += 1
        name = f"fresh_{self._count}"
        self._command(f'CREATE DATABASE {name} TEMPLATE "template"')
        yield self._url(name)
        self._command(f"DROP DATABASE {name} WITH (FORCE)")

    def _url(self, name: str) -> str:
        return f"postgresql+psycopg://{USER}@/{name}?host={self._folder}"

    def _command(self, statement: str) -> None:
        with psycopg.connect(host=str(self._folder), user=USER, dbname=USER, autocommit=True) as connection:
            connection.execute(statement.encode())

    def _run(self, program: str, *arguments: object) -> None:
        subprocess.run(
            [self._programs / program, *map(str, arguments)],
            check=True,
            cwd=self._folder,
            user=USER if os.geteuid() == 0 else None,
            stdout=subprocess.DEVNULL,
        )


def add_resource(database: Database) -> str:
    """A resource that nobody has the keys of; its id."""
    row = resource_row()
    with database.write() as connection:
        connection.execute(insert(resources), row)
    return str(row["id"])


def resource_row() -> dict[str, object]:
    """The columns of such a resource."""
    name = str(uuid.uuid4())
    return {
        "id": name,
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
        "name": name,
        "region": "here",
        "tier": "S0",
        "key1_sealed": "",
        "key1_digest": f"{name} 1",
        "key2_sealed": "",
        "key2_digest": f"{name} 2",
    }

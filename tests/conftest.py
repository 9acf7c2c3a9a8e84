"""Fixtures that every test may use."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from auricle.store.database import Database, file_url
from tests.databases import PostgreSQL, add_resource

JS = Path(__file__).parent / "acceptance" / "js"  # package.json of the JavaScript SDK
SHARED = Path(os.environ.get("AURICLE_SHARED") or Path(__file__).parents[2] / "shared")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of recordings and specifications that are not part of the repository."""
    if not (SHARED / "data").is_dir():
        missing(f"no recordings at {SHARED}: set AURICLE_SHARED to the folder that holds data/ and protocol/")
    return SHARED


def missing(reason: str) -> None:
    """Skip on a person's machine, saying why; fail in CI, where everything has to be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def js_sdk() -> Path:
    """The node_modules folder with Microsoft's Speech SDK for JavaScript, to be given to node as NODE_PATH."""
    if not shutil.which("node"):
        missing("node is not installed: apt-get install nodejs npm")
    if not (JS / "node_modules" / "microsoft-cognitiveservices-speech-sdk").is_dir():
        missing(f"the Speech SDK for JavaScript is not installed: npm ci in {JS}")
    return JS / "node_modules"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A server of this test session's own."""
    if (programs := PostgreSQL.programs()) is None:
        missing("PostgreSQL is not installed: apt-get install postgresql")
        raise AssertionError
    with PostgreSQL(programs) as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with empty tables, to copy: making the tables takes longer than most tests."""
    path = tmp_path_factory.mktemp("template") / "auricle.db"
    Database.open(file_url(path)).close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path, sqlite_template: Path) -> Iterator[str]:
    """The address of a fresh database, of each kind in turn."""
    if request.param == "sqlite":
        yield file_url(Path(shutil.copy(sqlite_template, tmp_path / "auricle.db")))
        return
    with request.getfixturevalue("postgresql").fresh() as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh database, of each kind in turn."""
    opened = Database.open(database_url)
    yield opened
    opened.close()


@pytest.fixture
def resource(database: Database) -> str:
    """The id of a resource."""
    return add_resource(database)

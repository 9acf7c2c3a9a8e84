"""A database is opened up to date, reads one moment, and keeps or drops a write whole."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, func, select, update
from sqlalchemy.exc import IntegrityError
from structlog.testing import capture_logs

from auricle.errors import ConfigurationError, Conflict, StoreUnavailable
from auricle.store.database import Database, after_commit, file_url
from auricle.store.tables import resources, role_assignments
from tests.databases import resource_row


def region(connection: Connection) -> str:
    return str(connection.execute(select(resources.c.region)).scalar_one())


def test_opening_it_again_keeps_what_is_there(database: Database, database_url: str, resource: str) -> None:
    again = Database.open(database_url)

    with again.read() as connection:
        assert connection.execute(select(resources.c.id)).scalars().all() == [resource]
    again.close()


def test_several_may_open_it_at_once(database_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(Database.open, [database_url] * 4))

    for database in opened:
        with database.read() as connection:
            assert connection.scalar(select(func.count()).select_from(resources)) == 0
        database.close()


def test_a_write_that_raises_leaves_nothing(database: Database, resource: str) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as connection:  # noqa: PT012
        connection.execute(update(resources).values(region="there"))
        raise ZeroDivisionError

    with database.read() as connection:
        assert region(connection) == "here"


def test_writes_of_many_threads_lose_nothing(database: Database, resource: str) -> None:
    def extend(_turn: int) -> None:
        with database.write() as connection:
            connection.execute(update(resources).values(region=resources.c.region + "x"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(extend, range(40)))

    with database.read() as connection:
        assert region(connection) == "here" + 40 * "x"


def test_a_read_that_is_open_does_not_keep_writers_waiting(database: Database, resource: str) -> None:
    with database.read() as reading:
        assert region(reading) == "here"
        with database.write() as connection:
            connection.execute(update(resources).values(region="there"))


def test_a_read_sees_the_same_from_its_beginning_to_its_end(database: Database, resource: str) -> None:
    with database.read() as reading:
        assert region(reading) == "here"
        with database.write() as connection:
            connection.execute(update(resources).values(region="there"))
        assert region(reading) == "here"

    with database.read() as reading:
        assert region(reading) == "there"


def test_a_write_sees_what_others_have_committed_since_it_began(database_url: str, resource: str) -> None:
    database = Database.open(database_url)
    if not database.embedded:  # SQLite has one writer at a time
        with database.read(), database.write() as connection:
            assert region(connection) == "here"
            with database.write() as other:
                other.execute(update(resources).values(region="there"))
            assert region(connection) == "there"
    database.close()


def test_what_is_to_happen_after_a_commit_sees_what_was_committed(database: Database) -> None:
    seen: list[int | None] = []

    def look() -> None:
        with database.read() as connection:
            seen.append(connection.scalar(select(func.count()).select_from(resources)))

    with database.write() as connection:
        after_commit(connection, look)
        connection.execute(resources.insert(), resource_row())
        assert seen == []

    assert seen == [1]


def test_nothing_happens_after_a_transaction_that_was_dropped(database: Database) -> None:
    happened = threading.Event()

    with pytest.raises(ZeroDivisionError), database.write() as connection:  # noqa: PT012
        after_commit(connection, happened.set)
        raise ZeroDivisionError
    with database.write():
        pass

    assert not happened.is_set()


def test_an_address_that_cannot_be_opened_is_named_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="database_url") as unusable:
        Database.open(f"postgresql+psycopg://me:secret@/name?host={tmp_path}")
    assert "secret" not in str(unusable.value)

    with pytest.raises(ConfigurationError):
        Database.open(file_url(tmp_path / "absent" / "auricle.db"))


def test_a_statement_that_the_database_gives_up_is_worth_trying_again(database: Database, resource: str) -> None:
    if database.embedded:
        statement = "SELECT load_extension('absent')"
    else:
        statement = "SET LOCAL statement_timeout = 1; SELECT pg_sleep(10)"

    with pytest.raises(StoreUnavailable) as given_up, database.read() as connection:
        connection.exec_driver_sql(statement)

    assert given_up.value.retryable


def test_a_database_without_a_free_connection_is_worth_trying_again(tmp_path: Path) -> None:
    database = Database(create_engine(file_url(tmp_path / "some.db"), pool_size=1, max_overflow=0, pool_timeout=0.01))

    with database.read(), pytest.raises(StoreUnavailable), database.read():
        pass

    database.close()


def test_why_the_database_fails_is_for_the_log_alone(tmp_path: Path) -> None:
    database = Database(create_engine(file_url(tmp_path / "secret-place" / "some.db")))

    with capture_logs() as logged, pytest.raises(StoreUnavailable) as failed, database.read():
        pass

    assert failed.value.message == "The database did not answer; try again shortly."
    assert "unable to open database file" in logged[0]["reason"]
    database.close()


def test_a_row_of_something_that_was_deleted_meanwhile_is_refused(database: Database) -> None:
    orphan = {"id": "1", "resource_id": "gone", "principal": "p", "role": "Reader", "created_at": datetime.now(UTC)}

    with pytest.raises(Conflict, match="deleted meanwhile"), database.write() as connection:
        connection.execute(role_assignments.insert(), orphan)


def test_what_must_be_unique_is_still_told_apart(database: Database, resource: str) -> None:
    with pytest.raises(IntegrityError), database.write() as connection:
        connection.execute(resources.insert(), resource_row() | {"id": resource})

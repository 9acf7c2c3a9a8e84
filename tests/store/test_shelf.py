"""Records come back as they were put in, in the order of their making, and to their own resource only."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects.sqlite import dialect

from auricle.errors import IllegalTransition
from auricle.store import shelf as shelves
from auricle.store.columns import Moment
from auricle.store.database import Database
from auricle.store.shelf import DATASETS, Shelf
from auricle.store.status import Status
from tests.databases import add_resource

from .made import NOON, dataset

SHELVES: list[Shelf[Any]] = [value for value in vars(shelves).values() if isinstance(value, Shelf)]


@pytest.mark.parametrize("shelf", SHELVES, ids=lambda shelf: shelf.table.name)
def test_a_record_has_the_fields_of_its_table(shelf: Shelf[Any]) -> None:
    assert {field.name for field in fields(shelf.record)} == {column.name for column in shelf.table.c} - {"sequence"}


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_moment_comes_back_to_the_microsecond(moment: datetime) -> None:
    column = Moment()

    assert column.process_result_value(column.process_bind_param(moment, dialect()), dialect()) == moment


def test_a_record_comes_back_as_it_was_put_in(database: Database, resource: str) -> None:
    record = dataset(
        resource, custom_properties={"Käfer": "🐞"}, duration_s=1.5, created_at=NOON.replace(microsecond=7)
    )

    with database.write() as connection:
        DATASETS.add(connection, record)

    with database.read() as connection:
        assert DATASETS.get(connection, resource, record.id) == record


def test_nobody_reaches_the_records_of_another_resource(database: Database, resource: str) -> None:
    record, stranger = dataset(resource), add_resource(database)

    with database.write() as connection:
        DATASETS.add(connection, record)
        assert DATASETS.get(connection, stranger, record.id) is None
        assert DATASETS.change(connection, stranger, record.id, description="mine") is None
        assert DATASETS.advance(connection, stranger, record.id, Status.RUNNING, NOON) is None
        assert not DATASETS.remove(connection, stranger, record.id)
        assert DATASETS.remove_all(connection, stranger) == DATASETS.count(connection, stranger) == 0
        assert DATASETS.all(connection, stranger) == DATASETS.page(connection, stranger).records == []
        assert DATASETS.get(connection, resource, record.id) == record


def test_pages_follow_the_order_of_making_to_the_last(database: Database, resource: str) -> None:
    with database.write() as connection:
        records = [DATASETS.add(connection, dataset(resource, locale=locale)) for locale in ("en-GB", "de-DE") * 3]
        german = DATASETS.table.c.locale == "de-DE"
        first = DATASETS.page(connection, resource, where=german, top=2)
        last = DATASETS.page(connection, resource, where=german, skip=2, top=2)

        assert [*first.records, *last.records] == records[1::2]
        assert (first.more, last.more) == (True, False)
        assert DATASETS.count(connection, resource, german) == 3


def test_a_change_touches_what_it_names(database: Database, resource: str) -> None:
    record, other = dataset(resource), dataset(resource)
    with database.write() as connection:
        DATASETS.add(connection, record)
        DATASETS.add(connection, other)

        changed = DATASETS.change(connection, resource, record.id, description="new")

        assert changed == replace(record, description="new") == DATASETS.change(connection, resource, record.id)
        assert DATASETS.get(connection, resource, other.id) == other


def test_a_status_comes_with_its_time_and_is_not_left_against_the_rules(database: Database, resource: str) -> None:
    record, later = dataset(resource), NOON + timedelta(seconds=1)
    with database.write() as connection:
        DATASETS.add(connection, record)
        running = DATASETS.advance(connection, resource, record.id, Status.RUNNING, later)
        assert running == replace(record, status=Status.RUNNING, last_action_at=later)

        DATASETS.advance(connection, resource, record.id, Status.SUCCEEDED, later)
        for status in Status:
            with pytest.raises(IllegalTransition):
                DATASETS.advance(connection, resource, record.id, status, later)


def test_the_records_of_a_resource_go_with_it(database: Database, resource: str) -> None:
    with database.write() as connection:
        DATASETS.add(connection, dataset(resource))
        connection.exec_driver_sql("DELETE FROM resources")

        assert DATASETS.count(connection, resource) == 0

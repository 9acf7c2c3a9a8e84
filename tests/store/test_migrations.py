"""The migrations make what the tables say."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from auricle.errors import ConfigurationError
from auricle.store.database import Database
from auricle.store.tables import metadata


def test_migrations_leave_nothing_to_add_to_the_tables(database: Database) -> None:
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})

        assert compare_metadata(context, metadata) == []


def test_a_database_of_a_newer_version_is_left_alone(database: Database, database_url: str) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(ConfigurationError, match="newer"):
        Database.open(database_url)

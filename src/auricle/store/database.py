"""One database: SQLite in a file or PostgreSQL at an address, the same statements on both.

Calls block, so callers on an event loop make them in threads. A read is one consistent snapshot; a write begins as
one, because a transaction that turns from reader to writer half-way is what SQLite refuses under load.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import orjson
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from auricle.errors import ConfigurationError, Conflict, StoreUnavailable
from auricle.observe import log

BUSY_TIMEOUT_MS = 15_000  # how long a writer waits for another process
POOL_SIZE = 20  # connections; more than this many threads never use the database at once
_MIGRATIONS = Path(__file__).parent / "migrations"
_AFTER_COMMIT = "after_commit"  # where a connection keeps what is to be called
_MIGRATION_LOCK = 6_180_339_887  # any number, the same on every node


class Database:
    """A database that is up to date and open."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.embedded = engine.dialect.name == "sqlite"
        # PostgreSQL lets every statement see another state, unless told otherwise; SQLite knows nothing else.
        self._snapshots = engine if self.embedded else engine.execution_options(isolation_level="REPEATABLE READ")
        # SQLite lets writers of one process poll for their turn; a lock wakes them in time.
        self._turn = threading.Lock() if self.embedded else nullcontext()

    @classmethod
    def open(cls, url: str) -> Database:
        """Connect and bring the tables up to date.

        `url` is SQLAlchemy's: `sqlite:////path/auricle.db` or `postgresql+psycopg://user:password@host/name`.
        Raises ConfigurationError when it cannot be reached or belongs to a newer Auricle.
        """
        try:
            engine = _engine(url)
        except (ArgumentError, ModuleNotFoundError) as error:
            raise _unusable(url, error) from error
        try:
            _migrate(engine)
        except DBAPIError as error:
            engine.dispose()
            raise _unusable(url, error) from error
        except ConfigurationError:
            engine.dispose()
            raise
        return cls(engine)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that changes nothing, and sees the same throughout."""
        with _translated(), self._snapshots.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is kept whole when its block ends, and dropped when it raises."""
        with _translated(), self._turn, self._engine.connect() as plain:
            connection = plain.execution_options(writes=True)
            callbacks: list[Callable[[], None]] = []
            connection.info[_AFTER_COMMIT] = callbacks
            with connection.begin():
                yield connection
        for callback in callbacks:
            callback()

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()


def after_commit(connection: Connection, callback: Callable[[], None]) -> None:
    """Have this called when the transaction of `Database.write` is kept; never when it is dropped."""
    connection.info[_AFTER_COMMIT].append(callback)


def file_url(path: Path) -> str:
    """The address of a database in a file."""
    return f"sqlite:///{path}"


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    options: dict[str, Any] = {
        "json_serializer": lambda value: orjson.dumps(value).decode(),
        "json_deserializer": orjson.loads,
        "pool_size": POOL_SIZE,
        "max_overflow": 0,
        "hide_parameters": True,  # errors are logged, and parameters hold what people stored
    }
    if parsed.get_backend_name() == "sqlite":
        # Transactions are begun and ended here alone, so a connection that comes back to the pool has none.
        engine = create_engine(parsed, connect_args={"check_same_thread": False}, pool_reset_on_return=None, **options)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(parsed, pool_pre_ping=True, **options)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin where we say
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "synchronous = NORMAL",
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    # Straight to the driver, as this happens for every request.
    connection.connection.driver_connection.execute("BEGIN IMMEDIATE" if writes else "BEGIN")  # type: ignore[union-attr]


def _migrate(engine: Engine) -> None:
    """Bring the tables up to date; of several that start at once, one does it and the others wait."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with engine.connect() as plain:
        connection = plain.execution_options(writes=True)
        with connection.begin():
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
            config.attributes["connection"] = connection
            try:
                command.upgrade(config, "head")
            except CommandError as error:
                raise ConfigurationError(
                    "The database was made by a newer Auricle. Start that one, or name another database."
                ) from error


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (OperationalError, PoolTimeout) as error:
        # Said in the log alone: it may name the database's host and user.
        log.warning("store_unavailable", reason=_reason(error))
        raise StoreUnavailable from error
    except IntegrityError as error:
        if not _is_orphaned(error):
            raise
        raise Conflict("What this belongs to was deleted meanwhile.") from error
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        log.warning("store_unavailable", reason=_reason(error))
        raise StoreUnavailable from error


def _is_orphaned(error: IntegrityError) -> bool:
    """Whether a row names another that is not there."""
    names = (getattr(error.orig, "sqlite_errorname", None), getattr(error.orig, "sqlstate", None))
    return not {"SQLITE_CONSTRAINT_FOREIGNKEY", "23503"}.isdisjoint(names)


def _reason(error: Exception) -> str:
    text = str(getattr(error, "orig", None) or error).strip()
    return text.splitlines()[0] if text else type(error).__name__


def _unusable(url: str, error: Exception) -> ConfigurationError:
    return ConfigurationError(
        f"The database {_safe(url)} cannot be opened: {_reason(error)}. Check the setting database_url."
    )


def _safe(url: str) -> str:
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return "named"

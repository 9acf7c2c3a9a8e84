"""How another process makes its own works: a description that can be sent there."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from auricle.jobs.work import Work
from auricle.store.database import Database

Factory = Callable[..., Mapping[str, Work]]


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """Which database to open, and who makes works over it from which arguments."""

    database_url: str
    factory: str  # "package.module:function", which is given the database and the arguments
    arguments: tuple[Any, ...] = ()

    def open(self) -> tuple[Database, Mapping[str, Work]]:
        """The database and the works of this process."""
        module, _, name = self.factory.partition(":")
        factory = cast("Factory", getattr(importlib.import_module(module), name))
        database = Database.open(self.database_url)
        return database, factory(database, *self.arguments)

"""A house for every test of jobs."""

from __future__ import annotations

import pytest

from auricle.store.database import Database

from .house import House


@pytest.fixture
def house(database: Database, resource: str) -> House:
    return House(database, resource)
